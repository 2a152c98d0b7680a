/* stepnote.h - the weights of a run, noted as it goes through them. */
#ifndef DAEMON_STEPNOTE_H
#define DAEMON_STEPNOTE_H

#include "analyzer/record.h"
#include "analyzer/run.h"

/* What the run's present weight had come to when it was looked at last: once the
 * weight has changed, the run itself has forgotten.  All zero: never. */
struct stepnote {
    bool               seen;
    struct record_step last;
};

/* After each decision. */
void stepnote_see(struct stepnote *n, const struct run *r);

/* The weight has changed since, was told first, or was never looked at. */
bool stepnote_turned(const struct stepnote *n, const struct run *r);

/* The step that was left by that; false: there is none. */
bool stepnote_left(const struct stepnote *n, const struct run *r, struct record_step *out);

/* The one that the run is in. */
struct record_step stepnote_now(const struct stepnote *n, const struct run *r);

#endif
