#include "tests/support/check.h"

#include "promql/fnwindow.h"
#include "promql/parser.h"

/* One call of one function, as the evaluator would make it. */
struct fixture {
    struct arena         arena;
    struct notes         notes;
    struct err           err;
    struct evalfn_call   call;
    const struct evalfn *fn;
};

static void
start(struct fixture *f, const char *query, const char *metric, const double *args, size_t n_args)
{
    struct node *tree;

    *f = (struct fixture){0};
    assert_int_equal(parser_parse(&f->arena, slice_of(query), &tree, NULL, &f->err), STATUS_OK);
    f->notes = (struct notes){.arena = &f->arena, .query = slice_of(query)};
    f->call = (struct evalfn_call){.args = args,
                                   .n_args = n_args,
                                   .time_ms = 60000,
                                   .metric = slice_of(metric),
                                   .notes = &f->notes,
                                   .err = &f->err,
                                   .node = tree};
    f->fn = fnwindow_get(tree->u.call.id);
    assert_non_null(f->fn);
}

static double
run(struct fixture *f, const int64_t *t_ms, const double *v, size_t n)
{
    double               falls[16], scratch[16];
    struct evalfn_window w = {.t_ms = t_ms,
                              .v = v,
                              .n = n,
                              .range_ms = 60000,
                              .end_ms = 60000,
                              .falls = falls,
                              .scratch = scratch};

    for (size_t i = 1; i < n; i++)
        if (v[i] < v[i - 1])
            falls[w.n_falls++] = v[i - 1];
    return f->fn->window(&w, &f->call);
}

static const int64_t at[] = {10000, 20000, 40000, 60000};

static void
known_answers(void **state)
{
    /* Values 1 5 2 4 at 10, 20, 40, 60 s of a window of 60 s. */
    static const double v[] = {1, 5, 2, 4};
    static const struct {
        const char *query;
        double      args[2], want;
    } cases[] = {
        /* Grown: 3 + 5 = 8 in 50 s; the window begins 10 s before, less than
         * 1.1 * 50/3, but zero is 50 * 1/8 = 6.25 s before. */
        {"increase(x[1m])", {0}, 8 * 56.25 / 50},
        {"rate(x[1m])", {0}, 8 * 56.25 / 50 / 60},
        {"delta(x[1m])", {0}, 3 * 60 / 50.},
        {"irate(x[1m])", {0}, 0.1},
        {"idelta(x[1m])", {0}, 2},
        {"changes(x[1m])", {0}, 3},
        {"resets(x[1m])", {0}, 1},
        {"sum_over_time(x[1m])", {0}, 12},
        {"avg_over_time(x[1m])", {0}, 3},
        {"min_over_time(x[1m])", {0}, 1},
        {"max_over_time(x[1m])", {0}, 5},
        {"count_over_time(x[1m])", {0}, 4},
        {"stdvar_over_time(x[1m])", {0}, 2.5}, /* (4 + 4 + 1 + 1) / 4 */
        {"stddev_over_time(x[1m])", {0}, 1.5811388300841898},
        {"first_over_time(x[1m])", {0}, 1},
        {"last_over_time(x[1m])", {0}, 4},
        {"present_over_time(x[1m])", {0}, 1},
        {"quantile_over_time(0.5, x[1m])", {0.5}, 3},
        {"mad_over_time(x[1m])", {0}, 1.5}, /* median 3, distances 2 2 1 1 */
        {"ts_of_first_over_time(x[1m])", {0}, 10},
        {"ts_of_last_over_time(x[1m])", {0}, 60},
        {"ts_of_min_over_time(x[1m])", {0}, 10},
        {"ts_of_max_over_time(x[1m])", {0}, 20},
        /* x = 0 10 30 50, y = 1 5 2 4: sum x 90, y 12, xy 310, xx 3500:
         * (4 * 310 - 90 * 12) / (4 * 3500 - 90 * 90) = 160 / 5900. */
        {"deriv(x[1m])", {0}, 160 / 5900.},
        /* The line at 60 s, 50 s after the first: 3 + slope * (50 - 22.5), and
         * 100 s on. */
        {"predict_linear(x[1m], 100)", {100}, 3 + 160 / 5900. * 127.5},
        /* Levels 1, 5, 5.5, 5.875; slopes 4, 4, 2.25. */
        {"double_exponential_smoothing(x[1m], 0.5, 0.5)", {0.5, 0.5}, 5.875},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f;

        print_message("%s\n", cases[i].query);
        start(&f, cases[i].query, "x_total", cases[i].args, 2);
        check_close(run(&f, at, v, 4), cases[i].want, 1e-12);
        assert_int_equal(f.notes.n, 0);
        assert_int_equal(f.err.status, STATUS_OK);
        arena_release(&f.arena);
    }
}

static void
one_sample(void **state)
{
    static const double v[] = {7}, args[] = {0.5, 0.5};
    static const struct {
        const char *query;
        double      want;
        bool        absent;
    } cases[] = {
        {"rate(x[1m])", 0, true},
        {"increase(x[1m])", 0, true},
        {"delta(x[1m])", 0, true},
        {"irate(x[1m])", 0, true},
        {"idelta(x[1m])", 0, true},
        {"deriv(x[1m])", 0, true},
        {"predict_linear(x[1m], 1)", 0, true},
        {"double_exponential_smoothing(x[1m], 0.5, 0.5)", 0, true},
        {"changes(x[1m])", 0, false},
        {"resets(x[1m])", 0, false},
        {"stddev_over_time(x[1m])", 0, false},
        {"mad_over_time(x[1m])", 0, false},
        {"avg_over_time(x[1m])", 7, false},
        {"quantile_over_time(0.5, x[1m])", 7, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f;
        double         got;

        start(&f, cases[i].query, "x", args, 2);
        got = run(&f, at, v, 1);
        assert_int_equal(value_is_absent(got), cases[i].absent);
        if (!cases[i].absent)
            check_close(got, cases[i].want, 0);
        arena_release(&f.arena);
    }
}

static void
odd_quantiles_are_told(void **state)
{
    static const double v[] = {7}, odd[] = {1.5, -1, NAN};
    static const char  *want[] = {
         "PromQL warning: quantile value should be between 0 and 1, got 1.5 (1:20)",
         "PromQL warning: quantile value should be between 0 and 1, got -1 (1:20)",
         "PromQL warning: quantile value should be between 0 and 1, got NaN (1:20)"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        struct fixture f;

        start(&f, "quantile_over_time(1.5, x[1m])", "x", &odd[i], 1);
        (void)run(&f, at, v, 1);
        (void)run(&f, at, v, 1);
        notes_finish(&f.notes);
        assert_int_equal(f.notes.n, 1);
        assert_true(slice_is(f.notes.at[0].text, want[i]));
        arena_release(&f.arena);
    }
}

static void
bad_factors_fail(void **state)
{
    static const double v[] = {1, 2};
    static const struct {
        double      args[2];
        const char *want;
    } cases[] = {
        {{0, 0.5}, "invalid smoothing factor. Expected: 0 < sf < 1, got: 0.000000"},
        {{1, 0.5}, "invalid smoothing factor. Expected: 0 < sf < 1, got: 1.000000"},
        {{0.5, -0.1}, "invalid trend factor. Expected: 0 < tf < 1, got: -0.100000"},
        {{0.5, INFINITY}, "invalid trend factor. Expected: 0 < tf < 1, got: +Inf"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f;

        start(&f, "double_exponential_smoothing(x[1m], 0.5, 0.5)", "x", cases[i].args, 2);
        (void)run(&f, at, v, 2);
        assert_int_equal(f.err.status, STATUS_BAD_QUERY);
        assert_string_equal(f.err.text, cases[i].want);
        arena_release(&f.arena);
    }
}

static void
what_is_no_counter_is_told(void **state)
{
    static const struct {
        const char *metric;
        bool        told;
    } cases[] = {{"x", true},        {"x_total", false},  {"x_sum", false},
                 {"x_count", false}, {"x_bucket", false}, {"total", true},
                 {"_total", false},  {"", false},         {"x_total_now", true}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f;

        start(&f, "rate(x[1m])", cases[i].metric, NULL, 0);
        f.fn->series_note(&f.call);
        notes_finish(&f.notes);
        assert_int_equal(f.notes.n, cases[i].told);
        if (i == 0)
            assert_true(slice_is(f.notes.at[0].text,
                                 "PromQL info: metric might not be a counter, name does not end "
                                 "in _total/_sum/_count/_bucket: \"x\" (1:6)"));
        arena_release(&f.arena);
    }
    assert_true(fnwindow_get(FUNCTION_INCREASE)->series_note != NULL);
    assert_true(fnwindow_get(FUNCTION_DELTA)->series_note == NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(one_sample),
        cmocka_unit_test(odd_quantiles_are_told),
        cmocka_unit_test(bad_factors_fail),
        cmocka_unit_test(what_is_no_counter_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
