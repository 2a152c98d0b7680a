/* gatecall.h - ask a gate without sockets, and keep what it says. */
#ifndef TESTS_UNIT_WEBHOOKS_GATECALL_H
#define TESTS_UNIT_WEBHOOKS_GATECALL_H

#include "tests/support/check.h"
#include "tests/support/fakeport.h"
#include "webhooks/gates.h"

#include <jansson.h>
#include <string.h>

struct gatecall {
    struct fakeport port;
    struct clock    clock;
    int64_t         mono_ms, wall_ms;
    struct gates    gates;
    struct request  req;
    struct answer   answer; /* of the last call: told now, or the late one */
    struct answer   later;  /* what done brought */
    int             n_later;
    bool            too_late; /* what done answers */

    const char *content_type, *accept_encoding, *origin, *host; /* of the next calls; NULL: none */
    const atomic_bool           *gone;
    bool                         over_rate;
    const struct servertls_peer *peer; /* NULL: without a certificate */
};

static int64_t
gatecall_mono(void *self)
{
    return ((struct gatecall *)self)->mono_ms;
}

static int64_t
gatecall_wall(void *self)
{
    return ((struct gatecall *)self)->wall_ms;
}

static inline void
gatecall_init(struct gatecall *c)
{
    fakeport_init(&c->port);
    c->mono_ms = c->port.view.evaluated_mono_ms;
    c->wall_ms = c->port.view.evaluated_wall_ms;
    c->clock = (struct clock){.wall_ms = gatecall_wall, .mono_ms = gatecall_mono, .self = c};
    gates_init(&c->gates, &c->port.port, &c->clock, NULL);
    answer_init(&c->answer);
    answer_init(&c->later);
    c->n_later = 0;
    c->too_late = false;
    c->content_type = c->accept_encoding = c->origin = c->host = NULL;
    c->gone = NULL;
    c->over_rate = false;
    c->peer = NULL;
}

static inline void
gatecall_release(struct gatecall *c)
{
    assert_int_equal(c->port.held, 0); /* no view is kept past an answer */
    answer_release(&c->answer);
    answer_release(&c->later);
    fakeport_release(&c->port);
}

static bool
gatecall_done(void *ctx, struct answer *a)
{
    struct gatecall *c = ctx;

    c->n_later++;
    if (c->too_late)
        return false;
    answer_release(&c->later);
    c->later = *a;
    answer_init(a);
    return true;
}

/* A 2xx is one strict JSON object, whatever happened. */
static inline void
gatecall_law(const struct request *req, const struct answer *a)
{
    json_error_t why;
    json_t      *v;

    assert_true(a->code >= 200 && a->code < 600 && a->code != 204);
    assert_false(a->code >= 300 && a->code < 400);
    if (slice_starts(req->path, "/v1/flagger/"))
        assert_true(a->code < 429 && a->close);
    if (a->type == ANSWER_STREAM)
        return;
    if (a->type == ANSWER_PLAIN) {
        assert_true(slice_starts(req->path, "/gate/") || slice_starts(req->path, "/rollback/"));
        return;
    }
    if (a->type == ANSWER_PAGE) {
        assert_true(slice_starts(req->path, "/v1/links/"));
        return;
    }
    if (a->type == ANSWER_METRICS || a->type == ANSWER_OPENMETRICS) {
        assert_true(slice_is(req->path, "/metrics") && a->code == 200);
        return;
    }
    if (a->type == ANSWER_LINE) {
        assert_true(a->code >= 400);
        assert_true(a->body.n > 0);
        assert_null(memchr(a->body.p, '\n', a->body.n));
        assert_true(slice_utf8(text_slice(&a->body)));
        return;
    }
    v = json_loadb(a->body.p, a->body.n, JSON_REJECT_DUPLICATES, &why);
    if (!v)
        fail_msg("%s in %s", why.text, a->body.p);
    if (slice_is(req->path, "/canaryConfig") && a->code == 200)
        assert_true(json_is_array(v)); /* Argo's Kayenta provider reads a list */
    else
        assert_true(json_is_object(v));
    if (a->code < 300 && slice_starts(req->path, "/v1/argo/")) {
        assert_true(json_is_string(json_object_get(v, "verdict")));
        assert_true(json_is_boolean(json_object_get(v, "pass")));
        assert_true(json_is_boolean(json_object_get(v, "abort")));
    }
    json_decref(v);
}

static inline enum gates_when
gatecall_ask(struct gatecall *c, enum request_method m, const char *target, struct slice body,
             const char *authorization)
{
    struct err      err = {0};
    enum gates_when when;

    answer_release(&c->answer);
    answer_init(&c->answer);
    if (request_target(&c->req, slice_of(target), &err))
        fail_msg("%s: %s", target, err.text);
    c->req.method = m;
    c->req.body = body;
    c->req.origin = slice_of(c->origin);
    c->req.host = slice_of(c->host);
    c->req.authorization = slice_of(authorization);
    c->req.content_type = slice_of(c->content_type);
    c->req.accept_encoding = slice_of(c->accept_encoding);
    c->req.gone = c->gone;
    c->req.over_rate = c->over_rate;
    c->req.peer = c->peer;
    when = gates_handle(&c->gates, &c->req, &c->answer, gatecall_done, c);
    gatecall_law(&c->req, &c->answer);
    return when;
}

/* The answer of a call, after the port answered whatever it took. */
static inline struct answer *
gatecall_final(struct gatecall *c, enum request_method m, const char *target, const char *body)
{
    if (gatecall_ask(c, m, target, slice_of(body), NULL) == GATES_NOW)
        return &c->answer;
    while (fakeport_pump(&c->port))
        ;
    gatecall_law(&c->req, &c->later);
    return &c->later;
}

static inline void
gatecall_wants(const struct answer *a, int code, const char *part)
{
    if (a->code != code || !strstr(a->body.p, part))
        fail_msg("want %d with \"%s\", got %d: %s", code, part, a->code, a->body.p);
}

#endif
