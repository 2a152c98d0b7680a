/* promtarget.h - the endpoints of the Prometheus API that tell what is scraped:
 * targets, their metadata, scrape pools. */
#ifndef WEBHOOKS_PROMTARGET_H
#define WEBHOOKS_PROMTARGET_H

#include "webhooks/promcall.h"

void promtarget_targets(struct promcall *c);
void promtarget_pools(struct promcall *c);
void promtarget_metadata(struct promcall *c);           /* of all, by family */
void promtarget_metadata_by_target(struct promcall *c); /* target by target */

#endif
