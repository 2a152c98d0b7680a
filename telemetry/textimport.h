/* textimport.h - bulk import: text exposition whose samples bring their times, ms.
 *
 * As VictoriaMetrics's /api/v1/import/prometheus takes it, and as text 0.0.4 is
 * read, # TYPE and # HELP included; but a line break ends a line in quotes, too.
 * Whoever drives it decides how much is applied at a time, so that scrapes and
 * others can go between.  Ingest thread. */
#ifndef TELEMETRY_TEXTIMPORT_H
#define TELEMETRY_TEXTIMPORT_H

#include "base/bytestream.h"
#include "telemetry/metadata.h"
#include "telemetry/tsdb.h"

enum {
    TEXTIMPORT_STEP_BYTES = 4 << 20,     /* a good portion: some ten milliseconds */
    TEXTIMPORT_MAX_LINE_BYTES = 1 << 20, /* longer: STATUS_LIMIT */
};

struct textimport;

struct textimport_report {
    /* STATUS_OK so far, or what ended it: the stream's failure; STATUS_SYNTAX with
     * the number of the line; STATUS_LIMIT.  What stands above that line is kept. */
    enum status status;
    struct err  err;
    uint64_t    lines, samples; /* read; taken */
    uint64_t    out_of_order, duplicates, out_of_bounds;
};

/* The store and metadata (NULL: not kept) are borrowed, the stream is taken over.
 * now_ms: for samples without a time. */
struct textimport *textimport_new(struct tsdb *t, struct metadata *m,
                                  const struct bytestream *stream, int64_t now_ms);
void               textimport_free(struct textimport *i);

/* Read and apply max_bytes more, at most, and commit.  false: it is over. */
bool textimport_step(struct textimport *i, size_t max_bytes);

const struct textimport_report *textimport_report(const struct textimport *i);

#endif
