/* presetmatch.h - which series of a mesh are a service's. */
#ifndef DAEMON_PRESETMATCH_H
#define DAEMON_PRESETMATCH_H

#include "daemon/presettable.h"
#include "promql/selector.h"

enum { PRESETMATCH_MAX = 32, PRESETMATCH_NAME_BYTES = 300 };

/* Matchers, and the texts that they borrow beside the service's. */
struct presetmatch {
    struct selector_matcher at[PRESETMATCH_MAX];
    size_t                  n;

    struct slice values[PRESETMATCH_MAX][3];
    char         t_canary[PRESETMATCH_NAME_BYTES], t_primary[PRESETMATCH_NAME_BYTES];
    char         clusters[2048]; /* regular expression of Envoy's cluster names */
};

/* Whether the mesh has anything for such parts of queries, and names are such
 * that they can stand in a regular expression. */
bool presetmatch_has(const struct preset_service *s, enum preset_kind kind);

/* The matchers of a part; of signals and unrouted ones only where there are any. */
void presetmatch_of(const struct preset_service *s, enum preset_part part, struct presetmatch *m);

/* One more; value is borrowed. */
void presetmatch_add(struct presetmatch *m, const char *label, enum selector_op op,
                     const char *value);

#endif
