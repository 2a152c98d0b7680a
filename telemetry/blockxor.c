#include "telemetry/blockxor.h"

#include "telemetry/bits.h"

enum {
    LEADING_BITS = 5,
    LENGTH_BITS = 6, /* 0 stands for 64 */
    MAX_LEADING = 31,
    NEW_WINDOW = 2 + LEADING_BITS + LENGTH_BITS,
    EVEN_HEAD = 2 + 8, /* width, shift, the first value */
};

/* The bits of a word that are kept: from shift on, length of them. */
struct window {
    unsigned shift, length;
};

static struct window
window_of(uint64_t x)
{
    unsigned leading = (unsigned)__builtin_clzll(x), shift = (unsigned)__builtin_ctzll(x);

    if (leading > MAX_LEADING)
        leading = MAX_LEADING;
    return (struct window){shift, 64 - leading - shift};
}

static bool
window_holds(struct window w, uint64_t x)
{
    return w.length && !(x & ~(bits_mask(w.length) << w.shift));
}

/* Bits that x takes, and the window after it. */
static unsigned
bits_of(uint64_t x, struct window *w)
{
    if (!x)
        return 1;
    if (window_holds(*w, x))
        return 2 + w->length;
    *w = window_of(x);
    return NEW_WINDOW + w->length;
}

void
blockxor_plan(const uint64_t *v, uint32_t rows, struct blockxor *plan)
{
    struct window w = {0};
    size_t        varying = 0;
    uint64_t      any = 0;

    for (uint32_t i = 1; i < rows; i++) {
        any |= v[i] ^ v[i - 1];
        varying += bits_of(v[i] ^ v[i - 1], &w);
    }
    *plan = (struct blockxor){.shift = any ? (uint8_t)__builtin_ctzll(any) : 0};
    plan->width = (uint8_t)bits_width(any >> plan->shift);
    plan->bytes = EVEN_HEAD + (uint32_t)(plan->width * (rows - 1) + 7) / 8;
    uint32_t own = 8 + (uint32_t)(varying + 7) / 8;
    if (own < plan->bytes) {
        plan->varying = true;
        plan->bytes = own;
    }
}

static void
write_varying(const uint64_t *v, uint32_t rows, uint8_t *to, size_t *at)
{
    struct window w = {0};

    for (uint32_t i = 1; i < rows; i++) {
        uint64_t x = v[i] ^ v[i - 1];

        if (!x) {
            bits_put(to, at, 0, 1);
            continue;
        }
        if (window_holds(w, x)) {
            bits_put(to, at, 1, 2);
        } else {
            w = window_of(x);
            bits_put(to, at, 3, 2);
            bits_put(to, at, 64 - w.length - w.shift, LEADING_BITS);
            bits_put(to, at, w.length & 63, LENGTH_BITS);
        }
        bits_put(to, at, x >> w.shift, w.length);
    }
}

uint8_t *
blockxor_write(const struct blockxor *plan, const uint64_t *v, uint32_t rows, uint8_t *to)
{
    size_t at = 0;

    if (!plan->varying) {
        *to++ = plan->width;
        *to++ = plan->shift;
    }
    bits_put(to, &at, v[0], 64);
    if (plan->varying)
        write_varying(v, rows, to, &at);
    for (uint32_t i = 1; i < rows && !plan->varying; i++)
        bits_put(to, &at, (v[i] ^ v[i - 1]) >> plan->shift, plan->width);
    return to + (at + 7) / 8;
}

static void
read_even(const uint8_t *p, uint32_t n, uint64_t *v)
{
    unsigned width = p[0], shift = p[1];
    uint64_t last = bits_load(p + 2);
    size_t   at = 0;

    p += EVEN_HEAD;
    v[0] = last;
    for (uint32_t i = 1; i < n; i++) {
        last ^= bits_get(p, at, width) << shift;
        v[i] = last;
        at += width;
    }
}

/* n values, of which the bits end before `end`; false: they do not. */
static bool
read_varying(const uint8_t *p, size_t end, uint32_t n, uint64_t *v, size_t *used)
{
    struct window w = {0};
    size_t        at = 64;

    v[0] = bits_load(p);
    for (uint32_t i = 1; i < n; i++) {
        if (at >= end)
            return false;
        uint64_t head = bits_get(p, at, NEW_WINDOW);
        if (!(head & 1)) {
            at++;
            v[i] = v[i - 1];
            continue;
        }
        at += 2;
        if (head & 2) {
            unsigned leading = head >> 2 & MAX_LEADING;
            w.length = head >> (2 + LEADING_BITS) & 63;
            w.length = w.length ? w.length : 64;
            if (leading + w.length > 64)
                return false;
            w.shift = 64 - leading - w.length;
            at += LEADING_BITS + LENGTH_BITS;
        }
        if (!w.length || at + w.length > end)
            return false;
        v[i] = v[i - 1] ^ bits_get(p, at, w.length) << w.shift;
        at += w.length;
    }
    *used = at;
    return at <= end;
}

void
blockxor_read(const uint8_t *p, bool varying, uint32_t n, uint64_t *v)
{
    size_t used;

    if (!n)
        return;
    if (varying)
        (void)read_varying(p, SIZE_MAX, n, v, &used);
    else
        read_even(p, n, v);
}

const uint8_t *
blockxor_check(const uint8_t *p, const uint8_t *end, bool varying, uint32_t rows)
{
    uint64_t v[256];
    size_t   left = (size_t)(end - p), used;

    if (rows > sizeof v / sizeof *v)
        return NULL;
    if (varying)
        return left >= 8 && read_varying(p, left * 8, rows, v, &used) ? p + (used + 7) / 8 : NULL;
    if (left < EVEN_HEAD || p[0] > 64 || p[1] > 63 || p[0] + p[1] > 64)
        return NULL;
    used = EVEN_HEAD + (p[0] * (size_t)(rows - 1) + 7) / 8;
    return used <= left ? p + used : NULL;
}
