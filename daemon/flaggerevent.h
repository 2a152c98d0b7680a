/* flaggerevent.h - what Flagger's event messages hold that its hooks do not say. */
#ifndef DAEMON_FLAGGEREVENT_H
#define DAEMON_FLAGGEREVENT_H

#include "base/slice.h"

enum flaggerevent {
    FLAGGEREVENT_OTHER,
    FLAGGEREVENT_STARTED,   /* "Starting canary analysis for …" */
    FLAGGEREVENT_COMPLETED, /* "Promotion completed! …" */
    FLAGGEREVENT_FAILED,    /* "Canary failed! …" */
};

/* What the message says about the run as a whole (fluxcd/flagger
 * pkg/controller/scheduler.go).  "New revision detected!" is not a start: it
 * still carries the checksum of the release before. */
enum flaggerevent flaggerevent_of(struct slice message);

/* The canary's weight in percent from "Advance NAME.NAMESPACE canary weight W"
 * (the same file); NaN for every other message. */
double flaggerevent_weight(struct slice message);

#endif
