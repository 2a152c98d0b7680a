#include "analyzer/limit.h"

#include <math.h>

enum { STATE_VERSION = 1 };

void
limit_init(struct limit *l, const struct policy_limit *plan)
{
    *l = (struct limit){.plan = plan, .measured = NAN};
    threshold_window_init(&l->window, plan->window_ms);
}

/* Requests a second of the canary over the window, or over as much of it as the
 * run has seen. */
static double
request_rate(const struct limit *l, double requests)
{
    int64_t seen_ms = l->now_ms - l->first_ms;

    return requests * 1000 /
           (double)(seen_ms < l->window.window_ms ? seen_ms : l->window.window_ms);
}

/* NaN: no data, or not enough of it; *missing: canary requests that would do. */
static double
value_of(const struct limit *l, double *missing)
{
    const struct policy_limit *p = l->plan;
    double                     requests = 0, rate = NAN;
    struct quantile            q;
    uint64_t                   timed;
    double                     least = fmax(1, (double)p->min_requests);

    *missing = NAN;
    switch (p->metric) {
    case POLICY_LIMIT_SUCCESS_RATE:
        rate = threshold_window_success_rate(&l->window, ARM_CANARY, &requests);
        break;
    case POLICY_LIMIT_LATENCY:
        if (threshold_window_quantile(&l->window, ARM_CANARY, p->quantile, &q, &timed) == STATUS_OK)
            rate = q.interpolated_ms;
        requests = (double)timed;
        break;
    case POLICY_LIMIT_REQUEST_RATE:
        requests = (double)threshold_window_sum(&l->window, ARM_CANARY).requests;
        return l->now_ms ? request_rate(l, requests) : NAN;
    case POLICY_LIMIT_QUERY:
        return l->now_ms - l->measured_ms <= p->window_ms ? l->measured : NAN;
    }
    if (requests < least) {
        *missing = ceil(least - requests);
        return NAN;
    }
    return rate;
}

static bool
is_outside(const struct policy_limit *p, double v)
{
    return v < p->min || v > p->max; /* a limit that is not set is NaN */
}

void
limit_apply(struct limit *l, const struct interval *i, enum counts_view view, double measured)
{
    double missing, v;

    threshold_window_apply(&l->window, i, view);
    if (!l->now_ms)
        l->first_ms = i->start_ms;
    l->now_ms = i->end_ms;
    if (!isnan(measured)) {
        l->measured = measured;
        l->measured_ms = i->end_ms;
    }
    v = value_of(l, &missing);
    if (isnan(v) || (l->plan->metric == POLICY_LIMIT_QUERY && isnan(measured)))
        return; /* a value that is only still held is not broken once more */
    l->broken = l->broken << 1 | is_outside(l->plan, v);
    l->judged += l->judged < 64;
}

uint32_t
limit_outside(const struct limit *l)
{
    uint32_t of = l->plan->of < 64 ? l->plan->of : 64;
    uint64_t mask = of < 64 ? (UINT64_C(1) << of) - 1 : UINT64_MAX;

    return (uint32_t)__builtin_popcountll(l->broken & mask);
}

/* An answer to no data is for data that stay away: before a window is over there
 * could not have been any. */
static enum verdict
without_data(const struct limit *l)
{
    bool waited = l->now_ms && l->now_ms - l->first_ms >= l->window.window_ms;

    return waited ? l->plan->no_data : VERDICT_HOLD;
}

static void
tell(struct check_result *r, enum verdict v, enum verdict_reason why)
{
    r->verdict = v;
    r->reason = why;
}

struct check_result
limit_result(const struct limit *l)
{
    const struct policy_limit *p = l->plan;
    struct check_result        r = check_none();
    double                     missing;

    r.configured = true;
    r.dry_run = p->dry_run;
    r.required = !p->dry_run;
    r.value = value_of(l, &missing);
    r.limit = r.value < p->min || isnan(p->max) ? p->min : p->max;
    if (isnan(r.value)) {
        r.need_requests = missing;
        if (without_data(l) == VERDICT_PASS)
            tell(&r, VERDICT_PASS, REASON_NO_DATA_PASSES);
        else
            tell(&r, without_data(l), isnan(missing) ? REASON_NO_VALUE : REASON_TOO_FEW_REQUESTS);
    } else if (limit_outside(l) >= p->fails) {
        tell(&r, VERDICT_FAIL, REASON_LIMIT_BROKEN);
    } else if (is_outside(p, r.value)) {
        tell(&r, VERDICT_HOLD, REASON_LIMIT_BROKEN);
    } else {
        tell(&r, VERDICT_PASS, REASON_WITHIN_LIMIT);
    }
    return r;
}

void
limit_pack(const struct limit *l, struct text *out)
{
    pack_u8(out, STATE_VERSION);
    threshold_window_pack(&l->window, out);
    pack_u64(out, l->broken);
    pack_u32(out, l->judged);
    pack_double(out, l->measured);
    pack_i64(out, l->measured_ms);
    pack_i64(out, l->first_ms);
    pack_i64(out, l->now_ms);
}

void
limit_unpack(struct limit *l, struct unpack *in)
{
    if (pack_get_u8(in) != STATE_VERSION) {
        in->bad = true;
        return;
    }
    threshold_window_unpack(&l->window, in);
    l->broken = pack_get_u64(in);
    l->judged = pack_get_u32(in);
    l->measured = pack_get_double(in);
    l->measured_ms = pack_get_ms(in);
    l->first_ms = pack_get_ms(in);
    l->now_ms = pack_get_ms(in);
    if (l->judged > 64 || isinf(l->measured) || l->first_ms > l->now_ms ||
        (l->now_ms && l->first_ms == l->now_ms))
        in->bad = true;
}
