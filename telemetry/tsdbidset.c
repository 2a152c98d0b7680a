#include "telemetry/tsdbidset.h"

enum { GALLOP = 16 };

static uint64_t *
bits_of(struct arena *a, const struct tsdbidset *sets, size_t n, uint32_t bound)
{
    uint64_t *bits = arena_array(a, (size_t)bound / 64 + 1, sizeof *bits);

    for (size_t s = 0; s < n; s++)
        for (size_t i = 0; i < sets[s].n; i++)
            if (sets[s].id[i] < bound)
                bits[sets[s].id[i] / 64] |= UINT64_C(1) << (sets[s].id[i] & 63);
    return bits;
}

struct tsdbidset
tsdbidset_union(struct arena *a, const struct tsdbidset *sets, size_t n, uint32_t bound)
{
    if (n <= 1)
        return n ? sets[0] : (struct tsdbidset){0};

    const uint64_t *bits = bits_of(a, sets, n, bound);
    size_t          total = 0, made = 0, words = (size_t)bound / 64 + 1;
    for (size_t w = 0; w < words; w++)
        total += (size_t)__builtin_popcountll(bits[w]);
    uint32_t *id = arena_array(a, total, sizeof *id);
    for (size_t w = 0; w < words; w++)
        for (uint64_t left = bits[w]; left; left &= left - 1)
            id[made++] = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(left);
    return (struct tsdbidset){id, made};
}

/* The first place from at on with an id of at least this: gallop, then halve. */
static size_t
seek(struct tsdbidset s, size_t at, uint32_t id)
{
    size_t step = 1, to = at;

    while (to < s.n && s.id[to] < id) {
        at = to + 1;
        to += step;
        step *= 2;
    }
    if (to > s.n)
        to = s.n;
    while (at < to) {
        size_t mid = at + (to - at) / 2;

        if (s.id[mid] < id)
            at = mid + 1;
        else
            to = mid;
    }
    return at;
}

static size_t
filter_one(struct tsdbidset from, struct tsdbidset by, bool keep, uint32_t *to)
{
    size_t made = 0, at = 0;
    bool   far = by.n / GALLOP > from.n;

    for (size_t i = 0; i < from.n; i++) {
        if (far)
            at = seek(by, at, from.id[i]);
        while (at < by.n && by.id[at] < from.id[i])
            at++;
        if ((at < by.n && by.id[at] == from.id[i]) == keep)
            to[made++] = from.id[i];
    }
    return made;
}

struct tsdbidset
tsdbidset_filter(struct arena *a, struct tsdbidset from, const struct tsdbidset *sets, size_t n,
                 bool keep, uint32_t bound)
{
    uint32_t *to;
    size_t    made = 0;

    if (!n || !from.n)
        return keep ? (struct tsdbidset){0} : from;
    to = arena_array(a, from.n, sizeof *to);
    if (n == 1)
        return (struct tsdbidset){to, filter_one(from, sets[0], keep, to)};

    const uint64_t *bits = bits_of(a, sets, n, bound);
    for (size_t i = 0; i < from.n; i++) {
        uint32_t id = from.id[i];

        if (id < bound && (bits[id / 64] >> (id & 63) & 1) == keep)
            to[made++] = id;
    }
    return (struct tsdbidset){to, made};
}
