/* What parses is printed so that it parses to the same tree, in one line and
 * indented, and the line stays the line. */
#include "promql/parser.h"
#include "promql/pretty.h"
#include "promql/printer.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MAX_TEXT_BYTES = 1 << 22 };

static struct node *
again(struct arena *arena, const struct text *printed)
{
    struct node *tree = NULL;
    enum status  s = parser_parse(arena, text_slice(printed), &tree, NULL, NULL);

    /* Names that were escaped to fit can only have grown. */
    assert(s == STATUS_OK || (s == STATUS_LIMIT && printed->n > AST_MAX_BYTES));
    return tree;
}

static void
check(struct arena *arena, const struct node *tree)
{
    struct text  line, block, line_again;
    struct node *of_line, *of_block;

    text_init(&line, MAX_TEXT_BYTES);
    text_init(&block, MAX_TEXT_BYTES);
    text_init(&line_again, MAX_TEXT_BYTES);
    printer_put(&line, tree);
    pretty_put(&block, tree);
    of_line = line.status ? NULL : again(arena, &line);
    of_block = block.status ? NULL : again(arena, &block);
    assert(!of_line || ast_equal(tree, of_line));
    assert(!of_block || ast_equal(tree, of_block));
    if (of_line) {
        printer_put(&line_again, of_line);
        assert(slice_equal(text_slice(&line), text_slice(&line_again)));
    }
    text_release(&line);
    text_release(&block);
    text_release(&line_again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena arena = {0};
    struct node *tree;

    if (!parser_parse(&arena, (struct slice){(const char *)data, n}, &tree, NULL, NULL))
        check(&arena, tree);
    arena_release(&arena);
    return 0;
}
