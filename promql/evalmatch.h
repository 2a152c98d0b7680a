/* evalmatch.h - on and ignoring: which rows of two vectors belong together. */
#ifndef PROMQL_EVALMATCH_H
#define PROMQL_EVALMATCH_H

#include "promql/stage.h"

enum { EVALMATCH_NONE = -1 };

/* Rows of both sides whose matching labels are equal have the same number, from
 * 0, in order of first sight on the right. */
struct evalmatch {
    size_t    n;
    uint32_t *right;       /* by row of the right side */
    int64_t  *left;        /* by row of the left side; EVALMATCH_NONE: no partner */
    uint32_t *right_first; /* right rows of number g: right_rows[right_first[g]] .. */
    uint32_t *right_rows;
    uint32_t *signature; /* by number: id of the set of matching labels */
};

enum status evalmatch_find(const struct node *binary, struct stage *left, struct stage *right,
                           struct evalmatch *out) MUST_CHECK;

/* Symbols of the labels in matching, and __name__ too where they are ignored. */
uint32_t *evalmatch_names(struct stage_ctx *ctx, const struct node *binary, size_t *n);

#endif
