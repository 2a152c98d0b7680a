#include "tests/support/check.h"

#include "promql/fnorder.h"

#include <string.h>

enum { MOST = 8 };

/* Insertion sort by before(): stable, and all that a test needs. */
static void
sort(struct evalfn_row *rows, size_t n, enum function_id id, const struct labels_pool *pool,
     const struct evalfn_call *call)
{
    const struct evalfn *fn = fnorder_get(id);

    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && fn->before(&rows[k], &rows[k - 1], pool, call); k--) {
            struct evalfn_row row = rows[k];

            rows[k] = rows[k - 1];
            rows[k - 1] = row;
        }
}

static void
by_value(void **state)
{
    static const double      v[] = {2, NAN, -INFINITY, 3, INFINITY, 1};
    static const double      up[] = {-INFINITY, 1, 2, 3, INFINITY, NAN};
    static const double      down[] = {INFINITY, 3, 2, 1, -INFINITY, NAN};
    const struct evalfn_call call = {0};
    struct evalfn_row        rows[MOST] = {0};

    (void)state;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < ARRAY_LEN(v); i++)
            rows[i].value = v[i];
        sort(rows, ARRAY_LEN(v), pass ? FUNCTION_SORT_DESC : FUNCTION_SORT, NULL, &call);
        for (size_t i = 0; i < ARRAY_LEN(v); i++)
            assert_true(rows[i].value == (pass ? down : up)[i] ||
                        (isnan(rows[i].value) && isnan(up[i])));
    }
}

static uint32_t
set(struct labels_pool *pool, const char *x, const char *y)
{
    struct labels_builder b = {0};

    labels_builder_start(&b, pool, (struct labels){0});
    labels_builder_set(&b, labels_symbol(pool, slice_of("x")), labels_symbol(pool, slice_of(x)));
    labels_builder_set(&b, labels_symbol(pool, slice_of("y")), labels_symbol(pool, slice_of(y)));
    return labels_builder_id(&b);
}

static void
by_label(void **state)
{
    /* x, y of each row; want is the order of sort_by_label(v, "x", "y"). */
    static const char *const pairs[][2] = {{"n10", "a"}, {"n9", "b"}, {"n9", "a"}, {"n1", "c"}};
    static const size_t      want[] = {3, 2, 1, 0};
    const struct slice       xy[] = {SLICE_LITERAL("x"), SLICE_LITERAL("y")};
    const struct slice       y[] = {SLICE_LITERAL("y"), SLICE_LITERAL("none")};
    struct arena             arena = {0};
    struct labels_pool       pool;
    struct evalfn_row        rows[ARRAY_LEN(pairs)] = {0};
    struct evalfn_call       call = {.strings = xy, .n_strings = 2};
    uint32_t                 ids[ARRAY_LEN(pairs)];

    (void)state;
    labels_pool_init(&pool, &arena, NULL, 1 << 20);
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        rows[i].labels = ids[i] = set(&pool, pairs[i][0], pairs[i][1]);
    sort(rows, ARRAY_LEN(pairs), FUNCTION_SORT_BY_LABEL, &pool, &call);
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        assert_int_equal(rows[i].labels, ids[want[i]]);
    sort(rows, ARRAY_LEN(pairs), FUNCTION_SORT_BY_LABEL_DESC, &pool, &call);
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        assert_int_equal(rows[i].labels, ids[want[ARRAY_LEN(pairs) - 1 - i]]);
    /* Ties by the whole set, bytewise: n10 before n9 among those with y="a". */
    call.strings = y;
    sort(rows, ARRAY_LEN(pairs), FUNCTION_SORT_BY_LABEL, &pool, &call);
    assert_int_equal(rows[0].labels, ids[0]);
    assert_int_equal(rows[1].labels, ids[2]);
    assert_int_equal(rows[2].labels, ids[1]);
    assert_int_equal(rows[3].labels, ids[3]);
    arena_release(&arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_value),
        cmocka_unit_test(by_label),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
