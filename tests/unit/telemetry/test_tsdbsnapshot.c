#include "telemetry/tsdbsnapshot.h"

#include "base/wholefile.h"

#include "tests/support/check.h"
#include "tests/support/prng.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOW_MS INT64_C(1700000000000)
#define STEP_MS INT64_C(15000)
#define SOURCE SLICE_LITERAL("edge")

enum { ROWS = 300, TARGETS = 5, BOUNDS = 12 };

static int64_t
zero(void *self)
{
    (void)self;
    return 0;
}

static int64_t
wall(void *self)
{
    return *(int64_t *)self;
}

struct fixture {
    char         folder[64], file[96];
    int64_t      now_ms;
    struct clock clock;
    struct tsdb *t;
};

static int
set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    if (!f)
        return -1;
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/test_tsdbsnapshot.XXXXXX");
    if (!mkdtemp(f->folder))
        return -1;
    (void)snprintf(f->file, sizeof f->file, "%s/series", f->folder);
    f->now_ms = NOW_MS;
    f->clock = (struct clock){.wall_ms = wall, .mono_ms = zero, .self = &f->now_ms};
    f->t = tsdb_new(&(struct tsdb_limits){.retention_ms = 6 * 3600 * 1000}, &f->clock);
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    tsdb_free(f->t);
    (void)unlink(f->file);
    (void)rmdir(f->folder);
    free(f);
    return 0;
}

static uint64_t
series(struct tsdb *t, const char *name, int target, int bound)
{
    char       instance[32], le[32];
    uint64_t   ref = TSDB_NONE;
    struct err err = {0};

    (void)snprintf(instance, sizeof instance, "10.0.0.%d:15020", target);
    (void)snprintf(le, sizeof le, "%d.5", bound);
    const struct tsdb_label labels[] = {{SLICE_LITERAL("__name__"), slice_of(name)},
                                        {SLICE_LITERAL("instance"), slice_of(instance)},
                                        {SLICE_LITERAL("zone"), SLICE_LITERAL("a \"b\"\n\\")},
                                        {SLICE_LITERAL("le"), slice_of(le)}};
    if (tsdb_series(t, labels, bound < 0 ? 3 : 4, &ref, &err))
        fail_msg("%s", err.text);
    return ref;
}

static void
append(struct tsdb *t, uint64_t ref, int64_t t_ms, double value)
{
    assert_int_equal(tsdb_append(t, ref, t_ms, value), STATUS_OK);
}

static double
stale_marker(void)
{
    const uint64_t bits = 0x7ff0000000000002; /* StaleNaN */
    double         v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

/* Histograms and a gauge of each target, at times of its own; one target comes
 * late and goes stale, one series has holes. */
static void
fill(struct tsdb *t, struct prng *r)
{
    double count[TARGETS][BOUNDS] = {{0}};

    for (int i = 0; i < ROWS; i++) {
        for (int k = 0; k < TARGETS; k++) {
            int64_t t_ms = NOW_MS - (ROWS - i) * STEP_MS + k * 137;
            bool    gone = k == 3 && i >= 200;

            if ((k == 3 && i < 100) || (k == 3 && i > 200))
                continue;
            for (int b = 0; b < BOUNDS; b++) {
                count[k][b] += (double)prng_below(r, 5) + (b ? 2 : 0);
                append(t, series(t, "h_bucket", k, b), t_ms, gone ? stale_marker() : count[k][b]);
            }
            if (i % 7)
                append(t, series(t, "gauge", k, -1), t_ms,
                       gone ? stale_marker() : (double)prng_below(r, 1000) / 7);
        }
        tsdb_commit(t);
    }
}

struct seen {
    struct source_reader   *reader;
    struct source_selection all;
    struct labels_pool      pool;
    struct arena            arena;
};

static void
look(struct tsdb *t, struct seen *s)
{
    struct source  source = tsdb_source(t);
    struct matcher named;
    struct err     err = {0};

    *s = (struct seen){0};
    assert_int_equal(
        matcher_init(&named, MATCHER_NOT_EQUAL, SLICE_LITERAL("__name__"), SLICE_LITERAL(""), &err),
        STATUS_OK);
    assert_int_equal(source.open(source.self, &s->reader, &err), STATUS_OK);
    const struct source_query q = {&named, 1, INT64_MIN, INT64_MAX, 100000, NULL, NULL, 0};
    assert_int_equal(s->reader->select(s->reader, &q, &s->arena, &s->all, &err), STATUS_OK);
    labels_pool_init(&s->pool, &s->arena, s->reader->symbols, 1 << 20);
    matcher_release(&named);
}

static void
look_away(struct seen *s)
{
    s->reader->close(s->reader);
    arena_release(&s->arena);
}

static struct source_column
column(struct seen *s, struct slice labels, int64_t min_ms, struct source_scratch *scratch)
{
    struct source_column c = {0};
    struct text          have;

    text_init(&have, 4096);
    for (size_t i = 0; i < s->all.n; i++) {
        text_clear(&have);
        labels_write(&s->pool, s->all.series[i].labels, &have);
        if (slice_equal(text_slice(&have), labels))
            assert_int_equal(
                s->reader->read(s->reader, &s->all.series[i], min_ms, INT64_MAX, scratch, &c, NULL),
                STATUS_OK);
    }
    text_release(&have);
    return c;
}

/* b holds what a has from oldest_ms on, label by label and bit by bit. */
static void
check_same(struct tsdb *a, struct tsdb *b, int64_t oldest_ms)
{
    struct seen           have, want;
    struct source_scratch one = {0}, other = {0};
    struct text           labels;

    look(a, &want);
    look(b, &have);
    text_init(&labels, 4096);
    for (size_t i = 0; i < want.all.n; i++) {
        struct source_column c, got;

        text_clear(&labels);
        labels_write(&want.pool, want.all.series[i].labels, &labels);
        assert_int_equal(want.reader->read(want.reader, &want.all.series[i], oldest_ms, INT64_MAX,
                                           &one, &c, NULL),
                         STATUS_OK);
        got = column(&have, text_slice(&labels), oldest_ms, &other);
        assert_int_equal(got.n, c.n);
        if (c.n) {
            assert_memory_equal(got.t_ms, c.t_ms, c.n * sizeof *c.t_ms);
            assert_memory_equal(got.value, c.value, c.n * sizeof *c.value);
        }
    }
    text_release(&labels);
    source_scratch_release(&one);
    source_scratch_release(&other);
    look_away(&want);
    look_away(&have);
}

static struct tsdb *
empty(struct fixture *f)
{
    return tsdb_new(&(struct tsdb_limits){.retention_ms = 6 * 3600 * 1000}, &f->clock);
}

static void
a_window_is_kept(void **state)
{
    struct fixture            *f = *state;
    struct tsdb               *again = empty(f);
    struct tsdbsnapshot_report saved, loaded;
    struct err                 err = {0};
    struct prng                r = {1};

    fill(f->t, &r);
    assert_int_equal(tsdbsnapshot_save(f->t, SOURCE, f->file, NOW_MS, &saved, &err), STATUS_OK);
    assert_int_equal(saved.series, TARGETS * (BOUNDS + 1));
    /* 4 targets of 300 rows, one of 101; 43 of 300 rows have no gauge, 15 of 101. */
    assert_int_equal(saved.samples, (4 * 300 + 101) * BOUNDS + 4 * (300 - 43) + 101 - 14);
    assert_int_equal(tsdbsnapshot_load(again, SOURCE, f->file, INT64_MIN, &loaded, &err),
                     STATUS_OK);
    assert_int_equal(loaded.series, saved.series);
    assert_int_equal(loaded.samples, saved.samples);
    assert_int_equal(loaded.bytes, saved.bytes);
    assert_int_equal(loaded.taken_ms, NOW_MS);
    assert_int_equal(loaded.refused + loaded.too_old, 0);
    check_same(f->t, again, INT64_MIN);

    /* What has been appended since is newer: loading once more adds nothing. */
    append(again, series(again, "gauge", 0, -1), NOW_MS, 7);
    tsdb_commit(again);
    assert_int_equal(tsdbsnapshot_load(again, SOURCE, f->file, INT64_MIN, &loaded, &err),
                     STATUS_OK);
    assert_in_range(loaded.refused, 1, saved.samples);
    tsdb_free(again);
}

static void
what_is_too_old_stays_behind(void **state)
{
    struct fixture            *f = *state;
    struct tsdb               *again = empty(f);
    struct tsdbsnapshot_report saved, loaded;
    struct err                 err = {0};
    struct prng                r = {2};
    const int64_t              oldest_ms = NOW_MS - 90 * STEP_MS;

    fill(f->t, &r);
    assert_int_equal(tsdbsnapshot_save(f->t, SOURCE, f->file, NOW_MS, &saved, &err), STATUS_OK);
    assert_int_equal(tsdbsnapshot_load(again, SOURCE, f->file, oldest_ms, &loaded, &err),
                     STATUS_OK);
    assert_int_equal(loaded.samples + loaded.too_old, saved.samples);
    /* Blocks come whole, of at most 128 rows: 218 of 300. */
    assert_in_range(loaded.samples, 1, saved.samples * 3 / 4);
    check_same(f->t, again, oldest_ms);
    tsdb_free(again);
}

/* Buckets that come late, not at all, or one by one: those that left their
 * histogram, and rows that lack a cell. */
static void
fill_ragged(struct tsdb *t, struct prng *r, int from, int to)
{
    for (int i = from; i < to; i++) {
        for (int b = 0; b < BOUNDS; b++)
            if (prng_below(r, 60) || b < 6)
                append(t, series(t, "ragged_bucket", 1, b), NOW_MS - (ROWS - i) * STEP_MS,
                       i * 10 + b);
        if (i % 3 == 0)
            tsdb_commit(t);
        if (i >= ROWS / 2)
            append(t, series(t, "young_bucket", 1, i % BOUNDS), NOW_MS - (ROWS - i) * STEP_MS, i);
    }
    tsdb_commit(t);
}

/* What is loaded goes on as if there had been no restart, again and again. */
static void
a_window_goes_on(void **state)
{
    struct fixture            *f = *state;
    struct tsdb               *now = empty(f);
    struct tsdbsnapshot_report report;
    struct err                 err = {0};

    for (int begin = 0; begin < ROWS; begin += 37) {
        struct tsdb *then = now;
        struct prng  a = {(uint64_t)begin}, b = a;
        int          end = begin + 37 < ROWS ? begin + 37 : ROWS;

        fill_ragged(f->t, &a, begin, end);
        fill_ragged(then, &b, begin, end);
        assert_int_equal(tsdbsnapshot_save(then, SOURCE, f->file, NOW_MS, &report, &err),
                         STATUS_OK);
        now = empty(f);
        assert_int_equal(tsdbsnapshot_load(now, SOURCE, f->file, INT64_MIN, &report, &err),
                         STATUS_OK);
        assert_int_equal(report.refused, 0);
        check_same(f->t, now, INT64_MIN);
        assert_int_equal(tsdb_stats(now).samples, tsdb_stats(f->t).samples);
        tsdb_free(then);
    }
    tsdb_free(now);
}

static void
limits_hold_when_loading(void **state)
{
    struct fixture            *f = *state;
    struct tsdb               *small = tsdb_new(&(struct tsdb_limits){.max_series = 20}, &f->clock);
    struct tsdbsnapshot_report saved, loaded;
    struct err                 err = {0};
    struct prng                r = {3};

    fill(f->t, &r);
    assert_int_equal(tsdbsnapshot_save(f->t, SOURCE, f->file, NOW_MS, &saved, &err), STATUS_OK);
    assert_int_equal(tsdbsnapshot_load(small, SOURCE, f->file, INT64_MIN, &loaded, &err),
                     STATUS_OK);
    assert_int_equal(tsdb_stats(small).series, 20);
    assert_in_range(loaded.refused, 1, saved.samples);
    tsdb_free(small);
}

static void
an_empty_store_and_no_file(void **state)
{
    struct fixture            *f = *state;
    struct tsdbsnapshot_report report;
    struct err                 err = {0};

    assert_int_equal(tsdbsnapshot_load(f->t, SOURCE, f->file, 0, &report, &err), STATUS_NOT_FOUND);
    err = (struct err){0};
    assert_int_equal(tsdbsnapshot_save(f->t, SOURCE, f->file, NOW_MS, &report, &err), STATUS_OK);
    assert_int_equal(tsdbsnapshot_load(f->t, SOURCE, f->file, 0, &report, &err), STATUS_OK);
    assert_int_equal(report.series, 0);
    assert_int_equal(tsdbsnapshot_save(f->t, SOURCE, "/nowhere/at/all", NOW_MS, &report, &err),
                     STATUS_IO);
}

static void
put_file(const char *name, const char *bytes, size_t n)
{
    FILE *file = fopen(name, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

/* Cut anywhere, with any byte changed, of another source, with more behind it:
 * refused whole. */
static void
torn_or_foreign_is_refused(void **state)
{
    struct fixture            *f = *state;
    struct tsdb               *again = empty(f);
    struct tsdbsnapshot_report report;
    struct text                file;
    struct err                 err = {0};
    struct prng                r = {4};

    fill(f->t, &r);
    assert_int_equal(tsdbsnapshot_save(f->t, SOURCE, f->file, NOW_MS, &report, &err), STATUS_OK);
    assert_int_equal(tsdbsnapshot_load(again, SLICE_LITERAL("other"), f->file, 0, &report, &err),
                     STATUS_MALFORMED);
    assert_non_null(strstr(err.text, "another source"));
    text_init(&file, 16 << 20);
    assert_int_equal(wholefile_read(f->file, &file, &err), STATUS_OK);
    for (int i = 0; i < 60; i++) {
        struct err why = {0};
        size_t     at = i ? prng_below(&r, file.n) : 0;

        put_file(f->file, file.p, at);
        assert_int_equal(tsdbsnapshot_load(again, SOURCE, f->file, 0, &report, &why),
                         STATUS_MALFORMED);
        char was = file.p[at];
        why = (struct err){0};
        file.p[at] ^= (char)(1 + prng_below(&r, 255));
        put_file(f->file, file.p, file.n);
        file.p[at] = was;
        assert_int_equal(tsdbsnapshot_load(again, SOURCE, f->file, 0, &report, &why),
                         STATUS_MALFORMED);
        assert_non_null(strstr(why.text, f->file));
    }
    put_file(f->file, file.p, file.n); /* the bytes themselves are good */
    assert_int_equal(tsdbsnapshot_load(again, SOURCE, f->file, NOW_MS, &report, NULL), STATUS_OK);
    text_putc(&file, 'x');
    put_file(f->file, file.p, file.n);
    assert_int_equal(tsdbsnapshot_load(again, SOURCE, f->file, 0, &report, &err), STATUS_MALFORMED);
    assert_int_equal(tsdb_stats(again).samples, 0);
    text_release(&file);
    tsdb_free(again);
}

/* A snapshot that cannot be finished leaves the one before it. */
static void
the_old_one_stays(void **state)
{
    struct fixture            *f = *state;
    struct tsdbsnapshot_report report, loaded;
    struct err                 err = {0};
    struct prng                r = {5};
    char                       beside[128];

    fill(f->t, &r);
    assert_int_equal(tsdbsnapshot_save(f->t, SOURCE, f->file, NOW_MS, &report, &err), STATUS_OK);
    (void)snprintf(beside, sizeof beside, "%s.new", f->file);
    assert_int_equal(mkdir(beside, 0700), 0); /* in the way of what is written */
    assert_int_equal(tsdbsnapshot_save(f->t, SOURCE, f->file, NOW_MS, &loaded, &err), STATUS_IO);
    assert_int_equal(rmdir(beside), 0);
    struct tsdb *again = empty(f);
    assert_int_equal(tsdbsnapshot_load(again, SOURCE, f->file, INT64_MIN, &loaded, NULL),
                     STATUS_OK);
    assert_int_equal(loaded.samples, report.samples);
    assert_int_equal(access(beside, F_OK), -1);
    tsdb_free(again);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_window_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_too_old_stays_behind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_window_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(limits_hold_when_loading, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_empty_store_and_no_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(torn_or_foreign_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_old_one_stays, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
