#include "webhooks/argoevent.h"

#include "base/json.h"
#include "base/jsonout.h"
#include "base/nearest.h"

#include <stdio.h>
#include <stdlib.h>

enum { JSON_DEPTH = 3, MOST_STEPS = 100000 };

#define NO_VALUE "<no value>" /* Go's text/template */

static const struct {
    const char            *text;
    enum port_event_effect effect;
} rows[] = {
#define ARGOEVENT(name, text, effect, help) {text, PORT_EVENT_##effect},
#include "webhooks/argoevent.def"
#undef ARGOEVENT
};

static enum status
refuse(struct err *hint, const char *what)
{
    return err_set(hint, STATUS_SYNTAX, "%s", what);
}

static enum status
unknown_event(struct slice word, struct err *err, struct err *hint)
{
    struct nearest near = nearest_to(word);

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        nearest_offer(&near, slice_of(rows[i].text));
    (void)err_set(err, STATUS_SYNTAX, "event %.*s is none of Argo's",
                  (int)(word.n < 60 ? word.n : 60), word.p);
    if (near.best.n)
        return err_set(hint, STATUS_SYNTAX, "did you mean %.*s?", SLICE_ARG(near.best));
    return refuse(hint, "it is the trigger's name without on-, as in rollout-completed");
}

static enum status
read_word(json_t *body, struct port_event *out, struct err *err, struct err *hint)
{
    struct slice word = json_slice(json_object_get(body, "event"));

    if (!word.n) {
        (void)err_set(err, STATUS_SYNTAX, "event is missing");
        return refuse(hint, "the recipe of the notifications' templates has it in each body");
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (slice_is(word, rows[i].text)) {
            out->door = "argo";
            out->what = rows[i].text;
            out->effect = rows[i].effect;
            return STATUS_OK;
        }
    return unknown_event(word, err, hint);
}

/* Other people's text: cut between two characters, on one line. */
static enum status
take_text(json_t *body, const char *key, char *to, size_t bytes, struct err *err, struct err *hint)
{
    json_t      *v = json_object_get(body, key);
    struct slice s = json_slice(v);

    if (v && !json_is_string(v)) {
        (void)err_set(err, STATUS_SYNTAX, "%s is not a string", key);
        return refuse(hint, "put the value in quotes, or leave the key out");
    }
    if (slice_is(s, NO_VALUE))
        s.n = 0;
    if (s.n >= bytes)
        for (s.n = bytes - 1; s.n && ((unsigned char)s.p[s.n] & 0xc0) == 0x80;)
            s.n--;
    for (size_t i = 0; i < s.n; i++)
        to[i] = (unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f ? ' ' : s.p[i];
    to[s.n] = '\0';
    return STATUS_OK;
}

static enum status
take_step(json_t *body, struct port_event *out, struct err *err, struct err *hint)
{
    json_t      *v = json_object_get(body, "step");
    struct slice s = json_slice(v);
    int64_t      n = -1;

    out->step = -1;
    if (!v || slice_is(s, NO_VALUE) || (json_is_string(v) && s.n == 0))
        return STATUS_OK;
    if (json_is_integer(v))
        n = json_integer_value(v);
    else if (!s.n || slice_i64(s, &n))
        n = -1;
    if (n < 0 || n > MOST_STEPS) {
        (void)err_set(err, STATUS_SYNTAX, "step is no number of a step");
        return refuse(hint, "pass .rollout.status.currentStepIndex");
    }
    out->step = n;
    return STATUS_OK;
}

/* What the template found nothing for.  A weight is often not there; a version that
 * is not must not become the name of one. */
static enum status
drop_no_values(json_t *body, struct err *err, struct err *hint)
{
    const char *key;
    json_t     *v;

    if (slice_is(json_slice(json_object_get(body, "weight")), NO_VALUE))
        (void)json_object_del(body, "weight");
    json_object_foreach(body, key, v)
    {
        struct slice s = json_slice(v);

        if (s.n && memmem(s.p, s.n, NO_VALUE, strlen(NO_VALUE))) {
            (void)err_set(err, STATUS_SYNTAX,
                          "%.60s is " NO_VALUE ": the Rollout has no such field", key);
            return refuse(hint, "look at the path in the notifications' template");
        }
    }
    return STATUS_OK;
}

static enum status
read_own(json_t *body, struct port_event *out, struct err *err, struct err *hint)
{
    static const char *const own[] = {"event", "step", "image", "message"};
    enum status              s = read_word(body, out, err, hint);

    if (!s)
        s = take_step(body, out, err, hint);
    if (!s)
        s = take_text(body, "image", out->image, sizeof out->image, err, hint);
    if (!s)
        s = take_text(body, "message", out->message, sizeof out->message, err, hint);
    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        (void)json_object_del(body, own[i]);
    return s ? s : drop_no_values(body, err, hint);
}

/* Also of what is refused: its caller is told so only if its token is good. */
static void
keep_token(const json_t *body, struct question *q)
{
    struct slice t = json_slice(json_object_get(body, "token"));

    *q = question_empty();
    if (t.n && t.n < sizeof q->token)
        memcpy(q->token, t.p, t.n);
}

/* The rest is a question's. */
static enum status
read_rest(json_t *body, struct question *q, struct err *err, struct err *hint)
{
    char       *text = json_dumps(body, JSON_COMPACT);
    enum status s;

    if (!text)
        return err_set(err, STATUS_SYNTAX, "the body cannot be read");
    s = question_from_argo(slice_of(text), NULL, 0, q, err, hint);
    explicit_bzero(text, strlen(text)); /* a token may stand in it */
    free(text);
    return s;
}

enum status
argoevent_read(struct slice text, struct question *q, struct port_event *out, struct err *err,
               struct err *hint)
{
    json_t     *body = NULL;
    enum status s = json_parse(text, JSON_DEPTH, &body, err);

    *q = question_empty();
    *out = (struct port_event){.step = -1};
    if (s) {
        (void)refuse(hint, "send one JSON object; quotes in a Go template's values break it");
        return STATUS_SYNTAX;
    }
    if (!json_is_object(body)) {
        s = err_set(err, STATUS_SYNTAX, "the body is no JSON object");
        (void)refuse(hint, "send {\"event\": …, \"service\": …, \"namespace\": …}");
    }
    if (!s)
        s = read_own(body, out, err, hint);
    if (s)
        keep_token(body, q);
    else
        s = read_rest(body, q, err, hint);
    json_decref(body);
    return s;
}

static enum gates_when
take(const struct gates_call *c, const struct question *q, const struct port_event *e,
     struct answer *out)
{
    const struct verdict_view *view = NULL;
    struct err                 err = {0};
    enum port_lookup           found = c->g->port->view(c->g->port->self, q, &view, &err);
    struct jsonout             j;

    if (found == PORT_FOUND)
        c->g->port->view_release(c->g->port->self, view);
    if (found == PORT_UNKNOWN_SERVICE) {
        answer_error(out, 404, *err.text ? err.text : "this service is not known here",
                     "add the service to the configuration, or its namespace to unknown_services");
    } else if (found == PORT_BAD) {
        answer_error(out, 400, *err.text ? err.text : "the service does not take this event",
                     "say the keys that the service's analysis says, with the same values");
    } else if (!c->g->port->event(c->g->port->self, q, e)) {
        answer_error(out, 503, "the queue of changes is full", "Argo's notifications try again");
        out->retry_after_s = 1;
    } else {
        answer_json(out, 202);
        jsonout_init(&j, &out->body);
        jsonout_begin_object(&j, NULL);
        jsonout_text(&j, "event", e->what);
        jsonout_text(&j, "message", "event noted");
        jsonout_end_object(&j);
    }
    return GATES_NOW;
}

enum gates_when
argoevent_handle(const struct gates_call *c, struct answer *out)
{
    struct question   q;
    struct port_event e;
    struct err        err = {0}, hint = {0};
    enum status       s = argoevent_read(c->req->body, &q, &e, &err, &hint);
    bool              allowed;

    allowed = s ? gates_may_somewhere(c, TOKEN_SCOPE_GATE, q.token, out)
                : gates_may(c, TOKEN_SCOPE_GATE, slice_of(q.ns), q.token, out);
    question_forget_token(&q);
    if (!allowed)
        return GATES_NOW;
    if (s) {
        answer_error(out, 400, err.text, hint.text);
        gates_warn(c->g, "event_refused", "events/argo", 400, err.text);
        return GATES_NOW;
    }
    return take(c, &q, &e, out);
}
