#include "store/store.h"

#include "tests/unit/store/fixture.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>

/* A done that holds the store thread until it is let go, so that what is
 * submitted meanwhile waits in the queue for certain. */
struct gate {
    sem_t reached, open;
};

static void
wait_at_gate(void *ctx, enum status s, const struct err *err)
{
    struct gate *g = ctx;

    (void)s;
    (void)err;
    sem_post(&g->reached);
    sem_wait(&g->open);
}

static void
gate_close(struct gate *g, struct store *st)
{
    struct store_commit nothing = {0};

    sem_init(&g->reached, 0, 0);
    sem_init(&g->open, 0, 0);
    assert_int_equal(store_submit(st, &nothing, wait_at_gate, g), STATUS_OK);
    sem_wait(&g->reached);
}

static void
gate_open(struct gate *g, struct store *st)
{
    sem_post(&g->open);
    store_drain(st);
    sem_destroy(&g->reached);
    sem_destroy(&g->open);
}

static struct store *
open_with_run(const struct fixture_dir *d)
{
    struct record_run   run = fixture_run(1);
    struct store_commit c = {.run = &run};
    struct store       *st = fixture_open(d);

    fixture_must(st, &c);
    return st;
}

static bool
count_interval(void *ctx, const struct record_interval *i)
{
    (void)i;
    ++*(int *)ctx;
    return true;
}

static int
intervals(const struct fixture_dir *d, int run)
{
    struct reader *r = fixture_reader(d);
    char           id[ULID_BYTES];
    int            n = 0;
    enum status    s;

    fixture_id(id, 'r', run);
    s = reader_intervals(r, id, 0, 0, count_interval, &n, NULL);
    assert_true(s == STATUS_OK || s == STATUS_NOT_FOUND);
    reader_close(r);
    return s == STATUS_NOT_FOUND ? -1 : n;
}

static bool
count_verdict(void *ctx, const struct record_verdict *v)
{
    (void)v;
    ++*(int *)ctx;
    return true;
}

static int
verdicts(const struct fixture_dir *d)
{
    struct reader       *r = fixture_reader(d);
    struct reader_filter f = {.state = READER_ANY, .verdict = READER_ANY};
    int                  n = 0;

    assert_int_equal(reader_verdicts(r, &f, count_verdict, &n, NULL), STATUS_OK);
    reader_close(r);
    return n;
}

enum { PER_THREAD = 400, THREADS = 3 };

struct submitter {
    struct store       *st;
    int                 first, order[PER_THREAD];
    int                 n_told; /* in the order of the submits */
    struct fixture_told told[PER_THREAD];
    pthread_t           thread;
};

struct one {
    struct submitter *by;
    int               i;
};

static struct one ones[THREADS][PER_THREAD];

static void
note_order(void *ctx, enum status s, const struct err *err)
{
    struct one *o = ctx;

    fixture_done(&o->by->told[o->i], s, err);
    o->by->order[o->by->n_told++] = o->i;
}

static void *
submit_many(void *arg)
{
    struct submitter *by = arg;

    for (int i = 0; i < PER_THREAD; i++) {
        struct record_interval in = fixture_interval(1, by->first + i);
        struct store_commit    c = {.interval = &in};
        struct one            *o = &ones[by->first / PER_THREAD][i];

        *o = (struct one){by, i};
        if (store_submit(by->st, &c, note_order, o) != STATUS_OK)
            return by;
    }
    return NULL;
}

static void
test_every_done_once_and_in_order(void **state)
{
    static struct submitter s[THREADS];
    struct fixture_dir      d;
    struct store           *st;

    (void)state;
    fixture_dir_make(&d);
    st = open_with_run(&d);
    for (int t = 0; t < THREADS; t++) {
        s[t] = (struct submitter){.st = st, .first = t * PER_THREAD};
        assert_int_equal(pthread_create(&s[t].thread, NULL, submit_many, &s[t]), 0);
    }
    for (int t = 0; t < THREADS; t++) {
        void *failed;

        pthread_join(s[t].thread, &failed);
        assert_null(failed);
    }
    store_close(st); /* drains */
    for (int t = 0; t < THREADS; t++) {
        assert_int_equal(s[t].n_told, PER_THREAD);
        for (int i = 0; i < PER_THREAD; i++) {
            assert_int_equal(s[t].order[i], i);
            assert_int_equal(s[t].told[i].calls, 1);
            assert_int_equal(s[t].told[i].status, STATUS_OK);
        }
    }
    assert_int_equal(intervals(&d, 1), THREADS * PER_THREAD);
    fixture_dir_remove(&d);
}

/* Each bad unit before a good one, all of them waiting behind the gate. */
static void
submit_between_good(struct store *st, const struct store_commit *bad, int n,
                    struct fixture_told *bad_told, struct fixture_told *good_told)
{
    for (int i = 0; i < n; i++) {
        struct record_interval in = fixture_interval(1, 100 + i);
        struct store_commit    good = {.interval = &in};

        assert_int_equal(store_submit(st, &bad[i], fixture_done, &bad_told[i]), STATUS_OK);
        assert_int_equal(store_submit(st, &good, fixture_done, &good_told[i]), STATUS_OK);
    }
}

/* What is wrong with a unit is told by its status and a sentence; whatever
 * else the unit held is not stored, and its neighbours are. */
static void
test_a_failing_unit_fails_alone(void **state)
{
    static char               long_text[STORE_MAX_MESSAGE + 1];
    struct record_interval    dup = fixture_interval(1, 0), lost = fixture_interval(9, 0);
    struct record_interval    backwards = fixture_interval(1, 7);
    struct record_verdict     fresh[8], dup_verdict = fixture_verdict(1, 0), bad_json, bad_text;
    struct record_verdict     bad_id, too_long;
    struct record_run         no_policy = fixture_run(2), other_text = fixture_run(3);
    struct record_gate_call   no_count = {.gate = SLICE_LITERAL("argo")};
    const struct store_commit bad[] = {
        {.interval = &dup, .verdict = &fresh[0]},
        {.verdict = &fresh[1], .interval = &lost},
        {.verdict = &dup_verdict},
        {.verdict = &bad_json},
        {.verdict = &bad_text},
        {.verdict = &bad_id},
        {.verdict = &too_long},
        {.run = &no_policy},
        {.run = &other_text},
        {.verdict = &fresh[2], .gate_call = &no_count},
        {.verdict = &fresh[3], .interval = &backwards},
    };
    static const struct {
        enum status status;
        const char *says;
    } want[] = {
        {STATUS_CONFLICT, "has an interval that ends at"},
        {STATUS_NOT_FOUND, "is not in the history"},
        {STATUS_CONFLICT, "is stored already"},
        {STATUS_RANGE, "verdict_numbers_are_json"},
        {STATUS_RANGE, "verdict.message: not UTF-8"},
        {STATUS_RANGE, "verdict.id: not a ULID"},
        {STATUS_LIMIT, "verdict.message: 1025 bytes"},
        {STATUS_CONFLICT, "policy nowhere is not stored"},
        {STATUS_CONFLICT, "stored with another text"},
        {STATUS_RANGE, "gate_call.count"},
        {STATUS_RANGE, "interval_runs_forward"},
    };
    enum { N = ARRAY_LEN(bad) };
    struct fixture_told good_told[N] = {0}, bad_told[N] = {0};
    struct store_policy policy = {SLICE_LITERAL("hash"), SLICE_LITERAL("a: 1")};
    struct store_commit first = {.interval = &dup, .verdict = &dup_verdict, .policy = &policy};
    struct fixture_dir  d;
    struct store       *st;
    struct gate         gate;

    (void)state;
    _Static_assert(ARRAY_LEN(want) == N, "one expectation per unit");
    memset(long_text, 'x', sizeof long_text);
    bad_json = bad_text = bad_id = too_long = fixture_verdict(1, 500);
    bad_json.numbers = SLICE_LITERAL("{\"a\":NaN}");
    bad_text.message = SLICE_LITERAL("\xff");
    bad_id.id[3] = 'u'; /* not in Crockford's alphabet */
    too_long.message = (struct slice){long_text, sizeof long_text};
    no_policy.policy_hash = SLICE_LITERAL("nowhere");
    other_text.policy_hash = policy.hash;
    other_text.policy_text = SLICE_LITERAL("a: 2");
    backwards.end_ms = backwards.start_ms;
    for (int i = 0; i < (int)ARRAY_LEN(fresh); i++)
        fresh[i] = fixture_verdict(1, 600 + i);

    fixture_dir_make(&d);
    st = open_with_run(&d);
    fixture_must(st, &first);
    gate_close(&gate, st);
    submit_between_good(st, bad, N, bad_told, good_told);
    gate_open(&gate, st);
    for (int i = 0; i < N; i++) {
        assert_int_equal(good_told[i].calls, 1);
        assert_int_equal(good_told[i].status, STATUS_OK);
        assert_int_equal(bad_told[i].calls, 1);
        if (bad_told[i].status != want[i].status || !strstr(bad_told[i].err.text, want[i].says))
            fail_msg("%d: %s: %s", i, status_text(bad_told[i].status), bad_told[i].err.text);
    }
    assert_int_equal(intervals(&d, 1), 1 + N);
    assert_int_equal(verdicts(&d), 1);
    assert_int_equal(intervals(&d, 2), -1);
    assert_int_equal(intervals(&d, 3), -1);
    assert_false(store_health(st).failing); /* the units were wrong, not the store */
    assert_int_equal(store_health(st).failed_units, N);
    store_close(st);
    fixture_dir_remove(&d);
}

static bool
keep_verdict(void *ctx, const struct record_run *run)
{
    *(enum verdict *)ctx = run->verdict;
    return true;
}

/* The unit that fails when half of it is written, in a group with others before and behind
 * it: nothing of it is there, nothing else is lost or twice, and what it said of its run is
 * not taken for stored. */
static void
test_a_torn_unit_leaves_no_trace(void **state)
{
    struct record_verdict     there = fixture_verdict(1, 0);
    struct record_run         passed = fixture_run(1);
    struct record_interval    at[8];
    const struct store_commit units[] = {
        {.interval = &at[0]},
        {.run = &passed, .interval = &at[1], .verdict = &there}, /* torn */
        {.interval = &at[1]},
        {.run = &passed, .interval = &at[2]},
        {.interval = &at[3], .verdict = &there}, /* torn, in savepoints now */
        {.verdict = &there},                     /* wrong, but whole */
        {.interval = &at[4]},
    };
    enum { N = ARRAY_LEN(units) };
    static const bool   fails[N] = {false, true, false, false, true, true, false};
    struct fixture_told told[N] = {0};
    struct fixture_dir  d;
    struct store       *st;
    struct reader      *r;
    struct gate         gate;
    enum verdict        v = VERDICT_HOLD;

    (void)state;
    passed.verdict = VERDICT_PASS;
    for (int i = 0; i < (int)ARRAY_LEN(at); i++)
        at[i] = fixture_interval(1, i);
    fixture_dir_make(&d);
    st = open_with_run(&d);
    fixture_must(st, &(struct store_commit){.verdict = &there});
    gate_close(&gate, st);
    for (int i = 0; i < N; i++)
        assert_int_equal(store_submit(st, &units[i], fixture_done, &told[i]), STATUS_OK);
    gate_open(&gate, st);
    for (int i = 0; i < N; i++) {
        assert_int_equal(told[i].calls, 1);
        assert_int_equal(told[i].status, fails[i] ? STATUS_CONFLICT : STATUS_OK);
    }
    assert_int_equal(intervals(&d, 1), 4);
    assert_int_equal(verdicts(&d), 1);
    r = fixture_reader(&d);
    assert_int_equal(reader_run(r, passed.id, keep_verdict, &v, NULL), STATUS_OK);
    assert_int_equal(v, VERDICT_PASS);
    reader_close(r);
    assert_int_equal(store_health(st).failed_commits, 0);
    store_close(st);
    fixture_dir_remove(&d);
}

static void
test_a_burst_is_few_commits(void **state)
{
    enum { N = 500 };
    struct fixture_dir d;
    struct store      *st;
    struct gate        gate;
    uint64_t           before;

    (void)state;
    fixture_dir_make(&d);
    st = open_with_run(&d);
    gate_close(&gate, st);
    before = store_health(st).commits;
    for (int i = 0; i < N; i++) {
        struct record_interval in = fixture_interval(1, i);
        struct store_commit    c = {.interval = &in};

        assert_int_equal(store_submit(st, &c, NULL, NULL), STATUS_OK);
    }
    gate_open(&gate, st);
    /* One alone takes some 20 us; a slow machine may need several groups. */
    assert_true(store_health(st).commits - before <= N / 10);
    assert_int_equal(intervals(&d, 1), N);
    store_close(st);
    fixture_dir_remove(&d);
}

static void
test_the_queue_is_bounded(void **state)
{
    static char          state_blob[STORE_MAX_STATE], huge[STORE_MAX_UNIT + 1];
    struct fixture_dir   d;
    struct store_options o = {.data_dir = d.path, .queue_bytes = STORE_MAX_UNIT};
    struct record_run    run = fixture_run(1);
    struct store_commit  c = {.run = &run};
    struct fixture_told  told = {0};
    struct store        *st;
    struct gate          gate;
    int                  taken = 0;

    (void)state;
    fixture_dir_make(&d);
    assert_int_equal(store_open_with(&o, &st, NULL), STATUS_OK);
    gate_close(&gate, st);
    run.state_blob = (struct slice){state_blob, sizeof state_blob};
    while (taken < 10 && store_submit(st, &c, fixture_done, &told) == STATUS_OK)
        taken++;
    assert_int_equal(taken, 3); /* four would be over: a unit is more than its blob */
    assert_int_equal(store_submit(st, &c, fixture_done, &told), STATUS_BUSY);
    assert_true(store_health(st).queue_bytes > 3 * sizeof state_blob);
    gate_open(&gate, st);
    assert_int_equal(told.calls, taken);
    assert_int_equal(store_health(st).queue_bytes, 0);
    assert_int_equal(fixture_put(st, &c, NULL), STATUS_OK);

    run.state_blob = (struct slice){huge, sizeof huge};
    assert_int_equal(store_submit(st, &c, fixture_done, &told), STATUS_TOO_LARGE);
    store_drain(st);
    assert_int_equal(told.calls, taken);
    store_close(st);
    o.queue_bytes--;
    assert_int_equal(store_open_with(&o, &st, NULL), STATUS_RANGE);
    fixture_dir_remove(&d);
}

/* A daemon under virtual time. */
static int64_t
virtual_ms(void *self)
{
    return *(const int64_t *)self;
}

struct again {
    struct store       *st;
    struct fixture_told outer, inner;
};

static void
submit_again(void *ctx, enum status s, const struct err *err)
{
    struct again          *a = ctx;
    struct record_interval in = fixture_interval(1, 0);
    struct store_commit    c = {.interval = &in};

    fixture_done(&a->outer, s, err);
    assert_int_equal(store_submit(a->st, &c, fixture_done, &a->inner), STATUS_OK);
}

static void
test_synchronous(void **state)
{
    int64_t              now = 12345;
    struct clock         clock = {virtual_ms, virtual_ms, &now};
    struct fixture_dir   d;
    struct store_options o = {.data_dir = d.path, .clock = &clock, .synchronous = true};
    struct record_run    run = fixture_run(1);
    struct store_commit  c = {.run = &run};
    struct again         a = {0};

    (void)state;
    fixture_dir_make(&d);
    assert_int_equal(store_open_with(&o, &a.st, NULL), STATUS_OK);
    assert_int_equal(store_health(a.st).last_commit_mono_ms, 0);
    assert_int_equal(store_submit(a.st, &c, submit_again, &a), STATUS_OK);
    assert_int_equal(a.outer.calls, 1);
    assert_int_equal(a.outer.status, STATUS_OK);
    assert_int_equal(a.inner.calls, 1);
    assert_int_equal(a.inner.status, STATUS_OK);
    assert_int_equal(intervals(&d, 1), 1);
    assert_int_equal(store_health(a.st).last_commit_mono_ms, 12345);
    assert_int_equal(store_health(a.st).commits, 2);
    now++;
    assert_int_equal(store_submit(a.st, &c, submit_again, &a), STATUS_OK);
    assert_int_equal(a.inner.status, STATUS_CONFLICT); /* the same interval */
    assert_int_equal(store_health(a.st).last_commit_mono_ms, 12346);
    store_drain(a.st);
    store_close(a.st);
    fixture_dir_remove(&d);
}

/* A disk that fills, for one process: files may not grow past the limit
 * (write(2) fails with EFBIG once SIGXFSZ is ignored). */
static int
set_file_limit(rlim_t bytes)
{
    struct rlimit l;

    if (getrlimit(RLIMIT_FSIZE, &l))
        return -1;
    l.rlim_cur = bytes == RLIM_INFINITY ? l.rlim_max : bytes;
    return setrlimit(RLIMIT_FSIZE, &l);
}

#define EXPECT(what)                                                                               \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what);                             \
            return 1;                                                                              \
        }                                                                                          \
    } while (0)

/* In one group: small, large, small.  Only the large one lacks room. */
static int
fill_the_disk(void *ctx)
{
    static char               blob[STORE_MAX_STATE];
    const struct fixture_dir *d = ctx;
    struct record_interval    small[3] = {fixture_interval(1, 0), fixture_interval(1, 1),
                                          fixture_interval(1, 2)};
    struct record_run         large = fixture_run(2);
    struct store_commit       units[] = {
              {.interval = &small[0]}, {.run = &large}, {.interval = &small[1]}, {.interval = &small[2]}};
    struct fixture_told told[ARRAY_LEN(units)] = {0};
    struct store       *st = open_with_run(d);
    struct gate         gate;
    struct stat         wal;
    char                file[128];

    large.state_blob = (struct slice){blob, sizeof blob};
    fixture_file(d, "verdictd.db-wal", file);
    signal(SIGXFSZ, SIG_IGN);
    gate_close(&gate, st);
    EXPECT(stat(file, &wal) == 0);
    EXPECT(set_file_limit((rlim_t)wal.st_size + (256 << 10)) == 0);
    for (size_t i = 0; i < 3; i++)
        EXPECT(store_submit(st, &units[i], fixture_done, &told[i]) == STATUS_OK);
    gate_open(&gate, st);
    EXPECT(told[0].calls == 1 && told[0].status == STATUS_OK);
    EXPECT(told[1].calls == 1 && told[1].status == STATUS_STORE);
    EXPECT(told[1].err.text[0]);
    EXPECT(told[2].calls == 1 && told[2].status == STATUS_OK);

    /* Not a byte is left. */
    EXPECT(stat(file, &wal) == 0);
    EXPECT(set_file_limit((rlim_t)wal.st_size) == 0);
    for (int i = 0; i < 50; i++) {
        struct fixture_told t = {0};

        EXPECT(store_submit(st, &units[1], fixture_done, &t) == STATUS_OK);
        store_drain(st);
        EXPECT(t.calls == 1 && t.status == STATUS_STORE);
    }
    EXPECT(store_health(st).failing && store_health(st).last_fault.text[0]);

    EXPECT(set_file_limit(RLIM_INFINITY) == 0);
    EXPECT(store_submit(st, &units[1], fixture_done, &told[1]) == STATUS_OK);
    EXPECT(store_submit(st, &units[3], fixture_done, &told[3]) == STATUS_OK);
    store_drain(st);
    EXPECT(told[1].calls == 2 && told[1].status == STATUS_OK);
    EXPECT(told[3].calls == 1 && told[3].status == STATUS_OK);
    EXPECT(!store_health(st).failing && store_health(st).last_fault.text[0]);
    store_close(st);
    return 0;
}

static void
test_a_full_disk_is_an_error_and_passes(void **state)
{
    struct fixture_dir   d;
    struct sqlite3      *db;
    struct sqlite3_stmt *q;
    char                 file[128];

    (void)state;
    fixture_dir_make(&d);
    fixture_in_child(fill_the_disk, &d);
    assert_int_equal(intervals(&d, 1), 3);
    assert_int_equal(intervals(&d, 2), 0);
    fixture_file(&d, "verdictd.db", file);
    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(q, 0), "ok");
    sqlite3_finalize(q);
    sqlite3_close(db);
    fixture_dir_remove(&d);
}

/* Another program that holds the file for writing: everything queued fails at
 * once, after one wait, and the store works when it lets go. */
static void
test_a_foreign_lock_fails_the_queue_once(void **state)
{
    enum { N = 20 };
    struct fixture_told told[N] = {0};
    struct fixture_dir  d;
    struct store       *st;
    struct sqlite3     *db;
    struct gate         gate;
    char                file[128];
    int64_t             began;

    (void)state;
    fixture_dir_make(&d);
    st = open_with_run(&d);
    fixture_file(&d, "verdictd.db", file);
    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    gate_close(&gate, st);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    for (int i = 0; i < N; i++) {
        struct record_interval in = fixture_interval(1, i);
        struct store_commit    c = {.interval = &in};

        assert_int_equal(store_submit(st, &c, fixture_done, &told[i]), STATUS_OK);
    }
    began = clock_mono_ms(&clock_system);
    gate_open(&gate, st);
    assert_true(clock_mono_ms(&clock_system) - began < N * 1000); /* not N waits of 2 s */
    for (int i = 0; i < N; i++) {
        assert_int_equal(told[i].calls, 1);
        assert_int_equal(told[i].status, STATUS_STORE);
    }
    assert_true(store_health(st).failing);
    sqlite3_close(db);
    assert_int_equal(intervals(&d, 1), 0);
    {
        struct record_interval in = fixture_interval(1, 0);
        struct store_commit    c = {.interval = &in};

        fixture_must(st, &c);
    }
    assert_false(store_health(st).failing);
    store_close(st);
    fixture_dir_remove(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_done_once_and_in_order),
        cmocka_unit_test(test_a_failing_unit_fails_alone),
        cmocka_unit_test(test_a_torn_unit_leaves_no_trace),
        cmocka_unit_test(test_a_burst_is_few_commits),
        cmocka_unit_test(test_the_queue_is_bounded),
        cmocka_unit_test(test_synchronous),
        cmocka_unit_test(test_a_full_disk_is_an_error_and_passes),
        cmocka_unit_test(test_a_foreign_lock_fails_the_queue_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
