/* promast.h - a parsed expression as /api/v1/parse_query tells it
 * (web/api/v1/translate_ast.go of Prometheus 3). */
#ifndef WEBHOOKS_PROMAST_H
#define WEBHOOKS_PROMAST_H

#include "base/text.h"
#include "promql/ast.h"

void promast_put(struct text *to, const struct node *n);

#endif
