/* slo.h - the burn of an objective by one arm alone.
 *
 * Null hypothesis: every interval's share of bad requests is at most eps, 1 - the
 * objective.  For a burn rate B, q = B eps < 1,
 *     l(B) = x log(q / eps) + (n - x) log((1 - q) / (1 - eps))
 * and exp of the sum is an e-process for any shares under eps.  Mean over B in
 * 1.5, 2, 3, 6, 14.4, 36 (those with q < 1), so that detection adapts to the burn
 * rate and the false-alarm probability is that of one test: in place of the
 * ladder of windows of the Google SRE workbook (chapter 5, multiwindow,
 * multi-burn-rate alerts).  Pass side: B in .1, .2, .5, .8 against "at least
 * eps".  There is no other arm to bet against, hence no robust half: sums are
 * divided by the arm's own dispersion (dispersion.h, noninferior.h), and begin
 * only when that has been learnt from SLO_LEARN intervals: in bursts of five
 * requests at the objective 8 to 13 % of half-hour rollouts reach 1/alpha = 100
 * without that, 1 to 3 % with it; under a weight of .15, 4 to 7 % and 1 %. */
#ifndef ANALYZER_SLO_H
#define ANALYZER_SLO_H

#include "analyzer/dispersion.h"

enum {
    SLO_BURNS = 6,
    SLO_PASS_BURNS = 4,
    SLO_LEARN = 6,                /* intervals with requests that only teach D */
    SLO_HALF_LIFE_MS = 60 * 1000, /* of what "burns now" looks at */
};

struct slo {
    double eps;
    double per_bad[SLO_BURNS + SLO_PASS_BURNS], per_good[SLO_BURNS + SLO_PASS_BURNS]; /* l */
    double burn[SLO_BURNS], pass[SLO_PASS_BURNS]; /* sums of l(B); NaN: q >= 1 */
    struct dispersion dispersion;
    uint32_t          learnt;             /* intervals, up to SLO_LEARN */
    uint64_t          n, x;               /* all */
    double            lately, bad_lately; /* fading */
};

/* eps in (0, 1); else nothing is ever shown. */
void slo_init(struct slo *s, double eps);

/* Every judged interval once; x <= n <= 2^53. */
void slo_apply(struct slo *s, uint64_t n, uint64_t x, int64_t length_ms);

double slo_log_e(const struct slo *s); /* "burns more than its budget" */
bool   slo_reaches(const struct slo *s, double log_e);
double slo_log_pass(const struct slo *s); /* "burns less" */

double slo_share(const struct slo *s); /* good requests of all, NaN without any */

/* D, at least 1: what the sums are divided by. */
double slo_dispersion(const struct slo *s);

/* Lately one at least. */
bool slo_has_requests(const struct slo *s);

/* For people and for holding, no test: lately over one and a half times eps, on
 * five bad requests at least. */
bool slo_burns_now(const struct slo *s);

/* State without eps. */
void slo_pack(const struct slo *s, struct text *out);
void slo_unpack(struct slo *s, struct unpack *in);

#endif
