/* remotewrite.h - one remote write 1.0 request, into series.
 *
 * github.com/prometheus/docs, "Prometheus Remote-Write 1.0"; the message is
 * prompb/remote.proto's WriteRequest, the outcomes are those of
 * storage/remote/write_handler.go.  A request whose samples clash with what is
 * stored already changes nothing at all, as there: 400, and the sender drops it.
 * Series whose labels are invalid are left out and counted.  Ingest thread. */
#ifndef TELEMETRY_REMOTEWRITE_H
#define TELEMETRY_REMOTEWRITE_H

#include "base/slice.h"
#include "telemetry/metadata.h"
#include "telemetry/tsdb.h"

enum {
    REMOTEWRITE_MAX_BYTES = 32 * 1024 * 1024, /* of a message, unpacked; see writerequest.h */
    REMOTEWRITE_MAX_LABELS = 256,             /* of one series; the store may take fewer */
};

struct remotewrite; /* what is remembered of a source's senders from request to request */

/* Both are borrowed. */
struct remotewrite *remotewrite_new(struct tsdb *t, struct metadata *m);
void                remotewrite_free(struct remotewrite *w);

struct remotewrite_report {
    int        http_code;       /* 204, or 400: the sender must not try again */
    struct err err;             /* its text is the answer's body; "" with 204 */
    uint32_t   series, samples; /* that were taken */
    uint32_t   refused;         /* samples of a request that was refused whole */
    uint32_t   invalid_series;  /* no name, or bad or doubled labels: left out */
    uint32_t   over_limit;      /* samples that a limit of the store leaves out: 400 */
    uint32_t   dropped;         /* samples that clash with others of the same request */
    uint32_t   histograms;      /* native ones, which are not kept */
};

/* A snappy block (its format_description.txt) that holds a WriteRequest.  Nothing
 * is unpacked before the length it claims was checked.  Commits what it appended. */
void remotewrite_apply(struct remotewrite *w, struct slice body, struct remotewrite_report *r);

/* The same with the message as it is. */
void remotewrite_apply_message(struct remotewrite *w, struct slice message,
                               struct remotewrite_report *r);

/* Memory that is kept between requests, for the limits of the source. */
size_t remotewrite_bytes(const struct remotewrite *w);

#endif
