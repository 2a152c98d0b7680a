/* memsource.h - a source of series that lie in memory as columns: for fixtures,
 * benchmarks, and small sets of series made elsewhere.
 *
 * Fill it first, then hand it out: any number of threads may read at once, but
 * nobody may add meanwhile. */
#ifndef PROMQL_MEMSOURCE_H
#define PROMQL_MEMSOURCE_H

#include "promql/source.h"

enum { MEMSOURCE_MAX_LABELS = 256, MEMSOURCE_MAX_TEXT_BYTES = 256 << 20 };

struct memsource_label {
    struct slice name, value;
};

struct memsource;

struct memsource *memsource_new(void);
void              memsource_free(struct memsource *m);

/* Number of the series with these labels, which is new if there was none.
 * Labels come in any order; those with an empty value are left out.
 * STATUS_CONFLICT: a name twice.  STATUS_LIMIT: too many labels. */
enum status memsource_series(struct memsource *m, const struct memsource_label *labels, size_t n,
                             size_t *series, struct err *err) MUST_CHECK;

/* One sample, at any place in time.  STATUS_CONFLICT: there is another value at
 * that time; the same value again is fine. */
enum status memsource_add(struct memsource *m, size_t series, int64_t t_ms, double value,
                          struct err *err) MUST_CHECK;

/* All samples of a series at once, borrowed until memsource_free(): nothing is
 * copied, and memsource_add() must not follow. */
void memsource_borrow(struct memsource *m, size_t series, struct source_column column);

size_t        memsource_count(const struct memsource *m); /* series */
struct source memsource_source(struct memsource *m);      /* borrows m */

#endif
