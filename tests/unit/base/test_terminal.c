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

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_the_environment),
        cmocka_unit_test(its_size_is_asked_each_time),
        cmocka_unit_test(utf8_by_the_locale),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
