/* outsidenews.h - which changes of a run's verdict targets outside hear of. */
#ifndef DAEMON_OUTSIDENEWS_H
#define DAEMON_OUTSIDENEWS_H

#include "analyzer/run.h"
#include "daemon/outbox.h"

/* What they were told of, or are being told.  Starts as {0}. */
struct outsidenews {
    struct outsidenews_told {
        bool         known, firm_known;
        enum verdict verdict, firm; /* the last, and the last that was no hold */
    } is, was;
    uint64_t unit; /* that stores what is; 0: durable */
};

/* A change of verdict, not of reason alone, and not the run's end.  true: o says whom to
 * tell, its targets in names. */
bool outsidenews_due(const struct outsidenews *n, struct outbox *outbox, const struct run *run,
                     const struct record_verdict *v, struct store_outbox *o, struct text *names);

/* A unit brings v to them; 0: they know it. */
void outsidenews_told(struct outsidenews *n, enum verdict v, uint64_t unit);

/* The store's answer to that unit, or to another. */
void outsidenews_stored(struct outsidenews *n, struct outbox *outbox, uint64_t unit, enum status s);

#endif
