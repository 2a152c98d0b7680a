#include "tests/promqltest/ptest_pin.h"

static void
pin(struct node_timing *t, int64_t t_ms)
{
    if (t->at == AT_TIME)
        return;
    t->at = AT_TIME;
    t->at_ms = t_ms;
}

bool
ptest_pin(struct node *tree, int64_t t_ms)
{
    bool ok = true;

    if (tree->kind == NODE_SUBQUERY) {
        pin(&tree->u.subquery.timing, t_ms);
        return true; /* what is inside follows its steps, which now stand still */
    }
    if (tree->kind == NODE_SELECTOR)
        pin(&tree->u.selector.timing, t_ms);
    if (tree->kind == NODE_CALL && function_get(tree->u.call.id)->flags & FUNCTION_STEP)
        ok = false;
    for (size_t i = 0; i < ast_children(tree); i++)
        ok = ptest_pin(ast_child(tree, i), t_ms) && ok;
    return ok;
}
