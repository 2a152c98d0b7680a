#include "tests/replay/play_eval.h"

#include <regex.h>
#include <stdlib.h>

enum { MAX_MATCHERS = 24, MAX_BY = 24 };

struct eval {
    struct arena                *arena;
    const struct play_eval_from *from;
    struct slice                 rest;
    struct err                  *err;
    enum status                  status;
};

struct matcher {
    struct slice label, value;
    bool         is_regex, negated, compiled;
    regex_t      regex;
};

static void
wrong(struct eval *e, const char *wanted)
{
    if (!e->status)
        e->status = err_set(e->err, STATUS_SYNTAX, "a query of another shape, %s expected: %.*s",
                            wanted, (int)(e->rest.n < 120 ? e->rest.n : 120), e->rest.p);
}

static void
skip_blanks(struct eval *e)
{
    while (e->rest.n && strchr(" \t\n", e->rest.p[0])) {
        e->rest.p++;
        e->rest.n--;
    }
}

static bool
accept(struct eval *e, const char *token)
{
    skip_blanks(e);
    if (e->status || !slice_starts(e->rest, token))
        return false;
    e->rest.p += strlen(token);
    e->rest.n -= strlen(token);
    return true;
}

static void
need(struct eval *e, const char *token)
{
    if (!accept(e, token))
        wrong(e, token);
}

static struct slice
name(struct eval *e)
{
    struct slice s;

    skip_blanks(e);
    s = (struct slice){e->rest.p, 0};
    while (s.n < e->rest.n &&
           ((s.p[s.n] >= 'a' && s.p[s.n] <= 'z') || (s.p[s.n] >= 'A' && s.p[s.n] <= 'Z') ||
            s.p[s.n] == '_' || (s.p[s.n] >= '0' && s.p[s.n] <= '9' && s.n > 0)))
        s.n++;
    if (s.n == 0)
        wrong(e, "a name");
    e->rest.p += s.n;
    e->rest.n -= s.n;
    return s;
}

static int
hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One character of a double-quoted string, as Go's strconv.Unquote reads it. */
static char
unescape(struct eval *e, const char **p, const char *end)
{
    const char *at = *p;

    *p = at + 1;
    if (*at != '\\')
        return *at;
    *p = at + 2;
    if (end - at >= 2 && (at[1] == '\\' || at[1] == '"'))
        return at[1];
    if (end - at >= 2 && at[1] == 'n')
        return '\n';
    if (end - at >= 4 && at[1] == 'x' && hex(at[2]) >= 0 && hex(at[3]) >= 0) {
        *p = at + 4;
        return (char)(hex(at[2]) * 16 + hex(at[3]));
    }
    wrong(e, "a known escape");
    return '?';
}

static struct slice
string(struct eval *e)
{
    const char *p, *end;
    char       *out;
    size_t      n = 0;

    need(e, "\"");
    if (e->status)
        return (struct slice){0};
    p = e->rest.p;
    end = p + e->rest.n;
    out = arena_alloc(e->arena, e->rest.n + 1);
    while (p < end && *p != '"' && !e->status)
        out[n++] = unescape(e, &p, end);
    e->rest = (struct slice){p, (size_t)(end - p)};
    need(e, "\"");
    return (struct slice){out, n};
}

static void
compile(struct eval *e, struct matcher *m)
{
    char *anchored = arena_printf(e->arena, "^(%.*s)$", SLICE_ARG(m->value));

    m->compiled = !regcomp(&m->regex, anchored, REG_EXTENDED | REG_NOSUB);
    if (!m->compiled)
        wrong(e, "a regular expression");
}

static bool
matches(struct eval *e, const struct matcher *m, const struct play_labels *l)
{
    struct slice value = play_series_label(l, arena_text(e->arena, m->label));
    bool         equal;

    if (m->is_regex)
        equal = !regexec(&m->regex, arena_text(e->arena, value), 0, NULL, 0);
    else
        equal = slice_equal(value, m->value);
    return equal != m->negated;
}

static size_t
read_matchers(struct eval *e, struct matcher m[MAX_MATCHERS])
{
    size_t n = 0;

    need(e, "{");
    while (!e->status && !accept(e, "}")) {
        struct matcher *k = &m[n];

        if (n == MAX_MATCHERS) {
            wrong(e, "fewer matchers");
            break;
        }
        *k = (struct matcher){.label = name(e)};
        if (accept(e, "=~"))
            k->is_regex = true;
        else if (accept(e, "!~"))
            k->is_regex = k->negated = true;
        else if (accept(e, "!="))
            k->negated = true;
        else
            need(e, "=");
        k->value = string(e);
        n++;
        if (k->is_regex && !e->status)
            compile(e, k);
        (void)accept(e, ",");
    }
    return n;
}

static void
selector(struct eval *e, bool times, struct play_vector *out)
{
    struct matcher m[MAX_MATCHERS];
    bool           nameless = e->rest.n > 0 && e->rest.p[0] == '{';
    struct slice   metric = nameless ? (struct slice){0} : name(e);
    size_t         n = read_matchers(e, m);

    for (size_t i = 0; i < e->from->db->list.n && !e->status; i++) {
        const struct play_series *s = e->from->db->list.at[i];
        const struct play_point  *p;
        struct play_element       el = {.labels = s->labels};
        bool                      taken = true;

        if (!nameless && !slice_equal(play_series_label(&s->labels, "__name__"), metric))
            continue;
        for (size_t k = 0; k < n && taken; k++)
            taken = matches(e, &m[k], &s->labels);
        p = taken ? play_series_at(s, e->from->replica, e->from->at_ms, e->from->known_ms) : NULL;
        if (!p)
            continue;
        el.value = times ? (double)p->at_ms / 1000 : p->value;
        VEC_PUSH(e->arena, &out->at, el);
    }
    for (size_t k = 0; k < n; k++)
        if (m[k].compiled)
            regfree(&m[k].regex);
}

static struct play_element *
same_labels(const struct play_vector *v, size_t n, const struct play_labels *l)
{
    for (size_t i = 0; i < n; i++)
        if (play_series_same(&v->at.at[i].labels, l))
            return &v->at.at[i];
    return NULL;
}

static void
aggregate(struct eval *e, bool is_sum, struct play_vector *out)
{
    struct slice       by[MAX_BY];
    size_t             n_by = 0;
    struct play_vector in = {0};

    need(e, "by");
    need(e, "(");
    do {
        by[n_by++] = name(e);
    } while (n_by < MAX_BY && accept(e, ","));
    need(e, ")");
    need(e, "(");
    if (accept(e, "timestamp(")) {
        selector(e, true, &in);
        need(e, ")");
    } else {
        selector(e, false, &in);
    }
    need(e, ")");
    for (size_t i = 0; i < in.at.n; i++) {
        struct play_element el = {.value = in.at.at[i].value}, *group;
        struct play_labels *from = &in.at.at[i].labels;

        for (size_t k = 0; k < n_by; k++)
            (void)play_series_set(&el.labels, by[k],
                                  play_series_label(from, arena_text(e->arena, by[k])));
        group = same_labels(out, out->at.n, &el.labels);
        if (!group)
            VEC_PUSH(e->arena, &out->at, el);
        else if (is_sum)
            group->value += el.value;
        else if (el.value > group->value)
            group->value = el.value;
    }
}

static void term(struct eval *e, struct play_vector *out);

/* With an empty pattern over an absent label it always matches. */
static void
label_replace(struct eval *e, struct play_vector *out)
{
    struct slice label, value, source, regex;

    term(e, out);
    need(e, ",");
    label = string(e);
    need(e, ",");
    value = string(e);
    need(e, ",");
    source = string(e);
    need(e, ",");
    regex = string(e);
    need(e, ")");
    if (source.n || regex.n)
        wrong(e, "a label_replace without pattern");
    for (size_t i = 0; i < out->at.n; i++)
        (void)play_series_set(&out->at.at[i].labels, label, value);
}

static void
term(struct eval *e, struct play_vector *out)
{
    if (accept(e, "label_replace("))
        label_replace(e, out);
    else if (accept(e, "sum"))
        aggregate(e, true, out);
    else if (accept(e, "max"))
        aggregate(e, false, out);
    else if (accept(e, "1"))
        *out = (struct play_vector){.scalar = true, .number = 1};
    else
        wrong(e, "label_replace, sum, max or 1");
}

enum status
play_eval(struct arena *a, const struct play_eval_from *from, struct slice query,
          struct play_vector *out, struct err *err)
{
    struct eval e = {.arena = a, .from = from, .rest = query, .err = err};

    *out = (struct play_vector){0};
    term(&e, out);
    while (accept(&e, "or")) {
        struct play_vector right = {0};
        size_t             n = out->at.n;

        term(&e, &right);
        for (size_t i = 0; i < right.at.n; i++)
            if (!same_labels(out, n, &right.at.at[i].labels))
                VEC_PUSH(a, &out->at, right.at.at[i]);
    }
    skip_blanks(&e);
    if (e.rest.n)
        wrong(&e, "the end");
    return e.status;
}
