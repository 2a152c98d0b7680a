#include "analyzer/client_errors.h"

#include <math.h>

enum { STATE_VERSION = 1 };

void
client_errors_init(struct client_errors *e, const struct policy *p)
{
    const struct policy_comparison *m = &p->client_errors;

    *e = (struct client_errors){.asked = comparison_asked(p, CHECK_CLIENT_ERRORS, m),
                                .min_requests = p->min_requests};
    comparison_init(&e->answers, m->pass_ratio_margin, m->pass_absolute_margin);
}

void
client_errors_apply(struct client_errors *e, const struct interval *i, enum counts_view view,
                    bool judged, struct gm_odds *odds)
{
    const struct pair answers = pair_of_client_errors(i, view);

    if (e->asked.configured)
        comparison_apply(&e->answers, &answers, judged, odds);
}

struct check_result
client_errors_result(const struct client_errors *e, struct comparison_told *told)
{
    const enum family_question q = FAMILY_CLIENT_ERRORS;
    struct check_result        r = e->asked;
    double                     log_pass, need;

    if (!r.configured)
        return check_none();
    log_pass = comparison_log_pass(&e->answers, &told->by_pods[q], &told->odds);
    need =
        comparison_need(&e->answers, &told->by_pods[q], log_pass, log(r.pass_limit), &told->odds);
    if (isnan(need))
        need = comparison_abort_need(told, q, &e->answers.judged);
    comparison_decide(log_pass, need, &e->answers.judged, e->min_requests, &r);
    return r;
}

void
client_errors_pack(const struct client_errors *e, struct text *out)
{
    pack_u8(out, STATE_VERSION);
    comparison_pack(&e->answers, out);
}

void
client_errors_unpack(struct client_errors *e, struct unpack *in)
{
    if (pack_get_u8(in) != STATE_VERSION) {
        in->bad = true;
        return;
    }
    comparison_unpack(&e->answers, in);
}
