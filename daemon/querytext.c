#include "daemon/querytext.h"

#include "promql/hint.h"
#include "promql/parser.h"

#include <stdio.h>

enum { MAX_EXCERPT_BYTES = 4096 };

struct node *
querytext_parse(struct arena *arena, struct slice query)
{
    struct node *tree;
    struct place at;
    struct err   err = {0};
    struct text  hint;

    if (!parser_parse(arena, query, &tree, &at, &err))
        return tree;
    text_init(&hint, MAX_EXCERPT_BYTES);
    hint_caret(&hint, query, at);
    fprintf(stderr, "%s\n%s", err.text, hint.p);
    text_clear(&hint);
    if (hint_put(&hint, query, at, err.text))
        fprintf(stderr, "hint: %s\n", hint.p);
    text_release(&hint);
    return NULL;
}

void
querytext_place(struct jsonout *j, struct slice query, struct place at)
{
    unsigned line, column;

    parser_line_column(query, at.start, &line, &column);
    jsonout_uint(j, "line", line);
    jsonout_uint(j, "column", column);
}

struct node *
querytext_parse_json(struct arena *arena, struct slice query, struct jsonout *j)
{
    struct node *tree = NULL;
    struct place at;
    struct err   err = {0};
    bool         ok = parser_parse(arena, query, &tree, &at, &err) == STATUS_OK;

    jsonout_bool(j, "ok", ok);
    if (ok)
        return tree;
    jsonout_text(j, "error", err.text);
    querytext_place(j, query, at);
    return NULL;
}

void
querytext_tell(struct slice query, struct place at, const char *message, const char *name)
{
    struct text caret;
    unsigned    line, column;

    parser_line_column(query, at.start, &line, &column);
    text_init(&caret, MAX_EXCERPT_BYTES);
    hint_caret(&caret, query, at);
    printf("%u:%u: %s [%s]\n%s", line, column, message, name, caret.p);
    text_release(&caret);
}
