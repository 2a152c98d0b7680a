#include "daemon/recorder.h"

#include "analyzer/runlog.h"
#include "base/heap.h"
#include "base/log.h"
#include "daemon/meters.h"
#include "daemon/outsidenews.h"
#include "daemon/pendingact.h"
#include "daemon/stepnote.h"
#include "daemon/waits.h"
#include "daemon/points.h"
#include "daemon/runevents.h"
#include "daemon/runrow.h"
#include "daemon/storedanswer.h"
#include "webhooks/viewjson.h"

#include <stdio.h>
#include <stdlib.h>

enum { STATE_BYTES = 256 << 10, NUMBERS_BYTES = 64 << 10, ROW_BYTES = 64 << 10 };

struct waiter {
    struct waiter *next;
    uint64_t       unit; /* calls when this one is answered */
    recorder_fn    done;
    void          *ctx;
};

struct recorder {
    struct app         *app;
    const struct run   *run; /* NULL: the run is gone, only answers of the store are awaited */
    struct slice        policy_text;
    uint64_t            submitted, answered, durable; /* numbers of units */
    struct receipt     *first, *newest;               /* of the units that are under way */
    bool                failing;                      /* the unit that was answered last */
    struct storedanswer promote, step;
    char                verdict_id[ULID_BYTES];
    struct view_answer  told_promote, told_step; /* what was published last */
    bool                abort_waits;             /* to be durable, */
    int64_t             abort_mono_ms;           /* since then */
    uint64_t            abort_timer;
    int64_t             judged_wall_ms, judged_mono_ms; /* when the caller came last */
    struct waiter      *waiters;
    struct pendingact   pending;
    struct outsidenews  outside;
    bool                waits_told;
    struct stepnote     steps;
    struct points      *points;
};

/* A unit under way, and the store's answer on its way to the loop.  A unit that
 * the store refuses is answered before those that it took earlier; the list
 * keeps the order. */
struct receipt {
    struct receipt  *next;
    struct recorder *recorder;
    uint64_t         unit;
    bool             answered, refused;
    bool             news; /* a verdict, or the run's end */
    enum status      status;
    struct err       err;
};

struct recorder *
recorder_new(struct app *app, const struct run *run, struct slice policy_text)
{
    struct recorder *r = heap_new(1, sizeof *r);

    r->app = app;
    r->run = run;
    r->policy_text = policy_text;
    r->points = points_new();
    r->told_promote = r->told_step = run->promote;
    return r;
}

static void
free_when_idle(struct recorder *r)
{
    if (r->run || r->first)
        return;
    points_free(r->points);
    free(r);
}

static void
call_waiters(struct recorder *r)
{
    struct waiter *due = NULL, **end = &due, **at = &r->waiters;

    while (*at) {
        struct waiter *w = *at;

        if (w->unit <= r->answered) {
            *at = w->next;
            w->next = NULL;
            *end = w;
            end = &w->next;
        } else {
            at = &w->next;
        }
    }
    while (due) {
        struct waiter *next = due->next;

        due->done(due->ctx, due->unit <= r->durable ? STATUS_OK : STATUS_STORE);
        free(due);
        due = next;
    }
}

void
recorder_free(struct recorder *r)
{
    if (!r)
        return;
    timer_cancel(&r->app->world.timer, r->abort_timer);
    while (r->waiters) {
        struct waiter *next = r->waiters->next;

        r->waiters->done(r->waiters->ctx, STATUS_CANCELLED);
        free(r->waiters);
        r->waiters = next;
    }
    r->run = NULL;
    free_when_idle(r);
}

/* What an answer was stored as is not known any more: the next decision stores
 * it again, under a new id. */
static void
forget_stored(struct recorder *r, uint64_t unit)
{
    if (r->promote.unit == unit)
        r->promote.known = false;
    if (r->step.unit == unit)
        r->step.known = false;
}

static void publish(struct recorder *r);

static void
take_answer(struct recorder *r, const struct receipt *c)
{
    r->answered = c->unit;
    pendingact_stored(&r->pending, c->unit, c->status);
    outsidenews_stored(&r->outside, r->app->outbox, c->unit, c->status);
    if (c->status == STATUS_OK) {
        r->durable = c->unit;
        r->failing = false;
        if (c->news && r->run)
            waits_wake(r->app->waits, &r->run->who);
        return;
    }
    forget_stored(r, c->unit);
    if (r->run && r->run->log)
        runlog_torn(r->run->log); /* an interval may be missing, and what came with it */
    if (!r->failing)
        log_event(LOG_LEVEL_ERROR, "store_failed", log_text("run", r->run ? r->run->who.id : ""),
                  log_text("error", c->err.text));
    r->failing = true;
}

static void
on_receipt(void *ctx)
{
    struct receipt  *c = ctx;
    struct recorder *r = c->recorder;

    c->answered = true;
    while (r->first && r->first->answered) {
        c = r->first;
        r->first = c->next;
        if (!r->first)
            r->newest = NULL;
        take_answer(r, c);
        free(c);
        if (r->run) {
            publish(r);
            call_waiters(r);
        }
    }
    free_when_idle(r);
}

static void
on_stored(void *ctx, enum status s, const struct err *err)
{
    struct receipt *c = ctx;

    c->status = s;
    if (err)
        c->err = *err;
    mailbox_must_post(c->recorder->app->world.mailbox, on_receipt, c);
}

static void
append(struct recorder *r, struct receipt *c)
{
    if (r->newest)
        r->newest->next = c;
    else
        r->first = c;
    r->newest = c;
}

/* The number under which the unit's answer will come.  Units that are refused
 * one after the other are one: what is remembered while the queue is full
 * stays bounded. */
static uint64_t
submit(struct recorder *r, const struct store_commit *c)
{
    struct receipt *receipt = heap_new(1, sizeof *receipt);
    enum status     s;

    *receipt = (struct receipt){.recorder = r,
                                .unit = r->submitted + 1,
                                .news = c->verdict || (c->run && c->run->state == RECORD_ENDED)};
    s = store_submit(r->app->world.store, c, on_stored, receipt);
    if (s && r->newest && r->newest->refused) {
        free(receipt);
        return r->submitted;
    }
    append(r, receipt);
    r->submitted++;
    if (s) {
        receipt->refused = true;
        (void)err_set(&receipt->err, s, "the history's queue is full");
        on_stored(receipt, s, NULL);
    }
    return r->submitted;
}

/* As old as the last decision, whenever it is published: that the disk has
 * answered makes no pass younger. */
static void
view_now(const struct recorder *r, struct verdict_view *v)
{
    run_view(r->run, clock_wall_ms(r->app->world.clock), clock_mono_ms(r->app->world.clock), v);
    v->evaluated_wall_ms = r->judged_wall_ms;
    v->evaluated_mono_ms = r->judged_mono_ms;
    memcpy(v->id, r->verdict_id, sizeof v->id);
}

static void
note_judged(struct recorder *r)
{
    r->judged_wall_ms = clock_wall_ms(r->app->world.clock);
    r->judged_mono_ms = clock_mono_ms(r->app->world.clock);
}

/* A step whose answer differs from promote's gets a row of its own; else it is
 * in the run's unit. */
static void
store_step(struct recorder *r, struct verdict_view *v, uint64_t unit)
{
    struct text           numbers;
    struct record_verdict row;

    if (!storedanswer_changed(&r->step, r->run, &v->step))
        return;
    r->step = storedanswer_of(r->run, &v->step, unit);
    if (v->step.verdict == v->promote.verdict && v->step.reason == v->promote.reason)
        return;
    text_init(&numbers, NUMBERS_BYTES);
    viewjson_write(&numbers, v, &v->step, VIEWJSON_STORED, v->evaluated_mono_ms);
    row = runrow_verdict(r->run, &v->step, v->evaluated_wall_ms, text_slice(&numbers),
                         r->app->world.entropy);
    r->step.unit = submit(r, &(struct store_commit){.verdict = &row});
    text_release(&numbers);
}

static void
log_change(const struct recorder *r)
{
    const struct run *run = r->run;

    if (run->promote.reason != REASON_RUN_ENDED &&
        (!(r->promote.known || r->promote.unit) || r->promote.verdict != run->promote.verdict))
        counter_add(&r->app->meters->transitions[run->promote.verdict], 1);
    log_event(run->promote.verdict >= VERDICT_FAIL ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "verdict",
              log_text("namespace", run->who.ns), log_text("service", run->who.service),
              log_text("revision", run->who.revision), log_text("run", run->who.id),
              log_text("verdict", verdict_text(run->promote.verdict)),
              log_text("reason", verdict_reason_text(run->promote.reason)),
              log_text("message", run->promote.message));
}

/* The step's row with each answer of its own; the one that was left goes before it. */
static bool
next_step(struct recorder *r, bool turned, struct record_step *out)
{
    struct record_step left;

    if (!turned && r->run->state != RUN_ENDED && !stepnote_turned(&r->steps, r->run))
        return false;
    if (stepnote_left(&r->steps, r->run, &left))
        (void)submit(r, &(struct store_commit){.step = &left});
    *out = stepnote_now(&r->steps, r->run);
    return true;
}

/* Texts that a unit borrows until it is submitted. */
struct drafts {
    struct text numbers, state, packed, names, point, labels;
};

static void
drafts_init(struct drafts *t)
{
    text_init(&t->numbers, NUMBERS_BYTES);
    text_init(&t->state, STATE_BYTES);
    text_init(&t->packed, ROW_BYTES);
    text_init(&t->names, STORE_MAX_TARGETS);
    text_init(&t->point, STORE_MAX_POINT);
    text_init(&t->labels, STORE_MAX_LABELS);
}

static void
drafts_release(struct drafts *t)
{
    text_release(&t->numbers);
    text_release(&t->state);
    text_release(&t->packed);
    text_release(&t->names);
    text_release(&t->point);
    text_release(&t->labels);
}

/* Before the answers are noted as stored: what turned is a point of its own. */
static bool
next_point(struct recorder *r, const struct verdict_view *v, const struct interval *interval,
           struct drafts *t, struct record_point *out)
{
    bool turned = storedanswer_changed(&r->promote, r->run, &v->promote) ||
                  storedanswer_changed(&r->step, r->run, &v->step) ||
                  r->run->state == RUN_ENDED; /* all that it counted */

    if (interval)
        points_count(r->points, interval);
    if (!points_next(r->points, v, turned, &t->point, &t->labels, out))
        return false;
    memcpy(out->run, r->run->who.id, sizeof out->run);
    return true;
}

static void
store_all(struct recorder *r, const struct interval *interval, int64_t base_ms)
{
    struct verdict_view    v;
    struct drafts          t;
    struct record_run      row;
    struct record_interval irow;
    struct record_verdict  vrow;
    struct record_point    prow;
    struct store_outbox    outbox;
    struct record_step     step;
    struct store_commit    c = {.run = &row};
    uint64_t               unit;
    bool                   news = false;

    drafts_init(&t);
    view_now(r, &v);
    if (next_point(r, &v, interval, &t, &prow))
        c.point = &prow;
    if (storedanswer_changed(&r->promote, r->run, &v.promote)) {
        vrow = runrow_verdict(r->run, &v.promote, v.evaluated_wall_ms, (struct slice){0},
                              r->app->world.entropy);
        memcpy(v.id, vrow.id, sizeof v.id);
        memcpy(r->verdict_id, vrow.id, sizeof r->verdict_id);
        c.verdict = &vrow;
        news = outsidenews_due(&r->outside, r->app->outbox, r->run, &vrow, &outbox, &t.names);
        if (t.names.n)
            c.outbox = &outbox;
        if (storedanswer_is_other(&r->promote, r->run, &v.promote))
            log_change(r); /* not when it is stored again */
    }
    row = runrow_run(r->run, r->points, r->policy_text, &v, base_ms, &t.numbers, &t.state);
    if (!interval && r->run->log)
        row.heard = runlog_bytes(r->run->log);
    vrow.numbers = row.numbers;
    if (interval) {
        irow = runrow_interval(r->run, interval, &t.packed);
        c.interval = &irow;
    }
    if (pendingact_waits(&r->pending))
        c.act = &r->pending.act;
    if (next_step(r, c.verdict, &step))
        c.step = &step;
    unit = submit(r, &c);
    if (c.act)
        r->pending.unit = unit;
    if (interval && r->run->log)
        runlog_clear(r->run->log);
    if (c.verdict)
        r->promote = storedanswer_of(r->run, &v.promote, unit);
    if (news)
        outsidenews_told(&r->outside, v.promote.verdict, unit);
    store_step(r, &v, unit);
    drafts_release(&t);
}

static bool
is_durable(const struct recorder *r, const struct storedanswer *stored, const struct view_answer *a)
{
    return !storedanswer_changed(stored, r->run, a) && stored->unit <= r->durable;
}

static struct view_answer
busy(const char *message)
{
    struct view_answer a = {.verdict = VERDICT_HOLD, .reason = REASON_STORE_BUSY};

    memcpy(a.message, message, strlen(message) + 1);
    return a;
}

/* A pass that is not durable yet is not told. */
static void
hold_back_pass(const struct recorder *r, const struct storedanswer *stored, struct view_answer *a)
{
    if (a->verdict == VERDICT_PASS && !is_durable(r, stored, a))
        *a = busy("a pass is being written to the history");
}

static void
on_abort_timer(void *ctx)
{
    struct recorder *r = ctx;

    r->abort_timer = 0;
    publish(r);
}

/* What is told while an abort is written: what was told before, but no pass. */
static struct view_answer
meanwhile(const struct view_answer *told)
{
    return told->verdict == VERDICT_PASS ? busy("an abort is being written to the history") : *told;
}

/* An abort waits for the disk, but not for long. */
static void
hold_back_abort(struct recorder *r, struct verdict_view *v)
{
    int64_t now = clock_mono_ms(r->app->world.clock);

    if (v->promote.verdict != VERDICT_ABORT) {
        timer_cancel(&r->app->world.timer, r->abort_timer);
        r->abort_timer = 0;
        r->abort_waits = false; /* the next one waits anew */
        return;
    }
    if (r->told_promote.verdict == VERDICT_ABORT || is_durable(r, &r->promote, &v->promote))
        return;
    if (!r->abort_waits) {
        r->abort_waits = true;
        r->abort_mono_ms = now;
        r->abort_timer =
            timer_start(&r->app->world.timer, RECORDER_ABORT_WAIT_MS, on_abort_timer, r);
    }
    if (now - r->abort_mono_ms >= RECORDER_ABORT_WAIT_MS)
        return;
    v->promote = meanwhile(&r->told_promote);
    v->step = meanwhile(&r->told_step);
    v->aborted = false;
}

static void
publish(struct recorder *r)
{
    struct verdict_view v;

    view_now(r, &v);
    hold_back_pass(r, &r->promote, &v.promote);
    hold_back_pass(r, &r->step, &v.step);
    hold_back_abort(r, &v);
    runevents_published(r->app->events, &v, &r->told_promote);
    r->told_promote = v.promote;
    r->told_step = v.step;
    publish_set(r->app->publish, &v);
}

void
recorder_publish(struct recorder *r)
{
    note_judged(r);
    publish(r);
}

void
recorder_decided(struct recorder *r, const struct interval *interval, int64_t base_ms)
{
    note_judged(r);
    if (interval)
        runevents_interval(r->app->events, r->run->who.ns, r->run->who.id, interval);
    if (interval || pendingact_waits(&r->pending) ||
        storedanswer_changed(&r->promote, r->run, &r->run->promote) ||
        storedanswer_changed(&r->step, r->run, &r->run->step))
        store_all(r, interval, base_ms);
    stepnote_see(&r->steps, r->run);
    publish(r);
}

void
recorder_store(struct recorder *r, int64_t base_ms)
{
    note_judged(r);
    store_all(r, NULL, base_ms);
    stepnote_see(&r->steps, r->run);
    publish(r);
}

/* The run's row says how far that came: a restart does not say it again. */
void
recorder_waits(struct recorder *r, int64_t held_ms, int64_t base_ms)
{
    const struct run *run = r->run;

    if (!held_ms)
        r->waits_told = false;
    if (!held_ms || r->waits_told || !is_durable(r, &r->promote, &run->promote))
        return;
    r->waits_told = true;
    log_event(LOG_LEVEL_WARN, "run_waits", log_text("namespace", run->who.ns),
              log_text("service", run->who.service), log_text("revision", run->who.revision),
              log_text("run", run->who.id), log_int("held_s", held_ms / 1000),
              log_text("reason", verdict_reason_text(run->promote.reason)),
              log_text("message", run->promote.message));
    recorder_store(r, base_ms);
    outbox_waits(r->app->outbox, slice_of(run->who.ns), r->verdict_id);
}

void
recorder_waited(struct recorder *r)
{
    r->waits_told = true;
}

bool
recorder_may_act(const struct recorder *r)
{
    return !r->pending.on;
}

bool
recorder_acted(struct recorder *r, const struct record_act *act, int64_t base_ms)
{
    if (r->pending.on)
        return false;
    pendingact_take(&r->pending, act);
    recorder_store(r, base_ms);
    return true;
}

void
recorder_when_durable(struct recorder *r, recorder_fn done, void *ctx)
{
    struct waiter *w;

    if (r->answered == r->submitted) {
        done(ctx, r->failing ? STATUS_STORE : STATUS_OK);
        return;
    }
    w = heap_new(1, sizeof *w);
    *w = (struct waiter){.next = r->waiters, .unit = r->submitted, .done = done, .ctx = ctx};
    r->waiters = w;
}

bool
recorder_is_waited_for(const struct recorder *r)
{
    return r->waiters != NULL;
}

void
recorder_goes_on(struct recorder *r, const char id[ULID_BYTES], struct slice blob)
{
    runrow_points(blob, r->points);
    memcpy(r->verdict_id, id, sizeof r->verdict_id);
    r->promote = storedanswer_of(r->run, &r->run->promote, 0);
    if (r->run->promote.reason != REASON_RUN_ENDED)
        outsidenews_told(&r->outside, r->run->promote.verdict, 0);
    r->step = storedanswer_of(r->run, &r->run->step, 0);
    stepnote_see(&r->steps, r->run);
}

void
recorder_was_told(struct recorder *r, enum verdict verdict, enum verdict_reason reason)
{
    if (r->promote.verdict == verdict && r->promote.reason == reason)
        return;
    r->promote.verdict = r->promote.found = verdict;
    r->promote.reason = reason;
    r->step.known = false;
    outsidenews_told(&r->outside, verdict, 0);
}
