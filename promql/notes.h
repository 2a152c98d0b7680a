/* notes.h - the warnings and infos that come with a query's result. */
#ifndef PROMQL_NOTES_H
#define PROMQL_NOTES_H

#include "promql/ast.h"
#include "promql/bucket.h"

enum note_kind {
    NOTE_WARNING, /* "PromQL warning: …": the result may not be what was meant */
    NOTE_INFO     /* "PromQL info: …" */
};

struct note {
    enum note_kind kind;
    struct slice   text; /* whole, with the prefix and " (line:col)"; set by notes_finish() */
    /* --- */
    struct slice      said; /* by this a note is known again; the last place counts */
    struct place      place;
    struct bucket_fix fix; /* of notes_add_fix(), taken together */
    int64_t           first_ms, last_ms;
    uint64_t          times;
};

enum { NOTES_MAX = 256 };

/* A set in the order of first mention.  Start it as {.arena = …, .query = …}. */
struct notes {
    struct arena *arena;
    struct slice  query; /* its text, for lines and columns */
    struct note  *at;
    size_t        n, cap;
    uint64_t      omitted; /* times something new was said beyond NOTES_MAX */
};

/* Said twice it is kept once, with the place of the last time (util/annotations
 * of Prometheus).  Prefix and position are added at the end. */
void notes_add(struct notes *notes, enum note_kind kind, struct place place, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* A warning if q is NaN or outside 0 to 1. */
void notes_check_quantile(struct notes *notes, struct place place, double q);

/* An info about bucket counts that had to be raised; what was raised is told
 * over all times it was said. */
void notes_add_fix(struct notes *notes, struct place place, struct slice said,
                   const struct bucket_fix *fix, int64_t time_ms);

/* Write the texts. */
void notes_finish(struct notes *notes);

#endif
