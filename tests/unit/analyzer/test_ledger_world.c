/* A seeded world of proxies and pods whose truth is known, seen by the ledger
 * only through snapshots of two replicas that scrape at their own times. */
#include "tests/support/prng.h"
#include "tests/unit/analyzer/desk.h"

#include <time.h>

enum {
    N_BOUNDS = 4,
    N_CODES = 3, /* 200, 503 "UC", 504 "UT" under version "unknown" */
    N_PROXIES = 12,
    N_PODS = 8,
    N_INSTANCES = N_PROXIES + N_PODS,
    SECONDS = 1800,
    QUIET = 60, /* at the end, without traffic, until all is scraped */
    SCRAPE = 15,
    GENERATIONS = 8,
    NEVER = -100000, /* a second before all others */
};

static const double      le_ms[N_BOUNDS] = {10, 100, 1000, (double)INFINITY};
static const char *const version_name[2] = {"v1", "v2"};
static const char *const code_name[N_CODES] = {"200", "503", "504"};

struct counters {
    uint64_t cell[2][N_CODES];
    uint64_t bucket[2][N_BOUNDS]; /* cumulative */
    uint64_t lost;                /* UH: nobody's */
};

/* What a replica holds of an instance. */
struct scrape {
    int             second; /* NEVER: nothing, or stale */
    int             generation;
    struct counters c;
};

struct instance {
    char             name[8];
    enum counts_view view;
    int              born, dies; /* seconds */
    int              next_restart;
    int              rate[2];           /* per second and version */
    int              generation;        /* of the process */
    struct counters  c;                 /* of the process */
    struct counters  last[GENERATIONS]; /* at the end of each generation */
    struct scrape    held[2];           /* by each replica */
    int              offset[2];         /* of its scrapes */
    struct scrape    told;              /* what the ledger was last told, by time */
    struct counters  want;              /* of a pod: exact, less what nobody could see */
    uint64_t         got, got_faults, got_timed;
};

struct world {
    struct prng     r;
    struct instance instance[N_INSTANCES];
    struct counters want[VIEW_COUNT]; /* exact, less what nobody could see */
    struct counters got[VIEW_COUNT];
    uint64_t        unscraped;
    uint32_t        resets, partial_resets;
    int64_t         end_ms;
};

static void
world_make(struct world *w, uint64_t seed)
{
    *w = (struct world){.r = {seed}};
    for (int i = 0; i < N_INSTANCES; i++) {
        struct instance *p = &w->instance[i];
        int              pod = i - N_PROXIES;
        bool             late = prng_below(&w->r, 3) == 0;

        snprintf(p->name, sizeof p->name, "%s%d", pod < 0 ? "proxy" : "pod", i);
        p->view = pod < 0 ? VIEW_USER : VIEW_ATTEMPT;
        p->born = late && i % 4 ? (int)prng_below(&w->r, SECONDS - 200) : -1000;
        p->dies = prng_below(&w->r, 4) == 0 && i % 4 ? p->born + 1200 : 10 * SECONDS;
        /* A process that dies young may be passed by its successor before the
         * next scrape: then nobody can tell, and partial_resets says so. */
        p->next_restart = (late ? p->born : 0) + 300 + (int)prng_below(&w->r, SECONDS);
        for (int v = 0; v < 2; v++) {
            bool serves = pod < 0 || v == (pod % 2);

            p->rate[v] = serves ? 1 + (int)prng_below(&w->r, v ? 8 : 40) : 0;
            p->offset[v] = (int)prng_below(&w->r, SCRAPE);
            p->held[v].second = NEVER;
        }
        p->told.second = NEVER;
    }
}

/* One second of traffic through one process. */
static void
run_second(struct world *w, struct instance *p)
{
    for (int v = 0; v < 2; v++)
        for (int n = 0; n < p->rate[v]; n++) {
            uint64_t chance = prng_below(&w->r, 1000);
            int      code = chance < 4 ? 1 : chance < 7 ? 2 : 0;
            uint64_t b = code == 2 ? 3 : prng_below(&w->r, N_BOUNDS);

            if (chance == 999) {
                p->c.lost++;
                continue;
            }
            p->c.cell[v][code]++;
            for (; b < N_BOUNDS; b++)
                p->c.bucket[v][b]++;
        }
}

static void
live_second(struct world *w, struct instance *p, int t, bool traffic)
{
    if (t == p->next_restart && p->generation + 1 < GENERATIONS) {
        p->last[p->generation++] = p->c;
        p->c = (struct counters){0};
        p->next_restart += 300 + (int)prng_below(&w->r, SECONDS);
    }
    if (traffic)
        run_second(w, p);
    for (int k = 0; k < 2; k++)
        if ((t + 1000) % SCRAPE == p->offset[k])
            p->held[k] = (struct scrape){t, p->generation, p->c};
}

static void
add_signed(struct counters *to, const struct counters *c, bool minus)
{
    const uint64_t *from = (const uint64_t *)c;
    uint64_t       *sum = (uint64_t *)to;

    for (size_t i = 0; i < sizeof *c / sizeof *from; i++)
        sum[i] += minus ? 0 - from[i] : from[i];
}

static uint64_t
requests(const struct counters *c)
{
    uint64_t n = c->lost;

    for (int v = 0; v < 2; v++)
        for (int k = 0; k < N_CODES; k++)
            n += c->cell[v][k];
    return n;
}

/* What must be counted when this scrape is told: the truth up to it, less what
 * dead processes had not yet exposed when they were last told of. */
static void
tell(struct world *w, struct instance *p, const struct scrape *s, bool origin)
{
    struct counters *want = &w->want[p->view];

    if (s->second <= p->told.second)
        return;
    if (!origin) {
        bool same = p->told.second != NEVER && p->told.generation == s->generation;

        add_signed(want, &s->c, false);
        add_signed(&p->want, &s->c, false);
        if (same)
            add_signed(want, &p->told.c, true);
        if (same)
            add_signed(&p->want, &p->told.c, true);
        for (int g = p->told.second != NEVER ? p->told.generation : s->generation;
             g < s->generation; g++)
            w->unscraped +=
                requests(&p->last[g]) - (g == p->told.generation ? requests(&p->told.c) : 0);
    }
    p->told = *s;
}

static void
write_instance(struct snap *n, const struct instance *p, const struct counters *c)
{
    for (int v = 0; v < 2; v++) {
        for (int k = 0; k < N_CODES; k++) {
            struct snapshot_group *g;

            if (c->cell[v][k] == 0)
                continue; /* no such series yet */
            g = snap_cell(n, p->view, p->name, version_name[v], code_name[k],
                          k == 2   ? "UT"
                          : k == 1 ? "UC"
                                   : "-",
                          (double)c->cell[v][k]);
            if (k == 2)
                g->key = g->version = SLICE_LITERAL("unknown");
        }
        for (int b = 0; b < N_BOUNDS && c->bucket[v][N_BOUNDS - 1] > 0; b++)
            snap_bucket(n, p->view, p->name, version_name[v], le_ms[b], (double)c->bucket[v][b]);
    }
    if (c->lost > 0) {
        struct snapshot_group *g =
            snap_cell(n, p->view, p->name, "unknown", "503", "UH", (double)c->lost);

        g->revision = SLICE_LITERAL("latest");
        g->workload = SLICE_LITERAL("unknown");
    }
}

/* A snapshot of one replica at second t; false: it has nothing yet. */
static void
write_snapshot(struct world *w, struct snap *n, int replica, int t)
{
    snap_begin(n, 1000 * (int64_t)(t + 2000));
    for (int i = 0; i < N_INSTANCES; i++) {
        const struct instance *p = &w->instance[i];
        const struct scrape   *s = &p->held[replica];

        if (s->second == NEVER || requests(&s->c) == 0)
            continue;
        write_instance(n, p, &s->c);
        snap_sample(n, p->view, p->name, 1000 * (int64_t)(s->second + 2000));
    }
}

static void
tell_all(struct world *w, int replica, bool origin)
{
    for (int i = 0; i < N_INSTANCES; i++) {
        struct scrape *s = &w->instance[i].held[replica];

        if (s->second != NEVER && requests(&s->c) > 0)
            tell(w, &w->instance[i], s, origin);
    }
}

/* Pods add up to their arms, in each interval. */
static void
gather_pods(struct world *w, const struct interval *i)
{
    struct interval_pod sum[ARM_COUNT] = {{{0}, 0, 0, 0, 0, 0, 0, 0, 0, {0}}};

    for (uint32_t k = 0; k < i->n_pods; k++) {
        const struct interval_pod *p = &i->pods[k];

        assert_int_equal(p->folded, 0);
        sum[p->arm].requests += p->requests;
        sum[p->arm].faults += p->faults;
        sum[p->arm].timed += p->timed;
        for (size_t o = 0; o < INTERVAL_MONITORED; o++)
            sum[p->arm].over[o] += p->over[o];
        for (int s = N_PROXIES; s < N_INSTANCES; s++)
            if (strcmp(w->instance[s].name, p->name) == 0) {
                w->instance[s].got += p->requests;
                w->instance[s].got_faults += p->faults;
                w->instance[s].got_timed += p->timed;
            }
    }
    for (int a = 0; a < ARM_COUNT; a++) {
        const struct counts *c = &i->arm[VIEW_ATTEMPT][a];

        assert_int_equal(sum[a].requests, counts_requests(c));
        assert_int_equal(sum[a].faults, counts_faults(c));
        assert_int_equal(sum[a].timed, counts_timed(c));
        for (uint32_t o = 0; o < i->monitored[VIEW_ATTEMPT].n; o++) {
            uint64_t over;

            assert_true(interval_over(i, VIEW_ATTEMPT, c, o, &over));
            assert_int_equal(sum[a].over[o], over);
        }
    }
}

static void
gather(struct world *w, const struct interval *i)
{
    gather_pods(w, i);
    if (w->end_ms > 0)
        assert_int_equal(i->start_ms, w->end_ms);
    assert_true(i->end_ms > i->start_ms);
    w->end_ms = i->end_ms;
    w->resets += i->resets;
    w->partial_resets += i->partial_resets;
    for (int v = 0; v < VIEW_COUNT; v++) {
        w->got[v].lost += i->unattributed[v];
        assert_int_equal(i->unattributed_faults[v], i->unattributed[v]);
        for (uint32_t k = 0; k < i->n_versions; k++) {
            int side = strcmp(i->versions[k].name, "v2") == 0;

            for (uint64_t b = 0, sum = 0; b < i->bounds[v].n; b++) {
                sum += i->versions[k].at[v].bucket[b];
                w->got[v].bucket[side][b] += sum;
            }
        }
    }
    for (uint32_t k = 0; k < i->n_cells; k++) {
        const struct interval_cell *c = &i->cells[k];
        int                         side = strcmp(i->versions[c->version].name, "v2") == 0;
        int                         code = c->code[2] == '0' ? 0 : c->code[2] == '3' ? 1 : 2;

        w->got[c->view].cell[side][code] += c->n;
    }
}

/* Law: what is closed is the truth less what nobody could see, for every
 * version, code and bucket, whatever replica answers and whatever is lost. */
static void
one_world(uint64_t seed)
{
    static struct world w;
    struct desk        *d = desk_new("v2", "");
    bool                origin = true;

    world_make(&w, seed);
    for (int t = -1000; t < SECONDS + QUIET; t++) {
        int replica = (int)prng_below(&w.r, 2);

        for (int i = 0; i < N_INSTANCES; i++) {
            struct instance *p = &w.instance[i];

            if (t >= p->born && t < p->dies)
                live_second(&w, p, t, t < SECONDS);
            for (int k = 0; k < 2; k++) /* the next scrape fails: stale */
                if (t >= p->dies && (t + 1000) % SCRAPE == p->offset[k])
                    p->held[k].second = NEVER;
        }
        if (t < 0 || t % 5 != 0 || (t < SECONDS && prng_below(&w.r, 5) == 0))
            continue;
        write_snapshot(&w, &d->n, replica, t);
        tell_all(&w, replica, origin);
        if (desk_try(d) != STATUS_OK)
            fail_msg("seed %d, second %d: %s", (int)seed, t, d->err.text);
        assert_int_equal(d->outcome == LEDGER_ORIGIN, origin);
        origin = false;
        if (d->outcome == LEDGER_CLOSED)
            gather(&w, &d->i);
    }
    desk_free(d);
    assert_int_equal(w.partial_resets, 0);
    for (int v = 0; v < VIEW_COUNT; v++) {
        assert_true(requests(&w.want[v]) > 10000);
        for (int side = 0; side < 2; side++) {
            for (int k = 0; k < N_CODES; k++)
                assert_int_equal(w.got[v].cell[side][k], w.want[v].cell[side][k]);
            for (int b = 0; b < N_BOUNDS; b++)
                assert_int_equal(w.got[v].bucket[side][b], w.want[v].bucket[side][b]);
        }
        assert_int_equal(w.got[v].lost, w.want[v].lost);
    }
    for (int s = N_PROXIES; s < N_INSTANCES; s++) {
        const struct instance *p = &w.instance[s];
        int                    v = (s - N_PROXIES) % 2;

        assert_int_equal(p->got, requests(&p->want) - p->want.lost);
        assert_int_equal(p->got_faults, p->want.cell[v][1] + p->want.cell[v][2]);
        assert_int_equal(p->got_timed, p->want.bucket[v][N_BOUNDS - 1]);
    }
    print_message("seed %d: %d requests, %d never scraped, %d restarts\n", (int)seed,
                  (int)(requests(&w.want[0]) + requests(&w.want[1])), (int)w.unscraped,
                  (int)w.resets);
    assert_true(w.resets > 0 && w.unscraped > 0);
}

static void
worlds(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++)
        one_world(seed);
}

/* Buckets of v2's histogram, cumulative, beside a growing counter; v1's proxy
 * was last scraped at v1_ms. */
static void
histogram(struct desk *d, int k, int64_t v1_ms, const double *bounds, size_t n,
          const double *values)
{
    snap_begin(&d->n, 11000 + k * 5000);
    snap_sample(&d->n, VIEW_USER, "a", 10000 + k * 5000);
    snap_sample(&d->n, VIEW_USER, "b", v1_ms);
    snap_cell(&d->n, VIEW_USER, "b", "v1", "200", "-", 7);
    snap_cell(&d->n, VIEW_USER, "a", "v2", "200", "-", 100 + k);
    for (size_t b = 0; b < n; b++)
        snap_bucket(&d->n, VIEW_USER, "a", "v2", bounds[b], values[b]);
}

static void
falling_buckets(void **state)
{
    static const double value[][N_BOUNDS] = {
        {10, 20, 30, 40},
        {20, 25, 31, 45}, /* +10 under 10 ms but +5 under 100 ms */
        {21, 27, 34, 49},
    };
    struct desk *d = desk_new("v2", "");

    (void)state;
    for (int k = 0; k < 3; k++) {
        histogram(d, k, 10000 + k, le_ms, N_BOUNDS, value[k]);
        desk_expect(d, k ? LEDGER_CLOSED : LEDGER_ORIGIN);
        if (k == 1)
            assert_int_equal(counts_timed(&d->i.arm[VIEW_USER][ARM_CANARY]), 0);
        if (k > 0) {
            assert_int_equal(d->i.partial_resets, k == 1);
            assert_int_equal(desk_cells(d, VIEW_USER, "v2", NULL), 1);
        }
    }
    for (size_t b = 0; b < N_BOUNDS; b++) /* 1, 2, 3, 4 cumulative */
        assert_int_equal(d->i.arm[VIEW_USER][ARM_CANARY].bucket[b], 1);
    desk_free(d);
}

/* All proxies get other bounds: what was counted under the old ones goes, and
 * so does the snapshot in which a bound is born with its history. */
static void
new_bounds(void **state)
{
    static const double old[] = {10, (double)INFINITY}, fresh[] = {10, 50, (double)INFINITY};
    static const double value[][3] = {{10, 20}, {11, 22}, {12, 15, 24}, {13, 17, 27}};
    struct desk        *d = desk_new("v2", "");

    (void)state;
    histogram(d, 0, 10000, old, 2, value[0]);
    desk_expect(d, LEDGER_ORIGIN);
    histogram(d, 1, 10000, old, 2, value[1]);
    desk_expect(d, LEDGER_OPEN);
    histogram(d, 2, 20000, fresh, 3, value[2]);
    desk_expect(d, LEDGER_OPEN); /* both arms advanced, but new bounds wait */
    histogram(d, 3, 25000, fresh, 3, value[3]);
    desk_expect(d, LEDGER_CLOSED);
    assert_int_equal(d->i.bounds[VIEW_USER].n, 3);
    assert_int_equal(d->i.partial_resets, 2);
    assert_int_equal(desk_cells(d, VIEW_USER, "v2", NULL), 3);
    for (size_t b = 0; b < 3; b++) /* 1, 2, 3 cumulative */
        assert_int_equal(d->i.arm[VIEW_USER][ARM_CANARY].bucket[b], 1);
    desk_free(d);
}

/* Pods that come and go for a day leave no more than so much behind. */
static void
bounded_memory(void **state)
{
    struct desk *d = desk_new("v2", "");
    char         name[16];
    size_t       at_noon = 0;

    (void)state;
    for (int k = 0; k < 1440; k++) { /* a minute each, ten new pods */
        snap_begin(&d->n, 1000 + (int64_t)k * 60000 + 100000);
        for (int p = 0; p < 10; p++) {
            snprintf(name, sizeof name, "pod-%d-%d", k, p);
            for (int c = 200; c < 230; c++) {
                char *code = arena_printf(&d->n.arena, "%d", c);

                snap_cell(&d->n, VIEW_USER, arena_text(&d->n.arena, slice_of(name)), "v1", code,
                          "-", 1);
            }
            snap_sample(&d->n, VIEW_USER, arena_text(&d->n.arena, slice_of(name)),
                        (int64_t)k * 60000 + 100000);
        }
        desk_expect(d, k ? LEDGER_CLOSED : LEDGER_ORIGIN);
        if (k > 0)
            assert_int_equal(desk_cells(d, VIEW_USER, "v1", NULL), 300);
        if (k == 720)
            at_noon = ledger_bytes(d->l);
    }
    print_message("14,400 pods of 30 series in a day: %zu KiB at noon, %zu KiB at the end\n",
                  at_noon >> 10, ledger_bytes(d->l) >> 10);
    assert_true(ledger_bytes(d->l) < 8u << 20);
    desk_free(d);
}

static double
seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* 2,000 instances of 50 series; nothing is asserted about time. */
static void
hundred_thousand(void **state)
{
    struct desk *d = desk_new("v2", "");
    double       best = 1e9, first = 0;

    (void)state;
    for (int k = 0; k < 6; k++) {
        double took;

        snap_begin(&d->n, 11000 + k * 5000);
        for (int p = 0; p < 2000; p++) {
            char *name = arena_printf(&d->n.arena, "10.%d.%d.7:15020", p / 250, p % 250);

            snap_sample(&d->n, VIEW_USER, name, 10000 + k * 5000);
            for (int v = 0; v < 2; v++) {
                for (int b = 0; b < 20; b++)
                    snap_bucket(&d->n, VIEW_USER, name, version_name[v],
                                b == 19 ? (double)INFINITY : 10 * b + 10, (10 + k) * (b + 1));
                for (int c = 0; c < 5; c++)
                    snap_cell(&d->n, VIEW_USER, name, version_name[v],
                              (const char *[]){"200", "201", "404", "503", "504"}[c], "-", 10 + k);
            }
        }
        took = seconds_now();
        desk_expect(d, k ? LEDGER_CLOSED : LEDGER_ORIGIN);
        took = seconds_now() - took;
        first = k ? first : took;
        best = took < best ? took : best;
    }
    assert_int_equal(counts_requests(&d->i.arm[VIEW_USER][ARM_CANARY]), 2000 * 5);
    assert_int_equal(counts_timed(&d->i.arm[VIEW_USER][ARM_CANARY]), 2000 * 20);
    print_message("100,000 series: first %.1f ms, then %.1f ms; %zu MiB\n", first * 1e3, best * 1e3,
                  ledger_bytes(d->l) >> 20);
    desk_free(d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worlds),           cmocka_unit_test(falling_buckets),
        cmocka_unit_test(new_bounds),       cmocka_unit_test(bounded_memory),
        cmocka_unit_test(hundred_thousand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
