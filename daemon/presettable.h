/* presettable.h - preset.def as data: what each mesh calls things. */
#ifndef DAEMON_PRESETTABLE_H
#define DAEMON_PRESETTABLE_H

#include "analyzer/mesh_signal.h"
#include "daemon/preset.h"

enum presettable_mesh {
#define PRESET_MESH(mesh, text, key, flagger_key, le_ms, user, attempt, canary, baseline)          \
    PRESETTABLE_##mesh,
#include "daemon/preset.def"
    PRESETTABLE_MESHES
};

enum presettable_metric { PRESETTABLE_REQUESTS, PRESETTABLE_BUCKETS, PRESETTABLE_METRICS };

struct presettable_row {
    const char *text, *key, *flagger_key;
    double      le_ms;
    bool        view[VIEW_COUNT];
    const char *canary, *baseline; /* where the key only says which of the two; else "" */
};

struct presettable_key {
    enum presettable_mesh mesh;
    const char           *text, *label[VIEW_COUNT]; /* "": not in that view */
    bool                  per_release, flagger;
};

struct presettable_signal {
    enum presettable_mesh mesh;
    enum mesh_signal      signal;
    const char           *metric;
};

/* A label, and a regular expression of its values. */
struct presettable_value {
    enum presettable_mesh mesh;
    enum preset_label     label;
    const char           *regex;
};

/* The mesh of a preset's name, "" is istio; PRESETTABLE_MESHES: there is none. */
enum presettable_mesh presettable_find(const char *preset);

const struct presettable_row *presettable_row(enum presettable_mesh m);

/* NULL: the key is a label by its own name. */
const struct presettable_key *presettable_key(enum presettable_mesh m, const char *key);

/* "" where the mesh has none. */
const char *presettable_label(enum presettable_mesh m, enum preset_label l);
const char *presettable_metric(enum presettable_mesh m, enum presettable_metric metric);

/* What it means when there are series of a metric and none of requests. */
struct presettable_instead {
    enum presettable_mesh mesh;
    const char           *metric, *meaning;
};

const struct presettable_instead *presettable_insteads(size_t *n);

/* All rows of all meshes. */
const struct presettable_signal *presettable_signals(size_t *n);

/* The flag that a label's value stands for, NULL: none. */
const char *presettable_flag(enum presettable_mesh m, enum preset_label l, struct slice value);

/* Of queries for people; NULL: none. */
const struct presettable_value *presettable_fault(enum presettable_mesh m);
const struct presettable_value *presettable_uncounted(enum presettable_mesh m);

#endif
