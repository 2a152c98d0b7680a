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
    assert_int_equal(tsdb_append(f.t, a + 1000, f.now_ms, 1), STATUS_NOT_FOUND);
    assert_int_equal(tsdb_why(f.t), TSDB_COLLECTED);
    tsdb_commit(f.t);
    assert_int_equal(tsdb_stats(f.t).samples_appended, 1);
    for (int i = TSDB_OUT_OF_ORDER; i < TSDB_N_REFUSALS; i++)
        assert_int_equal(tsdb_stats(f.t).refused[i], i != TSDB_OUT_OF_SPACE);
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_sees_what_was_committed),
        cmocka_unit_test(outcomes_of_append),
        cmocka_unit_test(labels_are_checked),
        cmocka_unit_test(old_series_are_collected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
