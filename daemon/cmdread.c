#include "daemon/cmdread.h"

#include "base/clock.h"
#include "base/terminal.h"
#include "daemon/historyread.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

enum { LIMIT = 20, MOST = 499, ANSWER_BYTES = 64 << 20, PATH_BYTES = 4096, DEPTH = 32 };

static void
put_parameter(struct text *path, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    text_printf(path, "%c%s=", strchr(path->p, '?') ? '&' : '?', name);
    text_percent(path, slice_of(value));
}

static void
write_path(const struct port_read *read, struct text *path)
{
    char number[32];

    if (read->what == PORT_READ_RUN) {
        text_printf(path, "/v1/runs/%s", read->run);
        return;
    }
    text_puts(path, read->what == PORT_READ_RUNS ? "/v1/runs" : "/v1/verdicts");
    put_parameter(path, "namespace", read->ns);
    put_parameter(path, "service", read->service);
    if (read->state >= 0)
        put_parameter(path, "state", read->state == RECORD_LIVE ? "live" : "ended");
    if (read->verdict >= 0)
        put_parameter(path, "verdict", verdict_text((enum verdict)read->verdict));
    if (read->since_ms) {
        (void)snprintf(number, sizeof number, "%" PRId64, read->since_ms);
        put_parameter(path, "since", number);
    }
    (void)snprintf(number, sizeof number, "%" PRIu32, read->limit);
    put_parameter(path, "limit", number);
    put_parameter(path, "after", read->after);
}

static enum status
ask_daemon(const struct option_values *v, const struct port_read *read, struct text *text,
           struct err *err)
{
    struct cmddaemon *d = NULL;
    struct text       path;
    struct slice      answer;
    int               code;
    enum status       s = cmddaemon_new(&v->values[CMDREAD_DAEMON], &d, err);

    if (s)
        return s;
    text_init(&path, PATH_BYTES);
    write_path(read, &path);
    s = cmddaemon_ask(d, path.p, NULL, &code, &answer, err);
    if (s == STATUS_OK && code == 200)
        text_put(text, answer);
    else if (s == STATUS_OK)
        cmddaemon_refusal(code, answer, err);
    text_release(&path);
    cmddaemon_free(d);
    return err->status;
}

static enum status
ask_disk(const struct option_values *v, const struct port_read *read, struct text *text,
         struct err *err)
{
    struct reader *r = NULL;
    enum status    s = cmdhistory_open(v, &r, err);
    char           id[ULID_BYTES];
    int            code;

    if (s)
        return s;
    code = historyread_answer(r, read, clock_wall_ms(&clock_system), text, id);
    if (code != 200)
        cmddaemon_refusal(code, text_slice(text), err);
    reader_close(r);
    return err->status;
}

enum status
cmdread_get(const struct option_values *v, const struct port_read *read, struct text *text,
            struct err *err)
{
    const struct option_value *daemon = &v->values[CMDREAD_DAEMON];

    if (!daemon[CMDDAEMON_URL].given &&
        (daemon[CMDDAEMON_TOKEN_FILE].given || daemon[CMDDAEMON_CA_FILE].given))
        return err_set(err, STATUS_SYNTAX, "--token-file and --ca-file are for --url URL");
    if (daemon[CMDDAEMON_URL].given &&
        (v->values[CMDHISTORY_CONFIG].given || v->values[CMDHISTORY_DATA_DIR].given))
        return err_set(err, STATUS_SYNTAX,
                       "--url asks a daemon, --config and --data-dir read the disk: not both");
    return (daemon[CMDDAEMON_URL].given ? ask_daemon : ask_disk)(v, read, text, err);
}

static enum status
read_name(const struct option_value *v, char to[VIEW_NAME_BYTES], const char *option,
          struct err *err)
{
    if (v->given && strlen(v->text) >= VIEW_NAME_BYTES)
        return err_set(err, STATUS_SYNTAX, "--%s is longer than %d bytes", option,
                       VIEW_NAME_BYTES - 1);
    if (v->given)
        (void)snprintf(to, VIEW_NAME_BYTES, "%s", v->text);
    return STATUS_OK;
}

static enum status
read_since(const char *text, int64_t *since_ms, struct err *err)
{
    int64_t ms;

    if (slice_duration_ms(slice_of(text), &ms) == STATUS_OK)
        *since_ms = clock_wall_ms(&clock_system) - ms;
    else if (clock_read_rfc3339(slice_of(text), since_ms))
        return err_set(err, STATUS_SYNTAX,
                       "--since %.60s: a duration like 15m, or a time like 2026-11-22T22:10:05Z",
                       text);
    return *since_ms > 0 ? STATUS_OK
                         : err_set(err, STATUS_RANGE, "--since %.60s is before 1970", text);
}

enum status
cmdread_list(const struct option_values *o, struct port_read *read, struct err *err)
{
    const struct option_value *v = o->values;
    enum verdict               verdict;
    enum status                s = read_name(&v[CMDREAD_NAMESPACE], read->ns, "namespace", err);

    if (!s)
        s = read_name(&v[CMDREAD_SERVICE], read->service, "service", err);
    if (!s && v[CMDREAD_SINCE].given)
        s = read_since(v[CMDREAD_SINCE].text, &read->since_ms, err);
    if (s)
        return s;
    read->limit = LIMIT;
    if (v[CMDREAD_LIMIT].given && (v[CMDREAD_LIMIT].count < 1 || v[CMDREAD_LIMIT].count > MOST))
        return err_set(err, STATUS_RANGE, "--limit is 1 to %d; --after goes on from there", MOST);
    if (v[CMDREAD_LIMIT].given)
        read->limit = (uint32_t)v[CMDREAD_LIMIT].count;
    if (v[CMDREAD_VERDICT].given) {
        if (verdict_parse(slice_of(v[CMDREAD_VERDICT].text), &verdict))
            return err_set(err, STATUS_SYNTAX, "--verdict is pass, hold, fail or abort");
        read->verdict = (int)verdict;
    }
    if (v[CMDREAD_AFTER].given && !ulid_copy(slice_of(v[CMDREAD_AFTER].text), read->after))
        return err_set(err, STATUS_SYNTAX, "--after %.60s is no id", v[CMDREAD_AFTER].text);
    return STATUS_OK;
}

void
cmdread_field(json_t *row, const char *name, unsigned width, struct text *out)
{
    unsigned used =
        terminal_put(out, json_slice(json_object_get(row, name)), width ? width : UINT_MAX);

    terminal_pad(out, used, width);
}

/* "2026-11-22T22:10:05.120Z" without its decimals. */
void
cmdread_time(json_t *row, const char *name, struct text *out)
{
    struct slice at = json_slice(json_object_get(row, name));

    terminal_pad(out, terminal_put(out, at, 19), 19);
    text_puts(out, "Z");
}

static enum status
print_lines(struct slice answer, const char *list, void (*line)(json_t *, struct text *),
            struct err *err)
{
    json_t     *top = NULL, *rows, *row;
    size_t      i;
    struct text out;
    enum status s = json_parse(answer, DEPTH, &top, err);

    if (!s)
        s = json_want_array(top, "", list, &rows, err);
    if (s) {
        json_decref(top);
        return s;
    }
    text_init(&out, ANSWER_BYTES);
    json_array_foreach(rows, i, row) line(row, &out);
    (void)fwrite(out.p, 1, out.n, stdout);
    text_release(&out);
    json_decref(top);
    return STATUS_OK;
}

int
cmdread_print(const char *command, const struct option_values *v, const struct port_read *read,
              bool json, const char *list, void (*line)(json_t *row, struct text *out))
{
    struct text text;
    struct err  err = {0};
    enum status s;

    text_init(&text, ANSWER_BYTES);
    s = cmdread_get(v, read, &text, &err);
    if (!s && json)
        (void)printf("%s\n", text.p);
    else if (!s)
        s = print_lines(text_slice(&text), list, line, &err);
    text_release(&text);
    if (s)
        (void)fprintf(stderr, "verdictd %s: %s\n", command, err.text);
    return s ? OPTION_EXIT_ERROR : 0;
}
