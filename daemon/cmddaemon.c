#include "daemon/cmddaemon.h"

#include "base/heap.h"
#include "daemon/loop.h"
#include "promql/promrequest.h"

#include <stdlib.h>

enum { URL_BYTES = 8192, REPLY_BYTES = 64 << 20, TIMEOUT_MS = 15000, JSON_DEPTH = 32 };

struct cmddaemon {
    struct loop      *loop;
    struct fetch_peer peer;
    const char       *base;
    struct text       url, answer;
    bool              interrupted; /* for good: whoever overlooks it once is told again */
    /* Of the question under way. */
    bool        done;
    enum status status;
    struct err  err;
    int         code;
    int64_t     retry_after_ms;
};

enum status
cmddaemon_new(const struct option_value *v, struct cmddaemon **out, struct err *err)
{
    const char  *base = v[CMDDAEMON_URL].given ? v[CMDDAEMON_URL].text : "http://127.0.0.1:8080";
    struct loop *loop;
    struct cmddaemon *d;
    enum status       s = promrequest_check_url(slice_of(base), err);

    if (!s)
        s = loop_new(&loop, err);
    if (s)
        return s;
    d = heap_new(1, sizeof *d);
    d->loop = loop;
    d->base = base;
    d->peer.bearer_token_file = v[CMDDAEMON_TOKEN_FILE].text;
    d->peer.ca_file = v[CMDDAEMON_CA_FILE].text;
    text_init(&d->url, URL_BYTES);
    text_init(&d->answer, REPLY_BYTES);
    *out = d;
    return STATUS_OK;
}

void
cmddaemon_free(struct cmddaemon *d)
{
    if (!d)
        return;
    loop_free(d->loop);
    text_release(&d->url);
    text_release(&d->answer);
    free(d);
}

const char *
cmddaemon_url(const struct cmddaemon *d)
{
    return d->base;
}

static void
on_answer(void *ctx, const struct fetch_result *r)
{
    struct cmddaemon *d = ctx;

    d->done = true;
    d->status = r->status;
    d->err = r->err;
    d->code = r->http_code;
    d->retry_after_ms = r->status ? -1 : r->retry_after_ms;
    text_put(&d->answer, r->body);
}

static enum status
wait_until_done(struct cmddaemon *d, struct err *err)
{
    if (!d->interrupted)
        loop_run(d->loop, NULL, &d->done);
    d->interrupted |= !d->done;
    return d->interrupted ? err_set(err, STATUS_CANCELLED, "interrupted") : STATUS_OK;
}

enum status
cmddaemon_ask(struct cmddaemon *d, const char *path, const struct text *body, int *code,
              struct slice *answer, struct err *err)
{
    const struct fetch  *fetch = loop_fetch(d->loop);
    struct slice         base = slice_of(d->base);
    struct fetch_request request = {.method = body ? "POST" : "GET",
                                    .content_type = body ? "application/json" : NULL,
                                    .peer = &d->peer,
                                    .timeout_ms = TIMEOUT_MS,
                                    .max_reply_bytes = REPLY_BYTES};
    enum status          s;

    while (base.n && base.p[base.n - 1] == '/')
        base.n--;
    text_clear(&d->url);
    text_clear(&d->answer);
    text_put(&d->url, base);
    text_puts(&d->url, path);
    if (d->url.status)
        return err_set(err, STATUS_SYNTAX, "the address is over %d bytes", URL_BYTES);
    request.url = d->url.p;
    if (body)
        request.body = text_slice(body);
    d->done = false;
    d->err = (struct err){0};
    (void)fetch->start(fetch->self, &request, on_answer, d);
    s = wait_until_done(d, err);
    if (s)
        return s;
    if (d->status)
        return err_set(err, d->status, "%s: %s", d->base, d->err.text);
    *code = d->code;
    *answer = text_slice(&d->answer);
    return STATUS_OK;
}

void
cmddaemon_refusal(int code, struct slice answer, struct err *err)
{
    enum status  s = code == 404                  ? STATUS_NOT_FOUND
                     : code == 401 || code == 403 ? STATUS_DENIED
                     : code == 409                ? STATUS_CONFLICT
                     : code >= 500                ? STATUS_BUSY
                                                  : STATUS_REFUSED;
    json_t      *top = NULL;
    struct slice error, hint;

    if (json_parse(answer, JSON_DEPTH, &top, NULL))
        top = NULL;
    error = json_slice(json_object_get(top, "error"));
    hint = json_slice(json_object_get(top, "hint"));
    if (!error.n)
        error = SLICE_LITERAL("no reason was given");
    (void)err_set(err, s, "%.*s%s%.*s (HTTP %d)", SLICE_ARG(error), hint.n ? "; " : "",
                  SLICE_ARG(hint), code);
    json_decref(top);
}

enum status
cmddaemon_get(struct cmddaemon *d, const char *path, int *code, json_t **out, struct err *err)
{
    struct slice answer;
    struct err   why = {0};
    enum status  s;

    *code = 0;
    s = cmddaemon_ask(d, path, NULL, code, &answer, err);
    if (s)
        return s;
    if (*code != 200) {
        cmddaemon_refusal(*code, answer, &why);
        return err_set(err, why.status, "%s: %s", d->base, why.text);
    }
    if (json_parse(answer, JSON_DEPTH, out, &why) == STATUS_OK) {
        if (json_is_object(*out))
            return STATUS_OK;
        json_decref(*out);
    }
    return err_set(err, STATUS_MALFORMED, "%s%s: what answers is no verdictd: %s", d->base, path,
                   why.text[0] ? why.text : "not an object");
}

int64_t
cmddaemon_retry_after_ms(const struct cmddaemon *d)
{
    return d->retry_after_ms;
}

static void
on_time(void *ctx)
{
    *(bool *)ctx = true;
}

enum status
cmddaemon_wait(struct cmddaemon *d, int64_t ms, struct err *err)
{
    struct timer_port timer = loop_timer(d->loop);
    uint64_t          id;
    enum status       s;

    d->done = false;
    id = timer_start(&timer, ms, on_time, &d->done);
    s = wait_until_done(d, err);
    timer_cancel(&timer, id);
    return s;
}
