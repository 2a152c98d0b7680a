#include "base/progress.h"

#include "tests/support/check.h"

#include <string.h>
#include <unistd.h>

/* By hand: rate is done / elapsed, what is left is (total - done) / rate. */
static const struct {
    struct progress_work work;
    uint64_t             done;
    int64_t              elapsed_ms;
    bool                 ended;
    unsigned             columns;
    const char          *line;
} lines[] = {
    {{"reading", "rows", 0}, 0, 0, false, 0, "reading  0 rows"},
    {{"reading", "rows", 0}, 1234567, 2000, false, 0, "reading  1,234,567 rows  617,283/s"},
    {{"reading", "rows", 0}, 3, 2000, false, 0, "reading  3 rows  1.5/s"},
    {{"reading", "rows", 1000}, 0, 5000, false, 0, "reading   0 %  0 of 1,000 rows"},
    {{"reading", "rows", 1000},
     250,
     10000,
     false,
     0,
     "reading  25 %  250 of 1,000 rows  25/s  30 s left"},
    /* a rate of less than a second is noise */
    {{"reading", "rows", 1000}, 250, 999, false, 0, "reading  25 %  250 of 1,000 rows"},
    {{"reading", "rows", 1000}, 1000, 10000, false, 0, "reading  99 %  1,000 of 1,000 rows  100/s"},
    /* more than was foreseen */
    {{"reading", "rows", 10}, 20, 10000, false, 0, "reading  99 %  20 of 10 rows  2/s"},
    {{"reading", "rows", 1000}, 1000, 10000, true, 0, "reading  1,000 rows  100/s  in 10 s"},
    {{"reading", "rows", 1000}, 0, 200, true, 0, "reading  0 rows  in 0 s"},
    {{"copying", PROGRESS_BYTES, 2800000000},
     1210000000,
     39000,
     false,
     0,
     "copying  43 %  1.21 of 2.80 GB  31.0 MB/s  51 s left"},
    {{"copying", PROGRESS_BYTES, 0}, 999, 1000, false, 0, "copying  999 B  999 B/s"},
    {{"copying", PROGRESS_BYTES, 0}, 999600, 1000, false, 0, "copying  1.00 MB  1.00 MB/s"},
    {{"copying", PROGRESS_BYTES, UINT64_MAX}, 0, 1000, false, 0, "copying   0 %  0.00 of 18447 PB"},
    {{"judging", "runs", 7300},
     1,
     1000,
     false,
     0,
     "judging   0 %  1 of 7,300 runs  1/s  2.0 h left"},
    {{"judging", "runs", 1001},
     1,
     1000,
     false,
     0,
     "judging   0 %  1 of 1,001 runs  1/s  17 min left"},
    {{"judging", "runs", 864001},
     1,
     1000,
     false,
     0,
     "judging   0 %  1 of 864,001 runs  1/s  10.0 days left"},
    {{"judging", "runs", 1001}, 1, 1000, false, 20, "judging   0 %  1 of "},
};

static void
the_line(void **state)
{
    struct text t;

    (void)state;
    text_init(&t, 1024);
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        text_clear(&t);
        progress_line(&lines[i].work, lines[i].done, lines[i].elapsed_ms, lines[i].ended,
                      lines[i].columns, &t);
        assert_string_equal(t.p, lines[i].line);
    }
    text_release(&t);
}

static int64_t
told_ms(void *self)
{
    return *(int64_t *)self;
}

/* What a command of ten steps writes, a step every step_ms. */
static void
play(bool redraws, int64_t step_ms, char *out, size_t size)
{
    int64_t         now = 1000;
    struct clock    clock = {.mono_ms = told_ms, .self = &now};
    struct progress p = {.work = {"reading", "rows", 10}, .clock = &clock, .begun_ms = now};
    int             ends[2];
    ssize_t         n;

    assert_int_equal(pipe(ends), 0);
    p.shown_ms = now;
    p.terminal = (struct terminal){.fd = ends[1], .redraws = redraws};
    for (uint64_t k = 1; k <= 10; k++) {
        now += step_ms;
        progress_at(&p, k);
    }
    progress_end(&p);
    close(ends[1]);
    n = read(ends[0], out, size - 1);
    close(ends[0]);
    assert_true(n >= 0);
    out[n] = '\0';
}

static void
a_terminal_is_redrawn_a_file_gets_lines(void **state)
{
    char out[4096];

    (void)state;
    play(false, 900, out, sizeof out); /* over before 10 s */
    assert_string_equal(out, "");
    play(false, 5000, out, sizeof out); /* every second step is 10 s after the line before */
    assert_string_equal(out, "reading  20 %  2 of 10 rows  0.2/s  40 s left\n"
                             "reading  40 %  4 of 10 rows  0.2/s  30 s left\n"
                             "reading  60 %  6 of 10 rows  0.2/s  20 s left\n"
                             "reading  80 %  8 of 10 rows  0.2/s  10 s left\n"
                             "reading  99 %  10 of 10 rows  0.2/s\n"
                             "reading  10 rows  0.2/s  in 50 s\n");
    play(true, 19, out, sizeof out); /* 190 ms in all */
    assert_string_equal(out, "");
    play(true, 100, out, sizeof out);
    assert_string_equal(out, "\r\033[Kreading  20 %  2 of 10 rows"
                             "\r\033[Kreading  40 %  4 of 10 rows"
                             "\r\033[Kreading  60 %  6 of 10 rows"
                             "\r\033[Kreading  80 %  8 of 10 rows"
                             "\r\033[Kreading  99 %  10 of 10 rows  10/s"
                             "\r\033[Kreading  10 rows  10/s  in 1 s\n");
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line),
        cmocka_unit_test(a_terminal_is_redrawn_a_file_gets_lines),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
