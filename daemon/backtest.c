#include "daemon/backtest.h"

#include "analyzer/sample.h"
#include "base/heap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is asked of pass: faults, and latency at each watched bound. */
enum { QUESTIONS = 1 + FAMILY_LATENCY_BOUNDS };

struct backtest {
    const struct policy      *policy;
    struct placebo           *placebo;
    struct backtestlimits    *limits;
    struct calibration        record;
    struct backtest_report    seen;
    struct interval_monitored watched;
    struct noninferior        pass[QUESTIONS];
    struct pair               sum[QUESTIONS]; /* all that was served, as the baseline's */
    int64_t                   served_ms;
};

static enum family_question
question_of(uint32_t k)
{
    return k == 0 ? FAMILY_ERRORS : (enum family_question)(FAMILY_LATENCY + k - 1);
}

struct backtest *
backtest_new(const struct policy *p)
{
    struct backtest    *b = heap_new(1, sizeof *b);
    struct placebo_plan plan = placeborule_plan(p, 1);

    b->policy = p;
    b->placebo = placebo_new(&plan);
    b->limits = backtestlimits_new(p);
    b->seen.thresholds = calibration_none(CALIBRATION_YOUNG);
    calibration_init(&b->record);
    for (uint32_t k = 0; k < QUESTIONS; k++) {
        const struct policy_comparison *c = k == 0 ? &p->error_rate : &p->latency;

        noninferior_init(&b->pass[k], c->pass_ratio_margin, c->pass_absolute_margin);
    }
    return b;
}

void
backtest_free(struct backtest *b)
{
    if (!b)
        return;
    placebo_free(b->placebo);
    backtestlimits_free(b->limits);
    calibration_release(&b->record);
    free(b);
}

static void
close_window(struct backtest *b)
{
    uint32_t                     n;
    const struct placebo_result *r = placebo_results(b->placebo, &n);
    const struct policy         *p = b->policy;
    struct calibration_frozen    none = calibration_none(CALIBRATION_OFF), f;

    b->seen.windows++;
    /* All by what was known before this window. */
    f = placeborule_freeze(p, &b->record, p->false_rollback_rate,
                           n ? (double)r[0].window.all_requests : 0, b->seen.to_ms, 0);
    for (uint32_t k = 0; k < n; k++) {
        b->seen.plain.placebos++;
        b->seen.plain.rolled_back += placeborule_aborts(p, &none, &r[k]);
        if (f.use != CALIBRATION_USED)
            continue;
        b->seen.calibrated.placebos++;
        b->seen.calibrated.rolled_back += placeborule_aborts(p, &f, &r[k]);
    }
    for (uint32_t k = 0; k < n; k++)
        calibration_add(&b->record, &r[k].window);
    if (n)
        b->seen.thresholds = placeborule_freeze(p, &b->record, p->false_rollback_rate,
                                                (double)r[0].window.all_requests, b->seen.to_ms, 0);
}

/* How much traffic there is, how much of it is bad, and how it varies. */
static void
count(struct backtest *b, const struct interval *i)
{
    enum counts_view     view = i->present[VIEW_USER] ? VIEW_USER : VIEW_ATTEMPT;
    struct family_sample s;
    struct pair          wide[INTERVAL_MONITORED];

    if (!i->present[view] || !sample_of(i, view, &b->watched, &s))
        return;
    memcpy(wide, &s.pair[FAMILY_LATENCY], sizeof wide);
    exceedance_widen(&b->watched, b->policy->latency_margin_ms, EXCEEDANCE_PASS, wide);
    for (uint32_t k = 0; k < QUESTIONS; k++) {
        const struct pair *p = &s.pair[question_of(k)];

        pair_add(&b->sum[k], p);
        noninferior_apply(&b->pass[k], k > 0 ? &wide[k - 1] : p, false, NULL);
    }
    b->served_ms += s.length_ms;
    backtestlimits_apply(b->limits, i, view);
}

void
backtest_interval(struct backtest *b, const struct interval *i)
{
    if (!b->seen.intervals++)
        b->seen.from_ms = i->start_ms;
    b->seen.to_ms = i->end_ms;
    count(b, i);
    switch (placebo_apply(b->placebo, i)) {
    case PLACEBO_IDLE:
    case PLACEBO_OPEN:
        break;
    case PLACEBO_DROPPED:
        b->seen.dropped++;
        break;
    case PLACEBO_CLOSED:
        close_window(b);
        break;
    }
    if (placebo_pods(b->placebo) > b->seen.pods)
        b->seen.pods = placebo_pods(b->placebo);
}

static double
share_of(const struct pair *p)
{
    return p->n[ARM_BASELINE] ? (double)p->x[ARM_BASELINE] / (double)p->n[ARM_BASELINE]
                              : (double)NAN;
}

/* Canary requests until faults of this share are found, gm.h's growth for the
 * ratio that grows soonest. */
static double
requests_to_find(const struct policy *p, double weight, double base, double share, double target)
{
    const struct gm_plan plan =
        gm_plan_worse(p->error_rate.ratio_margin, p->error_rate.absolute_margin);
    double others = (1 - weight) / weight, least = NAN;

    for (uint32_t k = 0; k < plan.split.n; k++)
        least = mixture_sooner(
            least, target - log((1 - plan.split.cash) * plan.split.prior[k]),
            gm_log_increment(1, others, share, base * others, plan.rho, plan.delta, plan.ratio[k]));
    return least;
}

/* The smallest share of faults that so many canary requests find. */
static double
found_by(const struct policy *p, double weight, double base, double requests, double target)
{
    double low = base, high = 1;

    if (!(requests_to_find(p, weight, base, high, target) <= requests))
        return (double)NAN;
    for (int step = 0; step < 50; step++) {
        double middle = (low + high) / 2;

        if (requests_to_find(p, weight, base, middle, target) <= requests)
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* Seconds until a canary as good as the baseline passes. */
static double
pass_after(const struct backtest *b, double weight, double canary_per_s)
{
    static const double           many = 1e12;
    static const struct podspread even;
    double                        need = (double)b->policy->min_requests;
    struct gm_odds                odds = {0};

    for (uint32_t k = 0; k < QUESTIONS; k++) {
        double      share = share_of(&b->sum[k]), one;
        struct pair seen = {.n = {(uint64_t)(many * weight), (uint64_t)(many * (1 - weight))}};

        if (isnan(share) || !(k == 0 ? b->policy->error_rate.on : b->policy->latency.on))
            continue;
        for (int arm = 0; arm < ARM_COUNT; arm++)
            seen.x[arm] = (uint64_t)(share * (double)seen.n[arm]);
        one =
            noninferior_need(&b->pass[k], &seen, &even, 0, -log(b->policy->false_pass_rate), &odds);
        if (isnan(one))
            return (double)NAN;
        need = fmax(need, one);
    }
    return (double)b->policy->warm_up_ms / 1000 + need / canary_per_s;
}

static struct backtest_weight
at_weight(const struct backtest *b, double weight, double per_s, double faults)
{
    const struct policy   *p = b->policy;
    struct combination     weights = combination_of(p);
    double                 price = -log(weights.weight[CHECK_ERROR_RATE]);
    struct backtest_weight w = {.weight = weight,
                                .canary_per_s = weight * per_s,
                                .detects = NAN,
                                .calibrated = NAN,
                                .pass_s = NAN};
    double                 requests = w.canary_per_s * (double)p->calibration.window_ms / 1000;

    if (!(w.canary_per_s > 0))
        return w;
    w.detects = found_by(p, weight, faults, requests, price - log(p->false_rollback_rate));
    if (b->seen.thresholds.use == CALIBRATION_USED)
        w.calibrated = found_by(p, weight, faults, requests,
                                price + calibration_limit(&b->seen.thresholds, 0));
    w.pass_s = pass_after(b, weight, w.canary_per_s);
    return w;
}

void
backtest_report(const struct backtest *b, struct backtest_report *out)
{
    static const double weights[BACKTEST_WEIGHTS] = {.01, .05, .1, .25, .5};

    const struct backtest_limit *limits;

    *out = b->seen;
    limits = backtestlimits_seen(b->limits, &out->n_limits);
    memcpy(out->limits, limits, out->n_limits * sizeof *limits);
    out->faults = share_of(&b->sum[0]);
    out->per_s = b->served_ms ? (double)b->sum[0].n[ARM_BASELINE] * 1000 / (double)b->served_ms : 0;
    for (int k = 0; k < BACKTEST_WEIGHTS; k++)
        out->at[k] = at_weight(b, weights[k], out->per_s, out->faults);
}

struct backtest_range
backtest_range(uint32_t k, uint32_t n)
{
    static const double z = 1.959963984540054; /* of 97.5 % */
    double              share, middle, half, scale;

    if (!n)
        return (struct backtest_range){0, 1};
    share = (double)k / n;
    scale = 1 + z * z / n;
    middle = (share + z * z / (2. * n)) / scale;
    half = z * sqrt(share * (1 - share) / n + z * z / (4. * n * n)) / scale;
    return (struct backtest_range){fmax(0, middle - half), fmin(1, middle + half)};
}
