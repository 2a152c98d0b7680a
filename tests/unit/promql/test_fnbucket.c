#include "tests/support/check.h"

#include "promql/fnbucket.h"
#include "promql/parser.h"

struct fixture {
    struct arena       arena;
    struct notes       notes;
    struct evalfn_call call;
};

static double
run(struct fixture *f, const char *query, const char *metric, const double *args, double counts_2)
{
    double       bounds[] = {1, 2, INFINITY}, counts[] = {10, counts_2, 40};
    struct err   err = {0};
    struct node *tree;

    *f = (struct fixture){0};
    assert_int_equal(parser_parse(&f->arena, slice_of(query), &tree, NULL, &err), STATUS_OK);
    f->notes = (struct notes){.arena = &f->arena, .query = slice_of(query)};
    f->call = (struct evalfn_call){.args = args,
                                   .n_args = 2,
                                   .time_ms = 60000,
                                   .metric = slice_of(metric),
                                   .notes = &f->notes,
                                   .node = tree};
    return fnbucket_get(tree->u.call.id)->buckets(bounds, counts, 3, &f->call);
}

static void
known_answers(void **state)
{
    static const double args[] = {0.5, 2};
    struct fixture      f;

    (void)state;
    check_close(run(&f, "histogram_quantile(0.5, b)", "b", args, 30), 1.5, 0); /* rank 20 */
    assert_int_equal(f.notes.n, 0);
    arena_release(&f.arena);
    /* Half of the first bucket's 10, and all of the second's 20, of 40. */
    check_close(run(&f, "histogram_fraction(0.5, 2, b)", "b", args, 30), 25 / 40., 1e-15);
    assert_int_equal(f.notes.n, 0);
    arena_release(&f.arena);
}

#define FIXED                                                                                      \
    "PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see "           \
    "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)"

static void
what_is_told(void **state)
{
    static const struct {
        double      q, counts_2;
        const char *metric, *want;
    } cases[] = {
        {1.5, 30, "b", "PromQL warning: quantile value should be between 0 and 1, got 1.5 (1:20)"},
        {0.5, 4, "b",
         FIXED " for metric name \"b\", from buckets 2 to 2, with a max diff of 6, over 1 samples "
               "from 1970-01-01T00:01:00Z to 1970-01-01T00:01:00Z (1:25)"},
        {0.5, 4, "",
         FIXED ", from buckets 2 to 2, with a max diff of 6, over 1 samples "
               "from 1970-01-01T00:01:00Z to 1970-01-01T00:01:00Z (1:25)"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f;

        (void)run(&f, "histogram_quantile(1.5, b)", cases[i].metric, &cases[i].q,
                  cases[i].counts_2);
        fnbucket_get(FUNCTION_HISTOGRAM_QUANTILE)->step_note(&f.call);
        notes_finish(&f.notes);
        assert_int_equal(f.notes.n, 1);
        assert_true(slice_is(f.notes.at[0].text, cases[i].want));
        arena_release(&f.arena);
    }
}

static void
bounds(void **state)
{
    static const struct {
        const char *le, *metric;
        bool        good;
        double      bound;
        const char *want;
    } cases[] = {
        {"0.25", "b", true, 0.25, NULL},
        {"+Inf", "b", true, INFINITY, NULL},
        {"Inf", "b", true, INFINITY, NULL},
        {"1e-1", "b", true, 0.1, NULL},
        {"", "b", false, 0,
         "PromQL warning: bucket label \"le\" is missing or has a malformed value of \"\" for "
         "metric name \"b\" (1:1)"},
        {"a\"b", "", false, 0,
         "PromQL warning: bucket label \"le\" is missing or has a malformed value of \"a\\\"b\" "
         "(1:1)"},
        {"1e999", "", false, 0,
         "PromQL warning: bucket label \"le\" is missing or has a malformed value of \"1e999\" "
         "(1:1)"},
        {"NaN", "", false, 0,
         "PromQL warning: bucket label \"le\" is missing or has a malformed value of \"NaN\" "
         "(1:1)"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena arena = {0};
        struct notes notes = {.arena = &arena, .query = SLICE_LITERAL("b")};
        double       bound;
        bool         good = fnbucket_bound(slice_of(cases[i].le), slice_of(cases[i].metric), &notes,
                                           (struct place){0, 1}, &bound);

        assert_int_equal(good, cases[i].good);
        notes_finish(&notes);
        assert_int_equal(notes.n, !good);
        if (good)
            assert_true(bound == cases[i].bound);
        else
            assert_true(slice_is(notes.at[0].text, cases[i].want));
        arena_release(&arena);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(what_is_told),
        cmocka_unit_test(bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
