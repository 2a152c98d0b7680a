/* promql.h - one call that checks an expression a person wrote. */
#ifndef PROMQL_PROMQL_H
#define PROMQL_PROMQL_H

#include "base/err.h"
#include "promql/lint.h"

/* Parse, check types, and collect what looks like a mistake, for a configuration
 * that takes queries.  The tree lives in the arena.
 *
 * STATUS_SYNTAX, STATUS_LIMIT: err->text is Prometheus's message with line and
 * column, then ": " and what was probably meant where that is known. */
enum status promql_check(struct slice query, int64_t scrape_interval_ms, struct arena *arena,
                         struct node **tree, struct lint_report *report,
                         struct err *err) MUST_CHECK;

#endif
