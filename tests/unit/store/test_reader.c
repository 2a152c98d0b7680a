#include "store/reader.h"

#include "tests/unit/store/samples.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

/* Rows as the numbers they were made from. */
struct seen {
    int  n, stop_after, at[64];
    bool whole;
};

static int
number_of(const char *id)
{
    char want[ULID_BYTES];

    for (int n = 0; n < 1000; n++)
        for (const char *kind = "rv"; *kind; kind++) {
            fixture_id(want, *kind, n);
            if (strcmp(id, want) == 0)
                return n;
        }
    return -1;
}

static bool
see_run(void *ctx, const struct record_run *r)
{
    struct seen *s = ctx;

    assert_true(s->n < (int)ARRAY_LEN(s->at));
    s->whole = r->state_blob.n && r->policy_text.n;
    assert_int_equal(r->state_blob.n != 0, r->policy_text.n != 0);
    s->at[s->n++] = number_of(r->id);
    return s->n != s->stop_after;
}

static bool
see_verdict(void *ctx, const struct record_verdict *v)
{
    struct seen *s = ctx;

    assert_true(s->n < (int)ARRAY_LEN(s->at));
    s->at[s->n++] = number_of(v->id);
    return s->n != s->stop_after;
}

static bool
passes(const struct reader_filter *f, int n)
{
    struct record_run r = samples_run(n);

    return (!f->ns.n || slice_equal(f->ns, r.ns)) &&
           (!f->service.n || slice_equal(f->service, r.service)) &&
           (f->state == READER_ANY || f->state == (int)r.state) &&
           (f->verdict == READER_ANY || f->verdict == (int)r.verdict) &&
           (!f->since_ms || FIXTURE_T0 + n >= f->since_ms) &&
           (!f->after[0] || n < number_of(f->after));
}

static void
check_listing(const struct seen *got, const struct reader_filter *f)
{
    int at = 0;

    for (int n = SAMPLES_RUNS - 1; n >= 0 && (!f->limit || at < (int)f->limit); n--)
        if (passes(f, n)) {
            assert_true(at < got->n);
            assert_int_equal(got->at[at++], n);
        }
    assert_int_equal(got->n, at);
}

/* Every combination of filters, whatever index it walks, against the plain
 * definition above. */
static void
test_filters(void **state)
{
    static const char *const names[][2] = {{"", ""},           {"prod", ""},
                                           {"", "reviews"},    {"prod", "reviews"},
                                           {"dev", "ratings"}, {"nowhere", "reviews"}};
    struct fixture_dir       d;
    struct store            *st;
    struct reader           *r;

    (void)state;
    fixture_dir_make(&d);
    st = samples_open(&d);
    r = fixture_reader(&d);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        for (int run_state = READER_ANY; run_state <= RECORD_ENDED; run_state++)
            for (int verdict = READER_ANY; verdict < VERDICT_COUNT; verdict++)
                for (int more = 0; more < 8; more++) {
                    struct reader_filter f = {.ns = slice_of(names[i][0]),
                                              .service = slice_of(names[i][1]),
                                              .state = run_state,
                                              .verdict = verdict,
                                              .since_ms = more & 1 ? FIXTURE_T0 + 4 : 0,
                                              .limit = more & 2 ? 2 : 0};
                    struct seen          runs = {0}, verdicts = {0};
                    uint64_t             n;

                    if (more & 4)
                        fixture_id(f.after, 'r', 9);
                    assert_int_equal(reader_runs(r, &f, see_run, &runs, NULL), STATUS_OK);
                    check_listing(&runs, &f);
                    assert_false(runs.whole);
                    if (!f.limit && !f.after[0]) {
                        assert_int_equal(reader_count_runs(r, &f, &n, NULL), STATUS_OK);
                        assert_int_equal(n, runs.n);
                    }
                    if (more & 4)
                        fixture_id(f.after, 'v', 9);
                    f.state = READER_ANY;
                    assert_int_equal(reader_verdicts(r, &f, see_verdict, &verdicts, NULL),
                                     STATUS_OK);
                    check_listing(&verdicts, &f);
                }
    reader_close(r);
    store_close(st);
    fixture_dir_remove(&d);
}

static void
test_verdicts_of_a_run(void **state)
{
    struct reader_filter f = {.state = READER_ANY, .verdict = READER_ANY};
    struct fixture_dir   d;
    struct store        *st;
    struct reader       *r;
    struct seen          s = {0};

    (void)state;
    fixture_dir_make(&d);
    st = samples_open(&d);
    for (int n = 20; n < 23; n++) {
        struct record_verdict v = fixture_verdict(5, n);
        struct store_commit   c = {.verdict = &v};

        fixture_must(st, &c);
    }
    r = fixture_reader(&d);
    fixture_id(f.run, 'r', 5);
    assert_int_equal(reader_verdicts(r, &f, see_verdict, &s, NULL), STATUS_OK);
    assert_int_equal(s.n, 4);
    assert_int_equal(s.at[0], 22);
    assert_int_equal(s.at[3], 5);
    reader_close(r);
    store_close(st);
    fixture_dir_remove(&d);
}

static void
test_one_run(void **state)
{
    struct fixture_dir d;
    struct store      *st;
    struct reader     *r;
    struct seen        s = {0};
    struct err         err = {0};
    char               id[ULID_BYTES];

    (void)state;
    fixture_dir_make(&d);
    st = samples_open(&d);
    r = fixture_reader(&d);
    fixture_id(id, 'r', 4);
    assert_int_equal(reader_run(r, id, see_run, &s, NULL), STATUS_OK);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.at[0], 4);
    assert_true(s.whole);
    fixture_id(id, 'r', 99);
    assert_int_equal(reader_run(r, id, see_run, &s, &err), STATUS_NOT_FOUND);
    assert_non_null(strstr(err.text, id));

    /* (prod, reviews) has 0, 3, 6, 9: the newest of each revision. */
    s.n = 0;
    assert_int_equal(reader_last_run(r, SLICE_LITERAL("prod"), SLICE_LITERAL("reviews"),
                                     SLICE_LITERAL("even"), see_run, &s, NULL),
                     STATUS_OK);
    assert_int_equal(reader_last_run(r, SLICE_LITERAL("prod"), SLICE_LITERAL("reviews"),
                                     SLICE_LITERAL("odd"), see_run, &s, NULL),
                     STATUS_OK);
    assert_int_equal(s.n, 2);
    assert_int_equal(s.at[0], 6);
    assert_int_equal(s.at[1], 9);
    assert_true(s.whole);
    assert_int_equal(reader_last_run(r, SLICE_LITERAL("prod"), SLICE_LITERAL("reviews"),
                                     SLICE_LITERAL("third"), see_run, &s, NULL),
                     STATUS_NOT_FOUND);
    reader_close(r);
    store_close(st);
    fixture_dir_remove(&d);
}

static void
test_what_is_asked_wrongly(void **state)
{
    static const struct {
        struct reader_filter f;
        enum status          status;
    } cases[] = {
        {{.state = READER_ANY, .verdict = READER_ANY, .limit = 501}, STATUS_RANGE},
        {{.state = 2, .verdict = READER_ANY}, STATUS_RANGE},
        {{.state = READER_ANY, .verdict = VERDICT_COUNT}, STATUS_RANGE},
        {{.state = READER_ANY, .verdict = -2}, STATUS_RANGE},
        {{.state = READER_ANY, .verdict = READER_ANY, .since_ms = -1}, STATUS_RANGE},
        {{.state = READER_ANY, .verdict = READER_ANY, .after = "' OR 1 --"}, STATUS_SYNTAX},
    };
    struct fixture_dir   d;
    struct store        *st;
    struct reader       *r;
    struct seen          s = {0};
    struct reader_filter all = {.state = READER_ANY, .verdict = READER_ANY};

    (void)state;
    fixture_dir_make(&d);
    st = samples_open(&d);
    r = fixture_reader(&d);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err = {0};

        assert_int_equal(reader_runs(r, &cases[i].f, see_run, &s, &err), cases[i].status);
        assert_true(err.text[0]);
    }
    assert_int_equal(reader_run(r, "", see_run, &s, NULL), STATUS_SYNTAX);
    assert_int_equal(reader_intervals(r, "01JD", 0, 0, NULL, NULL, NULL), STATUS_SYNTAX);
    assert_int_equal(s.n, 0);
    /* None of it spoils the handle. */
    assert_int_equal(reader_runs(r, &all, see_run, &s, NULL), STATUS_OK);
    assert_int_equal(s.n, SAMPLES_RUNS);
    reader_close(r);
    store_close(st);
    fixture_dir_remove(&d);
}

struct ends {
    int     n;
    int64_t last;
};

static bool
see_interval(void *ctx, const struct record_interval *i)
{
    struct ends *e = ctx;

    assert_true(i->end_ms > e->last);
    e->last = i->end_ms;
    e->n++;
    return true;
}

static void
test_intervals_in_pages(void **state)
{
    enum { N = 25 };
    struct fixture_dir d;
    struct store      *st;
    struct reader     *r;
    struct ends        e = {0};
    char               id[ULID_BYTES];
    int                pages = 0, before;

    (void)state;
    fixture_dir_make(&d);
    st = samples_open(&d);
    for (int i = N; i-- > 0;) { /* written backwards, read forwards */
        struct record_interval in = fixture_interval(3, i);
        struct store_commit    c = {.interval = &in};

        assert_int_equal(store_submit(st, &c, NULL, NULL), STATUS_OK);
    }
    store_drain(st);
    r = fixture_reader(&d);
    fixture_id(id, 'r', 3);
    do {
        before = e.n;
        assert_int_equal(reader_intervals(r, id, e.last + 1, 10, see_interval, &e, NULL),
                         STATUS_OK);
        pages++;
    } while (e.n - before == 10);
    assert_int_equal(e.n, N);
    assert_int_equal(pages, 3);
    assert_int_equal(e.last, FIXTURE_T0 + 5000 * N);
    fixture_id(id, 'r', 99);
    assert_int_equal(reader_intervals(r, id, 0, 0, see_interval, &e, NULL), STATUS_NOT_FOUND);
    reader_close(r);
    store_close(st);
    fixture_dir_remove(&d);
}

struct live {
    int n, previous, stop_after;
};

static bool
see_live(void *ctx, const struct record_run *r)
{
    struct live *l = ctx;
    int          n = (int)(r->started_ms - FIXTURE_T0);

    assert_int_equal(r->state, RECORD_LIVE);
    assert_true(n > l->previous);
    assert_true(r->state_blob.n > 0);
    l->previous = n;
    return ++l->n != l->stop_after;
}

/* More than one page of them, some ended in between. */
static void
test_live_runs_for_a_restart(void **state)
{
    enum { N = 330 };
    struct fixture_dir d;
    struct store      *st;
    struct reader     *r;
    struct live        l = {.previous = -1}, some = {.previous = -1, .stop_after = 130};

    (void)state;
    fixture_dir_make(&d);
    st = fixture_open(&d);
    for (int n = 0; n < N; n++) {
        struct record_run   run = fixture_run(n);
        struct store_commit c = {.run = &run};

        run.state_blob = SLICE_LITERAL("\0state");
        assert_int_equal(store_submit(st, &c, NULL, NULL), STATUS_OK);
        if (n % 3 == 0) {
            run.state = RECORD_ENDED;
            assert_int_equal(store_submit(st, &c, NULL, NULL), STATUS_OK);
        }
    }
    store_close(st);
    r = fixture_reader(&d);
    assert_int_equal(reader_live_runs(r, see_live, &l, NULL), STATUS_OK);
    assert_int_equal(l.n, N - N / 3);
    assert_int_equal(reader_live_runs(r, see_live, &some, NULL), STATUS_OK);
    assert_int_equal(some.n, 130);
    reader_close(r);
    fixture_dir_remove(&d);
}

static bool
dawdle(void *ctx, const struct record_run *r)
{
    int64_t until = clock_mono_ms(&clock_system) + 20;

    (void)r;
    ++*(int *)ctx;
    while (clock_mono_ms(&clock_system) < until)
        continue;
    return true;
}

static void
test_deadline(void **state)
{
    struct reader_filter all = {.state = READER_ANY, .verdict = READER_ANY};
    struct fixture_dir   d;
    struct store        *st;
    struct reader       *r;
    struct sqlite3      *db;
    struct err           err = {0};
    struct seen          s = {0};
    uint64_t             n;
    char                 file[128];
    int                  rows = 0;

    (void)state;
    fixture_dir_make(&d);
    st = samples_open(&d);
    r = fixture_reader(&d);

    /* In the callbacks. */
    reader_set_deadline_ms(r, 30);
    assert_int_equal(reader_runs(r, &all, dawdle, &rows, &err), STATUS_TIMEOUT);
    assert_true(rows >= 1 && rows < SAMPLES_RUNS);
    assert_non_null(strstr(err.text, "deadline"));

    /* Inside one step of SQLite: count a million rows in a millisecond. */
    store_close(st);
    fixture_file(&d, "verdictd.db", file);
    assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db,
                     "PRAGMA synchronous = OFF; WITH RECURSIVE n(i) AS (SELECT 100000 UNION ALL"
                     " SELECT i + 1 FROM n WHERE i < 400000) INSERT INTO run SELECT i,"
                     " printf('01J%023d', i), 1, 'r', 1, 'ended', 'pass', 0, 0, 0, '', '', '', '',"
                     " '', '', NULL, 'none', '' FROM n",
                     NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(db);
    reader_set_deadline_ms(r, 1);
    err = (struct err){0};
    assert_int_equal(reader_count_runs(r, &all, &n, &err), STATUS_TIMEOUT);
    assert_non_null(strstr(err.text, "deadline"));

    /* The handle stays good. */
    reader_set_deadline_ms(r, READER_DEADLINE_MS + 1000000);
    all.limit = 5;
    assert_int_equal(reader_runs(r, &all, see_run, &s, NULL), STATUS_OK);
    assert_int_equal(s.n, 5);
    reader_close(r);
    fixture_dir_remove(&d);
}

/* Reading beside the writer: a unit is seen whole or not at all. */
struct busy_writer {
    struct store *st;
    atomic_bool   stop;
    int           written;
};

static void *
write_until_stopped(void *arg)
{
    struct busy_writer *w = arg;

    for (int i = 0; !atomic_load(&w->stop); i++) {
        struct record_interval in = fixture_interval(1, i);
        struct record_verdict  v = fixture_verdict(1, i);
        struct record_run      run = fixture_run(1);
        struct store_commit    c = {.run = &run, .interval = &in, .verdict = &v};

        run.updated_ms = in.end_ms;
        if (store_submit(w->st, &c, NULL, NULL) == STATUS_BUSY) {
            store_drain(w->st);
            i--;
        } else {
            w->written = i + 1;
        }
    }
    return NULL;
}

static bool
see_updated(void *ctx, const struct record_run *r)
{
    *(int64_t *)ctx = r->updated_ms;
    return true;
}

static void
test_reading_during_writes(void **state)
{
    struct fixture_dir  d;
    struct busy_writer  w = {0};
    struct reader      *r;
    pthread_t           thread;
    struct record_run   run = fixture_run(1);
    struct store_commit c = {.run = &run};
    int64_t             updated = 0, first = 0;

    (void)state;
    fixture_dir_make(&d);
    w.st = fixture_open(&d);
    fixture_must(w.st, &c);
    r = fixture_reader(&d);
    assert_int_equal(pthread_create(&thread, NULL, write_until_stopped, &w), 0);
    for (int round = 0; round < 40 || updated == first; round++) {
        struct ends e = {0};

        assert_int_equal(reader_run(r, run.id, see_updated, &updated, NULL), STATUS_OK);
        if (!first)
            first = updated;
        if (updated == FIXTURE_T0 + 1)
            continue; /* the first run of all has no interval */
        /* Reads come one after the other, so there may be more by now. */
        assert_int_equal(reader_intervals(r, run.id, updated, 1, see_interval, &e, NULL),
                         STATUS_OK);
        assert_int_equal(e.n, 1);
        assert_int_equal(e.last, updated);
    }
    atomic_store(&w.stop, true);
    pthread_join(thread, NULL);
    store_close(w.st);
    reader_close(r);
    r = fixture_reader(&d);
    assert_int_equal(reader_run(r, run.id, see_updated, &updated, NULL), STATUS_OK);
    assert_int_equal(updated, FIXTURE_T0 + 5000 * (int64_t)w.written);
    reader_close(r);
    fixture_dir_remove(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_verdicts_of_a_run),
        cmocka_unit_test(test_one_run),
        cmocka_unit_test(test_what_is_asked_wrongly),
        cmocka_unit_test(test_intervals_in_pages),
        cmocka_unit_test(test_live_runs_for_a_restart),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_reading_during_writes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
