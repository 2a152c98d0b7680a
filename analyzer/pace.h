/* pace.h - whether what is said to be born can be: requests that came out of
 * nothing, held against what the known instances count meanwhile.
 *
 * An instance that first appears after the run's start is counted from zero.
 * But it may be old and only have been out of sight: its target was down, its
 * labels were rewritten, a part of a federated source did not answer.  Then its
 * first value is a history, of weeks perhaps, and would be judged as if it had
 * happened now.  What is really new takes its requests from, or brings them
 * beside, those of the others; so what is born in one snapshot is believed up
 * to PACE_TIMES of what a view's known instances count in that time, or
 * PACE_ALWAYS requests. */
#ifndef ANALYZER_PACE_H
#define ANALYZER_PACE_H

#include "analyzer/book.h"

enum { PACE_TIMES = 4, PACE_ALWAYS = 1000 };

/* The greatest rate so far, requests per millisecond.  All zero is the start. */
struct pace {
    double peak[VIEW_COUNT];
};

/* Requests of all classes in one snapshot. */
struct pace_tick {
    double steady[VIEW_COUNT];  /* of known groups of known instances */
    double born[VIEW_COUNT];    /* of new groups of known instances */
    double arrived[VIEW_COUNT]; /* of new instances */
};

/* Add what the book, which is judged, is going to count; sets b->births. */
void pace_note(struct pace_tick *t, struct book *b, uint64_t tick);

/* Make the book that is judged count nothing if it brings more than can be;
 * elapsed_ms: since the snapshot before, in source time. */
void pace_hold(const struct pace *p, const struct pace_tick *t, int64_t elapsed_ms, struct book *b);

/* Learn from a snapshot that was good. */
void pace_learn(struct pace *p, const struct pace_tick *t, int64_t elapsed_ms);

#endif
