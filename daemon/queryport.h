/* queryport.h - what the Prometheus API reads (webhooks/port.h): the series of all
 * embedded sources as one, their metadata, targets and figures.
 *
 * The set of sources is replaced as a whole when the configuration is reloaded;
 * a query keeps the set it began with until it ends.
 *
 *     HTTP thread --submit--> worker --run--> done
 *          |                    ^
 *          +--submit, targets--> loop: they are copied there */
#ifndef DAEMON_QUERYPORT_H
#define DAEMON_QUERYPORT_H

#include "daemon/mailbox.h"
#include "daemon/workers.h"
#include "promql/source.h"
#include "telemetry/scraper.h"
#include "webhooks/port.h"

/* One source; borrowed until release.  Only name and source must be there. */
struct queryport_member {
    const char      *name; /* its job label */
    struct source    source;
    struct tsdb     *tsdb;
    struct metadata *metadata;
    struct scraper  *scraper; /* borrowed only until it is left out of a set */
    int64_t          scrape_interval_ms, scrape_timeout_ms; /* 0: it does not scrape */
    int64_t          retention_ms;
    /* Of a member without metadata: as struct port_series.families; may be NULL. */
    void (*families)(void *self, struct slice                                    name,
                     void (*each)(void *ctx, const struct port_family *f), void *ctx);
    /* Loop thread, once: no query reads this member any more. */
    void (*release)(void *self);
    void *self;
};

struct queryport_config {
    struct workers     *workers; /* borrowed; freed before the queryport is */
    struct mailbox     *mailbox; /* borrowed; run until it is empty before that */
    const struct clock *clock;
    const char         *version; /* of verdictd; static */
    struct port_limits  limits;
};

struct queryport;

struct queryport *queryport_new(const struct queryport_config *c);

/* Loop thread: from now on new queries read these, in this order: of two equal
 * series the first source's counts.  The members are copied, their names too.
 * At first there are none. */
void queryport_set(struct queryport *q, const struct queryport_member *members, size_t n);

/* Loop thread: the configuration was loaded, or refused. */
void queryport_loaded(struct queryport *q, bool ok);

/* Loop thread; no query is under way.  Releases the last set.  NULL: nothing. */
void queryport_free(struct queryport *q);

/* Borrows q. */
struct port_api queryport_api(struct queryport *q);

#endif
