#include "tests/support/check.h"

#include "promql/symbols.h"

#include <pthread.h>
#include <string.h>

enum { MANY = 20000 };

static struct slice
nth(int i, char room[32])
{
    int n = snprintf(room, 32, "value-%d", i);

    return (struct slice){room, (size_t)n};
}

static void
one_text_one_symbol(void **state)
{
    struct symbols *s = symbols_new(1 << 20);
    char            room[32];
    uint32_t        symbol, found;

    (void)state;
    assert_int_equal(symbols_count(s), 1);
    assert_true(symbols_find(s, (struct slice){0}, &found));
    assert_int_equal(found, SYMBOLS_EMPTY);
    for (int i = 1; i <= MANY; i++) {
        assert_int_equal(symbols_add(s, nth(i, room), &symbol, NULL), STATUS_OK);
        assert_int_equal(symbol, i); /* counted up */
    }
    assert_int_equal(symbols_add(s, nth(7, room), &symbol, NULL), STATUS_OK);
    assert_int_equal(symbol, 7);
    for (int i = 1; i <= MANY; i++) {
        assert_true(slice_equal(symbols_text(s, (uint32_t)i), nth(i, room)));
        assert_true(symbols_find(s, nth(i, room), &found));
        assert_int_equal(found, i);
    }
    assert_false(symbols_find(s, SLICE_LITERAL("value-0"), &found));
    symbols_free(s);
    symbols_free(NULL);
}

static void
a_table_has_a_maximum(void **state)
{
    struct symbols *s = symbols_new(10);
    struct err      err = {0};
    uint32_t        symbol;

    (void)state;
    assert_int_equal(symbols_add(s, SLICE_LITERAL("0123456"), &symbol, &err), STATUS_OK);
    assert_int_equal(symbols_add(s, SLICE_LITERAL("abcd"), &symbol, &err), STATUS_LIMIT);
    assert_int_equal(symbols_add(s, SLICE_LITERAL("abc"), &symbol, NULL), STATUS_OK);
    assert_int_equal(symbols_add(s, SLICE_LITERAL("0123456"), &symbol, NULL), STATUS_OK);
    symbols_free(s);
}

/* Reads what there is while the other thread adds: every symbol below the count
 * has its text, and that text finds it. */
static void *
read_along(void *arg)
{
    const struct symbols *s = arg;
    uint32_t              n;
    char                  room[32];

    do {
        n = symbols_count(s);
        for (uint32_t i = n > 50 ? n - 50 : 1; i < n; i++) {
            uint32_t found = 0;

            if (!slice_equal(symbols_text(s, i), nth((int)i, room)) ||
                !symbols_find(s, nth((int)i, room), &found) || found != i)
                return (void *)1;
        }
    } while (n < MANY);
    return NULL;
}

static void
readers_need_no_lock(void **state)
{
    struct symbols *s = symbols_new(1 << 20);
    pthread_t       reader[2];
    char            room[32];
    uint32_t        symbol;

    (void)state;
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&reader[i], NULL, read_along, s), 0);
    for (int i = 1; i <= MANY; i++)
        assert_int_equal(symbols_add(s, nth(i, room), &symbol, NULL), STATUS_OK);
    for (int i = 0; i < 2; i++) {
        void *bad;

        assert_int_equal(pthread_join(reader[i], &bad), 0);
        assert_null(bad);
    }
    symbols_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_text_one_symbol),
        cmocka_unit_test(a_table_has_a_maximum),
        cmocka_unit_test(readers_need_no_lock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
