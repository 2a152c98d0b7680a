#include "base/terminal.h"

#include "tests/support/check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A terminal of the machine's own: its master, and the end that a program writes to. */
static int
open_terminal(int *slave)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);

    assert_true(master >= 0);
    assert_int_equal(grantpt(master), 0);
    assert_int_equal(unlockpt(master), 0);
    *slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    assert_true(*slave >= 0);
    return master;
}

static void
put(const char *name, const char *value)
{
    assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

static void
by_the_environment(void **state)
{
    static const struct {
        const char *term, *no_color;
        bool        redraws, colours;
    } cases[] = {
        {"xterm-256color", NULL, true, true},
        {"xterm", "", true, true}, /* no-color.org: not empty */
        {"xterm", "1", true, false},
        {"dumb", NULL, false, false},
        {"", NULL, false, false},
        {NULL, NULL, false, false},
    };
    int slave, master = open_terminal(&slave), null = open("/dev/null", O_WRONLY);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        put("TERM", cases[i].term);
        put("NO_COLOR", cases[i].no_color);

        struct terminal t = terminal_of(slave), file = terminal_of(null);

        assert_int_equal(t.redraws, cases[i].redraws);
        assert_int_equal(t.colours, cases[i].colours);
        assert_string_equal(terminal_colour(&t, TERMINAL_RED), t.colours ? "\033[31m" : "");
        assert_false(file.redraws || file.colours);
    }
    close(null);
    close(slave);
    close(master);
}

static void
its_size_is_asked_each_time(void **state)
{
    int             slave, master = open_terminal(&slave), null = open("/dev/null", O_WRONLY);
    struct terminal t = {.fd = slave}, file = {.fd = null};
    struct winsize  w = {.ws_col = 132, .ws_row = 50};

    (void)state;
    assert_int_equal(terminal_size(&t).columns, 80); /* a new one has none */
    assert_int_equal(ioctl(master, TIOCSWINSZ, &w), 0);
    assert_int_equal(terminal_size(&t).columns, 132);
    assert_int_equal(terminal_size(&t).rows, 50);
    assert_int_equal(terminal_size(&file).columns, 80);
    assert_int_equal(terminal_size(&file).rows, 24);
    close(null);
    close(slave);
    close(master);
}

/* The first that is set, POSIX 1-2017, chapter 8.2. */
static void
utf8_by_the_locale(void **state)
{
    static const struct {
        const char *all, *ctype, *lang;
        bool        utf8;
    } cases[] = {
        {NULL, NULL, NULL, false},        {NULL, NULL, "C.UTF-8", true},
        {NULL, NULL, "de_DE.utf8", true}, {NULL, "C", "C.UTF-8", false},
        {"C.UTF-8", "C", NULL, true},     {"", "", "en_GB.UTF-8", true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        put("LC_ALL", cases[i].all);
        put("LC_CTYPE", cases[i].ctype);
        put("LANG", cases[i].lang);
        assert_int_equal(terminal_utf8(), cases[i].utf8);
    }
}

static void
nothing_from_outside_steers(void **state)
{
    static const struct {
        const char *in;
        unsigned    columns;
        const char *out;
        unsigned    used;
    } cases[] = {
        {"reviews", 80, "reviews", 7},
        {"reviews", 3, "rev", 3},
        {"", 80, "", 0},
        {"a\033[2Jb", 80, "a?[2Jb", 6},
        {"a\nb\x7f", 80, "a?b?", 4},
        {"\u00e9\u4e2d!", 2, "\u00e9\u4e2d", 2}, /* characters, not bytes */
        {"\xc2\x9b"
         "31m",
         80, "?31m", 4}, /* CSI of C1 */
        {"\xc2\xa0", 80, "\xc2\xa0", 1},
        {"\xff\xc3+", 80, "??+", 3},
    };
    struct text t;

    (void)state;
    text_init(&t, 256);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        text_clear(&t);
        assert_int_equal(terminal_put(&t, slice_of(cases[i].in), cases[i].columns), cases[i].used);
        assert_string_equal(t.p, cases[i].out);
    }
    text_clear(&t);
    terminal_pad(&t, 3, 5);
    terminal_pad(&t, 5, 5);
    assert_string_equal(t.p, "  ");
    text_release(&t);
}

static void
bars(void **state)
{
    static const double values[] = {0, 0.5, 1, NAN, 2, -1};
    struct text         t;

    (void)state;
    text_init(&t, 256);
    terminal_bars(&t, values, ARRAY_LEN(values), 0, 1, false);
    assert_string_equal(t.p, "059 90"); /* round(0.5 * 9) is 5 */
    text_clear(&t);
    terminal_bars(&t, values, ARRAY_LEN(values), 0, 1, true);
    assert_string_equal(t.p, "\u2581\u2585\u2588 \u2588\u2581"); /* round(0.5 * 7) is 4 */
    text_clear(&t);
    terminal_bars(&t, values, 1, 1, 1, false); /* no range: all of it */
    assert_string_equal(t.p, "9");
    text_release(&t);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_the_environment),
        cmocka_unit_test(its_size_is_asked_each_time),
        cmocka_unit_test(utf8_by_the_locale),
        cmocka_unit_test(nothing_from_outside_steers),
        cmocka_unit_test(bars),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
