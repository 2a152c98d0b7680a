/* queryset.h - the embedded sources of a configuration, to be read by the
 * Prometheus API. */
#ifndef DAEMON_QUERYSET_H
#define DAEMON_QUERYSET_H

#include "daemon/config.h"
#include "daemon/embeddedset.h"
#include "daemon/queryport.h"
#include "daemon/selfseries.h"
#include "daemon/verdictsource.h"

/* With the configured limits; all but d are borrowed, see queryport_new(). */
struct queryport *queryset_new(const struct config_daemon *d, struct workers *workers,
                               struct mailbox *mailbox, const struct clock *clock);

/* Loop thread: the sources of the set's present configuration, which is this one, and
 * the daemon's own metrics (NULL: they are not kept), and the history behind them. */
void queryset_publish(struct queryport *q, const struct embeddedset *s, const struct config *config,
                      struct selfseries *own, struct verdictsource *history);

#endif
