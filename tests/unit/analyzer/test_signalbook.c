#include "analyzer/signalbook.h"
#include "tests/unit/analyzer/desk.h"

/* One caller's proxy and its values of one signal about v2's subset; negative:
 * not reported. */
struct step {
    int64_t sample_ms;
    double  value;
    int64_t want; /* of the interval; -1: not reported */
};

/* The ledger needs requests that go on, or no interval closes. */
static void
traffic(struct desk *d, int k, const char *instance, int64_t sample_ms)
{
    snap_sample(&d->n, VIEW_USER, instance, sample_ms);
    snap_cell(&d->n, VIEW_USER, instance, "v1", "200", "-", 1000 + k);
    snap_cell(&d->n, VIEW_USER, instance, "v2", "200", "-", 1000 + k);
}

static void
put_signal(struct desk *d, enum mesh_signal what, const char *instance, const char *subset,
           double value)
{
    VEC_PUSH(&d->n.arena, &d->n.s.signals,
             (struct snapshot_signal){.what = what,
                                      .instance = slice_of(instance),
                                      .subset = slice_of(subset),
                                      .host = SLICE_LITERAL("reviews.default.svc.cluster.local"),
                                      .value = value});
}

static void
walk(enum mesh_signal what, const struct step *step, size_t n)
{
    struct desk *d = desk_new("v2", "v1");

    for (size_t k = 0; k < n; k++) {
        const struct interval_signal *got = &d->i.signals[what][MESH_SIGNAL_CANARY];

        snap_begin(&d->n, step[k].sample_ms + 1000);
        traffic(d, (int)k, "steady", 10000 + (int64_t)k * 5000);
        traffic(d, (int)k, "a", step[k].sample_ms);
        if (step[k].value >= 0)
            put_signal(d, what, "a", "v2", step[k].value);
        desk_expect(d, k ? LEDGER_CLOSED : LEDGER_ORIGIN);
        if (k == 0)
            continue;
        assert_int_equal(got->reported, step[k].want >= 0);
        if ((int64_t)got->value != (step[k].want > 0 ? step[k].want : 0))
            fail_msg("step %zu: %d", k, (int)got->value);
    }
    desk_free(d);
}

static void
counters(void **state)
{
    static const struct step step[] = {
        {10000, 50, -1}, {15000, 57, 7},  {20000, 57, 0}, {25000, 3, 3}, /* began anew */
        {30000, 10, 7},  {35000, 9, 0},   /* a replica that is behind */
        {40000, 12, 2},  {45000, -1, -1}, /* not reported is not zero */
        {50000, 15, 3},  {50000, 16, 0},  /* its sample time stands still */
        {55000, 17, 2},
    };

    (void)state;
    walk(MESH_SIGNAL_PENDING_OVERFLOW, step, ARRAY_LEN(step));
}

/* Lower three times in a row: no replica, go on from there. */
static void
lower(void **state)
{
    static const struct step step[] = {
        {10000, 100, -1}, {15000, 90, 0}, {20000, 91, 0}, {25000, 92, 0}, {30000, 95, 3},
    };

    (void)state;
    walk(MESH_SIGNAL_RETRIES, step, ARRAY_LEN(step));
}

/* First seen after the origin: from zero. */
static void
born(void **state)
{
    static const struct step step[] = {{10000, -1, -1}, {15000, 9, 9}, {20000, 10, 1}};

    (void)state;
    walk(MESH_SIGNAL_EJECTIONS, step, ARRAY_LEN(step));
}

/* After an absence of over 15 minutes it is no birth; 14 minutes are waited for. */
static void
forgotten(void **state)
{
    static const struct step gone[] = {{10000, 500, -1},
                                       {15000, 501, 1},
                                       {1000000, -1, -1},
                                       {1005000, 900, 0},
                                       {1010000, 905, 5}},
                             kept[] = {{10000, 500, -1},
                                       {15000, 501, 1},
                                       {840000, -1, -1},
                                       {845000, 900, 399}};

    (void)state;
    walk(MESH_SIGNAL_RETRIES, gone, ARRAY_LEN(gone));
    walk(MESH_SIGNAL_RETRIES, kept, ARRAY_LEN(kept));
}

/* Values that no counter has are left out, and nothing else is. */
static void
invalid(void **state)
{
    static const double value[] = {-1, 0.5, 1e300, (double)NAN, (double)INFINITY};
    struct desk        *d = desk_new("v2", "v1");

    (void)state;
    for (int k = 0; k < 2; k++) {
        snap_begin(&d->n, 11000 + k * 5000);
        traffic(d, k, "a", 10000 + k * 5000);
        for (size_t i = 0; i < ARRAY_LEN(value); i++)
            put_signal(d, MESH_SIGNAL_RETRIES, "a", "v2", value[i]);
        put_signal(d, MESH_SIGNAL_RETRIES, "", "v2", 7);
        desk_expect(d, k ? LEDGER_CLOSED : LEDGER_ORIGIN);
    }
    assert_false(d->i.signals[MESH_SIGNAL_RETRIES][MESH_SIGNAL_CANARY].reported);
    assert_int_equal(desk_cells(d, VIEW_USER, "v2", NULL), 1);
    desk_free(d);
}

/* Sums over proxies, and of an interval with several snapshots the greatest;
 * "most" is of one proxy. */
static void
gauges(void **state)
{
    static const double value[][2] = {{900, 900}, {1, 2}, {5, 4}, {3, 3}};
    struct desk        *d = desk_new("v2", "v1");

    (void)state;
    for (int k = 0; k < 4; k++) {
        snap_begin(&d->n, 11000 + k * 5000);
        traffic(d, k, "a", 10000 + k * 5000);
        /* v1 and v2 wait for b, whose samples come late: the interval stays open */
        if (k == 0 || k == 3)
            traffic(d, k, "b", 10000 + k * 5000);
        for (int p = 0; p < 2; p++) {
            put_signal(d, MESH_SIGNAL_CONNECTIONS, p ? "b" : "a", "v2", value[k][p]);
            put_signal(d, MESH_SIGNAL_EJECTED, p ? "b" : "a", "v2", value[k][p]);
        }
        if (desk_try(d) != STATUS_OK)
            fail_msg("%s", d->err.text);
        if (d->outcome != LEDGER_CLOSED)
            continue;
        assert_int_equal(d->i.signals[MESH_SIGNAL_CONNECTIONS][MESH_SIGNAL_CANARY].value,
                         (uint64_t)(value[k][0] + value[k][1]));
        assert_int_equal(d->i.signals[MESH_SIGNAL_EJECTED][MESH_SIGNAL_CANARY].value,
                         (uint64_t)fmax(value[k][0], value[k][1]));
    }
    desk_free(d);
}

/* v1's proxy stands still, so the interval stays open over the peak. */
static void
peak(void **state)
{
    static const double value[] = {9, 1, 7, 2};
    struct desk        *d = desk_new("v2", "v1");

    (void)state;
    for (int k = 0; k < 4; k++) {
        int64_t now_ms = 10000 + k * 5000, v1_ms = k < 3 ? 10000 : now_ms;

        snap_begin(&d->n, now_ms + 1000);
        snap_sample(&d->n, VIEW_USER, "a", now_ms);
        snap_sample(&d->n, VIEW_USER, "b", v1_ms);
        snap_cell(&d->n, VIEW_USER, "a", "v2", "200", "-", 10 + k);
        snap_cell(&d->n, VIEW_USER, "b", "v1", "200", "-", 10 + (k == 3));
        put_signal(d, MESH_SIGNAL_PENDING, "a", "v2", value[k]);
        put_signal(d, MESH_SIGNAL_TIMEOUTS, "a", "v2", 10 * k);
        desk_expect(d, k == 0 ? LEDGER_ORIGIN : k < 3 ? LEDGER_OPEN : LEDGER_CLOSED);
    }
    assert_int_equal(d->i.signals[MESH_SIGNAL_PENDING][MESH_SIGNAL_CANARY].value, 7);
    assert_int_equal(d->i.signals[MESH_SIGNAL_TIMEOUTS][MESH_SIGNAL_CANARY].value, 30);
    assert_false(d->i.signals[MESH_SIGNAL_TIMEOUTS][MESH_SIGNAL_BOTH].reported);
    desk_free(d);
}

static void
sides(void **state)
{
    static const struct {
        const char *canary, *baseline, *subset, *host;
        int         want;
    } c[] = {
        {"v2", "v1", "v2", "reviews.default.svc.cluster.local", MESH_SIGNAL_CANARY},
        {"v2", "v1", "v1", "reviews.default.svc.cluster.local", MESH_SIGNAL_BASELINE},
        {"v2", "v1", "", "reviews.default.svc.cluster.local", MESH_SIGNAL_BOTH},
        {"v2", "v1", "v3", "reviews.default.svc.cluster.local", MESH_SIGNAL_BOTH},
        {"v2", "", "v3", "reviews.default.svc.cluster.local", MESH_SIGNAL_BASELINE},
        {"v2", "", "", "reviews.default.svc.cluster.local", MESH_SIGNAL_BOTH},
        /* Argo's host split, Argo's subsets, Flagger's Services */
        {"api-canary", "api-stable", "", "api-canary.prod.svc.cluster.local", MESH_SIGNAL_CANARY},
        {"api-canary", "api-stable", "", "api-stable.prod", MESH_SIGNAL_BASELINE},
        {"5f8c7b", "7d4b9c", "canary", "api.prod.svc.cluster.local", MESH_SIGNAL_CANARY},
        {"5f8c7b", "7d4b9c", "stable", "api.prod.svc.cluster.local", MESH_SIGNAL_BASELINE},
        {"api", "api-primary", "", "api-canary.prod.svc.cluster.local", MESH_SIGNAL_CANARY},
        {"api", "api-primary", "", "api-primary.prod.svc.cluster.local", MESH_SIGNAL_BASELINE},
    };

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(c); k++) {
        struct ledger_arms arms = {0};

        snprintf(arms.canary, sizeof arms.canary, "%s", c[k].canary);
        snprintf(arms.baseline, sizeof arms.baseline, "%s", c[k].baseline);
        if ((int)signalbook_side(&arms, slice_of(c[k].subset), slice_of(c[k].host)) != c[k].want)
            fail_msg("row %zu", k);
    }
}

/* Proxies that come and go for a day leave no more than so much behind. */
static void
bounded(void **state)
{
    struct desk *d = desk_new("v2", "v1");
    size_t       at_noon = 0;

    (void)state;
    for (int k = 0; k < 1440; k++) {
        int64_t now_ms = 100000 + (int64_t)k * 60000;

        snap_begin(&d->n, now_ms + 1000);
        traffic(d, k, "steady", now_ms);
        for (int s = 0; s < MESH_SIGNAL_COUNT; s++)
            put_signal(d, (enum mesh_signal)s, arena_printf(&d->n.arena, "proxy-%d", k), "v2", k);
        desk_expect(d, k ? LEDGER_CLOSED : LEDGER_ORIGIN);
        if (k == 720)
            at_noon = ledger_bytes(d->l);
    }
    print_message("%zu KiB at noon, %zu at the end\n", at_noon >> 10, ledger_bytes(d->l) >> 10);
    assert_true(ledger_bytes(d->l) < 1u << 20);
    desk_free(d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters),  cmocka_unit_test(lower),   cmocka_unit_test(born),
        cmocka_unit_test(forgotten), cmocka_unit_test(invalid), cmocka_unit_test(gauges),
        cmocka_unit_test(peak),      cmocka_unit_test(sides),   cmocka_unit_test(bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
