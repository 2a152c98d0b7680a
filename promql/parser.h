/* parser.h - the text of a PromQL expression to its typed tree.
 *
 * The grammar is the stable one of Prometheus 3.x
 * (promql/parser/generatedParser.y) and docs/PROMQL.md tells it. */
#ifndef PROMQL_PARSER_H
#define PROMQL_PARSER_H

#include "base/err.h"
#include "promql/ast.h"

/* Parse and type-check.  The tree and copies of all its texts live in the arena.
 *
 * STATUS_SYNTAX: err->text is "LINE:COL: parse error: MESSAGE" in Prometheus's
 * words, lines and columns from 1, columns in bytes; *at, which may be NULL, is
 * the place of the fault.  STATUS_LIMIT: longer than AST_MAX_BYTES or deeper than
 * AST_MAX_DEPTH, or a list of more than AST_MAX_LIST, told in the same form. */
enum status parser_parse(struct arena *arena, struct slice query, struct node **tree,
                         struct place *at, struct err *err) MUST_CHECK;

/* One metric selector without offset or @, as match[] of the HTTP API takes it.  It
 * may be one that takes all series: see node_matcher.takes_empty. */
enum status parser_selector(struct arena *arena, struct slice text, struct node **selector,
                            struct err *err) MUST_CHECK;

/* Line and column of a byte of the query, both from 1. */
void parser_line_column(struct slice query, uint32_t byte, unsigned *line, unsigned *column);

#endif
