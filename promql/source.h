/* source.h - where evaluation gets its series from: the embedded store, stored
 * verdicts, fixtures.
 *
 * A query opens one reader, selects through it as often as it has selectors,
 * reads columns series by series, and closes it.  Everything seen through one
 * reader is of one instant: what is appended after open() is not seen.  open()
 * may be called by many threads at once; a reader belongs to one thread. */
#ifndef PROMQL_SOURCE_H
#define PROMQL_SOURCE_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "promql/labels.h"
#include "promql/matcher.h"

#include <stdatomic.h>

/* Samples in time order, times strictly rising.  Values include StaleNaN.
 * Several series may share one t_ms (the same pointer): window bounds computed
 * for one then hold for all. */
struct source_column {
    const int64_t *t_ms;
    const double  *value;
    size_t         n;
};

/* One selected series.  Symbols are of the reader's table. */
struct source_series {
    struct labels labels; /* lives as long as the reader */
    uint64_t      handle; /* the implementation's own; two equal handles of one reader
                           * are the same series */
};

/* A selection.  Times are inclusive at both ends. */
struct source_query {
    const struct matcher *matchers; /* all must hold; an absent label is "" */
    size_t                n_matchers;
    int64_t               min_ms, max_ms;
    size_t                max_series; /* more: STATUS_LIMIT */
    const atomic_bool    *cancel; /* set by another thread: STATUS_CANCELLED soon; may be NULL */
    const struct clock   *clock;  /* past the deadline: STATUS_TIMEOUT soon; may be NULL */
    int64_t               deadline_ms; /* of the monotonic clock */
};

/* Cancellation and deadline; an implementation asks after every few series, for a
 * regular expression may take long over each. */
enum status source_poll(const struct source_query *q, struct err *err) MUST_CHECK;

struct source_selection {
    const struct source_series *series; /* each at most once; none with no sample in the range
                                         * need be left out */
    size_t                      n;
};

/* Where an implementation unpacks samples that do not lie in memory as columns.
 * Start it as {0}; one may serve many reads, each of which ends the life of the
 * column that the one before it put there. */
struct source_scratch {
    int64_t *t_ms;
    double  *value;
    size_t   cap;
};

/* Room for n samples of each column, old contents lost. */
void source_scratch_reserve(struct source_scratch *s, size_t n);
void source_scratch_release(struct source_scratch *s); /* safe when called twice */

struct source_reader {
    const struct symbols *symbols; /* of all labels handed out; borrowed until close */

    /* Series in an order of the implementation's own, but the same one whenever
     * the data are the same.  The selection lives in the arena.  STATUS_LIMIT:
     * too many, or a regular expression ran out of budget. */
    enum status (*select)(struct source_reader *r, const struct source_query *q, struct arena *a,
                          struct source_selection *out, struct err *err) MUST_CHECK;

    /* All samples of one series with min_ms <= t <= max_ms: memory of the source
     * itself, good until close, or else unpacked into scratch. */
    enum status (*read)(struct source_reader *r, const struct source_series *s, int64_t min_ms,
                        int64_t max_ms, struct source_scratch *scratch, struct source_column *out,
                        struct err *err) MUST_CHECK;

    /* About how many series a selection will find: for planning, never wrong
     * enough to matter, cheap. */
    size_t (*estimate)(struct source_reader *r, const struct source_query *q);

    void (*close)(struct source_reader *r);
};

struct source {
    enum status (*open)(void *self, struct source_reader **out, struct err *err) MUST_CHECK;
    void *self;
};

#endif
