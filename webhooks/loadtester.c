#include "webhooks/loadtester.h"

#include "base/heap.h"
#include "webhooks/question.h"

#include <stdio.h>
#include <stdlib.h>

enum verb { VERB_CHECK, VERB_OPEN, VERB_CLOSE, VERB_APPROVE, VERB_HALT, VERB_COUNT };

static const char *const verbs[VERB_COUNT] = {"check", "open", "close", "approve", "halt"};

/* An opening or closing on its way. */
struct setting {
    gates_done_fn done;
    void         *ctx;
};

static void
tell(struct answer *out, bool yes, const char *word)
{
    answer_plain(out, yes ? 200 : 403, yes ? word : "Forbidden");
    out->close = true;
}

static void
on_set(void *ctx, enum status s, const struct err *err)
{
    struct setting *a = ctx;
    struct answer   out;

    answer_init(&out);
    if (s == STATUS_OK)
        answer_plain(&out, 202, "");
    else
        answer_line(&out, 503, err->text);
    out.close = true;
    (void)a->done(a->ctx, &out);
    answer_release(&out);
    free(a);
}

static enum gates_when
set(const struct gates_call *c, const struct port_switch *what, struct answer *out)
{
    struct setting *a = heap_new(1, sizeof *a);

    *a = (struct setting){.done = c->done, .ctx = c->ctx};
    answer_line(out, 503, "the history has not taken it yet: check the gate");
    out->close = true;
    if (c->g->port->switch_set(c->g->port->self, what, on_set, a))
        return GATES_LATER;
    free(a);
    answer_line(out, 503, "too many gates are open, or too much waits for the history");
    return GATES_NOW;
}

static enum gates_when
about_one(const struct gates_call *c, enum verb verb, bool rollback, struct answer *out)
{
    struct port_switch what = {.rollback = rollback, .open = verb == VERB_OPEN};
    enum token_scope   scope = verb == VERB_CHECK ? TOKEN_SCOPE_GATE : TOKEN_SCOPE_ACT;
    struct question    q;
    struct err         err = {0};
    char               near[64];
    enum status        s = question_from_flagger(c->req->body, &q, near, &err);
    bool               allowed = s ? gates_may_somewhere(c, scope, q.token, out)
                                   : gates_may(c, scope, slice_of(q.ns), q.token, out);

    question_forget_token(&q);
    if (!allowed)
        return GATES_NOW;
    if (s) {
        answer_line(out, 400, err.text);
        return GATES_NOW;
    }
    snprintf(what.ns, sizeof what.ns, "%s", q.ns);
    snprintf(what.name, sizeof what.name, "%s", q.service);
    snprintf(what.checksum, sizeof what.checksum, "%s", q.revision);
    what.progressing =
        !strcmp(q.flagger_phase, "Progressing") || !strcmp(q.flagger_phase, "WaitingPromotion");
    if (verb != VERB_CHECK)
        return set(c, &what, out);
    tell(out, c->g->port->switch_is_open(c->g->port->self, &what), "Approved");
    return GATES_NOW;
}

static enum gates_when
handle(const struct gates_call *c, bool rollback, struct answer *out)
{
    enum verb verb = VERB_CHECK, end = rollback ? VERB_APPROVE : VERB_COUNT;

    while (verb < end && !slice_is(c->arg[0], verbs[verb]))
        verb++;
    out->close = true;
    if (verb == end || !c->g->port->switch_set) {
        answer_line(out, 404, "no such gate: loadtester_gates may be off");
        return GATES_NOW;
    }
    if (c->req->origin.n && (verb == VERB_OPEN || verb == VERB_CLOSE)) {
        answer_line(out, 403, "web pages may not do this"); /* as with all acts */
        return GATES_NOW;
    }
    if (verb != VERB_APPROVE && verb != VERB_HALT)
        return about_one(c, verb, rollback, out);
    if (gates_may_somewhere(c, TOKEN_SCOPE_GATE, "", out))
        tell(out, verb == VERB_APPROVE, "OK");
    return GATES_NOW;
}

enum gates_when
loadtester_gate(const struct gates_call *c, struct answer *out)
{
    return handle(c, false, out);
}

enum gates_when
loadtester_rollback(const struct gates_call *c, struct answer *out)
{
    return handle(c, true, out);
}
