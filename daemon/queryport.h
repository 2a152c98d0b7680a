/* queryport.h - what the Prometheus API reads (webhooks/port.h), from the embedded
 * sources: their series as one, their metadata, targets and figures.
 *
 * The set of sources is replaced as a whole when the configuration is reloaded;
 * a query keeps the set it began with until it ends. */
#ifndef DAEMON_QUERYPORT_H
#define DAEMON_QUERYPORT_H

#include "daemon/workers.h"
#include "promql/source.h"
#include "telemetry/metadata.h"
#include "telemetry/tsdb.h"
#include "webhooks/port.h"

/* One source.  All but source may be missing. */
struct queryport_member {
    const char      *name; /* of the source: its job label */
    struct source    source;
    struct tsdb     *tsdb;
    struct metadata *metadata;
    int64_t          scrape_interval_ms, scrape_timeout_ms; /* 0: it does not scrape */
    int64_t          retention_ms;

    /* Any thread: each target, borrowed for the call. */
    void (*targets)(void *self, void (*each)(void *ctx, const struct port_target *t), void *ctx);
    /* Any thread, once: no query reads this member any more. */
    void (*release)(void *self);
    void *self;
};

struct queryport;

/* The clock is borrowed; pool as well, it ends before this does. */
struct queryport *queryport_new(struct workers *pool, const struct clock *clock,
                                const char *version);

/* Loop thread: from now on new queries read these; the members are copied (their
 * names too).  At first there are none. */
void queryport_set(struct queryport *q, const struct queryport_member *members, size_t n);

void queryport_free(struct queryport *q); /* NULL does nothing; nothing reads any more */

struct port_api queryport_api(struct queryport *q);

#endif
