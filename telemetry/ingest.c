#include "telemetry/ingest.h"

#include "base/clock.h"
#include "base/heap.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { DEFAULT_QUEUED = 4096 };
#define DEFAULT_QUEUED_BYTES ((size_t)256 << 20)

struct waiting {
    struct waiting   *next;
    struct ingest_job job;
};

struct ingest {
    struct ingest_config config;
    pthread_t            thread;

    /* Under lock. */
    pthread_mutex_t     lock;
    pthread_cond_t      queued; /* a job came, or stop */
    struct waiting     *first, **last;
    struct ingest_stats stats;
    bool                stopping;
};

/* What waited is counted until it has run: its memory is there as long. */
static void
carry_out(struct ingest *i, const struct ingest_job *job)
{
    int64_t from_us = clock_thread_cpu_us(), took_us;

    job->run(job->ctx);
    took_us = clock_thread_cpu_us() - from_us;
    pthread_mutex_lock(&i->lock);
    i->stats.queued--;
    i->stats.queued_bytes -= job->bytes;
    i->stats.jobs++;
    i->stats.busy_us += took_us;
    pthread_mutex_unlock(&i->lock);
    if (!job->done)
        return;
    if (i->config.on_caller)
        job->done(job->ctx);
    else
        i->config.post(i->config.self, job->done, job->ctx);
}

static void *
work(void *arg)
{
    struct ingest *i = arg;

    pthread_mutex_lock(&i->lock);
    for (;;) {
        struct waiting *w = i->first;

        if (w) {
            i->first = w->next;
            if (!i->first)
                i->last = &i->first;
            pthread_mutex_unlock(&i->lock);
            carry_out(i, &w->job);
            free(w);
            pthread_mutex_lock(&i->lock);
        } else if (i->stopping) {
            break;
        } else {
            pthread_cond_wait(&i->queued, &i->lock);
        }
    }
    pthread_mutex_unlock(&i->lock);
    return NULL;
}

/* Signals are the loop's: none is delivered to the ingest thread. */
static void
start_thread(struct ingest *i)
{
    sigset_t all, old;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    if (pthread_create(&i->thread, NULL, work, i))
        abort();
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

struct ingest *
ingest_new(const struct ingest_config *c)
{
    struct ingest *i = heap_new(1, sizeof *i);

    i->config = *c;
    if (!i->config.max_queued)
        i->config.max_queued = DEFAULT_QUEUED;
    if (!i->config.max_queued_bytes)
        i->config.max_queued_bytes = DEFAULT_QUEUED_BYTES;
    pthread_mutex_init(&i->lock, NULL);
    pthread_cond_init(&i->queued, NULL);
    i->last = &i->first;
    if (!c->on_caller)
        start_thread(i);
    return i;
}

void
ingest_free(struct ingest *i)
{
    if (!i)
        return;
    if (!i->config.on_caller) {
        pthread_mutex_lock(&i->lock);
        i->stopping = true;
        pthread_cond_signal(&i->queued);
        pthread_mutex_unlock(&i->lock);
        pthread_join(i->thread, NULL);
    }
    pthread_cond_destroy(&i->queued);
    pthread_mutex_destroy(&i->lock);
    free(i);
}

bool
ingest_submit(struct ingest *i, const struct ingest_job *job)
{
    struct waiting *w = NULL;
    bool            taken;

    if (!i->config.on_caller) {
        w = heap_new(1, sizeof *w);
        w->job = *job;
    }
    pthread_mutex_lock(&i->lock);
    taken = job->must || (i->stats.queued < i->config.max_queued &&
                          i->stats.queued_bytes <= i->config.max_queued_bytes &&
                          job->bytes <= i->config.max_queued_bytes - i->stats.queued_bytes);
    if (!taken) {
        i->stats.refused++;
    } else {
        i->stats.queued++;
        i->stats.queued_bytes += job->bytes;
        if (w) {
            *i->last = w;
            i->last = &w->next;
            pthread_cond_signal(&i->queued);
        }
    }
    pthread_mutex_unlock(&i->lock);
    if (!taken)
        free(w);
    else if (!w)
        carry_out(i, job);
    return taken;
}

struct ingest_stats
ingest_stats(struct ingest *i)
{
    struct ingest_stats s;

    pthread_mutex_lock(&i->lock);
    s = i->stats;
    pthread_mutex_unlock(&i->lock);
    return s;
}
