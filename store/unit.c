#include "store/unit.h"

#include "base/heap.h"

#include <stdlib.h>
#include <string.h>

enum field_kind { FIELD_TEXT, FIELD_BLOB };

/* One slice of a unit. */
struct field {
    const char     *name;
    struct slice   *at;
    size_t          max_bytes;
    enum field_kind kind;
};

enum { MAX_FIELDS = 64 };

struct fields {
    struct field list[MAX_FIELDS];
    size_t       n;
};

static void
add(struct fields *f, const char *name, struct slice *at, size_t max_bytes, enum field_kind kind)
{
    f->list[f->n++] = (struct field){name, at, max_bytes, kind};
}

static void
add_run(struct fields *f, struct record_run *r)
{
    add(f, "run.service", &r->service, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "run.ns", &r->ns, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "run.revision", &r->revision, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "run.canary", &r->canary, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "run.baseline", &r->baseline, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "run.key", &r->key, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "run.policy", &r->policy, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "run.policy_hash", &r->policy_hash, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "run.source", &r->source, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "run.end_cause", &r->end_cause, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "run.message", &r->message, STORE_MAX_MESSAGE, FIELD_TEXT);
    add(f, "run.numbers", &r->numbers, STORE_MAX_NUMBERS, FIELD_TEXT);
    add(f, "run.state_blob", &r->state_blob, STORE_MAX_STATE, FIELD_BLOB);
    add(f, "run.heard", &r->heard, STORE_MAX_HEARD, FIELD_BLOB);
    add(f, "run.policy_text", &r->policy_text, STORE_MAX_POLICY, FIELD_TEXT);
}

static void
add_service(struct fields *f, struct store_service *s)
{
    add(f, "service.ns", &s->ns, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "service.name", &s->name, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "service.preset", &s->preset, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "service.key", &s->key, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "service.source", &s->source, STORE_MAX_NAME, FIELD_TEXT);
}

static void
add_verdict(struct fields *f, struct record_verdict *v)
{
    add(f, "verdict.message", &v->message, STORE_MAX_MESSAGE, FIELD_TEXT);
    add(f, "verdict.policy_hash", &v->policy_hash, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "verdict.numbers", &v->numbers, STORE_MAX_NUMBERS, FIELD_TEXT);
}

static void
add_act(struct fields *f, struct record_act *a)
{
    add(f, "act.action", &a->action, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "act.by", &a->by, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "act.why", &a->why, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "act.via", &a->via, STORE_MAX_NAME, FIELD_TEXT);
}

static void
add_event(struct fields *f, struct record_event *e)
{
    add(f, "event.door", &e->door, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "event.what", &e->what, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "event.image", &e->image, STORE_MAX_MESSAGE, FIELD_TEXT);
    add(f, "event.message", &e->message, STORE_MAX_MESSAGE, FIELD_TEXT);
}

static void
add_switch(struct fields *f, struct record_switch *g)
{
    add(f, "gate_switch.kind", &g->kind, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "gate_switch.ns", &g->ns, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "gate_switch.name", &g->name, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "gate_switch.checksum", &g->checksum, STORE_MAX_NAME, FIELD_TEXT);
}

static void
add_execution(struct fields *f, struct record_execution *e)
{
    add(f, "execution.service", &e->service, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "execution.ns", &e->ns, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "execution.canary", &e->canary, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "execution.stable", &e->stable, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "execution.revision", &e->revision, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "execution.policy", &e->policy, STORE_MAX_NAME, FIELD_TEXT);
}

static void
add_placebo(struct fields *f, struct record_placebo *p)
{
    add(f, "placebo.service", &p->service, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "placebo.ns", &p->ns, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "placebo.plan", &p->plan, STORE_MAX_NAME, FIELD_TEXT);
    add(f, "placebo.pod", &p->pod, STORE_MAX_NAME, FIELD_TEXT);
}

/* Of a run: what it is and what it came to. */
static void
fill_run(struct unit *u, const struct store_commit *c, struct fields *f)
{
    if (c->service) {
        u->service = *c->service;
        u->commit.service = &u->service;
        add_service(f, &u->service);
    }
    if (c->policy) {
        u->policy = *c->policy;
        u->commit.policy = &u->policy;
        add(f, "policy.hash", &u->policy.hash, STORE_MAX_NAME, FIELD_TEXT);
        add(f, "policy.text", &u->policy.text, STORE_MAX_POLICY, FIELD_TEXT);
    }
    if (c->run) {
        u->run = *c->run;
        u->commit.run = &u->run;
        add_run(f, &u->run);
    }
    if (c->interval) {
        u->interval = *c->interval;
        u->commit.interval = &u->interval;
        add(f, "interval.row", &u->interval.row, STORE_MAX_ROW, FIELD_BLOB);
        add(f, "interval.heard", &u->interval.heard, STORE_MAX_HEARD, FIELD_BLOB);
    }
    if (c->verdict) {
        u->verdict = *c->verdict;
        u->verdict.service = u->verdict.ns = (struct slice){0}; /* not written */
        u->commit.verdict = &u->verdict;
        add_verdict(f, &u->verdict);
    }
}

/* Copy the fixed parts into u and list the slices that are written. */
static void
fill(struct unit *u, const struct store_commit *c, struct fields *f)
{
    f->n = 0;
    u->commit = (struct store_commit){0};
    fill_run(u, c, f);
    if (c->gate_call) {
        u->gate_call = *c->gate_call;
        u->commit.gate_call = &u->gate_call;
        add(f, "gate_call.gate", &u->gate_call.gate, STORE_MAX_NAME, FIELD_TEXT);
        add(f, "gate_call.stage", &u->gate_call.stage, STORE_MAX_NAME, FIELD_TEXT);
    }
    if (c->act) {
        u->act = *c->act;
        u->commit.act = &u->act;
        add_act(f, &u->act);
    }
    if (c->step) {
        u->step = *c->step;
        u->commit.step = &u->step;
    }
    if (c->event) {
        u->event = *c->event;
        u->commit.event = &u->event;
        add_event(f, &u->event);
    }
    if (c->gate_switch) {
        u->gate_switch = *c->gate_switch;
        u->commit.gate_switch = &u->gate_switch;
        add_switch(f, &u->gate_switch);
    }
    if (c->execution) {
        u->execution = *c->execution;
        u->commit.execution = &u->execution;
        add_execution(f, &u->execution);
    }
    if (c->outbox) {
        u->outbox = *c->outbox;
        u->commit.outbox = &u->outbox;
        add(f, "outbox.targets", &u->outbox.targets, STORE_MAX_TARGETS, FIELD_TEXT);
        add(f, "outbox.error", &u->outbox.error, STORE_MAX_MESSAGE, FIELD_TEXT);
        add(f, "outbox.by", &u->outbox.by, STORE_MAX_NAME, FIELD_TEXT);
        add(f, "outbox.why", &u->outbox.why, STORE_MAX_NAME, FIELD_TEXT);
    }
    if (c->placebo) {
        u->placebo = *c->placebo;
        u->commit.placebo = &u->placebo;
        add_placebo(f, &u->placebo);
    }
    if (c->point) {
        u->point = *c->point;
        u->commit.point = &u->point;
        add(f, "point.row", &u->point.row, STORE_MAX_POINT, FIELD_BLOB);
        add(f, "point.labels", &u->point.labels, STORE_MAX_LABELS, FIELD_BLOB);
    }
}

enum status
unit_copy(const struct store_commit *c, struct unit **out)
{
    struct unit   draft = {0}, *u;
    struct fields f;
    size_t        bytes = sizeof *u;
    char         *to;

    fill(&draft, c, &f);
    for (size_t i = 0; i < f.n; i++) {
        if (f.list[i].at->n > STORE_MAX_UNIT - bytes)
            return STATUS_TOO_LARGE;
        bytes += f.list[i].at->n;
    }
    u = heap_new(1, bytes);
    u->bytes = bytes;
    fill(u, c, &f);
    to = (char *)(u + 1);
    for (size_t i = 0; i < f.n; i++) {
        struct slice *s = f.list[i].at;

        if (s->n)
            memcpy(to, s->p, s->n);
        s->p = to;
        to += s->n;
    }
    *out = u;
    return STATUS_OK;
}

void
unit_free(struct unit *u)
{
    free(u);
}

void
unit_list_init(struct unit_list *l)
{
    *l = (struct unit_list){NULL, &l->head};
}

void
unit_list_push(struct unit_list *l, struct unit *u)
{
    u->next = NULL;
    *l->tail = u;
    l->tail = &u->next;
}

struct unit *
unit_list_pop(struct unit_list *l)
{
    struct unit *u = l->head;

    if (u && !(l->head = u->next))
        l->tail = &l->head;
    return u;
}

static enum status
check_id(const char *name, const char id[ULID_BYTES], struct err *err)
{
    if (ulid_valid((struct slice){id, strnlen(id, ULID_BYTES)}))
        return STATUS_OK;
    return err_set(err, STATUS_RANGE, "%s: not a ULID", name);
}

static enum status
check_answer(const char *name, enum verdict v, enum verdict_reason r, struct err *err)
{
    if ((unsigned)v >= VERDICT_COUNT || (unsigned)r >= REASON_COUNT)
        return err_set(err, STATUS_RANGE, "%s: no such verdict or reason", name);
    return STATUS_OK;
}

static enum status
check_fixed(const struct store_commit *c, struct err *err)
{
    enum status s = STATUS_OK;

    if (c->run && !(s = check_id("run.id", c->run->id, err)))
        s = check_answer("run", c->run->verdict, c->run->reason, err);
    if (!s && c->run && c->run->state != RECORD_LIVE && c->run->state != RECORD_ENDED)
        s = err_set(err, STATUS_RANGE, "run.state: no such state");
    if (!s && c->interval)
        s = check_id("interval.run", c->interval->run, err);
    if (!s && c->verdict && !(s = check_id("verdict.id", c->verdict->id, err)) &&
        !(s = check_id("verdict.run", c->verdict->run, err)))
        s = check_answer("verdict", c->verdict->verdict, c->verdict->reason, err);
    if (!s && c->gate_call) {
        s = check_answer("gate_call", c->gate_call->verdict, c->gate_call->reason, err);
        if (!s && c->gate_call->run[0])
            s = check_id("gate_call.run", c->gate_call->run, err);
        if (!s && (c->gate_call->count == 0 || c->gate_call->count > INT64_MAX))
            s = err_set(err, STATUS_RANGE, "gate_call.count: not in 1..2^63-1");
    }
    if (!s && c->act)
        s = check_id("act.run", c->act->run, err);
    if (!s && c->act && *c->act->link)
        s = check_id("act.link", c->act->link, err);
    if (!s && c->event)
        s = check_id("event.run", c->event->run, err);
    if (!s && c->step && !(s = check_id("step.run", c->step->run, err)))
        s = check_answer("step", c->step->verdict, c->step->reason, err);
    if (!s && c->point)
        s = check_id("point.run", c->point->run, err);
    if (!s && c->execution && !(s = check_id("execution.id", c->execution->id, err)) &&
        !(s = check_answer("execution", c->execution->verdict, c->execution->reason, err)) &&
        c->execution->run[0])
        s = check_id("execution.run", c->execution->run, err);
    if (!s && c->outbox && !(s = check_id("outbox.verdict", c->outbox->verdict, err)) &&
        (c->outbox->targets.n == 0 ||
         (c->outbox->has_previous && (unsigned)c->outbox->previous >= VERDICT_COUNT)))
        s = err_set(err, STATUS_RANGE, "outbox: no target, or no such verdict");
    if (!s && c->placebo && !calibration_window_valid(&c->placebo->window))
        s = err_set(err, STATUS_RANGE, "placebo.window: times, counts or logarithms out of range");
    return s;
}

enum status
unit_check(const struct store_commit *c, struct err *err)
{
    struct unit   draft = {0};
    struct fields f;

    fill(&draft, c, &f);
    for (size_t i = 0; i < f.n; i++) {
        const struct field *d = &f.list[i];

        if (d->at->n > d->max_bytes)
            return err_set(err, STATUS_LIMIT, "%s: %zu bytes, the history takes %zu", d->name,
                           d->at->n, d->max_bytes);
        if (d->kind == FIELD_TEXT && !slice_utf8(*d->at))
            return err_set(err, STATUS_RANGE, "%s: not UTF-8, or a NUL in it", d->name);
    }
    return check_fixed(c, err);
}
