#include "tests/support/check.h"

#include "promql/memsource.h"

#include <string.h>

struct fixture {
    struct memsource     *m;
    struct source_reader *reader;
    struct arena          arena;
};

static size_t
add(struct memsource *m, const char *name, const char *job, const char *code)
{
    const struct memsource_label labels[] = {{SLICE_LITERAL("job"), slice_of(job)},
                                             {SLICE_LITERAL("__name__"), slice_of(name)},
                                             {SLICE_LITERAL("code"), slice_of(code)}};
    size_t                       series;

    assert_int_equal(memsource_series(m, labels, 3, &series, NULL), STATUS_OK);
    return series;
}

static void
set_up(struct fixture *f)
{
    *f = (struct fixture){.m = memsource_new()};
    add(f->m, "requests", "api", "200"); /* 0 */
    add(f->m, "requests", "api", "500"); /* 1 */
    add(f->m, "requests", "web", "200"); /* 2 */
    add(f->m, "requests", "web", "");    /* 3: no code */
    add(f->m, "up", "api", "");          /* 4 */
}

static void
tear_down(struct fixture *f)
{
    if (f->reader)
        f->reader->close(f->reader);
    arena_release(&f->arena);
    memsource_free(f->m);
}

static void
open_reader(struct fixture *f)
{
    struct source source = memsource_source(f->m);

    assert_int_equal(source.open(source.self, &f->reader, NULL), STATUS_OK);
}

struct condition {
    const char     *name;
    enum matcher_op op;
    const char     *value;
};

/* Numbers of the series found, as text. */
static enum status
found(struct fixture *f, const struct condition *c, size_t n, size_t max, char *to, size_t cap)
{
    struct matcher          m[4];
    struct source_query     q = {.matchers = m, .n_matchers = n, .max_series = max};
    struct source_selection out = {0};
    enum status             st;
    size_t                  at = 0;

    for (size_t i = 0; i < n; i++)
        assert_int_equal(
            matcher_init(&m[i], c[i].op, slice_of(c[i].name), slice_of(c[i].value), NULL),
            STATUS_OK);
    st = f->reader->select(f->reader, &q, &f->arena, &out, NULL);
    assert_true(f->reader->estimate(f->reader, &q) >= out.n);
    to[0] = 0;
    for (size_t i = 0; i < out.n; i++)
        at += (size_t)snprintf(to + at, cap - at, "%d", (int)out.series[i].handle);
    for (size_t i = 0; i < n; i++)
        matcher_release(&m[i]);
    return st;
}

static void
selection(void **state)
{
    static const struct {
        struct condition c[3];
        const char      *want;
    } cases[] = {
        {{{"__name__", MATCHER_EQUAL, "requests"}}, "0123"},
        {{{"__name__", MATCHER_EQUAL, "nothing"}}, ""},
        {{{"__name__", MATCHER_EQUAL, "requests"}, {"code", MATCHER_EQUAL, "200"}}, "02"},
        {{{"__name__", MATCHER_EQUAL, "requests"}, {"code", MATCHER_EQUAL, ""}}, "3"},
        {{{"__name__", MATCHER_EQUAL, "requests"}, {"code", MATCHER_NOT_EQUAL, ""}}, "012"},
        {{{"__name__", MATCHER_EQUAL, "requests"}, {"code", MATCHER_NOT_EQUAL, "200"}}, "13"},
        {{{"code", MATCHER_REGEX, "5.."}}, "1"},
        {{{"code", MATCHER_REGEX, "5..|"}}, "134"},
        {{{"code", MATCHER_NOT_REGEX, "5.."}}, "0234"},
        {{{"code", MATCHER_REGEX, "200|500"}, {"job", MATCHER_EQUAL, "api"}}, "01"},
        {{{"nolabel", MATCHER_EQUAL, ""}, {"job", MATCHER_EQUAL, "web"}}, "23"},
        {{{"nolabel", MATCHER_EQUAL, "x"}}, ""},
        {{{"nolabel", MATCHER_NOT_EQUAL, "x"}, {"__name__", MATCHER_EQUAL, "up"}}, "4"},
        {{{"nolabel", MATCHER_REGEX, ".+"}}, ""},
        {{{"nolabel", MATCHER_REGEX, ".*"}, {"__name__", MATCHER_REGEX, "u."}}, "4"},
    };
    struct fixture f;
    char           got[32];

    (void)state;
    set_up(&f);
    open_reader(&f);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        size_t n = 0;

        while (n < 3 && cases[i].c[n].name)
            n++;
        assert_int_equal(found(&f, cases[i].c, n, 100, got, sizeof got), STATUS_OK);
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("case %zu: got %s, want %s", i, got, cases[i].want);
    }
    tear_down(&f);
}

static void
limit_and_cancellation(void **state)
{
    const struct condition  all = {"nolabel", MATCHER_EQUAL, ""};
    struct fixture          f;
    struct source_selection out;
    atomic_bool             cancel = true;
    struct source_query     q = {.max_series = 100, .cancel = &cancel};
    char                    got[32];

    (void)state;
    set_up(&f);
    open_reader(&f);
    assert_int_equal(found(&f, &all, 1, 5, got, sizeof got), STATUS_OK);
    assert_int_equal(found(&f, &all, 1, 4, got, sizeof got), STATUS_LIMIT);
    assert_int_equal(f.reader->select(f.reader, &q, &f.arena, &out, NULL), STATUS_CANCELLED);
    tear_down(&f);
}

static void
columns(void **state)
{
    static const struct {
        int64_t min_ms, max_ms;
        size_t  n;
        int64_t first;
    } cases[] = {{0, 100, 4, 10}, {10, 40, 4, 10}, {11, 39, 2, 20}, {41, 100, 0, 0},
                 {0, 9, 0, 0},    {20, 20, 1, 20}, {30, 20, 0, 0}};
    struct fixture        f;
    struct source_scratch scratch = {0};

    (void)state;
    set_up(&f);
    /* In any order; the same value twice is fine, another is not. */
    assert_int_equal(memsource_add(f.m, 0, 30, 3, NULL), STATUS_OK);
    assert_int_equal(memsource_add(f.m, 0, 10, 1, NULL), STATUS_OK);
    assert_int_equal(memsource_add(f.m, 0, 40, 4, NULL), STATUS_OK);
    assert_int_equal(memsource_add(f.m, 0, 20, 2, NULL), STATUS_OK);
    assert_int_equal(memsource_add(f.m, 0, 20, 2, NULL), STATUS_OK);
    assert_int_equal(memsource_add(f.m, 0, 20, 7, NULL), STATUS_CONFLICT);
    open_reader(&f);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct source_series s = {.handle = 0};
        struct source_column c;

        assert_int_equal(
            f.reader->read(f.reader, &s, cases[i].min_ms, cases[i].max_ms, &scratch, &c, NULL),
            STATUS_OK);
        assert_int_equal(c.n, cases[i].n);
        for (size_t k = 0; k < c.n; k++) {
            assert_int_equal(c.t_ms[k], cases[i].first + 10 * (int64_t)k);
            check_close(c.value[k], (double)c.t_ms[k] / 10, 0);
        }
    }
    assert_null(scratch.t_ms); /* handed out where they lie */
    tear_down(&f);
}

static void
equal_labels_are_one_series(void **state)
{
    const struct memsource_label twice[] = {{SLICE_LITERAL("a"), SLICE_LITERAL("1")},
                                            {SLICE_LITERAL("a"), SLICE_LITERAL("2")}};
    struct memsource_label       many[MEMSOURCE_MAX_LABELS + 1] = {0};
    struct fixture               f;
    size_t                       series;

    (void)state;
    set_up(&f);
    assert_int_equal(add(f.m, "requests", "web", "200"), 2);
    assert_int_equal(memsource_count(f.m), 5);
    assert_int_equal(memsource_series(f.m, twice, 2, &series, NULL), STATUS_CONFLICT);
    assert_int_equal(memsource_series(f.m, many, ARRAY_LEN(many), &series, NULL), STATUS_LIMIT);
    tear_down(&f);
}

/* More series, labels and postings than any first table holds. */
static void
many_series(void **state)
{
    struct fixture         f;
    const struct condition one = {"job", MATCHER_EQUAL, "job-777"};
    char                   job[32], got[32];

    (void)state;
    set_up(&f);
    for (int i = 0; i < 3000; i++) {
        snprintf(job, sizeof job, "job-%d", i);
        assert_int_equal(add(f.m, "many", job, "200"), 5 + i);
    }
    open_reader(&f);
    assert_int_equal(found(&f, &one, 1, 100, got, sizeof got), STATUS_OK);
    assert_string_equal(got, "782");
    tear_down(&f);
}

static void
scratch_grows(void **state)
{
    struct source_scratch s = {0};

    (void)state;
    source_scratch_reserve(&s, 10);
    assert_true(s.cap >= 10);
    s.t_ms[9] = 1;
    source_scratch_reserve(&s, 1000);
    assert_true(s.cap >= 1000);
    s.value[999] = 1;
    source_scratch_release(&s);
    source_scratch_release(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(selection),   cmocka_unit_test(limit_and_cancellation),
        cmocka_unit_test(columns),     cmocka_unit_test(equal_labels_are_one_series),
        cmocka_unit_test(many_series), cmocka_unit_test(scratch_grows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
