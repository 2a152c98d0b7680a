#include "analyzer/bounds.h"

#include <math.h>

static const uint64_t MAX_COUNT = UINT64_C(1) << 53; /* sums of all counts stay within 64 bits */

/* How the bounds of a view are written. */
enum { BOUNDS_NONE, BOUNDS_AS_BEFORE, BOUNDS_ENVOY, BOUNDS_MICRO, BOUNDS_DOUBLE };

bool
bounds_same(const struct counts_bounds *a, const struct counts_bounds *b)
{
    return a->n == b->n && memcmp(a->le_ms, b->le_ms, a->n * sizeof a->le_ms[0]) == 0;
}

/* Default of Envoy, and so of Istio: source/common/stats/histogram_impl.cc. */
static const double envoy_le_ms[] = {
    0.5,  1,    5,     10,    25,    50,     100,    250,     500,     1000,
    2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000, 3600000, (double)INFINITY};

static bool
equal(const struct counts_bounds *b, const double *le_ms, size_t n)
{
    if (b->n != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (b->le_ms[i] != le_ms[i])
            return false;
    return true;
}

/* Whether whole microseconds say all of it: rising from 0, and exactly. */
static bool
in_micro(const struct counts_bounds *b)
{
    for (uint32_t i = 0; i + 1 < b->n; i++) {
        double us = b->le_ms[i] * 1000;

        if (!(us >= 0 && us < 1e15) || us != floor(us) || us / 1000 != b->le_ms[i])
            return false;
    }
    return true;
}

/* The last bound is +Inf and not written. */
void
bounds_pack(struct text *out, const struct counts_bounds *b, const struct counts_bounds *before)
{
    uint64_t last_us = 0;
    bool     micro;

    if (b->n == 0) {
        pack_u8(out, BOUNDS_NONE);
        return;
    }
    if (before && equal(b, before->le_ms, before->n)) {
        pack_u8(out, BOUNDS_AS_BEFORE);
        return;
    }
    if (equal(b, envoy_le_ms, ARRAY_LEN(envoy_le_ms))) {
        pack_u8(out, BOUNDS_ENVOY);
        return;
    }
    micro = in_micro(b);
    pack_u8(out, micro ? BOUNDS_MICRO : BOUNDS_DOUBLE);
    pack_varint(out, b->n);
    for (uint32_t i = 0; i + 1 < b->n; i++) {
        uint64_t us = micro ? (uint64_t)(b->le_ms[i] * 1000) : 0;

        if (micro)
            pack_varint(out, us - last_us);
        else
            pack_double(out, b->le_ms[i]);
        last_us = us;
    }
}

void
bounds_unpack(struct unpack *u, struct counts_bounds *b, const struct counts_bounds *before)
{
    uint8_t  how = pack_get_u8(u);
    uint64_t n, us = 0;

    if (how == BOUNDS_NONE)
        return;
    if (how == BOUNDS_AS_BEFORE && before && before->n > 0) {
        *b = *before;
        return;
    }
    if (how == BOUNDS_ENVOY) {
        b->n = ARRAY_LEN(envoy_le_ms);
        memcpy(b->le_ms, envoy_le_ms, sizeof envoy_le_ms);
        return;
    }
    n = pack_get_varint(u);
    if ((how != BOUNDS_MICRO && how != BOUNDS_DOUBLE) || n == 0 || n > COUNTS_MAX_BOUNDS) {
        u->bad = true;
        return;
    }
    b->n = (uint32_t)n;
    for (uint32_t i = 0; i + 1 < b->n; i++) {
        if (how == BOUNDS_MICRO) {
            us += pack_get_varint(u);
            b->le_ms[i] = (double)us / 1000;
        } else {
            b->le_ms[i] = pack_get_double(u);
        }
        if (!isfinite(b->le_ms[i]) || us > (uint64_t)1e15 ||
            (i > 0 && b->le_ms[i] <= b->le_ms[i - 1]))
            u->bad = true;
    }
    b->le_ms[b->n - 1] = (double)INFINITY;
}

void
bounds_pack_counts(struct text *out, const uint64_t bucket[], uint32_t n_bounds)
{
    uint32_t first = 0, end = n_bounds;

    while (end > 0 && bucket[end - 1] == 0)
        end--;
    while (first < end && bucket[first] == 0)
        first++;
    pack_varint(out, end - first);
    if (first == end)
        return;
    pack_varint(out, first);
    for (uint32_t i = first; i < end; i++)
        pack_varint(out, bucket[i]);
}

void
bounds_unpack_counts(struct unpack *u, uint64_t bucket[], uint32_t n_bounds)
{
    uint64_t n = pack_get_varint(u), first;

    if (n == 0)
        return;
    first = pack_get_varint(u);
    if (first >= n_bounds || n > n_bounds - first) {
        u->bad = true;
        return;
    }
    for (uint64_t i = first; i < first + n && !u->bad; i++) {
        bucket[i] = pack_get_varint(u);
        if (bucket[i] > MAX_COUNT)
            u->bad = true;
        if (u->bad)
            bucket[i] = 0;
    }
}
