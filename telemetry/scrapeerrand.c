#include "telemetry/scrapeerrand.h"

#include <stdlib.h>

static void
run(void *ctx)
{
    struct scrapeerrand *e = ctx;

    switch (e->kind) {
    case SCRAPEERRAND_APPLY:
        scrapebody_apply(e->series, e->format, (struct slice){e->body, e->body_bytes}, e->t_ms,
                         e->took_ms, &e->report);
        break;
    case SCRAPEERRAND_FAILED:
        scrapebody_failed(e->series, e->t_ms, e->took_ms);
        break;
    case SCRAPEERRAND_GONE:
        scrapebody_gone(e->series, e->t_ms);
        scrapebody_free(e->series);
        break;
    case SCRAPEERRAND_FREE:
        scrapebody_free(e->series);
        break;
    }
    free(e->body);
    e->body = NULL;
}

static void
done(void *ctx)
{
    struct scrapeerrand *e = ctx;

    e->done(e->ctx, e);
    scrapeerrand_free(e);
}

bool
scrapeerrand_send(struct scrapeerrand *e, struct ingest *ingest)
{
    const struct ingest_job job = {.bytes = e->body_bytes,
                                   .must = e->kind != SCRAPEERRAND_APPLY,
                                   .run = run,
                                   .done = done,
                                   .ctx = e};

    return ingest_submit(ingest, &job);
}

void
scrapeerrand_free(struct scrapeerrand *e)
{
    free(e->body);
    free(e);
}
