/* roster.h - which pods serve, and for how long it has been the same ones. */
#ifndef ANALYZER_ROSTER_H
#define ANALYZER_ROSTER_H

#include "analyzer/familysample.h"

enum {
    ROSTER_QUIET_MS = 60 * 1000, /* unchanged for so long, and */
    ROSTER_QUIET = 3,            /* in so many intervals: settled */
};

struct roster_pod {
    uint64_t key; /* hash_stable() of the name */
    char     name[INTERVAL_NAME_BYTES];
    int64_t  seen_ms;
};

/* All zero is an empty one.  Fixed size, about 18 KiB. */
struct roster {
    struct roster_pod pods[FAMILY_MAX_PODS]; /* by key */
    uint32_t          n;
    char              version[INTERVAL_NAME_BYTES]; /* that serves */
    int64_t           changed_ms;
    uint32_t          unchanged; /* intervals since */
};

/* Take the pods of an interval in.  False: they are not those of before (one
 * came; one was not seen for ROSTER_QUIET_MS; another version serves, or more
 * than one; not every pod has a row of its own, and then none is known). */
bool roster_call(struct roster *r, const struct interval *i);

/* As of the interval that was taken in last. */
bool roster_settled(const struct roster *r, int64_t now_ms);

/* The pod's place; r->n: it is not one of them. */
uint32_t roster_find(const struct roster *r, uint64_t key);

#endif
