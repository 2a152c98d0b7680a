/* evalgroup.h - which rows an aggregation takes together. */
#ifndef PROMQL_EVALGROUP_H
#define PROMQL_EVALGROUP_H

#include "promql/stage.h"

struct evalgroup {
    uint32_t  n;       /* groups, in order of first sight */
    uint32_t *of_row;  /* group by row */
    uint32_t *labels;  /* by group */
    bool     *drops;   /* by group: one of its rows has the flag */
    uint32_t *first;   /* rows of group g: members[first[g]] .. members[first[g + 1]) */
    uint32_t *members; /* in the order of rows */
    uint32_t  largest; /* rows of the largest group */
};

/* by or without of an aggregation over the rows of s. */
enum status evalgroup_find(struct stage *s, const struct node *aggregation,
                           struct evalgroup *out) MUST_CHECK;

/* Groups of rows with equal keys[row], ids of sets; labels are the keys. */
void evalgroup_by_key(struct stage *s, const uint32_t *keys, struct evalgroup *out);

#endif
