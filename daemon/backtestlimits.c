#include "daemon/backtestlimits.h"

#include "base/heap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct backtestlimits {
    const struct policy  *policy;
    struct interval       as_canary;
    struct threshold      success_rate, p95;
    struct limit          limit[POLICY_MAX_LIMITS];
    uint32_t              n;
    struct backtest_limit seen[BACKTEST_MAX_LIMITS];
};

static void
have(struct backtestlimits *b, const char *name, bool known)
{
    struct backtest_limit *l = &b->seen[b->n++];

    *l = (struct backtest_limit){.known = known};
    snprintf(l->name, sizeof l->name, "%s", name);
}

static bool
is_known(const struct policy_limit *l)
{
    return l->metric == POLICY_LIMIT_SUCCESS_RATE || l->metric == POLICY_LIMIT_LATENCY;
}

struct backtestlimits *
backtestlimits_new(const struct policy *p)
{
    struct backtestlimits *b = heap_new(1, sizeof *b);

    b->policy = p;
    threshold_init(&b->success_rate, CHECK_SUCCESS_RATE, p);
    threshold_init(&b->p95, CHECK_P95, p);
    if (p->success_rate.on)
        have(b, check_text(CHECK_SUCCESS_RATE), true);
    if (p->p95.on)
        have(b, check_text(CHECK_P95), true);
    for (uint32_t k = 0; k < p->n_limits; k++) {
        limit_init(&b->limit[k], &p->limit[k]);
        have(b, p->limit[k].name, is_known(&p->limit[k]));
    }
    return b;
}

void
backtestlimits_free(struct backtestlimits *b)
{
    free(b);
}

static void
note(struct backtest_limit *l, const struct check_result *r)
{
    bool was_broken = l->is_broken;

    if (!l->known)
        return;
    l->is_broken = r->verdict == VERDICT_FAIL;
    l->judged += l->is_broken || r->verdict == VERDICT_PASS;
    l->broken += l->is_broken;
    l->times += l->is_broken && !was_broken;
}

void
backtestlimits_apply(struct backtestlimits *b, const struct interval *i, enum counts_view view)
{
    struct interval    *c = &b->as_canary;
    uint32_t            at = 0;
    struct check_result r;

    c->start_ms = i->start_ms;
    c->end_ms = i->end_ms;
    c->bounds[view] = i->bounds[view];
    c->arm[view][ARM_CANARY] = c->arm[view][ARM_BASELINE] = i->arm[view][ARM_BASELINE];
    threshold_apply(&b->success_rate, c, view, true);
    threshold_apply(&b->p95, c, view, true);
    if (b->policy->success_rate.on) {
        r = threshold_result(&b->success_rate);
        note(&b->seen[at++], &r);
    }
    if (b->policy->p95.on) {
        r = threshold_result(&b->p95);
        note(&b->seen[at++], &r);
    }
    for (uint32_t k = 0; k < b->policy->n_limits; k++) {
        limit_apply(&b->limit[k], c, view, (double)NAN);
        r = limit_result(&b->limit[k]);
        note(&b->seen[at++], &r);
    }
}

const struct backtest_limit *
backtestlimits_seen(const struct backtestlimits *b, uint32_t *n)
{
    *n = b->n;
    return b->seen;
}
