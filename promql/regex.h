/* regex.h - regular expressions as Prometheus takes them: RE2's syntax, anchored
 * at both ends, the dot matches newline.
 *
 * Syntax and error texts: Go's regexp/syntax (pkg.go.dev/regexp/syntax).  What
 * RE2 refuses (look-around, back-references, possessive quantifiers) is refused
 * here in the same words, before PCRE2 sees a pattern.  Literals, alternations
 * of literals, and literals with .* and .+ between them never reach PCRE2. */
#ifndef PROMQL_REGEX_H
#define PROMQL_REGEX_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

enum { REGEX_MAX_PATTERN_BYTES = 64 * 1024 };

/* Immutable: any number of threads may match with one at the same time. */
struct regex;

/* STATUS_SYNTAX with Go's words ("error parsing regexp: missing closing ):
 * `a(b`"), STATUS_LIMIT if it is too long or too deep.  Owned by the caller: regex_free().
 * On failure *out is NULL. */
enum status regex_new(struct slice pattern, struct regex **out, struct err *err) MUST_CHECK;
void        regex_free(struct regex *re); /* NULL does nothing */

/* STATUS_LIMIT: the backtracking budget is used up (RE2 has none; its answer is
 * not known then). */
enum status regex_match(const struct regex *re, struct slice subject, bool *hit,
                        struct err *err) MUST_CHECK;

/* The values an expression of literals alone matches ("a|b|c", "x(1|2)"), for a
 * source that looks them up; n 0 if it is no such expression. */
const struct slice *regex_literals(const struct regex *re, size_t *n);

/* What every match starts with; empty if nothing is known. */
struct slice regex_prefix(const struct regex *re);

/* Append tmpl, with $1, ${1}, $name and ${name} replaced by what the groups
 * matched (Go's Regexp.Expand: the longest name is taken, unknown ones are
 * empty, $$ is $), if the subject matches; *hit says whether it did. */
enum status regex_expand(const struct regex *re, struct slice tmpl, struct slice subject,
                         struct text *to, bool *hit, struct err *err) MUST_CHECK;

#endif
