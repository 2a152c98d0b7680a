#include "tests/support/check.h"

#include "daemon/option.h"

#include <string.h>

enum { ROW_CONFIG, ROW_JSON, ROW_LIMIT, ROW_RATE, ROW_WAIT };
static const struct option_row rows[] = {
    [ROW_CONFIG] = {"config", 'c', "FILE", OPTION_TEXT, "the configuration"},
    [ROW_JSON] = {"json", 'j', NULL, OPTION_FLAG, "print JSON"},
    [ROW_LIMIT] = {"limit", 0, "N", OPTION_COUNT, "at most N"},
    [ROW_RATE] = {"rate", 0, "X", OPTION_NUMBER, "a number"},
    [ROW_WAIT] = {"wait", 'w', "TIME", OPTION_DURATION, "how long"},
};
static const struct option_command command = {
    .name = "try",
    .help = "Try it.",
    .operands = "RUN [MORE]",
    .min_operands = 1,
    .max_operands = 2,
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .exits = {{0, "done"}, {3, "not"}},
};

enum { MAX_WORDS = 8 };

/* error NULL: read; then text is config's value and count is limit's. */
static const struct {
    const char *words[MAX_WORDS];
    const char *error;
    const char *config;
    uint64_t    limit;
    size_t      operands;
    bool        json, help;
} cases[] = {
    {{"run"}, NULL, NULL, 0, 1, false, false},
    {{"--config", "f", "run"}, NULL, "f", 0, 1, false, false},
    {{"--config=f", "run", "--json"}, NULL, "f", 0, 1, true, false},
    {{"-c", "f", "-j", "run"}, NULL, "f", 0, 1, true, false},
    {{"-cf", "run", "more"}, NULL, "f", 0, 2, false, false},
    {{"--config=", "run"}, NULL, "", 0, 1, false, false},
    {{"--config", "--json", "run"}, NULL, "--json", 0, 1, false, false},
    {{"--limit", "7", "-"}, NULL, NULL, 7, 1, false, false},
    {{"--", "--json"}, NULL, NULL, 0, 1, false, false},
    {{"--help", "--nonsense"}, NULL, NULL, 0, 0, false, true},
    {{"-h"}, NULL, NULL, 0, 0, false, true},
    {{NULL}, "RUN [MORE] is missing; verdictd try --help", NULL, 0, 0, false, false},
    {{"a", "b", "c"},
     "\"c\" is one argument too many; verdictd try --help",
     NULL,
     0,
     0,
     false,
     false},
    {{"--confg", "f"}, "unknown option --confg; did you mean --config?", NULL, 0, 0, false, false},
    {{"--zzzzz=1"},
     "unknown option --zzzzz=1; verdictd try --help lists all",
     NULL,
     0,
     0,
     false,
     false},
    {{"-x"}, "unknown option -x; verdictd try --help lists all", NULL, 0, 0, false, false},
    {{"-jc"}, "-jc: write one letter at a time", NULL, 0, 0, false, false},
    {{"-hx"}, "unknown option -hx; verdictd try --help lists all", NULL, 0, 0, false, false},
    {{"--json=1", "a"}, "--json takes no value", NULL, 0, 0, false, false},
    {{"--json", "-j", "a"}, "--json is given twice", NULL, 0, 0, false, false},
    {{"a", "--config"}, "--config needs a value: --config FILE", NULL, 0, 0, false, false},
    {{"--limit", "-1"},
     "--limit: \"-1\" is not a whole number from 0 up",
     NULL,
     0,
     0,
     false,
     false},
    {{"--rate", "inf"}, "--rate: \"inf\" is not a number", NULL, 0, 0, false, false},
    {{"--rate", "+Inf"}, "--rate: \"+Inf\" is not a number", NULL, 0, 0, false, false},
    {{"-w5"}, "--wait: \"5\" is not a duration like 250ms, 30s or 5m", NULL, 0, 0, false, false},
};

static void
test_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char                *argv[MAX_WORDS + 2] = {(char *)(uintptr_t) "try"};
        int                  argc = 1;
        struct option_values got;
        struct err           err = {0};
        enum status          s;

        while (argc <= MAX_WORDS && cases[i].words[argc - 1]) {
            argv[argc] = (char *)(uintptr_t)cases[i].words[argc - 1];
            argc++;
        }
        s = option_read(&command, argc, argv, &got, &err);
        assert_int_equal(s, cases[i].error ? STATUS_SYNTAX : STATUS_OK);
        assert_string_equal(err.text, cases[i].error ? cases[i].error : "");
        if (s)
            continue;
        assert_int_equal(got.help, cases[i].help);
        assert_int_equal(got.n_operands, cases[i].operands);
        assert_int_equal(got.values[ROW_JSON].given, cases[i].json);
        assert_int_equal(got.values[ROW_LIMIT].count, cases[i].limit);
        assert_int_equal(got.values[ROW_CONFIG].given, cases[i].config != NULL);
        if (cases[i].config)
            assert_string_equal(got.values[ROW_CONFIG].text, cases[i].config);
    }
}

static void
test_numbers(void **state)
{
    char                 name[] = "try", rate[] = "--rate=2.5e-3", wait[] = "-w1m30s", run[] = "r";
    char                *argv[] = {name, rate, wait, run, NULL};
    struct option_values got;
    struct err           err = {0};

    (void)state;
    assert_int_equal(option_read(&command, 4, argv, &got, &err), STATUS_OK);
    check_close(got.values[ROW_RATE].number, 0.0025, 0);
    assert_int_equal(got.values[ROW_WAIT].ms, 90000);
    assert_string_equal(got.values[ROW_WAIT].text, "1m30s");
}

static void
test_help(void **state)
{
    struct text got;

    (void)state;
    text_init(&got, 4096);
    option_help(&command, &got);
    assert_string_equal(got.p, "usage: verdictd try [OPTIONS] RUN [MORE]\n"
                               "\n"
                               "Try it.\n"
                               "\n"
                               "  -c, --config FILE         the configuration\n"
                               "  -j, --json                print JSON\n"
                               "  --limit N                 at most N\n"
                               "  --rate X                  a number\n"
                               "  -w, --wait TIME           how long\n"
                               "  -h, --help                print this\n"
                               "\n"
                               "exit code\n"
                               "  0   done\n"
                               "  3   not\n");
    text_release(&got);
}

static void
test_required(void **state)
{
    static const struct option_row     must[] = {{"url", 0, "URL", OPTION_TEXT, "of it"}};
    static const struct option_command c = {
        .name = "try", .help = "Try.", .rows = must, .n = ARRAY_LEN(must), .required = 1};
    char  name[] = "try", url[] = "--url=x", help[] = "--help";
    char *bare[] = {name, NULL}, *full[] = {name, url, NULL}, *asked[] = {name, help, NULL};
    struct option_values got;
    struct err           err = {0};
    struct text          text;

    (void)state;
    assert_int_equal(option_read(&c, 1, bare, &got, &err), STATUS_SYNTAX);
    assert_string_equal(err.text, "--url URL is required; verdictd try --help");
    assert_int_equal(option_read(&c, 2, full, &got, &err), STATUS_OK);
    assert_int_equal(option_read(&c, 2, asked, &got, &err), STATUS_OK);
    text_init(&text, 4096);
    option_help(&c, &text);
    assert_non_null(strstr(text.p, "  --url URL                 of it (required)\n"));
    text_release(&text);
}

static void
test_words(void **state)
{
    static const struct {
        const char *operands, *words[4];
    } of[] = {
        {"", {NULL}},
        {"FILE", {"FILE", NULL}},
        {"[RUN]", {"RUN", NULL}},
        {"FILE|- ...", {"FILE|-", NULL}},
        {"[FILE...]", {"FILE", NULL}},
        {"RUN  approve|veto", {"RUN", "approve|veto", NULL}},
        {"[retry|drop ID TARGET]", {"retry|drop", "ID", "TARGET", NULL}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(of); i++) {
        struct slice rest = slice_of(of[i].operands);
        size_t       n = 0;

        for (struct slice word = option_word(&rest); word.n; word = option_word(&rest))
            assert_true(of[i].words[n] && slice_is(word, of[i].words[n++]));
        assert_null(of[i].words[n]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),  cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_help),  cmocka_unit_test(test_required),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
