#include "webhooks/health.h"

#include "base/jsonout.h"

static enum gates_when
tell(struct answer *out, const char *key, bool good, const char *detail)
{
    struct jsonout j;

    answer_json(out, good ? 200 : 503);
    jsonout_init(&j, &out->body);
    jsonout_begin_object(&j, NULL);
    jsonout_bool(&j, key, good);
    jsonout_text(&j, "detail", detail);
    jsonout_end_object(&j);
    return GATES_NOW;
}

enum gates_when
health_healthy(const struct gates_call *c, struct answer *out)
{
    struct port_health h = c->g->port->health(c->g->port->self);

    return tell(out, "healthy", h.live, h.live ? "" : h.detail);
}

enum gates_when
health_ready(const struct gates_call *c, struct answer *out)
{
    struct port_health h = c->g->port->health(c->g->port->self);

    return tell(out, "ready", h.live && h.ready, h.detail);
}
