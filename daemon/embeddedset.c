#include "daemon/embeddedset.h"

#include "base/heap.h"

#include <pthread.h>
#include <stdlib.h>

struct list {
    struct embedded **at;
    size_t            n;
};

struct embeddedset {
    struct embeddedset_world world;
    struct ingest           *ingest;
    struct config           *config; /* the present one; NULL: none yet */
    struct list              next;   /* prepared */
    bool                     prepared;
    size_t                   alive;

    pthread_mutex_t lock; /* of what other threads look into */
    struct list     now;
};

static void
post(void *self, void (*fn)(void *ctx), void *ctx)
{
    mailbox_must_post(self, fn, ctx);
}

struct embeddedset *
embeddedset_new(const struct embeddedset_world *w)
{
    struct embeddedset  *s = heap_new(1, sizeof *s);
    struct ingest_config ic = {.on_caller = w->on_caller, .post = post, .self = w->mailbox};

    s->world = *w;
    s->ingest = ingest_new(&ic);
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

static void
on_gone(void *ctx)
{
    struct embeddedset *s = ctx;

    s->alive--;
}

static struct embedded *
find(const struct list *l, const char *name)
{
    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(embedded_name(l->at[i]), name))
            return l->at[i];
    return NULL;
}

static void
let_go(struct list *l)
{
    for (size_t i = 0; i < l->n; i++)
        embedded_unref(l->at[i]);
    free(l->at);
    *l = (struct list){0};
}

/* A new one, or the present one under its new configuration. */
static enum status
prepare_one(struct embeddedset *s, const struct config *config, const struct config_source *cs,
            struct err *err)
{
    struct embedded_world world = {.clock = s->world.clock,
                                   .fetch = s->world.fetch,
                                   .timer = s->world.timer,
                                   .ingest = s->ingest,
                                   .mailbox = s->world.mailbox,
                                   .data_dir = s->world.data_dir,
                                   .restart = !s->config,
                                   .gone = on_gone,
                                   .ctx = s};
    struct embedded      *e = find(&s->now, cs->name);
    enum status           st;

    if (e && embedded_fits(e, cs)) {
        st = embedded_reload(e, config, cs, err);
        if (st == STATUS_OK)
            s->next.at[s->next.n++] = embedded_ref(e);
        return st;
    }
    st = embedded_new(&world, config, cs, &e, err);
    if (st == STATUS_OK) {
        s->next.at[s->next.n++] = e;
        s->alive++;
    }
    return st;
}

enum status
embeddedset_prepare(struct embeddedset *s, const struct config *config, struct err *err)
{
    enum status st = STATUS_OK;

    s->next = (struct list){.at = heap_new(config->n_sources + 1, sizeof *s->next.at)};
    s->prepared = true;
    for (size_t i = 0; i < config->n_sources && st == STATUS_OK; i++)
        if (config_source_embedded(&config->sources[i]))
            st = prepare_one(s, config, &config->sources[i], err);
    if (st)
        embeddedset_abandon(s);
    return st;
}

/* What was given another configuration takes the old one again. */
void
embeddedset_abandon(struct embeddedset *s)
{
    for (size_t i = 0; i < s->next.n; i++) {
        struct embedded            *e = s->next.at[i];
        const struct config_source *cs =
            s->config ? config_source(s->config, slice_of(embedded_name(e))) : NULL;
        struct err err = {0};

        /* It was taken before. */
        if (cs && find(&s->now, embedded_name(e)) == e)
            (void)!embedded_reload(e, s->config, cs, &err);
    }
    let_go(&s->next);
    s->prepared = false;
}

void
embeddedset_adopt(struct embeddedset *s, struct config *config)
{
    struct list old = s->now;

    pthread_mutex_lock(&s->lock);
    s->now = s->next;
    pthread_mutex_unlock(&s->lock);
    s->next = (struct list){0};
    s->prepared = false;
    for (size_t i = 0; i < s->now.n; i++)
        embedded_adopted(s->now.at[i]);
    let_go(&old);
    config_unref(s->config);
    s->config = config_ref(config);
}

struct embedded *
embeddedset_find(const struct embeddedset *s, const char *name)
{
    return find(s->prepared ? &s->next : &s->now, name);
}

void
embeddedset_end(struct embeddedset *s)
{
    struct list now = s->now;

    for (size_t i = 0; i < now.n; i++)
        embedded_keep(now.at[i]);
    pthread_mutex_lock(&s->lock);
    s->now = (struct list){0};
    pthread_mutex_unlock(&s->lock);
    let_go(&now);
}

size_t
embeddedset_count(const struct embeddedset *s)
{
    return s->alive;
}

void
embeddedset_free(struct embeddedset *s)
{
    if (!s)
        return;
    ingest_free(s->ingest);
    pthread_mutex_destroy(&s->lock);
    config_unref(s->config);
    free(s);
}

/* The source that is named, else the only one that takes writes; held. */
static enum writeport_taken
find_intake(struct embeddedset *s, struct slice name, struct embedded **out)
{
    enum writeport_taken found = WRITEPORT_NO_SOURCE;

    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->now.n; i++) {
        struct embedded *e = s->now.at[i];

        if (!embedded_intake(e) || (name.n && !slice_is(name, embedded_name(e))))
            continue;
        found = found == WRITEPORT_NO_SOURCE ? WRITEPORT_TAKEN : WRITEPORT_AMBIGUOUS;
        *out = e;
    }
    if (found == WRITEPORT_TAKEN)
        (void)embedded_ref(*out);
    pthread_mutex_unlock(&s->lock);
    return found;
}

/* What is written holds its source until it is answered: a text is applied
 * portion by portion, each queued behind what came meanwhile. */
struct written {
    struct embedded  *e;
    writeport_done_fn done;
    void             *ctx;
};

static void
on_written(void *ctx, int http_code, const char *line)
{
    struct written *w = ctx;

    w->done(w->ctx, http_code, line);
    embedded_unref(w->e);
    free(w);
}

static enum writeport_taken
take(void *self, const struct writeport_body *b, writeport_done_fn done, void *ctx)
{
    struct embedded     *e;
    struct written      *w;
    struct intake       *i;
    enum writeport_taken found = find_intake(self, b->source, &e);

    if (found != WRITEPORT_TAKEN)
        return found;
    w = heap_new(1, sizeof *w);
    *w = (struct written){e, done, ctx};
    i = embedded_intake(e);
    if (b->kind == WRITEPORT_REMOTE_WRITE
            ? intake_remote_write(i, b->bytes, b->n, on_written, w)
            : intake_text(i, &b->stream, b->bytes_waiting, on_written, w))
        return WRITEPORT_TAKEN;
    embedded_unref(e);
    free(w);
    return WRITEPORT_FULL;
}

struct writeport
embeddedset_writeport(struct embeddedset *s)
{
    return (struct writeport){.self = s, .write = take};
}

struct ingest_stats
embeddedset_ingest(struct embeddedset *s)
{
    return ingest_stats(s->ingest);
}
