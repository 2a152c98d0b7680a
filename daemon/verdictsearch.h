/* verdictsearch.h - one selection of the history's series: through the runs that its matchers
 * let through, oldest first, and their points. */
#ifndef DAEMON_VERDICTSEARCH_H
#define DAEMON_VERDICTSEARCH_H

#include "daemon/publish.h"
#include "daemon/runcatalog.h"
#include "promql/source.h"
#include "store/reader.h"

/* What the selections of one query share.  All borrowed. */
struct verdictsearch_world {
    struct runcatalog   *catalog;
    struct publish      *publish;
    const struct config *config;
    struct arena        *columns; /* where samples are kept */
    struct reader       *reader;  /* NULL: the history cannot be read */
    uint32_t             n_symbols;
    int64_t              born_ms;             /* wall: when this process began */
    int64_t              now_ms, now_mono_ms; /* of the query */
    size_t               n_samples;           /* that its selections have found */
    bool                 failed; /* a read met more than its deadline: reader is good no more */
};

/* As select of struct source_reader. */
enum status verdictsearch_run(struct verdictsearch_world *w, const struct source_query *q,
                              struct arena *a, struct source_selection *out,
                              struct err *err) MUST_CHECK;

#endif
