#include "analyzer/quantile.h"
#include "tests/support/check.h"
#include "tests/support/prng.h"

#define INF ((double)INFINITY)
#define NONE ((double)NAN)

/* Each interpolated value is bucketQuantile() by hand:
 * start + (end - start) * (rank - below) / count. */
static const struct {
    struct counts_bounds b;
    uint64_t             bucket[6];
    double               q, lower, upper, interpolated;
} row[] = {
    /* rank 95 of 100: 90 below, 5 of 10 in (100, 250]: 100 + 150 * 0.5 */
    {{4, {50, 100, 250, INF}}, {50, 40, 10, 0}, 0.95, 100, 250, 175},
    /* telemetry reference §0.8: everything at 120 ms reads 242.5 */
    {{4, {50, 100, 250, INF}}, {0, 0, 200, 0}, 0.95, 100, 250, 242.5},
    /* moving 6 % over 250 ms reads 291.67: 250 + 250 * (95 - 94) / 6 */
    {{5, {50, 100, 250, 500, INF}}, {0, 0, 94, 6, 0}, 0.95, 250, 500, 250 + 250.0 / 6},
    /* first bucket: from 0 */
    {{3, {50, 100, INF}}, {10, 0, 0}, 0.5, 0, 50, 25},
    /* last bucket: the highest finite bound, and no upper end */
    {{3, {50, 100, INF}}, {1, 0, 9}, 0.5, 100, INF, 100},
    /* rank exactly at a bucket's end stays in it */
    {{3, {50, 100, INF}}, {5, 5, 0}, 0.5, 0, 50, 50},
    {{3, {50, 100, INF}}, {5, 5, 0}, 1, 50, 100, 100},
    /* q 0: Prometheus takes the first bucket, where nothing may lie */
    {{3, {50, 100, INF}}, {4, 0, 0}, 0, 0, 50, 0},
    {{3, {50, 100, INF}}, {0, 4, 0}, 0, 50, 100, NONE},
    /* first bound not over 0: Prometheus returns it */
    {{3, {-1, 100, INF}}, {4, 0, 0}, 0.5, -INF, -1, -1},
    /* one bound only: nothing to interpolate */
    {{1, {INF}}, {4}, 0.5, 0, INF, NONE},
};

static void
known(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct quantile got;

        assert_int_equal(quantile_of(&row[i].b, row[i].bucket, row[i].q, &got), STATUS_OK);
        check_close(got.interpolated_ms, row[i].interpolated, 1e-12);
        assert_true(got.lower_ms == row[i].lower && got.upper_ms == row[i].upper);
    }
}

/* Known answer (mpmath): 100 * 2.5^((1900 - 1680) / 270); the first bucket is
 * linear, and the rest as in the other interpolation. */
static void
logarithms_between_bounds(void **state)
{
    (void)state;
    const struct counts_bounds b = {5, {50, 100, 250, 500, INF}}, none = {0};
    const uint64_t             h[5] = {1180, 500, 270, 50, 0}, quick[5] = {10, 0, 0, 0, 0};
    const uint64_t             slow[5] = {0, 0, 0, 0, 3};

    check_close(quantile_log(&b, h, .95), 210.98297626163065, 1e-10);
    check_close(quantile_log(&b, quick, .5), 25, 0);
    check_close(quantile_log(&b, slow, .5), 500, 0);
    check_close(quantile_log(&none, h, .5), NAN, 0);
}

static void
nothing(void **state)
{
    struct counts_bounds none = {0}, some = {2, {50, INF}};
    uint64_t             zero[2] = {0};
    struct quantile      got;

    (void)state;
    assert_int_equal(quantile_of(&none, zero, 0.5, &got), STATUS_NO_DATA);
    assert_int_equal(quantile_of(&some, zero, 0.5, &got), STATUS_NO_DATA);
    assert_true(isnan(got.lower_ms) && isnan(got.upper_ms) && isnan(got.interpolated_ms));
}

/* 0 to 1. */
static double
chance(struct prng *r)
{
    return (double)(prng_next(r) >> 11) * 0x1p-53;
}

/* Law: the sample of rank ceil(q n) lies in the bracket, whatever the samples. */
static void
bracket(void **state)
{
    struct counts_bounds b = {5, {10, 20, 40, 80, INF}};
    struct prng          r = {7};

    (void)state;
    for (int round = 0; round < 2000; round++) {
        double          sample[40];
        size_t          n = 1 + (size_t)(chance(&r) * 39), k;
        uint64_t        bucket[5] = {0};
        double          q = chance(&r);
        struct quantile got;

        for (size_t i = 0; i < n; i++) {
            double   v = chance(&r) * 100;
            size_t   at = i;
            uint32_t j = 0;

            for (; at > 0 && sample[at - 1] > v; at--)
                sample[at] = sample[at - 1];
            sample[at] = v;
            while (v > b.le_ms[j])
                j++;
            bucket[j]++;
        }
        k = (size_t)ceil(q * (double)n);
        k = k > 0 ? k - 1 : 0;
        assert_int_equal(quantile_of(&b, bucket, q, &got), STATUS_OK);
        assert_true(sample[k] > got.lower_ms && sample[k] <= got.upper_ms);
        if (isfinite(got.upper_ms))
            assert_true(got.interpolated_ms >= got.lower_ms && got.interpolated_ms <= got.upper_ms);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known),
        cmocka_unit_test(logarithms_between_bounds),
        cmocka_unit_test(nothing),
        cmocka_unit_test(bracket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
