/* familysample.h - one interval as family.h wants it: for each question the
 * requests and the bad ones, of both arms and of each pod. */
#ifndef ANALYZER_FAMILYSAMPLE_H
#define ANALYZER_FAMILYSAMPLE_H

#include "analyzer/pair.h"

enum { FAMILY_LATENCY_BOUNDS = 6, FAMILY_MAX_PODS = 64 };

/* Which share of bad requests is compared. */
enum family_question {
    FAMILY_ERRORS,
    FAMILY_CLIENT_ERRORS, /* 4xx */
    FAMILY_LATENCY,       /* slower than the first monitored bound; the others follow */
    FAMILY_QUESTIONS = FAMILY_LATENCY + FAMILY_LATENCY_BOUNDS,
};

/* What it is a share of. */
enum family_base {
    FAMILY_OF_TRIES,    /* errors: as pair_of_faults(); a pod's traffic */
    FAMILY_OF_ANSWERED, /* client errors */
    FAMILY_OF_TIMED,    /* latency */
    FAMILY_BASES,
};

struct family_pod {
    uint64_t key; /* hash_stable() of its name */
    uint8_t  arm; /* enum counts_arm */
    uint64_t n[FAMILY_BASES];
    uint64_t x[FAMILY_QUESTIONS];
};

/* The pairs are of the whole arms.  The pods need not add up to them: what is
 * not listed (the rest beyond the busiest) is in no robust half.  Which pods
 * are listed must not depend on x.  Quickest where successive samples list them
 * in the same order. */
struct family_sample {
    int64_t           length_ms;              /* > 0 */
    struct pair       pair[FAMILY_QUESTIONS]; /* n 0: nothing to say (no such bound yet) */
    uint32_t          n_pods;
    struct family_pod pods[FAMILY_MAX_PODS];
};

static inline enum family_base
familysample_base(enum family_question q)
{
    return q == FAMILY_ERRORS          ? FAMILY_OF_TRIES
           : q == FAMILY_CLIENT_ERRORS ? FAMILY_OF_ANSWERED
                                       : FAMILY_OF_TIMED;
}

/* Valid pairs (pair.h), x within n and an arm for each pod, a length. */
bool familysample_valid(const struct family_sample *s);

#endif
