/* regexparse.h - the text of a regular expression to its tree.
 *
 * The syntax is RE2's (github.com/google/re2/wiki/Syntax) with Perl's flags and
 * the dot matching newline, as Prometheus parses matchers; the error texts are
 * those of Go's regexp/syntax. */
#ifndef PROMQL_REGEXPARSE_H
#define PROMQL_REGEXPARSE_H

#include "base/arena.h"
#include "base/err.h"
#include "promql/regextree.h"

struct regexparse {
    struct regextree   *tree;
    const struct slice *names; /* of capturing groups, from number 1 at [0]; "" if unnamed */
    size_t              n_groups;
};

enum {
    REGEXPARSE_MAX_DEPTH = 250, /* of parentheses */
    REGEXPARSE_MAX_GROUPS = 1000
};

/* STATUS_SYNTAX in Go's words, STATUS_LIMIT over a maximum above.  Names are
 * borrowed from the pattern. */
enum status regexparse_run(struct arena *a, struct slice pattern, struct regexparse *out,
                           struct err *err) MUST_CHECK;

#endif
