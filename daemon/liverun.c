#include "daemon/liverun.h"

#include "analyzer/runlog.h"
#include "base/heap.h"
#include "base/log.h"
#include "daemon/longhold.h"
#include "daemon/meters.h"
#include "daemon/migration.h"
#include "daemon/placebos.h"
#include "daemon/recorder.h"
#include "daemon/runrow.h"
#include "daemon/sampler.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Catching up: this far back every tick is asked for again, so that a restart
 * gives the intervals of a run that never stopped; farther back in longer
 * steps, still short enough to be judged; beyond that the gap is left out. */
enum {
    CATCH_UP_EXACT_MS = 2 * 60 * 1000,
    CATCH_UP_STEP_MS = 30 * 1000,
    CATCH_UP_MOST_MS = 15 * 60 * 1000,
};

/* Less is drift, which needs no care. */
enum { JUMP_MS = 5000 };

struct liverun {
    struct app      *app;
    struct config   *config; /* what policy points into */
    struct upstream *source;
    struct run       run;
    struct runlog    log; /* of what run is told */
    struct sampler  *sampler;
    struct recorder *recorder;
    struct text      policy_text;
    uint64_t         tick_timer;
    int64_t          base_ms;       /* snapshot from which a restart goes on */
    int64_t          next_ms;       /* time of the next snapshot, on the grid */
    int64_t          wall_ahead_ms; /* of the monotonic clock, when last looked at */
    int64_t          left_mono_ms[PHASE_COUNT];
};

static void schedule(struct liverun *l);

static int64_t
wall(const struct liverun *l)
{
    return clock_wall_ms(l->app->world.clock);
}

static int64_t
wall_ahead(const struct liverun *l)
{
    return wall(l) - clock_mono_ms(l->app->world.clock);
}

/* Before every decision: a wall clock that jumped says nothing about how long
 * the run has waited. */
static void
note_jump(struct liverun *l)
{
    int64_t ahead_ms = wall_ahead(l), jump_ms = ahead_ms - l->wall_ahead_ms;

    if (jump_ms <= JUMP_MS && jump_ms >= -JUMP_MS)
        return;
    l->wall_ahead_ms = ahead_ms;
    run_clock_set(&l->run, jump_ms);
    log_event(LOG_LEVEL_WARN, "clock_jumped", log_text("run", l->run.who.id),
              log_int("by_ms", jump_ms));
}

static int64_t
tick_ms(const struct liverun *l)
{
    return upstream_config(l->source)->tick_ms;
}

/* The grid's next instant after one that was answered. */
static int64_t
after(const struct liverun *l, int64_t at_ms)
{
    int64_t behind_ms = wall(l) - at_ms;
    int64_t step_ms = tick_ms(l);

    if (behind_ms > CATCH_UP_MOST_MS)
        return at_ms + behind_ms / step_ms * step_ms;
    if (behind_ms > CATCH_UP_EXACT_MS && step_ms < CATCH_UP_STEP_MS)
        return at_ms + CATCH_UP_STEP_MS / step_ms * step_ms;
    return at_ms + step_ms;
}

/* While the source does not answer, the same instant is asked for again and
 * again: what it goes on collecting meanwhile is caught up, not lost. */
static int64_t
following(const struct liverun *l, enum sampler_outcome outcome, int64_t at_ms)
{
    bool silent = outcome == SAMPLER_BLIND && l->run.blind == REASON_SOURCE_UNREACHABLE;

    return silent && wall(l) - at_ms <= CATCH_UP_MOST_MS ? at_ms : after(l, at_ms);
}

static void
on_sampled(void *ctx, enum sampler_outcome outcome, const struct interval *interval)
{
    struct liverun *l = ctx;
    int64_t         at_ms = l->next_ms;

    counter_add(&l->app->meters->ticks[outcome], 1);
    note_jump(l);
    (void)run_decide(&l->run, wall(l));
    l->next_ms = following(l, outcome, at_ms);
    if (outcome == SAMPLER_CLOSED || outcome == SAMPLER_ORIGIN)
        l->base_ms = at_ms;
    if (outcome == SAMPLER_ORIGIN)
        recorder_store(l->recorder, l->base_ms);
    else
        recorder_decided(l->recorder, interval, l->base_ms);
    if (l->run.state != RUN_ENDED)
        schedule(l);
}

/* More than a tick ahead, the wall clock has gone back: the last instant of the
 * grid that is over is next. */
static void
realign(struct liverun *l)
{
    int64_t ahead_ms = l->next_ms - wall(l), step_ms = tick_ms(l);

    if (ahead_ms > step_ms)
        l->next_ms -= (ahead_ms + step_ms - 1) / step_ms * step_ms;
}

static void
on_tick(void *ctx)
{
    struct liverun *l = ctx;

    l->tick_timer = 0;
    realign(l);
    if (l->run.state == RUN_ENDED || sampler_busy(l->sampler))
        return;
    histogram_observe_us(&l->app->meters->tick_lag, (wall(l) - l->next_ms) * 1000);
    sampler_take(l->sampler, l->next_ms, on_sampled, l);
}

/* The next snapshot when its instant has come; one that failed or is behind
 * at most once a tick, or at once while catching up with answers. */
static void
schedule(struct liverun *l)
{
    int64_t due_ms;

    realign(l);
    due_ms = l->next_ms - wall(l);
    if (l->run.blind != REASON_NONE && due_ms < tick_ms(l))
        due_ms = tick_ms(l);
    timer_cancel(&l->app->world.timer, l->tick_timer);
    l->tick_timer = timer_start(&l->app->world.timer, due_ms, on_tick, l);
}

static struct liverun *
make(struct app *app, const struct target *t)
{
    struct liverun *l = heap_new(1, sizeof *l);

    l->app = app;
    l->config = config_ref(app->config);
    l->source = upstream_ref(hash_get(&app->sources, slice_of(t->source->name)));
    l->wall_ahead_ms = wall_ahead(l);
    text_init(&l->policy_text, 64 << 10);
    config_policy_text(t->policy, &l->policy_text);
    return l;
}

/* The history gets what the run is told from now on, too. */
static void
note_from_here(struct liverun *l, struct slice pending)
{
    runlog_init(&l->log, pending);
    l->run.log = &l->log;
}

enum status
liverun_start(struct app *app, const struct target *t, uint32_t attempt, struct liverun **out,
              struct err *err)
{
    struct liverun           *l = make(app, t);
    struct run_identity       who = {.attempt = attempt};
    int64_t                   now = wall(l);
    struct calibration_frozen frozen;
    struct routes             routes;
    enum status               s;

    ulid_make(who.id, now, app->world.entropy);
    snprintf(who.service, sizeof who.service, "%s", t->name);
    snprintf(who.ns, sizeof who.ns, "%s", t->ns);
    snprintf(who.source, sizeof who.source, "%s", t->source->name);
    snprintf(who.canary, sizeof who.canary, "%s", t->canary);
    snprintf(who.baseline, sizeof who.baseline, "%s", t->baseline);
    snprintf(who.key, sizeof who.key, "%s", t->key);
    snprintf(who.revision, sizeof who.revision, "%s", t->revision);
    run_start(&l->run, &who, t->policy, target_max_age_ms(t->source), now);
    note_from_here(l, (struct slice){0});
    runlog_started(&l->log, now, l->run.max_age_ms);
    frozen = placebos_freeze(app->placebos, t, attempt);
    run_calibrate(&l->run, &frozen);
    routes = placebos_routes(app->placebos, t);
    if (routes.all > 0)
        run_routes(&l->run, &routes);
    s = sampler_new(l->source, t, &l->run, &l->sampler, err);
    if (s) {
        liverun_free(l);
        return s;
    }
    l->recorder = recorder_new(app, &l->run, text_slice(&l->policy_text));
    l->base_ms = l->next_ms = now;
    recorder_decided(l->recorder, NULL, l->base_ms);
    schedule(l);
    counter_add(&app->meters->runs_started, 1);
    log_event(LOG_LEVEL_INFO, "run_started", log_text("run", who.id), log_text("namespace", who.ns),
              log_text("service", who.service), log_text("canary", who.canary),
              log_text("baseline", who.baseline), log_text("key", who.key),
              log_text("revision", who.revision), log_int("attempt", attempt),
              log_text("policy", t->policy->name));
    *out = l;
    return STATUS_OK;
}

/* changed: why a run cannot be gone on with, NULL where it can.  An abort is told
 * all the same: who edits the configuration has not cleared it. */
struct outlook {
    const char *changed;
    bool        upgraded; /* its policy was written by a version that knew other keys */
};

/* The question that the stored run once was, under today's configuration. */
static enum status
target_of_row(const struct app *app, const struct record_run *row, struct target *t,
              struct outlook *o, struct err *err)
{
    const struct config_service *s = config_judged(app->config, row->ns, row->service);

    *o = (struct outlook){0};
    *t = (struct target){.service = s};
    snprintf(t->ns, sizeof t->ns, "%.*s", SLICE_ARG(row->ns));
    snprintf(t->name, sizeof t->name, "%.*s", SLICE_ARG(row->service));
    snprintf(t->key, sizeof t->key, "%.*s", SLICE_ARG(row->key));
    snprintf(t->canary, sizeof t->canary, "%.*s", SLICE_ARG(row->canary));
    snprintf(t->baseline, sizeof t->baseline, "%.*s", SLICE_ARG(row->baseline));
    snprintf(t->revision, sizeof t->revision, "%.*s", SLICE_ARG(row->revision));
    if (!s)
        return err_set(err, STATUS_CONFLICT, "service_removed");
    t->preset = preset_name(s->preset);
    t->policy = config_policy_was(app->config, row->policy, row->policy_hash);
    if (!t->policy) {
        t->policy = migration_policy(app->config, row);
        o->upgraded = t->policy;
    }
    t->source = config_source(app->config, row->source);
    o->changed = !t->source ? "source_removed" : !t->policy ? "policy_changed" : NULL;
    if (o->changed && row->verdict != VERDICT_ABORT)
        return err_set(err, STATUS_CONFLICT, "%s", o->changed);
    if (!t->source)
        t->source = config_source(app->config, slice_of(s->source));
    if (!t->policy)
        t->policy = config_policy_in(app->config, slice_of(s->policy), s->phase);
    return STATUS_OK;
}

/* Over in the history, or told only because it was aborted. */
static void
end_restored(struct liverun *l, const struct record_run *row, const char *changed)
{
    char cause[sizeof l->run.end_cause];

    snprintf(cause, sizeof cause, "%.*s", SLICE_ARG(row->end_cause));
    if (row->state == RECORD_ENDED)
        run_end(&l->run, cause, row->ended_ms);
    else if (changed)
        run_end(&l->run, changed, wall(l));
}

/* An end is told for up to an hour; the books are the most of a run's memory. */
static void
drop_sampler(struct liverun *l)
{
    sampler_free(l->sampler);
    l->sampler = NULL;
}

/* In the log and among what the run's page and explain show. */
static void
tell_migrated(const struct liverun *l, const struct record_run *row, enum migration_way way)
{
    char                message[128];
    struct record_event e = {.at_ms = wall(l),
                             .door = SLICE_LITERAL("verdictd"),
                             .what = SLICE_LITERAL("migrated"),
                             .step = -1,
                             .weight = NAN};
    enum status         s;

    snprintf(message, sizeof message,
             "stored by another version; judged again by this one, %s from its intervals",
             migration_way_text(way));
    e.message = slice_of(message);
    memcpy(e.run, row->id, sizeof e.run);
    s = store_submit(l->app->world.store, &(struct store_commit){.event = &e}, NULL, NULL);
    log_event(LOG_LEVEL_INFO, "run_migrated", log_text("run", row->id),
              log_text("service", l->run.who.service), log_text("way", migration_way_text(way)),
              log_text("was", verdict_text(row->verdict)),
              log_text("verdict", verdict_text(l->run.promote.verdict)),
              log_text("stored", status_text(s)));
}

/* The stored state where this version reads it, else what it says by this one's
 * rules. */
static enum status
take_state(struct liverun *l, const struct record_run *row, const struct policy *p, bool upgraded,
           struct reader *rows, bool *migrated, struct err *err)
{
    enum migration_way way;
    struct err         why_not = {0};
    enum status        s = runrow_unpack(row->state_blob, p, &l->run, &l->base_ms, &why_not);

    *migrated = false;
    if (s == STATUS_OK && !upgraded)
        return STATUS_OK;
    s = migration_run(rows, row, p, &l->run, &way, err);
    if (s)
        return s;
    *migrated = true;
    tell_migrated(l, row, way);
    return STATUS_OK;
}

static void
go_on(struct liverun *l, const struct record_run *row, const char *verdict_id, bool migrated)
{
    l->recorder = recorder_new(l->app, &l->run, text_slice(&l->policy_text));
    recorder_goes_on(l->recorder, verdict_id, row->state_blob);
    if (migrated)
        recorder_was_told(l->recorder, row->verdict, row->reason);
    if (longhold_ms(&l->run, &l->app->config->daemon.waits, row->updated_ms))
        recorder_waited(l->recorder);
    l->next_ms = l->base_ms;
}

enum status
liverun_restore(struct app *app, const struct record_run *row, const char *verdict_id,
                struct reader *rows, struct liverun **out, struct err *err)
{
    struct target   t;
    struct liverun *l;
    struct outlook  o;
    bool            migrated;
    enum status     s = target_of_row(app, row, &t, &o, err);

    if (s)
        return s;
    l = make(app, &t);
    s = take_state(l, row, t.policy, o.upgraded, rows, &migrated, err);
    if (s == STATUS_OK)
        s = sampler_new(l->source, &t, &l->run, &l->sampler, err);
    if (s) {
        liverun_free(l);
        return s;
    }
    note_from_here(l, row->heard);
    end_restored(l, row, o.changed);
    go_on(l, row, verdict_id, migrated);
    if (wall(l) - l->next_ms > CATCH_UP_MOST_MS)
        l->next_ms = after(l, l->next_ms);
    /* What was true when the daemon stopped may be too old to be told now. */
    (void)run_decide(&l->run, wall(l));
    if (migrated)
        recorder_store(l->recorder, l->base_ms);
    else
        recorder_decided(l->recorder, NULL, l->base_ms);
    if (l->run.state == RUN_ENDED)
        drop_sampler(l);
    else
        schedule(l);
    *out = l;
    return STATUS_OK;
}

void
liverun_free(struct liverun *l)
{
    if (!l)
        return;
    timer_cancel(&l->app->world.timer, l->tick_timer);
    sampler_free(l->sampler);
    recorder_free(l->recorder);
    upstream_unref(l->source);
    config_unref(l->config);
    text_release(&l->policy_text);
    runlog_release(&l->log);
    free(l);
}

void
liverun_follows(struct liverun *l, const struct liverun *before)
{
    memcpy(l->left_mono_ms, before->left_mono_ms, sizeof l->left_mono_ms);
    l->left_mono_ms[before->run.policy->phase] = clock_mono_ms(l->app->world.clock);
}

int64_t
liverun_phase_left(const struct liverun *l, enum phase phase)
{
    return l->left_mono_ms[phase];
}

const struct run *
liverun_run(const struct liverun *l)
{
    return &l->run;
}

void
liverun_when_durable(struct liverun *l, liverun_fn done, void *ctx)
{
    recorder_when_durable(l->recorder, done, ctx);
}

void
liverun_asked(struct liverun *l, double weight)
{
    bool new_weight = weight == weight && weight != l->run.weight;

    note_jump(l);
    run_asked(&l->run, weight, wall(l));
    if (!new_weight || l->run.state == RUN_ENDED)
        return;
    (void)run_decide(&l->run, wall(l));
    recorder_store(l->recorder, l->base_ms);
}

void
liverun_confirm_seen(struct liverun *l)
{
    if (l->run.confirm_seen || l->run.state == RUN_ENDED)
        return;
    run_confirm_seen(&l->run);
    recorder_store(l->recorder, l->base_ms);
}

bool
liverun_first_step(struct liverun *l)
{
    if (l->run.first_step_ms || l->run.promote.verdict >= VERDICT_FAIL ||
        !openhours_is_open(&l->run.policy->windows.hours, wall(l)))
        return false;
    run_first_step(&l->run, wall(l));
    recorder_store(l->recorder, l->base_ms);
    return true;
}

bool
liverun_promotion_told(struct liverun *l)
{
    if (l->run.promotion_told)
        return true;
    if (l->run.promote.verdict != VERDICT_PASS)
        return false;
    run_promotion_told(&l->run);
    recorder_store(l->recorder, l->base_ms);
    return true;
}

/* The run has ended just now. */
static void
stop_ticking(struct liverun *l)
{
    timer_cancel(&l->app->world.timer, l->tick_timer);
    l->tick_timer = 0;
    drop_sampler(l);
    counter_add(&l->app->meters->runs_ended, 1);
    log_event(LOG_LEVEL_INFO, "run_ended", log_text("run", l->run.who.id),
              log_text("service", l->run.who.service), log_text("cause", l->run.end_cause));
}

void
liverun_end(struct liverun *l, const char *cause)
{
    if (l->run.state == RUN_ENDED)
        return;
    run_end(&l->run, cause, wall(l));
    stop_ticking(l);
    recorder_store(l->recorder, l->base_ms);
}

/* Store what a person did, and tell it in the log: who is woken by a verdict
 * must find who made it. */
static void
record_act(struct liverun *l, const char *action, const struct override *o, const char *via,
           const char *link)
{
    struct record_act act = {.at_ms = wall(l),
                             .action = slice_of(action),
                             .by = slice_of(o->by),
                             .why = slice_of(o->why),
                             .until_ms = o->until_ms,
                             .via = slice_of(via)};

    memcpy(act.run, l->run.who.id, sizeof act.run);
    snprintf(act.link, sizeof act.link, "%s", link);
    (void)recorder_acted(l->recorder, &act, l->base_ms);
    log_event(LOG_LEVEL_WARN, "act", log_text("run", l->run.who.id),
              log_text("service", l->run.who.service), log_text("action", action),
              log_text("by", o->by), log_text("why", o->why), log_text("via", via));
}

static enum status
may_act(const struct liverun *l, struct err *err)
{
    return recorder_may_act(l->recorder)
               ? STATUS_OK
               : err_set(err, STATUS_BUSY, "the act before this one is not in the history yet");
}

static enum status
override_run(struct liverun *l, const struct override *o, const char *via, const char *link,
             struct err *err)
{
    bool        was_over = l->run.state == RUN_ENDED;
    enum status s = may_act(l, err);

    if (s)
        return s;
    note_jump(l);
    if (!run_override(&l->run, o, wall(l)))
        return err_set(err, STATUS_CONFLICT, "the run has ended (%s)", l->run.end_cause);
    (void)run_decide(&l->run, wall(l));
    if (!was_over && l->run.state == RUN_ENDED)
        stop_ticking(l);
    counter_add(&l->app->meters->acts[o->action], 1);
    record_act(l, override_text(o->action), o, via, link);
    return STATUS_OK;
}

enum status
liverun_override(struct liverun *l, const struct override *o, const char *via, struct err *err)
{
    return override_run(l, o, via, "", err);
}

enum status
liverun_override_by_link(struct liverun *l, const struct override *o, const char *link,
                         struct err *err)
{
    return override_run(l, o, "link", link, err);
}

enum status
liverun_end_by_hand(struct liverun *l, const struct override *o, const char *via, struct err *err)
{
    enum status s = may_act(l, err);

    if (s)
        return s;
    if (l->run.state == RUN_ENDED)
        return err_set(err, STATUS_CONFLICT, "the run has ended (%s)", l->run.end_cause);
    run_end(&l->run, "by_hand", wall(l));
    stop_ticking(l);
    counter_add(&l->app->meters->ended_by_hand, 1);
    record_act(l, "end", o, via, "");
    return STATUS_OK;
}

bool
liverun_sweep(struct liverun *l)
{
    int64_t     now = wall(l);
    const char *over;

    note_jump(l);
    over = run_expired(&l->run, now);
    if (over)
        liverun_end(l, over);
    recorder_waits(l->recorder, longhold_ms(&l->run, &l->app->config->daemon.waits, now),
                   l->base_ms);
    /* Who waits for the end to be durable is told how that ended. */
    if (l->run.state != RUN_ENDED || run_still_told(&l->run, now) ||
        recorder_is_waited_for(l->recorder))
        return false;
    /* A revision that a newer one replaced is not started again by a caller
     * that has not noticed yet. */
    return strcmp(l->run.end_cause, "new_revision") != 0 || now - l->run.ended_ms >= RUN_IDLE_MS;
}

void
liverun_publish(struct liverun *l)
{
    recorder_publish(l->recorder);
}
