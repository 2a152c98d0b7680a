#include "store/apply.h"

#include "base/pack.h"
#include "store/feed.h"
#include "store/notices.h"
#include "store/row.h"
#include "store/unit.h"

#include <string.h>

/* The run that the parts of a unit name, mostly one and the same. */
struct found {
    struct runrows    *known;
    struct runrows_row at;
};

static enum status
find_run(struct stmt_set *set, const char *ulid, struct found *f, struct err *err)
{
    enum status s;

    if (strcmp(f->at.ulid, ulid) == 0 || runrows_find(f->known, ulid, &f->at))
        return STATUS_OK;
    stmt_bind_text(set, STMT_RUN_FIND, 1, slice_of(ulid));
    s = stmt_step(set, STMT_RUN_FIND, err);
    if (!s) {
        memcpy(f->at.ulid, ulid, ULID_BYTES);
        f->at.run_id = stmt_int(set, STMT_RUN_FIND, 0);
        f->at.service_id = stmt_int(set, STMT_RUN_FIND, 1);
        f->at.state = row_state(set, STMT_RUN_FIND, 2);
        f->at.verdict = row_verdict_word(set, STMT_RUN_FIND, 3);
        runrows_keep(f->known, &f->at);
    }
    stmt_reset(set, STMT_RUN_FIND);
    return s;
}

static enum status
need_run(struct stmt_set *set, const char *ulid, struct found *f, struct err *err)
{
    enum status s = find_run(set, ulid, f, err);

    if (s == STATUS_NO_DATA)
        return err_set(err, STATUS_NOT_FOUND, "run %s is not in the history", ulid);
    return s;
}

static enum status
put_service(struct stmt_set *set, const struct store_service *v, struct err *err)
{
    stmt_bind_text(set, STMT_SERVICE_PUT, 1, v->ns);
    stmt_bind_text(set, STMT_SERVICE_PUT, 2, v->name);
    stmt_bind_text(set, STMT_SERVICE_PUT, 3, v->preset);
    stmt_bind_text(set, STMT_SERVICE_PUT, 4, v->key);
    stmt_bind_text(set, STMT_SERVICE_PUT, 5, v->source);
    return stmt_run(set, STMT_SERVICE_PUT, err);
}

static enum status
put_policy(struct stmt_set *set, struct slice hash, struct slice text, struct err *err)
{
    enum status s;

    stmt_bind_text(set, STMT_POLICY_PUT, 1, hash);
    stmt_bind_text(set, STMT_POLICY_PUT, 2, text);
    s = stmt_run(set, STMT_POLICY_PUT, err);
    if (s)
        return s;
    stmt_bind_text(set, STMT_POLICY_TEXT, 1, hash);
    s = stmt_step(set, STMT_POLICY_TEXT, err);
    if (!s && !slice_equal(stmt_slice(set, STMT_POLICY_TEXT, 0), text))
        s = err_set(err, STATUS_CONFLICT, "policy %.*s is stored with another text",
                    SLICE_ARG(hash));
    stmt_reset(set, STMT_POLICY_TEXT);
    return s;
}

/* Parameters 1 to 11, which RUN_INSERT and RUN_UPDATE share. */
static void
bind_run(struct stmt_set *set, enum stmt s, const struct record_run *r)
{
    stmt_bind_text(set, s, 1, r->canary);
    stmt_bind_text(set, s, 2, r->baseline);
    stmt_bind_text(set, s, 3, r->key);
    stmt_bind_text(set, s, 4, r->policy);
    stmt_bind_text_or_null(set, s, 5, r->policy_hash);
    stmt_bind_text(set, s, 6, r->source);
    stmt_bind_text(set, s, 7, r->end_cause);
    if (r->ended_ms)
        stmt_bind_int(set, s, 8, r->ended_ms);
    else
        stmt_bind_null(set, s, 8);
    stmt_bind_int(set, s, 9, r->updated_ms);
    stmt_bind_text(set, s, 10, slice_of(verdict_reason_text(r->reason)));
    stmt_bind_text(set, s, 11, r->message);
}

static enum status
insert_run(struct stmt_set *set, const struct record_run *r, struct err *err)
{
    enum status s;

    stmt_bind_text(set, STMT_SERVICE_MEET, 1, r->ns);
    stmt_bind_text(set, STMT_SERVICE_MEET, 2, r->service);
    stmt_bind_text(set, STMT_SERVICE_MEET, 3, r->key);
    stmt_bind_text(set, STMT_SERVICE_MEET, 4, r->source);
    s = stmt_run(set, STMT_SERVICE_MEET, err);
    if (s)
        return s;
    bind_run(set, STMT_RUN_INSERT, r);
    stmt_bind_text(set, STMT_RUN_INSERT, 12, row_state_text(r->state));
    stmt_bind_text(set, STMT_RUN_INSERT, 13, slice_of(verdict_text(r->verdict)));
    stmt_bind_text(set, STMT_RUN_INSERT, 14, slice_of(r->id));
    stmt_bind_text(set, STMT_RUN_INSERT, 15, r->revision);
    stmt_bind_int(set, STMT_RUN_INSERT, 16, r->attempt);
    stmt_bind_int(set, STMT_RUN_INSERT, 17, r->started_ms);
    stmt_bind_text(set, STMT_RUN_INSERT, 18, r->ns);
    stmt_bind_text(set, STMT_RUN_INSERT, 19, r->service);
    return stmt_run(set, STMT_RUN_INSERT, err);
}

static enum status
update_run(struct stmt_set *set, const struct record_run *r, struct found *f, struct err *err)
{
    enum status s;

    bind_run(set, STMT_RUN_UPDATE, r);
    stmt_bind_int(set, STMT_RUN_UPDATE, 12, f->at.run_id);
    s = stmt_run(set, STMT_RUN_UPDATE, err);
    if (s || (r->state == f->at.state && r->verdict == f->at.verdict))
        return s;
    stmt_bind_text(set, STMT_RUN_TURN, 1, row_state_text(r->state));
    stmt_bind_text(set, STMT_RUN_TURN, 2, slice_of(verdict_text(r->verdict)));
    stmt_bind_int(set, STMT_RUN_TURN, 3, f->at.run_id);
    s = stmt_run(set, STMT_RUN_TURN, err);
    if (s)
        return s;
    f->at.state = r->state;
    f->at.verdict = r->verdict;
    runrows_keep(f->known, &f->at);
    return s;
}

static enum status
put_run(struct stmt_set *set, const struct record_run *r, struct found *f, struct err *err)
{
    enum status s = STATUS_OK;

    if (r->policy_text.n)
        s = put_policy(set, r->policy_hash, r->policy_text, err);
    if (s)
        return s;
    s = find_run(set, r->id, f, err);
    if (s == STATUS_NO_DATA) {
        s = insert_run(set, r, err);
        if (!s)
            s = need_run(set, r->id, f, err);
    } else if (!s) {
        s = update_run(set, r, f, err);
    }
    if (s == STATUS_CONFLICT)
        return err_wrap(err, "run %s: policy %.*s is not stored; send its text along", r->id,
                        SLICE_ARG(r->policy_hash));
    if (s)
        return s;
    stmt_bind_int(set, STMT_RUN_STATE_PUT, 1, f->at.run_id);
    stmt_bind_text_or_null(set, STMT_RUN_STATE_PUT, 2, r->numbers);
    stmt_bind_blob_or_null(set, STMT_RUN_STATE_PUT, 3, r->state_blob);
    stmt_bind_blob_or_null(set, STMT_RUN_STATE_PUT, 4, r->heard);
    return stmt_run(set, STMT_RUN_STATE_PUT, err);
}

static enum status
put_interval(struct stmt_set *set, const struct record_interval *i, struct found *f,
             struct err *err)
{
    enum status s = need_run(set, i->run, f, err);

    if (s)
        return s;
    stmt_bind_int(set, STMT_INTERVAL_INSERT, 1, f->at.run_id);
    stmt_bind_int(set, STMT_INTERVAL_INSERT, 2, i->start_ms);
    stmt_bind_int(set, STMT_INTERVAL_INSERT, 3, i->end_ms);
    stmt_bind_blob(set, STMT_INTERVAL_INSERT, 4, i->row);
    stmt_bind_blob_or_null(set, STMT_INTERVAL_INSERT, 5, i->heard);
    s = stmt_run(set, STMT_INTERVAL_INSERT, err);
    if (s == STATUS_CONFLICT)
        return err_wrap(err, "run %s has an interval that ends at %lld already", i->run,
                        (long long)i->end_ms);
    return s;
}

static enum status
put_verdict(struct stmt_set *set, const struct record_verdict *v, struct found *f, struct err *err)
{
    enum status s = need_run(set, v->run, f, err);

    if (s)
        return s;
    stmt_bind_text(set, STMT_VERDICT_INSERT, 1, slice_of(v->id));
    stmt_bind_int(set, STMT_VERDICT_INSERT, 2, f->at.run_id);
    stmt_bind_int(set, STMT_VERDICT_INSERT, 3, f->at.service_id);
    stmt_bind_int(set, STMT_VERDICT_INSERT, 4, v->at_ms);
    stmt_bind_text(set, STMT_VERDICT_INSERT, 5, slice_of(verdict_text(v->verdict)));
    stmt_bind_text(set, STMT_VERDICT_INSERT, 6, slice_of(verdict_reason_text(v->reason)));
    stmt_bind_text(set, STMT_VERDICT_INSERT, 7, v->message);
    stmt_bind_text_or_null(set, STMT_VERDICT_INSERT, 8, v->policy_hash);
    stmt_bind_text_or_null(set, STMT_VERDICT_INSERT, 9, v->numbers);
    s = stmt_run(set, STMT_VERDICT_INSERT, err);
    if (s == STATUS_CONFLICT)
        return err_wrap(err, "verdict %s is stored already", v->id);
    return s;
}

/* Parameters that GATE_CALL_COUNT and GATE_CALL_INSERT share. */
static void
bind_gate_call(struct stmt_set *set, enum stmt s, const struct record_gate_call *g,
               const struct found *f)
{
    if (g->run[0])
        stmt_bind_int(set, s, 1, f->at.run_id);
    else
        stmt_bind_null(set, s, 1);
    stmt_bind_int(set, s, 2, g->at_ms);
    stmt_bind_text(set, s, 3, g->gate);
    stmt_bind_text(set, s, 4, g->stage);
    stmt_bind_int(set, s, 5, g->http_code);
    stmt_bind_text(set, s, 6, slice_of(verdict_text(g->verdict)));
    stmt_bind_text(set, s, 7, slice_of(verdict_reason_text(g->reason)));
    stmt_bind_int(set, s, 9, (int64_t)g->count);
}

static enum status
put_gate_call(struct stmt_set *set, const struct record_gate_call *g, struct found *f,
              struct err *err)
{
    enum status s = g->run[0] ? need_run(set, g->run, f, err) : STATUS_OK;

    if (s)
        return s;
    bind_gate_call(set, STMT_GATE_CALL_COUNT, g, f);
    stmt_bind_int(set, STMT_GATE_CALL_COUNT, 8, INT64_MAX - (int64_t)g->count);
    s = stmt_run(set, STMT_GATE_CALL_COUNT, err);
    if (s || stmt_changes(set))
        return s;
    bind_gate_call(set, STMT_GATE_CALL_INSERT, g, f);
    return stmt_run(set, STMT_GATE_CALL_INSERT, err);
}

static enum status
put_switch(struct stmt_set *set, const struct record_switch *g, struct err *err)
{
    enum stmt q = g->open ? STMT_SWITCH_OPEN : STMT_SWITCH_CLOSE;

    stmt_bind_text(set, q, 1, g->kind);
    stmt_bind_text(set, q, 2, g->ns);
    stmt_bind_text(set, q, 3, g->name);
    if (g->open) {
        stmt_bind_text(set, q, 4, g->checksum);
        stmt_bind_int(set, q, 5, g->at_ms);
    }
    return stmt_run(set, q, err);
}

static enum status
put_execution(struct stmt_set *set, const struct record_execution *e, struct err *err)
{
    enum status s;

    stmt_bind_int(set, STMT_EXECUTION_PRUNE, 1, e->at_ms - STORE_EXECUTION_MS);
    s = stmt_run(set, STMT_EXECUTION_PRUNE, err);
    if (s)
        return s;
    stmt_bind_text(set, STMT_EXECUTION_PUT, 1, slice_of(e->id));
    stmt_bind_text(set, STMT_EXECUTION_PUT, 2, e->service);
    stmt_bind_text(set, STMT_EXECUTION_PUT, 3, e->ns);
    stmt_bind_text(set, STMT_EXECUTION_PUT, 4, e->canary);
    stmt_bind_text(set, STMT_EXECUTION_PUT, 5, e->stable);
    stmt_bind_text(set, STMT_EXECUTION_PUT, 6, e->revision);
    stmt_bind_text(set, STMT_EXECUTION_PUT, 7, e->policy);
    stmt_bind_text(set, STMT_EXECUTION_PUT, 8, slice_of(e->step ? "step" : "promote"));
    stmt_bind_int(set, STMT_EXECUTION_PUT, 9, e->pass);
    stmt_bind_int(set, STMT_EXECUTION_PUT, 10, e->marginal);
    stmt_bind_int(set, STMT_EXECUTION_PUT, 11, e->at_ms);
    stmt_bind_int(set, STMT_EXECUTION_PUT, 12, e->complete_ms);
    stmt_bind_text(set, STMT_EXECUTION_PUT, 13, slice_of(verdict_text(e->verdict)));
    stmt_bind_text(set, STMT_EXECUTION_PUT, 14, slice_of(verdict_reason_text(e->reason)));
    stmt_bind_text(set, STMT_EXECUTION_PUT, 15, slice_of(e->run));
    return stmt_run(set, STMT_EXECUTION_PUT, err);
}

static enum status
put_act(struct stmt_set *set, const struct record_act *a, struct found *f, struct err *err)
{
    enum status s = need_run(set, a->run, f, err);

    if (s)
        return s;
    stmt_bind_int(set, STMT_ACT_INSERT, 1, f->at.run_id);
    stmt_bind_int(set, STMT_ACT_INSERT, 2, a->at_ms);
    stmt_bind_text(set, STMT_ACT_INSERT, 3, a->action);
    stmt_bind_text(set, STMT_ACT_INSERT, 4, a->by);
    stmt_bind_text(set, STMT_ACT_INSERT, 5, a->why);
    if (a->until_ms)
        stmt_bind_int(set, STMT_ACT_INSERT, 6, a->until_ms);
    else
        stmt_bind_null(set, STMT_ACT_INSERT, 6);
    stmt_bind_text(set, STMT_ACT_INSERT, 7, a->via);
    stmt_bind_text_or_null(set, STMT_ACT_INSERT, 8, slice_of(a->link));
    return stmt_run(set, STMT_ACT_INSERT, err);
}

static enum status
put_placebo(struct stmt_set *set, const struct record_placebo *p, struct err *err)
{
    const struct calibration_window *w = &p->window;
    enum status                      s;

    stmt_bind_text(set, STMT_PLACEBO_INSERT, 1, p->ns);
    stmt_bind_text(set, STMT_PLACEBO_INSERT, 2, p->service);
    stmt_bind_int(set, STMT_PLACEBO_INSERT, 3, w->end_ms);
    stmt_bind_int(set, STMT_PLACEBO_INSERT, 4, w->start_ms);
    stmt_bind_text(set, STMT_PLACEBO_INSERT, 5, p->plan);
    stmt_bind_text(set, STMT_PLACEBO_INSERT, 6, p->pod);
    stmt_bind_int(set, STMT_PLACEBO_INSERT, 7, w->placebo_pods);
    stmt_bind_int(set, STMT_PLACEBO_INSERT, 8, w->pods);
    stmt_bind_int(set, STMT_PLACEBO_INSERT, 9, (int64_t)w->requests);
    stmt_bind_int(set, STMT_PLACEBO_INSERT, 10, (int64_t)w->all_requests);
    for (int j = 0; j < CALIBRATION_STATISTICS; j++)
        stmt_bind_double(set, STMT_PLACEBO_INSERT, 11 + j, w->log_w[j]);
    stmt_bind_int(set, STMT_PLACEBO_INSERT, 15, w->rolled_back);
    s = stmt_run(set, STMT_PLACEBO_INSERT, err);
    if (s == STATUS_CONFLICT)
        return err_wrap(err, "placebo %.*s has a window that ends at %lld already",
                        SLICE_ARG(p->pod), (long long)w->end_ms);
    if (!s && !stmt_changes(set))
        s = err_set(err, STATUS_NOT_FOUND, "service %.*s in %.*s is not in the history",
                    SLICE_ARG(p->service), SLICE_ARG(p->ns));
    if (s)
        return s;
    stmt_bind_text(set, STMT_PLACEBO_FORGET, 1, p->ns);
    stmt_bind_text(set, STMT_PLACEBO_FORGET, 2, p->service);
    stmt_bind_int(set, STMT_PLACEBO_FORGET, 3, w->end_ms - STORE_PLACEBO_MS);
    return stmt_run(set, STMT_PLACEBO_FORGET, err);
}

static enum status
put_labels(struct stmt_set *set, struct slice labels, int64_t run_id, struct err *err)
{
    struct unpack u = {.rest = labels};
    enum status   s = STATUS_OK;

    while (!s && u.rest.n) {
        struct slice text = pack_get_slice(&u);

        if (u.bad || !slice_utf8(text))
            return err_set(err, STATUS_RANGE, "point.labels: not UTF-8, or a NUL in it");
        stmt_bind_text(set, STMT_LABEL_PUT, 1, text);
        stmt_bind_int(set, STMT_LABEL_PUT, 2, run_id);
        s = stmt_run(set, STMT_LABEL_PUT, err);
    }
    return s;
}

static enum status
put_point(struct stmt_set *set, const struct record_point *p, struct found *f, struct err *err)
{
    enum status s = need_run(set, p->run, f, err);

    if (s)
        return s;
    stmt_bind_int(set, STMT_POINT_PUT, 1, f->at.run_id);
    stmt_bind_int(set, STMT_POINT_PUT, 2, p->at_ms);
    stmt_bind_int(set, STMT_POINT_PUT, 3, p->level);
    stmt_bind_blob(set, STMT_POINT_PUT, 4, p->row);
    s = stmt_run(set, STMT_POINT_PUT, err);
    return s ? s : put_labels(set, p->labels, f->at.run_id, err);
}

enum status
apply_commit(struct stmt_set *set, struct runrows *rows, const struct store_commit *c,
             struct err *err)
{
    struct found f = {.known = rows};
    enum status  s = unit_check(c, err);

    if (!s && c->service)
        s = put_service(set, c->service, err);
    if (!s && c->policy)
        s = put_policy(set, c->policy->hash, c->policy->text, err);
    if (!s && c->run)
        s = put_run(set, c->run, &f, err);
    if (!s && c->interval)
        s = put_interval(set, c->interval, &f, err);
    if (!s && c->verdict)
        s = put_verdict(set, c->verdict, &f, err);
    if (!s && c->gate_call)
        s = put_gate_call(set, c->gate_call, &f, err);
    if (!s && c->act)
        s = put_act(set, c->act, &f, err);
    if (!s && c->step && !(s = need_run(set, c->step->run, &f, err)))
        s = feed_put_step(set, f.at.run_id, c->step, err);
    if (!s && c->event && !(s = need_run(set, c->event->run, &f, err)))
        s = feed_put_event(set, f.at.run_id, c->event, err);
    if (!s && c->gate_switch)
        s = put_switch(set, c->gate_switch, err);
    if (!s && c->execution)
        s = put_execution(set, c->execution, err);
    if (!s && c->outbox)
        s = notices_apply(set, c->outbox, err);
    if (!s && c->placebo)
        s = put_placebo(set, c->placebo, err);
    if (!s && c->point)
        s = put_point(set, c->point, &f, err);
    return s;
}
