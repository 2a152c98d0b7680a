/* gatewaits.h - gates of the loadtester's kind that are asked again and again and stay closed.
 *
 *   asked closed --report_ms--> said once --gate_rollback_ms--> /rollback/check says yes
 *        '-------- opened, another revision, not asked for GATEWAITS_QUIET_MS: forgotten
 *
 * In memory alone: a restart begins every wait anew, which rolls nothing back too early. */
#ifndef DAEMON_GATEWAITS_H
#define DAEMON_GATEWAITS_H

#include "daemon/config.h"
#include "webhooks/port.h"

/* As long as a run without questions lives (api.md, Runs). */
enum { GATEWAITS_MOST = 4096, GATEWAITS_QUIET_MS = 15 * 60 * 1000 };

struct gatewaits;

struct gatewaits *gatewaits_new(const struct clock *clock); /* borrowed */
void              gatewaits_free(struct gatewaits *g);      /* NULL is fine */

/* Any thread: this gate was asked, and what it said. */
void gatewaits_asked(struct gatewaits *g, const struct port_switch *gate, bool open);

/* Any thread: Flagger has waited for this Canary's gate for longer than it may.  Only
 * while the canary has traffic (port_switch.progressing), and for the checksum that
 * waits: before that there is nothing to roll back, and Flagger does not ask. */
bool gatewaits_is_over(struct gatewaits *g, const struct port_switch *rollback);

/* Loop thread, once a second: log what has waited for long. */
void gatewaits_sweep(struct gatewaits *g, const struct config_waits *w);

/* How many have been said to wait. */
size_t gatewaits_count(struct gatewaits *g);

#endif
