#include "analyzer/threshold.h"

#include <math.h>

enum { STATE_VERSION = 1 };

void
threshold_init(struct threshold *t, enum check which, const struct policy *p)
{
    bool of_p95 = which == CHECK_P95;

    *t = (struct threshold){.which = which, .asked = check_none()};
    t->asked.configured = of_p95 ? p->p95.on : p->success_rate.on;
    t->asked.required = t->asked.configured && (p->required >> which & 1);
    t->asked.dry_run = p->dry_run >> which & 1;
    t->asked.limit = of_p95 ? p->p95.max_ms : p->success_rate.min;
    t->min_requests = of_p95 ? p->p95.min_requests : p->success_rate.min_requests;
    t->quantile = p->p95.quantile;
    t->rule = p->p95.rule;
    threshold_window_init(&t->window, of_p95 ? p->p95.window_ms : p->success_rate.window_ms);
}

void
threshold_apply(struct threshold *t, const struct interval *i, enum counts_view view, bool judged)
{
    if (t->asked.configured && judged)
        threshold_window_apply(&t->window, i, view);
}

static void
hold(struct check_result *r, enum verdict_reason why)
{
    r->verdict = VERDICT_HOLD;
    r->reason = why;
}

static void
kept(struct check_result *r)
{
    r->verdict = VERDICT_PASS;
    r->reason = REASON_WITHIN_LIMIT;
}

static void
broken(struct check_result *r, enum verdict_reason why)
{
    r->verdict = VERDICT_FAIL;
    r->reason = why;
}

static bool
too_few(const struct threshold *t, double requests, struct check_result *r)
{
    /* A share of nothing is no share, whatever the policy says. */
    double wanted = fmax(1, (double)t->min_requests);

    if (requests >= wanted)
        return false;
    hold(r, REASON_TOO_FEW_REQUESTS);
    r->need_requests = ceil(wanted - requests);
    return true;
}

static void
judge_success_rate(const struct threshold *t, struct check_result *r)
{
    double requests;

    r->value = threshold_window_success_rate(&t->window, ARM_CANARY, &requests);
    if (too_few(t, requests, r))
        return;
    if (r->value < r->limit)
        broken(r, REASON_SUCCESS_RATE_LOW);
    else
        kept(r);
}

static void
judge_quantile(const struct threshold *t, struct check_result *r)
{
    struct quantile q;
    uint64_t        timed;
    enum status     st = threshold_window_quantile(&t->window, ARM_CANARY, t->quantile, &q, &timed);

    if (st == STATUS_OK)
        r->value = q.interpolated_ms;
    if (too_few(t, (double)timed, r))
        return;
    if (st != STATUS_OK)
        hold(r, REASON_TOO_FEW_REQUESTS);
    else if (q.lower_ms >= r->limit)
        broken(r, REASON_LATENCY_HIGH);
    else if (q.upper_ms <= r->limit)
        kept(r);
    else if (t->rule == POLICY_P95_BOUNDS || isinf(q.upper_ms))
        hold(r, REASON_BUCKET_TOO_COARSE);
    else if (q.interpolated_ms > r->limit)
        broken(r, REASON_LATENCY_HIGH);
    else
        kept(r);
}

struct check_result
threshold_result(const struct threshold *t)
{
    struct check_result r = t->asked;

    if (!r.configured)
        return check_none();
    if (t->which == CHECK_P95)
        judge_quantile(t, &r);
    else
        judge_success_rate(t, &r);
    return r;
}

void
threshold_pack(const struct threshold *t, struct text *out)
{
    pack_u8(out, STATE_VERSION);
    threshold_window_pack(&t->window, out);
}

void
threshold_unpack(struct threshold *t, struct unpack *in)
{
    if (pack_get_u8(in) != STATE_VERSION) {
        in->bad = true;
        return;
    }
    threshold_window_unpack(&t->window, in);
}
