#include "daemon/cmd_runs.h"

#include "base/terminal.h"
#include "daemon/cmdread.h"

#include <limits.h>
#include <stdio.h>

enum { ROW_LIVE = CMDREAD_LIST_ROWS, ROW_JSON };

static const struct option_row rows[] = {
    CMDREAD_LIST_TABLE,
    [ROW_LIVE] = {"live", 0, NULL, OPTION_FLAG, "only those that are not over"},
    [ROW_JSON] = OPTION_JSON,
};

const struct option_command cmd_runs_options = {
    .name = "runs",
    .help = "List runs, newest first: of the history on disk, or of a daemon (--url).",
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .exits = {{0, "listed"}, {3, "could not read"}},
    .json = "as GET /v1/runs answers",
};

static void
put_line(json_t *run, struct text *out)
{
    struct slice stable = json_slice(json_object_get(run, "stable"));

    cmdread_field(run, "id", 26, out);
    text_puts(out, "  ");
    cmdread_time(run, "started_at", out);
    text_puts(out, "  ");
    cmdread_field(run, "state", 5, out);
    text_puts(out, "  ");
    cmdread_field(run, "verdict", 6, out);
    text_puts(out, "  ");
    cmdread_field(run, "reason", 26, out);
    text_puts(out, "  ");
    cmdread_field(run, "namespace", 0, out);
    text_putc(out, '/');
    cmdread_field(run, "service", 0, out);
    text_puts(out, "  ");
    (void)terminal_put(out, stable.n ? stable : SLICE_LITERAL("(all others)"), UINT_MAX);
    text_puts(out, " -> ");
    cmdread_field(run, "canary", 0, out);
    text_putc(out, '\n');
}

int
cmd_runs(int argc, char **argv)
{
    struct option_values v;
    struct port_read     read = {.what = PORT_READ_RUNS, .state = -1, .verdict = -1};
    struct err           err = {0};
    int                  code;

    if (!option_start(&cmd_runs_options, argc, argv, &v, &code))
        return code;
    if (v.values[ROW_LIVE].given)
        read.state = RECORD_LIVE;
    if (cmdread_list(&v, &read, &err)) {
        (void)fprintf(stderr, "verdictd runs: %s\n", err.text);
        return OPTION_EXIT_ERROR;
    }
    return cmdread_print("runs", &v, &read, v.values[ROW_JSON].given, "runs", put_line);
}
