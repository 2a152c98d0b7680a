#include "webhooks/waitlist.h"

#include <poll.h>

void
waitlist_init(struct waitlist *w)
{
    *w = (struct waitlist){0};
    pthread_mutex_init(&w->lock, NULL);
}

void
waitlist_release(struct waitlist *w)
{
    pthread_mutex_destroy(&w->lock);
}

bool
waitlist_add(struct waitlist *w, struct exchange *e, int64_t deadline_ms)
{
    bool open;

    pthread_mutex_lock(&w->lock);
    open = !w->closed;
    if (open) {
        e->deadline_ms = deadline_ms;
        e->listed = true;
        e->prev = NULL;
        e->next = w->head;
        if (e->next)
            e->next->prev = e;
        w->head = e;
    }
    pthread_mutex_unlock(&w->lock);
    return open;
}

void
waitlist_remove(struct waitlist *w, struct exchange *e)
{
    if (!e->listed)
        return;
    pthread_mutex_lock(&w->lock);
    if (e->prev)
        e->prev->next = e->next;
    else
        w->head = e->next;
    if (e->next)
        e->next->prev = e->prev;
    e->listed = false;
    pthread_mutex_unlock(&w->lock);
}

/* The first of those that wait too long, or NULL; the lock is held.  Its
 * deadline moves away, so that it is found once. */
static struct exchange *
next_overdue(struct waitlist *w, int64_t now_ms)
{
    for (struct exchange *e = w->head; e; e = e->next)
        if (e->deadline_ms != INT64_MAX && (w->closed || e->deadline_ms <= now_ms)) {
            e->deadline_ms = INT64_MAX;
            exchange_ref(e);
            return e;
        }
    return NULL;
}

void
waitlist_expire(struct waitlist *w, int64_t now_ms)
{
    for (;;) {
        struct exchange *e;

        pthread_mutex_lock(&w->lock);
        e = next_overdue(w, now_ms);
        pthread_mutex_unlock(&w->lock);
        if (!e)
            return;
        exchange_expire(e);
        exchange_unref(e);
    }
}

static void
notice_some(struct exchange **e, struct pollfd *p, nfds_t n)
{
    if (n == 0 || poll(p, n, 0) <= 0)
        return;
    for (nfds_t i = 0; i < n; i++)
        if (p[i].revents)
            atomic_store(&e[i]->gone, true);
}

/* Under the lock: who leaves the list only then loses its socket. */
void
waitlist_notice(struct waitlist *w)
{
    enum { AT_ONCE = 64 };
    struct exchange *some[AT_ONCE];
    struct pollfd    p[AT_ONCE];
    nfds_t           n = 0;

    pthread_mutex_lock(&w->lock);
    for (struct exchange *e = w->head; e; e = e->next) {
        if (e->fd < 0)
            continue;
        some[n] = e;
        p[n++] = (struct pollfd){.fd = e->fd, .events = POLLRDHUP};
        if (n == AT_ONCE) {
            notice_some(some, p, n);
            n = 0;
        }
    }
    notice_some(some, p, n);
    pthread_mutex_unlock(&w->lock);
}

void
waitlist_close(struct waitlist *w)
{
    pthread_mutex_lock(&w->lock);
    w->closed = true;
    pthread_mutex_unlock(&w->lock);
}

bool
waitlist_empty(struct waitlist *w)
{
    bool empty;

    pthread_mutex_lock(&w->lock);
    empty = !w->head;
    pthread_mutex_unlock(&w->lock);
    return empty;
}
