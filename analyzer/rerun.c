#include "analyzer/rerun.h"

#include <math.h>

void
rerun_start(struct rerun *re, struct run *run, const struct run *was, const struct policy *p)
{
    *re = (struct rerun){.run = run, .was = was};
    run_start(run, &was->who, p, was->max_age_ms, was->started_ms);
}

static void
tell_weight(struct rerun *re)
{
    re->weighed = true;
    if (!isnan(re->was->weight))
        run_asked(re->run, re->was->weight, re->was->weight_ms);
}

/* What the snapshot at its end must have shown. */
static struct ledger_sight
sight_of(const struct interval *i)
{
    struct ledger_sight s = {.most_workloads = 1,
                             .newest_ms = {i->end_ms, i->end_ms},
                             .view_seen = {i->present[VIEW_USER], i->present[VIEW_ATTEMPT]}};

    for (uint32_t k = 0; k < i->n_versions; k++) {
        s.n_keys += i->versions[k].arm >= 0;
        s.canary_seen = s.canary_seen || i->versions[k].arm == ARM_CANARY;
        s.baseline_seen = s.baseline_seen || i->versions[k].arm == ARM_BASELINE;
    }
    return s;
}

void
rerun_interval(struct rerun *re, const struct interval *i)
{
    struct ledger_sight sight = sight_of(i);

    if (!re->weighed && i->end_ms > re->was->weight_ms)
        tell_weight(re);
    run_sighted(re->run, &sight, i->end_ms);
    re->intervals += run_interval(re->run, i);
    (void)run_decide(re->run, i->end_ms);
}

bool
rerun_done(struct rerun *re, int64_t now_ms)
{
    struct run       *run = re->run;
    const struct run *was = re->was;

    if (!re->weighed)
        tell_weight(re);
    if (was->snapshot_ms) {
        run_sighted(run, &was->sight, was->snapshot_ms);
        run->view_ms = was->view_ms;
    }
    run->asked_ms = was->asked_ms;
    run->confirm_seen = was->confirm_seen;
    run->promotion_told = was->promotion_told;
    run->first_step_ms = was->first_step_ms;
    run->override = was->override;
    (void)run_decide(run, now_ms);
    for (int arm = 0; arm < ARM_COUNT; arm++)
        if (run->requests[arm] < was->requests[arm])
            return false;
    return true;
}

void
rerun_keep_abort(struct run *run, const struct view_answer *told)
{
    if (run->state == RUN_ENDED || run->promote.verdict == VERDICT_ABORT)
        return;
    run->state = RUN_ABORTED;
    run->found = run->decided = run->decided_step = *told;
    run->promote = run->step = *told;
}
