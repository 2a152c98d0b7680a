/* promtime.h - times and durations as the Prometheus API takes them
 * (web/api/v1/api.go, parseTime and parseDuration). */
#ifndef WEBHOOKS_PROMTIME_H
#define WEBHOOKS_PROMTIME_H

#include "base/err.h"
#include "base/slice.h"

/* Beyond all that is stored, and with room for offsets and ranges around it. */
#define PROMTIME_FAR_MS (INT64_C(1) << 59)

/* Seconds since 1970 as a number, or RFC 3339; what is farther away than
 * PROMTIME_FAR_MS becomes that.  STATUS_SYNTAX, in Prometheus's words. */
enum status promtime_read(struct slice s, int64_t *ms, struct err *err) MUST_CHECK;

/* Seconds as a number, or 1h30m.  May be 0 and negative. */
enum status promtime_duration(struct slice s, int64_t *ms, struct err *err) MUST_CHECK;

#endif
