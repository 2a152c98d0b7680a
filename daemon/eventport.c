#include "daemon/eventport.h"

#include "base/heap.h"
#include "base/log.h"
#include "daemon/flaggerevent.h"
#include "daemon/runs.h"

#include <stdlib.h>

/* An event on its way to the loop. */
struct letter {
    struct app       *app;
    struct question   question;
    struct port_event event;
};

/* Behind the run's own row, which a new run has submitted before. */
static void
store(struct app *app, const struct liverun *run, const struct record_event *said)
{
    struct record_event e = *said;
    enum status         s;

    memcpy(e.run, liverun_run(run)->who.id, sizeof e.run);
    e.at_ms = clock_wall_ms(app->world.clock);
    s = store_submit(app->world.store, &(struct store_commit){.event = &e}, NULL, NULL);
    if (s)
        log_event(LOG_LEVEL_WARN, "event_not_stored", log_text("run", e.run),
                  log_slice("what", e.what), log_text("why", status_text(s)));
}

static void
not_used(const struct letter *l, const char *why)
{
    log_event(LOG_LEVEL_WARN, "event_not_used", log_text("door", l->event.door),
              log_text("what", l->event.what), log_text("namespace", l->question.ns),
              log_text("service", l->question.service), log_text("why", why));
}

static bool
is_over(const struct liverun *run)
{
    const struct run *r = liverun_run(run);

    return r->state == RUN_ENDED || r->promote.verdict == VERDICT_ABORT;
}

/* The controller tries again what was aborted, whoever aborted it; that it says so
 * twice is one retry. */
static enum status
try_again(struct runs *runs, const struct target *t, struct liverun **run, struct err *err)
{
    if (*run && !is_over(*run))
        return STATUS_OK;
    if (*run)
        liverun_end(*run, "retried");
    return runs_open(runs, t, true, run, err);
}

/* Argo sets weights also after a rollout has ended: that begins no second run. */
static bool
may_begin(struct runs *runs, const struct letter *l, const struct target *t)
{
    if (l->event.effect == PORT_EVENT_BEGINS)
        return true;
    return l->event.effect == PORT_EVENT_MOVES && !runs_was_tried(runs, t);
}

static enum status
find_run(struct letter *l, const struct target *t, struct liverun **run, struct err *err)
{
    struct runs *runs = l->app->runs;

    *run = runs_find(runs, t->ns, t->name, t->revision);
    if (l->event.effect == PORT_EVENT_RETRIES)
        return try_again(runs, t, run, err);
    if (*run || !may_begin(runs, l, t))
        return STATUS_OK;
    return runs_open(runs, t, false, run, err);
}

static void
take(const struct letter *l, struct liverun *run)
{
    switch (l->event.effect) {
    case PORT_EVENT_NOTED:
        break;
    case PORT_EVENT_BEGINS:
    case PORT_EVENT_MOVES:
    case PORT_EVENT_RETRIES:
        if (liverun_run(run)->state != RUN_ENDED)
            liverun_asked(run, l->question.weight);
        break;
    case PORT_EVENT_ENDS:
        liverun_end(run, "completed");
        break;
    case PORT_EVENT_ABORTS:
        liverun_end(run, "aborted");
        break;
    }
}

static void
on_letter(void *ctx)
{
    struct letter            *l = ctx;
    const struct port_event  *e = &l->event;
    struct target             t;
    struct liverun           *run = NULL;
    struct err                err = {0};
    const struct record_event said = {.door = slice_of(e->door),
                                      .what = slice_of(e->what),
                                      .step = e->step,
                                      .weight = l->question.weight,
                                      .image = slice_of(e->image),
                                      .message = slice_of(e->message)};

    if (!l->app->runs)
        not_used(l, "the daemon ends");
    else if (target_resolve(l->app->config, &l->question, &t, &err) != PORT_FOUND ||
             find_run(l, &t, &run, &err))
        not_used(l, err.text);
    if (run) {
        take(l, run);
        store(l->app, run, &said);
    }
    free(l);
}

bool
eventport_event(struct app *app, const struct question *q, const struct port_event *e)
{
    struct letter *l = heap_new(1, sizeof *l);

    *l = (struct letter){.app = app, .question = *q, .event = *e};
    if (mailbox_post(app->world.mailbox, on_letter, l))
        return true;
    free(l);
    return false;
}

void
eventport_flagger(struct app *app, const struct liverun *run, const struct question *q)
{
    const struct record_event said = {.door = SLICE_LITERAL("flagger"),
                                      .what = SLICE_LITERAL("event"),
                                      .step = -1,
                                      .weight = flaggerevent_weight(slice_of(q->event)),
                                      .message = slice_of(q->event)};

    store(app, run, &said);
}
