/* pretty.h - a tree to text for people: what is longer than a hundred bytes is
 * split over lines, two blanks a level.
 *
 * As Prometheus's promtool promql format and /api/v1/format_query lay it out. */
#ifndef PROMQL_PRETTY_H
#define PROMQL_PRETTY_H

#include "base/text.h"
#include "promql/ast.h"

/* Append the expression, without a final newline. */
void pretty_put(struct text *to, const struct node *n);

#endif
