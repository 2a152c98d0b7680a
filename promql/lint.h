/* lint.h - what Prometheus takes and answers, but not with what was meant. */
#ifndef PROMQL_LINT_H
#define PROMQL_LINT_H

#include "base/vec.h"
#include "promql/ast.h"

enum lint_rule {
#define LINT(id, name, text) LINT_##id,
#include "promql/lint_rule.def"
#undef LINT
    LINT_COUNT
};

struct lint_finding {
    enum lint_rule rule;
    struct place   place;
};

struct lint_report {
    VEC(struct lint_finding) findings; /* in the order of the text */
};

const char *lint_name(enum lint_rule rule);
const char *lint_text(enum lint_rule rule);

/* Add what is to be said of a tree that passed the type check.  The interval
 * between scrapes in ms is for LINT_SHORT_WINDOW; 0: not known, not checked. */
void lint_tree(const struct node *tree, int64_t scrape_interval_ms, struct arena *arena,
               struct lint_report *report);

#endif
