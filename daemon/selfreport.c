#include "daemon/selfreport.h"

#include "base/heap.h"
#include "base/log.h"
#include "daemon/meters.h"
#include "daemon/processinfo.h"
#include "daemon/reporthttp.h"
#include "daemon/selfsample.h"
#include "dashboards/metrictext.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct selfreport {
    struct app        *app;
    double             start_seconds;
    pthread_mutex_t    lock; /* of the pointer alone */
    struct selfsample *sample;
};

/* What one report is written from. */
struct report {
    struct app              *app;
    double                   start_seconds;
    const struct selfsample *sample;
    struct metrictext        text;
};

static void
put(struct report *r, enum metric m, double v)
{
    metrictext_number(&r->text, m, NULL, v);
}

static void
put_of(struct report *r, enum metric m, const char *label, double v)
{
    metrictext_number(&r->text, m, METRICTEXT_LABELS(label), v);
}

static double
seconds(int64_t ms)
{
    return (double)ms / 1000;
}

static void
put_process(struct report *r)
{
    struct processinfo p = processinfo_read();

    metrictext_number(&r->text, METRIC_BUILD_INFO, METRICTEXT_LABELS(VERDICTD_VERSION, __VERSION__),
                      1);
    put(r, METRIC_PROCESS_CPU, p.cpu_seconds);
    put(r, METRIC_PROCESS_RESIDENT, (double)p.resident_bytes);
    put(r, METRIC_PROCESS_VIRTUAL, (double)p.virtual_bytes);
    put(r, METRIC_PROCESS_FDS, (double)p.open_fds);
    put(r, METRIC_PROCESS_MAX_FDS, (double)p.max_fds);
    put(r, METRIC_PROCESS_START, r->start_seconds);
    put(r, METRIC_PROCESS_THREADS, (double)p.threads);
}

static void
put_liveness(struct report *r)
{
    struct app          *app = r->app;
    const struct meters *m = app->meters;
    struct port_health   h = app_health(app);

    put(r, METRIC_READY, h.live && h.ready);
    put(r, METRIC_LOOP_LAST_TICK, seconds(atomic_load(&m->loop_wall_ms)));
    metrictext_histogram(&r->text, METRIC_LOOP_LAG, NULL, &m->loop_lag);
    put_of(r, METRIC_QUEUE_LENGTH, "loop", (double)mailbox_length(app->world.mailbox));
    put_of(r, METRIC_QUEUE_LENGTH, "ingest", (double)r->sample->ingest.queued);
    put_of(r, METRIC_QUEUE_LENGTH, "judges", (double)workers_load(app->judges));
    put_of(r, METRIC_QUEUE_LENGTH, "api", (double)workers_load(app->readers));
    put_of(r, METRIC_LOG_EVENTS, "warn", (double)log_written(LOG_LEVEL_WARN));
    put_of(r, METRIC_LOG_EVENTS, "error", (double)log_written(LOG_LEVEL_ERROR));
}

static void
put_runs(struct report *r)
{
    static const char *const         states[RUN_ENDED] = {[RUN_STARTING] = "starting",
                                                          [RUN_WAITING] = "waiting",
                                                          [RUN_WARMING] = "warming",
                                                          [RUN_JUDGING] = "judging",
                                                          [RUN_ABORTED] = "aborted"};
    static const enum verdict_reason blind[] = {SELFSAMPLE_BLIND};
    const struct selfsample         *s = r->sample;
    const struct meters             *m = r->app->meters;

    for (int state = 0; state < RUN_ENDED; state++)
        for (int v = 0; v < VERDICT_COUNT; v++)
            metrictext_number(&r->text, METRIC_RUNS,
                              METRICTEXT_LABELS(states[state], verdict_text((enum verdict)v)),
                              (double)s->runs[state][v]);
    for (size_t i = 0; i < ARRAY_LEN(blind); i++)
        put_of(r, METRIC_RUNS_BLIND,
               blind[i] == REASON_NONE ? "other" : verdict_reason_text(blind[i]),
               (double)s->blind[i]);
    put(r, METRIC_HOLD_LONGEST, seconds(s->hold_longest_ms));
    put(r, METRIC_RUNS_WAITING, (double)s->runs_waiting);
    put(r, METRIC_GATES_WAITING, (double)s->gates_waiting);
    put(r, METRIC_RUNS_STARTED, (double)counter_get(&m->runs_started));
    put(r, METRIC_RUNS_ENDED, (double)counter_get(&m->runs_ended));
    put(r, METRIC_RUNS_REFUSED, (double)counter_get(&m->runs_refused));
    for (int v = 0; v < VERDICT_COUNT; v++)
        put_of(r, METRIC_VERDICTS, verdict_text((enum verdict)v),
               (double)counter_get(&m->transitions[v]));
    for (int o = OVERRIDE_NONE + 1; o < OVERRIDE_COUNT; o++)
        put_of(r, METRIC_ACTS, override_text((enum override_action)o),
               (double)counter_get(&m->acts[o]));
    put_of(r, METRIC_ACTS, "end", (double)counter_get(&m->ended_by_hand));
}

static void
put_ticks(struct report *r)
{
    static const char *const outcomes[] = {[SAMPLER_BLIND] = "blind",
                                           [SAMPLER_IGNORED] = "ignored",
                                           [SAMPLER_ORIGIN] = "origin",
                                           [SAMPLER_OPEN] = "open",
                                           [SAMPLER_CLOSED] = "closed"};
    const struct meters     *m = r->app->meters;
    const struct selfsample *s = r->sample;

    for (size_t i = 0; i < ARRAY_LEN(outcomes); i++)
        put_of(r, METRIC_TICKS, outcomes[i], (double)counter_get(&m->ticks[i]));
    metrictext_histogram(&r->text, METRIC_TICK_LAG, NULL, &m->tick_lag);
    for (size_t i = 0; i < s->n_sources; i++)
        put_of(r, METRIC_SNAPSHOT_AGE, s->source[i].meter->name,
               seconds(s->source[i].snapshot_age_ms));
}

/* Those that a source gives by itself are there from the start, so that the first
 * is an increase. */
static void
put_source_errors(struct report *r, const struct sourcemeter *m)
{
    static const struct {
        const char *word;
        bool        always;
    } words[STATUS_COUNT] = {
        [STATUS_UNREACHABLE] = {"unreachable", true},
        [STATUS_TIMEOUT] = {"timeout", true},
        [STATUS_REFUSED] = {"refused", true},
        [STATUS_BAD_QUERY] = {"bad_query", true},
        [STATUS_MALFORMED] = {"malformed", true},
        [STATUS_TOO_LARGE] = {"too_large", true},
        [STATUS_LIMIT] = {"limit", true},
        [STATUS_BUSY] = {"busy", true},
        [STATUS_RANGE] = {"range", false},
        [STATUS_IO] = {"secret_unreadable", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        uint64_t n = counter_get(&m->errors[i]);

        if (n || words[i].always)
            metrictext_number(&r->text, METRIC_SOURCE_ERRORS,
                              METRICTEXT_LABELS(m->name, words[i].word ? words[i].word : "other"),
                              (double)n);
    }
}

static void
put_sources(struct report *r)
{
    const struct selfsample *s = r->sample;
    const size_t             n = s->n_sources;

    for (size_t i = 0; i < n; i++)
        put_of(r, METRIC_SOURCE_UP, s->source[i].meter->name, s->source[i].up);
    for (size_t i = 0; i < n; i++)
        put_of(r, METRIC_SOURCE_QUERIES, s->source[i].meter->name,
               (double)counter_get(&s->source[i].meter->queries));
    for (size_t i = 0; i < n; i++)
        put_source_errors(r, s->source[i].meter);
    for (size_t i = 0; i < n; i++)
        put_of(r, METRIC_SOURCE_RETRIES, s->source[i].meter->name,
               (double)counter_get(&s->source[i].meter->retries));
    for (size_t i = 0; i < n; i++)
        metrictext_histogram(&r->text, METRIC_SOURCE_DURATION,
                             METRICTEXT_LABELS(s->source[i].meter->name),
                             &s->source[i].meter->duration);
    for (size_t i = 0; i < n; i++)
        put_of(r, METRIC_SOURCE_ANSWERED, s->source[i].meter->name,
               seconds(atomic_load(&s->source[i].meter->answered_wall_ms)));
    for (size_t i = 0; i < n; i++)
        put_of(r, METRIC_SOURCE_IN_FLIGHT, s->source[i].meter->name,
               (double)s->source[i].in_flight);
}

static void
put_commit_times(struct report *r, const struct store_health *h)
{
    const struct metric_row *row = metric_row(METRIC_STORE_DURATION);
    struct histogram         times;

    histogram_init(&times, row->bounds, row->n_bounds);
    for (size_t i = 0; i < STORE_COMMIT_BUCKETS; i++)
        counter_add(&times.bucket[i], h->commit_bucket[i]);
    counter_add(&times.sum_us, h->commit_us);
    metrictext_histogram(&r->text, METRIC_STORE_DURATION, NULL, &times);
}

static void
put_store(struct report *r)
{
    struct store_health h = store_health(r->app->world.store);

    for (int f = STORE_FAULT_NONE + 1; f < STORE_FAULT_COUNT; f++)
        put_of(r, METRIC_STORE_FAULT, storehealth_fault_text((enum store_fault)f),
               h.failing && (int)h.fault == f);
    put(r, METRIC_STORE_DAMAGED, h.damaged);
    put_of(r, METRIC_STORE_COMMITS, "ok", (double)h.commits);
    put_of(r, METRIC_STORE_COMMITS, "failed", (double)h.failed_commits);
    put_of(r, METRIC_STORE_UNITS, "ok", (double)h.units);
    put_of(r, METRIC_STORE_UNITS, "failed", (double)h.failed_units);
    put_commit_times(r, &h);
    put(r, METRIC_STORE_LAST_COMMIT, seconds(h.last_commit_wall_ms));
    put(r, METRIC_STORE_QUEUE, (double)h.queue_bytes);
    put(r, METRIC_STORE_QUEUE_LIMIT, (double)h.queue_max_bytes);
    put_of(r, METRIC_STORE_FILE, "db", (double)h.file_bytes);
    put_of(r, METRIC_STORE_FILE, "wal", (double)h.wal_bytes);
    put_of(r, METRIC_STORE_FILE, "free", (double)h.free_bytes);
    for (int k = 0; k < STORE_KIND_COUNT; k++)
        put_of(r, METRIC_STORE_ROWS, storehealth_kind_text((enum store_kind)k), (double)h.rows[k]);
    for (int k = 0; k < STORE_KIND_COUNT; k++)
        put_of(r, METRIC_STORE_DELETED, storehealth_kind_text((enum store_kind)k),
               (double)h.deleted[k]);
}

static void
put_outbox(struct report *r)
{
    const struct selfsample *s = r->sample;

    for (size_t i = 0; i < s->n_targets; i++)
        put_of(r, METRIC_OUTBOX_PENDING, s->target[i].name, (double)s->target[i].waiting);
    for (size_t i = 0; i < s->n_targets; i++)
        put_of(r, METRIC_OUTBOX_DEAD, s->target[i].name, (double)s->target[i].dead);
    for (size_t i = 0; i < s->n_targets; i++)
        put_of(r, METRIC_OUTBOX_TOLD, s->target[i].name, (double)s->target[i].told);
    for (size_t i = 0; i < s->n_targets; i++)
        put_of(r, METRIC_OUTBOX_DROPPED, s->target[i].name, (double)s->target[i].dropped);
}

static void
put_remote_write(struct report *r)
{
    const struct remotewriter_stats *w = &r->sample->remote_write;

    put_of(r, METRIC_REMOTE_WRITE_SAMPLES, "sent", (double)w->sent);
    put_of(r, METRIC_REMOTE_WRITE_SAMPLES, "refused", (double)w->refused);
    put(r, METRIC_REMOTE_WRITE_FAILURES, (double)w->failures);
    put(r, METRIC_REMOTE_WRITE_SENT, seconds(w->sent_ms));
}

static void
put_refusals(struct report *r, const struct selfsample_embedded *e)
{
    static const char *const words[TSDB_N_REFUSALS] = {
        [TSDB_OUT_OF_ORDER] = "out_of_order", [TSDB_DUPLICATE] = "duplicate",
        [TSDB_TOO_OLD] = "too_old",           [TSDB_TOO_FAR] = "too_far_ahead",
        [TSDB_OUT_OF_SPACE] = "max_bytes",    [TSDB_COLLECTED] = "collected",
    };

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        metrictext_number(&r->text, METRIC_REFUSED, METRICTEXT_LABELS(e->name, words[i]),
                          (double)e->stats.refused[i]);
    metrictext_number(&r->text, METRIC_REFUSED, METRICTEXT_LABELS(e->name, "max_series"),
                      (double)e->stats.refused_series);
}

static void
put_embedded(struct report *r)
{
    const struct selfsample          *s = r->sample;
    const struct selfsample_embedded *e = s->embedded;

    for (size_t i = 0; i < s->n_embedded; i++)
        put_of(r, METRIC_SERIES, e[i].name, (double)e[i].stats.series);
    for (size_t i = 0; i < s->n_embedded; i++)
        put_of(r, METRIC_SAMPLES, e[i].name, (double)e[i].stats.samples);
    for (size_t i = 0; i < s->n_embedded; i++)
        put_of(r, METRIC_SERIES_BYTES, e[i].name, (double)e[i].stats.bytes);
    for (size_t i = 0; i < s->n_embedded; i++)
        put_of(r, METRIC_APPENDED, e[i].name, (double)e[i].stats.samples_appended);
    for (size_t i = 0; i < s->n_embedded; i++)
        put_refusals(r, &e[i]);
    put_of(r, METRIC_INGEST_JOBS, "ok", (double)s->ingest.jobs);
    put_of(r, METRIC_INGEST_JOBS, "refused", (double)s->ingest.refused);
    put(r, METRIC_INGEST_CPU, (double)s->ingest.busy_us / 1e6);
    put(r, METRIC_INGEST_QUEUE, (double)s->ingest.queued_bytes);
}

static void
put_config(struct report *r)
{
    const struct meters *m = r->app->meters;

    put(r, METRIC_CONFIG_OK, atomic_load(&m->reload_ok));
    put(r, METRIC_CONFIG_TIME, seconds(atomic_load(&m->loaded_wall_ms)));
    put_of(r, METRIC_CONFIG_RELOADS, "ok", (double)counter_get(&m->reloads));
    put_of(r, METRIC_CONFIG_RELOADS, "failed", (double)counter_get(&m->reloads_failed));
}

struct selfreport *
selfreport_new(struct app *app)
{
    struct selfreport *s = heap_new(1, sizeof *s);

    s->app = app;
    s->start_seconds = processinfo_read().start_wall_seconds;
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

void
selfreport_free(struct selfreport *s)
{
    if (!s)
        return;
    selfsample_unref(s->sample);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

void
selfreport_sweep(struct selfreport *s)
{
    struct selfsample *fresh = selfsample_take(s->app), *old;

    pthread_mutex_lock(&s->lock);
    old = s->sample;
    s->sample = fresh;
    pthread_mutex_unlock(&s->lock);
    selfsample_unref(old);
}

bool
selfreport_write(struct selfreport *s, struct slice accept, struct text *out)
{
    bool               open = metrictext_wants_openmetrics(accept);
    struct selfsample *sample;
    struct report      r = {
             .app = s->app, .start_seconds = s->start_seconds, .text = metrictext_begin(out, open)};

    pthread_mutex_lock(&s->lock);
    sample = selfsample_ref(s->sample);
    pthread_mutex_unlock(&s->lock);
    r.sample = sample;
    put_process(&r);
    put_liveness(&r);
    put_runs(&r);
    put_ticks(&r);
    put_sources(&r);
    reporthttp_write(&r.text, s->app->meters, s->app->gatelog, s->app->httpstats);
    put_store(&r);
    put_outbox(&r);
    put_remote_write(&r);
    put_embedded(&r);
    put_config(&r);
    metrictext_end(&r.text);
    selfsample_unref(sample);
    return open;
}
