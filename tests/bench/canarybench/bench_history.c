#include "tests/bench/canarybench/bench_history.h"

#include "analyzer/placebo.h"
#include "tests/bench/canarybench/bench_interval.h"

#include <string.h>

/* Pasts and rollouts of one seed do not share their chance. */
#define PASTS (UINT64_C(1) << 40)

static double
mean_weight(const struct bench_world *w)
{
    double sum = 0;

    for (int stage = 0; stage < BENCH_WORLD_STAGES; stage++)
        sum += w->weight[stage];
    return sum / BENCH_WORLD_STAGES;
}

static void
keep(struct calibration *record, const struct placebo *p)
{
    uint32_t                     n;
    const struct placebo_result *r = placebo_results(p, &n);

    for (uint32_t i = 0; i < n; i++)
        calibration_add(record, &r[i].window);
}

static struct calibration_frozen
freeze(const struct calibration *record, const struct bench_world *w, double alpha, double floor,
       double horizon_s)
{
    const struct calibration_plan plan = {.alpha = judgement_calibrated_alpha(alpha),
                                          .floor = floor,
                                          .least_requests = w->rps * horizon_s * mean_weight(w),
                                          .window_ms = (int64_t)(horizon_s * 1e3)};

    return calibration_freeze(record, &plan);
}

void
bench_history_make(struct bench_history *h, const struct bench_world *w,
                   const struct policy *policy, double horizon_s, uint32_t windows, uint64_t seed,
                   uint64_t number)
{
    static const struct bench_effect none = {.faults_times = 1, .latency_times = 1};
    static struct interval           interval; /* one worker, one thread */
    const struct placebo_plan        plan = {.policy = policy,
                                             .weight = mean_weight(w),
                                             .canary_pods = w->canary_pods,
                                             .window_ms = (int64_t)(horizon_s * 1e3),
                                             .seed = seed + number};
    struct placebo                  *placebos = placebo_new(&plan);
    struct calibration               record;
    struct bench_play                play;
    struct bench_tick                tick;
    double                           alpha = policy->false_rollback_rate;

    memset(&interval, 0, sizeof interval);
    calibration_init(&record);
    bench_world_start(&play, w, &none, horizon_s, true, seed, PASTS + number);
    while (record.n < windows) {
        bench_world_next(&play, &tick);
        bench_interval_fill(&interval, &play, &tick);
        if (placebo_apply(placebos, &interval) == PLACEBO_CLOSED)
            keep(&record, placebos);
    }
    h->strict = freeze(&record, w, alpha, judgement_calibrated_alpha(alpha), horizon_s);
    h->calibrated = freeze(&record, w, alpha, CALIBRATION_FLOOR, horizon_s);
    calibration_release(&record);
    placebo_free(placebos);
}
