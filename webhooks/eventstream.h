/* eventstream.h - what happens to runs, as server-sent events for many at once.
 *
 * One ring of the newest events, in their bytes on the wire; a reader has a place
 * in it and no memory of its own.  Who is overtaken by the ring has been too slow
 * and is told so in a comment.  A reader with nothing to read is suspended, and
 * eventstream_pump() wakes those for whom there is something.
 *
 *     id: 18ABCDEF-42          the start of this process and a number
 *     event: verdict
 *     data: {"run": …}
 *
 * https://html.spec.whatwg.org/multipage/server-sent-events.html */
#ifndef WEBHOOKS_EVENTSTREAM_H
#define WEBHOOKS_EVENTSTREAM_H

#include "analyzer/view.h"
#include "base/clock.h"
#include "webhooks/token.h"

enum {
    EVENTSTREAM_READERS = 64,
    EVENTSTREAM_EVENTS = 4096,
    EVENTSTREAM_BYTES = 4 << 20,
    EVENTSTREAM_EVENT_BYTES = 8 << 10, /* a longer one is left out: no buffer takes it */
    EVENTSTREAM_BEAT_MS = 15000,       /* without a word there is a comment */
    EVENTSTREAM_LONGEST_MS = 600000,   /* then the reader comes back with its token */
    EVENTSTREAM_LINGER_MS = 60000,     /* events are kept so long after the last reader */
};

struct eventstream;
struct eventstream_reader;

/* The clock is borrowed. */
struct eventstream *eventstream_new(const struct clock *clock);
void                eventstream_free(struct eventstream *s); /* without readers; NULL is fine */

size_t eventstream_readers(struct eventstream *s); /* any thread */

/* Any thread; before each event.  False: nobody reads, or lately did, so that it need
 * not be told; who comes back later hears that something is missing. */
bool eventstream_wanted(struct eventstream *s);

/* Any thread.  data: one line of JSON; copied. */
void eventstream_tell(struct eventstream *s, const char *event, const char *ns, const char *run,
                      struct slice data);

/* Who hears what: only of the grant's namespaces; ns and run "": of any. */
struct eventstream_filter {
    struct token_grant grant;
    char               ns[VIEW_NAME_BYTES], run[ULID_BYTES];
};

/* From behind last_id on, or from now on where that is empty; where it is not in
 * the ring any more, the first event is "reset".  NULL: there are too many. */
struct eventstream_reader *eventstream_join(struct eventstream              *s,
                                            const struct eventstream_filter *filter,
                                            struct slice                     last_id);
void                       eventstream_leave(struct eventstream_reader *r); /* NULL is fine */

/* How the reader's connection sleeps and wakes; called with the lock held. */
struct eventstream_sleep {
    void (*suspend)(void *connection);
    void (*resume)(void *connection);
    void *connection;
};
void eventstream_attach(struct eventstream_reader *r, const struct eventstream_sleep *sleep);

/* Up to max bytes, over 100: whole events where they fit, else a piece of one.  0: nothing
 * now, and suspend was called.  -1: it is over. */
ptrdiff_t eventstream_read(struct eventstream_reader *r, char *out, size_t max);

/* Wake whoever has something to read; call it some times a second. */
void eventstream_pump(struct eventstream *s);

/* From now on nobody sleeps, and every reader ends. */
void eventstream_close(struct eventstream *s);

#endif
