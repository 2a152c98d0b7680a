#include "tests/support/check.h"

#include "telemetry/tsdbidset.h"

#include <string.h>

enum { BOUND = 3000, LISTS = 4 };

static uint64_t seed = 7;

/* xorshift64*, Vigna 2016 */
static uint32_t
pick(uint32_t below)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (uint32_t)((seed * 0x2545f4914f6cdd1d) >> 33) % below;
}

/* One id of every so many; member[] says which. */
static struct tsdbidset
random_set(uint32_t every, uint32_t *id, bool *member)
{
    size_t n = 0;

    memset(member, 0, BOUND * sizeof *member);
    for (uint32_t i = 0; i < BOUND; i++) {
        if (pick(every))
            continue;
        id[n++] = i;
        member[i] = true;
    }
    return (struct tsdbidset){id, n};
}

static void
check_set(struct tsdbidset got, const bool *want)
{
    size_t n = 0;

    for (uint32_t i = 0; i < BOUND; i++) {
        if (!want[i])
            continue;
        assert_true(n < got.n);
        assert_int_equal(got.id[n++], i);
    }
    assert_int_equal(got.n, n);
}

/* Sets of all sizes: long against short ones gallop, several go by bits. */
static void
sets_as_said(void **state)
{
    static const uint32_t every[] = {1, 2, 30, 700, 10000};
    static uint32_t       id[LISTS + 1][BOUND];
    static bool           in[LISTS + 1][BOUND], any[BOUND], want[BOUND];

    (void)state;
    for (int run = 0; run < 400; run++) {
        struct arena     a = {0};
        struct tsdbidset lists[LISTS];
        struct tsdbidset from = random_set(every[pick(ARRAY_LEN(every))], id[LISTS], in[LISTS]);
        size_t           n = pick(LISTS + 1);

        memset(any, 0, sizeof any);
        for (size_t k = 0; k < n; k++) {
            lists[k] = random_set(every[pick(ARRAY_LEN(every))], id[k], in[k]);
            for (size_t i = 0; i < BOUND; i++)
                any[i] |= in[k][i];
        }
        check_set(tsdbidset_union(&a, lists, n, BOUND), any);
        for (int keep = 0; keep < 2; keep++) {
            for (size_t i = 0; i < BOUND; i++)
                want[i] = in[LISTS][i] && any[i] == keep;
            check_set(tsdbidset_filter(&a, from, lists, n, keep, BOUND), want);
        }
        arena_release(&a);
    }
}

/* What is added to a list meanwhile has ids from the bound on. */
static void
ids_beyond_the_bound(void **state)
{
    static const uint32_t  old[] = {1, 5, 64, 65, 200}, other[] = {2, 100000};
    const struct tsdbidset sets[] = {{old, 5}, {other, 2}};
    struct arena           a = {0};
    struct tsdbidset       got = tsdbidset_union(&a, sets, 2, 65);

    (void)state;
    assert_int_equal(got.n, 4);
    assert_int_equal(got.id[3], 64);
    got = tsdbidset_filter(&a, sets[0], sets, 2, true, 65);
    assert_int_equal(got.n, 3);
    arena_release(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_as_said),
        cmocka_unit_test(ids_beyond_the_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
