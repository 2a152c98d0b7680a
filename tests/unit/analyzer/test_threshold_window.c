#include "analyzer/threshold_window.h"
#include "tests/unit/analyzer/traffic.h"

static struct interval scratch;

static void
feed(struct threshold_window *w, int64_t end_ms, uint64_t n, uint64_t x)
{
    const struct pair p = {.n = {n, 10 * n}, .x = {x, 0}};

    traffic_fill(&scratch, VIEW_USER, end_ms - 5000, end_ms, &p);
    threshold_window_apply(w, &scratch, VIEW_USER);
}

/* A twelfth in whole seconds, rounded up. */
static void
slots_are_whole_seconds(void **state)
{
    (void)state;
    static const struct {
        int64_t window_ms, width_ms;
    } cases[] = {{60000, 5000},     {61000, 6000}, {300000, 25000}, {1000, 1000},
                 {3600000, 300000}, {24000, 2000}, {0, 1000}};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct threshold_window w;

        threshold_window_init(&w, cases[i].window_ms);
        assert_int_equal(w.width_ms, cases[i].width_ms);
    }
}

/* 5 s intervals, 60 s window: the sum is of the last twelve, for ever. */
static void
slides_over_its_length(void **state)
{
    (void)state;
    struct threshold_window w;

    threshold_window_init(&w, 60000);
    for (int i = 1; i <= 500; i++) {
        struct threshold_window_sum canary, baseline;
        uint64_t                    want = 0;

        feed(&w, i * 5000, (uint64_t)i, (uint64_t)i % 3);
        for (int k = i > 12 ? i - 11 : 1; k <= i; k++)
            want += (uint64_t)k;
        canary = threshold_window_sum(&w, ARM_CANARY);
        baseline = threshold_window_sum(&w, ARM_BASELINE);
        assert_int_equal(canary.requests, want);
        assert_int_equal(baseline.requests, 10 * want);
    }
}

/* After a gap only what is young enough is left. */
static void
a_gap_empties_by_age(void **state)
{
    (void)state;
    struct threshold_window w;

    threshold_window_init(&w, 60000);
    feed(&w, 5000, 7, 0);
    feed(&w, 40000, 11, 0);
    feed(&w, 95000, 13, 0);
    assert_int_equal(threshold_window_sum(&w, ARM_CANARY).requests, 24);
    feed(&w, 1000000, 1, 0);
    assert_int_equal(threshold_window_sum(&w, ARM_CANARY).requests, 1);
}

static void
sums_agree_with_a_plain_list(void **state)
{
    (void)state;
    enum { MANY = 3000 };
    static int64_t          end[MANY];
    static uint64_t         n[MANY];
    struct prng             r = {4};
    struct threshold_window w;
    int64_t                 now = 1700000000000;

    threshold_window_init(&w, 60000);
    for (int i = 0; i < MANY; i++) {
        uint64_t want = 0;

        now += (int64_t)prng_below(&r, prng_below(&r, 10) ? 9000 : 200000);
        end[i] = now;
        n[i] = prng_below(&r, 50);
        feed(&w, now, n[i], 0);
        for (int k = 0; k <= i; k++)
            if (end[k] / 5000 > (now - 60000) / 5000)
                want += n[k];
        assert_int_equal(threshold_window_sum(&w, ARM_CANARY).requests, want);
    }
}

static void
what_comes_late_is_left_out_and_counted(void **state)
{
    (void)state;
    struct threshold_window w;

    threshold_window_init(&w, 60000);
    feed(&w, 100000, 5, 0);
    feed(&w, 95000, 7, 0);
    assert_int_equal(threshold_window_sum(&w, ARM_CANARY).requests, 5);
    assert_int_equal(w.left_out, 1);
    feed(&w, -5000, 7, 0);
    assert_int_equal(w.left_out, 2);
}

/* A slot holds 32 bits: what does not fit leaves it as it was. */
static void
too_large_counts_are_left_out_whole(void **state)
{
    (void)state;
    struct threshold_window w;

    threshold_window_init(&w, 60000);
    feed(&w, 5000, 100, 3);
    feed(&w, 6000, UINT32_MAX / 10 - 1, 3);
    assert_int_equal(w.left_out, 1); /* of the baseline ten times as many */
    assert_int_equal(threshold_window_sum(&w, ARM_CANARY).requests, 100);
    assert_int_equal(threshold_window_sum(&w, ARM_BASELINE).requests, 1000);
    feed(&w, 7000, 1, 0);
    assert_int_equal(threshold_window_sum(&w, ARM_CANARY).requests, 101);
}

static void
other_bounds_or_view_start_afresh(void **state)
{
    (void)state;
    const struct pair       p = {.n = {4, 4}};
    struct threshold_window w;

    threshold_window_init(&w, 60000);
    feed(&w, 5000, 100, 3);
    scratch.bounds[VIEW_USER] = (struct counts_bounds){.n = 2, .le_ms = {10, INFINITY}};
    feed(&w, 10000, 9, 3);
    assert_int_equal(threshold_window_sum(&w, ARM_CANARY).requests, 9);
    traffic_fill(&scratch, VIEW_ATTEMPT, 10000, 15000, &p);
    threshold_window_apply(&w, &scratch, VIEW_ATTEMPT);
    assert_int_equal(threshold_window_sum(&w, ARM_CANARY).requests, 4);
    scratch = (struct interval){0};
}

/* Attempt view.  Baseline: 10 silent on 990 answered.  The canary's 990
 * answered ones may have 10 silent as well; the other 40 are faults. */
static void
silence_counts_beyond_the_baselines_share(void **state)
{
    (void)state;
    static const struct {
        uint64_t canary, faults, silent, baseline, base_silent;
        double   requests, rate;
    } cases[] = {
        {990, 0, 50, 990, 10, 1030, 1 - 40. / 1030},
        {990, 5, 50, 990, 10, 1030, 1 - 45. / 1030},
        {990, 0, 10, 990, 10, 990, 1},
        {990, 0, 0, 990, 10, 990, 1}, /* fewer than the baseline: no credit */
        {0, 0, 50, 990, 10, 50, 0},   /* nothing but timeouts */
        {990, 0, 50, 0, 0, 990, 1},   /* nobody to compare with */
        {0, 0, 0, 990, 10, 0, NAN},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct counts          *c = scratch.arm[VIEW_ATTEMPT];
        struct threshold_window w;
        double                  requests;

        c[ARM_CANARY].by_class[CLASS_OK] = cases[i].canary - cases[i].faults;
        c[ARM_CANARY].by_class[CLASS_APP] = cases[i].faults;
        c[ARM_CANARY].no_response = cases[i].silent;
        c[ARM_BASELINE].by_class[CLASS_OK] = cases[i].baseline;
        c[ARM_BASELINE].no_response = cases[i].base_silent;
        scratch.end_ms = 5000;
        threshold_window_init(&w, 60000);
        threshold_window_apply(&w, &scratch, VIEW_ATTEMPT);
        check_close(threshold_window_success_rate(&w, ARM_CANARY, &requests), cases[i].rate, 1e-14);
        check_close(requests, cases[i].requests, 1e-9);
    }
    scratch = (struct interval){0};
}

static void
a_restored_one_goes_on_as_if_never_stopped(void **state)
{
    (void)state;
    struct prng             r = {11};
    struct threshold_window on, off, back;

    threshold_window_init(&on, 60000);
    threshold_window_init(&off, 60000);
    scratch.bounds[VIEW_USER] = (struct counts_bounds){.n = 3, .le_ms = {10, 25, INFINITY}};
    for (int i = 1; i < 60; i++) {
        for (int b = 0; b < 3; b++)
            scratch.arm[VIEW_USER][ARM_CANARY].bucket[b] = prng_below(&r, 1000);
        feed(&on, i * 7000, (uint64_t)i, 0);
        feed(&off, i * 7000, (uint64_t)i, 0);
        threshold_window_init(&back, 60000);
        check_restore(threshold_window_pack, threshold_window_unpack, &off, &back);
        off = back;
        check_same_state(threshold_window_pack, &off, &on);
    }
    scratch = (struct interval){0};
}

static void
foreign_state_is_refused(void **state)
{
    (void)state;
    struct threshold_window w, back;
    struct text             t;
    struct unpack           in;

    threshold_window_init(&w, 60000);
    feed(&w, 5000, 10, 3);
    text_init(&t, 1 << 16);
    threshold_window_pack(&w, &t);
    for (size_t cut = 0; cut < t.n; cut++) {
        in = (struct unpack){.rest = {t.p, cut}};
        threshold_window_init(&back, 60000);
        threshold_window_unpack(&back, &in);
        assert_true(in.bad);
    }
    text_clear(&t);
    w.slot[1].arm[ARM_CANARY].faults = 11; /* of 10 */
    threshold_window_pack(&w, &t);
    in = (struct unpack){.rest = text_slice(&t)};
    threshold_window_unpack(&back, &in);
    assert_true(in.bad);
    text_release(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_are_whole_seconds),
        cmocka_unit_test(slides_over_its_length),
        cmocka_unit_test(a_gap_empties_by_age),
        cmocka_unit_test(sums_agree_with_a_plain_list),
        cmocka_unit_test(what_comes_late_is_left_out_and_counted),
        cmocka_unit_test(too_large_counts_are_left_out_whole),
        cmocka_unit_test(other_bounds_or_view_start_afresh),
        cmocka_unit_test(silence_counts_beyond_the_baselines_share),
        cmocka_unit_test(a_restored_one_goes_on_as_if_never_stopped),
        cmocka_unit_test(foreign_state_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
