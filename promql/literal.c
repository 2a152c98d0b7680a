#include "promql/literal.h"

#include "promql/gofloat.h"
#include "promql/runes.h"

#include <math.h>

/* strconv.underscoreOK: between digits, or between a base's prefix and a digit. */
static bool
underscores_fit(struct slice s)
{
    size_t i = 0;
    char   seen = '^'; /* of the last byte: digit 0, underscore, other !, start ^ */
    bool   hex = false;

    if (s.n >= 2 && s.p[0] == '0' && s.p[1] && strchr("bBoOxX", s.p[1])) {
        hex = s.p[1] == 'x' || s.p[1] == 'X';
        seen = '0';
        i = 2;
    }
    for (; i < s.n; i++) {
        if ((s.p[i] >= '0' && s.p[i] <= '9') || (hex && slice_hex_digit(s.p[i]) >= 0)) {
            seen = '0';
        } else if (s.p[i] == '_') {
            if (seen != '0')
                return false;
            seen = '_';
        } else {
            if (seen == '_')
                return false;
            seen = '!';
        }
    }
    return seen != '_';
}

/* strconv.ParseInt(s, 0, 64) of what has no sign; false: no such integer. */
static bool
integer(struct slice s, int64_t *value)
{
    int base = 10;

    *value = 0;
    if (s.n >= 2 && s.p[0] == '0') {
        base = s.p[1] == 'x' || s.p[1] == 'X' ? 16 : 8;
        s = (struct slice){s.p + (base == 16 ? 2 : 1), s.n - (base == 16 ? 2 : 1)};
    }
    for (size_t i = 0; i < s.n; i++) {
        int d = slice_hex_digit(s.p[i]);

        if (s.p[i] == '_')
            continue;
        if (d < 0 || d >= base || __builtin_mul_overflow(*value, base, value) ||
            __builtin_add_overflow(*value, d, value))
            return false;
    }
    return s.n > 0;
}

enum status
literal_number(struct slice s, double *value, struct text *why)
{
    int64_t     whole;
    enum status st;

    *value = 0;
    if (underscores_fit(s) && integer(s, &whole)) {
        *value = (double)whole;
        return STATUS_OK;
    }
    st = gofloat_parse(s, value);
    if (!st)
        return STATUS_OK;
    text_puts(why, "error parsing number: strconv.ParseFloat: parsing ");
    runes_name(why, s);
    text_puts(why, st == STATUS_RANGE ? ": value out of range" : ": invalid syntax");
    return st;
}

static const struct {
    const char *name;
    int64_t     ms;
} unit[] = {{"y", 365LL * 86400000},
            {"w", 7LL * 86400000},
            {"d", 86400000},
            {"h", 3600000},
            {"m", 60000},
            {"s", 1000},
            {"ms", 1}};

static enum status
refuse_duration(struct text *why, struct slice s)
{
    text_puts(why, "not a valid duration string: ");
    runes_name(why, s);
    return STATUS_SYNTAX;
}

static enum status
out_of_range(struct text *why)
{
    text_puts(why, "duration out of range");
    return STATUS_RANGE;
}

/* 2^63 - 1 nanoseconds. */
#define MAX_DURATION_MS (INT64_MAX / 1000000)

enum status
literal_duration(struct slice s, int64_t *ms, struct text *why)
{
    size_t next = 0, at = 0;

    *ms = 0;
    while (at < s.n) {
        struct slice digits = {s.p + at, 0}, name;
        int64_t      v;
        size_t       u;

        while (at < s.n && s.p[at] >= '0' && s.p[at] <= '9')
            at++, digits.n++;
        name = (struct slice){s.p + at, 0};
        while (at < s.n && !(s.p[at] >= '0' && s.p[at] <= '9'))
            at++, name.n++;
        for (u = 0; u < ARRAY_LEN(unit) && !slice_is(name, unit[u].name); u++)
            continue;
        if (slice_i64(digits, &v) || !name.n)
            return refuse_duration(why, s);
        if (u == ARRAY_LEN(unit)) {
            text_puts(why, "unknown unit ");
            runes_name(why, name);
            text_puts(why, " in duration ");
            runes_name(why, s);
            return STATUS_SYNTAX;
        }
        if (u < next)
            return refuse_duration(why, s);
        next = u + 1;
        if (__builtin_mul_overflow(v, unit[u].ms, &v) || __builtin_add_overflow(*ms, v, ms) ||
            *ms > MAX_DURATION_MS)
            return out_of_range(why);
    }
    return STATUS_OK;
}

enum status
literal_seconds(double seconds, int64_t *ms, struct text *why)
{
    *ms = 0;
    if (!(fabs(seconds) < 0x1p63 / 1e9))
        return out_of_range(why);
    *ms = (int64_t)round(seconds * 1e9) / 1000000;
    return STATUS_OK;
}

static void
put_utf8(char **to, uint32_t rune)
{
    if (rune < 0x80) {
        *(*to)++ = (char)rune;
        return;
    }
    if (rune < 0x800) {
        *(*to)++ = (char)(0xc0 | rune >> 6);
    } else {
        if (rune < 0x10000) {
            *(*to)++ = (char)(0xe0 | rune >> 12);
        } else {
            *(*to)++ = (char)(0xf0 | rune >> 18);
            *(*to)++ = (char)(0x80 | (rune >> 12 & 0x3f));
        }
        *(*to)++ = (char)(0x80 | (rune >> 6 & 0x3f));
    }
    *(*to)++ = (char)(0x80 | (rune & 0x3f));
}

/* p stands behind a backslash; what follows is whole, the lexer saw to that. */
static const char *
put_escape(char **to, const char *p)
{
    static const char letter[] = "abfnrtv", code[] = "\a\b\f\n\r\t\v";
    const char       *at = strchr(letter, *p);
    int               digits = 3, base = 8;
    uint32_t          value = 0;
    char              kind = *p;

    if (at) {
        *(*to)++ = code[at - letter];
        return p + 1;
    }
    if (kind == 'x' || kind == 'u' || kind == 'U') {
        p++;
        base = 16;
        digits = kind == 'x' ? 2 : kind == 'u' ? 4 : 8;
    } else if (kind < '0' || kind > '7') {
        *(*to)++ = kind; /* a quote or a backslash */
        return p + 1;
    }
    for (; digits; digits--)
        value = value * (uint32_t)base + (uint32_t)slice_hex_digit(*p++);
    if (kind == 'u' || kind == 'U')
        put_utf8(to, value);
    else
        *(*to)++ = (char)value; /* \377 and \xff are bytes, not characters */
    return p;
}

struct slice
literal_string(struct arena *arena, struct slice quoted)
{
    const char *p = quoted.p + 1, *end = quoted.p + quoted.n - 1;
    char       *to = arena_alloc(arena, quoted.n), *out = to;

    while (p < end)
        if (*p != '\\' || *quoted.p == '`')
            *out++ = *p++;
        else
            p = put_escape(&out, p + 1);
    return (struct slice){to, (size_t)(out - to)};
}
