/* printer.h - a tree to canonical text, in one line or indented.
 *
 * Parsing what is printed gives an equal tree (ast_equal()).  The forms are those
 * of Prometheus's /api/v1/format_query and of its logs. */
#ifndef PROMQL_PRINTER_H
#define PROMQL_PRINTER_H

#include "base/text.h"
#include "promql/ast.h"

/* Append the expression.  Over the text's maximum: to->status, as always. */
void printer_put(struct text *to, const struct node *n);

/* Milliseconds as model.Duration writes them: 5m, 90d, 1h30m, 0s. */
void printer_duration(struct text *to, int64_t ms);

/* Parts of it: of a binary expression the left side and the operator with its
 * matching, an aggregation up to its arguments, the brackets and what follows. */
void printer_lhs(struct text *to, const struct node *n);
void printer_operator(struct text *to, const struct node *n);    /* * on (a) group_left () */
void printer_aggregation(struct text *to, const struct node *n); /* sum by (a), and a blank */
void printer_window(struct text *to, const struct node *n);      /* [5m:1m] offset 1h */

#endif
