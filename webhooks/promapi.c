#include "webhooks/promapi.h"

#include "base/heap.h"
#include "webhooks/gzip.h"
#include "webhooks/promquery.h"
#include "webhooks/promseries.h"
#include "webhooks/promstatus.h"
#include "webhooks/promtarget.h"

#include <stdlib.h>

enum {
    DEFAULT_TIMEOUT_MS = 120 * 1000,
    DEFAULT_LOOKBACK_MS = 5 * 60 * 1000,
    DEFAULT_SAMPLES = 50 * 1000 * 1000,
    DEFAULT_MEMORY_BYTES = 512 * 1024 * 1024,
    DEFAULT_BODY_BYTES = 64 * 1024 * 1024,
    GRACE_MS = 1000, /* for a worker to notice that its time is over */
};

/* A call on its way to a worker and back. */
struct promapi_job {
    struct promcall call;
    promcall_fn     fn;
    bool            gzip;
    gates_done_fn   done;
    void           *ctx;
};

static struct port_limits
limits_of(const struct port_api *api)
{
    struct port_limits l = api->limits;

    if (!l.timeout_ms)
        l.timeout_ms = DEFAULT_TIMEOUT_MS;
    if (!l.lookback_ms)
        l.lookback_ms = DEFAULT_LOOKBACK_MS;
    if (!l.max_samples)
        l.max_samples = DEFAULT_SAMPLES;
    if (!l.max_memory_bytes)
        l.max_memory_bytes = DEFAULT_MEMORY_BYTES;
    if (!l.max_body_bytes)
        l.max_body_bytes = DEFAULT_BODY_BYTES;
    return l;
}

static void
free_job(struct promapi_job *j)
{
    arena_release(&j->call.arena);
    free(j);
}

/* On a worker. */
static void
run(void *ctx, const struct port_series *series)
{
    struct promapi_job *j = ctx;
    struct answer       out;

    answer_init(&out);
    j->call.series = series;
    promcall_answer(&j->call, j->fn, &out);
    if (j->gzip)
        out.gzip = gzip_pack(&out.body);
    (void)j->done(j->ctx, &out);
    answer_release(&out);
    free_job(j);
}

/* The path's argument as it was meant. */
static bool
read_argument(struct promcall *c, struct slice encoded)
{
    char  *at = arena_alloc(&c->arena, encoded.n + 1);
    size_t n;

    if (request_unescape(encoded, false, at, &n))
        return false;
    c->arg = (struct slice){at, n};
    return true;
}

static enum gates_when
start(const struct gates_call *c, promcall_fn fn, bool targets, struct answer *out)
{
    const struct port_api *api = c->g->port->api;
    struct promapi_job    *j;
    struct err             err = {0};
    int64_t                now_ms = clock_mono_ms(c->g->clock);

    if (!api) {
        promapi_refuse(out, 404, "");
        return GATES_NOW;
    }
    j = heap_new(1, sizeof *j);
    *j = (struct promapi_job){
        .call = {.limits = limits_of(api),
                 .clock = c->g->clock,
                 .gone = c->req->gone,
                 .came_ms = now_ms},
        .fn = fn,
        .gzip = gzip_accepted(c->req->accept_encoding),
        .done = c->done,
        .ctx = c->ctx,
    };
    j->call.deadline_ms = now_ms + j->call.limits.timeout_ms;
    if (promform_read(&j->call.form, &j->call.arena, c->req, &err) ||
        !read_argument(&j->call, c->arg[0])) {
        promcall_refuse(out, 400, PROMCALL_BAD_DATA,
                        err.status ? err.text : "a broken percent escape in the path");
        free_job(j);
        return GATES_NOW;
    }
    promcall_refuse(out, 503, PROMCALL_TIMEOUT, "query timed out in expression evaluation");
    out->wait_ms = j->call.limits.timeout_ms + GRACE_MS;
    /* Once taken it may be answered and gone. */
    if (api->submit(api->self, targets, run, j))
        return GATES_LATER;
    promcall_refuse(out, 503, PROMCALL_UNAVAILABLE, "too many queries are waiting: try again");
    free_job(j);
    return GATES_NOW;
}

#define ENDPOINT(name, fn, targets)                                                                \
    enum gates_when promapi_##name(const struct gates_call *c, struct answer *out)                 \
    {                                                                                              \
        return start(c, fn, targets, out);                                                         \
    }
#include "webhooks/promapi.def"
#undef ENDPOINT

void
promapi_refuse(struct answer *out, int code, const char *error)
{
    if (code == 404)
        answer_line(out, code, "404 page not found");
    else if (code == 405)
        answer_line(out, code, "Method Not Allowed");
    else if (code >= 500)
        promcall_refuse(out, code, PROMCALL_UNAVAILABLE, error);
    else
        promcall_refuse(out, code, PROMCALL_BAD_DATA, error);
}
