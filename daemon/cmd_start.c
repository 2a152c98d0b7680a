#include "daemon/cmd_start.h"

#include "base/jsonout.h"
#include "daemon/cmddaemon.h"

#include <stdio.h>

enum { EXIT_REFUSED = 1, BODY_BYTES = 16384 };

/* The rows between are keys of a question: their names are those of the API. */
enum {
    ROW_SERVICE = CMDDAEMON_ROWS,
    ROW_NAMESPACE,
    ROW_CANARY,
    ROW_STABLE,
    ROW_REVISION,
    ROW_KEY,
    ROW_WEIGHT,
    ROW_POLICY,
    ROW_PRESET,
    ROW_SOURCE,
    ROW_PHASE,
    QUESTION_ROWS,
    ROW_JSON = QUESTION_ROWS,
};

static const struct option_row rows[] = {
    CMDDAEMON_TABLE(0),
    [ROW_SERVICE] = {"service", 's', "NAME", OPTION_TEXT, "the service"},
    [ROW_NAMESPACE] = {"namespace", 'n', "NAME", OPTION_TEXT, "its namespace"},
    [ROW_CANARY] = {"canary", 0, "VALUE", OPTION_TEXT, "the version key's value on the canary"},
    [ROW_STABLE] = {"stable", 0, "VALUE", OPTION_TEXT, "its value on the baseline"},
    [ROW_REVISION] = {"revision", 0, "TEXT", OPTION_TEXT, "what identifies the release"},
    [ROW_KEY] = {"key", 0, "KEY", OPTION_TEXT, "another version key than the service's"},
    [ROW_WEIGHT] = {"weight", 0, "PERCENT", OPTION_NUMBER, "the canary's share of traffic now"},
    [ROW_POLICY] = {"policy", 0, "NAME", OPTION_TEXT, "where caller_may lists it"},
    [ROW_PRESET] = {"preset", 0, "NAME", OPTION_TEXT, "where caller_may lists it"},
    [ROW_SOURCE] = {"source", 0, "NAME", OPTION_TEXT, "where caller_may lists it"},
    [ROW_PHASE] = {"phase", 0, "canary|mirror|cohort|bluegreen|post", OPTION_TEXT,
                   "where caller_may lists it"},
    [ROW_JSON] = OPTION_JSON_ALWAYS,
};

const struct option_command cmd_start_options = {
    .name = "start",
    .help =
        "Begin to judge a release before any gate asks; a run that goes on is answered for as it\n"
        "is. verdictd override RUN end ends it.",
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .required = 1u << ROW_SERVICE | 1u << ROW_NAMESPACE,
    .exits = {{0, "it is judged"}, {1, "refused"}, {3, "no answer"}},
    .json = "always: what the run is told now, as /v1/argo/verdict answers",
};

int
cmd_start(int argc, char **argv)
{
    struct option_values o;
    struct cmddaemon    *d = NULL;
    struct err           err = {0};
    struct text          body;
    struct jsonout       j;
    struct slice         answer;
    int                  exit_code, code = 0;

    if (!option_start(&cmd_start_options, argc, argv, &o, &exit_code))
        return exit_code;
    text_init(&body, BODY_BYTES);
    jsonout_init(&j, &body);
    jsonout_begin_object(&j, NULL);
    for (size_t i = CMDDAEMON_ROWS; i < QUESTION_ROWS; i++)
        if (o.values[i].given)
            jsonout_text(&j, rows[i].name, o.values[i].text);
    jsonout_end_object(&j);
    if (body.status)
        (void)err_set(&err, body.status, "what is said is over %d bytes", BODY_BYTES);
    else if (cmddaemon_new(o.values, &d, &err) == STATUS_OK &&
             cmddaemon_ask(d, "/v1/runs", &body, &code, &answer, &err) == STATUS_OK) {
        if (code == 200)
            (void)printf("%.*s\n", SLICE_ARG(answer));
        else
            cmddaemon_refusal(code, answer, &err);
    }
    if (code != 200)
        (void)fprintf(stderr, "verdictd start: %s\n", err.text);
    cmddaemon_free(d);
    text_release(&body);
    return code == 200 ? 0 : code ? EXIT_REFUSED : OPTION_EXIT_ERROR;
}
