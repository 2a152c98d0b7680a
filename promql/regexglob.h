/* regexglob.h - expressions that are lists of texts and wildcards in disguise:
 * "a|b", "5..", "api-.*", "(.*,)?(FI|DC)(,.*)?".  They match without PCRE2. */
#ifndef PROMQL_REGEXGLOB_H
#define PROMQL_REGEXGLOB_H

#include "base/arena.h"
#include "promql/regextree.h"

enum {
    REGEXGLOB_MAX_LITERALS = 4096,
    REGEXGLOB_MAX_WILD = 32,      /* alternatives with wildcards, tried one by one */
    REGEXGLOB_MAX_RUNES = 1 << 18 /* written while finding out */
};

/* Code points; REGEXGLOB_ANY is any one, REGEXGLOB_REST any number of any. */
enum { REGEXGLOB_ANY = 0x200000, REGEXGLOB_REST = 0x200001 };

struct regexglob_wild {
    const uint32_t *runes;
    size_t          n;
};

/* A subject matches if it is one of the literals or fits one of the wild. */
struct regexglob {
    const struct slice          *literals; /* sorted by bytes, each once */
    size_t                       n_literals;
    const struct regexglob_wild *wild;
    size_t                       n_wild;
    struct slice                 prefix; /* of all that can match */
};

/* Into the arena; false: it is no such expression, or too many alternatives. */
bool regexglob_build(struct arena *a, const struct regextree *t, struct regexglob *out);

/* Exact; bytes that are not UTF-8 count as one code point each. */
bool regexglob_match(const struct regexglob *g, struct slice subject);

/* The text that every match of the tree begins with. */
struct slice regexglob_prefix(struct arena *a, const struct regextree *t);

#endif
