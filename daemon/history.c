#include "daemon/history.h"

#include "base/heap.h"
#include "daemon/historyread.h"

#include <pthread.h>
#include <stdlib.h>

enum { MOST_THREADS = 64 };

struct job {
    struct job      *next;
    struct port_read read;
    port_read_fn     done;
    void            *ctx;
};

struct history {
    char               *data_dir;
    const struct clock *clock;
    pthread_mutex_t     lock;
    pthread_cond_t      work;
    struct job         *first, **last;
    size_t              queued;
    bool                stop;
    unsigned            n_threads;
    pthread_t           thread[MOST_THREADS];
    struct reader      *own; /* of the caller's thread, where there are no workers */
};

/* The reader is opened with the first read and kept while it works. */
static void
answer(const char *data_dir, struct reader **r, const struct port_read *read, int64_t now_ms,
       port_read_fn done, void *ctx)
{
    struct text body;
    struct err  err = {0};
    char        verdict_id[ULID_BYTES] = "";
    int         code = 503;

    text_init(&body, HISTORY_BODY_BYTES);
    if (!*r && reader_open(data_dir, r, &err))
        historyread_error(&body, err.text, "ask again in a second");
    else
        code = historyread_answer(*r, read, now_ms, &body, verdict_id);
    if (code == 503) {
        reader_close(*r);
        *r = NULL;
    }
    done(ctx, code, text_slice(&body), verdict_id);
    text_release(&body);
}

static struct job *
take(struct history *h)
{
    struct job *j;

    pthread_mutex_lock(&h->lock);
    while (!h->first && !h->stop)
        pthread_cond_wait(&h->work, &h->lock);
    j = h->first;
    if (j) {
        h->first = j->next;
        if (!h->first)
            h->last = &h->first;
        h->queued--;
    }
    pthread_mutex_unlock(&h->lock);
    return j;
}

static void *
work(void *ctx)
{
    struct history *h = ctx;
    struct reader  *r = NULL;
    struct job     *j;

    while ((j = take(h))) {
        answer(h->data_dir, &r, &j->read, clock_wall_ms(h->clock), j->done, j->ctx);
        free(j);
    }
    reader_close(r);
    return NULL;
}

struct history *
history_new(const char *data_dir, unsigned threads, const struct clock *clock)
{
    struct history *h = heap_new(1, sizeof *h);

    h->data_dir = strdup(data_dir);
    h->clock = clock;
    h->last = &h->first;
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->work, NULL);
    while (h->n_threads < threads && h->n_threads < MOST_THREADS &&
           !pthread_create(&h->thread[h->n_threads], NULL, work, h))
        h->n_threads++;
    return h;
}

void
history_free(struct history *h)
{
    if (!h)
        return;
    pthread_mutex_lock(&h->lock);
    h->stop = true;
    pthread_cond_broadcast(&h->work);
    pthread_mutex_unlock(&h->lock);
    for (unsigned i = 0; i < h->n_threads; i++)
        pthread_join(h->thread[i], NULL);
    reader_close(h->own);
    pthread_cond_destroy(&h->work);
    pthread_mutex_destroy(&h->lock);
    free(h->data_dir);
    free(h);
}

bool
history_read(struct history *h, const struct port_read *read, port_read_fn done, void *ctx)
{
    struct job *j;
    bool        taken;

    if (h->n_threads == 0) {
        answer(h->data_dir, &h->own, read, clock_wall_ms(h->clock), done, ctx);
        return true;
    }
    j = heap_new(1, sizeof *j);
    *j = (struct job){.read = *read, .done = done, .ctx = ctx};
    pthread_mutex_lock(&h->lock);
    taken = !h->stop && h->queued < HISTORY_MAX_QUEUED;
    if (taken) {
        *h->last = j;
        h->last = &j->next;
        h->queued++;
        pthread_cond_signal(&h->work);
    }
    pthread_mutex_unlock(&h->lock);
    if (!taken)
        free(j);
    return taken;
}

void
history_answer(const char *data_dir, const struct port_read *read, int64_t now_wall_ms,
               port_read_fn done, void *ctx)
{
    struct reader *r = NULL;

    answer(data_dir, &r, read, now_wall_ms, done, ctx);
    reader_close(r);
}
