/* config.h - what the operator wrote: sources, services, policies, the daemon.
 *
 * Immutable once read, and counted: a run keeps the configuration it started
 * with (its policy points into it) until it ends, whatever was reloaded. */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include "analyzer/policy.h"
#include "base/arena.h"
#include "base/fetch.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "daemon/configreport.h"
#include "daemon/preset.h"
#include "store/store.h"
#include "webhooks/notify.h"

#include <stdatomic.h>

/* Beside the verdicts, of which targets outside are told: a hold that lasts. */
enum { CONFIG_ON_WAITING = VERDICT_COUNT };

/* What a question may choose for itself; bits 1u << CONFIG_MAY_x. */
enum config_may { CONFIG_MAY_POLICY, CONFIG_MAY_PRESET, CONFIG_MAY_SOURCE, CONFIG_MAY_PHASE };

struct config_names {
    const char **at;
    size_t       n;
};

struct config_headers {
    struct fetch_header *at;
    size_t               n;
};

struct config_labels {
    struct preset_match *at;
    size_t               n;
};

/* Texts that were not written are NULL, here and below. */
/* Where the history's series are sent. */
struct config_remote_write {
    bool                  on;
    const char           *url;
    struct fetch_peer     peer;
    struct config_headers headers; /* what peer.headers points to */
    struct config_labels  labels;
    int64_t               interval_ms, timeout_ms, catch_up_ms;
};

/* The HTTP API of Prometheus. */
struct config_api {
    uint32_t threads, max_samples;
    int64_t  timeout_ms, lookback_ms;
    int64_t  own_metrics_ms; /* 0: they are not kept */
    uint64_t max_memory, max_answer;
    bool     verdicts; /* the history as series */

    const char *cors_origin; /* a regular expression; NULL: none */
};

struct config_tls {
    const char *cert_file, *key_file; /* NULL: without TLS */
    const char *client_ca_file;       /* NULL: clients are asked for no certificate */
    bool        require_client_cert;
};

/* What one address may take. */
struct config_clients {
    uint32_t connections, requests_per_second, burst;
};

/* Who waits without end. */
struct config_waits {
    int64_t report_ms;        /* 0: nothing is said of it */
    int64_t gate_rollback_ms; /* 0: a closed gate keeps its Canary for ever */
};

/* Argo's Kayenta provider. */
struct config_kayenta {
    const char         *listen; /* NULL: it is not served */
    bool                tls;
    struct config_names allow; /* none: every address */
};

struct config_daemon {
    const char           *listen;      /* as written */
    const char           *listen_host; /* numeric, without brackets */
    uint16_t              listen_port; /* 0: the kernel chooses */
    bool                  listen_loopback;
    const char           *data_dir;
    const char           *tokens_file;
    struct config_tls     tls;
    const char           *public_host; /* NULL: none */
    struct config_names   page_origins;
    uint32_t              max_connections;
    struct config_clients clients;
    enum log_level        log_level;
    struct config_names   unknown_namespaces;
    const char           *unknown_source;
    uint32_t              max_runs, max_runs_per_namespace, max_new_runs_per_minute;
    bool                  loadtester_gates;
    struct config_waits   waits;
    struct config_kayenta kayenta;
    uint32_t              http_threads, workers, judge_threads;
    struct config_api     api;

    struct store_retention     history;
    struct config_remote_write remote_write;
};

struct config_kubernetes {
    bool                 on, https, annotations;
    struct config_names  namespaces; /* none: all */
    const char          *selector, *path, *api;
    uint32_t             port;
    struct config_labels labels; /* label of the series, label of the pod */
};

struct config_scrape {
    bool                     on, honor_labels, honor_timestamps, keep_all;
    int64_t                  timeout_ms;
    struct config_names      targets, file_sd;
    struct config_names      credentials_to;
    struct config_names      keep; /* as written; configkeep.h says what is kept */
    struct config_labels     labels;
    uint32_t                 sample_limit, label_limit; /* 0: none */
    uint32_t                 max_in_flight;
    uint64_t                 body_limit;
    struct config_kubernetes kubernetes;
};

/* Of the series that verdictd keeps itself. */
struct config_store {
    int64_t  retention_ms;
    uint64_t max_bytes;
    uint32_t max_series;
    bool     snapshot;
};

struct config_source {
    const char           *name;
    bool                  prometheus, remote_write; /* exactly one of them and scrape.on */
    const char           *url;                      /* of prometheus; without trailing '/' */
    struct fetch_peer     peer;                     /* of prometheus and scrape */
    struct config_headers headers;                  /* what peer.headers points to */
    int64_t               timeout_ms, tick_ms, scrape_interval_ms;
    int64_t               delay_ms;                  /* of what is written to it: see localask.h */
    uint32_t              max_in_flight, max_series; /* of questions */
    uint64_t              max_reply_bytes;
    struct config_scrape  scrape;
    struct config_store   store; /* of scrape and remote_write */
};

struct config_service {
    const char *name, *ns; /* NULL in the pattern for unlisted services */
    const char *cluster;
    const char *source; /* never NULL: resolved */
    const char *preset;
    const char *key; /* NULL: the preset's, or for Flagger workload */
    const char *canary, *stable;
    const char *host, *canonical_service;
    /* Names of the user's own, for preset custom mostly. */
    const char          *requests, *buckets, *label[PRESET_LABEL_COUNT];
    bool                 in_milliseconds, by_servers;
    struct config_labels match;
    const char          *policy;
    enum phase           phase; /* where the caller does not say */
    uint32_t             caller_may;
    const char          *rollout; /* its Argo Rollout */
};

/* A target outside that is told of verdicts. */
struct config_notification {
    const char         *name;
    enum notify_format  format;
    const char         *url, *url_file; /* exactly one of them; url without trailing '/' */
    const char         *secret_file;
    struct fetch_peer   peer;
    uint32_t            on;         /* bits 1u << VERDICT_x, CONFIG_ON_WAITING */
    struct config_names namespaces; /* none: all */
    int64_t             timeout_ms, give_up_ms;
};

struct config {
    struct config_daemon        daemon;
    struct config_source       *sources;
    size_t                      n_sources;
    struct config_service      *services;
    size_t                      n_services;
    struct config_notification *notifications;
    size_t                      n_notifications;
    struct policy              *policies; /* "default" is always among them */
    size_t                      n_policies;
    struct policy              *phased; /* each policy in every phase, PHASE_COUNT in a row */

    struct config_service unknown; /* pattern for services that are allowed but not listed */
    struct hash_map       by_name; /* "namespace/name" to service */
    struct arena          arena;
    atomic_uint           refs;
};

/* Read and check a whole file, at most 1 MiB.  *out is owned by the caller:
 * one reference, given back with config_unref.  err is the first error. */
enum status config_read_file(const char *file, struct config **out, struct err *err) MUST_CHECK;

/* The same with every error that can be found; nothing is read where one is. */
enum status config_check_file(const char *file, struct config **out,
                              struct configreport *report) MUST_CHECK;
enum status config_check(const char *name, struct slice body, struct config **out,
                         struct configreport *report) MUST_CHECK;

/* SIGHUP: read file to replace old.  All or nothing: STATUS_CONFLICT names a
 * key that changed and cannot without a restart; old stays as it is. */
enum status config_reload(const struct config *old, const char *file, struct config **out,
                          struct err *err) MUST_CHECK;

/* Any thread. */
struct config *config_ref(struct config *c);
void           config_unref(struct config *c); /* NULL: nothing */

/* Whether verdictd keeps its series itself. */
static inline bool
config_source_embedded(const struct config_source *s)
{
    return s->scrape.on || s->remote_write;
}

/* NULL: there is none.  Borrowed from c. */
const struct config_source *config_source(const struct config *c, struct slice name);
const struct policy        *config_policy(const struct config *c, struct slice name);
const struct policy *config_policy_in(const struct config *c, struct slice name, enum phase phase);
/* The policy of that name in the phase in which it has that hash; NULL: none. */
const struct policy         *config_policy_was(const struct config *c, struct slice name,
                                               struct slice hash);
const struct config_service *config_service(const struct config *c, struct slice ns,
                                            struct slice name);

/* The listed service, else the pattern where unknown_services allows the
 * namespace, else NULL: denied. */
const struct config_service *config_judged(const struct config *c, struct slice ns,
                                           struct slice name);

/* The canonical text of a policy, which its hash is of: every key=value on a
 * line of its own, sorted by key, its thresholds last. */
void config_policy_text(const struct policy *p, struct text *out);

#endif
