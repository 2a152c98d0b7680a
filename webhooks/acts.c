#include "webhooks/acts.h"

#include "base/heap.h"
#include "base/json.h"
#include "base/jsonout.h"
#include "base/nearest.h"
#include "webhooks/link.h"
#include "webhooks/question.h"
#include "webhooks/viewjson.h"

#include <stdio.h>
#include <stdlib.h>

enum { JSON_DEPTH = 4 };

static const int64_t day_ms = INT64_C(24) * 3600 * 1000;

/* A text that goes into a sentence and into the log. */
static enum status
copy_text(json_t *body, const char *key, char *to, size_t bytes, struct err *err)
{
    struct slice s;
    struct err   other = {0};
    enum status  st = json_want_text(body, "", key, &s, &other);

    if (st == STATUS_SYNTAX)
        return err_set(err, st, "%s is no text", key);
    if (st || slice_trim(s).n == 0)
        return err_set(err, STATUS_SYNTAX, "%s is missing: every act has a name and a reason", key);
    if (s.n >= bytes)
        return err_set(err, STATUS_SYNTAX, "%s is longer than %zu bytes", key, bytes - 1);
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ')
            return err_set(err, STATUS_SYNTAX, "%s has a control character", key);
    memcpy(to, s.p, s.n);
    to[s.n] = '\0';
    return STATUS_OK;
}

static enum status
read_expires(json_t *body, int64_t now_ms, struct override *o, struct err *err)
{
    struct slice s;
    struct err   other = {0};
    int64_t      ms;
    enum status  st = json_want_text(body, "", "expires", &s, &other);
    bool         needed = o->action == OVERRIDE_APPROVE || o->action == OVERRIDE_FORCE;

    if (st == STATUS_NOT_FOUND)
        return needed ? err_set(err, STATUS_SYNTAX,
                                "expires is missing: an approval must end, as in \"30m\"")
                      : STATUS_OK;
    if (st)
        return err_set(err, st, "expires is no text");
    if (o->action == OVERRIDE_CLEAR)
        return err_set(err, STATUS_SYNTAX, "a clear does not expire");
    if (slice_duration_ms(s, &ms) == STATUS_OK && ms < ACTS_MOST_DAYS * day_ms)
        o->until_ms = now_ms + ms;
    else if (clock_read_rfc3339(s, &o->until_ms))
        return err_set(err, STATUS_SYNTAX,
                       "expires is neither a duration like 30m nor a time like "
                       "2026-11-22T22:10:05Z, at most %d days ahead",
                       ACTS_MOST_DAYS);
    if (o->until_ms <= now_ms || o->until_ms > now_ms + ACTS_MOST_DAYS * day_ms)
        return err_set(err, STATUS_RANGE, "expires is not within the next %d days", ACTS_MOST_DAYS);
    return STATUS_OK;
}

static enum status
refuse_key(const char *key, const char *const *known, size_t n, struct err *err)
{
    struct nearest near = nearest_to(slice_of(key));

    for (size_t i = 0; i < n; i++)
        nearest_offer(&near, slice_of(known[i]));
    if (near.best.n)
        return err_set(err, STATUS_SYNTAX, "unknown key %.60s: did you mean %.*s?", key,
                       SLICE_ARG(near.best));
    return err_set(err, STATUS_SYNTAX, "unknown key %.60s", key);
}

static enum status
check_keys(json_t *body, const char *const *known, size_t n, struct err *err)
{
    const char *key;
    json_t     *value;

    json_object_foreach(body, key, value)
    {
        size_t i = 0;

        while (i < n && strcmp(key, known[i]) != 0)
            i++;
        if (i == n)
            return refuse_key(key, known, n, err);
    }
    return STATUS_OK;
}

/* n_keys: 4 of an override, of an end the last two. */
static enum status
read_object(struct slice text, const char *const *keys, size_t n_keys, json_t **body,
            struct err *err)
{
    enum status s = json_parse(text, JSON_DEPTH, body, err);

    if (s)
        return s;
    s = json_is_object(*body) ? check_keys(*body, keys, n_keys, err)
                              : err_set(err, STATUS_SYNTAX, "the body is no JSON object");
    if (s)
        json_decref(*body);
    return s;
}

static enum status
read_who(json_t *body, struct override *o, struct err *err)
{
    enum status s = copy_text(body, "by", o->by, sizeof o->by, err);

    return s ? s : copy_text(body, "why", o->why, sizeof o->why, err);
}

enum status
acts_read_override(struct slice text, int64_t now_ms, struct override *out, struct err *err)
{
    static const char *const keys[] = {"action", "by", "why", "expires"};
    json_t                  *body;
    struct slice             action;
    struct err               other = {0};
    enum status              s = read_object(text, keys, ARRAY_LEN(keys), &body, err);

    *out = (struct override){.action = OVERRIDE_NONE};
    if (s)
        return s;
    if (json_want_text(body, "", "action", &action, &other) || override_parse(action, &out->action))
        s = err_set(err, STATUS_SYNTAX, "action is not approve, force, veto or clear");
    if (!s)
        s = read_who(body, out, err);
    if (!s)
        s = read_expires(body, now_ms, out, err);
    json_decref(body);
    return s;
}

static enum status
read_duration(json_t *body, const char *key, int64_t *out, struct err *err)
{
    struct slice s;
    struct err   other = {0};
    enum status  st = json_want_text(body, "", key, &s, &other);

    if (st == STATUS_NOT_FOUND)
        return STATUS_OK;
    if (st || slice_duration_ms(s, out) || *out <= 0 || *out > ACTS_MOST_DAYS * day_ms)
        return err_set(err, STATUS_SYNTAX, "%s is no duration like 30m, of %d days at most", key,
                       ACTS_MOST_DAYS);
    return STATUS_OK;
}

enum status
acts_read_link(struct slice text, int64_t now_ms, struct link *out, struct err *err)
{
    static const char *const keys[] = {"action", "by", "why", "holds", "expires"};
    json_t                  *body;
    struct slice             action;
    struct override          o = {.action = OVERRIDE_NONE};
    int64_t                  lasts_ms = day_ms;
    struct err               other = {0};
    enum status              s = read_object(text, keys, ARRAY_LEN(keys), &body, err);

    if (s)
        return s;
    if (json_want_text(body, "", "action", &action, &other) || override_parse(action, &o.action) ||
        o.action == OVERRIDE_CLEAR)
        s = err_set(err, STATUS_SYNTAX, "action is not approve, force or veto");
    if (!s)
        s = read_who(body, &o, err);
    if (!s)
        s = read_duration(body, "holds", &out->holds_ms, err);
    if (!s)
        s = read_duration(body, "expires", &lasts_ms, err);
    json_decref(body);
    if (!s && o.action != OVERRIDE_VETO && !out->holds_ms)
        s = err_set(err, STATUS_SYNTAX, "holds is missing: an approval must end, as in \"30m\"");
    out->action = o.action;
    out->expires_ms = now_ms + lasts_ms;
    memcpy(out->by, o.by, sizeof out->by);
    memcpy(out->why, o.why, sizeof out->why);
    return s;
}

enum status
acts_read_who(struct slice text, struct override *out, struct err *err)
{
    static const char *const keys[] = {"by", "why"};
    json_t                  *body;
    enum status              s = read_object(text, keys, ARRAY_LEN(keys), &body, err);

    *out = (struct override){.action = OVERRIDE_NONE};
    if (s)
        return s;
    s = read_who(body, out, err);
    json_decref(body);
    return s;
}

/* An act on its way. */
struct acting {
    gates_done_fn       done;
    void               *ctx;
    const struct clock *clock;
};

static int
code_of(enum status s)
{
    return s == STATUS_NOT_FOUND ? 404 : s == STATUS_CONFLICT ? 409 : 503;
}

static void
put_view(struct answer *out, const struct verdict_view *v, const struct clock *clock)
{
    struct view_answer told = view_aged(v, &v->promote, clock_mono_ms(clock));

    answer_json(out, 200);
    viewjson_write(&out->body, v, &told, VIEWJSON_FULL, clock_mono_ms(clock));
    memcpy(out->verdict_id, v->id, sizeof out->verdict_id);
    answer_finish(out);
}

static void
on_acted(void *ctx, enum status s, const struct verdict_view *view, const struct err *err)
{
    struct acting *a = ctx;
    struct answer  out;

    answer_init(&out);
    if (s == STATUS_OK)
        put_view(&out, view, a->clock);
    else
        answer_error(&out, code_of(s), err->text,
                     s == STATUS_CONFLICT ? "GET /v1/runs?state=live lists the runs that go on"
                     : s == STATUS_NOT_FOUND
                         ? "only a run that is live, or whose abort is still told, takes acts"
                         : "look at the run before you say it again: it may have been taken");
    (void)a->done(a->ctx, &out);
    answer_release(&out);
    free(a);
}

static enum gates_when
act(const struct gates_call *c, const struct port_act *what, struct answer *out)
{
    struct acting *a = heap_new(1, sizeof *a);

    *a = (struct acting){.done = c->done, .ctx = c->ctx, .clock = c->g->clock};
    answer_error(out, 503, "the act waits for the history",
                 "look at the run before you say it again: it may have been taken");
    if (c->g->port->act(c->g->port->self, what, on_acted, a))
        return GATES_LATER;
    free(a);
    answer_error(out, 503, "the queue of changes is full", "ask again in a second");
    return GATES_NOW;
}

static enum gates_when
refuse(struct answer *out, const struct err *err, const char *hint)
{
    answer_error(out, 400, err->text, hint);
    return GATES_NOW;
}

/* Who may act somewhere, on a run that could be; the port looks whether it may there. */
static bool
may_act_on(const struct gates_call *c, char run[ULID_BYTES], struct answer *out)
{
    if (!gates_may_somewhere(c, TOKEN_SCOPE_ACT, "", out))
        return false;
    if (ulid_copy(c->arg[0], run))
        return true;
    answer_error(out, 404, "this is no id of a run", "GET /v1/runs lists them");
    return false;
}

enum gates_when
acts_override(const struct gates_call *c, struct answer *out)
{
    struct port_act what = {.what = PORT_ACT_OVERRIDE, .via = "api", .grant = c->grant};
    struct err      err = {0};

    if (!may_act_on(c, what.run, out))
        return GATES_NOW;
    if (acts_read_override(c->req->body, clock_wall_ms(c->g->clock), &what.override, &err))
        return refuse(out, &err,
                      "{\"action\": \"approve\", \"by\": \"name\", \"why\": \"reason\", "
                      "\"expires\": \"30m\"}");
    if (what.override.action == OVERRIDE_FORCE &&
        !gates_may_somewhere(c, TOKEN_SCOPE_FORCE, "", out))
        return GATES_NOW;
    return act(c, &what, out);
}

enum gates_when
acts_end(const struct gates_call *c, struct answer *out)
{
    struct port_act what = {.what = PORT_ACT_END, .via = "api", .grant = c->grant};
    struct err      err = {0};

    if (!may_act_on(c, what.run, out))
        return GATES_NOW;
    if (acts_read_who(c->req->body, &what.override, &err))
        return refuse(out, &err, "{\"by\": \"name\", \"why\": \"reason\"}");
    return act(c, &what, out);
}

static void
on_started(void *ctx, const struct port_reply *r)
{
    struct acting *a = ctx;
    struct answer  out;

    answer_init(&out);
    if (r->view)
        put_view(&out, r->view, a->clock);
    else if (r->lookup == PORT_BAD)
        answer_error(&out, 400, r->err.text, "the keys are those of /v1/argo/verdict");
    else if (r->lookup == PORT_UNKNOWN_SERVICE)
        answer_error(&out, 404, "this service is not configured",
                     "list it under services, or allow its namespace in unknown_services");
    else
        answer_error(&out, 503, verdict_reason_help(r->reason), "ask again in a second");
    (void)a->done(a->ctx, &out);
    answer_release(&out);
    free(a);
}

enum gates_when
acts_start(const struct gates_call *c, struct answer *out)
{
    struct question q;
    struct err      err = {0}, hint = {0};
    struct acting  *a;

    if (!gates_may_somewhere(c, TOKEN_SCOPE_ACT, "", out))
        return GATES_NOW;
    if (question_from_argo(c->req->body, NULL, 0, &q, &err, &hint)) {
        question_forget_token(&q);
        return refuse(out, &err, hint.text);
    }
    question_forget_token(&q);
    if (!gates_may(c, TOKEN_SCOPE_ACT, slice_of(q.ns), "", out))
        return GATES_NOW;
    a = heap_new(1, sizeof *a);
    *a = (struct acting){.done = c->done, .ctx = c->ctx, .clock = c->g->clock};
    answer_error(out, 503, "the run waits for the history", "GET /v1/runs shows whether it began");
    if (c->g->port->change(c->g->port->self, PORT_OPEN, &q, on_started, a))
        return GATES_LATER;
    free(a);
    answer_error(out, 503, "the queue of changes is full", "ask again in a second");
    return GATES_NOW;
}
