/* querytext.h - a PromQL expression of the command line, and what is wrong with it. */
#ifndef DAEMON_QUERYTEXT_H
#define DAEMON_QUERYTEXT_H

#include "base/jsonout.h"
#include "promql/ast.h"

/* The tree, in the arena; or NULL after the error, the line with a caret under
 * the place, and what was probably meant, on standard error. */
struct node *querytext_parse(struct arena *arena, struct slice query);

/* The same, with the error and its place as members of the open object instead:
 * ok, and where that is false error, line, column. */
struct node *querytext_parse_json(struct arena *arena, struct slice query, struct jsonout *j);

/* line and column of a place, both from 1. */
void querytext_place(struct jsonout *j, struct slice query, struct place at);

/* "LINE:COL: message [name]" and the line with a caret, on standard output. */
void querytext_tell(struct slice query, struct place at, const char *message, const char *name);

#endif
