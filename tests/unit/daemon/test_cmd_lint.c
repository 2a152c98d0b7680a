/* Exit codes of verdictd parse and lint; their output is in docs/PROMQL.md. */
#include "daemon/cmd_lint.h"
#include "daemon/cmd_parse.h"
#include "tests/support/check.h"

#include "base/base.h"

#include <fcntl.h>
#include <unistd.h>

enum { MAX_WORDS = 4 };

static const struct {
    int (*run)(int argc, char **argv);
    const char *words[MAX_WORDS];
    int         argc, code;
} cases[] = {
    {cmd_parse, {"parse", "up"}, 2, 0},
    {cmd_parse, {"parse", "--pretty", "sum(up)"}, 3, 0},
    {cmd_parse, {"parse", "--", "-1"}, 3, 0},
    {cmd_parse, {"parse", "up{"}, 2, 1},
    {cmd_parse, {"parse", ""}, 2, 1},
    {cmd_parse, {"parse"}, 1, 3},
    {cmd_parse, {"parse", "a", "b"}, 3, 3},
    {cmd_parse, {"parse", "--help"}, 2, 0},
    {cmd_lint, {"lint", "up"}, 2, 0},
    {cmd_lint, {"lint", "irate(x[5m])"}, 2, 1},
    {cmd_lint, {"lint", "rate(x[30s])"}, 2, 0},
    {cmd_lint, {"lint", "--scrape-interval=20s", "rate(x[30s])"}, 3, 1},
    {cmd_lint, {"lint", "up{"}, 2, 1},
    {cmd_lint, {"lint"}, 1, 3},
};

/* The output goes nowhere meanwhile. */
static int
run_quietly(size_t i)
{
    char *words[MAX_WORDS + 1] = {NULL};
    int   nowhere = open("/dev/null", O_WRONLY), out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    int   code;

    for (int w = 0; w < cases[i].argc; w++)
        words[w] = (char *)(uintptr_t)cases[i].words[w]; /* they are only read */
    fflush(stdout);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    code = cases[i].run(cases[i].argc, words);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(nowhere);
    close(out);
    close(err);
    return code;
}

static void
test_exit_codes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int code = run_quietly(i);

        if (code != cases[i].code)
            fail_msg("%s %s: %d", cases[i].words[0], cases[i].argc > 1 ? cases[i].words[1] : "",
                     code);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_exit_codes)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
