#include "daemon/embedded.h"

#include "base/heap.h"
#include "base/log.h"
#include "daemon/configkeep.h"
#include "telemetry/tsdbsnapshot.h"

#include <inttypes.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    COLLECT_EVERY_MS = 10000,
    SHORT_PAUSE_MS = 500,
    COLLECT_STEPS = 64, /* of one turn of the ingest thread, so that scrapes need not wait long */
    SILENT_LEAST_MS = 60000, /* what is written to may pause so long */
    SILENT_INTERVALS = 4,
    ALIVE_FOR_MS = 1000,
};

struct embedded {
    atomic_uint           refs;
    struct embedded_world world;
    char                 *name;
    struct config_store   store;
    struct tsdb_limits    limits; /* that were given to the ingest thread last */
    bool                  written_to;
    int64_t               interval_ms;
    struct tsdb          *tsdb;
    struct metadata      *metadata;
    struct scraper       *scraper; /* one of the two */
    struct intake        *intake;
    uint64_t              collect_timer;
    bool                  collecting; /* a job of it is queued */
    bool                  more;       /* collecting is not at its end; the job's until it is done */
    bool                  ending, keep;
    bool                  loading; /* a job of it is queued; the rest is that job's until then */
    struct loaded {
        enum status                status;
        struct err                 err;
        struct tsdbsnapshot_report report;
        int64_t                    now_ms, retention_ms, took_ms;
    } loaded;
    int64_t alive_mono_ms; /* when it was found so; 0: it was not */
};

/* All texts point into the configuration or the arena; the scraper copies them. */
static struct scraper_config
scraper_settings(const struct config *config, const struct config_source *cs, struct arena *a,
                 struct kubernetes_config *kubernetes)
{
    const struct config_scrape     *s = &cs->scrape;
    const struct config_kubernetes *k = &s->kubernetes;
    struct configkeep               keep = configkeep_of(config, cs, a);
    struct tsdb_label              *labels = arena_array(a, s->labels.n, sizeof *labels);
    struct kubernetes_label        *pod = arena_array(a, k->labels.n, sizeof *pod);

    for (size_t i = 0; i < s->labels.n; i++)
        labels[i] =
            (struct tsdb_label){slice_of(s->labels.at[i].label), slice_of(s->labels.at[i].value)};
    for (size_t i = 0; i < k->labels.n; i++)
        pod[i] = (struct kubernetes_label){k->labels.at[i].label, k->labels.at[i].value};
    *kubernetes = (struct kubernetes_config){.api_server = k->api,
                                             .namespaces = k->namespaces.at,
                                             .n_namespaces = k->namespaces.n,
                                             .selector = k->selector,
                                             .port = (uint16_t)k->port,
                                             .path = k->path,
                                             .scheme = k->https ? "https" : "http",
                                             .annotations = k->annotations,
                                             .labels = pod,
                                             .n_labels = k->labels.n};
    return (struct scraper_config){.source = cs->name,
                                   .interval_ms = cs->scrape_interval_ms,
                                   .timeout_ms = s->timeout_ms,
                                   .max_in_flight = s->max_in_flight,
                                   .max_body_bytes = s->body_limit,
                                   .rules = {.honor_labels = s->honor_labels,
                                             .honor_timestamps = s->honor_timestamps,
                                             .keep = keep.at,
                                             .n_keep = keep.n,
                                             .sample_limit = s->sample_limit,
                                             .label_limit = s->label_limit},
                                   .peer = cs->peer,
                                   .credentials_to = s->credentials_to.at,
                                   .n_credentials_to = s->credentials_to.n,
                                   .labels = labels,
                                   .n_labels = s->labels.n,
                                   .targets = s->targets.at,
                                   .n_targets = s->targets.n,
                                   .files = s->file_sd.at,
                                   .n_files = s->file_sd.n,
                                   .kubernetes = k->on ? kubernetes : NULL};
}

static void
release(struct embedded *e)
{
    tsdb_free(e->tsdb);
    metadata_free(e->metadata);
    free(e->name);
    free(e);
}

static void
snapshot_file(const struct embedded *e, char out[PATH_MAX])
{
    (void)snprintf(out, PATH_MAX, "%s/series-%s.snapshot", e->world.data_dir, e->name);
}

static void
save(struct embedded *e)
{
    struct tsdbsnapshot_report r = {0};
    struct err                 err = {0};
    char                       file[PATH_MAX];
    int64_t                    from_ms = clock_mono_ms(e->world.clock);

    snapshot_file(e, file);
    if (tsdbsnapshot_save(e->tsdb, slice_of(e->name), file, clock_wall_ms(e->world.clock), &r,
                          &err))
        log_event(LOG_LEVEL_ERROR, "series_not_saved", log_text("source", e->name),
                  log_text("error", err.text));
    else
        log_event(LOG_LEVEL_INFO, "series_saved", log_text("source", e->name),
                  log_int("series", (int64_t)r.series), log_int("samples", (int64_t)r.samples),
                  log_int("bytes", (int64_t)r.bytes),
                  log_int("ms", clock_mono_ms(e->world.clock) - from_ms));
}

/* On the ingest thread, before all that is written. */
static void
load(void *ctx)
{
    struct embedded *e = ctx;
    struct loaded   *l = &e->loaded;
    char             file[PATH_MAX];
    int64_t          from_ms = clock_mono_ms(e->world.clock);

    snapshot_file(e, file);
    l->status = tsdbsnapshot_load(e->tsdb, slice_of(e->name), file, l->now_ms - l->retention_ms,
                                  &l->report, &l->err);
    l->took_ms = clock_mono_ms(e->world.clock) - from_ms;
    tsdb_hide(e->tsdb, false);
}

static void
on_loaded(void *ctx)
{
    struct embedded     *e = ctx;
    const struct loaded *l = &e->loaded;

    e->loading = false;
    if (l->status == STATUS_OK)
        log_event(LOG_LEVEL_INFO, "series_loaded", log_text("source", e->name),
                  log_int("series", (int64_t)l->report.series),
                  log_int("samples", (int64_t)l->report.samples),
                  log_int("age_ms", l->now_ms - l->report.taken_ms), log_int("ms", l->took_ms));
    else if (l->status != STATUS_NOT_FOUND)
        log_event(LOG_LEVEL_WARN, "series_not_loaded", log_text("source", e->name),
                  log_text("error", l->err.text));
}

/* Behind it comes whatever is written; who asks meanwhile is told to wait. */
static void
begin_load(struct embedded *e)
{
    struct ingest_job job = {.must = true, .run = load, .done = on_loaded, .ctx = e};

    e->loaded.now_ms = clock_wall_ms(e->world.clock);
    e->loaded.retention_ms = e->store.retention_ms;
    e->loading = true;
    tsdb_hide(e->tsdb, true);
    (void)ingest_submit(e->world.ingest, &job);
}

/* Loop thread: every job that knew the store has run. */
static void
end(void *ctx)
{
    struct embedded *e = ctx;
    void (*gone)(void *) = e->world.gone;
    void *gone_ctx = e->world.ctx;

    if (e->keep)
        save(e);
    intake_free(e->intake);
    release(e);
    gone(gone_ctx);
}

static void
pass(void *ctx)
{
    (void)ctx;
}

/* Loop thread: nothing submits any more; behind what is queued nothing follows. */
static void
fence(void *ctx)
{
    struct embedded  *e = ctx;
    struct ingest_job job = {.must = true, .run = pass, .done = end, .ctx = e};

    (void)ingest_submit(e->world.ingest, &job);
}

static enum status
make_scraper(struct embedded *e, const struct config *config, const struct config_source *cs,
             struct err *err)
{
    struct arena             a = {0};
    struct kubernetes_config kubernetes;
    struct scraper_config    sc = scraper_settings(config, cs, &a, &kubernetes);
    struct scraper_world     world = {.clock = e->world.clock,
                                      .fetch = e->world.fetch,
                                      .timer = e->world.timer,
                                      .ingest = e->world.ingest,
                                      .tsdb = e->tsdb,
                                      .metadata = e->metadata,
                                      .gone = fence,
                                      .ctx = e};
    enum status              s = e->scraper ? scraper_reload(e->scraper, &sc, err)
                                            : scraper_new(&sc, &world, &e->scraper, err);

    if (s == STATUS_OK)
        e->interval_ms = cs->scrape_interval_ms;
    else
        (void)err_wrap(err, "source %s", e->name);
    arena_release(&a);
    return s;
}

/* On the ingest thread. */
static void
collect(void *ctx)
{
    struct embedded *e = ctx;
    int64_t          now = clock_wall_ms(e->world.clock);
    int              steps = COLLECT_STEPS;

    do
        e->more = tsdb_collect(e->tsdb, now);
    while (e->more && --steps);
    tsdb_commit(e->tsdb); /* what went is freed even where nothing is written */
}

/* A round looks at every series: more often only where space is short. */
static int64_t
pause_ms(const struct embedded *e)
{
    return tsdb_stats(e->tsdb).bytes > e->store.max_bytes / 8 * 7 ? SHORT_PAUSE_MS
                                                                  : COLLECT_EVERY_MS;
}

static void on_collect(void *ctx);

static void
collected(void *ctx)
{
    struct embedded *e = ctx;

    e->collecting = false;
    if (!e->ending)
        e->collect_timer = timer_start(&e->world.timer, e->more ? 0 : pause_ms(e), on_collect, e);
}

static void
on_collect(void *ctx)
{
    struct embedded  *e = ctx;
    struct ingest_job job = {.must = true, .run = collect, .done = collected, .ctx = e};

    e->collect_timer = 0;
    e->collecting = true;
    (void)ingest_submit(e->world.ingest, &job); /* which must is never refused */
}

static struct tsdb_limits
limits_of(const struct config_store *s)
{
    return (struct tsdb_limits){
        .max_series = s->max_series, .max_bytes = s->max_bytes, .retention_ms = s->retention_ms};
}

enum status
embedded_new(const struct embedded_world *w, const struct config *config,
             const struct config_source *cs, struct embedded **out, struct err *err)
{
    struct embedded *e = heap_new(1, sizeof *e);
    enum status      s = STATUS_OK;

    atomic_init(&e->refs, 1);
    e->world = *w;
    e->name = strdup(cs->name);
    e->store = cs->store;
    e->written_to = cs->remote_write;
    e->interval_ms = cs->scrape_interval_ms;
    e->limits = limits_of(&e->store);
    e->tsdb = tsdb_new(&e->limits, w->clock);
    e->metadata = metadata_new();
    if (e->written_to)
        e->intake = intake_new(e->name, e->tsdb, e->metadata, w->ingest, w->clock);
    else
        s = make_scraper(e, config, cs, err);
    if (s) {
        release(e);
        return s;
    }
    if (w->restart && e->store.snapshot)
        begin_load(e);
    e->collect_timer = timer_start(&w->timer, COLLECT_EVERY_MS, on_collect, e);
    *out = e;
    return STATUS_OK;
}

static void
begin_end(void *ctx)
{
    struct embedded *e = ctx;

    e->ending = true;
    timer_cancel(&e->world.timer, e->collect_timer);
    if (e->scraper)
        scraper_free(e->scraper); /* then fence() */
    else
        fence(e);
}

struct embedded *
embedded_ref(struct embedded *e)
{
    atomic_fetch_add_explicit(&e->refs, 1, memory_order_relaxed);
    return e;
}

void
embedded_unref(struct embedded *e)
{
    if (e && atomic_fetch_sub_explicit(&e->refs, 1, memory_order_acq_rel) == 1)
        mailbox_must_post(e->world.mailbox, begin_end, e);
}

bool
embedded_fits(const struct embedded *e, const struct config_source *cs)
{
    return !strcmp(e->name, cs->name) && e->written_to == cs->remote_write;
}

enum status
embedded_reload(struct embedded *e, const struct config *config, const struct config_source *cs,
                struct err *err)
{
    enum status s = e->written_to ? STATUS_OK : make_scraper(e, config, cs, err);

    if (s == STATUS_OK) {
        e->store = cs->store;
        e->interval_ms = cs->scrape_interval_ms;
    }
    return s;
}

struct limiting {
    struct embedded   *e;
    struct tsdb_limits limits;
};

/* On the ingest thread. */
static void
limit(void *ctx)
{
    struct limiting *l = ctx;

    tsdb_limit(l->e->tsdb, &l->limits);
}

static void
limited(void *ctx)
{
    struct limiting *l = ctx;

    embedded_unref(l->e);
    free(l);
}

void
embedded_adopted(struct embedded *e)
{
    struct tsdb_limits limits = limits_of(&e->store);
    struct limiting   *l;
    struct ingest_job  job = {.must = true, .run = limit, .done = limited};

    if (limits.max_series == e->limits.max_series && limits.max_bytes == e->limits.max_bytes &&
        limits.retention_ms == e->limits.retention_ms)
        return;
    e->limits = limits;
    job.ctx = l = heap_new(1, sizeof *l);
    *l = (struct limiting){embedded_ref(e), limits};
    (void)ingest_submit(e->world.ingest, &job);
}

void
embedded_keep(struct embedded *e)
{
    e->keep = e->store.snapshot;
    if (e->intake)
        intake_hurry(e->intake);
}

struct first_error {
    const char *url, *text;
};

static void
look_for_error(void *ctx, const struct scraper_target *t)
{
    struct first_error *first = ctx;

    if (!first->text && *t->last_error) {
        first->url = t->url;
        first->text = t->last_error;
    }
}

static enum status
scraper_alive(const struct embedded *e, struct err *err)
{
    struct scraper_stats s = scraper_stats(e->scraper);
    struct first_error   first = {0};

    if (s.up)
        return STATUS_OK;
    if (!s.targets)
        return err_set(err, STATUS_UNREACHABLE, "there is no target to scrape%s%.250s",
                       *s.discovery.text ? ": " : "", s.discovery.text);
    scraper_each(e->scraper, look_for_error, &first);
    if (!first.text)
        return err_set(err, STATUS_UNREACHABLE, "no target was scraped yet");
    return err_set(err, STATUS_UNREACHABLE,
                   "none of %" PRIu32 " targets can be scraped; %.100s: %.150s", s.targets,
                   first.url, first.text);
}

static enum status
intake_alive(const struct embedded *e, struct err *err)
{
    struct intake_stats s = intake_stats(e->intake);
    int64_t             silent_ms = clock_wall_ms(e->world.clock) - s.last_ms;
    int64_t             most_ms = SILENT_INTERVALS * e->interval_ms;

    if (most_ms < SILENT_LEAST_MS)
        most_ms = SILENT_LEAST_MS;
    if (!s.last_ms)
        return err_set(err, STATUS_UNREACHABLE, "nothing was written to it yet");
    if (silent_ms > most_ms)
        return err_set(err, STATUS_UNREACHABLE, "nothing was written to it for %" PRId64 " s",
                       silent_ms / 1000);
    return STATUS_OK;
}

/* Each question asks, and to look takes as long as there are targets. */
static enum status
alive(void *self, struct err *err)
{
    struct embedded *e = self;
    int64_t          now = clock_mono_ms(e->world.clock);
    enum status      s;

    if (e->loading)
        return err_set(err, STATUS_UNREACHABLE,
                       "its series of before the restart are still being loaded");
    if (e->alive_mono_ms && now - e->alive_mono_ms < ALIVE_FOR_MS)
        return STATUS_OK;
    s = e->scraper ? scraper_alive(e, err) : intake_alive(e, err);
    e->alive_mono_ms = s ? 0 : now;
    return s;
}

static void
ref(void *self)
{
    (void)embedded_ref(self);
}

static void
unref(void *self)
{
    embedded_unref(self);
}

struct upstream_local
embedded_local(struct embedded *e)
{
    return (struct upstream_local){
        .source = tsdb_source(e->tsdb), .ref = ref, .unref = unref, .alive = alive, .self = e};
}

const char *
embedded_name(const struct embedded *e)
{
    return e->name;
}

struct tsdb *
embedded_tsdb(struct embedded *e)
{
    return e->tsdb;
}

struct metadata *
embedded_metadata(struct embedded *e)
{
    return e->metadata;
}

struct intake *
embedded_intake(struct embedded *e)
{
    return e->intake;
}

struct scraper *
embedded_scraper(struct embedded *e)
{
    return e->scraper;
}
