#include "telemetry/serieslabels.h"

#include "base/text.h"
#include "promql/gofloat.h"
#include "telemetry/seriestext.h"

#include <string.h>

/* Where values without escapes go; the rest are slices of the text. */
struct store {
    char  *at;
    size_t room;
};

static bool
without_escapes(struct slice *a, struct store *to)
{
    size_t n;

    if (!a->n || !memchr(a->p, '\\', a->n))
        return true;
    if (to->room < a->n)
        return false;
    n = seriestext_unescape(*a, true, to->at);
    *a = (struct slice){to->at, n};
    to->at += n;
    to->room -= n;
    return true;
}

static bool
put(struct slice *a, struct slice text, struct store *to)
{
    if (to->room < text.n)
        return false;
    memcpy(to->at, text.p, text.n);
    *a = (struct slice){to->at, text.n};
    to->at += text.n;
    to->room -= text.n;
    return true;
}

static size_t
digits(struct slice a)
{
    size_t n = 0;

    while (n < a.n && (unsigned char)(a.p[n] - '0') <= 9)
        n++;
    return n;
}

/* Most bounds are written as people write numbers: 0.005, 10, 2500.  Those whose
 * normal form is known without making it: what is to stand behind it, else NULL. */
static const char *
plain_bound(struct slice v)
{
    size_t       whole = digits(v);
    struct slice rest = {v.p + whole, v.n - whole};
    size_t       fraction;

    if (whole == 0 || whole > 6 || (whole > 1 && v.p[0] == '0'))
        return NULL;
    if (rest.n == 0)
        return ".0";
    if (rest.p[0] != '.')
        return NULL;
    rest = (struct slice){rest.p + 1, rest.n - 1};
    fraction = digits(rest);
    if (fraction == 0 || fraction != rest.n || whole + fraction > 15)
        return NULL;
    if (fraction > 1 && (rest.p[fraction - 1] == '0' || slice_starts(rest, "0000")))
        return NULL;
    return "";
}

/* model/textparse, normalizeFloatsInLabelValues; model/labels,
 * FormatOpenMetricsFloat. */
static bool
normalised(struct slice *bound, struct store *to)
{
    const char *behind = plain_bound(*bound);
    struct text t;
    double      v;
    bool        fits;

    if ((behind && !*behind) || (!behind && gofloat_parse(*bound, &v)))
        return true;
    text_init(&t, SERIESLABELS_EXTRA_BYTES);
    if (behind)
        text_put(&t, *bound);
    else
        gofloat_put_g(&t, v);
    if (!strpbrk(t.p, ".eIN"))
        text_puts(&t, ".0");
    fits = put(bound, text_slice(&t), to);
    text_release(&t);
    return fits;
}

static bool
is_bound(enum exposition_type type, struct slice name)
{
    return (type == EXPOSITION_HISTOGRAM && slice_is(name, "le")) ||
           (type == EXPOSITION_SUMMARY && slice_is(name, "quantile"));
}

enum status
serieslabels_read(struct slice series, enum exposition_type type, struct tsdb_label *labels,
                  size_t max, size_t *n, char *store, size_t store_bytes, struct err *err)
{
    struct store      to = {store, store_bytes};
    struct seriestext s = {.labels = labels + 1, .max_labels = max - 1};
    const char       *end = series.p + series.n;

    if (series.n == 0 || seriestext_read(&s, series.p, end) != end)
        return err_set(err, STATUS_SYNTAX, "not a series: %.*s", SLICE_ARG(series));
    if (s.n_labels >= max)
        return err_set(err, STATUS_LIMIT, "%.*s has more than %zu labels", SLICE_ARG(s.name), max);
    labels[0] = (struct tsdb_label){SLICE_LITERAL("__name__"), s.name};
    *n = s.n_labels + 1;
    for (size_t i = 0; i < *n; i++) {
        struct tsdb_label *l = &labels[i];

        if (!without_escapes(&l->name, &to) || !without_escapes(&l->value, &to) ||
            (is_bound(type, l->name) && !normalised(&l->value, &to)))
            return err_set(err, STATUS_LIMIT, "%.*s has too long labels", SLICE_ARG(s.name));
    }
    return STATUS_OK;
}
