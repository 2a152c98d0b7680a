#include "base/slice.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>

bool
slice_equal(struct slice a, struct slice b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
slice_is(struct slice a, const char *text)
{
    return slice_equal(a, slice_of(text));
}

bool
slice_is_nocase(struct slice a, const char *text)
{
    return a.n == strlen(text) && (a.n == 0 || strncasecmp(a.p, text, a.n) == 0);
}

bool
slice_starts(struct slice a, const char *prefix)
{
    size_t n = strlen(prefix);

    return a.n >= n && (n == 0 || memcmp(a.p, prefix, n) == 0);
}

bool
slice_ends(struct slice a, const char *suffix)
{
    size_t n = strlen(suffix);

    return a.n >= n && (n == 0 || memcmp(a.p + a.n - n, suffix, n) == 0);
}

int
slice_compare(struct slice a, struct slice b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int    c = n ? memcmp(a.p, b.p, n) : 0;

    return c ? c : (a.n > b.n) - (a.n < b.n);
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

struct slice
slice_trim(struct slice a)
{
    while (a.n && is_blank(a.p[0]))
        a.p++, a.n--;
    while (a.n && is_blank(a.p[a.n - 1]))
        a.n--;
    return a;
}

struct slice
slice_cut(struct slice *rest, char sep)
{
    const char  *at = rest->n ? memchr(rest->p, sep, rest->n) : NULL;
    struct slice head = *rest;

    if (!at) {
        *rest = (struct slice){0};
        return head;
    }
    head.n = (size_t)(at - head.p);
    *rest = (struct slice){at + 1, rest->n - head.n - 1};
    return head;
}

enum status
slice_u64(struct slice a, uint64_t *out)
{
    uint64_t v = 0;
    bool     over = false;

    if (a.n == 0)
        return STATUS_SYNTAX;
    for (size_t i = 0; i < a.n; i++) {
        if (!is_digit(a.p[i]))
            return STATUS_SYNTAX;
        over |= __builtin_mul_overflow(v, (uint64_t)10, &v);
        over |= __builtin_add_overflow(v, (uint64_t)(a.p[i] - '0'), &v);
    }
    if (over)
        return STATUS_RANGE;
    *out = v;
    return STATUS_OK;
}

enum status
slice_i64(struct slice a, int64_t *out)
{
    bool        minus = a.n && a.p[0] == '-';
    uint64_t    v;
    enum status s = slice_u64(minus ? (struct slice){a.p + 1, a.n - 1} : a, &v);

    if (s)
        return s;
    if (v > (uint64_t)INT64_MAX + minus)
        return STATUS_RANGE;
    *out = minus ? (int64_t)(0 - v) : (int64_t)v;
    return STATUS_OK;
}

/* A decimal taken apart: digits * 10^exponent, unless it is not exact. */
struct decimal {
    uint64_t digits;
    int      n_digits; /* significant ones seen */
    int64_t  exponent;
    bool     minus;
};

static enum status
read_exponent(struct slice a, struct decimal *d)
{
    bool    minus = false;
    int64_t e = 0;

    if (a.n && (a.p[0] == '+' || a.p[0] == '-')) {
        minus = a.p[0] == '-';
        a.p++, a.n--;
    }
    if (a.n == 0)
        return STATUS_SYNTAX;
    for (size_t i = 0; i < a.n; i++) {
        if (!is_digit(a.p[i]))
            return STATUS_SYNTAX;
        if (e < 100000)
            e = e * 10 + (a.p[i] - '0');
    }
    d->exponent += minus ? -e : e;
    return STATUS_OK;
}

static enum status
read_decimal(struct slice a, struct decimal *d)
{
    bool   seen_digit = false, seen_point = false;
    size_t i = 0;

    if (a.n && (a.p[0] == '+' || a.p[0] == '-'))
        d->minus = a.p[i++] == '-';
    for (; i < a.n; i++) {
        char c = a.p[i];

        if (is_digit(c)) {
            seen_digit = true;
            d->exponent -= seen_point;
            if (c != '0' || d->n_digits)
                d->n_digits++;
            if (d->n_digits <= 19)
                d->digits = d->digits * 10 + (uint64_t)(c - '0');
        } else if (c == '.' && !seen_point) {
            seen_point = true;
        } else {
            break;
        }
    }
    if (!seen_digit)
        return STATUS_SYNTAX;
    if (i == a.n)
        return STATUS_OK;
    if (a.p[i] != 'e' && a.p[i] != 'E')
        return STATUS_SYNTAX;
    return read_exponent((struct slice){a.p + i + 1, a.n - i - 1}, d);
}

/* Longer than any double needs to be told exactly (about 770 digits). */
enum { LONGEST_NUMBER_BYTES = 1024 };

/* The grammar was checked, and no part of the tree calls setlocale(), so
 * strtod() sees a plain decimal with a point. */
static enum status
slow_double(struct slice a, double *out)
{
    char   buf[LONGEST_NUMBER_BYTES];
    double v;

    if (a.n >= sizeof buf)
        return STATUS_RANGE;
    memcpy(buf, a.p, a.n);
    buf[a.n] = '\0';
    v = strtod(buf, NULL);
    if (isinf(v))
        return STATUS_RANGE;
    *out = v;
    return STATUS_OK;
}

static bool
special_double(struct slice a, double *out)
{
    bool signed_ = a.n && (a.p[0] == '+' || a.p[0] == '-');

    if (slice_is_nocase(a, "nan")) {
        *out = NAN;
        return true;
    }
    if (signed_) {
        bool minus = a.p[0] == '-';

        a.p++, a.n--;
        *out = minus ? -INFINITY : INFINITY;
    } else {
        *out = INFINITY;
    }
    return slice_is_nocase(a, "inf") || slice_is_nocase(a, "infinity");
}

/* What is exact in 128 bits needs one rounding only.  A quotient is cut to at
 * least 63 bits, of which the lowest also stands for all that was cut off, so
 * that no tie is taken for one or missed. */
static bool
wide_double(const struct decimal *d, double *out)
{
    static const uint64_t power[] = {1ULL,
                                     10ULL,
                                     100ULL,
                                     1000ULL,
                                     10000ULL,
                                     100000ULL,
                                     1000000ULL,
                                     10000000ULL,
                                     100000000ULL,
                                     1000000000ULL,
                                     10000000000ULL,
                                     100000000000ULL,
                                     1000000000000ULL,
                                     10000000000000ULL,
                                     100000000000000ULL,
                                     1000000000000000ULL,
                                     10000000000000000ULL,
                                     100000000000000000ULL,
                                     1000000000000000000ULL,
                                     10000000000000000000ULL};
    unsigned __int128     n;
    uint64_t              by, q;
    int                   up, down;

    if (d->n_digits > 19 || !d->digits || d->exponent < -19 || d->exponent > 19)
        return false;
    if (d->exponent >= 0) {
        *out = (double)((unsigned __int128)d->digits * power[d->exponent]);
        return true;
    }
    by = power[-d->exponent];
    up = __builtin_clzll(d->digits);
    down = __builtin_clzll(by);
    n = (unsigned __int128)(d->digits << up) << 63;
    by <<= down;
    q = (uint64_t)(n / by);
    *out = ldexp((double)(q | ((uint64_t)n != q * by)), down - up - 63);
    return true;
}

enum status
slice_double(struct slice a, double *out)
{
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    struct decimal      d = {0};
    double              v;

    if (read_decimal(a, &d) != STATUS_OK) {
        if (!special_double(a, &v))
            return STATUS_SYNTAX;
        *out = v;
        return STATUS_OK;
    }
    /* Both factors exact, so one rounding: the right one (Clinger 1990). */
    if (d.n_digits <= 19 && d.digits <= (1ULL << 53) && d.exponent >= -22 && d.exponent <= 22) {
        v = (double)d.digits;
        v = d.exponent < 0 ? v / power[-d.exponent] : v * power[d.exponent];
    } else if (!wide_double(&d, &v)) {
        return slow_double(a, out);
    }
    *out = d.minus ? -v : v;
    return STATUS_OK;
}

static const struct {
    const char *name;
    int64_t     ms;
} duration_unit[] = {
    {"y", 365LL * 86400000},
    {"w", 7LL * 86400000},
    {"d", 86400000},
    {"h", 3600000},
    {"m", 60000},
    {"s", 1000},
    {"ms", 1},
};

enum status
slice_duration_ms(struct slice a, int64_t *out_ms)
{
    int64_t sum = 0;
    size_t  next_unit = 0;

    if (slice_is(a, "0")) {
        *out_ms = 0;
        return STATUS_OK;
    }
    if (a.n == 0)
        return STATUS_SYNTAX;
    while (a.n) {
        struct slice number = a, unit;
        int64_t      v;
        size_t       i = 0, u = next_unit;
        enum status  s;

        while (i < a.n && is_digit(a.p[i]))
            i++;
        number.n = i;
        unit = (struct slice){a.p + i, 0};
        while (i + unit.n < a.n && !is_digit(unit.p[unit.n]))
            unit.n++;
        while (u < ARRAY_LEN(duration_unit) && !slice_is(unit, duration_unit[u].name))
            u++;
        if (u == ARRAY_LEN(duration_unit) || number.n == 0 || number.p[0] == '-')
            return STATUS_SYNTAX;
        s = slice_i64(number, &v);
        if (s)
            return s;
        if (__builtin_mul_overflow(v, duration_unit[u].ms, &v) ||
            __builtin_add_overflow(sum, v, &sum))
            return STATUS_RANGE;
        next_unit = u + 1;
        a = (struct slice){unit.p + unit.n, a.n - i - unit.n};
    }
    *out_ms = sum;
    return STATUS_OK;
}

/* Unicode 15, table 3-7: no overlong forms, no surrogates, nothing past
 * U+10FFFF.  The second byte alone has bounds that depend on the first. */
size_t
slice_utf8_first(struct slice a)
{
    const unsigned char *p = (const unsigned char *)a.p;
    unsigned char        low = 0x80, high = 0xbf;
    size_t               n;

    if (p[0] < 0x80)
        return p[0] != 0;
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 0;
    n = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    if (n > a.n)
        return 0;
    if (p[0] == 0xe0)
        low = 0xa0;
    else if (p[0] == 0xed)
        high = 0x9f;
    else if (p[0] == 0xf0)
        low = 0x90;
    else if (p[0] == 0xf4)
        high = 0x8f;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

/* Eight bytes, none of them NUL or over 0x7f.  Without high bits, taking one
 * from every byte borrows only where a byte is NUL. */
static bool
plain_ascii(const char *p)
{
    uint64_t w;

    memcpy(&w, p, sizeof w);
    return !((w | (w - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080));
}

bool
slice_utf8(struct slice a)
{
    while (a.n) {
        size_t n = a.n >= 8 && plain_ascii(a.p) ? 8 : slice_utf8_first(a);

        if (!n)
            return false;
        a = (struct slice){a.p + n, a.n - n};
    }
    return true;
}

int
slice_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}
