#include "daemon/upstream.h"

#include "base/heap.h"

#include <stdio.h>
#include <stdlib.h>

enum { FRESH_MS = 60000, PROBE_AFTER_MS = 15000 };

struct upstream {
    unsigned                    refs;
    struct config              *config;
    const struct config_source *cs;
    const struct clock         *clock;
    struct promclient          *client;
    int64_t                     answered_mono_ms;
    char                        detail[320]; /* as long as an error */
    bool                        failing;
    struct promclient_query    *probe;
    struct arena                probe_arena;
};

/* A question on its way, between the client and who asked. */
struct asked {
    struct upstream   *source;
    promclient_done_fn done;
    void              *ctx;
};

enum status
upstream_new(const struct promclient_world *world, struct config *config,
             const struct config_source *cs, struct upstream **out, struct err *err)
{
    struct upstream         *s;
    struct promclient_config pc = {.name = cs->name,
                                   .url = cs->url,
                                   .peer = &cs->peer,
                                   .limits = {.max_series = cs->max_series},
                                   .max_reply_bytes = cs->max_reply_bytes,
                                   .max_in_flight = cs->max_in_flight,
                                   .attempt_timeout_ms = cs->timeout_ms};
    enum status              st;

    if (config_source_embedded(cs))
        return err_set(err, STATUS_SYNTAX, "source %s: series of its own are not kept yet",
                       cs->name);
    s = heap_new(1, sizeof *s);
    st = promclient_new(&pc, world, &s->client, err);
    if (st) {
        free(s);
        return st;
    }
    s->refs = 1;
    s->config = config_ref(config);
    s->cs = cs;
    s->clock = world->clock;
    s->answered_mono_ms = clock_mono_ms(world->clock);
    *out = s;
    return STATUS_OK;
}

struct upstream *
upstream_ref(struct upstream *s)
{
    s->refs++;
    return s;
}

void
upstream_unref(struct upstream *s)
{
    if (!s || --s->refs)
        return;
    promclient_free(s->client);
    arena_release(&s->probe_arena);
    config_unref(s->config);
    free(s);
}

const struct config_source *
upstream_config(const struct upstream *s)
{
    return s->cs;
}

const char *
upstream_name(const struct upstream *s)
{
    return s->cs->name;
}

/* Any answer of the source itself shows that it lives, a refused query too. */
static void
note(struct upstream *s, const struct promclient_answer *a)
{
    if (a->status == STATUS_CANCELLED)
        return;
    s->failing =
        a->status != STATUS_OK && a->status != STATUS_BAD_QUERY && a->status != STATUS_LIMIT;
    if (!s->failing)
        s->answered_mono_ms = clock_mono_ms(s->clock);
    snprintf(s->detail, sizeof s->detail, "%s", s->failing ? a->err.text : "");
}

static void
on_answer(void *ctx, const struct promclient_answer *a)
{
    struct asked *q = ctx;

    note(q->source, a);
    q->done(q->ctx, a);
    free(q);
}

struct promclient_query *
upstream_ask(struct upstream *s, const struct promclient_question *q, promclient_done_fn done,
             void *ctx)
{
    struct asked *asked = heap_new(1, sizeof *asked);

    *asked = (struct asked){.source = s, .done = done, .ctx = ctx};
    return promclient_ask(s->client, q, on_answer, asked);
}

static void
on_probed(void *ctx, const struct promclient_answer *a)
{
    struct upstream *s = ctx;

    (void)a;
    s->probe = NULL;
    arena_release(&s->probe_arena);
}

void
upstream_probe(struct upstream *s)
{
    struct promclient_question q = {.expr = SLICE_LITERAL("1"), .arena = &s->probe_arena};

    if (s->probe || clock_mono_ms(s->clock) - s->answered_mono_ms < PROBE_AFTER_MS)
        return;
    q.at_ms = clock_wall_ms(s->clock);
    q.timeout_ms = s->cs->timeout_ms;
    s->probe = upstream_ask(s, &q, on_probed, s);
}

bool
upstream_health(const struct upstream *s, int64_t now_mono_ms, const char **detail)
{
    *detail = s->detail;
    return now_mono_ms - s->answered_mono_ms <= FRESH_MS;
}

struct promclient_stats
upstream_stats(const struct upstream *s)
{
    return promclient_stats(s->client);
}
