/* flaggerevent.h - what Flagger's event messages hold that its hooks do not say. */
#ifndef DAEMON_FLAGGEREVENT_H
#define DAEMON_FLAGGEREVENT_H

#include "base/slice.h"

/* The canary's weight in percent from "Advance NAME.NAMESPACE canary weight W"
 * (fluxcd/flagger pkg/controller/scheduler.go); NaN for every other message. */
double flaggerevent_weight(struct slice message);

#endif
