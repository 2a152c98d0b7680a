/* sequential.h - rows of known answers about the tests that decide. */
#ifndef TESTS_STATSCHECK_SEQUENTIAL_H
#define TESTS_STATSCHECK_SEQUENTIAL_H

#include "base/slice.h"

double sequential_gm_increment(struct slice in);
double sequential_gm(struct slice in);         /* log E, equal priors */
double sequential_gm_default(struct slice in); /* log E, the plan of gm.h */
double sequential_pass(struct slice in);
double sequential_growth(struct slice in); /* best ratio of the grid, per canary request */
double sequential_ib(struct slice in);     /* E, equal priors */
double sequential_ib_default(struct slice in);
double sequential_dispersion(struct slice in);
double sequential_slo(struct slice in);
double sequential_tilt(struct slice in);

/* Blocks by pod: "nb=225:225 xb=1:0 nc=100 xc=3 rho=1.1 blocks=2 ms=5000". */
double sequential_share(struct slice in);  /* Y' */
double sequential_theta(struct slice in);  /* theta* */
double sequential_pooled(struct slice in); /* factor of f = .95 */
double sequential_pods(struct slice in);
double sequential_pooled_e(struct slice in); /* E of IB', of PB, of R */
double sequential_pods_e(struct slice in);
double sequential_robust_e(struct slice in);
double sequential_feed(struct slice in);

/* "alpha=.1 older0=.2:1.5 older1=.9:.9 newer0=… newer1=… j=0" */
double sequential_scale(struct slice in); /* q_j */
double sequential_v(struct slice in);
double sequential_tau(struct slice in);
/* … w0=6.5 w1=0 floor=.0015: the statistic that crossed, or -1 */
double sequential_crossed(struct slice in);

#endif
