/* intake.h - bodies that are written to a source, on their way into its series.
 *
 * A body waits in the ingest queue, is applied on the ingest thread, and whoever
 * sent it is answered from there. */
#ifndef TELEMETRY_INTAKE_H
#define TELEMETRY_INTAKE_H

#include "base/bytestream.h"
#include "telemetry/ingest.h"
#include "telemetry/metadata.h"
#include "telemetry/tsdb.h"

struct intake;

/* All are borrowed; the name is copied. */
struct intake *intake_new(const char *source, struct tsdb *t, struct metadata *m, struct ingest *i,
                          const struct clock *clock);

/* Nothing of it is queued any more: a text is, until done was called. */
void intake_free(struct intake *i);

/* Any thread: the daemon ends.  What is left of texts is not read: they are
 * answered 503 after the portion that is under way. */
void intake_hurry(struct intake *i);

/* On the ingest thread, once; line is borrowed for the call and "" with a 2xx. */
typedef void (*intake_done_fn)(void *ctx, int http_code, const char *line);

/* Any thread.  false: the queue is full; nothing was taken and done is not
 * called.  remote_write: bytes are of malloc() and the intake's once taken.
 * text: the stream is closed once it was read; bytes_waiting stand behind it. */
bool intake_remote_write(struct intake *i, char *bytes, size_t n, intake_done_fn done, void *ctx);
bool intake_text(struct intake *i, const struct bytestream *stream, size_t bytes_waiting,
                 intake_done_fn done, void *ctx);

struct intake_stats {
    uint64_t requests, refused_requests; /* applied; answered 400 */
    uint64_t samples, refused_samples, invalid_series, histograms;
    int64_t  last_ms; /* wall time of the last request that was taken over; 0: none yet */
};
struct intake_stats intake_stats(struct intake *i); /* any thread */

#endif
