/* bench_counters.h - the same rollout as raw counters of proxies, through the real ledger.
 *
 * Servers' proxies are the pods; two callers' proxies see each half of all
 * requests.  Proxies restart, scrapes are lost, and both sides report. */
#ifndef CANARYBENCH_BENCH_COUNTERS_H
#define CANARYBENCH_BENCH_COUNTERS_H

#include "analyzer/ledger.h"
#include "tests/bench/canarybench/bench_world.h"

/* One for each worker; freed with bench_counters_free(). */
struct bench_counters;

struct bench_counters *bench_counters_new(void);
void                   bench_counters_free(struct bench_counters *c);

/* A rollout begins: an hour of the baseline's traffic is counted already.  Chance is
 * of its own: whether anybody looks here changes nothing in the rollout. */
void bench_counters_start(struct bench_counters *c, const struct bench_play *p, uint64_t seed,
                          uint64_t number);

/* The tick is counted and scraped.  True: *out is a closed interval.  *sight and
 * *blind (REASON_NONE, or why nothing can be counted) are set in any case. */
bool bench_counters_scrape(struct bench_counters *c, const struct bench_play *p,
                           const struct bench_tick *t, struct interval *out,
                           struct ledger_sight *sight, enum verdict_reason *blind);

#endif
