/* sentence.h - the sentence that a person reads beside a verdict. */
#ifndef ANALYZER_SENTENCE_H
#define ANALYZER_SENTENCE_H

#include "analyzer/run.h"

/* Set a->message from a->verdict, a->reason and the numbers of the run: what
 * was compared, how much, and what is missing.  ASCII without <, >, &, at most
 * 200 bytes (api.md). */
void sentence_write(const struct run *r, struct view_answer *a, int64_t now_ms);

/* Seconds until so many more canary requests at the present rate; NaN: not
 * known. */
double sentence_seconds_for(const struct run *r, double requests);

#endif
