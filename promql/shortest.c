#include "promql/shortest.h"

#include <string.h>

enum { LOWEST_POWER = -292, MANTISSA_BITS = 52, EXPONENT_BIAS = 1075 };

static const struct power {
    uint64_t high, low;
} powers[] = {
#define POWER(high, low) {high, low},
#include "promql/shortest_power.def"
#undef POWER
};

/* floor(log10(2^e)), floor(log10(3/4 * 2^e)), floor(log2(10^k)), for all that
 * doubles need (Giulietti, §9.1: the constants are logarithms times 2^22, 2^19). */
static int
log10_of_power_of_2(int e)
{
    return (e * 1262611) >> 22;
}

static int
log10_of_three_quarters(int e)
{
    return (e * 1262611 - 524031) >> 22;
}

static int
log2_of_power_of_10(int k)
{
    return (k * 1741647) >> 19;
}

/* The top 64 bits of g * c, of whose rest the lowest bit tells whether there is
 * any worth the name: comparisons of such products are those of the exact ones. */
static uint64_t
round_to_odd(const struct power *g, uint64_t c)
{
    unsigned __int128 low = (unsigned __int128)g->low * c;
    unsigned __int128 sum = (unsigned __int128)g->high * c + (uint64_t)(low >> 64);

    return (uint64_t)(sum >> 64) | ((uint64_t)sum > 1);
}

static struct shortest
without_zeros(uint64_t digits, int exponent)
{
    while (digits % 10 == 0) {
        digits /= 10;
        exponent++;
    }
    return (struct shortest){digits, exponent};
}

/* v = c * 2^q.  All that reads back as v lies between two bounds; scaled by 10^-k
 * and 4 they are the integers lower and upper, and v is middle. */
static struct shortest
of_parts(uint64_t c, int q, bool below_is_closer)
{
    const bool          odd = c & 1; /* the bounds themselves read back as their even sides */
    const int           k = below_is_closer ? log10_of_three_quarters(q) : log10_of_power_of_2(q);
    const int           h = q + log2_of_power_of_10(-k) + 1;
    const struct power *g = &powers[-k - LOWEST_POWER];
    const uint64_t      lower = round_to_odd(g, (4 * c - 2 + below_is_closer) << h) + odd;
    const uint64_t      middle = round_to_odd(g, (4 * c) << h);
    const uint64_t      upper = round_to_odd(g, (4 * c + 2) << h) - odd;
    const uint64_t      s = middle / 4;

    if (s >= 10) { /* one digit less, if just one of its neighbours fits */
        uint64_t tens = s / 10;
        bool     down = lower <= 40 * tens, up = 40 * tens + 40 <= upper;

        if (down != up)
            return without_zeros(tens + up, k + 1);
    }
    bool down = lower <= 4 * s, up = 4 * s + 4 <= upper;
    if (down == up) {
        uint64_t half = 4 * s + 2;

        up = middle > half || (middle == half && (s & 1));
    }
    return without_zeros(s + up, k);
}

struct shortest
shortest_of(double v)
{
    uint64_t bits, mantissa;
    int      exponent;

    memcpy(&bits, &v, sizeof bits);
    mantissa = bits & ((UINT64_C(1) << MANTISSA_BITS) - 1);
    exponent = (int)(bits >> MANTISSA_BITS);
    if (exponent == 0)
        return of_parts(mantissa, 1 - EXPONENT_BIAS, false);
    mantissa |= UINT64_C(1) << MANTISSA_BITS;
    exponent -= EXPONENT_BIAS;
    /* Whole numbers are their own digits. */
    if (exponent <= 0 && exponent >= -MANTISSA_BITS &&
        (mantissa & ((UINT64_C(1) << -exponent) - 1)) == 0)
        return without_zeros(mantissa >> -exponent, 0);
    return of_parts(mantissa, exponent,
                    mantissa == UINT64_C(1) << MANTISSA_BITS && exponent > 1 - EXPONENT_BIAS);
}
