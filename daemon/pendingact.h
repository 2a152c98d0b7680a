/* pendingact.h - what a person did to a run, kept until the history has it. */
#ifndef DAEMON_PENDINGACT_H
#define DAEMON_PENDINGACT_H

#include "analyzer/record.h"
#include "analyzer/run.h"

/* Starts as {0}.  Not to be copied: act points into it. */
struct pendingact {
    bool              on;
    uint64_t          unit; /* that stores it; 0: none does at the moment */
    struct record_act act;
    char              action[16], by[OVERRIDE_BY_BYTES], why[OVERRIDE_WHY_BYTES], via[16];
};

/* Everything is copied. */
void pendingact_take(struct pendingact *p, const struct record_act *act);

/* The next unit is to bring it. */
static inline bool
pendingact_waits(const struct pendingact *p)
{
    return p->on && !p->unit;
}

/* The store's answer to a unit: what it refused waits again. */
void pendingact_stored(struct pendingact *p, uint64_t unit, enum status s);

#endif
