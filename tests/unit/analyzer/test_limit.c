#include "analyzer/limit.h"
#include "tests/unit/analyzer/traffic.h"

#include <string.h>

enum { STEP_MS = 5000 };

static struct interval scratch;

static struct policy_limit
usual(enum policy_limit_metric metric)
{
    return (struct policy_limit){.name = "mine",
                                 .metric = metric,
                                 .min = NAN,
                                 .max = NAN,
                                 .quantile = .95,
                                 .window_ms = 10000,
                                 .min_requests = 100,
                                 .fails = 1,
                                 .of = 1,
                                 .no_data = VERDICT_HOLD};
}

/* The n-th interval of 5 s: requests and faults of the canary, and what the
 * expression gave. */
static void
feed(struct limit *l, int nth, uint64_t n, uint64_t x, double measured)
{
    const struct pair p = {.n = {n, 0}, .x = {x, 0}};

    traffic_fill(&scratch, VIEW_USER, (nth - 1) * STEP_MS, nth * STEP_MS, &p);
    limit_apply(l, &scratch, VIEW_USER, measured);
}

static char
letter(struct check_result r)
{
    if (r.reason == REASON_LIMIT_BROKEN)
        return r.verdict == VERDICT_FAIL ? 'F' : 'h';
    if (r.reason == REASON_WITHIN_LIMIT)
        return 'P';
    if (r.reason == REASON_NO_DATA_PASSES)
        return 'p';
    return r.verdict == VERDICT_FAIL ? 'f' : '-';
}

/* Values of an expression, one an interval ('n': none), against a maximum of 5;
 * after each the verdict: P within, h outside, F outside often enough; without a
 * value - hold, f fail, p pass.  By hand, from the rules of limit.h. */
static void
so_many_of_so_many_intervals(void **state)
{
    static const struct {
        uint32_t     fails, of;
        int64_t      window_ms;
        enum verdict no_data;
        const char  *values, *want;
    } cases[] = {
        {1, 1, 10000, VERDICT_HOLD, "1596", "PPFF"}, /* 5 is at the limit: within it */
        {1, 1, 10000, VERDICT_HOLD, "1919", "PFPF"},
        {3, 3, 10000, VERDICT_HOLD, "99199991", "hhPhhFFP"}, /* in a row */
        {2, 3, 10000, VERDICT_HOLD, "91919111", "hPFPFPPP"}, /* while 2 of the last 3 were */
        {2, 4, 10000, VERDICT_HOLD, "91119111", "hPPPhPPP"},
        {64, 64, 10000, VERDICT_HOLD, "9999", "hhhh"},
        /* One that is held on is not outside once more, and is forgotten after its window. */
        {2, 2, 10000, VERDICT_HOLD, "9nn9", "hhhF"},
        {1, 1, 10000, VERDICT_HOLD, "1nnn1", "PPP-P"},
        {1, 1, 10000, VERDICT_FAIL, "1nnn1", "PPPfP"},
        /* Without data for a whole window; two intervals fill it. */
        {1, 1, 10000, VERDICT_HOLD, "nnnn", "----"},
        {1, 1, 10000, VERDICT_FAIL, "nnnn", "-fff"},
        {1, 1, 20000, VERDICT_PASS, "nnnn9", "---pF"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct policy_limit plan = usual(POLICY_LIMIT_QUERY);
        struct limit        l;

        plan.max = 5;
        plan.fails = cases[i].fails;
        plan.of = cases[i].of;
        plan.window_ms = cases[i].window_ms;
        plan.no_data = cases[i].no_data;
        limit_init(&l, &plan);
        assert_int_equal(letter(limit_result(&l)), '-');
        assert_int_equal(strlen(cases[i].values), strlen(cases[i].want));
        for (int k = 0; cases[i].values[k]; k++) {
            char v = cases[i].values[k];

            feed(&l, k + 1, 0, 0, v == 'n' ? NAN : v - '0');
            if (letter(limit_result(&l)) != cases[i].want[k])
                fail_msg("case %zu, interval %d: got %c, want %c", i, k + 1,
                         letter(limit_result(&l)), cases[i].want[k]);
        }
    }
}

/* Two intervals of n requests, x of them faults, in a window of 10 s. */
static void
each_metric_has_its_value(void **state)
{
    static const struct {
        enum policy_limit_metric metric;
        double                   min, max;
        uint64_t                 n, x;
        double                   measured;
        char                     want;
        double                   value, limit, need;
    } cases[] = {
        {POLICY_LIMIT_SUCCESS_RATE, .99, NAN, 100, 1, NAN, 'P', .99, .99, NAN},
        {POLICY_LIMIT_SUCCESS_RATE, .99, NAN, 100, 2, NAN, 'F', .98, .99, NAN},
        {POLICY_LIMIT_SUCCESS_RATE, NAN, .9, 100, 1, NAN, 'F', .99, .9, NAN}, /* too good */
        {POLICY_LIMIT_SUCCESS_RATE, .99, NAN, 49, 49, NAN, '-', NAN, .99, 2},
        {POLICY_LIMIT_SUCCESS_RATE, .99, NAN, 0, 0, NAN, '-', NAN, .99, 100},
        /* 2 n requests in 10 s. */
        {POLICY_LIMIT_REQUEST_RATE, 20, NAN, 100, 100, NAN, 'P', 20, 20, NAN},
        {POLICY_LIMIT_REQUEST_RATE, 20, NAN, 99, 0, NAN, 'F', 19.8, 20, NAN},
        {POLICY_LIMIT_REQUEST_RATE, 1, 10, 99, 0, NAN, 'F', 19.8, 10, NAN},
        {POLICY_LIMIT_REQUEST_RATE, 1, 10, 0, 0, NAN, 'F', 0, 1, NAN}, /* no traffic is a value */
        {POLICY_LIMIT_QUERY, -1, 1, 0, 0, -1.5, 'F', -1.5, -1, NAN},
        {POLICY_LIMIT_QUERY, -1, 1, 0, 0, 0, 'P', 0, 1, NAN},
        {POLICY_LIMIT_QUERY, -1, 1, 500, 500, NAN, '-', NAN, 1, NAN},
        {POLICY_LIMIT_LATENCY, NAN, 100, 500, 0, NAN, '-', NAN, 100, 100}, /* nothing timed */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct policy_limit plan = usual(cases[i].metric);
        struct limit        l;
        struct check_result r;

        plan.min = cases[i].min;
        plan.max = cases[i].max;
        limit_init(&l, &plan);
        feed(&l, 1, cases[i].n, cases[i].x, cases[i].measured);
        feed(&l, 2, cases[i].n, cases[i].x, cases[i].measured);
        r = limit_result(&l);
        if (letter(r) != cases[i].want)
            fail_msg("case %zu: got %c, want %c", i, letter(r), cases[i].want);
        check_close(r.value, cases[i].value, 1e-12);
        check_close(r.limit, cases[i].limit, 0);
        check_close(r.need_requests, cases[i].need, 0);
        assert_true(r.configured && r.required && !r.dry_run);
    }
}

/* 90 requests up to 100 ms and 10 up to 400: the 95th percentile lies half way
 * between 100 and 400 ms, as Prometheus interpolates. */
static void
latency_is_the_quantile(void **state)
{
    struct policy_limit plan = usual(POLICY_LIMIT_LATENCY);
    struct limit        l;

    (void)state;
    plan.max = 249;
    limit_init(&l, &plan);
    memset(&scratch, 0, sizeof scratch);
    scratch.bounds[VIEW_USER] = (struct counts_bounds){.n = 3, .le_ms = {100, 400, INFINITY}};
    scratch.arm[VIEW_USER][ARM_CANARY].bucket[0] = 90;
    scratch.arm[VIEW_USER][ARM_CANARY].bucket[1] = 10;
    feed(&l, 1, 100, 0, NAN);
    assert_int_equal(letter(limit_result(&l)), 'F');
    check_close(limit_result(&l).value, 250, 1e-9);
    plan.max = 251;
    limit_init(&l, &plan);
    feed(&l, 1, 100, 0, NAN);
    assert_int_equal(letter(limit_result(&l)), 'P');
    memset(&scratch, 0, sizeof scratch);
}

/* A rate over as much of the window as was seen, not over all of it. */
static void
a_young_rate_is_no_low_rate(void **state)
{
    struct policy_limit plan = usual(POLICY_LIMIT_REQUEST_RATE);
    struct limit        l;

    (void)state;
    plan.min = 19;
    plan.window_ms = 60000;
    limit_init(&l, &plan);
    for (int k = 1; k <= 30; k++) {
        feed(&l, k, 100, 0, NAN); /* 20 a second */
        assert_int_equal(letter(limit_result(&l)), 'P');
        check_close(limit_result(&l).value, 20, k < 12 ? 1e-12 : 2);
    }
}

static void
dry_run_is_never_required(void **state)
{
    struct policy_limit plan = usual(POLICY_LIMIT_QUERY);
    struct limit        l;

    (void)state;
    plan.max = 1;
    plan.dry_run = true;
    limit_init(&l, &plan);
    feed(&l, 1, 0, 0, 2);
    assert_int_equal(letter(limit_result(&l)), 'F');
    assert_true(limit_result(&l).dry_run && !limit_result(&l).required);
}

static void
a_restored_one_goes_on_as_if_never_stopped(void **state)
{
    static const enum policy_limit_metric metrics[] = {
        POLICY_LIMIT_SUCCESS_RATE, POLICY_LIMIT_REQUEST_RATE, POLICY_LIMIT_QUERY};

    (void)state;
    for (size_t m = 0; m < ARRAY_LEN(metrics); m++) {
        struct policy_limit plan = usual(metrics[m]);
        struct limit        on, off, back;

        plan.min = .985;
        plan.fails = 2;
        plan.of = 5;
        limit_init(&on, &plan);
        limit_init(&off, &plan);
        for (int k = 1; k < 90; k++) {
            double measured = k % 7 == 0 ? NAN : (double)(k % 3);

            feed(&on, k, 100, (uint64_t)k % 4, measured);
            feed(&off, k, 100, (uint64_t)k % 4, measured);
            limit_init(&back, &plan);
            check_restore(limit_pack, limit_unpack, &off, &back);
            off = back;
            assert_int_equal(limit_result(&off).verdict, limit_result(&on).verdict);
            check_close(limit_result(&off).value, limit_result(&on).value, 0);
        }
    }
}

static void
damaged_state_is_refused(void **state)
{
    struct policy_limit plan = usual(POLICY_LIMIT_QUERY);
    struct limit        l;
    struct text         packed;
    struct unpack       in;

    (void)state;
    limit_init(&l, &plan);
    text_init(&packed, 1 << 16);
    limit_pack(&l, &packed);
    for (int what = 0; what < 2; what++) {
        struct limit to;

        limit_init(&to, &plan);
        in = (struct unpack){.rest = text_slice(&packed)};
        if (what == 0)
            packed.p[0]++; /* another version */
        else
            in.rest.n--; /* cut off */
        limit_unpack(&to, &in);
        assert_true(in.bad);
        if (what == 0)
            packed.p[0]--;
    }
    text_release(&packed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_of_so_many_intervals),
        cmocka_unit_test(each_metric_has_its_value),
        cmocka_unit_test(latency_is_the_quantile),
        cmocka_unit_test(a_young_rate_is_no_low_rate),
        cmocka_unit_test(dry_run_is_never_required),
        cmocka_unit_test(a_restored_one_goes_on_as_if_never_stopped),
        cmocka_unit_test(damaged_state_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
