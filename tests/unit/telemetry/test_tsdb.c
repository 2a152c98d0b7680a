#include "tests/support/check.h"

#include "telemetry/tsdb.h"

#include <string.h>

#define MINUTE_MS 60000

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
    int64_t               now_ms;
    struct clock          clock;
    struct tsdb          *t;
    struct source_reader *reader;
    struct arena          arena;
    struct source_scratch scratch;
};

static void
set_up(struct fixture *f, struct tsdb_limits limits)
{
    *f = (struct fixture){.now_ms = INT64_C(1700000000000)};
    f->clock = (struct clock){.wall_ms = wall, .mono_ms = zero, .self = &f->now_ms};
    f->t = tsdb_new(&limits, &f->clock);
}

static void
close_reader(struct fixture *f)
{
    if (f->reader)
        f->reader->close(f->reader);
    f->reader = NULL;
}

static void
tear_down(struct fixture *f)
{
    close_reader(f);
    source_scratch_release(&f->scratch);
    arena_release(&f->arena);
    tsdb_free(f->t);
}

static uint64_t
series(struct fixture *f, const char *name, const char *le)
{
    const struct tsdb_label labels[] = {{SLICE_LITERAL("le"), slice_of(le)},
                                        {SLICE_LITERAL("__name__"), slice_of(name)},
                                        {SLICE_LITERAL("job"), SLICE_LITERAL("mesh")}};
    uint64_t                ref = TSDB_NONE;
    struct err              err = {0};

    if (tsdb_series(f->t, labels, 3, &ref, &err))
        fail_msg("%s", err.text);
    return ref;
}

static void
open_reader(struct fixture *f)
{
    struct source source = tsdb_source(f->t);

    close_reader(f);
    assert_int_equal(source.open(source.self, &f->reader, NULL), STATUS_OK);
}

/* Samples of the one series with this name and le, as seen by the open reader;
 * -1: there is no such series. */
static int
count(struct fixture *f, const char *name, const char *le, struct source_column *column)
{
    struct matcher      m[2];
    struct source_query q = {
        .matchers = m, .n_matchers = 2, .min_ms = INT64_MIN, .max_ms = INT64_MAX, .max_series = 10};
    struct source_selection out;

    assert_int_equal(matcher_init(&m[0], MATCHER_EQUAL, slice_of("__name__"), slice_of(name), NULL),
                     STATUS_OK);
    assert_int_equal(matcher_init(&m[1], MATCHER_EQUAL, slice_of("le"), slice_of(le), NULL),
                     STATUS_OK);
    assert_int_equal(f->reader->select(f->reader, &q, &f->arena, &out, NULL), STATUS_OK);
    assert_true(out.n <= 1);
    if (!out.n)
        return -1;
    assert_int_equal(
        f->reader->read(f->reader, out.series, INT64_MIN, INT64_MAX, &f->scratch, column, NULL),
        STATUS_OK);
    return (int)column->n;
}

static void
a_reader_sees_what_was_committed(void **state)
{
    struct fixture       f;
    struct source_column c;

    (void)state;
    set_up(&f, (struct tsdb_limits){0});
    uint64_t a = series(&f, "h_bucket", "1"), b = series(&f, "h_bucket", "+Inf");
    assert_int_equal(tsdb_append(f.t, a, f.now_ms, 1), STATUS_OK);
    open_reader(&f);
    assert_true(count(&f, "h_bucket", "1", &c) <= 0);
    tsdb_commit(f.t);
    assert_true(count(&f, "h_bucket", "1", &c) <= 0);
    assert_int_equal(tsdb_append(f.t, a, f.now_ms + 1, 2), STATUS_OK);
    assert_int_equal(tsdb_append(f.t, b, f.now_ms + 1, 3), STATUS_OK);
    open_reader(&f);
    assert_int_equal(count(&f, "h_bucket", "1", &c), 1);
    assert_true(count(&f, "h_bucket", "+Inf", &c) <= 0);
    tsdb_commit(f.t);
    assert_int_equal(count(&f, "h_bucket", "1", &c), 1);
    open_reader(&f);
    assert_int_equal(count(&f, "h_bucket", "1", &c), 2);
    assert_int_equal(c.t_ms[1], f.now_ms + 1);
    check_close(c.value[1], 2, 0);
    assert_int_equal(count(&f, "h_bucket", "+Inf", &c), 1);
    tear_down(&f);
}

static void
outcomes_of_append(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, (struct tsdb_limits){.retention_ms = 60 * MINUTE_MS});
    uint64_t a = series(&f, "a", ""), old = series(&f, "old", "");
    assert_int_equal(tsdb_append(f.t, a, f.now_ms, 1), STATUS_OK);
    assert_int_equal(tsdb_append(f.t, a, f.now_ms, 1), STATUS_OK);
    assert_int_equal(tsdb_append(f.t, a, f.now_ms, 2), STATUS_CONFLICT);
    assert_int_equal(tsdb_why(f.t), TSDB_DUPLICATE);
    assert_int_equal(tsdb_append(f.t, a, f.now_ms - 1, 1), STATUS_RANGE);
    assert_int_equal(tsdb_why(f.t), TSDB_OUT_OF_ORDER);
    assert_int_equal(tsdb_append(f.t, a, f.now_ms + 11 * MINUTE_MS, 1), STATUS_RANGE);
    assert_int_equal(tsdb_why(f.t), TSDB_TOO_FAR);
    assert_int_equal(tsdb_append(f.t, old, f.now_ms - 61 * MINUTE_MS, 1), STATUS_RANGE);
    assert_int_equal(tsdb_why(f.t), TSDB_TOO_OLD);
    assert_int_equal(tsdb_append(f.t, series(&f, "ancient", ""), INT64_MIN, 1), STATUS_RANGE);
    assert_int_equal(tsdb_why(f.t), TSDB_TOO_OLD);
    assert_int_equal(tsdb_append(f.t, a, INT64_MAX, 1), STATUS_RANGE);
    assert_int_equal(tsdb_why(f.t), TSDB_TOO_FAR);
    assert_int_equal(tsdb_append(f.t, a + 1000, f.now_ms, 1), STATUS_NOT_FOUND);
    assert_int_equal(tsdb_why(f.t), TSDB_COLLECTED);
    tsdb_commit(f.t);
    assert_int_equal(tsdb_stats(f.t).samples_appended, 1);
    for (int i = TSDB_OUT_OF_ORDER; i < TSDB_N_REFUSALS; i++)
        assert_int_equal(tsdb_stats(f.t).refused[i], i == TSDB_OUT_OF_SPACE                   ? 0
                                                     : i == TSDB_TOO_OLD || i == TSDB_TOO_FAR ? 2
                                                                                              : 1);
    tear_down(&f);
}

/* Nothing is known yet that a first sample could be too old for. */
static void
a_first_sample_of_no_time(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, (struct tsdb_limits){.retention_ms = INT64_MAX, .max_future_ms = INT64_MAX});
    assert_int_equal(tsdb_append(f.t, series(&f, "a", ""), INT64_MIN, 1), STATUS_RANGE);
    assert_int_equal(tsdb_append(f.t, series(&f, "a", ""), -5, 1), STATUS_OK);
    assert_int_equal(tsdb_append(f.t, series(&f, "b", ""), -(INT64_C(1) << 60), 1), STATUS_OK);
    assert_int_equal(tsdb_append(f.t, series(&f, "b", ""), INT64_C(1) << 60, 1), STATUS_OK);
    tsdb_commit(f.t);
    assert_false(tsdb_collect(f.t, f.now_ms));
    tear_down(&f);
}

static void
labels_are_checked(void **state)
{
    static const struct {
        struct tsdb_label at[3];
        size_t            n;
        enum status       want;
    } cases[] = {
        {{{SLICE_LITERAL("__name__"), SLICE_LITERAL("a")}}, 1, STATUS_OK},
        {{{SLICE_LITERAL("x"), SLICE_LITERAL("a")}}, 1, STATUS_SYNTAX},
        {{{SLICE_LITERAL("__name__"), SLICE_LITERAL("")}}, 1, STATUS_SYNTAX},
        {{{SLICE_LITERAL("__name__"), SLICE_LITERAL("a")}, {SLICE_LITERAL(""), SLICE_LITERAL("b")}},
         2,
         STATUS_SYNTAX},
        {{{SLICE_LITERAL("__name__"), SLICE_LITERAL("a")},
          {SLICE_LITERAL("b"), SLICE_LITERAL("\xff")}},
         2,
         STATUS_SYNTAX},
        {{{SLICE_LITERAL("__name__"), SLICE_LITERAL("a")},
          {SLICE_LITERAL("b"), SLICE_LITERAL("1")},
          {SLICE_LITERAL("b"), SLICE_LITERAL("1")}},
         3,
         STATUS_CONFLICT},
        {{{SLICE_LITERAL("__name__"), SLICE_LITERAL("a")},
          {SLICE_LITERAL("b"), SLICE_LITERAL("1")},
          {SLICE_LITERAL("c"), SLICE_LITERAL("1")}},
         3,
         STATUS_LIMIT},
        {{{SLICE_LITERAL("__name__"), SLICE_LITERAL("a")},
          {SLICE_LITERAL("b"), SLICE_LITERAL("12345678901")}},
         2,
         STATUS_LIMIT},
        {{{SLICE_LITERAL("__name__"), SLICE_LITERAL("a")},
          {SLICE_LITERAL("b"), SLICE_LITERAL("")},
          {SLICE_LITERAL("c"), SLICE_LITERAL("1")}},
         3,
         STATUS_OK},
        {{{SLICE_LITERAL("__name__"), SLICE_LITERAL("z")}}, 1, STATUS_LIMIT}, /* a third series */
    };
    struct fixture f;

    (void)state;
    set_up(&f, (struct tsdb_limits){.max_labels = 2, .max_label_bytes = 10, .max_series = 2});
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint64_t    ref;
        struct err  err = {0};
        enum status got = tsdb_series(f.t, cases[i].at, cases[i].n, &ref, &err);

        if (got != cases[i].want)
            fail_msg("case %zu: %s (%s)", i, status_text(got), err.text);
    }
    tsdb_commit(f.t);
    assert_int_equal(tsdb_stats(f.t).refused_series, 1);
    tear_down(&f);
}

static void
old_series_are_collected(void **state)
{
    struct fixture       f;
    struct source_column c;

    (void)state;
    set_up(&f, (struct tsdb_limits){.retention_ms = 10 * MINUTE_MS});
    uint64_t a = series(&f, "a", ""), b = series(&f, "b", "");
    assert_int_equal(tsdb_append(f.t, a, f.now_ms, 1), STATUS_OK);
    tsdb_commit(f.t);
    f.now_ms += 11 * MINUTE_MS;
    assert_int_equal(tsdb_append(f.t, b, f.now_ms, 1), STATUS_OK);
    tsdb_commit(f.t);
    while (tsdb_collect(f.t, f.now_ms))
        continue;
    tsdb_commit(f.t);
    open_reader(&f);
    assert_int_equal(count(&f, "a", "", &c), -1);
    assert_int_equal(count(&f, "b", "", &c), 1);
    assert_int_equal(tsdb_append(f.t, a, f.now_ms, 1), STATUS_NOT_FOUND);
    uint64_t again = series(&f, "a", "");
    assert_true(again != a);
    assert_int_equal(tsdb_append(f.t, again, f.now_ms, 1), STATUS_OK);
    tsdb_commit(f.t);
    assert_int_equal(tsdb_stats(f.t).series, 2);
    assert_int_equal(tsdb_stats(f.t).series_removed, 1);
    tear_down(&f);
}

static void
a_ref_has_labels(void **state)
{
    struct fixture        f;
    struct labels         set;
    const struct symbols *s;
    char                  text[128] = "";

    (void)state;
    set_up(&f, (struct tsdb_limits){0});
    uint64_t a = series(&f, "h_bucket", "0.5");
    assert_true(tsdb_labels(f.t, a, &set));
    s = tsdb_symbols(f.t);
    for (uint32_t i = 0; i < set.n; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%.*s=%.*s ",
                       SLICE_ARG(symbols_text(s, set.at[i].name)),
                       SLICE_ARG(symbols_text(s, set.at[i].value)));
    assert_string_equal(text, "__name__=h_bucket job=mesh le=0.5 ");
    assert_true(a == series(&f, "h_bucket", "0.5"));
    assert_false(tsdb_labels(f.t, a + 1, &set));
    assert_false(tsdb_labels(f.t, TSDB_NONE, &set));
    tear_down(&f);
}

/* Buckets that come one scrape after the other are still one family to a reader. */
static void
buckets_one_by_one(void **state)
{
    static const char *const le[] = {"1",  "2",  "3",  "4",  "5",  "6",  "7",  "8",  "9",  "10",
                                     "11", "12", "13", "14", "15", "16", "17", "18", "19", "20"};
    struct fixture           f;
    struct source_column     c;

    (void)state;
    set_up(&f, (struct tsdb_limits){0});
    for (size_t i = 0; i < ARRAY_LEN(le); i++) {
        f.now_ms += 1000;
        for (size_t k = 0; k <= i; k++)
            assert_int_equal(tsdb_append(f.t, series(&f, "h_bucket", le[k]), f.now_ms, (double)k),
                             STATUS_OK);
        tsdb_commit(f.t);
    }
    open_reader(&f);
    for (size_t k = 0; k < ARRAY_LEN(le); k++)
        assert_int_equal(count(&f, "h_bucket", le[k], &c), ARRAY_LEN(le) - k);
    assert_int_equal(tsdb_stats(f.t).series, ARRAY_LEN(le));
    tear_down(&f);
}

/* More series than there is space for: the oldest samples go first, then new
 * series are refused, and all of it is counted. */
static void
space_is_bounded(void **state)
{
    enum { MAX_BYTES = 2 << 20, SERIES = 400 };
    struct fixture       f;
    struct source_column c;
    uint64_t             ref[SERIES], refused = 0;
    char                 name[32];

    (void)state;
    set_up(&f, (struct tsdb_limits){.max_bytes = MAX_BYTES, .retention_ms = 1000 * MINUTE_MS});
    for (size_t i = 0; i < SERIES; i++) {
        (void)snprintf(name, sizeof name, "series_%zu", i);
        ref[i] = series(&f, name, "");
    }
    for (int row = 0; row < 1200; row++, f.now_ms += MINUTE_MS / 2) {
        for (size_t i = 0; i < SERIES; i++) {
            /* Bits that do not pack. */
            enum status st =
                tsdb_append(f.t, ref[i], f.now_ms, (double)(row * 7919) / (double)(i + 3));

            refused += st == STATUS_LIMIT;
            assert_true(!st || st == STATUS_LIMIT);
        }
        tsdb_commit(f.t);
        assert_true(tsdb_stats(f.t).bytes < MAX_BYTES + MAX_BYTES / 4);
    }
    assert_int_equal(tsdb_stats(f.t).refused[TSDB_OUT_OF_SPACE], refused);
    open_reader(&f);
    assert_in_range(count(&f, "series_7", "", &c), 64, 1199);
    assert_int_equal(c.t_ms[c.n - 1], f.now_ms - MINUTE_MS / 2);
    tear_down(&f);
}

/* What a reader that never ends keeps from being freed is bounded, too. */
static void
a_slow_reader_makes_writers_wait(void **state)
{
    enum { MAX_BYTES = 4 << 20, SERIES = 50 };
    struct fixture f;
    enum status    st = STATUS_OK;
    uint64_t       ref[SERIES];
    char           name[32];

    (void)state;
    set_up(&f, (struct tsdb_limits){.max_bytes = MAX_BYTES, .retention_ms = 10 * MINUTE_MS});
    for (size_t i = 0; i < SERIES; i++) {
        (void)snprintf(name, sizeof name, "series_%zu", i);
        ref[i] = series(&f, name, "");
    }
    open_reader(&f);
    for (int row = 0; row < 20000 && !st; row++, f.now_ms += 1000) {
        for (size_t i = 0; i < SERIES && !st; i++)
            st = tsdb_append(f.t, ref[i], f.now_ms, row);
        (void)tsdb_collect(f.t, f.now_ms);
        tsdb_commit(f.t);
    }
    assert_int_equal(st, STATUS_LIMIT);
    assert_in_range(tsdb_stats(f.t).bytes, MAX_BYTES / 4, MAX_BYTES);
    close_reader(&f);
    tsdb_commit(f.t);
    assert_int_equal(tsdb_append(f.t, ref[SERIES - 1], f.now_ms, 1), STATUS_OK);
    tear_down(&f);
}

static void
space_for_no_more_series(void **state)
{
    struct fixture f;
    char           name[32];
    struct err     err = {0};
    enum status    st = STATUS_OK;

    (void)state;
    set_up(&f, (struct tsdb_limits){.max_bytes = 1 << 20});
    for (int i = 0; !st && i < 100000; i++) {
        (void)snprintf(name, sizeof name, "series_%d", i);
        const struct tsdb_label label = {SLICE_LITERAL("__name__"), slice_of(name)};
        uint64_t                ref;

        st = tsdb_series(f.t, &label, 1, &ref, &err);
        if (!st)
            st = tsdb_append(f.t, ref, f.now_ms, 1);
        tsdb_commit(f.t);
    }
    assert_int_equal(st, STATUS_LIMIT);
    assert_in_range(tsdb_stats(f.t).bytes, 1 << 20, (1 << 20) + (1 << 18));
    assert_int_equal(tsdb_stats(f.t).refused_series + tsdb_stats(f.t).refused[TSDB_OUT_OF_SPACE],
                     1);
    tear_down(&f);
}

/* Names that come and go for weeks: memory stays, symbols included. */
static void
churn_is_collected(void **state)
{
    struct fixture f;
    uint64_t       bytes = 0;
    char           name[64];

    (void)state;
    set_up(&f, (struct tsdb_limits){.retention_ms = 10 * MINUTE_MS});
    for (int minute = 0; minute < 3000; minute++, f.now_ms += MINUTE_MS) {
        for (int i = 0; i < 20; i++) {
            (void)snprintf(name, sizeof name, "pod_%d_of_minute_%d_bucket", i, minute);
            assert_int_equal(tsdb_append(f.t, series(&f, name, "1"), f.now_ms, 1), STATUS_OK);
            assert_int_equal(tsdb_append(f.t, series(&f, name, "2"), f.now_ms, 1), STATUS_OK);
        }
        assert_int_equal(tsdb_append(f.t, series(&f, "lives", ""), f.now_ms, 1), STATUS_OK);
        while (tsdb_collect(f.t, f.now_ms))
            continue;
        tsdb_commit(f.t);
        if (minute == 200)
            bytes = tsdb_stats(f.t).bytes;
    }
    assert_in_range(tsdb_stats(f.t).series, 1, 13 * 40);
    assert_true(tsdb_stats(f.t).bytes < bytes * 3 / 2);
    assert_true(symbols_count(tsdb_symbols(f.t)) < 3000);
    tear_down(&f);
}

static void
check_top(struct fixture *f, enum tsdb_top_kind kind, const char *want)
{
    struct tsdb_top top[3];
    char            got[1024] = "";
    size_t          n = tsdb_top(f->t, kind, top, ARRAY_LEN(top));

    for (size_t i = 0; i < n; i++)
        (void)snprintf(got + strlen(got), sizeof got - strlen(got), "%s %llu, ", top[i].name,
                       (unsigned long long)top[i].count);
    assert_string_equal(got, want);
}

static void
top_of_each_kind(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, (struct tsdb_limits){0});
    for (int i = 0; i < 3; i++)
        (void)series(&f, "h_bucket", i == 0 ? "0.25" : i == 1 ? "1" : "+Inf");
    (void)series(&f, "up", "");
    (void)series(&f, "gauge", "");
    tsdb_commit(f.t);
    check_top(&f, TSDB_TOP_SERIES_BY_METRIC, "h_bucket 3, gauge 1, up 1, ");
    check_top(&f, TSDB_TOP_VALUES_BY_LABEL, "__name__ 3, le 3, job 1, ");
    check_top(&f, TSDB_TOP_BYTES_BY_LABEL, "__name__ 15, le 9, job 4, ");
    check_top(&f, TSDB_TOP_SERIES_BY_PAIR, "job=mesh 5, __name__=h_bucket 3, __name__=gauge 1, ");
    tear_down(&f);
}

static void
limit_and_cancellation(void **state)
{
    struct fixture          f;
    struct matcher          m;
    atomic_bool             cancel = true;
    struct source_query     q = {.matchers = &m, .n_matchers = 1, .max_series = 3};
    struct source_selection out;

    (void)state;
    set_up(&f, (struct tsdb_limits){0});
    for (int i = 0; i < 4; i++) {
        const char *const le[] = {"1", "2", "3", "+Inf"};
        assert_int_equal(tsdb_append(f.t, series(&f, "h_bucket", le[i]), f.now_ms, 1), STATUS_OK);
    }
    tsdb_commit(f.t);
    open_reader(&f);
    assert_int_equal(
        matcher_init(&m, MATCHER_REGEX, SLICE_LITERAL("job"), SLICE_LITERAL("m.*"), NULL),
        STATUS_OK);
    assert_int_equal(f.reader->select(f.reader, &q, &f.arena, &out, NULL), STATUS_LIMIT);
    q.max_series = 4;
    assert_int_equal(f.reader->select(f.reader, &q, &f.arena, &out, NULL), STATUS_OK);
    assert_int_equal(out.n, 4);
    q.cancel = &cancel;
    assert_int_equal(f.reader->select(f.reader, &q, &f.arena, &out, NULL), STATUS_CANCELLED);
    matcher_release(&m);
    assert_int_equal(
        matcher_init(&m, MATCHER_EQUAL, SLICE_LITERAL("job"), SLICE_LITERAL("mesh"), NULL),
        STATUS_OK);
    assert_int_equal(f.reader->estimate(f.reader, &q), 4);
    tear_down(&f);
}

/* Series that are scraped together have the same times at the same place. */
static void
times_are_shared(void **state)
{
    struct fixture       f;
    struct source_column a = {0}, b = {0};

    (void)state;
    set_up(&f, (struct tsdb_limits){0});
    for (int i = 0; i < 200; i++, f.now_ms += 1000) {
        assert_int_equal(tsdb_append(f.t, series(&f, "a", ""), f.now_ms, i), STATUS_OK);
        assert_int_equal(tsdb_append(f.t, series(&f, "h_bucket", "1"), f.now_ms, i), STATUS_OK);
        assert_int_equal(tsdb_append(f.t, series(&f, "h_bucket", "2"), f.now_ms, i), STATUS_OK);
        tsdb_commit(f.t);
    }
    open_reader(&f);
    assert_int_equal(count(&f, "a", "", &a), 200);
    assert_int_equal(count(&f, "h_bucket", "2", &b), 200);
    assert_ptr_equal(a.t_ms, b.t_ms);
    tear_down(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_sees_what_was_committed),
        cmocka_unit_test(outcomes_of_append),
        cmocka_unit_test(a_first_sample_of_no_time),
        cmocka_unit_test(labels_are_checked),
        cmocka_unit_test(old_series_are_collected),
        cmocka_unit_test(a_ref_has_labels),
        cmocka_unit_test(buckets_one_by_one),
        cmocka_unit_test(space_is_bounded),
        cmocka_unit_test(a_slow_reader_makes_writers_wait),
        cmocka_unit_test(space_for_no_more_series),
        cmocka_unit_test(churn_is_collected),
        cmocka_unit_test(top_of_each_kind),
        cmocka_unit_test(limit_and_cancellation),
        cmocka_unit_test(times_are_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
