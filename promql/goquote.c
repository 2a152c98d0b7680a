#include "promql/goquote.h"

enum { RUNE_ERROR = 0xfffd };

/* Not printable beyond ASCII: controls, formats, blanks, private use
 * (Unicode 15, classes Cc Cf Co Cs Zl Zp Zs), and noncharacters. */
static const struct {
    uint32_t first, last;
} hidden[] = {{0x80, 0xa0},       {0xad, 0xad},       {0x600, 0x605},     {0x61c, 0x61c},
              {0x6dd, 0x6dd},     {0x70f, 0x70f},     {0x890, 0x891},     {0x8e2, 0x8e2},
              {0x1680, 0x1680},   {0x180e, 0x180e},   {0x2000, 0x200f},   {0x2028, 0x202f},
              {0x205f, 0x206f},   {0x3000, 0x3000},   {0xd800, 0xf8ff},   {0xfdd0, 0xfdef},
              {0xfeff, 0xfeff},   {0xfff0, 0xfffb},   {0xfffe, 0xffff},   {0x110bd, 0x110bd},
              {0x110cd, 0x110cd}, {0x13430, 0x1343f}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
              {0xe0000, 0xe00ff}, {0xe01f0, 0x10ffff}};

static bool
printable(uint32_t rune)
{
    if (rune < 0x80)
        return rune >= ' ' && rune != 0x7f;
    for (size_t i = 0; i < ARRAY_LEN(hidden); i++)
        if (rune >= hidden[i].first && rune <= hidden[i].last)
            return false;
    return true;
}

uint32_t
goquote_rune(struct slice s, size_t *n_bytes)
{
    const unsigned char *p = (const unsigned char *)s.p;
    size_t               n = slice_utf8_first(s);
    uint32_t             rune;

    *n_bytes = n ? n : 1;
    if (p[0] < 0x80) /* NUL too, which slice_utf8_first() does not take */
        return p[0];
    if (!n)
        return RUNE_ERROR;
    rune = p[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++)
        rune = rune << 6 | (p[i] & 0x3f);
    return rune;
}

static void
write_escape(struct text *to, uint32_t rune)
{
    static const char code[] = "\a\b\f\n\r\t\v", letter[] = "abfnrtv";
    const char       *at = rune && rune < 0x80 ? strchr(code, (int)rune) : NULL;

    if (at)
        text_printf(to, "\\%c", letter[at - code]);
    else if (rune < 0x80)
        text_printf(to, "\\x%02x", rune);
    else if (rune < 0x10000)
        text_printf(to, "\\u%04x", rune);
    else
        text_printf(to, "\\U%08x", rune);
}

void
goquote_write(struct text *to, struct slice s)
{
    text_putc(to, '"');
    while (s.n) {
        size_t   n;
        uint32_t rune = goquote_rune(s, &n);

        if (rune == RUNE_ERROR && n == 1)
            text_printf(to, "\\x%02x", (unsigned char)s.p[0]);
        else if (rune == '"' || rune == '\\')
            text_printf(to, "\\%c", (char)rune);
        else if (printable(rune))
            text_put(to, (struct slice){s.p, n});
        else
            write_escape(to, rune);
        s = (struct slice){s.p + n, s.n - n};
    }
    text_putc(to, '"');
}
