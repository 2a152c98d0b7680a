#include "daemon/gateport.h"

#include "base/heap.h"
#include "base/log.h"
#include "daemon/actport.h"
#include "daemon/eventport.h"
#include "daemon/executions.h"
#include "daemon/flaggerevent.h"
#include "daemon/gatelog.h"
#include "daemon/gatewaits.h"
#include "daemon/history.h"
#include "daemon/links.h"
#include "daemon/measures.h"
#include "daemon/meters.h"
#include "daemon/runs.h"
#include "daemon/selfreport.h"
#include "daemon/switches.h"
#include "daemon/waits.h"
#include "daemon/outboxport.h"
#include "dashboards/page.h"

#include <stdio.h>
#include <stdlib.h>

static enum port_lookup
resolve(struct app *app, const struct question *q, struct target *t, struct config **held,
        struct err *err)
{
    *held = publish_config(app->publish);
    return target_resolve(*held, q, t, err);
}

/* What was found in another phase is no answer: NULL. */
static const struct verdict_view *
published(struct app *app, const struct target *t)
{
    const struct verdict_view *v = publish_get(app->publish, t->ns, t->name, t->revision);

    if (!v || runs_fits_phase(t, v->phase, v->aborted))
        return v;
    publish_release(v);
    return NULL;
}

static enum port_lookup
view(void *self, const struct question *q, const struct verdict_view **out, struct err *err)
{
    struct app      *app = self;
    struct config   *held;
    struct target    t;
    enum port_lookup found = resolve(app, q, &t, &held, err);

    if (found == PORT_FOUND) {
        *out = published(app, &t);
        found = *out ? PORT_FOUND : PORT_NO_RUN;
    }
    config_unref(held);
    return found;
}

static void
view_release(void *self, const struct verdict_view *v)
{
    (void)self;
    publish_release(v);
}

static const struct viewjson_kept *
view_kept(void *self, const struct verdict_view *v)
{
    (void)self;
    return publish_kept(v);
}

/* What was told, on its way to the loop. */
struct told_letter {
    struct app      *app;
    struct question  question;
    struct port_told told;
};

static void
on_told(void *ctx)
{
    struct told_letter *l = ctx;
    struct app         *app = l->app;
    struct config      *held;
    struct target       t;
    struct liverun     *run;

    if (resolve(app, &l->question, &t, &held, NULL) == PORT_FOUND && app->runs) {
        run = runs_find(app->runs, t.ns, t.name, t.revision);
        if (run)
            liverun_asked(run, l->question.weight);
    }
    config_unref(held);
    gatelog_told(app->gatelog, &l->told);
    free(l);
}

static void
told(void *self, const struct port_told *t)
{
    struct app         *app = self;
    struct told_letter *l;

    if (app->executions && *t->question->execution)
        executions_told(app->executions, t);
    meters_gate_called(app->meters, t->gate, t->verdict, t->http_code);
    if (gatelog_repeats(app->gatelog, t))
        return;
    l = heap_new(1, sizeof *l);
    l->app = app;
    l->question = *t->question;
    l->told = *t;
    l->told.question = &l->question;
    if (!mailbox_offer(app->world.mailbox, on_told, l)) {
        free(l); /* a count in the history, not an answer */
        gatelog_lose(app->gatelog, 1);
    }
}

static bool
metrics(void *self, struct slice accept, struct text *out)
{
    struct app *app = self;

    return selfreport_write(app->selfreport, accept, out);
}

/* A change on its way to the loop, and on until it may be answered. */
struct change_letter {
    struct app      *app;
    enum port_change change;
    struct question  question;
    port_reply_fn    done;
    void            *ctx;
    uint64_t         timer;
    bool             answered, granted;
    struct target    target; /* once answers are waited for, only its names and phase */
};

static void
reply(struct change_letter *l, struct port_reply *r)
{
    const struct verdict_view *v = NULL;

    l->answered = true;
    if (r->lookup == PORT_FOUND && r->reason == REASON_NONE)
        r->view = v = published(l->app, &l->target);
    if (!v && r->lookup == PORT_FOUND) {
        r->lookup = PORT_NO_RUN;
        if (r->reason == REASON_NONE)
            r->reason = REASON_RUN_ENDED;
    }
    l->done(l->ctx, r);
    if (v)
        publish_release(v);
}

static void
on_late(void *ctx)
{
    struct change_letter *l = ctx;

    l->timer = 0;
    reply(l, &(struct port_reply){.lookup = PORT_FOUND, .reason = REASON_STORE_BUSY});
}

static void
on_change_durable(void *ctx, enum status s)
{
    struct change_letter *l = ctx;

    timer_cancel(&l->app->world.timer, l->timer);
    if (!l->answered)
        reply(l, &(struct port_reply){.lookup = PORT_FOUND,
                                      .granted = l->granted && s == STATUS_OK,
                                      .reason = s ? REASON_STORE_BUSY : REASON_NONE});
    free(l);
}

static void
answer_when_durable(struct change_letter *l, struct liverun *run)
{
    l->timer = timer_start(&l->app->world.timer, GATEPORT_OPEN_WAIT_MS, on_late, l);
    liverun_when_durable(run, on_change_durable, l);
}

static void
answer_now(struct change_letter *l, struct port_reply r)
{
    reply(l, &r);
    free(l);
}

static bool
fits(const struct change_letter *l, const struct liverun *run)
{
    const struct run *r = liverun_run(run);

    return runs_fits_phase(&l->target, r->policy->phase, r->promote.verdict == VERDICT_ABORT);
}

/* A run starts with the first question or event (api.md, Runs), and it ends by
 * an event, too.  An event that names another phase begins it. */
static bool
opens_run(const struct change_letter *l, const struct liverun *run)
{
    enum flaggerevent what;

    if (l->change != PORT_EVENT)
        return l->change == PORT_OPEN;
    what = flaggerevent_of(slice_of(l->question.event));
    return what == FLAGGEREVENT_STARTED || (what == FLAGGEREVENT_OTHER && run && !fits(l, run));
}

/* *run is NULL where there is none that this is about.  What ends a revision
 * ends it in any phase. */
static enum status
find_run(struct change_letter *l, struct liverun **run, struct err *err)
{
    struct runs         *runs = l->app->runs;
    const struct target *t = &l->target;
    bool                 any = l->change == PORT_END || l->change == PORT_EVENT;

    *run = runs_find(runs, t->ns, t->name, t->revision);
    /* Flagger sends its start with every tick until traffic flows: no retry. */
    if (opens_run(l, *run))
        return runs_open(runs, t, l->change == PORT_OPEN && l->question.flagger, run, err);
    if (*run && !any && !fits(l, *run))
        *run = NULL;
    return STATUS_OK;
}

static void
take_event(struct liverun *run, struct slice message)
{
    enum flaggerevent what = flaggerevent_of(message);

    liverun_asked(run, flaggerevent_weight(message));
    if (what == FLAGGEREVENT_COMPLETED)
        liverun_end(run, "completed");
    else if (what == FLAGGEREVENT_FAILED)
        liverun_end(run, "failed");
}

/* The change itself.  false: nothing was changed. */
static bool
change_run(struct change_letter *l, struct liverun *run)
{
    const struct question *q = &l->question;

    switch (l->change) {
    case PORT_OPEN:
        liverun_asked(run, q->weight);
        return true;
    case PORT_FIRST_STEP:
        return liverun_first_step(run);
    case PORT_PROMOTION_TOLD:
        return liverun_promotion_told(run);
    case PORT_CONFIRM_SEEN:
        liverun_confirm_seen(run);
        return true;
    case PORT_END:
        liverun_end(run, "post_rollout");
        return true;
    case PORT_EVENT:
        take_event(run, slice_of(q->event));
        eventport_flagger(l->app, run, q);
        return true;
    }
    return false;
}

/* The daemon is stopping: the runs are in the history, and nowhere else. */
static void
answer_too_late(struct change_letter *l)
{
    answer_now(l, (struct port_reply){.lookup = PORT_NO_RUN, .reason = REASON_STORE_BUSY});
}

static void
on_change(void *ctx)
{
    struct change_letter *l = ctx;
    struct app           *app = l->app;
    struct port_reply     r = {0};
    struct liverun       *run;
    enum status           s;

    if (!app->runs) {
        answer_too_late(l);
        return;
    }
    r.lookup = target_resolve(app->config, &l->question, &l->target, &r.err);
    if (r.lookup != PORT_FOUND) {
        answer_now(l, r);
        return;
    }
    s = find_run(l, &run, &r.err);
    if (s || !run) {
        r.lookup =
            s == STATUS_OK || s == STATUS_BUSY || s == STATUS_CONFLICT ? PORT_NO_RUN : PORT_BAD;
        r.reason = s == STATUS_BUSY          ? REASON_TOO_MANY_RUNS
                   : r.lookup == PORT_NO_RUN ? REASON_RUN_ENDED
                                             : REASON_NONE;
        answer_now(l, r);
        return;
    }
    l->granted = change_run(l, run);
    answer_when_durable(l, run);
}

static bool
change(void *self, enum port_change what, const struct question *q, port_reply_fn done, void *ctx)
{
    struct app           *app = self;
    struct change_letter *l = heap_new(1, sizeof *l);

    *l = (struct change_letter){
        .app = app, .change = what, .question = *q, .done = done, .ctx = ctx};
    if (mailbox_post(app->world.mailbox, on_change, l))
        return true;
    free(l);
    return false;
}

static bool
act(void *self, const struct port_act *a, port_act_fn done, void *ctx)
{
    return actport_act(self, a, done, ctx);
}

static bool
notice(void *self, const struct port_notice *n, port_notice_fn done, void *ctx)
{
    return outboxport_notice(self, n, done, ctx);
}

static bool
event(void *self, const struct question *q, const struct port_event *e)
{
    return eventport_event(self, q, e);
}

static bool
read_history(void *self, const struct port_read *r, port_read_fn done, void *ctx)
{
    struct app *app = self;

    return r->wait_ms ? waits_read(app->waits, r, done, ctx)
                      : history_read(app->history, r, done, ctx);
}

static struct port_health
health(void *self)
{
    return app_health(self);
}

static bool
switch_is_open(void *self, const struct port_switch *one)
{
    struct app *app = self;
    bool        open = switches_is_open(app->switches, one);

    if (one->rollback)
        return open || gatewaits_is_over(app->gatewaits, one);
    gatewaits_asked(app->gatewaits, one, open);
    return open;
}

static bool
switch_set(void *self, const struct port_switch *one, port_switch_fn done, void *ctx)
{
    return switches_set(((struct app *)self)->switches, one, done, ctx);
}

static bool
execution_start(void *self, const struct question *q, port_execution_fn done, void *ctx)
{
    return executions_start(((struct app *)self)->executions, q, done, ctx);
}

static bool
execution(void *self, const char *id, struct port_execution *out)
{
    return executions_get(((struct app *)self)->executions, id, out);
}

static bool
metric_service(void *self, const struct flaggerquery *q, char ns[VIEW_NAME_BYTES],
               char service[VIEW_NAME_BYTES])
{
    return measures_service(self, q, ns, service);
}

static bool
measure(void *self, const struct port_measure *m, port_measure_fn done, void *ctx)
{
    return measures_take(self, m, done, ctx);
}

static void
policies(void *self, void (*each)(void *ctx, const char *name), void *ctx)
{
    struct config *c = publish_config(((struct app *)self)->publish);

    for (size_t i = 0; i < c->n_policies; i++)
        each(ctx, c->policies[i].name);
    config_unref(c);
}

struct port
gateport_of(struct app *app)
{
    size_t              n_assets;
    const struct asset *assets = page_assets(&n_assets);

    return (struct port){.self = app,
                         .view = view,
                         .view_release = view_release,
                         .view_kept = view_kept,
                         .told = told,
                         .health = health,
                         .metrics = metrics,
                         .change = change,
                         .act = act,
                         .notice = notice,
                         .event = event,
                         .read = read_history,
                         .switch_is_open = app->switches ? switch_is_open : NULL,
                         .switch_set = app->switches ? switch_set : NULL,
                         .execution_start = app->executions ? execution_start : NULL,
                         .execution = app->executions ? execution : NULL,
                         .metric_service = metric_service,
                         .measure = measure,
                         .policies = policies,
                         .link_key = links_key(app->links),
                         .api = &app->api,
                         .writes = &app->writeport,
                         .events = app->events,
                         .assets = assets,
                         .n_assets = n_assets};
}
