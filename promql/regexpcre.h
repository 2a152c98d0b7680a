/* regexpcre.h - a tree as PCRE2 code that matches what RE2 would. */
#ifndef PROMQL_REGEXPCRE_H
#define PROMQL_REGEXPCRE_H

#include "base/text.h"
#include "promql/regextree.h"

/* Append the tree as a pattern for PCRE2_UTF | PCRE2_DOTALL, free of every
 * construct whose meaning differs between the two. */
void regexpcre_write(const struct regextree *t, struct text *to);

/* Whether \p{name} is a Unicode category or script. */
bool regexpcre_knows(struct slice name);

#endif
