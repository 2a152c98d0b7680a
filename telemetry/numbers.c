#include "telemetry/numbers.h"

#include <math.h>
#include <string.h>

/* Up to this many digits every whole number is a double. */
enum { EXACT_DIGITS = 15 };

static bool
stops(char c, bool loose)
{
    return c == ' ' || c == '\n' || (loose && (c == '\t' || c == '{'));
}

static double
normal_nan(void)
{
    const uint64_t bits = UINT64_C(0x7ff8000000000001); /* model/value, NormalNaN */
    double         v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

/* Most values are counts. */
static const char *
whole(const char *p, const char *end, uint64_t *v)
{
    const char *from = p;

    *v = 0;
    while (p < end && (unsigned char)(*p - '0') <= 9)
        *v = *v * 10 + (uint64_t)(*p++ - '0');
    return p > from && p - from <= EXACT_DIGITS ? p : NULL;
}

const char *
numbers_value(const char *p, const char *end, bool loose, double *v)
{
    const char *at;
    uint64_t    n;

    at = whole(p, end, &n);
    if (at && (at == end || stops(*at, loose))) {
        *v = (double)n;
        return at;
    }
    at = p;
    while (at < end && !stops(*at, loose))
        at++;
    if (slice_double((struct slice){p, (size_t)(at - p)}, v))
        return NULL;
    if (isnan(*v))
        *v = normal_nan();
    return at;
}

const char *
numbers_time_ms(const char *p, const char *end, int64_t *t_ms)
{
    const char *at = p;

    while (at < end && (unsigned char)(*at - '0') <= 9)
        at++;
    return slice_i64((struct slice){p, (size_t)(at - p)}, t_ms) ? NULL : at;
}

const char *
numbers_time_s(const char *p, const char *end, int64_t *t_ms)
{
    double      s;
    const char *at = numbers_value(p, end, false, &s);

    if (!at || !(fabs(s * 1000) < 0x1p62))
        return NULL;
    *t_ms = (int64_t)(s * 1000);
    return at;
}
