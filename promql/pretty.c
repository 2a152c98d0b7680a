#include "promql/pretty.h"

#include "promql/printer.h"

enum { LINE_CHARACTERS = 100 };

struct pretty {
    struct text *to;
    struct text  line; /* room for finding out whether a node fits */
};

static void put(struct pretty *p, const struct node *n, unsigned level);

static void
indent(struct pretty *p, unsigned level)
{
    for (unsigned i = 0; i < level; i++)
        text_puts(p->to, "  ");
}

static bool
fits(struct pretty *p, const struct node *n)
{
    text_clear(&p->line);
    printer_put(&p->line, n);
    return !p->line.status;
}

/* "(" newline, the arguments one level deeper, newline ")". */
static void
put_arguments(struct pretty *p, struct node *const *args, size_t n, unsigned level)
{
    text_puts(p->to, "(\n");
    for (size_t i = 0; i < n; i++) {
        text_puts(p->to, i ? ",\n" : "");
        put(p, args[i], level + 1);
    }
    text_putc(p->to, '\n');
    indent(p, level);
    text_putc(p->to, ')');
}

static void
put_aggregation(struct pretty *p, const struct node *n, unsigned level)
{
    struct node *args[] = {n->u.aggregation.param, n->u.aggregation.inner};
    size_t       skip = n->u.aggregation.param ? 0 : 1;

    indent(p, level);
    printer_aggregation(p->to, n);
    put_arguments(p, args + skip, 2 - skip, level);
}

static void
put_binary(struct pretty *p, const struct node *n, unsigned level)
{
    if (n->u.binary.lhs->kind == NODE_NUMBER) {
        indent(p, level + 1);
        printer_lhs(p->to, n);
    } else {
        put(p, n->u.binary.lhs, level + 1);
    }
    text_putc(p->to, '\n');
    indent(p, level);
    printer_operator(p->to, n);
    text_putc(p->to, '\n');
    put(p, n->u.binary.rhs, level + 1);
}

/* The sign stands before the operand's first line, which is indented already. */
static void
put_unary(struct pretty *p, const struct node *n, unsigned level)
{
    struct text  whole, *to = p->to;
    struct slice inner;

    text_init(&whole, to->max_bytes);
    p->to = &whole;
    put(p, n->u.unary.inner, level);
    p->to = to;
    inner = text_slice(&whole);
    while (inner.n && *inner.p == ' ')
        inner.p++, inner.n--;
    indent(p, level);
    text_putc(to, n->u.unary.negative ? '-' : '+');
    text_put(to, inner);
    if (whole.status)
        to->status = whole.status;
    text_release(&whole);
}

static void
put(struct pretty *p, const struct node *n, unsigned level)
{
    bool leaf = n->kind == NODE_NUMBER || n->kind == NODE_STRING || n->kind == NODE_SELECTOR ||
                n->kind == NODE_MATRIX;

    if (p->to->status)
        return;
    if (leaf || fits(p, n)) {
        indent(p, level);
        printer_put(p->to, n);
        return;
    }
    switch ((int)n->kind) {
    case NODE_AGGREGATION:
        put_aggregation(p, n, level);
        break;
    case NODE_BINARY:
        put_binary(p, n, level);
        break;
    case NODE_CALL:
        indent(p, level);
        text_puts(p->to, function_get(n->u.call.id)->name);
        put_arguments(p, n->u.call.args, n->u.call.n, level);
        break;
    case NODE_PAREN:
        indent(p, level);
        put_arguments(p, (struct node *const[]){n->u.paren}, 1, level);
        break;
    case NODE_SUBQUERY:
        put(p, n->u.subquery.inner, level);
        printer_window(p->to, n);
        break;
    default:
        put_unary(p, n, level);
        break;
    }
}

void
pretty_put(struct text *to, const struct node *n)
{
    struct pretty p = {.to = to};

    text_init(&p.line, LINE_CHARACTERS + 1);
    put(&p, n, 0);
    text_release(&p.line);
}
