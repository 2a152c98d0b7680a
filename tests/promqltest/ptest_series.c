#include "tests/promqltest/ptest_series.h"

#include "base/vec.h"
#include "promql/gofloat.h"
#include "promql/literal.h"
#include "promql/value.h"

#include <ctype.h>

struct points {
    struct ptest_point *at;
    size_t              n, cap;
};

struct label_list {
    struct memsource_label *at;
    size_t                  n, cap;
};

static void
skip_blanks(struct slice *s)
{
    while (s->n && (s->p[0] == ' ' || s->p[0] == '\t'))
        *s = (struct slice){s->p + 1, s->n - 1};
}

static bool
take(struct slice *s, const char *what)
{
    size_t n = strlen(what);

    if (!slice_starts(*s, what))
        return false;
    *s = (struct slice){s->p + n, s->n - n};
    return true;
}

static struct slice
take_name(struct slice *s)
{
    size_t       n = 0;
    struct slice name;

    while (n < s->n &&
           (isalnum((unsigned char)s->p[n]) || s->p[n] == '_' || s->p[n] == ':' || s->p[n] == '.'))
        n++;
    name = (struct slice){s->p, n};
    *s = (struct slice){s->p + n, s->n - n};
    return name;
}

/* A string with its quotes; empty: it has no end. */
static struct slice
take_quoted(struct slice *s)
{
    struct slice quoted = {s->p, 0};

    for (size_t i = 1; i < s->n; i++) {
        if (s->p[i] == '\\' && s->p[0] != '`') {
            i++;
        } else if (s->p[i] == s->p[0]) {
            quoted.n = i + 1;
            *s = (struct slice){s->p + i + 1, s->n - i - 1};
            return quoted;
        }
    }
    return quoted;
}

static bool
is_quote(struct slice s)
{
    return s.n && (s.p[0] == '"' || s.p[0] == '\'' || s.p[0] == '`');
}

/* name="value", or "name" alone for the metric. */
static enum status
parse_label(struct arena *a, struct slice *s, struct label_list *to, struct err *err)
{
    struct memsource_label l = {.name = SLICE_LITERAL("__name__")};
    struct slice           left;
    bool                   quoted = is_quote(*s);

    left = quoted ? literal_string(a, take_quoted(s)) : take_name(s);
    skip_blanks(s);
    if (!take(s, "=")) {
        if (!quoted)
            return err_set(err, STATUS_SYNTAX, "expected = behind label \"%.*s\"", SLICE_ARG(left));
        l.value = left;
    } else {
        skip_blanks(s);
        if (!is_quote(*s))
            return err_set(err, STATUS_SYNTAX, "expected a quoted value of label \"%.*s\"",
                           SLICE_ARG(left));
        l.name = left;
        l.value = literal_string(a, take_quoted(s));
    }
    VEC_PUSH(a, to, l);
    return STATUS_OK;
}

static enum status
parse_labels(struct arena *a, struct slice *s, struct label_list *to, struct err *err)
{
    struct slice name = take_name(s);

    if (name.n)
        VEC_PUSH(a, to, (struct memsource_label){SLICE_LITERAL("__name__"), name});
    skip_blanks(s);
    if (slice_starts(*s, "{{") || !take(s, "{"))
        return STATUS_OK; /* the points begin, perhaps with a native histogram */
    for (;;) {
        enum status st;

        skip_blanks(s);
        if (take(s, "}"))
            return STATUS_OK;
        if (!s->n)
            return err_set(err, STATUS_SYNTAX, "labels have no closing brace");
        st = parse_label(a, s, to, err);
        if (st)
            return st;
        skip_blanks(s);
        (void)take(s, ",");
    }
}

/* A number without a sign from the front. */
static size_t
number_bytes(struct slice s)
{
    size_t n = 0;

    if (s.n >= 3 && (slice_is_nocase((struct slice){s.p, 3}, "nan") ||
                     slice_is_nocase((struct slice){s.p, 3}, "inf")))
        return 3;
    while (n < s.n && (isdigit((unsigned char)s.p[n]) || s.p[n] == '.' || s.p[n] == '_'))
        n++;
    if (n && n < s.n && (s.p[n] == 'e' || s.p[n] == 'E')) {
        size_t e = n + 1;

        if (e < s.n && (s.p[e] == '+' || s.p[e] == '-'))
            e++;
        if (e < s.n && isdigit((unsigned char)s.p[e]))
            for (n = e; n < s.n && isdigit((unsigned char)s.p[n]);)
                n++;
    }
    return n;
}

static enum status
take_number(struct slice *s, double *v, struct err *err)
{
    bool         negative = take(s, "-");
    struct slice text;

    if (!negative)
        (void)take(s, "+");
    text = (struct slice){s->p, number_bytes(*s)};
    if (!text.n || gofloat_parse(text, v) != STATUS_OK)
        return err_set(err, STATUS_SYNTAX, "not a number: %.20s", s->n ? s->p : "");
    if (negative)
        *v = -*v;
    *s = (struct slice){s->p + text.n, s->n - text.n};
    return STATUS_OK;
}

/* xN behind something; 0 without it. */
static enum status
take_times(struct slice *s, uint64_t *times, struct err *err)
{
    size_t n = 0;

    *times = 0;
    if (!take(s, "x"))
        return STATUS_OK;
    while (n < s->n && isdigit((unsigned char)s->p[n]))
        n++;
    if (slice_u64((struct slice){s->p, n}, times) != STATUS_OK || *times > PTEST_MAX_POINTS)
        return err_set(err, STATUS_SYNTAX, "not a count behind x");
    *s = (struct slice){s->p + n, s->n - n};
    return STATUS_OK;
}

static void
push_omitted(struct arena *a, struct points *to, uint64_t n)
{
    while (n--)
        VEC_PUSH(a, to, (struct ptest_point){.omitted = true});
}

/* {{...}}, {{...}}xN, {{...}}+{{...}}xN */
static enum status
parse_native(struct arena *a, struct slice *s, struct points *to, struct err *err)
{
    uint64_t times = 0;

    do {
        const char *end = memmem(s->p, s->n, "}}", 2);

        if (!end)
            return err_set(err, STATUS_SYNTAX, "native histogram has no end");
        *s = (struct slice){end + 2, s->n - (size_t)(end + 2 - s->p)};
    } while (take(s, "+{{") || take(s, "-{{"));
    if (take_times(s, &times, err))
        return err->status;
    push_omitted(a, to, times + 1);
    return STATUS_OK;
}

/* v, vxN (N + 1 values), v+dxN, v-dxN */
static enum status
parse_values(struct arena *a, struct slice *s, struct points *to, struct err *err)
{
    double   v, step = 0;
    uint64_t times;

    if (take_number(s, &v, err))
        return err->status;
    if (s->n && (s->p[0] == '+' || s->p[0] == '-') && take_number(s, &step, err))
        return err->status;
    if (take_times(s, &times, err))
        return err->status;
    /* Added up, as upstream does, so that rounding is the same. */
    for (uint64_t i = 0; i <= times; i++, v += step)
        VEC_PUSH(a, to, (struct ptest_point){.value = v});
    return STATUS_OK;
}

static enum status
parse_point(struct arena *a, struct slice *s, struct points *to, bool *native, struct err *err)
{
    uint64_t times;

    if (take(s, "{{")) {
        *native = true;
        return parse_native(a, s, to, err);
    }
    if (take(s, "stale")) {
        VEC_PUSH(a, to, (struct ptest_point){.value = value_absent()});
        return STATUS_OK;
    }
    if (take(s, "_")) {
        if (take_times(s, &times, err))
            return err->status;
        push_omitted(a, to, times ? times : 1);
        return STATUS_OK;
    }
    return parse_values(a, s, to, err);
}

enum status
ptest_series_parse(struct arena *a, struct slice line, struct ptest_series *out, struct err *err)
{
    struct label_list labels = {0};
    struct points     points = {0};
    struct slice      s = line;

    out->native = false;
    skip_blanks(&s);
    if (parse_labels(a, &s, &labels, err))
        return err->status;
    for (skip_blanks(&s); s.n; skip_blanks(&s)) {
        if (parse_point(a, &s, &points, &out->native, err))
            return err->status;
        if (s.n && s.p[0] != ' ' && s.p[0] != '\t')
            return err_set(err, STATUS_SYNTAX, "expected a blank before \"%.*s\"", SLICE_ARG(s));
        if (points.n > PTEST_MAX_POINTS)
            return err_set(err, STATUS_LIMIT, "more than %d points", PTEST_MAX_POINTS);
    }
    out->labels = labels.at;
    out->n_labels = labels.n;
    out->points = points.at;
    out->n_points = points.n;
    return STATUS_OK;
}
