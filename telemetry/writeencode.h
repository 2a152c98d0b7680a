/* writeencode.h - remote write 1.0 messages to send: series into a snappy block.
 *
 * github.com/prometheus/docs, "Prometheus Remote-Write 1.0"; prompb/remote.proto and
 * types.proto: WriteRequest has TimeSeries (1), that has Label (1) and Sample (2). */
#ifndef TELEMETRY_WRITEENCODE_H
#define TELEMETRY_WRITEENCODE_H

#include "base/text.h"
#include "telemetry/tsdb.h"

enum { WRITEENCODE_MAX_BYTES = 32 << 20 }; /* of a message before it is packed */

/* Start it with writeencode_init(); one message after the other. */
struct writeencode {
    struct text message, part; /* part: of the series at hand */
    size_t      n_samples;     /* since the last writeencode_take() */
};

void writeencode_init(struct writeencode *e);
void writeencode_release(struct writeencode *e); /* safe on {0} */

/* labels: sorted by name, each once, no empty value; times rising. */
void writeencode_series(struct writeencode *e, const struct tsdb_label *labels, size_t n_labels,
                        const int64_t *t_ms, const double *value, size_t n);

/* The message so far as a body, appended to an empty text; a new one begins.
 * STATUS_LIMIT: it, or the body, is over its bytes. */
enum status writeencode_take(struct writeencode *e, struct text *body, struct err *err) MUST_CHECK;

#endif
