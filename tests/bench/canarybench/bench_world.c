#include "tests/bench/canarybench/bench_world.h"

#include <math.h>
#include <string.h>

/* What comes about every ten minutes, per tick. */
#define NOW_AND_THEN (BENCH_WORLD_TICK_MS / 600e3)

enum { EPISODE_S = 60, OUTAGE_S = 120, MINUTE_MS = 60000 };

bool
bench_world_worsens(const struct bench_effect *e)
{
    return e->until_s <= 0 &&
           (e->faults_add > 0 || e->faults_times > 1 || e->latency_times > 1 || e->slow_share > 0);
}

int64_t
bench_world_tick_ms(const struct bench_world *w)
{
    return w->scrape_ms ? w->scrape_ms : BENCH_WORLD_TICK_MS;
}

static uint32_t
pods_of(const struct bench_play *p)
{
    return p->world->baseline_pods + (p->before ? 0 : p->world->canary_pods);
}

/* The first bounds that at most half of the baseline's requests are over, as
 * the ledger chooses them. */
static void
choose_bounds(struct bench_play *p)
{
    int k = 0;

    while (k < BENCH_LATENCY_BOUNDS - BENCH_LATENCY_MONITORED && p->usual.over[k] > .5)
        k++;
    for (int j = 0; j < BENCH_LATENCY_MONITORED; j++)
        p->monitored[j] = k + j;
    while (p->slow < BENCH_LATENCY_MONITORED - 1 && p->usual.over[p->monitored[p->slow]] > .05)
        p->slow++;
}

/* daily: how much slower it is by now. */
static void
set_laws(struct bench_play *p, double daily)
{
    struct bench_latency l = p->world->latency;

    l.times *= daily;
    p->usual = bench_latency_law(&l);
    l.times *= 3;
    p->sick = bench_latency_law(&l);
    l.times *= .5;
    p->warming = bench_latency_law(&l);
    l = p->world->latency;
    l.times *= daily * p->effect->latency_times;
    if (p->effect->slow_share > 0) {
        l.slow_share = p->effect->slow_share;
        l.slow_by = p->effect->slow_by;
    }
    p->changed = bench_latency_law(&l);
}

static void
redraw_level(struct bench_play *p, uint32_t pod, double keep)
{
    double sd = sqrt(log1p(p->world->drift_cv * p->world->drift_cv));

    p->deviate[pod] =
        keep * p->deviate[pod] + sqrt(1 - keep * keep) * sim_chance_normal(&p->chance);
    p->level[pod] = exp(sd * p->deviate[pod] - sd * sd / 2);
}

void
bench_world_start(struct bench_play *p, const struct bench_world *w, const struct bench_effect *e,
                  double horizon_s, bool before, uint64_t seed, uint64_t stream)
{
    *p = (struct bench_play){.world = w, .effect = e, .horizon_s = horizon_s, .before = before};
    sim_chance_seed(&p->chance, seed, stream);
    set_laws(p, 1);
    choose_bounds(p);
    p->outage_s = w->outage ? sim_chance_uniform(&p->chance) * (horizon_s - OUTAGE_S) : INFINITY;
    for (uint32_t pod = 0; pod < BENCH_WORLD_PODS; pod++) {
        p->level[pod] = 1;
        if (w->noise == BENCH_NOISE_DRIFT)
            redraw_level(p, pod, 0);
    }
}

static void
move_noise(struct bench_play *p)
{
    const struct bench_world *w = p->world;
    double                    now_s = (double)p->at_ms / 1e3;

    if (w->noise == BENCH_NOISE_EPISODES && now_s >= p->sick_until_s &&
        sim_chance_uniform(&p->chance) < NOW_AND_THEN) {
        p->sick_pod = sim_chance_below(&p->chance, pods_of(p));
        p->sick_until_s = now_s + EPISODE_S;
    }
    if (w->noise != BENCH_NOISE_DRIFT)
        return;
    if (w->drift_memory_s <= 0 && p->at_ms % MINUTE_MS != 0)
        return;
    for (uint32_t pod = 0; pod < pods_of(p); pod++)
        redraw_level(p, pod,
                     w->drift_memory_s > 0 ? exp(-BENCH_WORLD_TICK_MS / 1e3 / w->drift_memory_s)
                                           : 0);
}

/* What holds for both arms in this step. */
struct common {
    double now_s, traffic, faults, weight;
    bool   effect, warming; /* on the canary */
};

static struct common
common_of(struct bench_play *p)
{
    const struct bench_world  *w = p->world;
    const struct bench_effect *e = p->effect;
    struct common c = {.now_s = (double)p->at_ms / 1e3, .traffic = 1, .faults = w->faults};
    double        part = fmin(c.now_s / p->horizon_s, .999999);

    c.weight = p->before ? 0 : w->weight[(int)(part * BENCH_WORLD_STAGES)];
    if (w->daily) {
        c.traffic += .5 * sin(2 * M_PI * part);
        set_laws(p, 1 + .4 * part);
    }
    if (w->route_mix)
        c.faults *= 1 + 9 * (.02 + .18 * part);
    if (c.now_s >= p->outage_s && c.now_s < p->outage_s + OUTAGE_S)
        c.faults *= 20;
    c.faults = fmin(c.faults, .9);
    c.effect = !p->before && c.now_s >= e->onset_s && (e->until_s <= 0 || c.now_s < e->until_s);
    c.warming = !p->before && c.now_s < w->warm_up_s;
    return c;
}

static double
with_effect(const struct bench_effect *e, double faults)
{
    return fmin(faults * e->faults_times + e->faults_add, 1);
}

static double
fault_rate(const struct bench_play *p, const struct common *c, uint32_t pod)
{
    bool   canary = pod >= p->world->baseline_pods;
    bool   hit = c->effect && canary && (!p->effect->one_pod || pod == p->world->baseline_pods);
    double rate = hit ? with_effect(p->effect, c->faults) : c->faults;

    if (canary && c->warming)
        rate *= 5;
    if (p->sick_pod == pod && c->now_s < p->sick_until_s)
        rate *= 10;
    return fmin(rate * p->level[pod], fmax(rate, .9));
}

static const struct bench_latency_law *
law_of(const struct bench_play *p, const struct common *c, uint32_t pod)
{
    bool canary = pod >= p->world->baseline_pods;

    if (p->sick_pod == pod && c->now_s < p->sick_until_s)
        return &p->sick;
    if (canary && c->warming)
        return &p->warming;
    if (canary && c->effect && (!p->effect->one_pod || pod == p->world->baseline_pods))
        return &p->changed;
    return &p->usual;
}

static uint64_t
draw_faults(struct bench_play *p, uint64_t requests, double rate)
{
    enum { MEAN_BURST = 5 };
    uint64_t bursts, faults = 0;

    if (p->world->noise != BENCH_NOISE_BURSTS)
        return bench_draw_binomial(&p->chance, requests, rate);
    bursts = bench_draw_binomial(&p->chance, requests, rate / MEAN_BURST);
    while (bursts-- > 0)
        faults += bench_draw_geometric(&p->chance, MEAN_BURST);
    return faults < requests ? faults : requests;
}

static void
serve(struct bench_play *p, const struct common *c, uint32_t pod, double share)
{
    const struct bench_latency_law *law = law_of(p, c, pod);
    struct bench_pod               *u = &p->unseen[pod];
    uint64_t                        left, faults;
    double                          mean = p->world->rps * BENCH_WORLD_TICK_MS / 1e3;
    double                          before = 1;

    left = bench_draw_poisson(&p->chance, mean * c->traffic * share);
    if (left == 0)
        return;
    u->requests += left;
    faults = draw_faults(p, left, fault_rate(p, c, pod));
    u->faults += faults;
    u->client_errors += bench_draw_binomial(&p->chance, left - faults, p->world->client_errors);
    for (int j = 0; j < BENCH_LATENCY_MONITORED && left > 0; j++) {
        double over = law->over[p->monitored[j]];

        left = bench_draw_binomial(&p->chance, left, before > 0 ? fmin(over / before, 1) : 0);
        u->over[j] += left;
        before = over;
    }
}

/* A load of faulty requests onto one pod, whatever its share of traffic. */
static void
giant_burst(struct bench_play *p)
{
    struct bench_pod *u;
    uint64_t          n;

    if (p->world->noise != BENCH_NOISE_GIANT || sim_chance_uniform(&p->chance) >= NOW_AND_THEN)
        return;
    u = &p->unseen[sim_chance_below(&p->chance, pods_of(p))];
    n = (uint64_t)(.3 * p->world->rps * BENCH_WORLD_TICK_MS / 1e3);
    u->requests += n;
    u->faults += n;
}

static void
note_truth(const struct bench_play *p, const struct common *c, uint64_t served,
           struct bench_tick *t)
{
    const struct bench_latency_law *law[] = {&p->usual, c->effect ? &p->changed : &p->usual};
    double                          share = p->effect->one_pod ? 1. / p->world->canary_pods : 1;

    t->fault_rate[0] = c->faults;
    t->fault_rate[1] = c->effect ? with_effect(p->effect, c->faults) : c->faults;
    for (int with = 0; with < 2; with++)
        for (int j = 0; j < BENCH_LATENCY_MONITORED; j++)
            t->over_rate[with][j] = law[with]->over[p->monitored[j]];
    t->served += served;
    t->excess += (double)served * share *
                 (fmax(t->fault_rate[1] - t->fault_rate[0], 0) +
                  fmax(t->over_rate[1][p->slow] - t->over_rate[0][p->slow], 0));
}

static void
pod_add(struct bench_pod *to, const struct bench_pod *from)
{
    to->requests += from->requests;
    to->faults += from->faults;
    to->client_errors += from->client_errors;
    for (int j = 0; j < BENCH_LATENCY_MONITORED; j++)
        to->over[j] += from->over[j];
}

/* Pods are scraped at times of their own, and some scrapes are lost. */
static bool
scraped(struct bench_play *p, uint32_t pod)
{
    const struct bench_world *w = p->world;
    int64_t                   period = bench_world_tick_ms(w);
    int64_t                   offset = (int64_t)pod * BENCH_WORLD_TICK_MS % period;

    if ((p->at_ms - offset) % period != 0)
        return false;
    if (w->counters) /* they are scraped by themselves */
        return true;
    return w->lost_scrapes <= 0 || sim_chance_uniform(&p->chance) >= w->lost_scrapes;
}

/* 5 s of life. */
static void
step(struct bench_play *p, struct bench_tick *t)
{
    const struct bench_world *w = p->world;
    struct common             c = common_of(p);
    uint64_t                  served = 0;

    move_noise(p);
    t->weight = c.weight;
    for (uint32_t pod = 0; pod < pods_of(p); pod++) {
        bool     canary = pod >= w->baseline_pods;
        double   arrives = w->fault == BENCH_FAULT_WEIGHT_IGNORED      ? .003
                           : w->fault == BENCH_FAULT_NO_CANARY_TRAFFIC ? 0
                                                                       : c.weight;
        uint64_t had = p->unseen[pod].requests;

        serve(p, &c, pod, canary ? arrives / w->canary_pods : (1 - arrives) / w->baseline_pods);
        if (canary)
            served += p->unseen[pod].requests - had;
    }
    giant_burst(p);
    note_truth(p, &c, served, t);
    p->at_ms += BENCH_WORLD_TICK_MS;
    for (uint32_t pod = 0; pod < pods_of(p); pod++)
        if (scraped(p, pod)) {
            pod_add(&t->pod[pod], &p->unseen[pod]);
            memset(&p->unseen[pod], 0, sizeof p->unseen[pod]);
        }
}

/* The arm's buckets from its exceedances; what is below the first monitored
 * bound is spread as the law says. */
static void
fill_buckets(struct bench_play *p, const struct bench_pod *arm, const struct bench_latency_law *law,
             uint64_t bucket[BENCH_LATENCY_BUCKETS])
{
    int      first = p->monitored[0], last = BENCH_LATENCY_MONITORED - 1;
    uint64_t left = arm->requests - arm->over[0];
    double   share = 1 - law->over[first];

    for (int k = 0; k < first && left > 0; k++) {
        double   here = (k ? law->over[k - 1] : 1) - law->over[k];
        uint64_t n = bench_draw_binomial(&p->chance, left, share > 0 ? fmin(here / share, 1) : 0);

        bucket[k] = n;
        left -= n;
        share -= here;
    }
    bucket[first] = left;
    for (int j = 0; j < last; j++)
        bucket[first + j + 1] = arm->over[j] - arm->over[j + 1];
    bucket[first + last + 1] = arm->over[last];
}

void
bench_world_next(struct bench_play *p, struct bench_tick *t)
{
    const struct bench_world *w = p->world;

    memset(t, 0, sizeof *t);
    t->start_ms = p->at_ms;
    t->end_ms = p->at_ms + bench_world_tick_ms(w);
    while (p->at_ms < t->end_ms)
        step(p, t);
    for (uint32_t pod = 0; pod < pods_of(p); pod++)
        pod_add(&t->arm[pod < w->baseline_pods ? BENCH_BASELINE : BENCH_CANARY], &t->pod[pod]);
    if (!p->before)
        for (int arm = 0; arm < BENCH_ARMS; arm++)
            fill_buckets(p, &t->arm[arm], arm == BENCH_CANARY ? &p->changed : &p->usual,
                         t->bucket[arm]);
}

void
bench_world_equal(struct bench_play *p, const struct bench_tick *t, struct bench_pod *equal,
                  uint64_t bucket[BENCH_LATENCY_BUCKETS])
{
    const struct bench_world *w = p->world;
    uint32_t         pods = w->canary_pods < w->baseline_pods ? w->canary_pods : w->baseline_pods;
    struct bench_pod all = {0};
    double           keep = t->weight * w->baseline_pods / ((1 - t->weight) * pods);
    uint64_t         left;

    memset(bucket, 0, BENCH_LATENCY_BUCKETS * sizeof *bucket);
    for (uint32_t pod = 0; pod < pods; pod++)
        pod_add(&all, &t->pod[pod]);
    left = bench_draw_binomial(&p->chance, all.requests - all.over[0], keep);
    for (int j = BENCH_LATENCY_MONITORED - 1; j >= 0; j--) {
        uint64_t more = j == BENCH_LATENCY_MONITORED - 1 ? 0 : all.over[j + 1];
        uint64_t here = bench_draw_binomial(&p->chance, all.over[j] - more, keep);

        equal->over[j] = here + (j == BENCH_LATENCY_MONITORED - 1 ? 0 : equal->over[j + 1]);
    }
    equal->requests = left + equal->over[0];
    equal->faults = bench_draw_binomial(&p->chance, all.faults, keep);
    if (equal->faults > equal->requests)
        equal->faults = equal->requests;
    fill_buckets(p, equal, &p->usual, bucket);
}
