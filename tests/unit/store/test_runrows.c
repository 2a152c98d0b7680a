#include "store/runrows.h"

#include "tests/unit/store/fixture.h"

static struct runrows_row
row_of(int n)
{
    struct runrows_row row = {.run_id = n, .service_id = n + 7, .verdict = VERDICT_FAIL};

    fixture_id(row.ulid, 'r', n);
    return row;
}

static bool
knows(const struct runrows *rows, int n)
{
    struct runrows_row want = row_of(n), got = {.run_id = -1};

    if (!runrows_find(rows, want.ulid, &got)) {
        assert_int_equal(got.run_id, -1); /* left as it was */
        return false;
    }
    assert_int_equal(got.run_id, want.run_id);
    assert_int_equal(got.service_id, want.service_id);
    assert_int_equal(got.verdict, want.verdict);
    assert_string_equal(got.ulid, want.ulid);
    return true;
}

static void
test_kept_until_forgotten(void **state)
{
    struct runrows    *rows = runrows_new();
    struct runrows_row one = row_of(1);

    (void)state;
    assert_false(knows(rows, 1));
    runrows_keep(rows, &one);
    assert_true(knows(rows, 1));
    assert_false(knows(rows, 2));
    runrows_forget(rows);
    assert_false(knows(rows, 1));
    runrows_keep(rows, &one);
    assert_true(knows(rows, 1));
    runrows_free(rows);
}

/* However many there are, what is found is right, and the one kept last is found. */
static void
test_more_than_there_is_room_for(void **state)
{
    enum { MANY = 10000 };
    struct runrows *rows = runrows_new();
    int             known = 0;

    (void)state;
    for (int n = 0; n < MANY; n++) {
        struct runrows_row row = row_of(n);

        runrows_keep(rows, &row);
        assert_true(knows(rows, n));
    }
    for (int n = 0; n < MANY; n++)
        known += knows(rows, n);
    assert_in_range(known, 1, MANY - 1);
    runrows_free(rows);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept_until_forgotten),
        cmocka_unit_test(test_more_than_there_is_room_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
