#include "base/terminal.h"

#include <math.h>
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

unsigned
terminal_put(struct text *out, struct slice s, unsigned columns)
{
    unsigned used = 0;

    while (s.n && used < columns) {
        size_t        n = slice_utf8_first(s);
        unsigned char c = (unsigned char)s.p[0];

        /* C1 is U+0080 to U+009F: C2 80 to C2 9F */
        if (n == 0 || (n == 1 && (c < 0x20 || c == 0x7f)) ||
            (n == 2 && c == 0xc2 && (unsigned char)s.p[1] < 0xa0)) {
            text_putc(out, '?');
            n = n ? n : 1;
        } else {
            text_put(out, (struct slice){s.p, n});
        }
        s = (struct slice){s.p + n, s.n - n};
        used++;
    }
    return used;
}

void
terminal_pad(struct text *out, unsigned used, unsigned columns)
{
    for (; used < columns; used++)
        text_putc(out, ' ');
}

void
terminal_bars(struct text *out, const double *values, size_t n, double low, double high, bool utf8)
{
    static const char *const blocks[] = {"\u2581", "\u2582", "\u2583", "\u2584",
                                         "\u2585", "\u2586", "\u2587", "\u2588"};
    int                      most = utf8 ? (int)ARRAY_LEN(blocks) - 1 : 9;

    for (size_t i = 0; i < n; i++) {
        double share = high > low ? (values[i] - low) / (high - low) : 1;
        int    level = (int)lround(fmin(fmax(share, 0), 1) * most);

        if (isnan(values[i]))
            text_putc(out, ' ');
        else if (utf8)
            text_puts(out, blocks[level]);
        else
            text_putc(out, (char)('0' + level));
    }
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
