/* promjson.h - results of PromQL as the Prometheus HTTP API writes them.
 *
 * prometheus.io/docs/prometheus/latest/querying/api, "Expression query result
 * formats"; util/jsonutil for numbers. */
#ifndef WEBHOOKS_PROMJSON_H
#define WEBHOOKS_PROMJSON_H

#include "base/jsonout.h"
#include "promql/value.h"

/* 1700003000 or 1700003000.5 with three decimals: seconds. */
void promjson_timestamp(struct text *to, int64_t ms);

/* [1700003000,"1.5"] */
void promjson_point(struct text *to, int64_t ms, double v);

/* {"__name__":"up","job":"api"} */
void promjson_labels(struct text *to, const struct labels_pool *pool, struct labels set);

/* {"resultType":…,"result":…, and no closing brace.  At most max_series of a
 * vector or matrix. */
void promjson_value(struct text *to, const struct value *v, const struct labels_pool *pool,
                    size_t max_series);

/* "1h30m", and a wall time in RFC 3339; 0 is Go's time that was never set. */
void promjson_duration(struct jsonout *j, const char *key, int64_t ms);
void promjson_time(struct jsonout *j, const char *key, int64_t wall_ms);

#endif
