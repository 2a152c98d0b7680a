/* Histories that take no writes: each its own behaviour, and none stops the daemon. */
#include "tests/support/faultvfs.h"
#include "tests/unit/store/fixture.h"

#include "base/log.h"
#include "store/integrity.h"

#include <fcntl.h>
#include <sqlite3.h>

static enum status
open_trying(const struct fixture_dir *d, struct store **st, struct err *err)
{
    struct store_options o = {.data_dir = d->path, .synchronous = true, .keep_trying = true};

    return store_open_with(&o, st, err);
}

static void
run_sql(const struct fixture_dir *d, const char *sql)
{
    sqlite3 *db;
    char     file[128];

    fixture_file(d, "verdictd.db", file);
    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void
make_history(const struct fixture_dir *d)
{
    struct store *st = fixture_open(d);

    for (int n = 0; n < 50; n++) {
        struct record_run      run = fixture_run(n);
        struct record_interval i = fixture_interval(n, 0);
        struct record_verdict  v = fixture_verdict(n, n);

        fixture_must(st, &(struct store_commit){.run = &run, .interval = &i, .verdict = &v});
    }
    store_close(st);
}

/* A unit is refused, and health says why. */
static void
expect_refused(struct store *st, enum store_fault fault, const char *says)
{
    struct record_run   run = fixture_run(90);
    struct err          err = {0};
    struct store_health h;

    assert_int_equal(fixture_put(st, &(struct store_commit){.run = &run}, &err), STATUS_STORE);
    assert_non_null(strstr(err.text, says));
    h = store_health(st);
    assert_true(h.failing && h.detached);
    assert_string_equal(storehealth_fault_text(h.fault), storehealth_fault_text(fault));
    assert_non_null(strstr(h.last_fault.text, says));
    assert_true(h.last_fault_wall_ms > 0);
}

static void
checksum(const struct fixture_dir *d, uint64_t *sum)
{
    unsigned char block[4096];
    char          file[128];
    ssize_t       n;
    int           fd;

    fixture_file(d, "verdictd.db", file);
    fd = open(file, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    *sum = 0;
    while ((n = read(fd, block, sizeof block)) > 0)
        for (ssize_t i = 0; i < n; i++)
            *sum = *sum * 31 + block[i];
    close(fd);
}

/* From a disk that takes nothing to one that does, without a restart. */
static void
comes_back(enum faultvfs_kind kind, enum store_fault fault)
{
    struct fixture_dir d;
    struct store      *st = NULL;
    struct err         err = {0};
    struct record_run  run = fixture_run(91);

    fixture_dir_make(&d);
    make_history(&d);
    faultvfs_plan(kind, 1, true);
    assert_int_equal(store_open(d.path, &st, &err), STATUS_STORE); /* who did not ask for it */
    err = (struct err){0};
    assert_int_equal(open_trying(&d, &st, &err), STATUS_OK);
    assert_true(store_health(st).failing && store_health(st).detached);
    expect_refused(st, fault, "verdictd.db");
    faultvfs_heal();
    while (fixture_put(st, &(struct store_commit){.run = &run}, NULL)) /* tried once a second */
        usleep(20000);
    assert_false(store_health(st).failing || store_health(st).detached);
    store_close(st);
    fixture_dir_remove(&d);
}

static void
test_a_full_disk_at_start(void **state)
{
    (void)state;
    comes_back(FAULTVFS_FULL, STORE_FAULT_FULL);
}

static void
test_a_disk_that_errs_at_start(void **state)
{
    (void)state;
    comes_back(FAULTVFS_IO, STORE_FAULT_IO);
}

static void
test_a_newer_schema_is_left_alone(void **state)
{
    struct fixture_dir d;
    struct store      *st = NULL;
    struct err         err = {0};
    uint64_t           before, after;

    (void)state;
    fixture_dir_make(&d);
    make_history(&d);
    run_sql(&d, "PRAGMA user_version = 999");
    checksum(&d, &before);
    assert_int_equal(store_open(d.path, &st, &err), STATUS_CONFLICT);
    err = (struct err){0};
    assert_int_equal(open_trying(&d, &st, &err), STATUS_OK);
    expect_refused(st, STORE_FAULT_NEWER, "schema 999");
    store_close(st);
    checksum(&d, &after);
    assert_true(before == after);
    fixture_dir_remove(&d);
}

/* Pages in the middle become something else. */
static void
damage(const struct fixture_dir *d)
{
    static const char noise[] = "not a page of anything that we know";
    char              file[128];
    int               fd;

    fixture_file(d, "verdictd.db", file);
    fd = open(file, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    for (off_t page = 5; page < 30; page++)
        assert_int_equal(pwrite(fd, noise, sizeof noise, page * 4096), sizeof noise);
    close(fd);
}

static void
test_a_damaged_file_is_left_alone(void **state)
{
    struct fixture_dir d;
    struct store      *st = NULL;
    struct err         err = {0};
    uint64_t           before, after;

    (void)state;
    fixture_dir_make(&d);
    make_history(&d);
    damage(&d);
    checksum(&d, &before);
    assert_int_equal(store_open(d.path, &st, &err), STATUS_STORE);
    assert_non_null(strstr(err.text, "damaged"));
    err = (struct err){0};
    assert_int_equal(open_trying(&d, &st, &err), STATUS_OK);
    expect_refused(st, STORE_FAULT_CORRUPT, "damaged");
    assert_true(store_health(st).damaged);
    store_close(st);
    checksum(&d, &after);
    assert_true(before == after);
    fixture_dir_remove(&d);
}

/* A disk that fails to read one page once is no damaged file: it is tried again. */
static void
test_a_read_that_fails_is_no_damage(void **state)
{
    struct fixture_dir d;
    struct store      *st = NULL;
    struct err         err = {0};
    bool               failed = true;

    (void)state;
    fixture_dir_make(&d);
    make_history(&d);
    for (uint64_t at = 1; failed; at += at < 20 ? 1 : 4) {
        faultvfs_plan(FAULTVFS_IO, at, false);
        assert_int_equal(open_trying(&d, &st, &err), STATUS_OK);
        failed = faultvfs_failed() > 0;
        faultvfs_heal();
        if (store_health(st).detached) {
            assert_string_equal(storehealth_fault_text(store_health(st).fault), "io_error");
            assert_false(store_health(st).damaged);
        }
        store_close(st);
        assert_true(at < 1000);
    }
    fixture_dir_remove(&d);
}

/* Neither is a matter of waiting. */
static void
test_what_a_person_must_change_is_refused(void **state)
{
    struct fixture_dir d, file;
    struct store      *st = NULL, *other;
    struct err         err = {0};

    (void)state;
    fixture_dir_make(&d);
    other = fixture_open(&d);
    assert_int_equal(open_trying(&d, &st, &err), STATUS_CONFLICT);
    assert_non_null(strstr(err.text, "in use by process"));
    store_close(other);
    run_sql(&d, "PRAGMA application_id = 7");
    err = (struct err){0};
    assert_int_equal(open_trying(&d, &st, &err), STATUS_CONFLICT);
    assert_non_null(strstr(err.text, "another program"));
    file = d;
    snprintf(file.path, sizeof file.path, "%s/no/such/parent", d.root);
    err = (struct err){0};
    assert_int_equal(open_trying(&file, &st, &err), STATUS_IO);
    fixture_dir_remove(&d);
}

static void
test_the_check_is_bounded(void **state)
{
    struct fixture_dir d;
    struct integrity   sound;
    struct err         err = {0};
    sqlite3           *db;
    char               path[128];

    (void)state;
    fixture_dir_make(&d);
    make_history(&d);
    fixture_file(&d, "verdictd.db", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(integrity_check(db, 0, &sound, &err), STATUS_OK);
    assert_true(sound.tables >= 10);
    assert_int_equal(sound.looked_at, sound.tables);
    /* Some 4,500 pages, each read in 1 ms: 30 ms do not do for them. */
    assert_int_equal(
        sqlite3_exec(db,
                     "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000)"
                     " INSERT INTO interval (run_id, end_ms, start_ms, counts)"
                     " SELECT 1, 9000000000000 + i, 1, randomblob(900) FROM n",
                     NULL, NULL, NULL),
        SQLITE_OK);
    faultvfs_slow_reads(1000);
    assert_int_equal(integrity_check(db, 30, &sound, &err), STATUS_OK);
    faultvfs_slow_reads(0);
    assert_true(sound.looked_at < sound.tables);
    sqlite3_close(db);
    fixture_dir_remove(&d);
}

static int
install(void **state)
{
    (void)state;
    log_set_level(LOG_LEVEL_ERROR + 1);
    faultvfs_install();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_full_disk_at_start),
        cmocka_unit_test(test_a_disk_that_errs_at_start),
        cmocka_unit_test(test_a_newer_schema_is_left_alone),
        cmocka_unit_test(test_a_damaged_file_is_left_alone),
        cmocka_unit_test(test_a_read_that_fails_is_no_damage),
        cmocka_unit_test(test_what_a_person_must_change_is_refused),
        cmocka_unit_test(test_the_check_is_bounded),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
