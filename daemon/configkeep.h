/* configkeep.h - which metrics a scrape keeps where its source does not say: those
 * that presets, services and policies of this configuration ask for. */
#ifndef DAEMON_CONFIGKEEP_H
#define DAEMON_CONFIGKEEP_H

#include "daemon/config.h"

struct configkeep {
    const struct slice *at; /* in no order, each once */
    size_t              n;
    bool                all; /* at is empty: some selector names no metric */
};

/* The source's own list where it has one.  A histogram stands by its name
 * without _bucket.  In the arena. */
struct configkeep configkeep_of(const struct config *c, const struct config_source *s,
                                struct arena *a);

#endif
