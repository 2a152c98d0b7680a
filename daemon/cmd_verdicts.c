#include "daemon/cmd_verdicts.h"

#include "daemon/cmdread.h"

#include <stdio.h>

enum { ROW_JSON = CMDREAD_LIST_ROWS };

static const struct option_row rows[] = {
    CMDREAD_LIST_TABLE,
    [ROW_JSON] = OPTION_JSON,
};

const struct option_command cmd_verdicts_options = {
    .name = "verdicts",
    .help =
        "List changes of verdict, newest first, over all runs: of the history on disk, or of a\n"
        "daemon (--url).",
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .exits = {{0, "listed"}, {3, "could not read"}},
    .json = "as GET /v1/verdicts answers",
};

static void
put_line(json_t *row, struct text *out)
{
    cmdread_time(row, "at", out);
    text_puts(out, "  ");
    cmdread_field(row, "verdict", 5, out);
    text_puts(out, "  ");
    cmdread_field(row, "reason", 26, out);
    text_puts(out, "  ");
    cmdread_field(row, "namespace", 0, out);
    text_putc(out, '/');
    cmdread_field(row, "service", 0, out);
    text_puts(out, "  ");
    cmdread_field(row, "run", 0, out);
    text_puts(out, "  ");
    cmdread_field(row, "message", 0, out);
    text_putc(out, '\n');
}

int
cmd_verdicts(int argc, char **argv)
{
    struct option_values v;
    struct port_read     read = {.what = PORT_READ_VERDICTS, .state = -1, .verdict = -1};
    struct err           err = {0};
    int                  code;

    if (!option_start(&cmd_verdicts_options, argc, argv, &v, &code))
        return code;
    if (cmdread_list(&v, &read, &err)) {
        (void)fprintf(stderr, "verdictd verdicts: %s\n", err.text);
        return OPTION_EXIT_ERROR;
    }
    return cmdread_print("verdicts", &v, &read, v.values[ROW_JSON].given, "verdicts", put_line);
}
