#include "webhooks/runsjson.h"

#include "base/clock.h"
#include "base/json.h"

#include <math.h>

enum { STORED_DEPTH = 8 };

void
runsjson_open(struct jsonout *j, const char *list)
{
    jsonout_begin_object(j, NULL);
    jsonout_begin_array(j, list);
}

void
runsjson_close(struct jsonout *j, const char *next)
{
    jsonout_end_array(j);
    if (*next)
        jsonout_text(j, "next", next);
    jsonout_end_object(j);
}

/* Stored 0 is "not yet" and left out. */
static void
put_time(struct jsonout *j, const char *key, int64_t wall_ms)
{
    char at[CLOCK_RFC3339_BYTES];

    if (wall_ms == 0)
        return;
    clock_rfc3339(wall_ms, at);
    jsonout_text(j, key, at);
}

static void
put_stored(struct jsonout *j, const char *key, json_t *v)
{
    const char *name;
    json_t     *member;
    size_t      i;

    switch (json_typeof(v)) {
    case JSON_OBJECT:
        jsonout_begin_object(j, key);
        json_object_foreach(v, name, member) put_stored(j, name, member);
        jsonout_end_object(j);
        break;
    case JSON_ARRAY:
        jsonout_begin_array(j, key);
        json_array_foreach(v, i, member) put_stored(j, NULL, member);
        jsonout_end_array(j);
        break;
    case JSON_STRING:
        jsonout_slice(j, key, json_slice(v));
        break;
    case JSON_INTEGER:
        jsonout_int(j, key, json_integer_value(v));
        break;
    case JSON_REAL:
        jsonout_double(j, key, json_real_value(v));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        jsonout_bool(j, key, json_is_true(v));
        break;
    case JSON_NULL:
        break;
    }
}

/* Read and written anew instead of pasted: a damaged row must not spoil the
 * answer it stands in. */
static void
put_numbers(struct jsonout *j, struct slice numbers)
{
    json_t *v = NULL;

    if (numbers.n == 0 || json_parse(numbers, STORED_DEPTH, &v, NULL))
        return;
    if (json_is_object(v))
        put_stored(j, "numbers", v);
    json_decref(v);
}

static const char *
state_text(enum record_run_state s)
{
    return s == RECORD_LIVE ? "live" : "ended";
}

static void
put_run(struct jsonout *j, const struct record_run *r)
{
    jsonout_text(j, "id", r->id);
    jsonout_slice(j, "service", r->service);
    jsonout_slice(j, "namespace", r->ns);
    jsonout_slice(j, "revision", r->revision);
    jsonout_slice(j, "canary", r->canary);
    jsonout_slice(j, "stable", r->baseline);
    jsonout_slice(j, "key", r->key);
    jsonout_slice(j, "policy", r->policy);
    jsonout_slice(j, "policy_hash", r->policy_hash);
    jsonout_slice(j, "source", r->source);
    jsonout_uint(j, "attempt", r->attempt);
    jsonout_text(j, "state", state_text(r->state));
    jsonout_slice(j, "end_cause", r->end_cause);
    put_time(j, "started_at", r->started_ms);
    put_time(j, "updated_at", r->updated_ms);
    put_time(j, "ended_at", r->ended_ms);
    jsonout_text(j, "verdict", verdict_text(r->verdict));
    jsonout_text(j, "reason", verdict_reason_text(r->reason));
    jsonout_slice(j, "message", r->message);
}

/* Of a list the page shows this alone of the numbers. */
static void
put_need(struct jsonout *j, struct slice numbers)
{
    json_t *v = NULL, *need;

    if (numbers.n == 0 || json_parse(numbers, STORED_DEPTH, &v, NULL))
        return;
    need = json_object_get(v, "need");
    if (json_is_object(need))
        put_stored(j, "need", need);
    json_decref(v);
}

void
runsjson_run(struct jsonout *j, const struct record_run *r)
{
    jsonout_begin_object(j, NULL);
    put_run(j, r);
    if (r->state == RECORD_LIVE)
        put_need(j, r->numbers);
    jsonout_end_object(j);
}

void
runsjson_begin_run(struct jsonout *j, const struct record_run *r)
{
    jsonout_begin_object(j, NULL);
    put_run(j, r);
    put_numbers(j, r->numbers);
    if (r->policy_text.n)
        jsonout_slice(j, "policy_text", r->policy_text);
}

void
runsjson_verdict(struct jsonout *j, const struct record_verdict *v)
{
    jsonout_begin_object(j, NULL);
    jsonout_text(j, "id", v->id);
    jsonout_text(j, "run", v->run);
    jsonout_slice(j, "service", v->service);
    jsonout_slice(j, "namespace", v->ns);
    put_time(j, "at", v->at_ms);
    jsonout_text(j, "verdict", verdict_text(v->verdict));
    jsonout_text(j, "reason", verdict_reason_text(v->reason));
    jsonout_slice(j, "message", v->message);
    jsonout_slice(j, "policy_hash", v->policy_hash);
    put_numbers(j, v->numbers);
    jsonout_end_object(j);
}

void
runsjson_gate_call(struct jsonout *j, const struct record_gate_call *c)
{
    jsonout_begin_object(j, NULL);
    jsonout_text(j, "run", c->run);
    put_time(j, "at", c->at_ms);
    jsonout_slice(j, "gate", c->gate);
    jsonout_slice(j, "stage", c->stage);
    jsonout_int(j, "code", c->http_code);
    jsonout_text(j, "verdict", verdict_text(c->verdict));
    jsonout_text(j, "reason", verdict_reason_text(c->reason));
    jsonout_uint(j, "count", c->count);
    jsonout_end_object(j);
}

void
runsjson_act(struct jsonout *j, const struct record_act *a)
{
    jsonout_begin_object(j, NULL);
    put_time(j, "at", a->at_ms);
    jsonout_slice(j, "action", a->action);
    jsonout_slice(j, "by", a->by);
    jsonout_slice(j, "why", a->why);
    if (a->until_ms)
        put_time(j, "until", a->until_ms);
    jsonout_slice(j, "via", a->via);
    jsonout_end_object(j);
}

void
runsjson_step(struct jsonout *j, const struct record_step *s)
{
    jsonout_begin_object(j, NULL);
    jsonout_uint(j, "n", s->n);
    put_time(j, "since", s->since_ms);
    put_time(j, "until", s->until_ms);
    if (!isnan(s->weight))
        jsonout_double(j, "weight", s->weight);
    jsonout_uint(j, "canary_requests", s->canary_requests);
    jsonout_uint(j, "stable_requests", s->stable_requests);
    jsonout_text(j, "verdict", verdict_text(s->verdict));
    jsonout_text(j, "reason", verdict_reason_text(s->reason));
    jsonout_end_object(j);
}

void
runsjson_event(struct jsonout *j, const struct record_event *e)
{
    jsonout_begin_object(j, NULL);
    put_time(j, "at", e->at_ms);
    jsonout_slice(j, "door", e->door);
    jsonout_slice(j, "event", e->what);
    if (e->step >= 0)
        jsonout_int(j, "step", e->step);
    if (!isnan(e->weight))
        jsonout_double(j, "weight", e->weight);
    if (e->image.n)
        jsonout_slice(j, "image", e->image);
    if (e->message.n)
        jsonout_slice(j, "message", e->message);
    jsonout_end_object(j);
}

void
runsjson_query(struct jsonout *j, struct slice what, struct slice expression)
{
    jsonout_begin_object(j, NULL);
    jsonout_slice(j, "what", what);
    jsonout_slice(j, "expression", expression);
    jsonout_end_object(j);
}

static void
put_counts(struct jsonout *j, const char *key, const struct counts *c,
           const struct counts_bounds *b)
{
    jsonout_begin_object(j, key);
    jsonout_uint(j, "requests", counts_requests(c));
    jsonout_uint(j, "faults", counts_faults(c));
    jsonout_begin_object(j, "classes");
    for (enum class k = 0; k < CLASS_COUNT; k++)
        jsonout_uint(j, class_text(k), c->by_class[k]);
    jsonout_end_object(j);
    jsonout_uint(j, "no_response", c->no_response);
    jsonout_uint(j, "client_errors", c->client_errors);
    if (b->n) {
        jsonout_begin_array(j, "buckets");
        for (uint32_t i = 0; i < b->n && i < COUNTS_MAX_BOUNDS; i++)
            jsonout_uint(j, NULL, c->bucket[i]);
        jsonout_end_array(j);
    }
    jsonout_end_object(j);
}

/* Upper bounds in milliseconds; the last bucket has none. */
static void
put_bounds(struct jsonout *j, const struct counts_bounds *b)
{
    jsonout_begin_array(j, "le_ms");
    for (uint32_t i = 0; i < b->n && i < COUNTS_MAX_BOUNDS; i++)
        jsonout_double(j, NULL, b->le_ms[i]);
    jsonout_end_array(j);
}

static void
put_not_zero(struct jsonout *j, const char *key, uint64_t n)
{
    if (n > 0)
        jsonout_uint(j, key, n);
}

static void
put_view(struct jsonout *j, const struct interval *i, enum counts_view view)
{
    jsonout_begin_object(j, counts_view_text(view));
    put_bounds(j, &i->bounds[view]);
    put_counts(j, "canary", &i->arm[view][ARM_CANARY], &i->bounds[view]);
    put_counts(j, "stable", &i->arm[view][ARM_BASELINE], &i->bounds[view]);
    jsonout_uint(j, "unattributed", i->unattributed[view]);
    jsonout_uint(j, "unattributed_faults", i->unattributed_faults[view]);
    put_not_zero(j, "no_route", interval_no_route(i, view));
    put_not_zero(j, "no_cluster", interval_no_cluster(i, view));
    jsonout_begin_array(j, "monitored_ms");
    for (uint32_t k = 0; k < i->monitored[view].n; k++)
        jsonout_double(j, NULL, i->monitored[view].le_ms[k]);
    jsonout_end_array(j);
    jsonout_begin_array(j, "versions");
    for (uint32_t v = 0; v < i->n_versions; v++) {
        const struct interval_version *ver = &i->versions[v];

        jsonout_begin_object(j, NULL);
        jsonout_text(j, "version", ver->name);
        jsonout_text(j, "side",
                     ver->arm == ARM_CANARY     ? "canary"
                     : ver->arm == ARM_BASELINE ? "stable"
                                                : "neither");
        put_counts(j, "counts", &ver->at[view], &i->bounds[view]);
        jsonout_end_object(j);
    }
    jsonout_end_array(j);
    jsonout_end_object(j);
}

static void
put_cells(struct jsonout *j, const struct interval *i)
{
    jsonout_begin_array(j, "cells");
    for (uint32_t n = 0; n < i->n_cells; n++) {
        const struct interval_cell *c = &i->cells[n];

        if (c->view >= VIEW_COUNT || c->version >= i->n_versions)
            continue;
        jsonout_begin_object(j, NULL);
        jsonout_text(j, "view", counts_view_text((enum counts_view)c->view));
        jsonout_text(j, "version", i->versions[c->version].name);
        jsonout_text(j, "code", c->code);
        jsonout_text(j, "grpc", c->grpc);
        jsonout_text(j, "flags", c->flags);
        jsonout_uint(j, "n", c->n);
        jsonout_end_object(j);
    }
    jsonout_end_array(j);
}

/* over: of timed, over each of the attempt view's monitored bounds. */
static void
put_pods(struct jsonout *j, const struct interval *i)
{
    jsonout_begin_array(j, "pods");
    for (uint32_t n = 0; n < i->n_pods; n++) {
        const struct interval_pod *p = &i->pods[n];

        if (p->version >= i->n_versions)
            continue;
        jsonout_begin_object(j, NULL);
        jsonout_text(j, "pod", p->name);
        jsonout_text(j, "version", i->versions[p->version].name);
        put_not_zero(j, "pods", p->folded);
        jsonout_uint(j, "requests", p->requests);
        put_not_zero(j, "faults", p->faults);
        put_not_zero(j, "no_response", p->no_response);
        put_not_zero(j, "client_errors", p->client_errors);
        put_not_zero(j, "timed", p->timed);
        if (p->timed > 0) {
            jsonout_begin_array(j, "over");
            for (uint32_t k = 0; k < i->monitored[VIEW_ATTEMPT].n; k++)
                jsonout_uint(j, NULL, p->over[k]);
            jsonout_end_array(j);
        }
        jsonout_end_object(j);
    }
    jsonout_end_array(j);
}

/* What nobody reported is left out: it is not zero. */
static void
put_signals(struct jsonout *j, const struct interval *i)
{
    jsonout_begin_object(j, "signals");
    for (size_t s = 0; s < MESH_SIGNAL_COUNT; s++) {
        bool begun = false;

        for (size_t side = 0; side < MESH_SIGNAL_SIDES; side++) {
            if (!i->signals[s][side].reported)
                continue;
            if (!begun)
                jsonout_begin_object(j, mesh_signal_text((enum mesh_signal)s));
            begun = true;
            jsonout_uint(j, mesh_signal_side_text((enum mesh_signal_side)side),
                         i->signals[s][side].value);
        }
        if (begun)
            jsonout_end_object(j);
    }
    jsonout_end_object(j);
}

void
runsjson_interval(struct jsonout *j, const struct interval *i)
{
    jsonout_begin_object(j, NULL);
    put_time(j, "start", i->start_ms);
    put_time(j, "end", i->end_ms);
    jsonout_uint(j, "resets", i->resets);
    jsonout_uint(j, "partial_resets", i->partial_resets);
    jsonout_uint(j, "births", i->births);
    jsonout_uint(j, "instances", i->instances);
    for (enum counts_view view = 0; view < VIEW_COUNT; view++)
        if (i->present[view])
            put_view(j, i, view);
    put_cells(j, i);
    put_pods(j, i);
    put_signals(j, i);
    jsonout_end_object(j);
}
