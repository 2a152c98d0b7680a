#include "promql/regexclass.h"

#include "base/vec.h"
#include "promql/goquote.h"
#include "promql/regexpcre.h"

/* RE2's \s knows no vertical tab, unlike PCRE2's and [[:space:]]. */
static const struct regextree_range digits[] = {{'0', '9'}};
static const struct regextree_range blanks[] = {{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}};
static const struct regextree_range words[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};

static const struct regextree_range alnum[] = {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}};
static const struct regextree_range alpha[] = {{'A', 'Z'}, {'a', 'z'}};
static const struct regextree_range ascii[] = {{0, 0x7f}};
static const struct regextree_range blank[] = {{'\t', '\t'}, {' ', ' '}};
static const struct regextree_range cntrl[] = {{0, 0x1f}, {0x7f, 0x7f}};
static const struct regextree_range graph[] = {{'!', '~'}};
static const struct regextree_range lower[] = {{'a', 'z'}};
static const struct regextree_range print[] = {{' ', '~'}};
static const struct regextree_range punct[] = {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}};
static const struct regextree_range space[] = {{'\t', '\r'}, {' ', ' '}};
static const struct regextree_range upper[] = {{'A', 'Z'}};
static const struct regextree_range xdigit[] = {{'0', '9'}, {'A', 'F'}, {'a', 'f'}};

struct named_class {
    const char                   *name;
    const struct regextree_range *ranges;
    size_t                        n;
};

#define NAMED(text, ranges)                                                                        \
    {                                                                                              \
        text, ranges, ARRAY_LEN(ranges)                                                            \
    }
static const struct named_class posix[] = {
    NAMED("alnum", alnum), NAMED("alpha", alpha),  NAMED("ascii", ascii), NAMED("blank", blank),
    NAMED("cntrl", cntrl), NAMED("digit", digits), NAMED("graph", graph), NAMED("lower", lower),
    NAMED("print", print), NAMED("punct", punct),  NAMED("space", space), NAMED("upper", upper),
    NAMED("word", words),  NAMED("xdigit", xdigit)};
static const struct named_class perl[] = {NAMED("d", digits), NAMED("s", blanks),
                                          NAMED("w", words)};

/* A class under construction. */
struct members {
    struct arena *arena;
    VEC(struct regextree_range) ranges;
    VEC(struct regextree_property) properties;
};

enum status
regexclass_fail(struct err *err, const char *what, struct slice expr)
{
    return err_set(err, STATUS_SYNTAX, "error parsing regexp: %s: `%.*s`", what, SLICE_ARG(expr));
}

/* What was read: from the start of before to the start of rest. */
static struct slice
consumed(struct slice before, struct slice rest)
{
    return (struct slice){before.p, before.n - rest.n};
}

static struct slice
skip(struct slice s, size_t n)
{
    return (struct slice){s.p + n, s.n - n};
}

enum status
regexclass_rune(struct slice *s, uint32_t *rune, struct err *err)
{
    size_t n;

    *rune = goquote_rune(*s, &n);
    if (n == 1 && *rune >= 0x80)
        return regexclass_fail(err, "invalid UTF-8", *s);
    *s = skip(*s, n);
    return STATUS_OK;
}

static bool
is_octal(struct slice s)
{
    return s.n && s.p[0] >= '0' && s.p[0] <= '7';
}

/* Behind "\x": two digits, or any number in braces. */
static bool
hexadecimal(struct slice *s, uint32_t *rune)
{
    bool   braces = s->n && s->p[0] == '{';
    size_t i = braces, end;

    *rune = 0;
    for (end = braces ? s->n : i + 2; i < end && i < s->n; i++) {
        int digit = slice_hex_digit(s->p[i]);

        if (digit < 0)
            break;
        *rune = *rune * 16 + (uint32_t)digit;
        if (*rune > REGEXTREE_MAX_RUNE)
            break;
    }
    if (braces ? i == 1 || i == s->n || s->p[i] != '}' : i != 2) {
        /* What the error quotes: up to the first wrong character, or both. */
        i = braces ? i + 1 : 2;
        *s = skip(*s, i < s->n ? i : s->n);
        return false;
    }
    *s = skip(*s, i + braces);
    return true;
}

static bool
control(uint32_t letter, uint32_t *rune)
{
    static const char letters[] = "afnrtv", codes[] = "\a\f\n\r\t\v";
    const char       *at = letter < 0x80 ? strchr(letters, (int)letter) : NULL;

    if (!at || !letter)
        return false;
    *rune = (uint32_t)codes[at - letters];
    return true;
}

static bool
is_word(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

enum status
regexclass_escape(struct slice *s, uint32_t *rune, struct err *err)
{
    struct slice whole = *s, rest = skip(*s, 1);
    uint32_t     c;
    enum status  st;

    if (!rest.n)
        return regexclass_fail(err, "trailing backslash at end of expression", rest);
    st = regexclass_rune(&rest, &c, err);
    if (st)
        return st;
    /* One digit alone would be a back-reference, but for \0. */
    if (c == '0' || (c >= '1' && c <= '7' && is_octal(rest))) {
        *rune = c - '0';
        for (int i = 0; i < 2 && is_octal(rest); i++, rest = skip(rest, 1))
            *rune = *rune * 8 + (uint32_t)(rest.p[0] - '0');
    } else if (c == 'x' ? !hexadecimal(&rest, rune) : c >= 0x80 || is_word(c)) {
        if (c == 'x' || !control(c, rune))
            return regexclass_fail(err, "invalid escape sequence", consumed(whole, rest));
    } else if (c != 'x') {
        *rune = c;
    }
    *s = rest;
    return STATUS_OK;
}

static void
add_range(struct members *m, uint32_t lo, uint32_t hi)
{
    VEC_PUSH(m->arena, &m->ranges, (struct regextree_range){lo, hi});
}

/* Ranges in rising order, or all that is between them. */
static void
add_named(struct members *m, const struct named_class *c, bool negative)
{
    uint32_t next = 0;

    for (size_t i = 0; i < c->n; i++) {
        if (!negative)
            add_range(m, c->ranges[i].lo, c->ranges[i].hi);
        else if (c->ranges[i].lo > next)
            add_range(m, next, c->ranges[i].lo - 1);
        next = c->ranges[i].hi + 1;
    }
    if (negative)
        add_range(m, next, REGEXTREE_MAX_RUNE);
}

static bool
add_perl(struct members *m, struct slice *s)
{
    if (s->n < 2 || s->p[0] != '\\')
        return false;
    for (size_t i = 0; i < ARRAY_LEN(perl); i++) {
        char small = perl[i].name[0], large = (char)(small - 'a' + 'A');

        if (s->p[1] == small || s->p[1] == large) {
            add_named(m, &perl[i], s->p[1] == large);
            *s = skip(*s, 2);
            return true;
        }
    }
    return false;
}

/* \pN or \p{Name}; *found false if it is not there. */
static enum status
add_property(struct members *m, struct slice *s, bool *found, struct err *err)
{
    struct regextree_property p;
    struct slice              whole = *s, rest;
    uint32_t                  c;
    const char               *end;
    enum status               st;

    *found = s->n >= 2 && s->p[0] == '\\' && (s->p[1] == 'p' || s->p[1] == 'P');
    if (!*found)
        return STATUS_OK;
    rest = skip(*s, 2);
    p.negative = s->p[1] == 'P';
    if (!rest.n)
        return regexclass_fail(err, "invalid character class range", whole);
    st = regexclass_rune(&rest, &c, err);
    if (st)
        return st;
    if (c == '{') {
        end = memchr(rest.p, '}', rest.n);
        if (!end)
            return regexclass_fail(err, "invalid character class range", whole);
        p.name = (struct slice){rest.p, (size_t)(end - rest.p)};
        rest = skip(rest, p.name.n + 1);
    } else {
        p.name = skip(consumed(whole, rest), 2);
    }
    if (p.name.n && p.name.p[0] == '^') {
        p.negative = !p.negative;
        p.name = skip(p.name, 1);
    }
    if (!regexpcre_knows(p.name))
        return regexclass_fail(err, "invalid character class range", consumed(whole, rest));
    VEC_PUSH(m->arena, &m->properties, p);
    *s = rest;
    return STATUS_OK;
}

/* [:alpha:] and [:^alpha:] inside brackets. */
static enum status
add_posix(struct members *m, struct slice *s, bool *found, struct err *err)
{
    const char *end =
        s->n > 2 && s->p[0] == '[' && s->p[1] == ':' ? memmem(s->p + 2, s->n - 2, ":]", 2) : NULL;
    struct slice name;
    bool         negative;

    *found = end;
    if (!end)
        return STATUS_OK;
    name = (struct slice){s->p + 2, (size_t)(end - s->p - 2)};
    negative = name.n && name.p[0] == '^';
    if (negative)
        name = skip(name, 1);
    for (size_t i = 0; i < ARRAY_LEN(posix); i++)
        if (slice_is(name, posix[i].name)) {
            add_named(m, &posix[i], negative);
            *s = skip(*s, (size_t)(end - s->p) + 2);
            return STATUS_OK;
        }
    return regexclass_fail(err, "invalid character class range",
                           (struct slice){s->p, (size_t)(end - s->p) + 2});
}

static struct regextree_class
finish(const struct members *m, bool negative)
{
    return (struct regextree_class){.ranges = m->ranges.at,
                                    .n_ranges = m->ranges.n,
                                    .properties = m->properties.at,
                                    .n_properties = m->properties.n,
                                    .negative = negative};
}

enum status
regexclass_escaped(struct arena *a, struct slice *s, struct regextree_class *out, bool *found,
                   struct err *err)
{
    struct members m = {.arena = a};
    enum status    st = add_property(&m, s, found, err);

    if (st == STATUS_OK && !*found)
        *found = add_perl(&m, s);
    if (st == STATUS_OK && *found)
        *out = finish(&m, false);
    return st;
}

static enum status
member_rune(struct slice *s, struct slice whole, uint32_t *rune, struct err *err)
{
    if (!s->n)
        return regexclass_fail(err, "missing closing ]", whole);
    return s->p[0] == '\\' ? regexclass_escape(s, rune, err) : regexclass_rune(s, rune, err);
}

/* A code point or a range of them. */
static enum status
add_span(struct members *m, struct slice *s, struct slice whole, struct err *err)
{
    struct slice before = *s;
    uint32_t     lo, hi;
    enum status  st = member_rune(s, whole, &lo, err);

    hi = lo;
    if (st == STATUS_OK && s->n >= 2 && s->p[0] == '-' && s->p[1] != ']') {
        *s = skip(*s, 1);
        st = member_rune(s, whole, &hi, err);
        if (st == STATUS_OK && hi < lo)
            st = regexclass_fail(err, "invalid character class range", consumed(before, *s));
    }
    if (st == STATUS_OK)
        add_range(m, lo, hi);
    return st;
}

enum status
regexclass_bracket(struct arena *a, struct slice *s, struct regextree_class *out, struct err *err)
{
    struct members m = {.arena = a};
    struct slice   whole = *s, rest = skip(*s, 1);
    bool           negative = rest.n && rest.p[0] == '^', first = true, found;

    if (negative)
        rest = skip(rest, 1);
    while (!rest.n || rest.p[0] != ']' || first) {
        enum status st = add_posix(&m, &rest, &found, err);

        first = false;
        if (st == STATUS_OK && !found)
            st = add_property(&m, &rest, &found, err);
        if (st == STATUS_OK && !found)
            found = add_perl(&m, &rest);
        if (st == STATUS_OK && !found)
            st = add_span(&m, &rest, whole, err);
        if (st)
            return st;
    }
    *s = skip(rest, 1);
    *out = finish(&m, negative);
    return STATUS_OK;
}
