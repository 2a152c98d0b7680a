#include "webhooks/promstatus.h"

#include "promql/printer.h"
#include "webhooks/promjson.h"

#include <stdio.h>

static void
put_empty_list(struct jsonout *j, const char *key)
{
    jsonout_begin_array(j, key);
    jsonout_end_array(j);
}

static void
put_object_of_lists(struct jsonout *j, const char *const *keys, size_t n)
{
    jsonout_begin_object(j, NULL);
    for (size_t i = 0; i < n; i++)
        put_empty_list(j, keys[i]);
    jsonout_end_object(j);
}

void
promstatus_rules(struct promcall *c)
{
    struct slice type = promform_get(&c->form, "type");

    if (type.n && !slice_is_nocase(type, "alert") && !slice_is_nocase(type, "record"))
        promcall_fail(c, PROMCALL_BAD_DATA,
                      "invalid parameter \"type\": not supported value "
                      "\"%.*s\"",
                      (int)(type.n < 60 ? type.n : 60), type.p);
    put_object_of_lists(&c->json, (const char *const[]){"groups"}, 1);
}

void
promstatus_alerts(struct promcall *c)
{
    put_object_of_lists(&c->json, (const char *const[]){"alerts"}, 1);
}

void
promstatus_alertmanagers(struct promcall *c)
{
    put_object_of_lists(&c->json,
                        (const char *const[]){"activeAlertmanagers", "droppedAlertmanagers"}, 2);
}

void
promstatus_blocks(struct promcall *c)
{
    put_object_of_lists(&c->json, (const char *const[]){"blocks"}, 1);
}

void
promstatus_notifications(struct promcall *c)
{
    put_empty_list(&c->json, NULL);
}

void
promstatus_replay(struct promcall *c)
{
    jsonout_begin_object(&c->json, NULL);
    jsonout_int(&c->json, "min", 0);
    jsonout_int(&c->json, "max", 0);
    jsonout_int(&c->json, "current", 0);
    jsonout_end_object(&c->json);
}

static struct port_setup *
setup_of(struct promcall *c)
{
    struct port_setup *s = arena_new(&c->arena, struct port_setup);

    c->series->setup(c->series->self, s);
    return s;
}

/* The configuration of a Prometheus that scraped the same: Kiali and others read
 * the interval from it.  Addresses and secrets are not in it. */
static void
put_yaml(struct text *y, const struct port_setup *s)
{
    int64_t interval_ms = 0, timeout_ms = 0;

    for (size_t i = 0; i < s->n_jobs; i++) {
        if (s->job[i].interval_ms > interval_ms)
            interval_ms = s->job[i].interval_ms;
        if (s->job[i].timeout_ms > timeout_ms)
            timeout_ms = s->job[i].timeout_ms;
    }
    text_puts(y, "global:\n");
    if (s->n_jobs) { /* the longest: a window chosen by it is long enough for all */
        text_puts(y, "  scrape_interval: ");
        printer_duration(y, interval_ms);
        text_puts(y, "\n  scrape_timeout: ");
        printer_duration(y, timeout_ms);
        text_putc(y, '\n');
    }
    text_puts(y, "  evaluation_interval: 1m\n");
    if (s->n_jobs)
        text_puts(y, "scrape_configs:\n");
    for (size_t i = 0; i < s->n_jobs; i++) {
        text_puts(y, "- job_name: ");
        jsonout_quote(y, slice_of(s->job[i].name));
        text_puts(y, "\n  scrape_interval: ");
        printer_duration(y, s->job[i].interval_ms);
        text_puts(y, "\n  scrape_timeout: ");
        printer_duration(y, s->job[i].timeout_ms);
        text_putc(y, '\n');
    }
}

void
promstatus_config(struct promcall *c)
{
    struct text yaml;

    text_init(&yaml, 1 << 16);
    put_yaml(&yaml, setup_of(c));
    jsonout_begin_object(&c->json, NULL);
    jsonout_slice(&c->json, "yaml", text_slice(&yaml));
    jsonout_end_object(&c->json);
    text_release(&yaml);
}

void
promstatus_runtime(struct promcall *c)
{
    const struct port_setup *s = setup_of(c);
    struct jsonout          *j = &c->json;

    jsonout_begin_object(j, NULL);
    promjson_time(j, "startTime", s->started_ms);
    jsonout_text(j, "CWD", "/");
    promjson_time(j, "serverTime", clock_wall_ms(c->clock));
    jsonout_bool(j, "reloadConfigSuccess", s->reload_ok);
    promjson_time(j, "lastConfigTime", s->loaded_ms);
    jsonout_int(j, "corruptionCount", 0);
    jsonout_int(j, "goroutineCount", 0);
    jsonout_uint(j, "GOMAXPROCS", c->limits.max_concurrent);
    jsonout_int(j, "GOMEMLIMIT", INT64_MAX);
    jsonout_text(j, "GOGC", "");
    jsonout_text(j, "GODEBUG", "");
    promjson_duration(j, "storageRetention", s->retention_ms);
    jsonout_end_object(j);
}

void
promstatus_build(struct promcall *c)
{
    struct jsonout *j = &c->json;
    char            revision[64];

    snprintf(revision, sizeof revision, "verdictd-%s", setup_of(c)->version);
    jsonout_begin_object(j, NULL);
    jsonout_text(j, "version", PROMSTATUS_VERSION);
    jsonout_text(j, "revision", revision);
    jsonout_text(j, "branch", "HEAD");
    jsonout_text(j, "buildUser", "verdictd");
    jsonout_text(j, "buildDate", "");
    jsonout_text(j, "goVersion", "");
    jsonout_end_object(j);
}

void
promstatus_flags(struct promcall *c)
{
    struct jsonout *j = &c->json;
    char            number[24];

    jsonout_begin_object(j, NULL);
    promjson_duration(j, "query.lookback-delta", c->limits.lookback_ms);
    snprintf(number, sizeof number, "%u", c->limits.max_concurrent);
    jsonout_text(j, "query.max-concurrency", number);
    snprintf(number, sizeof number, "%llu", (unsigned long long)c->limits.max_samples);
    jsonout_text(j, "query.max-samples", number);
    promjson_duration(j, "query.timeout", c->limits.timeout_ms);
    promjson_duration(j, "storage.tsdb.retention.time", setup_of(c)->retention_ms);
    jsonout_end_object(j);
}

static void
put_top(struct jsonout *j, const char *key, const struct port_top top[PORT_TOP])
{
    jsonout_begin_array(j, key);
    for (size_t i = 0; i < PORT_TOP && top[i].name[0]; i++) {
        jsonout_begin_object(j, NULL);
        jsonout_text(j, "name", top[i].name);
        jsonout_uint(j, "value", top[i].count);
        jsonout_end_object(j);
    }
    jsonout_end_array(j);
}

void
promstatus_storage(struct promcall *c)
{
    struct port_storage *s = arena_new(&c->arena, struct port_storage);
    struct jsonout      *j = &c->json;

    c->series->storage(c->series->self, s);
    jsonout_begin_object(j, NULL);
    jsonout_begin_object(j, "headStats");
    jsonout_uint(j, "numSeries", s->series);
    jsonout_uint(j, "numLabelPairs", s->label_pairs);
    jsonout_uint(j, "chunkCount", 0); /* samples are kept in no chunks */
    jsonout_int(j, "minTime", s->min_ms);
    jsonout_int(j, "maxTime", s->max_ms);
    jsonout_end_object(j);
    put_top(j, "seriesCountByMetricName", s->series_by_metric);
    put_top(j, "labelValueCountByLabelName", s->values_by_label);
    put_top(j, "memoryInBytesByLabelName", s->bytes_by_label);
    put_top(j, "seriesCountByLabelValuePair", s->series_by_pair);
    jsonout_end_object(j);
}
