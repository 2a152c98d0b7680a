/* terminal.h - what stands behind a file descriptor: a terminal or not, its colours, its size. */
#ifndef BASE_TERMINAL_H
#define BASE_TERMINAL_H

#include "base/text.h"

/* redraws: a cursor that can be moved, so a terminal whose TERM is neither
 * empty nor "dumb".  colours: the same, and NO_COLOR is not set to anything
 * (no-color.org). */
struct terminal {
    int  fd;
    bool redraws, colours;
};

/* Reads the environment: before threads that could change it. */
struct terminal terminal_of(int fd);

struct terminal_size {
    unsigned columns, rows;
};

/* As it is now (windows change); 80 by 24 where nobody knows. */
struct terminal_size terminal_size(const struct terminal *t);

enum terminal_colour {
    TERMINAL_PLAIN,
    TERMINAL_BOLD,
    TERMINAL_FAINT,
    TERMINAL_RED,
    TERMINAL_GREEN,
    TERMINAL_YELLOW,
    TERMINAL_BLUE,
};

/* What switches it on, TERMINAL_PLAIN: all off; "" on a terminal without colours. */
const char *terminal_colour(const struct terminal *t, enum terminal_colour c);

/* What an outsider wrote, at most `columns` characters of it: bytes that could
 * steer the terminal (control characters, C1 among them, and what is no UTF-8)
 * become "?".  How many columns were used; characters count as one each. */
unsigned terminal_put(struct text *out, struct slice s, unsigned columns);

/* Blanks up to so many columns, of which `used` are. */
void terminal_pad(struct text *out, unsigned used, unsigned columns);

/* Values from low to high as a row of bars, oldest first; NaN is a gap.  With
 * utf8 by the eight blocks of U+2581, else by digits 0 to 9. */
void terminal_bars(struct text *out, const double *values, size_t n, double low, double high,
                   bool utf8);

/* Whether what this process prints beyond ASCII would be read as UTF-8: by
 * LC_ALL, else LC_CTYPE, else LANG. */
bool terminal_utf8(void);

#endif
