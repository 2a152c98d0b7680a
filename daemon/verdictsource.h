/* verdictsource.h - the history as a source of series (docs/SERIES.md): what the
 * Prometheus API and remote write read of it.
 *
 *     runcatalog (which runs) ─┐
 *     store/reader (points) ───┼─► toldline, pointline ─► verdictcolumns ─► promql
 *     publish (told now) ──────┘
 *
 * Each reader has a read-only connection to the history for itself.  Where the
 * history cannot be read, services are told as hold: what is not known is no pass. */
#ifndef DAEMON_VERDICTSOURCE_H
#define DAEMON_VERDICTSOURCE_H

#include "daemon/publish.h"
#include "promql/source.h"
#include "webhooks/port.h"

enum {
    VERDICTSOURCE_MAX_POINTS = 1000 * 1000, /* that one selection reads */
    VERDICTSOURCE_READERS = 8,              /* connections that are kept open between queries */
};

/* Longer than so much ahead: points every minute, every 4 minutes. */
#define VERDICTSOURCE_BY_MINUTE_MS (INT64_C(6) * 3600 * 1000)
#define VERDICTSOURCE_BY_SLOT_MS (INT64_C(48) * 3600 * 1000)
/* A selection that does not say from when on is of the last day. */
#define VERDICTSOURCE_FAR_MS (INT64_C(400) * 24 * 3600 * 1000)
#define VERDICTSOURCE_DEFAULT_MS (INT64_C(24) * 3600 * 1000)

/* All borrowed; they outlive the source. */
struct verdictsource_world {
    const char         *data_dir;
    const struct clock *clock;
    struct publish     *publish;
};

struct verdictsource;

struct verdictsource *verdictsource_new(const struct verdictsource_world *world);
void                  verdictsource_free(struct verdictsource *v); /* no reader is open */

/* Any thread.  Borrows v. */
struct source verdictsource_source(struct verdictsource *v);

/* The same for who hands the series on: while the history cannot be read, open fails
 * (STATUS_UNREACHABLE), so that nobody takes what is not known for what was told. */
struct source verdictsource_history(struct verdictsource *v);

/* Types, helps and units, as struct port_series asks for them.  Any thread. */
void verdictsource_families(void *v, struct slice                                       name,
                            void (*each)(void *ctx, const struct port_family *f), void *ctx);

#endif
