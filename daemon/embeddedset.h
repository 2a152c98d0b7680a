/* embeddedset.h - the embedded sources of the present configuration, the thread
 * that writes them, and the two ways in from other threads: bodies that are
 * written (webhooks/writeport.h), and what the Prometheus API reads. */
#ifndef DAEMON_EMBEDDEDSET_H
#define DAEMON_EMBEDDEDSET_H

#include "daemon/embedded.h"
#include "webhooks/writeport.h"

/* All borrowed; they outlive the set. */
struct embeddedset_world {
    const struct clock *clock;
    const struct fetch *fetch;
    struct timer_port   timer;
    struct mailbox     *mailbox;
    const char         *data_dir;
    bool                on_caller; /* no thread: virtual time */
};

struct embeddedset;

/* Loop thread, but for what says otherwise. */
struct embeddedset *embeddedset_new(const struct embeddedset_world *w);

/* Of a configuration that is to come: those that can go on as they are, and new
 * ones.  Until embeddedset_adopt() nothing of it is seen; without it call
 * embeddedset_abandon().  One at a time.  On failure it is abandoned. */
enum status embeddedset_prepare(struct embeddedset *s, const struct config *config,
                                struct err *err) MUST_CHECK;
void        embeddedset_abandon(struct embeddedset *s);
void        embeddedset_adopt(struct embeddedset *s, struct config *config);

/* Of what is prepared, if something is, else of the present configuration; NULL:
 * no such embedded source.  Borrowed. */
struct embedded *embeddedset_find(const struct embeddedset *s, const char *name);

/* Write snapshots where that is wanted, and let go of all.  The fetch port,
 * timers and the mailbox must then be run until embeddedset_count() is 0. */
void   embeddedset_end(struct embeddedset *s);
size_t embeddedset_count(const struct embeddedset *s); /* those that still exist */
void   embeddedset_free(struct embeddedset *s);        /* none exists any more */

struct writeport    embeddedset_writeport(struct embeddedset *s);
struct ingest_stats embeddedset_ingest(struct embeddedset *s);

#endif
