#include "store/backup.h"

#include "tests/unit/store/fixture.h"

#include "base/log.h"

#include <fcntl.h>
#include <sqlite3.h>

enum { BEFORE = 300 };

static struct store_commit
nothing(void)
{
    return (struct store_commit){0};
}

static void
put(struct store *st, int n)
{
    static char            row[20000];
    struct record_run      run = fixture_run(n / 10);
    struct record_interval in = fixture_interval(n / 10, n);
    struct record_verdict  v = fixture_verdict(n / 10, n);
    struct store_commit    c = nothing();

    memset(row, 'r', sizeof row);
    in.row = (struct slice){row, sizeof row};
    c.run = &run;
    c.interval = &in;
    c.verdict = &v;
    assert_int_equal(store_submit(st, &c, NULL, NULL), STATUS_OK);
}

static int64_t
count(const char *file, const char *sql)
{
    sqlite3_stmt *q;
    sqlite3      *db;
    int64_t       n;

    assert_int_equal(sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    n = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    sqlite3_close(db);
    return n;
}

/* The store writes on while pages are copied. */
struct writing {
    struct store *st;
    int           n, calls;
};

static void
write_on(void *ctx, const char *what, uint64_t done, uint64_t total)
{
    struct writing *w = ctx;

    (void)what;
    assert_true(done <= total);
    w->calls++;
    put(w->st, w->n++);
    store_drain(w->st);
}

static void
file_in(const struct fixture_dir *d, const char *name, char out[128])
{
    snprintf(out, 128, "%s/%s", d->root, name);
}

/* Into a directory that has no history; the store goes on from there. */
static void
restore_elsewhere(const struct fixture_dir *d, struct backup_options *o)
{
    struct fixture_dir second = {0};
    struct store      *st;
    struct err         err = {0};
    char               file[128], aside[256];
    uint64_t           bytes = 0;

    snprintf(second.root, sizeof second.root, "%s", d->root);
    snprintf(second.path, sizeof second.path, "%s/second", d->root);
    o->data_dir = second.path;
    if (backup_restore(o, aside, sizeof aside, &bytes, &err))
        fail_msg("%s", err.text);
    assert_string_equal(aside, "");
    st = fixture_open(&second);
    put(st, 5000);
    store_close(st);
    fixture_file(&second, "verdictd.db", file);
    assert_int_equal(count(file, "SELECT count(*) FROM interval WHERE end_ms = 1700025005000"), 1);
    unlink(file);
    fixture_file(&second, "verdictd.lock", file);
    unlink(file);
    rmdir(second.path);
}

static void
test_a_backup_under_load_is_one_instant(void **state)
{
    struct fixture_dir    d;
    struct err            err = {0};
    struct writing        w = {.n = BEFORE};
    struct backup_options o = {.progress = write_on, .ctx = &w};
    char                  file[128], aside[256];
    uint64_t              bytes = 0;
    struct stat           st;
    int64_t               intervals;

    (void)state;
    fixture_dir_make(&d);
    file_in(&d, "copy.db", file);
    w.st = fixture_open(&d);
    for (int n = 0; n < BEFORE; n++)
        put(w.st, n);
    store_drain(w.st);
    o.data_dir = d.path;
    o.file = file;
    if (backup_write(&o, &bytes, &err))
        fail_msg("%s", err.text);
    assert_true(w.calls > 3);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_size, bytes);
    /* What was durable when it began, and as many verdicts as intervals: no half unit. */
    intervals = count(file, "SELECT count(*) FROM interval");
    assert_int_equal(intervals, BEFORE);
    assert_int_equal(count(file, "SELECT count(*) FROM verdict"), BEFORE);
    assert_int_equal(count(file, "SELECT journal_mode = 'delete' FROM pragma_journal_mode"), 1);

    /* Not over it, unless asked. */
    err = (struct err){0};
    assert_int_equal(backup_write(&o, &bytes, &err), STATUS_CONFLICT);
    assert_non_null(strstr(err.text, "--force"));
    o.replace = true;
    err = (struct err){0};
    assert_int_equal(backup_write(&o, &bytes, &err), STATUS_OK);
    assert_true(count(file, "SELECT count(*) FROM interval") > BEFORE);

    /* Neither into a directory that a daemon has. */
    o.progress = NULL;
    assert_int_equal(backup_restore(&o, aside, sizeof aside, &bytes, &err), STATUS_CONFLICT);
    assert_non_null(strstr(err.text, "in use by process"));
    store_close(w.st);

    restore_elsewhere(&d, &o);
    file_in(&d, "copy.db", file);
    unlink(file);
    fixture_dir_remove(&d);
}

static void
test_what_was_there_is_set_aside(void **state)
{
    struct fixture_dir    d;
    struct err            err = {0};
    struct backup_options o = {0};
    struct store         *st;
    char                  file[128], aside[256];
    uint64_t              bytes = 0;

    (void)state;
    fixture_dir_make(&d);
    file_in(&d, "copy.db", file);
    st = fixture_open(&d);
    put(st, 1);
    store_drain(st);
    o.data_dir = d.path;
    o.file = file;
    assert_int_equal(backup_write(&o, &bytes, &err), STATUS_OK);
    put(st, 2);
    store_close(st);
    assert_int_equal(backup_restore(&o, aside, sizeof aside, &bytes, &err), STATUS_OK);
    assert_int_equal(count(aside, "SELECT count(*) FROM interval"), 2);
    unlink(aside);
    unlink(file);
    fixture_file(&d, "verdictd.db", file);
    assert_int_equal(count(file, "SELECT count(*) FROM interval"), 1);
    fixture_dir_remove(&d);
}

static void
copy_file(const char *from, const char *to)
{
    static char bytes[4 << 20];
    FILE       *in = fopen(from, "re"), *out = fopen(to, "we");
    size_t      n;

    assert_non_null(in);
    assert_non_null(out);
    n = fread(bytes, 1, sizeof bytes, in);
    assert_true(n > 0 && n < sizeof bytes);
    assert_int_equal(fwrite(bytes, 1, n, out), n);
    assert_int_equal(fclose(in), 0);
    assert_int_equal(fclose(out), 0);
}

/* A daemon was killed, and somebody moved its verdictd.db away before the restore, but not
 * the log beside it: SQLite would play that log over the backup. */
static void
test_a_log_left_behind_is_not_the_backups(void **state)
{
    struct fixture_dir    d;
    struct err            err = {0};
    struct backup_options o = {0};
    struct store         *st;
    char                  copy[128], log[128], kept[128], file[128], command[640], aside[256];
    uint64_t              bytes = 0;

    (void)state;
    fixture_dir_make(&d);
    file_in(&d, "copy.db", copy);
    file_in(&d, "kept.log", kept);
    fixture_file(&d, "verdictd.db", file);
    fixture_file(&d, "verdictd.db-wal", log);
    st = fixture_open(&d);
    put(st, 1);
    store_drain(st);
    o.data_dir = d.path;
    o.file = copy;
    assert_int_equal(backup_write(&o, &bytes, &err), STATUS_OK);
    for (int n = 2; n < 40; n++)
        put(st, n);
    store_drain(st);
    copy_file(log, kept);
    store_close(st);
    assert_int_equal(unlink(file), 0);
    copy_file(kept, log);
    assert_int_equal(backup_restore(&o, aside, sizeof aside, &bytes, &err), STATUS_OK);
    assert_string_equal(aside, "");
    assert_int_equal(count(file, "SELECT count(*) FROM interval"), 1);
    snprintf(command, sizeof command, "rm -f '%s'/verdictd.db.replaced-* '%s' '%s'", d.path, copy,
             kept);
    assert_int_equal(system(command), 0);
    fixture_dir_remove(&d);
}

/* A file that is damaged, or no history at all, is not restored. */
static void
test_a_bad_backup_is_refused(void **state)
{
    struct fixture_dir    d;
    struct err            err = {0};
    struct backup_options o = {0};
    struct store         *st;
    char                  file[128], aside[256];
    uint64_t              bytes = 0;
    int                   fd;

    (void)state;
    fixture_dir_make(&d);
    file_in(&d, "copy.db", file);
    o.data_dir = d.path;
    o.file = file;
    assert_int_equal(backup_write(&o, &bytes, &err), STATUS_NOT_FOUND);
    assert_true(access(file, F_OK) != 0); /* and nothing is left of it */
    err = (struct err){0};
    assert_int_equal(backup_restore(&o, aside, sizeof aside, &bytes, &err), STATUS_NOT_FOUND);
    st = fixture_open(&d);
    for (int n = 0; n < BEFORE; n++)
        put(st, n);
    store_drain(st);
    err = (struct err){0};
    assert_int_equal(backup_write(&o, &bytes, &err), STATUS_OK);
    store_close(st);
    fd = open(file, O_RDWR | O_CLOEXEC);
    for (off_t page = 30; page < 60; page++)
        assert_int_equal(pwrite(fd, "noise", 5, page * 4096), 5);
    close(fd);
    assert_int_equal(backup_restore(&o, aside, sizeof aside, &bytes, &err), STATUS_STORE);
    if (!strstr(err.text, "damaged"))
        fail_msg("%s", err.text);
    fd = open(file, O_RDWR | O_TRUNC | O_CLOEXEC);
    assert_int_equal(write(fd, "no database", 11), 11);
    close(fd);
    err = (struct err){0};
    assert_int_not_equal(backup_restore(&o, aside, sizeof aside, &bytes, &err), STATUS_OK);
    unlink(file);
    fixture_file(&d, "verdictd.db", file);
    assert_int_equal(count(file, "SELECT count(*) FROM interval"), BEFORE); /* untouched */
    fixture_dir_remove(&d);
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
        cmocka_unit_test(test_a_backup_under_load_is_one_instant),
        cmocka_unit_test(test_what_was_there_is_set_aside),
        cmocka_unit_test(test_a_log_left_behind_is_not_the_backups),
        cmocka_unit_test(test_a_bad_backup_is_refused),
    };

    return cmocka_run_group_tests(tests, quiet, NULL);
}
