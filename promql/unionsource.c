#include "promql/unionsource.h"

#include "base/heap.h"

#include <pthread.h>
#include <stdlib.h>

enum { MAX_TEXT_BYTES = 1 << 30, NOT_LOW = SYMBOLS_MAX };

/* What is known of the symbols of the sources, as long as each keeps its table.
 * Only grows, so that what was true for a reader stays true. */
struct book {
    uint32_t        users;  /* readers, and the union itself */
    uint64_t       *serial; /* of each source's table */
    struct symbols *own;    /* texts of all sources but the first */
    uint32_t       *low_of; /* by own symbol: the first source's, or NOT_LOW */
    uint32_t        n_own, cap_own;
    uint32_t        n_low; /* the first source's symbols that have been looked for in own */
    struct known {
        uint32_t *own_of; /* by symbol */
        uint32_t  n, cap;
    } * known;
};

struct unionsource {
    struct source   *sources;
    size_t           n;
    struct symbols  *nothing;
    pthread_rwlock_t lock; /* of the book: whoever translates reads */
    struct book     *book;
};

struct union_reader {
    struct source_reader  base;
    struct unionsource   *u;
    struct book          *book;
    struct symbols       *view;
    uint32_t              n_low;
    size_t                n;
    struct source_reader *readers[];
};

/* What a handle points at. */
struct inner {
    struct source_series  series;
    struct source_reader *reader;
};

struct unionsource *
unionsource_new(const struct source *sources, size_t n)
{
    struct unionsource *u = heap_new(1, sizeof *u);

    u->sources = heap_new(n + 1, sizeof *sources);
    if (n)
        memcpy(u->sources, sources, n * sizeof *sources);
    u->n = n;
    u->nothing = symbols_new(0);
    (void)pthread_rwlock_init(&u->lock, NULL);
    return u;
}

static void
let_go(struct unionsource *u, struct book *b)
{
    if (!b || --b->users)
        return;
    for (size_t i = 0; i < u->n; i++)
        free(b->known[i].own_of);
    free(b->known);
    free(b->low_of);
    free(b->serial);
    symbols_free(b->own);
    free(b);
}

void
unionsource_free(struct unionsource *u)
{
    if (!u)
        return;
    let_go(u, u->book);
    symbols_free(u->nothing);
    (void)pthread_rwlock_destroy(&u->lock);
    free(u->sources);
    free(u);
}

static struct book *
new_book(const struct union_reader *r)
{
    struct book *b = heap_new(1, sizeof *b);

    b->users = 1;
    b->own = symbols_new(MAX_TEXT_BYTES);
    b->serial = heap_new(r->n, sizeof *b->serial);
    b->known = heap_new(r->n, sizeof *b->known);
    for (size_t i = 0; i < r->n; i++)
        b->serial[i] = symbols_serial(r->readers[i]->symbols);
    b->n_low = symbols_count(r->readers[0]->symbols);
    return b;
}

static bool
is_current(const struct book *b, const struct union_reader *r)
{
    for (size_t i = 0; i < r->n && b; i++)
        if (b->serial[i] != symbols_serial(r->readers[i]->symbols))
            return false;
    return b;
}

/* The own symbol of a text, and whether the first source has it as well. */
static enum status
note_text(struct book *b, const struct symbols *low, struct slice text, uint32_t *own,
          struct err *err)
{
    enum status st = symbols_add(b->own, text, own, err);

    for (; !st && b->n_own <= *own; b->n_own++) {
        if (b->n_own == b->cap_own) {
            b->cap_own = b->cap_own ? 2 * b->cap_own : 64;
            b->low_of = heap_grow(b->low_of, b->cap_own, sizeof *b->low_of);
        }
        if (!symbols_find(low, symbols_text(b->own, b->n_own), &b->low_of[b->n_own]))
            b->low_of[b->n_own] = NOT_LOW;
    }
    return st;
}

static enum status
note_source(struct book *b, const struct symbols *low, struct known *k, const struct symbols *s,
            struct err *err)
{
    enum status st = STATUS_OK;
    uint32_t    n = symbols_count(s);

    if (n > k->cap) {
        k->cap = n + n / 2;
        k->own_of = heap_grow(k->own_of, k->cap, sizeof *k->own_of);
    }
    for (; k->n < n && !st; k->n += !st)
        st = note_text(b, low, symbols_text(s, k->n), &k->own_of[k->n], err);
    return st;
}

/* All that the tables have by now. */
static enum status
bring_up_to_date(struct book *b, const struct union_reader *r, struct err *err)
{
    const struct symbols *low = r->readers[0]->symbols;
    enum status           st = STATUS_OK;
    uint32_t              own;

    for (; b->n_low < r->n_low; b->n_low++)
        if (symbols_find(b->own, symbols_text(low, b->n_low), &own))
            b->low_of[own] = b->n_low;
    for (size_t i = 1; i < r->n && !st; i++)
        if (r->readers[i]->symbols != low)
            st = note_source(b, low, &b->known[i], r->readers[i]->symbols, err);
    return st;
}

static enum status
take_book(struct union_reader *r, struct err *err)
{
    struct unionsource *u = r->u;
    enum status         st;

    (void)pthread_rwlock_wrlock(&u->lock);
    if (!is_current(u->book, r)) {
        let_go(u, u->book);
        u->book = new_book(r);
    }
    r->n_low = symbols_count(r->readers[0]->symbols);
    st = bring_up_to_date(u->book, r, err);
    if (!st) {
        r->book = u->book;
        r->book->users++;
        r->view = symbols_view(r->readers[0]->symbols, r->n_low, u->book->own,
                               symbols_count(u->book->own));
    }
    (void)pthread_rwlock_unlock(&u->lock);
    return st;
}

static void
union_close(struct source_reader *base)
{
    struct union_reader *r = (struct union_reader *)base;

    if (r->book) {
        (void)pthread_rwlock_wrlock(&r->u->lock);
        let_go(r->u, r->book);
        (void)pthread_rwlock_unlock(&r->u->lock);
    }
    symbols_free(r->view);
    for (size_t i = 0; i < r->n; i++)
        r->readers[i]->close(r->readers[i]);
    free(r);
}

/* A symbol that the first source's table got after open() is not the view's: the
 * own one stands for its text there. */
static uint32_t
translated(const struct union_reader *r, const struct known *k, uint32_t symbol)
{
    uint32_t own = k->own_of[symbol], low = r->book->low_of[own];

    return low < r->n_low ? low : r->n_low + own;
}

static void
translate(const struct union_reader *r, size_t i, struct source_selection *found, struct arena *a)
{
    struct source_series *to = arena_array(a, found->n, sizeof *to);

    (void)pthread_rwlock_rdlock(&r->u->lock);
    for (size_t k = 0; k < found->n; k++) {
        struct labels from = found->series[k].labels;
        struct label *at = arena_array(a, from.n, sizeof *at);

        for (uint32_t j = 0; j < from.n; j++) {
            at[j].name = translated(r, &r->book->known[i], from.at[j].name);
            at[j].value = translated(r, &r->book->known[i], from.at[j].value);
        }
        to[k] = (struct source_series){{at, from.n}, found->series[k].handle};
    }
    (void)pthread_rwlock_unlock(&r->u->lock);
    found->series = to;
}

/* One after the other; of equal labels the first. */
static struct source_selection
put_together(const struct union_reader *r, const struct source_selection *raw,
             const struct source_selection *found, size_t total, struct arena *a)
{
    struct source_series *to = arena_array(a, total, sizeof *to);
    struct inner         *inner = arena_array(a, total, sizeof *inner);
    struct labels_pool    pool;
    size_t                n = 0;

    labels_pool_init(&pool, a, NULL, SIZE_MAX);
    for (size_t i = 0; i < r->n; i++) {
        for (size_t k = 0; k < found[i].n; k++) {
            struct labels set = found[i].series[k].labels;

            if (found[i].n < total) { /* others have some as well */
                uint32_t known = pool.n_sets;
                if (labels_id(&pool, set) < known)
                    continue;
            }
            inner[n] = (struct inner){raw[i].series[k], r->readers[i]};
            to[n] = (struct source_series){set, (uintptr_t)&inner[n]};
            n++;
        }
    }
    return (struct source_selection){to, n};
}

static enum status
union_select(struct source_reader *base, const struct source_query *q, struct arena *a,
             struct source_selection *out, struct err *err)
{
    struct union_reader     *r = (struct union_reader *)base;
    struct source_selection *raw = arena_array(a, r->n, sizeof *raw);
    struct source_selection *found = arena_array(a, r->n, sizeof *found);
    struct source_query      left = *q;
    size_t                   total = 0;

    for (size_t i = 0; i < r->n; i++) {
        enum status st = r->readers[i]->select(r->readers[i], &left, a, &raw[i], err);

        if (st)
            return st;
        found[i] = raw[i];
        if (found[i].n && r->readers[i]->symbols != r->readers[0]->symbols)
            translate(r, i, &found[i], a);
        total += found[i].n;
        left.max_series = q->max_series - total;
    }
    *out = put_together(r, raw, found, total, a);
    return STATUS_OK;
}

static enum status
union_read(struct source_reader *base, const struct source_series *s, int64_t min_ms,
           int64_t max_ms, struct source_scratch *scratch, struct source_column *out,
           struct err *err)
{
    const struct inner *in = (const struct inner *)(uintptr_t)s->handle;

    (void)base;
    return in->reader->read(in->reader, &in->series, min_ms, max_ms, scratch, out, err);
}

static size_t
union_estimate(struct source_reader *base, const struct source_query *q)
{
    struct union_reader *r = (struct union_reader *)base;
    size_t               sum = 0;

    for (size_t i = 0; i < r->n; i++)
        sum += r->readers[i]->estimate(r->readers[i], q);
    return sum;
}

static enum status
union_open(void *self, struct source_reader **out, struct err *err)
{
    struct unionsource  *u = self;
    struct union_reader *r = heap_new(1, sizeof *r + u->n * sizeof r->readers[0]);
    enum status          st = STATUS_OK;

    r->u = u;
    for (size_t i = 0; i < u->n && !st; i++) {
        st = u->sources[i].open(u->sources[i].self, &r->readers[i], err);
        r->n += !st;
    }
    if (!st && u->n)
        st = take_book(r, err);
    if (st) {
        union_close(&r->base);
        return st;
    }
    r->base = (struct source_reader){
        .symbols = r->view ? r->view : u->nothing,
        .select = union_select,
        .read = union_read,
        .estimate = union_estimate,
        .close = union_close,
    };
    *out = &r->base;
    return STATUS_OK;
}

struct source
unionsource_source(struct unionsource *u)
{
    return u->n == 1 ? u->sources[0] : (struct source){union_open, u};
}
