#include "tests/support/check.h"

#include "daemon/watchview.h"

#include <string.h>

static json_t *
read_json(const char *text)
{
    json_t    *v = NULL;
    struct err err = {0};

    if (json_parse(slice_of(text), 16, &v, &err))
        fail_msg("%s", err.text);
    return v;
}

static const char run_text[] =
    "{\"id\":\"01JD0000000000000000000RUN\",\"service\":\"reviews\",\"namespace\":\"prod\","
    "\"revision\":\"7d9f\",\"canary\":\"v2\",\"stable\":\"\",\"state\":\"live\",\"end_cause\":\"\","
    "\"started_at\":\"2026-11-22T22:00:00.000Z\",\"updated_at\":\"2026-11-22T22:03:05.000Z\","
    "\"verdict\":\"hold\",\"reason\":\"too_few_requests\",\"message\":\"canary 41 of "
    "100\\u001b[2J\","
    "\"numbers\":{\"canary_requests\":41,\"stable_requests\":391,"
    "\"success_rate\":{\"canary\":0.9756,\"stable\":0.9974},\"p95_ms\":{\"stable\":90.44},"
    "\"checks\":{\"error_rate\":{\"verdict\":\"hold\",\"reason\":\"too_few_requests\","
    "\"required\":true,\"evidence\":10,\"limit\":100},"
    "\"split\":{\"verdict\":\"hold\",\"reason\":\"not_configured\",\"required\":false},"
    "\"p95\":{\"verdict\":\"pass\",\"reason\":\"within_limit\",\"required\":false,\"value\":92.1,"
    "\"limit\":250,\"dry_run\":true}}},"
    "\"verdicts\":[{\"at\":\"2026-11-22T22:00:05.000Z\",\"verdict\":\"hold\",\"reason\":"
    "\"starting\","
    "\"message\":\"no snapshot yet\"}]}";

/* log(10) / log(100) of ten is five. */
static const char run_frame[] =
    "prod/reviews  (all others) -> v2  revision 7d9f\n"
    "run 01JD0000000000000000000RUN  live for 3 min\n"
    "\n"
    "hold too_few_requests\n"
    "canary 41 of 100?[2J\n"
    "\n"
    "                  canary        stable\n"
    "  requests        41            391\n"
    "  success rate    97.56 %       99.74 %\n"
    "  p95             -             90.4 ms\n"
    "\n"
    "success rate of 3 intervals, 50 % to 100 %\n"
    "  canary          90 \n"
    "  stable          999\n"
    "\n"
    "checks\n"
    "  error_rate      hold   too_few_requests          #####..... evidence 10 of 100\n"
    "  p95             pass   within_limit              92.1, limit 250 (dry run)\n"
    "\n"
    "verdicts, newest first\n"
    "  22:00:05  hold   starting                  no snapshot yet\n"
    "\n"
    "22:03:10Z  http://d\n";

static struct watchview
plain_view(unsigned columns)
{
    return (struct watchview){
        .columns = columns, .now_ms = 1795384990000 /* 2026-11-22T22:03:10Z */, .url = "http://d"};
}

static const struct watchrates some_rates = {.n = 3, .canary = {1, 0.5, NAN}, .stable = {1, 1, 1}};

static void
a_run(void **state)
{
    struct watchview w = plain_view(100);
    json_t          *run = read_json(run_text);
    struct text      t;

    (void)state;
    text_init(&t, 1 << 16);
    watchview_run(&w, run, &some_rates, &t);
    assert_string_equal(t.p, run_frame);
    json_decref(run);
    text_release(&t);
}

/* Whatever is missing or of another type is left out, and no line is wider
 * than the terminal. */
static void
anything_may_be_missing(void **state)
{
    static const char *const runs[] = {
        "{}",
        "{\"id\":1,\"verdict\":[],\"numbers\":7,\"verdicts\":{},\"started_at\":\"x\"}",
        "{\"numbers\":{\"checks\":{\"a\":3,\"b\":{\"evidence\":-1,\"limit\":0},\"c\":{\"evidence\":"
        "1e300,\"limit\":1}}},\"verdicts\":[1,{}]}",
        run_text,
    };
    const struct watchrates none = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(runs); i++) {
        for (unsigned columns = 1; columns < 120; columns += 7) {
            struct watchview w = plain_view(columns);
            json_t          *run = read_json(runs[i]);
            struct text      t;
            struct slice     rest;

            text_init(&t, 1 << 16);
            watchview_run(&w, run, i % 2 ? &some_rates : &none, &t);
            watchview_line(run, &t);
            rest = text_slice(&t);
            json_decref(run);
            text_clear(&t);
            assert_int_equal(t.status, STATUS_OK);
            run = read_json(runs[i]);
            watchview_run(&w, run, &some_rates, &t);
            rest = text_slice(&t);
            while (rest.n)
                assert_true(slice_cut(&rest, '\n').n <= columns);
            json_decref(run);
            text_release(&t);
        }
    }
}

static void
colours_by_verdict(void **state)
{
    static const struct {
        const char *verdict, *colour;
    } cases[] = {
        {"pass", "\033[32mpass\033[0m"},
        {"hold", "\033[33mhold\033[0m"},
        {"fail", "\033[31mfail\033[0m"},
        {"abort", "\033[31mabort\033[0m"},
    };
    const struct watchrates none = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct watchview w = plain_view(80);
        json_t          *run = json_pack("{s:s}", "verdict", cases[i].verdict);
        struct text      t;

        w.terminal.colours = true;
        text_init(&t, 1 << 16);
        watchview_run(&w, run, &none, &t);
        assert_non_null(strstr(t.p, cases[i].colour));
        json_decref(run);
        text_release(&t);
    }
}

static void
a_list(void **state)
{
    struct watchview w = plain_view(130);
    json_t          *run = read_json(run_text), *live = json_pack("[O]", run);
    json_t     *over = json_pack("[{s:s,s:s,s:s,s:s}]", "namespace", "a", "service", "b", "verdict",
                                 "pass", "reason", "none");
    struct text t;

    (void)state;
    text_init(&t, 1 << 16);
    w.trouble = "http://d: refused";
    watchview_list(&w, live, over, &t);
    assert_string_equal(
        t.p,
        "1 live\n"
        "since   service                         canary        told   reason\n"
        "3 min   prod/reviews                    v2            hold   too_few_requests          "
        "canary 41 of 100?[2J\n"
        "\n"
        "ended meanwhile\n"
        "        a/b                                           pass                             \n"
        "\n"
        "22:03:10Z  http://d: refused; trying again\n");
    text_clear(&t);
    watchview_line(run, &t);
    assert_string_equal(t.p,
                        "2026-11-22T22:03:05.000Z  01JD0000000000000000000RUN  prod/reviews  v2  "
                        "live   hold   too_few_requests  canary 41 of 100?[2J\n");
    text_clear(&t);
    watchview_list(&w, NULL, NULL, &t); /* nothing was heard yet */
    assert_string_equal(t.p, "0 live\n\n22:03:10Z  http://d: refused; trying again\n");
    json_decref(run);
    json_decref(live);
    json_decref(over);
    text_release(&t);
}

static void
a_frame_replaces_the_one_before(void **state)
{
    unsigned    drawn = 0;
    struct text t;

    (void)state;
    text_init(&t, 4096);
    watchview_redraw(SLICE_LITERAL("a\nb\n"), 24, &drawn, &t);
    assert_string_equal(t.p, "a\033[K\nb\033[K\n\033[J");
    assert_int_equal(drawn, 2);
    text_clear(&t);
    watchview_redraw(SLICE_LITERAL("c\nd\ne\nf\n"), 4, &drawn, &t); /* the last row stays free */
    assert_string_equal(t.p, "\033[2A\rc\033[K\n2 lines more\033[K\nf\033[K\n\033[J");
    assert_int_equal(drawn, 3);
    text_clear(&t);
    watchview_redraw(SLICE_LITERAL("c\nd\ne\n"), 4, &drawn, &t); /* fits */
    assert_string_equal(t.p, "\033[3A\rc\033[K\nd\033[K\ne\033[K\n\033[J");
    text_clear(&t);
    watchview_redraw(SLICE_LITERAL("c\nd\ne\n"), 1, &drawn, &t); /* however low it is */
    assert_string_equal(t.p, "\033[3A\r2 lines more\033[K\ne\033[K\n\033[J");
    assert_int_equal(drawn, 2);
    text_release(&t);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run),
        cmocka_unit_test(anything_may_be_missing),
        cmocka_unit_test(colours_by_verdict),
        cmocka_unit_test(a_list),
        cmocka_unit_test(a_frame_replaces_the_one_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
