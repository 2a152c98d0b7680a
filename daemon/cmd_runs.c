#include "daemon/cmd_runs.h"

#include "base/clock.h"
#include "daemon/cmdhistory.h"
#include "webhooks/runsjson.h"

#include <stdio.h>

enum { EXIT_ERROR = 3, LIMIT = 20, JSON_BYTES = 16 << 20 };
enum {
    ROW_NAMESPACE = CMDHISTORY_ROWS,
    ROW_SERVICE,
    ROW_VERDICT,
    ROW_LIVE,
    ROW_LIMIT,
    ROW_JSON,
};

static const struct option_row rows[] = {
    CMDHISTORY_ROWS_TABLE,
    [ROW_NAMESPACE] = {"namespace", 'n', "NAME", OPTION_TEXT, "only of this namespace"},
    [ROW_SERVICE] = {"service", 's', "NAME", OPTION_TEXT, "only of this service"},
    [ROW_VERDICT] = {"verdict", 0, "pass|hold|fail|abort", OPTION_TEXT,
                     "only with this verdict now"},
    [ROW_LIVE] = {"live", 0, NULL, OPTION_FLAG, "only those that are not over"},
    [ROW_LIMIT] = {"limit", 0, "N", OPTION_COUNT, "at most so many (20, most 500)"},
    [ROW_JSON] = OPTION_JSON,
};

const struct option_command cmd_runs_options = {
    .name = "runs",
    .help = "List the runs of the history, newest first.",
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .exits = {{0, "listed"}, {3, "could not read"}},
    .json = "as GET /v1/runs answers",
};

static bool
print_row(void *ctx, const struct record_run *r)
{
    char started[CLOCK_RFC3339_BYTES];

    (void)ctx;
    clock_rfc3339(r->started_ms, started);
    (void)printf("%-26s  %.19sZ  %-5s  %-6s  %-26s  %.*s/%.*s  %.*s -> %.*s\n", r->id, started,
                 r->state == RECORD_LIVE ? "live" : "ended", verdict_text(r->verdict),
                 verdict_reason_text(r->reason), SLICE_ARG(r->ns), SLICE_ARG(r->service),
                 SLICE_ARG(r->baseline.n ? r->baseline : SLICE_LITERAL("(all others)")),
                 SLICE_ARG(r->canary));
    return true;
}

static bool
json_row(void *ctx, const struct record_run *r)
{
    runsjson_run(ctx, r);
    return true;
}

static enum status
list(const struct option_values *v, struct reader *r, struct err *err)
{
    struct reader_filter f = {.ns = slice_of(v->values[ROW_NAMESPACE].text),
                              .service = slice_of(v->values[ROW_SERVICE].text),
                              .state = v->values[ROW_LIVE].given ? RECORD_LIVE : READER_ANY,
                              .verdict = READER_ANY,
                              .limit = LIMIT};
    enum verdict         verdict;
    struct text          text;
    struct jsonout       j;
    enum status          s;

    if (v->values[ROW_LIMIT].given)
        f.limit = v->values[ROW_LIMIT].count > READER_MAX_ROWS
                      ? READER_MAX_ROWS
                      : (uint32_t)v->values[ROW_LIMIT].count;
    if (v->values[ROW_VERDICT].given) {
        if (verdict_parse(slice_of(v->values[ROW_VERDICT].text), &verdict))
            return err_set(err, STATUS_SYNTAX, "--verdict is pass, hold, fail or abort");
        f.verdict = (int)verdict;
    }
    if (!v->values[ROW_JSON].given)
        return reader_runs(r, &f, print_row, NULL, err);
    text_init(&text, JSON_BYTES);
    jsonout_init(&j, &text);
    runsjson_open(&j, "runs");
    s = reader_runs(r, &f, json_row, &j, err);
    runsjson_close(&j, "");
    if (s == STATUS_OK)
        (void)printf("%s\n", text.p);
    text_release(&text);
    return s;
}

int
cmd_runs(int argc, char **argv)
{
    struct option_values v;
    struct reader       *r = NULL;
    struct err           err = {0};
    enum status          s;
    int                  code;

    if (!option_start(&cmd_runs_options, argc, argv, &v, &code))
        return code;
    s = cmdhistory_open(&v, &r, &err);
    if (s == STATUS_OK)
        s = list(&v, r, &err);
    reader_close(r);
    if (s)
        (void)fprintf(stderr, "verdictd runs: %s\n", err.text);
    return s ? EXIT_ERROR : 0;
}
