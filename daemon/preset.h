/* preset.h - a service's snapshot as one PromQL expression: the Istio preset.
 *
 * One expression, so that one replica answers everything at one instant.  Its
 * parts are joined by `or` and told apart by a label of their own: `or` drops
 * what has the labels of something to its left. */
#ifndef DAEMON_PRESET_H
#define DAEMON_PRESET_H

#include "analyzer/counts.h"
#include "base/err.h"
#include "base/text.h"

enum preset_kind {
    PRESET_CELLS,   /* requests by code, gRPC status and flags */
    PRESET_BUCKETS, /* durations by le; no-response and injected ones left out */
    PRESET_TIMES,   /* newest sample of each instance, seconds since 1970 */
};

enum preset_label {
#define PRESET_LABEL(name, label) PRESET_LABEL_##name,
#include "daemon/preset.def"
    PRESET_LABEL_COUNT
};

enum preset_part {
#define PRESET_PART(name, text, view, kind) PRESET_PART_##name,
#include "daemon/preset.def"
    PRESET_PART_COUNT
};

enum { PRESET_MAX_BYTES = 64 * 1024 };

/* NULL or "": not said. */
struct preset_service {
    const char *ns, *name;
    const char *key;               /* of preset.def, or a label's name; not said: revision */
    const char *canary, *baseline; /* values of the key */
    const char *host;              /* destination_service, instead of name and namespace */
    const char *canonical_service; /* instead of name */
    const char *workload;          /* destination_workload, instead of the canonical service */
    const char *cluster;           /* destination_cluster */
};

/* Append the expression.  STATUS_SYNTAX: the key is not a label's name, or a
 * value cannot be matched; STATUS_LIMIT: a value is too long. */
enum status preset_expression(const struct preset_service *s, struct text *out,
                              struct err *err) MUST_CHECK;

/* Append queries for a person to copy: requests, success and p95 by version in
 * each view, with a comment over each. */
enum status preset_explain(const struct preset_service *s, struct text *out,
                           struct err *err) MUST_CHECK;

/* The label that a key stands for. */
const char *preset_key_label(const char *key);
bool        preset_key_has_view(const char *key, enum counts_view view);

const char      *preset_label_text(enum preset_label l);
const char      *preset_part_text(enum preset_part p);
enum counts_view preset_part_view(enum preset_part p);
enum preset_kind preset_part_kind(enum preset_part p);

#endif
