#include "daemon/configcheck.h"

#include "daemon/configread.h"
#include "daemon/configtable.h"
#include "daemon/configtext.h"
#include "daemon/configvalue.h"
#include "telemetry/targethost.h"

#include <inttypes.h>

/* Below this a snapshot costs the source more than it tells us: Envoy flushes
 * its counters every 5 s. */
enum { LEAST_AUTO_TICK_MS = 5000, MOST_AUTO_TIMEOUT_MS = 10000 };

/* How many keys are written of those that only embedded sources have. */
static size_t
embedded_keys(const struct yaml_node *at, const char **one)
{
    static const char *const keys[] = {"retention", "max_series", "max_bytes", "snapshot"};
    size_t                   n = 0;

    for (size_t i = 0; i < ARRAY_LEN(keys) && at->kind == YAML_MAPPING; i++)
        if (yaml_get(at, keys[i])) {
            *one = keys[i];
            n++;
        }
    return n;
}

static void
check_kind(const struct config_source *s, const struct yaml_node *at, struct configreport *report)
{
    unsigned    kinds = (unsigned)s->prometheus + s->scrape.on + s->remote_write;
    const char *key = "";
    size_t      n = embedded_keys(at, &key);

    if (kinds == 0 && at->kind == YAML_MAPPING && at->n == n) /* nothing that might have been one */
        configreport_add(report, at,
                         "has no kind: write prometheus: {url: http://HOST:PORT}, scrape: "
                         "{targets: [HOST:PORT]} or remote_write: {}");
    if (kinds > 1)
        configreport_add(report, at,
                         "is of several kinds: keep one of prometheus, scrape and remote_write, "
                         "and make a source of its own for each other");
    if (s->prometheus && n)
        configreport_add(report, configread_at(at, key),
                         "is for scrape and remote_write: a Prometheus keeps its series itself");
}

static void
check_scrape(struct config_source *s, const struct yaml_node *at, struct configreport *report)
{
    struct config_scrape *c = &s->scrape;

    if (!c->on)
        return;
    if (!c->timeout_ms)
        c->timeout_ms = s->scrape_interval_ms < MOST_AUTO_TIMEOUT_MS ? s->scrape_interval_ms
                                                                     : MOST_AUTO_TIMEOUT_MS;
    if (c->timeout_ms > s->scrape_interval_ms)
        configreport_add(report, configread_at(at, "timeout"), "is over the interval");
    if (!yaml_get(at, "targets") && !yaml_get(at, "file_sd") && !c->kubernetes.on)
        configreport_add(report, at, "has nothing to scrape: write targets, file_sd or kubernetes");
    if (c->keep_all && c->keep.n)
        configreport_add(report, configread_at(at, "keep_all"), "excludes keep");
    for (size_t i = 0; i < c->credentials_to.n; i++) {
        struct err err = {0};

        if (targethost_check(slice_of(c->credentials_to.at[i]), &err))
            configreport_add(report, configread_at(at, "credentials_to"), "%s", err.text);
    }
    if (c->kubernetes.path && c->kubernetes.path[0] != '/')
        configreport_add(report, configread_at(at, "kubernetes.path"), "must begin with /");
    for (size_t i = 0; i < c->labels.n; i++)
        if (!strcmp(c->labels.at[i].label, "job") || !strcmp(c->labels.at[i].label, "instance"))
            configreport_add(report, configread_at(at, "labels"),
                             "%s is verdictd's to set: the source's name, the target's address",
                             c->labels.at[i].label);
}

static void
check_peer(struct fetch_peer *peer, const struct config_headers *headers,
           const struct yaml_node *at, struct configreport *report)
{
    if (peer->bearer_token_file && peer->basic_user)
        configreport_add(report, configread_at(at, "basic_auth"),
                         "excludes bearer_token_file: keep one of the two");
    if (peer->client_cert_file && !peer->client_key_file)
        configreport_add(report, configread_at(at, "cert_file"), "needs key_file beside it");
    if (peer->client_key_file && !peer->client_cert_file)
        configreport_add(report, configread_at(at, "key_file"), "needs cert_file beside it");
    peer->headers = headers->at;
    peer->n_headers = headers->n;
}

/* Names of the history's own labels would be two labels of one name. */
static const char *const series_label[] = {
#define LABEL(name, text) text,
#include "daemon/series_label.def"
#undef LABEL
};

static void
check_remote_write(struct config_remote_write *w, const struct yaml_node *root,
                   struct configreport *report)
{
    const struct yaml_node *at = configread_at(root, "remote_write");

    check_peer(&w->peer, &w->headers, at, report);
    for (size_t i = 0; i < w->labels.n; i++)
        for (size_t k = 0; k < ARRAY_LEN(series_label); k++)
            if (!strcmp(w->labels.at[i].label, series_label[k]))
                configreport_add(report, configread_at(at, "labels"),
                                 "%s is a label of the series themselves: choose another name",
                                 series_label[k]);
}

void
configcheck_source(struct config_source *s, const struct yaml_node *at, struct configreport *report)
{
    const struct yaml_node *p = configread_at(at, s->scrape.on ? "scrape" : "prometheus");

    check_kind(s, at, report);
    check_scrape(s, p, report);
    check_peer(&s->peer, &s->headers, p, report);
    if (!s->tick_ms)
        s->tick_ms =
            s->scrape_interval_ms > LEAST_AUTO_TICK_MS ? s->scrape_interval_ms : LEAST_AUTO_TICK_MS;
}

static void
check_margins(const struct policy_comparison *c, const char *group, const struct yaml_node *at,
              struct configreport *report)
{
    const struct yaml_node *here = configread_at(at, group);

    if (c->pass_ratio_margin <= c->ratio_margin)
        configreport_add(report, configread_at(here, "pass_ratio_margin"),
                         "pass_ratio_margin %g must be over ratio_margin %g, or nothing could be "
                         "shown between them",
                         c->pass_ratio_margin, c->ratio_margin);
    if (c->pass_absolute_margin < c->absolute_margin)
        configreport_add(report, configread_at(here, "pass_absolute_margin"),
                         "pass_absolute_margin %g must not be under absolute_margin %g",
                         c->pass_absolute_margin, c->absolute_margin);
}

static uint32_t
checks_on(const struct policy *p)
{
    return 1u << CHECK_DATA | (uint32_t)p->guard << CHECK_GUARD |
           (uint32_t)p->mesh.on << CHECK_MESH | (uint32_t)p->split.on << CHECK_SPLIT |
           (uint32_t)p->error_rate.on << CHECK_ERROR_RATE |
           (uint32_t)p->latency.on << CHECK_LATENCY |
           (uint32_t)p->client_errors.on << CHECK_CLIENT_ERRORS |
           (uint32_t)(p->slo.success_rate > 0) << CHECK_SLO_SUCCESS_RATE |
           (uint32_t)(p->slo.p95_ms > 0) << CHECK_SLO_LATENCY |
           (uint32_t)p->success_rate.on << CHECK_SUCCESS_RATE | (uint32_t)p->p95.on << CHECK_P95;
}

static void
check_sets(const struct policy *p, const struct yaml_node *at, struct configreport *report)
{
    const struct yaml_node *required = configread_at(at, "required");
    uint32_t                on = checks_on(p);

    for (unsigned c = 0; c < CHECK_COUNT; c++) {
        const char *name = configtable_word_text("check", c);

        if (p->required & ~on & 1u << c)
            configreport_add(report, required,
                             "requires %s, which this policy does not ask: configure it or leave "
                             "it out of required",
                             name);
        if (p->required & p->dry_run & 1u << c)
            configreport_add(report, configread_at(at, "dry_run"),
                             "%s counts for nothing in dry_run, so it cannot be required: take it "
                             "out of one of them",
                             name);
    }
    if (p->dry_run & 1u << CHECK_DATA)
        configreport_add(report, configread_at(at, "dry_run"),
                         "data cannot be in dry_run: without data nothing is ever passed");
}

static void
check_holds(const struct policy *p, const struct yaml_node *at, struct configreport *report)
{
    if (p->max_hold_ms)
        return;
    if (p->no_data != VERDICT_HOLD)
        configreport_add(report, configread_at(at, "no_data"),
                         "never happens while max_hold holds for ever: set max_hold: {after: 30m}");
    if (p->max_hold_then != VERDICT_HOLD)
        configreport_add(report, configread_at(at, "max_hold.then"),
                         "never happens while max_hold.after is 0s, which holds for ever: set it");
}

/* Where required is not written: of its default, what is asked; limits by name
 * are required without being listed. */
static void
fit_required(struct policy *p, const struct yaml_node *at)
{
    uint32_t fits = p->required & checks_on(p);

    if ((fits || p->n_limits) && configread_at(at, "required") == at)
        p->required = fits;
}

static void
check_windows(struct policy *p, const struct yaml_node *at, struct configreport *report)
{
    const struct yaml_node *here = configread_at(at, "windows");
    char                    rule[ZONE_RULE_BYTES];
    struct err              err = {0};

    if (!p->windows.open && p->windows.zone)
        configreport_add(report, here, "has a zone and no hours: write open");
    if (!p->windows.open)
        return;
    if (zone_rule(slice_of(p->windows.zone ? p->windows.zone : "UTC0"), rule, &err))
        configreport_add(report, configread_at(here, "zone"), "%s", err.text);
    else if (openhours_read(slice_of(p->windows.open), slice_of(rule), &p->windows.hours, &err))
        configreport_add(report, configread_at(here, "open"), "%s", err.text);
}

void
configcheck_policy(struct policy *p, const struct yaml_node *at, struct configreport *report)
{
    check_margins(&p->error_rate, "error_rate", at, report);
    check_margins(&p->latency, "latency", at, report);
    check_margins(&p->client_errors, "client_errors", at, report);
    fit_required(p, at);
    check_sets(p, at, report);
    check_holds(p, at, report);
    check_windows(p, at, report);
}

/* Snapshots come one sample apart at best, two where one is late. */
static void
check_gap(const struct config *c, const struct config_service *s, const struct yaml_node *at,
          struct configreport *report)
{
    const struct config_source *source = config_source(c, slice_of(s->source));
    const struct policy        *p = config_policy(c, slice_of(s->policy));
    int64_t                     step_ms;

    if (!source || !p)
        return;
    step_ms =
        source->tick_ms > source->scrape_interval_ms ? source->tick_ms : source->scrape_interval_ms;
    if (p->longest_gap_ms < 2 * step_ms)
        configreport_add(report, at,
                         "policy %s drops intervals over %" PRId64
                         "s, and source %s has a sample every %" PRId64
                         "s: set longest_gap to %" PRId64 "s or more",
                         p->name, p->longest_gap_ms / 1000, source->name, step_ms / 1000,
                         (2 * step_ms + 999) / 1000);
}

/* Without a baseline only objectives and limits are left to judge by. */
static void
check_phase(const struct config *c, const struct config_service *s, const struct yaml_node *at,
            struct configreport *report)
{
    const struct policy *p = config_policy_in(c, slice_of(s->policy), s->phase);

    if (p && !phase_compares(s->phase) && !policy_judges(p))
        configreport_add(report, configread_at(at, "phase"),
                         "%s has nothing to compare with, and policy %s has neither slo nor "
                         "limits: write one of them",
                         phase_text(s->phase), p->name);
}

/* Both names must exist; a source that is not named is the only one. */
static void
check_references(const struct config *c, struct config_service *s, const struct yaml_node *at,
                 struct configreport *report)
{
    if (!s->source && c->n_sources == 1)
        s->source = c->sources[0].name;
    if (!s->source)
        configreport_add(report, at, "source is missing: name one of sources");
    else if (!config_source(c, slice_of(s->source)))
        configreport_add(report, configread_at(at, "source"), "there is no source %s in sources",
                         s->source);
    if (!config_policy(c, slice_of(s->policy)))
        configreport_add(report, configread_at(at, "policy"), "there is no policy %s in policies",
                         s->policy);
    check_gap(c, s, at, report);
    check_phase(c, s, at, report);
}

static void
check_versions(const struct config_service *s, const struct yaml_node *at,
               struct configreport *report)
{
    if (s->canary && s->stable && !strcmp(s->canary, s->stable))
        configreport_add(report, configread_at(at, "versions.stable"),
                         "is the same as canary, so the sides cannot be told apart");
    if (s->key && !strcmp(s->key, "deployment") && strcmp(s->preset, "linkerd") != 0)
        configreport_add(report, configread_at(at, "versions.key"),
                         "deployment is Linkerd's: for Istio use workload, or set preset: linkerd");
}

/* What preset custom needs, and others do not take. */
static void
check_custom(const struct config_service *s, const struct yaml_node *at,
             struct configreport *report)
{
    bool custom = s->preset && !strcmp(s->preset, "custom");

    if (custom && !s->requests)
        configreport_add(report, configread_at(at, "preset"),
                         "custom needs metrics: {requests: ...}, the counter of requests");
    if (custom && !s->match.n)
        configreport_add(report, configread_at(at, "preset"),
                         "custom needs match: {label: value}, which selects the service's series");
    if (!custom && s->requests)
        configreport_add(report, configread_at(at, "metrics"),
                         "is for preset custom: preset %s has metrics of its own", s->preset);
}

static void
check_service(struct config *c, struct config_service *s, const struct yaml_node *at,
              struct configreport *report)
{
    struct text key;

    check_references(c, s, at, report);
    check_versions(s, at, report);
    check_custom(s, at, report);
    if (!s->name || !s->ns)
        return;
    text_init(&key, 256);
    text_printf(&key, "%s/%s", s->ns, s->name);
    if (hash_get(&c->by_name, text_slice(&key)))
        configreport_add(report, configread_at(at, "name"), "%s is listed before", key.p);
    else
        hash_set(&c->by_name, text_slice(&key), s);
    text_release(&key);
}

static void
check_listen(struct config *c, const struct yaml_node *root, struct configreport *report)
{
    struct config_daemon *d = &c->daemon;
    struct slice          host = {0};
    struct err            err = {0};

    if (!d->listen ||
        configtext_address(slice_of(d->listen), &host, &d->listen_port, &d->listen_loopback, &err))
        return; /* said when it was read */
    d->listen_host = arena_text(&c->arena, host);
    if (!d->listen_loopback && !d->tokens_file &&
        !(d->tls.client_ca_file && d->tls.require_client_cert))
        configreport_add(report, configread_at(root, "listen"),
                         "%s can be reached from other machines: write tokens_file, or listen on "
                         "127.0.0.1",
                         d->listen);
    if (d->kayenta.tls && !d->tls.cert_file)
        configreport_add(report, configread_at(configread_at(root, "kayenta"), "tls"),
                         "has no certificate: write tls, with cert_file and key_file");
}

static void
check_unknown(struct config *c, const struct yaml_node *root, struct configreport *report)
{
    const struct yaml_node *at = configread_at(root, "unknown_services");

    configread_defaults(CONFIGTABLE_SERVICE, &c->unknown, &c->arena);
    c->unknown.source = c->daemon.unknown_source;
    if (c->daemon.unknown_namespaces.n)
        check_references(c, &c->unknown, at, report);
}

void
configcheck_all(struct config *c, const struct yaml_node *root, struct configreport *report)
{
    const struct yaml_node *list = configread_at(root, "services");

    check_listen(c, root, report);
    check_unknown(c, root, report);
    check_remote_write(&c->daemon.remote_write, root, report);
    if (!c->n_sources && !yaml_get(root, "sources"))
        configreport_add(report, root, "sources is missing: without one nothing can be judged");
    for (size_t i = 0; i < c->n_services; i++)
        check_service(c, &c->services[i], list->items[i], report);
}

void
configcheck_reload(const struct config *old, const struct config *new, const struct yaml_node *root,
                   struct configreport *report)
{
    size_t                        n;
    const struct configtable_row *rows = configtable_rows(&n);
    struct text                   was, is;

    text_init(&was, 8192);
    text_init(&is, 8192);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].section != CONFIGTABLE_DAEMON || rows[i].reloadable)
            continue;
        text_clear(&was);
        text_clear(&is);
        configvalue_print(&rows[i], &old->daemon, &was);
        configvalue_print(&rows[i], &new->daemon, &is);
        if (!slice_equal(text_slice(&was), text_slice(&is)))
            configreport_add(report, configread_at(root, rows[i].key),
                             "%s cannot change from %.*s to %.*s without a restart", rows[i].key,
                             SLICE_ARG(configtext_shown(text_slice(&was))),
                             SLICE_ARG(configtext_shown(text_slice(&is))));
    }
    text_release(&was);
    text_release(&is);
}
