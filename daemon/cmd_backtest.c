#include "daemon/cmd_backtest.h"

#include "base/log.h"
#include "base/progress.h"
#include "daemon/backtest.h"
#include "daemon/backtestjson.h"
#include "daemon/cmdsource.h"
#include "daemon/loop.h"
#include "daemon/option.h"
#include "daemon/sampler.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { EXIT_FINE, EXIT_OVER, EXIT_TOO_LITTLE, EXIT_ERROR };
enum {
    ROW_SERVICE,
    ROW_NAMESPACE,
    ROW_SOURCE,
    ROW_POLICY,
    ROW_KEY,
    ROW_DAYS,
    ROW_STEP,
    ROW_CONFIG,
    ROW_DAEMON,
    ROW_TOKEN_FILE,
    ROW_JSON,
};
enum { DAY_MS = 24 * 3600 * 1000, MOST_FAILURES = 20, JSON_BYTES = 1 << 20 };

static const struct option_row rows[] = {
    [ROW_SERVICE] = {"service", 's', "NAME", OPTION_TEXT, "the service"},
    [ROW_NAMESPACE] = {"namespace", 'n', "NAME", OPTION_TEXT, "its namespace"},
    [ROW_SOURCE] = {"source", 0, "NAME", OPTION_TEXT, "another source than the service's"},
    [ROW_POLICY] = {"policy", 0, "NAME", OPTION_TEXT, "another policy than the service's"},
    [ROW_KEY] = {"key", 0, "KEY", OPTION_TEXT, "another version key than the service's"},
    [ROW_DAYS] = {"days", 0, "N", OPTION_NUMBER, "how far to look back (1; most 30)"},
    [ROW_STEP] = {"step", 0, "DURATION", OPTION_DURATION,
                  "time between two questions (the source's scrape interval)"},
    [ROW_CONFIG] = {"config", 'c', "FILE", OPTION_TEXT, "the configuration"},
    [ROW_DAEMON] = CMDSOURCE_DAEMON,
    [ROW_TOKEN_FILE] = CMDSOURCE_TOKEN_FILE,
    [ROW_JSON] = OPTION_JSON,
};

const struct option_command cmd_backtest_options = {
    .name = "backtest",
    .help = "Judge a service's own past under a policy, each pod of it against the others, before\n"
            "the policy may block anything: false rollbacks that there would have been, what\n"
            "effect would be found, and when a good canary would pass.",
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .required = 1u << ROW_SERVICE | 1u << ROW_NAMESPACE | 1u << ROW_CONFIG,
    .exits = {{0, "in order"},
              {1, "false rollbacks are over the configured rate"},
              {2, "too little was seen"},
              {3, "could not ask"}},
    .json =
        "{\"namespace\", \"service\", \"policy\", \"unanswered\", \"intervals\", \"from\", \"to\", "
        "\"pods\", \"requests_per_s\", \"faults\", \"windows\", \"windows_given_up\", "
        "\"false_rollback_rate\", \"without_calibration\": {\"placebos\", \"rolled_back\", "
        "\"share\", "
        "\"lower\", \"upper\"}, \"with_calibration\": {}, \"weights\": [{\"weight\", "
        "\"canary_per_s\", "
        "\"found\", \"found_calibrated\", \"pass_after_s\"}], \"limits\": [{\"name\", \"known\", "
        "\"judged\", \"broken\", \"times\"}]}",
};

/* One look back, instant by instant. */
struct looking {
    struct config   *config;
    struct loop     *loop;
    struct upstream *source;
    struct sampler  *sampler;
    struct backtest *test;
    struct target    target;
    struct progress  progress;
    int64_t          start_ms, end_ms, at_ms, step_ms;
    uint32_t         failures;   /* in a row */
    uint64_t         unanswered; /* in all */
    bool             done, json;
};

static void ask_next(struct looking *l);

static void
on_sampled(void *ctx, enum sampler_outcome outcome, const struct interval *interval)
{
    struct looking *l = ctx;

    if (outcome == SAMPLER_BLIND) {
        l->failures++;
        l->unanswered++;
    } else {
        l->failures = 0;
    }
    if (outcome == SAMPLER_CLOSED)
        backtest_interval(l->test, interval);
    l->at_ms += l->step_ms;
    l->done = l->at_ms > l->end_ms || l->failures >= MOST_FAILURES;
    progress_at(&l->progress, (uint64_t)((l->at_ms - l->start_ms) / l->step_ms));
    if (!l->done)
        ask_next(l);
}

static void
ask_next(struct looking *l)
{
    sampler_take(l->sampler, l->at_ms, on_sampled, l);
}

static const char *
said(const struct option_value *v, size_t row, const char *own)
{
    return v[row].given ? v[row].text : own;
}

/* Every version of the service, none of which is a canary. */
static enum status
find_target(struct looking *l, const struct option_value *v, struct err *err)
{
    struct target *t = &l->target;
    const char    *policy, *source;

    *t = (struct target){.service = config_judged(l->config, slice_of(v[ROW_NAMESPACE].text),
                                                  slice_of(v[ROW_SERVICE].text))};
    if (!t->service)
        return err_set(err, STATUS_NOT_FOUND,
                       "service %.60s in namespace %.60s is not in the configuration",
                       v[ROW_SERVICE].text, v[ROW_NAMESPACE].text);
    policy = said(v, ROW_POLICY, t->service->policy);
    source = said(v, ROW_SOURCE, t->service->source);
    t->policy = config_policy(l->config, slice_of(policy));
    t->source = config_source(l->config, slice_of(source));
    t->preset = preset_name(t->service->preset);
    if (!t->policy)
        return err_set(err, STATUS_NOT_FOUND, "there is no policy %.60s", policy);
    if (!t->source)
        return err_set(err, STATUS_NOT_FOUND, "there is no source %.60s", source);
    snprintf(t->ns, sizeof t->ns, "%s", v[ROW_NAMESPACE].text);
    snprintf(t->name, sizeof t->name, "%s", v[ROW_SERVICE].text);
    snprintf(
        t->key, sizeof t->key, "%s",
        said(v, ROW_KEY, t->service->key ? t->service->key : preset_default_key(t->preset, false)));
    return STATUS_OK;
}

static enum status
find_times(struct looking *l, const struct option_value *v, struct err *err)
{
    double days = v[ROW_DAYS].given ? v[ROW_DAYS].number : 1;

    if (!(days > 0) || days > 30)
        return err_set(err, STATUS_RANGE, "--days must be more than 0 and at most 30");
    l->step_ms = v[ROW_STEP].given ? v[ROW_STEP].ms : l->target.source->scrape_interval_ms;
    if (l->step_ms < 1000 || l->step_ms > l->target.policy->longest_gap_ms)
        return err_set(err, STATUS_RANGE,
                       "--step must be at least 1s and at most longest_gap of the policy");
    l->end_ms = clock_wall_ms(&clock_system);
    l->at_ms = l->start_ms = l->end_ms - (int64_t)(days * DAY_MS);
    return STATUS_OK;
}

static enum status
prepare(struct looking *l, const struct option_value *v, struct err *err)
{
    enum status s = config_read_file(v[ROW_CONFIG].text, &l->config, err);

    if (s == STATUS_OK)
        s = find_target(l, v, err);
    if (s == STATUS_OK)
        s = find_times(l, v, err);
    if (s == STATUS_OK)
        s = loop_new(&l->loop, err);
    if (s)
        return s;
    s = cmdsource_new(l->loop, l->config, l->target.source, &v[ROW_DAEMON], &v[ROW_TOKEN_FILE],
                      &l->source, err);
    if (s == STATUS_OK)
        s = sampler_new(l->source, &l->target, NULL, &l->sampler, err);
    l->test = backtest_new(l->target.policy);
    return s;
}

static void
print_tally(const char *what, const struct calibration_tally *t, double alpha)
{
    struct backtest_range r = backtest_range(t->rolled_back, t->placebos);

    (void)printf("  %-21s", what);
    if (!t->placebos) {
        (void)printf("none was judged\n");
        return;
    }
    (void)printf("%" PRIu32 " of %" PRIu32 " placebo canaries, %.2f %% (95 %%: %.2f to %.2f); "
                 "configured %.2f %%\n",
                 t->rolled_back, t->placebos, 100. * t->rolled_back / t->placebos, 100 * r.lower,
                 100 * r.upper, 100 * alpha);
}

static const char *
time_text(double s, char out[24])
{
    if (isnan(s) || s > 30 * 86400.)
        snprintf(out, 24, "never");
    else if (s < 120)
        snprintf(out, 24, "%.0f s", s);
    else if (s < 7200)
        snprintf(out, 24, "%.0f min", s / 60);
    else
        snprintf(out, 24, "%.1f h", s / 3600);
    return out;
}

static const char *
share_text(double share, char out[24])
{
    if (isnan(share))
        snprintf(out, 24, "-");
    else
        snprintf(out, 24, "%.3g %%", 100 * share);
    return out;
}

static void
print_weights(const struct backtest_report *r, int64_t window_ms)
{
    (void)printf("Faults of the canary that are found within %.0f min, and when a good one passes\n"
                 "  %-8s%-12s%-22s%-22s%s\n",
                 (double)window_ms / 60000, "weight", "requests/s", "without calibration",
                 "with calibration", "pass after");
    for (int k = 0; k < BACKTEST_WEIGHTS; k++) {
        const struct backtest_weight *w = &r->at[k];
        char                          plain[24], calibrated[24], pass[24];

        (void)printf("  %-8.0f%-12.3g%-22s%-22s%s\n", 100 * w->weight, w->canary_per_s,
                     share_text(w->detects, plain), share_text(w->calibrated, calibrated),
                     time_text(w->pass_s, pass));
    }
}

/* Limits are no part of the rate, so they have no part in the exit code. */
static void
print_limits(const struct backtest_report *r)
{
    if (r->n_limits)
        (void)printf("Limits, if all of the service were a canary (a share of it is rougher)\n");
    for (uint32_t k = 0; k < r->n_limits; k++) {
        const struct backtest_limit *l = &r->limits[k];

        if (!l->known)
            (void)printf("  %-21sis about a canary: not known before there is one\n", l->name);
        else if (!l->judged)
            (void)printf("  %-21snever had requests enough\n", l->name);
        else
            (void)printf("  %-21sbroken %" PRIu32 " times, in %" PRIu64 " of %" PRIu64
                         " intervals (%.2f %%)\n",
                         l->name, l->times, l->broken, l->judged,
                         100 * (double)l->broken / (double)l->judged);
    }
}

static void
print_thresholds(const struct backtest_report *r)
{
    struct calibration_frozen f = r->thresholds;
    char                      message[CALIBRATION_MESSAGE_BYTES];

    f.tally = (struct calibration_tally){0}; /* said just above */
    calibration_message(&f, message);
    (void)printf("  %-21s%s\n", "at the end", message);
}

static void
print_json(const struct looking *l, const struct backtest_report *r)
{
    struct text    out;
    struct jsonout j;

    text_init(&out, JSON_BYTES);
    jsonout_init(&j, &out);
    jsonout_begin_object(&j, NULL);
    jsonout_text(&j, "namespace", l->target.ns);
    jsonout_text(&j, "service", l->target.name);
    jsonout_text(&j, "policy", l->target.policy->name);
    jsonout_uint(&j, "unanswered", l->unanswered);
    backtestjson_put(&j, r, l->target.policy->false_rollback_rate);
    jsonout_end_object(&j);
    (void)puts(out.p);
    text_release(&out);
}

static void
print_people(const struct looking *l, const struct backtest_report *r)
{
    const struct policy *p = l->target.policy;

    (void)printf("%s/%s under policy %s: %.2f days, %" PRIu64 " intervals, %" PRIu32
                 " pods; %" PRIu64 " instants without an answer\n",
                 l->target.ns, l->target.name, p->name, (double)(r->to_ms - r->from_ms) / DAY_MS,
                 r->intervals, r->pods, l->unanswered);
    (void)printf("Traffic %.3g requests/s, %.3g %% of them faults\n", r->per_s, 100 * r->faults);
    (void)printf("False rollbacks, of %" PRIu32 " windows (%" PRIu32 " were given up: pods or "
                 "versions changed, or data were missing)\n",
                 r->windows, r->dropped);
    print_tally("without calibration", &r->plain, p->false_rollback_rate);
    print_tally("with calibration", &r->calibrated, p->false_rollback_rate);
    print_thresholds(r);
    print_weights(r, p->calibration.window_ms);
    print_limits(r);
}

static int
print_report(const struct looking *l)
{
    const struct policy            *p = l->target.policy;
    struct backtest_report          r;
    const struct calibration_tally *counts;

    backtest_report(l->test, &r);
    if (l->json)
        print_json(l, &r);
    if (!r.intervals) {
        (void)fprintf(stderr,
                      "verdictd backtest: the source shows nothing of %s/%s in that time; verdictd "
                      "preflight says why\n",
                      l->target.ns, l->target.name);
        return EXIT_TOO_LITTLE;
    }
    if (!l->json)
        print_people(l, &r);
    counts = p->calibration.mode != POLICY_CALIBRATION_OFF && r.calibrated.placebos ? &r.calibrated
                                                                                    : &r.plain;
    if (!counts->placebos)
        return EXIT_TOO_LITTLE;
    return backtest_range(counts->rolled_back, counts->placebos).lower > p->false_rollback_rate
               ? EXIT_OVER
               : EXIT_FINE;
}

static int
look_back(struct looking *l)
{
    const char *detail = "";

    progress_begin(
        &l->progress,
        &(struct progress_work){.what = "reading the past",
                                .unit = "instants",
                                .total = (uint64_t)((l->end_ms - l->start_ms) / l->step_ms) + 1});
    ask_next(l);
    loop_run(l->loop, NULL, &l->done);
    progress_end(&l->progress);
    if (!l->done) {
        (void)fprintf(stderr, "verdictd backtest: interrupted; nothing is kept of it\n");
        return EXIT_ERROR;
    }
    if (l->failures >= MOST_FAILURES) {
        (void)upstream_health(l->source, clock_mono_ms(&clock_system), &detail);
        (void)fprintf(stderr, "verdictd backtest: the source does not answer: %s\n", detail);
        return EXIT_ERROR;
    }
    return print_report(l);
}

int
cmd_backtest(int argc, char **argv)
{
    struct looking       l = {0};
    struct option_values v;
    struct err           err = {0};
    int                  code;

    if (!option_start(&cmd_backtest_options, argc, argv, &v, &code))
        return code;
    l.json = v.values[ROW_JSON].given;
    log_set_level(LOG_LEVEL_ERROR);
    if (prepare(&l, v.values, &err) == STATUS_OK) {
        code = look_back(&l);
    } else {
        (void)fprintf(stderr, "verdictd backtest: %s\n", err.text);
        code = EXIT_ERROR;
    }
    sampler_free(l.sampler);
    backtest_free(l.test);
    upstream_unref(l.source);
    loop_free(l.loop);
    config_unref(l.config);
    return code;
}
