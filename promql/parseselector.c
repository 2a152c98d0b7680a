#include "promql/parseselector.h"

#include "promql/runes.h"
#include "base/vec.h"

#define CONTEXT "label matching"

struct matchers {
    VEC(struct node_matcher) v;
};

static const struct slice name_label = {"__name__", 8};

static bool
match_op(enum token_kind k, enum matcher_op *op)
{
    switch ((int)k) {
    case TOKEN_ASSIGN:
        *op = MATCHER_EQUAL;
        return true;
    case TOKEN_NOT_EQUAL:
        *op = MATCHER_NOT_EQUAL;
        return true;
    case TOKEN_MATCHES:
        *op = MATCHER_REGEX;
        return true;
    case TOKEN_MATCHES_NOT:
        *op = MATCHER_NOT_REGEX;
        return true;
    default:
        return false;
    }
}

/* A matcher whose regular expression does not compile is a fault of the query. */
static void
add(struct parsestate *p, struct matchers *to, struct node_matcher m)
{
    struct matcher made = {0};
    struct err     err = {0};
    enum status    s = matcher_init(&made, m.op, m.name, m.value, &err);

    if (s) {
        parsestate_fail(p, m.place, s, "%s", err.text);
        return;
    }
    m.takes_empty = matcher_takes_empty(&made);
    matcher_release(&made);
    VEC_PUSH(p->arena, &to->v, m);
}

/* label op "value", or a metric's name in quotes. */
static void
matcher(struct parsestate *p, struct matchers *to)
{
    struct token        t = parsestate_peek(p), value;
    struct node_matcher m = {.place = t.place};

    if (t.kind != TOKEN_IDENTIFIER && t.kind != TOKEN_STRING) {
        parsestate_unexpected(p, CONTEXT, "identifier or \"}\"");
        return;
    }
    (void)parsestate_take(p);
    m.name = t.kind == TOKEN_STRING ? parsestate_string(p, &t) : arena_slice(p->arena, t.text);
    if (!match_op(parsestate_peek(p).kind, &m.op)) {
        if (t.kind == TOKEN_STRING)
            add(p, to, (struct node_matcher){MATCHER_EQUAL, name_label, m.name, false, t.place});
        else
            parsestate_unexpected(p, CONTEXT, "label matching operator");
        return;
    }
    (void)parsestate_take(p);
    value = parsestate_peek(p);
    if (value.kind != TOKEN_STRING) {
        parsestate_unexpected(p, CONTEXT, "string");
        return;
    }
    (void)parsestate_take(p);
    m.value = parsestate_string(p, &value);
    m.place.end = value.place.end;
    add(p, to, m);
}

/* From the left brace, which is the next token. */
static void
braces(struct parsestate *p, struct matchers *to)
{
    (void)parsestate_take(p);
    while (!p->status && !parsestate_take_if(p, TOKEN_RIGHT_BRACE)) {
        matcher(p, to);
        parsestate_check_list(p, to->v.n, "matchers");
        if (p->status || parsestate_take_if(p, TOKEN_COMMA))
            continue;
        if (parsestate_peek(p).kind != TOKEN_RIGHT_BRACE)
            parsestate_unexpected(p, CONTEXT, "\",\" or \"}\"");
    }
}

static struct node *
build(struct parsestate *p, const struct token *name)
{
    struct matchers found = {0};
    struct node    *n;
    struct place    place = name ? name->place : parsestate_peek(p).place;

    if (parsestate_peek(p).kind == TOKEN_LEFT_BRACE) {
        braces(p, &found);
        place.end = p->closing;
    }
    if (p->status)
        return NULL;
    n = parsestate_node(p, NODE_SELECTOR, place);
    n->type = EXPR_VECTOR;
    if (name) {
        n->u.selector.name = arena_slice(p->arena, name->text);
        add(p, &found,
            (struct node_matcher){MATCHER_EQUAL, name_label, n->u.selector.name, false,
                                  name->place});
    }
    n->u.selector.matchers = found.v.at;
    n->u.selector.n = found.v.n;
    return n;
}

struct node *
parseselector_named(struct parsestate *p, const struct token *name)
{
    return build(p, name);
}

struct node *
parseselector_read(struct parsestate *p)
{
    struct token t = parsestate_peek(p);

    if (t.kind == TOKEN_LEFT_BRACE)
        return build(p, NULL);
    (void)parsestate_take(p);
    return build(p, &t);
}

static void
label(struct parsestate *p, struct slice *to)
{
    struct token t = parsestate_peek(p);
    struct text  quoted;

    if (t.kind != TOKEN_STRING && !lextoken_is_label_name(t.kind)) {
        parsestate_unexpected(p, "grouping opts", "label");
        return;
    }
    (void)parsestate_take(p);
    *to = t.kind == TOKEN_STRING ? parsestate_string(p, &t) : arena_slice(p->arena, t.text);
    if (to->n && slice_utf8(*to))
        return;
    text_init(&quoted, LEXER_MAX_MESSAGE_BYTES);
    runes_name(&quoted, *to);
    parsestate_fail(p, t.place, STATUS_SYNTAX, "invalid label name for grouping: %s", quoted.p);
    text_release(&quoted);
}

struct node_labels
parseselector_labels(struct parsestate *p)
{
    VEC(struct slice) v = {0};

    if (parsestate_peek(p).kind != TOKEN_LEFT_PAREN)
        parsestate_unexpected(p, "grouping opts", "\"(\"");
    (void)parsestate_take(p);
    while (!p->status && !parsestate_take_if(p, TOKEN_RIGHT_PAREN)) {
        struct slice one = {0};

        label(p, &one);
        VEC_PUSH(p->arena, &v, one);
        parsestate_check_list(p, v.n, "labels");
        if (p->status || parsestate_take_if(p, TOKEN_COMMA))
            continue;
        if (parsestate_peek(p).kind != TOKEN_RIGHT_PAREN)
            parsestate_unexpected(p, "grouping opts", "\",\" or \")\"");
    }
    return (struct node_labels){v.at, v.n};
}
