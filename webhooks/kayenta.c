#include "webhooks/kayenta.h"

#include "base/heap.h"
#include "base/jsonout.h"
#include "webhooks/argo.h"
#include "webhooks/ask.h"
#include "webhooks/kayentabody.h"

#include <stdio.h>
#include <stdlib.h>

static void
put_config(struct jsonout *j, const char *policy, const char *suffix)
{
    char name[128];

    snprintf(name, sizeof name, "%s%s", policy, suffix);
    jsonout_begin_object(j, NULL);
    jsonout_text(j, "id", name);
    jsonout_text(j, "name", name);
    jsonout_end_object(j);
}

static void
on_policy(void *ctx, const char *policy)
{
    put_config(ctx, policy, "");
    put_config(ctx, policy, KAYENTABODY_STEP);
}

enum gates_when
kayenta_configs(const struct gates_call *c, struct answer *out)
{
    struct jsonout j;

    answer_json(out, 200);
    jsonout_init(&j, &out->body);
    jsonout_begin_array(&j, NULL);
    c->g->port->policies(c->g->port->self, on_policy, &j);
    jsonout_end_array(&j);
    answer_finish(out);
    return GATES_NOW;
}

bool
kayenta_completes(const struct port_told *told)
{
    const struct question *q = told->question;

    return told->http_code == 200 &&
           (told->verdict != VERDICT_HOLD || (told->run[0] && q->marginal < q->pass));
}

static int
score_of(const struct question *q, enum verdict v)
{
    switch (v) {
    case VERDICT_PASS:
        return 100;
    case VERDICT_HOLD:
        return q->marginal + (q->pass - q->marginal) / 2;
    case VERDICT_FAIL:
    case VERDICT_ABORT:
    case VERDICT_COUNT:
        break;
    }
    return 0;
}

static void
tell(struct answer *out, const struct port_told *told)
{
    bool           complete = kayenta_completes(told);
    struct jsonout j;

    answer_json(out, 200);
    jsonout_init(&j, &out->body);
    jsonout_begin_object(&j, NULL);
    jsonout_bool(&j, "complete", complete);
    if (complete) {
        jsonout_begin_object(&j, "result");
        jsonout_begin_object(&j, "judgeResult");
        jsonout_begin_object(&j, "score");
        jsonout_int(&j, "score", score_of(told->question, told->verdict));
        jsonout_end_object(&j);
        jsonout_end_object(&j);
        jsonout_end_object(&j);
    }
    jsonout_text(&j, "verdict", verdict_text(told->verdict));
    jsonout_text(&j, "reason", verdict_reason_text(told->reason));
    jsonout_text(&j, "run", told->run);
    jsonout_end_object(&j);
}

/* A poll is the same question to the same view as the web provider's. */
static bool
decide_poll(const struct question *q, int door, const struct ask_facts *f, enum port_change *change,
            struct answer *out, struct port_told *told)
{
    if (!argo_decide(q, door, f, change, out, told))
        return false;
    told->http_code = out->code;
    if (out->code == 200)
        tell(out, told);
    return true;
}

enum gates_when
kayenta_poll(const struct gates_call *c, struct answer *out)
{
    struct port_execution e;
    char                  id[ULID_BYTES];

    if (!ulid_copy(c->arg[0], id) || !c->g->port->execution(c->g->port->self, id, &e)) {
        answer_error(out, 404, "there is no such execution",
                     "they are kept for a day; ask again by POST /canary/{id}");
        return GATES_NOW;
    }
    if (e.complete) {
        e.told.question = &e.question;
        tell(out, &e.told);
        return GATES_NOW;
    }
    return ask_start(c, &e.question, "kayenta", 0, decide_poll, out);
}

/* A question on its way: first its run, then its execution. */
struct posting {
    const struct port *port;
    struct question    q;
    gates_done_fn      done;
    void              *ctx;
};

static void
busy(struct answer *out)
{
    answer_error(out, 503, "the history does not take it", "ask again in a moment");
}

static void
full(struct answer *out)
{
    answer_error(out, 503, "too many executions are under way, or too much waits for the history",
                 "ask again in a minute");
}

static void
on_kept(void *ctx, enum status s, const char *id, const struct err *err)
{
    struct posting *p = ctx;
    struct answer   out;
    struct jsonout  j;

    answer_init(&out);
    if (s) {
        answer_error(&out, 503, err->text, "ask again in a moment");
    } else {
        answer_json(&out, 200);
        jsonout_init(&j, &out.body);
        jsonout_begin_object(&j, NULL);
        jsonout_text(&j, "canaryExecutionId", id);
        jsonout_end_object(&j);
    }
    (void)p->done(p->ctx, &out);
    answer_release(&out);
    free(p);
}

static bool
on_asked(void *ctx, struct answer *answer)
{
    struct posting *p = ctx;
    gates_done_fn   done = p->done;
    void           *to = p->ctx;

    if (answer->code == 200) {
        if (p->port->execution_start(p->port->self, &p->q, on_kept, p))
            return true;
        full(answer);
    }
    free(p);
    return done(to, answer);
}

static enum gates_when
ask(const struct gates_call *c, const struct question *q, struct answer *out)
{
    struct posting   *p = heap_new(1, sizeof *p);
    struct gates_call chained = *c;

    *p = (struct posting){.port = c->g->port, .q = *q, .done = c->done, .ctx = c->ctx};
    chained.done = on_asked;
    chained.ctx = p;
    /* Taken, it may be answered and gone before this returns. */
    if (ask_start(&chained, q, "kayenta", 0, argo_decide, out) == GATES_LATER) {
        busy(out);
        return GATES_LATER;
    }
    if (out->code == 200) {
        busy(out);
        if (p->port->execution_start(p->port->self, &p->q, on_kept, p))
            return GATES_LATER;
        full(out);
    }
    free(p);
    return GATES_NOW;
}

enum gates_when
kayenta_start(const struct gates_call *c, struct answer *out)
{
    struct question q;
    struct err      err = {0}, hint = {0};
    char            id[VIEW_NAME_BYTES] = "";
    size_t          n = 0;
    enum status     s = request_decode(c->arg[0], false, id, sizeof id, &n);

    if (s)
        (void)err_set(&err, s, "the id in the path is none of /canaryConfig");
    else
        s = kayentabody_read((struct slice){id, n}, request_param(c->req, "application"),
                             c->req->body, &q, &err, &hint);
    if (s) {
        answer_error(out, 400, err.text, hint.text);
        gates_warn(c->g, "question_refused", "kayenta", 400, err.text);
        return GATES_NOW;
    }
    return ask(c, &q, out);
}
