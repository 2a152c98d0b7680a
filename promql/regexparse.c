#include "promql/regexparse.h"

#include "base/vec.h"
#include "promql/regexclass.h"

struct flags {
    bool fold, multi_line, dot_newline, lazy;
};

struct parser {
    struct arena *arena;
    struct slice  whole, rest;
    struct flags  flags;
    unsigned      depth;
    unsigned      stacked; /* repetitions of repetitions, as flags between them allow */
    struct slice  repeat;  /* the repetition just read, with all behind it; empty: none */
    struct err   *err;
    VEC(struct slice) names;
};

struct nodes {
    struct regextree **at;
    size_t             n, cap;
};

static enum status parse_alternatives(struct parser *p, struct regextree **out);

static struct regextree *
new_node(struct parser *p, enum regextree_kind kind)
{
    struct regextree *t = arena_new(p->arena, struct regextree);

    t->kind = kind;
    t->fold = p->flags.fold;
    return t;
}

static struct regextree *
new_parent(struct parser *p, enum regextree_kind kind, const struct nodes *sub)
{
    struct regextree *t;

    if (sub->n == 1)
        return sub->at[0];
    t = new_node(p, sub->n ? kind : REGEXTREE_EMPTY);
    t->sub = sub->at;
    t->n = sub->n;
    return t;
}

static void
advance(struct parser *p, size_t n)
{
    p->rest = (struct slice){p->rest.p + n, p->rest.n - n};
}

static enum status
fail(struct parser *p, const char *what, struct slice expr)
{
    return regexclass_fail(p->err, what, expr);
}

static enum status
fail_depth(struct parser *p)
{
    return err_set(p->err, STATUS_LIMIT,
                   "error parsing regexp: expression nests too deeply: `%.*s`",
                   SLICE_ARG(p->whole));
}

/* From the start of before to where the parser is. */
static struct slice
since(const struct parser *p, struct slice before)
{
    return (struct slice){before.p, before.n - p->rest.n};
}

static bool
next_is(const struct parser *p, char c)
{
    return p->rest.n && p->rest.p[0] == c;
}

static void
push_rune(struct parser *p, struct nodes *to, uint32_t rune)
{
    struct regextree *t = new_node(p, REGEXTREE_RUNE);

    t->rune = rune;
    VEC_PUSH(p->arena, to, t);
}

static void
push_leaf(struct parser *p, struct nodes *to, enum regextree_kind kind, size_t n_bytes)
{
    struct regextree *t = new_node(p, kind);

    VEC_PUSH(p->arena, to, t);
    advance(p, n_bytes);
}

/* Digits without a leading zero; -1 beyond what any limit allows. */
static bool
read_count(struct slice *s, int *count)
{
    size_t n = 0;

    *count = 0;
    while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9') {
        if (*count >= 0)
            *count = *count * 10 + (s->p[n] - '0');
        if (*count > REGEXTREE_MAX_REPEAT)
            *count = -1;
        n++;
    }
    if (n == 0 || (n > 1 && s->p[0] == '0'))
        return false;
    *s = (struct slice){s->p + n, s->n - n};
    return true;
}

/* {n}, {n,} or {n,m}; false: the brace is a literal.  min -1: too large. */
static bool
read_bounds(struct slice *s, int *min, int *max)
{
    struct slice t = {s->p + 1, s->n - 1};

    if (!read_count(&t, min) || !t.n)
        return false;
    *max = *min;
    if (t.p[0] == ',') {
        t = (struct slice){t.p + 1, t.n - 1};
        *max = REGEXTREE_NO_MAX;
        if (t.n && t.p[0] != '}') {
            if (!read_count(&t, max))
                return false;
            if (*max < 0)
                *min = -1;
        }
    }
    if (!t.n || t.p[0] != '}')
        return false;
    *s = (struct slice){t.p + 1, t.n - 1};
    return true;
}

/* Nested repetitions multiply; left is what may still be multiplied in. */
static bool
repeat_fits(const struct regextree *t, int left)
{
    if (t->kind == REGEXTREE_REPEAT && t->max != 0) {
        int most = t->max == REGEXTREE_NO_MAX ? t->min : t->max;

        if (most > left)
            return false;
        if (most > 0)
            left /= most;
    }
    for (size_t i = 0; i < t->n; i++)
        if (!repeat_fits(t->sub[i], left))
            return false;
    return true;
}

/* Wrap the last node; before is where the operator began. */
static enum status
repeat(struct parser *p, struct nodes *to, struct slice before, int min, int max)
{
    struct regextree *t;
    bool              lazy = p->flags.lazy;

    if (next_is(p, '?')) {
        advance(p, 1);
        lazy = !lazy;
    }
    if (p->repeat.n)
        return fail(p, "invalid nested repetition operator", since(p, p->repeat));
    if (!to->n)
        return fail(p, "missing argument to repetition operator", since(p, before));
    if (to->at[to->n - 1]->kind == REGEXTREE_REPEAT && ++p->stacked > REGEXPARSE_MAX_DEPTH)
        return fail_depth(p);
    t = new_node(p, REGEXTREE_REPEAT);
    t->min = min;
    t->max = max;
    t->lazy = lazy;
    t->sub = arena_array(p->arena, 1, sizeof *t->sub);
    t->sub[0] = to->at[to->n - 1];
    t->n = 1;
    if ((min >= 2 || max >= 2) && !repeat_fits(t, REGEXTREE_MAX_REPEAT))
        return fail(p, "invalid repeat count", since(p, before));
    to->at[to->n - 1] = t;
    p->repeat = before;
    return STATUS_OK;
}

static enum status
parse_braces(struct parser *p, struct nodes *to)
{
    struct slice before = p->rest;
    int          min, max;

    if (!read_bounds(&p->rest, &min, &max)) {
        push_rune(p, to, '{');
        advance(p, 1);
        p->repeat.n = 0;
        return STATUS_OK;
    }
    if (min < 0 || (max >= 0 && min > max))
        return fail(p, "invalid repeat count", since(p, before));
    return repeat(p, to, before, min, max);
}

static enum status
parse_group(struct parser *p, struct nodes *to, unsigned capture)
{
    struct regextree *t = new_node(p, REGEXTREE_GROUP);
    struct flags      flags = p->flags;
    enum status       st;

    if (++p->depth > REGEXPARSE_MAX_DEPTH)
        return fail_depth(p);
    t->capture = capture;
    t->sub = arena_array(p->arena, 1, sizeof *t->sub);
    t->n = 1;
    st = parse_alternatives(p, &t->sub[0]);
    if (st)
        return st;
    if (!next_is(p, ')'))
        return fail(p, "missing closing )", p->whole);
    advance(p, 1);
    p->depth--;
    p->flags = flags;
    p->repeat.n = 0;
    VEC_PUSH(p->arena, to, t);
    return STATUS_OK;
}

static enum status
parse_capture(struct parser *p, struct nodes *to, struct slice name)
{
    if (p->names.n == REGEXPARSE_MAX_GROUPS)
        return err_set(p->err, STATUS_LIMIT, "regular expression has more than %d groups",
                       REGEXPARSE_MAX_GROUPS);
    VEC_PUSH(p->arena, &p->names, name);
    return parse_group(p, to, (unsigned)p->names.n);
}

/* (?P<name> or (?<name>; head is all before the name. */
static enum status
parse_named(struct parser *p, struct nodes *to, size_t head)
{
    const char  *end = memchr(p->rest.p, '>', p->rest.n);
    struct slice name;

    if (!end)
        return fail(p, "invalid named capture", p->rest);
    name = (struct slice){p->rest.p + head, (size_t)(end - p->rest.p) - head};
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] != '_' && !(name.p[i] >= '0' && name.p[i] <= '9') &&
            !(name.p[i] >= 'a' && name.p[i] <= 'z') && !(name.p[i] >= 'A' && name.p[i] <= 'Z'))
            name.n = 0;
    if (!name.n)
        return fail(p, "invalid named capture",
                    (struct slice){p->rest.p, (size_t)(end - p->rest.p) + 1});
    advance(p, (size_t)(end - p->rest.p) + 1);
    return parse_capture(p, to, name);
}

static bool *
flag_of(struct flags *f, uint32_t letter)
{
    return letter == 'i'   ? &f->fold
           : letter == 'm' ? &f->multi_line
           : letter == 's' ? &f->dot_newline
           : letter == 'U' ? &f->lazy
                           : NULL;
}

/* (?flags) and (?flags:...) */
static enum status
parse_flags(struct parser *p, struct nodes *to)
{
    struct slice before = p->rest;
    struct flags flags = p->flags, outer = p->flags;
    bool         on = true, any = false;
    uint32_t     c = 0;
    enum status  st;

    advance(p, 2);
    while (p->rest.n) {
        bool *flag;

        st = regexclass_rune(&p->rest, &c, p->err);
        if (st)
            return st;
        flag = flag_of(&flags, c);
        if (flag) {
            *flag = on;
            any = true;
        } else if (c == '-' && on) {
            on = any = false;
        } else if ((c == ':' || c == ')') && (on || any)) {
            p->flags = flags;
            p->repeat.n = 0;
            if (c == ')')
                return STATUS_OK;
            st = parse_group(p, to, 0);
            p->flags = outer; /* those of the group end with it */
            return st;
        } else {
            break;
        }
    }
    return fail(p, "invalid or unsupported Perl syntax", since(p, before));
}

static enum status
parse_parenthesis(struct parser *p, struct nodes *to)
{
    if (p->rest.n >= 2 && p->rest.p[1] == '?') {
        if (p->rest.n > 4 && slice_starts(p->rest, "(?P<"))
            return parse_named(p, to, 4);
        if (p->rest.n > 3 && slice_starts(p->rest, "(?<"))
            return parse_named(p, to, 3);
        return parse_flags(p, to);
    }
    advance(p, 1);
    return parse_capture(p, to, (struct slice){"", 0});
}

/* \Q...\E */
static enum status
parse_quoted(struct parser *p, struct nodes *to)
{
    const char *end;
    size_t      n;

    advance(p, 2);
    end = p->rest.n ? memmem(p->rest.p, p->rest.n, "\\E", 2) : NULL;
    n = end ? (size_t)(end - p->rest.p) : p->rest.n;
    for (struct slice text = {p->rest.p, n}; text.n;) {
        uint32_t    rune;
        enum status st = regexclass_rune(&text, &rune, p->err);

        if (st)
            return st;
        push_rune(p, to, rune);
    }
    advance(p, end ? n + 2 : n);
    return STATUS_OK;
}

static enum status
parse_backslash(struct parser *p, struct nodes *to)
{
    struct regextree_class class;
    struct regextree *t;
    bool              found;
    uint32_t          rune;
    enum status       st;

    switch (p->rest.n > 1 ? p->rest.p[1] : 0) {
    case 'A':
        push_leaf(p, to, REGEXTREE_BEGIN_TEXT, 2);
        return STATUS_OK;
    case 'z':
        push_leaf(p, to, REGEXTREE_END_TEXT, 2);
        return STATUS_OK;
    case 'b':
        push_leaf(p, to, REGEXTREE_BOUNDARY, 2);
        return STATUS_OK;
    case 'B':
        push_leaf(p, to, REGEXTREE_NO_BOUNDARY, 2);
        return STATUS_OK;
    case 'Q':
        return parse_quoted(p, to);
    default:
        break;
    }
    st = regexclass_escaped(p->arena, &p->rest, &class, &found, p->err);
    if (st == STATUS_OK && found) {
        t = new_node(p, REGEXTREE_CLASS);
        t->class = class;
        VEC_PUSH(p->arena, to, t);
    } else if (st == STATUS_OK) {
        st = regexclass_escape(&p->rest, &rune, p->err);
        if (st == STATUS_OK)
            push_rune(p, to, rune);
    }
    return st;
}

/* Anything but a repetition; repeat.n is 0 afterwards unless it was '{'. */
static enum status
parse_atom(struct parser *p, struct nodes *to)
{
    struct regextree *t;
    uint32_t          rune;
    enum status       st;

    switch (p->rest.p[0]) {
    case '(':
        return parse_parenthesis(p, to);
    case '\\':
        return parse_backslash(p, to);
    case '[':
        t = new_node(p, REGEXTREE_CLASS);
        st = regexclass_bracket(p->arena, &p->rest, &t->class, p->err);
        if (st == STATUS_OK)
            VEC_PUSH(p->arena, to, t);
        return st;
    case '^':
        push_leaf(p, to, p->flags.multi_line ? REGEXTREE_BEGIN_LINE : REGEXTREE_BEGIN_TEXT, 1);
        return STATUS_OK;
    case '$':
        push_leaf(p, to, p->flags.multi_line ? REGEXTREE_END_LINE : REGEXTREE_END_TEXT, 1);
        return STATUS_OK;
    case '.':
        push_leaf(p, to, p->flags.dot_newline ? REGEXTREE_ANY : REGEXTREE_ANY_NOT_NEWLINE, 1);
        return STATUS_OK;
    default:
        st = regexclass_rune(&p->rest, &rune, p->err);
        if (st == STATUS_OK)
            push_rune(p, to, rune);
        return st;
    }
}

static enum status
parse_item(struct parser *p, struct nodes *to)
{
    struct slice before = p->rest;
    enum status  st;

    switch (p->rest.p[0]) {
    case '*':
        advance(p, 1);
        return repeat(p, to, before, 0, REGEXTREE_NO_MAX);
    case '+':
        advance(p, 1);
        return repeat(p, to, before, 1, REGEXTREE_NO_MAX);
    case '?':
        advance(p, 1);
        return repeat(p, to, before, 0, 1);
    case '{':
        return parse_braces(p, to);
    default:
        st = parse_atom(p, to);
        p->repeat.n = 0;
        return st;
    }
}

/* Up to the end or a parenthesis that closes what is open here. */
static enum status
parse_alternatives(struct parser *p, struct regextree **out)
{
    struct nodes alternatives = {0}, items = {0};

    p->repeat.n = 0;
    for (;;) {
        bool bar = next_is(p, '|');

        if (bar || !p->rest.n || next_is(p, ')')) {
            VEC_PUSH(p->arena, &alternatives, new_parent(p, REGEXTREE_CONCAT, &items));
            items = (struct nodes){0};
            p->repeat.n = 0;
            if (!bar)
                break;
            advance(p, 1);
        } else {
            enum status st = parse_item(p, &items);

            if (st)
                return st;
        }
    }
    *out = new_parent(p, REGEXTREE_ALTERNATE, &alternatives);
    return STATUS_OK;
}

enum status
regexparse_run(struct arena *a, struct slice pattern, struct regexparse *out, struct err *err)
{
    struct parser p = {
        .arena = a, .whole = pattern, .rest = pattern, .flags = {.dot_newline = true}, .err = err};
    enum status st = parse_alternatives(&p, &out->tree);

    if (st == STATUS_OK && p.rest.n)
        st = fail(&p, "unexpected )", pattern);
    out->names = p.names.at;
    out->n_groups = p.names.n;
    return st;
}
