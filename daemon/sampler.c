#include "daemon/sampler.h"

#include "base/heap.h"
#include "base/log.h"
#include "daemon/limitvalues.h"
#include "daemon/snapshotread.h"

#include <stdio.h>
#include <stdlib.h>

struct sampler {
    struct upstream         *source;
    struct run              *run;
    struct ledger           *ledger;
    struct text              expression;
    struct preset_service    asked; /* its texts live in names */
    struct arena             names;
    struct upstream_query   *query;  /* under way, or NULL */
    struct arena             arena;  /* of its reply */
    struct promclient_answer answer; /* what came; it outlives the query, its reply is the next */
    struct promreply         reply;
    struct limitvalues      *limits; /* asked beside it; NULL: the policy has none */
    struct interval         *interval;
    int64_t                  at_ms;
    sampler_fn               done;
    void                    *ctx;
    bool                     gone; /* freed while a query was under way */
};

enum status
sampler_new(struct upstream *source, const struct target *t, struct run *run, struct sampler **out,
            struct err *err)
{
    struct preset_service ps = target_preset(t);
    struct ledger_arms    arms;
    struct sampler       *s = heap_new(1, sizeof *s);
    enum status           st;

    text_init(&s->expression, PRESET_MAX_BYTES);
    st = preset_expression(&ps, &s->expression, err);
    if (!st && run)
        st = limitvalues_new(source, t, run->policy, run->who.id, &s->limits, err);
    if (st) {
        text_release(&s->expression);
        free(s);
        return st;
    }
    memcpy(arms.canary, t->canary, sizeof arms.canary);
    memcpy(arms.baseline, t->baseline, sizeof arms.baseline);
    s->asked = preset_copy(&s->names, &ps);
    s->ledger = ledger_new(&arms);
    if (run)
        ledger_monitor(s->ledger, run->judgement.watched);
    s->interval = heap_new(1, sizeof *s->interval);
    s->source = source;
    s->run = run;
    *out = s;
    return STATUS_OK;
}

static void
release(struct sampler *s)
{
    ledger_free(s->ledger);
    limitvalues_free(s->limits);
    arena_release(&s->arena);
    arena_release(&s->names);
    text_release(&s->expression);
    free(s->interval);
    free(s);
}

void
sampler_free(struct sampler *s)
{
    if (!s)
        return;
    if (!sampler_busy(s)) {
        release(s);
        return;
    }
    s->gone = true;
    if (s->query)
        upstream_cancel(s->query);
    if (s->limits)
        limitvalues_cancel(s->limits);
}

/* What a failed question means for the run.  A source that is there but says
 * no is told from one that is not there: the first is somebody's mistake. */
static enum verdict_reason
reason_of(const struct promclient_answer *a)
{
    static const enum verdict_reason by_status[STATUS_COUNT] = {
        [STATUS_UNREACHABLE] = REASON_SOURCE_UNREACHABLE,
        [STATUS_TIMEOUT] = REASON_SOURCE_UNREACHABLE,
        [STATUS_BUSY] = REASON_SOURCE_UNREACHABLE,
        [STATUS_CANCELLED] = REASON_SOURCE_UNREACHABLE,
        [STATUS_LIMIT] = REASON_TOO_MANY_SERIES,
    };

    if (a->status == STATUS_REFUSED && (a->http_code >= 500 || a->http_code == 429))
        return REASON_SOURCE_UNREACHABLE;
    return by_status[a->status] != REASON_NONE ? by_status[a->status] : REASON_SOURCE_ERROR;
}

static enum sampler_outcome
blind(struct sampler *s, enum verdict_reason why, const char *detail)
{
    if (!s->run)
        return SAMPLER_BLIND;
    if (s->run->blind != why)
        log_event(LOG_LEVEL_WARN, "blind", log_text("run", s->run->who.id),
                  log_text("source", upstream_name(s->source)),
                  log_text("reason", verdict_reason_text(why)), log_text("detail", detail));
    run_blind(s->run, why, detail);
    return SAMPLER_BLIND;
}

static enum sampler_outcome
take_in(struct sampler *s, const struct promreply *reply)
{
    static const enum sampler_outcome outcomes[] = {
        [LEDGER_ORIGIN] = SAMPLER_ORIGIN,
        [LEDGER_OPEN] = SAMPLER_OPEN,
        [LEDGER_CLOSED] = SAMPLER_CLOSED,
        [LEDGER_IGNORED] = SAMPLER_IGNORED,
    };
    struct snapshot     snap;
    struct ledger_sight sight;
    enum ledger_outcome outcome;
    enum verdict_reason why = REASON_SOURCE_ERROR;
    struct err          err = {0};

    if (snapshotread_reply(&s->arena, reply, &s->asked, s->at_ms, &snap, &err))
        return blind(s, REASON_SOURCE_ERROR, err.text);
    if (ledger_apply(s->ledger, &snap, &outcome, s->interval, &sight, &why, &err))
        return blind(s, why, err.text);
    if (s->run)
        run_sighted(s->run, &sight, s->at_ms);
    if (outcome == LEDGER_CLOSED && s->limits)
        limitvalues_put(s->limits, s->interval);
    if (outcome == LEDGER_CLOSED && s->run && !run_interval(s->run, s->interval))
        return SAMPLER_OPEN;
    return outcomes[outcome];
}

static void
warn_partial(const struct sampler *s, const struct promreply *reply)
{
    if (reply->n_warnings)
        log_event(LOG_LEVEL_WARN, "source_warns", log_text("source", upstream_name(s->source)),
                  log_int("warnings", (int64_t)reply->n_warnings),
                  log_slice("first", reply->warnings[0]));
}

/* When the last of the snapshot and the limits' values has come. */
static void
settle(struct sampler *s)
{
    const struct promclient_answer *a = &s->answer;
    enum sampler_outcome            outcome;

    if (sampler_busy(s))
        return;
    if (s->gone) {
        release(s);
        return;
    }
    if (a->status) {
        outcome = blind(s, reason_of(a), a->err.text);
    } else {
        warn_partial(s, a->reply);
        outcome = take_in(s, a->reply);
    }
    arena_release(&s->arena);
    s->done(s->ctx, outcome, outcome == SAMPLER_CLOSED ? s->interval : NULL);
}

static void
on_answer(void *ctx, const struct promclient_answer *a)
{
    struct sampler *s = ctx;

    s->query = NULL;
    s->answer = *a;
    if (a->reply) {
        s->reply = *a->reply; /* what it points to is in our arena */
        s->answer.reply = &s->reply;
    }
    /* Without a snapshot no interval closes that could take values. */
    if (a->status && s->limits)
        limitvalues_cancel(s->limits);
    settle(s);
}

static void
on_limits(void *ctx)
{
    settle(ctx);
}

void
sampler_take(struct sampler *s, int64_t at_ms, sampler_fn done, void *ctx)
{
    struct promclient_question q = {.expr = text_slice(&s->expression),
                                    .at_ms = at_ms,
                                    .timeout_ms = upstream_config(s->source)->timeout_ms,
                                    .arena = &s->arena};

    s->at_ms = at_ms;
    s->done = done;
    s->ctx = ctx;
    s->query = upstream_ask(s->source, &q, on_answer, s);
    if (s->limits)
        limitvalues_ask(s->limits, at_ms, on_limits, s);
}

bool
sampler_busy(const struct sampler *s)
{
    return s->query != NULL || (s->limits && limitvalues_busy(s->limits));
}

struct slice
sampler_expression(const struct sampler *s)
{
    return text_slice(&s->expression);
}
