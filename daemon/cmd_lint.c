#include "daemon/cmd_lint.h"

#include "daemon/option.h"
#include "daemon/querytext.h"
#include "promql/lint.h"

#include <stdio.h>

enum { EXIT_SAID_SOMETHING = 1, DEFAULT_SCRAPE_INTERVAL_MS = 15000 };

enum { ROW_INTERVAL, ROW_JSON, JSON_BYTES = 64 << 20 };

static const struct option_row rows[] = {
    [ROW_INTERVAL] = {"scrape-interval", 0, "DURATION", OPTION_DURATION,
                      "how often the metrics are scraped (15s)"},
    [ROW_JSON] = OPTION_JSON,
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
    .json = "{\"ok\", \"findings\": [{\"rule\", \"text\", \"line\", \"column\"}]}, and where ok is "
            "false error, line and column",
};

static void
print_json(struct slice query, const struct lint_report *report, struct jsonout *j)
{
    jsonout_begin_array(j, "findings");
    for (size_t i = 0; i < report->findings.n; i++) {
        const struct lint_finding *f = &report->findings.at[i];

        jsonout_begin_object(j, NULL);
        jsonout_text(j, "rule", lint_name(f->rule));
        jsonout_text(j, "text", lint_text(f->rule));
        querytext_place(j, query, f->place);
        jsonout_end_object(j);
    }
    jsonout_end_array(j);
}

static void
print_people(struct slice query, const struct lint_report *report)
{
    for (size_t i = 0; i < report->findings.n; i++) {
        const struct lint_finding *f = &report->findings.at[i];

        querytext_tell(query, f->place, lint_text(f->rule), lint_name(f->rule));
    }
}

int
cmd_lint(int argc, char **argv)
{
    struct option_values o;
    struct arena         arena = {0};
    struct lint_report   report = {0};
    struct text          out;
    struct jsonout       j;
    struct slice         query;
    struct node         *tree;
    int                  exit_code;

    if (!option_start(&cmd_lint_options, argc, argv, &o, &exit_code))
        return exit_code;
    query = slice_of(o.operands[0]);
    text_init(&out, JSON_BYTES);
    jsonout_init(&j, &out);
    jsonout_begin_object(&j, NULL);
    tree = o.values[ROW_JSON].given ? querytext_parse_json(&arena, query, &j)
                                    : querytext_parse(&arena, query);
    if (tree)
        lint_tree(tree,
                  o.values[ROW_INTERVAL].given ? o.values[ROW_INTERVAL].ms
                                               : DEFAULT_SCRAPE_INTERVAL_MS,
                  &arena, &report);
    if (o.values[ROW_JSON].given)
        print_json(query, &report, &j);
    else
        print_people(query, &report);
    jsonout_end_object(&j);
    if (o.values[ROW_JSON].given)
        (void)puts(out.p);
    text_release(&out);
    exit_code = !tree || report.findings.n ? EXIT_SAID_SOMETHING : 0;
    arena_release(&arena);
    return exit_code;
}
