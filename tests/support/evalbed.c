#include "tests/support/evalbed.h"

#include "base/heap.h"
#include "promql/parser.h"
#include "tests/support/packed.h"

#include <assert.h>
#include <stdlib.h>

enum { MINUTE_MS = 60000, MAX_LABELS = 8 };

struct counting_reader {
    struct source_reader  base;
    struct source_reader *inner;
    struct evalbed       *bed;
};

static enum status
count_select(struct source_reader *r, const struct source_query *q, struct arena *a,
             struct source_selection *out, struct err *err)
{
    struct counting_reader *c = (struct counting_reader *)r;

    c->bed->selects++;
    return c->inner->select(c->inner, q, a, out, err);
}

static enum status
count_read(struct source_reader *r, const struct source_series *s, int64_t min_ms, int64_t max_ms,
           struct source_scratch *scratch, struct source_column *out, struct err *err)
{
    struct counting_reader *c = (struct counting_reader *)r;

    c->bed->reads++;
    return c->inner->read(c->inner, s, min_ms, max_ms, scratch, out, err);
}

static size_t
pass_estimate(struct source_reader *r, const struct source_query *q)
{
    struct counting_reader *c = (struct counting_reader *)r;

    return c->inner->estimate(c->inner, q);
}

static void
count_close(struct source_reader *r)
{
    struct counting_reader *c = (struct counting_reader *)r;

    c->bed->closes++;
    c->inner->close(c->inner);
    free(c);
}

static enum status
count_open(void *self, struct source_reader **out, struct err *err)
{
    struct evalbed         *b = self;
    struct counting_reader *c = heap_new(1, sizeof *c);
    enum status             rc = b->inner.open(b->inner.self, &c->inner, err);

    assert(!rc);
    b->opens++;
    c->bed = b;
    c->base = (struct source_reader){
        .symbols = c->inner->symbols,
        .select = count_select,
        .read = count_read,
        .estimate = pass_estimate,
        .close = count_close,
    };
    *out = &c->base;
    return STATUS_OK;
}

void
evalbed_init(struct evalbed *b)
{
    *b = (struct evalbed){.series = memsource_new()};
    b->inner = memsource_source(b->series);
    b->source = (struct source){count_open, b};
    text_init(&b->answer, 1 << 16);
}

void
evalbed_release(struct evalbed *b)
{
    assert(b->opens == b->closes);
    text_release(&b->answer);
    memsource_free(b->series);
}

void
evalbed_pack(struct evalbed *b)
{
    b->unpacked = b->inner;
    b->inner = packed_source(&b->unpacked);
}

void
evalbed_add(struct evalbed *b, const char *name, const char *labels, const char *points)
{
    struct memsource_label list[MAX_LABELS] = {{SLICE_LITERAL("__name__"), slice_of(name)}};
    struct slice           rest = slice_of(labels), values = slice_of(points);
    size_t                 n = 1, series;
    struct err             err = {0};
    enum status            rc;

    while (rest.n) {
        struct slice value = slice_cut(&rest, ','), label = slice_cut(&value, '=');
        assert(n < MAX_LABELS);
        list[n++] = (struct memsource_label){label, value};
    }
    rc = memsource_series(b->series, list, n, &series, &err);
    assert(!rc);
    for (int64_t t = 0; values.n; t += MINUTE_MS) {
        struct slice word = slice_cut(&values, ' ');
        double       v = value_absent();
        if (slice_is(word, "_"))
            continue;
        rc = slice_is(word, "s") ? STATUS_OK : slice_double(word, &v);
        assert(!rc);
        rc = memsource_add(b->series, series, t, v, &err);
        assert(!rc);
    }
}

static void
put_value(struct text *to, const struct eval_result *r)
{
    const struct value *v = &r->value;

    if (v->kind == VALUE_SCALAR)
        text_double(to, v->scalar);
    if (v->kind == VALUE_STRING)
        text_printf(to, "\"%.*s\"", SLICE_ARG(v->string));
    for (size_t i = 0; i < v->n_series && v->kind != VALUE_SCALAR; i++) {
        const struct value_series *s = &v->series[i];
        text_puts(to, i ? "; " : "");
        labels_write_series(r->pool, labels_of(r->pool, s->labels), to);
        for (size_t k = 0; k < s->n; k++) {
            text_putc(to, ' ');
            text_double(to, s->v[k]);
            if (v->kind == VALUE_MATRIX) {
                text_putc(to, '@');
                text_double(to, (double)s->t_ms[k] / 1000);
            }
        }
    }
    for (size_t i = 0; i < r->notes.n; i++)
        text_printf(to, "%s[%.*s]", to->n ? " " : "", SLICE_ARG(r->notes.at[i].text));
}

const char *
evalbed_ask(struct evalbed *b, const char *query, enum status *rc)
{
    struct arena       arena = {0};
    struct node       *tree;
    struct eval_result result = {0};

    text_clear(&b->answer);
    b->err = (struct err){0};
    b->selects = b->reads = 0;
    *rc = parser_parse(&arena, slice_of(query), &tree, NULL, &b->err);
    if (!*rc)
        *rc = eval_run(tree, slice_of(query), &b->source, &b->request, &arena, &result, &b->err);
    b->stats = result.stats;
    if (*rc)
        text_puts(&b->answer, b->err.text);
    else
        put_value(&b->answer, &result);
    eval_close(&result);
    arena_release(&arena);
    return b->answer.p;
}
