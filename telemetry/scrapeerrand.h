/* scrapeerrand.h - what the ingest thread is asked to do for one target. */
#ifndef TELEMETRY_SCRAPEERRAND_H
#define TELEMETRY_SCRAPEERRAND_H

#include "telemetry/ingest.h"
#include "telemetry/scrapebody.h"

enum scrapeerrand_kind {
    SCRAPEERRAND_APPLY,  /* a body that came whole; freed as soon as it is applied */
    SCRAPEERRAND_FAILED, /* a scrape without one */
    SCRAPEERRAND_GONE,   /* the target's end: stale markers at t_ms, then free */
    SCRAPEERRAND_FREE,   /* the scraper's end: no markers */
};

/* heap_new()ed by who sends it. */
struct scrapeerrand {
    enum scrapeerrand_kind   kind;
    struct scrapebody       *series;
    char                    *body; /* malloc()ed */
    size_t                   body_bytes;
    enum exposition_format   format;
    int64_t                  t_ms, took_ms;
    struct err               err;    /* of SCRAPEERRAND_FAILED */
    struct scrapebody_report report; /* of SCRAPEERRAND_APPLY */
    /* On the loop thread, then it is freed. */
    void (*done)(void *ctx, struct scrapeerrand *e);
    void *ctx;
};

/* false: the queue is full, and e is still the caller's; never of one that has
 * no body. */
bool scrapeerrand_send(struct scrapeerrand *e, struct ingest *ingest) MUST_CHECK;

void scrapeerrand_free(struct scrapeerrand *e);

#endif
