/* remotewriter.h - the history's series, sent to a central Prometheus by remote write.
 *
 *     REST ──interval──► GATHERING (a worker reads the series of a span) ──► SENDING
 *       ▲                                                                  │  ▲
 *       └────────────────────────── taken, or refused for good ◄───────────┘  └─ WAITING
 *                                                                   (no answer, 5xx, 429, not let in)
 *
 * The queue is the history itself: what was not taken yet is read again from the last
 * span that was, so memory is bounded by one span and a restart goes on.  How far it
 * got stands in a file beside the history.  Loop thread. */
#ifndef DAEMON_REMOTEWRITER_H
#define DAEMON_REMOTEWRITER_H

#include "base/fetch.h"
#include "base/timer.h"
#include "daemon/config.h"
#include "daemon/mailbox.h"
#include "daemon/workers.h"
#include "promql/source.h"
#include "store/store.h"

enum {
    REMOTEWRITER_DELAY_MS = 5 * 1000,     /* what is newer may not be in the history yet; */
                                          /* where the disk is slower, it is waited for */
    REMOTEWRITER_SPAN_MS = 5 * 60 * 1000, /* read at once at most */
    REMOTEWRITER_SAMPLES = 10 * 1000,     /* in one request, and those of one more series */
    REMOTEWRITER_FIRST_WAIT_MS = 1000,    /* after a failure; doubled with each */
    REMOTEWRITER_LAST_WAIT_MS = 60 * 1000,
};

/* All borrowed. */
struct remotewriter_world {
    const struct clock *clock;
    const struct fetch *fetch;
    struct timer_port   timer;
    struct mailbox     *mailbox;
    struct workers     *workers; /* freed, and the mailbox run, before remotewriter_free() */
    struct source       source;
    struct store       *store; /* of the source's history; NULL: none that takes its time */
    const char         *data_dir;
};

struct remotewriter_stats {
    uint64_t sent, refused;      /* samples: taken; refused for good and left out */
    uint64_t requests, failures; /* all; those to be tried again */
    int64_t  sent_ms;            /* wall: all until then was dealt with; 0: nothing yet */
};

struct remotewriter;

/* Begins with where the file says that it stopped, else with now. */
struct remotewriter *remotewriter_new(const struct remotewriter_world *world,
                                      struct config                   *config);

/* From now on as this configuration says, which may be not at all. */
void remotewriter_configure(struct remotewriter *w, struct config *config);

/* Sends no more; what is under way is given up, and comes again after a start. */
void remotewriter_stop(struct remotewriter *w); /* NULL: nothing */
void remotewriter_free(struct remotewriter *w); /* NULL: nothing */

struct remotewriter_stats remotewriter_stats(const struct remotewriter *w);

#endif
