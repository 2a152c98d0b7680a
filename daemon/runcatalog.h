/* runcatalog.h - which runs the history has, in memory: what a query over its series
 * must know before it reads any of their points.
 *
 * Any thread; a lock inside.  Grows with the runs of the history, some 150 bytes
 * each, and keeps the newest RUNCATALOG_RUNS. */
#ifndef DAEMON_RUNCATALOG_H
#define DAEMON_RUNCATALOG_H

#include "promql/symbols.h"
#include "store/readerseries.h"

enum {
    RUNCATALOG_RUNS = 200 * 1000,
    RUNCATALOG_ACTS = 200 * 1000,
    RUNCATALOG_TEXT_BYTES = 64 << 20,
    RUNCATALOG_FRESH_MS = 1000, /* the history is asked for what is new once in so long */
};

/* Texts are symbols of the catalog. */
struct runcatalog_run {
    int64_t      row, started_ms, ended_ms; /* wall; ended_ms 0: it lives */
    enum verdict verdict;
    uint32_t     id, ns, service, version, revision, attempt, baseline, key, policy, source, cause;
};

struct runcatalog_act {
    int64_t  row, run; /* run: the row of its run */
    int64_t  at_ms;
    uint32_t action;
};

struct runcatalog;

/* Texts beyond text_bytes find no room: runs that need one are left out, which the log
 * says once (series_left_out).  Only a restart makes room. */
struct runcatalog *runcatalog_new(size_t text_bytes);
void               runcatalog_free(struct runcatalog *c); /* NULL is fine */

/* Lives as long as the catalog. */
const struct symbols *runcatalog_symbols(const struct runcatalog *c);

/* A text that shall be a symbol, where there is room. */
void runcatalog_know(struct runcatalog *c, struct slice text);

/* Take up what is new in the history.  The reader is the caller's own. */
enum status runcatalog_refresh(struct runcatalog *c, struct reader *r, int64_t now_mono_ms,
                               struct err *err) MUST_CHECK;

/* A copy of the runs that lived between both times, or ended less than after_ms
 * before from_ms, in the order of their beginnings; the caller frees *out. */
size_t runcatalog_runs(struct runcatalog *c, int64_t from_ms, int64_t to_ms, int64_t after_ms,
                       struct runcatalog_run **out);

/* Likewise what people did between both times. */
size_t runcatalog_acts(struct runcatalog *c, int64_t from_ms, int64_t to_ms,
                       struct runcatalog_act **out);

/* false: it is not known. */
bool runcatalog_run_of(struct runcatalog *c, int64_t row, struct runcatalog_run *out);

/* Beginning of the oldest run that is known; INT64_MAX: none is. */
int64_t runcatalog_begin_ms(struct runcatalog *c);

#endif
