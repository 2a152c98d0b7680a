/* fixture.h - directories, records and outcomes for the tests of store/. */
#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

#include "tests/support/check.h"

#include "store/reader.h"
#include "store/store.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* 2023-11-14T22:13:20Z, at the 20th second of a minute. */
#define FIXTURE_T0 INT64_C(1700000000000)

struct fixture_dir {
    char path[64]; /* the data_dir, not made yet */
    char root[48];
};

static inline void
fixture_dir_make(struct fixture_dir *d)
{
    snprintf(d->root, sizeof d->root, "/tmp/verdictd-store-XXXXXX");
    assert_non_null(mkdtemp(d->root));
    snprintf(d->path, sizeof d->path, "%s/data", d->root);
}

static inline void
fixture_file(const struct fixture_dir *d, const char *name, char out[128])
{
    snprintf(out, 128, "%s/%s", d->path, name);
}

static inline void
fixture_dir_remove(struct fixture_dir *d)
{
    static const char *const names[] = {"verdictd.db", "verdictd.db-wal", "verdictd.db-shm",
                                        "verdictd.lock", "link.key"};
    char                     file[128];

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        fixture_file(d, names[i], file);
        unlink(file);
    }
    rmdir(d->path);
    assert_int_equal(rmdir(d->root), 0); /* nothing else was left behind */
}

static inline struct store *
fixture_open(const struct fixture_dir *d)
{
    struct store *st = NULL;
    struct err    err = {0};

    if (store_open(d->path, &st, &err))
        fail_msg("%s", err.text);
    return st;
}

static inline struct reader *
fixture_reader(const struct fixture_dir *d)
{
    struct reader *r = NULL;
    struct err     err = {0};

    if (reader_open(d->path, &r, &err))
        fail_msg("%s", err.text);
    return r;
}

static inline void
fixture_fill(void *self, void *out, size_t n)
{
    memset(out, *(const char *)self, n);
}

/* The n-th id: rises with n; kind keeps ids of runs and verdicts apart. */
static inline void
fixture_id(char out[ULID_BYTES], char kind, int n)
{
    struct entropy e = {fixture_fill, &kind};

    ulid_make(out, FIXTURE_T0 + n, &e);
}

static inline struct record_run
fixture_run(int n)
{
    struct record_run r = {
        .service = SLICE_LITERAL("reviews"),
        .ns = SLICE_LITERAL("prod"),
        .revision = SLICE_LITERAL("v2"),
        .canary = SLICE_LITERAL("v2"),
        .baseline = SLICE_LITERAL("v1"),
        .key = SLICE_LITERAL("revision"),
        .policy = SLICE_LITERAL("default"),
        .source = SLICE_LITERAL("mesh"),
        .attempt = 1,
        .started_ms = FIXTURE_T0 + n,
        .updated_ms = FIXTURE_T0 + n,
        .verdict = VERDICT_HOLD,
        .reason = REASON_TOO_FEW_REQUESTS,
        .message = SLICE_LITERAL("canary 41 of 100 requests"),
    };

    fixture_id(r.id, 'r', n);
    return r;
}

static inline struct record_interval
fixture_interval(int run, int n)
{
    struct record_interval i = {.start_ms = FIXTURE_T0 + 5000 * n,
                                .end_ms = FIXTURE_T0 + 5000 * (n + 1),
                                .row = SLICE_LITERAL("\0packed\0counts\xff")};

    fixture_id(i.run, 'r', run);
    return i;
}

static inline struct record_verdict
fixture_verdict(int run, int n)
{
    struct record_verdict v = {.verdict = VERDICT_PASS,
                               .reason = REASON_PROVEN,
                               .message = SLICE_LITERAL("proven"),
                               .at_ms = FIXTURE_T0 + n,
                               .numbers = SLICE_LITERAL("{\"verdict\":\"pass\"}")};

    fixture_id(v.id, 'v', n);
    fixture_id(v.run, 'r', run);
    return v;
}

/* What a done was told. */
struct fixture_told {
    int         calls;
    enum status status;
    struct err  err;
};

static inline void
fixture_done(void *ctx, enum status s, const struct err *err)
{
    struct fixture_told *t = ctx;

    t->calls++;
    t->status = s;
    t->err = *err;
}

/* Submit one unit, wait for its outcome. */
static inline enum status
fixture_put(struct store *st, const struct store_commit *c, struct err *err)
{
    struct fixture_told t = {0};

    assert_int_equal(store_submit(st, c, fixture_done, &t), STATUS_OK);
    store_drain(st);
    assert_int_equal(t.calls, 1);
    if (err)
        *err = t.err;
    return t.status;
}

/* The same, and it must work. */
static inline void
fixture_must(struct store *st, const struct store_commit *c)
{
    struct err err = {0};

    if (fixture_put(st, c, &err))
        fail_msg("%s", err.text);
}

static inline void
fixture_equal(struct slice got, struct slice want)
{
    assert_int_equal(got.n, want.n);
    if (want.n)
        assert_memory_equal(got.p, want.p, want.n);
}

/* Run body in a child and hold it to exit code 0; cmocka's own failures stay
 * inside the child otherwise. */
static inline void
fixture_in_child(int (*body)(void *ctx), void *ctx)
{
    int   status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(body(ctx));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#endif
