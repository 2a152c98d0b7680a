#include "webhooks/argo.h"

#include "webhooks/questionmemo.h"
#include "webhooks/viewjson.h"

#include <string.h>

static void
answer_from(const struct question *q, const struct verdict_view *v, const struct ask_facts *f,
            struct answer *out, struct port_told *told)
{
    struct view_answer          a = viewjson_answer(v, q->stage, f->now_mono_ms);
    const struct viewjson_kept *kept = NULL;

    answer_json(out, 200);
    if (v == f->view && f->port && f->port->view_kept && !q->brief)
        kept = f->port->view_kept(f->port->self, v);
    if (kept)
        viewjson_write_kept(&out->body, kept, v, &a, f->now_mono_ms);
    else
        viewjson_write(&out->body, v, &a, q->brief ? VIEWJSON_BRIEF : VIEWJSON_FULL,
                       f->now_mono_ms);
    memcpy(out->verdict_id, v->id, sizeof out->verdict_id);
    memcpy(told->run, v->run, sizeof told->run);
    told->verdict = a.verdict;
    told->reason = a.reason;
}

bool
argo_decide(const struct question *q, int door, const struct ask_facts *f, enum port_change *change,
            struct answer *out, struct port_told *told)
{
    struct err          err = {0};
    struct verdict_view blind;

    (void)door;
    if (f->view && ask_fits(q, f->view, &err)) {
        answer_error(out, 400, err.text,
                     "one revision is judged with one pair of versions: pass a new revision "
                     "for a new release");
        return true;
    }
    if (f->view && !ask_weight_is_new(q, f)) {
        answer_from(q, f->view, f, out, told);
        return true;
    }
    switch (f->lookup) {
    case PORT_UNKNOWN_SERVICE:
        answer_error(out, 404, *f->why ? f->why : "this service is not known here",
                     "add the service to the configuration, or its namespace to unknown_services");
        return true;
    case PORT_BAD:
        answer_error(out, 400, *f->why ? f->why : "the service does not take this question",
                     "see the service's configuration for what its caller may say");
        return true;
    case PORT_FOUND:
    case PORT_NO_RUN:
        break;
    }
    if (!f->busy && !f->over_rate && !(f->made & 1u << (unsigned)PORT_OPEN)) {
        *change = PORT_OPEN;
        return false;
    }
    blind = viewjson_blind(q, f->reason == REASON_NONE ? REASON_STORE_BUSY : f->reason,
                           f->now_wall_ms, f->now_mono_ms);
    answer_from(q, &blind, f, out, told);
    return true;
}

static enum gates_when
answer_unread(const struct gates_call *c, struct slice body, struct answer *out)
{
    struct question q;
    struct err      err = {0}, hint = {0};
    enum status     s = question_from_argo(body, c->req->param, c->req->n_params, &q, &err, &hint);
    bool            allowed;

    if (s == STATUS_OK && c->req->n_params == 0)
        questionmemo_keep(body, &q);
    /* What was not understood may lack a namespace. */
    allowed = s ? gates_may_somewhere(c, TOKEN_SCOPE_GATE, q.token, out)
                : gates_may(c, TOKEN_SCOPE_GATE, slice_of(q.ns), q.token, out);
    question_forget_token(&q);
    if (!allowed)
        return GATES_NOW;
    if (s) {
        answer_error(out, 400, err.text, hint.text);
        gates_warn(c->g, "question_refused", "argo", 400, err.text);
        return GATES_NOW;
    }
    return ask_start(c, &q, "argo", 0, argo_decide, out);
}

enum gates_when
argo_handle(const struct gates_call *c, struct answer *out)
{
    const struct request  *req = c->req;
    struct slice           body = req->method == REQUEST_POST ? req->body : (struct slice){0};
    const struct question *known = req->n_params ? NULL : questionmemo_find(body);

    if (!known)
        return answer_unread(c, body, out);
    if (!gates_may(c, TOKEN_SCOPE_GATE, slice_of(known->ns), "", out))
        return GATES_NOW;
    return ask_start(c, known, "argo", 0, argo_decide, out);
}
