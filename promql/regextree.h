/* regextree.h - a regular expression in RE2's syntax as a tree.
 *
 * Lives in the arena it was parsed into.  Kinds follow Go's regexp/syntax Op. */
#ifndef PROMQL_REGEXTREE_H
#define PROMQL_REGEXTREE_H

#include "base/slice.h"

enum {
    REGEXTREE_MAX_RUNE = 0x10ffff,
    REGEXTREE_MAX_REPEAT = 1000, /* Go's limit, nested repeats multiplied */
    REGEXTREE_NO_MAX = -1
};

enum regextree_kind {
    REGEXTREE_EMPTY,
    REGEXTREE_RUNE,
    REGEXTREE_ANY,
    REGEXTREE_ANY_NOT_NEWLINE,
    REGEXTREE_CLASS,
    REGEXTREE_BEGIN_LINE,
    REGEXTREE_END_LINE,
    REGEXTREE_BEGIN_TEXT,
    REGEXTREE_END_TEXT,
    REGEXTREE_BOUNDARY,
    REGEXTREE_NO_BOUNDARY,
    REGEXTREE_GROUP, /* one child */
    REGEXTREE_CONCAT,
    REGEXTREE_ALTERNATE,
    REGEXTREE_REPEAT /* one child */
};

struct regextree_range {
    uint32_t lo, hi;
};

/* \p{name}, or \P{name} where negative. */
struct regextree_property {
    struct slice name;
    bool         negative;
};

struct regextree_class {
    const struct regextree_range    *ranges;
    size_t                           n_ranges;
    const struct regextree_property *properties;
    size_t                           n_properties;
    bool                             negative;
};

struct regextree {
    enum regextree_kind kind;
    bool                fold; /* RUNE, CLASS: case does not matter */
    bool                lazy; /* REPEAT */
    uint32_t            rune;
    int                 min, max; /* REPEAT; max may be REGEXTREE_NO_MAX */
    unsigned            capture;  /* GROUP: its number, 0 if it captures nothing */
    struct regextree_class class;
    struct regextree **sub;
    size_t             n;
};

#endif
