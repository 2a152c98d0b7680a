#include "telemetry/tsdbtop.h"

#include "base/heap.h"
#include "telemetry/tsdbreader.h"

#include <stdlib.h>

/* Borrowed texts, until the pin goes. */
struct row {
    struct slice name, value; /* the value of pairs only */
    uint64_t     count;
};

struct rows {
    struct row *at;
    size_t      n, cap;
};

static void
push(struct rows *r, struct row row)
{
    if (!row.count)
        return;
    if (r->n == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 256;
        r->at = heap_grow(r->at, r->cap, sizeof *r->at);
    }
    r->at[r->n++] = row;
}

static int
compare(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int               order;

    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    order = slice_compare(x->name, y->name);
    return order ? order : slice_compare(x->value, y->value);
}

static void
visit_name(const struct tsdbindex *x, uint32_t name, enum tsdb_top_kind kind, struct rows *rows)
{
    struct row                      all = {.name = symbols_text(x->symbols, name)};
    const struct tsdbindex_posting *p = tsdbindex_posting(x, (struct label){name, SYMBOLS_EMPTY});

    while (p && (p = atomic_load_explicit(&p->next, memory_order_acquire))) {
        uint64_t     n = atomic_load_explicit(&p->n_series, memory_order_relaxed);
        struct slice value = symbols_text(x->symbols, p->label.value);

        switch (kind) {
        case TSDB_TOP_SERIES_BY_METRIC:
            if (name == x->metric_name)
                push(rows, (struct row){.name = value, .count = n});
            break;
        case TSDB_TOP_SERIES_BY_PAIR:
            push(rows, (struct row){.name = all.name, .value = value, .count = n});
            break;
        case TSDB_TOP_VALUES_BY_LABEL:
            all.count += n > 0;
            break;
        case TSDB_TOP_BYTES_BY_LABEL:
            all.count += n ? value.n : 0;
            break;
        }
    }
    push(rows, all);
}

static void
write_row(const struct row *row, bool pair, struct tsdb_top *out)
{
    struct slice part[] = {row->name, pair ? SLICE_LITERAL("=") : (struct slice){0}, row->value};
    size_t       at = 0;

    for (size_t i = 0; i < ARRAY_LEN(part); i++) {
        size_t n = part[i].n < sizeof out->name - 1 - at ? part[i].n : sizeof out->name - 1 - at;

        /* No character is cut in two. */
        while (n < part[i].n && n && ((unsigned char)part[i].p[n] & 0xc0) == 0x80)
            n--;
        if (n)
            memcpy(out->name + at, part[i].p, n);
        at += n;
    }
    out->name[at] = 0;
    out->count = row->count;
}

size_t
tsdbtop_run(struct tsdb *t, enum tsdb_top_kind kind, struct tsdb_top *out, size_t n)
{
    struct tsdbepoch_pin            pin;
    struct rows                     rows = {0};
    const struct tsdbindex         *x;
    const struct tsdbindex_posting *p;

    tsdbepoch_pin(&t->w.epoch, &pin);
    x = tsdbreader_index(t, pin.seq);
    for (p = atomic_load_explicit(&x->names, memory_order_acquire); p;
         p = atomic_load_explicit(&p->next, memory_order_acquire))
        visit_name(x, p->label.name, kind, &rows);
    if (rows.n)
        qsort(rows.at, rows.n, sizeof *rows.at, compare);
    if (n > rows.n)
        n = rows.n;
    for (size_t i = 0; i < n; i++)
        write_row(&rows.at[i], kind == TSDB_TOP_SERIES_BY_PAIR, &out[i]);
    tsdbepoch_unpin(&t->w.epoch, &pin);
    free(rows.at);
    return n;
}
