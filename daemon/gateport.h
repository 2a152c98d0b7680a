/* gateport.h - what the gates ask of the daemon (webhooks/port.h), carried out. */
#ifndef DAEMON_GATEPORT_H
#define DAEMON_GATEPORT_H

#include "daemon/app.h"

/* How long a first question waits for its run to be durable (api.md, Runs). */
enum { GATEPORT_OPEN_WAIT_MS = 200 };

struct port gateport_of(struct app *app);

#endif
