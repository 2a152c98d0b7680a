#include "analyzer/comparison.h"

#include <math.h>

void
comparison_init(struct comparison *c, double pass_ratio_margin, double pass_absolute_margin)
{
    *c = (struct comparison){0};
    noninferior_init(&c->pass, pass_ratio_margin, pass_absolute_margin);
}

struct check_result
comparison_asked(const struct policy *p, enum check which, const struct policy_comparison *margins)
{
    struct check_result r = check_none();

    if (!margins->on)
        return r;
    r.configured = true;
    r.required = p->required >> which & 1;
    r.dry_run = p->dry_run >> which & 1;
    r.pass_limit = 1 / p->false_pass_rate;
    return r;
}

void
comparison_apply(struct comparison *c, const struct pair *p, bool judged, struct gm_odds *odds)
{
    if (judged)
        pair_add(&c->judged, p);
    noninferior_apply(&c->pass, p, judged, odds);
}

double
comparison_dispersion(const struct comparison *c)
{
    return dispersion_lasting(&c->pass.dispersion);
}

double
comparison_log_pass(const struct comparison *c, const struct podspread *by_pods,
                    struct gm_odds *odds)
{
    return noninferior_log_e(&c->pass, &c->judged, by_pods, odds);
}

double
comparison_need(const struct comparison *c, const struct podspread *by_pods, double log_pass,
                double log_target, struct gm_odds *odds)
{
    return noninferior_need(&c->pass, &c->judged, by_pods, log_pass, log_target, odds);
}

double
comparison_abort_need(const struct comparison_told *told, enum family_question q,
                      const struct pair *judged)
{
    return family_need(told->harm, q, judged, told->judged_ms, told->log_limit);
}

void
comparison_decide(double log_pass, double need, const struct pair *judged, uint64_t min_requests,
                  struct check_result *r)
{
    /* What no rollout will ever see is not known. */
    static const double ever = 1e15;

    r->pass_evidence = check_evidence(log_pass);
    r->need_requests = need <= ever ? ceil(need) : NAN;
    r->verdict = VERDICT_HOLD;
    if (judged->n[ARM_CANARY] < min_requests) {
        double missing = (double)(min_requests - judged->n[ARM_CANARY]);

        r->reason = REASON_TOO_FEW_REQUESTS;
        if (!(r->need_requests > missing))
            r->need_requests = missing;
    } else if (log_pass >= log(r->pass_limit)) {
        r->verdict = VERDICT_PASS;
        r->reason = REASON_PROVEN;
        r->need_requests = NAN;
    } else {
        r->reason = REASON_NOT_PROVEN;
    }
}

void
comparison_pack(const struct comparison *c, struct text *out)
{
    pair_pack(&c->judged, out);
    noninferior_pack(&c->pass, out);
}

void
comparison_unpack(struct comparison *c, struct unpack *in)
{
    pair_unpack(&c->judged, in);
    noninferior_unpack(&c->pass, in);
}
