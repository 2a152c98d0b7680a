/* A history of every released schema, with rows as that release wrote them, is brought to
 * the present one and loses nothing.  tests/unit/store/released/NNNN.sql has the rows of the
 * tables and columns that came with schema NNNN; a schema without new ones has no file. */
#include "store/database.h"
#include "store/migrate.h"
#include "tests/unit/store/fixture.h"

#include "base/log.h"

#include <sqlite3.h>

/* What stands in a history from a schema on, and the number that it comes to. */
static const struct {
    int         since;
    const char *sql;
    int64_t     want;
} rows[] = {
    {1, "SELECT count(*) FROM service", 2},
    {1, "SELECT count(*) FROM policy", 1},
    {1, "SELECT count(*) FROM run WHERE state = 'live' AND ended_ms IS NULL", 1},
    {1, "SELECT sum(ended_ms) FROM run", 1700000060000},
    {1, "SELECT sum(length(state)) FROM run_state", 3},
    {1, "SELECT count(*) FROM interval WHERE run_id = 1", 2},
    {1, "SELECT count(*) FROM verdict WHERE verdict = 'abort' AND numbers LIKE '%abort%'", 1},
    {1, "SELECT count(*) FROM verdict", 3},
    {1, "SELECT sum(count) FROM gate_call", 5},
    {1, "SELECT count(*) FROM gate_call WHERE run_id IS NULL", 1},
    {2, "SELECT count(*) FROM placebo WHERE log_r60 = 0.0625", 1},
    {3, "SELECT count(*) FROM interval WHERE heard = x'0a'", 1},
    {3, "SELECT count(*) FROM run_state WHERE heard = x'0b'", 1},
    {4, "SELECT count(*) FROM act WHERE until_ms IS NULL", 1},
    {5, "SELECT count(*) FROM outbox WHERE error = 'refused'", 1},
    {5, "SELECT told FROM outbox_target", 3},
    {6, "SELECT count(*) FROM gate_switch", 1},
    {7, "SELECT sum(level) FROM point", 2},
    {7, "SELECT count(*) FROM label_text WHERE text = 'v2'", 1},
    {8, "SELECT count(*) FROM kayenta_execution WHERE complete_ms IS NULL", 1},
    {9, "SELECT canary_requests FROM step", 10},
    {9, "SELECT count(*) FROM event", 1},
    {13, "SELECT run FROM label_text WHERE text = 'v3'", 2},
};

static void
must(struct sqlite3 *db, const char *sql)
{
    struct err err = {0};

    if (database_exec(db, sql, &err))
        fail_msg("%s\n%s", sql, err.text);
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

/* true: there is such a file. */
static bool
run_file(struct sqlite3 *db, int version)
{
    static char sql[16 << 10];
    char        path[512];
    size_t      n;
    FILE       *f;

    snprintf(path, sizeof path, "%s/tests/unit/store/released/%04d.sql", SOURCE_DIR, version);
    f = fopen(path, "re");
    if (!f)
        return false;
    n = fread(sql, 1, sizeof sql - 1, f);
    assert_true(n > 0 && n < sizeof sql - 1);
    sql[n] = '\0';
    (void)fclose(f);
    must(db, sql);
    return true;
}

/* A file as the release with this schema left it. */
static void
make_old(const struct fixture_dir *d, int version)
{
    const struct migrate_step *steps;
    struct sqlite3            *db;
    enum store_fault           fault;
    struct err                 err = {0};
    char                       file[128], mark[64];
    size_t                     n;

    assert_int_equal(mkdir(d->path, 0700), 0);
    fixture_file(d, "verdictd.db", file);
    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    must(db, "PRAGMA auto_vacuum = INCREMENTAL"); /* as all releases did, before anything else */
    snprintf(mark, sizeof mark, "PRAGMA application_id = %d", DATABASE_APPLICATION_ID);
    must(db, mark);
    must(db, "PRAGMA journal_mode = WAL");
    steps = migrate_steps(&n);
    if (migrate_run(db, steps, (size_t)version, &fault, &err))
        fail_msg("%s", err.text);
    for (int v = 1; v <= version; v++)
        assert_true(run_file(db, v) || v > 9);
    assert_int_equal(number(db, "PRAGMA user_version"), version);
    sqlite3_close(db);
}

static bool
count_run(void *ctx, const struct record_run *run)
{
    (void)run;
    ++*(int *)ctx;
    return true;
}

static bool
count_verdict(void *ctx, const struct record_verdict *v)
{
    (void)v;
    ++*(int *)ctx;
    return true;
}

/* What the program itself reads of it, and that it writes on. */
static void
expect_in_use(const struct fixture_dir *d, struct store *st)
{
    struct reader_filter   all = {.state = READER_ANY, .verdict = READER_ANY};
    struct record_interval next = {.run = "01HF7YAT00E9S74WKJE9S74WK2",
                                   .start_ms = 1700000005000,
                                   .end_ms = 1700000010000,
                                   .row = SLICE_LITERAL("x")};
    struct reader         *r = fixture_reader(d);
    struct err             err = {0};
    int                    live = 0, verdicts = 0;

    assert_int_equal(reader_live_runs(r, count_run, &live, &err), STATUS_OK);
    assert_int_equal(live, 1);
    assert_int_equal(reader_verdicts(r, &all, count_verdict, &verdicts, &err), STATUS_OK);
    assert_int_equal(verdicts, 3);
    reader_close(r);
    fixture_must(st, &(struct store_commit){.interval = &next});
}

static void
test_every_release_comes_forward(void **state)
{
    size_t n;

    (void)state;
    (void)migrate_steps(&n);
    for (int version = 1; version <= (int)n; version++) {
        struct fixture_dir d;
        struct store      *st;
        struct sqlite3    *db;
        char               file[128];

        fixture_dir_make(&d);
        make_old(&d, version);
        st = fixture_open(&d);
        fixture_file(&d, "verdictd.db", file);
        assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
        assert_int_equal(number(db, "PRAGMA user_version"), (int64_t)n);
        assert_int_equal(number(db, "PRAGMA auto_vacuum"), 2); /* incremental: it can shrink */
        assert_int_equal(number(db, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"),
                         1);
        assert_int_equal(number(db, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
            if (rows[i].since <= version && number(db, rows[i].sql) != rows[i].want)
                fail_msg("from schema %d: %s: %d", version, rows[i].sql,
                         (int)number(db, rows[i].sql));
        sqlite3_close(db);
        expect_in_use(&d, st);
        store_close(st);
        fixture_dir_remove(&d);
    }
}

/* Equal schemas, whichever release the file began with. */
static void
test_all_end_at_one_schema(void **state)
{
    static char text[2][64 << 10];
    size_t      n;

    (void)state;
    (void)migrate_steps(&n);
    for (int version = 1; version <= (int)n; version++) {
        struct fixture_dir   d;
        struct sqlite3      *db;
        struct sqlite3_stmt *q;
        char                 file[128], *to = text[version > 1];
        size_t               at = 0;

        fixture_dir_make(&d);
        make_old(&d, version);
        store_close(fixture_open(&d));
        fixture_file(&d, "verdictd.db", file);
        assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(db,
                                            "SELECT ifnull(sql, name) FROM sqlite_schema"
                                            " WHERE name NOT LIKE 'sqlite_stat%' ORDER BY name",
                                            -1, &q, NULL),
                         SQLITE_OK);
        while (sqlite3_step(q) == SQLITE_ROW)
            at += (size_t)snprintf(to + at, sizeof text[0] - at, "%s\n",
                                   (const char *)sqlite3_column_text(q, 0));
        sqlite3_finalize(q);
        sqlite3_close(db);
        assert_true(at > 1000 && at < sizeof text[0]);
        if (version > 1)
            assert_string_equal(text[1], text[0]);
        fixture_dir_remove(&d);
    }
}

static int
quiet(void **state)
{
    (void)state;
    log_set_level(LOG_LEVEL_ERROR);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_release_comes_forward),
        cmocka_unit_test(test_all_end_at_one_schema),
    };

    return cmocka_run_group_tests(tests, quiet, NULL);
}
