#include "base/arena.h"

#include "tests/support/check.h"
#include "tests/support/prng.h"

#include <stdalign.h>

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif
#ifdef UNDER_ASAN
#include <sanitizer/asan_interface.h>
#endif

/* Objects of random sizes are zeroed, aligned, and do not overlap: each is
 * filled with its own byte and still holds it at the end. */
static void
objects_are_apart(void **state)
{
    enum { N = 3000 };
    struct arena   a = {0};
    struct prng    r = {1};
    unsigned char *at[N];
    size_t         size[N];

    (void)state;
    for (int i = 0; i < N; i++) {
        size[i] = prng_below(&r, i % 100 == 0 ? 400000 : 300);
        at[i] = arena_alloc(&a, size[i]);
        assert_non_null(at[i]);
        assert_int_equal((uintptr_t)at[i] % alignof(max_align_t), 0);
        for (size_t k = 0; k < size[i]; k++)
            assert_int_equal(at[i][k], 0);
        memset(at[i], i & 0xff, size[i]);
    }
    for (int i = 0; i < N; i++)
        for (size_t k = 0; k < size[i]; k++)
            assert_int_equal(at[i][k], i & 0xff);
    arena_release(&a);
    assert_null(a.head);
    assert_int_equal(a.total_bytes, 0);
}

static void
small_arenas_are_small(void **state)
{
    struct arena a = {0};

    (void)state;
    arena_alloc(&a, 1);
    assert_int_equal(a.total_bytes, 4096);
    arena_alloc(&a, 100000);
    assert_true(a.total_bytes < 4096 + 100000 + 200);
    arena_alloc(&a, 1000); /* still fits into the first block */
    assert_true(a.total_bytes < 4096 + 100000 + 200);
    arena_release(&a);
    arena_release(&a); /* twice is once */
}

static void
texts_end_with_nul(void **state)
{
    struct arena a = {0};
    struct slice s = arena_slice(&a, SLICE_LITERAL("canary"));

    (void)state;
    assert_string_equal(arena_text(&a, (struct slice){"abcdef", 3}), "abc");
    assert_string_equal(arena_text(&a, (struct slice){0}), "");
    assert_string_equal(arena_printf(&a, "%s=%d", "x", 7), "x=7");
    assert_int_equal(s.n, 6);
    assert_string_equal(s.p, "canary");
    arena_release(&a);
}

/* Running past an object must be a report, not silence. */
static void
gaps_are_poisoned_under_asan(void **state)
{
    (void)state;
#ifdef UNDER_ASAN
    struct arena a = {0};
    char        *p = arena_alloc(&a, 24);

    arena_alloc(&a, 24);
    assert_false(__asan_address_is_poisoned(p + 23));
    assert_true(__asan_address_is_poisoned(p + 24));
    arena_release(&a);
#else
    skip();
#endif
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_apart),
        cmocka_unit_test(small_arenas_are_small),
        cmocka_unit_test(texts_end_with_nul),
        cmocka_unit_test(gaps_are_poisoned_under_asan),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
