#include "webhooks/exchange.h"

#include "base/heap.h"
#include "webhooks/spare.h"

#include <stdlib.h>

static struct spare spares;

struct exchange *
exchange_new(struct slice target, void (*resume)(void *connection), void *connection)
{
    struct exchange *e = spare_take(&spares);

    if (!e) /* not zeroed: most of it is room for a long request target */
        e = heap_grow(NULL, 1, sizeof *e);
    e->req.method = REQUEST_OTHER;
    e->req.authorization = e->req.body = (struct slice){0};
    e->target_err.status = STATUS_OK;
    e->target_err.text[0] = '\0';
    e->route = NULL;
    e->whole_us = 0;
    e->started = e->listed = false;
    bodyin_init(&e->body);
    pthread_mutex_init(&e->lock, NULL);
    e->state = EXCHANGE_NEW;
    answer_init(&e->answer);
    answer_init(&e->late);
    atomic_init(&e->refs, 1);
    atomic_init(&e->gone, false);
    e->resume = resume;
    e->connection = connection;
    e->fd = -1;
    e->prev = e->next = NULL;
    e->deadline_ms = 0;
    (void)!request_target(&e->req, target, &e->target_err);
    e->req.gone = &e->gone;
    return e;
}

void
exchange_ref(struct exchange *e)
{
    atomic_fetch_add(&e->refs, 1);
}

void
exchange_unref(struct exchange *e)
{
    if (atomic_fetch_sub(&e->refs, 1) != 1)
        return;
    bodyin_release(&e->body);
    answer_release(&e->answer);
    answer_release(&e->late);
    pthread_mutex_destroy(&e->lock);
    spare_give(&spares, e);
}

/* answer becomes the exchange's if it is the first; the lock is held. */
static bool
give(struct exchange *e, struct answer *answer)
{
    bool wake = e->state == EXCHANGE_SUSPENDED;

    if (e->state == EXCHANGE_ANSWERED)
        return false;
    answer_release(&e->answer);
    e->answer = *answer;
    answer_init(answer);
    e->state = EXCHANGE_ANSWERED;
    if (wake)
        e->resume(e->connection);
    return true;
}

bool
exchange_done(void *ctx, struct answer *answer)
{
    struct exchange *e = ctx;
    bool             first;

    pthread_mutex_lock(&e->lock);
    first = give(e, answer);
    pthread_mutex_unlock(&e->lock);
    exchange_unref(e);
    return first;
}

void
exchange_expire(struct exchange *e)
{
    atomic_store(&e->gone, true);
    pthread_mutex_lock(&e->lock);
    (void)give(e, &e->late);
    pthread_mutex_unlock(&e->lock);
}

bool
exchange_suspend(struct exchange *e, void (*suspend)(void *connection))
{
    bool waits;

    pthread_mutex_lock(&e->lock);
    waits = e->state == EXCHANGE_NEW;
    if (waits) {
        e->state = EXCHANGE_SUSPENDED;
        suspend(e->connection);
    }
    pthread_mutex_unlock(&e->lock);
    return waits;
}
