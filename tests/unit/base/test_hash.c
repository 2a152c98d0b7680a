#include "base/hash.h"

#include "tests/support/check.h"
#include "tests/support/prng.h"

/* FNV-1a, 64 bits: draft-eastlake-fnv, appendix C. */
static void
stable_hash_is_fnv1a(void **state)
{
    (void)state;
    assert_true(hash_stable(SLICE_LITERAL("")) == 0xcbf29ce484222325);
    assert_true(hash_stable(SLICE_LITERAL("a")) == 0xaf63dc4c8601ec8c);
    assert_true(hash_stable(SLICE_LITERAL("foobar")) == 0x85944171f73967e8);
}

/* SipHash-1-3 under the key 00 01 .. 0f of the input 00 01 .. n-1, from an
 * independent implementation that, with 2 and 4 rounds, gives the known answer
 * of Aumasson and Bernstein 2012, appendix A (15 bytes: a129ca6149be45e5). */
static void
keyed_hash_is_siphash13(void **state)
{
    static const struct {
        size_t   n;
        uint64_t want;
    } cases[] = {
        {0, 0xabac0158050fc4dc},  {1, 0xc9f49bf37d57ca93},  {7, 0xd3927d989bb11140},
        {8, 0x369095118d299a8e},  {15, 0xd320d86d2a519956}, {16, 0xcc4fdd1a7d908b66},
        {63, 0x9d199062b7bbb3a8},
    };
    char in[64];

    (void)state;
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (char)i;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint64_t got =
            hash_keyed((struct slice){in, cases[i].n}, 0x0706050403020100, 0x0f0e0d0c0b0a0908);

        if (got != cases[i].want)
            fail_msg("%zu bytes: got %016llx", cases[i].n, (unsigned long long)got);
    }
}

/* The 128 bits of SipHash's authors (github.com/veorq/SipHash), with 1 and 3
 * rounds; the same independent implementation gives, with 2 and 4, the first of
 * their vectors, a3817f04ba25a8e66df67214c7550293. */
static void
keyed_pair_is_siphash13_128(void **state)
{
    static const struct {
        size_t   n;
        uint64_t a, b;
    } cases[] = {
        {0, 0xbea58827b2bc7ee7, 0x013030dd6adb62fd},  {1, 0xa8edd36004376ffc, 0x63f02f2bcc73055e},
        {7, 0xc3e0aaf223b98410, 0x77ab4808c82e2fa6},  {8, 0xb4dae3d5e1fe12aa, 0x99c7f935ab164f72},
        {15, 0x6c52bdb205557ec1, 0x09017e1eeccd2129}, {63, 0x6f42fe4ee300584c, 0xad6052a70a6b9f07},
    };
    char in[64];

    (void)state;
    for (size_t i = 0; i < sizeof in; i++)
        in[i] = (char)i;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct hash_pair got =
            hash_keyed_pair((struct slice){in, cases[i].n}, 0x0706050403020100, 0x0f0e0d0c0b0a0908);

        assert_true(got.a == cases[i].a && got.b == cases[i].b);
    }
}

/* Sorted or not: what is shared may be nothing, all, or a whole name. */
static void
sorted_names_hash_as_each_alone(void **state)
{
    static const char names[][24] = {
        "",           "a",          "reviews-v1-aaaaaaaa-0",   "reviews-v1-aaaaaaaa-1",
        "reviews-v1", "reviews-v1", "reviews-v1-aaaaaaaa-11",  "b",
        "",           "x",          "reviews-v1-aaaaaaab-112", "reviews-v1-aaaaaaab-11",
    };
    struct hash_sorted h = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        assert_true(hash_sorted(&h, names[i], sizeof names[i]) == hash_stable(slice_of(names[i])));
}

static void
equal_bytes_hash_equally(void **state)
{
    char a[20] = "xcanary", b[20] = "yycanary";

    (void)state;
    assert_true(hash_bytes((struct slice){a + 1, 6}) == hash_bytes((struct slice){b + 2, 6}));
    assert_true(hash_bytes((struct slice){a + 1, 6}) != hash_bytes((struct slice){a + 1, 5}));
    assert_true(hash_bytes((struct slice){0}) == hash_bytes(SLICE_LITERAL("")));
}

enum { NAMES = 300 };

static struct slice
name_of(size_t i, char buf[16])
{
    return (struct slice){buf, (size_t)snprintf(buf, 16, "k%zu", i)};
}

/* The walk yields each present key once, with its value. */
static void
check_walk(const struct hash_map *m, void *const naive[NAMES])
{
    bool         seen[NAMES] = {false};
    size_t       cursor = 0, n = 0;
    struct slice key;
    void        *value;

    while (hash_next(m, &cursor, &key, &value)) {
        uint64_t i = NAMES;

        assert_int_equal(slice_u64((struct slice){key.p + 1, key.n - 1}, &i), STATUS_OK);
        assert_false(seen[i]);
        seen[i] = true;
        n++;
        assert_ptr_equal(value, naive[i]);
    }
    assert_int_equal(n, m->n);
}

/* Random sets and removes against an array indexed by the key's number. */
static void
map_agrees_with_naive(void **state)
{
    struct hash_map m = {0};
    struct prng     r = {5};
    void           *naive[NAMES] = {0};
    static int      values[16];
    size_t          n = 0;

    (void)state;
    for (int step = 0; step < 200000; step++) {
        char         buf[16];
        size_t       i = prng_below(&r, NAMES);
        struct slice key = name_of(i, buf);
        /* Long phases of growing and of shrinking. */
        bool set = prng_below(&r, 100) < (step / 5000 % 2 ? 20 : 80);

        assert_ptr_equal(hash_get(&m, key), naive[i]);
        if (set) {
            n += naive[i] == NULL;
            naive[i] = &values[prng_below(&r, 16)];
            hash_set(&m, key, naive[i]);
        } else {
            n -= naive[i] != NULL;
            assert_ptr_equal(hash_remove(&m, key), naive[i]);
            naive[i] = NULL;
        }
        assert_int_equal(m.n, n);
        if (step % 10000 == 0)
            check_walk(&m, naive);
    }
    check_walk(&m, naive);
    hash_release(&m);
    assert_int_equal(m.n, 0);
    assert_null(hash_get(&m, SLICE_LITERAL("k1")));
}

static void
keys_are_bytes(void **state)
{
    struct hash_map m = {0};
    int             a, b;

    (void)state;
    assert_null(hash_remove(&m, SLICE_LITERAL("none")));
    hash_set(&m, (struct slice){0}, &a);
    hash_set(&m, (struct slice){"a\0b", 3}, &b);
    assert_ptr_equal(hash_get(&m, SLICE_LITERAL("")), &a);
    assert_ptr_equal(hash_get(&m, (struct slice){"a\0b", 3}), &b);
    assert_null(hash_get(&m, SLICE_LITERAL("a")));
    hash_release(&m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stable_hash_is_fnv1a),
        cmocka_unit_test(keyed_hash_is_siphash13),
        cmocka_unit_test(keyed_pair_is_siphash13_128),
        cmocka_unit_test(sorted_names_hash_as_each_alone),
        cmocka_unit_test(equal_bytes_hash_equally),
        cmocka_unit_test(map_agrees_with_naive),
        cmocka_unit_test(keys_are_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
