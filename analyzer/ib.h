/* ib.h - interval betting: the robust half beside gm.h.
 *
 * Bets in blocks of time on the share Y = x_c / (x_c + x_b) of the bad
 * requests that fell on the canary.  Null hypothesis: E[Y | past, exposures]
 * <= theta = rho n_c / (rho n_c + n_b).  It holds
 * - whenever each burst lands on the canary with probability proportional to
 *   its exposure, whatever the size and number of bursts in the block (one bad
 *   client, retry storms, a shared dependency), and
 * - for independent requests whose odds ratio is at most rho: Y's mean is that
 *   of Fisher's noncentral hypergeometric law, n_b mu + (rho-1) E[X(m-X)] =
 *   rho n_c (m-mu), so mu <= m theta; equality at rho = 1.
 * Per block each stake is multiplied by 1 + f (Y - theta) / theta with f < 1,
 * which is positive and has expectation at most 1.  Blocks without bad
 * requests or without requests on one arm change nothing.
 *
 * The price of its robustness: a block's evidence is at most
 * log(1 + 0.95 (1 - theta) / theta), so at 5 to 10 % weight at least 3 blocks
 * are needed for 1/alpha = 100, at 50 % about 10.  Not valid against trouble
 * of one pod that lasts longer than a block, and weakened by what is split
 * between two blocks: each reporter is scraped at a time of its own, so that a
 * burst seen by many of them falls into two intervals.  At 10 % weight with ten
 * clients scraped every 15 s, bursts of mean size 20 and 1/alpha = 100, 3.8 %
 * of rollouts cross with blocks of one interval, 1.5 % with two, 1.0 % with
 * three (1,500 rollouts each; 0.3 % where one gateway reports).
 *
 * Source: betting on bounded means, Waudby-Smith and Ramdas, JRSS-B 2023. */
#ifndef ANALYZER_IB_H
#define ANALYZER_IB_H

#include "analyzer/mixture.h"
#include "analyzer/pair.h"

struct ib_plan {
    double               rho;
    int64_t              block_ms;              /* > 0; longer than error bursts last */
    uint32_t             least;                 /* intervals in a block, whatever their length */
    double               bet[MIXTURE_MAX_BETS]; /* f, 0..<1 */
    struct mixture_split split;
};

struct ib {
    struct ib_plan plan;
    struct mixture capital;
    struct pair    open; /* block that is being filled */
    int64_t        open_ms;
    uint32_t       open_n; /* intervals in it */
};

/* f .05, .2, .5, .95 with prior .1, .3, .3, .3, and the cash of gm.h; blocks of
 * one interval where block_ms is no longer. */
struct ib_plan ib_plan_default(double rho, int64_t block_ms);

void ib_init(struct ib *b, const struct ib_plan *plan);

/* p must be valid.  Settles the block once it is block_ms long and has the
 * least number of intervals. */
void ib_apply(struct ib *b, const struct pair *p, int64_t length_ms);

/* Settle what is open now: when intervals are about to be left out, so that
 * no block spans a change of weight.  When this is called must not depend on
 * the bad requests seen. */
void ib_break(struct ib *b);

/* Of the settled blocks. */
double ib_log_e(const struct ib *b);

/* As gm_need(); seen_ms is the time in which seen was counted. */
double ib_need(const struct ib *b, const struct pair *seen, int64_t seen_ms, double target);

/* Capital and open block; the plan comes from ib_init() with the same policy. */
void ib_pack(const struct ib *b, struct text *out);
void ib_unpack(struct ib *b, struct unpack *in);

#endif
