#include "daemon/selfsample.h"

#include "base/heap.h"
#include "daemon/embeddedset.h"
#include "daemon/gatewaits.h"
#include "daemon/longhold.h"
#include "daemon/meters.h"
#include "daemon/outbox.h"
#include "daemon/runs.h"

#include <stdio.h>
#include <stdlib.h>

struct take {
    const struct app  *app;
    struct selfsample *s;
    int64_t            now_ms;
};

static void
note_blind(struct selfsample *s, enum verdict_reason why)
{
    static const enum verdict_reason told[] = {SELFSAMPLE_BLIND};
    size_t                           i = 0;

    _Static_assert(ARRAY_LEN(told) == SELFSAMPLE_N_BLIND, "a place for each reason");
    if (why == REASON_NONE)
        return;
    while (i < ARRAY_LEN(told) - 1 && told[i] != why)
        i++;
    s->blind[i]++;
}

/* A run without a snapshot has waited for one since it began. */
static void
note_snapshot(struct selfsample *s, const struct run *r, int64_t now_ms)
{
    int64_t age_ms = now_ms - (r->snapshot_ms ? r->snapshot_ms : r->started_ms);

    for (size_t i = 0; i < s->n_sources; i++)
        if (strcmp(s->source[i].meter->name, r->who.source) == 0 &&
            age_ms > s->source[i].snapshot_age_ms)
            s->source[i].snapshot_age_ms = age_ms;
}

static void
note_run(void *ctx, const struct run *r)
{
    struct take       *t = ctx;
    struct selfsample *s = t->s;
    int64_t            held_ms = r->hold_since_ms ? t->now_ms - r->hold_since_ms : 0;

    if (r->state == RUN_ENDED)
        return;
    s->runs[r->state][r->promote.verdict]++;
    note_blind(s, r->blind);
    note_snapshot(s, r, t->now_ms);
    if (r->promote.verdict == VERDICT_HOLD && held_ms > s->hold_longest_ms)
        s->hold_longest_ms = held_ms;
    s->runs_waiting += longhold_ms(r, &t->app->config->daemon.waits, t->now_ms) > 0;
}

static void
take_sources(struct take *t)
{
    const struct app    *app = t->app;
    const struct config *c = app->config;
    int64_t              mono_ms = clock_mono_ms(app->world.clock);
    struct selfsample   *s = t->s;

    s->source = heap_new(c->n_sources + 1, sizeof *s->source);
    s->embedded = heap_new(c->n_sources + 1, sizeof *s->embedded);
    for (size_t i = 0; i < c->n_sources; i++) {
        const char             *name = c->sources[i].name, *detail;
        const struct upstream  *u = hash_get(&app->sources, slice_of(name));
        struct embedded        *e = embeddedset_find(app->embedded, name);
        struct promclient_stats ask;

        if (e) {
            struct selfsample_embedded *to = &s->embedded[s->n_embedded++];

            snprintf(to->name, sizeof to->name, "%s", name);
            to->stats = tsdb_stats(embedded_tsdb(e));
        }
        if (!u)
            continue;
        ask = upstream_stats(u);
        s->source[s->n_sources++] = (struct selfsample_source){
            .meter = meters_source(app->meters, name),
            .up = upstream_health(u, mono_ms, &detail),
            .in_flight = (uint64_t)ask.in_flight + ask.queued + ask.backing_off};
    }
}

static void
note_target(void *ctx, const char *name, const struct record_notice_count *count)
{
    struct selfsample        *s = ctx;
    struct selfsample_target *to;

    s->target = heap_grow(s->target, s->n_targets + 1, sizeof *s->target);
    to = &s->target[s->n_targets++];
    *to = (struct selfsample_target){.waiting = count->waiting,
                                     .dead = count->dead,
                                     .told = count->told,
                                     .dropped = count->dropped};
    snprintf(to->name, sizeof to->name, "%s", name);
}

struct selfsample *
selfsample_take(const struct app *app)
{
    struct selfsample *s = heap_new(1, sizeof *s);
    struct take        t = {.app = app, .s = s, .now_ms = clock_wall_ms(app->world.clock)};

    atomic_init(&s->refs, 1);
    take_sources(&t);
    runs_each(app->runs, note_run, &t);
    s->gates_waiting = app->gatewaits ? gatewaits_count(app->gatewaits) : 0;
    outbox_each(app->outbox, note_target, s);
    s->ingest = embeddedset_ingest(app->embedded);
    if (app->remotewriter)
        s->remote_write = remotewriter_stats(app->remotewriter);
    return s;
}

struct selfsample *
selfsample_ref(struct selfsample *s)
{
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return s;
}

void
selfsample_unref(struct selfsample *s)
{
    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1)
        return;
    free(s->source);
    free(s->embedded);
    free(s->target);
    free(s);
}
