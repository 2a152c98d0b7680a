#include "analyzer/error_rate.h"

#include <math.h>

enum {
    STATE_VERSION = 1,
    /* A source that is scraped every 15 s would have blocks of one interval,
     * which split bursts: ib.h. */
    LEAST_PER_BLOCK = 2,
};

/* An absolute margin of 0 asks for a share that is better than none at all, which
 * no number of answered requests shows: silence has at least this one. */
static const double least_silence_margin = 0.001;

/* What JSON and every language can still read as a finite number. */
static const double most_evidence = 1e300;

void
error_rate_init(struct error_rate *e, const struct policy *p)
{
    const struct gm_plan worse =
        gm_plan_worse(p->error_rate.ratio_margin, p->error_rate.absolute_margin);
    struct ib_plan robust = ib_plan_default(p->error_rate.ratio_margin, p->robust_block_ms);

    *e = (struct error_rate){.asked = check_none(), .min_requests = p->min_requests};
    e->asked.configured = p->error_rate.on;
    e->asked.required = p->error_rate.on && (p->required >> CHECK_ERROR_RATE & 1);
    e->asked.dry_run = p->dry_run >> CHECK_ERROR_RATE & 1;
    e->asked.pass_limit = 1 / p->false_pass_rate;
    robust.least = LEAST_PER_BLOCK;
    gm_init(&e->gm, &worse);
    ib_init(&e->ib, &robust);
    noninferior_init(&e->pass, p->error_rate.pass_ratio_margin, p->error_rate.pass_absolute_margin);
    noninferior_init(&e->answered, p->error_rate.pass_ratio_margin,
                     fmax(p->error_rate.pass_absolute_margin, least_silence_margin));
}

static void
judge(struct error_rate *e, const struct pair *p, int64_t length_ms)
{
    /* Dispersion belongs to the pass side alone: on the abort side clusters
     * are the affair of IB, and tempering GM would only make it late. */
    gm_apply(&e->gm, p, length_ms, 1);
    ib_apply(&e->ib, p, length_ms);
    pair_add(&e->judged, p);
    e->judged_ms += length_ms;
}

void
error_rate_apply(struct error_rate *e, const struct interval *i, enum counts_view view, bool judged)
{
    const struct pair p = pair_of_faults(i, view), silent = pair_of_silence(i, view);
    int64_t           length_ms = interval_length_ms(i);

    if (!e->asked.configured)
        return;
    if (!pair_valid(&p) || !pair_valid(&silent) || length_ms <= 0 ||
        length_ms > INT64_MAX - e->judged_ms) {
        if (e->anomalies < UINT32_MAX)
            e->anomalies++;
        return;
    }
    if (judged) {
        judge(e, &p, length_ms);
        pair_add(&e->silent, &silent);
        e->silence_apart = view == VIEW_USER;
    } else {
        ib_break(&e->ib);
    }
    noninferior_apply(&e->pass, &p, judged);
    noninferior_apply(&e->answered, &silent, judged);
}

void
error_rate_break(struct error_rate *e)
{
    if (e->asked.configured)
        ib_break(&e->ib);
}

double
error_rate_log_e(const struct error_rate *e)
{
    return fmin(gm_log_e(&e->gm), ib_log_e(&e->ib));
}

/* Log of what speaks for the canary: the weaker of the two. */
static double
log_for(const struct error_rate *e)
{
    double log_good = noninferior_log_e(&e->pass);

    return e->silence_apart ? fmin(log_good, noninferior_log_e(&e->answered)) : log_good;
}

static double
need_for_pass(const struct error_rate *e, double log_pass)
{
    double faults = noninferior_need(&e->pass, &e->judged, log_pass);
    double silence =
        e->silence_apart ? noninferior_need(&e->answered, &e->silent, log_pass) : faults;

    return isnan(faults) || isnan(silence) ? NAN : fmax(faults, silence);
}

/* Until pass; where that never comes, until both halves of the abort side.
 * What no rollout will ever see is not known. */
static double
need_requests(const struct error_rate *e, double log_abort, double log_pass)
{
    static const double ever = 1e15;
    double              need = need_for_pass(e, log_pass);

    if (isnan(need)) {
        double gm = gm_need(&e->gm, &e->judged, log_abort);
        double ib = ib_need(&e->ib, &e->judged, e->judged_ms, log_abort);

        need = isnan(gm) || isnan(ib) ? NAN : fmax(gm, ib);
    }
    return need <= ever ? ceil(need) : NAN;
}

static void
decide(const struct error_rate *e, double log_worse, double log_good, struct check_result *r)
{
    if (log_worse >= log(r->limit)) {
        r->verdict = VERDICT_ABORT;
        r->reason = REASON_ERROR_RATE_WORSE;
    } else if (e->judged.n[ARM_CANARY] < e->min_requests) {
        r->verdict = VERDICT_HOLD;
        r->reason = REASON_TOO_FEW_REQUESTS;
    } else if (log_good >= log(r->pass_limit)) {
        r->verdict = VERDICT_PASS;
        r->reason = REASON_PROVEN;
    } else {
        r->verdict = VERDICT_HOLD;
        r->reason = REASON_NOT_PROVEN;
    }
}

struct check_result
error_rate_result(const struct error_rate *e, double alpha)
{
    double              log_worse = error_rate_log_e(e), log_good = log_for(e);
    struct check_result r = e->asked;

    if (!r.configured)
        return check_none();
    r.limit = 1 / alpha;
    r.evidence = fmin(exp(log_worse), most_evidence);
    r.pass_evidence = fmin(exp(log_good), most_evidence);
    decide(e, log_worse, log_good, &r);
    if (r.verdict == VERDICT_HOLD) {
        double missing = e->judged.n[ARM_CANARY] < e->min_requests
                             ? (double)(e->min_requests - e->judged.n[ARM_CANARY])
                             : 0;

        r.need_requests = need_requests(e, log(r.limit), log(r.pass_limit));
        if (missing > 0 && !(r.need_requests > missing))
            r.need_requests = missing;
    }
    return r;
}

struct error_rate_sums
error_rate_sums(const struct error_rate *e)
{
    struct error_rate_sums s;

    for (int arm = 0; arm < ARM_COUNT; arm++) {
        s.requests[arm] = e->judged.n[arm];
        s.bad[arm] = e->judged.x[arm];
    }
    return s;
}

void
error_rate_pack(const struct error_rate *e, struct text *out)
{
    pack_u8(out, STATE_VERSION);
    gm_pack(&e->gm, out);
    ib_pack(&e->ib, out);
    noninferior_pack(&e->pass, out);
    noninferior_pack(&e->answered, out);
    pack_u8(out, e->silence_apart);
    pair_pack(&e->judged, out);
    pair_pack(&e->silent, out);
    pack_varint(out, (uint64_t)e->judged_ms);
    pack_u32(out, e->anomalies);
}

void
error_rate_unpack(struct error_rate *e, struct unpack *in)
{
    uint64_t judged_ms;

    if (pack_get_u8(in) != STATE_VERSION) {
        in->bad = true;
        return;
    }
    gm_unpack(&e->gm, in);
    ib_unpack(&e->ib, in);
    noninferior_unpack(&e->pass, in);
    noninferior_unpack(&e->answered, in);
    e->silence_apart = pack_get_u8(in) != 0;
    pair_unpack(&e->judged, in);
    pair_unpack(&e->silent, in);
    judged_ms = pack_get_varint(in);
    e->anomalies = pack_get_u32(in);
    if (judged_ms > INT64_MAX)
        in->bad = true;
    e->judged_ms = (int64_t)(judged_ms & INT64_MAX);
}
