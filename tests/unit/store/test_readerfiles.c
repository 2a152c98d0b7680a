/* Which histories a reader opens: of another user, in a directory that cannot be written,
 * after a crash, none. */
#include "store/reader.h"

#include "tests/unit/store/samples.h"

#include <sqlite3.h>

static bool
count_run(void *ctx, const struct record_run *run)
{
    (void)run;
    ++*(int *)ctx;
    return true;
}

/* The command line as another user: the directory may be read, not written. */
static int
read_as_nobody(void *ctx)
{
    const struct fixture_dir *d = ctx;
    struct reader_filter      all = {.state = READER_ANY, .verdict = READER_ANY};
    int                       n = 0;
    struct reader            *r;
    struct err                err = {0};

    if (geteuid() == 0 && (setgid(65534) || setuid(65534)))
        return 10;
    if (access(d->path, W_OK) == 0)
        return 11;
    if (reader_open(d->path, &r, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return strstr(err.text, "not closed cleanly") ? 12 : 13;
    }
    if (reader_runs(r, &all, count_run, &n, NULL) || n != SAMPLES_RUNS)
        return 14;
    reader_close(r);
    return 0;
}

static int
exit_code_of(int (*body)(void *), void *ctx)
{
    int   status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(body(ctx));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int
die_with_samples(void *ctx)
{
    (void)samples_open(ctx); /* left as a crash leaves it: -wal full, -shm there */
    return 0;
}

static void
share(const struct fixture_dir *d, mode_t file_mode, mode_t dir_mode)
{
    static const char *const names[] = {"verdictd.db", "verdictd.db-wal", "verdictd.db-shm"};
    char                     file[128];

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        fixture_file(d, names[i], file);
        chmod(file, file_mode); /* those that are there */
    }
    assert_int_equal(chmod(d->path, dir_mode), 0);
    assert_int_equal(chmod(d->root, 0755), 0);
}

static void
test_read_only_directory(void **state)
{
    struct fixture_dir d;
    struct store      *st;
    char               file[128];

    (void)state;
    fixture_dir_make(&d);
    st = samples_open(&d);
    share(&d, 0444, 0555);
    assert_int_equal(exit_code_of(read_as_nobody, &d), 0); /* beside the daemon */
    store_close(st);
    share(&d, 0444, 0555);
    assert_int_equal(exit_code_of(read_as_nobody, &d), 0); /* after it */
    fixture_file(&d, "verdictd.db-wal", file);
    assert_int_not_equal(access(file, F_OK), 0);
    share(&d, 0600, 0700);
    fixture_dir_remove(&d);
}

static void
test_after_a_crash(void **state)
{
    struct reader_filter all = {.state = READER_ANY, .verdict = READER_ANY};
    struct fixture_dir   d;
    struct reader       *r;
    int                  n = 0;
    char                 shm[128];

    (void)state;
    fixture_dir_make(&d);
    assert_int_equal(exit_code_of(die_with_samples, &d), 0);
    /* Gone with a reboot, where the directory is on another file system. */
    fixture_file(&d, "verdictd.db-shm", shm);
    assert_int_equal(unlink(shm), 0);
    share(&d, 0444, 0555);
    assert_int_equal(exit_code_of(read_as_nobody, &d), 12); /* says so, not old rows */
    share(&d, 0600, 0700);
    r = fixture_reader(&d);
    assert_int_equal(reader_runs(r, &all, count_run, &n, NULL), STATUS_OK);
    assert_int_equal(n, SAMPLES_RUNS);
    reader_close(r);
    fixture_dir_remove(&d);
}

static void
test_no_history(void **state)
{
    struct fixture_dir d;
    struct reader     *r;
    struct err         err = {0};

    (void)state;
    fixture_dir_make(&d);
    assert_int_equal(reader_open(d.path, &r, &err), STATUS_NOT_FOUND);
    assert_non_null(strstr(err.text, d.path));
    fixture_dir_remove(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_only_directory),
        cmocka_unit_test(test_after_a_crash),
        cmocka_unit_test(test_no_history),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
