#include "base/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { COLUMNS = 80, ROWS = 24 };

struct terminal
terminal_of(int fd)
{
    const char     *kind = getenv("TERM"), *no_colour = getenv("NO_COLOR");
    struct terminal t = {.fd = fd};

    t.redraws = isatty(fd) && kind && *kind && strcmp(kind, "dumb") != 0;
    t.colours = t.redraws && !(no_colour && *no_colour);
    return t;
}

struct terminal_size
terminal_size(const struct terminal *t)
{
    struct winsize       w = {0};
    struct terminal_size size = {COLUMNS, ROWS};

    if (ioctl(t->fd, TIOCGWINSZ, &w) == 0 && w.ws_col && w.ws_row)
        size = (struct terminal_size){w.ws_col, w.ws_row};
    return size;
}

/* ECMA-48, 8.3.117: select graphic rendition. */
static const char *const colours[] = {
    [TERMINAL_PLAIN] = "\033[0m", [TERMINAL_BOLD] = "\033[1m",   [TERMINAL_FAINT] = "\033[2m",
    [TERMINAL_RED] = "\033[31m",  [TERMINAL_GREEN] = "\033[32m", [TERMINAL_YELLOW] = "\033[33m",
    [TERMINAL_BLUE] = "\033[34m",
};

const char *
terminal_colour(const struct terminal *t, enum terminal_colour c)
{
    return t->colours ? colours[c] : "";
}

bool
terminal_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *value = getenv(names[i]);

        if (value && *value)
            return strcasestr(value, "UTF-8") || strcasestr(value, "utf8");
    }
    return false;
}
