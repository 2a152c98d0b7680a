#include "promql/promreply.h"

#include "base/vec.h"
#include "promql/jsonscan.h"

#include <math.h>

enum {
    DEFAULT_MAX_SERIES = 50000,
    DEFAULT_MAX_POINTS = 2000000,
    DEFAULT_MAX_LABELS = 64,
};

/* How Prometheus's error types are told (prometheus/web/api/v1/api.go); any
 * other is STATUS_REFUSED. */
static const struct {
    const char *type;
    enum status status;
} error_row[] = {
    {"bad_data", STATUS_BAD_QUERY},
    {"execution", STATUS_BAD_QUERY},
    {"timeout", STATUS_TIMEOUT},
};

static const char *const kind_text[] = {
    [PROMREPLY_VECTOR] = "vector",
    [PROMREPLY_MATRIX] = "matrix",
    [PROMREPLY_SCALAR] = "scalar",
    [PROMREPLY_STRING] = "string",
};

struct reader {
    struct jsonscan         j;
    struct arena           *arena;
    struct promreply_limits limits;
    size_t                  n_points;
    bool                    over; /* a limit was passed; err says which */
    struct err             *err;
    struct promreply       *out;
    struct slice            status, error_type, error;
    bool                    have_kind, have_result, partial;
    struct jsonscan         result; /* where "result" stood, if before its type */
};

static void
over_limit(struct reader *r, size_t limit, const char *what)
{
    if (!r->over)
        err_set(r->err, STATUS_LIMIT, "the reply holds more than %zu %s", limit, what);
    r->over = true;
    jsonscan_fail(&r->j, "a limit was passed");
}

/* Seconds with a fraction, as a JSON number. */
static int64_t
read_time(struct reader *r)
{
    double seconds = 0;

    if (slice_double(jsonscan_number(&r->j), &seconds) || !(fabs(seconds) < 1e12)) {
        jsonscan_fail(&r->j, "not a time");
        return 0;
    }
    return llround(seconds * 1000);
}

/* [ts, "value"] */
static struct promreply_point
read_point(struct reader *r)
{
    struct promreply_point p = {0};

    jsonscan_array(&r->j);
    if (!jsonscan_item(&r->j))
        jsonscan_fail(&r->j, "a sample without a time");
    p.t_ms = read_time(r);
    if (!jsonscan_item(&r->j))
        jsonscan_fail(&r->j, "a sample without a value");
    if (slice_double(jsonscan_text(&r->j), &p.value))
        jsonscan_fail(&r->j, "a sample's value is not a number");
    if (jsonscan_item(&r->j))
        jsonscan_fail(&r->j, "a sample of more than two parts");
    return p;
}

static void
count_points(struct reader *r)
{
    if (++r->n_points > r->limits.max_points)
        over_limit(r, r->limits.max_points, "samples");
}

static void
read_values(struct reader *r, struct promreply_series *s)
{
    VEC(struct promreply_point) points = {0};

    jsonscan_array(&r->j);
    while (jsonscan_item(&r->j)) {
        struct promreply_point p = read_point(r);

        count_points(r);
        VEC_PUSH(r->arena, &points, p);
    }
    s->points = points.at;
    s->n_points = points.n;
}

static void
read_labels(struct reader *r, struct promreply_series *s)
{
    struct promreply_label  label[PROMREPLY_MAX_LABELS];
    struct promreply_label *kept;
    size_t                  n = 0;
    struct slice            name;

    jsonscan_object(&r->j);
    while (jsonscan_key(&r->j, &name)) {
        const struct slice value = jsonscan_text(&r->j);

        if (n == r->limits.max_labels) {
            over_limit(r, r->limits.max_labels, "labels in one series");
            return;
        }
        for (size_t i = 0; i < n; i++)
            if (slice_equal(label[i].name, name))
                jsonscan_fail(&r->j, "a label occurs twice in one series");
        label[n++] = (struct promreply_label){name, value};
    }
    if (n == 0)
        return;
    kept = arena_array(r->arena, n, sizeof *kept);
    memcpy(kept, label, n * sizeof *kept);
    s->labels = kept;
    s->n_labels = n;
}

static struct promreply_series
read_series(struct reader *r)
{
    struct promreply_series s = {0};
    const bool              matrix = r->out->kind == PROMREPLY_MATRIX;
    bool                    seen = false;
    struct slice            key;

    jsonscan_object(&r->j);
    while (jsonscan_key(&r->j, &key)) {
        if (slice_is(key, "metric")) {
            read_labels(r, &s);
        } else if (slice_is(key, matrix ? "values" : "value") && !seen) {
            seen = true;
            if (matrix) {
                read_values(r, &s);
            } else {
                struct promreply_point *p = arena_new(r->arena, struct promreply_point);

                *p = read_point(r);
                count_points(r);
                s.points = p;
                s.n_points = 1;
            }
        } else if (slice_is(key, "histogram") || slice_is(key, "histograms")) {
            jsonscan_fail(&r->j, "a native histogram, where only float samples can be read");
        } else {
            jsonscan_fail(&r->j, "a series of an unknown shape");
        }
    }
    if (!seen)
        jsonscan_fail(&r->j, "a series without a value");
    return s;
}

static void
read_result(struct reader *r)
{
    VEC(struct promreply_series) series = {0};
    struct slice text = {0};

    switch (r->out->kind) {
    case PROMREPLY_SCALAR:
        r->out->scalar = read_point(r);
        return;
    case PROMREPLY_STRING:
        jsonscan_array(&r->j);
        if (jsonscan_item(&r->j))
            r->out->scalar.t_ms = read_time(r);
        if (jsonscan_item(&r->j))
            text = jsonscan_text(&r->j);
        if (!text.p || jsonscan_item(&r->j))
            jsonscan_fail(&r->j, "not a string result");
        r->out->string = text;
        return;
    case PROMREPLY_VECTOR:
    case PROMREPLY_MATRIX:
        jsonscan_array(&r->j);
        while (jsonscan_item(&r->j)) {
            struct promreply_series s;

            if (series.n == r->limits.max_series) {
                over_limit(r, r->limits.max_series, "series");
                return;
            }
            s = read_series(r);
            VEC_PUSH(r->arena, &series, s);
        }
        r->out->series = series.at;
        r->out->n_series = series.n;
        return;
    }
}

static void
read_kind(struct reader *r)
{
    const struct slice text = jsonscan_text(&r->j);

    for (size_t i = 0; i < ARRAY_LEN(kind_text); i++)
        if (slice_is(text, kind_text[i])) {
            r->out->kind = (enum promreply_kind)i;
            r->have_kind = true;
            return;
        }
    jsonscan_fail(&r->j, "a resultType that is none of vector, matrix, scalar, string");
}

static void
read_data(struct reader *r)
{
    struct slice key;
    bool         later = false;

    jsonscan_object(&r->j);
    while (jsonscan_key(&r->j, &key)) {
        if (slice_is(key, "resultType") && !r->have_kind) {
            read_kind(r);
        } else if (slice_is(key, "result") && !r->have_result) {
            r->have_result = true;
            later = !r->have_kind;
            r->result = r->j;
            if (later)
                jsonscan_skip(&r->j);
            else
                read_result(r);
        } else {
            jsonscan_skip(&r->j);
        }
    }
    if (!r->have_kind || !r->have_result)
        jsonscan_fail(&r->j, "data without a result and its type");
    if (later && !r->j.failed) {
        const struct jsonscan behind = r->j;

        r->j = r->result;
        read_result(r);
        if (!r->j.failed)
            r->j = behind;
    }
}

static void
read_notes(struct reader *r, const struct slice **out, size_t *n_out)
{
    VEC(struct slice) notes = {0};
    size_t more = 0;

    if (jsonscan_peek(&r->j) == 'n') { /* Go writes an empty list as null */
        jsonscan_skip(&r->j);
        return;
    }
    jsonscan_array(&r->j);
    while (jsonscan_item(&r->j)) {
        struct slice text = jsonscan_text(&r->j);

        if (notes.n < PROMREPLY_MAX_NOTES - 1)
            VEC_PUSH(r->arena, &notes, text);
        else
            more++;
    }
    if (more) {
        struct slice text = slice_of(arena_printf(r->arena, "and %zu more", more));

        VEC_PUSH(r->arena, &notes, text);
    }
    *out = notes.at;
    *n_out = notes.n;
}

static void
read_envelope(struct reader *r)
{
    struct slice key;
    bool         data = false;

    jsonscan_object(&r->j);
    while (jsonscan_key(&r->j, &key)) {
        const char c = jsonscan_peek(&r->j);

        if (slice_is(key, "status")) {
            r->status = jsonscan_text(&r->j);
        } else if (slice_is(key, "errorType")) {
            r->error_type = jsonscan_text(&r->j);
        } else if (slice_is(key, "error")) {
            r->error = jsonscan_text(&r->j);
        } else if (slice_is(key, "warnings")) {
            read_notes(r, &r->out->warnings, &r->out->n_warnings);
        } else if (slice_is(key, "infos")) {
            read_notes(r, &r->out->infos, &r->out->n_infos);
        } else if (slice_is(key, "isPartial") && (c == 't' || c == 'f')) {
            r->partial = jsonscan_bool(&r->j);
        } else if (slice_is(key, "data") && c == '{' && !data) {
            data = true;
            read_data(r);
        } else {
            jsonscan_skip(&r->j);
        }
    }
}

/* VictoriaMetrics says in a field of its own that storage nodes were missing. */
static void
warn_partial(struct reader *r)
{
    const size_t  n = r->out->n_warnings;
    struct slice *all = arena_array(r->arena, n + 1, sizeof *all);

    if (n)
        memcpy(all, r->out->warnings, n * sizeof *all);
    all[n] = SLICE_LITERAL("isPartial: parts of the source did not answer");
    r->out->warnings = all;
    r->out->n_warnings = n + 1;
}

static enum status
told_error(struct reader *r)
{
    enum status s = STATUS_REFUSED;

    for (size_t i = 0; i < ARRAY_LEN(error_row); i++)
        if (slice_is(r->error_type, error_row[i].type))
            s = error_row[i].status;
    return err_set(r->err, s, "%.*s: %.*s", SLICE_ARG(r->error_type), SLICE_ARG(r->error));
}

static size_t
or_default(size_t given, size_t otherwise)
{
    return given ? given : otherwise;
}

enum status
promreply_parse(struct arena *a, struct slice body, const struct promreply_limits *limits,
                struct promreply *out, struct err *err)
{
    struct reader r = {.arena = a, .err = err, .out = out};
    char         *copy = arena_text(a, body);
    enum status   s;

    *out = (struct promreply){0};
    r.limits.max_series = or_default(limits ? limits->max_series : 0, DEFAULT_MAX_SERIES);
    r.limits.max_points = or_default(limits ? limits->max_points : 0, DEFAULT_MAX_POINTS);
    r.limits.max_labels = or_default(limits ? limits->max_labels : 0, DEFAULT_MAX_LABELS);
    if (r.limits.max_labels > PROMREPLY_MAX_LABELS)
        r.limits.max_labels = PROMREPLY_MAX_LABELS;

    jsonscan_init(&r.j, copy, body.n);
    read_envelope(&r);
    if (r.over)
        return STATUS_LIMIT;
    s = jsonscan_end(&r.j, err);
    if (s)
        return s;
    if (r.partial)
        warn_partial(&r);
    if (slice_is(r.status, "error"))
        return told_error(&r);
    if (!slice_is(r.status, "success") || !r.have_result)
        return err_set(err, STATUS_MALFORMED, "a reply without a status and data of a query");
    return STATUS_OK;
}

struct slice
promreply_label(const struct promreply_series *s, const char *name)
{
    for (size_t i = 0; i < s->n_labels; i++)
        if (slice_is(s->labels[i].name, name))
            return s->labels[i].value;
    return (struct slice){0};
}
