#include "analyzer/judgement.h"

#include "analyzer/sample.h"

#include <math.h>

enum {
    STATE_VERSION = 1,
    /* A source that is scraped every 15 s would have blocks of one interval,
     * which split bursts: ib.h. */
    LEAST_PER_BLOCK = 2,
    /* Blocks of the sum that counts beside calibrated thresholds.  It is there for
     * what pods cannot show and need not be quick, but one pod's bad minute must
     * not cross it: with blocks of 15 s, 1.5 % of good canaries are rolled back
     * where each pod has such a minute now and then, with these 0.4 %
     * (tests/bench/canarybench, "bad-pod episodes"). */
    BESIDE_CALIBRATED_MS = 60000,
};

/* Of alpha, where both rules are in force. */
static const double calibrated_share = .8;

/* The latency objective: so many requests may be slower. */
static const double slow_share = .05;

static const enum check sequential[] = {CHECK_ERROR_RATE, CHECK_LATENCY, CHECK_CLIENT_ERRORS,
                                        CHECK_SLO_SUCCESS_RATE, CHECK_SLO_LATENCY};

double
judgement_calibrated_alpha(double alpha)
{
    return alpha * calibrated_share;
}

static bool
is_calibrated(const struct judgement *j)
{
    return j->calibration.use == CALIBRATION_USED;
}

struct family_plan
judgement_family_plan(const struct policy *p, enum counts_view view, bool calibrated)
{
    struct family_plan plan = {.pods = view == VIEW_ATTEMPT,
                               .calibrated = calibrated && view == VIEW_ATTEMPT,
                               .own_block_ms = p->robust_block_ms,
                               .own_least = LEAST_PER_BLOCK};

    plan.margin[FAMILY_ERRORS] = (struct family_margin){
        p->error_rate.on, p->error_rate.ratio_margin, p->error_rate.absolute_margin};
    plan.margin[FAMILY_CLIENT_ERRORS] = (struct family_margin){
        p->client_errors.on, p->client_errors.ratio_margin, p->client_errors.absolute_margin};
    for (int k = 0; k < FAMILY_LATENCY_BOUNDS; k++)
        plan.margin[FAMILY_LATENCY + k] = (struct family_margin){
            p->latency.on, p->latency.ratio_margin, p->latency.absolute_margin};
    return plan;
}

void
judgement_slo_init(struct judgement_slo *b, const struct policy *p)
{
    for (int arm = 0; arm < ARM_COUNT; arm++) {
        slo_init(&b->success[arm], 1 - p->slo.success_rate);
        slo_init(&b->latency[arm], slow_share);
    }
}

void
judgement_slo_apply(struct judgement_slo *b, const struct pair *faults, const struct pair *slow,
                    int64_t length_ms)
{
    for (int arm = 0; arm < ARM_COUNT; arm++) {
        slo_apply(&b->success[arm], faults->n[arm], faults->x[arm], length_ms);
        slo_apply(&b->latency[arm], slow->n[arm], slow->x[arm], length_ms);
    }
}

/* Where users are judged by, and no placebos are compared with, the servers' side
 * is asked one thing only: whether retries hide faults. */
static void
ask_less(struct family_plan *plan)
{
    for (enum family_question q = 0; q < FAMILY_QUESTIONS; q++)
        plan->margin[q].asked = plan->margin[q].asked && q == FAMILY_ERRORS;
}

static void
init_processes(struct judgement *j)
{
    for (int view = 0; view < VIEW_COUNT; view++) {
        struct family_plan plan =
            judgement_family_plan(j->policy, (enum counts_view)view, is_calibrated(j));

        if (is_calibrated(j) && plan.own_block_ms < BESIDE_CALIBRATED_MS)
            plan.own_block_ms = BESIDE_CALIBRATED_MS;
        if (view == VIEW_ATTEMPT && j->view == VIEW_USER && !is_calibrated(j))
            ask_less(&plan);
        family_init(&j->harm[view], &plan);
        judgement_slo_init(&j->burn[view], j->policy);
    }
}

void
judgement_init(struct judgement *j, const struct policy *p, double alpha,
               const struct calibration_frozen *calibration)
{
    *j = (struct judgement){.policy = p,
                            .alpha = alpha,
                            .weights = combination_of(p),
                            .calibration = *calibration,
                            .view = -1,
                            .blamed = CHECK_COUNT};
    init_processes(j);
    error_rate_init(&j->error_rate, p);
    latency_init(&j->latency, p);
    client_errors_init(&j->client_errors, p);
}

static double
burn_of(const struct slo arm[ARM_COUNT], double alpha)
{
    return slo_reaches(&arm[ARM_BASELINE], -log(alpha)) ? -INFINITY : slo_log_e(&arm[ARM_CANARY]);
}

/* Where the requests of both are compared and the baseline has some, the canary's
 * burn counts up to what GM, tempered, says of them: an incident of both burns the arm with
 * more requests first, and rolled back up to half of the good canaries that met
 * one at half of the traffic (test_judgement_incident.c). */
static double
burn_beside(const struct slo arm[ARM_COUNT], double alpha, bool compared, double log_gm)
{
    const struct slo *base = &arm[ARM_BASELINE];
    double            log_e = burn_of(arm, alpha);

    return compared && slo_has_requests(base) ? fmin(log_e, log_gm / slo_dispersion(base)) : log_e;
}

static void
evidence_of(const struct combination *weights, const struct family_evidence *harm,
            const struct judgement_slo *burn, double alpha, enum family_statistic s,
            double log_e[CHECK_COUNT])
{
    for (unsigned c = 0; c < CHECK_COUNT; c++)
        log_e[c] = -INFINITY;
    log_e[CHECK_ERROR_RATE] = harm->errors[s];
    log_e[CHECK_CLIENT_ERRORS] = harm->client_errors[s];
    log_e[CHECK_LATENCY] = harm->latency[s];
    log_e[CHECK_SLO_SUCCESS_RATE] = burn_beside(
        burn->success, alpha, weights->weight[CHECK_ERROR_RATE] > 0, harm->errors[FAMILY_GM]);
    log_e[CHECK_SLO_LATENCY] = burn_beside(burn->latency, alpha, weights->weight[CHECK_LATENCY] > 0,
                                           harm->latency[FAMILY_GM]);
}

double
judgement_sum_of(const struct combination *weights, const struct family_evidence *harm,
                 const struct judgement_slo *burn, double alpha, enum family_statistic s)
{
    double log_e[CHECK_COUNT];

    evidence_of(weights, harm, burn, alpha, s, log_e);
    return combination_log(weights, log_e);
}

double
judgement_log_sum(const struct judgement *j, enum counts_view view, enum family_statistic s)
{
    struct family_evidence harm;

    family_evidence(&j->harm[view], &harm);
    return judgement_sum_of(&j->weights, &harm, &j->burn[view], j->alpha, s);
}

double
judgement_limit(const struct judgement *j)
{
    return 1 / (is_calibrated(j) ? j->alpha * (1 - calibrated_share) : j->alpha);
}

/* The statistic over its threshold, while thresholds hold and the users are
 * harmed as well; or -1. */
static int
calibrated_crossing(const struct judgement *j, enum counts_view view,
                    const struct family_evidence *pods)
{
    double log_w[CALIBRATION_STATISTICS];

    if (!calibration_holds(&j->calibration, j->last_ms - j->first_ms, j->served, j->canary_pods))
        return -1;
    for (unsigned s = 0; s < CALIBRATION_STATISTICS; s++)
        log_w[s] = judgement_sum_of(&j->weights, pods, &j->burn[VIEW_ATTEMPT], j->alpha,
                                    (enum family_statistic)s);
    if (view == VIEW_USER &&
        judgement_log_sum(j, VIEW_USER, FAMILY_GM) < -log(j->calibration.floor))
        return -1;
    return calibration_crossed(&j->calibration, log_w);
}

static void
latch(struct judgement *j, enum judgement_rule rule, const struct family_evidence *harm,
      enum counts_view view, enum family_statistic s)
{
    double log_e[CHECK_COUNT];

    evidence_of(&j->weights, harm, &j->burn[view], j->alpha, s, log_e);
    j->crossed = rule;
    j->blamed = combination_blame(&j->weights, log_e);
}

/* The sum that needs no thresholds.  An objective's burn has no robust half: one
 * pod's bad minute burns it.  Beside calibrated thresholds, which see the burn as
 * well, it counts here up to what the comparison of the same requests shows; else
 * 5 % of good canaries are rolled back where pods have such minutes, with this
 * 0.3 % (tests/bench/canarybench, "slo bad-pod episodes"). */
static double
uncalibrated_sum(const struct judgement *j, const struct family_evidence *harm,
                 enum counts_view view)
{
    double log_e[CHECK_COUNT];

    evidence_of(&j->weights, harm, &j->burn[view], j->alpha, FAMILY_OWN, log_e);
    if (is_calibrated(j) && j->policy->error_rate.on)
        log_e[CHECK_SLO_SUCCESS_RATE] =
            fmin(log_e[CHECK_SLO_SUCCESS_RATE], log_e[CHECK_ERROR_RATE]);
    if (is_calibrated(j) && j->policy->latency.on)
        log_e[CHECK_SLO_LATENCY] = fmin(log_e[CHECK_SLO_LATENCY], log_e[CHECK_LATENCY]);
    return combination_log(&j->weights, log_e);
}

static void
look(struct judgement *j, enum counts_view view)
{
    struct family_evidence harm, pods;
    int                    by;

    if (j->crossed != JUDGEMENT_NONE)
        return;
    family_evidence(&j->harm[view], &harm);
    if (view == VIEW_USER && is_calibrated(j))
        family_evidence(&j->harm[VIEW_ATTEMPT], &pods);
    else
        pods = harm;
    by = calibrated_crossing(j, view, &pods);
    if (by >= 0)
        latch(j, JUDGEMENT_CALIBRATED, &pods, VIEW_ATTEMPT, (enum family_statistic)by);
    else if (uncalibrated_sum(j, &harm, view) >= log(judgement_limit(j)))
        latch(j, JUDGEMENT_SUM, &harm, view, FAMILY_OWN);
}

static void
count_canary(struct judgement *j, const struct family_sample *s)
{
    j->canary_pods = 0;
    for (uint32_t k = 0; k < s->n_pods; k++)
        j->canary_pods += s->pods[k].arm == ARM_CANARY && s->pods[k].n[FAMILY_OF_TRIES] > 0;
    j->served += s->pair[FAMILY_ERRORS].n[ARM_CANARY];
}

/* False: the view's counts are no counts of requests. */
static bool
take(struct judgement *j, const struct interval *i, enum counts_view view, struct family_odds *odds)
{
    struct family_sample s;
    struct pair          slow = {0};

    if (!sample_of(i, view, &j->watched[view], &s))
        return false;
    if (j->policy->latency_margin_ms > 0)
        sample_widen(&s, &j->watched[view], j->policy->latency_margin_ms);
    if (!family_apply(&j->harm[view], &s, odds))
        return false;
    if (view == VIEW_ATTEMPT)
        count_canary(j, &s);
    if (j->policy->slo.p95_ms > 0)
        (void)pair_slower_than(i, view, j->policy->slo.p95_ms, &slow);
    judgement_slo_apply(&j->burn[view], &s.pair[FAMILY_ERRORS], &slow, s.length_ms);
    return true;
}

static bool
countable(const struct interval *i, enum counts_view view)
{
    const struct pair faults = pair_of_faults(i, view), silent = pair_of_silence(i, view),
                      refused = pair_of_client_errors(i, view);

    return interval_length_ms(i) > 0 && pair_valid(&faults) && pair_valid(&silent) &&
           pair_valid(&refused);
}

void
judgement_apply(struct judgement *j, const struct interval *i, enum counts_view view, bool judged)
{
    struct gm_odds     good = {0};
    struct family_odds worse = {0};

    if (!countable(i, view)) {
        j->anomalies += j->anomalies < UINT32_MAX;
        return;
    }
    error_rate_apply(&j->error_rate, i, view, judged, &good);
    client_errors_apply(&j->client_errors, i, view, judged, &good);
    latency_apply(&j->latency, i, view, judged, &good);
    if (!judged) {
        judgement_break(j);
        return;
    }
    if (j->view < 0) {
        j->view = (int)view;
        j->first_ms = i->start_ms;
        init_processes(j);
    }
    if (__builtin_add_overflow(j->judged_ms, interval_length_ms(i), &j->judged_ms))
        j->judged_ms = INT64_MAX;
    j->last_ms = i->end_ms;
    for (int v = 0; v < VIEW_COUNT; v++)
        if (v == (int)view || (v == VIEW_ATTEMPT && i->present[v]))
            j->anomalies += !take(j, i, (enum counts_view)v, &worse) && j->anomalies < UINT32_MAX;
    lonepod_find(&j->harm[VIEW_ATTEMPT], i, &j->lone);
    look(j, view);
}

void
judgement_break(struct judgement *j)
{
    for (int view = 0; view < VIEW_COUNT; view++)
        family_break(&j->harm[view]);
}

static enum verdict_reason
reason_of(enum check c)
{
    static const enum verdict_reason reasons[CHECK_COUNT] = {
        [CHECK_ERROR_RATE] = REASON_ERROR_RATE_WORSE,
        [CHECK_LATENCY] = REASON_LATENCY_WORSE,
        [CHECK_CLIENT_ERRORS] = REASON_CLIENT_ERRORS_WORSE,
        [CHECK_SLO_SUCCESS_RATE] = REASON_ERROR_BUDGET_BURNED,
        [CHECK_SLO_LATENCY] = REASON_LATENCY_BUDGET_BURNED,
    };

    return reasons[c];
}

static void
tell(struct check_result *r, enum verdict v, enum verdict_reason why)
{
    r->verdict = v;
    r->reason = why;
}

/* The objective on the canary alone. */
static struct check_result
slo_result(const struct judgement *j, enum check which, const struct slo arm[ARM_COUNT],
           double objective)
{
    const struct policy *p = j->policy;
    struct check_result  r = check_none();

    if (!(objective > 0))
        return r;
    r.configured = true;
    r.required = p->required >> which & 1;
    r.dry_run = p->dry_run >> which & 1;
    r.pass_limit = 1 / p->false_pass_rate;
    r.value = slo_share(&arm[ARM_CANARY]);
    r.pass_evidence = check_evidence(slo_log_pass(&arm[ARM_CANARY]));
    if (slo_burns_now(&arm[ARM_CANARY]) && slo_burns_now(&arm[ARM_BASELINE]))
        tell(&r, VERDICT_HOLD, REASON_SHARED_INCIDENT);
    else if (slo_log_pass(&arm[ARM_CANARY]) >= log(r.pass_limit))
        tell(&r, VERDICT_PASS, REASON_PROVEN);
    else
        tell(&r, VERDICT_HOLD, REASON_NOT_PROVEN);
    return r;
}

/* Only the servers' side is worse: retries hide it from the users. */
static void
unmask(const struct judgement *j, enum counts_view view, struct check_result *r)
{
    static const enum verdict told[] = {[POLICY_MASKED_HOLD] = VERDICT_HOLD,
                                        [POLICY_MASKED_FAIL] = VERDICT_FAIL,
                                        [POLICY_MASKED_ABORT] = VERDICT_ABORT};

    if (view == VIEW_USER && j->policy->masked != POLICY_MASKED_IGNORE &&
        family_log_e(&j->harm[VIEW_ATTEMPT], FAMILY_ERRORS, FAMILY_OWN) >= -log(j->alpha))
        tell(r, told[j->policy->masked], REASON_MASKED_BY_RETRIES);
}

/* One pod is no version: undecided, and it says why. */
static void
name_pod(const struct judgement *j, struct check_result *r)
{
    if (j->lone.found && r->verdict == VERDICT_HOLD && r->reason == REASON_NOT_PROVEN)
        r->reason = REASON_ONE_BAD_POD;
}

/* Evidence, limit and the verdict of the abort side over that of the pass side. */
static void
finish(const struct judgement *j, enum check c, double log_e, struct check_result *r)
{
    double weight = j->weights.weight[c];

    if (!r->configured)
        return;
    r->evidence = check_evidence(log_e);
    r->limit = weight > 0 ? judgement_limit(j) / weight : 1 / j->alpha;
    if (weight > 0 ? j->crossed != JUDGEMENT_NONE && j->blamed == c : log_e >= log(r->limit))
        tell(r, VERDICT_ABORT, reason_of(c));
}

/* The abort side for people: as if each question alone had to carry the abort. */
static struct comparison_told
what_is_told(const struct judgement *j, enum counts_view view)
{
    struct comparison_told told = {
        .harm = &j->harm[view], .judged_ms = j->judged_ms, .log_limit = log(judgement_limit(j))};
    double known[FAMILY_QUESTIONS];

    known[FAMILY_ERRORS] = comparison_dispersion(&j->error_rate.faults);
    known[FAMILY_CLIENT_ERRORS] = comparison_dispersion(&j->client_errors.answers);
    for (uint32_t k = 0; k < FAMILY_LATENCY_BOUNDS; k++)
        known[FAMILY_LATENCY + k] = comparison_dispersion(&j->latency.over[k]);
    family_spread(&j->harm[VIEW_ATTEMPT], known, told.by_pods);
    return told;
}

void
judgement_results(const struct judgement *j, enum counts_view view,
                  struct check_result out[CHECK_COUNT])
{
    const struct judgement_slo *burn = &j->burn[view];
    struct family_evidence      harm;
    double                      log_e[CHECK_COUNT];
    struct comparison_told      told = what_is_told(j, view);

    family_evidence(&j->harm[view], &harm);
    evidence_of(&j->weights, &harm, burn, j->alpha, FAMILY_OWN, log_e);
    out[CHECK_ERROR_RATE] = error_rate_result(&j->error_rate, &told);
    name_pod(j, &out[CHECK_ERROR_RATE]);
    unmask(j, view, &out[CHECK_ERROR_RATE]);
    out[CHECK_LATENCY] = latency_result(&j->latency, &told);
    out[CHECK_CLIENT_ERRORS] = client_errors_result(&j->client_errors, &told);
    out[CHECK_SLO_SUCCESS_RATE] =
        slo_result(j, CHECK_SLO_SUCCESS_RATE, burn->success, j->policy->slo.success_rate);
    out[CHECK_SLO_LATENCY] = slo_result(j, CHECK_SLO_LATENCY, burn->latency, j->policy->slo.p95_ms);
    for (size_t k = 0; k < ARRAY_LEN(sequential); k++)
        finish(j, sequential[k], log_e[sequential[k]], &out[sequential[k]]);
}

struct judgement_sums
judgement_sums(const struct judgement *j)
{
    struct judgement_sums s;

    for (int arm = 0; arm < ARM_COUNT; arm++) {
        s.requests[arm] = j->error_rate.faults.judged.n[arm];
        s.bad[arm] = j->error_rate.faults.judged.x[arm];
    }
    return s;
}

static void
pack_burn(const struct judgement_slo *b, struct text *out)
{
    for (int arm = 0; arm < ARM_COUNT; arm++) {
        slo_pack(&b->success[arm], out);
        slo_pack(&b->latency[arm], out);
    }
}

static void
unpack_burn(struct judgement_slo *b, struct unpack *in)
{
    for (int arm = 0; arm < ARM_COUNT; arm++) {
        slo_unpack(&b->success[arm], in);
        slo_unpack(&b->latency[arm], in);
    }
}

void
judgement_pack(const struct judgement *j, struct text *out)
{
    pack_u8(out, STATE_VERSION);
    calibration_frozen_pack(&j->calibration, out);
    pack_u8(out, (uint8_t)(j->view + 1));
    for (int view = 0; view < VIEW_COUNT; view++) {
        family_pack(&j->harm[view], out);
        pack_burn(&j->burn[view], out);
        exceedance_pack(&j->watched[view], out);
    }
    error_rate_pack(&j->error_rate, out);
    latency_pack(&j->latency, out);
    client_errors_pack(&j->client_errors, out);
    lonepod_pack(&j->lone, out);
    pack_u64(out, j->served);
    pack_u32(out, j->canary_pods);
    pack_i64(out, j->first_ms);
    pack_i64(out, j->last_ms);
    pack_i64(out, j->judged_ms);
    pack_u32(out, j->anomalies);
    pack_u8(out, (uint8_t)j->crossed);
    pack_u8(out, (uint8_t)j->blamed);
}

void
judgement_unpack(struct judgement *j, struct unpack *in)
{
    uint8_t crossed, blamed, judged_by;

    if (pack_get_u8(in) != STATE_VERSION) {
        in->bad = true;
        return;
    }
    calibration_frozen_unpack(&j->calibration, in);
    judged_by = pack_get_u8(in);
    if (judged_by > VIEW_COUNT)
        in->bad = true;
    j->view = in->bad ? -1 : judged_by - 1;
    init_processes(j); /* their plan depends on these two */
    for (int view = 0; view < VIEW_COUNT; view++) {
        family_unpack(&j->harm[view], in);
        unpack_burn(&j->burn[view], in);
        exceedance_unpack(&j->watched[view], in);
    }
    error_rate_unpack(&j->error_rate, in);
    latency_unpack(&j->latency, in);
    client_errors_unpack(&j->client_errors, in);
    lonepod_unpack(&j->lone, in);
    j->served = pack_get_u64(in);
    j->canary_pods = pack_get_u32(in);
    j->first_ms = pack_get_ms(in);
    j->last_ms = pack_get_ms(in);
    j->judged_ms = pack_get_ms(in);
    j->anomalies = pack_get_u32(in);
    crossed = pack_get_u8(in);
    blamed = pack_get_u8(in);
    if (crossed > JUDGEMENT_CALIBRATED || blamed > CHECK_COUNT)
        in->bad = true;
    j->crossed = (enum judgement_rule)crossed;
    j->blamed = (enum check)blamed;
}
