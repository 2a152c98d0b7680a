#include "promql/gofloat.h"

#include "promql/shortest.h"

#include <math.h>
#include <stdlib.h>

/* value = 0.d1d2d3… * 10^point */
struct digits {
    char at[TEXT_DIGITS];
    int  n, point;
    bool minus;
};

static struct digits
shortest(double v)
{
    struct shortest s = shortest_of(fabs(v));
    struct digits   d;

    d.minus = signbit(v) != 0;
    d.n = (int)text_digits(d.at, s.digits);
    d.point = d.n + s.exponent;
    return d;
}

/* NULL: it has digits. */
static const char *
special_text(double v)
{
    if (!isfinite(v))
        return isnan(v) ? "NaN" : v > 0 ? "+Inf" : "-Inf";
    if (v == 0)
        return signbit(v) ? "-0" : "0";
    return NULL;
}

static bool
put_special(struct text *to, double v)
{
    const char *special = special_text(v);

    if (special)
        text_puts(to, special);
    return special;
}

/* More zeros than a double can have before or behind its digits, and those. */
enum { PLAIN_BYTES = 400 };

static size_t
write_plain(char *out, const struct digits *d)
{
    size_t n = 0;

    if (d->minus)
        out[n++] = '-';
    if (d->point <= 0) {
        memcpy(out + n, "0.", 2);
        n += 2;
        memset(out + n, '0', (size_t)-d->point);
        n += (size_t)-d->point;
    }
    for (int i = 0; i < d->n; i++) {
        if (i > 0 && i == d->point)
            out[n++] = '.';
        out[n++] = d->at[i];
    }
    if (d->point > d->n) {
        memset(out + n, '0', (size_t)(d->point - d->n));
        n += (size_t)(d->point - d->n);
    }
    return n;
}

/* Two digits at least, as Go has it. */
static size_t
write_exponent(char *out, const struct digits *d)
{
    int    e = d->point - 1, abs = e < 0 ? -e : e;
    size_t n = 0;

    if (d->minus)
        out[n++] = '-';
    out[n++] = d->at[0];
    if (d->n > 1) {
        out[n++] = '.';
        memcpy(out + n, d->at + 1, (size_t)d->n - 1);
        n += (size_t)d->n - 1;
    }
    out[n++] = 'e';
    out[n++] = e < 0 ? '-' : '+';
    if (abs >= 100)
        out[n++] = (char)('0' + abs / 100);
    out[n++] = (char)('0' + abs / 10 % 10);
    out[n++] = (char)('0' + abs % 10);
    return n;
}

void
gofloat_put(struct text *to, double v)
{
    struct digits d;
    char          out[PLAIN_BYTES];

    if (put_special(to, v))
        return;
    d = shortest(v);
    text_put(to, (struct slice){out, write_plain(out, &d)});
}

void
gofloat_put_g(struct text *to, double v)
{
    struct digits d;
    char          out[PLAIN_BYTES];

    if (put_special(to, v))
        return;
    d = shortest(v);
    text_put(to, (struct slice){out, d.point > -4 && d.point <= 6 ? write_plain(out, &d)
                                                                  : write_exponent(out, &d)});
}

size_t
gofloat_api(char out[GOFLOAT_API_BYTES], double v)
{
    const char   *special = special_text(v);
    struct digits d;

    if (special) {
        size_t n = strlen(special);

        memcpy(out, special, n);
        return n;
    }
    d = shortest(v);
    return fabs(v) < 1e-6 || fabs(v) >= 1e21 ? write_exponent(out, &d) : write_plain(out, &d);
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
