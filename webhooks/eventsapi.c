#include "webhooks/eventsapi.h"

enum { COME_BACK_S = 5 };

static bool
read_params(const struct request *req, struct eventstream_filter *f, struct answer *out)
{
    for (size_t i = 0; i < req->n_params; i++) {
        struct slice name = req->param[i].name, value = req->param[i].value;

        if (slice_is(name, "namespace") && value.n && value.n < sizeof f->ns) {
            memcpy(f->ns, value.p, value.n);
            f->ns[value.n] = '\0';
        } else if (!slice_is(name, "run") || !ulid_copy(value, f->run)) {
            answer_error(out, 400, "namespace is a name, run an id, and there is nothing else",
                         "GET /v1/events/stream?namespace=prod");
            return false;
        }
    }
    return true;
}

/* A token of some namespaces hears of these alone, all of them where none is named. */
static bool
confine(const struct gates_call *c, struct eventstream_filter *f, struct answer *out)
{
    f->grant = c->grant;
    return !*f->ns || gates_may(c, TOKEN_SCOPE_READ, slice_of(f->ns), "", out);
}

enum gates_when
eventsapi_stream(const struct gates_call *c, struct answer *out)
{
    struct eventstream        *s = c->g->port->events;
    struct eventstream_filter  f = {0};
    struct eventstream_reader *r;

    if (!s) {
        answer_error(out, 404, "events are not told here", "ask GET /v1/runs now and then");
        return GATES_NOW;
    }
    if (!read_params(c->req, &f, out) || !confine(c, &f, out))
        return GATES_NOW;
    r = eventstream_join(s, &f, c->req->last_event_id);
    if (r) {
        answer_stream(out, r);
    } else {
        answer_error(out, 503, "too many listen to events already", "try again in a few seconds");
        out->retry_after_s = COME_BACK_S;
    }
    return GATES_NOW;
}
