#include "store/migrate.h"

#include "store/database.h"
#include "tests/support/check.h"

#include <sqlite3.h>
#include <string.h>

static struct sqlite3 *
empty(void)
{
    struct sqlite3 *db;

    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    return db;
}

static int64_t
number(struct sqlite3 *db, const char *sql)
{
    int64_t    n = -1;
    struct err err = {0};

    if (database_number(db, sql, &n, &err))
        fail_msg("%s: %s", sql, err.text);
    return n;
}

static enum store_fault fault;

static void
must(struct sqlite3 *db, const struct migrate_step *steps, size_t n)
{
    struct err err = {0};

    if (migrate_run(db, steps, n, &fault, &err))
        fail_msg("%s", err.text);
}

static const struct migrate_step good[] = {
    {1, "0001_a.sql",
     "CREATE TABLE parent (id INTEGER PRIMARY KEY, n INTEGER);"
     "CREATE TABLE child (p INTEGER NOT NULL REFERENCES parent (id));"},
    /* A rebuild drops a table that rows refer to. */
    {2, "0002_b.sql",
     "CREATE TABLE wider (id INTEGER PRIMARY KEY, n INTEGER, m INTEGER);"
     "INSERT INTO wider SELECT id, n, 2 * n FROM parent;"
     "DROP TABLE parent; ALTER TABLE wider RENAME TO parent;"},
    {3, "0003_c.sql", "CREATE INDEX child_p ON child (p);"},
};

static void
test_steps_keep_data(void **state)
{
    struct sqlite3 *db = empty();

    (void)state;
    must(db, good, 1);
    assert_int_equal(number(db, "PRAGMA user_version"), 1);
    assert_int_equal(number(db, "PRAGMA foreign_keys"), 1);
    assert_int_equal(sqlite3_exec(db,
                                  "INSERT INTO parent VALUES (7, 21); INSERT INTO child VALUES (7)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    must(db, good, ARRAY_LEN(good));
    assert_int_equal(number(db, "PRAGMA user_version"), 3);
    assert_int_equal(number(db, "SELECT m FROM parent JOIN child ON p = id"), 42);
    must(db, good, ARRAY_LEN(good)); /* nothing left to do */
    assert_int_equal(number(db, "PRAGMA foreign_keys"), 1);
    sqlite3_close(db);
}

static void
test_failed_step_leaves_nothing(void **state)
{
    static const struct {
        const char *sql, *says;
    } cases[] = {
        {"CREATE TABLE half (x); CREATE TABLE nonsense nonsense;", "syntax error"},
        {"CREATE TABLE half (x); DELETE FROM parent;", "leaves rows of child"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct sqlite3     *db = empty();
        struct migrate_step steps[] = {good[0], {2, "0002_bad.sql", cases[i].sql}, good[2]};
        struct err          err = {0};

        must(db, steps, 1);
        assert_int_equal(sqlite3_exec(db,
                                      "INSERT INTO parent VALUES (1, 1);"
                                      "INSERT INTO child VALUES (1)",
                                      NULL, NULL, NULL),
                         SQLITE_OK);
        assert_int_equal(migrate_run(db, steps, 3, &fault, &err), STATUS_STORE);
        assert_non_null(strstr(err.text, "0002_bad.sql"));
        assert_non_null(strstr(err.text, cases[i].says));
        assert_int_equal(number(db, "PRAGMA user_version"), 1);
        assert_int_equal(number(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'half'"), 0);
        assert_int_equal(number(db, "SELECT count(*) FROM parent"), 1);
        assert_true(sqlite3_get_autocommit(db));
        sqlite3_close(db);
    }
}

static void
test_newer_is_refused(void **state)
{
    struct sqlite3 *db = empty();
    struct err      err = {0};

    (void)state;
    must(db, good, 3);
    assert_int_equal(migrate_run(db, good, 2, &fault, &err), STATUS_CONFLICT);
    assert_int_equal(fault, STORE_FAULT_NEWER);
    assert_string_equal(err.text, "the history has schema 3, this verdictd knows up to 2; run the "
                                  "newer verdictd that wrote it, or choose another data_dir");
    sqlite3_close(db);
}

static void
test_built_in_schema(void **state)
{
    struct sqlite3            *db = empty();
    size_t                     n;
    const struct migrate_step *steps = migrate_steps(&n);

    (void)state;
    for (size_t i = 0; i < n; i++)
        assert_int_equal(steps[i].version, (int)i + 1);
    must(db, steps, n);
    assert_int_equal(number(db, "PRAGMA user_version"), (int64_t)n);
    /* Years of use: no column takes what it was not declared for. */
    assert_int_equal(number(db, "SELECT count(*) FROM pragma_table_list WHERE schema = 'main'"
                                " AND type = 'table' AND name NOT LIKE 'sqlite_%' AND NOT strict"),
                     0);
    assert_true(number(db, "SELECT count(*) FROM pragma_table_list WHERE strict") >= 7);
    sqlite3_close(db);
}

/* What makes a statement slow; a page that an inner SELECT has bounded may be read and
 * sorted by the outer one. */
static void
check_plan(struct sqlite3_stmt *q, const char *name, bool inner_is_a_page)
{
    while (sqlite3_step(q) == SQLITE_ROW) {
        const char *step = (const char *)sqlite3_column_text(q, 3);
        bool        outer = sqlite3_column_int(q, 1) == 0;

        if (inner_is_a_page && outer &&
            (strncmp(step, "SCAN (subquery", 14) == 0 || strncmp(step, "USE TEMP B-TREE", 15) == 0))
            continue;
        if (strstr(step, "SCAN") || strstr(step, "TEMP B-TREE"))
            fail_msg("%s: %s", name, step);
    }
}

/* No reader's statement may read a whole table or sort: that is fast with the
 * rows of a test and takes seconds with those of a year. */
static void
test_reader_plans(void **state)
{
    static const struct {
        const char *name, *whose, *sql;
    } all[] = {
#define STMT(name, whose, sql) {#name, #whose, sql},
#include "store/stmt.def"
#undef STMT
    };
    struct sqlite3            *db = empty();
    size_t                     n, readers = 0;
    const struct migrate_step *steps = migrate_steps(&n);

    (void)state;
    must(db, steps, n);
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        struct sqlite3_stmt *q;
        char                *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", all[i].sql);

        if (strcmp(all[i].whose, "READER") && strcmp(all[i].name, "GATE_CALL_COUNT"))
            goto skip;
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
        check_plan(q, all[i].name, strstr(all[i].sql, "LIMIT ?3)") != NULL);
        sqlite3_finalize(q);
        readers++;
    skip:
        sqlite3_free(sql);
    }
    assert_true(readers > 10);
    sqlite3_close(db);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_keep_data),  cmocka_unit_test(test_failed_step_leaves_nothing),
        cmocka_unit_test(test_newer_is_refused), cmocka_unit_test(test_built_in_schema),
        cmocka_unit_test(test_reader_plans),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
