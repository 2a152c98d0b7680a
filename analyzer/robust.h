/* robust.h - R: interval betting between arms and between pods.
 *
 * ib.h with two corrections where the pods are known.  Per block, with the
 * arms' sums n_c, x_c, n_b, x_b and the numbers of pods P_c, P_b:
 *     A = P_c / (rho n_c),  B = P_b / n_b       reciprocal exposure per pod
 * IB'.  Canary pods under-exposed (A > B):
 *     Y' = x_c A / (x_c A + x_b B),             theta* = P_c / (P_c + P_b)
 * else
 *     Y' = x_c / (x_c + x_b),                   theta* = rho n_c / (rho n_c + n_b)
 * and each stake is multiplied by 1 + f (Y' - theta*) / theta*.  Null hypothesis:
 * pods have rates that are exchangeable over all pods, the canary's at most
 * rho times theirs, or bursts follow exposure.  Given rates lambda_u and the
 * number of bursts, each lands on pod u with probability proportional to
 * n_u lambda_u, whatever its size; with pi the canary's part of that, either
 * Y's mean pi is concave in S_C / (S_C + S_B), whose mean over permutations of
 * the pods is P_c / P (Jensen), or the map from Y to Y' is concave and takes
 * pi there.  With theta alone (ib.h) under-exposed canary pods make E 1.33.
 *
 * PB, pod betting: the same bet between single pods.  Canary pods in a fixed
 * order, k = P_b+1 .. P, z = x (under-exposed: A x, B x_b):
 *     Z_k = z_b + z_(P_b+1) + .. + z_k,   y_k = z_k / Z_k,
 *     t_k = rho n_c / P_c / (n_b + (k - P_b) rho n_c / P_c),  under-exposed 1 / k
 *     PB_f = product of 1 + f (y_k - t_k) / t_k     (1 where Z_k = 0)
 * Given the pods' totals but not their order, E y_k <= t_k and what follows
 * does not depend on it: a backward martingale.  It lets a block say log
 * C(P, P_c) where IB' says at most log(1 / theta).  With one canary pod
 * PB = IB'.  R = (E_IB' + E_PB) / 2.
 *
 * Proofs by hand above, for uneven exposure and rates checked by enumeration
 * over all permutations of pods (tests/unit/analyzer/test_robust.c). */
#ifndef ANALYZER_ROBUST_H
#define ANALYZER_ROBUST_H

#include "analyzer/counts.h"
#include "base/pack.h"

enum { ROBUST_BETS = 4, ROBUST_MAX_PODS = 64 };

/* A block as one question sees it. */
struct robust_block {
    double   n[ARM_COUNT], x[ARM_COUNT];
    uint32_t pods[ARM_COUNT];       /* with requests; 0 on both: not known */
    double   x_of[ROBUST_MAX_PODS]; /* of the canary pods, in their order */
};

enum robust_theta {
    ROBUST_BY_PODS,     /* as above */
    ROBUST_BY_EXPOSURE, /* theta of ib.h always, no PB where under-exposed: quicker in sparse
                           traffic, valid if bursts follow exposure */
};

/* Both capitals with their common cash, as plain numbers (mixture_plain()). */
struct robust {
    double cash;
    double pooled[ROBUST_BETS], pods[ROBUST_BETS];
};

/* Y' and theta* of a block with bad requests and with requests on both arms. */
struct robust_share {
    bool   under; /* the canary's pods are under-exposed */
    double y, theta;
};
struct robust_share robust_share(const struct robust_block *b, double rho, enum robust_theta theta);

/* The factors of one block, for every f. */
struct robust_factors {
    double pooled[ROBUST_BETS], pods[ROBUST_BETS];
};

/* Cash .3, f .05, .2, .5, .95 with prior .1, .3, .3, .3. */
void robust_init(struct robust *r);

/* The share of the cash that is fed in over a block: h_L = 1 - .99^(L / 5 s). */
double robust_feed(int64_t length_ms);

struct robust_factors robust_factors(const struct robust_block *b, double rho,
                                     enum robust_theta theta);

/* A block is over: feed, then bet. */
void robust_settle(struct robust *r, double feed, const struct robust_factors *f);

double robust_e(const struct robust *r); /* at most 5e300 */
double robust_log_e(const struct robust *r);

void robust_pack(const struct robust *r, struct text *out);
void robust_unpack(struct robust *r, struct unpack *in);

#endif
