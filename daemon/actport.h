/* actport.h - what people do to runs, carried out on the loop thread. */
#ifndef DAEMON_ACTPORT_H
#define DAEMON_ACTPORT_H

#include "daemon/app.h"

/* The act of struct port; any thread. */
bool actport_act(struct app *app, const struct port_act *act, port_act_fn done, void *ctx);

#endif
