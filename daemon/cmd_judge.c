#include "daemon/cmd_judge.h"

#include "base/log.h"
#include "daemon/cmdsource.h"
#include "daemon/loop.h"
#include "daemon/option.h"
#include "daemon/sampler.h"
#include "webhooks/viewjson.h"

#include <stdio.h>

enum {
    EXIT_PASS,
    EXIT_BAD,
    EXIT_HOLD,
    EXIT_ERROR,
};
enum {
    LOOK_BACK_MS = 10 * 60 * 1000,
    MOST_LOOK_BACK_MS = 2 * 3600 * 1000,
    ANSWER_BYTES = 64 << 10
};

/* The rows that are keys of a question come first: their names are api.md's. */
enum {
    ROW_SERVICE,
    ROW_NAMESPACE,
    ROW_CANARY,
    ROW_STABLE,
    ROW_KEY,
    ROW_REVISION,
    ROW_STAGE,
    ROW_WEIGHT,
    ROW_POLICY,
    ROW_VIEW,
    QUESTION_ROWS,
    ROW_CONFIG = QUESTION_ROWS,
    ROW_LOOK_BACK,
    ROW_DAEMON,
    ROW_TOKEN_FILE,
    ROW_JSON,
};

static const struct option_row rows[] = {
    [ROW_SERVICE] = {"service", 's', "NAME", OPTION_TEXT, "the service"},
    [ROW_NAMESPACE] = {"namespace", 'n', "NAME", OPTION_TEXT, "its namespace"},
    [ROW_CANARY] = {"canary", 0, "VALUE", OPTION_TEXT, "the version key's value on the canary"},
    [ROW_STABLE] = {"stable", 0, "VALUE", OPTION_TEXT, "its value on the baseline"},
    [ROW_KEY] = {"key", 0, "KEY", OPTION_TEXT, "the version key"},
    [ROW_REVISION] = {"revision", 0, "TEXT", OPTION_TEXT, "what identifies the release"},
    [ROW_STAGE] = {"stage", 0, "promote|step", OPTION_TEXT, "what is asked (promote)"},
    [ROW_WEIGHT] = {"weight", 0, "PERCENT", OPTION_TEXT, "the canary's share of traffic"},
    [ROW_POLICY] = {"policy", 0, "NAME", OPTION_TEXT, "another policy than the service's"},
    [ROW_VIEW] = {"view", 0, "full|brief", OPTION_TEXT, "how much is said (full)"},
    [ROW_CONFIG] = {"config", 'c', "FILE", OPTION_TEXT, "the configuration"},
    [ROW_LOOK_BACK] = {"for", 0, "DURATION", OPTION_DURATION,
                       "how far back to look (10m); the warm-up is part of it"},
    [ROW_DAEMON] = CMDSOURCE_DAEMON,
    [ROW_TOKEN_FILE] = CMDSOURCE_TOKEN_FILE,
    [ROW_JSON] = OPTION_JSON_ALWAYS,
};

const struct option_command cmd_judge_options = {
    .name = "judge",
    .help = "Judge the last minutes of a canary and print the answer of the Argo gate.",
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .required = 1u << ROW_SERVICE | 1u << ROW_NAMESPACE | 1u << ROW_CONFIG,
    .exits = {{0, "pass"}, {1, "fail or abort"}, {2, "hold"}, {3, "could not ask"}},
    .json = "always: the answer of /v1/argo/verdict",
};

/* One judging on its way through the snapshots. */
struct judging {
    struct config   *config;
    struct loop     *loop;
    struct upstream *source;
    struct sampler  *sampler;
    struct run       run;
    struct question  question;
    int64_t          at_ms, end_ms, tick_ms;
    bool             done;
};

static enum status
read_question(const struct option_values *v, struct question *q, struct err *err)
{
    struct question_param params[QUESTION_ROWS];
    struct err            hint = {0};
    size_t                n = 0;
    enum status           s;

    for (size_t i = 0; i < QUESTION_ROWS; i++)
        if (v->values[i].given)
            params[n++] = (struct question_param){.name = slice_of(rows[i].name),
                                                  .value = slice_of(v->values[i].text)};
    s = question_from_argo((struct slice){0}, params, n, q, err, &hint);
    if (s && hint.text[0])
        (void)fprintf(stderr, "hint: %s\n", hint.text);
    return s;
}

static void next_snapshot(struct judging *j);

static void
on_sampled(void *ctx, enum sampler_outcome outcome, const struct interval *interval)
{
    struct judging *j = ctx;

    (void)interval;
    /* The last instant is now: what could not be read then cannot be judged. */
    j->done = j->at_ms >= j->end_ms || outcome == SAMPLER_BLIND;
    j->at_ms = j->at_ms + j->tick_ms < j->end_ms ? j->at_ms + j->tick_ms : j->end_ms;
    if (!j->done)
        next_snapshot(j);
}

static void
next_snapshot(struct judging *j)
{
    sampler_take(j->sampler, j->at_ms, on_sampled, j);
}

static enum status
prepare(struct judging *j, const struct option_values *v, struct err *err)
{
    int64_t look_back_ms =
        v->values[ROW_LOOK_BACK].given ? v->values[ROW_LOOK_BACK].ms : LOOK_BACK_MS;
    struct run_identity who = {.attempt = 1};
    struct target       t;
    enum status         s = config_read_file(v->values[ROW_CONFIG].text, &j->config, err);

    if (s == STATUS_OK)
        s = read_question(v, &j->question, err);
    if (s == STATUS_OK && (look_back_ms <= 0 || look_back_ms > MOST_LOOK_BACK_MS))
        s = err_set(err, STATUS_RANGE, "--for must be more than 0 and at most 2h");
    if (s)
        return s;
    if (target_resolve(j->config, &j->question, &t, err) != PORT_FOUND)
        return err->status;
    s = loop_new(&j->loop, err);
    if (s)
        return s;
    s = cmdsource_new(j->loop, j->config, t.source, &v->values[ROW_DAEMON],
                      &v->values[ROW_TOKEN_FILE], &j->source, err);
    if (s)
        return s;
    j->end_ms = clock_wall_ms(&clock_system);
    j->at_ms = j->end_ms - look_back_ms;
    j->tick_ms = t.source->tick_ms;
    memcpy(who.service, t.name, sizeof who.service);
    memcpy(who.ns, t.ns, sizeof who.ns);
    memcpy(who.canary, t.canary, sizeof who.canary);
    memcpy(who.baseline, t.baseline, sizeof who.baseline);
    memcpy(who.key, t.key, sizeof who.key);
    memcpy(who.revision, t.revision, sizeof who.revision);
    run_start(&j->run, &who, t.policy, target_max_age_ms(t.source), j->at_ms);
    if (j->question.weight == j->question.weight)
        run_asked(&j->run, j->question.weight, j->at_ms);
    return sampler_new(j->source, &t, &j->run, &j->sampler, err);
}

static int
print_answer(struct judging *j)
{
    static const int    codes[VERDICT_COUNT] = {[VERDICT_PASS] = EXIT_PASS,
                                                [VERDICT_HOLD] = EXIT_HOLD,
                                                [VERDICT_FAIL] = EXIT_BAD,
                                                [VERDICT_ABORT] = EXIT_BAD};
    int64_t             mono = clock_mono_ms(&clock_system);
    struct verdict_view v;
    struct view_answer  a;
    struct text         out;

    (void)run_decide(&j->run, j->end_ms);
    run_view(&j->run, j->end_ms, mono, &v);
    a = viewjson_answer(&v, j->question.stage, mono);
    text_init(&out, ANSWER_BYTES);
    viewjson_write(&out, &v, &a, j->question.brief ? VIEWJSON_BRIEF : VIEWJSON_FULL, mono);
    (void)printf("%s\n", out.p);
    text_release(&out);
    return codes[a.verdict];
}

int
cmd_judge(int argc, char **argv)
{
    struct judging       j = {0};
    struct option_values v;
    struct err           err = {0};
    int                  code;

    if (!option_start(&cmd_judge_options, argc, argv, &v, &code))
        return code;
    log_set_level(LOG_LEVEL_ERROR);
    if (prepare(&j, &v, &err) == STATUS_OK) {
        next_snapshot(&j);
        loop_run(j.loop, NULL, &j.done);
        code = j.done ? print_answer(&j) : EXIT_ERROR;
        if (!j.done)
            (void)fprintf(stderr, "verdictd judge: interrupted\n");
    } else {
        (void)fprintf(stderr, "verdictd judge: %s\n", err.text);
        code = EXIT_ERROR;
    }
    sampler_free(j.sampler);
    upstream_unref(j.source);
    loop_free(j.loop);
    config_unref(j.config);
    return code;
}
