#include "analyzer/runstate.h"
#include "daemon/runs.h"
#include "tests/unit/analyzer/run_play.h"
#include "tests/unit/daemon/world.h"

enum { MINUTE = 60000, HOUR = 60 * MINUTE };

static const char small[] = "max_runs: 4\n"
                            "max_runs_per_namespace: 2\n"
                            "max_new_runs_per_minute: 3\n"
                            "unknown_services: {allow: [prod, dev, qa]}\n"
                            "sources:\n"
                            "  mesh: {prometheus: {url: \"http://prometheus:9090\"}}\n";

static struct world w;

static void
begin(const char *yaml)
{
    world_init(&w, true);
    world_start(&w, yaml);
}

static void
end(void)
{
    world_stop(&w);
    world_release(&w);
}

static struct target
target(const char *ns, const char *service, const char *revision)
{
    struct question q = question_empty();
    struct target   t;
    struct err      err = {0};

    snprintf(q.ns, sizeof q.ns, "%s", ns);
    snprintf(q.service, sizeof q.service, "%s", service);
    snprintf(q.canary, sizeof q.canary, "%s", revision);
    snprintf(q.revision, sizeof q.revision, "%s", revision);
    if (target_resolve(w.app.config, &q, &t, &err) != PORT_FOUND)
        fail_msg("%s", err.text);
    return t;
}

static enum status
try_open(const char *ns, const char *service, const char *revision, bool retry,
         struct liverun **out)
{
    struct target t = target(ns, service, revision);
    struct err    err = {0};
    enum status   s = runs_open(w.app.runs, &t, retry, out, &err);

    assert_true(s == STATUS_OK || err.text[0]);
    return s;
}

static struct liverun *
open_run(const char *revision, bool retry)
{
    struct liverun *l = NULL;

    assert_int_equal(try_open("prod", "reviews", revision, retry, &l), STATUS_OK);
    world_settle(&w);
    return l;
}

static struct liverun *
find(const char *revision)
{
    return runs_find(w.app.runs, "prod", "reviews", revision);
}

static const struct verdict_view *
published(const char *revision)
{
    static struct verdict_view copy;
    const struct verdict_view *v = publish_get(w.app.publish, "prod", "reviews", revision);

    if (!v)
        return NULL;
    copy = *v;
    publish_release(v);
    return &copy;
}

/* The run sees a dead canary: what its source would have shown it. */
static void
kill_canary(struct liverun *l)
{
    static struct interval i;
    struct run            *r = (struct run *)(uintptr_t)liverun_run(l);
    struct ledger_sight    sight = play_sight(w.wall_ms);
    const struct pair      p = {.n = {100, 900}, .x = {100, 0}};

    for (int k = 0; k < 2; k++) {
        w.wall_ms += 5000;
        w.mono_ms += 5000;
        sight.newest_ms[ARM_CANARY] = sight.newest_ms[ARM_BASELINE] = w.wall_ms;
        run_sighted(r, &sight, w.wall_ms);
        traffic_fill(&i, VIEW_USER, w.wall_ms - 5000, w.wall_ms, &p);
        assert_true(run_interval(r, &i));
        (void)run_decide(r, w.wall_ms);
    }
    assert_int_equal(r->state, RUN_ABORTED);
    liverun_confirm_seen(l); /* stores the whole run */
    world_settle(&w);
    assert_int_equal(published(r->who.revision)->promote.verdict, VERDICT_ABORT);
}

static void
restart(const char *yaml)
{
    world_stop(&w);
    w.app = (struct app){0};
    world_start(&w, yaml);
    world_settle(&w);
}

static void
one_run_for_each_revision(void **state)
{
    struct liverun *l;
    (void)state;

    begin(WORLD_CONFIG);
    assert_null(find("v2"));
    l = open_run("v2", false);
    assert_ptr_equal(find("v2"), l);
    assert_ptr_equal(open_run("v2", false), l);
    assert_ptr_equal(open_run("v2", true), l); /* a retry of what is under way is no retry */
    assert_int_equal(runs_count(w.app.runs), 1);
    assert_int_equal(liverun_run(l)->who.attempt, 1);
    assert_int_equal(published("v2")->state, VIEW_STARTING);
    end();
}

static void
a_newer_revision_ends_the_older(void **state)
{
    struct liverun *old, *other = NULL;
    (void)state;

    begin(small);
    old = open_run("v2", false);
    assert_int_equal(try_open("dev", "reviews", "v2", false, &other), STATUS_OK);
    (void)open_run("v3", false);
    assert_int_equal(liverun_run(old)->state, RUN_ENDED);
    assert_string_equal(liverun_run(old)->end_cause, "new_revision");
    assert_int_equal(liverun_run(other)->state, RUN_STARTING); /* another namespace's */
    assert_int_equal(published("v2")->promote.reason, REASON_RUN_ENDED);

    /* A caller that has not noticed does not bring it back, */
    world_pass(&w, 14 * MINUTE, false);
    assert_ptr_equal(open_run("v2", false), old);
    assert_int_equal(liverun_run(find("v3"))->state, RUN_STARTING);
    assert_int_equal(runs_count(w.app.runs), 2);
    /* for a quarter of an hour. */
    world_pass(&w, MINUTE, false);
    assert_null(find("v2"));
    assert_null(published("v2"));
    end();
}

static void
over_a_cap_nothing_is_started(void **state)
{
    static const struct {
        const char *ns, *service, *revision;
        int64_t     after_ms;
        enum status want;
    } steps[] = {
        {"prod", "a", "v2", 0, STATUS_OK},
        {"prod", "b", "v2", 0, STATUS_OK},
        {"prod", "c", "v2", 0, STATUS_BUSY}, /* two in prod */
        {"prod", "a", "v2", 0, STATUS_OK},   /* that one is there already */
        {"prod", "b", "v3", 0, STATUS_OK},   /* ends its elder: two remain */
        {"dev", "a", "v2", 0, STATUS_BUSY},  /* three new ones in this minute */
        {"dev", "a", "v2", 59999, STATUS_BUSY},
        {"dev", "a", "v2", 1, STATUS_OK},
        {"dev", "b", "v2", 0, STATUS_OK},
        {"qa", "a", "v2", 0, STATUS_BUSY}, /* four in all */
        {"dev", "b", "v3", 0, STATUS_OK},  /* four as before */
        {"qa", "a", "v2", 2 * MINUTE, STATUS_BUSY},
    };
    (void)state;

    begin(small);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        struct liverun *l = NULL;
        enum status     s;

        world_pass(&w, steps[i].after_ms, false);
        s = try_open(steps[i].ns, steps[i].service, steps[i].revision, false, &l);
        if (s != steps[i].want)
            fail_msg("step %zu: %s", i, status_text(s));
        assert_true((s == STATUS_OK) == (l != NULL));
    }
    assert_int_equal(runs_count(w.app.runs), 4);
    end();
}

static void
an_ended_abort_is_told_for_an_hour(void **state)
{
    struct liverun *l;
    char            id[ULID_BYTES];
    (void)state;

    begin(WORLD_CONFIG);
    l = open_run("v2", false);
    memcpy(id, liverun_run(l)->who.id, sizeof id);
    kill_canary(l);
    liverun_end(l, "post_rollout");
    world_settle(&w);
    world_pass(&w, HOUR - 1000, false);
    assert_ptr_equal(open_run("v2", false), l);
    assert_int_equal(published("v2")->promote.verdict, VERDICT_ABORT);
    world_pass(&w, 1000, false);
    assert_null(find("v2"));
    l = open_run("v2", false); /* the next attempt, at half the rate */
    assert_int_equal(liverun_run(l)->who.attempt, 2);
    assert_string_not_equal(liverun_run(l)->who.id, id);
    assert_int_equal(published("v2")->promote.reason, REASON_STARTING);
    end();
}

static void
each_retry_is_another_attempt(void **state)
{
    struct liverun *l;
    (void)state;

    begin(WORLD_CONFIG);
    l = open_run("v2", false);
    for (uint32_t attempt = 1; attempt < 4; attempt++) {
        assert_int_equal(liverun_run(l)->who.attempt, attempt);
        check_close(liverun_run(l)->checks[CHECK_ERROR_RATE].limit, 190 * (1 << (attempt - 1)),
                    1e-9); /* 1 / (.01 x .5 / .95): its weight among three checks */
        kill_canary(l);
        liverun_end(l, "post_rollout");
        l = open_run("v2", true);
        assert_int_equal(published("v2")->attempt, attempt + 1);
        assert_int_equal(published("v2")->promote.reason, REASON_STARTING);
    }
    /* One that is over and dropped is remembered by the history, across a restart. */
    liverun_end(l, "post_rollout");
    world_pass(&w, 2000, false);
    assert_null(find("v2"));
    restart(WORLD_CONFIG);
    assert_int_equal(liverun_run(open_run("v2", false))->who.attempt, 5);
    end();
}

static void
a_killed_daemon_goes_on(void **state)
{
    struct text before, after;
    char        id[ULID_BYTES];
    (void)state;

    begin(WORLD_CONFIG);
    liverun_asked(open_run("v2", false), 10);
    world_pass(&w, 20000, true); /* some snapshots of a mesh without traffic */
    liverun_confirm_seen(find("v2"));
    text_init(&before, 1 << 16);
    text_init(&after, 1 << 16);
    runstate_pack(liverun_run(find("v2")), &before);
    snprintf(id, sizeof id, "%s", published("v2")->id);

    restart(WORLD_CONFIG);
    assert_non_null(find("v2"));
    runstate_pack(liverun_run(find("v2")), &after);
    assert_int_equal(before.n, after.n);
    assert_memory_equal(before.p, after.p, after.n); /* bit for bit */
    assert_string_equal(published("v2")->id, id);
    assert_int_equal(published("v2")->promote.reason, REASON_NO_TRAFFIC);
    assert_true(published("v2")->confirm_seen);
    text_release(&before);
    text_release(&after);
    end();
}

static void
an_abort_is_told_across_a_kill(void **state)
{
    struct liverun *l;
    (void)state;

    begin(WORLD_CONFIG);
    kill_canary(open_run("v2", false));
    restart(WORLD_CONFIG); /* while it lives */
    assert_int_equal(liverun_run(find("v2"))->state, RUN_ABORTED);
    assert_int_equal(published("v2")->promote.verdict, VERDICT_ABORT);
    assert_int_equal(published("v2")->checks[CHECK_GUARD].verdict, VERDICT_ABORT);
    liverun_end(find("v2"), "post_rollout");
    world_settle(&w);

    restart(WORLD_CONFIG); /* and when it has ended */
    l = find("v2");
    assert_non_null(l);
    assert_int_equal(liverun_run(l)->state, RUN_ENDED);
    assert_int_equal(published("v2")->promote.reason, REASON_DEAD_CANARY);
    assert_true(ulid_valid(slice_of(published("v2")->id))); /* of the stored verdict */
    assert_ptr_equal(open_run("v2", false), l);
    world_pass(&w, HOUR, false);
    assert_null(find("v2"));
    restart(WORLD_CONFIG);
    assert_null(find("v2"));
    end();
}

static void
what_is_over_is_swept(void **state)
{
    (void)state;
    begin(WORLD_CONFIG);
    (void)open_run("v2", false);
    world_pass(&w, 14 * MINUTE, false);
    liverun_asked(find("v2"), NAN);
    world_pass(&w, 15 * MINUTE - 1000, false);
    assert_non_null(find("v2"));
    world_pass(&w, 2000, false);
    assert_null(find("v2"));
    assert_null(published("v2"));
    assert_int_equal(runs_count(w.app.runs), 0);
    end();
}

static const char phased[] =
    "sources:\n"
    "  mesh: {prometheus: {url: \"http://prometheus:9090\"}}\n"
    "services:\n"
    "  - {name: reviews, namespace: prod, source: mesh, phase: mirror, caller_may: [phase]}\n";

/* phase "": not said. */
static enum status
open_phase(const char *phase, struct liverun **out)
{
    struct question q = question_empty();
    struct target   t;
    struct err      err = {0};
    enum status     s;

    snprintf(q.ns, sizeof q.ns, "prod");
    snprintf(q.service, sizeof q.service, "reviews");
    snprintf(q.canary, sizeof q.canary, "v2");
    snprintf(q.phase, sizeof q.phase, "%s", phase);
    assert_int_equal(target_resolve(w.app.config, &q, &t, &err), PORT_FOUND);
    s = runs_open(w.app.runs, &t, false, out, &err);
    assert_true(s == STATUS_OK || err.text[0]);
    world_settle(&w);
    return s;
}

static void
a_phase_ends_the_one_before(void **state)
{
    static const struct {
        const char *phase;
        int64_t     after_ms;
        enum status want;
        enum phase  judged;
        uint32_t    attempt;
    } steps[] = {
        {"", 0, STATUS_OK, PHASE_MIRROR, 1}, /* the service's */
        {"mirror", 1000, STATUS_OK, PHASE_MIRROR, 1},
        {"canary", 1000, STATUS_OK, PHASE_CANARY, 2},
        {"", 1000, STATUS_OK, PHASE_CANARY, 2},             /* nothing said: the run there is */
        {"mirror", 1000, STATUS_CONFLICT, PHASE_CANARY, 2}, /* left two seconds ago */
        {"post", 1000, STATUS_OK, PHASE_POST, 3},
        {"mirror", 1000, STATUS_CONFLICT, PHASE_POST, 3}, /* remembered from before last */
        {"mirror", MINUTE, STATUS_OK, PHASE_MIRROR, 4},
    };
    struct liverun *l = NULL;
    (void)state;

    begin(phased);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        enum status s;

        world_pass(&w, steps[i].after_ms, false);
        s = open_phase(steps[i].phase, &l);
        l = find("v2");
        if (s != steps[i].want || liverun_run(l)->policy->phase != steps[i].judged ||
            liverun_run(l)->who.attempt != steps[i].attempt)
            fail_msg("step %zu: %s, phase %s, attempt %u", i, status_text(s),
                     phase_text(liverun_run(l)->policy->phase), liverun_run(l)->who.attempt);
        assert_int_equal(published("v2")->phase, steps[i].judged);
        assert_int_equal(runs_count(w.app.runs), 1);
    }
    end();
}

static void
an_abort_is_of_the_revision(void **state)
{
    struct liverun *l = NULL, *other = NULL;
    (void)state;

    begin(phased);
    assert_int_equal(open_phase("canary", &l), STATUS_OK);
    kill_canary(l);
    assert_int_equal(open_phase("post", &other), STATUS_OK);
    assert_ptr_equal(l, other);
    assert_int_equal(published("v2")->promote.verdict, VERDICT_ABORT);
    assert_int_equal(published("v2")->phase, PHASE_CANARY);
    end();
}

static void
a_phase_goes_on_after_a_kill(void **state)
{
    struct liverun *l = NULL;
    (void)state;

    begin(phased);
    assert_int_equal(open_phase("cohort", &l), STATUS_OK);
    restart(phased);
    l = find("v2");
    assert_non_null(l);
    assert_int_not_equal(liverun_run(l)->state, RUN_ENDED);
    assert_int_equal(liverun_run(l)->policy->phase, PHASE_COHORT);
    assert_int_equal(liverun_run(l)->who.attempt, 1);
    end();
}

static void
note_status(void *ctx, enum status s)
{
    *(int *)ctx = (int)s;
}

/* A disk that takes longer than the next sweep. */
static void
who_waits_for_an_end_is_told_that_it_is_durable(void **state)
{
    struct override o = {.by = "ada", .why = "enough"};
    struct err      err = {0};
    struct liverun *l;
    int             told = -1;
    (void)state;

    world_init(&w, false);
    world_start(&w, small);
    l = open_run("v2", false);
    world_close_gate(&w);
    assert_int_equal(liverun_end_by_hand(l, &o, "api", &err), STATUS_OK);
    liverun_when_durable(l, note_status, &told);
    runs_sweep(w.app.runs);
    assert_int_equal(told, -1);
    world_open_gate(&w);
    while (mailbox_run(w.mailbox))
        continue;
    assert_int_equal(told, STATUS_OK);
    runs_sweep(w.app.runs);
    assert_null(find("v2"));
    end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_run_for_each_revision),
        cmocka_unit_test(a_newer_revision_ends_the_older),
        cmocka_unit_test(over_a_cap_nothing_is_started),
        cmocka_unit_test(an_ended_abort_is_told_for_an_hour),
        cmocka_unit_test(each_retry_is_another_attempt),
        cmocka_unit_test(a_killed_daemon_goes_on),
        cmocka_unit_test(an_abort_is_told_across_a_kill),
        cmocka_unit_test(what_is_over_is_swept),
        cmocka_unit_test(a_phase_ends_the_one_before),
        cmocka_unit_test(an_abort_is_of_the_revision),
        cmocka_unit_test(a_phase_goes_on_after_a_kill),
        cmocka_unit_test(who_waits_for_an_end_is_told_that_it_is_durable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
