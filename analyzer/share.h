/* share.h - the canary's share of the traffic, where nobody tells the weight.
 *
 * A step of the weight shows as a share that differs from the stage's so far in
 * two intervals running, by a quarter of it and by five standard deviations of
 * independent routing with clumps of four.  It starts a stage, as a told weight
 * does: settle time, stage_min_time.  Counts of requests alone decide, whatever
 * failed, so what follows stays valid. */
#ifndef ANALYZER_SHARE_H
#define ANALYZER_SHARE_H

#include "analyzer/counts.h"
#include "base/pack.h"

/* All zero is the start. */
struct share {
    double   stage[ARM_COUNT];   /* requests of the stage */
    double   differs[ARM_COUNT]; /* of the interval that differed, not yet in it */
    int64_t  since_ms;           /* start of that interval */
    uint32_t in_a_row;
};

/* Every interval once, in order.  True: a new stage began, at *since_ms. */
bool share_apply(struct share *s, uint64_t canary, uint64_t baseline, int64_t start_ms,
                 int64_t *since_ms);

/* Percent, over the stage; NaN without requests. */
double share_percent(const struct share *s);

void share_pack(const struct share *s, struct text *out);
void share_unpack(struct share *s, struct unpack *in);

#endif
