/* regexclass.h - what stands in square brackets, and \d, \pL and the like. */
#ifndef PROMQL_REGEXCLASS_H
#define PROMQL_REGEXCLASS_H

#include "base/arena.h"
#include "base/err.h"
#include "promql/regextree.h"

/* Each reads from the front of *s and moves it on.  Errors as Go words them. */

/* One code point.  STATUS_SYNTAX: not UTF-8. */
enum status regexclass_rune(struct slice *s, uint32_t *rune, struct err *err) MUST_CHECK;

/* \n, \x{10FFFF}, \012, \. : one escaped code point; s starts with the backslash. */
enum status regexclass_escape(struct slice *s, uint32_t *rune, struct err *err) MUST_CHECK;

/* \d \D \s \S \w \W \pN \p{Greek} \P{^Lu}; *found false: none of them is there. */
enum status regexclass_escaped(struct arena *a, struct slice *s, struct regextree_class *out,
                               bool *found, struct err *err) MUST_CHECK;

/* [...]; s starts with the bracket. */
enum status regexclass_bracket(struct arena *a, struct slice *s, struct regextree_class *out,
                               struct err *err) MUST_CHECK;

/* err with "error parsing regexp: WHAT: `EXPR`"; returns STATUS_SYNTAX. */
enum status regexclass_fail(struct err *err, const char *what, struct slice expr);

#endif
