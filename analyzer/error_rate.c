#include "analyzer/error_rate.h"

#include <math.h>

enum { STATE_VERSION = 2 };

/* An absolute margin of 0 asks for a share that is better than none at all, which
 * no number of answered requests shows: silence has at least this one. */
static const double least_silence_margin = 0.001;

void
error_rate_init(struct error_rate *e, const struct policy *p)
{
    const struct policy_comparison *m = &p->error_rate;

    *e = (struct error_rate){.asked = comparison_asked(p, CHECK_ERROR_RATE, m),
                             .min_requests = p->min_requests};
    comparison_init(&e->faults, m->pass_ratio_margin, m->pass_absolute_margin);
    comparison_init(&e->silence, m->pass_ratio_margin,
                    fmax(m->pass_absolute_margin, least_silence_margin));
}

void
error_rate_apply(struct error_rate *e, const struct interval *i, enum counts_view view, bool judged,
                 struct gm_odds *odds)
{
    const struct pair faults = pair_of_faults(i, view), silent = pair_of_silence(i, view);

    if (!e->asked.configured)
        return;
    if (judged)
        e->silence_apart = view == VIEW_USER;
    comparison_apply(&e->faults, &faults, judged, odds);
    comparison_apply(&e->silence, &silent, judged, odds);
}

/* Silence of single pods is not known: it is with their faults. */
static struct podspread
of_silence(const struct comparison_told *told)
{
    struct podspread s = told->by_pods[FAMILY_ERRORS];

    s.excess = 0;
    return s;
}

/* Until the weaker of the two speaks for the canary. */
static double
need_for_pass(const struct error_rate *e, double faults, double silence, double target,
              struct comparison_told *told)
{
    const struct podspread silent = of_silence(told);
    double                 need =
        comparison_need(&e->faults, &told->by_pods[FAMILY_ERRORS], faults, target, &told->odds);
    double more;

    if (!e->silence_apart || isnan(need))
        return need;
    more = comparison_need(&e->silence, &silent, silence, target, &told->odds);
    return isnan(more) ? more : fmax(need, more);
}

struct check_result
error_rate_result(const struct error_rate *e, struct comparison_told *told)
{
    const struct podspread silent = of_silence(told);
    struct check_result    r = e->asked;
    double                 faults, silence = INFINITY, need;

    if (!r.configured)
        return check_none();
    faults = comparison_log_pass(&e->faults, &told->by_pods[FAMILY_ERRORS], &told->odds);
    if (e->silence_apart)
        silence = comparison_log_pass(&e->silence, &silent, &told->odds);
    need = need_for_pass(e, faults, silence, log(r.pass_limit), told);
    if (isnan(need))
        need = comparison_abort_need(told, FAMILY_ERRORS, &e->faults.judged);
    comparison_decide(fmin(faults, silence), need, &e->faults.judged, e->min_requests, &r);
    return r;
}

void
error_rate_pack(const struct error_rate *e, struct text *out)
{
    pack_u8(out, STATE_VERSION);
    comparison_pack(&e->faults, out);
    comparison_pack(&e->silence, out);
    pack_u8(out, e->silence_apart);
}

void
error_rate_unpack(struct error_rate *e, struct unpack *in)
{
    if (pack_get_u8(in) != STATE_VERSION) {
        in->bad = true;
        return;
    }
    comparison_unpack(&e->faults, in);
    comparison_unpack(&e->silence, in);
    e->silence_apart = pack_get_u8(in) != 0;
}
