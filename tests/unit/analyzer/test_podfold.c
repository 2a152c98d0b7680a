#include "analyzer/monitor.h"
#include "tests/unit/analyzer/desk.h"

#define INF ((double)INFINITY)

/* Requests of pod p of a version so far; every third one is a fault. */
struct pod_at {
    const char *version;
    int         p;
    double      n;
};

static void
put_pod(struct desk *d, int64_t sample_ms, const struct pod_at *at)
{
    char *name = arena_printf(&d->n.arena, "%s-%03d", at->version, at->p);

    snap_sample(&d->n, VIEW_ATTEMPT, name, sample_ms);
    snap_cell(&d->n, VIEW_ATTEMPT, name, at->version, "200", "-", at->n - floor(at->n / 3));
    if (at->n >= 3)
        snap_cell(&d->n, VIEW_ATTEMPT, name, at->version, "503", "-", floor(at->n / 3));
}

/* Pod p has served 100 + t * rate(p): the greater p, the busier. */
static void
fleet(struct desk *d, int t, int n_canary, int n_baseline)
{
    snap_begin(&d->n, 1000000 + t * 15000);
    for (int p = 0; p < n_canary; p++)
        put_pod(d, 990000 + t * 15000, &(struct pod_at){"v2", p, 99 + 3 * t * (p + 1)});
    for (int p = 0; p < n_baseline; p++)
        put_pod(d, 990000 + t * 15000, &(struct pod_at){"v1", p, 99 + 3 * t * (p + 1)});
}

static const struct interval_pod *
pod_named(const struct interval *i, const char *name)
{
    for (uint32_t k = 0; k < i->n_pods; k++)
        if (strcmp(i->pods[k].name, name) == 0)
            return &i->pods[k];
    return NULL;
}

struct fold {
    int      n_canary, n_baseline;
    uint32_t listed[ARM_COUNT], folded[ARM_COUNT];
};

static void
fold_one(const struct fold *f)
{
    struct desk    *d = desk_new("v2", "v1");
    uint32_t        listed[ARM_COUNT] = {0}, folded[ARM_COUNT] = {0};
    uint64_t        n[ARM_COUNT] = {0}, faults[ARM_COUNT] = {0};
    struct interval before;

    fleet(d, 0, f->n_canary, f->n_baseline);
    desk_expect(d, LEDGER_ORIGIN);
    fleet(d, 1, f->n_canary, f->n_baseline);
    desk_expect(d, LEDGER_CLOSED);
    before = d->i;
    fleet(d, 2, f->n_canary, f->n_baseline);
    desk_expect(d, LEDGER_CLOSED);
    for (uint32_t k = 0; k < d->i.n_pods; k++) {
        const struct interval_pod *p = &d->i.pods[k];

        assert_string_equal(p->name, before.pods[k].name); /* the same from one to the next */
        assert_string_equal(d->i.versions[p->version].name, p->arm == ARM_CANARY ? "v2" : "v1");
        listed[p->arm] += p->folded == 0;
        folded[p->arm] += p->folded;
        n[p->arm] += p->requests;
        faults[p->arm] += p->faults;
    }
    for (int a = 0; a < ARM_COUNT; a++) {
        assert_int_equal(listed[a], f->listed[a]);
        assert_int_equal(folded[a], f->folded[a]);
        assert_int_equal(n[a], counts_requests(&d->i.arm[VIEW_ATTEMPT][a]));
        assert_int_equal(faults[a], counts_faults(&d->i.arm[VIEW_ATTEMPT][a]));
    }
    /* Pod 0 serves a request in a hundred of what the last one does. */
    assert_int_equal(!pod_named(&d->i, "v1-000"), f->folded[ARM_BASELINE] > 0);
    assert_non_null(pod_named(&d->i, "v2-000"));
    desk_free(d);
}

static void
folding(void **state)
{
    static const struct fold fold[] = {
        {1, 9, {1, 9}, {0, 0}},      {1, 63, {1, 63}, {0, 0}},   {1, 64, {1, 63}, {0, 1}},
        {5, 200, {5, 59}, {0, 141}}, {33, 31, {33, 31}, {0, 0}}, {32, 40, {32, 32}, {0, 8}},
    };

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(fold); k++)
        fold_one(&fold[k]);
}

/* Both have too many: each has half. */
static void
both_fold(void **state)
{
    struct desk *d = desk_new("v2", "v1");

    (void)state;
    fleet(d, 0, 100, 100);
    desk_expect(d, LEDGER_ORIGIN);
    fleet(d, 1, 100, 100);
    desk_expect(d, LEDGER_CLOSED);
    assert_int_equal(d->i.n_pods, 66);
    assert_int_equal(d->i.pods[64].arm, ARM_CANARY);
    assert_int_equal(d->i.pods[64].folded, 68);
    assert_int_equal(d->i.pods[65].arm, ARM_BASELINE);
    assert_int_equal(d->i.pods[65].folded, 68);
    assert_string_equal(d->i.pods[64].name, "other");
    desk_free(d);
}

/* A pod without a request is there; one that is not scraped is not. */
static void
idle_and_gone(void **state)
{
    static const double n[][3] = {{10, 10, 10}, {20, 10, 20}, {30, 10, -1}};
    struct desk        *d = desk_new("v2", "v1");

    (void)state;
    for (int t = 0; t < 3; t++) {
        snap_begin(&d->n, 1000000 + t * 15000);
        put_pod(d, 990000 + t * 15000, &(struct pod_at){"v2", 0, 5 + t});
        for (int p = 0; p < 3; p++)
            if (n[t][p] >= 0)
                put_pod(d, 990000 + t * 15000, &(struct pod_at){"v1", p, n[t][p]});
        desk_expect(d, t ? LEDGER_CLOSED : LEDGER_ORIGIN);
    }
    assert_int_equal(d->i.n_pods, 3);
    assert_int_equal(pod_named(&d->i, "v1-000")->requests, 10);
    assert_int_equal(pod_named(&d->i, "v1-001")->requests, 0);
    assert_null(pod_named(&d->i, "v1-002"));
    assert_int_equal(pod_named(&d->i, "v2-000")->requests, 1);
    desk_free(d);
}

/* The label pod names it, whatever the instance; without it the instance does,
 * and one that is longer than a name keeps a fingerprint. */
static void
names(void **state)
{
    struct desk *d = desk_new("v2", "v1");
    char         length[2][301];

    (void)state;
    for (int k = 0; k < 2; k++) {
        memset(length[k], 'x', 300);
        length[k][299] = (char)('a' + k);
        length[k][300] = '\0';
    }
    for (int t = 0; t < 2; t++) {
        snap_begin(&d->n, 1000000 + t * 15000);
        snap_sample(&d->n, VIEW_ATTEMPT, "10.0.0.1:15020", 990000 + t * 15000);
        snap_cell(&d->n, VIEW_ATTEMPT, "10.0.0.1:15020", "v2", "200", "-", 10 + t)->pod =
            SLICE_LITERAL("reviews-1");
        for (int k = 0; k < 2; k++) {
            snap_sample(&d->n, VIEW_ATTEMPT, length[k], 990000 + t * 15000);
            snap_cell(&d->n, VIEW_ATTEMPT, length[k], "v1", "200", "-", 10 + t);
        }
        desk_expect(d, t ? LEDGER_CLOSED : LEDGER_ORIGIN);
    }
    assert_int_equal(d->i.n_pods, 3);
    assert_string_equal(d->i.pods[0].name, "reviews-1");
    assert_int_equal(strlen(d->i.pods[1].name), INTERVAL_NAME_BYTES - 1);
    assert_int_equal(d->i.pods[1].name[INTERVAL_NAME_BYTES - 18], '~');
    assert_true(strcmp(d->i.pods[1].name, d->i.pods[2].name) < 0);
    desk_free(d);
}

/* Who gave up and who was refused, by pod; what callers' proxies say is nobody's. */
static void
kinds(void **state)
{
    static const struct {
        const char *code, *flags;
        double      n;
    } cell[] = {
        {"200", "-", 100}, {"404", "-", 20}, {"0", "DC", 7}, {"503", "UF", 3}, {"429", "RL", 50}};
    struct desk               *d = desk_new("v2", "v1");
    const struct interval_pod *p;

    (void)state;
    for (int t = 0; t < 2; t++) {
        snap_begin(&d->n, 1000000 + t * 15000);
        snap_sample(&d->n, VIEW_ATTEMPT, "a", 990000 + t * 15000);
        snap_sample(&d->n, VIEW_USER, "proxy", 990000 + t * 15000);
        snap_cell(&d->n, VIEW_ATTEMPT, "a", "v2", "201", "-", 1);
        snap_cell(&d->n, VIEW_USER, "proxy", "v2", "200", "-", 1 + 10 * t);
        for (size_t k = 0; t && k < ARRAY_LEN(cell); k++)
            snap_cell(&d->n, VIEW_ATTEMPT, "a", "v2", cell[k].code, cell[k].flags, cell[k].n);
        desk_expect(d, t ? LEDGER_CLOSED : LEDGER_ORIGIN);
    }
    assert_int_equal(d->i.n_pods, 1);
    p = &d->i.pods[0];
    assert_int_equal(p->requests, 123);
    assert_int_equal(p->faults, 3);
    assert_int_equal(p->client_errors, 20);
    assert_int_equal(p->no_response, 7);
    desk_free(d);
}

/* Requests that found no route, or no cluster, are counted whoever they were for. */
static void
without_a_route(void **state)
{
    struct desk *d = desk_new("v2", "v1");

    (void)state;
    for (int t = 0; t < 2; t++) {
        snap_begin(&d->n, 1000000 + t * 15000);
        snap_sample(&d->n, VIEW_USER, "proxy", 990000 + t * 15000);
        snap_cell(&d->n, VIEW_USER, "proxy", "v1", "200", "-", 10 + t);
        snap_cell(&d->n, VIEW_USER, "proxy", "v2", "503", "NC", 1 + 2 * t);
        snap_cell(&d->n, VIEW_USER, "proxy", "", "404", "NR", 5 + 7 * t)->workload =
            (struct slice){0};
        snap_cell(&d->n, VIEW_USER, "proxy", "unknown", "503", "NC", 5 + 11 * t)->workload =
            SLICE_LITERAL("unknown");
        desk_expect(d, t ? LEDGER_CLOSED : LEDGER_ORIGIN);
    }
    assert_int_equal(interval_no_route(&d->i, VIEW_USER), 7);
    assert_int_equal(interval_no_cluster(&d->i, VIEW_USER), 13);
    assert_int_equal(d->i.unattributed[VIEW_USER], 18);
    assert_int_equal(d->i.unattributed_faults[VIEW_USER], 18);
    desk_free(d);
}

/* Two pods of the baseline; cumulative counts under 10, 50, 100, 500, +Inf.
 * Half of 400 and more are over 10 ms: not monitored. */
static void
timed(struct desk *d, int t, double scale)
{
    static const double le[] = {10, 50, 100, 500, INF};
    static const double base[] = {80, 100, 190, 200, 200}, more[] = {0, 1, 5, 9, 10};

    snap_begin(&d->n, 1000000 + t * 15000);
    for (int p = 0; p < 3; p++) {
        char       *name = arena_printf(&d->n.arena, "pod%d", p);
        const char *version = p < 2 ? "v1" : "v2";

        snap_sample(&d->n, VIEW_ATTEMPT, name, 990000 + t * 15000);
        snap_cell(&d->n, VIEW_ATTEMPT, name, version, "200", "-", 200 + 10 * t);
        for (int b = 0; b < 5; b++)
            snap_bucket(&d->n, VIEW_ATTEMPT, name, version, le[b],
                        floor(base[b] * scale) + more[b] * t);
    }
}

static void
monitored_at_the_origin(void **state)
{
    static const double le[] = {50, 100, 500};
    struct desk        *d = desk_new("v2", "v1");

    (void)state;
    timed(d, 0, 1);
    desk_expect(d, LEDGER_ORIGIN);
    for (int t = 1; t < 3; t++) {
        timed(d, t, 1);
        desk_expect(d, LEDGER_CLOSED);
        assert_int_equal(d->i.monitored[VIEW_USER].n, 0);
        assert_int_equal(d->i.monitored[VIEW_ATTEMPT].n, 3);
        assert_memory_equal(d->i.monitored[VIEW_ATTEMPT].le_ms, le, sizeof le);
        assert_int_equal(d->i.pods[1].timed, 10);
        assert_int_equal(d->i.pods[1].over[0], 9);
        assert_int_equal(d->i.pods[1].over[1], 5);
        assert_int_equal(d->i.pods[1].over[2], 1);
        assert_int_equal(d->i.pods[1].over[3], 0);
    }
    desk_free(d);
}

/* 2 x 99 timed requests do not choose; 2 x 109 do, from the next interval on:
 * of those 100 are at or under 50 ms, less than half. */
static void
monitored_later(void **state)
{
    struct desk *d = desk_new("v2", "v1");

    (void)state;
    for (int t = 0; t < 3; t++) {
        timed(d, t, 0.499);
        desk_expect(d, t ? LEDGER_CLOSED : LEDGER_ORIGIN);
        if (t > 0)
            assert_int_equal(d->i.monitored[VIEW_ATTEMPT].n, t == 2 ? 2 : 0);
    }
    assert_int_equal(d->i.pods[0].over[0], 5);
    desk_free(d);
}

/* What an earlier ledger chose stays, whatever the histograms say now. */
static void
monitored_before(void **state)
{
    static const struct interval_monitored chosen[VIEW_COUNT] = {[VIEW_ATTEMPT] = {2, {100, 250}}};
    struct desk                           *d = desk_new("v2", "v1");

    (void)state;
    ledger_monitor(d->l, chosen);
    for (int t = 0; t < 2; t++) {
        timed(d, t, 1);
        desk_expect(d, t ? LEDGER_CLOSED : LEDGER_ORIGIN);
    }
    assert_memory_equal(&d->i.monitored[VIEW_ATTEMPT], &chosen[VIEW_ATTEMPT], sizeof chosen[0]);
    assert_int_equal(d->i.pods[0].over[0], 5);
    assert_int_equal(d->i.pods[0].over[1], 0); /* 250 is no bound of this histogram */
    desk_free(d);
}

/* Envoy's bounds with 1,000 requests: a share of `at[k]` is at or under bound k. */
static void
choice(void **state)
{
    static const struct {
        uint64_t at[9]; /* cumulative under 1 2 3 4 5 6 7 8 +Inf */
        uint32_t n;
        double   first;
    } c[] = {
        {{0, 0, 0, 0, 0, 0, 0, 0, 199}, 0, 0},                 /* too few */
        {{0, 0, 0, 0, 0, 0, 0, 0, 1000}, 0, 0},                /* all over the last bound */
        {{0, 499, 500, 600, 700, 800, 900, 950, 1000}, 6, 3},  /* exactly half */
        {{200, 200, 200, 200, 200, 200, 200, 200, 200}, 6, 1}, /* none over any */
        {{0, 0, 0, 0, 0, 0, 400, 600, 1000}, 1, 8},
    };
    static const struct counts_bounds b = {9, {1, 2, 3, 4, 5, 6, 7, 8, INF}};

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(c); k++) {
        struct interval_monitored m = monitor_choose(&b, c[k].at);

        assert_int_equal(m.n, c[k].n);
        assert_true(m.le_ms[0] == c[k].first);
    }
    assert_int_equal(monitor_choose(&(struct counts_bounds){0}, NULL).n, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folding),
        cmocka_unit_test(both_fold),
        cmocka_unit_test(idle_and_gone),
        cmocka_unit_test(names),
        cmocka_unit_test(kinds),
        cmocka_unit_test(without_a_route),
        cmocka_unit_test(monitored_at_the_origin),
        cmocka_unit_test(monitored_later),
        cmocka_unit_test(monitored_before),
        cmocka_unit_test(choice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
