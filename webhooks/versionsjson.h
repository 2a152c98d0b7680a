/* versionsjson.h - success rate and p95 of every version seen, from intervals.
 *
 * Sums the intervals it is given, of one service, whatever their run. */
#ifndef WEBHOOKS_VERSIONSJSON_H
#define WEBHOOKS_VERSIONSJSON_H

#include "analyzer/interval.h"
#include "base/jsonout.h"

enum { VERSIONSJSON_MAX = 64 }; /* more versions are counted together as "other" */

struct versionsjson_sum {
    char                 name[INTERVAL_NAME_BYTES];
    struct counts        at[VIEW_COUNT];
    struct counts_bounds bounds[VIEW_COUNT]; /* of the newest interval; older ones that differ
                                                give no latency */
    int64_t              last_ms;            /* end of the newest interval with a request */
};

/* Start it as {0}; about 100 KiB: keep it off small stacks. */
struct versionsjson {
    int64_t                 from_ms, to_ms;
    uint32_t                n;
    struct versionsjson_sum sum[VERSIONSJSON_MAX];
};

/* In rising order of time. */
void versionsjson_add(struct versionsjson *v, const struct interval *i);

/* {"service","namespace","from","to","versions":[{"version","user":{"requests",
 * "faults","success_rate","p95_ms","p95_lower_ms","p95_upper_ms"},"attempt":{…}}]}
 * into an empty text; numbers that are not known are left out. */
void versionsjson_write(struct text *out, const struct versionsjson *v, const char *ns,
                        const char *service);

#endif
