/* ingest.h - the thread that writes into embedded series: jobs, one by one.
 *
 * Scrapes, remote writes and imports of all sources queue here, bounded in
 * bytes and number.  It is the writer of every struct tsdb. */
#ifndef TELEMETRY_INGEST_H
#define TELEMETRY_INGEST_H

#include "base/base.h"

struct ingest;

struct ingest_config {
    size_t max_queued_bytes; /* of bodies that wait; 0: 256 MiB */
    size_t max_queued;       /* jobs; 0: 4,096 */
    bool   on_caller;        /* no thread: run and done inside ingest_submit(), for virtual time */
    /* Hands fn to the loop thread; any thread; never fails. */
    void (*post)(void *self, void (*fn)(void *ctx), void *ctx);
    void *self;
};

struct ingest_job {
    size_t bytes;            /* of memory that waits with it */
    bool   must;             /* taken past both bounds: what may not be lost, as a target's end;
                                its submitter sees to it that there are few */
    void (*run)(void *ctx);  /* on the ingest thread */
    void (*done)(void *ctx); /* then on the loop thread; NULL: nobody waits */
    void *ctx;
};

struct ingest *ingest_new(const struct ingest_config *c);

/* Runs what is queued, then ends the thread; every done has been posted. */
void ingest_free(struct ingest *i);

/* Any thread.  false: the queue is full, neither run nor done is called. */
bool ingest_submit(struct ingest *i, const struct ingest_job *job);

struct ingest_stats {
    size_t   queued, queued_bytes;
    uint64_t jobs, refused;
    int64_t  busy_us; /* of CPU time */
};
struct ingest_stats ingest_stats(struct ingest *i); /* any thread */

#endif
