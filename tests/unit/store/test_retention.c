#include "store/retention.h"

#include "tests/unit/store/fixture.h"

#include "base/log.h"
#include "base/pack.h"

#include <sqlite3.h>

enum { RUNS = 12, EACH = 40 };

#define DAY INT64_C(86400000)

static _Atomic int64_t wall_ms; /* the store's thread reads it */

static int64_t
now(void *self)
{
    (void)self;
    return wall_ms;
}

static int64_t
mono(void *self)
{
    (void)self;
    return clock_mono_ms(&clock_system);
}

static const struct clock clock_here = {now, mono, NULL};

static struct store *
open_here(const struct fixture_dir *d)
{
    struct store_options o = {.data_dir = d->path, .clock = &clock_here};
    struct store        *st = NULL;
    struct err           err = {0};

    if (store_open_with(&o, &st, &err))
        fail_msg("%s", err.text);
    return st;
}

/* Run n ended on day n; the last one lives since then. */
static void
fill_run(struct store *st, int n)
{
    struct record_run       run = fixture_run(n);
    struct record_gate_call call = {.gate = SLICE_LITERAL("argo"),
                                    .stage = SLICE_LITERAL("promote"),
                                    .http_code = 200,
                                    .verdict = VERDICT_HOLD,
                                    .reason = REASON_NO_TRAFFIC,
                                    .count = 1};
    struct record_act       act = {.at_ms = FIXTURE_T0,
                                   .action = SLICE_LITERAL("veto"),
                                   .by = SLICE_LITERAL("anna"),
                                   .why = SLICE_LITERAL("smells"),
                                   .via = SLICE_LITERAL("api")};

    run.state = n < RUNS ? RECORD_ENDED : RECORD_LIVE;
    run.ended_ms = n < RUNS ? FIXTURE_T0 + n * DAY : 0;
    run.started_ms = FIXTURE_T0 + n * DAY - DAY / 2;
    run.updated_ms = FIXTURE_T0 + n * DAY;
    memcpy(call.run, run.id, ULID_BYTES);
    memcpy(act.run, run.id, ULID_BYTES);
    assert_int_equal(store_submit(st, &(struct store_commit){.run = &run, .act = &act}, NULL, NULL),
                     STATUS_OK);
    for (int i = 0; i < EACH; i++) {
        struct record_interval in = fixture_interval(n, i);
        struct record_verdict  v = fixture_verdict(n, n * EACH + i);
        struct record_point    p = {
               .at_ms = in.end_ms, .level = i % 4 ? i % 2 : 2, .row = SLICE_LITERAL("numbers")};
        struct store_outbox o = {.what = STORE_OUTBOX_ADD,
                                 .targets = SLICE_LITERAL("chat"),
                                 .at_ms = FIXTURE_T0 + n * DAY,
                                 .keep = 1000};
        char                said[16];
        struct record_event e = {.at_ms = in.end_ms,
                                 .door = SLICE_LITERAL("argo"),
                                 .what = SLICE_LITERAL("step"),
                                 .step = i,
                                 .message = {said, (size_t)snprintf(said, sizeof said, "%d", i)}};
        struct store_commit c = {
            .interval = &in, .verdict = &v, .gate_call = &call, .point = &p, .event = &e};

        memcpy(p.run, run.id, ULID_BYTES);
        memcpy(e.run, run.id, ULID_BYTES);
        memcpy(o.verdict, v.id, ULID_BYTES);
        call.at_ms = FIXTURE_T0 + n * DAY + i * 60000;
        if (i == 0)
            c.outbox = &o;
        assert_int_equal(store_submit(st, &c, NULL, NULL), STATUS_OK);
    }
}

static void
fill_all(struct store *st)
{
    for (int n = 1; n <= RUNS; n++)
        fill_run(st, n);
    for (int i = 0; i < 30; i++) { /* calls of no run, one a day */
        struct record_gate_call call = {.at_ms = FIXTURE_T0 + i * DAY,
                                        .gate = SLICE_LITERAL("argo"),
                                        .http_code = 404,
                                        .verdict = VERDICT_HOLD,
                                        .count = 1};

        assert_int_equal(store_submit(st, &(struct store_commit){.gate_call = &call}, NULL, NULL),
                         STATUS_OK);
    }
    store_drain(st);
}

static int64_t
count(const struct fixture_dir *d, const char *sql)
{
    sqlite3_stmt *q;
    sqlite3      *db;
    char          file[128];
    int64_t       n;

    fixture_file(d, "verdictd.db", file);
    assert_int_equal(sqlite3_open_v2(file, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(q), SQLITE_ROW);
    n = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    sqlite3_close(db);
    return n;
}

/* Until a walk that began after this call has ended. */
static struct store_health
walk(struct store *st, const struct store_retention *keep)
{
    struct store_health h;

    wall_ms++; /* tells the walks apart */
    store_set_retention(st, keep);
    do {
        usleep(2000);
        h = store_health(st);
    } while (h.walked_wall_ms != wall_ms);
    return h;
}

/* Today is the day on which the last run was updated: run n ended RUNS - n days ago. */
static void
begin(struct fixture_dir *d, struct store **st)
{
    wall_ms = FIXTURE_T0 + RUNS * DAY + 1000;
    fixture_dir_make(d);
    *st = open_here(d);
    fill_all(*st);
}

static void
end(struct fixture_dir *d, struct store *st)
{
    store_close(st);
    assert_int_equal(count(d, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    fixture_dir_remove(d);
}

static void
test_nothing_is_forgotten_unasked(void **state)
{
    struct fixture_dir     d;
    struct store          *st;
    struct store_health    h;
    struct store_retention keep = {.every_ms = 3600000};

    (void)state;
    begin(&d, &st);
    h = walk(st, &keep);
    for (int k = 0; k < STORE_KIND_COUNT; k++)
        assert_int_equal(h.deleted[k], 0);
    assert_int_equal(h.rows[STORE_KIND_INTERVALS], RUNS * EACH);
    assert_int_equal(h.rows[STORE_KIND_VERDICTS], RUNS * EACH);
    assert_int_equal(h.rows[STORE_KIND_RUNS], RUNS);
    assert_int_equal(h.rows[STORE_KIND_ACTS], RUNS);
    assert_int_equal(h.rows[STORE_KIND_EVENTS], RUNS * EACH);
    assert_true(h.bytes[STORE_KIND_EVENTS] > h.rows[STORE_KIND_EVENTS] * 90);
    assert_int_equal(h.rows[STORE_KIND_GATE_CALLS], RUNS * EACH + 30);
    assert_int_equal(h.rows[STORE_KIND_NOTIFICATIONS], RUNS);
    assert_int_equal(h.rows[STORE_KIND_POINTS_FINE] + h.rows[STORE_KIND_POINTS_MINUTE] +
                         h.rows[STORE_KIND_POINTS],
                     RUNS * EACH);
    assert_int_equal(h.rows[STORE_KIND_POINTS], RUNS * EACH / 4);
    assert_true(h.bytes[STORE_KIND_INTERVALS] > 0);
    end(&d, st);
}

/* kind, its table; with an age of 5 days and 1 ms less, runs that ended earlier have none
 * left: those of days 1 to 6 of 12. */
static void
test_each_kind_goes_by_its_age(void **state)
{
    static const struct {
        enum store_kind kind;
        const char     *left_sql;
        int64_t         left;
    } cases[] = {
        {STORE_KIND_INTERVALS, "SELECT count(*) FROM interval", 6 * EACH},
        {STORE_KIND_GATE_CALLS, "SELECT count(*) FROM gate_call WHERE run_id", 6 * EACH},
        {STORE_KIND_POINTS_FINE, "SELECT count(*) FROM point WHERE level = 0", 6 * EACH / 4},
        {STORE_KIND_POINTS_MINUTE, "SELECT count(*) FROM point WHERE level = 1", 6 * EACH / 2},
        {STORE_KIND_POINTS, "SELECT count(*) FROM point WHERE level = 2", 6 * EACH / 4},
        {STORE_KIND_NOTIFICATIONS, "SELECT count(*) FROM outbox", 6},
        {STORE_KIND_ACTS, "SELECT count(*) FROM act", 6},
        {STORE_KIND_EVENTS, "SELECT count(*) FROM event", 6 * EACH},
        {STORE_KIND_VERDICTS, "SELECT count(*) FROM verdict", 6 * EACH},
        {STORE_KIND_RUNS, "SELECT count(*) FROM run", 6},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct store_retention keep = {.every_ms = 3600000};
        struct store_health    h;
        struct fixture_dir     d;
        struct store          *st;

        begin(&d, &st);
        keep.of[cases[i].kind].age_ms = 5 * DAY + 2000;
        h = walk(st, &keep);
        if (count(&d, cases[i].left_sql) != cases[i].left)
            fail_msg("%s: %d left", storehealth_kind_text(cases[i].kind),
                     (int)count(&d, cases[i].left_sql));
        assert_true(h.deleted[cases[i].kind] > 0);
        /* The live run keeps all. */
        assert_int_equal(count(&d, "SELECT count(*) FROM run WHERE state = 'live'"), 1);
        assert_true(count(&d, "SELECT count(*) FROM interval WHERE run_id ="
                              " (SELECT id FROM run WHERE state = 'live')") == EACH);
        if (cases[i].kind == STORE_KIND_RUNS) { /* and nothing of theirs stays */
            assert_int_equal(count(&d, "SELECT count(*) FROM interval"), 6 * EACH);
            assert_int_equal(count(&d, "SELECT count(*) FROM run_state"), 6);
        }
        if (cases[i].kind == STORE_KIND_VERDICTS) /* verdicts outlive intervals */
            assert_int_equal(count(&d, "SELECT count(*) FROM interval"), 6 * EACH);
        if (cases[i].kind == STORE_KIND_INTERVALS)
            assert_int_equal(count(&d, "SELECT count(*) FROM verdict"), RUNS * EACH);
        end(&d, st);
    }
}

static void
put_labels(struct store *st, int run, const char *one, const char *other)
{
    struct record_point p = {
        .at_ms = FIXTURE_T0 + 1000 * DAY, .level = 2, .row = SLICE_LITERAL("numbers")};
    struct text labels;

    fixture_id(p.run, 'r', run);
    text_init(&labels, 256);
    pack_slice(&labels, slice_of(one));
    pack_slice(&labels, slice_of(other));
    p.labels = text_slice(&labels);
    fixture_must(st, &(struct store_commit){.point = &p});
    text_release(&labels);
}

static int64_t
has_label(const struct fixture_dir *d, const char *text)
{
    char sql[128];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM label_text WHERE text = '%s'", text);
    return count(d, sql);
}

/* A text goes when all runs are gone that are as old as the last that had it. */
static void
test_labels_of_no_run_go(void **state)
{
    struct store_retention keep = {.every_ms = 3600000};
    struct fixture_dir     d;
    struct store          *st;

    (void)state;
    begin(&d, &st);
    put_labels(st, 1, "old", "shared");
    put_labels(st, RUNS, "new", "shared");
    put_labels(st, 2, "shared", "last"); /* of run RUNS still; the highest number */
    (void)walk(st, &keep);
    assert_int_equal(count(&d, "SELECT count(*) FROM label_text"), 4);
    keep.of[STORE_KIND_RUNS].age_ms = 5 * DAY;
    (void)walk(st, &keep);
    assert_int_equal(has_label(&d, "old"), 0);
    assert_int_equal(has_label(&d, "shared"), 1);
    assert_int_equal(has_label(&d, "new"), 1);
    assert_int_equal(has_label(&d, "last"), 1);
    end(&d, st);
}

/* Of an older version, or imported: as if the newest run there is had them. */
static void
test_labels_of_unknown_runs_stay_for_now(void **state)
{
    struct store_retention keep = {.every_ms = 3600000};
    struct fixture_dir     d;
    struct store          *st;

    (void)state;
    begin(&d, &st);
    put_labels(st, 1, "old", "last");
    (void)count(&d, "UPDATE label_text SET run = NULL RETURNING 1");
    keep.of[STORE_KIND_RUNS].age_ms = 5 * DAY;
    (void)walk(st, &keep);
    assert_int_equal(has_label(&d, "old"), 1);
    assert_int_equal(count(&d, "SELECT run FROM label_text WHERE text = 'old'"), RUNS);
    end(&d, st);
}

/* What names a run that went is refused, however lately the run was known. */
static void
test_a_forgotten_run_is_not_known_any_more(void **state)
{
    struct store_retention keep = {.every_ms = 3600000};
    struct record_interval late = fixture_interval(1, 7000);
    struct store_commit    c = {.interval = &late};
    struct fixture_dir     d;
    struct store          *st;

    (void)state;
    begin(&d, &st);
    fixture_must(st, &c);
    keep.of[STORE_KIND_RUNS].age_ms = 5 * DAY;
    (void)walk(st, &keep);
    assert_int_equal(fixture_put(st, &c, NULL), STATUS_NOT_FOUND);
    end(&d, st);
}

static void
test_the_oldest_go_for_their_size(void **state)
{
    struct store_retention keep = {.every_ms = 3600000};
    struct fixture_dir     d;
    struct store_health    h;
    struct store          *st;
    uint64_t               row;

    (void)state;
    begin(&d, &st);
    h = walk(st, &keep);
    row = h.bytes[STORE_KIND_INTERVALS] / h.rows[STORE_KIND_INTERVALS];
    keep.of[STORE_KIND_INTERVALS].max_bytes = row * 3 * EACH;
    h = walk(st, &keep);
    while (h.bytes[STORE_KIND_INTERVALS] > keep.of[STORE_KIND_INTERVALS].max_bytes) {
        usleep(2000);
        h = store_health(st);
    }
    assert_int_equal(count(&d, "SELECT count(*) FROM interval"), 3 * EACH);
    assert_int_equal(count(&d, "SELECT min(run_id) FROM interval"), RUNS - 2);
    assert_int_equal(count(&d, "SELECT count(*) FROM verdict"), RUNS * EACH);
    /* Only the live run is left, and that is over the size: no walk without an end. */
    keep.of[STORE_KIND_INTERVALS].max_bytes = row;
    h = walk(st, &keep);
    while (h.rows[STORE_KIND_INTERVALS] != EACH) {
        usleep(2000);
        h = store_health(st);
    }
    assert_true(h.over_size);
    end(&d, st);
}

/* Calls of no run are 30, a day apart. */
static void
test_calls_of_no_run_go_by_their_own_time(void **state)
{
    struct store_retention keep = {.every_ms = 3600000};
    struct fixture_dir     d;
    struct store          *st;

    (void)state;
    begin(&d, &st);
    keep.of[STORE_KIND_GATE_CALLS].age_ms = 5 * DAY;
    walk(st, &keep);
    /* From day 8 on, to day 29. */
    assert_int_equal(count(&d, "SELECT count(*) FROM gate_call WHERE run_id IS NULL"), 22);
    end(&d, st);
}

/* Until so many walks have ended, each of another time. */
static void
wait_for_walks(struct store *st, int n)
{
    int64_t seen = store_health(st).walked_wall_ms;

    while (n) {
        int64_t now_ms;

        usleep(2000);
        wall_ms++;
        now_ms = store_health(st).walked_wall_ms;
        n -= now_ms != seen;
        seen = now_ms;
    }
}

/* A clock that was set to the year 2286 costs nothing. */
static void
test_a_clock_that_jumps_forgets_nothing(void **state)
{
    struct store_retention keep = {.every_ms = 3600000};
    struct fixture_dir     d;
    struct store_health    h;
    struct store          *st;

    (void)state;
    begin(&d, &st);
    for (int k = 0; k < STORE_KIND_COUNT; k++)
        keep.of[k].age_ms = 100 * DAY;
    wall_ms = INT64_C(9999999999000);
    store_set_retention(st, &keep);
    do {
        usleep(2000);
        h = store_health(st);
    } while (!h.walked_wall_ms);
    for (int k = 0; k < STORE_KIND_COUNT; k++)
        assert_int_equal(h.deleted[k], 0);
    end(&d, st);
}

/* Nor does it where runs that live, and one that begins, take their times from it: not
 * over a start, nor over a reload. */
static void
test_runs_of_a_wrong_clock_vouch_for_nothing(void **state)
{
    const int64_t          wrong_ms = INT64_C(9999999999000);
    struct store_retention keep = {.every_ms = 1};
    struct record_run      live = fixture_run(RUNS), fresh = fixture_run(RUNS + 1);
    struct fixture_dir     d;
    struct store_health    h;
    struct store          *st;

    (void)state;
    begin(&d, &st);
    for (int k = 0; k < STORE_KIND_COUNT; k++)
        keep.of[k].age_ms = 100 * DAY;
    for (int start = 0; start < 2; start++) {
        wall_ms = wrong_ms;
        live.updated_ms = fresh.started_ms = fresh.updated_ms = wrong_ms;
        fixture_must(st, &(struct store_commit){.run = &live});
        if (start == 0) {
            store_close(st);
            st = open_here(&d);
        } else {
            fixture_must(st, &(struct store_commit){.run = &fresh});
        }
        for (int reload = 0; reload < 2; reload++) {
            store_set_retention(st, &keep);
            wait_for_walks(st, 2);
        }
        h = store_health(st);
        for (int k = 0; k < STORE_KIND_COUNT; k++)
            assert_int_equal(h.deleted[k], 0);
        wall_ms = FIXTURE_T0 + RUNS * DAY + 1000;
        wait_for_walks(st, 2);
    }
    end(&d, st);
}

/* A file of which most is free becomes small, and commits go on meanwhile. */
static void
test_free_pages_are_given_back(void **state)
{
    static char            wide[60000];
    struct store_retention keep = {.every_ms = 3600000};
    struct fixture_dir     d;
    struct store          *st;
    int64_t                pages;

    (void)state;
    begin(&d, &st);
    memset(wide, 'w', sizeof wide);
    for (int i = 0; i < 200; i++) {
        struct record_interval in = fixture_interval(1, EACH + i);

        in.row = (struct slice){wide, sizeof wide};
        assert_int_equal(store_submit(st, &(struct store_commit){.interval = &in}, NULL, NULL),
                         STATUS_OK);
    }
    store_drain(st);
    pages = count(&d, "SELECT page_count FROM pragma_page_count");
    assert_true(pages > 2000);
    keep.of[STORE_KIND_INTERVALS].age_ms = 1 * DAY;
    walk(st, &keep);
    while (count(&d, "SELECT page_count FROM pragma_page_count") > pages / 2) {
        struct record_interval in = fixture_interval(RUNS, EACH + (int)wall_ms++ % 100000);

        (void)!fixture_put(st, &(struct store_commit){.interval = &in}, NULL);
    }
    end(&d, st);
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
        cmocka_unit_test(test_nothing_is_forgotten_unasked),
        cmocka_unit_test(test_each_kind_goes_by_its_age),
        cmocka_unit_test(test_labels_of_no_run_go),
        cmocka_unit_test(test_labels_of_unknown_runs_stay_for_now),
        cmocka_unit_test(test_a_forgotten_run_is_not_known_any_more),
        cmocka_unit_test(test_the_oldest_go_for_their_size),
        cmocka_unit_test(test_calls_of_no_run_go_by_their_own_time),
        cmocka_unit_test(test_a_clock_that_jumps_forgets_nothing),
        cmocka_unit_test(test_runs_of_a_wrong_clock_vouch_for_nothing),
        cmocka_unit_test(test_free_pages_are_given_back),
    };

    return cmocka_run_group_tests(tests, quiet, NULL);
}
