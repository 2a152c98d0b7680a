#include "tests/bench/canarybench/bench_latency.h"
#include "tests/support/check.h"

/* Median 40, sigma .7: the 95th percentile is 40 exp(.7 * 1.644854) = 126.5. */
static void
law_of_a_lognormal(void **state)
{
    const struct bench_latency l = {.median_ms = 40, .sigma = .7, .times = 1};
    struct bench_latency_law   law = bench_latency_law(&l);

    (void)state;
    for (int k = 0; k < BENCH_LATENCY_BOUNDS; k++) {
        double z = log(bench_latency_bound(k) / 40) / .7;

        check_close(law.over[k], .5 * erfc(z / sqrt(2)), 1e-15);
    }
    assert_true(isinf(bench_latency_bound(BENCH_LATENCY_BOUNDS)));
}

/* A share that is slower mixes two laws. */
static void
law_of_a_tail(void **state)
{
    const struct bench_latency l = {40, .7, 1, .1, 3}, body = {40, .7, 1, 0, 0},
                               slow = {120, .7, 1, 0, 0};
    struct bench_latency_law mixed = bench_latency_law(&l), a = bench_latency_law(&body),
                             b = bench_latency_law(&slow);

    (void)state;
    for (int k = 0; k < BENCH_LATENCY_BOUNDS; k++)
        check_close(mixed.over[k], .9 * a.over[k] + .1 * b.over[k], 1e-15);
}

/* The first twelve buckets of the known answers' H: its 95 % quantile, linear, is
 * 222.22 (reference table "quantile of H at .95"). */
static void
quantile_as_prometheus_has_it(void **state)
{
    uint64_t h[BENCH_LATENCY_BUCKETS] = {0, 0, 20, 60, 400, 700, 500, 270, 35, 10, 4, 1};
    uint64_t last[BENCH_LATENCY_BUCKETS] = {[BENCH_LATENCY_BUCKETS - 1] = 3};
    uint64_t none[BENCH_LATENCY_BUCKETS] = {0};

    (void)state;
    check_close(bench_latency_quantile(h, .95), 222.22222222222222, 1e-12);
    check_close(bench_latency_quantile(last, .5), 3600000, 0);
    check_close(bench_latency_quantile(none, .5), NAN, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(law_of_a_lognormal),
        cmocka_unit_test(law_of_a_tail),
        cmocka_unit_test(quantile_as_prometheus_has_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
