/* retention.h - forgetting what is too old or too much, a little at a time.
 *
 *     REST ──[every_ms]──► RUNS ──► SERVICES (placebos) ──► LOOSE (calls of no run, labels
 *       ▲                                                             │    of no run, the outbox)
 *       └──────[enough of the file is in use]────── VACUUM ◄──────────┘
 *
 * A walk goes over all runs in the order in which they were stored, counts what each has
 * and deletes what is due.  What is over its size is known at the end of a walk, and goes
 * with the next one, which follows at once.  On the store thread, between commits. */
#ifndef STORE_RETENTION_H
#define STORE_RETENTION_H

#include "store/believedtime.h"
#include "store/stmt.h"
#include "store/store.h"

enum {
    RETENTION_STEP_MS = 8,            /* what a step takes, before its fsync */
    RETENTION_PAUSE_MS = 50,          /* after a step that wrote */
    RETENTION_EVERY_MS = 3600 * 1000, /* unless the settings say otherwise */
};

enum retention_phase {
    RETENTION_REST,
    RETENTION_RUNS,
    RETENTION_SERVICES,
    RETENTION_LOOSE,
    RETENTION_VACUUM
};

struct retention {
    struct store_retention keep;
    enum retention_phase   phase;
    int64_t                due_ms;                   /* of the next step, on clock_system */
    int64_t                now_ms;                   /* wall, of this walk */
    struct believedtime    believed;                 /* stays over retention_init() */
    int64_t                run, service;             /* the last that was walked over */
    uint32_t               portion;                  /* rows to delete at a time */
    uint64_t               rows[STORE_KIND_COUNT];   /* counted by this walk, deleted ones not */
    uint64_t               excess[STORE_KIND_COUNT]; /* rows to go for their size */
    uint64_t               gone;                     /* deleted by this walk */
};

/* *r starts as {0}. */
void retention_init(struct retention *r, const struct store_retention *keep);

/* Milliseconds until the next step is due; 0: now. */
int retention_wait_ms(const struct retention *r);

/* One step in transactions of its own; what it counted and deleted goes into h, of which
 * nothing else is touched.  A fault of the disk ends the walk; the next one begins anew.
 * wall_ms: now. */
enum status retention_step(struct retention *r, struct stmt_set *set, int64_t wall_ms,
                           struct store_health *h, struct err *err) MUST_CHECK;

#endif
