/* mixture.h - capital spread over several bets, part of it kept as cash.
 *
 * If each bet multiplies its stake in every interval by an e-value (expected
 * value at most 1 under the null hypothesis, whatever came before), the whole
 * capital is a nonnegative supermartingale that starts at 1, that is an
 * e-process: by Ville's inequality it ever reaches 1/alpha with a probability
 * of at most alpha, however often one looks.  Spreading (Robbins 1970) means
 * that the size of an effect need not be known, feeding cash in over time that
 * its onset need not be known: the e-detector of Shin, Ramdas and Rinaldo
 * (2022) with a finite purse.  Feeding depends on nothing but time, so it
 * costs no validity. */
#ifndef ANALYZER_MIXTURE_H
#define ANALYZER_MIXTURE_H

#include "base/pack.h"

enum {
    MIXTURE_MAX_BETS = 16,
    MIXTURE_FEED_MS = 5000, /* the time that feed refers to */
};

struct mixture_split {
    uint32_t n;
    double   prior[MIXTURE_MAX_BETS]; /* sums to 1 */
    double   cash;                    /* share kept back at the start, 0..1 */
    double   feed;                    /* share of the cash fed in per MIXTURE_FEED_MS, 0..<1 */
};

/* Natural logarithms: evidence outgrows a double within minutes. */
struct mixture {
    double log_cash;
    double log_stake[MIXTURE_MAX_BETS];
};

void mixture_init(struct mixture *m, const struct mixture_split *s);

/* Before the bets of an interval or block of this length are settled. */
void mixture_feed(struct mixture *m, const struct mixture_split *s, int64_t length_ms);

/* The share of the cash that is fed in over this time. */
double mixture_fed(double feed, int64_t length_ms);

/* Capital that is kept as a plain number: 0, or 1e-300 to 1e300.  What would
 * pass that stays there, what falls under it is lost: either only lowers the
 * evidence. */
static inline double
mixture_plain(double v)
{
    return v > 1e300 ? 1e300 : v < 1e-300 ? 0 : v;
}
double mixture_get_plain(struct unpack *in); /* what is none is bad */

/* Log of the whole capital. */
double mixture_log_e(const struct mixture *m, const struct mixture_split *s);

/* The lesser of least (NaN: none yet) and the time until a stake that grows by
 * growth per unit of it has gained missing; a stake that does not grow never
 * gets there. */
double mixture_sooner(double least, double missing, double growth);

/* n stands in the packing; a number other than s->n, a NaN or +Inf is bad. */
void mixture_pack(const struct mixture *m, const struct mixture_split *s, struct text *out);
void mixture_unpack(struct mixture *m, const struct mixture_split *s, struct unpack *in);

#endif
