#include "base/text.h"

#include "base/heap.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* What p is before the first write: shared, so never written to. */
static char nothing[1];

enum { FIRST_CAP = 64 };

void
text_init(struct text *t, size_t max_bytes)
{
    *t = (struct text){.p = nothing, .max_bytes = max_bytes};
}

void
text_release(struct text *t)
{
    if (t->cap)
        free(t->p);
    *t = (struct text){0};
}

void
text_clear(struct text *t)
{
    t->n = 0;
    t->status = STATUS_OK;
    if (t->cap)
        t->p[0] = '\0';
}

/* Room for n more bytes and a NUL, or the sticky refusal. */
static bool
reserve(struct text *t, size_t n)
{
    size_t cap = t->cap ? t->cap : FIRST_CAP;

    if (t->status)
        return false;
    if (n > t->max_bytes - t->n) {
        t->status = STATUS_TOO_LARGE;
        return false;
    }
    if (t->n + n < t->cap)
        return true;
    while (cap <= t->n + n)
        cap = cap > SIZE_MAX / 2 ? t->n + n + 1 : cap * 2;
    t->p = heap_grow(t->cap ? t->p : NULL, cap, 1);
    t->cap = cap;
    return true;
}

void
text_put(struct text *t, struct slice s)
{
    if (!reserve(t, s.n))
        return;
    if (s.n)
        memcpy(t->p + t->n, s.p, s.n);
    t->n += s.n;
    t->p[t->n] = '\0';
}

void
text_puts(struct text *t, const char *s)
{
    text_put(t, slice_of(s));
}

char *
text_room(struct text *t, size_t n)
{
    return reserve(t, n) ? t->p + t->n : NULL;
}

void
text_used(struct text *t, size_t n)
{
    t->n += n;
    t->p[t->n] = '\0';
}

void
text_putc(struct text *t, char c)
{
    /* The common case without a call. */
    if (!t->status && t->n + 1 < t->cap && t->n < t->max_bytes) {
        t->p[t->n++] = c;
        t->p[t->n] = '\0';
        return;
    }
    text_put(t, (struct slice){&c, 1});
}

void
text_printf(struct text *t, const char *fmt, ...)
{
    size_t  room = t->cap - t->n;
    va_list ap;
    int     n;

    if (t->status)
        return;
    va_start(ap, fmt);
    n = vsnprintf(t->cap ? t->p + t->n : NULL, t->cap ? room : 0, fmt, ap);
    va_end(ap);
    if (n < 0) /* only for a format no caller has */
        abort();
    if (t->cap && (size_t)n < room && (size_t)n <= t->max_bytes - t->n) {
        t->n += (size_t)n;
        return;
    }
    if (t->cap)
        t->p[t->n] = '\0'; /* undo what was cut short */
    if (!reserve(t, (size_t)n))
        return;
    va_start(ap, fmt);
    vsnprintf(t->p + t->n, (size_t)n + 1, fmt, ap);
    va_end(ap);
    t->n += (size_t)n;
}

/* Up to 15 digits survive the way through a normal double, so %.15g is the
 * shortest if it reads back at all, and 17 always suffice; numbers below the
 * normal range carry fewer digits, down to one. */
static void
shortest(double v, char buf[32])
{
    for (int digits = fabs(v) < 2.2250738585072014e-308 ? 1 : 15; digits <= 17; digits++) {
        snprintf(buf, 32, "%.*g", digits, v);
        if (strtod(buf, NULL) == v)
            return;
    }
}

static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                            "25262728293031323334353637383940414243444546474849"
                            "50515253545556575859606162636465666768697071727374"
                            "75767778798081828384858687888990919293949596979899";

static void
two_digits(char *out, uint32_t v)
{
    memcpy(out, pairs + 2 * (size_t)v, 2);
}

static void
eight_digits(char *out, uint32_t v)
{
    const uint32_t high = v / 10000, low = v % 10000;

    two_digits(out, high / 100);
    two_digits(out + 2, high % 100);
    two_digits(out + 4, low / 100);
    two_digits(out + 6, low % 100);
}

/* v is below 1e8. */
static size_t
few_digits(char *out, uint32_t v)
{
    char   all[8];
    size_t zeros = 0;

    eight_digits(all, v);
    while (zeros < 7 && all[zeros] == '0')
        zeros++;
    memcpy(out, all + zeros, 8 - zeros);
    return 8 - zeros;
}

size_t
text_digits(char out[TEXT_DIGITS], uint64_t v)
{
    const uint32_t part = 100 * 1000 * 1000;
    size_t         n;

    if (v < part)
        return few_digits(out, (uint32_t)v);
    n = text_digits(out, v / part);
    eight_digits(out + n, (uint32_t)(v % part));
    return n + 8;
}

/* v is whole and below 1e15: its digits, without the cost of printf. */
static struct slice
whole(double v, char buf[32])
{
    size_t n = 0;

    if (signbit(v))
        buf[n++] = '-';
    n += text_digits(buf + n, (uint64_t)fabs(v));
    return (struct slice){buf, n};
}

void
text_double(struct text *t, double v)
{
    char buf[32];

    if (isnan(v)) {
        text_puts(t, "NaN");
    } else if (isinf(v)) {
        text_puts(t, v > 0 ? "+Inf" : "-Inf");
    } else if (fabs(v) < 1e15 && trunc(v) == v) {
        text_put(t, whole(v, buf));
    } else {
        shortest(v, buf);
        text_puts(t, buf);
    }
}

void
text_percent(struct text *t, struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            (c && strchr("-._~", c)))
            text_putc(t, (char)c);
        else
            text_printf(t, "%%%02X", c);
    }
}

struct slice
text_slice(const struct text *t)
{
    return (struct slice){t->p, t->n};
}

char *
text_take(struct text *t, size_t *n)
{
    char *p = t->cap ? t->p : heap_new(1, 1);

    if (n)
        *n = t->n;
    *t = (struct text){0};
    return p;
}

void
text_adopt(struct text *t, char *memory, size_t cap_bytes)
{
    if (t->cap)
        free(t->p);
    memory[0] = '\0';
    *t = (struct text){.p = memory, .cap = cap_bytes, .max_bytes = t->max_bytes};
}
