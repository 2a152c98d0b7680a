#include "tests/bench/canarybench/bench_coverage.h"

#include <math.h>

/* The product shows 95 %. */
#define ALPHA .05

enum { MINUTE_MS = 60000 };

bool
bench_coverage_applies(const struct bench_world *w, const struct bench_effect *e)
{
    return w->noise == BENCH_NOISE_NONE && !w->daily && w->warm_up_s <= 0 && e->onset_s <= 0 &&
           e->until_s <= 0 && !e->one_pod && w->fault == BENCH_FAULT_NONE;
}

/* True p95 in (lower, upper]: more than 5 % are over the one, not over the other. */
static bool
misses_p95(const struct bench_coverage *c, const struct bench_play *p)
{
    struct counts_bounds b = {.n = BENCH_LATENCY_BUCKETS};
    struct confidence    is;
    bool                 missed = false;

    for (int k = 0; k < BENCH_LATENCY_BUCKETS; k++)
        b.le_ms[k] = bench_latency_bound(k);
    is = confidence_quantile(&b, c->bucket, .95, ALPHA);
    for (int k = 0; k < BENCH_LATENCY_BOUNDS; k++) {
        missed |= b.le_ms[k] == is.lower && p->changed.over[k] <= .05;
        missed |= b.le_ms[k] == is.upper && p->changed.over[k] > .05;
    }
    return missed;
}

static void
look(const struct bench_coverage *c, const struct bench_play *p, const struct bench_tick *t,
     struct bench_outcome *out)
{
    struct confidence share = confidence_share(c->faults, (uint64_t)c->n, ALPHA);
    struct confidence ratio = confidence_ratio_of(&c->ratio, ALPHA);
    double            mean = c->n > 0 ? c->expected / c->n : share.lower;
    double            times = t->fault_rate[0] > 0 ? t->fault_rate[1] / t->fault_rate[0] : NAN;

    out->covered = true;
    out->missed_share |= mean < share.lower || mean > share.upper;
    out->missed_ratio |= times < ratio.lower || times > ratio.upper;
    out->missed_p95 |= misses_p95(c, p);
}

void
bench_coverage_look(struct bench_coverage *c, const struct bench_play *p,
                    const struct bench_tick *t, struct bench_outcome *out)
{
    const struct bench_pod *canary = &t->arm[BENCH_CANARY], *other = &t->arm[BENCH_BASELINE];
    const struct pair       pair = {.n = {canary->requests, other->requests},
                                    .x = {canary->faults, other->faults}};

    c->n += (double)canary->requests;
    c->expected += (double)canary->requests * t->fault_rate[1];
    c->faults += canary->faults;
    for (int k = 0; k < BENCH_LATENCY_BUCKETS; k++)
        c->bucket[k] += t->bucket[BENCH_CANARY][k];
    confidence_ratio_apply(&c->ratio, &pair);
    if (t->end_ms % MINUTE_MS == 0)
        look(c, p, t, out);
}
