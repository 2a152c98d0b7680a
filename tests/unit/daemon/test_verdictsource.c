/* Runs and points are put into a real history; expressions are evaluated over them. */
#include "base/pack.h"
#include "daemon/points.h"
#include "daemon/runcatalog.h"
#include "daemon/verdictsource.h"
#include "tests/support/evalbed.h"
#include "tests/unit/daemon/world.h"

#include <pthread.h>

#define TWO_SERVICES                                                                               \
    WORLD_CONFIG "  - {name: ratings, namespace: prod, source: mesh, versions: {key: version}}\n"
#define S(seconds) (FIXTURE_T0 + INT64_C(1000) * (seconds))

/* Some hours, of which the runs take the first. */
enum { NOW_S = 3600 };

struct bed {
    struct world          w;
    struct verdictsource *v;
    struct evalbed        e;
    enum verdict_reason   last;           /* of the point before */
    int                   last_s;         /* its time */
    int                   faults_until_s; /* half of the canary's requests fail; 0: 1 % */
};

static int
set_up(void **state)
{
    struct bed *b = calloc(1, sizeof *b);

    if (!b)
        return -1;
    world_init(&b->w, true);
    b->w.config = world_config(TWO_SERVICES);
    b->w.app.publish = publish_new();
    publish_set_config(b->w.app.publish, b->w.config);
    b->v = verdictsource_new(&(struct verdictsource_world){
        .data_dir = b->w.dir.path, .clock = &b->w.clock, .publish = b->w.app.publish});
    evalbed_init(&b->e);
    b->e.source = verdictsource_source(b->v);
    b->w.wall_ms = S(NOW_S);
    *state = b;
    return 0;
}

static int
tear_down(void **state)
{
    struct bed *b = *state;

    evalbed_release(&b->e);
    verdictsource_free(b->v);
    publish_free(b->w.app.publish);
    config_unref(b->w.config);
    world_release(&b->w);
    free(b);
    return 0;
}

static struct record_run
run_row(int n, const char *canary, int begin_s, int end_s, enum verdict verdict, const char *cause)
{
    struct record_run r = fixture_run(n);

    r.canary = r.revision = slice_of(canary);
    r.started_ms = S(begin_s);
    r.verdict = verdict;
    r.state = end_s ? RECORD_ENDED : RECORD_LIVE;
    r.ended_ms = end_s ? S(end_s) : 0;
    r.end_cause = slice_of(cause);
    return r;
}

static void
put_run(struct bed *b, int n, const char *canary, int begin_s, int end_s, enum verdict verdict,
        const char *cause)
{
    struct record_run r = run_row(n, canary, begin_s, end_s, verdict, cause);

    fixture_must(b->w.store, &(struct store_commit){.run = &r});
}

/* A point of run n: both answers, and 100 requests of each arm a second since the
 * run's start, one in a hundred of the canary's failed. */
static void
put_point(struct bed *b, int n, const char *canary, int begin_s, int at_s, enum verdict verdict,
          enum verdict_reason reason)
{
    struct point       *p = calloc(1, sizeof *p);
    struct text         row, labels;
    struct record_point r = {.at_ms = S(at_s),
                             .level = at_s / 240 != b->last_s / 240 || reason != b->last
                                          ? 2
                                          : at_s / 60 != b->last_s / 60};
    uint64_t            served = 100 * (uint64_t)(at_s - begin_s);
    char                le[POINTS_LE_BYTES];

    assert_non_null(p);
    b->last = reason;
    b->last_s = at_s;
    text_init(&row, STORE_MAX_POINT);
    text_init(&labels, STORE_MAX_LABELS);
    p->promote = p->step = verdict;
    p->reason = reason;
    p->weight = 50;
    p->need_requests = verdict == VERDICT_HOLD ? 12.5 : NAN;
    p->n_versions = 2;
    snprintf(p->versions[0].name, sizeof p->versions[0].name, "%s", canary);
    snprintf(p->versions[1].name, sizeof p->versions[1].name, "v1");
    p->versions[1].arm = ARM_BASELINE;
    p->bounds[VIEW_USER] = (struct counts_bounds){3, {100, 200, INFINITY}};
    for (int k = 0; k < 2; k++) {
        p->versions[k].at[VIEW_USER].requests = served;
        p->versions[k].at[VIEW_USER].faults = k                    ? 0
                                              : !b->faults_until_s ? served / 100
                                              : at_s < b->faults_until_s
                                                  ? served / 2
                                                  : 50 * (uint64_t)b->faults_until_s;
        p->versions[k].at[VIEW_USER].bucket[0] = served / 2;
        p->versions[k].at[VIEW_USER].bucket[1] = served / 2;
    }
    p->n_checks = 2;
    p->checks[0] = (struct point_check){"error_rate", verdict, 2.5 * at_s, NAN, 190};
    p->checks[1] = (struct point_check){"p95", VERDICT_PASS, NAN, 180, 250};
    point_pack(p, &row);
    pack_slice(&labels, slice_of(canary));
    pack_slice(&labels, slice_of("v1"));
    for (uint32_t k = 0; k < 3; k++)
        pack_slice(&labels, points_le(p->bounds[VIEW_USER].le_ms[k], le));
    r.row = text_slice(&row);
    r.labels = text_slice(&labels);
    fixture_id(r.run, 'r', n);
    fixture_must(b->w.store, &(struct store_commit){.point = &r});
    text_release(&row);
    text_release(&labels);
    free(p);
}

/* v2 passes, its source is away, it ends; v3 is aborted and ends. */
static void
put_history(struct bed *b)
{
    put_run(b, 1, "v2", 600, 1200, VERDICT_HOLD, "completed");
    put_point(b, 1, "v2", 600, 600, VERDICT_HOLD, REASON_STARTING);
    for (int at = 615; at <= 705; at += 15)
        put_point(b, 1, "v2", 600, at, VERDICT_HOLD, REASON_NOT_PROVEN);
    for (int at = 720; at <= 780; at += 15)
        put_point(b, 1, "v2", 600, at, VERDICT_PASS, REASON_PROVEN);
    put_point(b, 1, "v2", 600, 900, VERDICT_HOLD, REASON_SOURCE_UNREACHABLE);
    put_point(b, 1, "v2", 600, 1200, VERDICT_HOLD, REASON_RUN_ENDED);
    put_run(b, 2, "v3", 1800, 2000, VERDICT_ABORT, "aborted");
    put_point(b, 2, "v3", 1800, 1800, VERDICT_HOLD, REASON_STARTING);
    for (int at = 1815; at <= 1890; at += 15)
        put_point(b, 2, "v3", 1800, at, VERDICT_HOLD, REASON_NOT_PROVEN);
    put_point(b, 2, "v3", 1800, 1900, VERDICT_ABORT, REASON_ERROR_RATE_WORSE);
    b->w.mono_ms += RUNCATALOG_FRESH_MS;
}

static const char *
ask_at(struct bed *b, const char *query, int at_s)
{
    enum status rc;

    b->e.request.start_ms = b->e.request.end_ms = S(at_s);
    return evalbed_ask(&b->e, query, &rc);
}

#define REVIEWS "{namespace=\"prod\", service=\"reviews\"}"
#define REVIEWS_OF(version) "{namespace=\"prod\", service=\"reviews\", version=\"" version "\"}"

static void
verdicts_are_told_over_time(void **state)
{
    static const struct {
        const char *what, *query;
        int         at_s;
        const char *want;
    } cases[] = {
        {"before any run", "verdictd_verdict" REVIEWS, 300, "verdictd_verdict" REVIEWS " 0"},
        {"hold", "verdictd_verdict" REVIEWS, 700, "verdictd_verdict" REVIEWS_OF("v2") " 0"},
        {"pass", "verdictd_verdict" REVIEWS, 725, "verdictd_verdict" REVIEWS_OF("v2") " 1"},
        {"pass not renewed, a minute", "verdictd_verdict" REVIEWS, 840,
         "verdictd_verdict" REVIEWS_OF("v2") " 1"},
        {"and then not", "verdictd_verdict" REVIEWS, 841, "verdictd_verdict" REVIEWS_OF("v2") " 0"},
        {"why not", "verdictd_verdict_reason" REVIEWS, 850,
         "verdictd_verdict_reason{namespace=\"prod\", reason=\"stale_data\", service=\"reviews\", "
         "verdict=\"hold\", version=\"v2\"} 1"},
        {"ended", "verdictd_verdict" REVIEWS, 1300, "verdictd_verdict" REVIEWS " 0"},
        {"abort", "verdictd_verdict" REVIEWS, 1950, "verdictd_verdict" REVIEWS_OF("v3") " -2"},
        {"an ended abort for an hour", "verdictd_verdict" REVIEWS, NOW_S,
         "verdictd_verdict" REVIEWS_OF("v3") " -2"},
        {"step", "verdictd_step_verdict" REVIEWS, 1950,
         "verdictd_step_verdict" REVIEWS_OF("v3") " -2"},
        {"named, told", "verdictd_verdict" REVIEWS_OF("v2"), 725,
         "verdictd_verdict" REVIEWS_OF("v2") " 1"},
        {"named, another is told", "verdictd_verdict" REVIEWS_OF("v2"), 1950,
         "verdictd_verdict" REVIEWS " 0"},
        {"named, never heard of", "verdictd_verdict" REVIEWS_OF("v9"), 725,
         "verdictd_verdict" REVIEWS " 0"},
        {"a service without runs", "verdictd_verdict{service=\"ratings\"}", 725,
         "verdictd_verdict{namespace=\"prod\", service=\"ratings\"} 0"},
        {"a service that is not known", "verdictd_verdict{service=\"nobody\"}", 725, ""},
        {"only what has a version", "verdictd_verdict{version!=\"\"}", 725,
         "verdictd_verdict" REVIEWS_OF("v2") " 1"},
        {"known services", "count(verdictd_service_info)", 725, "{} 2"},
        {"joined", "verdictd_verdict * on (namespace, service) group_left (run) verdictd_run_info",
         725,
         "{namespace=\"prod\", run=\"01HF7YAT01E9S74WKJE9S74WKJ\", service=\"reviews\", "
         "version=\"v2\"} 1"},
    };
    struct bed *b = *state;

    put_history(b);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *got = ask_at(b, cases[i].query, cases[i].at_s);

        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s: %s\ngot  %s\nwant %s", cases[i].what, cases[i].query, got, cases[i].want);
    }
}

/* By hand from put_point(): 100 requests a second of each arm, 1 % of the canary's
 * failed, half of them up to 100 ms, half up to 200 ms. */
static void
numbers_of_points(void **state)
{
    static const struct {
        const char *query;
        int         at_s;
        const char *want;
    } cases[] = {
        {"verdictd_requests_total{arm=\"canary\"}", 725,
         "verdictd_requests_total{arm=\"canary\", namespace=\"prod\", service=\"reviews\", "
         "version=\"v2\", view=\"user\"} 12000"},
        {"sum by (version) (verdictd_failed_requests_total)", 725,
         "{version=\"v2\"} 120; {version=\"v1\"} 0"},
        {"round(verdictd_success_ratio{arm=\"canary\"}, 0.0001)", 725,
         "{arm=\"canary\", namespace=\"prod\", service=\"reviews\", version=\"v2\", view=\"user\"} "
         "0.99"},
        {"(verdictd_success_ratio_lower < bool 0.99) * (verdictd_success_ratio_upper > bool 0.99)",
         725,
         "{arm=\"canary\", namespace=\"prod\", service=\"reviews\", version=\"v2\", view=\"user\"} "
         "1; "
         "{arm=\"baseline\", namespace=\"prod\", service=\"reviews\", version=\"v1\", "
         "view=\"user\"} 0"},
        {"sum by (quantile) (verdictd_latency_ms{arm=\"canary\"})", 725,
         "{quantile=\"0.5\"} 100; {quantile=\"0.95\"} 190; {quantile=\"0.99\"} 198"},
        {"sum by (le) (verdictd_request_duration_milliseconds_bucket{arm=\"canary\"})", 725,
         "{le=\"100.0\"} 6000; {le=\"200.0\"} 12000; {le=\"+Inf\"} 12000"},
        {"histogram_quantile(0.95, verdictd_request_duration_milliseconds_bucket{version=\"v2\"})",
         725,
         "{arm=\"canary\", namespace=\"prod\", service=\"reviews\", version=\"v2\", view=\"user\"} "
         "190"},
        {"sum(verdictd_canary_weight_ratio)", 725, "{} 0.5"},
        {"sum(verdictd_canary_traffic_ratio)", 725, "{} 0.5"},
        {"sum(verdictd_requests_needed)", 700, "{} 13"},
        {"count(verdictd_requests_needed)", 725, ""},
        {"sum by (check) (verdictd_evidence)", 725, "{check=\"error_rate\"} 1800"},
        {"sum by (check) (verdictd_evidence_limit)", 725, "{check=\"error_rate\"} 190"},
        {"sum by (check) (verdictd_check_value)", 725, "{check=\"p95\"} 180"},
        {"sum by (check) (verdictd_check_limit)", 725, "{check=\"p95\"} 250"},
        {"sum by (check) (verdictd_check_verdict)", 725,
         "{check=\"error_rate\"} 1; {check=\"p95\"} 1"},
        {"verdictd_requests_total", 1300, ""}, /* ended with its run */
        /* v1 is the baseline of both runs: its counter begins again with the second */
        {"resets(verdictd_requests_total{version=\"v1\"}[1h])", 1890,
         "{arm=\"baseline\", namespace=\"prod\", service=\"reviews\", version=\"v1\", "
         "view=\"user\"} "
         "1"},
        {"sum by (verdict) (count_over_time(verdictd_run_ended_seconds[1h]))", NOW_S,
         "{verdict=\"hold\"} 1; {verdict=\"abort\"} 1"},
        {"sum(sum_over_time(verdictd_run_ended_seconds[1h]))", NOW_S, "{} 800"},
    };
    struct bed *b = *state;

    put_history(b);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *got = ask_at(b, cases[i].query, cases[i].at_s);

        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s at %d\ngot  %s\nwant %s", cases[i].query, cases[i].at_s, got,
                     cases[i].want);
    }
}

/* The window is what was counted in it, not since the run's start: half of the first
 * minute's requests fail, of those that follow none. */
static void
ratios_are_of_the_window(void **state)
{
    struct bed *b = *state;

    put_run(b, 1, "v2", 0, 0, VERDICT_HOLD, "");
    b->faults_until_s = 60;
    for (int at = 15; at <= 900; at += 15)
        put_point(b, 1, "v2", 0, at, VERDICT_HOLD, REASON_NOT_PROVEN);
    b->w.mono_ms += RUNCATALOG_FRESH_MS;
    /* Of 300 s since the run began, 60 s had 50 of 100 bad: 1 - 3000 / 30000. */
    assert_string_equal(ask_at(b, "sum(verdictd_success_ratio{arm=\"canary\"})", 300), "{} 0.9");
    assert_string_equal(ask_at(b, "sum(verdictd_success_ratio{arm=\"canary\"})", 390), "{} 1");
    assert_string_equal(ask_at(b, "sum(verdictd_requests_total{arm=\"canary\"})", 900), "{} 90000");
    assert_string_equal(ask_at(b, "sum(verdictd_failed_requests_total{arm=\"canary\"})", 900),
                        "{} 3000");
}

/* What is read of long ranges is less, and counts the same. */
/* A tick is 5 s, so a minute's first point can come up to 65 s after that of the minute
 * before, a slot's up to 245 s: a pass that was renewed all the time is one at every range. */
static void
a_pass_is_renewed_at_every_range(void **state)
{
    static const char *const ranges[] = {"1h", "12h", "3d"};
    struct bed              *b = *state;
    char                     query[160];

    put_run(b, 1, "v2", 960, 2460, VERDICT_PASS, "completed");
    for (int at = 960, k = 0; at < 2460; at += k++ % 2 ? 10 : 25)
        put_point(b, 1, "v2", 960, at, VERDICT_PASS, REASON_PROVEN);
    for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
        snprintf(query, sizeof query,
                 "min(min_over_time(verdictd_step_verdict{version!=\"\"}[%s]))", ranges[i]);
        if (strcmp(ask_at(b, query, NOW_S), "{} 1") != 0)
            fail_msg("over %s the pass is told as %s", ranges[i], b->e.answer.p);
    }
}

static void
long_ranges_read_less_and_count_the_same(void **state)
{
    struct bed *b = *state;

    put_history(b);
    b->w.wall_ms = S(10 * 86400);
    b->w.mono_ms += RUNCATALOG_FRESH_MS;
    /* To minutes and slots: points at 780 and 720 were stored at each. */
    assert_string_equal(
        ask_at(b, "max(max_over_time(verdictd_requests_total{version=\"v2\"}[12h]))", 3600),
        "{} 60000");
    assert_string_equal(
        ask_at(b, "max(max_over_time(verdictd_requests_total{version=\"v2\"}[9d]))", 86400 * 8),
        "{} 60000");
    assert_string_equal(ask_at(b, "max(max_over_time(verdictd_verdict[9d]))", 86400 * 8), "{} 1");
    assert_string_equal(ask_at(b, "min(min_over_time(verdictd_verdict[9d]))", 86400 * 8), "{} -2");
    /* The abort was told for an hour, and no more. */
    assert_string_equal(ask_at(b, "verdictd_verdict" REVIEWS, 2000 + 3600 + 300),
                        "verdictd_verdict" REVIEWS " 0");
}

static void
publish_view(struct bed *b, const char *canary, enum verdict verdict, int64_t age_ms)
{
    struct verdict_view *v = calloc(1, sizeof *v);

    assert_non_null(v);
    fixture_id(v->run, 'r', 1);
    snprintf(v->ns, sizeof v->ns, "prod");
    snprintf(v->service, sizeof v->service, "reviews");
    snprintf(v->revision, sizeof v->revision, "%s", canary);
    v->promote.verdict = v->step.verdict = verdict;
    v->promote.reason = v->step.reason = REASON_PROVEN;
    v->max_age_ms = 30000;
    v->evaluated_mono_ms = b->w.mono_ms - age_ms;
    publish_set(b->w.app.publish, v);
    free(v);
}

/* Of a run that lives, the series say now what the gates say now: a pass that is not
 * told any more is none here either. */
static void
now_is_what_the_gates_tell(void **state)
{
    struct bed *b = *state;

    put_run(b, 1, "v2", NOW_S - 120, 0, VERDICT_PASS, "");
    put_point(b, 1, "v2", NOW_S - 120, NOW_S - 5, VERDICT_PASS, REASON_PROVEN);
    b->w.mono_ms += RUNCATALOG_FRESH_MS;
    publish_view(b, "v2", VERDICT_PASS, 1000);
    assert_string_equal(ask_at(b, "verdictd_verdict" REVIEWS, NOW_S),
                        "verdictd_verdict" REVIEWS_OF("v2") " 1");
    publish_view(b, "v2", VERDICT_PASS, 31000);
    assert_string_equal(ask_at(b, "verdictd_verdict" REVIEWS, NOW_S),
                        "verdictd_verdict" REVIEWS_OF("v2") " 0");
    publish_view(b, "v2", VERDICT_ABORT, 31000);
    assert_string_equal(ask_at(b, "verdictd_verdict" REVIEWS, NOW_S),
                        "verdictd_verdict" REVIEWS_OF("v2") " -2");
    publish_remove(b->w.app.publish, "prod", "reviews", "v2");
    assert_string_equal(ask_at(b, "verdictd_verdict" REVIEWS, NOW_S),
                        "verdictd_verdict" REVIEWS_OF("v2") " 0"); /* nobody tells a pass */
    /* A caller whose clock is ahead gets what is told now. */
    publish_view(b, "v2", VERDICT_PASS, 1000);
    assert_string_equal(ask_at(b, "verdictd_verdict" REVIEWS, NOW_S + 60),
                        "verdictd_verdict" REVIEWS_OF("v2") " 1");
}

/* A second run of the version: what is told of it takes the place of the old abort. */
static void
a_retry_takes_the_place_of_the_abort(void **state)
{
    struct bed *b = *state;

    put_run(b, 1, "v2", 0, 100, VERDICT_ABORT, "aborted");
    put_point(b, 1, "v2", 0, 50, VERDICT_ABORT, REASON_DEAD_CANARY);
    put_run(b, 2, "v2", 200, 0, VERDICT_HOLD, "");
    put_point(b, 2, "v2", 200, 210, VERDICT_HOLD, REASON_NOT_PROVEN);
    b->w.mono_ms += RUNCATALOG_FRESH_MS;
    assert_string_equal(ask_at(b, "verdictd_verdict" REVIEWS, 150),
                        "verdictd_verdict" REVIEWS_OF("v2") " -2");
    assert_string_equal(ask_at(b, "verdictd_verdict" REVIEWS, 220),
                        "verdictd_verdict" REVIEWS_OF("v2") " 0");
    assert_string_equal(ask_at(b, "count(verdictd_verdict_reason)", 220), "{} 1");
}

/* Sums over random intervals are what the series count: requests, and buckets. */
static void
series_count_what_intervals_counted(void **state)
{
    struct bed          *b = *state;
    struct prng          prng = {.state = 5};
    struct points       *points = points_new();
    struct interval     *i = calloc(1, sizeof *i);
    struct verdict_view *v = calloc(1, sizeof *v);
    uint64_t             requests = 0, faults = 0, fast = 0;
    char                 want[64];

    assert_true(i && v);
    put_run(b, 1, "v2", 0, 0, VERDICT_HOLD, "");
    v->promote.verdict = v->step.verdict = VERDICT_HOLD;
    for (int at = 5; at <= 1800; at += 5) {
        struct record_point p;
        struct text         row, labels;
        uint64_t            ok = prng_below(&prng, 1000), bad = prng_below(&prng, 5);

        memset(i, 0, sizeof *i);
        i->n_versions = 1;
        i->present[VIEW_USER] = true;
        i->bounds[VIEW_USER] = (struct counts_bounds){2, {100, INFINITY}};
        snprintf(i->versions[0].name, sizeof i->versions[0].name, "v2");
        i->versions[0].at[VIEW_USER].by_class[CLASS_OK] = ok;
        i->versions[0].at[VIEW_USER].by_class[CLASS_APP] = bad;
        i->versions[0].at[VIEW_USER].bucket[0] = ok;
        i->versions[0].at[VIEW_USER].bucket[1] = bad;
        requests += ok + bad;
        faults += bad;
        fast += ok;
        text_init(&row, STORE_MAX_POINT);
        text_init(&labels, STORE_MAX_LABELS);
        points_count(points, i);
        v->evaluated_wall_ms = S(at);
        if (points_next(points, v, at == 1800, &row, &labels, &p)) {
            fixture_id(p.run, 'r', 1);
            fixture_must(b->w.store, &(struct store_commit){.point = &p});
        }
        text_release(&row);
        text_release(&labels);
    }
    b->w.mono_ms += RUNCATALOG_FRESH_MS;
    snprintf(want, sizeof want, "{} %llu", (unsigned long long)requests);
    assert_string_equal(ask_at(b, "sum(verdictd_requests_total)", 1800), want);
    assert_string_equal(ask_at(b,
                               "sum(max_over_time(verdictd_requests_total[31m]) -"
                               " min_over_time(verdictd_requests_total[31m]))",
                               1800),
                        want); /* the increase: it began at 0 */
    snprintf(want, sizeof want, "{} %llu", (unsigned long long)faults);
    assert_string_equal(ask_at(b, "sum(verdictd_failed_requests_total)", 1800), want);
    snprintf(want, sizeof want, "{} %llu", (unsigned long long)fast);
    assert_string_equal(
        ask_at(b, "sum(verdictd_request_duration_milliseconds_bucket{le=\"100.0\"})", 1800), want);
    free(v);
    free(i);
    points_free(points);
}

enum { READERS = 4, ROUNDS = 40 };

/* A second between any two looks, so that each query reads what is new. */
static int64_t
hasty_mono(void *self)
{
    return 1000 * (int64_t)atomic_fetch_add((_Atomic int *)self, 1);
}

static int64_t
standing_wall(void *self)
{
    (void)self;
    return S(NOW_S);
}

static void *
ask_often(void *ctx)
{
    struct evalbed e;

    evalbed_init(&e);
    e.source = verdictsource_source(ctx);
    for (int k = 0; k < ROUNDS; k++) {
        enum status rc;

        e.request.start_ms = e.request.end_ms = S(NOW_S);
        (void)evalbed_ask(&e, "count(verdictd_requests_total) + count(verdictd_verdict)", &rc);
        if (rc)
            abort();
    }
    evalbed_release(&e);
    return NULL;
}

/* For the sanitizers: names come up, runs are published and go, all while others ask. */
static void
many_ask_while_runs_come(void **state)
{
    struct bed           *b = *state;
    pthread_t             thread[READERS];
    _Atomic int           looks = 0;
    struct clock          hasty = {standing_wall, hasty_mono, &looks};
    struct verdictsource *v = verdictsource_new(&(struct verdictsource_world){
        .data_dir = b->w.dir.path, .clock = &hasty, .publish = b->w.app.publish});

    put_run(b, 0, "v0", NOW_S - 300, 0, VERDICT_HOLD, "");
    put_point(b, 0, "v0", NOW_S - 300, NOW_S - 60, VERDICT_HOLD, REASON_NOT_PROVEN);
    for (int k = 0; k < READERS; k++)
        assert_int_equal(pthread_create(&thread[k], NULL, ask_often, v), 0);
    for (int k = 1; k <= 50; k++) {
        char version[16];

        snprintf(version, sizeof version, "v%d", k);
        put_run(b, k, version, NOW_S - 300 + k, 0, VERDICT_HOLD, "");
        put_point(b, k, version, NOW_S - 300 + k, NOW_S - 60, VERDICT_HOLD, REASON_NOT_PROVEN);
        publish_view(b, version, VERDICT_PASS, 0);
        publish_remove(b->w.app.publish, "prod", "reviews", version);
    }
    for (int k = 0; k < READERS; k++)
        assert_int_equal(pthread_join(thread[k], NULL), 0);
    verdictsource_free(v);
}

/* What a person cleared is told no more. */
static void
a_cleared_abort_is_over(void **state)
{
    struct bed *b = *state;

    put_run(b, 1, "v2", 0, 100, VERDICT_ABORT, "cleared");
    put_point(b, 1, "v2", 0, 50, VERDICT_ABORT, REASON_DEAD_CANARY);
    b->w.mono_ms += RUNCATALOG_FRESH_MS;
    assert_string_equal(ask_at(b, "verdictd_verdict" REVIEWS, 99),
                        "verdictd_verdict" REVIEWS_OF("v2") " -2");
    assert_string_equal(ask_at(b, "verdictd_verdict" REVIEWS, 110),
                        "verdictd_verdict" REVIEWS " 0");
}

static void
an_unreadable_history_is_hold(void **state)
{
    struct bed           *b = *state;
    struct verdictsource *v;

    v = verdictsource_new(&(struct verdictsource_world){
        .data_dir = "/nonexistent", .clock = &b->w.clock, .publish = b->w.app.publish});
    b->e.source = verdictsource_source(v);
    assert_string_equal(ask_at(b, "verdictd_verdict" REVIEWS, NOW_S),
                        "verdictd_verdict" REVIEWS " 0");
    verdictsource_free(v);
}

static void
copy_history(struct bed *b, const char *from, const char *to)
{
    char cmd[512];

    snprintf(cmd, sizeof cmd, "cp %s/%s %s/%s", b->w.dir.path, from, b->w.dir.path, to);
    assert_int_equal(system(cmd), 0);
}

/* All pages but the first, which says what the file is. */
static void
damage_history(struct bed *b)
{
    static char garbage[4096];
    char        path[128];
    struct stat st;
    FILE       *f;

    memset(garbage, 0xff, sizeof garbage);
    fixture_file(&b->w.dir, "verdictd.db", path);
    assert_int_equal(stat(path, &st), 0);
    f = fopen(path, "r+");
    assert_non_null(f);
    for (off_t at = sizeof garbage; at < st.st_size; at += (off_t)sizeof garbage) {
        assert_int_equal(fseeko(f, at, SEEK_SET), 0);
        assert_int_equal(fwrite(garbage, sizeof garbage, 1, f), 1);
    }
    assert_int_equal(fclose(f), 0);
}

/* A connection that met damage is not asked again: whoever put a good copy in the file's
 * place is believed. */
static void
a_reader_that_failed_is_opened_anew(void **state)
{
    static const char ask[] = "verdictd_requests_total{arm=\"canary\"}";
    struct bed       *b = *state;
    char              path[128], good[128];

    put_history(b);
    store_close(b->w.store); /* all of it is in the one file now */
    copy_history(b, "verdictd.db", "good.db");
    assert_string_equal(ask_at(b, "count(verdictd_service_info)", 725), "{} 2");
    damage_history(b);
    assert_non_null(strstr(ask_at(b, ask, 725), "malformed"));
    fixture_file(&b->w.dir, "verdictd.db", path);
    fixture_file(&b->w.dir, "good.db", good);
    assert_int_equal(rename(good, path), 0);
    assert_non_null(strstr(ask_at(b, ask, 725), "} 12000"));
    world_open_store(&b->w, true); /* for what tears down */
}

/* Remote write would send that hold to others, and the points behind it never again. */
static void
who_hands_it_on_must_read_it(void **state)
{
    struct bed           *b = *state;
    struct source_reader *r = NULL;
    struct err            err = {0};
    struct verdictsource *none = verdictsource_new(&(struct verdictsource_world){
        .data_dir = "/nonexistent", .clock = &b->w.clock, .publish = b->w.app.publish});
    struct source         there = verdictsource_history(b->v), away = verdictsource_history(none);

    assert_int_equal(there.open(there.self, &r, &err), STATUS_OK);
    r->close(r);
    assert_int_equal(away.open(away.self, &r, &err), STATUS_UNREACHABLE);
    assert_non_null(strstr(err.text, "/nonexistent"));
    verdictsource_free(none);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(verdicts_are_told_over_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(numbers_of_points, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ratios_are_of_the_window, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pass_is_renewed_at_every_range, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_ranges_read_less_and_count_the_same, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(now_is_what_the_gates_tell, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_retry_takes_the_place_of_the_abort, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cleared_abort_is_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(series_count_what_intervals_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_ask_while_runs_come, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unreadable_history_is_hold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reader_that_failed_is_opened_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_hands_it_on_must_read_it, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
