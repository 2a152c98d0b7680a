/* bench_looks.h - judges that look again and again at cumulative counts.
 *
 * What peeking does (z), what an asymptotic confidence sequence without a
 * margin does, and what could at best be done (oracle). */
#ifndef CANARYBENCH_BENCH_LOOKS_H
#define CANARYBENCH_BENCH_LOOKS_H

#include "tests/bench/canarybench/bench_minute.h"

struct bench_looks {
    double n[2], faults[2], slow[2]; /* canary, stable pool, since the start */
    double oracle;                   /* log likelihood ratio */
};

/* A minute more. */
void bench_looks_add(struct bench_looks *l, const struct bench_minute *m);

/* Pooled z-test of faults and of slow requests, one-sided, 1 % each. */
bool bench_looks_z(const struct bench_looks *l);

/* Normal mixture (Howard, Ramdas, McAuliffe and Sekhon 2021), tuned for 5,000
 * requests as GrowthBook does, one-sided at 1 %, against no difference at all. */
bool bench_looks_mixture(const struct bench_looks *l);

/* Wald's test of the canary's requests, knowing rates and latencies with and
 * without the regression, against 1/alpha.  An interval at a time. */
bool bench_looks_oracle(struct bench_looks *l, const struct bench_tick *t, double alpha);

#endif
