/* tsdbcore.h - the inside of struct tsdb, for the files that make it up. */
#ifndef TELEMETRY_TSDBCORE_H
#define TELEMETRY_TSDBCORE_H

#include "telemetry/tsdb.h"
#include "telemetry/tsdbindex.h"
#include "telemetry/tsdbslots.h"

struct tsdb {
    struct tsdb_limits          limits;
    const struct clock         *clock;
    struct tsdbseries_writer    w; /* its epoch is the readers', too */
    _Atomic(struct tsdbindex *) index;
    atomic_bool                 hidden;
    pthread_mutex_t             lock; /* of published */
    struct tsdb_stats           published;
    /* The writer's. */
    struct tsdb_stats live;
    struct tsdbslots  slots;
    uint32_t          last_slot; /* of the last append */
    enum tsdb_refusal why;
    int64_t           future_ms;  /* times up to it are not too far */
    int64_t           floor_ms;   /* before it there is no space */
    uint32_t          until_look; /* appends until memory is counted again */
    bool              full;       /* over max_bytes */
    bool              reserved;   /* what is appended until the commit has its space */
    int64_t           space_ms;   /* newest time from which space is made again */
    struct label     *with_le;    /* for tsdb_labels() */
    uint32_t          cursor;     /* of tsdb_collect(): the next series */
    int64_t           first_ms;   /* of what it has seen this time around */
};

/* Writer's. */
static inline struct tsdbindex *
tsdbcore_index(const struct tsdb *t)
{
    return atomic_load_explicit(&t->index, memory_order_relaxed);
}

/* Of all memory but what waits for readers. */
static inline size_t
tsdbcore_bytes(const struct tsdb *t)
{
    const struct tsdbindex *x = tsdbcore_index(t);

    return t->w.bytes_hot + t->w.bytes_sealed + t->w.recent.bytes + tsdbindex_label_bytes(x) +
           x->bytes_lists + t->slots.cap * sizeof *t->slots.at;
}

#endif
