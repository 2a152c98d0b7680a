#include "telemetry/scrapesettings.h"

#include "base/heap.h"
#include "base/text.h"
#include "telemetry/targethost.h"

#include <stdlib.h>

enum {
    DEFAULT_INTERVAL_MS = 15000, /* as Istio's addon; Prometheus's own is a minute */
    DEFAULT_TIMEOUT_MS = 10000,
    DEFAULT_IN_FLIGHT = 64,
    DEFAULT_BODY_BYTES = 64 << 20,
    DEFAULT_BUFFERED_BYTES = 256 << 20,
    DEFAULT_TARGETS = 10000,
};

/* What Prometheus 3 says it takes (scrape/scrape.go, acceptHeader), but for the
 * formats that nothing here reads. */
static const char accept[] =
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
    "application/openmetrics-text;version=0.0.1;q=0.4,"
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
    "text/plain;version=0.0.4;q=0.2,*/*;q=0.1";

static const char *
copy_text(struct arena *a, const char *s)
{
    return s ? arena_text(a, slice_of(s)) : NULL;
}

static const char *const *
copy_texts(struct arena *a, const char *const *from, size_t n)
{
    const char **to = arena_array(a, n, sizeof *to);

    for (size_t i = 0; i < n; i++)
        to[i] = copy_text(a, from[i]);
    return to;
}

static void
copy_peer(struct arena *a, struct fetch_peer *p)
{
    struct fetch_header *headers = arena_array(a, p->n_headers, sizeof *headers);

    p->bearer_token_file = copy_text(a, p->bearer_token_file);
    p->basic_user = copy_text(a, p->basic_user);
    p->basic_password_file = copy_text(a, p->basic_password_file);
    p->ca_file = copy_text(a, p->ca_file);
    p->client_cert_file = copy_text(a, p->client_cert_file);
    p->client_key_file = copy_text(a, p->client_key_file);
    for (size_t i = 0; i < p->n_headers; i++)
        headers[i] = (struct fetch_header){copy_text(a, p->headers[i].name),
                                           copy_text(a, p->headers[i].value)};
    p->headers = headers;
}

static void
copy_labels(struct arena *a, struct scraper_config *c)
{
    struct tsdb_label *labels = arena_array(a, c->n_labels, sizeof *labels);

    for (size_t i = 0; i < c->n_labels; i++)
        labels[i] = (struct tsdb_label){arena_slice(a, c->labels[i].name),
                                        arena_slice(a, c->labels[i].value)};
    c->labels = labels;
}

static void
copy_rules(struct arena *a, struct scrapebody_rules *r)
{
    struct slice *keep = arena_array(a, r->n_keep, sizeof *keep);

    for (size_t i = 0; i < r->n_keep; i++)
        keep[i] = arena_slice(a, r->keep[i]);
    r->keep = keep;
}

static void
set_defaults(struct scraper_config *c)
{
    if (c->interval_ms <= 0)
        c->interval_ms = DEFAULT_INTERVAL_MS;
    if (c->timeout_ms <= 0)
        c->timeout_ms = DEFAULT_TIMEOUT_MS;
    if (c->timeout_ms > c->interval_ms)
        c->timeout_ms = c->interval_ms;
    if (!c->max_in_flight)
        c->max_in_flight = DEFAULT_IN_FLIGHT;
    if (!c->max_body_bytes)
        c->max_body_bytes = DEFAULT_BODY_BYTES;
    if (!c->max_buffered)
        c->max_buffered = DEFAULT_BUFFERED_BYTES;
    if (!c->max_targets)
        c->max_targets = DEFAULT_TARGETS;
}

static struct slice
rules_key(struct arena *a, const struct scrapebody_rules *r)
{
    struct text  t;
    struct slice key;

    text_init(&t, SIZE_MAX / 2); /* a configuration's own size */
    text_printf(&t, "%d%d %u %u %u %u", r->honor_labels, r->honor_timestamps, r->sample_limit,
                r->label_limit, r->label_name_bytes, r->label_value_bytes);
    for (size_t i = 0; i < r->n_keep; i++) {
        text_putc(&t, ' ');
        text_put(&t, r->keep[i]);
    }
    key = arena_slice(a, text_slice(&t));
    text_release(&t);
    return key;
}

static struct slice
targets_key(struct arena *a, const struct scrapesettings *s)
{
    const struct scraper_config *c = &s->config;
    struct text                  t;
    struct slice                 key;

    text_init(&t, SIZE_MAX / 2);
    text_put(&t, s->rules_key);
    text_printf(&t, "\n%s", c->source);
    for (size_t i = 0; i < c->n_labels; i++)
        text_printf(&t, "\n%zu %.*s=%.*s", c->labels[i].name.n, SLICE_ARG(c->labels[i].name),
                    SLICE_ARG(c->labels[i].value));
    key = arena_slice(a, text_slice(&t));
    text_release(&t);
    return key;
}

struct scrapesettings *
scrapesettings_new(const struct scraper_config *c)
{
    struct scrapesettings *s = heap_new(1, sizeof *s);
    struct arena          *a = &s->arena;

    s->refs = 1;
    s->config = *c;
    s->config.kubernetes = NULL; /* kubernetes.c keeps a copy of its own */
    set_defaults(&s->config);
    s->config.source = copy_text(a, c->source);
    s->config.targets = copy_texts(a, c->targets, c->n_targets);
    s->config.files = copy_texts(a, c->files, c->n_files);
    copy_peer(a, &s->config.peer);
    s->bare = (struct fetch_peer){.ca_file = s->config.peer.ca_file};
    s->config.credentials_to = copy_texts(a, c->credentials_to, c->n_credentials_to);
    copy_labels(a, &s->config);
    copy_rules(a, &s->config.rules);
    s->rules_key = rules_key(a, &s->config.rules);
    s->targets_key = targets_key(a, s);
    s->headers[0] = (struct fetch_header){"Accept", accept};
    s->headers[1] =
        (struct fetch_header){"X-Prometheus-Scrape-Timeout-Seconds",
                              arena_printf(a, "%g", (double)s->config.timeout_ms / 1000)};
    return s;
}

struct scrapesettings *
scrapesettings_hold(struct scrapesettings *s)
{
    s->refs++;
    return s;
}

const struct fetch_peer *
scrapesettings_peer(const struct scrapesettings *s, const char *url)
{
    const struct scraper_config *c = &s->config;

    return !c->n_credentials_to || targethost_allowed(url, c->credentials_to, c->n_credentials_to)
               ? &c->peer
               : &s->bare;
}

void
scrapesettings_release(struct scrapesettings *s)
{
    if (!s || --s->refs)
        return;
    arena_release(&s->arena);
    free(s);
}
