/* limitquery.h - an expression of the user's own in a policy: checked when it is
 * configured, filled in with the names of a run.
 *
 *     sum(rate(errors_total{version="{{canary}}"}[1m]))
 *
 * {{canary}}, {{baseline}}, {{namespace}} and {{service}} stand in the values of
 * label matchers.  They are replaced in the parsed expression, never in its
 * text: whatever bytes a name holds, the structure stays what was written. */
#ifndef DAEMON_LIMITQUERY_H
#define DAEMON_LIMITQUERY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"

enum { LIMITQUERY_MAX_BYTES = 2048, LIMITQUERY_FILLED_BYTES = 64 << 10 };

struct limitquery_names {
    const char *canary, *baseline; /* baseline "": every version but the canary */
    const char *ns, *service;
};

/* *canonical is the same expression in one line and one form, in the arena:
 * what is written otherwise and means the same stays the same policy.
 * STATUS_SYNTAX: it does not parse, is neither an instant vector nor a scalar,
 * or holds a placeholder that is unknown or stands elsewhere. */
enum status limitquery_check(struct slice query, struct arena *a, const char **canonical,
                             struct err *err) MUST_CHECK;

/* Append the expression to ask; query passed limitquery_check().
 * STATUS_SYNTAX: a name cannot be put there; err says which. */
enum status limitquery_fill(struct slice query, const struct limitquery_names *names,
                            struct text *out, struct err *err) MUST_CHECK;

/* What looks like a mistake in a query that passed, one sentence a call. */
typedef void (*limitquery_note_fn)(void *ctx, const char *rule, const char *text,
                                   struct slice where);
void limitquery_lint(struct slice query, int64_t scrape_interval_ms, limitquery_note_fn note,
                     void *ctx);

#endif
