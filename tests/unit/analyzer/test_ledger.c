#include "tests/unit/analyzer/desk.h"

#define INF ((double)INFINITY)

/* One proxy that sees both versions: the 200s of each, and v2's 503s where
 * there are any (negative: no such series). */
static void
proxy_at(struct desk *d, int64_t at_ms, int64_t sample_ms, double v1, double v2, double v2_503)
{
    snap_begin(&d->n, at_ms);
    snap_sample(&d->n, VIEW_USER, "a", sample_ms);
    if (v1 >= 0)
        snap_cell(&d->n, VIEW_USER, "a", "v1", "200", "-", v1);
    if (v2 >= 0)
        snap_cell(&d->n, VIEW_USER, "a", "v2", "200", "-", v2);
    if (v2_503 >= 0)
        snap_cell(&d->n, VIEW_USER, "a", "v2", "503", "-", v2_503);
}

/* One proxy's way through time: each step a snapshot, and what it must give. */
struct step {
    int64_t             sample_ms;
    double              v1, v2, v2_503; /* negative: no such series */
    enum ledger_outcome outcome;
    uint64_t            n1, n2, n503; /* of the closed interval */
    uint32_t            resets, partial, births;
};

static void
walk(const struct step *step, size_t n)
{
    struct desk *d = desk_new("v2", "");

    for (size_t k = 0; k < n; k++) {
        const struct step *s = &step[k];

        proxy_at(d, 1000 * (int64_t)(k + 1) + s->sample_ms, s->sample_ms, s->v1, s->v2, s->v2_503);
        desk_expect(d, s->outcome);
        if (s->outcome != LEDGER_CLOSED)
            continue;
        if (desk_cells(d, VIEW_USER, "v1", "200") != s->n1 ||
            desk_cells(d, VIEW_USER, "v2", "200") != s->n2 ||
            desk_cells(d, VIEW_USER, "v2", "503") != s->n503)
            fail_msg("step %zu: got %d %d %d", k, (int)desk_cells(d, VIEW_USER, "v1", "200"),
                     (int)desk_cells(d, VIEW_USER, "v2", "200"),
                     (int)desk_cells(d, VIEW_USER, "v2", "503"));
        assert_int_equal(d->i.resets, s->resets);
        assert_int_equal(d->i.partial_resets, s->partial);
        assert_int_equal(d->i.births, s->births);
        assert_int_equal(d->i.end_ms, s->sample_ms);
    }
    desk_free(d);
}

/* Telemetry reference, trap 6: the first errors are a new series. */
static void
births(void **state)
{
    static const struct step step[] = {
        {10000, 1000, 50, -1, LEDGER_ORIGIN, 0, 0, 0, 0, 0, 0},
        {15000, 1100, 60, -1, LEDGER_CLOSED, 100, 10, 0, 0, 0, 0},
        {20000, 1150, 60, 40, LEDGER_CLOSED, 50, 0, 40, 0, 0, 1},
        {25000, 1150, 61, 41, LEDGER_CLOSED, 0, 1, 1, 0, 0, 0},
    };

    (void)state;
    walk(step, ARRAY_LEN(step));
}

static void
replicas(void **state)
{
    static const struct step step[] = {
        {10000, 1000, 50, -1, LEDGER_ORIGIN, 0, 0, 0, 0, 0, 0},
        {15000, 1100, 60, 5, LEDGER_CLOSED, 100, 10, 5, 0, 0, 1},
        {15000, 1100, 60, 5, LEDGER_IGNORED, 0, 0, 0, 0, 0, 0},  /* stood still */
        {12000, 1040, 54, -1, LEDGER_IGNORED, 0, 0, 0, 0, 0, 0}, /* the other one, behind */
        {17000, 1140, 64, 6, LEDGER_CLOSED, 40, 4, 1, 0, 0, 0},  /* the other one, ahead */
        {14999, 1, 1, 1, LEDGER_IGNORED, 0, 0, 0, 0, 0, 0},      /* lower, but older */
        {20000, 1200, 70, 6, LEDGER_CLOSED, 60, 6, 0, 0, 0, 0},
    };

    (void)state;
    walk(step, ARRAY_LEN(step));
}

static void
restarts(void **state)
{
    static const struct step step[] = {
        {10000, 1000, 500, 40, LEDGER_ORIGIN, 0, 0, 0, 0, 0, 0},
        {15000, 1100, 550, 44, LEDGER_CLOSED, 100, 50, 4, 0, 0, 0},
        /* all fell: the new values are the increments */
        {20000, 30, 15, 1, LEDGER_CLOSED, 30, 15, 1, 1, 0, 0},
        {25000, 530, 215, 1, LEDGER_CLOSED, 500, 200, 0, 0, 0, 0},
        /* again; 503 has not been seen since, and fell with the others */
        {30000, 20, 10, -1, LEDGER_CLOSED, 20, 10, 0, 1, 0, 0},
        /* its old value 1 is nothing to count from any more */
        {35000, 30, 20, 3, LEDGER_CLOSED, 10, 10, 3, 0, 0, 0},
        {40000, 930, 720, 3, LEDGER_CLOSED, 900, 700, 0, 0, 0, 0},
        /* a small group may have passed its old value already */
        {45000, 25, 5, 7, LEDGER_CLOSED, 25, 5, 7, 1, 0, 0},
    };

    (void)state;
    walk(step, ARRAY_LEN(step));
}

static void
partial_resets(void **state)
{
    static const struct step step[] = {
        {10000, 1000, 500, 40, LEDGER_ORIGIN, 0, 0, 0, 0, 0, 0},
        /* only one fell: nothing of this instance is counted, births neither */
        {15000, 1100, 20, 44, LEDGER_CLOSED, 0, 0, 0, 0, 1, 0},
        /* and it goes on from there */
        {20000, 1110, 25, 44, LEDGER_CLOSED, 10, 5, 0, 0, 0, 0},
        /* errors that are no small group hold while the rest fell */
        {25000, 10, 5, 44, LEDGER_CLOSED, 0, 0, 0, 0, 1, 0},
        {30000, 20, 7, 45, LEDGER_CLOSED, 10, 2, 1, 0, 0, 0},
    };

    (void)state;
    walk(step, ARRAY_LEN(step));
}

/* A replica whose clock is ahead gives old values under new times. */
static void
skewed_replica(void **state)
{
    static const struct step step[] = {
        {10000, 1000, 500, 40, LEDGER_ORIGIN, 0, 0, 0, 0, 0, 0},
        {15000, 1100, 550, 44, LEDGER_CLOSED, 100, 50, 4, 0, 0, 0},
        {16000, 1050, 520, 44, LEDGER_IGNORED, 0, 0, 0, 0, 0, 0},
        {17000, 1060, 530, -1, LEDGER_IGNORED, 0, 0, 0, 0, 0, 0},
        /* the base was kept: nothing is counted twice */
        {20000, 1200, 600, 44, LEDGER_CLOSED, 100, 50, 0, 0, 0, 0},
        /* three in a row: it was something else, go on from there */
        {21000, 1190, 590, 44, LEDGER_IGNORED, 0, 0, 0, 0, 0, 0},
        {22000, 1191, 591, 44, LEDGER_IGNORED, 0, 0, 0, 0, 0, 0},
        {23000, 1192, 592, 44, LEDGER_CLOSED, 0, 0, 0, 0, 1, 0},
        {24000, 1193, 594, 44, LEDGER_CLOSED, 1, 2, 0, 0, 0, 0},
    };

    (void)state;
    walk(step, ARRAY_LEN(step));
}

/* Envoy evicts idle series; Prometheus marks them stale. */
static void
evicted_series(void **state)
{
    static const struct step step[] = {
        {10000, 1000, 500, 40, LEDGER_ORIGIN, 0, 0, 0, 0, 0, 0},
        {15000, 1100, 550, -1, LEDGER_CLOSED, 100, 50, 0, 0, 0, 0},
        {20000, 1200, 560, 43, LEDGER_CLOSED, 100, 10, 3, 0, 0, 0}, /* only a gap */
        {25000, 1300, 570, -1, LEDGER_CLOSED, 100, 10, 0, 0, 0, 0},
        {30000, 1400, 580, 5, LEDGER_CLOSED, 100, 10, 5, 0, 0, 1}, /* born again */
    };

    (void)state;
    walk(step, ARRAY_LEN(step));
}

/* Instance b beside a proxy that is always there. */
static void
with_b(struct desk *d, int64_t sample_ms, double a, double b)
{
    snap_begin(&d->n, sample_ms + 1000);
    snap_sample(&d->n, VIEW_USER, "a", sample_ms);
    snap_cell(&d->n, VIEW_USER, "a", "v1", "200", "-", a);
    if (b < 0)
        return;
    snap_sample(&d->n, VIEW_USER, "b", sample_ms);
    snap_cell(&d->n, VIEW_USER, "b", "v1", "200", "-", b);
}

static void
instances_come_and_go(void **state)
{
    static const struct {
        int64_t  sample_ms;
        double   a, b;
        uint64_t n;
        uint32_t partial;
    } row[] = {
        {15000, 110, -1, 10, 0},
        {20000, 120, 500, 510, 0}, /* first seen after the first snapshot: from zero */
        {25000, 130, 600, 110, 0},
        {30000, 140, -1, 10, 0},
        {35000, 150, 650, 60, 0}, /* back in time */
        {40000, 160, -1, 10, 0},
        {45000, 170, 30, 40, 0}, /* back, and restarted meanwhile */
        {50000, 180, -1, 10, 0},
        {50000 + 901000, 190, -1, 10, 0}, /* gone for 15 minutes: forgotten */
        {960000, 200, 5000, 10, 1},       /* but not born again */
        {965000, 210, 5001, 11, 0},
    };
    struct desk *d = desk_new("v2", "");

    (void)state;
    with_b(d, 10000, 100, -1);
    desk_expect(d, LEDGER_ORIGIN);
    for (size_t k = 0; k < ARRAY_LEN(row); k++) {
        with_b(d, row[k].sample_ms, row[k].a, row[k].b);
        desk_expect(d, LEDGER_CLOSED);
        assert_int_equal(desk_cells(d, VIEW_USER, "v1", NULL), row[k].n);
        assert_int_equal(d->i.partial_resets, row[k].partial);
        assert_int_equal(d->i.instances, row[k].b < 0 || row[k].partial ? 1 : 2);
    }
    desk_free(d);
}

/* An instance that was only out of sight when the run began brings its whole
 * history; one that is new brings no more than the others count meanwhile. */
static void
arrivals_with_a_history(void **state)
{
    static const struct {
        double   b; /* its first value, while the known one counts 1000 a step */
        uint64_t first, next;
        uint32_t partial;
    } row[] = {
        {900, 900, 5, 0},   /* as much as anybody always may */
        {3900, 3900, 5, 0}, /* new, and taking most of the traffic */
        {4100, 0, 5, 1},    /* four times of what all others did */
        {2000000, 0, 5, 1}, /* weeks */
    };

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(row); k++) {
        struct desk *d = desk_new("v2", "");

        with_b(d, 10000, 500000, -1);
        desk_expect(d, LEDGER_ORIGIN);
        with_b(d, 25000, 501000, -1);
        desk_expect(d, LEDGER_CLOSED);
        with_b(d, 40000, 502000, row[k].b);
        desk_expect(d, LEDGER_CLOSED);
        assert_int_equal(desk_cells(d, VIEW_USER, "v1", NULL), 1000 + row[k].first);
        assert_int_equal(d->i.partial_resets, row[k].partial);
        with_b(d, 55000, 503000, row[k].b + 5);
        desk_expect(d, LEDGER_CLOSED);
        assert_int_equal(desk_cells(d, VIEW_USER, "v1", NULL), 1000 + row[k].next);
        desk_free(d);
    }
}

/* Every label of an instance is another one from one scrape to the next, or a
 * shard of many small histories comes back: together they are too much. */
static void
many_arrivals_at_once(void **state)
{
    struct desk *d = desk_new("v2", "");
    char         name[100][8];

    (void)state;
    for (int k = 0; k < 3; k++) {
        snap_begin(&d->n, 11000 + k * 15000);
        for (int i = 0; i < (k ? 100 : 1); i++) {
            snprintf(name[i], sizeof name[i], "c%d", i);
            snap_sample(&d->n, VIEW_USER, name[i], 10000 + k * 15000);
            snap_cell(&d->n, VIEW_USER, name[i], "v1", "200", "-", 900 + k);
        }
        desk_expect(d, k ? LEDGER_CLOSED : LEDGER_ORIGIN);
        if (k)
            assert_int_equal(desk_cells(d, VIEW_USER, "v1", NULL), k == 1 ? 1 : 100);
    }
    desk_free(d);
}

/* An outage turns all answers into series that were not there before: that is
 * as much as there is traffic, and all of it counts. */
static void
an_outage_is_born_whole(void **state)
{
    static const struct step step[] = {
        {10000, 100000, 50000, -1, LEDGER_ORIGIN, 0, 0, 0, 0, 0, 0},
        {25000, 110000, 55000, -1, LEDGER_CLOSED, 10000, 5000, 0, 0, 0, 0},
        {40000, 110000, 55000, 15000, LEDGER_CLOSED, 0, 0, 15000, 0, 0, 1},
    };

    (void)state;
    walk(step, ARRAY_LEN(step));
}

/* The address of a pod that is gone is given to a new one: two books. */
static void
same_address_other_pod(void **state)
{
    struct desk *d = desk_new("v2", "");
    const char  *pod[] = {"old", "new"};

    (void)state;
    for (int k = 0; k < 3; k++) {
        snap_begin(&d->n, 11000 + k * 5000);
        snap_sample(&d->n, VIEW_USER, "10.0.0.1:15020", 10000 + k * 5000);
        for (int p = 0; p < (k ? 2 : 1); p++)
            snap_cell(&d->n, VIEW_USER, "10.0.0.1:15020", "v1", "200", "-", p ? 7 * k : 1000)->pod =
                slice_of(pod[p]);
        desk_expect(d, k ? LEDGER_CLOSED : LEDGER_ORIGIN);
        if (k)
            assert_int_equal(desk_cells(d, VIEW_USER, "v1", NULL), 7);
    }
    desk_free(d);
}

/* Design §2.1: closed when both arms have advanced in every view present. */
static void
closing(void **state)
{
    /* sample times of: v1 and v2 in the user view, v1 and v2 in the attempt
     * view; 0: no series */
    static const struct {
        int64_t             ms[4];
        enum ledger_outcome outcome;
        int64_t             start_ms, end_ms;
    } row[] = {
        {{10000, 10000, 9000, 8000}, LEDGER_ORIGIN, 0, 0},
        {{10000, 10000, 9000, 8000}, LEDGER_IGNORED, 0, 0},
        {{15000, 15000, 9000, 8000}, LEDGER_OPEN, 0, 0},
        {{15000, 15000, 14000, 8000}, LEDGER_OPEN, 0, 0},
        {{15000, 15000, 14000, 13000}, LEDGER_CLOSED, 10000, 15000},
        {{20000, 15000, 19000, 18000}, LEDGER_OPEN, 0, 0},
        {{20000, 20000, 19000, 18000}, LEDGER_CLOSED, 15000, 20000},
        /* an arm without series in a view does not block */
        {{25000, 25000, 24000, 0}, LEDGER_CLOSED, 20000, 25000},
        {{30000, 0, 29000, 0}, LEDGER_CLOSED, 25000, 30000},
        {{30000, 0, 34000, 0}, LEDGER_OPEN, 0, 0},
        /* a view that is gone does not, either */
        {{35000, 35000, 0, 0}, LEDGER_CLOSED, 30000, 35000},
        {{40000, 40000, 48000, 48000}, LEDGER_CLOSED, 35000, 48000},
        /* both advanced, but not beyond what is counted: never of length 0 */
        {{45000, 45000, 0, 0}, LEDGER_OPEN, 0, 0},
        {{49000, 49000, 0, 0}, LEDGER_CLOSED, 48000, 49000},
    };
    struct desk *d = desk_new("v2", "v1");

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(row); k++) {
        static const char *const name[] = {"u1", "u2", "d1", "d2"};

        snap_begin(&d->n, 50000);
        for (size_t p = 0; p < 4; p++) {
            enum counts_view view = p < 2 ? VIEW_USER : VIEW_ATTEMPT;

            if (row[k].ms[p] == 0)
                continue;
            snap_sample(&d->n, view, name[p], row[k].ms[p]);
            snap_cell(&d->n, view, name[p], p % 2 ? "v2" : "v1", "200", "-",
                      (double)row[k].ms[p] / 1000);
        }
        desk_expect(d, row[k].outcome);
        if (row[k].outcome == LEDGER_CLOSED) {
            assert_int_equal(d->i.start_ms, row[k].start_ms);
            assert_int_equal(d->i.end_ms, row[k].end_ms);
        }
        assert_int_equal(d->sight.newest_ms[ARM_BASELINE],
                         row[k].ms[0] > row[k].ms[2] ? row[k].ms[0] : row[k].ms[2]);
        assert_int_equal(d->sight.canary_seen, row[k].ms[1] || row[k].ms[3]);
        assert_int_equal(d->sight.view_seen[VIEW_ATTEMPT], row[k].ms[2] > 0);
    }
    desk_free(d);
}

/* All pods of the canary die, and the source shows their last values for its
 * lookback of 5 minutes: what the callers see must still come to the checks. */
static void
closing_without_dead_pods(void **state)
{
    static const struct {
        int64_t             user_ms, base_ms, canary_ms;
        enum ledger_outcome outcome;
    } row[] = {
        {15000, 15000, 14000, LEDGER_ORIGIN},   {30000, 30000, 29000, LEDGER_CLOSED},
        {45000, 45000, 29000, LEDGER_OPEN},     {60000, 60000, 29000, LEDGER_OPEN},
        {75000, 75000, 29000, LEDGER_OPEN},     {90000, 90000, 29000, LEDGER_CLOSED},
        {105000, 105000, 29000, LEDGER_CLOSED}, {120000, 120000, 119000, LEDGER_CLOSED},
        {135000, 135000, 119000, LEDGER_OPEN},
    };
    struct desk *d = desk_new("v2", "v1");

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(row); k++) {
        snap_begin(&d->n, row[k].user_ms + 500);
        snap_sample(&d->n, VIEW_USER, "u", row[k].user_ms);
        snap_cell(&d->n, VIEW_USER, "u", "v1", "200", "-", (double)row[k].user_ms / 100);
        snap_cell(&d->n, VIEW_USER, "u", "v2", "503", "UF", (double)row[k].user_ms / 1000);
        snap_sample(&d->n, VIEW_ATTEMPT, "b", row[k].base_ms);
        snap_cell(&d->n, VIEW_ATTEMPT, "b", "v1", "200", "-", (double)row[k].base_ms / 100);
        snap_sample(&d->n, VIEW_ATTEMPT, "c", row[k].canary_ms);
        snap_cell(&d->n, VIEW_ATTEMPT, "c", "v2", "200", "-", (double)row[k].canary_ms / 1000);
        desk_expect(d, row[k].outcome);
        if (row[k].outcome == LEDGER_CLOSED)
            assert_int_equal(desk_cells(d, VIEW_USER, "v2", "503"),
                             (d->i.end_ms - d->i.start_ms) / 1000);
    }
    desk_free(d);
}

/* A source that has nothing at first is not a service born with its history. */
static void
empty_origin(void **state)
{
    struct desk *d = desk_new("v2", "");

    (void)state;
    snap_begin(&d->n, 10000);
    desk_expect(d, LEDGER_ORIGIN);
    assert_false(d->sight.canary_seen || d->sight.baseline_seen || d->sight.only_placeholders);
    proxy_at(d, 16000, 15000, 1000000, 5000, 70);
    desk_expect(d, LEDGER_ORIGIN);
    proxy_at(d, 21000, 20000, 1000010, 5001, 70);
    desk_expect(d, LEDGER_CLOSED);
    assert_int_equal(d->i.start_ms, 15000);
    assert_int_equal(desk_cells(d, VIEW_USER, "v1", NULL), 10);
    assert_int_equal(desk_cells(d, VIEW_USER, "v2", NULL), 1);
    desk_free(d);
}

/* No sample time, no progress: counted when there is one. */
static void
without_sample_time(void **state)
{
    struct desk *d = desk_new("v2", "");

    (void)state;
    proxy_at(d, 11000, 10000, 100, 10, -1);
    desk_expect(d, LEDGER_ORIGIN);
    proxy_at(d, 16000, 15000, 150, 20, 1);
    d->n.s.view[VIEW_USER].instances.n = 0;
    desk_expect(d, LEDGER_IGNORED);
    proxy_at(d, 21000, 20000, 200, 30, 2);
    desk_expect(d, LEDGER_CLOSED);
    assert_int_equal(desk_cells(d, VIEW_USER, "v1", NULL), 100);
    assert_int_equal(desk_cells(d, VIEW_USER, "v2", "503"), 2);
    desk_free(d);
}

static const double bound[] = {25, 50, INF};

/* A good snapshot with buckets, the k-th of a row. */
static void
good(struct desk *d, int k)
{
    static const char *const version[] = {"v1", "v2"};

    snap_begin(&d->n, 11000 + k * 5000);
    snap_sample(&d->n, VIEW_USER, "a", 10000 + k * 5000);
    for (size_t v = 0; v < 2; v++) {
        snap_cell(&d->n, VIEW_USER, "a", version[v], "200", "-", 100 + 10 * k);
        snap_cell(&d->n, VIEW_USER, "a", version[v], "503", "UF", k);
        for (size_t b = 0; b < ARRAY_LEN(bound); b++)
            snap_bucket(&d->n, VIEW_USER, "a", version[v], bound[b],
                        (double)(10 + 3 * k) * (double)(b + 1));
    }
}

/* One way to spoil a good snapshot, and the reason it is refused for. */
struct flaw {
    void (*spoil)(struct desk *d, struct snapshot_view *v, struct snapshot_group *last);
    double              value;
    enum verdict_reason reason;
};

#define SPOIL(name, ...)                                                                           \
    static void name(struct desk *d, struct snapshot_view *v, struct snapshot_group *last)         \
    {                                                                                              \
        (void)d, (void)v, (void)last;                                                              \
        __VA_ARGS__;                                                                               \
    }

SPOIL(no_code, v->groups.at[0].code = (struct slice){0})
SPOIL(long_code, v->groups.at[0].code = SLICE_LITERAL("2000"))
SPOIL(nul_in_code, v->groups.at[0].code = ((struct slice){"2\0", 2}))
SPOIL(long_name, last->key = slice_of(arena_printf(&d->n.arena, "%0254d", 7)))
SPOIL(future, v->instances.at[0].sample_ms = d->n.s.at_ms + 60001)
SPOIL(no_infinite_bound, v->groups.n = 0; snap_bucket(&d->n, VIEW_USER, "a", "v1", 25, 1))
SPOIL(nan_bound, last->le_ms = (double)NAN)
SPOIL(no_instance, last->instance = (struct slice){0})
SPOIL(other_bound, last[-1].le_ms = 60) /* v2's are not v1's */
SPOIL(one_bound_less, v->groups.n--)
SPOIL(many_bounds, for (int i = 0; i < COUNTS_MAX_BOUNDS; i++)
                       snap_bucket(&d->n, VIEW_USER, "a", "v1", 1000 + i, 1))
SPOIL(many_cells,
      for (int i = 0; i < INTERVAL_MAX_CELLS; i++)
          snap_cell(&d->n, VIEW_USER, "a", "v2", arena_printf(&d->n.arena, "%d", 100 + i), "-", 1))
SPOIL(many_instances,
      for (int i = 0; i <= SNAPSHOT_MAX_INSTANCES; i++)
          snap_cell(&d->n, VIEW_USER, arena_printf(&d->n.arena, "%d", i), "v2", "200", "-", 1000))

static const struct flaw flaw[] = {
    {NULL, -1, REASON_SOURCE_ERROR},
    {NULL, (double)NAN, REASON_SOURCE_ERROR},
    {NULL, INF, REASON_SOURCE_ERROR},
    {NULL, 10.5, REASON_SOURCE_ERROR},
    {NULL, 9007199254740992, REASON_SOURCE_ERROR},
    {no_code, 0, REASON_SOURCE_ERROR},
    {long_code, 0, REASON_SOURCE_ERROR},
    {nul_in_code, 0, REASON_SOURCE_ERROR},
    {long_name, 0, REASON_SOURCE_ERROR},
    {future, 0, REASON_SOURCE_ERROR},
    {no_infinite_bound, 0, REASON_SOURCE_ERROR},
    {nan_bound, 0, REASON_SOURCE_ERROR},
    {no_instance, 0, REASON_NO_INSTANCE_LABEL},
    {other_bound, 0, REASON_BUCKETS_DIFFER},
    {one_bound_less, 0, REASON_BUCKETS_DIFFER},
    {many_bounds, 0, REASON_TOO_MANY_SERIES},
    {many_cells, 0, REASON_TOO_MANY_SERIES},
    {many_instances, 0, REASON_TOO_MANY_SERIES},
};

static void
spoil(struct desk *d, const struct flaw *f)
{
    struct snapshot_view  *v = &d->n.s.view[VIEW_USER];
    struct snapshot_group *last = &v->groups.at[v->groups.n - 1];

    if (f->spoil)
        f->spoil(d, v, last);
    else
        last->value = f->value;
}

/* All or nothing: after each refusal the books are as they were, so that the
 * next good snapshot counts as if the bad one had not been. */
static void
refused_without_trace(void **state)
{
    (void)state;
    for (size_t f = 0; f < ARRAY_LEN(flaw); f++) {
        struct desk *d = desk_new("v2", "");
        int          k = 0;

        good(d, k);
        desk_expect(d, LEDGER_ORIGIN);
        for (int round = 0; round < 3; round++) {
            good(d, ++k);
            spoil(d, &flaw[f]);
            if (desk_try(d) != STATUS_NO_DATA || d->reason != flaw[f].reason)
                fail_msg("flaw %zu: %s, %s", f, status_text(d->status),
                         verdict_reason_text(d->reason));
            assert_true(strlen(d->err.text) > 20);
            good(d, ++k);
            desk_expect(d, LEDGER_CLOSED);
            assert_int_equal(d->i.start_ms, 10000 + (k - 2) * 5000);
            assert_int_equal(d->i.end_ms, 10000 + k * 5000);
            assert_int_equal(d->i.partial_resets, 0);
            assert_int_equal(d->i.instances, 1);
            for (int v = 0; v < 2; v++) {
                assert_int_equal(desk_cells(d, VIEW_USER, v ? "v2" : "v1", "200"), 20);
                assert_int_equal(desk_cells(d, VIEW_USER, v ? "v2" : "v1", "503"), 2);
                for (size_t b = 0; b < ARRAY_LEN(bound); b++)
                    assert_int_equal(d->i.arm[VIEW_USER][v].bucket[b], 6);
            }
            assert_int_equal(d->i.n_versions, 2);
            assert_int_equal(d->i.n_cells, 4);
        }
        desk_free(d);
    }
}

/* A refused crowd takes no room from the next one. */
static void
refused_without_room(void **state)
{
    struct desk *d = desk_new("v2", "");

    (void)state;
    for (int round = 0; round < 3; round++) {
        int n = round == 1 ? 20001 : 15000; /* SNAPSHOT_MAX_INSTANCES is 20000 */

        snap_begin(&d->n, 11000 + round * 5000);
        snap_sample(&d->n, VIEW_USER, "a", 10000 + round * 5000);
        snap_cell(&d->n, VIEW_USER, "a", "v1", "200", "-", 100 + round);
        for (int i = 0; round > 0 && i < n; i++)
            snap_cell(&d->n, VIEW_USER, arena_printf(&d->n.arena, "%d-%d", round, i), "v2", "200",
                      "-", 1);
        assert_int_equal(desk_try(d), round == 1 ? STATUS_NO_DATA : STATUS_OK);
    }
    assert_int_equal(d->outcome, LEDGER_OPEN); /* v2 has no sample time yet */
    desk_free(d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(births),
        cmocka_unit_test(replicas),
        cmocka_unit_test(restarts),
        cmocka_unit_test(partial_resets),
        cmocka_unit_test(skewed_replica),
        cmocka_unit_test(evicted_series),
        cmocka_unit_test(arrivals_with_a_history),
        cmocka_unit_test(many_arrivals_at_once),
        cmocka_unit_test(an_outage_is_born_whole),
        cmocka_unit_test(instances_come_and_go),
        cmocka_unit_test(same_address_other_pod),
        cmocka_unit_test(closing),
        cmocka_unit_test(closing_without_dead_pods),
        cmocka_unit_test(empty_origin),
        cmocka_unit_test(without_sample_time),
        cmocka_unit_test(refused_without_trace),
        cmocka_unit_test(refused_without_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
