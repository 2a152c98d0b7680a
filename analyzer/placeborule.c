#include "analyzer/placeborule.h"

#include <math.h>

/* A canary with a little less than planned is like the placebos, one with a
 * little more as well: what placebo.h calls hardly thinned. */
static const double near = .8;

struct placebo_plan
placeborule_plan(const struct policy *p, uint64_t seed)
{
    return (struct placebo_plan){.policy = p,
                                 .weight = p->calibration.weight,
                                 .canary_pods = p->calibration.canary_pods,
                                 .window_ms = p->calibration.window_ms,
                                 .seed = seed};
}

struct calibration_frozen
placeborule_freeze(const struct policy *p, const struct calibration *c, double alpha,
                   double all_requests, int64_t now_ms, int64_t shown_ms)
{
    double                  spent = judgement_calibrated_alpha(alpha);
    double                  planned = p->calibration.weight * all_requests;
    struct calibration_plan plan = {
        .alpha = spent,
        .floor = p->calibration.mode == POLICY_CALIBRATION_STRICT ? spent : CALIBRATION_FLOOR,
        .least_requests = near * planned,
        .most_requests = planned / near,
        .window_ms = p->calibration.window_ms,
        .since_ms = now_ms - shown_ms,
        .now_ms = now_ms};

    return calibration_freeze(c, &plan);
}

bool
placeborule_aborts(const struct policy *p, const struct calibration_frozen *f,
                   const struct placebo_result *r)
{
    double alpha = p->false_rollback_rate;

    if (f->use != CALIBRATION_USED)
        return r->log_own >= -log(alpha);
    /* Beside thresholds the sum bets on minutes (judgement.c). */
    return calibration_crossed(f, r->window.log_w) >= 0 ||
           r->window.log_w[FAMILY_R60] >= -log(alpha - judgement_calibrated_alpha(alpha));
}
