#include "tests/replay/play_upstream.h"

#include "base/heap.h"
#include "base/jsonout.h"
#include "tests/replay/play_query.h"
#include "tests/replay/play_scrape.h"
#include "webhooks/request.h"

#include <stdio.h>
#include <stdlib.h>

enum { ANSWER_AFTER_MS = 5, QUERY_BYTES = 256 << 10, REPLY_BYTES = 64 << 20 };

struct fetch_job {
    struct play_upstream *up;
    fetch_done_fn         done;
    fetch_part_fn         part; /* NULL: the result brings the body */
    void                 *ctx;
    uint64_t              timer;
    struct text           body;
    struct fetch_result   result;
};

static void
fail(struct fetch_job *j, enum status s, const char *why)
{
    j->result.status = s;
    (void)err_set(&j->result.err, s, "%s", why);
}

static void
finish(void *ctx)
{
    struct fetch_job *j = ctx;

    j->result.body = text_slice(&j->body);
    if (j->part && j->result.status == STATUS_OK) {
        if (!j->part(j->ctx, j->result.http_code, j->result.content_type, j->result.body))
            fail(j, STATUS_CANCELLED, "no more was wanted");
        j->result.body = (struct slice){0};
    }
    j->up->open--;
    j->done(j->ctx, &j->result);
    text_release(&j->body);
    free(j);
}

/* One field of a form or of a URL's query, decoded. */
static bool
form_field(struct slice form, const char *field, char *out, size_t bytes, size_t *n)
{
    while (form.n) {
        struct slice value = slice_cut(&form, '&');
        struct slice key = slice_cut(&value, '=');

        /* request_decode() refuses line ends, which a query may hold. */
        if (!slice_is(key, field))
            continue;
        *n = 0;
        for (size_t i = 0; i < value.n && *n + 1 < bytes; i++) {
            char digits[3] = {0};

            if (value.p[i] == '%' && i + 2 < value.n) {
                memcpy(digits, value.p + i + 1, 2);
                out[(*n)++] = (char)strtol(digits, NULL, 16);
                i += 2;
            } else {
                out[(*n)++] = value.p[i] == '+' ? ' ' : value.p[i];
            }
        }
        out[*n] = '\0';
        return true;
    }
    return false;
}

/* As Prometheus writes a number: in quotes, with "NaN" and "+Inf". */
static void
write_point(struct jsonout *j, double value, int64_t at_ms)
{
    struct text v;

    text_init(&v, 64);
    text_double(&v, value);
    jsonout_double(j, NULL, (double)at_ms / 1000);
    jsonout_text(j, NULL, v.p);
    text_release(&v);
}

static void
write_element(struct jsonout *j, const struct play_element *el, int64_t at_ms)
{
    jsonout_begin_object(j, NULL);
    jsonout_begin_object(j, "metric");
    for (size_t i = 0; i < el->labels.n; i++) {
        char name[256];

        snprintf(name, sizeof name, "%.*s", SLICE_ARG(el->labels.at[i].name));
        jsonout_slice(j, name, el->labels.at[i].value);
    }
    jsonout_end_object(j);
    jsonout_begin_array(j, "value");
    write_point(j, el->value, at_ms);
    jsonout_end_array(j);
    jsonout_end_object(j);
}

static void
write_reply(struct text *out, struct play_vector *v, const char *without, int64_t at_ms)
{
    struct jsonout j;

    jsonout_init(&j, out);
    jsonout_begin_object(&j, NULL);
    jsonout_text(&j, "status", "success");
    jsonout_begin_object(&j, "data");
    jsonout_text(&j, "resultType", v->scalar ? "scalar" : "vector");
    jsonout_begin_array(&j, "result");
    if (v->scalar)
        write_point(&j, v->number, at_ms);
    for (size_t i = 0; i < v->at.n; i++) {
        (void)play_series_set(&v->at.at[i].labels, slice_of(without), (struct slice){0});
        write_element(&j, &v->at.at[i], at_ms);
    }
    jsonout_end_array(&j);
    jsonout_end_object(&j);
    jsonout_end_object(&j);
}

/* A query of another shape, where the script has such; what is wrong with it is
 * the answer, as of a Prometheus. */
static void
evaluate_any(struct fetch_job *j, const struct play_eval_from *from, struct slice query)
{
    struct arena       arena = {0};
    struct play_vector v;
    struct err         err = {0};
    enum status        s = play_query(&arena, from, query, &v, &err);
    struct jsonout     out;

    j->result.http_code = s ? 422 : 200;
    if (s == STATUS_OK) {
        write_reply(&j->body, &v, j->up->without, from->at_ms);
    } else {
        jsonout_init(&out, &j->body);
        jsonout_begin_object(&out, NULL);
        jsonout_text(&out, "status", "error");
        jsonout_text(&out, "errorType", "execution");
        jsonout_text(&out, "error", err.text);
        jsonout_end_object(&out);
    }
    arena_release(&arena);
}

static void
evaluate(struct fetch_job *j, struct slice query, int64_t at_ms)
{
    struct play_upstream *u = j->up;
    unsigned              replica = u->answer_from[u->asked % 2];
    int64_t               now_ms = play_time_true_ms(u->time);
    struct play_eval_from from = {.db = &u->prom->mesh->db,
                                  .replica = replica,
                                  .at_ms = at_ms,
                                  .known_ms = now_ms - u->prom->replica[replica].lag_ms};
    struct arena          arena = {0};
    struct play_vector    v;
    struct err            other = {0};
    enum status           s = play_prom_run(u->prom, now_ms, &u->err);

    if (!s)
        s = play_eval(&arena, &from, query, &v, u->any_query ? &other : &u->err);
    if (s == STATUS_SYNTAX && u->any_query) {
        evaluate_any(j, &from, query);
    } else if (s) {
        u->unknown++;
        j->result.http_code = 400;
        text_puts(&j->body, "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"?\"}");
    } else {
        j->result.http_code = 200;
        write_reply(&j->body, &v, u->without, at_ms);
    }
    arena_release(&arena);
}

static void
answer_up(struct fetch_job *j, const struct fetch_request *req)
{
    const char  *mark = strchr(req->url, '?');
    bool         post = !strcmp(req->method, "POST");
    struct slice form = post ? req->body : slice_of(mark ? mark + 1 : "");
    char        *query = heap_new(1, QUERY_BYTES), at[64];
    size_t       n, n_at;
    double       seconds = 0;

    if (!strstr(req->url, "/api/v1/query") || !form_field(form, "query", query, QUERY_BYTES, &n) ||
        !form_field(form, "time", at, sizeof at, &n_at) ||
        slice_double((struct slice){at, n_at}, &seconds)) {
        j->up->unknown++;
        (void)err_set(&j->up->err, STATUS_SYNTAX, "not a request of a query: %.200s", req->url);
        j->result.http_code = 404;
    } else {
        evaluate(j, (struct slice){query, n}, (int64_t)(seconds * 1000 + .5));
    }
    free(query);
}

/* A scrape of the daemon's own. */
static void
answer_scrape(struct fetch_job *j, const struct fetch_request *req)
{
    struct play_upstream *u = j->up;

    j->result.status = play_scrape_get(u->prom->mesh, slice_of(req->url),
                                       play_time_true_ms(u->time), &j->body, &j->result.err);
    j->result.http_code = j->result.status ? 0 : 200;
    j->result.content_type = SLICE_LITERAL("text/plain; version=0.0.4");
}

static void
answer(struct fetch_job *j, const struct fetch_request *req)
{
    struct play_upstream *u = j->up;

    switch (u->mode) {
    case PLAY_UPSTREAM_UP:
        if (strstr(req->url, "/api/v1/"))
            answer_up(j, req);
        else
            answer_scrape(j, req);
        break;
    case PLAY_UPSTREAM_DOWN:
        fail(j, STATUS_UNREACHABLE, "connection refused");
        break;
    case PLAY_UPSTREAM_HANG:
        fail(j, STATUS_TIMEOUT, "no answer in time");
        break;
    case PLAY_UPSTREAM_SAYS:
        j->result.http_code = u->http_code;
        text_puts(&j->body, u->body);
        break;
    case PLAY_UPSTREAM_HUGE:
        if (u->huge_bytes > req->max_reply_bytes) {
            fail(j, STATUS_TOO_LARGE, "the reply is too large");
            break;
        }
        j->result.http_code = 200;
        for (uint64_t i = 0; i < u->huge_bytes; i++)
            text_putc(&j->body, ' ');
        break;
    }
    if (!j->result.status && j->body.n > req->max_reply_bytes)
        fail(j, STATUS_TOO_LARGE, "the reply is too large");
}

static bool
is_hook(const struct fetch_request *req)
{
    return slice_starts(slice_of(req->url), "http://hook/");
}

static void
answer_hook(struct fetch_job *j, const struct fetch_request *req)
{
    struct play_hook *h = &j->up->hook;

    h->asked++;
    j->result.http_code = h->http_code ? h->http_code : 200;
    if (h->hangs || j->result.http_code >= 300)
        return;
    h->told++;
    snprintf(h->body, sizeof h->body, "%.*s", SLICE_ARG(req->body));
}

static struct fetch_job *
start(void *self, const struct fetch_request *req, fetch_done_fn done, void *ctx)
{
    struct play_upstream *u = self;
    struct fetch_job     *j = heap_new(1, sizeof *j);
    int64_t               due_ms = u->delay_ms ? u->delay_ms : ANSWER_AFTER_MS;
    bool                  hangs = u->mode == PLAY_UPSTREAM_HANG;

    *j = (struct fetch_job){.up = u, .done = done, .part = req->part, .ctx = ctx};
    j->result.retry_after_ms = -1;
    text_init(&j->body, REPLY_BYTES);
    u->open++;
    if (is_hook(req)) {
        hangs = u->hook.hangs;
        due_ms = ANSWER_AFTER_MS;
        answer_hook(j, req);
    } else {
        answer(j, req);
        u->asked++;
    }
    if (hangs || due_ms > req->timeout_ms) {
        due_ms = req->timeout_ms;
        j->result = (struct fetch_result){.retry_after_ms = -1};
        fail(j, STATUS_TIMEOUT, "no answer in time");
    }
    j->timer = timer_start(&u->time->timer, due_ms, finish, j);
    return j;
}

static void
cancel(void *self, struct fetch_job *j)
{
    struct play_upstream *u = self;

    timer_cancel(&u->time->timer, j->timer);
    j->result = (struct fetch_result){.retry_after_ms = -1};
    fail(j, STATUS_CANCELLED, "cancelled");
    j->timer = timer_start(&u->time->timer, 0, finish, j);
}

void
play_upstream_init(struct play_upstream *u, struct play_time *time, struct play_prom *prom)
{
    *u = (struct play_upstream){.time = time, .prom = prom};
    u->fetch = (struct fetch){.start = start, .cancel = cancel, .self = u};
}
