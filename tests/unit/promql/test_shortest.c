#include "promql/shortest.h"

#include "base/base.h"
#include "tests/support/check.h"
#include "tests/support/prng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Shortest representations as Java, Go and Python print them; the last ones are
 * the ends of the double's range and powers of two, whose gap below is half of
 * that above. */
static void
known_values(void **state)
{
    static const struct {
        double   v;
        uint64_t digits;
        int      exponent;
    } cases[] = {
        {1, 1, 0},
        {100, 1, 2},
        {0.1, 1, -1},
        {0.3, 3, -1},
        {1.0 / 3, 3333333333333333, -16},
        {2.0 / 3, 6666666666666666, -16},
        {123456.789, 123456789, -3},
        {1e21, 1, 21},
        {1e23, 1, 23}, /* lies between two doubles: the lower one is meant */
        {9.5367431640625e-07, 95367431640625, -20},
        {9007199254740991, 9007199254740991, 0},
        {0x1p53, 9007199254740992, 0},
        {5e-324, 5, -324},
        {2.2250738585072014e-308, 22250738585072014, -324},
        {2.225073858507201e-308, 2225073858507201, -323},
        {1.7976931348623157e308, 17976931348623157, 292},
        {0x1p63, 9223372036854776, 3},
        {2e-44, 2, -44},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct shortest s = shortest_of(cases[i].v);

        if (s.digits != cases[i].digits || s.exponent != cases[i].exponent)
            fail_msg("%.17g: got %llue%d", cases[i].v, (unsigned long long)s.digits, s.exponent);
    }
}

static double
read_back(uint64_t digits, int exponent)
{
    char text[64];

    snprintf(text, sizeof text, "%llue%d", (unsigned long long)digits, exponent);
    return strtod(text, NULL);
}

/* The law: it reads back, no decimal of one digit less does, and of its length no
 * neighbour lies nearer. */
static void
check_law(double v)
{
    struct shortest s = shortest_of(v);
    uint64_t        tens = s.digits / 10;
    char            rounded[64];
    int             n = snprintf(NULL, 0, "%llu", (unsigned long long)s.digits);

    if (read_back(s.digits, s.exponent) != v)
        fail_msg("%a does not read back from %llue%d", v, (unsigned long long)s.digits, s.exponent);
    if (s.digits >= 10 &&
        (read_back(tens, s.exponent + 1) == v || read_back(tens + 1, s.exponent + 1) == v))
        fail_msg("%a has something shorter than %llue%d", v, (unsigned long long)s.digits,
                 s.exponent);
    /* printf rounds to the nearest of that length: where it reads back it is ours. */
    snprintf(rounded, sizeof rounded, "%.*e", n - 1, v);
    if (strtod(rounded, NULL) == v && strtod(rounded, NULL) != read_back(s.digits, s.exponent))
        fail_msg("%a: %s is nearer than %llue%d", v, rounded, (unsigned long long)s.digits,
                 s.exponent);
}

static void
shortest_nearest_and_reading_back(void **state)
{
    struct prng r = {20260823};

    (void)state;
    for (int i = 0; i < 100000; i++) {
        uint64_t bits = prng_next(&r) & (UINT64_MAX >> 1);
        double   any, near_one = 1 + (double)(bits >> 11) * 0x1p-52;

        memcpy(&any, &bits, sizeof any);
        if (isfinite(any) && any > 0)
            check_law(any);
        check_law(near_one);
    }
    for (int e = -1074; e < 1024; e++) {
        double power = ldexp(1, e);

        check_law(power);
        check_law(nextafter(power, INFINITY));
        if (e > -1074)
            check_law(nextafter(power, 0));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),
        cmocka_unit_test(shortest_nearest_and_reading_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
