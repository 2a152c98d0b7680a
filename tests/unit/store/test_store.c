#include "store/store.h"

#include "base/arena.h"
#include "tests/unit/store/fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>

static int
mode_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return (int)(st.st_mode & 0777);
}

static void
test_makes_a_private_directory(void **state)
{
    struct fixture_dir d;
    struct store      *st;
    char               file[128], deep[96];
    struct err         err = {0};

    (void)state;
    fixture_dir_make(&d);
    st = fixture_open(&d);
    assert_int_equal(mode_of(d.path), 0700);
    fixture_file(&d, "verdictd.db", file);
    assert_int_equal(mode_of(file), 0600);
    fixture_file(&d, "verdictd.db-wal", file);
    assert_int_equal(mode_of(file), 0600);
    store_close(st);
    snprintf(deep, sizeof deep, "%s/no/such", d.root);
    assert_int_equal(store_open(deep, &st, &err), STATUS_IO);
    assert_non_null(strstr(err.text, deep));
    fixture_dir_remove(&d);
}

static void
test_two_daemons_never_share(void **state)
{
    struct fixture_dir d;
    struct store      *first, *second;
    struct err         err = {0};
    char               pid[32];

    (void)state;
    fixture_dir_make(&d);
    first = fixture_open(&d);
    assert_int_equal(store_open(d.path, &second, &err), STATUS_CONFLICT);
    snprintf(pid, sizeof pid, "process %ld;", (long)getpid());
    assert_non_null(strstr(err.text, pid));
    assert_non_null(strstr(err.text, d.path));
    store_close(first);
    first = fixture_open(&d);
    store_close(first);
    fixture_dir_remove(&d);
}

static void
change(const struct fixture_dir *d, const char *sql)
{
    struct sqlite3 *db;
    char            file[128];

    fixture_file(d, "verdictd.db", file);
    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void
test_refuses_what_it_does_not_know(void **state)
{
    static const struct {
        const char *sql;
        enum status open, read;
        const char *says;
    } cases[] = {
        {"PRAGMA user_version = 99", STATUS_CONFLICT, STATUS_CONFLICT, "has schema 99"},
        {"PRAGMA application_id = 77", STATUS_CONFLICT, STATUS_CONFLICT, "another program"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture_dir d;
        struct store      *st;
        struct reader     *r;
        struct err         err = {0};

        fixture_dir_make(&d);
        store_close(fixture_open(&d));
        change(&d, cases[i].sql);
        assert_int_equal(store_open(d.path, &st, &err), cases[i].open);
        assert_non_null(strstr(err.text, cases[i].says));
        assert_int_equal(reader_open(d.path, &r, NULL), cases[i].read);
        fixture_dir_remove(&d);
    }
}

static void
test_refuses_a_file_that_is_no_database(void **state)
{
    struct fixture_dir d;
    struct store      *st;
    struct err         err = {0};
    char               file[128];
    int                fd;

    (void)state;
    fixture_dir_make(&d);
    assert_int_equal(mkdir(d.path, 0700), 0);
    fixture_file(&d, "verdictd.db", file);
    fd = open(file, O_WRONLY | O_CREAT, 0600);
    for (int i = 0; i < 100; i++)
        assert_int_equal(write(fd, "this is not a database; ", 24), 24);
    close(fd);
    assert_int_equal(store_open(d.path, &st, &err), STATUS_STORE);
    assert_non_null(strstr(err.text, file));
    assert_non_null(strstr(err.text, "not a database"));
    fixture_dir_remove(&d);
}

/* What the last row was, copied. */
struct kept {
    int                     n;
    struct record_run       run;
    struct record_verdict   verdict;
    struct record_interval  interval;
    struct record_gate_call call[16];
    struct arena            memory;
};

static bool
keep_run(void *ctx, const struct record_run *r)
{
    struct kept  *k = ctx;
    struct slice *all[] = {&k->run.service,    &k->run.ns,          &k->run.revision,
                           &k->run.canary,     &k->run.baseline,    &k->run.key,
                           &k->run.policy,     &k->run.policy_hash, &k->run.source,
                           &k->run.end_cause,  &k->run.message,     &k->run.numbers,
                           &k->run.state_blob, &k->run.policy_text};

    k->run = *r;
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        *all[i] = arena_slice(&k->memory, *all[i]);
    k->n++;
    return true;
}

static bool
keep_verdict(void *ctx, const struct record_verdict *v)
{
    struct kept *k = ctx;

    k->verdict = *v;
    k->verdict.service = arena_slice(&k->memory, v->service);
    k->verdict.ns = arena_slice(&k->memory, v->ns);
    k->verdict.message = arena_slice(&k->memory, v->message);
    k->verdict.policy_hash = arena_slice(&k->memory, v->policy_hash);
    k->verdict.numbers = arena_slice(&k->memory, v->numbers);
    k->n++;
    return true;
}

static bool
keep_interval(void *ctx, const struct record_interval *i)
{
    struct kept *k = ctx;

    k->interval = *i;
    k->interval.row = arena_slice(&k->memory, i->row);
    k->n++;
    return true;
}

static bool
keep_call(void *ctx, const struct record_gate_call *g)
{
    struct kept *k = ctx;

    assert_true(k->n < (int)ARRAY_LEN(k->call));
    k->call[k->n] = *g;
    k->call[k->n].gate = arena_slice(&k->memory, g->gate);
    k->call[k->n].stage = arena_slice(&k->memory, g->stage);
    k->n++;
    return true;
}

static void
check_run(const struct record_run *got, const struct record_run *want)
{
    assert_string_equal(got->id, want->id);
    fixture_equal(got->service, want->service);
    fixture_equal(got->ns, want->ns);
    fixture_equal(got->revision, want->revision);
    fixture_equal(got->canary, want->canary);
    fixture_equal(got->baseline, want->baseline);
    fixture_equal(got->key, want->key);
    fixture_equal(got->policy, want->policy);
    fixture_equal(got->policy_hash, want->policy_hash);
    fixture_equal(got->source, want->source);
    fixture_equal(got->end_cause, want->end_cause);
    fixture_equal(got->message, want->message);
    fixture_equal(got->numbers, want->numbers);
    fixture_equal(got->state_blob, want->state_blob);
    fixture_equal(got->policy_text, want->policy_text);
    assert_int_equal(got->attempt, want->attempt);
    assert_int_equal(got->state, want->state);
    assert_int_equal(got->started_ms, want->started_ms);
    assert_int_equal(got->ended_ms, want->ended_ms);
    assert_int_equal(got->updated_ms, want->updated_ms);
    assert_int_equal(got->verdict, want->verdict);
    assert_int_equal(got->reason, want->reason);
}

static void
read_run(const struct fixture_dir *d, const char *id, const struct record_run *want)
{
    struct reader *r = fixture_reader(d);
    struct kept    k = {0};

    assert_int_equal(reader_run(r, id, keep_run, &k, NULL), STATUS_OK);
    assert_int_equal(k.n, 1);
    check_run(&k.run, want);
    arena_release(&k.memory);
    reader_close(r);
}

static void
test_run_round_trip(void **state)
{
    struct fixture_dir  d;
    char                blob[1000];
    struct record_run   want = fixture_run(1), update;
    struct store_commit c = {.run = &want};
    struct store       *st;

    (void)state;
    for (size_t i = 0; i < sizeof blob; i++)
        blob[i] = (char)(i % 251); /* NULs and every high byte */
    fixture_dir_make(&d);
    st = fixture_open(&d);
    want.state_blob = (struct slice){blob, sizeof blob};
    want.numbers = SLICE_LITERAL("{\"a\":[1,2.5e-300]}");
    want.policy_hash = SLICE_LITERAL("00112233aabbccdd");
    want.policy_text = SLICE_LITERAL("min_requests: 100\n");
    want.message = SLICE_LITERAL("\xc3\xa4 'quoted' \"twice\" ; --");
    want.attempt = UINT32_MAX;
    fixture_must(st, &c);
    read_run(&d, want.id, &want);

    /* Empty wide parts leave what is stored; the rest is replaced. */
    update = want;
    update.state_blob = update.numbers = update.policy_text = (struct slice){0};
    update.state = RECORD_ENDED;
    update.ended_ms = update.updated_ms = FIXTURE_T0 + 90000;
    update.end_cause = SLICE_LITERAL("post_rollout");
    update.verdict = VERDICT_ABORT;
    update.reason = REASON_ERROR_RATE_WORSE;
    update.message = SLICE_LITERAL("");
    update.baseline = SLICE_LITERAL("");
    c.run = &update;
    fixture_must(st, &c);
    update.state_blob = want.state_blob;
    update.numbers = want.numbers;
    update.policy_text = want.policy_text;
    store_close(st);
    read_run(&d, want.id, &update);
    fixture_dir_remove(&d);
}

static void
test_identity_stays_as_first_written(void **state)
{
    struct fixture_dir  d;
    struct record_run   first = fixture_run(1), other = first;
    struct store_commit c = {.run = &first};
    struct store       *st;

    (void)state;
    fixture_dir_make(&d);
    st = fixture_open(&d);
    fixture_must(st, &c);
    other.service = SLICE_LITERAL("ratings");
    other.revision = SLICE_LITERAL("v3");
    other.attempt = 5;
    other.started_ms = 1;
    c.run = &other;
    fixture_must(st, &c);
    read_run(&d, first.id, &first);
    store_close(st);
    fixture_dir_remove(&d);
}

static void
test_verdict_and_interval_round_trip(void **state)
{
    struct fixture_dir     d;
    struct store_service   service = {.ns = SLICE_LITERAL("prod"),
                                      .name = SLICE_LITERAL("reviews"),
                                      .preset = SLICE_LITERAL("istio")};
    struct store_policy    policy = {SLICE_LITERAL("abc"), SLICE_LITERAL("text")};
    struct record_run      run = fixture_run(1);
    struct record_interval interval = fixture_interval(1, 0);
    struct record_verdict  verdict = fixture_verdict(1, 3);
    struct store_commit    c = {.service = &service,
                                .policy = &policy,
                                .run = &run,
                                .interval = &interval,
                                .verdict = &verdict};
    struct reader_filter   f = {.state = READER_ANY, .verdict = READER_ANY};
    struct kept            k = {0};
    struct store          *st;
    struct reader         *r;

    (void)state;
    fixture_dir_make(&d);
    st = fixture_open(&d);
    run.policy_hash = verdict.policy_hash = policy.hash;
    fixture_must(st, &c);
    r = fixture_reader(&d);
    assert_int_equal(reader_verdicts(r, &f, keep_verdict, &k, NULL), STATUS_OK);
    assert_int_equal(k.n, 1);
    assert_string_equal(k.verdict.id, verdict.id);
    assert_string_equal(k.verdict.run, run.id);
    fixture_equal(k.verdict.service, run.service);
    fixture_equal(k.verdict.ns, run.ns);
    fixture_equal(k.verdict.message, verdict.message);
    fixture_equal(k.verdict.policy_hash, policy.hash);
    fixture_equal(k.verdict.numbers, verdict.numbers);
    assert_int_equal(k.verdict.at_ms, verdict.at_ms);
    assert_int_equal(k.verdict.verdict, verdict.verdict);
    assert_int_equal(k.verdict.reason, verdict.reason);
    assert_int_equal(reader_intervals(r, run.id, 0, 0, keep_interval, &k, NULL), STATUS_OK);
    assert_int_equal(k.n, 2);
    assert_string_equal(k.interval.run, run.id);
    assert_int_equal(k.interval.start_ms, interval.start_ms);
    assert_int_equal(k.interval.end_ms, interval.end_ms);
    fixture_equal(k.interval.row, interval.row);
    reader_close(r);
    store_close(st);
    arena_release(&k.memory);
    fixture_dir_remove(&d);
}

/* The first call, each change, and equal answers by the minute. */
static void
test_gate_calls_are_counted(void **state)
{
    static const struct {
        const char  *gate;
        int64_t      at_ms; /* after T0, which is 20 s into its minute */
        enum verdict verdict;
        uint64_t     count;
    } told[] = {
        {"argo", 0, VERDICT_HOLD, 1},
        {"argo", 1000, VERDICT_HOLD, 2},
        {"flagger/rollout", 1500, VERDICT_HOLD, 1},
        {"argo", 2000, VERDICT_HOLD, 1}, /* still the newest of its gate */
        {"argo", 3000, VERDICT_PASS, 1}, /* a change */
        {"argo", 4000, VERDICT_HOLD, 1}, /* back: not the row before the change */
        {"argo", 39999, VERDICT_HOLD, 1},
        {"argo", 40000, VERDICT_HOLD, 7},         /* next minute */
        {"argo", 40001, VERDICT_HOLD, INT64_MAX}, /* the sum would not fit */
    };
    static const struct {
        const char  *gate;
        int64_t      at_ms;
        enum verdict verdict;
        uint64_t     count;
    } rows[] = {
        {"argo", 0, VERDICT_HOLD, 4},     {"flagger/rollout", 1500, VERDICT_HOLD, 1},
        {"argo", 3000, VERDICT_PASS, 1},  {"argo", 4000, VERDICT_HOLD, 2},
        {"argo", 40000, VERDICT_HOLD, 7}, {"argo", 40001, VERDICT_HOLD, INT64_MAX},
    };
    struct fixture_dir      d;
    struct record_run       run = fixture_run(1);
    struct record_gate_call call = {
        .http_code = 200, .stage = SLICE_LITERAL("promote"), .reason = REASON_NOT_PROVEN};
    struct store_commit c = {.run = &run};
    struct kept         k = {0};
    struct store       *st;
    struct reader      *r;

    (void)state;
    fixture_dir_make(&d);
    st = fixture_open(&d);
    fixture_must(st, &c);
    c = (struct store_commit){.gate_call = &call};
    for (size_t i = 0; i < ARRAY_LEN(told); i++) {
        memcpy(call.run, run.id, sizeof call.run);
        call.gate = slice_of(told[i].gate);
        call.at_ms = FIXTURE_T0 + told[i].at_ms;
        call.verdict = told[i].verdict;
        call.count = told[i].count;
        fixture_must(st, &c);
        call.run[0] = '\0'; /* the same without a run is another row */
        fixture_must(st, &c);
    }
    r = fixture_reader(&d);
    assert_int_equal(reader_gate_calls(r, run.id, 0, 0, keep_call, &k, NULL), STATUS_OK);
    assert_int_equal(k.n, ARRAY_LEN(rows));
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_true(slice_is(k.call[i].gate, rows[i].gate));
        assert_true(slice_is(k.call[i].stage, "promote"));
        assert_int_equal(k.call[i].at_ms, FIXTURE_T0 + rows[i].at_ms);
        assert_int_equal(k.call[i].verdict, rows[i].verdict);
        assert_int_equal(k.call[i].reason, REASON_NOT_PROVEN);
        assert_int_equal(k.call[i].http_code, 200);
        assert_int_equal(k.call[i].count, rows[i].count);
    }
    /* Of more than are asked for the last are what counts. */
    k.n = 0;
    assert_int_equal(reader_gate_calls(r, run.id, 0, 2, keep_call, &k, NULL), STATUS_OK);
    assert_int_equal(k.n, 2);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(k.call[i].at_ms, FIXTURE_T0 + rows[ARRAY_LEN(rows) - 2 + i].at_ms);
    reader_close(r);
    store_close(st);
    arena_release(&k.memory);
    fixture_dir_remove(&d);
}

struct killed {
    const struct fixture_dir *d;
    int                       round, report_fd;
};

struct report {
    struct killed *k;
    int            n;
};

static struct report reports[20000];

/* On the store thread: tell the parent that unit n is durable. */
static void
report_durable(void *ctx, enum status s, const struct err *err)
{
    struct report *r = ctx;

    (void)err;
    if (s == STATUS_OK && write(r->k->report_fd, &r->n, sizeof r->n) != sizeof r->n)
        _exit(3);
}

/* Submit a run, an interval and a verdict at a time until killed. */
static int
submit_until_killed(void *ctx)
{
    struct killed *k = ctx;
    struct store  *st;

    if (store_open(k->d->path, &st, NULL))
        return 1;
    for (int i = 0; i < (int)ARRAY_LEN(reports); i++) {
        int                    n = k->round * 100000 + i;
        struct record_run      run = fixture_run(k->round);
        struct record_interval interval = fixture_interval(k->round, i);
        struct record_verdict  verdict = fixture_verdict(k->round, n);
        struct store_commit    c = {.run = &run, .interval = &interval, .verdict = &verdict};

        run.updated_ms = n;
        reports[i] = (struct report){k, n};
        while (store_submit(st, &c, report_durable, &reports[i]) == STATUS_BUSY)
            store_drain(st);
    }
    for (;;) /* the store thread is still at work */
        pause();
}

static int64_t
query(const struct fixture_dir *d, const char *sql)
{
    struct sqlite3      *db;
    struct sqlite3_stmt *q;
    char                 file[128];
    int64_t              n;

    fixture_file(d, "verdictd.db", file);
    assert_int_equal(sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    n = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    sqlite3_close(db);
    return n;
}

/* After a kill: the last reported unit and all before it are there, whole. */
static void
check_after_kill(const struct fixture_dir *d, int round, int last)
{
    struct store *st = fixture_open(d); /* the dead process's lock is gone */
    char          sql[256];
    int64_t       verdicts;

    assert_int_equal(query(d, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM verdict v JOIN run r ON r.id = v.run_id"
             " WHERE r.started_ms = %lld",
             (long long)FIXTURE_T0 + round);
    verdicts = query(d, sql);
    assert_true(verdicts >= last % 100000 + 1);
    /* No half of a unit: as many intervals, and the run's update of the last. */
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM interval i JOIN run r ON r.id = i.run_id"
             " WHERE r.started_ms = %lld",
             (long long)FIXTURE_T0 + round);
    assert_int_equal(query(d, sql), verdicts);
    snprintf(sql, sizeof sql, "SELECT updated_ms FROM run WHERE started_ms = %lld",
             (long long)FIXTURE_T0 + round);
    assert_int_equal(query(d, sql), round * 100000 + verdicts - 1);
    store_close(st);
}

static void
test_kill_at_any_moment(void **state)
{
    struct fixture_dir d;
    uint64_t           chance = 88172645463325252u; /* xorshift64, any seed */

    (void)state;
    fixture_dir_make(&d);
    for (int round = 0; round < 20; round++) {
        struct killed k = {&d, round, -1};
        int           fd[2], n = -1, last = -1, status;
        unsigned      patience;
        pid_t         pid;

        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        patience = 1 + (unsigned)(chance % 1500);
        assert_int_equal(pipe(fd), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            close(fd[0]);
            k.report_fd = fd[1];
            _exit(submit_until_killed(&k));
        }
        close(fd[1]);
        for (unsigned seen = 0; seen < patience && read(fd[0], &n, sizeof n) == sizeof n; seen++)
            last = n;
        kill(pid, SIGKILL);
        while (read(fd[0], &n, sizeof n) == sizeof n) { /* what it told before it died */
            assert_int_equal(n, last + 1);
            last = n;
        }
        close(fd[0]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        assert_true(last >= round * 100000 + (int)patience - 1);
        check_after_kill(&d, round, last);
    }
    fixture_dir_remove(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_makes_a_private_directory),
        cmocka_unit_test(test_two_daemons_never_share),
        cmocka_unit_test(test_refuses_what_it_does_not_know),
        cmocka_unit_test(test_refuses_a_file_that_is_no_database),
        cmocka_unit_test(test_run_round_trip),
        cmocka_unit_test(test_identity_stays_as_first_written),
        cmocka_unit_test(test_verdict_and_interval_round_trip),
        cmocka_unit_test(test_gate_calls_are_counted),
        cmocka_unit_test(test_kill_at_any_moment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
