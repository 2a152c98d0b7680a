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
