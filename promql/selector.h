/* selector.h - PromQL selectors and by-lists built from values, never pasted.
 *
 * Whatever bytes a value holds, the structure that Prometheus reads is the one
 * that was asked for: names are checked against PromQL's grammar, values become
 * string literals, and alternatives become a regular expression of quoted
 * literals (RE2 syntax, github.com/google/re2/wiki/Syntax). */
#ifndef PROMQL_SELECTOR_H
#define PROMQL_SELECTOR_H

#include "base/err.h"
#include "base/text.h"

enum {
    SELECTOR_MAX_VALUE_BYTES = 4096,
    SELECTOR_MAX_VALUES = 256, /* alternatives of one matcher */
};

enum selector_op {
    SELECTOR_IS,         /* ="…"; an empty value also matches an absent label */
    SELECTOR_IS_NOT,     /* !="…" */
    SELECTOR_ONE_OF,     /* =~"a|b" of literal values; one value is written as = */
    SELECTOR_NONE_OF,    /* !~"a|b" of literal values */
    SELECTOR_MATCHES,    /* =~: the value is a regular expression that the caller
                          * wrote himself and did not take from outside */
    SELECTOR_MATCHES_NOT /* !~, likewise */
};

struct selector_matcher {
    struct slice        label;
    enum selector_op    op;
    const struct slice *values; /* one, but for ONE_OF and NONE_OF */
    size_t              n_values;
};

/* Append metric{label="value",…}; metric empty: a matcher of __name__ says it.
 * STATUS_SYNTAX: a name that PromQL would not take, or bytes in an alternative
 * that are not UTF-8 (RE2 cannot hold them).  STATUS_LIMIT: a value too long,
 * or too many.  Nothing is appended then.  Text over its maximum shows in
 * to->status, as always. */
enum status selector_write(struct text *to, struct slice metric,
                           const struct selector_matcher *matchers, size_t n,
                           struct err *err) MUST_CHECK;

/* Append by (a, b); a label that occurs twice is written once. */
enum status selector_by(struct text *to, const struct slice *labels, size_t n,
                        struct err *err) MUST_CHECK;

/* Append the value as a PromQL string literal in pure ASCII: bytes beyond it
 * are written \xHH, which Prometheus reads as the same bytes. */
void selector_string(struct text *to, struct slice value);

/* Append the regular expression that matches the value alone, not yet as a
 * string literal. */
void selector_regex(struct text *to, struct slice value);

bool selector_label_valid(struct slice name);  /* [a-zA-Z_][a-zA-Z0-9_]* */
bool selector_metric_valid(struct slice name); /* colons too, and no reserved word */

#endif
