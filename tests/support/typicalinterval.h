/* typicalinterval.h - what an interval of a rollout on Istio looks like, for sizes and times. */
#ifndef TESTS_SUPPORT_TYPICALINTERVAL_H
#define TESTS_SUPPORT_TYPICALINTERVAL_H

#include "analyzer/interval_pod.h"
#include "tests/support/prng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Envoy's default bounds. */
static const double typicalinterval_le_ms[] = {
    0.5,  1,    5,     10,    25,    50,     100,    250,     500,     1000,
    2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000, 3600000, (double)INFINITY};

static inline int
typicalinterval_by_pod(const void *a, const void *b)
{
    return interval_pod_compare(a, b);
}

/* Five seconds of one service at about 100 requests per second as Istio tells
 * them: both views, two versions, Envoy's bounds, a few errors. */
static inline void
typicalinterval_make(struct prng *r, struct interval *i)
{
    static const struct {
        uint8_t     view;
        const char *code, *flags;
        uint64_t    n;
    } cell[] = {
        {VIEW_USER, "200", "-", 480},    {VIEW_USER, "404", "-", 9},
        {VIEW_USER, "503", "UF,URX", 3}, {VIEW_USER, "504", "UT", 2},
        {VIEW_ATTEMPT, "200", "-", 485}, {VIEW_ATTEMPT, "0", "DC", 4},
    };
    const char *name[] = {"7d4b9c5f6d", "5f8c7b6d9e"};

    *i = (struct interval){.start_ms = 1795385405120, .n_versions = 2, .instances = 14};
    i->end_ms = i->start_ms + 15000 + (int64_t)prng_below(r, 20);
    for (uint32_t k = 0; k < 2; k++) {
        snprintf(i->versions[k].name, sizeof i->versions[k].name, "%s", name[k]);
        i->versions[k].arm = (int8_t)k;
    }
    for (uint32_t v = 0; v < VIEW_COUNT; v++) {
        i->present[v] = true;
        i->bounds[v].n = ARRAY_LEN(typicalinterval_le_ms);
        memcpy(i->bounds[v].le_ms, typicalinterval_le_ms, sizeof typicalinterval_le_ms);
        for (uint32_t k = 0; k < 2; k++)
            for (uint32_t b = 3; b < 10; b++)
                i->versions[k].at[v].bucket[b] = 1 + prng_below(r, k ? 400 : 60);
    }
    for (uint32_t k = 0; k < 2 * ARRAY_LEN(cell); k++) {
        struct interval_cell *c = &i->cells[i->n_cells++];

        c->view = cell[k / 2].view;
        c->version = k % 2;
        snprintf(c->code, sizeof c->code, "%s", cell[k / 2].code);
        snprintf(c->flags, sizeof c->flags, "%s", cell[k / 2].flags);
        c->n = 1 + prng_below(r, cell[k / 2].n * (k % 2 ? 1 : 8));
    }
    interval_recount(i);
}

/* Its servers' proxies: 4 pods of the canary, 12 of the baseline. */
static inline void
typicalinterval_pods(struct prng *r, struct interval *i)
{
    i->monitored[VIEW_ATTEMPT].n = INTERVAL_MONITORED;
    memcpy(i->monitored[VIEW_ATTEMPT].le_ms, &typicalinterval_le_ms[5],
           INTERVAL_MONITORED * sizeof typicalinterval_le_ms[0]);
    i->monitored[VIEW_USER] = i->monitored[VIEW_ATTEMPT];
    i->n_pods = 16;
    for (uint32_t k = 0; k < i->n_pods; k++) {
        struct interval_pod *p = &i->pods[k];

        p->arm = k < 4 ? ARM_CANARY : ARM_BASELINE;
        p->version = p->arm;
        snprintf(p->name, sizeof p->name, "reviews-%s-%05x", i->versions[p->arm].name,
                 (unsigned)prng_below(r, 1 << 20));
        p->requests = p->timed = 100 + prng_below(r, 400);
        p->faults = prng_below(r, 3);
        for (uint32_t o = 0; o < 3; o++)
            p->over[o] = p->timed >> (2 + 2 * o);
    }
    qsort(i->pods, i->n_pods, sizeof i->pods[0], typicalinterval_by_pod);
}

#endif
