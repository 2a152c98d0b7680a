#include "daemon/placebos.h"

#include "daemon/runs.h"
#include "analyzer/placebo.h"
#include "tests/unit/daemon/world.h"

enum { MINUTE_MS = 60000, HOUR_MS = 60 * MINUTE_MS, WINDOW_MS = 30 * MINUTE_MS };

static const char two[] = "sources:\n"
                          "  mesh: {prometheus: {url: \"http://prometheus:9090\"}}\n"
                          "services:\n"
                          "  - {name: reviews, namespace: prod, source: mesh}\n"
                          "  - {name: ratings, namespace: prod, source: mesh, policy: quiet}\n"
                          "policies:\n"
                          "  default: {false_rollback_rate: 0.05}\n"
                          "  strict: {false_rollback_rate: 0.05, calibration: {mode: strict}}\n"
                          "  wide: {calibration: {weight: 0.5}}\n"
                          "  quiet: {calibration: {mode: off}}\n";

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

static void
restart(const char *yaml)
{
    world_stop(&w);
    w.app = (struct app){0};
    world_start(&w, yaml);
}

static struct target
target(const char *service, const char *policy)
{
    struct target t = {.policy = config_policy(w.app.config, slice_of(policy))};

    assert_non_null(t.policy);
    snprintf(t.ns, sizeof t.ns, "prod");
    snprintf(t.name, sizeof t.name, "%s", service);
    return t;
}

static struct calibration_frozen
freeze(const char *service, const char *policy, uint32_t attempt)
{
    struct target t = target(service, policy);

    return placebos_freeze(w.app.placebos, &t, attempt);
}

/* A history of n windows of five pods, the newest one hour old, under the plan
 * of this policy; each placebo serves a fifth of 10,000. */
static void
remember(const char *policy, int n)
{
    const struct policy *p = config_policy(w.app.config, slice_of(policy));
    struct placebo_plan  plan = {.policy = p,
                                 .weight = p->calibration.weight,
                                 .canary_pods = p->calibration.canary_pods,
                                 .window_ms = p->calibration.window_ms};
    char                 hash[CALIBRATION_HASH_BYTES];

    placebo_plan_hash(&plan, hash);
    for (int k = 0; k < n; k++)
        for (int pod = 0; pod < 5; pod++) {
            char                  name[] = "pod-0";
            int64_t               end_ms = w.wall_ms - HOUR_MS - (int64_t)(n - 1 - k) * WINDOW_MS;
            struct record_placebo row = {.service = SLICE_LITERAL("reviews"),
                                         .ns = SLICE_LITERAL("prod"),
                                         .plan = slice_of(hash),
                                         .pod = slice_of(name),
                                         .window = {.start_ms = end_ms - WINDOW_MS,
                                                    .end_ms = end_ms,
                                                    .requests = 2000,
                                                    .all_requests = 10000,
                                                    .pods = 5,
                                                    .placebo_pods = 1,
                                                    .rolled_back = k == n - 1 && pod == 0,
                                                    .log_w = {3, 2, 1, 1}}};

            name[4] = (char)('0' + pod);
            fixture_must(w.store, &(struct store_commit){.placebo = &row});
        }
}

/* Snapshots, that is not probes. */
static size_t
snapshots(void)
{
    size_t n = 0;

    for (size_t i = 0; i < fakefetch_count(w.fakefetch); i++)
        n += strstr(fakefetch_call(w.fakefetch, i)->body, "istio_requests_total") != NULL;
    return n;
}

static void
every_listed_service_is_sampled(void **state)
{
    (void)state;
    size_t first;

    begin(two);
    world_pass(&w, 14900, true);
    first = snapshots();
    world_pass(&w, 10 * 15000, true);
    /* Each 15 s, which is the scrape interval, of the one service that has it on. */
    assert_int_equal(snapshots() - first, 10);
    end();
}

static void
switched_off_nothing_is_asked(void **state)
{
    (void)state;

    begin("sources:\n"
          "  mesh: {prometheus: {url: \"http://prometheus:9090\"}}\n"
          "services:\n"
          "  - {name: reviews, namespace: prod, source: mesh}\n"
          "policies: {default: {calibration: {mode: off}}}\n");
    world_pass(&w, 10 * 15000, true);
    assert_int_equal(snapshots(), 0);
    assert_int_equal(freeze("reviews", "default", 1).use, CALIBRATION_OFF);
    end();
}

static void
thresholds_come_from_the_history(void **state)
{
    (void)state;
    struct calibration_frozen f;

    begin(two);
    assert_int_equal(freeze("reviews", "default", 1).use, CALIBRATION_YOUNG);
    remember("default", 20);
    /* What was read once is kept up to date here, not read again. */
    assert_int_equal(freeze("reviews", "default", 1).use, CALIBRATION_YOUNG);
    restart(two);
    f = freeze("reviews", "default", 1);
    assert_int_equal(f.use, CALIBRATION_USED);
    assert_int_equal(f.seen, 100);
    assert_int_equal(f.older + f.newer, 100);
    check_close(f.alpha, .04, 1e-15); /* 4/5 of .05 */
    check_close(f.floor, .1, 0);
    check_close(f.least_requests, 800, 1e-9); /* .8 of .1 of 10,000 */
    check_close(f.most_requests, 1250, 1e-9);
    assert_int_equal(f.tally.placebos, 100);
    assert_int_equal(f.tally.rolled_back, 1);
    /* A retry has half of it: 50 newer windows do for .02, not for .01. */
    assert_int_equal(freeze("reviews", "default", 2).use, CALIBRATION_USED);
    assert_int_equal(freeze("reviews", "default", 3).use, CALIBRATION_YOUNG);
    end();
}

static void
thresholds_of_others_are_not_used(void **state)
{
    (void)state;
    struct calibration_frozen f;

    begin(two);
    remember("default", 20);
    restart(two);
    assert_int_equal(freeze("nobody", "default", 1).use, CALIBRATION_UNLISTED);
    assert_int_equal(freeze("ratings", "default", 1).use, CALIBRATION_UNLISTED);
    assert_int_equal(freeze("reviews", "quiet", 1).use, CALIBRATION_OFF);
    assert_int_equal(freeze("reviews", "wide", 1).use, CALIBRATION_OTHER_PLAN);
    /* Strict asks more of a rollout, but its windows are the same. */
    f = freeze("reviews", "strict", 1);
    assert_int_equal(f.use, CALIBRATION_USED);
    end();
}

static void
another_plan_starts_anew(void **state)
{
    (void)state;
    static const char wider[] = "sources:\n"
                                "  mesh: {prometheus: {url: \"http://prometheus:9090\"}}\n"
                                "services:\n"
                                "  - {name: reviews, namespace: prod, source: mesh}\n"
                                "policies:\n"
                                "  default: {false_rollback_rate: 0.05, error_rate: {ratio_margin: "
                                "1.2}}\n";
    struct config    *c;
    struct err        err = {0};

    begin(two);
    remember("default", 20);
    restart(two);
    assert_int_equal(freeze("reviews", "default", 1).use, CALIBRATION_USED);
    c = world_config(wider);
    assert_int_equal(app_reload(&w.app, c, &err), STATUS_OK);
    assert_int_equal(freeze("reviews", "default", 1).use, CALIBRATION_YOUNG);
    config_unref(c);
    /* And back: the record of the old plan is still there. */
    c = world_config(two);
    assert_int_equal(app_reload(&w.app, c, &err), STATUS_OK);
    assert_int_equal(freeze("reviews", "default", 1).use, CALIBRATION_USED);
    config_unref(c);
    end();
}

static void
two_weeks_are_kept(void **state)
{
    (void)state;

    begin(two);
    remember("default", 20);
    w.wall_ms += STORE_PLACEBO_MS - HOUR_MS - 9 * WINDOW_MS;
    restart(two);
    assert_int_equal(freeze("reviews", "default", 1).seen, 50);
    end();
}

/* What a run starts with is its own, whatever the record becomes. */
static void
a_run_keeps_its_thresholds(void **state)
{
    (void)state;
    struct question q = question_empty();
    struct target   t;
    struct liverun *l = NULL;
    struct err      err = {0};

    begin(two);
    remember("default", 20);
    restart(two);
    snprintf(q.ns, sizeof q.ns, "prod");
    snprintf(q.service, sizeof q.service, "reviews");
    snprintf(q.canary, sizeof q.canary, "v2");
    assert_int_equal(target_resolve(w.app.config, &q, &t, &err), PORT_FOUND);
    assert_int_equal(runs_open(w.app.runs, &t, false, &l, &err), STATUS_OK);
    world_settle(&w);
    assert_int_equal(liverun_run(l)->judgement.calibration.use, CALIBRATION_USED);
    w.wall_ms += 100 * HOUR_MS;
    restart(two);
    world_settle(&w);
    l = runs_find(w.app.runs, "prod", "reviews", "v2");
    assert_non_null(l);
    assert_int_equal(liverun_run(l)->judgement.calibration.use, CALIBRATION_USED);
    assert_int_equal(liverun_run(l)->judgement.calibration.tally.placebos, 100);
    end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_listed_service_is_sampled),
        cmocka_unit_test(switched_off_nothing_is_asked),
        cmocka_unit_test(thresholds_come_from_the_history),
        cmocka_unit_test(thresholds_of_others_are_not_used),
        cmocka_unit_test(another_plan_starts_anew),
        cmocka_unit_test(two_weeks_are_kept),
        cmocka_unit_test(a_run_keeps_its_thresholds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
