#include "tests/bench/canarybench/bench_interval.h"

#include <stdio.h>
#include <string.h>

static void
fill_bounds(struct interval *i, const struct bench_play *p)
{
    for (int view = 0; view < VIEW_COUNT; view++) {
        i->present[view] = view == VIEW_USER || !p->world->users_only;
        i->bounds[view].n = BENCH_LATENCY_BUCKETS;
        for (int k = 0; k < BENCH_LATENCY_BUCKETS; k++)
            i->bounds[view].le_ms[k] = bench_latency_bound(k);
        i->monitored[view].n = BENCH_LATENCY_MONITORED;
        for (int j = 0; j < BENCH_LATENCY_MONITORED; j++)
            i->monitored[view].le_ms[j] = bench_latency_bound(p->monitored[j]);
    }
}

static void
fill_arm(struct counts *c, const struct bench_pod *arm,
         const uint64_t bucket[BENCH_LATENCY_BUCKETS])
{
    memset(c, 0, sizeof *c);
    c->by_class[CLASS_OK] = arm->requests - arm->faults;
    c->by_class[CLASS_APP] = arm->faults;
    c->client_errors = arm->client_errors;
    memcpy(c->bucket, bucket, BENCH_LATENCY_BUCKETS * sizeof *bucket);
}

static void
fill_pod(struct interval_pod *to, const struct bench_pod *from)
{
    to->requests = to->timed = from->requests;
    to->faults = from->faults;
    to->client_errors = from->client_errors;
    memcpy(to->over, from->over, sizeof to->over);
}

/* Names are sorted as the pods are: the baseline's first. */
static void
name_all(struct interval *i, const struct bench_play *p)
{
    static const char *const names[ARM_COUNT] = {"v2", "v1"};
    uint32_t                 baseline = p->world->baseline_pods;

    i->n_versions = ARM_COUNT;
    for (int arm = 0; arm < ARM_COUNT; arm++) {
        snprintf(i->versions[arm].name, sizeof i->versions[arm].name, "%s", names[arm]);
        i->versions[arm].arm = (int8_t)arm;
    }
    i->n_pods = p->world->users_only ? 0 : baseline + (p->before ? 0 : p->world->canary_pods);
    for (uint32_t pod = 0; pod < i->n_pods; pod++) {
        bool canary = pod >= baseline;

        snprintf(i->pods[pod].name, sizeof i->pods[pod].name, "reviews-%s-%02u",
                 names[canary ? ARM_CANARY : ARM_BASELINE], pod);
        i->pods[pod].arm = canary ? ARM_CANARY : ARM_BASELINE;
        i->pods[pod].version = i->pods[pod].arm;
    }
}

void
bench_interval_fill(struct interval *i, const struct bench_play *p, const struct bench_tick *t)
{
    _Static_assert((int)BENCH_LATENCY_MONITORED == INTERVAL_MONITORED, "one array for both");
    _Static_assert((int)BENCH_CANARY == ARM_CANARY && (int)BENCH_BASELINE == ARM_BASELINE,
                   "arms are numbered alike");
    i->start_ms = BENCH_INTERVAL_T0 + t->start_ms;
    i->end_ms = BENCH_INTERVAL_T0 + t->end_ms;
    if (t->start_ms == 0) {
        fill_bounds(i, p);
        name_all(i, p);
    }
    for (int view = 0; view < VIEW_COUNT; view++)
        for (int arm = 0; i->present[view] && arm < ARM_COUNT; arm++)
            fill_arm(&i->arm[view][arm], &t->arm[arm], t->bucket[arm]);
    for (uint32_t pod = 0; pod < i->n_pods; pod++)
        fill_pod(&i->pods[pod], &t->pod[pod]);
}
