/* newest.h - the newest runs or verdicts of a namespace, out of the lists of its services.
 *
 * There is no index of namespaces: a walk over all rows would pass by a million
 * others to find a quiet one's. */
#ifndef STORE_NEWEST_H
#define STORE_NEWEST_H

#include "base/ulid.h"
#include "store/stmt.h"

enum { NEWEST_MOST = 500 };

struct newest {
    uint32_t n;
    char     ids[NEWEST_MOST][ULID_BYTES]; /* falling */
};

/* At most `most` (NEWEST_MOST at most) ids below and not under from, as q (RUN_IDS or
 * VERDICT_IDS) lists those of one service. */
enum status newest_of_namespace(struct stmt_set *set, enum stmt q, struct slice ns,
                                struct slice below, struct slice from, uint32_t most,
                                struct newest *out, struct err *err) MUST_CHECK;

#endif
