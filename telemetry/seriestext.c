#include "telemetry/seriestext.h"

#include <string.h>

enum { LETTER = 1, DIGIT = 2, COLON = 4 };

static const unsigned char class_of[256] = {
    ['a' ... 'z'] = LETTER, ['A' ... 'Z'] = LETTER, ['_'] = LETTER,
    ['0' ... '9'] = DIGIT,  [':'] = COLON,
};

/* A name whose characters are of these classes, a digit not first. */
static const char *
skip_name(const char *p, const char *end, unsigned classes)
{
    if (p == end || !(class_of[(unsigned char)*p] & classes))
        return p;
    while (++p < end && class_of[(unsigned char)*p] & (classes | DIGIT))
        continue;
    return p;
}

static const char *
skip_blanks(const struct seriestext *s, const char *p, const char *end)
{
    if (s->style == SERIESTEXT_LOOSE)
        while (p < end && (*p == ' ' || *p == '\t'))
            p++;
    return p;
}

static const char *
fail(struct seriestext *s, const char *at, const char *expected)
{
    s->wrong = expected;
    s->wrong_at = at;
    return NULL;
}

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

/* High bit set where a byte of w is c; above the first such byte there may be
 * more than there should, so only where the first is counts. */
static uint64_t
bytes_equal(uint64_t w, char c)
{
    uint64_t x = w ^ (ONES * (unsigned char)c);

    return (x - ONES) & ~x & HIGHS;
}

static bool
is_special(char c)
{
    return c == '"' || c == '\\' || c == '\n';
}

/* To the next quote, backslash or line break; *ascii is cleared at bytes over
 * 0x7f. */
static const char *
skip_plain(const char *p, const char *end, bool *ascii)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    for (uint64_t w; end - p >= 8; p += 8) {
        uint64_t special;

        memcpy(&w, p, sizeof w);
        special = bytes_equal(w, '"') | bytes_equal(w, '\\') | bytes_equal(w, '\n');
        if (special) {
            int bits = __builtin_ctzll(special) & ~7;

            *ascii &= !(w & HIGHS & ((UINT64_C(1) << bits) - 1));
            return p + bits / 8;
        }
        *ascii &= !(w & HIGHS);
    }
#endif
    for (; p < end && !is_special(*p); p++)
        *ascii &= !(*p & 0x80);
    return p;
}

/* From behind an opening quote to the closing one; NULL: there is none.  A line
 * break is a part of it unless line_ends. */
static const char *
closing_quote(const char *p, const char *end, bool line_ends, bool *ascii)
{
    for (;;) {
        p = skip_plain(p, end, ascii);
        if (p == end || (*p == '\n' && line_ends))
            return NULL;
        if (*p == '"')
            return p;
        if (*p == '\\') {
            p++;
            if (p == end || *p == '\n')
                return NULL;
            *ascii &= !(*p & 0x80);
        }
        p++;
    }
}

/* NUL may stand in a label's value, as in Prometheus. */
static bool
is_utf8(struct slice a)
{
    while (a.n) {
        struct slice part = slice_cut(&a, '\0');

        if (!slice_utf8(part))
            return false;
    }
    return true;
}

static const char *
quoted(struct seriestext *s, const char *p, const char *end, bool line_ends, struct slice *out)
{
    bool        ascii = true;
    const char *from = p + 1, *to = closing_quote(from, end, line_ends || s->one_line, &ascii);

    if (!to)
        return fail(s, p, "a closing quote");
    *out = (struct slice){from, (size_t)(to - from)};
    if (!ascii && !is_utf8(*out))
        return fail(s, from, "valid UTF-8 in quotes");
    return to + 1;
}

static void
keep_label(struct seriestext *s, struct slice name, struct slice value)
{
    if (s->n_labels < s->max_labels && s->labels)
        s->labels[s->n_labels] = (struct tsdb_label){name, value};
    s->n_labels++;
}

static const char *
label_name(struct seriestext *s, const char *p, const char *end, bool exemplar, struct slice *out)
{
    const char *to;

    if (p < end && *p == '"')
        return quoted(s, p, end, exemplar, out);
    to = skip_name(p, end, LETTER);
    if (to == p)
        return fail(s, p, "a label name");
    *out = (struct slice){p, (size_t)(to - p)};
    return to;
}

/* One member: a label, or the metric's own name in quotes. */
static const char *
member(struct seriestext *s, const char *p, const char *end, bool exemplar, struct slice *metric)
{
    bool         is_quoted = p < end && *p == '"';
    struct slice name, value;

    p = label_name(s, p, end, exemplar, &name);
    if (!p)
        return NULL;
    p = skip_blanks(s, p, end);
    if (is_quoted && !exemplar && p < end && (*p == ',' || *p == '}')) {
        if (metric->p)
            return fail(s, name.p, "one metric name only");
        *metric = name;
        return p;
    }
    if (p == end || *p != '=')
        return fail(s, p, "=");
    p = skip_blanks(s, p + 1, end);
    if (p == end || *p != '"')
        return fail(s, p, "a label value in quotes");
    p = quoted(s, p, end, s->style == SERIESTEXT_STRICT, &value);
    if (p)
        keep_label(s, name, value);
    return p;
}

/* From behind { to behind }. */
static const char *
braces(struct seriestext *s, const char *p, const char *end, bool exemplar)
{
    for (;;) {
        p = skip_blanks(s, p, end);
        if (p < end && *p == '}')
            return p + 1;
        p = member(s, p, end, exemplar, &s->name);
        if (!p)
            return NULL;
        p = skip_blanks(s, p, end);
        if (p < end && *p == ',')
            p++;
        else if (s->style == SERIESTEXT_STRICT && (p == end || *p != '}'))
            return fail(s, p, ", or }");
    }
}

const char *
seriestext_read(struct seriestext *s, const char *p, const char *end)
{
    const char *at = skip_name(p, end, LETTER | COLON), *open;

    s->name = (struct slice){0};
    s->n_labels = 0;
    s->wrong = NULL;
    if (at > p)
        s->name = (struct slice){p, (size_t)(at - p)};
    open = at > p ? skip_blanks(s, at, end) : at;
    if (open == end || *open != '{')
        return at > p ? at : fail(s, p, "a metric name");
    at = braces(s, open + 1, end, false);
    if (at && !s->name.p)
        return fail(s, p, "a metric name in the braces");
    return at;
}

const char *
seriestext_exemplar(struct seriestext *s, const char *p, const char *end)
{
    s->name = (struct slice){0};
    s->n_labels = 0;
    s->wrong = NULL;
    return braces(s, p, end, true);
}

const char *
seriestext_family(const char *p, const char *end, struct slice *name)
{
    struct seriestext s = {0};
    const char       *at;

    if (p < end && *p == '"')
        return quoted(&s, p, end, false, name);
    at = skip_name(p, end, LETTER | COLON);
    *name = (struct slice){p, (size_t)(at - p)};
    return at > p ? at : NULL;
}

size_t
seriestext_unescape(struct slice a, bool quotes, char *to)
{
    size_t n = 0;

    for (size_t i = 0; i < a.n; i++) {
        char c = a.p[i], next = i + 1 < a.n ? a.p[i + 1] : 'x';

        if (c == '\\' && (next == '\\' || next == 'n' || (next == '"' && quotes))) {
            c = next == 'n' ? '\n' : next;
            i++;
        }
        to[n++] = c;
    }
    return n;
}
