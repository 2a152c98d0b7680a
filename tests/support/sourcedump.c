#include "tests/support/sourcedump.h"

#include "promql/gofloat.h"
#include "promql/value.h"

#include <inttypes.h>
#include <stdlib.h>

enum { MAX_SERIES = 1000000, MAX_BYTES = 1 << 28 };

static void
must(enum status s)
{
    if (s)
        abort();
}

static bool
put_samples(const struct sourcedump *d, const struct source_column *c, struct text *to)
{
    bool any = false;

    for (size_t i = 0; i < c->n; i++) {
        if (value_is_absent(c->value[i]) && d->without_markers)
            continue;
        any = true;
        text_putc(to, ' ');
        if (value_is_absent(c->value[i]))
            text_puts(to, "stale");
        else
            gofloat_put_g(to, c->value[i]);
        text_printf(to, "@%" PRId64, c->t_ms[i] - d->origin_ms);
    }
    return any;
}

static int
compare(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static char *
dump(struct source_reader *r, const struct matcher *m, const struct sourcedump *d, struct arena *a)
{
    struct source_query     q = {.matchers = m,
                                 .n_matchers = 1,
                                 .min_ms = d->min_ms,
                                 .max_ms = d->max_ms,
                                 .max_series = MAX_SERIES};
    struct source_selection found;
    struct source_scratch   scratch = {0};
    struct labels_pool      pool;
    struct text             t;
    struct slice           *lines;
    size_t                  n = 0;

    must(r->select(r, &q, a, &found, NULL));
    labels_pool_init(&pool, a, r->symbols, MAX_BYTES);
    lines = arena_array(a, found.n + 1, sizeof *lines);
    text_init(&t, MAX_BYTES);
    for (size_t i = 0; i < found.n; i++) {
        struct source_column c;

        must(r->read(r, &found.series[i], d->min_ms, d->max_ms, &scratch, &c, NULL));
        text_clear(&t);
        labels_write_series(&pool, found.series[i].labels, &t);
        if (put_samples(d, &c, &t))
            lines[n++] = arena_slice(a, text_slice(&t));
    }
    qsort(lines, n, sizeof *lines, compare);
    text_clear(&t);
    for (size_t i = 0; i < n; i++) {
        text_put(&t, lines[i]);
        text_putc(&t, '\n');
    }
    must(t.status);
    source_scratch_release(&scratch);
    return text_take(&t, &(size_t){0});
}

char *
sourcedump_text(struct source source, const struct sourcedump *d)
{
    struct source_reader *r;
    struct matcher        m;
    struct arena          arena = {0};
    char                 *out;

    must(matcher_init(&m, MATCHER_NOT_REGEX, SLICE_LITERAL("__name__"),
                      slice_of(d->not_name ? d->not_name : ""), NULL));
    must(source.open(source.self, &r, NULL));
    out = dump(r, &m, d, &arena);
    r->close(r);
    matcher_release(&m);
    arena_release(&arena);
    return out;
}
