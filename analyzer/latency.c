#include "analyzer/latency.h"

#include <math.h>

enum { STATE_VERSION = 2 };

static void
watch_anew(struct latency *l)
{
    l->watched = (struct interval_monitored){0};
    for (int k = 0; k < INTERVAL_MONITORED; k++)
        comparison_init(&l->over[k], l->ratio_margin, l->absolute_margin);
}

void
latency_init(struct latency *l, const struct policy *p)
{
    const struct policy_comparison *m = &p->latency;

    *l = (struct latency){.asked = comparison_asked(p, CHECK_LATENCY, m),
                          .min_requests = p->min_requests,
                          .ratio_margin = m->pass_ratio_margin,
                          .absolute_margin = m->pass_absolute_margin,
                          .margin_ms = p->latency_margin_ms};
    watch_anew(l);
}

void
latency_apply(struct latency *l, const struct interval *i, enum counts_view view, bool judged,
              struct gm_odds *odds)
{
    struct pair over[INTERVAL_MONITORED];

    if (!l->asked.configured)
        return;
    /* Before anything is judged the view may still change, and has its own bounds. */
    if (!l->over[0].judged.n[ARM_CANARY] && i->monitored[view].n &&
        !exceedance_watches(&l->watched, i, view))
        watch_anew(l);
    if (!exceedance_pairs(i, view, &l->watched, over)) {
        l->lacking = l->lacking || counts_requests(&i->arm[view][ARM_CANARY]) > 0;
        return;
    }
    l->lacking = false;
    if (l->margin_ms > 0)
        exceedance_widen(&l->watched, l->margin_ms, EXCEEDANCE_PASS, over);
    for (uint32_t k = 0; k < l->watched.n; k++)
        comparison_apply(&l->over[k], &over[k], judged, odds);
}

double
latency_canary_ms(const struct latency *l, uint32_t k)
{
    return l->watched.le_ms[exceedance_widened(&l->watched, k, l->margin_ms, EXCEEDANCE_PASS)];
}

static enum family_question
question_of(uint32_t bound)
{
    return (enum family_question)(FAMILY_LATENCY + bound);
}

/* Until every bound has enough. */
static double
need_of(const struct latency *l, const double log_pass[INTERVAL_MONITORED], double target,
        struct comparison_told *told)
{
    double most = 0;

    for (uint32_t k = 0; k < l->watched.n; k++) {
        enum family_question q = question_of(k);
        double               need =
            comparison_need(&l->over[k], &told->by_pods[q], log_pass[k], target, &told->odds);

        if (isnan(need))
            need = comparison_abort_need(told, q, &l->over[k].judged);
        if (isnan(need))
            return NAN;
        most = fmax(most, need);
    }
    return most;
}

struct check_result
latency_result(const struct latency *l, struct comparison_told *told)
{
    struct check_result r = l->asked;
    double              log_pass[INTERVAL_MONITORED], weakest = INFINITY;

    if (!r.configured)
        return check_none();
    if (!l->watched.n || l->lacking) {
        r.verdict = VERDICT_HOLD;
        r.reason = REASON_NO_HISTOGRAM;
        return r;
    }
    for (uint32_t k = 0; k < l->watched.n; k++) {
        log_pass[k] = comparison_log_pass(&l->over[k], &told->by_pods[question_of(k)], &told->odds);
        weakest = fmin(weakest, log_pass[k]);
    }
    comparison_decide(weakest, need_of(l, log_pass, log(r.pass_limit), told), &l->over[0].judged,
                      l->min_requests, &r);
    return r;
}

void
latency_pack(const struct latency *l, struct text *out)
{
    pack_u8(out, STATE_VERSION);
    exceedance_pack(&l->watched, out);
    for (uint32_t k = 0; k < l->watched.n; k++)
        comparison_pack(&l->over[k], out);
    pack_u8(out, l->lacking);
}

void
latency_unpack(struct latency *l, struct unpack *in)
{
    if (pack_get_u8(in) != STATE_VERSION) {
        in->bad = true;
        return;
    }
    exceedance_unpack(&l->watched, in);
    for (uint32_t k = 0; k < l->watched.n; k++)
        comparison_unpack(&l->over[k], in);
    l->lacking = pack_get_u8(in) != 0;
}
