#include "tests/promqltest/ptest_check.h"

#include "base/vec.h"

#include <float.h>
#include <math.h>

enum { MAX_LABELS_BYTES = 1 << 16, MAX_POOL_BYTES = 1 << 26 };

/* One series of a result, whatever its kind. */
struct row {
    struct slice   labels; /* as text: equal if and only if the sets are */
    const int64_t *t_ms;
    const double  *v;
    size_t         n;
};

struct rows {
    struct row *at;
    size_t      n, cap;
};

bool
ptest_check_close(double a, double b)
{
    double sum = fabs(a) + fabs(b), diff = fabs(a - b), epsilon = 1e-6;

    if (value_is_absent(a) || value_is_absent(b))
        return value_is_absent(a) && value_is_absent(b);
    if ((isnan(a) && isnan(b)) || a == b)
        return true;
    if (a == 0 || b == 0 || sum < DBL_MIN)
        return diff < epsilon * DBL_MIN;
    return diff / fmin(sum, DBL_MAX) < epsilon;
}

static struct slice
labels_text_of(struct arena *a, const struct labels_pool *pool, struct labels set)
{
    struct text  t;
    struct slice copy;

    text_init(&t, MAX_LABELS_BYTES);
    labels_write(pool, set, &t);
    copy = arena_slice(a, text_slice(&t));
    text_release(&t);
    return copy;
}

static struct slice
expected_labels(struct arena *a, const struct ptest_series *s)
{
    struct labels_pool    pool;
    struct labels_builder b = {0};

    labels_pool_init(&pool, a, NULL, MAX_POOL_BYTES);
    labels_builder_start(&b, &pool, (struct labels){0});
    for (size_t i = 0; i < s->n_labels; i++)
        labels_builder_set(&b, labels_symbol(&pool, s->labels[i].name),
                           labels_symbol(&pool, s->labels[i].value));
    return labels_text_of(a, &pool, labels_of(&pool, labels_builder_id(&b)));
}

static const struct ptest_series *
find_expected(const struct ptest_command *c, const struct slice *labels, struct slice which,
              size_t *at)
{
    for (size_t i = c->n_series; i-- > 0;) /* of two alike the last counts */
        if (slice_equal(labels[i], which)) {
            *at = i;
            return &c->series[i];
        }
    return NULL;
}

/* The points a command expects of one series, laid out in time. */
static struct row
expected_row(struct arena *a, const struct ptest_command *c, const struct ptest_series *s)
{
    int64_t  start = c->is_window ? c->window_start_ms : c->start_ms;
    int64_t  step = c->is_window ? c->window_step_ms : c->step_ms;
    int64_t *t = arena_array(a, s->n_points, sizeof *t);
    double  *v = arena_array(a, s->n_points, sizeof *v);
    size_t   n = 0;

    for (size_t i = 0; i < s->n_points; i++) {
        if (s->points[i].omitted)
            continue;
        t[n] = start + (int64_t)i * step;
        v[n++] = s->points[i].value;
    }
    return (struct row){.t_ms = t, .v = v, .n = n};
}

static bool
row_equal(const struct row *want, const struct row *got, bool timed, struct text *why)
{
    if (want->n != got->n) {
        text_printf(why, "%.*s: %zu points, expected %zu", SLICE_ARG(got->labels), got->n, want->n);
        return false;
    }
    for (size_t i = 0; i < want->n; i++) {
        if (timed && want->t_ms[i] != got->t_ms[i])
            text_printf(why, "%.*s: a point at %lld ms, expected at %lld ms",
                        SLICE_ARG(got->labels), (long long)got->t_ms[i], (long long)want->t_ms[i]);
        else if (!ptest_check_close(want->v[i], got->v[i]))
            text_printf(why, "%.*s: %.17g at %lld ms, expected %.17g", SLICE_ARG(got->labels),
                        got->v[i], (long long)got->t_ms[i], want->v[i]);
        else
            continue;
        return false;
    }
    return true;
}

/* Rows against the series of the command. */
static bool
check_rows(const struct ptest_command *c, const struct rows *rows, bool timed, bool ordered,
           struct arena *a, struct text *why)
{
    struct slice *labels = arena_array(a, c->n_series, sizeof *labels);
    bool         *seen = arena_array(a, c->n_series, sizeof *seen);

    for (size_t i = 0; i < c->n_series; i++)
        labels[i] = expected_labels(a, &c->series[i]);
    for (size_t i = 0; i < rows->n; i++) {
        size_t                     at;
        const struct ptest_series *s = find_expected(c, labels, rows->at[i].labels, &at);
        struct row                 want;

        if (!s) {
            text_printf(why, "unexpected series %.*s", SLICE_ARG(rows->at[i].labels));
            return false;
        }
        if (seen[at] || (ordered && at != i)) {
            text_printf(why, "series %.*s %s", SLICE_ARG(rows->at[i].labels),
                        seen[at] ? "stands twice" : "is out of order");
            return false;
        }
        seen[at] = true;
        want = expected_row(a, c, s);
        if (!timed && want.n > 1)
            want.n = 1;
        if (!row_equal(&want, &rows->at[i], timed, why))
            return false;
    }
    for (size_t i = 0; i < c->n_series; i++) {
        size_t at;

        if (!seen[i] && find_expected(c, labels, labels[i], &at) == &c->series[i]) {
            text_printf(why, "series %.*s is missing", SLICE_ARG(labels[i]));
            return false;
        }
    }
    return true;
}

/* Series of the result; only == false: all points, else those at t_ms. */
static struct rows
result_rows(struct arena *a, const struct eval_result *r, bool only, int64_t t_ms)
{
    struct rows rows = {0};

    for (size_t i = 0; i < r->value.n_series; i++) {
        const struct value_series *s = &r->value.series[i];
        struct row row = {.labels = labels_text_of(a, r->pool, labels_of(r->pool, s->labels)),
                          .t_ms = s->t_ms,
                          .v = s->v,
                          .n = s->n};

        for (size_t k = 0; only && k < s->n; k++)
            if (s->t_ms[k] == t_ms) {
                row.t_ms += k;
                row.v += k;
                break;
            }
        if (only)
            row.n = row.n && *row.t_ms == t_ms;
        if (row.n || !only)
            VEC_PUSH(a, &rows, row);
    }
    return rows;
}

static bool
is_sorted(const struct eval_result *r, struct text *why)
{
    for (size_t i = 1; i < r->value.n_series; i++)
        if (labels_compare(r->pool, labels_of(r->pool, r->value.series[i - 1].labels),
                           labels_of(r->pool, r->value.series[i].labels)) >= 0) {
            text_puts(why, "the matrix is not sorted by labels");
            return false;
        }
    return true;
}

static bool
check_scalar(const struct ptest_command *c, double got, struct text *why)
{
    if (!c->is_scalar)
        text_puts(why, "a scalar is not what was expected");
    else if (!ptest_check_close(c->scalar, got))
        text_printf(why, "scalar %.17g, expected %.17g", got, c->scalar);
    else
        return true;
    return false;
}

static bool
check_string(const struct ptest_command *c, struct slice got, struct text *why)
{
    if (c->is_string && slice_equal(c->string, got))
        return true;
    text_printf(why, "string \"%.*s\", expected \"%.*s\"", SLICE_ARG(got), SLICE_ARG(c->string));
    return false;
}

bool
ptest_check_value(const struct ptest_command *c, const struct eval_result *r, struct text *why)
{
    struct arena a = {0};
    struct rows  rows;
    bool         ok;

    if (r->value.kind == VALUE_SCALAR)
        return check_scalar(c, r->value.scalar, why);
    if (r->value.kind == VALUE_STRING)
        return check_string(c, r->value.string, why);
    if (c->is_scalar || c->is_string) {
        text_puts(why, "series are not what was expected");
        return false;
    }
    rows = result_rows(&a, r, false, 0);
    if (r->value.kind == VALUE_MATRIX)
        ok = is_sorted(r, why) && check_rows(c, &rows, true, false, &a, why);
    else
        ok = check_rows(c, &rows, false, c->has[PTEST_ORDERED], &a, why);
    arena_release(&a);
    return ok;
}

bool
ptest_check_middle(const struct ptest_command *c, const struct eval_result *r, int64_t t_ms,
                   struct text *why)
{
    struct arena a = {0};
    struct rows  rows;
    bool         ok;

    if (r->value.kind != VALUE_MATRIX) {
        text_puts(why, "the result of a range query is no matrix");
        return false;
    }
    rows = result_rows(&a, r, true, t_ms);
    if (!is_sorted(r, why))
        ok = false;
    else if (c->is_scalar)
        ok = rows.n == 1 && check_scalar(c, rows.at[0].v[0], why);
    else
        ok = check_rows(c, &rows, false, false, &a, why);
    arena_release(&a);
    return ok;
}

static bool
text_matches(const struct ptest_expect *e, struct slice got)
{
    struct text   pattern;
    struct regex *re;
    bool          hit = false;

    if (!e->text.p)
        return true;
    if (!e->is_regex)
        return slice_equal(e->text, got);
    text_init(&pattern, MAX_LABELS_BYTES);
    text_printf(&pattern, ".*(?:%.*s).*", SLICE_ARG(e->text));
    if (regex_new(text_slice(&pattern), &re, NULL) != STATUS_OK ||
        regex_match(re, got, &hit, NULL) != STATUS_OK)
        hit = false;
    regex_free(re);
    text_release(&pattern);
    return hit;
}

/* Each expectation is met by a note, and each note by an expectation. */
static bool
check_kind(const struct ptest_command *c, const struct eval_result *r, enum ptest_what what,
           enum note_kind kind, struct text *why)
{
    for (size_t i = 0; i < c->n_expects; i++) {
        bool met = false;

        if (c->expects[i].what != what)
            continue;
        for (size_t k = 0; k < r->notes.n && !met; k++)
            met = r->notes.at[k].kind == kind && text_matches(&c->expects[i], r->notes.at[k].text);
        if (!met) {
            text_printf(why, "no %s %.*s", kind == NOTE_WARNING ? "warning" : "info",
                        SLICE_ARG(c->expects[i].text));
            break;
        }
    }
    for (size_t k = 0; k < r->notes.n && !why->n; k++) {
        bool met = r->notes.at[k].kind != kind;

        for (size_t i = 0; i < c->n_expects && !met; i++)
            met = c->expects[i].what == what && text_matches(&c->expects[i], r->notes.at[k].text);
        if (!met)
            text_printf(why, "unexpected: %.*s", SLICE_ARG(r->notes.at[k].text));
    }
    return !why->n;
}

static bool
check_none(const struct eval_result *r, enum note_kind kind, struct text *why)
{
    for (size_t k = 0; k < r->notes.n; k++)
        if (r->notes.at[k].kind == kind) {
            text_printf(why, "unexpected: %.*s", SLICE_ARG(r->notes.at[k].text));
            return false;
        }
    return true;
}

bool
ptest_check_notes(const struct ptest_command *c, const struct eval_result *r, struct text *why)
{
    return (!c->has[PTEST_WARN] || check_kind(c, r, PTEST_WARN, NOTE_WARNING, why)) &&
           (!c->has[PTEST_INFO] || check_kind(c, r, PTEST_INFO, NOTE_INFO, why)) &&
           (!c->has[PTEST_NO_WARN] || check_none(r, NOTE_WARNING, why)) &&
           (!c->has[PTEST_NO_INFO] || check_none(r, NOTE_INFO, why));
}

bool
ptest_check_error(const struct ptest_command *c, struct slice error, struct text *why)
{
    for (size_t i = 0; i < c->n_expects; i++)
        if (c->expects[i].what == PTEST_FAIL && !text_matches(&c->expects[i], error)) {
            text_printf(why, "failed with \"%.*s\", expected \"%.*s\"", SLICE_ARG(error),
                        SLICE_ARG(c->expects[i].text));
            return false;
        }
    return true;
}
