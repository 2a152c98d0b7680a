/* family.h - the abort side of one view: every comparison of the canary with
 * the baseline at once, and the statistics that calibration needs of each.
 *
 * For each question of familysample.h:
 *     FAMILY_GM    S0 = GM of gm.h
 *     FAMILY_R5    S1 = min(GM, R_5)     R_L of robust.h in blocks of L seconds,
 *     FAMILY_R15   S2 = min(GM, R_15)    by pods throughout: what placebo canaries
 *     FAMILY_R60   S3 = min(GM, R_60)    are compared by
 *     FAMILY_OWN   min(GM, R)            blocks as the policy says: for use without
 *                                        calibration, against 1/alpha
 * Each is an e-process as far as the assumptions in gm.h or robust.h hold, the
 * minimum as soon as either's do.  Questions may depend on each other in any
 * way when their e-processes are averaged.
 *
 * The pods' sums of an open block are kept once per block length and shared by
 * all questions (podblock.h).  Fixed size, no ownership, about 21 KiB; packed a
 * fraction of that. */
#ifndef ANALYZER_FAMILY_H
#define ANALYZER_FAMILY_H

#include "analyzer/familysample.h"
#include "analyzer/gm.h"
#include "analyzer/podblock.h"
#include "analyzer/podspread.h"
#include "analyzer/robust.h"

enum family_statistic {
    FAMILY_GM,
    FAMILY_R5,
    FAMILY_R15,
    FAMILY_R60,
    FAMILY_OWN,
    FAMILY_STATISTICS,
    FAMILY_CALIBRATED = FAMILY_OWN, /* so many are calibrated: those before it */
};

enum { FAMILY_BLOCKS = FAMILY_STATISTICS - FAMILY_R5 };

struct family_margin {
    bool   asked;
    double rho, delta; /* > 0, >= 0; the robust half has rho only */
};

struct family_plan {
    struct family_margin margin[FAMILY_QUESTIONS];
    bool                 pods;         /* false: R is IB of ib.h, samples' pods are not read */
    bool                 calibrated;   /* keep FAMILY_R5, FAMILY_R15 and FAMILY_R60 */
    int64_t              own_block_ms; /* 0: no FAMILY_OWN.  With three canary pods or more a
                                          block of it has at least 15 s */
    uint32_t             own_least;    /* intervals in a block of it, whatever their length */
};

struct family {
    struct family_plan plan;
    struct gm_purse    worse[FAMILY_QUESTIONS]; /* GM's capital */
    struct robust      robust[FAMILY_BLOCKS][FAMILY_QUESTIONS];
    struct podblock    open[FAMILY_BLOCKS];
    struct podblock    all; /* of the whole run, for words */

    struct podblock_order order; /* not stored */
};

void family_init(struct family *f, const struct family_plan *plan);

/* The odds of GM for one interval: families of equal margins that see the same
 * requests (the two views mostly do) share them.  {0} to begin with. */
struct family_odds {
    struct gm_odds of[FAMILY_BASES];
};

/* Every judged interval once, in order.  odds: brought up to date.  False: the
 * sample is not valid, nothing was applied; the caller counts an anomaly. */
bool family_apply(struct family *f, const struct family_sample *s,
                  struct family_odds *odds) MUST_CHECK;

/* Intervals are about to be left out (settle time, a gap, a change of how
 * traffic is split): settle the open blocks.  When this is called must not
 * depend on the bad requests seen. */
void family_break(struct family *f);

/* Log of the e-process as it stands; 0 where the question is not asked or the
 * statistic not kept. */
double family_log_e(const struct family *f, enum family_question q, enum family_statistic s);

/* As logarithms.  latency: of the mean of the e-processes over the bounds
 * asked, an e-process for "no worse at any of them"; 0 where none is asked. */
struct family_evidence {
    double errors[FAMILY_STATISTICS], client_errors[FAMILY_STATISTICS], latency[FAMILY_STATISTICS];
};
void family_evidence(const struct family *f, struct family_evidence *out);

/* podblock_lone() of all that was judged. */
bool family_lone_pod(const struct family *f, enum counts_arm arm, enum family_question q,
                     struct podblock_lone *out);

/* podspread_of() of all that was judged. */
void family_spread(const struct family *f, const double known[FAMILY_QUESTIONS],
                   struct podspread out[FAMILY_QUESTIONS]);

/* As gm_need() for FAMILY_OWN, by both of its halves: canary requests of the
 * question's base still missing until log E reaches target, if all goes on as
 * in seen, which was counted in seen_ms; NaN: never. */
double family_need(const struct family *f, enum family_question q, const struct pair *seen,
                   int64_t seen_ms, double target);

/* State without the plan: unpack into what family_init() made with the same
 * plan; anything else sets in->bad, and *f must be thrown away. */
void family_pack(const struct family *f, struct text *out);
void family_unpack(struct family *f, struct unpack *in);

#endif
