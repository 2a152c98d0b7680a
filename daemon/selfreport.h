/* selfreport.h - what GET /metrics answers: one function per group of metric.def. */
#ifndef DAEMON_SELFREPORT_H
#define DAEMON_SELFREPORT_H

#include "base/text.h"
#include "daemon/app.h"

struct selfreport;

/* The app is borrowed; its loop, mailbox, store, workers and meters are there as long as
 * selfreport_write() may be called. */
struct selfreport *selfreport_new(struct app *app);
void               selfreport_free(struct selfreport *s);

/* Loop thread, once a second: look at what only the loop may. */
void selfreport_sweep(struct selfreport *s);

/* Any thread; never waits for the loop: one that hangs is to be seen.  true: it is
 * OpenMetrics, as the scraper's header Accept asks. */
bool selfreport_write(struct selfreport *s, struct slice accept, struct text *out);

#endif
