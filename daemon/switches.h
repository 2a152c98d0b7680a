/* switches.h - the loadtester's gates that are open: in memory to be asked, in the
 * history to stay.  Any thread. */
#ifndef DAEMON_SWITCHES_H
#define DAEMON_SWITCHES_H

#include "store/store.h"
#include "webhooks/port.h"

enum { SWITCHES_MOST = 4096 };

struct switches;

/* What the history has is open.  Both are borrowed. */
enum status switches_new(struct store *store, const struct clock *clock, const char *data_dir,
                         struct switches **out, struct err *err) MUST_CHECK;

/* The store has been drained; NULL is fine. */
void switches_free(struct switches *s);

/* See struct port. */
bool switches_is_open(struct switches *s, const struct port_switch *one);
bool switches_set(struct switches *s, const struct port_switch *one, port_switch_fn done,
                  void *ctx);

#endif
