#include "daemon/measures.h"

#include "base/heap.h"
#include "base/log.h"
#include "daemon/gatelog.h"
#include "daemon/runs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TIMEOUT_MS = 4000 };

/* Flagger reads a duration as whole milliseconds in 64 bits of nanoseconds, and +Inf
 * as none at all: this many, 31 years, are over any limit. */
#define ENDLESS_MS 1e12

/* A measure on its way to the loop, and on until its source has answered. */
struct measuring {
    struct app         *app;
    struct port_measure m; /* texts below */
    struct text         expr, traffic;
    struct arena        arena; /* of the reply */
    struct upstream    *source;
    bool                for_traffic; /* the second question is under way */
    port_measure_fn     done;
    void               *ctx;
};

static void
finish(struct measuring *m, enum status s, double value, const struct err *err)
{
    m->done(m->ctx, s, value, err);
    text_release(&m->expr);
    text_release(&m->traffic);
    arena_release(&m->arena);
    free(m);
}

/* The run of a service that is told: the live one, else what ended last. */
struct newest {
    const struct port_measure *m;
    const struct run          *run;
};

static void
look_at(void *ctx, const struct run *r)
{
    struct newest *n = ctx;
    bool           live = r->state != RUN_ENDED;

    if (strcmp(r->who.service, n->m->service) != 0 || strcmp(r->who.ns, n->m->ns) != 0)
        return;
    if (!n->run || (live && n->run->state == RUN_ENDED) ||
        (live == (n->run->state != RUN_ENDED) && r->started_ms > n->run->started_ms))
        n->run = r;
}

/* NULL: there is none that anything was told of. */
static const struct verdict_view *
view_of(struct measuring *m)
{
    struct newest n = {.m = &m->m};

    runs_each(m->app->runs, look_at, &n);
    return n.run ? publish_get(m->app->publish, m->m.ns, m->m.service, n.run->who.revision) : NULL;
}

static void
note(struct measuring *m, const struct verdict_view *v, const struct view_answer *a)
{
    struct question  q = question_empty();
    struct port_told told = {.question = &q,
                             .gate = "flagger/metrics",
                             .verdict = a->verdict,
                             .reason = a->reason,
                             .http_code = 200};
    struct liverun  *run = runs_by_id(m->app->runs, v->run);

    memcpy(q.service, m->m.service, sizeof q.service);
    memcpy(q.ns, m->m.ns, sizeof q.ns);
    q.stage = m->m.what == PORT_METRIC_STEP ? QUESTION_STEP : QUESTION_PROMOTE;
    memcpy(told.run, v->run, ULID_BYTES);
    gatelog_told(m->app->gatelog, &told);
    if (run)
        liverun_asked(run, NAN);
}

static void
tell_verdict(struct measuring *m)
{
    static const double numbers[VERDICT_COUNT] = {
        [VERDICT_PASS] = 1, [VERDICT_HOLD] = 0, [VERDICT_FAIL] = -1, [VERDICT_ABORT] = -2};
    const struct verdict_view *v = view_of(m);
    const struct view_answer  *stage;
    struct view_answer         a;
    bool                       held;

    if (!v) {
        finish(m, STATUS_NO_DATA, NAN, NULL);
        return;
    }
    stage = m->m.what == PORT_METRIC_STEP ? &v->step : &v->promote;
    a = view_aged(v, stage, clock_mono_ms(m->app->world.clock));
    held = a.verdict != VERDICT_HOLD || v->confirm_seen;
    note(m, v, &a);
    publish_release(v);
    finish(m, held ? STATUS_OK : STATUS_NO_DATA, numbers[a.verdict], NULL);
}

/* What a check of which there is no value passes with; NULL: it does not.  A run that
 * says otherwise than that nobody came knows better than the policy's word for that. */
static const char *
excuse(struct measuring *m, const struct config_service *s)
{
    const struct policy       *p = config_policy_in(m->app->config, slice_of(s->policy), s->phase);
    const struct verdict_view *v = view_of(m);
    struct view_answer         a = {.verdict = VERDICT_HOLD, .reason = REASON_NO_TRAFFIC};
    bool                       held = false;

    if (v) {
        a = view_aged(v, &v->promote, clock_mono_ms(m->app->world.clock));
        held = v->confirm_seen;
        publish_release(v);
    }
    if (held && (a.verdict == VERDICT_HOLD || a.verdict == VERDICT_PASS))
        return "a confirm hook holds";
    if (p && p->no_traffic_passes &&
        (a.verdict == VERDICT_PASS || (a.verdict == VERDICT_HOLD && a.reason == REASON_NO_TRAFFIC)))
        return "no_traffic: pass";
    return NULL;
}

static void
nobody_came(struct measuring *m)
{
    const struct config_service *s =
        config_judged(m->app->config, slice_of(m->m.ns), slice_of(m->m.service));
    bool        rate = m->m.what == PORT_METRIC_SUCCESS_RATE;
    const char *why = s ? excuse(m, s) : NULL;

    if (!why) {
        finish(m, STATUS_NO_DATA, NAN, NULL);
        return;
    }
    log_event(LOG_LEVEL_INFO, "flagger_check_without_traffic", log_text("namespace", m->m.ns),
              log_text("service", m->m.service),
              log_text("check", rate ? "request-success-rate" : "request-duration"),
              log_text("passes", why));
    finish(m, STATUS_OK, rate ? 100 : 0, NULL);
}

static void ask(struct measuring *m, struct slice expr);

/* The first question's value, NaN for none. */
static void
take_value(struct measuring *m, double value)
{
    bool       rate = m->m.what == PORT_METRIC_SUCCESS_RATE;
    struct err err = {0};

    if (isnan(value) && rate) {
        /* Without a single success the numerator has no series: no rate, or no requests? */
        m->for_traffic = true;
        ask(m, text_slice(&m->traffic));
    } else if (isnan(value)) {
        nobody_came(m);
    } else if (isfinite(value)) {
        finish(m, STATUS_OK, value, NULL);
    } else if (!rate && value > 0) {
        finish(m, STATUS_OK, ENDLESS_MS, NULL);
    } else {
        finish(m, err_set(&err, STATUS_BAD_QUERY, "the source answers with an infinite value"), NAN,
               &err);
    }
}

static void
on_answer(void *ctx, const struct promclient_answer *a)
{
    struct measuring *m = ctx;
    struct err        err = {0};
    double            value = NAN;

    if (a->status) {
        finish(m, a->status == STATUS_NO_DATA ? STATUS_UNREACHABLE : a->status, NAN, &a->err);
        return;
    }
    if (a->reply->kind != PROMREPLY_VECTOR || a->reply->n_series > 1) {
        finish(m,
               err_set(&err, STATUS_BAD_QUERY,
                       "the source answers with %zu series: a check needs one", a->reply->n_series),
               NAN, &err);
        return;
    }
    if (a->reply->n_series)
        value = a->reply->series[0].points[0].value;
    arena_release(&m->arena);
    if (!m->for_traffic)
        take_value(m, value);
    else if (value > 0)
        finish(m, STATUS_OK, 0, NULL);
    else
        nobody_came(m);
}

/* A source that a reload takes away reports its questions cancelled. */
static void
ask(struct measuring *m, struct slice expr)
{
    struct promclient_question q = {.expr = expr,
                                    .at_ms = clock_wall_ms(m->app->world.clock),
                                    .timeout_ms = TIMEOUT_MS,
                                    .arena = &m->arena,
                                    .yields = true};

    (void)upstream_ask(m->source, &q, on_answer, m);
}

static void
on_taken(void *ctx)
{
    struct measuring            *m = ctx;
    const struct config_service *s;
    struct err                   err = {0};

    if (!m->app->runs) {
        finish(m, err_set(&err, STATUS_BUSY, "verdictd is stopping"), NAN, &err);
        return;
    }
    if (m->m.what == PORT_METRIC_VERDICT || m->m.what == PORT_METRIC_STEP) {
        tell_verdict(m);
        return;
    }
    s = config_judged(m->app->config, slice_of(m->m.ns), slice_of(m->m.service));
    m->source = s ? hash_get(&m->app->sources, slice_of(s->source)) : NULL;
    if (m->source)
        ask(m, text_slice(&m->expr));
    else
        finish(m, err_set(&err, STATUS_NOT_FOUND, "the service is not configured any more"), NAN,
               &err);
}

bool
measures_take(struct app *app, const struct port_measure *wanted, port_measure_fn done, void *ctx)
{
    struct measuring *m = heap_new(1, sizeof *m);

    *m = (struct measuring){.app = app, .m = *wanted, .done = done, .ctx = ctx};
    text_init(&m->expr, FLAGGERQUERY_BYTES + 1);
    text_init(&m->traffic, FLAGGERQUERY_BYTES + 1);
    text_put(&m->expr, wanted->expr);
    text_put(&m->traffic, wanted->traffic);
    if (mailbox_post(app->world.mailbox, on_taken, m))
        return true;
    text_release(&m->expr);
    text_release(&m->traffic);
    free(m);
    return false;
}

bool
measures_service(struct app *app, const struct flaggerquery *q, char ns[VIEW_NAME_BYTES],
                 char service[VIEW_NAME_BYTES])
{
    struct config *c = publish_config(app->publish);
    bool           found = false;

    for (size_t i = 0; i < c->n_services && !found; i++) {
        const struct config_service *s = &c->services[i];

        found = flaggerquery_is_about(q, s->ns, s->name) ||
                (s->canary && flaggerquery_is_about(q, s->ns, s->canary));
        if (found) {
            snprintf(ns, VIEW_NAME_BYTES, "%s", s->ns);
            snprintf(service, VIEW_NAME_BYTES, "%s", s->name);
        }
    }
    if (!found)
        found =
            flaggerquery_names(q, ns, service) && config_judged(c, slice_of(ns), slice_of(service));
    config_unref(c);
    return found;
}
