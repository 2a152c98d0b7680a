/* runplayer.h - a run's log, played into a run again (runlog.h). */
#ifndef ANALYZER_RUNPLAYER_H
#define ANALYZER_RUNPLAYER_H

#include "analyzer/run.h"
#include "base/err.h"

struct runplayer {
    struct run                *run; /* run->policy is set; the rest is made by the first event */
    const struct run_identity *who;
    /* After each decision, the start and the end; NULL: nobody hears. */
    void (*decided)(void *ctx, const struct run *run, int64_t now_ms);
    void               *ctx;
    int64_t             ref_ms;
    struct ledger_sight sight;
    uint64_t            events, intervals;
};

/* One segment; interval is what was stored beside it, NULL: nothing was.
 * STATUS_SYNTAX: not such bytes.  STATUS_NO_DATA: torn, err says so. */
enum status runplayer_play(struct runplayer *p, struct slice segment,
                           const struct interval *interval, struct err *err) MUST_CHECK;

#endif
