/* tsdbseries.h - the samples of one series, or of the buckets of one histogram.
 *
 *     sealed blocks (block.h)        hot rows (tsdbhot.h)
 *     [  128  ][  128  ][ 32 ][ 32 ] [ 32 to 64 rows ]
 *
 * Rows are appended to the hot ones.  When those are full, the older half becomes
 * a block, and small blocks become a large one; what is read and what has taken
 * its place hang together in a chain of states, of which a reader takes the newest
 * that is not younger than itself. */
#ifndef TELEMETRY_TSDBSERIES_H
#define TELEMETRY_TSDBSERIES_H

#include "promql/labels.h"
#include "promql/source.h"
#include "telemetry/block.h"
#include "telemetry/tsdbhot.h"

struct tsdbseries_sealed {
    struct block *block;
    uint32_t      samples;
};

struct tsdbseries_state {
    uint64_t                 born;
    struct tsdbseries_state *older; /* for readers of commits before born */
    struct tsdbhot          *hot;   /* NULL: all is sealed */
    uint32_t                 n;
    struct tsdbseries_sealed at[];
};

struct tsdbseries_column {
    uint32_t le;   /* symbol; SYMBOLS_EMPTY: an ordinary series */
    uint32_t slot; /* tsdbslots.h */
};

/* Labels, columns and w do not change once born is committed. */
struct tsdbseries {
    const struct label                *labels;          /* of a histogram without le */
    uint32_t                           n_labels, le_at; /* where le would stand */
    uint32_t                           id, w;
    struct tsdbseries_column          *columns;
    struct tsdbhot                    *hot; /* the writer's: of the newest state */
    _Atomic(struct tsdbseries_state *) state;
    uint64_t                           born;
    _Atomic uint64_t                   dead;    /* UINT64_MAX: lives */
    _Atomic int64_t                    last_ms; /* newest of all columns; INT64_MIN: none */
    _Atomic(_Atomic uint64_t *)        moved;   /* by column: the commit that gave it a series of
                                                * its own, or 0; NULL: none has */
};

/* What the writer of all series needs. */
struct tsdbseries_writer {
    struct tsdbepoch        epoch;
    struct tsdbtimes_recent recent;
    size_t                  bytes_hot, bytes_sealed; /* without what is retired */
    uint64_t                samples;
    double                  absent_mark; /* a NaN that nobody can guess */
    int64_t                 t_ms[BLOCK_MAX_ROWS];
    double                 *value; /* row by row, for sealing */
    uint64_t               *absent;
    size_t                  cap;
};

void tsdbseries_writer_init(struct tsdbseries_writer *w);
void tsdbseries_writer_release(struct tsdbseries_writer *w); /* after the last series */

enum tsdbseries_fit {
    TSDBSERIES_NEWER, /* than all of its column */
    TSDBSERIES_SAME,
    TSDBSERIES_DUPLICATE,
    TSDBSERIES_OUT_OF_ORDER,
};

/* What a sample is to its column. */
enum tsdbseries_fit tsdbseries_fit(struct tsdbseries_writer *w, const struct tsdbseries *s,
                                   uint32_t column, int64_t t_ms, double value);

/* A newer one.  false: its row is sealed or committed elsewhere: the column has
 * to move out. */
bool tsdbseries_append(struct tsdbseries_writer *w, struct tsdbseries *s, uint32_t column,
                       int64_t t_ms, double value);

/* A block behind all that a series without hot rows has; taken over.  false: it
 * has some, or its newest are not older, or other columns. */
bool tsdbseries_adopt(struct tsdbseries_writer *w, struct tsdbseries *s, struct block *b,
                      uint32_t samples);

/* Whether one more column can be had: no reader knows the series yet, and nothing
 * of it is sealed.  The columns have been given one more before tsdbseries_widen(). */
bool tsdbseries_can_widen(const struct tsdbseries_writer *w, const struct tsdbseries *s);
void tsdbseries_widen(struct tsdbseries_writer *w, struct tsdbseries *s);

/* Seal all that is hot: nothing new has come for long. */
void tsdbseries_freeze(struct tsdbseries_writer *w, struct tsdbseries *s);

/* Take out what is older as far as whole blocks are. */
void tsdbseries_forget(struct tsdbseries_writer *w, struct tsdbseries *s, int64_t before_ms);

/* Take out all; the series is dead from the next commit on. */
void tsdbseries_kill(struct tsdbseries_writer *w, struct tsdbseries *s);

/* At once: no reader is left. */
void tsdbseries_free(struct tsdbseries_writer *w, struct tsdbseries *s);

int64_t tsdbseries_first_ms(const struct tsdbseries *s); /* INT64_MAX: no sample */

/* Any thread: what a reader of this commit sees; not of a series that was born
 * later. */
const struct tsdbseries_state *tsdbseries_seen(const struct tsdbseries *s, uint64_t seq);

static inline bool
tsdbseries_lives(const struct tsdbseries *s, uint64_t seq)
{
    return s->born <= seq && atomic_load_explicit(&s->dead, memory_order_acquire) > seq;
}

static inline bool
tsdbseries_has_moved(const struct tsdbseries *s, uint32_t column, uint64_t seq)
{
    _Atomic uint64_t *moved = atomic_load_explicit(&s->moved, memory_order_acquire);
    uint64_t          at = moved ? atomic_load_explicit(&moved[column], memory_order_acquire) : 0;

    return at && at <= seq;
}

#endif
