/* yaml.h - the YAML reader; every error names file:line:column and the key.
 *
 * At most 1 MiB, 64 levels and 100,000 nodes, aliases counted as if written
 * out; tags and duplicate keys are refused.  JSON is read as YAML. */
#ifndef BASE_YAML_H
#define BASE_YAML_H

#include "base/arena.h"
#include "base/err.h"

enum yaml_kind { YAML_NULL, YAML_SCALAR, YAML_MAPPING, YAML_SEQUENCE };

/* Lives in the arena it was read into. */
struct yaml_node {
    enum yaml_kind     kind;
    int                line, column; /* from 1; of a block text its first line */
    bool               quoted;       /* a scalar written in quotes is text, never a number */
    struct slice       scalar;
    struct yaml_pair  *pairs; /* of a mapping, in order */
    struct yaml_node **items; /* of a sequence */
    size_t             n;
    const char        *file;          /* as given, for errors */
    const char        *path;          /* "policies.default.warm_up", "services[2].name" */
    size_t             levels, nodes; /* of the tree below, itself included */
};

struct yaml_pair {
    struct slice      key;
    int               line, column; /* of the key */
    struct yaml_node *value;
};

/* One document without aliases and merge keys: a configuration says everything
 * where it stands. */
enum status yaml_read_file(struct arena *a, const char *file, struct yaml_node **out,
                           struct err *err) MUST_CHECK;
enum status yaml_read(struct arena *a, const char *name, struct slice body, struct yaml_node **out,
                      struct err *err) MUST_CHECK;

/* Any number of documents, as people hand them to Kubernetes: anchors, aliases
 * and merge keys (yaml.org/type/merge.html) are resolved.  What an alias stands
 * for keeps the place and path where it was written, and is the same node
 * wherever it is used.  Empty documents are left out. */
enum status yaml_read_stream(struct arena *a, const char *name, struct slice body,
                             struct yaml_node ***documents, size_t *n, struct err *err) MUST_CHECK;

/* The value under key, or NULL. */
struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key);

/* Set "file:line:column: path: …" and return s. */
enum status yaml_error(const struct yaml_node *at, struct err *err, enum status s, const char *fmt,
                       ...) PRINTF_LIKE(4, 5);

#endif
