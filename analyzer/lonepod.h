/* lonepod.h - one pod that fails as no version would: reported as a pod, by name.
 *
 * For words, no test (podblock.h has the rule).  Pods are known from the servers'
 * side alone. */
#ifndef ANALYZER_LONEPOD_H
#define ANALYZER_LONEPOD_H

#include "analyzer/family.h"
#include "analyzer/interval.h"

enum { LONEPOD_NAME_BYTES = 64 };

/* All zero: none. */
struct lonepod {
    bool     found;
    uint8_t  arm;                      /* enum counts_arm */
    char     name[LONEPOD_NAME_BYTES]; /* cut, where it is longer */
    uint64_t n, x;                     /* its requests, and the faults among them */
    uint64_t others_n, others_x;       /* of the arm's other pods together */
    uint32_t pods;                     /* of the arm */
};

/* Of all that the family has judged; the canary's first.  i: the newest
 * interval, for the name. */
void lonepod_find(const struct family *f, const struct interval *i, struct lonepod *out);

void lonepod_pack(const struct lonepod *p, struct text *out);
void lonepod_unpack(struct lonepod *p, struct unpack *in);

#endif
