/* tsdbindex.h - which series have which labels: symbols, postings, and the series
 * themselves by their labels.
 *
 * An index only grows, so that readers need no lock.  When half of what it knows
 * is dead the writer builds a new one from the living (tsdbcollect.h), and the old
 * one goes with its last reader. */
#ifndef TELEMETRY_TSDBINDEX_H
#define TELEMETRY_TSDBINDEX_H

#include "telemetry/tsdbseries.h"

enum {
    TSDBINDEX_SEGMENTS = 24,
    TSDBINDEX_MAX_COLUMNS = 512, /* of one histogram; more become another one */
    TSDBINDEX_MAX_SIBLINGS = 16, /* of one histogram, whose buckets came one by one */
};

struct tsdbindex_list {
    _Atomic uint32_t n;
    uint32_t         cap;
    uint32_t         id[]; /* rising */
};

/* The series with one label; of the label le also those that have it as a column,
 * which are counted but not listed.  An empty value stands for all of the name's
 * values, {0, 0} for all series. */
struct tsdbindex_posting {
    struct label                        label;
    _Atomic(struct tsdbindex_list *)    list;
    _Atomic(struct tsdbindex_posting *) next; /* value of the same name */
    _Atomic uint32_t                    n_values;
    _Atomic uint32_t                    n_series; /* alive; each column counts */
};

struct tsdbindex {
    uint64_t                            born; /* commit */
    struct tsdbindex                   *older;
    struct symbols                     *symbols;
    struct arena                        arena;
    uint32_t                            metric_name, le;
    struct tsdbseries                  *segment[TSDBINDEX_SEGMENTS];
    _Atomic uint32_t                    n_series; /* ids ever given */
    _Atomic(struct tsdbindex_map *)     map;
    _Atomic(struct tsdbindex_posting *) names;
    struct tsdbindex_posting           *all;
    /* The writer's. */
    uint32_t  n_postings, n_dead;
    uint64_t *sets; /* hash << 32 | id + 1 */
    size_t    cap_sets;
    size_t    bytes_lists;
};

/* max_bytes: of all texts. */
struct tsdbindex *tsdbindex_new(uint64_t born, size_t max_bytes);
void              tsdbindex_free(struct tsdbindex *x); /* not what its series hold */

/* Any thread. */
struct tsdbseries              *tsdbindex_series(const struct tsdbindex *x, uint32_t id);
const struct tsdbindex_posting *tsdbindex_posting(const struct tsdbindex *x, struct label l);

/* The writer, from here on.  The living series with these labels, le left out and
 * column given where it is a bucket's; whole: as an ordinary series, le included.
 * NULL: there is none. */
struct tsdbseries *tsdbindex_find(const struct tsdbindex *x, struct labels set, bool whole,
                                  uint32_t *column);

/* A series that can take one more column le; NULL: there is none.  *siblings:
 * how many histograms have these labels. */
struct tsdbseries *tsdbindex_find_open(const struct tsdbindex *x, struct labels set,
                                       const struct tsdbseries_writer *w, uint32_t *siblings);

/* A new series; set has no le if it is to have columns.  The labels are copied. */
struct tsdbseries *tsdbindex_add(struct tsdbindex *x, struct tsdbseries_writer *w,
                                 struct labels set, bool has_columns);

/* Its next column, or of an ordinary series its only one (le: SYMBOLS_EMPTY). */
uint32_t tsdbindex_add_column(struct tsdbindex *x, struct tsdbseries *s, uint32_t le,
                              uint32_t slot);

/* A column is no longer there; s itself no longer is when all have gone. */
void tsdbindex_count_out(struct tsdbindex *x, const struct tsdbseries *s, uint32_t column);

size_t tsdbindex_label_bytes(const struct tsdbindex *x);

#endif
