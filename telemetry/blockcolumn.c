#include "telemetry/blockcolumn.h"

#include "telemetry/bits.h"
#include "telemetry/block.h"
#include "telemetry/blockint.h"
#include "telemetry/blockxor.h"

/* The first byte of a column. */
enum {
    KIND = 3, /* of enum kind */
    OVER = 4,
    ABSENT = 8,
    SPECIAL = 16,
    SCALE_SHIFT = 5,
    MAX_SCALE = 7,
};

/* WHOLE is 0: a plain column's head has no bits but ABSENT. */
enum kind { WHOLE, EVEN_XOR, VARYING_XOR, N_KINDS };

enum { SPECIAL_BYTES = 1 + 8 };

#define WHOLE_LIMIT 0x1p53

static const double power[MAX_SCALE + 1] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7};

static double
double_of(uint64_t bits)
{
    double v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

static uint64_t
bits_of(double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    return bits;
}

/* As the decoder will divide. */
static bool
fits(double v, unsigned scale, int64_t *whole)
{
    double m = v * power[scale];

    if (!(m >= -WHOLE_LIMIT && m <= WHOLE_LIMIT))
        return false;
    *whole = (int64_t)(scale ? __builtin_rint(m) : m);
    return bits_of((double)*whole / power[scale]) == bits_of(v);
}

/* NaN, infinities, -0: never whole, and rare. */
static bool
is_special(uint64_t bits)
{
    return (bits >> 52 & 0x7ff) == 0x7ff || bits == UINT64_C(1) << 63;
}

/* A column that is being written. */
struct writing {
    uint64_t   *v;
    const bool *present;
    uint32_t    rows, n_special;
    unsigned    head; /* but for kind and OVER */
};

/* Numbers into m, and which rows are set; false: these are no whole numbers. */
static bool
find_whole(struct writing *w, uint64_t *m, bool *set, unsigned *scale)
{
    unsigned s = 0;
    int64_t  whole;

    for (uint32_t i = 0; i < w->rows; i++) {
        set[i] = w->present[i] && !is_special(w->v[i]);
        w->n_special += w->present[i] && !set[i];
        while (set[i] && !fits(double_of(w->v[i]), s, &whole))
            if (++s > MAX_SCALE)
                return false;
        m[i] = set[i] ? (uint64_t)whole : 0;
    }
    for (uint32_t i = 0; i < w->rows && s; i++) {
        if (set[i] && !fits(double_of(w->v[i]), s, &whole))
            return false;
        m[i] = set[i] ? (uint64_t)whole : 0;
    }
    *scale = s;
    return w->n_special * 8 <= w->rows;
}

/* Rows that are not set get numbers that cost least: on the line between their
 * neighbours, or on with the slope at the edge. */
static void
fill_gaps(uint64_t *m, const bool *set, uint32_t rows)
{
    uint32_t first = 0, last = rows, next;
    int64_t  step = 0;

    while (first < rows && !set[first])
        first++;
    if (first == rows)
        return;
    while (!set[last - 1])
        last--;
    for (uint32_t i = first; i + 1 < last; i = next) {
        for (next = i + 1; !set[next]; next++)
            continue;
        int64_t rise = (int64_t)(m[next] - m[i]);
        for (uint32_t k = i + 1; k < next; k++)
            m[k] = m[i] + (uint64_t)(rise * (int64_t)(k - i) / (int64_t)(next - i));
    }
    if (first + 1 < last)
        step = (int64_t)(m[first + 1] - m[first]);
    for (uint32_t i = first; i > 0; i--)
        m[i - 1] = m[i] - (uint64_t)step;
    if (first + 1 < last)
        step = (int64_t)(m[last - 1] - m[last - 2]);
    for (uint32_t i = last; i < rows; i++)
        m[i] = m[i - 1] + (uint64_t)step;
}

static uint8_t *
put_head(const struct writing *w, enum kind kind, uint32_t below, uint8_t *to)
{
    *to++ = (uint8_t)(w->head | kind | (below ? OVER : 0));
    if (below)
        to = bits_put_varint(to, below);
    if (w->head & ABSENT) {
        for (uint32_t i = 0; i < w->rows; i++)
            if (!w->present[i])
                to[i / 8] |= (uint8_t)(1u << (i & 7));
        to += (w->rows + 7) / 8;
    }
    if (!(w->head & SPECIAL))
        return to;
    *to++ = (uint8_t)w->n_special;
    for (uint32_t i = 0; i < w->rows; i++) {
        if (!w->present[i] || !is_special(w->v[i]))
            continue;
        *to++ = (uint8_t)i;
        for (unsigned k = 0; k < 8; k++)
            *to++ = (uint8_t)(w->v[i] >> 8 * k);
    }
    return to;
}

/* The column that k is best stored over: the one before it, or, where that one
 * runs beside an earlier one, that one; k: none. */
static uint32_t
origin_of(uint32_t k, const struct blockcolumn_kept *kept)
{
    if (!k || !kept[k - 1].whole)
        return k;
    uint32_t origin = kept[k - 1].even ? kept[k - 1].origin : k - 1;
    return kept[origin].depth + 1 < BLOCKCOLUMN_MAX_DEPTH ? origin : k;
}

static uint8_t *
write_whole(const struct writing *w, uint32_t k, struct blockcolumn_kept *kept, uint8_t *to)
{
    struct blockint own, over = {.bytes = UINT32_MAX - 1};
    uint64_t        rest[BLOCK_MAX_ROWS], *number = kept[k].number;
    uint32_t        origin = w->head >> SCALE_SHIFT ? k : origin_of(k, kept);

    kept[k].whole = !(w->head >> SCALE_SHIFT);
    kept[k].origin = k;
    blockint_plan(number, w->rows, &own);
    if (origin != k && own.width) {
        for (uint32_t i = 0; i < w->rows; i++)
            rest[i] = number[i] - kept[origin].number[i];
        blockint_plan(rest, w->rows, &over);
    }
    if (over.bytes + 1 >= own.bytes) {
        to = put_head(w, WHOLE, 0, to);
        return blockint_write(&own, number, w->rows, to);
    }
    kept[k].origin = origin;
    kept[k].depth = (uint8_t)(kept[origin].depth + 1);
    kept[k].even = !over.width && !over.n_patches;
    to = put_head(w, WHOLE, k - origin, to);
    return blockint_write(&over, rest, w->rows, to);
}

static uint8_t *
write_xor(struct writing *w, uint8_t *to)
{
    struct blockxor plan;
    uint64_t        last = 0;

    w->head &= ABSENT; /* special values are as good as others here */
    for (uint32_t i = w->rows; i-- > 0;)
        last = w->present[i] ? w->v[i] : last; /* the first that is present */
    for (uint32_t i = 0; i < w->rows; i++)
        last = w->v[i] = w->present[i] ? w->v[i] : last;
    blockxor_plan(w->v, w->rows, &plan);
    to = put_head(w, plan.varying ? VARYING_XOR : EVEN_XOR, 0, to);
    return blockxor_write(&plan, w->v, w->rows, to);
}

uint8_t *
blockcolumn_write(uint64_t *v, const bool *present, uint32_t rows, uint32_t k,
                  struct blockcolumn_kept *kept, uint8_t *to)
{
    struct writing w = {.v = v, .present = present, .rows = rows};
    bool           set[BLOCK_MAX_ROWS];
    unsigned       scale;

    kept[k] = (struct blockcolumn_kept){.number = kept[k].number, .origin = k};
    if (memchr(present, false, rows))
        w.head |= ABSENT;
    if (!find_whole(&w, kept[k].number, set, &scale))
        return write_xor(&w, to);
    w.head |= scale << SCALE_SHIFT | (w.n_special ? SPECIAL : 0);
    fill_gaps(kept[k].number, set, rows);
    return write_whole(&w, k, kept, to);
}

static inline enum kind
kind_of(const struct blockcolumn *c)
{
    return c->head & KIND;
}

bool
blockcolumn_is_whole(const struct blockcolumn *c)
{
    return kind_of(c) == WHOLE;
}

struct blockcolumn
blockcolumn_at(const uint8_t *p, uint32_t rows)
{
    struct blockcolumn c = {.head = *p++};
    uint64_t           below;

    if (c.head & OVER) {
        p = bits_get_varint(p, p + BITS_MAX_VARINT, &below);
        c.below = (uint32_t)below;
    }
    if (c.head & ABSENT) {
        c.absent = p;
        p += (rows + 7) / 8;
    }
    if (c.head & SPECIAL) {
        c.n_special = *p++;
        c.special = p;
        p += c.n_special * SPECIAL_BYTES;
    }
    c.body = p;
    return c;
}

static void
read_whole(const struct blockcolumn *c, const uint64_t *sum, uint32_t from, uint32_t to,
           double *value)
{
    unsigned scale = c->head >> SCALE_SHIFT;
    uint64_t whole = 0;

    for (uint32_t i = 0; i < from; i++)
        whole += sum[i];
    for (uint32_t i = from; i < to; i++) {
        whole += sum[i];
        value[i - from] = (double)(int64_t)whole;
    }
    for (uint32_t i = from; i < to && scale; i++)
        value[i - from] /= power[scale];
    for (uint32_t i = 0; i < c->n_special; i++) {
        const uint8_t *at = c->special + (size_t)i * SPECIAL_BYTES;
        if (*at >= from && *at < to)
            value[*at - from] = double_of(bits_load(at + 1));
    }
}

void
blockcolumn_read(const struct blockcolumn *c, uint64_t *sum, uint32_t from, uint32_t to,
                 double *value)
{
    if (kind_of(c) == WHOLE) {
        read_whole(c, sum, from, to, value);
        return;
    }
    blockxor_read(c->body, kind_of(c) == VARYING_XOR, to, sum);
    for (uint32_t i = from; i < to; i++)
        value[i - from] = double_of(sum[i]);
}

bool
blockcolumn_read_plain(const struct blockcolumn *c, uint32_t from, uint32_t to, double *value)
{
    return !(c->head & ~(unsigned)ABSENT) && blockint_read(c->body, from, to, value);
}

static const uint8_t *
check_special(const uint8_t *p, const uint8_t *end, uint32_t rows)
{
    if (p == end || (size_t)(end - p - 1) < *p * (size_t)SPECIAL_BYTES)
        return NULL;
    for (uint32_t n = *p++; n; n--, p += SPECIAL_BYTES)
        if (*p >= rows)
            return NULL;
    return p;
}

bool
blockcolumn_check(const uint8_t *p, const uint8_t *end, uint32_t rows, uint32_t k,
                  struct blockcolumn *c)
{
    const uint8_t *at = p;
    uint64_t       below = 0;

    if (p == end)
        return false;
    unsigned head = *at++, kind = head & KIND;
    if (kind >= N_KINDS || (kind != WHOLE && head & ~(unsigned)(KIND | ABSENT)))
        return false;
    if (head & OVER) {
        at = bits_get_varint(at, end, &below);
        if (!at || !below || below > k || head >> SCALE_SHIFT)
            return false;
    }
    if (head & ABSENT) {
        if ((size_t)(end - at) < (rows + 7) / 8)
            return false;
        at += (rows + 7) / 8;
    }
    if (head & SPECIAL)
        at = check_special(at, end, rows);
    if (!at)
        return false;
    *c = blockcolumn_at(p, rows);
    return (kind == WHOLE ? blockint_check(at, end, rows)
                          : blockxor_check(at, end, kind == VARYING_XOR, rows)) == end;
}
