#include "webhooks/eventstream.h"

#include "base/heap.h"
#include "base/text.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct event {
    char   ns[VIEW_NAME_BYTES], run[ULID_BYTES];
    char  *bytes;
    size_t n;
};

struct eventstream_reader {
    struct eventstream       *stream;
    struct eventstream_filter filter;
    struct eventstream_sleep  sleep;
    uint64_t                  next;  /* number of the event to read */
    size_t                    given; /* bytes of it that were read before */
    int64_t                   joined_ms, spoke_ms;
    bool                      greeted, reset, asleep, over;
};

/* Events have numbers first to next - 1 and stand at their number modulo the
 * ring's size. */
struct eventstream {
    const struct clock        *clock;
    pthread_mutex_t            lock;
    struct event               ring[EVENTSTREAM_EVENTS];
    uint64_t                   first, next;
    size_t                     bytes;
    int64_t                    epoch_ms; /* wall, of the start: part of each id */
    int64_t                    left_ms;  /* when the last reader left; -1: none ever did */
    struct eventstream_reader *readers[EVENTSTREAM_READERS];
    size_t                     n_readers;
    bool                       closed;
};

struct eventstream *
eventstream_new(const struct clock *clock)
{
    struct eventstream *s = heap_new(1, sizeof *s);

    s->clock = clock;
    s->epoch_ms = clock_wall_ms(clock);
    s->first = s->next = 1;
    s->left_ms = -1;
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

static struct event *
at(struct eventstream *s, uint64_t number)
{
    return &s->ring[number % EVENTSTREAM_EVENTS];
}

static void
drop_first(struct eventstream *s)
{
    struct event *e = at(s, s->first++);

    s->bytes -= e->n;
    free(e->bytes);
    e->bytes = NULL;
}

void
eventstream_free(struct eventstream *s)
{
    if (!s)
        return;
    while (s->first < s->next)
        drop_first(s);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* The lock is held. */
static bool
wanted(struct eventstream *s)
{
    return s->n_readers > 0 ||
           (s->left_ms >= 0 && clock_mono_ms(s->clock) - s->left_ms < EVENTSTREAM_LINGER_MS);
}

size_t
eventstream_readers(struct eventstream *s)
{
    size_t n;

    pthread_mutex_lock(&s->lock);
    n = s->n_readers;
    pthread_mutex_unlock(&s->lock);
    return n;
}

bool
eventstream_wanted(struct eventstream *s)
{
    bool yes;

    pthread_mutex_lock(&s->lock);
    yes = wanted(s);
    if (!yes) {
        while (s->first < s->next)
            drop_first(s);
        s->first = ++s->next;
    }
    pthread_mutex_unlock(&s->lock);
    return yes;
}

void
eventstream_tell(struct eventstream *s, const char *event, const char *ns, const char *run,
                 struct slice data)
{
    struct text   t;
    struct event *e;

    text_init(&t, EVENTSTREAM_EVENT_BYTES);
    pthread_mutex_lock(&s->lock);
    text_printf(&t, "id: %" PRIX64 "-%" PRIu64 "\nevent: %s\ndata: ", (uint64_t)s->epoch_ms,
                s->next, event);
    text_put(&t, data);
    text_puts(&t, "\n\n");
    if (t.status == STATUS_OK) {
        while (s->first < s->next &&
               (s->next - s->first == EVENTSTREAM_EVENTS || s->bytes + t.n > EVENTSTREAM_BYTES))
            drop_first(s);
        e = at(s, s->next);
        snprintf(e->ns, sizeof e->ns, "%s", ns);
        snprintf(e->run, sizeof e->run, "%s", run);
        e->bytes = text_take(&t, &e->n);
        s->bytes += e->n;
        s->next++;
    }
    pthread_mutex_unlock(&s->lock);
    text_release(&t);
}

/* Where a reader that has seen id goes on; 0: that is not known. */
static uint64_t
after_id(const struct eventstream *s, struct slice id)
{
    char         epoch[24];
    struct slice head = slice_cut(&id, '-');
    uint64_t     seen;

    snprintf(epoch, sizeof epoch, "%" PRIX64, (uint64_t)s->epoch_ms);
    if (!slice_is(head, epoch) || slice_u64(id, &seen) || seen + 1 < s->first || seen >= s->next)
        return 0;
    return seen + 1;
}

struct eventstream_reader *
eventstream_join(struct eventstream *s, const struct eventstream_filter *filter,
                 struct slice last_id)
{
    struct eventstream_reader *r = heap_new(1, sizeof *r);
    uint64_t                   next = 0;

    r->stream = s;
    r->filter = *filter;
    pthread_mutex_lock(&s->lock);
    if (s->closed || s->n_readers == EVENTSTREAM_READERS) {
        pthread_mutex_unlock(&s->lock);
        free(r);
        return NULL;
    }
    if (last_id.n)
        next = after_id(s, last_id);
    r->reset = last_id.n && !next;
    r->next = next ? next : s->next;
    r->joined_ms = r->spoke_ms = clock_mono_ms(s->clock);
    s->readers[s->n_readers++] = r;
    pthread_mutex_unlock(&s->lock);
    return r;
}

void
eventstream_leave(struct eventstream_reader *r)
{
    struct eventstream *s;
    size_t              i = 0;

    if (!r)
        return;
    s = r->stream;
    pthread_mutex_lock(&s->lock);
    while (s->readers[i] != r)
        i++;
    s->readers[i] = s->readers[--s->n_readers];
    s->left_ms = clock_mono_ms(s->clock);
    pthread_mutex_unlock(&s->lock);
    free(r);
}

void
eventstream_attach(struct eventstream_reader *r, const struct eventstream_sleep *sleep)
{
    r->sleep = *sleep;
}

static bool
concerns(const struct eventstream_reader *r, const struct event *e)
{
    const struct eventstream_filter *f = &r->filter;

    return (!*f->ns || !strcmp(f->ns, e->ns)) && (!*f->run || !strcmp(f->run, e->run)) &&
           (f->grant.n_namespaces == 0 || token_covers(&f->grant, slice_of(e->ns)));
}

/* Step over what does not concern r; whether an event is left that does. */
static bool
find_next(struct eventstream_reader *r)
{
    struct eventstream *s = r->stream;

    while (r->next < s->next && !concerns(r, at(s, r->next)))
        r->next++;
    return r->next < s->next;
}

struct output {
    char  *p;
    size_t n, max;
};

static bool
put(struct output *o, struct slice bytes)
{
    if (bytes.n > o->max - o->n)
        return false;
    memcpy(o->p + o->n, bytes.p, bytes.n);
    o->n += bytes.n;
    return true;
}

static void
put_last(struct eventstream_reader *r, struct output *o, const char *why)
{
    r->over = put(o, slice_of(why));
}

/* The next event, or what is left of it.  A piece goes where no more has room: how much
 * the caller's buffer takes depends on how long its request was. */
static bool
put_next(struct eventstream_reader *r, struct output *o)
{
    const struct event *e = at(r->stream, r->next);
    struct slice        rest = {e->bytes + r->given, e->n - r->given};

    if (put(o, rest)) {
        r->next++;
        r->given = 0;
        return true;
    }
    if (o->n == 0) {
        rest.n = o->max;
        (void)put(o, rest);
        r->given += rest.n;
    }
    return false;
}

/* The lock is held. */
static void
fill(struct eventstream_reader *r, struct output *o, int64_t now_ms)
{
    struct eventstream *s = r->stream;

    if (!r->greeted)
        r->greeted = put(o, SLICE_LITERAL("retry: 2000\n\n"));
    if (r->reset)
        r->reset = !put(o, SLICE_LITERAL("event: reset\ndata: {}\n\n"));
    if (r->next < s->first && r->given) {
        r->over = true; /* without its end an event is none; a word would belong to it */
        return;
    }
    if (r->next < s->first) {
        put_last(r, o, ": too slow: events are missing; come back with Last-Event-ID\n\n");
        return;
    }
    while (find_next(r))
        if (!put_next(r, o))
            return;
    if (now_ms - r->joined_ms >= EVENTSTREAM_LONGEST_MS)
        put_last(r, o, ": that was all of this answer; come back with Last-Event-ID\n\n");
    else if (o->n == 0 && now_ms - r->spoke_ms >= EVENTSTREAM_BEAT_MS)
        (void)put(o, SLICE_LITERAL(": still here\n\n"));
}

ptrdiff_t
eventstream_read(struct eventstream_reader *r, char *out, size_t max)
{
    struct eventstream *s = r->stream;
    struct output       o = {.p = out, .max = max};
    int64_t             now_ms = clock_mono_ms(s->clock);
    ptrdiff_t           n = -1;

    pthread_mutex_lock(&s->lock);
    if (!r->over && !s->closed) {
        fill(r, &o, now_ms);
        n = o.n == 0 && r->over ? -1 : (ptrdiff_t)o.n;
        if (n > 0) {
            r->spoke_ms = now_ms;
        } else if (n == 0) {
            r->asleep = true;
            r->sleep.suspend(r->sleep.connection);
        }
    }
    pthread_mutex_unlock(&s->lock);
    return n;
}

static bool
has_something(struct eventstream_reader *r, int64_t now_ms)
{
    return r->stream->closed || r->next < r->stream->first || find_next(r) ||
           now_ms - r->spoke_ms >= EVENTSTREAM_BEAT_MS ||
           now_ms - r->joined_ms >= EVENTSTREAM_LONGEST_MS;
}

void
eventstream_pump(struct eventstream *s)
{
    int64_t now_ms = clock_mono_ms(s->clock);

    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n_readers; i++) {
        struct eventstream_reader *r = s->readers[i];

        if (!r->asleep || !has_something(r, now_ms))
            continue;
        r->asleep = false;
        r->sleep.resume(r->sleep.connection);
    }
    pthread_mutex_unlock(&s->lock);
}

void
eventstream_close(struct eventstream *s)
{
    pthread_mutex_lock(&s->lock);
    s->closed = true;
    pthread_mutex_unlock(&s->lock);
}
