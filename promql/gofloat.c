#include "promql/gofloat.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* value = 0.d1d2d3… * 10^point */
struct digits {
    char at[20];
    int  n, point;
    bool minus;
};

/* Up to 15 digits survive the way through a normal double; 17 tell any. */
enum { SAFE_DIGITS = 15, ALL_DIGITS = 17 };

static struct digits
rounded_to(double v, int n)
{
    struct digits d = {.n = n, .minus = signbit(v) != 0};
    char          buf[40]; /* d.ddde-nnn */

    snprintf(buf, sizeof buf, "%.*e", n - 1, fabs(v));
    d.at[0] = buf[0];
    if (n > 1)
        memcpy(d.at + 1, buf + 2, (size_t)n - 1);
    d.point = (int)strtol(strchr(buf, 'e') + 1, NULL, 10) + 1;
    return d;
}

static struct digits
without_zeros(struct digits d)
{
    while (d.n > 1 && d.at[d.n - 1] == '0')
        d.n--;
    return d;
}

static bool
reads_back(const struct digits *d, double v)
{
    char buf[40];

    snprintf(buf, sizeof buf, "0.%.*se%d", d->n, d->at, d->point);
    return strtod(buf, NULL) == fabs(v);
}

/* One more in the last place; a carry all the way would be a shorter number. */
static void
next_up(struct digits *d)
{
    int i = d->n - 1;

    while (i > 0 && d->at[i] == '9')
        d->at[i--] = '0';
    if (d->at[i] != '9')
        d->at[i]++;
}

/* Above a power of two doubles lie twice as far apart as below it, so the
 * decimal that reads back need not be the nearest one. */
static struct digits
shortest(double v)
{
    int first = fabs(v) < 2.2250738585072014e-308 ? 1 : SAFE_DIGITS;

    for (int n = first; n < ALL_DIGITS; n++) {
        struct digits d = rounded_to(v, n);

        if (reads_back(&d, v))
            return without_zeros(d);
        next_up(&d);
        if (reads_back(&d, v))
            return without_zeros(d);
    }
    return without_zeros(rounded_to(v, ALL_DIGITS));
}

static bool
put_special(struct text *to, double v)
{
    if (!isfinite(v))
        text_puts(to, isnan(v) ? "NaN" : v > 0 ? "+Inf" : "-Inf");
    else if (v == 0)
        text_puts(to, signbit(v) ? "-0" : "0");
    else
        return false;
    return true;
}

static void
put_plain(struct text *to, const struct digits *d)
{
    if (d->minus)
        text_putc(to, '-');
    if (d->point <= 0)
        text_puts(to, "0.");
    for (int i = d->point; i < 0; i++)
        text_putc(to, '0');
    for (int i = 0; i < d->n; i++) {
        if (i > 0 && i == d->point)
            text_putc(to, '.');
        text_putc(to, d->at[i]);
    }
    for (int i = d->n; i < d->point; i++)
        text_putc(to, '0');
}

static void
put_exponent(struct text *to, const struct digits *d)
{
    text_printf(to, "%s%c%s%.*se%+03d", d->minus ? "-" : "", d->at[0], d->n > 1 ? "." : "",
                d->n - 1, d->at + 1, d->point - 1);
}

void
gofloat_put(struct text *to, double v)
{
    struct digits d;

    if (put_special(to, v))
        return;
    d = shortest(v);
    put_plain(to, &d);
}

void
gofloat_put_g(struct text *to, double v)
{
    struct digits d;

    if (put_special(to, v))
        return;
    d = shortest(v);
    if (d.point > -4 && d.point <= 6) {
        put_plain(to, &d);
        return;
    }
    put_exponent(to, &d);
}

size_t
gofloat_api(char out[GOFLOAT_API_BYTES], double v)
{
    struct text t;
    size_t      n;

    text_init(&t, GOFLOAT_API_BYTES);
    if (fabs(v) != 0 && isfinite(v) && (fabs(v) < 1e-6 || fabs(v) >= 1e21)) {
        struct digits d = shortest(v);

        put_exponent(&t, &d);
    } else {
        gofloat_put(&t, v);
    }
    n = t.n;
    memcpy(out, t.p, n);
    text_release(&t);
    return n;
}

static bool
is_digit(char c, bool hex)
{
    return (c >= '0' && c <= '9') || (hex && slice_hex_digit(c) >= 0);
}

static bool
has_hex_prefix(struct slice a)
{
    return a.n >= 2 && a.p[0] == '0' && (a.p[1] | 0x20) == 'x';
}

/* Copies a without underscores; false if one does not stand between digits, or
 * between the prefix and a digit. */
static bool
drop_underscores(struct slice a, char *out, size_t *n)
{
    bool hex = has_hex_prefix(a), after_digit = false, after_underscore = false;

    *n = 0;
    for (size_t i = 0; i < a.n; i++) {
        if (a.p[i] == '_') {
            if (!after_digit)
                return false;
            after_digit = false;
            after_underscore = true;
            continue;
        }
        after_digit = is_digit(a.p[i], hex) || (hex && i == 1);
        if (after_underscore && !after_digit)
            return false;
        after_underscore = false;
        out[(*n)++] = a.p[i];
    }
    return !after_underscore;
}

static size_t
skip_digits(struct slice *a, bool hex)
{
    size_t n = 0;

    while (n < a->n && is_digit(a->p[n], hex))
        n++;
    *a = (struct slice){a->p + n, a->n - n};
    return n;
}

static bool
skip_char(struct slice *a, char lower)
{
    if (a->n == 0 || (a->p[0] | 0x20) != (lower | 0x20))
        return false;
    *a = (struct slice){a->p + 1, a->n - 1};
    return true;
}

/* What follows 0x: digits, a point among them or not, p and an exponent. */
static bool
is_hex_body(struct slice a)
{
    size_t n = skip_digits(&a, true);

    if (a.n && a.p[0] == '.') {
        a = (struct slice){a.p + 1, a.n - 1};
        n += skip_digits(&a, true);
    }
    if (n == 0 || !skip_char(&a, 'p'))
        return false;
    if (a.n && (a.p[0] == '+' || a.p[0] == '-'))
        a = (struct slice){a.p + 1, a.n - 1};
    return skip_digits(&a, false) > 0 && a.n == 0;
}

enum { LONGEST_BYTES = 1024 };

enum status
gofloat_parse(struct slice a, double *out)
{
    char         buf[LONGEST_BYTES];
    struct slice body = a;
    bool         minus = false;
    size_t       n;
    double       v;

    if (a.n && (a.p[0] == '+' || a.p[0] == '-')) {
        minus = a.p[0] == '-';
        body = (struct slice){a.p + 1, a.n - 1};
    }
    if (!has_hex_prefix(body) && !(body.n && memchr(body.p, '_', body.n)))
        return slice_double(a, out);
    if (body.n >= sizeof buf)
        return STATUS_RANGE;
    if (!drop_underscores(body, buf, &n))
        return STATUS_SYNTAX;
    buf[n] = '\0';
    if (has_hex_prefix(body)) {
        if (!is_hex_body((struct slice){buf + 2, n - 2}))
            return STATUS_SYNTAX;
        v = strtod(buf, NULL);
        if (isinf(v))
            return STATUS_RANGE;
    } else {
        enum status s =
            n && is_digit(buf[0], false) ? slice_double((struct slice){buf, n}, &v) : STATUS_SYNTAX;
        if (s)
            return s;
    }
    *out = minus ? -v : v;
    return STATUS_OK;
}
