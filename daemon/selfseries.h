/* selfseries.h - the daemon's own metrics as series of its Prometheus API: what
 * GET /metrics would answer, taken in every 15 s as if it had been scraped.
 *
 * So one data source, verdictd, is enough to draw everything it says of itself.  They
 * are kept in memory alone and begin anew with the process.  The loop thread is their
 * writer: a loop that hangs writes none. */
#ifndef DAEMON_SELFSERIES_H
#define DAEMON_SELFSERIES_H

#include "daemon/app.h"
#include "daemon/queryport.h"

enum { SELFSERIES_EVERY_MS = 15000 };

struct selfseries;

/* Labels job="verdictd" and instance, which is where the daemon listens.  The app and
 * its selfreport are borrowed.  Begins a second after; retention_ms over 0. */
struct selfseries *selfseries_new(struct app *app, const char *instance, int64_t retention_ms);

/* The daemon ends: nothing more is taken in.  NULL: nothing. */
void selfseries_stop(struct selfseries *s);

/* Loop thread; no query reads them any more.  NULL: nothing. */
void selfseries_free(struct selfseries *s);

/* For a set of the Prometheus API; borrows s. */
struct queryport_member selfseries_member(struct selfseries *s);

#endif
