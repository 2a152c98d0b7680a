#include "base/histogram.h"

#include "tests/support/check.h"

#include <pthread.h>

static const double bounds[] = {0.001, 0.01, 1};

/* Prometheus's buckets hold their upper bound: le. */
static void
an_observation_falls_into_the_bucket_that_holds_it(void **state)
{
    static const struct {
        int64_t us;
        size_t  bucket;
    } cases[] = {{-5, 0},   {0, 0},     {999, 0},     {1000, 0},
                 {1001, 1}, {10000, 1}, {1000000, 2}, {1000001, 3}};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct histogram h;

        histogram_init(&h, bounds, ARRAY_LEN(bounds));
        histogram_observe_us(&h, cases[i].us);
        for (size_t b = 0; b <= ARRAY_LEN(bounds); b++)
            assert_int_equal(counter_get(&h.bucket[b]), b == cases[i].bucket);
        assert_int_equal(counter_get(&h.sum_us), cases[i].us > 0 ? cases[i].us : 0);
        assert_int_equal(histogram_count(&h), 1);
    }
}

enum { THREADS = 4, TIMES = 20000 };

static void *
observe(void *ctx)
{
    for (int i = 0; i < TIMES; i++)
        histogram_observe_us(ctx, i % 2 ? 500 : 5000);
    return NULL;
}

static void
threads_lose_no_observation(void **state)
{
    struct histogram h;
    pthread_t        t[THREADS];
    (void)state;

    histogram_init(&h, bounds, ARRAY_LEN(bounds));
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&t[i], NULL, observe, &h), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(t[i], NULL);
    assert_int_equal(counter_get(&h.bucket[0]), THREADS * TIMES / 2);
    assert_int_equal(counter_get(&h.bucket[1]), THREADS * TIMES / 2);
    assert_int_equal(counter_get(&h.sum_us), THREADS * TIMES / 2 * (500 + 5000));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_observation_falls_into_the_bucket_that_holds_it),
        cmocka_unit_test(threads_lose_no_observation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
