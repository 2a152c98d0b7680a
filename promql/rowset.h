/* rowset.h - the label sets of the rows of a stage.
 *
 * A set becomes an id only when somebody asks: an aggregation by a few labels
 * cuts them out of the source's own sets and never looks at the rest. */
#ifndef PROMQL_ROWSET_H
#define PROMQL_ROWSET_H

#include "base/arena.h"
#include "promql/labels.h"

#define ROWSET_UNKNOWN UINT32_MAX

/* Copies share their arrays: change a member only by giving it a new array.
 * ids[] alone may be filled in by rowset_id(). */
struct rowset {
    size_t               n;
    const struct labels *raw;   /* the source's sets; NULL: every id is known */
    uint32_t            *ids;   /* or ROWSET_UNKNOWN */
    const bool          *drops; /* __name__ goes at the end of the query */
    bool nameless;              /* rows stand for raw[] without __name__, __type__ and __unit__ */
    bool distinct;              /* all sets are known to differ; false says nothing */
    bool one_metric;            /* ... and still would without those three */
};

uint32_t rowset_id(struct labels_pool *p, const struct rowset *r, size_t i);

/* Symbol of a label's value. */
uint32_t rowset_get(const struct labels_pool *p, const struct rowset *r, size_t i, uint32_t name);

/* What "by", "without", on and ignoring leave of each set. */
struct rowset_cut {
    uint32_t *names;
    size_t    n;
    bool      keep; /* only these names; else all but them */
};

struct rowset_cut rowset_cut_new(const struct labels_pool *p, struct arena *arena,
                                 const struct rowset *r, const uint32_t *names, size_t n,
                                 bool keep);
uint32_t rowset_cut(struct labels_pool *p, const struct rowset *r, const struct rowset_cut *cut,
                    size_t i);

/* The rows without name, type and unit.  distinct is lost unless one_metric. */
struct rowset rowset_nameless(struct labels_pool *p, struct arena *arena, const struct rowset *r);

/* Some of the rows, in another order: from[which[0]], from[which[1]], … */
struct rowset rowset_pick(struct arena *arena, const struct rowset *from, const uint32_t *which,
                          size_t n);

#endif
