#include "webhooks/flaggermetrics.h"

#include "base/heap.h"
#include "promql/gofloat.h"
#include "webhooks/flaggerquery.h"
#include "webhooks/promcall.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { WAIT_MS = 4500 }; /* Flagger's client waits for 5 s */

/* A measure that is waited for. */
struct asked {
    const struct clock *clock;
    gates_done_fn       done;
    void               *ctx;
};

static void
tell(const struct clock *clock, bool has_value, double value, struct answer *out)
{
    int64_t now_ms = clock_wall_ms(clock);
    char    number[GOFLOAT_API_BYTES];
    size_t  n = gofloat_api(number, value);

    answer_json(out, 200);
    text_puts(&out->body, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","
                          "\"result\":[");
    if (has_value)
        text_printf(&out->body, "{\"metric\":{},\"value\":[%lld.%03d,\"%.*s\"]}",
                    (long long)(now_ms / 1000), (int)(now_ms % 1000), (int)n, number);
    text_puts(&out->body, "]}}");
}

static void
on_measured(void *ctx, enum status s, double value, const struct err *err)
{
    struct asked *a = ctx;
    struct answer out;

    answer_init(&out);
    if ((s == STATUS_OK && isfinite(value)) || s == STATUS_NO_DATA)
        tell(a->clock, s == STATUS_OK, value, &out);
    else if (s == STATUS_BAD_QUERY)
        promcall_refuse(&out, 422, PROMCALL_EXECUTION, err->text);
    else
        promcall_refuse(&out, 503, PROMCALL_UNAVAILABLE,
                        s ? err->text : "the value is no finite number");
    (void)a->done(a->ctx, &out);
    answer_release(&out);
    free(a);
}

static enum gates_when
measure(const struct gates_call *c, const struct port_measure *m, struct answer *out)
{
    const struct port *port = c->g->port;
    struct asked      *a = heap_new(1, sizeof *a);

    *a = (struct asked){.clock = c->g->clock, .done = c->done, .ctx = c->ctx};
    promcall_refuse(out, 503, PROMCALL_TIMEOUT, "the source has not answered in time");
    out->wait_ms = WAIT_MS;
    /* Taken, it may be answered and gone before this returns. */
    if (port->measure(port->self, m, on_measured, a))
        return GATES_LATER;
    free(a);
    promcall_refuse(out, 503, PROMCALL_UNAVAILABLE, "too much is waiting: ask again");
    return GATES_NOW;
}

static enum gates_when
refuse(const struct gates_call *c, const struct err *err, struct answer *out)
{
    if (!gates_may_somewhere(c, TOKEN_SCOPE_GATE, "", out))
        return GATES_NOW;
    promcall_refuse(out, err->status == STATUS_SYNTAX ? 400 : 422,
                    err->status == STATUS_SYNTAX ? PROMCALL_BAD_DATA : PROMCALL_EXECUTION,
                    err->text);
    gates_warn(c->g, "question_refused", "flagger/metrics", out->code, err->text);
    return GATES_NOW;
}

static enum gates_when
answer(const struct gates_call *c, const struct flaggerquery *q, struct answer *out)
{
    struct port_measure m = {.what = q->what, .expr = q->expr, .traffic = q->traffic};
    struct err          err = {0};

    if (q->is_constant) {
        if (gates_may_somewhere(c, TOKEN_SCOPE_GATE, "", out))
            tell(c->g->clock, isfinite(q->constant), q->constant, out);
        return GATES_NOW;
    }
    if (!c->g->port->metric_service(c->g->port->self, q, m.ns, m.service)) {
        (void)err_set(&err, STATUS_NOT_FOUND,
                      "no service of the configuration is what this query asks about: list it "
                      "under services, by the name of the Canary or with its target as canary");
        return refuse(c, &err, out);
    }
    if (!gates_may(c, TOKEN_SCOPE_GATE, slice_of(m.ns), "", out))
        return GATES_NOW;
    return measure(c, &m, out);
}

enum gates_when
flaggermetrics_query(const struct gates_call *c, struct answer *out)
{
    struct arena        arena = {0};
    struct promform     form = {0};
    struct flaggerquery q;
    struct err          err = {0};
    enum status         s = promform_read(&form, &arena, c->req, &err);
    enum gates_when     when;

    if (s == STATUS_OK)
        s = flaggerquery_read(&arena, promform_get(&form, "query"), &q, &err);
    when = s ? refuse(c, &err, out) : answer(c, &q, out);
    arena_release(&arena);
    return when;
}
