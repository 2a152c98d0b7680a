/* bench_world.h - a made-up service and what happens to it, interval by interval.
 *
 * Requests live on pods.  All that is drawn comes from one seed, so that each
 * rollout of a cell is the same in every run and whichever worker plays it. */
#ifndef CANARYBENCH_BENCH_WORLD_H
#define CANARYBENCH_BENCH_WORLD_H

#include "tests/bench/canarybench/bench_draw.h"
#include "tests/bench/canarybench/bench_latency.h"

enum { BENCH_WORLD_PODS = 20, BENCH_WORLD_STAGES = 4, BENCH_WORLD_TICK_MS = 5000 };

/* When telemetry breaks. */
enum { BENCH_WORLD_BREAKS_MS = 300000 };

/* What disturbs pods one by one. */
enum bench_noise {
    BENCH_NOISE_NONE,
    BENCH_NOISE_BURSTS, /* faults come in clusters of geometric size, mean 5 */
    BENCH_NOISE_GIANT, /* every 10 min one pod gets 30 % more requests, all faulty, in one interval */
    BENCH_NOISE_EPISODES, /* every 10 min one pod for 60 s: faults x10, latency x3 */
    BENCH_NOISE_DRIFT,    /* lognormal AR(1) level of faults on each pod */
};

/* What is wrong with the telemetry, from BENCH_WORLD_BREAKS_MS on. */
enum bench_fault {
    BENCH_FAULT_NONE,
    BENCH_FAULT_UNREACHABLE,       /* the source does not answer */
    BENCH_FAULT_STALE,             /* it answers with samples that do not advance */
    BENCH_FAULT_NO_INSTANCE,       /* series lost their instance label */
    BENCH_FAULT_BUCKETS,           /* arms with other bucket bounds */
    BENCH_FAULT_INDISTINGUISHABLE, /* all versions read "unknown" */
    BENCH_FAULT_CANARY_GONE,       /* the canary's series are gone */
    BENCH_FAULT_NO_CANARY_TRAFFIC, /* from the start: series, and no requests */
    BENCH_FAULT_WEIGHT_IGNORED,    /* from the start: 0.3 % arrives, whatever weight is set */
    BENCH_FAULT_COUNT
};

struct bench_world {
    double   rps;
    double   weight[BENCH_WORLD_STAGES]; /* share of the canary, in equal stages of the rollout */
    uint32_t canary_pods, baseline_pods;
    double   faults;        /* share of requests, both arms */
    double   client_errors; /* 4xx, likewise */
    struct bench_latency latency;

    enum bench_noise noise;
    double drift_cv, drift_memory_s; /* of BENCH_NOISE_DRIFT; memory 0: anew each minute */

    /* Common to both arms. */
    bool   daily;     /* traffic x(1 +- .5) and latency up to +40 % over the rollout */
    bool   outage;    /* 2 min at a random time: faults x20 */
    bool   route_mix; /* a route with 10 times the faults grows from 2 % to 20 % of requests */
    double warm_up_s; /* the canary alone: faults x5 and latency x1.5 for so long */

    /* Telemetry. */
    bool             users_only;   /* callers report, servers do not: no pods are seen */
    bool             counters;     /* played as raw counters, through the ledger */
    double           restarts;     /* share of a proxy's scrapes after which it counts from 0 */
    double           lost_scrapes; /* share of a pod's scrapes; its counts come with the next */
    int64_t          scrape_ms; /* pods are scraped so often, each at a time of its own; 0: 5 s */
    enum bench_fault fault;
};

/* What the new version does; all zero but the times: nothing. */
struct bench_effect {
    double faults_add, faults_times;
    double latency_times, slow_share, slow_by;
    double onset_s, until_s; /* until 0: to the end */
    bool   one_pod;          /* on one of the canary's pods only */
};

/* Whether it makes anything worse, to the rollout's end. */
bool bench_world_worsens(const struct bench_effect *e);

struct bench_pod {
    uint64_t requests, faults, client_errors;
    uint64_t over[BENCH_LATENCY_MONITORED]; /* slower than each monitored bound */
};

enum bench_arm { BENCH_CANARY, BENCH_BASELINE, BENCH_ARMS };

/* One interval as the scrapes show it, and the truth behind it. */
struct bench_tick {
    int64_t          start_ms, end_ms;      /* from the rollout's start */
    double           weight;                /* as set */
    struct bench_pod pod[BENCH_WORLD_PODS]; /* the baseline's first */
    struct bench_pod arm[BENCH_ARMS];
    uint64_t         bucket[BENCH_ARMS][BENCH_LATENCY_BUCKETS];
    uint64_t         served; /* by the canary, whatever was scraped */
    double           excess; /* bad ones of those that the baseline would have served well,
                                expected: faults, and slow as bench_play.slow says */
    /* Of the canary without its effect and with it, pods' noise aside. */
    double fault_rate[2], over_rate[2][BENCH_LATENCY_MONITORED];
};

struct bench_play {
    const struct bench_world  *world;
    const struct bench_effect *effect;
    double                     horizon_s;
    bool                       before; /* the rollout: all traffic is the baseline's */
    struct sim_chance          chance;
    int64_t                    at_ms;
    int                        monitored[BENCH_LATENCY_MONITORED]; /* bounds, by number */
    int                        slow; /* of those: the first that at most 5 % are over */
    struct bench_latency_law   usual, changed, sick, warming;
    double                     outage_s, sick_until_s;
    uint32_t                   sick_pod;
    double                     level[BENCH_WORLD_PODS], deviate[BENCH_WORLD_PODS];
    struct bench_pod           unseen[BENCH_WORLD_PODS]; /* served and not scraped yet */
};

/* world and effect are borrowed. */
void bench_world_start(struct bench_play *p, const struct bench_world *w,
                       const struct bench_effect *e, double horizon_s, bool before, uint64_t seed,
                       uint64_t stream);

/* The next interval: BENCH_WORLD_TICK_MS long, or scrape_ms. */
void bench_world_next(struct bench_play *p, struct bench_tick *t);

/* The same interval of an equal baseline: as many of the baseline's pods as the
 * canary has, with its share of traffic where they have more. */
void bench_world_equal(struct bench_play *p, const struct bench_tick *t, struct bench_pod *equal,
                       uint64_t bucket[BENCH_LATENCY_BUCKETS]);

int64_t bench_world_tick_ms(const struct bench_world *w);

#endif
