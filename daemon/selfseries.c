#include "daemon/selfseries.h"

#include "base/heap.h"
#include "base/log.h"
#include "daemon/selfreport.h"
#include "telemetry/scrapebody.h"

#include <stdlib.h>

enum {
    FIRST_MS = 1000,
    MAX_SERIES = 10000,
    MAX_BYTES = 256 << 20,
    BODY_BYTES = 8 << 20,
    COLLECT_STEPS = 16,
};

struct selfseries {
    struct app             *app;
    struct tsdb            *tsdb;
    struct metadata        *metadata;
    struct scrapebody      *scrape;
    struct scrapebody_rules rules;
    struct text             body;
    int64_t                 retention_ms;
    uint64_t                timer;
    bool                    failing;
};

static void
collect(struct selfseries *s, int64_t now_ms)
{
    for (int i = 0; i < COLLECT_STEPS && tsdb_collect(s->tsdb, now_ms); i++)
        continue;
    tsdb_commit(s->tsdb);
}

static void
tell(struct selfseries *s, enum status st, const char *why)
{
    if (st && !s->failing)
        log_event(LOG_LEVEL_WARN, "own_metrics_not_kept", log_text("error", why));
    s->failing = st != STATUS_OK;
}

static void
on_time(void *ctx)
{
    struct selfseries       *s = ctx;
    int64_t                  now_ms = clock_wall_ms(s->app->world.clock), from_us = clock_mono_us();
    struct scrapebody_report report;

    text_clear(&s->body);
    (void)selfreport_write(s->app->selfreport, (struct slice){0}, &s->body);
    if (s->body.status) {
        scrapebody_failed(s->scrape, now_ms, 0);
        tell(s, s->body.status, "more than 8 MiB");
    } else {
        scrapebody_apply(s->scrape, EXPOSITION_TEXT, text_slice(&s->body), now_ms,
                         (clock_mono_us() - from_us) / 1000, &report);
        tell(s, report.status, report.err.text);
    }
    collect(s, now_ms);
    s->timer = timer_start(&s->app->world.timer, SELFSERIES_EVERY_MS, on_time, s);
}

struct selfseries *
selfseries_new(struct app *app, const char *instance, int64_t retention_ms)
{
    struct selfseries       *s = heap_new(1, sizeof *s);
    const struct tsdb_limits limits = {
        .max_series = MAX_SERIES, .max_bytes = MAX_BYTES, .retention_ms = retention_ms};
    const struct tsdb_label target[] = {{SLICE_LITERAL("job"), SLICE_LITERAL("verdictd")},
                                        {SLICE_LITERAL("instance"), slice_of(instance)}};

    s->app = app;
    s->retention_ms = retention_ms;
    s->tsdb = tsdb_new(&limits, app->world.clock);
    s->metadata = metadata_new();
    s->scrape = scrapebody_new(s->tsdb, s->metadata, &s->rules, target, ARRAY_LEN(target));
    text_init(&s->body, BODY_BYTES);
    s->timer = timer_start(&app->world.timer, FIRST_MS, on_time, s);
    return s;
}

void
selfseries_stop(struct selfseries *s)
{
    if (!s)
        return;
    timer_cancel(&s->app->world.timer, s->timer);
    s->timer = 0;
}

void
selfseries_free(struct selfseries *s)
{
    if (!s)
        return;
    selfseries_stop(s);
    scrapebody_free(s->scrape);
    metadata_free(s->metadata);
    tsdb_free(s->tsdb);
    text_release(&s->body);
    free(s);
}

static void
release(void *self)
{
    (void)self; /* the app frees it, behind the set */
}

struct queryport_member
selfseries_member(struct selfseries *s)
{
    return (struct queryport_member){.name = "verdictd",
                                     .source = tsdb_source(s->tsdb),
                                     .tsdb = s->tsdb,
                                     .metadata = s->metadata,
                                     .scrape_interval_ms = SELFSERIES_EVERY_MS,
                                     .scrape_timeout_ms = SELFSERIES_EVERY_MS,
                                     .retention_ms = s->retention_ms,
                                     .release = release,
                                     .self = s};
}
