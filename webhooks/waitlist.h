/* waitlist.h - the exchanges whose answer is owed, each with a deadline. */
#ifndef WEBHOOKS_WAITLIST_H
#define WEBHOOKS_WAITLIST_H

#include "webhooks/exchange.h"

struct waitlist {
    pthread_mutex_t  lock;
    struct exchange *head;
    bool             closed;
};

void waitlist_init(struct waitlist *w);
void waitlist_release(struct waitlist *w);

/* False: the list is closed, do not suspend e. */
bool waitlist_add(struct waitlist *w, struct exchange *e, int64_t deadline_ms);

/* On the connection's thread; nothing happens where e is not listed. */
void waitlist_remove(struct waitlist *w, struct exchange *e);

/* Tell all that are overdue what is told then; of a closed list, all. */
void waitlist_expire(struct waitlist *w, int64_t now_ms);

/* Set gone of those whose caller closed the connection.  It sees the end of what
 * was sent, too: a caller that only shuts down its sending side has gone. */
void waitlist_notice(struct waitlist *w);

void waitlist_close(struct waitlist *w);
bool waitlist_empty(struct waitlist *w);

#endif
