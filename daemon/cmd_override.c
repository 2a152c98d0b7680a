#include "daemon/cmd_override.h"

#include "base/jsonout.h"
#include "base/ulid.h"
#include "daemon/loop.h"
#include "daemon/option.h"
#include "promql/promrequest.h"

#include <stdio.h>
#include <stdlib.h>

enum { EXIT_REFUSED = 1, EXIT_NOT_ASKED = 3 };
enum { BODY_BYTES = 4096, TIMEOUT_MS = 15000, REPLY_BYTES = 1 << 20 };

enum { ROW_BY, ROW_WHY, ROW_EXPIRES, ROW_URL, ROW_TOKEN_FILE, ROW_CA_FILE };

static const struct option_row rows[] = {
    [ROW_BY] = {"by", 0, "NAME", OPTION_TEXT, "who says so ($USER)"},
    [ROW_WHY] = {"why", 0, "TEXT", OPTION_TEXT, "the reason, for the history (required)"},
    [ROW_EXPIRES] = {"expires", 0, "WHEN", OPTION_TEXT,
                     "30m, or a time; approve and force need it"},
    [ROW_URL] = {"url", 'u', "URL", OPTION_TEXT, "of the daemon (http://127.0.0.1:8080)"},
    [ROW_TOKEN_FILE] = {"token-file", 0, "FILE", OPTION_TEXT, "holds the bearer token"},
    [ROW_CA_FILE] = {"ca-file", 0, "FILE", OPTION_TEXT, "certificates to trust, PEM"},
};

static const struct option_command command = {
    .name = "override",
    .help = "Say what a run is told instead: approve turns hold into pass, force whatever is\n"
            "found, veto aborts, clear takes it back (and ends an aborted run), end ends the run.\n"
            "Exit code: 0 it was taken, 1 refused, 3 no answer.",
    .operands = "RUN approve|force|veto|clear|end",
    .min_operands = 2,
    .max_operands = 2,
    .rows = rows,
    .n = ARRAY_LEN(rows),
};

struct asking {
    bool        done;
    int         code; /* HTTP; 0: no answer */
    struct text body;
    struct err  err;
};

static void
on_answer(void *ctx, const struct fetch_result *r)
{
    struct asking *a = ctx;

    a->done = true;
    a->err = r->err;
    if (r->status)
        return;
    a->code = r->http_code;
    text_put(&a->body, r->body);
}

static void
write_body(const struct option_values *o, bool end, struct text *to)
{
    const struct option_value *v = o->values;
    const char                *user = getenv("USER");
    struct jsonout             j;

    jsonout_init(&j, to);
    jsonout_begin_object(&j, NULL);
    if (!end)
        jsonout_text(&j, "action", o->operands[1]);
    jsonout_text(&j, "by", v[ROW_BY].given ? v[ROW_BY].text : user ? user : "");
    jsonout_text(&j, "why", v[ROW_WHY].text);
    if (v[ROW_EXPIRES].given)
        jsonout_text(&j, "expires", v[ROW_EXPIRES].text);
    jsonout_end_object(&j);
}

static enum status
ask(const struct option_values *o, struct asking *a)
{
    const struct option_value *v = o->values;
    const char                *base = v[ROW_URL].given ? v[ROW_URL].text : "http://127.0.0.1:8080";
    bool                       end = strcmp(o->operands[1], "end") == 0;
    struct fetch_peer          peer = {.bearer_token_file = v[ROW_TOKEN_FILE].text,
                                       .ca_file = v[ROW_CA_FILE].text};
    struct text                url, body;
    struct loop               *loop;
    enum status                s = promrequest_check_url(slice_of(base), &a->err);

    if (!s)
        s = loop_new(&loop, &a->err);
    if (s)
        return s;
    text_init(&url, BODY_BYTES);
    text_init(&body, BODY_BYTES);
    text_printf(&url, "%s/v1/runs/%s/%s", base, o->operands[0], end ? "end" : "override");
    write_body(o, end, &body);
    struct fetch_request request = {.method = "POST",
                                    .url = url.p,
                                    .content_type = "application/json",
                                    .body = text_slice(&body),
                                    .peer = &peer,
                                    .timeout_ms = TIMEOUT_MS,
                                    .max_reply_bytes = REPLY_BYTES};
    const struct fetch  *fetch = loop_fetch(loop);

    (void)fetch->start(fetch->self, &request, on_answer, a);
    loop_run(loop, NULL, &a->done);
    loop_free(loop);
    text_release(&url);
    text_release(&body);
    return a->done ? STATUS_OK : err_set(&a->err, STATUS_CANCELLED, "interrupted");
}

int
cmd_override(int argc, char **argv)
{
    struct option_values o;
    struct asking        a = {0};
    int                  exit_code;

    if (!option_start(&command, argc, argv, &o, &exit_code))
        return exit_code;
    text_init(&a.body, REPLY_BYTES);
    if (!ulid_valid(slice_of(o.operands[0])))
        (void)err_set(&a.err, STATUS_SYNTAX, "%.60s is no id of a run: verdictd runs --live",
                      o.operands[0]);
    else if (!o.values[ROW_WHY].given)
        (void)err_set(&a.err, STATUS_SYNTAX, "override needs --why");
    else
        (void)ask(&o, &a);
    exit_code = a.code == 200 ? 0 : a.code ? EXIT_REFUSED : EXIT_NOT_ASKED;
    if (a.code == 200)
        (void)printf("%s\n", a.body.p);
    else
        (void)fprintf(stderr, "verdictd override: %s\n", a.code ? a.body.p : a.err.text);
    text_release(&a.body);
    return exit_code;
}
