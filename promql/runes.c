#include "promql/runes.h"

#include "promql/goquote.h"

enum { MAX_NAME_BYTES = 100 };

static const struct slice replacement = {"\xef\xbf\xbd", 3};

static struct slice
first_rune(struct slice s, uint32_t *rune)
{
    size_t n;

    if (!s.n) {
        *rune = 0xfffd;
        return replacement;
    }
    *rune = goquote_rune(s, &n);
    return *rune == 0xfffd ? replacement : (struct slice){s.p, n};
}

/* goquote_write() quotes with ", a character stands between '. */
static void
quote_one(struct text *to, struct slice one, uint32_t rune)
{
    struct text quoted;

    if (rune == '\'') {
        text_puts(to, "'\\''");
        return;
    }
    if (rune == '"') {
        text_puts(to, "'\"'");
        return;
    }
    text_init(&quoted, 32);
    goquote_write(&quoted, one);
    text_putc(to, '\'');
    text_put(to, (struct slice){quoted.p + 1, quoted.n - 2});
    text_putc(to, '\'');
    text_release(&quoted);
}

void
runes_quote(struct text *to, struct slice s)
{
    uint32_t     rune;
    struct slice one = first_rune(s, &rune);

    quote_one(to, one, rune);
}

static bool
is_shown(struct slice one)
{
    struct text quoted;
    bool        shown;

    text_init(&quoted, 32);
    goquote_write(&quoted, one);
    shown = quoted.n == one.n + 2 || slice_is(one, "\\") || slice_is(one, "\"");
    text_release(&quoted);
    return shown;
}

void
runes_unicode(struct text *to, struct slice s)
{
    uint32_t     rune;
    struct slice one = first_rune(s, &rune);

    text_printf(to, "U+%04X", rune);
    if (is_shown(one))
        text_printf(to, " '%.*s'", SLICE_ARG(one));
}

size_t
runes_bytes(struct slice s, size_t n)
{
    size_t at = 0, width;

    for (; n && at < s.n; n--, at += width)
        (void)goquote_rune((struct slice){s.p + at, s.n - at}, &width);
    return at < s.n ? at : s.n;
}

void
runes_name(struct text *to, struct slice s)
{
    size_t shown = s.n > MAX_NAME_BYTES ? runes_bytes(s, MAX_NAME_BYTES / 4) : s.n;

    goquote_write(to, (struct slice){s.p, shown});
    if (shown < s.n)
        text_puts(to, "...");
}

size_t
runes_write(char to[4], uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3f));
        to[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3f));
    to[2] = (char)(0x80 | (c >> 6 & 0x3f));
    to[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}
