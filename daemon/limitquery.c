#include "daemon/limitquery.h"

#include "base/nearest.h"
#include "promql/parser.h"
#include "promql/printer.h"
#include "promql/promql.h"
#include "promql/selector.h"

enum name { NAME_CANARY, NAME_BASELINE, NAME_NAMESPACE, NAME_SERVICE, NAME_COUNT };

static const char *const names_text[NAME_COUNT] = {
    [NAME_CANARY] = "canary",
    [NAME_BASELINE] = "baseline",
    [NAME_NAMESPACE] = "namespace",
    [NAME_SERVICE] = "service",
};

static bool
find_name(struct slice text, enum name *out)
{
    for (*out = 0; *out < NAME_COUNT; (*out)++)
        if (slice_is(text, names_text[*out]))
            return true;
    return false;
}

/* Take the text up to the next {{name}} off *rest; false: no placeholder follows. */
static bool
cut_placeholder(struct slice *rest, struct slice *before, struct slice *name)
{
    const char *open = rest->n ? memmem(rest->p, rest->n, "{{", 2) : NULL, *end, *shut;

    *before = *rest;
    if (!open)
        return false;
    end = rest->p + rest->n;
    shut = memmem(open, (size_t)(end - open), "}}", 2);
    if (!shut)
        return false;
    *before = (struct slice){rest->p, (size_t)(open - rest->p)};
    *name = slice_trim((struct slice){open + 2, (size_t)(shut - open) - 2});
    *rest = (struct slice){shut + 2, (size_t)(end - shut) - 2};
    return true;
}

static enum status
unknown_name(struct slice name, struct err *err)
{
    struct nearest near = nearest_to(name);

    for (enum name k = 0; k < NAME_COUNT; k++)
        nearest_offer(&near, slice_of(names_text[k]));
    if (near.best.n)
        return err_set(err, STATUS_SYNTAX, "{{%.*s}} is no placeholder; did you mean {{%.*s}}?",
                       (int)(name.n < 40 ? name.n : 40), name.p, SLICE_ARG(near.best));
    return err_set(err, STATUS_SYNTAX,
                   "{{%.*s}} is no placeholder: there are {{canary}}, {{baseline}}, {{namespace}} "
                   "and {{service}}",
                   (int)(name.n < 40 ? name.n : 40), name.p);
}

/* A walk over the tree that fills in names, or with NULL only looks. */
struct walk {
    const struct limitquery_names *names;
    struct arena                  *arena;
    struct err                    *err;
};

static struct slice
value_of(const struct limitquery_names *n, enum name which)
{
    const char *const values[NAME_COUNT] = {[NAME_CANARY] = n->canary,
                                            [NAME_BASELINE] = n->baseline,
                                            [NAME_NAMESPACE] = n->ns,
                                            [NAME_SERVICE] = n->service};

    return slice_of(values[which]);
}

static bool
is_regex(const struct node_matcher *m)
{
    return m->op == MATCHER_REGEX || m->op == MATCHER_NOT_REGEX;
}

/* Where no baseline is named, it is whatever is not the canary and names a
 * version at all: "= baseline" becomes "none of these". */
static enum status
any_baseline(const struct walk *w, struct node_matcher *m, bool alone)
{
    struct text t;

    if (is_regex(m) || !alone)
        return err_set(w->err, STATUS_SYNTAX,
                       "{{baseline}} is not known, as the run names no stable version: only "
                       "%.*s=\"{{baseline}}\" and != can be asked then",
                       (int)(m->name.n < 60 ? m->name.n : 60), m->name.p);
    text_init(&t, LIMITQUERY_FILLED_BYTES);
    text_puts(&t, "|unknown|latest|");
    selector_regex(&t, slice_of(w->names->canary));
    m->op = m->op == MATCHER_EQUAL ? MATCHER_NOT_REGEX : MATCHER_REGEX;
    m->value = arena_slice(w->arena, text_slice(&t));
    text_release(&t);
    return STATUS_OK;
}

static void
put_value(const struct walk *w, const struct node_matcher *m, enum name which, struct text *t)
{
    struct slice value = value_of(w->names, which);

    if (!is_regex(m)) {
        text_put(t, value);
        return;
    }
    text_puts(t, "(?:"); /* what follows repeats all of it, not its last character */
    selector_regex(t, value);
    text_putc(t, ')');
}

static enum status
fill_matcher(const struct walk *w, struct node_matcher *m)
{
    struct slice rest = m->value, before, name;
    struct text  t;
    enum status  s = STATUS_OK;
    enum name    which;

    text_init(&t, LIMITQUERY_FILLED_BYTES);
    while (s == STATUS_OK && cut_placeholder(&rest, &before, &name)) {
        text_put(&t, before);
        if (!find_name(name, &which)) {
            s = unknown_name(name, w->err);
        } else if (w->names && which == NAME_BASELINE && !*w->names->baseline) {
            bool alone = !t.n && !rest.n;

            text_release(&t);
            return any_baseline(w, m, alone);
        } else if (w->names) {
            put_value(w, m, which, &t);
        }
    }
    text_put(&t, rest);
    if (s == STATUS_OK && w->names)
        m->value = arena_slice(w->arena, text_slice(&t));
    text_release(&t);
    return s;
}

static enum status
fill(const struct walk *w, struct node *n)
{
    struct slice rest = {0}, before, name;
    enum status  s = STATUS_OK;

    if (n->kind == NODE_STRING)
        rest = n->u.string;
    if (cut_placeholder(&rest, &before, &name))
        return err_set(w->err, STATUS_SYNTAX,
                       "{{%.*s}} stands in a text: placeholders are for values of label matchers",
                       (int)(name.n < 40 ? name.n : 40), name.p);
    if (n->kind == NODE_SELECTOR)
        for (size_t i = 0; i < n->u.selector.n && s == STATUS_OK; i++)
            s = fill_matcher(w, &n->u.selector.matchers[i]);
    for (size_t i = 0; i < ast_children(n) && s == STATUS_OK; i++)
        s = fill(w, ast_child(n, i));
    return s;
}

/* Prometheus's words for a brace that is not quoted are no help here. */
static enum status
parse(struct slice query, struct arena *a, struct node **tree, struct err *err)
{
    struct lint_report unread = {0};
    struct err         why = {0};
    enum status        s;

    if (!memmem(query.p, query.n, "{{", 2))
        return promql_check(query, 0, a, tree, &unread, err);
    s = parser_parse(a, query, tree, NULL, &why);
    return s ? err_set(err, s, "%.200s; {{placeholders}} stand in quotes: {version=\"{{canary}}\"}",
                       why.text)
             : STATUS_OK;
}

enum status
limitquery_check(struct slice query, struct arena *a, const char **canonical, struct err *err)
{
    struct walk  w = {.arena = a, .err = err};
    struct node *tree;
    struct text  t;
    enum status  s = parse(query, a, &tree, err);

    if (s == STATUS_OK && tree->type != EXPR_VECTOR && tree->type != EXPR_SCALAR)
        s = err_set(err, STATUS_SYNTAX,
                    "is a %s: a limit needs one value, of an instant vector "
                    "or a scalar",
                    ast_type_text(tree->type));
    if (s == STATUS_OK)
        s = fill(&w, tree);
    if (s)
        return s;
    text_init(&t, LIMITQUERY_MAX_BYTES);
    printer_put(&t, tree);
    if (t.status)
        s = err_set(err, STATUS_LIMIT, "has over %d bytes when it is written out",
                    LIMITQUERY_MAX_BYTES);
    else
        *canonical = arena_text(a, text_slice(&t));
    text_release(&t);
    return s;
}

enum status
limitquery_fill(struct slice query, const struct limitquery_names *names, struct text *out,
                struct err *err)
{
    struct arena a = {0};
    struct walk  w = {.names = names, .arena = &a, .err = err};
    struct node *tree, *again;
    size_t       before = out->n;
    enum status  s = parser_parse(&a, query, &tree, NULL, err);

    if (s == STATUS_OK)
        s = fill(&w, tree);
    if (s == STATUS_OK) {
        printer_put(out, tree);
        s = out->status ? err_set(err, out->status, "the names make it too long") : STATUS_OK;
    }
    /* A name that is not UTF-8 cannot stand in a regular expression. */
    if (s == STATUS_OK)
        s = parser_parse(&a, (struct slice){out->p + before, out->n - before}, &again, NULL, err);
    arena_release(&a);
    return s;
}

void
limitquery_lint(struct slice query, int64_t scrape_interval_ms, limitquery_note_fn note, void *ctx)
{
    struct arena       a = {0};
    struct lint_report report = {0};
    struct node       *tree;
    struct err         ignored = {0};

    if (promql_check(query, scrape_interval_ms, &a, &tree, &report, &ignored) == STATUS_OK)
        for (size_t i = 0; i < report.findings.n; i++) {
            const struct lint_finding *f = &report.findings.at[i];

            note(ctx, lint_name(f->rule), lint_text(f->rule),
                 (struct slice){query.p + f->place.start, f->place.end - f->place.start});
        }
    arena_release(&a);
}
