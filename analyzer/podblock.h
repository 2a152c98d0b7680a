/* podblock.h - sums per pod over a block of time, for all questions at once. */
#ifndef ANALYZER_PODBLOCK_H
#define ANALYZER_PODBLOCK_H

#include "analyzer/familysample.h"
#include "analyzer/robust.h"

/* A pod's requests of each base, and room that makes its row four wide. */
enum { PODBLOCK_ROW = 4 };
_Static_assert((int)FAMILY_BASES < (int)PODBLOCK_ROW, "a row has room for each base");

/* All zero is an empty one (what lies beyond n_pods does not count).  Fixed size, about 4 KiB. */
struct podblock {
    int64_t     length_ms;
    uint32_t    intervals;
    uint32_t    n_pods;
    uint32_t    canary_pods;
    bool        spoilt; /* a pod's sum passed 32 bits: no pods */
    uint64_t    reach;  /* at least every n: no sum of them can pass 32 bits before it */
    uint64_t    key[FAMILY_MAX_PODS]; /* rising; the last bit is the arm */
    uint32_t    n[FAMILY_MAX_PODS][PODBLOCK_ROW];
    uint32_t    x[FAMILY_MAX_PODS][FAMILY_QUESTIONS];
    struct pair whole[FAMILY_QUESTIONS]; /* of the arms */
};

/* The pods that take part when the block is settled, and their sums: those with
 * at least 70 % of their arm's median traffic in it; the others have just
 * started or are about to go.  Uneven pods inside an arm make the robust half
 * invalid: +-30 % give E 1.02 per block, one pod with 1.6 times the others'
 * traffic 1.09. */
struct podblock_cut {
    uint32_t n_canary;
    uint8_t  canary[FAMILY_MAX_PODS]; /* in the order of their keys */
    uint32_t pods[ARM_COUNT][FAMILY_BASES];
    uint64_t n[ARM_COUNT][FAMILY_BASES];
    uint64_t x[ARM_COUNT][FAMILY_QUESTIONS];
};

static inline enum counts_arm
podblock_arm(const struct podblock *b, uint32_t slot)
{
    return b->key[slot] & 1 ? ARM_BASELINE : ARM_CANARY;
}

void podblock_clear(struct podblock *b);

/* How the last sample had to be sorted: a hint, {0} to begin with. */
struct podblock_order {
    uint32_t n;
    uint8_t  pod[FAMILY_MAX_PODS];
};

/* One interval; s must be valid.  order NULL: without its pods. */
void podblock_of(struct podblock *b, const struct family_sample *s, struct podblock_order *order);

/* A pod that finds no room is left out of this block. */
void podblock_add(struct podblock *b, const struct podblock *more);

void podblock_cut(const struct podblock *b, struct podblock_cut *cut);

/* What the block says to one question; where an arm has no pods (none listed),
 * what the whole arms say; of a spoilt block, nothing. */
void podblock_question(const struct podblock *b, const struct podblock_cut *cut,
                       enum family_question q, struct robust_block *out);

/* A pod whose share of its arm's bad requests cannot be that of a version. */
struct podblock_lone {
    uint64_t key;                /* of its name, all but the last bit */
    uint64_t n, x;               /* its own */
    uint64_t others_n, others_x; /* of the arm's other pods together */
    uint32_t pods;               /* of the arm */
};

/* For words, no test: of two pods or more, one with at least 10 bad requests,
 * more than all others together, and at three times their rate.  False: none. */
bool podblock_lone(const struct podblock *b, enum counts_arm arm, enum family_question q,
                   struct podblock_lone *out);

void podblock_pack(const struct podblock *b, struct text *out);
void podblock_unpack(struct podblock *b, struct unpack *in);

#endif
