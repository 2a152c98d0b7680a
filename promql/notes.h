/* notes.h - the warnings and infos that come with a query's result. */
#ifndef PROMQL_NOTES_H
#define PROMQL_NOTES_H

#include "promql/ast.h"

enum note_kind {
    NOTE_WARNING, /* "PromQL warning: …": the result may not be what was meant */
    NOTE_INFO     /* "PromQL info: …" */
};

struct note {
    enum note_kind kind;
    struct slice   text; /* whole, with the prefix and " (line:col)" */
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

/* Add prefix, text and position; said twice it is kept once. */
void notes_add(struct notes *notes, enum note_kind kind, struct place place, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

#endif
