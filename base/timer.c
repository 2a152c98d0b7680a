#include "base/timer.h"

#include "base/heap.h"

#include <stdlib.h>

struct timer {
    int64_t  due_ms;
    uint64_t id; /* rises with every start: the order among equal times */
    timer_fn fn;
    void    *ctx;
};

/* A binary min-heap.  Cancel looks for its id from front to back: a few
 * thousand timers at most, and cancelling is rare next to firing. */
struct timer_set {
    const struct clock *clock;
    struct timer       *at;
    size_t              n, cap;
    uint64_t            last_id;
};

static bool
before(const struct timer *a, const struct timer *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->id < b->id;
}

static void
swap(struct timer *a, struct timer *b)
{
    struct timer t = *a;

    *a = *b;
    *b = t;
}

static void
sift_up(struct timer_set *s, size_t i)
{
    while (i > 0 && before(&s->at[i], &s->at[(i - 1) / 2])) {
        swap(&s->at[i], &s->at[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
}

static void
sift_down(struct timer_set *s, size_t i)
{
    for (;;) {
        size_t least = i;

        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < s->n; child++)
            if (before(&s->at[child], &s->at[least]))
                least = child;
        if (least == i)
            return;
        swap(&s->at[i], &s->at[least]);
        i = least;
    }
}

static void
remove_at(struct timer_set *s, size_t i)
{
    s->at[i] = s->at[--s->n];
    if (i < s->n) {
        sift_up(s, i);
        sift_down(s, i);
    }
}

static uint64_t
set_start(void *self, int64_t due_in_ms, timer_fn fn, void *ctx)
{
    struct timer_set *s = self;

    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 16;
        s->at = heap_grow(s->at, s->cap, sizeof *s->at);
    }
    s->at[s->n++] = (struct timer){
        .due_ms = clock_mono_ms(s->clock) + (due_in_ms > 0 ? due_in_ms : 0),
        .id = ++s->last_id,
        .fn = fn,
        .ctx = ctx,
    };
    sift_up(s, s->n - 1);
    return s->last_id;
}

static void
set_cancel(void *self, uint64_t id)
{
    struct timer_set *s = self;

    if (id == 0)
        return;
    for (size_t i = 0; i < s->n; i++)
        if (s->at[i].id == id) {
            remove_at(s, i);
            return;
        }
}

struct timer_set *
timer_set_new(const struct clock *clock)
{
    struct timer_set *s = heap_new(1, sizeof *s);

    s->clock = clock;
    return s;
}

void
timer_set_free(struct timer_set *s)
{
    if (!s)
        return;
    free(s->at);
    free(s);
}

struct timer_port
timer_set_port(struct timer_set *s)
{
    return (struct timer_port){.start = set_start, .cancel = set_cancel, .self = s};
}

int64_t
timer_set_wait_ms(const struct timer_set *s)
{
    int64_t wait;

    if (!s->n)
        return -1;
    wait = s->at[0].due_ms - clock_mono_ms(s->clock);
    return wait > 0 ? wait : 0;
}

void
timer_set_run(struct timer_set *s)
{
    const int64_t  now = clock_mono_ms(s->clock);
    const uint64_t newest = s->last_id;

    for (;;) {
        size_t       i = 0;
        struct timer due;

        /* Timers started meanwhile may stand at the top: look past them. */
        while (i < s->n && s->at[i].id > newest)
            i++;
        if (i > 0)
            for (size_t k = i + 1; k < s->n; k++)
                if (s->at[k].id <= newest && before(&s->at[k], &s->at[i]))
                    i = k;
        if (i >= s->n || s->at[i].due_ms > now)
            return;
        due = s->at[i];
        remove_at(s, i);
        due.fn(due.ctx);
    }
}

size_t
timer_set_count(const struct timer_set *s)
{
    return s->n;
}
