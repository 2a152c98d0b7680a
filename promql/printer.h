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

/* One line of it: what stands before the operands. */
void printer_operator(struct text *to, const struct node *n);    /* "* on (a) group_left ()" */
void printer_aggregation(struct text *to, const struct node *n); /* "sum by (a) " */
void printer_window(struct text *to, const struct node *n);      /* "[5m:1m] offset 1h" */

#endif
