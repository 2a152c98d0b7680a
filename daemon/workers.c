#include "daemon/workers.h"

#include "base/heap.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct job {
    struct job *next;
    void (*run)(void *ctx);
    void *ctx;
};

struct workers {
    pthread_mutex_t lock;
    pthread_cond_t  work;
    struct job     *first, **last;
    size_t          queued;
    bool            ending;
    atomic_size_t   load;
    unsigned        n_threads;
    pthread_t       thread[WORKERS_MAX_THREADS];
};

static struct job *
take(struct workers *w)
{
    struct job *j;

    pthread_mutex_lock(&w->lock);
    while (!w->first && !w->ending)
        pthread_cond_wait(&w->work, &w->lock);
    j = w->first;
    if (j) {
        w->first = j->next;
        if (!w->first)
            w->last = &w->first;
        w->queued--;
    }
    pthread_mutex_unlock(&w->lock);
    return j;
}

static void *
work(void *ctx)
{
    struct workers *w = ctx;
    struct job     *j;

    while ((j = take(w))) {
        j->run(j->ctx);
        atomic_fetch_sub(&w->load, 1);
        free(j);
    }
    return NULL;
}

struct workers *
workers_new(unsigned threads)
{
    struct workers *w = heap_new(1, sizeof *w);

    w->last = &w->first;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->work, NULL);
    while (w->n_threads < threads && w->n_threads < WORKERS_MAX_THREADS &&
           !pthread_create(&w->thread[w->n_threads], NULL, work, w))
        w->n_threads++;
    return w;
}

void
workers_free(struct workers *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->ending = true;
    pthread_cond_broadcast(&w->work);
    pthread_mutex_unlock(&w->lock);
    for (unsigned i = 0; i < w->n_threads; i++)
        pthread_join(w->thread[i], NULL);
    pthread_cond_destroy(&w->work);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

bool
workers_submit(struct workers *w, void (*run)(void *ctx), void *ctx)
{
    struct job *j;
    bool        taken;

    if (w->n_threads == 0) {
        run(ctx);
        return true;
    }
    j = heap_new(1, sizeof *j);
    *j = (struct job){.run = run, .ctx = ctx};
    pthread_mutex_lock(&w->lock);
    taken = !w->ending && w->queued < WORKERS_MAX_QUEUED;
    if (taken) {
        atomic_fetch_add(&w->load, 1);
        *w->last = j;
        w->last = &j->next;
        w->queued++;
        pthread_cond_signal(&w->work);
    }
    pthread_mutex_unlock(&w->lock);
    if (!taken)
        free(j);
    return taken;
}

size_t
workers_load(const struct workers *w)
{
    return atomic_load(&w->load);
}
