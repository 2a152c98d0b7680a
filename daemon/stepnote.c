#include "daemon/stepnote.h"

#include <math.h>

static bool
is_same(const struct stepnote *n, const struct run *r)
{
    return n->seen && n->last.n == r->stage;
}

struct record_step
stepnote_now(const struct stepnote *n, const struct run *r)
{
    bool               over = r->promote.reason == REASON_RUN_ENDED;
    struct record_step s = {.n = r->stage,
                            .since_ms = r->weight_ms ? r->weight_ms : r->started_ms,
                            .until_ms = r->state == RUN_ENDED ? r->ended_ms : 0,
                            .weight = r->weight,
                            .canary_requests = r->since_weight[ARM_CANARY],
                            .stable_requests = r->since_weight[ARM_BASELINE],
                            .verdict = over ? r->found.verdict : r->step.verdict,
                            .reason = over ? r->found.reason : r->step.reason};

    memcpy(s.run, r->who.id, sizeof s.run);
    /* A clock that was set moves the run's times, not those of the history. */
    if (is_same(n, r))
        s.since_ms = n->last.since_ms;
    return s;
}

void
stepnote_see(struct stepnote *n, const struct run *r)
{
    n->last = stepnote_now(n, r);
    n->seen = true;
}

bool
stepnote_turned(const struct stepnote *n, const struct run *r)
{
    bool told = n->last.weight == r->weight || (isnan(n->last.weight) && isnan(r->weight));

    return !is_same(n, r) || !told;
}

bool
stepnote_left(const struct stepnote *n, const struct run *r, struct record_step *out)
{
    if (!n->seen || is_same(n, r))
        return false;
    *out = n->last;
    out->until_ms = r->weight_ms > out->since_ms ? r->weight_ms : out->since_ms + 1;
    return true;
}
