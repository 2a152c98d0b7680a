#include "daemon/querytable.h"

#include "base/arena.h"
#include "base/clock.h"
#include "base/jsonout.h"

#include <stdlib.h>

struct table {
    struct slice name[QUERYTABLE_MAX_LABELS + 2];
    size_t       width[QUERYTABLE_MAX_LABELS + 2];
    size_t       n_labels, n; /* columns in all */
    bool         with_time;
};

static int
by_name(const void *a, const void *b)
{
    const struct slice *x = a, *y = b;
    const bool          x_first = slice_is(*x, "__name__"), y_first = slice_is(*y, "__name__");

    return x_first != y_first ? y_first - x_first : slice_compare(*x, *y);
}

static bool
add_column(struct table *t, struct slice name)
{
    for (size_t i = 0; i < t->n_labels; i++)
        if (slice_equal(t->name[i], name))
            return true;
    if (t->n_labels == QUERYTABLE_MAX_LABELS)
        return false;
    t->name[t->n_labels++] = name;
    return true;
}

/* Characters, not bytes, so that columns of UTF-8 text align. */
static size_t
width_of(struct slice s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

static void
widen(struct table *t, size_t column, struct slice s)
{
    const size_t w = width_of(s);

    if (w > t->width[column])
        t->width[column] = w;
}

/* The last column is not padded. */
static void
put_cell(const struct table *t, size_t column, struct slice s, struct text *out)
{
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];

        text_putc(out, c < 0x20 || c == 0x7f ? '?' : s.p[i]);
    }
    if (column + 1 == t->n) {
        text_putc(out, '\n');
        return;
    }
    text_printf(out, "%*s", (int)(t->width[column] - width_of(s)) + 2, "");
}

static struct slice
label_of(const struct promreply_series *s, struct slice name)
{
    for (size_t i = 0; i < s->n_labels; i++)
        if (slice_equal(s->labels[i].name, name))
            return s->labels[i].value;
    return (struct slice){0};
}

static struct slice
value_text(struct arena *a, double v)
{
    struct text  t;
    struct slice kept;

    text_init(&t, 64);
    text_double(&t, v);
    kept = arena_slice(a, text_slice(&t));
    text_release(&t);
    return kept;
}

static struct slice
time_text(struct arena *a, int64_t t_ms)
{
    char text[CLOCK_RFC3339_BYTES];

    clock_rfc3339(t_ms, text);
    return arena_slice(a, slice_of(text));
}

/* Walk all samples; without out only the columns' widths are found. */
static void
walk(struct table *t, const struct promreply *r, struct text *out)
{
    for (size_t i = 0; i < r->n_series; i++) {
        const struct promreply_series *s = &r->series[i];

        for (size_t k = 0; k < s->n_points; k++) {
            struct arena scratch = {0};

            for (size_t c = 0; c < t->n; c++) {
                struct slice cell;

                if (c < t->n_labels)
                    cell = label_of(s, t->name[c]);
                else if (c + 1 < t->n)
                    cell = time_text(&scratch, s->points[k].t_ms);
                else
                    cell = value_text(&scratch, s->points[k].value);
                if (out)
                    put_cell(t, c, cell, out);
                else
                    widen(t, c, cell);
            }
            arena_release(&scratch);
        }
    }
}

static enum status
print_series(const struct promreply *r, struct table *t, struct text *out, struct err *err)
{
    t->with_time = r->kind == PROMREPLY_MATRIX;
    for (size_t i = 0; i < r->n_series; i++)
        for (size_t k = 0; k < r->series[i].n_labels; k++)
            if (!add_column(t, r->series[i].labels[k].name))
                return err_set(err, STATUS_LIMIT,
                               "over %d different labels do not fit a table: ask for JSON",
                               QUERYTABLE_MAX_LABELS);
    qsort(t->name, t->n_labels, sizeof *t->name, by_name);
    t->n = t->n_labels;
    if (t->with_time)
        t->name[t->n++] = SLICE_LITERAL("TIME");
    t->name[t->n++] = SLICE_LITERAL("VALUE");
    for (size_t c = 0; c < t->n; c++)
        widen(t, c, t->name[c]);
    walk(t, r, NULL);
    for (size_t c = 0; c < t->n; c++)
        put_cell(t, c, t->name[c], out);
    walk(t, r, out);
    return STATUS_OK;
}

enum status
querytable_print(const struct promreply *reply, struct text *out, struct err *err)
{
    struct arena  scratch = {0};
    struct table *t = arena_new(&scratch, struct table);
    enum status   s = STATUS_OK;

    t->n = 1;

    switch (reply->kind) {
    case PROMREPLY_SCALAR:
        put_cell(t, 0, value_text(&scratch, reply->scalar.value), out);
        break;
    case PROMREPLY_STRING:
        put_cell(t, 0, reply->string, out);
        break;
    case PROMREPLY_VECTOR:
    case PROMREPLY_MATRIX:
        if (reply->n_series)
            s = print_series(reply, t, out, err);
        else
            text_puts(out, "no series\n");
        break;
    }
    arena_release(&scratch);
    return s;
}

static void
json_point(struct jsonout *j, const char *key, const struct promreply_point *p)
{
    struct arena scratch = {0};

    jsonout_begin_array(j, key);
    jsonout_double(j, NULL, (double)p->t_ms / 1000);
    jsonout_slice(j, NULL, value_text(&scratch, p->value));
    jsonout_end_array(j);
    arena_release(&scratch);
}

static void
json_series(struct jsonout *j, const struct promreply_series *s, bool matrix)
{
    struct arena scratch = {0};

    jsonout_begin_object(j, NULL);
    jsonout_begin_object(j, "metric");
    for (size_t i = 0; i < s->n_labels; i++)
        jsonout_slice(j, arena_text(&scratch, s->labels[i].name), s->labels[i].value);
    jsonout_end_object(j);
    if (matrix) {
        jsonout_begin_array(j, "values");
        for (size_t i = 0; i < s->n_points; i++)
            json_point(j, NULL, &s->points[i]);
        jsonout_end_array(j);
    } else {
        json_point(j, "value", &s->points[0]);
    }
    jsonout_end_object(j);
    arena_release(&scratch);
}

void
querytable_json(const struct promreply *reply, struct text *out)
{
    static const char *const kinds[] = {
        [PROMREPLY_VECTOR] = "vector",
        [PROMREPLY_MATRIX] = "matrix",
        [PROMREPLY_SCALAR] = "scalar",
        [PROMREPLY_STRING] = "string",
    };
    struct jsonout j;

    jsonout_init(&j, out);
    jsonout_begin_object(&j, NULL);
    jsonout_text(&j, "resultType", kinds[reply->kind]);
    switch (reply->kind) {
    case PROMREPLY_SCALAR:
        json_point(&j, "result", &reply->scalar);
        break;
    case PROMREPLY_STRING:
        jsonout_begin_array(&j, "result");
        jsonout_double(&j, NULL, (double)reply->scalar.t_ms / 1000);
        jsonout_slice(&j, NULL, reply->string);
        jsonout_end_array(&j);
        break;
    case PROMREPLY_VECTOR:
    case PROMREPLY_MATRIX:
        jsonout_begin_array(&j, "result");
        for (size_t i = 0; i < reply->n_series; i++)
            json_series(&j, &reply->series[i], reply->kind == PROMREPLY_MATRIX);
        jsonout_end_array(&j);
        break;
    }
    if (reply->n_warnings) {
        jsonout_begin_array(&j, "warnings");
        for (size_t i = 0; i < reply->n_warnings; i++)
            jsonout_slice(&j, NULL, reply->warnings[i]);
        jsonout_end_array(&j);
    }
    jsonout_end_object(&j);
    text_putc(out, '\n');
}
