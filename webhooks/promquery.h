/* promquery.h - the endpoints of the Prometheus API that take an expression:
 * query, query_range, query_exemplars, format_query, parse_query. */
#ifndef WEBHOOKS_PROMQUERY_H
#define WEBHOOKS_PROMQUERY_H

#include "webhooks/promcall.h"

void promquery_instant(struct promcall *c);
void promquery_range(struct promcall *c);
void promquery_exemplars(struct promcall *c); /* there are none */
void promquery_format(struct promcall *c);
void promquery_parse(struct promcall *c);

#endif
