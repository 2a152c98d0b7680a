#include "promql/promql.h"

#include "promql/hint.h"
#include "promql/parser.h"

enum status
promql_check(struct slice query, int64_t scrape_interval_ms, struct arena *arena,
             struct node **tree, struct lint_report *report, struct err *err)
{
    struct err   why = {0};
    struct place at;
    enum status  s = parser_parse(arena, query, tree, &at, &why);
    struct text  hint;

    if (!s) {
        lint_tree(*tree, scrape_interval_ms, arena, report);
        return STATUS_OK;
    }
    text_init(&hint, sizeof why.text);
    if (hint_put(&hint, query, at, why.text))
        s = err_set(err, s, "%s: %s", why.text, hint.p);
    else
        s = err_set(err, s, "%s", why.text);
    text_release(&hint);
    return s;
}
