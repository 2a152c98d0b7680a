#include "daemon/cmd_override.h"

#include "base/jsonout.h"
#include "base/ulid.h"
#include "daemon/cmddaemon.h"

#include <stdio.h>
#include <stdlib.h>

enum { EXIT_REFUSED = 1, BODY_BYTES = 4096 };
enum { ROW_BY = CMDDAEMON_ROWS, ROW_WHY, ROW_EXPIRES, ROW_JSON };

static const struct option_row rows[] = {
    CMDDAEMON_TABLE(0),
    [ROW_BY] = {"by", 0, "NAME", OPTION_TEXT, "who says so ($USER)"},
    [ROW_WHY] = {"why", 0, "TEXT", OPTION_TEXT, "the reason, for the history"},
    [ROW_EXPIRES] = {"expires", 0, "WHEN", OPTION_TEXT,
                     "30m, or a time; approve and force need it"},
    [ROW_JSON] = OPTION_JSON_ALWAYS,
};

const struct option_command cmd_override_options = {
    .name = "override",
    .help = "Say what a run is told instead: approve turns hold into pass, force whatever is\n"
            "found, veto aborts, clear takes it back (and ends an aborted run), end ends the run.",
    .operands = "RUN approve|force|veto|clear|end",
    .min_operands = 2,
    .max_operands = 2,
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .required = 1u << ROW_WHY,
    .exits = {{0, "it was taken"}, {1, "refused"}, {3, "no answer"}},
    .json = "always: what the run is told now, as /v1/argo/verdict answers",
};

/* "": not known. */
static const char *
who(const struct option_value *v)
{
    const char *user = getenv("USER");

    return v[ROW_BY].given ? v[ROW_BY].text : user ? user : "";
}

static void
write_body(const struct option_values *o, bool end, struct text *to)
{
    const struct option_value *v = o->values;
    struct jsonout             j;

    jsonout_init(&j, to);
    jsonout_begin_object(&j, NULL);
    if (!end)
        jsonout_text(&j, "action", o->operands[1]);
    jsonout_text(&j, "by", who(v));
    jsonout_text(&j, "why", v[ROW_WHY].text);
    if (v[ROW_EXPIRES].given)
        jsonout_text(&j, "expires", v[ROW_EXPIRES].text);
    jsonout_end_object(&j);
}

static int
act(const struct option_values *o, struct cmddaemon *d, struct err *err)
{
    bool         end = strcmp(o->operands[1], "end") == 0;
    struct text  path, body;
    struct slice answer;
    int          code = 0;

    text_init(&path, BODY_BYTES);
    text_init(&body, BODY_BYTES);
    text_printf(&path, "/v1/runs/%s/%s", o->operands[0], end ? "end" : "override");
    write_body(o, end, &body);
    if (cmddaemon_ask(d, path.p, &body, &code, &answer, err) == STATUS_OK) {
        if (code == 200)
            (void)printf("%.*s\n", SLICE_ARG(answer));
        else
            cmddaemon_refusal(code, answer, err);
    }
    text_release(&path);
    text_release(&body);
    return code == 200 ? 0 : code ? EXIT_REFUSED : OPTION_EXIT_ERROR;
}

int
cmd_override(int argc, char **argv)
{
    struct option_values o;
    struct cmddaemon    *d = NULL;
    struct err           err = {0};
    int                  exit_code;

    if (!option_start(&cmd_override_options, argc, argv, &o, &exit_code))
        return exit_code;
    exit_code = OPTION_EXIT_ERROR;
    if (!ulid_valid(slice_of(o.operands[0])))
        (void)err_set(&err, STATUS_SYNTAX, "%.60s is no id of a run: verdictd runs --live",
                      o.operands[0]);
    else if (!*who(o.values))
        (void)err_set(&err, STATUS_SYNTAX, "who says so? --by NAME, where $USER does not tell");
    else if (cmddaemon_new(o.values, &d, &err) == STATUS_OK)
        exit_code = act(&o, d, &err);
    if (exit_code)
        (void)fprintf(stderr, "verdictd override: %s\n", err.text);
    cmddaemon_free(d);
    return exit_code;
}
