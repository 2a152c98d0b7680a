#include "telemetry/tsdbseries.h"

#include "base/hash.h"
#include "base/heap.h"
#include "telemetry/tsdbpack.h"

#include <stdlib.h>

enum { AHEAD = 4, WIDEN_BY = 4, KEEP_OF_FORK = 48, KEEP_AS_THEY_ARE = 24 };

void
tsdbseries_writer_init(struct tsdbseries_writer *w)
{
    uint64_t quiet_nan = UINT64_C(0x7ff8) << 48;
    uint64_t bits = quiet_nan | hash_bytes(SLICE_LITERAL("absent")) >> 13;

    *w = (struct tsdbseries_writer){0};
    memcpy(&w->absent_mark, &bits, sizeof bits);
    tsdbepoch_init(&w->epoch);
}

void
tsdbseries_writer_release(struct tsdbseries_writer *w)
{
    tsdbepoch_release(&w->epoch);
    tsdbtimes_release(&w->recent);
    free(w->value);
    free(w->absent);
}

static struct tsdbseries_state *
newest(const struct tsdbseries *s)
{
    return atomic_load_explicit(&s->state, memory_order_relaxed);
}

static size_t
state_bytes(const struct tsdbseries_state *st)
{
    return tsdbepoch_cost(sizeof *st + st->n * sizeof st->at[0]);
}

static size_t
sealed_bytes(const struct block *b)
{
    return tsdbepoch_cost(block_bytes(b));
}

static void
end_plain(void *owner, void *p)
{
    (void)owner;
    free(p);
}

static void
end_hot(void *owner, void *p)
{
    tsdbhot_free(&((struct tsdbseries_writer *)owner)->recent, p);
}

static void
retire_hot(struct tsdbseries_writer *w, struct tsdbhot *h)
{
    if (!h)
        return;
    w->bytes_hot -= tsdbhot_bytes(h);
    tsdbepoch_retire(&w->epoch, h, tsdbhot_bytes(h), end_hot, w);
}

static void
retire_block(struct tsdbseries_writer *w, struct block *b)
{
    w->bytes_sealed -= sealed_bytes(b);
    tsdbepoch_retire(&w->epoch, b, sealed_bytes(b), end_plain, NULL);
}

static void
retire_state(struct tsdbseries_writer *w, struct tsdbseries_state *st)
{
    w->bytes_sealed -= state_bytes(st);
    tsdbepoch_retire(&w->epoch, st, state_bytes(st), end_plain, NULL);
}

static struct tsdbseries_state *
new_state(struct tsdbhot *hot, const struct tsdbseries_sealed *at, uint32_t n, uint32_t room)
{
    struct tsdbseries_state *st = heap_new(1, sizeof *st + (n + room) * sizeof st->at[0]);

    st->hot = hot;
    st->n = n;
    if (n)
        memcpy(st->at, at, n * sizeof *at);
    return st;
}

/* A state that was made since the last commit is skipped by all readers, but those
 * on their way to an older one may just be passing through it. */
static void
put_state(struct tsdbseries_writer *w, struct tsdbseries *s, struct tsdbseries_state *st)
{
    struct tsdbseries_state *old = newest(s);

    st->born = tsdbepoch_now(&w->epoch);
    st->older = old && old->born == st->born ? old->older : old;
    w->bytes_sealed += state_bytes(st);
    s->hot = st->hot;
    atomic_store_explicit(&s->state, st, memory_order_release);
    if (old)
        retire_state(w, old);
}

static void
add_block(struct tsdbseries_writer *w, struct tsdbseries_state *st, struct block *b,
          uint32_t samples)
{
    st->at[st->n++] = (struct tsdbseries_sealed){b, samples};
    w->bytes_sealed += sealed_bytes(b);
}

/* Four small blocks become one: it packs better and is found faster. */
static void
merge_blocks(struct tsdbseries_writer *w, struct tsdbseries_state *st)
{
    while (st->n >= TSDBPACK_MERGE) {
        struct tsdbseries_sealed *last = &st->at[st->n - TSDBPACK_MERGE];
        uint32_t                  samples = 0;

        for (int i = 0; i < TSDBPACK_MERGE; i++) {
            if (block_rows(last[i].block) > TSDBTIMES_KEEP)
                return;
            samples += last[i].samples;
        }
        struct block *b = tsdbpack_merge(w, last);
        for (int i = 0; i < TSDBPACK_MERGE; i++)
            retire_block(w, last[i].block);
        st->n -= TSDBPACK_MERGE;
        add_block(w, st, b, samples);
    }
}

/* The state with these rows of the old hot ones sealed. */
static void
replace_hot(struct tsdbseries_writer *w, struct tsdbseries *s, struct tsdbhot *hot, uint64_t rows)
{
    struct tsdbseries_state *old = newest(s);
    struct tsdbhot          *was = old->hot;
    struct tsdbseries_state *st = new_state(hot, old->at, old->n, 1);

    if (rows) {
        uint32_t      samples;
        struct block *b = tsdbpack_seal(w, was, rows, &samples);

        add_block(w, st, b, samples);
        merge_blocks(w, st);
    }
    if (hot)
        w->bytes_hot += tsdbhot_bytes(hot);
    put_state(w, s, st);
    retire_hot(w, was);
}

/* Which rows stay hot, in their order. */
struct kept {
    uint32_t n, row[TSDBTIMES_ROWS];
    int64_t  t_ms[TSDBTIMES_ROWS];
    uint64_t sealed; /* the other rows that have a cell */
    uint32_t rows;   /* of the new hot ones */
};

/* As long as most are there the newer half stays as it is, gaps included, and so
 * in step with others.  If not, this series is better off with times of its own. */
static void
choose(const struct tsdbhot *h, uint32_t most, struct kept *k)
{
    uint64_t any = tsdbhot_any(h), upper = any >> TSDBTIMES_KEEP << TSDBTIMES_KEEP;
    uint64_t stay = any;

    if (most == TSDBTIMES_KEEP && __builtin_popcountll(upper) >= KEEP_AS_THEY_ARE) {
        stay = UINT64_MAX << TSDBTIMES_KEEP;
        k->rows = atomic_load_explicit(&h->rows, memory_order_relaxed) - TSDBTIMES_KEEP;
    } else {
        while ((uint32_t)__builtin_popcountll(stay) > most)
            stay &= stay - 1;
        k->rows = (uint32_t)__builtin_popcountll(stay);
    }
    k->sealed = any & ~stay;
    k->n = 0;
    for (uint32_t row = 0; row < TSDBTIMES_ROWS; row++) {
        if (!(stay >> row & 1))
            continue;
        k->t_ms[k->n] = h->times->t_ms[row];
        k->row[k->n++] = row;
    }
}

static struct tsdbtimes *
times_for(struct tsdbseries_writer *w, const struct tsdbhot *h, const struct kept *k, int64_t t_ms)
{
    struct tsdbtimes *times = tsdbtimes_find(&w->recent, t_ms, k->t_ms, k->n);

    if (times && times != h->times) {
        tsdbtimes_ref(times);
        return times;
    }
    times = tsdbtimes_new(&w->recent);
    times->n = k->n;
    for (uint32_t i = 0; i < k->n; i++) {
        times->t_ms[i] = k->t_ms[i];
        times->seq[i] = h->times->seq[k->row[i]];
    }
    return times;
}

/* New hot rows, with room for one at t_ms.  Before their first row all is sealed. */
static struct tsdbhot *
renew_hot(struct tsdbseries_writer *w, struct tsdbseries *s, int64_t t_ms, uint32_t most)
{
    const struct tsdbhot *h = s->hot;
    struct kept           k;

    choose(h, most, &k);
    struct tsdbhot *hot = tsdbhot_new(times_for(w, h, &k, t_ms), s->w);
    for (uint32_t c = 0; c < s->w; c++) {
        uint64_t      bits = 0;
        const double *from = tsdbhot_column(h, c);
        double       *to = tsdbhot_column(hot, c);

        for (uint32_t i = 0; i < k.n; i++) {
            bits |= (uint64_t)tsdbhot_has(h, k.row[i], c) << i;
            to[i] = from[k.row[i]];
        }
        atomic_init(&hot->present[c], bits);
    }
    atomic_init(&hot->rows, k.rows);
    replace_hot(w, s, hot, k.sealed);
    return hot;
}

static struct tsdbhot *
first_hot(struct tsdbseries_writer *w, struct tsdbseries *s, int64_t t_ms)
{
    struct tsdbseries_state *old = newest(s);
    struct tsdbtimes        *times = tsdbtimes_find(&w->recent, t_ms, NULL, 0);

    if (times && times->seq[times->n - 1] == tsdbepoch_now(&w->epoch))
        tsdbtimes_ref(times);
    else
        times = tsdbtimes_new(&w->recent);
    struct tsdbhot *hot = tsdbhot_new(times, s->w);
    w->bytes_hot += tsdbhot_bytes(hot);
    put_state(w, s, new_state(hot, old ? old->at : NULL, old ? old->n : 0, 0));
    return hot;
}

/* The row of this time among rows [from, n); n: there is none. */
static uint32_t
find_row(const struct tsdbtimes *t, uint32_t from, int64_t t_ms)
{
    uint32_t n = t->n;

    while (n > from && t->t_ms[n - 1] > t_ms)
        n--;
    return n > from && t->t_ms[n - 1] == t_ms ? n - 1 : t->n;
}

/* The row of a time that is newer than all rows of the series. */
static uint32_t
next_row(struct tsdbseries_writer *w, struct tsdbseries *s, struct tsdbhot **h, int64_t t_ms)
{
    struct tsdbtimes *t = (*h)->times;
    uint32_t          rows = atomic_load_explicit(&(*h)->rows, memory_order_relaxed);
    uint32_t          row = find_row(t, rows, t_ms);

    if (row < t->n)
        return row;
    if (t->n && t->t_ms[t->n - 1] > t_ms)
        *h = renew_hot(w, s, t_ms, KEEP_OF_FORK);
    else if (t->n == TSDBTIMES_ROWS)
        *h = renew_hot(w, s, t_ms, TSDBTIMES_KEEP);
    t = (*h)->times;
    if (!t->n || t->t_ms[t->n - 1] != t_ms)
        tsdbtimes_add(&w->recent, t, t_ms, tsdbepoch_now(&w->epoch));
    return t->n - 1;
}

static enum tsdbseries_fit
compare(int64_t newest_ms, double newest_value, int64_t t_ms, double value)
{
    if (t_ms != newest_ms)
        return t_ms > newest_ms ? TSDBSERIES_NEWER : TSDBSERIES_OUT_OF_ORDER;
    return memcmp(&newest_value, &value, sizeof value) ? TSDBSERIES_DUPLICATE : TSDBSERIES_SAME;
}

enum tsdbseries_fit
tsdbseries_fit(struct tsdbseries_writer *w, const struct tsdbseries *s, uint32_t column,
               int64_t t_ms, double value)
{
    const struct tsdbseries_state *st;
    uint64_t                       bits = 0;
    double                         values[BLOCK_MAX_ROWS];

    if (t_ms > atomic_load_explicit(&s->last_ms, memory_order_relaxed))
        return TSDBSERIES_NEWER;
    if (s->hot)
        bits = atomic_load_explicit(&s->hot->present[column], memory_order_relaxed);
    if (bits) {
        int row = 63 - __builtin_clzll(bits);
        return compare(s->hot->times->t_ms[row], tsdbhot_column(s->hot, column)[row], t_ms, value);
    }
    st = newest(s);
    for (uint32_t i = st ? st->n : 0; i-- > 0;) {
        uint32_t n = block_read(st->at[i].block, column, INT64_MIN, INT64_MAX, w->t_ms, values);
        if (n)
            return compare(w->t_ms[n - 1], values[n - 1], t_ms, value);
    }
    return TSDBSERIES_NEWER;
}

bool
tsdbseries_append(struct tsdbseries_writer *w, struct tsdbseries *s, uint32_t column, int64_t t_ms,
                  double value)
{
    struct tsdbhot *h = s->hot;
    int64_t         last_ms = atomic_load_explicit(&s->last_ms, memory_order_relaxed);
    uint32_t        row;

    if (!h && t_ms <= last_ms)
        return false;
    if (!h)
        h = first_hot(w, s, t_ms);
    if (t_ms <= last_ms) {
        row = find_row(h->times, 0, t_ms);
        if (row >= atomic_load_explicit(&h->rows, memory_order_relaxed))
            return false;
    } else {
        row = next_row(w, s, &h, t_ms);
        atomic_store_explicit(&s->last_ms, t_ms, memory_order_relaxed);
    }
    if (column + AHEAD < h->w) /* buckets mostly come in order */
        __builtin_prefetch(tsdbhot_column(h, column + AHEAD) + row, 1);
    tsdbhot_put(&w->epoch, h, row, column, value);
    w->samples++;
    return true;
}

bool
tsdbseries_adopt(struct tsdbseries_writer *w, struct tsdbseries *s, struct block *b,
                 uint32_t samples)
{
    struct tsdbseries_state *old = newest(s);

    if (s->hot || block_columns(b) != s->w ||
        block_first_ms(b) <= atomic_load_explicit(&s->last_ms, memory_order_relaxed))
        return false;
    struct tsdbseries_state *st = new_state(NULL, old ? old->at : NULL, old ? old->n : 0, 1);
    add_block(w, st, b, samples);
    put_state(w, s, st);
    atomic_store_explicit(&s->last_ms, block_last_ms(b), memory_order_relaxed);
    w->samples += samples;
    return true;
}

bool
tsdbseries_can_widen(const struct tsdbseries_writer *w, const struct tsdbseries *s)
{
    const struct tsdbseries_state *st = newest(s);

    /* Those that moved out are marked by column, in an array of the width it was. */
    return s->born == tsdbepoch_now(&w->epoch) && (!st || (st->hot && !st->n)) &&
           !atomic_load_explicit(&s->moved, memory_order_relaxed);
}

void
tsdbseries_widen(struct tsdbseries_writer *w, struct tsdbseries *s)
{
    struct tsdbseries_state *st = newest(s);

    if (!st)
        return;
    if (st->hot->cap_w < s->w) {
        w->bytes_hot -= tsdbhot_bytes(st->hot);
        s->hot = st->hot = tsdbhot_widen(st->hot, s->w + WIDEN_BY - 1);
        w->bytes_hot += tsdbhot_bytes(st->hot);
    }
    st->hot->w = s->w;
}

void
tsdbseries_freeze(struct tsdbseries_writer *w, struct tsdbseries *s)
{
    const struct tsdbseries_state *st = newest(s);

    if (st && st->hot)
        replace_hot(w, s, NULL, tsdbhot_any(st->hot));
}

void
tsdbseries_forget(struct tsdbseries_writer *w, struct tsdbseries *s, int64_t before_ms)
{
    struct tsdbseries_state *old = newest(s);
    uint32_t                 gone = 0;

    while (old && gone < old->n && block_last_ms(old->at[gone].block) < before_ms)
        gone++;
    if (!gone)
        return;
    for (uint32_t i = 0; i < gone; i++) {
        w->samples -= old->at[i].samples;
        retire_block(w, old->at[i].block);
    }
    put_state(w, s, new_state(old->hot, old->at + gone, old->n - gone, 0));
}

static uint64_t
hot_samples(const struct tsdbhot *h)
{
    uint64_t n = 0;

    for (uint32_t k = 0; h && k < h->w; k++)
        n += (uint64_t)__builtin_popcountll(
            atomic_load_explicit(&h->present[k], memory_order_relaxed));
    return n;
}

void
tsdbseries_kill(struct tsdbseries_writer *w, struct tsdbseries *s)
{
    struct tsdbseries_state *st = newest(s);

    atomic_store_explicit(&s->dead, tsdbepoch_now(&w->epoch), memory_order_release);
    if (!st)
        return;
    w->samples -= hot_samples(st->hot);
    for (uint32_t i = 0; i < st->n; i++) {
        w->samples -= st->at[i].samples;
        retire_block(w, st->at[i].block);
    }
    retire_hot(w, st->hot);
    retire_state(w, st);
}

void
tsdbseries_free(struct tsdbseries_writer *w, struct tsdbseries *s)
{
    struct tsdbseries_state *st = newest(s);

    if (!st)
        return;
    for (uint32_t i = 0; i < st->n; i++)
        free(st->at[i].block);
    tsdbhot_free(&w->recent, st->hot);
    free(st);
}

int64_t
tsdbseries_first_ms(const struct tsdbseries *s)
{
    const struct tsdbseries_state *st = newest(s);
    uint64_t                       any = st && st->hot ? tsdbhot_any(st->hot) : 0;

    if (st && st->n)
        return block_first_ms(st->at[0].block);
    return any ? st->hot->times->t_ms[__builtin_ctzll(any)] : INT64_MAX;
}

const struct tsdbseries_state *
tsdbseries_seen(const struct tsdbseries *s, uint64_t seq)
{
    const struct tsdbseries_state *st = atomic_load_explicit(&s->state, memory_order_acquire);

    while (st && st->born > seq)
        st = st->older;
    return st;
}
