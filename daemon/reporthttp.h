/* reporthttp.h - gates and HTTP in what GET /metrics answers. */
#ifndef DAEMON_REPORTHTTP_H
#define DAEMON_REPORTHTTP_H

#include "daemon/gatelog.h"
#include "daemon/meters.h"
#include "dashboards/metrictext.h"
#include "webhooks/httpstats.h"

/* METRIC_GATE_CALLS to METRIC_HTTP_CERTIFICATE_REFUSED. */
void reporthttp_write(struct metrictext *m, const struct meters *meters,
                      const struct gatelog *gatelog, const struct httpstats *http);

#endif
