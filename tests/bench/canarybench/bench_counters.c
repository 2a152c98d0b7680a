#include "tests/bench/canarybench/bench_counters.h"

#include "tests/bench/canarybench/bench_interval.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CALLERS = 2,
    PROXIES = BENCH_WORLD_PODS + CALLERS,
    CODES = 3,
    SERIES = CODES + BENCH_LATENCY_BUCKETS, /* of one version at one proxy */
    MOST_GROUPS = (BENCH_WORLD_PODS + CALLERS * BENCH_ARMS) * SERIES,
    AN_HOUR_S = 3600,
};

/* Rollouts and their counters do not share their chance. */
#define COUNTERS (UINT64_C(1) << 41)

static const char *const codes[CODES] = {"200", "404", "503"};
static const char *const versions[BENCH_ARMS] = {"v2", "v1"};

/* Cumulative; buckets by le as Prometheus has them. */
struct counted {
    uint64_t code[CODES], le[BENCH_LATENCY_BUCKETS];
};

struct proxy {
    char           name[32];
    struct counted now[BENCH_ARMS], scraped[BENCH_ARMS];
    int64_t        scraped_ms;
};

struct bench_counters {
    struct ledger           *ledger;
    struct sim_chance        chance;
    struct proxy             proxy[PROXIES]; /* pods, then callers */
    struct snapshot_group    groups[VIEW_COUNT][MOST_GROUPS];
    struct snapshot_instance instances[VIEW_COUNT][PROXIES];
    struct snapshot          snapshot;
};

struct bench_counters *
bench_counters_new(void)
{
    struct bench_counters *c = calloc(1, sizeof *c);

    if (!c)
        abort();
    return c;
}

void
bench_counters_free(struct bench_counters *c)
{
    if (!c)
        return;
    ledger_free(c->ledger);
    free(c);
}

/* Requests by latency: the monitored bounds as the pod has them; those under the
 * first are not told apart, nor are those over the last. */
static void
count(struct counted *to, const struct bench_play *p, const struct bench_pod *pod)
{
    int first = p->monitored[0];

    to->code[0] += pod->requests - pod->faults - pod->client_errors;
    to->code[1] += pod->client_errors;
    to->code[2] += pod->faults;
    for (int k = first; k < BENCH_LATENCY_BUCKETS; k++) {
        int j = k - first;

        to->le[k] += pod->requests - (j < BENCH_LATENCY_MONITORED ? pod->over[j] : 0);
    }
}

static uint32_t
pods_of(const struct bench_world *w)
{
    return w->baseline_pods + w->canary_pods;
}

static struct proxy *
caller(struct bench_counters *c, int which)
{
    return &c->proxy[BENCH_WORLD_PODS + which];
}

/* Half of what a pod served, drawn, as one caller has it; the rest is the
 * other's. */
static struct bench_pod
split(struct sim_chance *chance, const struct bench_pod *pod)
{
    struct bench_pod half = {.faults = bench_draw_binomial(chance, pod->faults, .5),
                             .client_errors = bench_draw_binomial(chance, pod->client_errors, .5)};
    uint64_t         good = pod->requests - pod->faults - pod->client_errors;

    half.requests = half.faults + half.client_errors + bench_draw_binomial(chance, good, .5);
    for (int j = BENCH_LATENCY_MONITORED - 1; j >= 0; j--) {
        uint64_t more = j + 1 < BENCH_LATENCY_MONITORED ? pod->over[j + 1] : 0;
        uint64_t so_far = j + 1 < BENCH_LATENCY_MONITORED ? half.over[j + 1] : 0;

        half.over[j] = so_far + bench_draw_binomial(chance, pod->over[j] - more, .5);
        if (half.over[j] > half.requests)
            half.over[j] = half.requests;
        /* What the other one keeps must fit into its requests as well. */
        if (pod->over[j] - half.over[j] > pod->requests - half.requests)
            half.over[j] = pod->over[j] - (pod->requests - half.requests);
    }
    return half;
}

static struct bench_pod
rest(const struct bench_pod *all, const struct bench_pod *part)
{
    struct bench_pod r = {.requests = all->requests - part->requests,
                          .faults = all->faults - part->faults,
                          .client_errors = all->client_errors - part->client_errors};

    for (int j = 0; j < BENCH_LATENCY_MONITORED; j++)
        r.over[j] = all->over[j] - part->over[j];
    return r;
}

static void
count_tick(struct bench_counters *c, const struct bench_play *p, const struct bench_pod pods[])
{
    for (uint32_t i = 0; i < pods_of(p->world); i++) {
        enum bench_arm   arm = i < p->world->baseline_pods ? BENCH_BASELINE : BENCH_CANARY;
        struct bench_pod one = split(&c->chance, &pods[i]), other = rest(&pods[i], &one);

        count(&c->proxy[i].now[arm], p, &pods[i]);
        count(&caller(c, 0)->now[arm], p, &one);
        count(&caller(c, 1)->now[arm], p, &other);
    }
}

static void
add_series(struct bench_counters *c, enum counts_view view, const struct proxy *x,
           enum bench_arm arm)
{
    struct snapshot_group g = {.instance = slice_of(x->name),
                               .pod = view == VIEW_ATTEMPT ? slice_of(x->name) : (struct slice){0},
                               .key = slice_of(versions[arm]),
                               .version = slice_of(versions[arm]),
                               .revision = slice_of(versions[arm]),
                               .workload =
                                   slice_of(arm == BENCH_CANARY ? "reviews-v2" : "reviews-v1"),
                               .grpc = slice_of("")};
    size_t               *n = &c->snapshot.view[view].groups.n;

    for (int k = 0; k < CODES; k++) {
        if (x->scraped[arm].code[k] == 0)
            continue; /* a counter is born with its first request */
        g.kind = SNAPSHOT_CELL;
        g.code = slice_of(codes[k]);
        g.flags = slice_of("-");
        g.value = (double)x->scraped[arm].code[k];
        c->groups[view][(*n)++] = g;
    }
    for (int k = 0; k < BENCH_LATENCY_BUCKETS; k++) {
        g.kind = SNAPSHOT_BUCKET;
        g.code = g.flags = (struct slice){0};
        g.le_ms = bench_latency_bound(k);
        g.value = (double)x->scraped[arm].le[k];
        c->groups[view][(*n)++] = g;
    }
}

/* A scrape of each proxy, unless it is lost; a restarted one counts from 0. */
static void
scrape(struct bench_counters *c, const struct bench_play *p, int64_t now_ms)
{
    for (uint32_t i = 0; i < PROXIES; i++) {
        struct proxy *x = &c->proxy[i];

        if (i >= pods_of(p->world) && i < BENCH_WORLD_PODS)
            continue;
        if (p->world->lost_scrapes > 0 && sim_chance_uniform(&c->chance) < p->world->lost_scrapes)
            continue;
        memcpy(x->scraped, x->now, sizeof x->scraped);
        x->scraped_ms = now_ms;
        if (p->world->restarts > 0 && sim_chance_uniform(&c->chance) < p->world->restarts)
            memset(x->now, 0, sizeof x->now);
    }
}

static void
fill_snapshot(struct bench_counters *c, const struct bench_world *w, int64_t now_ms)
{
    struct snapshot *s = &c->snapshot;

    memset(s, 0, sizeof *s);
    s->at_ms = now_ms;
    for (int view = 0; view < VIEW_COUNT; view++) {
        s->view[view].groups.at = c->groups[view];
        s->view[view].instances.at = c->instances[view];
    }
    for (uint32_t i = 0; i < PROXIES; i++) {
        struct proxy *x = &c->proxy[i];
        bool          pod = i < BENCH_WORLD_PODS;
        int           view = pod ? VIEW_ATTEMPT : VIEW_USER;

        if (pod && i >= pods_of(w))
            continue;
        c->instances[view][s->view[view].instances.n++] =
            (struct snapshot_instance){slice_of(x->name), x->scraped_ms};
        if (!pod || i < w->baseline_pods)
            add_series(c, (enum counts_view)view, x, BENCH_BASELINE);
        if (!pod || i >= w->baseline_pods)
            add_series(c, (enum counts_view)view, x, BENCH_CANARY);
    }
}

/* What had been served before, so that the bounds can be chosen from it. */
static void
count_past(struct bench_counters *c, const struct bench_play *p)
{
    struct bench_pod pods[BENCH_WORLD_PODS] = {0};
    double           n = p->world->rps * AN_HOUR_S / p->world->baseline_pods;

    for (uint32_t i = 0; i < p->world->baseline_pods; i++) {
        pods[i].requests = (uint64_t)n;
        pods[i].faults = (uint64_t)(n * p->world->faults);
        for (int j = 0; j < BENCH_LATENCY_MONITORED; j++)
            pods[i].over[j] = (uint64_t)(n * p->usual.over[p->monitored[j]]);
    }
    count_tick(c, p, pods);
}

void
bench_counters_start(struct bench_counters *c, const struct bench_play *p, uint64_t seed,
                     uint64_t number)
{
    const struct ledger_arms arms = {"v2", "v1"};
    static struct interval   unused;
    struct ledger_sight      sight;
    enum ledger_outcome      outcome;
    enum verdict_reason      reason;
    struct err               err = {0};

    ledger_free(c->ledger);
    memset(c, 0, sizeof *c);
    c->ledger = ledger_new(&arms);
    sim_chance_seed(&c->chance, seed, COUNTERS + number);
    for (uint32_t i = 0; i < PROXIES; i++)
        snprintf(c->proxy[i].name, sizeof c->proxy[i].name, "%s-%02u",
                 i < BENCH_WORLD_PODS ? "pod" : "caller", i);
    count_past(c, p);
    scrape(c, p, BENCH_INTERVAL_T0);
    fill_snapshot(c, p->world, BENCH_INTERVAL_T0);
    if (ledger_apply(c->ledger, &c->snapshot, &outcome, &unused, &sight, &reason, &err) !=
        STATUS_OK)
        abort();
}

bool
bench_counters_scrape(struct bench_counters *c, const struct bench_play *p,
                      const struct bench_tick *t, struct interval *out, struct ledger_sight *sight,
                      enum verdict_reason *blind)
{
    int64_t             now_ms = BENCH_INTERVAL_T0 + t->end_ms;
    enum ledger_outcome outcome;
    struct err          err = {0};

    count_tick(c, p, t->pod);
    scrape(c, p, now_ms);
    fill_snapshot(c, p->world, now_ms);
    *blind = REASON_NONE;
    if (ledger_apply(c->ledger, &c->snapshot, &outcome, out, sight, blind, &err) != STATUS_OK)
        return false;
    return outcome == LEDGER_CLOSED;
}
