#include "daemon/toldline.h"

static const enum series told[] = {SERIES_VERDICT, SERIES_STEP_VERDICT};

static bool
ages(enum verdict v)
{
    return v == VERDICT_PASS || v == VERDICT_FAIL;
}

void
toldline_begin(struct toldline *t, struct verdictcolumns *c, const struct runcatalog_run *run,
               const struct verdictcolumns_set *set, int64_t apart_ms, int64_t fill_ms,
               int64_t next_ms, int64_t now_ms)
{
    *t = (struct toldline){.c = c,
                           .run = run,
                           .set = *set,
                           .carry_ms = apart_ms + TOLDLINE_CARRY_MS,
                           .fill_ms = fill_ms,
                           .next_ms = next_ms,
                           .now_ms = now_ms,
                           .is = {VERDICT_HOLD, VERDICT_HOLD, REASON_STARTING, true},
                           .at_ms = run->started_ms};
}

static struct verdictcolumn *
reason_column(struct toldline *t)
{
    struct verdictcolumns_set set = t->set;

    set.value[VERDICTCOLUMNS_VERDICT] =
        verdictcolumns_symbol(t->c, slice_of(verdict_text(t->is.promote)));
    set.value[VERDICTCOLUMNS_REASON] =
        verdictcolumns_symbol(t->c, slice_of(verdict_reason_text(t->is.reason)));
    return verdictcolumns_of(t->c, SERIES_VERDICT_REASON, set, false);
}

static void
put_all(struct toldline *t, int64_t at_ms)
{
    struct verdictcolumn *why = reason_column(t);

    verdictcolumns_put(t->c, verdictcolumns_of(t->c, SERIES_VERDICT, t->set, false), at_ms,
                       series_verdict(t->is.promote));
    verdictcolumns_put(t->c, verdictcolumns_of(t->c, SERIES_STEP_VERDICT, t->set, false), at_ms,
                       series_verdict(t->is.step));
    if (t->reason && t->reason != why)
        verdictcolumns_end(t->c, t->reason, at_ms);
    verdictcolumns_put(t->c, why, at_ms, 1);
    t->reason = why;
}

/* First filled time at or after t_ms within [from, ...). */
static int64_t
skip_to(int64_t from_ms, int64_t least_ms, int64_t step_ms)
{
    return from_ms >= least_ms ? from_ms
                               : from_ms + (least_ms - from_ms + step_ms - 1) / step_ms * step_ms;
}

/* What is told from at_ms on, up to, and not at, to_ms. */
static void
carry(struct toldline *t, int64_t to_ms)
{
    int64_t from_ms = t->at_ms;

    if ((ages(t->is.promote) || ages(t->is.step)) && t->valid_ms < to_ms) {
        for (int64_t at = skip_to(from_ms, t->c->min_ms, t->fill_ms); at <= t->valid_ms;
             at += t->fill_ms)
            put_all(t, at);
        if (ages(t->is.promote)) {
            t->is.promote = VERDICT_HOLD;
            t->is.reason = REASON_STALE_DATA;
        }
        if (ages(t->is.step))
            t->is.step = VERDICT_HOLD;
        from_ms = t->valid_ms + 1;
    }
    for (int64_t at = skip_to(from_ms, t->c->min_ms, t->fill_ms); at < to_ms && at <= t->c->max_ms;
         at += t->fill_ms)
        put_all(t, at);
    t->at_ms = to_ms;
}

void
toldline_point(struct toldline *t, int64_t at_ms, const struct point *p)
{
    if (t->run->ended_ms && at_ms >= t->run->ended_ms && p->promote != VERDICT_ABORT)
        return; /* that the run has ended is no verdict */
    carry(t, at_ms);
    t->is = (struct toldline_now){p->promote, p->step, p->reason, true};
    t->at_ms = at_ms;
    t->valid_ms = at_ms + t->carry_ms;
}

static void
end_all(struct toldline *t, int64_t at_ms)
{
    if (at_ms < t->next_ms)
        for (size_t i = 0; i < ARRAY_LEN(told); i++)
            verdictcolumns_end(t->c, verdictcolumns_of(t->c, told[i], t->set, false), at_ms);
    verdictcolumns_end(t->c, t->reason, at_ms);
}

/* An abort is told for an hour after its run, unless a person cleared it. */
static int64_t
told_until(const struct toldline *t)
{
    int64_t until_ms = t->run->ended_ms;

    if (t->is.promote == VERDICT_ABORT &&
        !slice_is(symbols_text(t->c->symbols, t->run->cause), "cleared"))
        until_ms += RUN_TOLD_MS;
    return until_ms < t->next_ms ? until_ms : t->next_ms;
}

int64_t
toldline_end(struct toldline *t, const struct toldline_now *live)
{
    int64_t until_ms = t->run->ended_ms ? told_until(t) : INT64_MAX;

    if (until_ms <= t->now_ms) {
        carry(t, until_ms);
        end_all(t, until_ms);
        return until_ms;
    }
    carry(t, t->now_ms);
    if (live->known)
        t->is = *live;
    else if (ages(t->is.promote))
        t->is = (struct toldline_now){VERDICT_HOLD, VERDICT_HOLD, REASON_STALE_DATA, true};
    put_all(t, t->now_ms);
    return t->now_ms + 1;
}

void
toldline_idle(struct verdictcolumns *c, const struct verdictcolumns_set *set, int64_t fill_ms,
              int64_t from_ms, int64_t to_ms, bool ends)
{
    for (size_t i = 0; i < ARRAY_LEN(told); i++) {
        struct verdictcolumn *idle;

        if (to_ms < c->min_ms || from_ms > c->max_ms)
            return;
        idle = verdictcolumns_of(c, told[i], *set, true);
        verdictcolumns_put(c, idle, from_ms > c->min_ms ? from_ms : c->min_ms, 0);
        for (int64_t at = skip_to(from_ms, c->min_ms, fill_ms); at < to_ms && at <= c->max_ms;
             at += fill_ms)
            verdictcolumns_put(c, idle, at, 0);
        if (ends)
            verdictcolumns_end(c, idle, to_ms);
        else
            verdictcolumns_put(c, idle, to_ms, 0);
    }
}
