#include "base/log.h"

#include "base/clock.h"
#include "tests/support/check.h"
#include "tests/support/prng.h"

#include <unistd.h>

struct caught {
    char   line[5000];
    size_t n;
    int    calls;
};

static void
catch_line(void *ctx, struct slice line)
{
    struct caught *c = ctx;

    assert_true(line.n < sizeof c->line);
    memcpy(c->line, line.p, line.n);
    c->line[line.n] = '\0';
    c->n = line.n;
    c->calls++;
}

/* What follows the time, without the newline. */
static const char *
after_time(struct caught *c)
{
    const char *at = strstr(c->line, " level=");

    assert_non_null(at);
    assert_int_equal(c->line[c->n - 1], '\n');
    c->line[c->n - 1] = '\0';
    return at + 1;
}

static void
fields_print_as_logfmt(void **state)
{
    struct caught c = {.n = 0};

    (void)state;
    log_set_sink(catch_line, &c);
    log_event(LOG_LEVEL_WARN, "source_unreachable", log_text("source", "mesh"),
              log_int("age_ms", -3), log_double("ratio", 0.25), log_text("nothing", NULL),
              log_double("nan", NAN), log_slice("part", (struct slice){"abcdef", 3}));
    assert_memory_equal(c.line, "ts=2", 4);
    assert_string_equal(after_time(&c), "level=warn event=source_unreachable source=mesh age_ms=-3 "
                                        "ratio=0.25 nothing=\"\" nan=NaN part=abc");
    log_event(LOG_LEVEL_ERROR, "bare");
    assert_string_equal(after_time(&c), "level=error event=bare");
    log_set_sink(NULL, NULL);
}

static void
values_are_quoted_where_needed(void **state)
{
    static const struct {
        const char *value, *printed;
    } cases[] = {
        {"plain", "plain"},
        {"a/b:c,d[1]", "a/b:c,d[1]"},
        {"two words", "\"two words\""},
        {"a=b", "\"a=b\""},
        {"say \"no\"", "\"say \\\"no\\\"\""},
        {"back\\slash", "\"back\\\\slash\""},
        {"line\nbreak\r\ttab", "\"line\\nbreak\\r\\ttab\""},
        {"\033[31mred", "\"\\x1b[31mred\""},
        {"del\177", "\"del\\x7f\""},
        {"caf\xc3\xa9", "\"caf\xc3\xa9\""},
        {"c1\xc2\x85next", "\"c1\\xc2\\x85next\""},
        {"bad\xff\xc3\xa9", "\"bad\\xff\\xc3\\xa9\""},
    };
    struct caught c = {.n = 0};

    (void)state;
    log_set_sink(catch_line, &c);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char want[100];

        snprintf(want, sizeof want, "level=info event=e v=%s", cases[i].printed);
        log_event(LOG_LEVEL_INFO, "e", log_text("v", cases[i].value));
        assert_string_equal(after_time(&c), want);
    }
    log_set_sink(NULL, NULL);
}

/* Read one key=value off the line; values may be quoted.  Fails on anything
 * that is not of that form. */
static const char *
skip_field(const char *p)
{
    size_t key = strcspn(p, "= \"\n");

    assert_true(key > 0 && p[key] == '=');
    p += key + 1;
    if (*p != '"')
        return p + strcspn(p, " \n");
    for (p++; *p != '"'; p++) {
        assert_true((unsigned char)*p >= 0x20);
        if (*p == '\\')
            p++;
    }
    return p + 1;
}

/* Random bytes of random lengths: one line, well formed, at most 4 KiB; and if
 * something was left out, it says so. */
static void
no_value_breaks_the_line(void **state)
{
    struct prng   r = {8};
    struct caught c = {.n = 0};

    (void)state;
    log_set_sink(catch_line, &c);
    for (int i = 0; i < 5000; i++) {
        char        bytes[2][3000];
        size_t      n[2];
        const char *p = c.line;
        int         fields = 0;

        for (int k = 0; k < 2; k++) {
            n[k] = prng_below(&r, i % 10 ? 60 : sizeof bytes[k]);
            for (size_t b = 0; b < n[k]; b++)
                bytes[k][b] = (char)(i % 2 ? 'x' : prng_next(&r));
        }
        log_event(LOG_LEVEL_INFO, "e", log_slice("a", (struct slice){bytes[0], n[0]}),
                  log_slice("b", (struct slice){bytes[1], n[1]}), log_int("last", 1));
        assert_true(c.n <= 4096);
        assert_ptr_equal(memchr(c.line, '\n', c.n), c.line + c.n - 1);
        for (; *p != '\n'; fields++) {
            p = skip_field(p);
            p += *p == ' ';
        }
        if (strstr(c.line, " truncated=true\n"))
            assert_true(n[0] + n[1] > 500);
        else
            assert_int_equal(fields, 6);
    }
    log_set_sink(NULL, NULL);
}

static void
levels_below_are_dropped(void **state)
{
    struct caught c = {.n = 0};

    (void)state;
    log_set_sink(catch_line, &c);
    log_event(LOG_LEVEL_DEBUG, "quiet");
    assert_int_equal(c.calls, 0);
    log_set_level(LOG_LEVEL_DEBUG);
    log_event(LOG_LEVEL_DEBUG, "loud");
    assert_int_equal(c.calls, 1);
    log_set_level(LOG_LEVEL_ERROR);
    log_event(LOG_LEVEL_WARN, "quiet");
    assert_int_equal(c.calls, 1);
    log_set_level(LOG_LEVEL_INFO);
    log_set_sink(NULL, NULL);
}

/* Without a sink the line goes to descriptor 2. */
static void
lines_go_to_standard_error(void **state)
{
    int     ends[2], saved = dup(STDERR_FILENO);
    char    got[200];
    ssize_t n;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    log_event(LOG_LEVEL_INFO, "to_stderr", log_int("n", 1));
    dup2(saved, STDERR_FILENO);
    n = read(ends[0], got, sizeof got - 1);
    assert_true(n > 0);
    got[n] = '\0';
    assert_non_null(strstr(got, " level=info event=to_stderr n=1\n"));
    close(ends[0]);
    close(ends[1]);
    close(saved);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_print_as_logfmt),
        cmocka_unit_test(values_are_quoted_where_needed),
        cmocka_unit_test(no_value_breaks_the_line),
        cmocka_unit_test(levels_below_are_dropped),
        cmocka_unit_test(lines_go_to_standard_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
