#include "daemon/cmd_lint.h"

#include "daemon/option.h"
#include "daemon/querytext.h"
#include "promql/lint.h"

#include <stdio.h>

enum { EXIT_SAID_SOMETHING = 1, DEFAULT_SCRAPE_INTERVAL_MS = 15000 };

enum { ROW_INTERVAL };

static const struct option_row rows[] = {
    [ROW_INTERVAL] = {"scrape-interval", 0, "DURATION", OPTION_DURATION,
                      "how often the metrics are scraped (15s)"},
};
const struct option_command cmd_lint_options = {
    .name = "lint",
    .help = "Tell what a PromQL expression probably does not mean.",
    .operands = "EXPR",
    .min_operands = 1,
    .max_operands = 1,
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .exits = {{0, "nothing to say"},
              {1, "something was said, or it is not PromQL"},
              {3, "called wrongly"}},
};

int
cmd_lint(int argc, char **argv)
{
    struct option_values o;
    struct arena         arena = {0};
    struct lint_report   report = {0};
    struct slice         query;
    struct node         *tree;
    int                  exit_code;

    if (!option_start(&cmd_lint_options, argc, argv, &o, &exit_code))
        return exit_code;
    query = slice_of(o.operands[0]);
    tree = querytext_parse(&arena, query);
    if (tree)
        lint_tree(tree,
                  o.values[ROW_INTERVAL].given ? o.values[ROW_INTERVAL].ms
                                               : DEFAULT_SCRAPE_INTERVAL_MS,
                  &arena, &report);
    for (size_t i = 0; i < report.findings.n; i++) {
        const struct lint_finding *f = &report.findings.at[i];

        querytext_tell(query, f->place, lint_text(f->rule), lint_name(f->rule));
    }
    arena_release(&arena);
    return !tree || report.findings.n ? EXIT_SAID_SOMETHING : 0;
}
