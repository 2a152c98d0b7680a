#define PCRE2_CODE_UNIT_WIDTH 8
#include "promql/regexpcre.h"

#include <pcre2.h>
#include <stdio.h>

/* Surrogates are no code points of UTF-8; PCRE2 refuses to name them. */
enum { SURROGATE_FIRST = 0xd800, SURROGATE_LAST = 0xdfff };

static const char *const categories[] = {
    "Any", "C",  "Cc", "Cf", "Co", "Cs", "L",  "Ll", "Lm", "Lo", "Lt", "Lu", "M",
    "Mc",  "Me", "Mn", "N",  "Nd", "Nl", "No", "P",  "Pc", "Pd", "Pe", "Pf", "Pi",
    "Po",  "Ps", "S",  "Sc", "Sk", "Sm", "So", "Z",  "Zl", "Zp", "Zs"};

static bool
is_category(struct slice name)
{
    for (size_t i = 0; i < ARRAY_LEN(categories); i++)
        if (slice_is(name, categories[i]))
            return true;
    return false;
}

bool
regexpcre_knows(struct slice name)
{
    char        pattern[64];
    pcre2_code *code;
    int         fault, n;
    PCRE2_SIZE  at;

    if (is_category(name))
        return true;
    /* Go writes scripts as Old_Italic; PCRE2 would forgive much more. */
    if (name.n < 2 || name.n > 40 || name.p[0] < 'A' || name.p[0] > 'Z')
        return false;
    for (size_t i = 1; i < name.n; i++)
        if (!(name.p[i] >= 'a' && name.p[i] <= 'z') && !(name.p[i] >= 'A' && name.p[i] <= 'Z') &&
            name.p[i] != '_')
            return false;
    n = snprintf(pattern, sizeof pattern, "\\p{sc:%.*s}", SLICE_ARG(name));
    code = pcre2_compile((PCRE2_SPTR)pattern, (PCRE2_SIZE)n, PCRE2_UTF, &fault, &at, NULL);
    pcre2_code_free(code);
    return code != NULL;
}

static void
write_rune(uint32_t rune, struct text *to)
{
    if ((rune >= '0' && rune <= '9') || (rune >= 'A' && rune <= 'Z') ||
        (rune >= 'a' && rune <= 'z'))
        text_putc(to, (char)rune);
    else
        text_printf(to, "\\x{%x}", rune);
}

static void
write_span(uint32_t lo, uint32_t hi, struct text *to)
{
    if (lo > hi)
        return;
    write_rune(lo, to);
    if (hi > lo) {
        text_putc(to, '-');
        write_rune(hi, to);
    }
}

static void
write_range(struct regextree_range r, struct text *to)
{
    if (r.hi < SURROGATE_FIRST || r.lo > SURROGATE_LAST) {
        write_span(r.lo, r.hi, to);
        return;
    }
    if (r.lo < SURROGATE_FIRST)
        write_span(r.lo, SURROGATE_FIRST - 1, to);
    if (r.hi > SURROGATE_LAST)
        write_span(SURROGATE_LAST + 1, r.hi, to);
}

static void
write_class(const struct regextree_class *c, struct text *to)
{
    text_puts(to, c->negative ? "[^" : "[");
    for (size_t i = 0; i < c->n_ranges; i++)
        write_range(c->ranges[i], to);
    for (size_t i = 0; i < c->n_properties; i++) {
        const struct regextree_property *p = &c->properties[i];

        text_printf(to, "\\%c{%s%.*s}", p->negative ? 'P' : 'p',
                    is_category(p->name) ? "" : "sc:", SLICE_ARG(p->name));
    }
    text_putc(to, ']');
}

/* Whether all members are surrogates, so that nothing can match. */
static bool
matches_nothing(const struct regextree_class *c)
{
    for (size_t i = 0; i < c->n_ranges; i++)
        if (c->ranges[i].lo < SURROGATE_FIRST || c->ranges[i].hi > SURROGATE_LAST)
            return false;
    return c->n_properties == 0;
}

static void
write_repeat(const struct regextree *t, struct text *to)
{
    text_puts(to, "(?:");
    regexpcre_write(t->sub[0], to);
    text_putc(to, ')');
    if (t->max == REGEXTREE_NO_MAX)
        text_printf(to, "{%d,}", t->min);
    else
        text_printf(to, "{%d,%d}", t->min, t->max);
    if (t->lazy)
        text_putc(to, '?');
}

static void
write_leaf(const struct regextree *t, struct text *to)
{
    struct regextree_range one = {t->rune, t->rune};
    struct regextree_class class = t->class;

    if (t->kind == REGEXTREE_RUNE)
        class = (struct regextree_class){.ranges = &one, .n_ranges = 1};
    if (matches_nothing(&class)) {
        text_puts(to, class.negative ? "." : "(?!)");
        return;
    }
    if (t->fold)
        text_puts(to, "(?i:");
    if (t->kind == REGEXTREE_RUNE)
        write_rune(t->rune, to);
    else
        write_class(&class, to);
    if (t->fold)
        text_putc(to, ')');
}

static void
write_list(const struct regextree *t, const char *between, struct text *to)
{
    for (size_t i = 0; i < t->n; i++) {
        if (i)
            text_puts(to, between);
        regexpcre_write(t->sub[i], to);
    }
}

void
regexpcre_write(const struct regextree *t, struct text *to)
{
    /* Line anchors are written out because PCRE2's ^ fails behind a last
     * newline and its $ holds before one. */
    static const char *const fixed[] = {
        [REGEXTREE_ANY] = ".",
        [REGEXTREE_ANY_NOT_NEWLINE] = "[^\\n]",
        [REGEXTREE_BEGIN_LINE] = "(?<![^\\n])",
        [REGEXTREE_END_LINE] = "(?![^\\n])",
        [REGEXTREE_BEGIN_TEXT] = "\\A",
        [REGEXTREE_END_TEXT] = "\\z",
        [REGEXTREE_BOUNDARY] = "\\b",
        [REGEXTREE_NO_BOUNDARY] = "\\B",
        [REGEXTREE_REPEAT] = NULL,
    };

    if (fixed[t->kind]) {
        text_puts(to, fixed[t->kind]);
    } else if (t->kind == REGEXTREE_RUNE || t->kind == REGEXTREE_CLASS) {
        write_leaf(t, to);
    } else if (t->kind == REGEXTREE_REPEAT) {
        write_repeat(t, to);
    } else if (t->kind == REGEXTREE_CONCAT) {
        write_list(t, "", to);
    } else if (t->kind == REGEXTREE_GROUP || t->kind == REGEXTREE_ALTERNATE) {
        text_puts(to, t->capture ? "(" : "(?:");
        write_list(t, "|", to);
        text_putc(to, ')');
    }
}
