#include "daemon/cmd_serve.h"

#include "base/heap.h"
#include "base/log.h"
#include "daemon/app.h"
#include "daemon/gateport.h"
#include "daemon/loop.h"
#include "daemon/meters.h"
#include "daemon/option.h"
#include "webhooks/gates.h"
#include "webhooks/httpd.h"
#include "webhooks/servertls.h"

#include <errno.h>
#include <stdio.h>

enum { ROW_CONFIG, ROW_PORT_FILE };

static const struct option_row rows[] = {
    [ROW_CONFIG] = {"config", 'c', "FILE", OPTION_TEXT, "the configuration"},
    [ROW_PORT_FILE] = {"port-file", 0, "FILE", OPTION_TEXT,
                       "write the port that is listened on, once it answers"},
};

const struct option_command cmd_serve_options = {
    .name = "serve",
    .help = "Run the daemon.",
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .required = 1u << ROW_CONFIG,
    .exits = {{0, "it was stopped by SIGTERM or SIGINT"},
              {1, "it could not start"},
              {3, "called wrongly"}},
};

/* In the order in which they are made; torn down backwards. */
struct serve {
    const char       *file;
    struct config    *config;
    struct loop      *loop;
    struct store     *store;
    struct token_set *tokens;
    struct servertls *tls;   /* NULL: HTTP */
    struct config    *first; /* the one that the server started with */
    struct app        app;
    bool              app_started;
    struct port       port;
    struct gates      gates, kayenta_gates;
    struct regex     *origins;               /* NULL: none */
    struct httpd     *httpd, *kayenta_httpd; /* the latter NULL: not served */
};

/* Everything that can fail is tried before anything is changed. */
static enum status
try_reload(struct serve *s, struct err *err)
{
    struct token_set *readable;
    struct config    *fresh;
    enum status       st = config_reload(s->config, s->file, &fresh, err);

    if (st)
        return st;
    if (s->tokens) {
        st = token_open(fresh->daemon.tokens_file, &readable, err);
        if (st == STATUS_OK)
            token_free(readable);
    }
    if (st == STATUS_OK && s->tls)
        st = servertls_reload(s->tls, err);
    if (st == STATUS_OK)
        st = app_reload(&s->app, fresh, err);
    if (st) {
        config_unref(fresh);
        return st;
    }
    config_unref(s->config);
    s->config = fresh;
    log_set_level(fresh->daemon.log_level);
    return s->tokens ? token_reload(s->tokens, err) : STATUS_OK;
}

static void
reload(void *ctx)
{
    struct serve *s = ctx;
    struct err    err = {0};

    bool ok = try_reload(s, &err) == STATUS_OK;

    meters_reloaded(s->app.meters, ok, clock_wall_ms(&clock_system));
    if (ok)
        log_event(LOG_LEVEL_INFO, "reloaded", log_text("config", s->file));
    else
        log_event(LOG_LEVEL_ERROR, "reload_refused", log_text("error", err.text));
}

static void
turn(void *self)
{
    loop_turn(self);
}

static enum status
start_app(struct serve *s, struct err *err)
{
    const struct config_daemon *d = &s->config->daemon;
    struct app_world            world = {
                   .clock = &clock_system,
                   .entropy = &ulid_system_entropy,
                   .fetch = loop_fetch(s->loop),
                   .timer = loop_timer(s->loop),
                   .mailbox = loop_mailbox(s->loop),
                   .data_dir = d->data_dir,
                   .threads = {.history = d->workers, .judges = d->judge_threads, .api = d->api.threads},
                   .turn = turn,
                   .turn_self = s->loop};
    struct store_options so = {.data_dir = d->data_dir, .keep_trying = true};
    enum status          st = store_open_with(&so, &s->store, err);

    if (st == STATUS_OK && d->tokens_file)
        st = token_open(d->tokens_file, &s->tokens, err);
    if (st)
        return st;
    world.store = s->store;
    s->app_started = true;
    return app_start(&s->app, &world, s->config, err);
}

static enum status
start_tls(struct serve *s, struct err *err)
{
    const struct config_tls     *c = &s->config->daemon.tls;
    const struct servertls_files f = {.cert_file = c->cert_file,
                                      .key_file = c->key_file,
                                      .client_ca_file = c->client_ca_file,
                                      .require_client_cert = c->require_client_cert};

    return c->cert_file ? servertls_open(&f, &s->tls, err) : STATUS_OK;
}

static void
set_server(struct serve *s, struct httpd_config *hc)
{
    const struct config_daemon *d;

    /* Its texts are borrowed until the server ends, over reloads. */
    s->first = config_ref(s->config);
    d = &s->first->daemon;
    hc->listen = d->listen;
    hc->threads = d->http_threads;
    hc->tls = s->tls;
    hc->max_connections = d->max_connections;
    hc->client = (struct clients_limits){.connections = d->clients.connections,
                                         .per_second = d->clients.requests_per_second,
                                         .burst = d->clients.burst};
}

static enum status
start_gates(struct serve *s, struct err *err)
{
    struct httpd_config hc = httpd_defaults();

    set_server(s, &hc);
    s->port = gateport_of(&s->app);
    gates_init(&s->gates, &s->port, &clock_system, s->tokens);
    s->gates.certificates = s->tls && servertls_requires_client(s->tls);
    s->gates.host = s->first->daemon.public_host;
    s->gates.own_origins = s->first->daemon.page_origins.at;
    s->gates.n_own_origins = s->first->daemon.page_origins.n;
    s->gates.stats = s->app.httpstats;
    if (s->config->daemon.api.cors_origin) {
        enum status st = regex_new(slice_of(s->config->daemon.api.cors_origin), &s->origins, err);

        if (st)
            return err_wrap(err, "api.cors_origin");
        s->gates.origins = s->origins;
    }
    return httpd_start(&hc, &s->gates, &s->httpd, err);
}

/* Checked as they were read. */
static enum status
read_ranges(const struct config_names *allow, struct httpd_config *hc, struct err *err)
{
    enum status st = STATUS_OK;

    for (size_t i = 0; i < allow->n && i < HTTPD_RANGES && !st; i++)
        st = addressrange_parse(slice_of(allow->at[i]), &hc->allow[hc->n_allow++], err);
    return st;
}

/* A listener without tokens for the routes of a client that has none. */
static enum status
start_kayenta(struct serve *s, struct err *err)
{
    struct httpd_config hc = httpd_defaults();
    enum status         st;

    const struct config_kayenta *k = &s->first->daemon.kayenta;

    if (!k->listen)
        return STATUS_OK;
    hc.listen = k->listen;
    hc.tls = k->tls ? s->tls : NULL;
    hc.tls_is_shared = true;
    st = read_ranges(&k->allow, &hc, err);
    if (st)
        return st;
    gates_init(&s->kayenta_gates, &s->port, &clock_system, NULL);
    s->kayenta_gates.kayenta = true;
    s->kayenta_gates.stats = s->app.httpstats;
    st = httpd_start(&hc, &s->kayenta_gates, &s->kayenta_httpd, err);
    if (st)
        return err_wrap(err, "kayenta");
    log_event(LOG_LEVEL_INFO, "kayenta_serving", log_text("listen", hc.listen),
              log_int("port", httpd_port(s->kayenta_httpd)));
    return STATUS_OK;
}

static enum status
write_port(const struct serve *s, const char *path, struct err *err)
{
    FILE *f = fopen(path, "we");

    if (!f || fprintf(f, "%u\n", (unsigned)httpd_port(s->httpd)) < 0 || fflush(f)) {
        (void)err_set(err, STATUS_IO, "%s: %s", path, strerror(errno));
        if (f)
            (void)fclose(f);
        return STATUS_IO;
    }
    (void)fclose(f);
    return STATUS_OK;
}

static enum status
start(struct serve *s, const char *port_file, struct err *err)
{
    enum status st = config_read_file(s->file, &s->config, err);

    heap_keep();
    if (st == STATUS_OK) {
        log_set_level(s->config->daemon.log_level);
        st = loop_new(&s->loop, err);
    }
    if (st == STATUS_OK)
        st = start_app(s, err);
    if (st == STATUS_OK)
        st = start_tls(s, err);
    if (st == STATUS_OK)
        st = start_gates(s, err);
    if (st == STATUS_OK)
        st = start_kayenta(s, err);
    if (st == STATUS_OK && port_file)
        st = write_port(s, port_file, err);
    return st;
}

/* The gates close first: what waits for the loop is told what it would be told
 * by a full queue.  Then the runs write what they know, and the history ends. */
static void
stop(struct serve *s)
{
    if (s->httpd)
        httpd_stop(s->httpd);
    if (s->kayenta_httpd)
        httpd_stop(s->kayenta_httpd);
    if (s->loop)
        while (mailbox_run(loop_mailbox(s->loop)))
            continue;
    if (s->app_started)
        app_stop(&s->app);
    store_close(s->store);
    if (s->loop)
        while (mailbox_run(loop_mailbox(s->loop)))
            continue;
    if (s->app_started)
        app_release(&s->app);
    token_free(s->tokens);
    servertls_close(s->tls);
    config_unref(s->first);
    regex_free(s->origins);
    loop_free(s->loop);
    config_unref(s->config);
}

int
cmd_serve(int argc, char **argv)
{
    struct serve         s = {0};
    struct option_values v;
    struct loop_hooks    hooks = {.reload = reload, .ctx = &s};
    struct err           err = {0};
    enum status          st;
    int                  code;

    if (!option_start(&cmd_serve_options, argc, argv, &v, &code))
        return code;
    s.file = v.values[ROW_CONFIG].text;
    st = start(&s, v.values[ROW_PORT_FILE].text, &err);
    if (st == STATUS_OK) {
        log_event(LOG_LEVEL_INFO, "serving", log_text("version", VERDICTD_VERSION),
                  log_text("listen", s.config->daemon.listen), log_int("port", httpd_port(s.httpd)),
                  log_text("config", s.file));
        loop_run(s.loop, &hooks, NULL);
        log_event(LOG_LEVEL_INFO, "stopping");
    } else {
        log_event(LOG_LEVEL_ERROR, "cannot_start", log_text("error", err.text));
    }
    stop(&s);
    return st == STATUS_OK ? 0 : 1;
}
