/* sentence.h - the sentence that a person reads beside a verdict. */
#ifndef ANALYZER_SENTENCE_H
#define ANALYZER_SENTENCE_H

#include "analyzer/run.h"

/* Set a->message from a->verdict, a->reason and the numbers of the run: what
 * was compared, how much, and what is missing.  by is the check that decided;
 * CHECK_COUNT: none of them.  ASCII without <, >, &, at most 200 bytes
 * (api.md). */
void sentence_write(const struct run *r, struct view_answer *a, enum check by, int64_t now_ms);

/* The same for the policy's k-th limit of its own. */
void sentence_limit(const struct run *r, struct view_answer *a, uint32_t k);

/* The same for what an advisory policy tells instead. */
void sentence_advisory(const struct view_answer *would_be, struct view_answer *a);

/* Seconds until so many more canary requests at the present rate; NaN: not
 * known. */
double sentence_seconds_for(const struct run *r, double requests);

#endif
