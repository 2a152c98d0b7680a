#include "webhooks/promjson.h"

#include "base/clock.h"
#include "promql/gofloat.h"
#include "promql/printer.h"

enum { TIMESTAMP_BYTES = 32, DURATION_BYTES = 64 };

static size_t
write_timestamp(char *out, int64_t ms)
{
    uint64_t abs = ms < 0 ? -(uint64_t)ms : (uint64_t)ms;
    unsigned rest = (unsigned)(abs % 1000);
    size_t   n = 0;

    if (ms < 0)
        out[n++] = '-';
    n += text_digits(out + n, abs / 1000);
    if (rest) {
        out[n++] = '.';
        out[n++] = (char)('0' + rest / 100);
        out[n++] = (char)('0' + rest / 10 % 10);
        out[n++] = (char)('0' + rest % 10);
    }
    return n;
}

void
promjson_timestamp(struct text *to, int64_t ms)
{
    char *at = text_room(to, TIMESTAMP_BYTES);

    if (at)
        text_used(to, write_timestamp(at, ms));
}

void
promjson_point(struct text *to, int64_t ms, double v)
{
    char  *at = text_room(to, TIMESTAMP_BYTES + GOFLOAT_API_BYTES + 5);
    size_t n = 0;

    if (!at)
        return;
    at[n++] = '[';
    n += write_timestamp(at + n, ms);
    at[n++] = ',';
    at[n++] = '"';
    n += gofloat_api(at + n, v);
    at[n++] = '"';
    at[n++] = ']';
    text_used(to, n);
}

/* Nearly all labels are written as they are, and most of many an answer is labels. */
static void
put_label(struct text *to, struct slice name, struct slice value, bool comma)
{
    char *at =
        jsonout_plain(name) && jsonout_plain(value) ? text_room(to, name.n + value.n + 6) : NULL;
    size_t n = 0;

    if (!at) {
        if (comma)
            text_putc(to, ',');
        jsonout_quote(to, name);
        text_putc(to, ':');
        jsonout_quote(to, value);
        return;
    }
    if (comma)
        at[n++] = ',';
    at[n++] = '"';
    memcpy(at + n, name.p, name.n);
    n += name.n;
    memcpy(at + n, "\":\"", 3);
    n += 3;
    memcpy(at + n, value.p, value.n);
    n += value.n;
    at[n++] = '"';
    text_used(to, n);
}

void
promjson_labels(struct text *to, const struct labels_pool *pool, struct labels set)
{
    text_putc(to, '{');
    for (uint32_t i = 0; i < set.n; i++)
        put_label(to, labels_text(pool, set.at[i].name), labels_text(pool, set.at[i].value), i);
    text_putc(to, '}');
}

static void
put_series(struct text *to, const struct value_series *s, const struct labels_pool *pool,
           bool vector)
{
    text_puts(to, "{\"metric\":");
    promjson_labels(to, pool, labels_of(pool, s->labels));
    text_puts(to, vector ? ",\"value\":" : ",\"values\":[");
    for (size_t i = 0; i < s->n; i++) {
        if (i)
            text_putc(to, ',');
        promjson_point(to, s->t_ms[i], s->v[i]);
    }
    text_puts(to, vector ? "}" : "]}");
}

/* Without the zeros at its end, as a float in Go's JSON: 1700003000.5. */
static void
put_scalar_time(struct text *to, int64_t ms)
{
    promjson_timestamp(to, ms);
    if (ms % 1000 == 0 || to->status)
        return;
    while (to->p[to->n - 1] == '0')
        to->p[--to->n] = '\0';
}

static void
put_series_list(struct text *to, const struct value *v, const struct labels_pool *pool,
                size_t max_series)
{
    size_t n = v->n_series < max_series ? v->n_series : max_series;

    text_putc(to, '[');
    for (size_t i = 0; i < n && !to->status; i++) {
        if (i)
            text_putc(to, ',');
        put_series(to, &v->series[i], pool, v->kind == VALUE_VECTOR);
    }
    text_putc(to, ']');
}

void
promjson_value(struct text *to, const struct value *v, const struct labels_pool *pool,
               size_t max_series)
{
    switch (v->kind) {
    case VALUE_SCALAR:
        text_puts(to, "{\"resultType\":\"scalar\",\"result\":[");
        put_scalar_time(to, v->t_ms);
        text_puts(to, ",\"");
        gofloat_put(to, v->scalar); /* never with an exponent (promql/value.go) */
        text_puts(to, "\"]");
        break;
    case VALUE_STRING:
        text_puts(to, "{\"resultType\":\"string\",\"result\":[");
        put_scalar_time(to, v->t_ms);
        text_putc(to, ',');
        jsonout_quote(to, v->string);
        text_putc(to, ']');
        break;
    case VALUE_VECTOR:
    case VALUE_MATRIX:
        text_printf(to, "{\"resultType\":\"%s\",\"result\":",
                    v->kind == VALUE_VECTOR ? "vector" : "matrix");
        put_series_list(to, v, pool, max_series);
        break;
    }
}

void
promjson_duration(struct jsonout *j, const char *key, int64_t ms)
{
    struct text t;

    text_init(&t, DURATION_BYTES);
    printer_duration(&t, ms);
    jsonout_slice(j, key, text_slice(&t));
    text_release(&t);
}

void
promjson_time(struct jsonout *j, const char *key, int64_t wall_ms)
{
    char text[CLOCK_RFC3339_BYTES];

    clock_rfc3339(wall_ms, text);
    jsonout_text(j, key, wall_ms ? text : "0001-01-01T00:00:00Z");
}
