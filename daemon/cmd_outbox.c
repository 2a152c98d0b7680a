#include "daemon/cmd_outbox.h"

#include "base/clock.h"
#include "base/jsonout.h"
#include "daemon/cmddaemon.h"
#include "daemon/cmdhistory.h"
#include "daemon/config.h"
#include "daemon/outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_ERROR = 3 };

enum {
    DAEMON_ROWS = CMDHISTORY_ROWS,
    ROW_BY = DAEMON_ROWS + CMDDAEMON_ROWS,
    ROW_WHY,
    ROW_JSON,
};
enum { JSON_BYTES = 16 << 20, PATH_BYTES = 1024, BODY_BYTES = 4096 };

static const struct option_row rows[] = {
    CMDHISTORY_ROWS_TABLE,
    CMDDAEMON_TABLE(DAEMON_ROWS),
    [ROW_BY] = {"by", 0, "NAME", OPTION_TEXT, "who retries or drops ($USER)"},
    [ROW_WHY] = {"why", 0, "TEXT", OPTION_TEXT, "kept in the history (by hand)"},
    [ROW_JSON] = OPTION_JSON,
};

const struct option_command cmd_outbox_options = {
    .name = "outbox",
    .help =
        "List what waits for targets outside, and what is dead; or have one tried again, or\n"
        "drop it: by the daemon at --url, or without --url in the history, which the daemon is\n"
        "asked to do where it has that open. ID is the verdict's.",
    .operands = "[retry|drop ID TARGET]",
    .max_operands = 3,
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .exits = {{0, "listed, or done"}, {3, "could not"}},
    .json =
        "{\"targets\": [{\"target\", \"waiting\", \"dead\", \"told\", \"dropped\"}], \"notices\": "
        "[{\"id\", \"target\", \"run\", \"namespace\", \"service\", \"at\", \"verdict\", "
        "\"reason\", \"dead\", \"tries\", \"error\"}]}",
};

static bool
print_notice(void *ctx, const struct record_notice *n)
{
    char at[CLOCK_RFC3339_BYTES];

    (void)ctx;
    clock_rfc3339(n->at_ms, at);
    (void)printf("%-7s  %s  %.*s  %.19sZ  %-5s  %.*s/%.*s  %" PRIu32 " tries  %.*s\n",
                 n->dead ? "dead" : "waiting", n->verdict_id, SLICE_ARG(n->target), at,
                 verdict_text(n->verdict), SLICE_ARG(n->ns), SLICE_ARG(n->service), n->tries,
                 SLICE_ARG(n->error));
    return true;
}

static bool
print_count(void *ctx, const struct record_notice_count *c)
{
    (void)ctx;
    (void)printf("%.*s: %" PRIu64 " waiting, %" PRIu64 " dead, %" PRIu64 " told, %" PRIu64
                 " dropped\n",
                 SLICE_ARG(c->target), c->waiting, c->dead, c->told, c->dropped);
    return true;
}

static bool
json_notice(void *ctx, const struct record_notice *n)
{
    struct jsonout *j = ctx;
    char            at[CLOCK_RFC3339_BYTES];

    clock_rfc3339(n->at_ms, at);
    jsonout_begin_object(j, NULL);
    jsonout_text(j, "id", n->verdict_id);
    jsonout_slice(j, "target", n->target);
    jsonout_text(j, "run", n->run);
    jsonout_slice(j, "namespace", n->ns);
    jsonout_slice(j, "service", n->service);
    jsonout_text(j, "at", at);
    jsonout_text(j, "verdict", verdict_text(n->verdict));
    jsonout_text(j, "reason", verdict_reason_text(n->reason));
    jsonout_bool(j, "dead", n->dead);
    jsonout_uint(j, "tries", n->tries);
    jsonout_slice(j, "error", n->error);
    jsonout_end_object(j);
    return true;
}

static bool
json_count(void *ctx, const struct record_notice_count *c)
{
    struct jsonout *j = ctx;

    jsonout_begin_object(j, NULL);
    jsonout_slice(j, "target", c->target);
    jsonout_uint(j, "waiting", c->waiting);
    jsonout_uint(j, "dead", c->dead);
    jsonout_uint(j, "told", c->told);
    jsonout_uint(j, "dropped", c->dropped);
    jsonout_end_object(j);
    return true;
}

/* The oldest 500 of each kind. */
static enum status
each_notice(struct reader *r, reader_notice_fn fn, void *ctx, struct err *err)
{
    enum status s = reader_notices(r, (struct slice){0}, false, 0, 0, fn, ctx, err);

    return s ? s : reader_notices(r, (struct slice){0}, true, 0, 0, fn, ctx, err);
}

static enum status
list_json(struct reader *r, struct err *err)
{
    struct text    out;
    struct jsonout j;
    enum status    s;

    text_init(&out, JSON_BYTES);
    jsonout_init(&j, &out);
    jsonout_begin_object(&j, NULL);
    jsonout_begin_array(&j, "targets");
    s = reader_notice_counts(r, json_count, &j, err);
    jsonout_end_array(&j);
    jsonout_begin_array(&j, "notices");
    if (s == STATUS_OK)
        s = each_notice(r, json_notice, &j, err);
    jsonout_end_array(&j);
    jsonout_end_object(&j);
    if (s == STATUS_OK)
        (void)puts(out.p);
    text_release(&out);
    return s;
}

static enum status
list(const struct option_values *v, struct err *err)
{
    struct reader *r = NULL;
    enum status    s = cmdhistory_open(v, &r, err);

    if (s == STATUS_OK && v->values[ROW_JSON].given)
        s = list_json(r, err);
    else if (s == STATUS_OK)
        s = reader_notice_counts(r, print_count, NULL, err);
    if (s == STATUS_OK && !v->values[ROW_JSON].given)
        s = each_notice(r, print_notice, NULL, err);
    reader_close(r);
    return s;
}

struct came {
    enum status status;
    struct err  err;
};

static void
on_stored(void *ctx, enum status s, const struct err *err)
{
    *(struct came *)ctx = (struct came){.status = s, .err = *err};
}

static const char *
who(const struct option_values *v)
{
    const char *user = getenv("USER");

    return v->values[ROW_BY].given ? v->values[ROW_BY].text : user ? user : "";
}

static const char *
why(const struct option_values *v)
{
    return v->values[ROW_WHY].given ? v->values[ROW_WHY].text : "by hand";
}

static enum status
ask_daemon(const struct option_values *v, struct err *err)
{
    struct cmddaemon *d = NULL;
    struct text       path, body;
    struct jsonout    j;
    struct slice      answer;
    int               code = 0;
    enum status       s = cmddaemon_new(v->values + DAEMON_ROWS, &d, err);

    if (s)
        return s;
    text_init(&path, PATH_BYTES);
    text_init(&body, BODY_BYTES);
    text_printf(&path, "/v1/outbox/%s/", v->operands[1]);
    text_percent(&path, slice_of(v->operands[2]));
    text_printf(&path, "/%s", v->operands[0]);
    jsonout_init(&j, &body);
    jsonout_begin_object(&j, NULL);
    jsonout_text(&j, "by", who(v));
    jsonout_text(&j, "why", why(v));
    jsonout_end_object(&j);
    s = path.status ? err_set(err, STATUS_SYNTAX, "TARGET is too long")
                    : cmddaemon_ask(d, path.p, &body, &code, &answer, err);
    if (!s && code != 200) {
        cmddaemon_refusal(code, answer, err);
        s = err->status;
    }
    text_release(&path);
    text_release(&body);
    cmddaemon_free(d);
    return s;
}

/* STATUS_CONFLICT: a daemon has the history. */
static enum status
open_store(const char *data_dir, struct store **st, struct err *err)
{
    struct store_options o = {.data_dir = data_dir, .synchronous = true};
    struct reader       *there = NULL;
    enum status s = reader_open(data_dir, &there, err); /* a wrong name must make no history */

    reader_close(there);
    return s ? s : store_open_with(&o, st, err);
}

/* In a history that no daemon has. */
static enum status
change_here(struct store *st, const struct option_values *v, enum store_outbox_what what,
            struct err *err)
{
    struct store_outbox step = {.what = what,
                                .targets = slice_of(v->operands[2]),
                                .by = slice_of(who(v)),
                                .why = slice_of(why(v)),
                                .at_ms = clock_wall_ms(&clock_system),
                                .keep = OUTBOX_KEEP};
    struct came         came = {0};
    enum status         s;

    memcpy(step.verdict, v->operands[1], sizeof step.verdict);
    s = store_submit(st, &(struct store_commit){.outbox = &step}, on_stored, &came);
    store_close(st);
    return s ? err_set(err, s, "%s", status_text(s))
             : (came.status ? err_set(err, came.status, "%s", came.err.text) : STATUS_OK);
}

static enum status
change(const struct option_values *v, enum store_outbox_what what, struct err *err)
{
    char         *data_dir;
    struct err    held = {0};
    struct store *st;
    enum status   s;

    if (!ulid_valid(slice_of(v->operands[1])))
        return err_set(err, STATUS_SYNTAX, "%.60s is no id: verdictd outbox lists them",
                       v->operands[1]);
    if (!*who(v))
        return err_set(err, STATUS_SYNTAX, "who says so? --by NAME, where $USER does not tell");
    if (v->values[DAEMON_ROWS + CMDDAEMON_URL].given)
        return ask_daemon(v, err);
    s = cmdhistory_dir(v, &data_dir, err);
    if (s)
        return s;
    s = open_store(data_dir, &st, &held);
    free(data_dir);
    if (s == STATUS_OK)
        return change_here(st, v, what, err);
    if (s != STATUS_CONFLICT) {
        *err = held;
        return s;
    }
    s = ask_daemon(v, err);
    return s == STATUS_UNREACHABLE ? err_wrap(err, "%s; nor by its daemon (--url)", held.text) : s;
}

int
cmd_outbox(int argc, char **argv)
{
    struct option_values v;
    struct err           err = {0};
    enum status          s;
    int                  code;

    if (!option_start(&cmd_outbox_options, argc, argv, &v, &code))
        return code;
    if (v.n_operands == 0)
        s = list(&v, &err);
    else if (v.n_operands == 3 && strcmp(v.operands[0], "retry") == 0)
        s = change(&v, STORE_OUTBOX_RETRY, &err);
    else if (v.n_operands == 3 && strcmp(v.operands[0], "drop") == 0)
        s = change(&v, STORE_OUTBOX_DROP, &err);
    else
        s = err_set(&err, STATUS_SYNTAX, "nothing, or retry ID TARGET, or drop ID TARGET");
    if (s)
        (void)fprintf(stderr, "verdictd outbox: %s\n", err.text);
    return s ? EXIT_ERROR : 0;
}
