#include "daemon/verdictsource.h"

#include "base/hash.h"
#include "base/heap.h"
#include "daemon/runcatalog.h"
#include "daemon/verdictcolumns.h"
#include "daemon/verdictsearch.h"

#include <pthread.h>
#include <stdlib.h>

struct verdictsource {
    struct verdictsource_world world;
    int64_t                    born_ms; /* wall */
    struct runcatalog         *catalog;
    pthread_mutex_t            lock; /* of what follows */
    struct reader             *idle[VERDICTSOURCE_READERS];
    size_t                     n_idle;
    struct config             *known; /* whose words are in the catalog */
};

struct verdict_reader {
    struct source_reader  base;
    struct verdictsource *v;
    struct arena          arena; /* of all columns */
    struct config        *config;

    struct verdictsearch_world world;
};

static const char *const words[] = {
#define LABEL(name, text) text,
#include "daemon/series_label.def"
#undef LABEL
    "other", "0.5", "0.95", "0.99"};

static void
know_words(struct runcatalog *c)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        runcatalog_know(c, slice_of(words[i]));
    for (enum series s = 0; s < SERIES_COUNT; s++)
        runcatalog_know(c, slice_of(series_name(s)));
    for (enum verdict w = 0; w < VERDICT_COUNT; w++)
        runcatalog_know(c, slice_of(verdict_text(w)));
    for (enum verdict_reason w = 0; w < REASON_COUNT; w++)
        runcatalog_know(c, slice_of(verdict_reason_text(w)));
    for (enum check w = 0; w < CHECK_COUNT; w++)
        runcatalog_know(c, slice_of(check_text(w)));
    for (enum counts_arm w = 0; w < ARM_COUNT; w++)
        runcatalog_know(c, slice_of(counts_arm_text(w)));
    for (enum counts_view w = 0; w < VIEW_COUNT; w++)
        runcatalog_know(c, slice_of(counts_view_text(w)));
}

struct verdictsource *
verdictsource_new(const struct verdictsource_world *world)
{
    struct verdictsource *v = heap_new(1, sizeof *v);

    v->world = *world;
    v->born_ms = clock_wall_ms(world->clock);
    v->catalog = runcatalog_new(RUNCATALOG_TEXT_BYTES);
    know_words(v->catalog);
    pthread_mutex_init(&v->lock, NULL);
    return v;
}

void
verdictsource_free(struct verdictsource *v)
{
    if (!v)
        return;
    while (v->n_idle)
        reader_close(v->idle[--v->n_idle]);
    runcatalog_free(v->catalog);
    config_unref(v->known);
    pthread_mutex_destroy(&v->lock);
    free(v);
}

static struct reader *
take_connection(struct verdictsource *v, struct err *why)
{
    struct reader *r = NULL;

    pthread_mutex_lock(&v->lock);
    if (v->n_idle)
        r = v->idle[--v->n_idle];
    pthread_mutex_unlock(&v->lock);
    if (!r && reader_open(v->world.data_dir, &r, why))
        return NULL;
    return r;
}

/* One that failed is not used again: the file may be another by now. */
static void
give_connection(struct verdictsource *v, struct reader *r, bool good)
{
    pthread_mutex_lock(&v->lock);
    if (r && good && v->n_idle < VERDICTSOURCE_READERS) {
        v->idle[v->n_idle++] = r;
        r = NULL;
    }
    pthread_mutex_unlock(&v->lock);
    reader_close(r);
}

/* Texts that may be NULL. */
static struct slice
text_of(const char *text)
{
    return slice_of(text ? text : "");
}

static void
know_words_of(struct runcatalog *c, const struct config *config)
{
    for (size_t i = 0; i < config->n_services; i++) {
        const struct config_service *s = &config->services[i];
        const char *const            texts[] = {s->ns, s->name, s->source, s->preset, s->policy};

        for (size_t k = 0; k < ARRAY_LEN(texts); k++)
            runcatalog_know(c, text_of(texts[k]));
    }
}

/* Once for each configuration; who comes meanwhile waits until all is known. */
static void
know_services(struct verdictsource *v, struct config *config)
{
    struct config *old = NULL;

    pthread_mutex_lock(&v->lock);
    if (v->known != config) {
        know_words_of(v->catalog, config);
        old = v->known;
        v->known = config_ref(config);
    }
    pthread_mutex_unlock(&v->lock);
    config_unref(old);
}

static enum status
verdict_select(struct source_reader *base, const struct source_query *q, struct arena *a,
               struct source_selection *out, struct err *err)
{
    struct verdict_reader *r = (struct verdict_reader *)base;

    return verdictsearch_run(&r->world, q, a, out, err);
}

/* First sample at or after t_ms. */
static size_t
lower_bound(const struct verdictcolumn *c, int64_t t_ms)
{
    size_t lo = 0, hi = c->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (c->t_ms[mid] < t_ms)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static enum status
verdict_read(struct source_reader *base, const struct source_series *series, int64_t min_ms,
             int64_t max_ms, struct source_scratch *scratch, struct source_column *out,
             struct err *err)
{
    const struct verdictcolumn *c = (const struct verdictcolumn *)(uintptr_t)series->handle;
    size_t                      from = lower_bound(c, min_ms);
    size_t                      to = max_ms == INT64_MAX ? c->n : lower_bound(c, max_ms + 1);

    (void)base;
    (void)scratch; /* nothing is packed here, */
    (void)err;     /* and nothing can fail */
    *out = to > from ? (struct source_column){c->t_ms + from, c->value + from, to - from}
                     : (struct source_column){0};
    return STATUS_OK;
}

static size_t
verdict_estimate(struct source_reader *base, const struct source_query *q)
{
    (void)q;
    return ((struct verdict_reader *)base)->config->n_services * 8;
}

static void
verdict_close(struct source_reader *base)
{
    struct verdict_reader *r = (struct verdict_reader *)base;

    give_connection(r->v, r->world.reader, !r->world.failed);
    config_unref(r->config);
    arena_release(&r->arena);
    free(r);
}

/* Where the history cannot be read the reader has none, and why says so. */
static struct verdict_reader *
open_reader(struct verdictsource *v, struct err *why)
{
    struct verdict_reader *r = heap_new(1, sizeof *r);

    r->v = v;
    r->config = publish_config(v->world.publish);
    r->world = (struct verdictsearch_world){.catalog = v->catalog,
                                            .publish = v->world.publish,
                                            .config = r->config,
                                            .columns = &r->arena,
                                            .reader = take_connection(v, why),
                                            .born_ms = v->born_ms,
                                            .now_ms = clock_wall_ms(v->world.clock),
                                            .now_mono_ms = clock_mono_ms(v->world.clock)};
    if (r->world.reader &&
        runcatalog_refresh(v->catalog, r->world.reader, r->world.now_mono_ms, why)) {
        give_connection(v, r->world.reader, false);
        r->world.reader = NULL;
    }
    know_services(v, r->config);
    r->world.n_symbols = symbols_count(runcatalog_symbols(v->catalog));
    r->base = (struct source_reader){.symbols = runcatalog_symbols(v->catalog),
                                     .select = verdict_select,
                                     .read = verdict_read,
                                     .estimate = verdict_estimate,
                                     .close = verdict_close};
    return r;
}

/* An unreadable history is no reason to refuse telemetry, which is asked beside it. */
static enum status
verdict_open(void *self, struct source_reader **out, struct err *err)
{
    struct err why = {0};

    (void)err;
    *out = &open_reader(self, &why)->base;
    return STATUS_OK;
}

static enum status
history_open(void *self, struct source_reader **out, struct err *err)
{
    struct err             why = {0};
    struct verdict_reader *r = open_reader(self, &why);

    if (!r->world.reader) {
        verdict_close(&r->base);
        return err_set(err, STATUS_UNREACHABLE, "the history cannot be read: %s", why.text);
    }
    *out = &r->base;
    return STATUS_OK;
}

struct source
verdictsource_source(struct verdictsource *v)
{
    return (struct source){.open = verdict_open, .self = v};
}

struct source
verdictsource_history(struct verdictsource *v)
{
    return (struct source){.open = history_open, .self = v};
}

void
verdictsource_families(void *v, struct slice                                       name,
                       void (*each)(void *ctx, const struct port_family *f), void *ctx)
{
    struct slice last = {0};

    (void)v;
    for (enum series s = 0; s < SERIES_COUNT; s++) {
        struct slice family = series_family(s);

        if ((name.n && !slice_equal(name, family)) || slice_equal(family, last))
            continue;
        last = family;
        each(ctx, &(struct port_family){.pool = SLICE_LITERAL("history"),
                                        .name = family,
                                        .help = slice_of(series_help(s)),
                                        .unit = slice_of(series_unit(s)),
                                        .type = series_type_text(series_type(s))});
    }
}
