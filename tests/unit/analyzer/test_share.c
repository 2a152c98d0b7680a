#include "analyzer/share.h"
#include "tests/unit/analyzer/traffic.h"

enum { LENGTH = 5000 };

/* n intervals of these counts from *at_ms on; how many of them began a stage. */
static int
feed(struct share *s, int64_t *at_ms, int n, uint64_t canary, uint64_t baseline, int64_t *since_ms)
{
    int steps = 0;

    for (int k = 0; k < n; k++, *at_ms += LENGTH)
        steps += share_apply(s, canary, baseline, *at_ms, since_ms);
    return steps;
}

static void
a_step_is_found_at_its_second_interval(void **state)
{
    struct share s = {0};
    int64_t      at_ms = LENGTH, since_ms = 0, stepped_ms;
    (void)state;

    assert_true(isnan(share_percent(&s)));
    assert_int_equal(feed(&s, &at_ms, 12, 50, 950, &since_ms), 0);
    check_close(share_percent(&s), 5, 1e-12);
    stepped_ms = at_ms;
    assert_int_equal(feed(&s, &at_ms, 1, 250, 750, &since_ms), 0);
    check_close(share_percent(&s), 5, 1e-12); /* not yet in it */
    assert_int_equal(feed(&s, &at_ms, 1, 250, 750, &since_ms), 1);
    assert_int_equal(since_ms, stepped_ms); /* it began with the first */
    check_close(share_percent(&s), 25, 1e-12);
    assert_int_equal(feed(&s, &at_ms, 12, 250, 750, &since_ms), 0);
    /* and back */
    stepped_ms = at_ms;
    assert_int_equal(feed(&s, &at_ms, 2, 50, 950, &since_ms), 1);
    assert_int_equal(since_ms, stepped_ms);
}

static void
what_is_no_step(void **state)
{
    static const struct {
        const char *what;
        uint64_t    before[2], then[2];
        int         intervals;
    } cases[] = {
        {"the same share of more traffic", {50, 950}, {500, 9500}, 10},
        {"one clump", {50, 950}, {250, 750}, 1},
        {"less than a quarter, however sure", {10000, 90000}, {12000, 88000}, 10},
        {"few requests", {5, 95}, {9, 10}, 10},
        {"no requests", {50, 950}, {0, 0}, 10},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct share s = {0};
        int64_t      at_ms = LENGTH, since_ms;

        (void)feed(&s, &at_ms, 12, cases[i].before[0], cases[i].before[1], &since_ms);
        if (feed(&s, &at_ms, cases[i].intervals, cases[i].then[0], cases[i].then[1], &since_ms) ||
            feed(&s, &at_ms, 2, cases[i].before[0], cases[i].before[1], &since_ms))
            fail_msg("%s began a stage", cases[i].what);
    }
}

/* Two intervals running, each by five deviations of clumps of four (ten of
 * independent ones): 200,000 intervals of chance alone have none. */
static void
chance_is_no_step(void **state)
{
    struct prng rnd = {20261123};
    int         steps = 0;
    (void)state;

    for (int run = 0; run < 500; run++) {
        struct share s = {0};
        int64_t      since_ms;
        double       share = .02 + .48 * traffic_uniform(&rnd);

        for (int k = 1; k <= 400; k++) {
            uint64_t n = 20 + prng_below(&rnd, 500);
            uint64_t canary = traffic_binomial(&rnd, n, share);

            steps += share_apply(&s, canary, n - canary, k * (int64_t)LENGTH, &since_ms);
        }
    }
    assert_int_equal(steps, 0);
}

static void
it_goes_on_where_it_stopped(void **state)
{
    struct share  s = {0}, again = {0}, bad;
    struct text   t;
    struct unpack in;
    int64_t       at_ms = LENGTH, since_ms;
    (void)state;

    (void)feed(&s, &at_ms, 12, 50, 950, &since_ms);
    (void)feed(&s, &at_ms, 1, 250, 750, &since_ms); /* one of two */
    check_restore(share_pack, share_unpack, &s, &again);
    assert_int_equal(feed(&again, &at_ms, 1, 250, 750, &since_ms), 1);

    for (int k = 0; k < 3; k++) {
        static const double hostile[] = {-1, (double)INFINITY, (double)NAN};

        bad = s;
        bad.differs[ARM_BASELINE] = hostile[k];
        text_init(&t, 256);
        share_pack(&bad, &t);
        in = (struct unpack){.rest = text_slice(&t)};
        share_unpack(&again, &in);
        assert_true(in.bad);
        text_release(&t);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_found_at_its_second_interval),
        cmocka_unit_test(what_is_no_step),
        cmocka_unit_test(chance_is_no_step),
        cmocka_unit_test(it_goes_on_where_it_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
