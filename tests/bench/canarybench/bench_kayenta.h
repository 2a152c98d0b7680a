/* bench_kayenta.h - Kayenta's NetflixACAJudge on two critical metrics.
 *
 * Faults in percent and p95, one point a minute, direction increase, NaN removed,
 * threshold 95 (scores are 0 or 100 here).  Facts: spinnaker/kayenta,
 * NetflixACAJudge.scala, MannWhitneyClassifier.scala, WeightedSumScorer.scala,
 * ThresholdScoreClassifier.scala. */
#ifndef CANARYBENCH_BENCH_KAYENTA_H
#define CANARYBENCH_BENCH_KAYENTA_H

#include "tests/bench/canarybench/bench_minute.h"

/* One way to run it. */
struct bench_kayenta {
    uint32_t          first, every; /* minutes; first 0: at the end only */
    uint32_t          lookback;     /* minutes; 0: all since the start */
    enum bench_series control;
    double            allowed_increase;
};

enum bench_kayenta_class {
    BENCH_KAYENTA_PASS,
    BENCH_KAYENTA_HIGH,
    BENCH_KAYENTA_NODATA,
    BENCH_KAYENTA_ERROR,
};

/* *z: how many standard deviations wide the interval could be made and the
 * metric still be High; -Inf where it never is.  NULL: not wanted, and mostly
 * much quicker. */
enum bench_kayenta_class bench_kayenta_metric(const double *experiment, size_t n_experiment,
                                              const double *control, size_t n_control,
                                              double allowed_increase, double *z);

/* Whether this way looks now, of minutes in all. */
bool bench_kayenta_looks(const struct bench_kayenta *k, uint32_t minute, uint32_t minutes);

/* Judge what is there.  True: the canary fails.  *z: the higher of both metrics',
 * or NULL. */
bool bench_kayenta_fails(const struct bench_kayenta *k, const struct bench_minutes *m, double *z);

#endif
