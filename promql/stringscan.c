/* The rules and messages of promql/parser/lex.go. */
#include "promql/stringscan.h"

#include "promql/goquote.h"
#include "promql/runes.h"

struct scan {
    struct slice rest;
    char         quote; /* strings in ` know no escapes and may span lines */
    struct text *why;
};

static bool
fail(struct scan *sc, const char *message)
{
    text_puts(sc->why, message);
    return false;
}

/* Between before and after stands the next character. */
static bool
fail_escape(struct scan *sc, const char *before, const char *after)
{
    if (!sc->rest.n)
        return fail(sc, "escape sequence not terminated");
    text_puts(sc->why, before);
    runes_unicode(sc->why, sc->rest);
    text_puts(sc->why, after);
    return false;
}

static void
skip(struct scan *sc, size_t n)
{
    sc->rest = (struct slice){sc->rest.p + n, sc->rest.n - n};
}

/* The backslash is behind us. */
static bool
escape(struct scan *sc)
{
    static const char simple[] = "abfnrtv\\";
    char              c = sc->rest.n ? *sc->rest.p : '\0';
    int               digits = 0, base = 16;
    uint32_t          value = 0, most = 0x10ffff;

    if (c && (c == sc->quote || strchr(simple, c))) {
        skip(sc, 1);
        return true;
    }
    if (c >= '0' && c <= '7') {
        digits = 3, base = 8, most = 255;
    } else if (c == 'x' || c == 'u' || c == 'U') {
        skip(sc, 1);
        digits = c == 'x' ? 2 : c == 'u' ? 4 : 8;
    } else {
        return fail_escape(sc, "unknown escape sequence ", "");
    }
    for (; digits; digits--) {
        int d = sc->rest.n ? slice_hex_digit(*sc->rest.p) : -1;

        if (d < 0 || d >= base)
            return fail_escape(sc, "illegal character ", " in escape sequence");
        value = value * (uint32_t)base + (uint32_t)d;
        skip(sc, 1);
    }
    if (value > most || (value >= 0xd800 && value < 0xe000))
        return fail(sc, "escape sequence is an invalid Unicode code point");
    return true;
}

bool
stringscan_run(struct slice s, size_t *n, struct text *why)
{
    struct scan sc = {s, *s.p, why};
    bool        raw = sc.quote == '`';

    skip(&sc, 1);
    for (;;) {
        size_t width;
        char   c = sc.rest.n ? *sc.rest.p : '\0';

        if (!sc.rest.n || (c == '\n' && !raw))
            return fail(&sc, raw ? "unterminated raw string" : "unterminated quoted string");
        if (goquote_rune(sc.rest, &width) == 0xfffd) /* Go cannot tell it from U+FFFD either */
            return fail(&sc, "invalid UTF-8 rune");
        skip(&sc, width);
        if (c == sc.quote)
            break;
        if (c == '\\' && !raw && !escape(&sc))
            return false;
    }
    *n = s.n - sc.rest.n;
    return true;
}
