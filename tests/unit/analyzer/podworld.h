/* podworld.h - seeded traffic on pods, with the trouble that pods make. */
#ifndef TESTS_UNIT_ANALYZER_PODWORLD_H
#define TESTS_UNIT_ANALYZER_PODWORLD_H

#include "analyzer/interval.h"
#include "analyzer/thinning.h"
#include "tests/support/check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PODWORLD_MOST = 16, PODWORLD_TICK_MS = 5000, PODWORLD_BOUNDS = 4 };

/* Pods 0 .. canary - 1 are the canary's. */
struct podworld {
    struct thinning chance;
    uint32_t        pods, canary;
    double          per_s;        /* requests of the service */
    double          weight;       /* the canary's share; without one not read */
    double          faulty;       /* share of requests */
    double          worse;        /* the canary's faults, times the baseline's */
    double          every_s;      /* mean time between episodes; 0: none */
    double          episode_s;    /* length of one */
    double          sick, slower; /* a sick pod's faults and slow requests, times */
    int             ill;          /* the sick pod, -1 none */
    int64_t         well_ms, now_ms;
};

/* Shares of requests over the bounds, as of a lognormal service. */
static const double podworld_over[PODWORLD_BOUNDS] = {.3, .08, .01, .001};

static inline uint64_t
podworld_poisson(struct podworld *w, double mean)
{
    /* Of very many chances; the difference to Poisson's law is under 1e-6 of mean. */
    return thinning_keep(&w->chance, UINT64_C(1) << 40, mean / (double)(UINT64_C(1) << 40));
}

static inline void
podworld_episode(struct podworld *w)
{
    if (w->now_ms >= w->well_ms)
        w->ill = -1;
    if (w->ill < 0 && w->every_s > 0 &&
        thinning_uniform(&w->chance) < PODWORLD_TICK_MS / 1000. / w->every_s) {
        w->ill = (int)(thinning_uniform(&w->chance) * w->pods);
        w->well_ms = w->now_ms + (int64_t)(w->episode_s * 1000);
    }
}

static inline void
podworld_serve(struct podworld *w, uint32_t k, struct interval_pod *pod)
{
    bool   canary = k < w->canary, ill = w->ill == (int)k;
    double share =
        canary ? w->weight / w->canary : (1 - (w->canary ? w->weight : 0)) / (w->pods - w->canary);
    double p = w->faulty * (canary ? w->worse : 1) * (ill ? w->sick : 1), above = 1;

    pod->requests = podworld_poisson(w, w->per_s * PODWORLD_TICK_MS / 1000 * share);
    pod->faults = thinning_keep(&w->chance, pod->requests, fmin(p, 1));
    pod->timed = pod->requests;
    for (int b = 0; b < PODWORLD_BOUNDS; b++) {
        double over = fmin(podworld_over[b] * (ill ? w->slower : 1), .9);

        pod->over[b] =
            thinning_keep(&w->chance, b ? pod->over[b - 1] : pod->timed, fmin(over / above, 1));
        above = over;
    }
}

static inline void
podworld_init(struct podworld *w, struct interval *i, uint64_t seed)
{
    static const double le_ms[PODWORLD_BOUNDS + 1] = {50, 100, 250, 500, INFINITY};

    w->chance.state = seed;
    w->ill = -1;
    w->now_ms = 1000 * PODWORLD_TICK_MS;
    *i = (struct interval){.present[VIEW_ATTEMPT] = true, .n_versions = w->canary ? 2 : 1};
    i->bounds[VIEW_ATTEMPT].n = PODWORLD_BOUNDS + 1;
    memcpy(i->bounds[VIEW_ATTEMPT].le_ms, le_ms, sizeof le_ms);
    i->monitored[VIEW_ATTEMPT].n = PODWORLD_BOUNDS;
    memcpy(i->monitored[VIEW_ATTEMPT].le_ms, le_ms, sizeof le_ms - sizeof le_ms[0]);
    snprintf(i->versions[0].name, sizeof i->versions[0].name, "v1");
    snprintf(i->versions[1].name, sizeof i->versions[1].name, "v2");
    i->versions[0].arm = ARM_BASELINE;
    i->versions[1].arm = ARM_CANARY;
    i->n_pods = w->pods;
    for (uint32_t k = 0; k < w->pods; k++) {
        struct interval_pod *pod = &i->pods[k];

        snprintf(pod->name, sizeof pod->name, "pod-%02u", k);
        pod->version = k < w->canary;
        pod->arm = k < w->canary ? ARM_CANARY : ARM_BASELINE;
    }
}

/* Arms and buckets of the attempt view as the pods add up. */
static inline void
podworld_sum(struct interval *i)
{
    memset(i->arm[VIEW_ATTEMPT], 0, sizeof i->arm[VIEW_ATTEMPT]);
    for (uint32_t k = 0; k < i->n_pods; k++) {
        const struct interval_pod *pod = &i->pods[k];
        struct counts             *c = &i->arm[VIEW_ATTEMPT][pod->arm];
        uint64_t                   above = pod->timed;

        c->by_class[CLASS_OK] += pod->requests - pod->faults;
        c->by_class[CLASS_APP] += pod->faults;
        c->client_errors += pod->client_errors;
        c->no_response += pod->no_response;
        c->by_class[CLASS_CLIENT] += pod->no_response;
        for (int b = 0; b < PODWORLD_BOUNDS; b++) {
            c->bucket[b] += above - pod->over[b];
            above = pod->over[b];
        }
        c->bucket[PODWORLD_BOUNDS] += above;
    }
}

/* The next interval. */
static inline void
podworld_tick(struct podworld *w, struct interval *i)
{
    podworld_episode(w);
    for (uint32_t k = 0; k < w->pods; k++)
        podworld_serve(w, k, &i->pods[k]);
    podworld_sum(i);
    i->start_ms = w->now_ms;
    w->now_ms += PODWORLD_TICK_MS;
    i->end_ms = w->now_ms;
}

#endif
