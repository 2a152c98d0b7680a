#include "tests/bench/canarybench/bench_cell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const roles[] = {
    [BENCH_ROLE_NULL] = "null",           [BENCH_ROLE_NOISE] = "noise",
    [BENCH_ROLE_TOLERABLE] = "tolerable", [BENCH_ROLE_BEYOND] = "beyond",
    [BENCH_ROLE_HARM] = "harm",           [BENCH_ROLE_SMALL] = "small",
    [BENCH_ROLE_BROKEN] = "broken"};

const char *
bench_cell_role_text(enum bench_role r)
{
    return roles[r];
}

enum { MOST_GROUPS = 256, HALF_AN_HOUR_S = 1800, HOUR_S = 3600 };

static struct bench_group groups[MOST_GROUPS];
static size_t             n_groups;

/* EFFECT(name, text, faults added, faults times, latency times, slow share, slow by,
 * onset, until, one pod) */
enum effect {
#define EFFECT(name, text, add, times, latency, share, by, onset, until, one) EFFECT_##name,
#include "tests/bench/canarybench/bench_effect.def"
    EFFECT_COUNT
};

static const struct {
    const char         *text;
    struct bench_effect what;
} effects[EFFECT_COUNT] = {
#define EFFECT(name, text, add, times, latency, share, by, onset, until, one)                      \
    {text, {add, times, latency, share, by, onset, until, one}},
#include "tests/bench/canarybench/bench_effect.def"
};

/* The service that the rest are variations of: 100 requests/s on 1 + 9 pods at
 * 10 %, 0.5 % faults, 1 % 4xx, median 60 ms. */
static struct bench_world
usual_world(void)
{
    return (struct bench_world){.rps = 100,
                                .weight = {.1, .1, .1, .1},
                                .canary_pods = 1,
                                .baseline_pods = 9,
                                .faults = .005,
                                .client_errors = .01,
                                .latency = {.median_ms = 60, .sigma = .6, .times = 1}};
}

static struct bench_group *
group(const char *family, const struct bench_world *w, const char *name)
{
    struct bench_group *g = &groups[n_groups++];

    if (n_groups > MOST_GROUPS)
        abort();
    *g =
        (struct bench_group){.family = family, .world = *w, .horizon_s = HALF_AN_HOUR_S, .more = 1};
    snprintf(g->name, sizeof g->name, "%s %s", family, name);
    return g;
}

/* Worse than policy allows on the pass side, in the error rate or at some bound. */
static enum bench_role
role_of(const struct bench_world *w, const struct bench_effect *e, enum bench_role good)
{
    double one = e->one_pod ? 1. / w->canary_pods : 1;
    double more = one * (w->faults * (e->faults_times - 1) + e->faults_add);

    if (more <= 0 && e->latency_times == 1 && e->slow_share == 0)
        return good;
    if (e->latency_times > 1 || e->slow_share > 0)
        return BENCH_ROLE_HARM;
    return w->faults + more > 1.5 * w->faults + .001 ? BENCH_ROLE_HARM : BENCH_ROLE_SMALL;
}

static struct bench_cell *
cell(struct bench_group *g, enum effect e, enum bench_role good)
{
    struct bench_cell *c = &g->cells[g->n++];

    if (g->n > BENCH_CELL_MOST)
        abort();
    c->effect = effects[e].what;
    c->effect_name = effects[e].text;
    c->role = role_of(&g->world, &c->effect, good);
    c->ratio = NAN;
    if (c->effect.latency_times == 1 && c->effect.slow_share == 0)
        c->ratio = g->world.faults > 0
                       ? c->effect.faults_times + c->effect.faults_add / g->world.faults
                       : INFINITY;
    return c;
}

static void
set_weight(struct bench_world *w, double weight)
{
    for (int stage = 0; stage < BENCH_WORLD_STAGES; stage++)
        w->weight[stage] = weight;
}

static const double ramp[BENCH_WORLD_STAGES] = {.05, .10, .25, .50};

/* Rates, weights, base rates and regressions, each with each. */
static void
add_error_grid(bool quick)
{
    static const double      rps[] = {1, 10, 100, 1000, 10000}, weights[] = {.01, .05, .20, 0};
    static const double      bases[] = {0, .0001, .001, .01};
    static const enum effect worse[] = {EFFECT_ADD_01, EFFECT_ADD_05, EFFECT_ADD_2,
                                        EFFECT_ADD_10, EFFECT_X2,     EFFECT_X10};

    for (size_t r = 0; r < ARRAY_LEN(rps); r++)
        for (size_t v = 0; v < ARRAY_LEN(weights); v++)
            for (size_t b = 0; b < ARRAY_LEN(bases); b++) {
                struct bench_world  w = usual_world();
                struct bench_group *g;
                char                name[64], weight[24] = "5-50 %";

                if (quick && (rps[r] != 100 || v % 2 == 0 || b % 2 != 0))
                    continue;
                w.rps = rps[r];
                w.users_only = true;
                w.baseline_pods = 1;
                w.faults = bases[b];
                set_weight(&w, weights[v]);
                if (weights[v] == 0)
                    memcpy(w.weight, ramp, sizeof ramp);
                else
                    snprintf(weight, sizeof weight, "%g %%", weights[v] * 100);
                snprintf(name, sizeof name, "%g/s %s base %g %%", w.rps, weight, w.faults * 100);
                g = group("errors", &w, name);
                (void)cell(g, EFFECT_NONE, BENCH_ROLE_NULL);
                for (size_t e = 0; e < ARRAY_LEN(worse); e++)
                    if (w.faults > 0 || effects[worse[e]].what.faults_add > 0)
                        (void)cell(g, worse[e], BENCH_ROLE_NULL);
            }
}

/* What troubles pods. */
static const struct {
    const char      *name;
    enum bench_noise noise;
    double           cv, memory_s;
} noises[] = {
    {"no noise", BENCH_NOISE_NONE, 0, 0},
    {"bad-pod episodes", BENCH_NOISE_EPISODES, 0, 0},
    {"bursts of 5", BENCH_NOISE_BURSTS, 0, 0},
    {"AR(1) cv .3, 50 s", BENCH_NOISE_DRIFT, .3, 50},
    {"giant bursts", BENCH_NOISE_GIANT, 0, 0},
    {"cv .3 each minute", BENCH_NOISE_DRIFT, .3, 0},
    {"AR(1) cv .5, 50 s", BENCH_NOISE_DRIFT, .5, 50},
    {"AR(1) cv .3, 8 min", BENCH_NOISE_DRIFT, .3, 480},
};

static const struct {
    const char *name;
    double      rps, weight;
    uint32_t    canary, baseline;
    unsigned    noises; /* so many of them */
} layouts[] = {
    {"100/s 1+9 pods 10 %", 100, .1, 1, 9, ARRAY_LEN(noises)},
    {"1000/s 1+9 pods 10 %", 1000, .1, 1, 9, 4},
    {"100/s 1+4 pods 10 %", 100, .1, 1, 4, 2},
    {"10/s 1+9 pods 10 %", 10, .1, 1, 9, 2},
    {"100/s 2+8 pods 20 %", 100, .2, 2, 8, 2},
};

static void
add_noise(bool quick)
{
    for (size_t l = 0; l < ARRAY_LEN(layouts); l++)
        for (size_t k = 0; k < layouts[l].noises; k++) {
            struct bench_world  w = usual_world();
            struct bench_group *g;
            char                name[64];
            bool                calm = noises[k].noise == BENCH_NOISE_NONE;

            if (quick && (l > 0 || k > 1))
                continue;
            w.rps = layouts[l].rps;
            set_weight(&w, layouts[l].weight);
            w.canary_pods = layouts[l].canary;
            w.baseline_pods = layouts[l].baseline;
            w.noise = noises[k].noise;
            w.drift_cv = noises[k].cv;
            w.drift_memory_s = noises[k].memory_s;
            snprintf(name, sizeof name, "%s, %s", layouts[l].name, noises[k].name);
            g = group("pods", &w, name);
            g->histories = g->tuned = true;
            g->more = quick ? 1 : 3;
            (void)cell(g, EFFECT_NONE, calm ? BENCH_ROLE_NULL : BENCH_ROLE_NOISE);
            (void)cell(g, EFFECT_X2, BENCH_ROLE_NULL);
            (void)cell(g, EFFECT_X4, BENCH_ROLE_NULL);
            (void)cell(g, EFFECT_LATENCY_15, BENCH_ROLE_NULL);
        }
}

/* What happens to both arms, or to what is scraped. */
static void
add_life(void)
{
    static const struct {
        const char *name;
        bool        daily, outage, route_mix, counters;
        double      lost_scrapes, restarts, warm_up_s;
        int64_t     scrape_ms;
    } kinds[] = {
        {"day and night", .daily = true},
        {"outage of both", .outage = true},
        {"route mix shifts", .route_mix = true},
        {"5 % of scrapes lost", .lost_scrapes = .05},
        {"scraped at 15 s", .scrape_ms = 15000},
        {"warm-up 1 min", .warm_up_s = 60},
        {"warm-up 5 min", .warm_up_s = 300},
        {"warm-up 5 min - warm_up 5m", .warm_up_s = 300},
        {"raw counters of both reporters", .counters = true},
        {"raw counters - 5 % of scrapes lost", .counters = true, .lost_scrapes = .05},
        {"raw counters - restarts every 10 min", .counters = true, .restarts = 1. / 120},
    };

    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        struct bench_world  w = usual_world();
        struct bench_group *g;
        bool                matched = strstr(kinds[k].name, "5m") != NULL;
        enum bench_role     good =
            kinds[k].warm_up_s > 60 && !matched ? BENCH_ROLE_BEYOND : BENCH_ROLE_NULL;

        w.daily = kinds[k].daily;
        w.outage = kinds[k].outage;
        w.route_mix = kinds[k].route_mix;
        w.counters = kinds[k].counters;
        w.lost_scrapes = kinds[k].lost_scrapes;
        w.restarts = kinds[k].restarts;
        w.warm_up_s = kinds[k].warm_up_s;
        w.scrape_ms = kinds[k].scrape_ms;
        g = group("life", &w, kinds[k].name);
        g->coverage = true;
        g->policy = matched ? BENCH_POLICY_WARM_5M : BENCH_POLICY_DEFAULT;
        (void)cell(g, EFFECT_NONE, good);
        (void)cell(g, EFFECT_X4, good);
        if (!w.counters)
            (void)cell(g, EFFECT_LATENCY_15, good);
    }
}

/* Shapes of latency, each at three rates. */
static void
add_latency(bool quick)
{
    static const double      rps[] = {10, 100, 1000};
    static const enum effect worse[] = {EFFECT_LATENCY_11, EFFECT_LATENCY_13, EFFECT_TAIL_1,
                                        EFFECT_TAIL_4, EFFECT_BIMODAL};

    for (size_t r = quick ? 1 : 0; r < (quick ? 2 : ARRAY_LEN(rps)); r++) {
        struct bench_world  w = usual_world();
        struct bench_group *g;
        char                name[64];

        w.rps = rps[r];
        set_weight(&w, .05);
        snprintf(name, sizeof name, "%g/s 5 %%", w.rps);
        g = group("latency", &w, name);
        g->coverage = true;
        (void)cell(g, EFFECT_NONE, BENCH_ROLE_NULL);
        cell(g, EFFECT_LATENCY_105, BENCH_ROLE_NULL)->role = BENCH_ROLE_TOLERABLE;
        for (size_t e = 0; e < ARRAY_LEN(worse); e++)
            (void)cell(g, worse[e], BENCH_ROLE_NULL);
        g->cells[2].role = BENCH_ROLE_SMALL; /* +10 % */
    }
}

/* All latencies inside one bucket, (100, 250]: what moves there nobody can see. */
static void
add_one_bucket(void)
{
    struct bench_world  w = usual_world();
    struct bench_group *g;

    w.latency.median_ms = 150;
    w.latency.sigma = .1;
    g = group("latency", &w, "inside one bucket");
    (void)cell(g, EFFECT_NONE, BENCH_ROLE_NULL);
    cell(g, EFFECT_LATENCY_13, BENCH_ROLE_NULL)->role = BENCH_ROLE_SMALL;
}

/* A regression that the margins allow. */
static void
add_tolerable(void)
{
    static const struct {
        double rps, faults;
    } at[] = {{100, .005}, {1000, .005}, {100, .001}, {1000, .001}};

    for (size_t k = 0; k < ARRAY_LEN(at); k++) {
        struct bench_world  w = usual_world();
        struct bench_group *g;
        char                name[64];

        w.rps = at[k].rps;
        w.faults = at[k].faults;
        snprintf(name, sizeof name, "%g/s base %g %%", w.rps, w.faults * 100);
        g = group("margin", &w, name);
        g->coverage = true;
        cell(g, EFFECT_WITHIN, BENCH_ROLE_NULL)->role = BENCH_ROLE_TOLERABLE;
    }
}

/* Where on the rollout or the canary the fault sits. */
static void
add_places(void)
{
    struct bench_world  w = usual_world();
    struct bench_group *g;

    w.faults = .001;
    g = group("place", &w, "an hour");
    g->horizon_s = HOUR_S;
    (void)cell(g, EFFECT_NONE, BENCH_ROLE_NULL);
    (void)cell(g, EFFECT_LATE, BENCH_ROLE_NULL);
    g = group("place", &w, "half an hour");
    (void)cell(g, EFFECT_TRANSIENT, BENCH_ROLE_NULL);
    (void)cell(g, EFFECT_ONE_ROUTE, BENCH_ROLE_NULL);
    w.canary_pods = 5;
    w.baseline_pods = 15;
    set_weight(&w, .25);
    g = group("place", &w, "5+15 pods 25 %");
    (void)cell(g, EFFECT_NONE, BENCH_ROLE_NULL);
    (void)cell(g, EFFECT_ONE_POD, BENCH_ROLE_NULL);
}

/* Objectives have no robust half of their own: the sum that holds them is what is
 * calibrated. */
static void
add_objectives(void)
{
    static const enum bench_noise kinds[] = {BENCH_NOISE_NONE, BENCH_NOISE_BURSTS,
                                             BENCH_NOISE_EPISODES, BENCH_NOISE_DRIFT};
    static const char *const      names[] = {"no noise", "bursts of 5", "bad-pod episodes",
                                             "AR(1) cv .3, 50 s"};

    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        struct bench_world  w = usual_world();
        struct bench_group *g;

        w.noise = kinds[k];
        w.drift_cv = .3;
        w.drift_memory_s = 50;
        g = group("slo", &w, names[k]);
        g->policy = BENCH_POLICY_SLO;
        g->histories = true;
        g->more = 3;
        (void)cell(g, EFFECT_NONE, k == 0 ? BENCH_ROLE_NULL : BENCH_ROLE_NOISE);
        (void)cell(g, EFFECT_X4, BENCH_ROLE_NULL);
    }
}

static void
add_broken(void)
{
    static const char *const names[BENCH_FAULT_COUNT] = {
        [BENCH_FAULT_UNREACHABLE] = "source unreachable",
        [BENCH_FAULT_STALE] = "samples stand still",
        [BENCH_FAULT_NO_INSTANCE] = "no instance label",
        [BENCH_FAULT_BUCKETS] = "bucket bounds differ",
        [BENCH_FAULT_INDISTINGUISHABLE] = "versions unknown",
        [BENCH_FAULT_CANARY_GONE] = "canary's series gone",
        [BENCH_FAULT_NO_CANARY_TRAFFIC] = "no canary traffic",
        [BENCH_FAULT_WEIGHT_IGNORED] = "weight not honoured"};

    for (int f = BENCH_FAULT_NONE + 1; f < BENCH_FAULT_COUNT; f++) {
        struct bench_world  w = usual_world();
        struct bench_group *g;

        w.fault = (enum bench_fault)f;
        g = group("broken", &w, names[f]);
        cell(g, EFFECT_NONE, BENCH_ROLE_NULL)->role = BENCH_ROLE_BROKEN;
    }
}

const struct bench_group *
bench_cell_groups(enum bench_grid grid, size_t *n)
{
    bool quick = grid == BENCH_GRID_QUICK;

    if (n_groups == 0) {
        add_noise(quick);
        add_objectives();
        add_error_grid(quick);
        add_life();
        add_latency(quick);
        add_one_bucket();
        add_tolerable();
        add_places();
        add_broken();
    }
    *n = n_groups;
    return groups;
}
