#include "daemon/queryport.h"

#include "base/heap.h"
#include "base/vec.h"
#include "promql/memsource.h"
#include "promql/unionsource.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* What a query holds on to: immutable but for the count. */
struct set {
    struct queryport        *q;
    atomic_int               refs;
    struct arena             arena; /* of what follows */
    struct queryport_member *member;
    struct source           *sources; /* of the members */
    size_t                   n;
    struct unionsource      *all;
};

struct queryport {
    struct queryport_config config;
    int64_t                 started_ms;
    pthread_mutex_t         lock; /* of what follows */
    struct set             *set;
    int64_t                 loaded_ms;
    bool                    reload_ok;
};

/* The targets as they were when a query asked for them. */
struct targets {
    struct arena arena;
    VEC(struct port_target) list;
    struct slice pool; /* of those that are being copied */
};

/* A query on its way. */
struct errand {
    struct queryport *q;
    struct set       *set; /* from the moment that the series are looked at */
    struct targets    targets;
    void (*run)(void *ctx, const struct port_series *series);
    void *ctx;
};

/* Loop thread. */
static void
free_set(void *ctx)
{
    struct set *s = ctx;

    unionsource_free(s->all);
    for (size_t i = 0; i < s->n; i++)
        if (s->member[i].release)
            s->member[i].release(s->member[i].self);
    arena_release(&s->arena);
    free(s);
}

/* Any thread. */
static void
let_go(struct set *s)
{
    if (atomic_fetch_sub(&s->refs, 1) == 1)
        mailbox_must_post(s->q->config.mailbox, free_set, s);
}

static struct set *
take_set(struct queryport *q)
{
    struct set *s;

    pthread_mutex_lock(&q->lock);
    s = q->set;
    atomic_fetch_add(&s->refs, 1);
    pthread_mutex_unlock(&q->lock);
    return s;
}

static struct set *
make_set(struct queryport *q, const struct queryport_member *members, size_t n)
{
    struct set *s = heap_new(1, sizeof *s);

    *s = (struct set){.q = q, .n = n};
    atomic_init(&s->refs, 1);
    s->member = arena_array(&s->arena, n + 1, sizeof *s->member);
    s->sources = arena_array(&s->arena, n + 1, sizeof *s->sources);
    for (size_t i = 0; i < n; i++) {
        s->member[i] = members[i];
        s->member[i].name = arena_text(&s->arena, slice_of(members[i].name));
        s->sources[i] = members[i].source;
    }
    s->all = unionsource_new(s->sources, n);
    return s;
}

struct queryport *
queryport_new(const struct queryport_config *c)
{
    struct queryport *q = heap_new(1, sizeof *q);

    q->config = *c;
    q->started_ms = q->loaded_ms = clock_wall_ms(c->clock);
    q->reload_ok = true;
    pthread_mutex_init(&q->lock, NULL);
    q->set = make_set(q, NULL, 0);
    return q;
}

void
queryport_set(struct queryport *q, const struct queryport_member *members, size_t n)
{
    struct set *fresh = make_set(q, members, n), *old;

    pthread_mutex_lock(&q->lock);
    old = q->set;
    q->set = fresh;
    pthread_mutex_unlock(&q->lock);
    let_go(old);
}

void
queryport_loaded(struct queryport *q, bool ok)
{
    pthread_mutex_lock(&q->lock);
    q->reload_ok = ok;
    if (ok)
        q->loaded_ms = clock_wall_ms(q->config.clock);
    pthread_mutex_unlock(&q->lock);
}

void
queryport_free(struct queryport *q)
{
    if (!q)
        return;
    free_set(q->set);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

struct families {
    struct slice pool;
    void (*each)(void *ctx, const struct port_family *f);
    void *ctx;
};

static void
tell_family(void *ctx, const struct metadata_entry *e)
{
    struct families   *f = ctx;
    struct port_family told = {.pool = f->pool,
                               .name = e->family,
                               .help = e->help,
                               .unit = e->unit,
                               .type = exposition_type_name(e->type)};

    f->each(f->ctx, &told);
}

static void
families(void *self, struct slice name, void (*each)(void *ctx, const struct port_family *f),
         void *ctx)
{
    const struct errand *e = self;

    for (size_t i = 0; i < e->set->n; i++) {
        const struct queryport_member *m = &e->set->member[i];
        struct families                f = {slice_of(m->name), each, ctx};

        if (m->families)
            m->families(m->self, name, each, ctx);
        if (m->metadata)
            metadata_each(m->metadata, name, 0, tell_family, &f);
    }
}

static void
targets(void *self, void (*each)(void *ctx, const struct port_target *t), void *ctx)
{
    const struct errand *e = self;

    for (size_t i = 0; i < e->targets.list.n; i++)
        each(ctx, &e->targets.list.at[i]);
}

/* One source's figures beside those that are there: the largest of both. */
static void
merge_top(struct port_top into[PORT_TOP], struct tsdb *t, enum tsdb_top_kind kind)
{
    struct tsdb_top top[PORT_TOP];
    size_t          n = tsdb_top(t, kind, top, PORT_TOP);

    for (size_t i = 0; i < n; i++) {
        size_t at = 0, same = 0;

        while (same < PORT_TOP && strcmp(into[same].name, top[i].name) != 0)
            same++;
        if (same < PORT_TOP) { /* the name is in both: counted together, moved up */
            top[i].count += into[same].count;
            memmove(into + same, into + same + 1, (PORT_TOP - 1 - same) * sizeof *into);
            into[PORT_TOP - 1] = (struct port_top){0};
        }
        while (at < PORT_TOP && into[at].name[0] && into[at].count >= top[i].count)
            at++;
        if (at == PORT_TOP)
            continue;
        memmove(into + at + 1, into + at, (PORT_TOP - 1 - at) * sizeof *into);
        memcpy(into[at].name, top[i].name, sizeof into[at].name);
        into[at].count = top[i].count;
    }
}

static void
storage(void *self, struct port_storage *out)
{
    const struct errand *e = self;

    *out = (struct port_storage){.min_ms = INT64_MAX, .max_ms = INT64_MIN};
    for (size_t i = 0; i < e->set->n; i++) {
        struct tsdb      *t = e->set->member[i].tsdb;
        struct tsdb_stats s;

        if (!t)
            continue;
        s = tsdb_stats(t);
        out->series += s.series;
        out->samples += s.samples;
        out->min_ms = s.min_ms < out->min_ms ? s.min_ms : out->min_ms;
        out->max_ms = s.max_ms > out->max_ms ? s.max_ms : out->max_ms;
        merge_top(out->series_by_metric, t, TSDB_TOP_SERIES_BY_METRIC);
        merge_top(out->values_by_label, t, TSDB_TOP_VALUES_BY_LABEL);
        merge_top(out->bytes_by_label, t, TSDB_TOP_BYTES_BY_LABEL);
        merge_top(out->series_by_pair, t, TSDB_TOP_SERIES_BY_PAIR);
    }
}

static void
add_job(struct port_setup *out, const struct queryport_member *m)
{
    if (!m->scrape_interval_ms || out->n_jobs == PORT_MAX_JOBS)
        return;
    snprintf(out->job[out->n_jobs].name, sizeof out->job[0].name, "%s", m->name);
    out->job[out->n_jobs].interval_ms = m->scrape_interval_ms;
    out->job[out->n_jobs++].timeout_ms = m->scrape_timeout_ms;
}

static void
setup(void *self, struct port_setup *out)
{
    const struct errand *e = self;
    struct queryport    *q = e->q;

    *out = (struct port_setup){.version = q->config.version, .started_ms = q->started_ms};
    pthread_mutex_lock(&q->lock);
    out->loaded_ms = q->loaded_ms;
    out->reload_ok = q->reload_ok;
    pthread_mutex_unlock(&q->lock);
    for (size_t i = 0; i < e->set->n; i++) {
        const struct queryport_member *m = &e->set->member[i];

        if (m->retention_ms && (!out->retention_ms || m->retention_ms < out->retention_ms))
            out->retention_ms = m->retention_ms;
        add_job(out, m);
    }
}

/* On a worker. */
static void
carry_out(void *ctx)
{
    struct errand *e = ctx;

    e->set = take_set(e->q);
    e->run(e->ctx, &(struct port_series){.self = e,
                                         .source = unionsource_source(e->set->all),
                                         .families = families,
                                         .targets = targets,
                                         .storage = storage,
                                         .setup = setup});
    let_go(e->set);
    arena_release(&e->targets.arena);
    free(e);
}

static struct slice
copy_text(struct arena *a, const char *text)
{
    return arena_slice(a, slice_of(text));
}

static void
copy_target(void *ctx, const struct scraper_target *t)
{
    struct targets    *all = ctx;
    struct port_label *labels = arena_array(&all->arena, t->n_labels + 1, sizeof *labels);
    struct port_target copy = {
        .pool = all->pool,
        .labels = labels,
        .n_labels = t->n_labels,
        .url = copy_text(&all->arena, t->url),
        .health = t->health == SCRAPER_UP     ? PORT_TARGET_UP
                  : t->health == SCRAPER_DOWN ? PORT_TARGET_DOWN
                                              : PORT_TARGET_UNKNOWN,
        .last_error = copy_text(&all->arena, t->last_error),
        .last_scrape_ms = t->last_scrape_ms,
        .last_took_ms = t->last_took_ms,
        .interval_ms = t->interval_ms,
        .timeout_ms = t->timeout_ms,
    };

    for (size_t i = 0; i < t->n_labels; i++) {
        labels[i].name = arena_slice(&all->arena, t->labels[i].name);
        labels[i].value = arena_slice(&all->arena, t->labels[i].value);
    }
    VEC_PUSH(&all->arena, &all->list, copy);
}

/* Loop thread: only there may scrapers be looked at. */
static void
gather_targets(void *ctx)
{
    struct errand *e = ctx;
    struct set    *s = take_set(e->q);

    for (size_t i = 0; i < s->n; i++) {
        if (!s->member[i].scraper)
            continue;
        e->targets.pool = copy_text(&e->targets.arena, s->member[i].name);
        scraper_each(s->member[i].scraper, copy_target, &e->targets);
    }
    let_go(s);
    /* Taken it was: without a place in the queue it is done here. */
    if (!workers_submit(e->q->config.workers, carry_out, e))
        carry_out(e);
}

static bool
submit(void *self, bool with_targets, void (*run)(void *ctx, const struct port_series *series),
       void *ctx)
{
    struct queryport *q = self;
    struct errand    *e = heap_new(1, sizeof *e);
    bool              taken;

    *e = (struct errand){.q = q, .run = run, .ctx = ctx};
    taken = with_targets ? mailbox_post(q->config.mailbox, gather_targets, e)
                         : workers_submit(q->config.workers, carry_out, e);
    if (!taken)
        free(e);
    return taken;
}

struct port_api
queryport_api(struct queryport *q)
{
    return (struct port_api){.self = q, .limits = q->config.limits, .submit = submit};
}
