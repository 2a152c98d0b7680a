/* preset.h - a service's snapshot as one PromQL expression, for each mesh.
 *
 * One expression, so that one replica answers everything at one instant.  Its
 * parts are joined by `or` and told apart by a label of their own: `or` drops
 * what has the labels of something to its left. */
#ifndef DAEMON_PRESET_H
#define DAEMON_PRESET_H

#include "analyzer/counts.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

enum preset_kind {
    PRESET_CELLS,    /* requests by code, gRPC status and flags */
    PRESET_BUCKETS,  /* durations by le; no-response and injected ones left out */
    PRESET_TIMES,    /* newest sample of each instance, seconds since 1970 */
    PRESET_SIGNALS,  /* what callers' proxies say beside; may be missing */
    PRESET_UNROUTED, /* cells of requests that found no route; may be missing */
};

enum preset_label {
#define PRESET_LABEL(label, text) PRESET_LABEL_##label,
#include "daemon/preset.def"
    PRESET_LABEL_COUNT
};

enum preset_part {
#define PRESET_PART(name, text, view, kind) PRESET_PART_##name,
#include "daemon/preset.def"
    PRESET_PART_COUNT
};

enum { PRESET_MAX_BYTES = 64 * 1024 };

struct preset_match {
    const char *label, *value;
};

/* NULL, "" or 0: not said. */
struct preset_service {
    const char *preset; /* of preset.def; not said: istio */
    const char *ns, *name;
    const char *key;               /* of preset.def, or a label's name */
    const char *canary, *baseline; /* values of the key */
    const char *host;              /* destination_service, instead of name and namespace */
    const char *canonical_service; /* instead of name */
    const char *workload;          /* destination_workload, instead of the canonical service */
    const char *cluster;           /* destination_cluster */
    bool        no_signals;        /* leave them out */
    bool        by_cluster;        /* requests by the cluster that serves them, too */

    /* What selects the service's series, instead of the preset's own way. */
    const struct preset_match *match;
    size_t                     n_match;

    /* The user's own names, for preset custom; requests is needed there. */
    const char *requests, *buckets;        /* metrics */
    const char *label[PRESET_LABEL_COUNT]; /* of any preset */
    double      le_ms;                     /* milliseconds of one unit of le */
    bool        by_servers;                /* custom: they count attempts, else what users see */
};

/* Append the expression.  STATUS_SYNTAX: the key is not a label's name, a value
 * cannot be matched, or something is missing; STATUS_LIMIT: a value is too long. */
enum status preset_expression(const struct preset_service *s, struct text *out,
                              struct err *err) MUST_CHECK;

/* A copy whose texts live in the arena. */
struct preset_service preset_copy(struct arena *a, const struct preset_service *s);

/* Append queries for a person to copy: requests, success and p95 by version in
 * each view, with a comment over each. */
enum status preset_explain(const struct preset_service *s, struct text *out,
                           struct err *err) MUST_CHECK;

/* The preset's own name, "" is istio; NULL: there is none of that name.  Other
 * functions want one that exists. */
const char *preset_name(const char *preset);

/* The key where the service names none. */
const char *preset_default_key(const char *preset, bool flagger);

/* Whether the key's values are Deployments as Flagger names them (T, T-primary),
 * and whether each release has another value. */
bool preset_key_is_flaggers(const char *preset, const char *key);
bool preset_key_per_release(const char *preset, const char *key);

/* What canary and baseline are always called; false: values of the key tell. */
bool preset_fixed_arms(const char *preset, const char **canary, const char **baseline);

/* The label that tells versions apart; "": the view cannot. */
const char *preset_key_label(const struct preset_service *s, enum counts_view view);

/* The metric of requests. */
const char *preset_requests(const struct preset_service *s);

/* The label's name; "": the mesh has none. */
const char *preset_label_text(const struct preset_service *s, enum preset_label l);

const char      *preset_part_text(enum preset_part p);
enum counts_view preset_part_view(enum preset_part p);
enum preset_kind preset_part_kind(enum preset_part p);

/* Whether the expression has the part. */
bool preset_has_part(const struct preset_service *s, enum preset_part p);

#endif
