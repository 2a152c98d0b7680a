/* A script of 200 units on disks that fail at each operation in turn.
 *
 * The same script on a disk that never fails says what the history must hold after each
 * unit.  Told OK: exactly that.  Told anything else: exactly what was there before. */
#include "tests/support/faultvfs.h"
#include "tests/unit/store/fixture.h"

#include "base/log.h"

#include <sqlite3.h>

enum { UNITS = 200, RUNS = 12, DIGEST_BYTES = 400 };

/* Each operation of each unit: that a unit has more is a bug of this test. */
enum { MOST_OPERATIONS = 400 };

static char want[UNITS + 1][DIGEST_BYTES]; /* after so many units */

struct unit_of_script {
    struct store_service    service;
    struct record_run       run;
    struct record_interval  interval;
    struct record_verdict   verdict;
    struct record_gate_call gate_call;
    struct record_act       act;
    struct record_switch    gate_switch;
    struct store_outbox     outbox;
    struct record_placebo   placebo;
    struct store_commit     commit;
};

static void
tick_of_a_run(struct unit_of_script *u, int run, int n)
{
    static char state[6000];

    memset(state, 'a' + n % 26, sizeof state);
    u->run = fixture_run(run);
    u->run.updated_ms = FIXTURE_T0 + n;
    u->run.state = n > UNITS - RUNS ? RECORD_ENDED : RECORD_LIVE;
    u->run.ended_ms = u->run.state == RECORD_ENDED ? FIXTURE_T0 + n : 0;
    u->run.state_blob = (struct slice){state, (size_t)(n * 31 % (int)sizeof state)};
    u->run.numbers = SLICE_LITERAL("{\"checks\":{}}");
    u->run.policy_hash = SLICE_LITERAL("abc");
    u->run.policy_text = SLICE_LITERAL("warm_up=60s\n");
    u->interval = fixture_interval(run, n);
    u->interval.heard = (struct slice){state, (size_t)(n % 7)};
    u->verdict = fixture_verdict(run, n);
    u->verdict.verdict = n % 2 ? VERDICT_PASS : VERDICT_HOLD;
    u->outbox = (struct store_outbox){.what = STORE_OUTBOX_ADD,
                                      .targets = SLICE_LITERAL("chat pager"),
                                      .at_ms = FIXTURE_T0 + n,
                                      .keep = 20};
    memcpy(u->outbox.verdict, u->verdict.id, ULID_BYTES);
    u->commit = (struct store_commit){
        .run = &u->run, .interval = &u->interval, .verdict = &u->verdict, .outbox = &u->outbox};
}

static void
make_unit(struct unit_of_script *u, int n)
{
    int run = 1 + n % RUNS;

    memset(u, 0, sizeof *u);
    if (n % 4 != 3 || n < 4 * RUNS) {
        tick_of_a_run(u, run, n);
        return;
    }
    u->service = (struct store_service){.ns = SLICE_LITERAL("prod"),
                                        .name = SLICE_LITERAL("reviews"),
                                        .preset = n % 8 == 3 ? SLICE_LITERAL("istio")
                                                             : SLICE_LITERAL("linkerd"),
                                        .key = SLICE_LITERAL("revision"),
                                        .source = SLICE_LITERAL("mesh")};
    u->gate_call = (struct record_gate_call){.at_ms = FIXTURE_T0 + 1000 * n,
                                             .gate = SLICE_LITERAL("argo"),
                                             .stage = SLICE_LITERAL("promote"),
                                             .http_code = 200,
                                             .verdict = VERDICT_HOLD,
                                             .reason = REASON_NO_TRAFFIC,
                                             .count = 3};
    fixture_id(u->gate_call.run, 'r', run);
    u->act = (struct record_act){.at_ms = FIXTURE_T0 + n,
                                 .action = SLICE_LITERAL("veto"),
                                 .by = SLICE_LITERAL("anna"),
                                 .why = SLICE_LITERAL("smells"),
                                 .via = SLICE_LITERAL("api")};
    fixture_id(u->act.run, 'r', run);
    u->gate_switch = (struct record_switch){.kind = SLICE_LITERAL("gate"),
                                            .ns = SLICE_LITERAL("prod"),
                                            .name = SLICE_LITERAL("reviews"),
                                            .open = n % 8 == 3,
                                            .at_ms = FIXTURE_T0 + n};
    u->placebo = (struct record_placebo){.service = SLICE_LITERAL("reviews"),
                                         .ns = SLICE_LITERAL("prod"),
                                         .plan = SLICE_LITERAL("p"),
                                         .pod = SLICE_LITERAL("reviews-1"),
                                         .window = {.start_ms = FIXTURE_T0 + 60000 * n,
                                                    .end_ms = FIXTURE_T0 + 60000 * (n + 1),
                                                    .placebo_pods = 1,
                                                    .pods = 4,
                                                    .requests = 10,
                                                    .all_requests = 40}};
    u->commit = (struct store_commit){.service = &u->service,
                                      .gate_call = &u->gate_call,
                                      .act = &u->act,
                                      .gate_switch = &u->gate_switch,
                                      .placebo = &u->placebo};
}

/* Reads past the failing disk. */
static sqlite3 *
witness_open(const struct fixture_dir *d)
{
    sqlite3 *db;
    char     file[128];

    fixture_file(d, "verdictd.db", file);
    assert_int_equal(sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE, "unix"), SQLITE_OK);
    return db;
}

static void
witness_text(sqlite3 *db, const char *sql, char *out, size_t bytes)
{
    sqlite3_stmt *q;

    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    snprintf(out, bytes, "%s", (const char *)sqlite3_column_text(q, 0));
    sqlite3_finalize(q);
}

/* One line that differs wherever a part of a unit is there or not. */
static void
digest(sqlite3 *db, char out[DIGEST_BYTES])
{
    witness_text(db,
                 "SELECT printf('services %d %s policies %d runs %d %d %d states %d intervals %d %d"
                 " verdicts %d calls %d %d acts %d switches %d outbox %d targets %d placebos %d',"
                 " (SELECT count(*) FROM service), (SELECT max(preset) FROM service),"
                 " (SELECT count(*) FROM policy), (SELECT count(*) FROM run),"
                 " (SELECT sum(updated_ms - 1700000000000) FROM run),"
                 " (SELECT count(ended_ms) FROM run),"
                 " (SELECT sum(length(state)) FROM run_state), (SELECT count(*) FROM interval),"
                 " (SELECT sum(ifnull(length(heard), 0)) FROM interval),"
                 " (SELECT count(*) FROM verdict), (SELECT count(*) FROM gate_call),"
                 " (SELECT sum(count) FROM gate_call), (SELECT count(*) FROM act),"
                 " (SELECT count(*) FROM gate_switch), (SELECT count(*) FROM outbox),"
                 " (SELECT count(*) FROM outbox_target), (SELECT count(*) FROM placebo))",
                 out, DIGEST_BYTES);
}

static void
expect_sound(sqlite3 *db)
{
    char text[200];

    witness_text(db, "PRAGMA integrity_check", text, sizeof text);
    assert_string_equal(text, "ok");
    witness_text(db, "SELECT count(*) FROM pragma_foreign_key_check", text, sizeof text);
    assert_string_equal(text, "0");
}

static struct store *
open_now(const struct fixture_dir *d)
{
    struct store_options o = {.data_dir = d->path, .synchronous = true};
    struct store        *st = NULL;
    struct err           err = {0};

    if (store_open_with(&o, &st, &err))
        fail_msg("%s", err.text);
    return st;
}

static struct fixture_told
put(struct store *st, int n)
{
    struct unit_of_script u;
    struct fixture_told   told = {0};

    make_unit(&u, n);
    assert_int_equal(store_submit(st, &u.commit, fixture_done, &told), STATUS_OK);
    assert_int_equal(told.calls, 1);
    return told;
}

static void
put_well(struct store *st, int n)
{
    struct fixture_told told = put(st, n);

    if (told.status)
        fail_msg("unit %d: %s", n, told.err.text);
}

static void
expect_digest(sqlite3 *db, int units, const char *what, int n, uint64_t at)
{
    char got[DIGEST_BYTES];

    digest(db, got);
    if (strcmp(got, want[units]))
        fail_msg("%s at operation %d of unit %d:\n got %s\nwant %s", what, (int)at, n, got,
                 want[units]);
}

/* What the script comes to where nothing fails. */
static int
play_on_a_good_disk(void **state)
{
    struct fixture_dir d;
    struct store      *st;
    sqlite3           *db;

    (void)state;
    log_set_level(LOG_LEVEL_ERROR + 1);
    faultvfs_install();
    faultvfs_skip_sync();
    fixture_dir_make(&d);
    st = open_now(&d);
    db = witness_open(&d);
    for (int n = 0; n < UNITS; n++) {
        digest(db, want[n]);
        put_well(st, n);
    }
    digest(db, want[UNITS]);
    expect_sound(db);
    sqlite3_close(db);
    store_close(st);
    fixture_dir_remove(&d);
    return 0;
}

/* Unit n with a fault at each of its operations in turn, until one submit meets none. */
static uint64_t
put_through(struct store *st, sqlite3 *db, enum faultvfs_kind kind, int n)
{
    uint64_t met = 0;

    for (uint64_t at = 1; at < MOST_OPERATIONS; at++) {
        struct fixture_told told;
        uint64_t            failed;

        faultvfs_plan(kind, at, false);
        told = put(st, n);
        failed = faultvfs_failed();
        faultvfs_heal();
        met += failed;
        if (told.status == STATUS_OK) {
            expect_digest(db, n + 1, faultvfs_text(kind), n, at);
            return met;
        }
        assert_int_equal(told.status, STATUS_STORE);
        assert_true(failed > 0 && told.err.text[0]);
        assert_true(store_health(st).failing);
        expect_digest(db, n, faultvfs_text(kind), n, at);
    }
    fail_msg("unit %d never ends", n);
    return 0;
}

static void
each_operation_fails(enum faultvfs_kind kind)
{
    struct fixture_dir d;
    struct store      *st;
    sqlite3           *db;
    uint64_t           met = 0;

    fixture_dir_make(&d);
    st = open_now(&d);
    db = witness_open(&d);
    for (int n = 0; n < UNITS; n++) {
        met += put_through(st, db, kind, n);
        if (n % 10 != 9)
            continue;
        expect_sound(db); /* and what was closed in between is what was told */
        sqlite3_close(db);
        store_close(st);
        st = open_now(&d);
        db = witness_open(&d);
        expect_digest(db, n + 1, "opening again", n, 0);
    }
    print_message("%s: %d failures in %d units\n", faultvfs_text(kind), (int)met, UNITS);
    assert_true(met >= UNITS); /* each unit met it once at least */
    sqlite3_close(db);
    store_close(st);
    fixture_dir_remove(&d);
}

static void
test_an_io_error_at_each_operation(void **state)
{
    (void)state;
    each_operation_fails(FAULTVFS_IO);
}

static void
test_a_full_disk_at_each_operation(void **state)
{
    (void)state;
    each_operation_fails(FAULTVFS_FULL);
}

static void
test_a_short_write_at_each_operation(void **state)
{
    (void)state;
    each_operation_fails(FAULTVFS_SHORT);
}

static void
test_a_read_only_disk_at_each_operation(void **state)
{
    (void)state;
    each_operation_fails(FAULTVFS_READ_ONLY);
}

static void
test_each_fsync_fails(void **state)
{
    (void)state;
    each_operation_fails(FAULTVFS_SYNC);
}

/* What is refused while the disk is full is stored again when it has drained, as the
 * recorder does. */
static void
stays_for_a_while(enum faultvfs_kind kind, enum store_fault fault)
{
    enum { FROM = 60, TO = 120 };
    struct fixture_dir  d;
    struct store       *st;
    sqlite3            *db;
    struct store_health h;

    fixture_dir_make(&d);
    st = open_now(&d);
    db = witness_open(&d);
    for (int n = 0; n < FROM; n++)
        put_well(st, n);
    faultvfs_plan(kind, 1, true);
    for (int n = FROM; n < TO; n++)
        assert_int_equal(put(st, n).status, STATUS_STORE);
    h = store_health(st);
    assert_true(h.failing);
    assert_int_equal(h.fault, fault);
    assert_int_equal(h.failed_commits, TO - FROM);
    assert_int_equal(h.commits, FROM);
    expect_digest(db, FROM, faultvfs_text(kind), TO, 0);
    faultvfs_heal();
    for (int n = FROM; n < UNITS; n++)
        put_well(st, n);
    h = store_health(st);
    assert_false(h.failing);
    assert_int_equal(h.fault, STORE_FAULT_NONE);
    assert_true(h.last_fault.text[0]);
    expect_digest(db, UNITS, faultvfs_text(kind), UNITS, 0);
    expect_sound(db);
    sqlite3_close(db);
    store_close(st);
    fixture_dir_remove(&d);
}

static void
test_a_disk_fills_and_drains(void **state)
{
    (void)state;
    stays_for_a_while(FAULTVFS_FULL, STORE_FAULT_FULL);
}

static void
test_a_disk_is_read_only_for_a_while(void **state)
{
    (void)state;
    stays_for_a_while(FAULTVFS_READ_ONLY, STORE_FAULT_READ_ONLY);
}

/* A new history, and one with units in it: opening says no, or yes and all is there. */
static void
open_at_each_operation(const struct fixture_dir *d, enum faultvfs_kind kind, int units)
{
    for (uint64_t at = 1;; at++) {
        struct store_options o = {.data_dir = d->path, .synchronous = true};
        struct store        *st = NULL;
        struct err           err = {0};
        enum status          s;
        uint64_t             failed;
        sqlite3             *db;

        faultvfs_plan(kind, at, false);
        s = store_open_with(&o, &st, &err);
        failed = faultvfs_failed();
        faultvfs_heal();
        if (s) {
            assert_true(failed > 0 && err.text[0]);
            continue;
        }
        db = witness_open(d);
        expect_sound(db);
        expect_digest(db, units, "opening", units, at);
        sqlite3_close(db);
        store_close(st);
        if (failed == 0)
            return;
    }
}

static void
test_opening_fails_at_each_operation(void **state)
{
    static const enum faultvfs_kind kinds[] = {FAULTVFS_IO, FAULTVFS_FULL, FAULTVFS_SHORT,
                                               FAULTVFS_READ_ONLY, FAULTVFS_SYNC};

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        struct fixture_dir d;
        struct store      *st;

        fixture_dir_make(&d);
        open_at_each_operation(&d, kinds[k], 0);
        st = open_now(&d);
        for (int n = 0; n < 20; n++)
            put_well(st, n);
        store_close(st);
        open_at_each_operation(&d, kinds[k], 20);
        fixture_dir_remove(&d);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_io_error_at_each_operation),
        cmocka_unit_test(test_a_full_disk_at_each_operation),
        cmocka_unit_test(test_a_short_write_at_each_operation),
        cmocka_unit_test(test_a_read_only_disk_at_each_operation),
        cmocka_unit_test(test_each_fsync_fails),
        cmocka_unit_test(test_a_disk_fills_and_drains),
        cmocka_unit_test(test_a_disk_is_read_only_for_a_while),
        cmocka_unit_test(test_opening_fails_at_each_operation),
    };

    return cmocka_run_group_tests(tests, play_on_a_good_disk, NULL);
}
