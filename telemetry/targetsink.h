/* targetsink.h - where discovery puts what it finds. */
#ifndef TELEMETRY_TARGETSINK_H
#define TELEMETRY_TARGETSINK_H

#include "base/err.h"
#include "telemetry/tsdb.h"

/* A target as it was found: scrapetarget.h makes it into one. */
struct targetsink_target {
    struct slice             address; /* HOST:PORT[/PATH], or a URL */
    const struct tsdb_label *labels;
    size_t                   n_labels;
};

struct targetsink {
    /* All targets of one group (a file, a pod), instead of those it had; none
     * ends the group.  Borrowed for the call. */
    void (*group)(void *self, struct slice name, const struct targetsink_target *targets, size_t n);
    /* How the last look went: STATUS_OK, or why nothing new is known.  what names
     * the place, a file or a server, and lives as long as the discovery. */
    void (*told)(void *self, const char *what, const struct err *err);
    void *self;
};

#endif
