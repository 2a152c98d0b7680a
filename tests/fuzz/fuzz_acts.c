/* Bodies of people's acts: what is done has a name, a reason and an end where it must,
 * and everything else is refused by a line that is strict JSON. */
#include "base/log.h"
#include "webhooks/gates.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { NOW_MS = 1795385405 }; /* of 1970: everything is soon after it */

static int64_t
now(void *self)
{
    (void)self;
    return NOW_MS;
}

static void
whole_text(const char *s, size_t bytes)
{
    assert(s[0] && strnlen(s, bytes) < bytes && slice_utf8(slice_of(s)));
    for (; *s; s++)
        assert((unsigned char)*s >= ' ');
}

static bool
act(void *self, const struct port_act *a, port_act_fn done, void *ctx)
{
    const struct override *o = &a->override;

    (void)self;
    (void)done;
    (void)ctx;
    whole_text(o->by, sizeof o->by);
    whole_text(o->why, sizeof o->why);
    if (a->what == PORT_ACT_OVERRIDE) {
        assert((unsigned)o->action < OVERRIDE_COUNT);
        if (o->action == OVERRIDE_APPROVE || o->action == OVERRIDE_FORCE)
            assert(o->until_ms > NOW_MS);
        assert(o->until_ms == 0 || o->until_ms > NOW_MS);
    }
    return false; /* the queue is full */
}

static bool
change(void *self, enum port_change c, const struct question *q, port_reply_fn done, void *ctx)
{
    (void)self;
    (void)done;
    (void)ctx;
    assert(c == PORT_OPEN && q->service[0] && q->ns[0] && !q->token[0]);
    return false;
}

static bool
never(void *ctx, struct answer *a)
{
    (void)ctx;
    (void)a;
    abort(); /* nothing was taken */
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const targets[] = {"/v1/runs/01JD0000000000000000000RVN/override",
                                          "/v1/runs/01JD0000000000000000000RVN/end", "/v1/runs"};
    static const struct port port = {.act = act, .change = change};
    const struct clock       clock = {.wall_ms = now, .mono_ms = now};

    log_set_level(LOG_LEVEL_ERROR);
    for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
        static struct request r;
        struct gates          g;
        struct answer         a;
        json_t               *json;

        gates_init(&g, &port, &clock, NULL);
        if (request_target(&r, slice_of(targets[i]), &(struct err){0}))
            abort();
        r.method = REQUEST_POST;
        r.body = (struct slice){(const char *)data, n};
        answer_init(&a);
        assert(gates_handle(&g, &r, &a, never, NULL) == GATES_NOW);
        assert(a.code >= 400);
        json = json_loadb(a.body.p, a.body.n, JSON_REJECT_DUPLICATES, NULL);
        assert(json_is_object(json));
        json_decref(json);
        answer_release(&a);
    }
    return 0;
}
