/* The parser takes any bytes: a tree within its limits and places inside the
 * text, or an error with a place; and all that reads a tree or an error ends. */
#include "promql/hint.h"
#include "promql/lint.h"
#include "promql/parser.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MAX_HINT_BYTES = 4096, SCRAPE_INTERVAL_MS = 15000 };

static uint32_t
check(const struct node *n, size_t length)
{
    uint32_t deepest = 0;

    assert(n->place.start < n->place.end && n->place.end <= length);
    assert(n->type != EXPR_NONE);
    for (size_t i = 0; i < ast_children(n); i++) {
        const struct node *child = ast_child(n, i);
        uint32_t           depth = check(child, length);

        assert(child->place.start >= n->place.start && child->place.end <= n->place.end);
        deepest = depth > deepest ? depth : deepest;
    }
    assert(n->depth == deepest + 1);
    return n->depth;
}

static void
check_error(struct slice query, struct place at, const struct err *err)
{
    struct text hint;

    assert(strstr(err->text, ": parse error: "));
    assert(at.start <= query.n && at.end <= query.n);
    text_init(&hint, MAX_HINT_BYTES);
    (void)hint_put(&hint, query, at, err->text);
    hint_caret(&hint, query, at);
    assert(!hint.status);
    text_release(&hint);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct slice       query = {(const char *)data, n};
    struct arena       arena = {0};
    struct node       *tree;
    struct place       at;
    struct err         err = {0};
    struct lint_report report = {0};
    enum status        s = parser_parse(&arena, query, &tree, &at, &err);

    assert((s == STATUS_OK) == (tree != NULL) && s == err.status);
    if (tree) {
        assert(check(tree, n) <= AST_MAX_DEPTH);
        lint_tree(tree, SCRAPE_INTERVAL_MS, &arena, &report);
    } else {
        check_error(query, at, &err);
    }
    (void)!parser_selector(&arena, query, &tree, NULL);
    arena_release(&arena);
    return 0;
}
