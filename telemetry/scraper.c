#include "telemetry/scraper.h"

#include "base/hash.h"
#include "base/heap.h"
#include "base/log.h"
#include "telemetry/filesd.h"
#include "telemetry/scrapegroups.h"

#include <stdlib.h>

struct scraper {
    struct scrapepool     *pool;
    struct scrapesettings *settings;
    struct scrapegroups   *groups;
    struct filesd         *files;
    struct kubernetes     *kubernetes;
    struct hash_map        problems; /* of discovery: the place to its struct err */
};

/* What discovery says of one place; the log hears of changes. */
static void
note(struct scraper *s, struct slice place, const struct err *err)
{
    struct err *was = hash_get(&s->problems, place);

    if (!err->status) {
        if (was)
            log_event(LOG_LEVEL_INFO, "discovery_recovered",
                      log_text("source", s->settings->config.source), log_slice("place", place));
        free(was ? hash_remove(&s->problems, place) : NULL);
        return;
    }
    if (was && !strcmp(was->text, err->text))
        return;
    log_event(LOG_LEVEL_WARN, "discovery_failed", log_text("source", s->settings->config.source),
              log_slice("place", place), log_text("reason", err->text));
    if (!was) {
        was = heap_new(1, sizeof *was);
        hash_set(&s->problems, place, was);
    }
    *was = *err;
}

static void
on_group(void *self, struct slice name, const struct targetsink_target *targets, size_t n)
{
    struct scraper *s = self;
    struct err      err = {0};

    (void)!scrapegroups_set(s->groups, name, targets, n, &err);
    note(s, name, &err);
}

static void
on_told(void *self, const char *what, const struct err *err)
{
    note(self, slice_of(what), err);
}

/* All static targets, or none: these come from the configuration. */
static enum status
check_static(const struct scrapesettings *settings, struct err *err)
{
    const struct scraper_config       *c = &settings->config;
    const struct scrapetarget_defaults defaults = {
        .job = c->source, .labels = c->labels, .n_labels = c->n_labels};
    enum status s = STATUS_OK;

    for (size_t i = 0; !s && i < c->n_targets; i++) {
        struct arena        a = {0};
        struct scrapetarget t;

        s = scrapetarget_make(&a, slice_of(c->targets[i]), &defaults, NULL, 0, &t, err);
        arena_release(&a);
    }
    if (!s && c->n_targets > c->max_targets)
        s = err_set(err, STATUS_LIMIT, "%zu targets: %zu are allowed (max_targets)", c->n_targets,
                    c->max_targets);
    return s;
}

static void
set_static(struct scraper *s)
{
    const struct scraper_config *c = &s->settings->config;
    struct targetsink_target    *t = heap_new(c->n_targets, sizeof *t);

    for (size_t i = 0; i < c->n_targets; i++)
        t[i].address = slice_of(c->targets[i]);
    on_group(s, SLICE_LITERAL("static"), t, c->n_targets);
    free(t);
}

static bool
same_files(const struct scraper_config *a, const struct scraper_config *b)
{
    bool same = a->n_files == b->n_files;

    for (size_t i = 0; same && i < a->n_files; i++)
        same = !strcmp(a->files[i], b->files[i]);
    return same;
}

static void
clear_problems(struct scraper *s, const char *prefix)
{
    struct slice place;
    void        *err;
    size_t       cursor = 0;

    while (hash_next(&s->problems, &cursor, &place, &err))
        if (slice_starts(place, prefix)) {
            free(hash_remove(&s->problems, place));
            cursor = 0;
        }
}

static struct targetsink
sink_of(struct scraper *s)
{
    return (struct targetsink){.group = on_group, .told = on_told, .self = s};
}

static void
replace_files(struct scraper *s)
{
    const struct scraper_config *c = &s->settings->config;
    const struct targetsink      sink = sink_of(s);

    filesd_free(s->files);
    s->files = NULL;
    scrapegroups_end(s->groups, "file:");
    clear_problems(s, "file:");
    if (c->n_files)
        s->files =
            filesd_new(c->files, c->n_files, s->pool->world.clock, s->pool->world.timer, &sink);
}

static void
take_settings(struct scraper *s, struct scrapesettings *settings)
{
    scrapesettings_release(s->settings);
    s->settings = settings;
    s->pool->most = settings->config.max_in_flight;
    s->pool->max_buffered = settings->config.max_buffered;
}

/* The API server is asked only from the loop, so that a new watch may be made
 * before it is known whether it is wanted. */
static enum status
make_kubernetes(struct scraper *s, const struct scraper_config *c, struct kubernetes **out,
                struct err *err)
{
    const struct kubernetes_world world = {.clock = s->pool->world.clock,
                                           .fetch = s->pool->world.fetch,
                                           .timer = s->pool->world.timer};
    const struct targetsink       sink = sink_of(s);

    *out = NULL;
    return c->kubernetes ? kubernetes_new(c->kubernetes, &world, &sink, out, err) : STATUS_OK;
}

enum status
scraper_new(const struct scraper_config *c, const struct scraper_world *w, struct scraper **out,
            struct err *err)
{
    struct scraper        *s = heap_new(1, sizeof *s);
    struct scrapesettings *settings = scrapesettings_new(c);
    enum status            status = check_static(settings, err);

    s->pool = scrapepool_new(w);
    if (!status)
        status = make_kubernetes(s, c, &s->kubernetes, err);
    if (status) {
        scrapesettings_release(settings);
        s->pool->world.gone = NULL; /* it never was */
        scrapepool_drop(s->pool);
        free(s);
        return status;
    }
    take_settings(s, settings);
    s->groups = scrapegroups_new(s->pool, settings);
    set_static(s);
    replace_files(s);
    *out = s;
    return STATUS_OK;
}

static bool
same_kubernetes(const struct scraper *s, const struct scraper_config *c)
{
    if (!s->kubernetes || !c->kubernetes)
        return !s->kubernetes && !c->kubernetes;
    return kubernetes_same(s->kubernetes, c->kubernetes);
}

enum status
scraper_reload(struct scraper *s, const struct scraper_config *c, struct err *err)
{
    struct scrapesettings *settings = scrapesettings_new(c);
    const bool             keep = slice_equal(settings->targets_key, s->settings->targets_key);
    const bool             keep_files = keep && same_files(&settings->config, &s->settings->config);
    const bool             keep_pods = keep && same_kubernetes(s, c);
    struct kubernetes     *kubernetes = NULL;
    enum status            status = check_static(settings, err);

    if (!status && !keep_pods)
        status = make_kubernetes(s, c, &kubernetes, err);
    if (status) {
        scrapesettings_release(settings);
        return status;
    }
    take_settings(s, settings);
    scrapegroups_adopt(s->groups, settings);
    set_static(s);
    if (keep_files && s->files)
        filesd_look(s->files);
    else
        replace_files(s);
    if (!keep_pods) {
        kubernetes_free(s->kubernetes);
        s->kubernetes = kubernetes;
        scrapegroups_end(s->groups, "pod:");
        clear_problems(s, "pod:");
        clear_problems(s, "kubernetes");
    }
    return STATUS_OK;
}

void
scraper_free(struct scraper *s)
{
    if (!s)
        return;
    filesd_free(s->files);
    kubernetes_free(s->kubernetes);
    scrapegroups_free(s->groups);
    clear_problems(s, "");
    hash_release(&s->problems);
    scrapesettings_release(s->settings);
    scrapepool_drop(s->pool);
    free(s);
}

const char *
scraper_health_name(enum scraper_health h)
{
    switch (h) {
    case SCRAPER_UNKNOWN:
        return "unknown";
    case SCRAPER_UP:
        return "up";
    case SCRAPER_DOWN:
        return "down";
    }
    return "unknown";
}

struct views {
    struct scraper_target *at;
    size_t                 n;
};

static void
collect(void *ctx, const struct scrapeloop *l)
{
    struct views *v = ctx;

    v->at[v->n++] = scrapeloop_view(l);
}

static int
by_url(const void *a, const void *b)
{
    const struct scraper_target *x = a, *y = b;
    int                          order = strcmp(x->url, y->url);

    for (size_t i = 0; !order && i < x->n_labels && i < y->n_labels; i++) {
        order = slice_compare(x->labels[i].name, y->labels[i].name);
        if (!order)
            order = slice_compare(x->labels[i].value, y->labels[i].value);
    }
    return order;
}

void
scraper_each(const struct scraper *s, void (*each)(void *ctx, const struct scraper_target *t),
             void                 *ctx)
{
    struct views v = {.at = heap_new(scrapegroups_count(s->groups), sizeof(struct scraper_target))};

    scrapegroups_each(s->groups, collect, &v);
    qsort(v.at, v.n, sizeof *v.at, by_url);
    for (size_t i = 0; i < v.n; i++)
        each(ctx, &v.at[i]);
    free(v.at);
}

static void
count(void *ctx, const struct scrapeloop *l)
{
    struct scraper_stats *st = ctx;

    st->targets++;
    switch (scrapeloop_view(l).health) {
    case SCRAPER_UNKNOWN:
        st->unknown++;
        break;
    case SCRAPER_UP:
        st->up++;
        break;
    case SCRAPER_DOWN:
        st->down++;
        break;
    }
}

/* Of several problems always the same one is told: the first by its place. */
static struct err
first_problem(const struct scraper *s)
{
    struct slice      place, first = {0};
    const struct err *told = NULL;
    void             *err;
    size_t            cursor = 0;

    while (hash_next(&s->problems, &cursor, &place, &err))
        if (!told || slice_compare(place, first) < 0) {
            first = place;
            told = err;
        }
    return told ? *told : (struct err){0};
}

struct scraper_stats
scraper_stats(const struct scraper *s)
{
    const struct scrapepool *p = s->pool;
    struct scraper_stats     st = {.in_flight = p->quick_in_flight + p->slow_in_flight,
                                   .waiting = p->n_waiting,
                                   .buffered_bytes = p->buffered,
                                   .scrapes = p->scrapes,
                                   .failed = p->failed,
                                   .missed = p->missed,
                                   .no_slot = p->no_slot,
                                   .samples = p->samples,
                                   .bytes = p->bytes,
                                   .dropped_targets = scrapegroups_dropped(s->groups),
                                   .discovery = first_problem(s)};

    scrapegroups_each(s->groups, count, &st);
    return st;
}
