/* rerun.h - a run judged again from its intervals alone.
 *
 * Where the history has no log of what a run was told (runlog.h), its intervals say
 * when it saw what, and the head of its stored state (runstate_head) what the gates
 * did.  Decisions fall on the ends of intervals, and only the last weight is
 * known, so that its bytes are not those of the run that was; its counts are. */
#ifndef ANALYZER_RERUN_H
#define ANALYZER_RERUN_H

#include "analyzer/run.h"

struct rerun {
    struct run       *run; /* being made */
    const struct run *was; /* its stored head; both borrowed */
    bool              weighed;
    uint64_t          intervals;
};

/* p is borrowed by *run. */
void rerun_start(struct rerun *re, struct run *run, const struct run *was, const struct policy *p);

/* Each stored interval once, in order. */
void rerun_interval(struct rerun *re, const struct interval *i);

/* What the gates and people did.  false: requests that the run had counted are in
 * none of the intervals, so what they showed is lost, and the run is no
 * continuation of the stored one. */
bool rerun_done(struct rerun *re, int64_t now_ms);

/* An abort that was told stays told, whatever the run comes to now. */
void rerun_keep_abort(struct run *run, const struct view_answer *told);

#endif
