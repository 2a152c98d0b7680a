/* outboxport.h - what people do to messages for targets outside, carried into the history. */
#ifndef DAEMON_OUTBOXPORT_H
#define DAEMON_OUTBOXPORT_H

#include "daemon/app.h"

/* The notice of struct port; any thread. */
bool outboxport_notice(struct app *app, const struct port_notice *n, port_notice_fn done,
                       void *ctx);

#endif
