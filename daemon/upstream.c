#include "daemon/upstream.h"

#include "base/heap.h"
#include "daemon/meters.h"

#include <stdio.h>
#include <stdlib.h>

enum { FRESH_MS = 60000, PROBE_AFTER_MS = 15000 };

struct upstream {
    unsigned                    refs;
    struct config              *config;
    const struct config_source *cs;
    const struct clock         *clock;
    struct fetch_peer           peer;
    struct promclient          *client; /* NULL: it is local */
    struct upstream_local       local;
    struct localask            *localask;
    struct mailbox             *mailbox;
    int64_t                     answered_mono_ms;
    char                        detail[320]; /* as long as an error */
    bool                        failing;
    struct sourcemeter         *meter; /* NULL: nobody counts */
    struct upstream_query      *probe;
    struct arena                probe_arena;
};

/* A question on its way, between who carries it out and who asked. */
struct upstream_query {
    struct upstream         *source;
    struct promclient_query *sent;    /* of a client's */
    struct localask_query   *here;    /* of a local one's */
    struct promclient_answer refused; /* of neither: the answer that waits */
    promclient_done_fn       done;
    void                    *ctx;
};

static struct upstream *
make(const struct clock *clock, struct config *config, const struct config_source *cs)
{
    struct upstream *s = heap_new(1, sizeof *s);

    s->refs = 1;
    s->config = config_ref(config);
    s->cs = cs;
    s->clock = clock;
    s->answered_mono_ms = clock_mono_ms(clock);
    return s;
}

enum status
upstream_new_at(const struct promclient_world *world, struct config *config,
                const struct config_source *cs, const char *url, const struct fetch_peer *peer,
                struct upstream **out, struct err *err)
{
    struct upstream         *s = make(world->clock, config, cs);
    struct promclient_config pc = {.name = cs->name,
                                   .url = url,
                                   .peer = &s->peer,
                                   .limits = {.max_series = cs->max_series},
                                   .max_reply_bytes = cs->max_reply_bytes,
                                   .max_in_flight = cs->max_in_flight,
                                   .attempt_timeout_ms = cs->timeout_ms};
    enum status              st;

    s->peer = *peer;
    st = promclient_new(&pc, world, &s->client, err);
    if (st) {
        upstream_unref(s);
        return st;
    }
    *out = s;
    return STATUS_OK;
}

enum status
upstream_new(const struct promclient_world *world, struct config *config,
             const struct config_source *cs, struct upstream **out, struct err *err)
{
    return upstream_new_at(world, config, cs, cs->url, &cs->peer, out, err);
}

struct upstream *
upstream_new_local(const struct upstream_local *local, struct workers *workers,
                   struct mailbox *mailbox, const struct clock *clock, struct config *config,
                   const struct config_source *cs)
{
    struct upstream       *s = make(clock, config, cs);
    struct localask_config lc = {.name = cs->name,
                                 .source = local->source,
                                 .max_series = cs->max_series,
                                 .delay_ms = cs->remote_write ? cs->delay_ms : 0,
                                 .workers = workers,
                                 .mailbox = mailbox,
                                 .clock = clock};

    s->local = *local;
    s->local.ref(s->local.self);
    s->mailbox = mailbox;
    s->localask = localask_new(&lc);
    return s;
}

void
upstream_meter(struct upstream *s, struct sourcemeter *meter)
{
    s->meter = meter;
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
    if (s->client)
        promclient_free(s->client);
    localask_free(s->localask);
    if (s->local.self)
        s->local.unref(s->local.self);
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
    if (s->meter)
        meters_answered(s->meter, a, clock_wall_ms(s->clock));
    s->failing =
        a->status != STATUS_OK && a->status != STATUS_BAD_QUERY && a->status != STATUS_LIMIT;
    if (!s->failing)
        s->answered_mono_ms = clock_mono_ms(s->clock);
    snprintf(s->detail, sizeof s->detail, "%s", s->failing ? a->err.text : "");
}

static void
on_answer(void *ctx, const struct promclient_answer *a)
{
    struct upstream_query *q = ctx;
    struct upstream       *held = q->source->client ? NULL : q->source;

    note(q->source, a);
    q->done(q->ctx, a); /* after it a source that was not held may be gone */
    free(q);
    upstream_unref(held);
}

static void
on_refused(void *ctx)
{
    struct upstream_query *q = ctx;

    on_answer(q, &q->refused);
}

/* A worker cannot be stopped at once: the question keeps what it reads. */
static void
ask_here(struct upstream_query *q, const struct promclient_question *asked)
{
    struct upstream *s = upstream_ref(q->source);

    q->refused.status = s->local.alive(s->local.self, &q->refused.err);
    if (q->refused.status == STATUS_OK) {
        q->here = localask_ask(s->localask, asked, on_answer, q);
        return;
    }
    (void)err_wrap(&q->refused.err, "source %s", s->cs->name);
    mailbox_must_post(s->mailbox, on_refused, q);
}

struct upstream_query *
upstream_ask(struct upstream *s, const struct promclient_question *q, promclient_done_fn done,
             void *ctx)
{
    struct upstream_query *asked = heap_new(1, sizeof *asked);

    *asked = (struct upstream_query){.source = s, .done = done, .ctx = ctx};
    if (s->client)
        asked->sent = promclient_ask(s->client, q, on_answer, asked);
    else
        ask_here(asked, q);
    return asked;
}

void
upstream_cancel(struct upstream_query *q)
{
    if (q->sent)
        promclient_cancel(q->sent);
    else if (q->here)
        localask_cancel(q->here);
    else
        q->refused.status = STATUS_CANCELLED;
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
    return s->client ? promclient_stats(s->client) : localask_stats(s->localask);
}
