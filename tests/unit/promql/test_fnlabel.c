#include "tests/support/check.h"

#include "promql/fnlabel.h"

/* One series up{a="x-1", b="y"} whose name is due to be dropped. */
struct fixture {
    struct arena       arena;
    struct labels_pool pool;
    struct evalfn_row  row;
    struct err         err;
};

static void
start(struct fixture *f)
{
    static const char    *pairs[][2] = {{"__name__", "up"}, {"a", "x-1"}, {"b", "y"}};
    struct labels_builder b = {0};

    *f = (struct fixture){0};
    labels_pool_init(&f->pool, &f->arena, NULL, 1 << 20);
    labels_builder_start(&b, &f->pool, (struct labels){0});
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        labels_builder_set(&b, labels_symbol(&f->pool, slice_of(pairs[i][0])),
                           labels_symbol(&f->pool, slice_of(pairs[i][1])));
    f->row = (struct evalfn_row){.labels = labels_builder_id(&b), .drop_name = true};
}

static enum status
run(struct fixture *f, enum function_id id, const char *const *strings)
{
    struct slice       slices[8];
    struct evalfn_call call = {.strings = slices};

    for (; strings[call.n_strings]; call.n_strings++)
        slices[call.n_strings] = slice_of(strings[call.n_strings]);
    return fnlabel_get(id)->relabel(&f->row, 1, &f->pool, &f->arena, &call, &f->err);
}

static const struct {
    enum function_id id;
    const char      *strings[8], *want;
    bool             drops;
} rewritten_cases[] = {
    /* dst, replacement, src, regex */
    {FUNCTION_LABEL_REPLACE,
     {"c", "$1/$2", "a", "(.*)-(.*)"},
     "up{a=\"x-1\", b=\"y\", c=\"x/1\"}",
     true},
    {FUNCTION_LABEL_REPLACE,
     {"c", "${tail}!", "a", ".*-(?P<tail>.*)"},
     "up{a=\"x-1\", b=\"y\", c=\"1!\"}",
     true},
    {FUNCTION_LABEL_REPLACE,
     {"c", "$1x", "a", "(.*)-.*"}, /* a group named 1x */
     "up{a=\"x-1\", b=\"y\"}",
     true},
    {FUNCTION_LABEL_REPLACE,
     {"c", "v", "a", "x"}, /* must match all of it */
     "up{a=\"x-1\", b=\"y\"}",
     true},
    {FUNCTION_LABEL_REPLACE, {"a", "", "a", ".*"}, "up{b=\"y\"}", true},
    {FUNCTION_LABEL_REPLACE,
     {"c", "new", "nothing", ""},
     "up{a=\"x-1\", b=\"y\", c=\"new\"}",
     true},
    {FUNCTION_LABEL_REPLACE, {"__name__", "down", "a", ".*"}, "down{a=\"x-1\", b=\"y\"}", false},
    {FUNCTION_LABEL_REPLACE, {"__name__", "down", "a", "no"}, "up{a=\"x-1\", b=\"y\"}", true},
    {FUNCTION_LABEL_REPLACE,
     {"d.e", "$0", "b", ".*"},
     "up{a=\"x-1\", b=\"y\", \"d.e\"=\"y\"}",
     true},
    /* dst, separator, sources */
    {FUNCTION_LABEL_JOIN,
     {"c", ",", "a", "none", "b"},
     "up{a=\"x-1\", b=\"y\", c=\"x-1,,y\"}",
     true},
    {FUNCTION_LABEL_JOIN, {"a", ",", "b"}, "up{a=\"y\", b=\"y\"}", true},
    {FUNCTION_LABEL_JOIN, {"a", ","}, "up{b=\"y\"}", true},
    {FUNCTION_LABEL_JOIN, {"__name__", "_", "__name__", "b"}, "up_y{a=\"x-1\", b=\"y\"}", false},
};

static void
rewritten(void **state)
{
    struct text text;

    (void)state;
    text_init(&text, 1000);
    for (size_t i = 0; i < ARRAY_LEN(rewritten_cases); i++) {
        struct fixture f;

        start(&f);
        assert_int_equal(run(&f, rewritten_cases[i].id, rewritten_cases[i].strings), STATUS_OK);
        text_clear(&text);
        labels_write_series(&f.pool, labels_of(&f.pool, f.row.labels), &text);
        assert_string_equal(text.p, rewritten_cases[i].want);
        assert_int_equal(f.row.drop_name, rewritten_cases[i].drops);
        arena_release(&f.arena);
    }
    text_release(&text);
}

static void
refused(void **state)
{
    static const struct {
        enum function_id id;
        const char      *strings[8], *want;
    } cases[] = {
        {FUNCTION_LABEL_REPLACE,
         {"c", "", "a", "(x"},
         "invalid regular expression in label_replace(): (x"},
        {FUNCTION_LABEL_REPLACE,
         {"c", "", "a", "(?=x)"},
         "invalid regular expression in label_replace(): (?=x)"},
        {FUNCTION_LABEL_REPLACE,
         {"\xff", "", "a", "x"},
         "invalid destination label name in label_replace(): \xff"},
        {FUNCTION_LABEL_REPLACE,
         {"", "", "a", "x"},
         "invalid destination label name in label_replace(): "},
        {FUNCTION_LABEL_JOIN, {"", "", "a"}, "invalid destination label name in label_join(): "},
        {FUNCTION_LABEL_JOIN, {"c", "", "\xff"}, "invalid source label name in label_join(): \xff"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f;

        start(&f);
        assert_int_equal(run(&f, cases[i].id, cases[i].strings), STATUS_BAD_QUERY);
        assert_string_equal(f.err.text, cases[i].want);
        arena_release(&f.arena);
    }
}

/* A template can double what it is given, again and again. */
static void
values_have_a_limit(void **state)
{
    static const char *const twice[] = {"a", "$0$0$0$0$0$0$0$0", "a", ".*", NULL};
    static const char *const joined[] = {"a", "", "a", "a", "a", "a", NULL};
    struct fixture           f;
    enum status              s = STATUS_OK;

    (void)state;
    start(&f);
    for (int i = 0; i < 6 && !s; i++) /* 3 * 8^6 bytes */
        s = run(&f, FUNCTION_LABEL_REPLACE, twice);
    assert_int_equal(s, STATUS_LIMIT);
    f.err = (struct err){0};
    for (s = STATUS_OK; !s;)
        s = run(&f, FUNCTION_LABEL_JOIN, joined);
    assert_int_equal(s, STATUS_LIMIT);
    arena_release(&f.arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rewritten),
        cmocka_unit_test(refused),
        cmocka_unit_test(values_have_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
