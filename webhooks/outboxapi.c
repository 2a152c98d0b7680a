#include "webhooks/outboxapi.h"

#include "base/heap.h"
#include "base/jsonout.h"
#include "webhooks/acts.h"

#include <stdlib.h>

#define LIST "verdictd outbox lists what waits and what is dead"

/* A change on its way into the history. */
struct changing {
    gates_done_fn      done;
    void              *ctx;
    struct port_notice notice;
};

static void
put_done(const struct port_notice *n, struct answer *out)
{
    struct jsonout j;

    answer_json(out, 200);
    jsonout_init(&j, &out->body);
    jsonout_begin_object(&j, NULL);
    jsonout_text(&j, "id", n->verdict);
    jsonout_text(&j, "target", n->target);
    jsonout_text(&j, "done", n->drop ? "drop" : "retry");
    jsonout_end_object(&j);
    answer_finish(out);
}

static void
on_changed(void *ctx, enum status s, const struct err *err)
{
    struct changing *g = ctx;
    struct answer    out;

    answer_init(&out);
    if (s == STATUS_OK)
        put_done(&g->notice, &out);
    else if (s == STATUS_NOT_FOUND)
        answer_error(&out, 404, err->text, LIST);
    else
        answer_error(&out, 503, "the history does not take it now", "ask again in a second");
    (void)g->done(g->ctx, &out);
    answer_release(&out);
    free(g);
}

static enum gates_when
change(const struct gates_call *c, bool drop, struct answer *out)
{
    struct port_notice n = {.drop = drop};
    struct changing   *g;
    struct err         err = {0};
    size_t             bytes;

    if (!gates_may(c, TOKEN_SCOPE_ACT, (struct slice){0}, "", out))
        return GATES_NOW;
    if (!c->g->port->notice || !ulid_copy(c->arg[0], n.verdict) ||
        request_decode(c->arg[1], false, n.target, sizeof n.target, &bytes) || !bytes) {
        answer_error(out, 404, "no such message waits or is dead", LIST);
        return GATES_NOW;
    }
    if (acts_read_who(c->req->body, &n.who, &err)) {
        answer_error(out, 400, err.text, "{\"by\": \"name\", \"why\": \"reason\"}");
        return GATES_NOW;
    }
    g = heap_new(1, sizeof *g);
    *g = (struct changing){.done = c->done, .ctx = c->ctx, .notice = n};
    answer_error(out, 503, "the change waits for the history",
                 "verdictd outbox shows whether it was taken");
    if (c->g->port->notice(c->g->port->self, &n, on_changed, g))
        return GATES_LATER;
    free(g);
    answer_error(out, 503, "the queue of changes is full", "ask again in a second");
    return GATES_NOW;
}

enum gates_when
outboxapi_retry(const struct gates_call *c, struct answer *out)
{
    return change(c, false, out);
}

enum gates_when
outboxapi_drop(const struct gates_call *c, struct answer *out)
{
    return change(c, true, out);
}
