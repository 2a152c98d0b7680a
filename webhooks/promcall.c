#include "webhooks/promcall.h"

#include "promql/goquote.h"
#include "webhooks/promtime.h"

#include <stdarg.h>
#include <stdio.h>

enum { MAX_NOTES = 10 }; /* of warnings and of infos each; Prometheus has the same */

static const struct {
    const char *type;
    int         code;
} errors[] = {
    [PROMCALL_BAD_DATA] = {"bad_data", 400},
    [PROMCALL_EXECUTION] = {"execution", 422},
    [PROMCALL_TIMEOUT] = {"timeout", 503},
    [PROMCALL_CANCELED] = {"canceled", 499}, /* nginx's code for a client that went */
    [PROMCALL_INTERNAL] = {"internal", 500},
    [PROMCALL_UNAVAILABLE] = {"unavailable", 503},
};

void
promcall_refuse(struct answer *a, int code, enum promcall_error e, const char *text)
{
    struct jsonout j;

    answer_json(a, code);
    jsonout_init(&j, &a->body);
    jsonout_begin_object(&j, NULL);
    jsonout_text(&j, "status", "error");
    jsonout_text(&j, "errorType", errors[e].type);
    jsonout_text(&j, "error", text);
    jsonout_end_object(&j);
}

void
promcall_fail(struct promcall *c, enum promcall_error e, const char *fmt, ...)
{
    char    text[sizeof c->err.text];
    va_list ap;

    if (c->err.status)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    c->error = e;
    (void)err_set(&c->err, STATUS_SYNTAX, "%s", text);
}

void
promcall_invalid(struct promcall *c, const char *name, const struct err *err)
{
    promcall_fail(c, PROMCALL_BAD_DATA, "invalid parameter \"%s\": %s", name, err->text);
}

void
promcall_fail_as(struct promcall *c, enum status s, const struct err *err)
{
    enum promcall_error e = PROMCALL_INTERNAL;

    if (s == STATUS_BAD_QUERY || s == STATUS_LIMIT)
        e = PROMCALL_EXECUTION;
    else if (s == STATUS_SYNTAX || s == STATUS_RANGE)
        e = PROMCALL_BAD_DATA;
    else if (s == STATUS_TIMEOUT)
        e = PROMCALL_TIMEOUT;
    else if (s == STATUS_CANCELLED)
        e = PROMCALL_CANCELED;
    promcall_fail(c, e, "%s", err->text);
}

bool
promcall_time(struct promcall *c, const char *name, int64_t *out_ms)
{
    struct slice v = promform_get(&c->form, name);
    struct err   err = {0};

    if (v.n && promtime_read(v, out_ms, &err))
        promcall_fail(c, PROMCALL_BAD_DATA,
                      "invalid parameter \"%s\": Invalid time value for '%s': %s", name, name,
                      err.text);
    return !c->err.status;
}

bool
promcall_limit(struct promcall *c, size_t *out)
{
    struct slice v = promform_get(&c->form, "limit");
    struct text  quoted;
    int64_t      n = 0;

    *out = SIZE_MAX;
    if (v.n == 0)
        return true;
    if (slice_i64(v, &n)) {
        text_init(&quoted, 256);
        goquote_write(&quoted, v);
        promcall_fail(c, PROMCALL_BAD_DATA,
                      "invalid parameter \"limit\": strconv.Atoi: parsing %s: invalid syntax",
                      quoted.p);
        text_release(&quoted);
    } else if (n < 0) {
        promcall_fail(c, PROMCALL_BAD_DATA,
                      "invalid parameter \"limit\": limit must be "
                      "non-negative");
    } else if (n > 0) {
        *out = (size_t)n;
    }
    return !c->err.status;
}

bool
promcall_timeout(struct promcall *c)
{
    struct slice v = promform_get(&c->form, "timeout");
    struct err   err = {0};
    int64_t      ms, now_ms = clock_mono_ms(c->clock);

    if (v.n && promtime_duration(v, &ms, &err))
        promcall_invalid(c, "timeout", &err);
    else if (v.n && ms < c->deadline_ms - c->came_ms)
        c->deadline_ms = c->came_ms + ms;
    if (!c->err.status && now_ms >= c->deadline_ms)
        promcall_fail(c, PROMCALL_TIMEOUT, "query timed out in query queue");
    return !c->err.status;
}

void
promcall_warn(struct promcall *c, struct slice text)
{
    VEC_PUSH(&c->arena, &c->warnings, arena_slice(&c->arena, text));
}

void
promcall_note(struct promcall *c, const struct notes *notes)
{
    for (size_t i = 0; i < notes->n; i++) {
        struct slice text = arena_slice(&c->arena, notes->at[i].text);

        if (notes->at[i].kind == NOTE_WARNING)
            VEC_PUSH(&c->arena, &c->warnings, text);
        else
            VEC_PUSH(&c->arena, &c->infos, text);
    }
}

static void
put_notes(struct text *to, const char *key, const char *what, const struct slice *at, size_t n)
{
    if (n == 0)
        return;
    text_printf(to, ",\"%s\":[", key);
    for (size_t i = 0; i < n && i < MAX_NOTES; i++) {
        if (i)
            text_putc(to, ',');
        jsonout_quote(to, at[i]);
    }
    if (n > MAX_NOTES)
        text_printf(to, ",\"%zu more %s annotations omitted\"", n - MAX_NOTES, what);
    text_putc(to, ']');
}

void
promcall_answer(struct promcall *c, promcall_fn fn, struct answer *a)
{
    answer_json(a, 200);
    a->body.max_bytes = c->limits.max_body_bytes;
    c->out = &a->body;
    text_puts(c->out, "{\"status\":\"success\",\"data\":");
    jsonout_init(&c->json, c->out);
    if (c->gone && atomic_load(c->gone))
        promcall_fail(c, PROMCALL_CANCELED, "query was canceled in query queue");
    else
        fn(c);
    put_notes(c->out, "warnings", "warning", c->warnings.at, c->warnings.n);
    put_notes(c->out, "infos", "info", c->infos.at, c->infos.n);
    text_putc(c->out, '}');
    if (!c->err.status && c->out->status)
        promcall_fail(c, PROMCALL_EXECUTION,
                      "the answer is larger than the limit of %zu bytes: ask for fewer series or "
                      "a shorter range",
                      c->limits.max_body_bytes);
    if (c->err.status)
        promcall_refuse(a, errors[c->error].code, c->error, c->err.text);
}
