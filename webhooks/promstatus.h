/* promstatus.h - the endpoints of the Prometheus API that tell of the server
 * itself: status, rules and alerts (there are none). */
#ifndef WEBHOOKS_PROMSTATUS_H
#define WEBHOOKS_PROMSTATUS_H

#include "webhooks/promcall.h"

/* Clients choose what they ask by the version: it is that of the Prometheus
 * whose answers these are. */
#define PROMSTATUS_VERSION "3.5.0"

void promstatus_rules(struct promcall *c);
void promstatus_alerts(struct promcall *c);
void promstatus_alertmanagers(struct promcall *c);
void promstatus_config(struct promcall *c);
void promstatus_runtime(struct promcall *c);
void promstatus_build(struct promcall *c);
void promstatus_flags(struct promcall *c);
void promstatus_storage(struct promcall *c);
void promstatus_replay(struct promcall *c);
void promstatus_blocks(struct promcall *c);
void promstatus_notifications(struct promcall *c);

#endif
