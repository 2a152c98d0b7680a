#include "dashboards/metrictext.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { MOST = 1000 }; /* of a quality, in thousandths */

static struct slice
until(struct slice s, char end)
{
    const char *at = s.n ? memchr(s.p, end, s.n) : NULL;

    return (struct slice){s.p, at ? (size_t)(at - s.p) : s.n};
}

/* Of a media range without blanks (RFC 9110, 12.4.2); a broken one counts as none. */
static unsigned
quality_of(struct slice range)
{
    const char  *at = range.n ? memmem(range.p, range.n, ";q=", 3) : NULL;
    struct slice q;
    double       v;

    if (!at)
        return MOST;
    at += 3;
    q = until((struct slice){at, (size_t)(range.p + range.n - at)}, ';');
    return slice_double(q, &v) == STATUS_OK && v >= 0 && v <= 1 ? (unsigned)(v * MOST) : 0;
}

static struct slice
without_blanks(struct slice in, char *out, size_t out_bytes)
{
    size_t n = 0;

    for (size_t i = 0; i < in.n && n < out_bytes; i++)
        if (in.p[i] != ' ' && in.p[i] != '\t')
            out[n++] = in.p[i];
    return (struct slice){out, n};
}

bool
metrictext_wants_openmetrics(struct slice accept)
{
    char         buf[1024];
    struct slice rest = without_blanks(accept, buf, sizeof buf);
    unsigned     open = 0, plain = 0;

    while (rest.n) {
        struct slice range = until(rest, ',');
        unsigned     q = quality_of(range);
        size_t       used = range.n < rest.n ? range.n + 1 : range.n;

        if (slice_starts(range, "application/openmetrics-text"))
            open = q > open ? q : open;
        else if (slice_starts(range, "text/plain"))
            plain = q > plain ? q : plain;
        rest = (struct slice){rest.p + used, rest.n - used};
    }
    return open && open >= plain;
}

struct metrictext
metrictext_begin(struct text *out, bool openmetrics)
{
    return (struct metrictext){.out = out, .openmetrics = openmetrics, .last = -1};
}

void
metrictext_end(struct metrictext *m)
{
    if (m->openmetrics)
        text_puts(m->out, "# EOF\n");
}

/* OpenMetrics: the family of a counter is its samples' name without the end. */
static struct slice
family_of(const struct metrictext *m, const struct metric_row *row)
{
    struct slice name = slice_of(row->name);

    if (m->openmetrics && row->type == METRIC_TYPE_COUNTER)
        name.n -= strlen("_total");
    return name;
}

static void
begin_metric(struct metrictext *m, enum metric id)
{
    static const char *const types[] = {[METRIC_TYPE_COUNTER] = "counter",
                                        [METRIC_TYPE_GAUGE] = "gauge",
                                        [METRIC_TYPE_HISTOGRAM] = "histogram"};
    const struct metric_row *row = metric_row(id);
    struct slice             family = family_of(m, row);

    assert((int)id >= m->last);
    if ((int)id == m->last)
        return;
    m->last = (int)id;
    text_printf(m->out, "# HELP %.*s %s\n# TYPE %.*s %s\n", SLICE_ARG(family), row->help,
                SLICE_ARG(family), types[row->type]);
    if (m->openmetrics && *row->unit)
        text_printf(m->out, "# UNIT %.*s %s\n", SLICE_ARG(family), row->unit);
}

static void
put_label(struct text *out, const char *name, const char *value)
{
    text_printf(out, "%s=\"", name);
    for (; *value; value++)
        if (*value == '\n')
            text_puts(out, "\\n");
        else if (*value == '\\' || *value == '"')
            text_printf(out, "\\%c", *value);
        else
            text_putc(out, *value);
    text_putc(out, '"');
}

/* le NULL: it is no bucket. */
static void
put_labels(struct text *out, const struct metric_row *row, const char *const *label, const char *le)
{
    if (!row->n_labels && !le)
        return;
    text_putc(out, '{');
    for (size_t i = 0; i < row->n_labels; i++) {
        if (i)
            text_putc(out, ',');
        put_label(out, row->label[i], label[i]);
    }
    if (le) {
        if (row->n_labels)
            text_putc(out, ',');
        put_label(out, "le", le);
    }
    text_putc(out, '}');
}

static void
put_sample(struct metrictext *m, enum metric id, const char *end, const char *const *label,
           const char *le, double v)
{
    const struct metric_row *row = metric_row(id);

    text_puts(m->out, row->name);
    text_puts(m->out, end);
    put_labels(m->out, row, label, le);
    text_putc(m->out, ' ');
    text_double(m->out, v);
    text_putc(m->out, '\n');
}

void
metrictext_number(struct metrictext *m, enum metric id, const char *const *label, double v)
{
    begin_metric(m, id);
    put_sample(m, id, "", label, NULL, v);
}

/* OpenMetrics wants a float: a whole number has its ".0". */
static void
write_bound(const struct metrictext *m, double bound, struct text *le)
{
    text_clear(le);
    text_double(le, bound);
    if (m->openmetrics && bound == floor(bound))
        text_puts(le, ".0");
}

/* The count is the sum of what was read of the buckets: whoever observes meanwhile
 * does not make them disagree. */
void
metrictext_histogram(struct metrictext *m, enum metric id, const char *const *label,
                     const struct histogram *h)
{
    const struct metric_row *row = metric_row(id);
    uint64_t                 n = 0;
    struct text              le;

    assert(row->type == METRIC_TYPE_HISTOGRAM && h->n_bounds == row->n_bounds);
    begin_metric(m, id);
    text_init(&le, 64);
    for (size_t i = 0; i < h->n_bounds; i++) {
        n += counter_get(&h->bucket[i]);
        write_bound(m, h->bounds[i], &le);
        put_sample(m, id, "_bucket", label, le.p, (double)n);
    }
    n += counter_get(&h->bucket[h->n_bounds]);
    put_sample(m, id, "_bucket", label, "+Inf", (double)n);
    put_sample(m, id, "_sum", label, NULL, (double)counter_get(&h->sum_us) / 1e6);
    put_sample(m, id, "_count", label, NULL, (double)n);
    text_release(&le);
}
