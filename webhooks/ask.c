#include "webhooks/ask.h"

#include "base/heap.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* A question that waits for the loop. */
struct ask {
    struct gates    *g;
    struct question  q;
    const char      *gate;
    int              door;
    ask_decide_fn    decide;
    gates_done_fn    done;
    void            *ctx;
    unsigned         made;
    bool             over_rate;
    enum port_change change; /* under way */
    struct port_told late;   /* what the caller hears if the answer comes too late */
};

enum status
ask_fits(const struct question *q, const struct verdict_view *v, struct err *err)
{
    const struct {
        const char *name, *said, *run;
    } pairs[] = {{"canary", q->canary, v->canary},
                 {"stable", q->baseline, v->baseline},
                 {"key", q->key, v->key},
                 {"policy", q->policy, v->policy}};

    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        if (*pairs[i].said && strcmp(pairs[i].said, pairs[i].run) != 0)
            return err_set(err, STATUS_CONFLICT,
                           "%s is %.60s, but the run of revision %.60s was started with %.60s",
                           pairs[i].name, pairs[i].said, v->revision,
                           *pairs[i].run ? pairs[i].run : "none");
    return STATUS_OK;
}

bool
ask_weight_is_new(const struct question *q, const struct ask_facts *f)
{
    return f->view && f->view->state != VIEW_ENDED && !f->view->aborted && !isnan(q->weight) &&
           q->weight != f->view->weight;
}

static unsigned
bit(enum port_change c)
{
    return 1u << (unsigned)c;
}

static struct ask_facts
facts_now(const struct gates *g)
{
    return (struct ask_facts){
        .why = "",
        .now_mono_ms = clock_mono_ms(g->clock),
        .now_wall_ms = clock_wall_ms(g->clock),
    };
}

/* Unknown services and refused questions have no history to go to: the log has
 * them. */
static void
record(struct gates *g, const struct port_told *told, const struct ask_facts *f)
{
    bool known = f->view || f->lookup == PORT_NO_RUN || f->lookup == PORT_FOUND;

    if (known)
        g->port->told(g->port->self, told);
    if (told->http_code >= 400 && told->http_code != 409)
        gates_warn(g, "gate_refused", told->gate, told->http_code, f->why);
}

static bool
decide(ask_decide_fn fn, const struct question *q, const char *gate, int door,
       const struct ask_facts *f, enum port_change *change, struct answer *out,
       struct port_told *told)
{
    *told = (struct port_told){.question = q, .gate = gate, .verdict = VERDICT_HOLD};
    if (!fn(q, door, f, change, out, told)) {
        assert(!f->busy && !(f->made & bit(*change)));
        return false;
    }
    answer_finish(out);
    told->http_code = out->code;
    return true;
}

static void reply(void *ctx, const struct port_reply *r);

static bool
change_more(struct ask *a, enum port_change change)
{
    struct gates *g = a->g;
    const char   *gate = a->gate;

    a->change = change;
    /* Taken, it may be answered and gone before this returns. */
    if (g->port->change(g->port->self, change, &a->q, reply, a))
        return true;
    gates_warn(g, "change_not_taken", gate, 0, "the queue of changes is full");
    return false;
}

static void
reply(void *ctx, const struct port_reply *r)
{
    struct ask      *a = ctx;
    struct ask_facts f = facts_now(a->g);
    struct port_told told;
    struct answer    out;
    enum port_change change;

    a->made |= bit(a->change);
    f.lookup = r->lookup;
    f.view = r->view;
    f.reason = r->reason;
    f.why = r->err.text;
    f.granted = r->granted;
    f.made = a->made;
    f.over_rate = a->over_rate;
    answer_init(&out);
    if (!decide(a->decide, &a->q, a->gate, a->door, &f, &change, &out, &told)) {
        if (change_more(a, change)) {
            answer_release(&out);
            return;
        }
        f.busy = true;
        (void)decide(a->decide, &a->q, a->gate, a->door, &f, &change, &out, &told);
    }
    if (a->done(a->ctx, &out))
        record(a->g, &told, &f);
    else
        record(a->g, &a->late, &f);
    answer_release(&out);
    free(a);
}

enum gates_when
ask_start(const struct gates_call *c, const struct question *q, const char *gate, int door,
          ask_decide_fn decide_fn, struct answer *out)
{
    struct gates              *g = c->g;
    const struct verdict_view *view = NULL;
    struct ask_facts           f = facts_now(g);
    struct err                 err = {0};
    struct port_told           told;
    enum port_change           change;
    struct ask                *a = NULL;
    bool                       answered;

    f.lookup = g->port->view(g->port->self, q, &view, &err);
    f.view = f.lookup == PORT_FOUND ? view : NULL;
    f.port = g->port;
    f.over_rate = c->req->over_rate;
    if (f.over_rate)
        f.reason = REASON_OVER_RATE;
    f.why = err.text;
    answered = decide(decide_fn, q, gate, door, &f, &change, out, &told);
    if (!answered) {
        f.busy = true;
        f.reason = REASON_STORE_BUSY;
        a = heap_new(1, sizeof *a);
        *a = (struct ask){.g = g,
                          .q = *q,
                          .gate = gate,
                          .door = door,
                          .over_rate = f.over_rate,
                          .decide = decide_fn,
                          .done = c->done,
                          .ctx = c->ctx};
        (void)decide(decide_fn, &a->q, gate, door, &f, &(enum port_change){PORT_OPEN}, out,
                     &a->late);
        told = a->late;
    }
    /* From here on a may be answered and gone. */
    if (!answered && change_more(a, change)) {
        if (f.view)
            g->port->view_release(g->port->self, view);
        return GATES_LATER;
    }
    record(g, &told, &f);
    if (f.view)
        g->port->view_release(g->port->self, view);
    free(a);
    return GATES_NOW;
}
