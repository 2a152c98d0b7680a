#include "telemetry/intake.h"

#include "base/heap.h"
#include "base/log.h"
#include "telemetry/remotewrite.h"
#include "telemetry/textimport.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOG_EVERY_MS = 10000, LINE_BYTES = 512 };

struct intake {
    char               *source;
    struct tsdb        *t;
    struct metadata    *m;
    struct ingest      *ingest;
    const struct clock *clock;
    struct remotewrite *writer;
    atomic_bool         hurried;
    int64_t             logged_ms; /* monotonic, of the last line; ingest thread, like the next */
    uint64_t            unlogged;  /* requests that something was left out of, since then */
    pthread_mutex_t     lock;      /* of stats */
    struct intake_stats stats;
};

/* One body.  While it waits, its memory counts in the queue. */
struct job {
    struct intake     *i;
    char              *bytes; /* remote write */
    size_t             n;
    struct bytestream  stream; /* text, until the import has it */
    struct textimport *text;
    intake_done_fn     done;
    void              *ctx;
};

struct intake *
intake_new(const char *source, struct tsdb *t, struct metadata *m, struct ingest *ingest,
           const struct clock *clock)
{
    struct intake *i = heap_new(1, sizeof *i);
    size_t         n = strlen(source) + 1;

    i->source = heap_new(n, 1);
    memcpy(i->source, source, n);
    i->t = t;
    i->m = m;
    i->ingest = ingest;
    i->clock = clock;
    i->writer = remotewrite_new(t, m);
    i->logged_ms = INT64_MIN / 2;
    pthread_mutex_init(&i->lock, NULL);
    return i;
}

void
intake_free(struct intake *i)
{
    if (!i)
        return;
    remotewrite_free(i->writer);
    pthread_mutex_destroy(&i->lock);
    free(i->source);
    free(i);
}

void
intake_hurry(struct intake *i)
{
    atomic_store(&i->hurried, true);
}

/* A sender that is refused is so again and again: a line now and then does. */
static void
log_trouble(struct intake *i, const char *why)
{
    int64_t now_ms = clock_mono_ms(i->clock);

    i->unlogged++;
    if (now_ms - i->logged_ms < LOG_EVERY_MS)
        return;
    log_event(LOG_LEVEL_WARN, "write_not_whole", log_text("source", i->source),
              log_int("requests", (int64_t)i->unlogged), log_text("why", why));
    i->logged_ms = now_ms;
    i->unlogged = 0;
}

static void
log_remote_write(struct intake *i, const struct remotewrite_report *r)
{
    char why[120];

    if (r->err.text[0]) {
        log_trouble(i, r->err.text);
    } else if (r->invalid_series || r->histograms || r->dropped) {
        snprintf(why, sizeof why,
                 "%u series with bad labels, %u native histograms, %u samples that clash were "
                 "left out",
                 r->invalid_series, r->histograms, r->dropped);
        log_trouble(i, why);
    }
}

static void
count_remote_write(struct intake *i, const struct remotewrite_report *r)
{
    pthread_mutex_lock(&i->lock);
    i->stats.requests++;
    i->stats.refused_requests += r->http_code != 204;
    i->stats.samples += r->samples;
    i->stats.refused_samples += (uint64_t)r->refused + r->over_limit + r->dropped;
    i->stats.invalid_series += r->invalid_series;
    i->stats.histograms += r->histograms;
    if (r->http_code == 204)
        i->stats.last_ms = clock_wall_ms(i->clock);
    pthread_mutex_unlock(&i->lock);
}

static void
run_remote_write(void *ctx)
{
    struct job               *j = ctx;
    struct remotewrite_report r;

    remotewrite_apply(j->i->writer, (struct slice){j->bytes, j->n}, &r);
    free(j->bytes);
    count_remote_write(j->i, &r);
    log_remote_write(j->i, &r);
    j->done(j->ctx, r.http_code, r.err.text);
    free(j);
}

/* Text that was read to its end, and whose samples were all taken, is 204. */
static int
text_outcome(const struct textimport_report *r, bool cut_short, char line[LINE_BYTES])
{
    uint64_t left_out = r->out_of_order + r->duplicates + r->out_of_bounds;

    line[0] = '\0';
    if (cut_short)
        snprintf(line, LINE_BYTES,
                 "the daemon ends: %llu samples were taken; send all of it again when it is back",
                 (unsigned long long)r->samples);
    else if (r->status)
        snprintf(line, LINE_BYTES, "%s; %llu samples above it were taken", r->err.text,
                 (unsigned long long)r->samples);
    else if (left_out)
        snprintf(line, LINE_BYTES,
                 "%llu samples were taken, but not %llu out of order, %llu with another value "
                 "at the same time, %llu too old or too far in the future",
                 (unsigned long long)r->samples, (unsigned long long)r->out_of_order,
                 (unsigned long long)r->duplicates, (unsigned long long)r->out_of_bounds);
    if (cut_short)
        return 503;
    return r->status == STATUS_TOO_LARGE ? 413 : r->status || left_out ? 400 : 204;
}

static void
finish_text(struct job *j, bool cut_short)
{
    const struct textimport_report *r = textimport_report(j->text);
    struct intake                  *i = j->i;
    char                            line[LINE_BYTES];
    int                             code = text_outcome(r, cut_short, line);

    pthread_mutex_lock(&i->lock);
    i->stats.requests++;
    i->stats.refused_requests += code != 204;
    i->stats.samples += r->samples;
    i->stats.refused_samples += r->out_of_order + r->duplicates + r->out_of_bounds;
    if (code == 204)
        i->stats.last_ms = clock_wall_ms(i->clock);
    pthread_mutex_unlock(&i->lock);
    if (code != 204)
        log_trouble(i, line);
    textimport_free(j->text);
    j->done(j->ctx, code, line);
    free(j);
}

/* A portion at a time: what else waits goes between. */
static void
run_text(void *ctx)
{
    struct job             *j = ctx;
    const struct ingest_job again = {.bytes = j->n, .must = true, .run = run_text, .ctx = j};

    if (!j->text)
        j->text = textimport_new(j->i->t, j->i->m, &j->stream, clock_wall_ms(j->i->clock));
    if (!textimport_step(j->text, TEXTIMPORT_STEP_BYTES))
        finish_text(j, false);
    else if (atomic_load(&j->i->hurried))
        finish_text(j, true);
    else
        (void)ingest_submit(j->i->ingest, &again); /* that must be taken is */
}

bool
intake_remote_write(struct intake *i, char *bytes, size_t n, intake_done_fn done, void *ctx)
{
    struct job       *j = heap_new(1, sizeof *j);
    struct ingest_job job = {.bytes = n, .run = run_remote_write, .ctx = j};

    *j = (struct job){.i = i, .bytes = bytes, .n = n, .done = done, .ctx = ctx};
    if (ingest_submit(i->ingest, &job))
        return true;
    free(j);
    return false;
}

bool
intake_text(struct intake *i, const struct bytestream *stream, size_t bytes_waiting,
            intake_done_fn done, void *ctx)
{
    struct job       *j = heap_new(1, sizeof *j);
    struct ingest_job job = {.bytes = bytes_waiting, .run = run_text, .ctx = j};

    *j = (struct job){.i = i, .n = bytes_waiting, .stream = *stream, .done = done, .ctx = ctx};
    if (ingest_submit(i->ingest, &job))
        return true;
    free(j);
    return false;
}

struct intake_stats
intake_stats(struct intake *i)
{
    struct intake_stats s;

    pthread_mutex_lock(&i->lock);
    s = i->stats;
    pthread_mutex_unlock(&i->lock);
    return s;
}
