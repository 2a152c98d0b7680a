#include "analyzer/sentence.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

double
sentence_seconds_for(const struct run *r, double requests)
{
    if (!(requests >= 0) || !(r->canary_per_s > 0))
        return NAN;
    return ceil(requests / r->canary_per_s);
}

/* ", about 60 s more at 1.0/s" where it is known. */
static const char *
wait_text(const struct run *r, double requests, char buf[64])
{
    double s = sentence_seconds_for(r, requests);

    if (isnan(s) || s > 1e7)
        buf[0] = '\0';
    else
        snprintf(buf, 64, "; about %.0f s more at %.1f/s", s, r->canary_per_s);
    return buf;
}

static void
so_many(const struct run *r, struct view_answer *a, uint64_t have, uint64_t want)
{
    char wait[64];

    snprintf(a->message, sizeof a->message, "canary %" PRIu64 " of %" PRIu64 " requests%s", have,
             want, wait_text(r, want > have ? (double)(want - have) : 0, wait));
}

/* The canary's requests that a comparison has judged. */
static uint64_t
judged_by(const struct run *r, enum check by)
{
    const struct judgement *j = &r->judgement;

    if (by == CHECK_LATENCY)
        return j->latency.over[0].judged.n[ARM_CANARY];
    if (by == CHECK_CLIENT_ERRORS)
        return j->client_errors.answers.judged.n[ARM_CANARY];
    return judgement_sums(j).requests[ARM_CANARY];
}

/* Each counts for itself: all judged ones, those of the error rate, those
 * since the weight was set, or those of a window, which may never fill. */
static void
too_few(const struct run *r, struct view_answer *a, enum check by)
{
    const struct policy *p = r->policy;
    bool                 of_p95 = by == CHECK_P95;

    if (by == CHECK_DATA) {
        so_many(r, a, r->judged, p->min_requests);
    } else if (check_weight(by < CHECK_COUNT ? by : CHECK_DATA) > 0) {
        so_many(r, a, judged_by(r, by), p->min_requests);
    } else if (by == CHECK_COUNT) {
        so_many(r, a, r->since_weight[ARM_CANARY], p->min_requests);
    } else if ((of_p95 || by == CHECK_SUCCESS_RATE) && !isnan(r->checks[by].need_requests)) {
        uint64_t want = of_p95 ? p->p95.min_requests : p->success_rate.min_requests;
        int64_t  window_ms = of_p95 ? p->p95.window_ms : p->success_rate.window_ms;

        snprintf(a->message, sizeof a->message,
                 "canary %.0f of %" PRIu64 " %srequests within %" PRId64 " s for %s",
                 fmax(0, (double)want - r->checks[by].need_requests), want, of_p95 ? "timed " : "",
                 window_ms / 1000, check_text(by));
    }
}

static void
not_proven(const struct run *r, struct view_answer *a, enum check by)
{
    const struct check_result *e = &r->checks[by < CHECK_COUNT ? by : CHECK_ERROR_RATE];
    uint64_t                   judged = judgement_sums(&r->judgement).requests[ARM_CANARY];
    char                       wait[64];

    snprintf(a->message, sizeof a->message,
             "%s undecided: evidence %.3g of %.0f against the canary, %.3g of %.0f for it, on "
             "%" PRIu64 " requests%s",
             check_text(by < CHECK_COUNT ? by : CHECK_ERROR_RATE), e->evidence, e->limit,
             e->pass_evidence, e->pass_limit, judged, wait_text(r, e->need_requests, wait));
}

static void
one_bad_pod(const struct run *r, struct view_answer *a)
{
    const struct lonepod *p = &r->judgement.lone;

    snprintf(a->message, sizeof a->message,
             "pod %.60s of the %s failed %" PRIu64 " of %" PRIu64
             " requests, the other %u pods %" PRIu64 " of %" PRIu64 ": a pod, not the version",
             p->name, counts_arm_text((enum counts_arm)p->arm), p->x, p->n,
             p->pods ? p->pods - 1 : 0, p->others_x, p->others_n);
}

/* A sum over several checks crossed, or the thresholds of the placebo canaries. */
static const char *
crossed_text(const struct run *r, char buf[80])
{
    const struct judgement *j = &r->judgement;

    if (j->crossed == JUDGEMENT_CALIBRATED)
        snprintf(buf, 80, " alone; over the threshold of %u placebo canaries",
                 j->calibration.newer);
    else
        snprintf(buf, 80, " alone; all checks together reached %.0f", judgement_limit(j));
    return buf;
}

static void
blamed(const struct run *r, struct view_answer *a, enum check by, const char *what)
{
    const struct check_result *e = &r->checks[by];
    char                       crossed[80];

    snprintf(a->message, sizeof a->message, "%s; evidence %.3g, limit %.0f%s", what, e->evidence,
             e->limit, e->evidence >= e->limit ? "" : crossed_text(r, crossed));
}

static void
latency_worse(const struct run *r, struct view_answer *a)
{
    const struct latency *l = &r->judgement.latency;
    double                most = 0;
    uint32_t              at = 0;
    char                  what[200];
    int                   n;

    for (uint32_t k = 0; k < l->watched.n; k++) {
        const struct pair *p = &l->over[k].judged;
        double             here = (double)p->x[ARM_CANARY] / fmax(1, (double)p->n[ARM_CANARY]) -
                      (double)p->x[ARM_BASELINE] / fmax(1, (double)p->n[ARM_BASELINE]);

        if (here > most) {
            most = here;
            at = k;
        }
    }
    n = snprintf(what, sizeof what, "over %.6g ms: canary %" PRIu64 " of %" PRIu64 ", baseline",
                 latency_canary_ms(l, at), l->over[at].judged.x[ARM_CANARY],
                 l->over[at].judged.n[ARM_CANARY]);
    if (latency_canary_ms(l, at) > l->watched.le_ms[at])
        n += snprintf(what + n, sizeof what - (size_t)n, " over %.6g ms", l->watched.le_ms[at]);
    snprintf(what + n, sizeof what - (size_t)n, " %" PRIu64 " of %" PRIu64,
             l->over[at].judged.x[ARM_BASELINE], l->over[at].judged.n[ARM_BASELINE]);
    blamed(r, a, CHECK_LATENCY, what);
}

static void
client_errors_worse(const struct run *r, struct view_answer *a)
{
    const struct pair *p = &r->judgement.client_errors.answers.judged;
    char               what[120];

    snprintf(what, sizeof what,
             "canary answered 4xx to %" PRIu64 " of %" PRIu64 " requests, baseline %" PRIu64
             " of %" PRIu64,
             p->x[ARM_CANARY], p->n[ARM_CANARY], p->x[ARM_BASELINE], p->n[ARM_BASELINE]);
    blamed(r, a, CHECK_CLIENT_ERRORS, what);
}

static void
budget_burned(const struct run *r, struct view_answer *a)
{
    bool       of_latency = a->reason == REASON_LATENCY_BUDGET_BURNED;
    enum check by = of_latency ? CHECK_SLO_LATENCY : CHECK_SLO_SUCCESS_RATE;
    char       what[120];

    if (of_latency)
        snprintf(what, sizeof what, "only %.3f percent of requests within %.6g ms, objective 95",
                 r->checks[by].value * 100, r->policy->slo.p95_ms);
    else
        snprintf(what, sizeof what, "success rate %.6g, objective %.6g", r->checks[by].value,
                 r->policy->slo.success_rate);
    blamed(r, a, by, what);
}

static void
error_rate_worse(const struct run *r, struct view_answer *a)
{
    const struct judgement_sums s = judgement_sums(&r->judgement);
    char                        what[120];

    snprintf(what, sizeof what,
             "canary failed %" PRIu64 " of %" PRIu64 " requests, baseline %" PRIu64 " of %" PRIu64,
             s.bad[ARM_CANARY], s.requests[ARM_CANARY], s.bad[ARM_BASELINE],
             s.requests[ARM_BASELINE]);
    blamed(r, a, CHECK_ERROR_RATE, what);
}

static void
threshold_broken(const struct run *r, struct view_answer *a)
{
    const struct policy       *p = r->policy;
    const struct check_result *c;

    if (a->reason == REASON_SUCCESS_RATE_LOW) {
        c = &r->checks[CHECK_SUCCESS_RATE];
        snprintf(a->message, sizeof a->message,
                 "success rate %.6g, limit %.6g, over the last %" PRId64 " s", c->value, c->limit,
                 p->success_rate.window_ms / 1000);
        return;
    }
    c = &r->checks[CHECK_P95];
    snprintf(a->message, sizeof a->message,
             "p%g latency %.6g ms, limit %.6g ms, over the last %" PRId64 " s",
             p->p95.quantile * 100, c->value, c->limit, p->p95.window_ms / 1000);
}

static void
no_traffic(const struct run *r, struct view_answer *a, int64_t now_ms)
{
    if (r->canary_last_ms)
        snprintf(a->message, sizeof a->message, "the canary's last request was %" PRId64 " s ago",
                 (now_ms - r->canary_last_ms) / 1000);
    else
        snprintf(a->message, sizeof a->message, "no request to %.30s %.60s yet; seen: %.80s",
                 r->who.key, r->who.canary, r->sight.keys[0] ? r->sight.keys : "none");
}

static void
indistinguishable(const struct run *r, struct view_answer *a)
{
    snprintf(a->message, sizeof a->message,
             "cannot tell the versions apart by %.30s: want %.40s, seen %.50s; choose another key",
             r->who.key, r->who.canary, r->sight.keys[0] ? r->sight.keys : "only placeholders");
}

static void
stale(const struct run *r, struct view_answer *a, int64_t now_ms)
{
    int64_t oldest = r->view_ms ? r->view_ms : r->snapshot_ms;

    for (int arm = 0; arm < ARM_COUNT; arm++)
        if (r->sight.newest_ms[arm] && r->sight.newest_ms[arm] < oldest)
            oldest = r->sight.newest_ms[arm];
    snprintf(a->message, sizeof a->message, "the newest samples are %" PRId64 " s old",
             (now_ms - oldest) / 1000);
}

static void
dead_canary(const struct run *r, struct view_answer *a)
{
    snprintf(
        a->message, sizeof a->message,
        "most requests of the canary fail and the baseline's do not: %.1f against %.1f percent",
        r->guard.canary_share * 100, r->guard.baseline_share * 100);
}

static void
cluster_missing(const struct run *r, struct view_answer *a)
{
    const struct policy   *p = r->policy;
    const struct clusters *c = &r->clusters;
    uint32_t               which;

    if (!clusters_missing(c, p, r->interval_end_ms, DATA_SILENCE_MS, &which))
        return;
    if (which == c->n)
        snprintf(a->message, sizeof a->message, "the canary has traffic in %u of %u clusters", c->n,
                 p->clusters.min);
    else if (c->at[which].judged < p->clusters.min_requests)
        snprintf(a->message, sizeof a->message,
                 "cluster %s: canary %" PRIu64 " of %" PRIu64 " requests", c->at[which].name,
                 c->at[which].judged, p->clusters.min_requests);
    else
        snprintf(a->message, sizeof a->message,
                 "cluster %s: the canary's last request was %" PRId64 " s ago", c->at[which].name,
                 (r->interval_end_ms - c->at[which].last_ms) / 1000);
}

/* The reasons whose sentence holds numbers; the others are told by their help
 * text. */
void
sentence_write(const struct run *r, struct view_answer *a, enum check by, int64_t now_ms)
{
    snprintf(a->message, sizeof a->message, "%s", verdict_reason_help(a->reason));
    if (a->reason == REASON_TOO_FEW_REQUESTS)
        too_few(r, a, by);
    else if (a->reason == REASON_NOT_PROVEN)
        not_proven(r, a, by);
    else if (a->reason == REASON_ERROR_RATE_WORSE)
        error_rate_worse(r, a);
    else if (a->reason == REASON_ONE_BAD_POD)
        one_bad_pod(r, a);
    else if (a->reason == REASON_LATENCY_WORSE)
        latency_worse(r, a);
    else if (a->reason == REASON_CLIENT_ERRORS_WORSE)
        client_errors_worse(r, a);
    else if (a->reason == REASON_ERROR_BUDGET_BURNED || a->reason == REASON_LATENCY_BUDGET_BURNED)
        budget_burned(r, a);
    else if (a->reason == REASON_SUCCESS_RATE_LOW || a->reason == REASON_LATENCY_HIGH)
        threshold_broken(r, a);
    else if (a->reason == REASON_NO_TRAFFIC)
        no_traffic(r, a, now_ms);
    else if (a->reason == REASON_VERSIONS_INDISTINGUISHABLE)
        indistinguishable(r, a);
    else if (a->reason == REASON_CLUSTER_MISSING)
        cluster_missing(r, a);
    else if (a->reason == REASON_STALE_DATA)
        stale(r, a, now_ms);
    else if (a->reason == REASON_UNATTRIBUTED_FAULTS)
        snprintf(a->message, sizeof a->message,
                 "about %.0f of %.0f requests lately failed before they reached any version: no "
                 "healthy host, no route or no cluster",
                 r->lost, r->lost_of);
    else if (a->reason == REASON_ROUTING_MISMATCH)
        snprintf(a->message, sizeof a->message,
                 "the canary gets %.3g percent of the requests, and %.3g were set",
                 r->checks[CHECK_SPLIT].value * 100, r->checks[CHECK_SPLIT].limit * 100);
    else if (by == CHECK_MESH && !isnan(r->checks[by].value))
        snprintf(a->message, sizeof a->message, "%s: %.4g within the last minute",
                 verdict_reason_help(a->reason), r->checks[by].value);
    else if (a->reason == REASON_DEAD_CANARY)
        dead_canary(r, a);
    else if (a->reason == REASON_WARMING_UP)
        snprintf(a->message, sizeof a->message,
                 "the canary's first %" PRId64 " s are not judged; %" PRId64 " s are over",
                 r->policy->warm_up_ms / 1000, (r->interval_end_ms - r->canary_first_ms) / 1000);
    else if (a->reason == REASON_MAX_HOLD || a->reason == REASON_NO_DATA)
        snprintf(a->message, sizeof a->message, "held %" PRId64 " s: %.150s",
                 (now_ms - r->hold_since_ms) / 1000, r->found.message);
    else if (a->reason == r->blind && r->blind_detail[0])
        snprintf(a->message, sizeof a->message, "%s", r->blind_detail);
    view_clean(a->message);
}

static void
broken_limit(const struct run *r, struct view_answer *a, uint32_t k)
{
    const struct policy_limit *p = &r->policy->limit[k];
    const struct check_result *c = &r->limits[k];
    char                       window[48] = "", often[64] = "";

    if (p->metric != POLICY_LIMIT_QUERY)
        snprintf(window, sizeof window, ", over the last %" PRId64 " s", p->window_ms / 1000);
    if (p->of > 1)
        snprintf(often, sizeof often, "; outside in %" PRIu32 " of the last %" PRIu32 " intervals",
                 limit_outside(&r->limit[k]), p->of);
    snprintf(a->message, sizeof a->message, "%s is %.6g, limit %.6g%s%s", p->name, c->value,
             c->limit, window, often);
}

void
sentence_limit(const struct run *r, struct view_answer *a, uint32_t k)
{
    const struct policy_limit *p = &r->policy->limit[k];
    const struct check_result *c = &r->limits[k];

    if (a->reason == REASON_LIMIT_BROKEN)
        broken_limit(r, a, k);
    else if (!isnan(c->need_requests))
        snprintf(a->message, sizeof a->message,
                 "%s: %.0f more requests of the canary within %" PRId64 " s are needed", p->name,
                 c->need_requests, p->window_ms / 1000);
    else
        snprintf(a->message, sizeof a->message, "%s: %s", p->name, verdict_reason_help(a->reason));
    view_clean(a->message);
}

void
sentence_advisory(const struct view_answer *would_be, struct view_answer *a)
{
    snprintf(a->message, sizeof a->message, "only advice: would be %s (%s): %.120s",
             verdict_text(would_be->verdict), verdict_reason_text(would_be->reason),
             would_be->message);
}
