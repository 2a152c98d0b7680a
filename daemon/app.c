#include "daemon/app.h"

#include "base/log.h"
#include "daemon/embeddedset.h"
#include "daemon/queryset.h"
#include "daemon/executions.h"
#include "daemon/gatelog.h"
#include "daemon/history.h"
#include "daemon/links.h"
#include "daemon/meters.h"
#include "daemon/outbox.h"
#include "daemon/placebos.h"
#include "daemon/remotewriter.h"
#include "daemon/runs.h"
#include "daemon/selfreport.h"
#include "daemon/selfseries.h"
#include "daemon/gatewaits.h"
#include "daemon/switches.h"
#include "daemon/waits.h"
#include "dashboards/metric.h"
#include "webhooks/httpstats.h"

#include <stdio.h>

enum { SWEEP_MS = 1000, END_WITHIN_MS = 60000 };

static void
release_sources(struct hash_map *sources)
{
    size_t       at = 0;
    struct slice key;
    void        *s;

    while (hash_next(sources, &at, &key, &s))
        upstream_unref(s);
    hash_release(sources);
}

static enum status
make_source(struct app *app, struct config *config, const struct config_source *cs,
            struct upstream **out, struct err *err)
{
    struct upstream_local local;

    enum status st = STATUS_OK;

    if (config_source_embedded(cs)) {
        local = embedded_local(embeddedset_find(app->embedded, cs->name));
        *out = upstream_new_local(&local, app->judges, app->world.mailbox, app->world.clock, config,
                                  cs);
    } else {
        st = upstream_new(&app->prom, config, cs, out, err);
    }
    if (st == STATUS_OK)
        upstream_meter(*out, meters_source(app->meters, cs->name));
    return st;
}

/* Embedded ones are prepared, not yet adopted. */
static enum status
make_sources(struct app *app, struct config *config, struct hash_map *out, struct err *err)
{
    enum status st = embeddedset_prepare(app->embedded, config, err);

    if (st)
        return st;
    for (size_t i = 0; i < config->n_sources; i++) {
        struct upstream *s;

        st = make_source(app, config, &config->sources[i], &s, err);
        if (st) {
            release_sources(out);
            embeddedset_abandon(app->embedded);
            return st;
        }
        hash_set(out, slice_of(config->sources[i].name), s);
    }
    return STATUS_OK;
}

static void
add_detail(struct port_health *h, const char *what, const char *name, const char *detail)
{
    size_t n = strlen(h->detail);

    snprintf(h->detail + n, sizeof h->detail - n, "%s%s%s%s%.200s", n ? "\n" : "", what, name,
             *detail ? ": " : "", detail);
    h->ready = false;
}

static struct port_health
look(struct app *app)
{
    struct port_health  h = {.live = true, .ready = true};
    struct store_health sh = store_health(app->world.store);
    int64_t             now = clock_mono_ms(app->world.clock);
    size_t              at = 0;
    struct slice        key;
    void               *s;
    const char         *detail;

    while (hash_next(&app->sources, &at, &key, &s))
        if (!upstream_health(s, now, &detail))
            add_detail(&h, "no answer from source ", upstream_name(s), detail);
    if (sh.failing)
        add_detail(&h, "the history does not take writes", "", sh.last_fault.text);
    else if (sh.damaged)
        add_detail(&h, "the history is damaged", "", sh.last_fault.text);
    return h;
}

static void
note_health(struct app *app)
{
    struct port_health h = look(app);

    pthread_mutex_lock(&app->health_lock);
    app->health = h;
    pthread_mutex_unlock(&app->health_lock);
}

struct port_health
app_health(struct app *app)
{
    struct port_health h;

    pthread_mutex_lock(&app->health_lock);
    h = app->health;
    pthread_mutex_unlock(&app->health_lock);
    return h;
}

static void on_sweep(void *ctx);

static void
plan_sweep(struct app *app)
{
    app->sweep_due_mono_ms = clock_mono_ms(app->world.clock) + SWEEP_MS;
    app->sweep_timer = timer_start(&app->world.timer, SWEEP_MS, on_sweep, app);
}

static void
note_sweep(struct app *app)
{
    struct meters *m = app->meters;

    atomic_store(&m->loop_wall_ms, clock_wall_ms(app->world.clock));
    selfreport_sweep(app->selfreport);
}

/* Once a second: what ends by time, what is counted, what is alive. */
static void
on_sweep(void *ctx)
{
    struct app  *app = ctx;
    size_t       at = 0;
    struct slice key;
    void        *s;

    histogram_observe_us(&app->meters->loop_lag,
                         (clock_mono_ms(app->world.clock) - app->sweep_due_mono_ms) * 1000);
    runs_sweep(app->runs);
    gatelog_flush(app->gatelog, false);
    if (app->gatewaits)
        gatewaits_sweep(app->gatewaits, &app->config->daemon.waits);
    while (hash_next(&app->sources, &at, &key, &s))
        upstream_probe(s);
    note_health(app);
    note_sweep(app);
    plan_sweep(app);
}

static enum status
store_services(struct app *app, const struct config *config, struct err *err)
{
    for (size_t i = 0; i < config->n_services; i++) {
        const struct config_service *c = &config->services[i];
        struct store_service         row = {.ns = slice_of(c->ns),
                                            .name = slice_of(c->name),
                                            .preset = slice_of(c->preset),
                                            .key = slice_of(c->key),
                                            .source = slice_of(c->source)};
        enum status                  s =
            store_submit(app->world.store, &(struct store_commit){.service = &row}, NULL, NULL);

        if (s)
            return err_set(err, s, "storing service %s: %s", c->name, status_text(s));
    }
    return STATUS_OK;
}

/* Series of its own, and who computes over them. */
static void
start_embedded(struct app *app)
{
    const struct app_world  *w = &app->world;
    struct embeddedset_world ew = {.clock = w->clock,
                                   .fetch = w->fetch,
                                   .timer = w->timer,
                                   .mailbox = w->mailbox,
                                   .data_dir = w->data_dir,
                                   .on_caller = w->threads.history == 0};

    app->judges = workers_new(w->threads.judges);
    app->embedded = embeddedset_new(&ew);
    app->writeport = embeddedset_writeport(app->embedded);
    app->readers = workers_new(w->threads.api);
    app->verdicts = verdictsource_new(&(struct verdictsource_world){
        .data_dir = w->data_dir, .clock = w->clock, .publish = app->publish});
    app->queryport = queryset_new(&app->config->daemon, app->readers, w->mailbox, w->clock);
    app->api = queryport_api(app->queryport);
}

/* From now on the Prometheus API reads what the configuration says. */
static void
adopt_embedded(struct app *app, struct config *config)
{
    embeddedset_adopt(app->embedded, config);
    queryset_publish(app->queryport, app->embedded, config, app->selfseries, app->verdicts);
}

/* A history that takes no writes may be one that cannot be read: what stands in it is
 * not known then, no pass is told, and all else goes on. */
static enum status
go_on_without(struct app *app, enum status s, struct err *err)
{
    if (!s || !store_health(app->world.store).detached)
        return s;
    log_event(LOG_LEVEL_ERROR, "history_unreadable", log_text("error", err->text));
    *err = (struct err){0};
    return STATUS_OK;
}

/* Without them all else goes on. */
static void
start_links(struct app *app)
{
    struct err err = {0};

    if (links_new(&app->world, &app->links, &err))
        log_event(LOG_LEVEL_WARN, "no_links", log_text("error", err.text));
}

static void
start_remotewriter(struct app *app)
{
    const struct app_world *w = &app->world;

    app->remotewriter = remotewriter_new(
        &(struct remotewriter_world){.clock = w->clock,
                                     .fetch = w->fetch,
                                     .timer = w->timer,
                                     .mailbox = w->mailbox,
                                     .workers = app->readers,
                                     .source = verdictsource_history(app->verdicts),
                                     .store = w->store,
                                     .data_dir = w->data_dir},
        app->config);
}

enum status
app_start(struct app *app, const struct app_world *world, struct config *config, struct err *err)
{
    enum status s;

    *app = (struct app){.world = *world};
    app->prom = (struct promclient_world){.fetch = world->fetch,
                                          .clock = world->clock,
                                          .entropy = world->entropy,
                                          .timer = world->timer};
    pthread_mutex_init(&app->health_lock, NULL);
    app->config = config_ref(config);
    app->meters = meters_new();
    atomic_store(&app->meters->loaded_wall_ms, clock_wall_ms(world->clock));
    app->httpstats = httpstats_new(metric_row(METRIC_HTTP_DURATION)->bounds,
                                   metric_row(METRIC_HTTP_DURATION)->n_bounds);
    app->selfreport = selfreport_new(app);
    app->publish = publish_new();
    publish_set_config(app->publish, config);
    app->events = eventstream_new(world->clock);
    app->runs = runs_new(app);
    app->placebos = placebos_new(app);
    app->gatelog = gatelog_new(world->store, world->clock);
    app->history = history_new(world->data_dir, world->threads.history, world->clock);
    app->waits = waits_new(app);
    start_embedded(app);
    if (config->daemon.api.own_metrics_ms && world->threads.history)
        app->selfseries =
            selfseries_new(app, config->daemon.listen, config->daemon.api.own_metrics_ms);
    s = make_sources(app, config, &app->sources, err);
    if (s == STATUS_OK)
        adopt_embedded(app, config);
    if (s == STATUS_OK)
        s = store_services(app, config, err);
    if (s == STATUS_OK) {
        app->outbox = outbox_new(app);
        s = go_on_without(app, runs_restore(app->runs, err), err);
    }
    if (s == STATUS_OK)
        start_links(app);
    if (s == STATUS_OK && config->daemon.loadtester_gates) {
        app->gatewaits = gatewaits_new(world->clock);
        s = go_on_without(
            app, switches_new(world->store, world->clock, world->data_dir, &app->switches, err),
            err);
    }
    if (s == STATUS_OK && config->daemon.kayenta.listen)
        s = go_on_without(app,
                          executions_new(world->store, world->clock, world->entropy,
                                         world->data_dir, &app->executions, err),
                          err);
    if (s == STATUS_OK) {
        placebos_configure(app->placebos);
        store_set_retention(world->store, &config->daemon.history);
        start_remotewriter(app);
        note_health(app);
        note_sweep(app);
        plan_sweep(app);
    }
    return s;
}

enum status
app_reload(struct app *app, struct config *config, struct err *err)
{
    struct hash_map sources = {0};
    enum status     s = make_sources(app, config, &sources, err);

    if (s)
        return s;
    s = store_services(app, config, err);
    if (s) {
        release_sources(&sources);
        embeddedset_abandon(app->embedded);
        return s;
    }
    adopt_embedded(app, config);
    release_sources(&app->sources);
    app->sources = sources;
    config_unref(app->config);
    app->config = config_ref(config);
    publish_set_config(app->publish, config);
    outbox_configure(app->outbox);
    placebos_configure(app->placebos);
    store_set_retention(app->world.store, &config->daemon.history);
    remotewriter_configure(app->remotewriter, config);
    return STATUS_OK;
}

static void
read_letters(struct app *app)
{
    while (mailbox_run(app->world.mailbox))
        continue;
}

/* false: something holds a source although nothing should.  Who is told to end
 * ends all the same, and leaves that to the system. */
static bool
end_embedded(struct app *app)
{
    int64_t until_ms = clock_mono_ms(&clock_system) + END_WITHIN_MS;

    embeddedset_end(app->embedded);
    while (embeddedset_count(app->embedded)) {
        read_letters(app);
        if (app->world.turn)
            app->world.turn(app->world.turn_self);
        if (clock_mono_ms(&clock_system) > until_ms) {
            log_event(LOG_LEVEL_ERROR, "sources_held",
                      log_int("sources", (int64_t)embeddedset_count(app->embedded)));
            return false;
        }
    }
    return true;
}

/* Whoever asked has gone: questions end, then nobody holds the series. */
static void
stop_embedded(struct app *app)
{
    workers_free(app->judges);
    workers_free(app->readers);
    app->judges = app->readers = NULL;
    if (app->queryport)
        queryport_set(app->queryport, NULL, 0);
    read_letters(app);
    release_sources(&app->sources);
    if (app->embedded && end_embedded(app))
        embeddedset_free(app->embedded);
    app->embedded = NULL;
    queryport_free(app->queryport);
    app->queryport = NULL;
    remotewriter_free(app->remotewriter);
    app->remotewriter = NULL;
    verdictsource_free(app->verdicts);
    app->verdicts = NULL;
    selfseries_free(app->selfseries);
    app->selfseries = NULL;
}

void
app_stop(struct app *app)
{
    timer_cancel(&app->world.timer, app->sweep_timer);
    waits_stop(app->waits);
    remotewriter_stop(app->remotewriter);
    selfseries_stop(app->selfseries);
    runs_free(app->runs);
    app->runs = NULL;
    placebos_free(app->placebos);
    app->placebos = NULL;
    outbox_free(app->outbox);
    app->outbox = NULL;
    /* What waited for a run to be durable was answered just now, and may have
     * asked for more or told what it was: both need the history. */
    read_letters(app);
    stop_embedded(app);
    if (app->gatelog)
        gatelog_flush(app->gatelog, true);
}

void
app_release(struct app *app)
{
    history_free(app->history);
    waits_free(app->waits);
    links_free(app->links);
    gatelog_free(app->gatelog);
    gatewaits_free(app->gatewaits);
    switches_free(app->switches);
    executions_free(app->executions);
    publish_free(app->publish);
    eventstream_free(app->events);
    config_unref(app->config);
    selfreport_free(app->selfreport);
    httpstats_free(app->httpstats);
    meters_free(app->meters);
    pthread_mutex_destroy(&app->health_lock);
    *app = (struct app){0};
}
