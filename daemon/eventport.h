/* eventport.h - what controllers say of their rollouts, carried out on the loop thread. */
#ifndef DAEMON_EVENTPORT_H
#define DAEMON_EVENTPORT_H

#include "daemon/app.h"
#include "daemon/liverun.h"

/* The event of struct port; any thread. */
bool eventport_event(struct app *app, const struct question *q, const struct port_event *e);

/* Note what Flagger's event hook said of this run; loop thread. */
void eventport_flagger(struct app *app, const struct liverun *run, const struct question *q);

#endif
