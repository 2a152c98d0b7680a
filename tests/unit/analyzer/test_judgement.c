#include "analyzer/judgement.h"
#include "tests/unit/analyzer/traffic.h"

/* The defaults of the design. */
static struct policy
usual(void)
{
    struct policy p = {
        .false_rollback_rate = .01,
        .false_pass_rate = .05,
        .robust_block_ms = 15000,
        .min_requests = 100,
        .required = 1u << CHECK_ERROR_RATE,
    };

    p.error_rate.on = true;
    p.error_rate.ratio_margin = 1.1;
    p.error_rate.absolute_margin = .0005;
    p.error_rate.pass_ratio_margin = 1.5;
    p.error_rate.pass_absolute_margin = .001;
    return p;
}

enum { TICK_MS = 5000 };

/* The view that results are asked of. */
static enum counts_view seen = VIEW_USER;

static void
begin(struct judgement *j, const struct policy *p, double alpha)
{
    const struct calibration_frozen none = calibration_none(CALIBRATION_OFF);

    judgement_init(j, p, alpha, &none);
}

static struct check_result
result(const struct judgement *j)
{
    struct check_result all[CHECK_COUNT];

    for (int c = 0; c < CHECK_COUNT; c++)
        all[c] = check_none();
    judgement_results(j, seen, all);
    return all[CHECK_ERROR_RATE];
}

static struct interval scratch; /* too big for many stacks */

static void
feed(struct judgement *e, int tick, const struct pair *p, bool judged)
{
    traffic_fill(&scratch, VIEW_USER, (int64_t)tick * TICK_MS, (int64_t)(tick + 1) * TICK_MS, p);
    judgement_apply(e, &scratch, VIEW_USER, judged);
}

static void
feed_many(struct judgement *e, int n, const struct pair *p)
{
    for (int i = 0; i < n; i++)
        feed(e, i, p, true);
}

static void
tells_each_verdict_with_its_numbers(void **state)
{
    (void)state;
    static const struct {
        struct pair         p;
        int                 n;
        enum verdict        verdict;
        enum verdict_reason reason;
    } cases[] = {
        {{.n = {0, 0}}, 0, VERDICT_HOLD, REASON_TOO_FEW_REQUESTS},
        {{.n = {9, 91}}, 11, VERDICT_HOLD, REASON_TOO_FEW_REQUESTS}, /* 99 of 100 */
        {{.n = {10, 90}}, 11, VERDICT_HOLD, REASON_NOT_PROVEN},
        {{.n = {1000, 9000}, .x = {1, 9}}, 30, VERDICT_PASS, REASON_PROVEN},
        {{.n = {1000, 9000}, .x = {1, 9}}, 3, VERDICT_HOLD, REASON_NOT_PROVEN},
        {{.n = {1000, 9000}, .x = {20, 9}}, 12, VERDICT_ABORT, REASON_ERROR_RATE_WORSE},
        /* An outage needs no hundred requests, but three blocks. */
        {{.n = {8, 72}, .x = {8, 0}}, 9, VERDICT_ABORT, REASON_ERROR_RATE_WORSE},
        {{.n = {8, 72}, .x = {8, 0}}, 6, VERDICT_HOLD, REASON_TOO_FEW_REQUESTS},
        /* Between the margins, 1.3 times the baseline: both are shown, abort wins. */
        {{.n = {1000, 9000}, .x = {13, 90}}, 200, VERDICT_ABORT, REASON_ERROR_RATE_WORSE},
        /* An incident that hits both alike. */
        {{.n = {1000, 9000}, .x = {300, 2700}}, 30, VERDICT_PASS, REASON_PROVEN},
    };
    const struct policy policy = usual();

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct judgement    e;
        struct check_result r;

        begin(&e, &policy, .01);
        feed_many(&e, cases[i].n, &cases[i].p);
        r = result(&e);
        if (r.verdict != cases[i].verdict || r.reason != cases[i].reason)
            fail_msg("case %zu: %s %s, evidence %g, pass evidence %g", i, verdict_text(r.verdict),
                     verdict_reason_text(r.reason), r.evidence, r.pass_evidence);
        assert_true(r.configured && r.required && !r.dry_run);
        check_close(r.limit, 100, 1e-12);
        check_close(r.pass_limit, 20, 1e-12);
        check_close(r.evidence, exp(judgement_log_sum(&e, VIEW_USER, FAMILY_OWN)),
                    1e-9 * r.evidence);
        assert_true(isnan(r.value));
    }
}

static void
off_is_not_configured(void **state)
{
    (void)state;
    const struct pair   bad = {.n = {100, 900}, .x = {100, 0}};
    struct policy       policy = usual();
    struct judgement    e;
    struct check_result r;

    policy.error_rate.on = false;
    begin(&e, &policy, .01);
    feed_many(&e, 50, &bad);
    r = result(&e);
    assert_int_equal(r.verdict, VERDICT_HOLD);
    assert_int_equal(r.reason, REASON_NOT_CONFIGURED);
    assert_false(r.configured || r.required);
}

/* A retry has half the rate: what was enough at 1/100 is not at 1/200. */
static void
a_smaller_alpha_asks_for_more(void **state)
{
    (void)state;
    const struct pair   bad = {.n = {1000, 9000}, .x = {10, 9}};
    const struct policy policy = usual();
    struct judgement    e, retry;

    begin(&e, &policy, .01);
    begin(&retry, &policy, .005);
    while (judgement_log_sum(&e, VIEW_USER, FAMILY_OWN) < log(100)) {
        feed_many(&e, 1, &bad);
        feed_many(&retry, 1, &bad);
    }
    assert_true(judgement_log_sum(&e, VIEW_USER, FAMILY_OWN) < log(200));
    assert_int_equal(result(&e).verdict, VERDICT_ABORT);
    assert_int_equal(result(&retry).verdict, VERDICT_HOLD);
}

static void
evidence_is_the_lesser_half(void **state)
{
    (void)state;
    const struct pair   burst = {.n = {100, 900}, .x = {60, 0}};
    const struct policy policy = usual();
    struct judgement    e;

    begin(&e, &policy, .01);
    feed_many(&e, 3, &burst);
    assert_true(judgement_log_sum(&e, VIEW_USER, FAMILY_GM) > 100);
    /* One block of 15 s: at most 1 + .7 (.95 (1 - theta) / theta). */
    assert_true(judgement_log_sum(&e, VIEW_USER, FAMILY_OWN) < log(10));
    assert_true(judgement_log_sum(&e, VIEW_USER, FAMILY_OWN) > 0);
}

/* Warm-up and settle time: nothing learnt about the canary, no block across. */
static void
what_is_not_judged_does_not_speak(void **state)
{
    (void)state;
    const struct pair bad = {.n = {500, 500}, .x = {100, 1}}, good = {.n = {100, 900}, .x = {0, 1}};
    const struct policy policy = usual();
    struct judgement    e, bare;

    begin(&e, &policy, .01);
    for (int i = 0; i < 100; i++)
        feed(&e, i, &bad, false);
    check_close(judgement_log_sum(&e, VIEW_USER, FAMILY_OWN), 0, 1e-15);
    assert_int_equal(judgement_sums(&e).requests[ARM_CANARY], 0);
    assert_int_equal(result(&e).reason, REASON_TOO_FEW_REQUESTS);
    assert_true(e.error_rate.faults.pass.dispersion.last_n == 500);

    begin(&e, &policy, .01);
    feed(&e, 0, &good, true);
    feed(&e, 1, &bad, false);
    assert_int_equal(e.harm[VIEW_USER].open[FAMILY_OWN - FAMILY_R5].length_ms, 0);
    begin(&bare, &policy, .01);
    feed(&bare, 0, &good, true);
    judgement_break(&bare);
    check_close(judgement_log_sum(&e, VIEW_USER, FAMILY_OWN),
                judgement_log_sum(&bare, VIEW_USER, FAMILY_OWN), 0);
}

static void
sums_are_of_judged_intervals(void **state)
{
    (void)state;
    const struct pair     p = {.n = {100, 900}, .x = {2, 5}};
    const struct policy   policy = usual();
    struct judgement      e;
    struct judgement_sums s;

    begin(&e, &policy, .01);
    feed(&e, 0, &p, false);
    feed(&e, 1, &p, true);
    feed(&e, 2, &p, true);
    s = judgement_sums(&e);
    assert_int_equal(s.requests[ARM_CANARY], 200);
    assert_int_equal(s.requests[ARM_BASELINE], 1800);
    assert_int_equal(s.bad[ARM_CANARY], 4);
    assert_int_equal(s.bad[ARM_BASELINE], 10);
}

/* Users of the canary get nothing but timeouts; its server books them as code 0
 * with DC, on top of the share of callers who always give up. */
static void
silence_above_the_baselines_share_aborts(void **state)
{
    (void)state;
    static const struct {
        uint64_t     canary_silent;
        enum verdict verdict;
    } cases[] = {{10, VERDICT_PASS}, {200, VERDICT_ABORT}};
    const struct policy policy = usual();

    for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
        struct judgement e;
        struct interval *i = &scratch;

        *i = (struct interval){.present = {[VIEW_ATTEMPT] = true}};
        i->arm[VIEW_ATTEMPT][ARM_CANARY].by_class[CLASS_OK] = 1000 - cases[k].canary_silent;
        i->arm[VIEW_ATTEMPT][ARM_CANARY].no_response = cases[k].canary_silent;
        i->arm[VIEW_ATTEMPT][ARM_BASELINE].by_class[CLASS_OK] = 8910;
        i->arm[VIEW_ATTEMPT][ARM_BASELINE].no_response = 90;
        begin(&e, &policy, .01);
        seen = VIEW_ATTEMPT;
        for (int t = 0; t < 60; t++) {
            i->start_ms = t * TICK_MS;
            i->end_ms = (t + 1) * TICK_MS;
            judgement_apply(&e, i, VIEW_ATTEMPT, true);
        }
        assert_int_equal(result(&e).verdict, cases[k].verdict);
    }
    seen = VIEW_USER;
    scratch = (struct interval){0};
}

static void
asking_changes_nothing(void **state)
{
    (void)state;
    const struct policy policy = usual();
    struct prng         r = {7};
    struct judgement    asked, left_alone;

    begin(&asked, &policy, .01);
    begin(&left_alone, &policy, .01);
    for (int i = 0; i < 200; i++) {
        struct pair p = {.n = {50, 450}};

        p.x[ARM_CANARY] = traffic_binomial(&r, 50, .02);
        p.x[ARM_BASELINE] = traffic_binomial(&r, 450, .01);
        feed(&asked, i, &p, true);
        feed(&left_alone, i, &p, true);
        for (uint64_t k = prng_below(&r, 20); k > 0; k--)
            (void)result(&asked);
        check_same_state(judgement_pack, &asked, &left_alone);
    }
}

static void
a_restored_one_goes_on_as_if_never_stopped(void **state)
{
    (void)state;
    const struct policy policy = usual();
    struct prng         r = {8};
    struct judgement    on, off, back;

    begin(&on, &policy, .01);
    begin(&off, &policy, .01);
    for (int i = 0; i < 200; i++) {
        struct pair p = {.n = {50, 450}};

        p.x[ARM_CANARY] = traffic_binomial(&r, 50, .02);
        p.x[ARM_BASELINE] = traffic_binomial(&r, 450, .01);
        feed(&on, i, &p, i % 10 != 0);
        feed(&off, i, &p, i % 10 != 0);
        begin(&back, &policy, .01);
        check_restore(judgement_pack, judgement_unpack, &off, &back);
        off = back;
        check_same_state(judgement_pack, &off, &on);
    }
}

static void
foreign_state_is_refused(void **state)
{
    (void)state;
    const struct policy policy = usual();
    struct judgement    e, back;
    struct text         t;
    struct unpack       in;

    begin(&e, &policy, .01);
    text_init(&t, 65536);
    judgement_pack(&e, &t);
    for (size_t cut = 0; cut < t.n; cut++) { /* cut off anywhere */
        in = (struct unpack){.rest = {t.p, cut}};
        begin(&back, &policy, .01);
        judgement_unpack(&back, &in);
        assert_true(in.bad);
    }
    t.p[0]++; /* another version */
    in = (struct unpack){.rest = text_slice(&t)};
    judgement_unpack(&back, &in);
    assert_true(in.bad);
    text_release(&t);
}

static void
hostile_counts_make_no_nan(void **state)
{
    (void)state;
    static const uint64_t n[] = {0, 1, 1000, PAIR_MAX_REQUESTS, PAIR_MAX_REQUESTS + 1, UINT64_MAX};
    const struct policy   policy = usual();
    struct judgement      e;

    begin(&e, &policy, .01);
    for (size_t i = 0; i < 6 * 6 * 6 * 6; i++) {
        struct counts      *c = scratch.arm[VIEW_USER];
        struct check_result r;

        scratch.start_ms = i % 7 == 0 ? 10 : 0;
        scratch.end_ms = i % 11 == 0 ? 5 : i % 13 == 0 ? INT64_MAX : 5000;
        c[ARM_CANARY].by_class[CLASS_OK] = n[i % 6];
        c[ARM_CANARY].by_class[CLASS_APP] = n[i / 6 % 6];
        c[ARM_BASELINE].by_class[CLASS_OK] = n[i / 36 % 6];
        c[ARM_BASELINE].by_class[CLASS_INFRASTRUCTURE] = n[i / 216 % 6];
        judgement_apply(&e, &scratch, VIEW_USER, i % 5 != 0);
        r = result(&e);
        assert_true(isfinite(r.evidence) && r.evidence >= 0 && r.evidence <= 1e300);
        assert_true(isfinite(r.pass_evidence) && r.pass_evidence >= 0 && r.pass_evidence <= 1e300);
        assert_false(isinf(r.need_requests) || r.need_requests < 0);
    }
    assert_true(e.anomalies > 0);
    scratch = (struct interval){0};
}

static void
evidence_stops_at_what_json_can_carry(void **state)
{
    (void)state;
    const struct pair   outage = {.n = {10000, 90000}, .x = {10000, 0}};
    const struct policy policy = usual();
    struct judgement    e;

    begin(&e, &policy, .01);
    feed_many(&e, 3000, &outage);
    assert_true(judgement_log_sum(&e, VIEW_USER, FAMILY_OWN) > log(1e300));
    check_close(result(&e).evidence, 1e300, 0);
}

static void
need_is_for_pass_or_else_for_abort(void **state)
{
    (void)state;
    const struct pair   good = {.n = {100, 900}, .x = {0, 1}}, bad = {.n = {100, 900}, .x = {3, 5}};
    const struct pair   few = {.n = {7, 63}};
    const struct policy policy = usual();
    struct judgement    e;
    double              need, used = 0;

    begin(&e, &policy, .01);
    feed_many(&e, 2, &good);
    need = result(&e).need_requests;
    for (; result(&e).verdict == VERDICT_HOLD; used += 100)
        feed_many(&e, 1, &good);
    assert_int_equal(result(&e).verdict, VERDICT_PASS);
    assert_true(used <= need + 100 && used >= need / 2);

    begin(&e, &policy, .01);
    feed_many(&e, 4, &bad);
    need = result(&e).need_requests;
    for (used = 0; result(&e).verdict == VERDICT_HOLD; used += 100)
        feed_many(&e, 1, &bad);
    assert_int_equal(result(&e).verdict, VERDICT_ABORT);
    assert_true(used <= need + 400 && used >= need / 4);

    begin(&e, &policy, .01); /* never under what the policy asks for anyway */
    feed_many(&e, 1, &few);
    assert_true(result(&e).need_requests >= 93);
}

/* Seeded rollouts: 5 s intervals, looked at each time; 360 are 30 minutes.
 * The first minute is warm-up. */
enum { WARM_TICKS = 12 };

struct world {
    uint64_t canary, baseline; /* requests per interval */
    double   p_canary, p_baseline;
    double   burst_goes_on; /* 0: single faults; .8: bursts of geometric size, mean 5 */
    int      ticks;         /* judged */
};

static uint64_t
faults(struct prng *r, uint64_t n, double p, double goes_on)
{
    uint64_t x = 0, bursts;

    if (goes_on <= 0)
        return traffic_binomial(r, n, p);
    for (bursts = traffic_poisson(r, (double)n * p * (1 - goes_on)); bursts > 0; bursts--)
        for (x++; traffic_uniform(r) < goes_on;)
            x++;
    return x < n ? x : n;
}

/* First judged tick with evidence for abort, for pass; -1: never. */
struct outcome {
    int abort, pass;
};

static struct outcome
roll_out(const struct world *w, uint64_t seed)
{
    const struct policy           policy = usual();
    struct prng                   r = {seed};
    static const struct podspread even;
    struct gm_odds                odds = {0};
    struct outcome                o = {-1, -1};
    struct judgement              e;

    begin(&e, &policy, .01);
    for (int t = -WARM_TICKS; t < w->ticks; t++) {
        struct pair         p = {.n = {w->canary, w->baseline}};
        struct check_result told;

        p.x[ARM_CANARY] = faults(&r, w->canary, w->p_canary, w->burst_goes_on);
        p.x[ARM_BASELINE] = faults(&r, w->baseline, w->p_baseline, w->burst_goes_on);
        feed(&e, t + WARM_TICKS, &p, t >= 0);
        told.pass_evidence =
            check_evidence(fmin(comparison_log_pass(&e.error_rate.faults, &even, &odds),
                                comparison_log_pass(&e.error_rate.silence, &even, &odds)));
        told.pass_limit = 20;
        if (o.abort < 0 && e.crossed != JUDGEMENT_NONE)
            o.abort = t;
        if (o.pass < 0 && told.pass_evidence >= told.pass_limit)
            o.pass = t;
    }
    return o;
}

/* The same seeds everywhere, so each number below is always the same; sanitizers
 * are slow and play the first of them only. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { ROLLOUTS = 200 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { ROLLOUTS = 200 };
#else
enum { ROLLOUTS = 1000 };
#endif
#else
enum { ROLLOUTS = 1000 };
#endif

/* More than 20 of 1,000 at a true rate of 1 % has probability 0.0015. */
static void
good_canaries_are_not_rolled_back(void **state)
{
    (void)state;
    static const struct world worlds[] = {
        {50, 450, .005, .005, 0, 360},  /* independent faults */
        {50, 450, .005, .005, .8, 360}, /* bursts: IB's part */
        {250, 250, .006, .005, 0, 360}, /* exactly at the margin */
        {50, 450, .0016, .001, 0, 360}, /* exactly at the margin */
    };

    for (size_t k = 0; k < ARRAY_LEN(worlds); k++) {
        int aborted = 0;

        for (uint64_t i = 0; i < ROLLOUTS; i++)
            aborted += roll_out(&worlds[k], 1000 * k + i).abort >= 0;
        print_message("world %zu: %d of %d rolled back\n", k, aborted, ROLLOUTS);
        if (aborted > 20)
            fail_msg("world %zu: %d of %d rolled back", k, aborted, ROLLOUTS);
    }
}

/* GM alone would do so: the simulation can tell. */
static void
bursts_would_deceive_the_independent_half(void **state)
{
    (void)state;
    const struct gm_plan plan = gm_plan_worse(1.1, .0005);
    struct prng          r = {5};
    int                  deceived = 0;

    for (int i = 0; i < 200; i++) {
        struct gm g;
        bool      over = false;

        gm_init(&g, &plan);
        for (int t = 0; t < 360; t++) {
            struct pair p = {.n = {50, 450}};

            p.x[ARM_CANARY] = faults(&r, 50, .005, .8);
            p.x[ARM_BASELINE] = faults(&r, 450, .005, .8);
            gm_apply(&g, &p, TICK_MS, 1);
            over = over || gm_log_e(&g) >= log(100);
        }
        deceived += over;
    }
    assert_true(deceived > 40);
}

/* 0.1 -> 2 % at 10 % weight, 1,000 requests/s: three blocks of 15 s at least,
 * and seldom more than five. */
static void
a_bad_canary_is_found_within_a_few_blocks(void **state)
{
    (void)state;
    const struct world w = {500, 4500, .02, .001, 0, 20};
    int                late = 0;

    for (uint64_t i = 0; i < ROLLOUTS / 4; i++) {
        struct outcome o = roll_out(&w, i);

        assert_true(o.abort < 0 || o.abort >= 8);
        late += o.abort >= 15 || o.abort < 0;
        assert_int_equal(o.pass, -1);
    }
    assert_true(late <= ROLLOUTS / 4 / 20);
}

/* At the pass margin exactly: 1.5 * 0.5 % + 0.1 %.  More than 72 of 1,000 at
 * beta = 5 % has probability 0.0012.  In bursts this is where D must be learnt
 * in time. */
static void
a_canary_at_the_pass_margin_seldom_passes(void **state)
{
    (void)state;
    static const struct world worlds[] = {
        {50, 450, .0085, .005, 0, 360},
        {500, 500, .0085, .005, 0, 180},
        {50, 450, .0085, .005, .8, 360},
        {500, 500, .0085, .005, .8, 180},
    };

    for (size_t k = 0; k < ARRAY_LEN(worlds); k++) {
        int passed = 0;

        for (uint64_t i = 0; i < ROLLOUTS; i++)
            passed += roll_out(&worlds[k], 7000 * (k + 1) + i).pass >= 0;
        print_message("world %zu: %d of %d passed\n", k, passed, ROLLOUTS);
        if (passed > 72)
            fail_msg("world %zu: %d of %d passed", k, passed, ROLLOUTS);
    }
}

/* 1,000 requests/s at 10 %: 65 s in the simulations this follows. */
static void
a_good_canary_passes(void **state)
{
    (void)state;
    const struct world w = {500, 4500, .001, .001, 0, 60};
    int                passed = 0;

    for (uint64_t i = 0; i < ROLLOUTS / 4; i++)
        passed += roll_out(&w, i).pass >= 0;
    assert_true(passed >= ROLLOUTS / 4 * 99 / 100);
}

/* Users who are kept waiting until they give up show as code 0 at their own
 * proxy and are no faults there; what is left of the canary looks good. */
static void
users_kept_waiting_are_not_shown_good(void **state)
{
    static const struct {
        uint64_t     silent[ARM_COUNT]; /* beside 1000 and 9000 requests an interval */
        enum verdict verdict;
    } cases[] = {
        {{0, 0}, VERDICT_PASS},
        {{50, 450}, VERDICT_PASS}, /* 5 % on both sides: the callers' own doing */
        {{100, 0}, VERDICT_HOLD},
        {{100, 450}, VERDICT_HOLD},
        {{80, 450}, VERDICT_HOLD}, /* 1.6 times the baseline's share: over the pass margin */
    };
    const struct policy p = usual();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct pair good = {.n = {1000, 9000}, .x = {1, 9}};
        struct judgement  e;

        begin(&e, &p, .01);
        for (int arm = 0; arm < ARM_COUNT; arm++)
            scratch.arm[VIEW_USER][arm].no_response = cases[i].silent[arm];
        feed_many(&e, 60, &good);
        assert_int_equal(result(&e).verdict, cases[i].verdict);
    }
    for (int arm = 0; arm < ARM_COUNT; arm++)
        scratch.arm[VIEW_USER][arm].no_response = 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_each_verdict_with_its_numbers),
        cmocka_unit_test(off_is_not_configured),
        cmocka_unit_test(a_smaller_alpha_asks_for_more),
        cmocka_unit_test(evidence_is_the_lesser_half),
        cmocka_unit_test(what_is_not_judged_does_not_speak),
        cmocka_unit_test(sums_are_of_judged_intervals),
        cmocka_unit_test(silence_above_the_baselines_share_aborts),
        cmocka_unit_test(users_kept_waiting_are_not_shown_good),
        cmocka_unit_test(asking_changes_nothing),
        cmocka_unit_test(a_restored_one_goes_on_as_if_never_stopped),
        cmocka_unit_test(foreign_state_is_refused),
        cmocka_unit_test(hostile_counts_make_no_nan),
        cmocka_unit_test(evidence_stops_at_what_json_can_carry),
        cmocka_unit_test(need_is_for_pass_or_else_for_abort),
        cmocka_unit_test(good_canaries_are_not_rolled_back),
        cmocka_unit_test(bursts_would_deceive_the_independent_half),
        cmocka_unit_test(a_bad_canary_is_found_within_a_few_blocks),
        cmocka_unit_test(a_canary_at_the_pass_margin_seldom_passes),
        cmocka_unit_test(a_good_canary_passes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
