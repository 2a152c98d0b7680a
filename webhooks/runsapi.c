#include "webhooks/runsapi.h"

#include "base/heap.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    ALLOW_NAMES = 1,
    ALLOW_STATE = 2,
    ALLOW_VERDICT = 4,
    ALLOW_SINCE = 8,
    ALLOW_PAGE = 16,
    ALLOW_LIMIT = 32,
    ALLOW_WAIT = 64
};

struct reading {
    struct port_read *to;
    int64_t           now_ms;
};

static bool
copy_name(struct slice v, char out[VIEW_NAME_BYTES])
{
    if (v.n == 0 || v.n >= VIEW_NAME_BYTES)
        return false;
    memcpy(out, v.p, v.n);
    out[v.n] = '\0';
    return true;
}

static bool
read_namespace(struct reading *r, struct slice v)
{
    return copy_name(v, r->to->ns);
}

static bool
read_service(struct reading *r, struct slice v)
{
    return copy_name(v, r->to->service);
}

static bool
read_state(struct reading *r, struct slice v)
{
    r->to->state = slice_is(v, "live") ? RECORD_LIVE : RECORD_ENDED;
    return slice_is(v, "live") || slice_is(v, "ended");
}

static bool
read_verdict(struct reading *r, struct slice v)
{
    enum verdict verdict;

    if (verdict_parse(v, &verdict))
        return false;
    r->to->verdict = (int)verdict;
    return true;
}

static bool
read_since(struct reading *r, struct slice v)
{
    int64_t ms;

    if (slice_i64(v, &ms) == STATUS_OK && ms >= 0)
        r->to->since_ms = ms;
    else if (slice_duration_ms(v, &ms) == STATUS_OK && ms >= 0)
        r->to->since_ms = r->now_ms > ms ? r->now_ms - ms : 0;
    else
        return clock_read_rfc3339(v, &r->to->since_ms) == STATUS_OK;
    return true;
}

static bool
read_limit(struct reading *r, struct slice v)
{
    uint64_t n;

    if (slice_u64(v, &n) || n < 1 || n > RUNSAPI_MAX_LIMIT)
        return false;
    r->to->limit = (uint32_t)n;
    return true;
}

static bool
read_after(struct reading *r, struct slice v)
{
    return ulid_copy(v, r->to->after);
}

static bool
read_wait(struct reading *r, struct slice v)
{
    return slice_duration_ms(v, &r->to->wait_ms) == STATUS_OK &&
           r->to->wait_ms >= RUNSAPI_LEAST_WAIT_MS && r->to->wait_ms <= RUNSAPI_MOST_WAIT_MS;
}

static bool
read_seen(struct reading *r, struct slice v)
{
    return ulid_copy(v, r->to->seen);
}

static const struct param {
    const char *name;
    unsigned    allow;
    bool (*read)(struct reading *r, struct slice v);
    const char *want;
} params[] = {
    {"namespace", ALLOW_NAMES, read_namespace, "a name"},
    {"service", ALLOW_NAMES, read_service, "a name"},
    {"state", ALLOW_STATE, read_state, "live or ended"},
    {"verdict", ALLOW_VERDICT, read_verdict, "pass, hold, fail or abort"},
    {"since", ALLOW_SINCE, read_since, "15m, 2026-11-22T22:10:05Z, or Unix milliseconds"},
    {"limit", ALLOW_LIMIT, read_limit, "1 to 500"},
    {"after", ALLOW_PAGE, read_after, "the id that the page before gave as next"},
    {"wait", ALLOW_WAIT, read_wait, "a duration from 1s to 60s"},
    {"seen", ALLOW_WAIT, read_seen, "the X-Verdict-Id of the answer before"},
};

static enum status
read_params(const struct gates_call *c, unsigned allow, struct port_read *to, struct err *err)
{
    struct reading r = {.to = to, .now_ms = clock_wall_ms(c->g->clock)};

    for (size_t i = 0; i < c->req->n_params; i++) {
        struct slice        name = c->req->param[i].name, value = c->req->param[i].value;
        const struct param *p = params;

        while (p < params + ARRAY_LEN(params) && !(slice_is(name, p->name) && p->allow & allow))
            p++;
        if (p == params + ARRAY_LEN(params))
            return err_set(err, STATUS_SYNTAX, "this path takes no parameter %.*s",
                           (int)(name.n < 60 ? name.n : 60), name.p);
        if (value.n && !p->read(&r, value))
            return err_set(err, STATUS_SYNTAX, "%s is not %s", p->name, p->want);
    }
    if (*to->seen && !to->wait_ms)
        return err_set(err, STATUS_SYNTAX, "seen is for those that wait: send wait=30s along");
    return STATUS_OK;
}

struct waiting {
    gates_done_fn done;
    void         *ctx;
};

static void
read_done(void *ctx, int http_code, struct slice body, const char *verdict_id)
{
    struct waiting *w = ctx;
    struct answer   out;

    answer_init(&out);
    answer_json(&out, http_code);
    text_put(&out.body, body);
    memcpy(out.verdict_id, verdict_id, strlen(verdict_id) + 1);
    out.retry_after_s = http_code == 503;
    answer_finish(&out);
    (void)w->done(w->ctx, &out);
    answer_release(&out);
    free(w);
}

/* A token of some namespaces reads there alone.  The namespace of a run that is
 * asked for by id is not known yet: the port looks. */
static bool
confine(const struct gates_call *c, struct port_read *read, struct answer *out)
{
    read->grant = c->grant;
    if (*read->run)
        return true;
    if (!*read->ns && c->grant.n_namespaces == 1)
        memcpy(read->ns, c->grant.ns[0], sizeof c->grant.ns[0]);
    return gates_may(c, TOKEN_SCOPE_READ, slice_of(read->ns), "", out);
}

static enum gates_when
start(const struct gates_call *c, unsigned allow, struct port_read *read, struct answer *out)
{
    struct err      err = {0};
    struct waiting *w;

    read->state = read->verdict = -1;
    read->limit = RUNSAPI_LIMIT;
    if (read_params(c, allow, read, &err)) {
        answer_error(out, 400, err.text, "see the documentation of this path for its parameters");
        return GATES_NOW;
    }
    if (!confine(c, read, out))
        return GATES_NOW;
    /* What is told if nobody has the time. */
    answer_error(out, 503, "the history is busy", "ask again in a second");
    if (read->wait_ms)
        out->wait_ms = read->wait_ms + RUNSAPI_AFTER_WAIT_MS;
    read->gone = c->req->gone;
    w = heap_new(1, sizeof *w);
    *w = (struct waiting){.done = c->done, .ctx = c->ctx};
    if (c->g->port->read(c->g->port->self, read, read_done, w))
        return GATES_LATER;
    free(w);
    return GATES_NOW;
}

enum gates_when
runsapi_runs(const struct gates_call *c, struct answer *out)
{
    struct port_read read = {.what = PORT_READ_RUNS};

    return start(c,
                 ALLOW_NAMES | ALLOW_STATE | ALLOW_VERDICT | ALLOW_SINCE | ALLOW_PAGE |
                     ALLOW_LIMIT | ALLOW_WAIT,
                 &read, out);
}

enum gates_when
runsapi_verdicts(const struct gates_call *c, struct answer *out)
{
    struct port_read read = {.what = PORT_READ_VERDICTS};

    return start(c,
                 ALLOW_NAMES | ALLOW_VERDICT | ALLOW_SINCE | ALLOW_PAGE | ALLOW_LIMIT | ALLOW_WAIT,
                 &read, out);
}

static enum gates_when
no_such_run(struct answer *out)
{
    answer_error(out, 404, "this is no id of a run",
                 "ids are 26 characters; GET /v1/runs lists them");
    return GATES_NOW;
}

enum gates_when
runsapi_run(const struct gates_call *c, struct answer *out)
{
    struct port_read read = {.what = PORT_READ_RUN};

    return ulid_copy(c->arg[0], read.run) ? start(c, ALLOW_WAIT, &read, out) : no_such_run(out);
}

enum gates_when
runsapi_intervals(const struct gates_call *c, struct answer *out)
{
    struct port_read read = {.what = PORT_READ_INTERVALS};

    return ulid_copy(c->arg[0], read.run) ? start(c, ALLOW_SINCE | ALLOW_LIMIT, &read, out)
                                          : no_such_run(out);
}

enum gates_when
runsapi_timeline(const struct gates_call *c, struct answer *out)
{
    struct port_read read = {.what = PORT_READ_TIMELINE};

    return ulid_copy(c->arg[0], read.run) ? start(c, ALLOW_LIMIT, &read, out) : no_such_run(out);
}

/* Reads about a service, at /v1/services/NAMESPACE/NAME/ and what. */
static enum gates_when
of_service(const struct gates_call *c, struct port_read *read, const char *what, struct answer *out)
{
    char   hint[80];
    size_t n;

    if (request_decode(c->arg[0], false, read->ns, sizeof read->ns, &n) ||
        request_decode(c->arg[1], false, read->service, sizeof read->service, &n)) {
        snprintf(hint, sizeof hint, "the path is /v1/services/NAMESPACE/NAME/%s", what);
        answer_error(out, 404, "there is no such service", hint);
        return GATES_NOW;
    }
    return start(c, ALLOW_SINCE, read, out);
}

enum gates_when
runsapi_versions(const struct gates_call *c, struct answer *out)
{
    struct port_read read = {.what = PORT_READ_VERSIONS};

    return of_service(c, &read, "versions", out);
}

enum gates_when
runsapi_placebos(const struct gates_call *c, struct answer *out)
{
    struct port_read read = {.what = PORT_READ_PLACEBOS};

    return of_service(c, &read, "placebos", out);
}
