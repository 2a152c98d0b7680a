#include "daemon/playback.h"

#include "analyzer/runplayer.h"
#include "analyzer/runstate.h"
#include "base/heap.h"
#include "daemon/policytext.h"
#include "daemon/runrow.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    STATE_BYTES = 1 << 20,
    PAGE = 500,
    /* A verdict is stored a moment after it was decided. */
    LATER_MS = 2000,
};

/* An answer that was another one than before. */
struct turn {
    int64_t            at_ms;
    struct view_answer answer;
};

struct playing {
    struct playback *out;
    struct arena     arena; /* policy, turns, and the row's bytes */
    struct policy    policy;
    struct run       stored, run;
    struct slice     state, heard; /* of the row */
    struct runplayer player;
    struct interval  interval;
    int64_t          next_ms; /* of the next page */
    uint32_t         rows;
    VEC(struct turn) turns;
    struct view_answer promote, step; /* as of the last decision */
    enum status        status;
    struct err        *err;
    playback_fn        watch; /* NULL: nobody does */
    void              *watch_ctx;
};

static struct slice
keep(struct arena *a, struct slice s)
{
    char *p = arena_alloc(a, s.n ? s.n : 1);

    if (s.n)
        memcpy(p, s.p, s.n);
    return (struct slice){p, s.n};
}

static void
note_turn(struct playing *p, struct view_answer *before, const struct view_answer *now,
          int64_t at_ms)
{
    if (before->verdict == now->verdict && before->reason == now->reason && p->turns.n)
        return;
    VEC_PUSH(&p->arena, &p->turns, (struct turn){.at_ms = at_ms, .answer = *now});
    *before = *now;
}

static void
on_decided(void *ctx, const struct run *run, int64_t now_ms)
{
    struct playing *p = ctx;

    note_turn(p, &p->promote, &run->promote, now_ms);
    note_turn(p, &p->step, &run->step, now_ms);
}

static bool
take_row(void *ctx, const struct record_run *row)
{
    struct playing *p = ctx;
    int64_t         base_ms;

    p->status = policytext_read(keep(&p->arena, row->policy_text), &p->arena, &p->policy, p->err);
    if (p->status)
        return false;
    p->state = keep(&p->arena, row->state_blob);
    p->heard = keep(&p->arena, row->heard);
    p->status = runrow_unpack(p->state, &p->policy, &p->stored, &base_ms, p->err);
    return false;
}

static bool
take_interval(void *ctx, const struct record_interval *row)
{
    struct playing *p = ctx;

    p->rows++;
    p->next_ms = row->end_ms + 1;
    p->status = interval_unpack(row->row, &p->interval, p->err);
    if (p->status == STATUS_OK && !row->heard.n)
        p->status = err_set(p->err, STATUS_NO_DATA,
                            "an interval has no log beside it: it was stored by an older version");
    if (p->status == STATUS_OK)
        p->status = runplayer_play(&p->player, row->heard, &p->interval, p->err);
    if (p->status == STATUS_OK && p->watch)
        p->watch(p->watch_ctx, &p->interval, &p->run);
    return p->status == STATUS_OK;
}

static enum status
play_intervals(struct playing *p, struct reader *r, const char *id)
{
    enum status s = STATUS_OK;

    do {
        p->rows = 0;
        s = reader_intervals(r, id, p->next_ms, PAGE, take_interval, p, p->err);
    } while (s == STATUS_OK && p->status == STATUS_OK && p->rows == PAGE);
    return s ? s : p->status;
}

static void
compare_state(struct playing *p)
{
    struct text  again;
    struct slice was;
    size_t       at = 0;
    int64_t      base_ms;

    text_init(&again, STATE_BYTES);
    runstate_pack(&p->run, &again);
    was = runrow_state(p->state, &base_ms);
    p->out->state_bytes = was.n;
    p->out->same_state = was.n == again.n;
    for (at = 0; at < was.n && at < again.n && was.p[at] == again.p[at];)
        at++;
    if (at < was.n || at < again.n)
        p->out->same_state = false;
    p->out->differs_at = at;
    text_release(&again);
}

static bool
take_verdict(void *ctx, const struct record_verdict *v)
{
    struct playing *p = ctx;

    p->out->verdicts++;
    for (size_t i = 0; i < p->turns.n; i++) {
        const struct turn *t = &p->turns.at[i];

        if (t->answer.verdict == v->verdict && t->answer.reason == v->reason &&
            v->at_ms >= t->at_ms && v->at_ms - t->at_ms <= LATER_MS &&
            slice_is(v->message, t->answer.message)) {
            p->out->found++;
            return true;
        }
    }
    snprintf(p->out->missing, sizeof p->out->missing, "%s (%s): %.*s", verdict_text(v->verdict),
             verdict_reason_text(v->reason), SLICE_ARG(v->message));
    return true;
}

static enum status
compare_verdicts(struct playing *p, struct reader *r, const char *id)
{
    struct reader_filter f = {.state = READER_ANY, .verdict = READER_ANY, .limit = PAGE};

    memcpy(f.run, id, sizeof f.run);
    return reader_verdicts(r, &f, take_verdict, p, p->err);
}

static enum status
play_all(struct playing *p, struct reader *r, const char *id)
{
    enum status s = reader_run(r, id, take_row, p, p->err);

    if (s == STATUS_OK)
        s = p->status;
    if (s)
        return s;
    p->run.policy = &p->policy;
    p->player.run = &p->run;
    p->player.who = &p->stored.who;
    return play_intervals(p, r, id);
}

static enum status
play(struct playing *p, struct reader *r, const char *id)
{
    enum status s;

    p->player.decided = on_decided;
    p->player.ctx = p;
    s = play_all(p, r, id);
    if (s == STATUS_OK)
        s = runplayer_play(&p->player, p->heard, NULL, p->err);
    if (s)
        return s;
    p->out->intervals = p->player.intervals;
    p->out->events = p->player.events;
    p->out->answer = p->run.promote;
    compare_state(p);
    return compare_verdicts(p, r, id);
}

enum status
playback_run(struct reader *r, const char *id, struct playback *out, struct err *err)
{
    struct playing *p = heap_new(1, sizeof *p);
    enum status     s;

    *out = (struct playback){0};
    p->out = out;
    p->err = err;
    s = play(p, r, id);
    arena_release(&p->arena);
    free(p);
    return s;
}

enum status
playback_watch(struct reader *r, const char *id, playback_fn fn, void *ctx, struct err *err)
{
    struct playing *p = heap_new(1, sizeof *p);
    enum status     s;

    p->err = err;
    p->watch = fn;
    p->watch_ctx = ctx;
    s = play_all(p, r, id);
    arena_release(&p->arena);
    free(p);
    return s;
}

static struct run_identity
identity_of(const struct record_run *row)
{
    struct run_identity who = {.attempt = row->attempt};

    memcpy(who.id, row->id, sizeof who.id);
    snprintf(who.service, sizeof who.service, "%.*s", SLICE_ARG(row->service));
    snprintf(who.ns, sizeof who.ns, "%.*s", SLICE_ARG(row->ns));
    snprintf(who.source, sizeof who.source, "%.*s", SLICE_ARG(row->source));
    snprintf(who.canary, sizeof who.canary, "%.*s", SLICE_ARG(row->canary));
    snprintf(who.baseline, sizeof who.baseline, "%.*s", SLICE_ARG(row->baseline));
    snprintf(who.key, sizeof who.key, "%.*s", SLICE_ARG(row->key));
    snprintf(who.revision, sizeof who.revision, "%.*s", SLICE_ARG(row->revision));
    return who;
}

enum status
playback_into(struct reader *r, const struct record_run *row, const struct policy *policy,
              struct run *out, struct err *err)
{
    struct playing     *p = heap_new(1, sizeof *p);
    struct run_identity who = identity_of(row);
    enum status         s;

    *out = (struct run){.policy = policy};
    p->err = err;
    p->player = (struct runplayer){.run = out, .who = &who};
    s = play_intervals(p, r, row->id);
    if (s == STATUS_OK)
        s = runplayer_play(&p->player, row->heard, NULL, err);
    if (s == STATUS_OK && !p->player.events)
        s = err_set(err, STATUS_NO_DATA, "the history does not have what the run was told");
    free(p);
    return s;
}

bool
playback_same(const struct playback *p)
{
    return p->same_state && p->found == p->verdicts;
}
