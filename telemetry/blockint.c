#include "telemetry/blockint.h"

#include "telemetry/bits.h"

/* What stands in memory: the first byte (width and patches), one that says how
 * many bytes base (low nibble) and frame take, these, the patches (row, excess
 * as a varint), the packed differences. */
enum {
    HEAD_BYTES = 2,
    NIBBLE_BITS = 4,
    NIBBLE = 15,
    KEPT = BLOCKINT_MAX_PATCHES + 1,
    WIDTH_BITS = 6, /* of the first byte, whose other bits count the patches */
    WIDEST = 63,    /* stands for 64 */
    ONE_WORD = 57,  /* widths up to here lie within eight bytes wherever they begin */
};

/* The smallest and largest differences, in order from the outside in. */
struct extremes {
    int64_t  low[KEPT], high[KEPT];
    uint32_t n_low, n_high;
};

static void
keep_low(struct extremes *x, int64_t d)
{
    uint32_t i = x->n_low < KEPT ? x->n_low++ : KEPT - 1;

    for (; i && x->low[i - 1] > d; i--)
        x->low[i] = x->low[i - 1];
    x->low[i] = d;
}

static void
keep_high(struct extremes *x, int64_t d)
{
    uint32_t i = x->n_high < KEPT ? x->n_high++ : KEPT - 1;

    for (; i && x->high[i - 1] < d; i--)
        x->high[i] = x->high[i - 1];
    x->high[i] = d;
}

static int64_t
difference(const uint64_t *v, uint32_t row)
{
    return (int64_t)(v[row] - v[row - 1]);
}

static struct extremes
find_extremes(const uint64_t *v, uint32_t rows)
{
    struct extremes x = {0};

    for (uint32_t i = 1; i < rows; i++) {
        int64_t d = difference(v, i);

        if (x.n_low < KEPT || d < x.low[KEPT - 1])
            keep_low(&x, d);
        if (x.n_high < KEPT || d > x.high[KEPT - 1])
            keep_high(&x, d);
    }
    return x;
}

static size_t
patch_bits(int64_t d, int64_t frame)
{
    return 8 + 8 * bits_varint_bytes(bits_zigzag((int64_t)((uint64_t)d - (uint64_t)frame)));
}

/* Smallest when so many of the lowest and highest are patched. */
static void
choose_frame(const struct extremes *x, uint32_t rows, struct blockint *plan, int64_t *high)
{
    size_t best = SIZE_MAX;

    for (uint32_t cut = 0; cut <= BLOCKINT_MAX_PATCHES && cut + 1 < rows; cut++) {
        for (uint32_t below = 0; below <= cut; below++) {
            int64_t  lo = x->low[below], hi = x->high[cut - below];
            unsigned width = hi < lo ? 0 : bits_width((uint64_t)hi - (uint64_t)lo);
            size_t   bits = (size_t)width * (rows - 1);

            for (uint32_t i = 0; i < below; i++)
                bits += patch_bits(x->low[i], lo);
            for (uint32_t i = 0; i < cut - below; i++)
                bits += patch_bits(x->high[i], lo);
            if (hi < lo || bits >= best)
                continue;
            best = bits;
            plan->frame = (uint64_t)lo;
            plan->width = (uint8_t)(width < WIDEST ? width : 64);
            *high = hi;
        }
        if (!plan->width)
            break;
    }
}

void
blockint_plan(const uint64_t *v, uint32_t rows, struct blockint *plan)
{
    struct extremes x = find_extremes(v, rows);
    int64_t         high = 0;

    *plan = (struct blockint){.base = v[0]};
    if (rows > 1)
        choose_frame(&x, rows, plan, &high);
    plan->bytes = HEAD_BYTES + bits_bytes(bits_zigzag((int64_t)plan->base)) +
                  bits_bytes(bits_zigzag((int64_t)plan->frame)) +
                  (plan->width * (rows - 1) + 7) / 8;
    for (uint32_t i = 1; i < rows; i++) {
        int64_t d = difference(v, i);

        if (d >= (int64_t)plan->frame && d <= high)
            continue;
        uint64_t excess = (uint64_t)d - plan->frame;
        plan->patch_row[plan->n_patches] = (uint8_t)i;
        plan->patch[plan->n_patches++] = excess;
        plan->bytes += 1 + bits_varint_bytes(bits_zigzag((int64_t)excess));
    }
}

uint8_t *
blockint_write(const struct blockint *plan, const uint64_t *v, uint32_t rows, uint8_t *to)
{
    size_t at = 0;

    *to++ =
        (uint8_t)((plan->width < WIDEST ? plan->width : WIDEST) | plan->n_patches << WIDTH_BITS);
    uint64_t base = bits_zigzag((int64_t)plan->base), frame = bits_zigzag((int64_t)plan->frame);
    *to++ = (uint8_t)(bits_bytes(base) | bits_bytes(frame) << NIBBLE_BITS);
    for (; base; base >>= 8)
        *to++ = (uint8_t)base;
    for (; frame; frame >>= 8)
        *to++ = (uint8_t)frame;
    for (uint32_t i = 0; i < plan->n_patches; i++) {
        *to++ = plan->patch_row[i];
        to = bits_put_varint(to, bits_zigzag((int64_t)plan->patch[i]));
    }
    for (uint32_t i = 1, next = 0; i < rows && plan->width; i++) {
        bool patched = next < plan->n_patches && plan->patch_row[next] == i;

        next += patched;
        bits_put(to, &at, patched ? 0 : (uint64_t)difference(v, i) - plan->frame, plan->width);
    }
    return to + (at + 7) / 8;
}

struct head {
    uint64_t base, frame;
    unsigned width, n_patches;
};

/* Bytes of the head at p; nothing behind the first two is looked at. */
static inline size_t
head_bytes(const uint8_t *p)
{
    return (size_t)HEAD_BYTES + (p[1] & NIBBLE) + (p[1] >> NIBBLE_BITS);
}

/* Of a head that is whole: what follows it. */
static inline const uint8_t *
read_head(const uint8_t *p, struct head *h)
{
    unsigned n_base = p[1] & NIBBLE, n_frame = p[1] >> NIBBLE_BITS;

    h->width = p[0] & (unsigned)bits_mask(WIDTH_BITS);
    if (h->width == WIDEST)
        h->width = 64;
    h->n_patches = p[0] >> WIDTH_BITS;
    p += HEAD_BYTES;
    h->base = bits_unzigzag(bits_load(p) & bits_mask(8 * n_base));
    p += n_base;
    h->frame = bits_unzigzag(bits_load(p) & bits_mask(8 * n_frame));
    return p + n_frame;
}

static const uint8_t *
add_patches(const uint8_t *p, const struct head *h, uint32_t n, uint64_t *sum)
{
    for (uint32_t i = 0; i < h->n_patches; i++) {
        uint32_t row = *p++;
        uint64_t excess;

        p = bits_get_varint(p, p + BITS_MAX_VARINT, &excess);
        if (row < n)
            sum[row] += bits_unzigzag(excess);
    }
    return p;
}

void
blockint_add(const uint8_t *p, uint32_t n, uint64_t *sum)
{
    struct head h;

    p = add_patches(read_head(p, &h), &h, n, sum);
    if (n)
        sum[0] += h.base;
    if (!h.width) {
        for (uint32_t i = 1; i < n; i++)
            sum[i] += h.frame;
        return;
    }
    uint64_t mask = bits_mask(h.width);
    size_t   at = 0;
    if (h.width > ONE_WORD) {
        for (uint32_t i = 1; i < n; i++, at += h.width)
            sum[i] += h.frame + bits_get(p, at, h.width);
        return;
    }
    for (uint32_t i = 1; i < n; i++, at += h.width)
        sum[i] += h.frame + (bits_load(p + at / 8) >> (at & 7) & mask);
}

bool
blockint_read(const uint8_t *p, uint32_t from, uint32_t to, double *value)
{
    struct head h;

    p = read_head(p, &h);
    if (h.n_patches || h.width > ONE_WORD)
        return false;
    uint64_t mask = bits_mask(h.width), sum = h.base;
    size_t   at = 0;
    if (from == 0 && to) {
        *value++ = (double)(int64_t)sum;
        from = 1;
    }
    for (uint32_t i = 1; i < from; i++, at += h.width)
        sum += h.frame + (bits_load(p + at / 8) >> (at & 7) & mask);
    for (uint32_t i = from; i < to; i++, at += h.width) {
        sum += h.frame + (bits_load(p + at / 8) >> (at & 7) & mask);
        *value++ = (double)(int64_t)sum;
    }
    return true;
}

bool
blockint_is_even(const uint8_t *p, uint64_t *base, uint64_t *difference_of_all)
{
    struct head h;

    if (*p)
        return false;
    (void)read_head(p, &h);
    *base = h.base;
    *difference_of_all = h.frame;
    return true;
}

uint32_t
blockint_bytes(const uint8_t *p, uint32_t rows)
{
    struct head    h;
    const uint8_t *at = read_head(p, &h);

    for (uint32_t i = 0; i < h.n_patches; i++) {
        uint64_t excess;
        at = bits_get_varint(at + 1, at + 1 + BITS_MAX_VARINT, &excess);
    }
    return (uint32_t)(at - p) + (h.width * (rows - 1) + 7) / 8;
}

const uint8_t *
blockint_check(const uint8_t *p, const uint8_t *end, uint32_t rows)
{
    struct head h;
    uint64_t    excess;

    if (end - p < HEAD_BYTES || (p[1] & NIBBLE) > 8 || p[1] >> NIBBLE_BITS > 8 ||
        (size_t)(end - p) < head_bytes(p))
        return NULL;
    p = read_head(p, &h);
    for (uint32_t i = 0; i < h.n_patches; i++) {
        if (p == end || !*p || *p >= rows)
            return NULL;
        p = bits_get_varint(p + 1, end, &excess);
        if (!p)
            return NULL;
    }
    size_t bytes = (h.width * (size_t)(rows - 1) + 7) / 8;
    return bytes > (size_t)(end - p) ? NULL : p + bytes;
}
