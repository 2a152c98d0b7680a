#include "analyzer/runstate.h"
#include "tests/unit/analyzer/run_play.h"

#include <stdlib.h>

static struct play p;
static struct run  twin;

static struct text
packed(const struct run *r)
{
    struct text t;

    text_init(&t, 1 << 20);
    runstate_pack(r, &t);
    assert_int_equal(t.status, STATUS_OK);
    return t;
}

static void
must_unpack(struct slice bytes, struct run *out)
{
    struct err err = {0};

    if (runstate_unpack(bytes, &p.policy, out, &err))
        fail_msg("%s", err.text);
}

static void
same_bytes(const struct run *a, const struct run *b)
{
    struct text x = packed(a), y = packed(b);

    assert_int_equal(x.n, y.n);
    assert_memory_equal(x.p, y.p, x.n);
    text_release(&x);
    text_release(&y);
}

/* What is told must be the same as well; unpacked checks come with a decision. */
static void
same_answers(struct run *a, struct run *b, int64_t now_ms)
{
    static struct verdict_view va, vb;

    (void)run_decide(a, now_ms);
    (void)run_decide(b, now_ms);
    run_view(a, now_ms, 7, &va);
    run_view(b, now_ms, 7, &vb);
    assert_int_equal(va.promote.verdict, vb.promote.verdict);
    assert_string_equal(va.promote.message, vb.promote.message);
    assert_string_equal(va.step.message, vb.step.message);
    for (int c = 0; c < CHECK_COUNT; c++) {
        assert_int_equal(va.checks[c].verdict, vb.checks[c].verdict);
        assert_int_equal(va.checks[c].reason, vb.checks[c].reason);
        check_close(va.checks[c].evidence, vb.checks[c].evidence, 0);
        check_close(va.checks[c].pass_evidence, vb.checks[c].pass_evidence, 0);
        check_close(va.checks[c].value, vb.checks[c].value, 0);
    }
    check_close(va.need_requests, vb.need_requests, 0);
}

static void
any_policy(struct prng *rnd, struct policy *policy)
{
    *policy = play_policy();
    policy->error_rate.on = prng_below(rnd, 4) != 0;
    policy->success_rate.on = prng_below(rnd, 2);
    policy->p95.on = prng_below(rnd, 2);
    policy->guard = prng_below(rnd, 2);
    policy->warm_up_ms = (int64_t)prng_below(rnd, 60000);
    policy->settle_ms = (int64_t)prng_below(rnd, 30000);
    policy->advance = prng_below(rnd, 2) ? POLICY_ADVANCE_UNHARMED : POLICY_ADVANCE_PROVEN;
    policy->mode = (enum policy_mode)prng_below(rnd, 3);
    policy->max_hold_ms = prng_below(rnd, 2) ? 120000 : 0;
    policy->max_hold_then = VERDICT_FAIL;
    policy->latency = (struct policy_comparison){prng_below(rnd, 2), 1.25, .0025, 2, .01};
    policy->client_errors = (struct policy_comparison){prng_below(rnd, 2), 1.5, .005, 2, .02};
    policy->slo.success_rate = prng_below(rnd, 2) ? .99 : 0;
    policy->slo.p95_ms = prng_below(rnd, 2) ? 250 : 0;
    policy->split.on = prng_below(rnd, 2);
    policy->split.false_alarm_rate = .001;
    policy->mesh.on = prng_below(rnd, 2);
    policy->mesh.then = VERDICT_HOLD;
    policy->n_limits = (uint32_t)prng_below(rnd, 2);
    policy->limit[0] = (struct policy_limit){.name = "own",
                                             .metric = POLICY_LIMIT_SUCCESS_RATE,
                                             .min = .98,
                                             .max = NAN,
                                             .window_ms = 30000,
                                             .fails = 2,
                                             .of = 3,
                                             .no_data = VERDICT_HOLD};
}

/* Pods, what the mesh counts, and bounds that are chosen only in a while. */
static void
dress(struct prng *rnd, struct interval *i, enum counts_view view, bool watched)
{
    static const char *const names[] = {"v2-a", "v2-b", "v1-a", "v1-b", "v1-c"};

    if (watched)
        i->monitored[view] = (struct interval_monitored){.n = 2, .le_ms = {100, 250}};
    for (uint32_t k = 0; view == VIEW_ATTEMPT && k < ARRAY_LEN(names); k++) {
        struct interval_pod *pod = &i->pods[i->n_pods++];

        snprintf(pod->name, sizeof pod->name, "%s", names[k]);
        pod->arm = k < 2 ? ARM_CANARY : ARM_BASELINE;
        pod->requests = prng_below(rnd, 200);
        pod->faults = prng_below(rnd, 1 + pod->requests / 20);
    }
    for (int s = 0; s < MESH_SIGNAL_COUNT; s++)
        i->signals[s][prng_below(rnd, MESH_SIGNAL_SIDES)] =
            (struct interval_signal){.reported = true, .value = prng_below(rnd, 8)};
}

/* One step of anything that can happen to a run, the same to both. */
static void
anything(struct prng *rnd, struct run *const runs[2])
{
    struct ledger_sight sight = play_sight(p.now_ms);
    uint64_t            what = prng_below(rnd, 20), n = prng_below(rnd, 300);
    double              weight = (double)prng_below(rnd, 101);
    bool                many_bad = prng_below(rnd, 40) == 0;
    uint64_t            bad = prng_below(rnd, many_bad ? n + 1 : 1 + n / 50);
    enum counts_view    view = prng_below(rnd, 15) ? VIEW_USER : VIEW_ATTEMPT;

    p.now_ms += (int64_t)prng_below(rnd, 50) == 0 ? 90000 : 5000;
    play_fill(&p, view, 1 + (int64_t)prng_below(rnd, 8000), n, bad, n * 9,
              prng_below(rnd, 1 + n / 30));
    p.i.bounds[view] = (struct counts_bounds){.n = 3, .le_ms = {100, 250, INFINITY}};
    for (int b = 0; b < 3; b++)
        for (int arm = 0; arm < ARM_COUNT; arm++)
            p.i.arm[view][arm].bucket[b] = prng_below(rnd, 100);
    dress(rnd, &p.i, view, prng_below(rnd, 30) < (uint64_t)(p.now_ms - PLAY_T0) / 10000);
    for (int i = 0; i < 2; i++) {
        struct run *r = runs[i];

        if (what == 0) {
            run_blind(r, REASON_SOURCE_UNREACHABLE, "connection refused");
        } else if (what == 1) {
            run_asked(r, weight, p.now_ms);
        } else if (what == 2) {
            r->confirm_seen = true;
            r->first_step_ms = p.now_ms;
        } else {
            run_sighted(r, &sight, p.now_ms);
            (void)run_interval(r, &p.i);
        }
        (void)run_decide(r, p.now_ms);
    }
}

/* The law that a restart rests on: stop anywhere, go on from the bytes, and
 * every later byte is that of the run that never stopped. */
static void
going_on_equals_never_stopping(void **state)
{
    struct prng rnd = {4};
    unsigned    seen = 0;
    (void)state;

    for (int world = 0; world < 60; world++) {
        struct policy policy;
        int           stop_at = (int)prng_below(&rnd, 120);

        any_policy(&rnd, &policy);
        play_start(&p, &policy);
        for (int i = 0; i < 150; i++) {
            struct run *both[] = {&p.r, i < stop_at ? &p.r : &twin};

            if (i == stop_at) {
                struct text t = packed(&p.r);

                must_unpack(text_slice(&t), &twin);
                text_release(&t);
                same_bytes(&p.r, &twin);
                same_answers(&p.r, &twin, p.now_ms);
            }
            anything(&rnd, both);
            if (i >= stop_at)
                same_bytes(&p.r, &twin);
            seen |= 1u << (unsigned)p.r.promote.verdict;
        }
        same_answers(&p.r, &twin, p.now_ms);
        run_end(&p.r, "idle", p.now_ms);
        run_end(&twin, "idle", p.now_ms);
        same_bytes(&p.r, &twin);
    }
    assert_int_equal(seen, 1u << VERDICT_PASS | 1u << VERDICT_HOLD | 1u << VERDICT_FAIL |
                               1u << VERDICT_ABORT); /* all of it was played */
}

/* A run that had gone blind is blind after the restart, too. */
static void
why_it_is_blind_is_kept(void **state)
{
    struct policy policy = play_policy();
    struct text   t;
    (void)state;

    play_start(&p, &policy);
    play_well(&p, 400, 100, 900);
    PLAY_PROMOTE(&p, PASS, PROVEN);
    run_blind(&p.r, REASON_SOURCE_UNREACHABLE, "connection refused");
    (void)run_decide(&p.r, p.now_ms);
    t = packed(&p.r);
    must_unpack(text_slice(&t), &twin);
    (void)run_decide(&twin, p.now_ms + 1);
    PLAY_TOLD(&twin.promote, HOLD, SOURCE_UNREACHABLE);
    assert_string_equal(twin.promote.message, "connection refused");
    text_release(&t);
}

/* An ended abort that is still told shows the evidence that it ended with. */
static void
an_ended_run_shows_its_checks(void **state)
{
    struct policy policy = play_policy();
    struct text   t;
    (void)state;

    play_start(&p, &policy);
    (void)play(&p, 5000, 100, 100, 900, 0);
    (void)play(&p, 5000, 100, 100, 900, 0);
    run_end(&p.r, "post_rollout", p.now_ms);
    t = packed(&p.r);
    must_unpack(text_slice(&t), &twin);
    assert_false(run_decide(&twin, p.now_ms + 1800000));
    PLAY_TOLD(&twin.promote, ABORT, DEAD_CANARY);
    assert_int_equal(twin.checks[CHECK_GUARD].verdict, VERDICT_ABORT);
    assert_int_equal(twin.checks[CHECK_DATA].reason, REASON_WARMING_UP); /* not stale_data */
    text_release(&t);
}

static void
refused(struct slice bytes)
{
    static const struct run zero;
    struct err              err = {0};

    assert_int_equal(runstate_unpack(bytes, &p.policy, &twin, &err), STATUS_SYNTAX);
    assert_true(err.text[0] != '\0');
    assert_memory_equal(&twin, &zero, sizeof zero);
}

static void
cut_or_longer_bytes_are_refused(void **state)
{
    struct policy policy = play_policy();
    struct text   t;
    (void)state;

    play_start(&p, &policy);
    play_well(&p, 20, 100, 900);
    t = packed(&p.r);
    assert_true(t.n < 8192); /* a row of the history, written every tick */
    for (size_t n = 0; n < t.n; n++) {
        char *exact = malloc(n + 1); /* so that a read past the end is seen */

        memcpy(exact, t.p, n);
        refused((struct slice){exact, n});
        free(exact);
    }
    text_putc(&t, '\0');
    refused(text_slice(&t));
    t.p[0] = RUNSTATE_VERSION + 1;
    refused((struct slice){t.p, t.n - 1});
    text_release(&t);
}

/* One field at a time is made something that no run can be. */
static void
what_no_run_can_be_is_refused(void **state)
{
    const struct policy policy = play_policy();
    struct text         t;
    (void)state;

#define REFUSED(change)                                                                            \
    do {                                                                                           \
        play_start(&p, &policy);                                                                   \
        play_well(&p, 3, 100, 900);                                                                \
        change;                                                                                    \
        t = packed(&p.r);                                                                          \
        refused(text_slice(&t));                                                                   \
        text_release(&t);                                                                          \
    } while (0)
    REFUSED(p.r.state = (enum run_state)(RUN_ENDED + 1));
    REFUSED(p.r.view = VIEW_COUNT);
    REFUSED(p.r.view = -2);
    REFUSED(p.r.who.attempt = 0);
    REFUSED(p.r.who.attempt = UINT32_MAX);
    REFUSED(p.r.who.id[0] = '\0');
    REFUSED(p.r.promote.verdict = VERDICT_COUNT);
    REFUSED(p.r.step.reason = REASON_COUNT);
    REFUSED(p.r.found.reason = REASON_COUNT);
    REFUSED(p.r.blind = REASON_COUNT);
    REFUSED(p.r.hold_since_ms = INT64_MIN);
    REFUSED(p.r.canary_last_ms = INT64_MAX);
    REFUSED(p.r.max_age_ms = INT64_MAX);
    REFUSED(p.r.weight = 101);
    REFUSED(p.r.weight = INFINITY);
    REFUSED(p.r.canary_per_s = -1);
    REFUSED(p.r.canary_per_s = INFINITY);
    REFUSED(p.r.judgement.first_ms = INT64_MIN);
    REFUSED(p.r.judgement.last_ms = INT64_MAX);
    REFUSED(p.r.share.since_ms = INT64_MAX);
    REFUSED(p.r.mesh.newest = INT64_MIN);
    REFUSED(p.r.shown.newest_ms = INT64_MIN);
#undef REFUSED
}

/* Whatever bytes are taken for a run, it can be judged on without harm, and
 * its own bytes are read back as the same run. */
static void
hostile_bytes_do_no_harm(void **state)
{
    struct prng         rnd = {11};
    const struct policy policy = play_policy();
    struct text         whole;
    size_t              taken = 0;
    (void)state;

    play_start(&p, &policy);
    play_well(&p, 20, 100, 900);
    whole = packed(&p.r);
    for (int i = 0; i < 3000; i++) {
        char      *bytes = malloc(whole.n);
        struct err err = {0};

        memcpy(bytes, whole.p, whole.n);
        for (uint64_t k = 1 + prng_below(&rnd, 4); k; k--)
            bytes[1 + prng_below(&rnd, whole.n - 1)] = (char)prng_next(&rnd);
        if (runstate_unpack((struct slice){bytes, whole.n}, &p.policy, &twin, &err) == STATUS_OK) {
            struct text again = packed(&twin);

            taken++;
            must_unpack(text_slice(&again), &p.r);
            same_bytes(&p.r, &twin);
            (void)run_interval(&twin, &p.i);
            (void)run_decide(&twin, p.now_ms);
            text_release(&again);
        }
        free(bytes);
    }
    assert_true(taken > 100); /* both ways were taken */
    assert_true(taken < 3000);
    text_release(&whole);
}

/* What the members since version 2 and the checks take is not read of older heads. */
static void
a_head_is_read_of_each_version(void **state)
{
    const struct policy policy = play_policy();
    static struct run   head;
    struct text         t;
    (void)state;

    play_start(&p, &policy);
    play_well(&p, 20, 100, 900);
    t = packed(&p.r);
    assert_int_equal(runstate_head(text_slice(&t), &head, NULL), STATUS_OK);
    assert_string_equal(head.who.id, p.r.who.id);
    assert_int_equal(head.state, p.r.state);
    assert_int_equal(head.requests[ARM_CANARY], p.r.requests[ARM_CANARY]);
    assert_int_equal(head.stage, p.r.stage);
    assert_int_equal(head.first_step_ms, p.r.first_step_ms);
    assert_int_equal(head.promote.reason, REASON_NONE); /* a number of that version's table */
    assert_null(head.policy);
    for (uint8_t version = 0; version < RUNSTATE_VERSION + 2; version++) {
        t.p[0] = (char)version;
        if (version < 1 || version > RUNSTATE_VERSION)
            assert_int_equal(runstate_head(text_slice(&t), &head, NULL), STATUS_SYNTAX);
        assert_int_equal(runstate_head((struct slice){t.p, 40}, &head, NULL), STATUS_SYNTAX);
        assert_int_equal(head.who.id[0], 0);
    }
    text_release(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(going_on_equals_never_stopping),
        cmocka_unit_test(why_it_is_blind_is_kept),
        cmocka_unit_test(an_ended_run_shows_its_checks),
        cmocka_unit_test(cut_or_longer_bytes_are_refused),
        cmocka_unit_test(what_no_run_can_be_is_refused),
        cmocka_unit_test(hostile_bytes_do_no_harm),
        cmocka_unit_test(a_head_is_read_of_each_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
