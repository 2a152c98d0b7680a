#include "webhooks/flagger.h"

#include "base/jsonout.h"
#include "base/log.h"
#include "webhooks/viewjson.h"

#include <stdio.h>

/* Go on or not, and what is said with it. */
struct outcome {
    bool               needs_change;
    enum port_change   change;
    int                code;
    struct view_answer a;
};

static const struct hook {
    const char *text, *gate;
} hooks[FLAGGER_COUNT] = {
#define HOOK(name, text) [FLAGGER_##name] = {text, "flagger/" text},
#include "webhooks/flagger.def"
#undef HOOK
};

const char *
flagger_gate(enum flagger_hook h)
{
    return hooks[h].gate;
}

static struct outcome
told_with(int code, struct view_answer a)
{
    return (struct outcome){.code = code, .a = a};
}

static struct outcome
after(enum port_change change)
{
    return (struct outcome){.needs_change = true, .change = change};
}

static bool
was_made(const struct ask_facts *f, enum port_change c)
{
    return f->made & 1u << (unsigned)c;
}

static bool
is_live(const struct verdict_view *v)
{
    return v && v->state != VIEW_ENDED;
}

/* Over the rate what happens once in a run is still done: it ends, it is promoted. */
static bool
can_change(const struct ask_facts *f, enum port_change c)
{
    bool once = c == PORT_CONFIRM_SEEN || c == PORT_PROMOTION_TOLD || c == PORT_END;

    return !f->busy && !was_made(f, c) && (!f->over_rate || (once && is_live(f->view)));
}

static enum verdict_reason
why_no_change(const struct ask_facts *f)
{
    return f->busy || !f->over_rate ? REASON_STORE_BUSY : REASON_OVER_RATE;
}

static struct view_answer
hold(enum verdict_reason reason, const char *message)
{
    struct view_answer a = {.verdict = VERDICT_HOLD, .reason = reason};

    snprintf(a.message, sizeof a.message, "%s", *message ? message : verdict_reason_help(reason));
    view_clean(a.message);
    return a;
}

/* What no later request mends: the labels or the telemetry are wrong.  A canary
 * that is not there yet cannot be told from one under the baseline's label. */
static bool
is_misconfigured(const struct verdict_view *v, enum verdict_reason r)
{
    return (r == REASON_VERSIONS_INDISTINGUISHABLE && v->canary_seen) ||
           r == REASON_NO_INSTANCE_LABEL || r == REASON_BUCKETS_DIFFER ||
           r == REASON_TOO_MANY_SERIES;
}

/* confirm-rollout and pre-rollout.  The checksum of confirm-rollout is still
 * the one of the release before (Flagger writes lastAppliedSpec later), so an
 * ended run says nothing about this one. */
static struct outcome
preflight(const struct verdict_view *v, const struct view_answer *told)
{
    if (v && v->state != VIEW_ENDED) {
        const struct view_answer *a =
            is_misconfigured(v, v->promote.reason) ? &v->promote : &v->step;

        if (is_misconfigured(v, a->reason))
            return told_with(412, *a);
        if (is_misconfigured(v, v->checks[CHECK_DATA].reason))
            return told_with(412, hold(v->checks[CHECK_DATA].reason, ""));
    }
    return told_with(200, *told);
}

static struct outcome
rollout(const struct question *q, const struct verdict_view *v, const struct view_answer *a)
{
    bool go = false;

    switch (a->verdict) {
    case VERDICT_PASS:
        go = true;
        break;
    case VERDICT_HOLD:
        go = q->on_hold_continue || (v && v->confirm_seen);
        break;
    case VERDICT_FAIL:
    case VERDICT_ABORT:
    case VERDICT_COUNT:
        break;
    }
    return told_with(go ? 200 : 409, *a);
}

/* At weight 0 there is no canary traffic and never will be, unless the first
 * step goes on without.  Requests that it had are the last of another revision's,
 * which ran in the same workload, unless its weight is known to be more. */
static bool
waits_for_first_step(const struct verdict_view *v, const struct view_answer *a)
{
    return a->verdict == VERDICT_HOLD && (!v->canary_seen || !(v->weight > 0)) &&
           (a->reason == REASON_NO_TRAFFIC || a->reason == REASON_NO_BASELINE);
}

static struct outcome
traffic_increase(const struct verdict_view *v, const struct view_answer *a,
                 const struct ask_facts *f)
{
    int64_t since_ms;

    if (v && !v->confirm_seen && can_change(f, PORT_CONFIRM_SEEN))
        return after(PORT_CONFIRM_SEEN);
    if (a->verdict == VERDICT_PASS)
        return told_with(200, *a);
    if (!v || !waits_for_first_step(v, a))
        return told_with(409, *a);
    if (f->granted && was_made(f, PORT_FIRST_STEP))
        return told_with(200, hold(REASON_NO_TRAFFIC, "the first step goes on without canary "
                                                      "traffic, once"));
    if (v->first_step_mono_ms == 0) {
        if (can_change(f, PORT_FIRST_STEP))
            return after(PORT_FIRST_STEP);
        return told_with(409, f->busy || f->over_rate ? hold(why_no_change(f), "") : *a);
    }
    since_ms = f->now_mono_ms - v->first_step_mono_ms;
    if (since_ms >= 0 && since_ms <= FLAGGER_REPEAT_MS)
        return told_with(200, hold(REASON_NO_TRAFFIC, "the first step was granted just now"));
    return told_with(409, hold(REASON_NO_TRAFFIC, "the first step was granted without canary "
                                                  "traffic, and there still is none"));
}

/* Blue-green asks twice, and once all traffic is on the canary there is no
 * baseline left to compare with: what was told stays, unless something bad
 * came since (then the view no longer says promotion_told). */
static struct outcome
promotion(const struct verdict_view *v, const struct view_answer *a, const struct ask_facts *f)
{
    bool bad = a->verdict == VERDICT_FAIL || a->verdict == VERDICT_ABORT;

    if (v && !v->confirm_seen && can_change(f, PORT_CONFIRM_SEEN))
        return after(PORT_CONFIRM_SEEN);
    if (!v || bad)
        return told_with(409, *a);
    /* Of a run that another revision ended nothing stays: Flagger may come back to it. */
    if (v->promotion_told && is_live(v))
        return told_with(200, *a);
    if (a->verdict != VERDICT_PASS)
        return told_with(409, *a);
    if (can_change(f, PORT_PROMOTION_TOLD))
        return after(PORT_PROMOTION_TOLD);
    if (f->granted && was_made(f, PORT_PROMOTION_TOLD))
        return told_with(200, *a);
    return told_with(409, hold(why_no_change(f), ""));
}

/* Inverted: 200 rolls back.  Everything that is not a known abort is 409. */
static struct outcome
rollback(const struct verdict_view *v, const struct view_answer *a, const struct ask_facts *f)
{
    struct view_answer abort = *a;
    int64_t            failing_ms;

    if (!v)
        return told_with(409, *a);
    if (a->verdict == VERDICT_ABORT)
        return told_with(200, *a);
    if (a->verdict != VERDICT_FAIL || v->fail_since_mono_ms == 0)
        return told_with(409, *a);
    failing_ms = f->now_mono_ms - v->fail_since_mono_ms;
    if (failing_ms < v->fail_after_ms)
        return told_with(409, *a);
    abort.verdict = VERDICT_ABORT;
    return told_with(200, abort);
}

/* post-rollout: 200 whatever comes of it, and it says what. */
static struct outcome
end(const struct verdict_view *v, const struct view_answer *a, const struct ask_facts *f)
{
    if (can_change(f, PORT_END))
        return after(PORT_END);
    if (was_made(f, PORT_END) || !is_live(v))
        return told_with(200, *a);
    return told_with(200, hold(why_no_change(f), "the end was not taken, too much is asked at "
                                                 "once: the run ends by itself when nobody asks"));
}

/* What each hook makes of a view, or of none (then a is the hold that says
 * why). */
static struct outcome
judge(const struct question *q, enum flagger_hook hook, const struct verdict_view *v,
      const struct view_answer *blind, const struct ask_facts *f)
{
    struct view_answer step = v ? viewjson_answer(v, QUESTION_STEP, f->now_mono_ms) : *blind;
    struct view_answer promote = v ? viewjson_answer(v, QUESTION_PROMOTE, f->now_mono_ms) : *blind;

    switch (hook) {
    case FLAGGER_CONFIRM_ROLLOUT:
    case FLAGGER_PRE_ROLLOUT:
        return preflight(v, &step);
    case FLAGGER_ROLLOUT:
        return rollout(q, v, q->stage == QUESTION_STEP ? &step : &promote);
    case FLAGGER_CONFIRM_TRAFFIC_INCREASE:
        return traffic_increase(v, &step, f);
    case FLAGGER_CONFIRM_PROMOTION:
        return promotion(v, &promote, f);
    case FLAGGER_ROLLBACK:
        return rollback(v, &promote, f);
    case FLAGGER_POST_ROLLOUT:
        return end(v, &promote, f);
    case FLAGGER_EVENT:
        return told_with(202, hold(REASON_NONE, "event noted"));
    case FLAGGER_COUNT:
        break;
    }
    return told_with(409, *blind);
}

/* The code where the service, its configuration or the run does not take the
 * question. */
static int
refusal(enum flagger_hook hook, bool unknown_service)
{
    switch (hook) {
    case FLAGGER_CONFIRM_ROLLOUT:
    case FLAGGER_PRE_ROLLOUT:
        return unknown_service ? 409 : 412;
    case FLAGGER_ROLLOUT:
    case FLAGGER_CONFIRM_TRAFFIC_INCREASE:
    case FLAGGER_CONFIRM_PROMOTION:
    case FLAGGER_ROLLBACK:
    case FLAGGER_COUNT:
        break;
    case FLAGGER_POST_ROLLOUT:
        return 200;
    case FLAGGER_EVENT:
        return 202;
    }
    return 409;
}

static void
write_answer(const struct outcome *o, const struct verdict_view *v, struct answer *out,
             struct port_told *told)
{
    char           message[VIEW_MESSAGE_BYTES];
    struct jsonout j;

    snprintf(message, sizeof message, "%s",
             *o->a.message ? o->a.message : verdict_reason_help(o->a.reason));
    view_clean(message);

    out->close = true;
    told->verdict = o->a.verdict;
    told->reason = o->a.reason;
    if (v)
        memcpy(told->run, v->run, sizeof told->run);
    if (o->code >= 400) {
        answer_line(out, o->code, message);
    } else {
        answer_json(out, o->code);
        jsonout_init(&j, &out->body);
        jsonout_begin_object(&j, NULL);
        jsonout_text(&j, "verdict", verdict_text(o->a.verdict));
        jsonout_text(&j, "reason", verdict_reason_text(o->a.reason));
        jsonout_text(&j, "message", message);
        jsonout_text(&j, "id", v ? v->id : "");
        jsonout_end_object(&j);
    }
    if (v)
        snprintf(out->verdict_id, sizeof out->verdict_id, "%s", v->id);
}

/* Every hook but these two starts the run it asks about: confirm-rollout still
 * carries the last release's checksum, and an end needs no beginning. */
static bool
opens_run(enum flagger_hook h)
{
    return h != FLAGGER_CONFIRM_ROLLOUT && h != FLAGGER_POST_ROLLOUT && h != FLAGGER_EVENT;
}

/* The run is not the one to answer from: a new stage that it has not heard of,
 * or one that ended, tried again (a retry begins with pre-rollout). */
static bool
needs_open(enum flagger_hook h, const struct question *q, const struct ask_facts *f)
{
    if (!f->view)
        return opens_run(h);
    if (h == FLAGGER_PRE_ROLLOUT && f->view->state == VIEW_ENDED)
        return true;
    return (h == FLAGGER_ROLLOUT || h == FLAGGER_CONFIRM_TRAFFIC_INCREASE ||
            h == FLAGGER_CONFIRM_PROMOTION) &&
           ask_weight_is_new(q, f);
}

bool
flagger_decide(const struct question *q, int hook, const struct ask_facts *f,
               enum port_change *change, struct answer *out, struct port_told *told)
{
    enum flagger_hook   h = (enum flagger_hook)hook;
    struct err          err = {0};
    struct view_answer  blind;
    struct outcome      o;
    enum verdict_reason why = f->reason;

    if (f->lookup == PORT_UNKNOWN_SERVICE || f->lookup == PORT_BAD) {
        bool unknown = f->lookup == PORT_UNKNOWN_SERVICE;

        o = told_with(refusal(h, unknown),
                      hold(REASON_NONE, *f->why   ? f->why
                                        : unknown ? "this service is not known here"
                                                  : "the service does not take this question"));
        write_answer(&o, NULL, out, told);
        return true;
    }
    if (f->view && ask_fits(q, f->view, &err) && h != FLAGGER_POST_ROLLOUT) {
        o = told_with(refusal(h, false), hold(REASON_NONE, err.text));
        write_answer(&o, f->view, out, told);
        return true;
    }
    if (needs_open(h, q, f)) {
        if (can_change(f, PORT_OPEN)) {
            *change = PORT_OPEN;
            return false;
        }
        if (f->view && h != FLAGGER_PRE_ROLLOUT) {
            o = told_with(409, hold(why_no_change(f), ""));
            write_answer(&o, f->view, out, told);
            return true;
        }
    }
    if (why == REASON_NONE || (why == REASON_OVER_RATE && h == FLAGGER_POST_ROLLOUT))
        why = h == FLAGGER_CONFIRM_ROLLOUT ? REASON_STARTING
              : h == FLAGGER_POST_ROLLOUT  ? REASON_RUN_ENDED
                                           : REASON_STORE_BUSY;
    blind = hold(why, f->view ? "" : f->why);
    o = judge(q, h, f->view, &blind, f);
    if (o.needs_change) {
        *change = o.change;
        return false;
    }
    write_answer(&o, f->view, out, told);
    return true;
}

static void
event_taken(void *ctx, const struct port_reply *r)
{
    (void)ctx;
    (void)r;
}

/* Flagger waits for the answer before it does anything else: 202 at once, and
 * what becomes of the event shows in the history. */
static enum gates_when
take_event(const struct gates_call *c, const struct question *q, struct answer *out)
{
    struct outcome   o = told_with(202, hold(REASON_NONE, "event noted"));
    struct port_told told = {.question = q, .gate = flagger_gate(FLAGGER_EVENT)};

    if (!c->g->port->change(c->g->port->self, PORT_EVENT, q, event_taken, NULL))
        gates_warn(c->g, "event_lost", told.gate, 202, "the queue of changes is full");
    write_answer(&o, NULL, out, &told);
    return GATES_NOW;
}

static enum flagger_hook
find_hook(struct slice segment)
{
    enum flagger_hook h = 0;

    while (h < FLAGGER_COUNT && !slice_is(segment, hooks[h].text))
        h++;
    return h;
}

/* A value in the user's own metadata that is refused is a configuration that
 * is not understood. */
static int
bad_question_code(enum flagger_hook h, enum status s)
{
    bool pre = h == FLAGGER_CONFIRM_ROLLOUT || h == FLAGGER_PRE_ROLLOUT;

    return s == STATUS_RANGE && pre ? 412 : 400;
}

enum gates_when
flagger_handle(const struct gates_call *c, struct answer *out)
{
    enum flagger_hook h = find_hook(c->arg[0]);
    struct question   q;
    struct err        err = {0};
    char              near[64];
    enum status       s = question_from_flagger(c->req->body, &q, near, &err);
    /* What was not understood may lack a namespace. */
    bool allowed = s ? gates_may_somewhere(c, TOKEN_SCOPE_GATE, q.token, out)
                     : gates_may(c, TOKEN_SCOPE_GATE, slice_of(q.ns), q.token, out);

    question_forget_token(&q);
    if (!allowed)
        return GATES_NOW;
    if (h == FLAGGER_COUNT) {
        answer_line(out, 404, "no such hook: use the path that ends in the webhook's type");
        return GATES_NOW;
    }
    if (s) {
        answer_line(out, bad_question_code(h, s), err.text);
        gates_warn(c->g, "question_refused", flagger_gate(h), out->code, err.text);
        return GATES_NOW;
    }
    if (*near)
        gates_warn(c->g, "metadata_key_nearly_ours", flagger_gate(h), 0, near);
    if (h == FLAGGER_EVENT)
        return take_event(c, &q, out);
    return ask_start(c, &q, flagger_gate(h), (int)h, flagger_decide, out);
}
