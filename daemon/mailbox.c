#include "daemon/mailbox.h"

#include <pthread.h>
#include <stdlib.h>

struct letter {
    struct letter *next;
    mailbox_fn     fn;
    void          *ctx;
};

struct mailbox {
    pthread_mutex_t lock;
    struct letter  *first, **last;
    size_t          n, max;
    void (*wake)(void *ctx);
    void *wake_ctx;
};

struct mailbox *
mailbox_new(size_t max_letters, void (*wake)(void *ctx), void *wake_ctx)
{
    struct mailbox *m = calloc(1, sizeof *m);

    if (!m)
        abort();
    pthread_mutex_init(&m->lock, NULL);
    m->last = &m->first;
    m->max = max_letters;
    m->wake = wake;
    m->wake_ctx = wake_ctx;
    return m;
}

void
mailbox_free(struct mailbox *m)
{
    if (!m)
        return;
    while (m->first) {
        struct letter *next = m->first->next;

        free(m->first);
        m->first = next;
    }
    pthread_mutex_destroy(&m->lock);
    free(m);
}

static bool
post(struct mailbox *m, mailbox_fn fn, void *ctx, size_t max)
{
    struct letter *l = malloc(sizeof *l);
    bool           was_empty, taken;

    if (!l)
        abort();
    *l = (struct letter){.fn = fn, .ctx = ctx};
    pthread_mutex_lock(&m->lock);
    was_empty = m->n == 0;
    taken = m->n < max;
    if (taken) {
        *m->last = l;
        m->last = &l->next;
        m->n++;
    }
    pthread_mutex_unlock(&m->lock);
    if (!taken)
        free(l);
    else if (was_empty && m->wake)
        m->wake(m->wake_ctx);
    return taken;
}

bool
mailbox_post(struct mailbox *m, mailbox_fn fn, void *ctx)
{
    return post(m, fn, ctx, m->max);
}

bool
mailbox_offer(struct mailbox *m, mailbox_fn fn, void *ctx)
{
    return post(m, fn, ctx, m->max / 2);
}

void
mailbox_must_post(struct mailbox *m, mailbox_fn fn, void *ctx)
{
    (void)post(m, fn, ctx, SIZE_MAX);
}

bool
mailbox_run(struct mailbox *m)
{
    struct letter *l;

    pthread_mutex_lock(&m->lock);
    l = m->first;
    m->first = NULL;
    m->last = &m->first;
    m->n = 0;
    pthread_mutex_unlock(&m->lock);
    if (!l)
        return false;
    while (l) {
        struct letter *next = l->next;

        l->fn(l->ctx);
        free(l);
        l = next;
    }
    return true;
}

size_t
mailbox_length(struct mailbox *m)
{
    size_t n;

    pthread_mutex_lock(&m->lock);
    n = m->n;
    pthread_mutex_unlock(&m->lock);
    return n;
}
