#include "promql/parsestate.h"

#include "promql/literal.h"

#include <stdarg.h>
#include <stdio.h>

enum { MAX_WHY_BYTES = 1024 };

void
parsestate_init(struct parsestate *p, struct arena *arena, struct slice query)
{
    *p = (struct parsestate){.arena = arena};
    lexer_init(&p->lexer, query);
    text_init(&p->why, MAX_WHY_BYTES);
}

void
parsestate_release(struct parsestate *p)
{
    text_release(&p->why);
}

void
parsestate_fail(struct parsestate *p, struct place place, enum status s, const char *fmt, ...)
{
    char    message[MAX_WHY_BYTES];
    va_list ap;

    if (p->status)
        return;
    p->status = s;
    p->fault = place;
    p->next = (struct token){.kind = TOKEN_ERROR, .place = place};
    p->has_next = true;
    va_start(ap, fmt);
    vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    text_clear(&p->why);
    text_puts(&p->why, message);
}

struct token
parsestate_peek(struct parsestate *p)
{
    if (!p->has_next) {
        p->next = lexer_next(&p->lexer);
        p->has_next = true;
        if (p->next.kind == TOKEN_ERROR)
            parsestate_fail(p, p->next.place, STATUS_SYNTAX, "%.*s", SLICE_ARG(p->next.text));
    }
    return p->next;
}

static bool
can_close(enum token_kind k)
{
    return k == TOKEN_RIGHT_PAREN || k == TOKEN_RIGHT_BRACE || k == TOKEN_RIGHT_BRACKET ||
           k == TOKEN_NUMBER || k == TOKEN_DURATION;
}

struct token
parsestate_take(struct parsestate *p)
{
    struct token t = parsestate_peek(p);

    if (can_close(t.kind))
        p->closing = t.place.end;
    p->has_next = p->status != STATUS_OK;
    return t;
}

bool
parsestate_take_if(struct parsestate *p, enum token_kind kind)
{
    if (parsestate_peek(p).kind != kind)
        return false;
    (void)parsestate_take(p);
    return true;
}

void
parsestate_unexpected(struct parsestate *p, const char *context, const char *expected)
{
    struct token t = parsestate_peek(p);
    struct text  what;

    if (p->status)
        return;
    if (!context && p->aggregations)
        context = "aggregation";
    text_init(&what, MAX_WHY_BYTES);
    lextoken_describe(&t, &what);
    parsestate_fail(p, t.place, STATUS_SYNTAX, "unexpected %s%s%s%s%s", what.p,
                    context ? " in " : "", context ? context : "", expected ? ", expected " : "",
                    expected ? expected : "");
    text_release(&what);
}

struct node *
parsestate_node(struct parsestate *p, enum node_kind kind, struct place place)
{
    struct node *n = arena_new(p->arena, struct node);

    n->kind = kind;
    n->depth = 1;
    n->place = place;
    return n;
}

void
parsestate_check_list(struct parsestate *p, size_t n, const char *items)
{
    if (n > AST_MAX_LIST)
        parsestate_fail(p, parsestate_peek(p).place, STATUS_LIMIT, "more than %d %s in one list",
                        AST_MAX_LIST, items);
}

void
parsestate_adopt(struct parsestate *p, struct node *parent, const struct node *child)
{
    if (!child || child->depth < parent->depth)
        return;
    parent->depth = child->depth + 1;
    if (parent->depth > AST_MAX_DEPTH)
        parsestate_fail(p, parent->place, STATUS_LIMIT,
                        "the expression is nested deeper than %d levels", AST_MAX_DEPTH);
}

struct slice
parsestate_string(struct parsestate *p, const struct token *t)
{
    return literal_string(p->arena, t->text);
}
