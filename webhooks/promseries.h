/* promseries.h - the endpoints of the Prometheus API that look for series by
 * match[]: series, labels, label values. */
#ifndef WEBHOOKS_PROMSERIES_H
#define WEBHOOKS_PROMSERIES_H

#include "webhooks/promcall.h"

void promseries_series(struct promcall *c);
void promseries_labels(struct promcall *c);
void promseries_values(struct promcall *c); /* of the label c->arg */

#endif
