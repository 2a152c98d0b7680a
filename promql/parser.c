#include "promql/parser.h"

#include "promql/parseexpr.h"
#include "promql/parseselector.h"
#include "promql/typecheck.h"

static struct node *
parse_query(struct parsestate *p)
{
    struct node *tree;

    if (parsestate_peek(p).kind == TOKEN_END_OF_INPUT)
        parsestate_fail(p, (struct place){0, 0}, STATUS_SYNTAX, "no expression found in input");
    tree = p->status ? NULL : parseexpr_read(p);
    if (!p->status && parsestate_peek(p).kind != TOKEN_END_OF_INPUT)
        parsestate_unexpected(p, NULL, NULL);
    return tree;
}

static struct node *
parse_match(struct parsestate *p)
{
    struct token t = parsestate_peek(p);
    struct node *n = NULL;

    if (t.kind == TOKEN_LEFT_BRACE || lextoken_is_metric_name(t.kind))
        n = parseselector_read(p);
    else
        parsestate_unexpected(p, NULL, NULL);
    if (!p->status && parsestate_peek(p).kind != TOKEN_END_OF_INPUT)
        parsestate_unexpected(p, NULL, NULL);
    return n;
}

void
parser_line_column(struct slice query, uint32_t byte, unsigned *line, unsigned *column)
{
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < byte && i < query.n; i++, ++*column)
        if (query.p[i] == '\n') {
            ++*line;
            *column = 0;
        }
}

/* The errors of the parser proper come before those of the types, as in
 * Prometheus, which checks no tree that has a fault. */
static enum status
run(struct arena *arena, struct slice query, struct node *(*parse)(struct parsestate *p),
    struct node **tree, struct place *at, struct err *err)
{
    struct parsestate p;
    unsigned          line, column;
    enum status       s;

    *tree = NULL;
    parsestate_init(&p, arena, query);
    if (query.n > AST_MAX_BYTES) {
        p.has_next = true;
        parsestate_fail(&p, (struct place){0, 0}, STATUS_LIMIT,
                        "the expression has %zu bytes, more than %d", query.n, AST_MAX_BYTES);
    } else {
        *tree = parse(&p);
    }
    if (!p.status && parse == parse_query)
        typecheck_tree(*tree, &p);
    s = p.status;
    if (s) {
        *tree = NULL;
        parser_line_column(query, p.fault.start, &line, &column);
        (void)err_set(err, s, "%u:%u: parse error: %s", line, column, p.why.p);
    }
    if (at)
        *at = p.fault;
    parsestate_release(&p);
    return s;
}

enum status
parser_parse(struct arena *arena, struct slice query, struct node **tree, struct place *at,
             struct err *err)
{
    return run(arena, query, parse_query, tree, at, err);
}

enum status
parser_selector(struct arena *arena, struct slice text, struct node **selector, struct err *err)
{
    return run(arena, text, parse_match, selector, NULL, err);
}
