/* acts.h - what people do to runs over HTTP (api.md, "Overrides", "The rest"). */
#ifndef WEBHOOKS_ACTS_H
#define WEBHOOKS_ACTS_H

#include "webhooks/gates.h"

enum { ACTS_MOST_DAYS = 7 }; /* how long an approval may hold */

/* gates_handler_fn of POST /v1/runs/{id}/override, {"action","by","why","expires"};
 * expires is a time or a duration from now, and needed for approve and force. */
enum gates_when acts_override(const struct gates_call *c, struct answer *out);

/* Of POST /v1/runs/{id}/end, {"by","why"}. */
enum gates_when acts_end(const struct gates_call *c, struct answer *out);

/* Of POST /v1/runs, with the keys of Argo's question: judge from now on. */
enum gates_when acts_start(const struct gates_call *c, struct answer *out);

/* What the body says.  STATUS_SYNTAX, STATUS_RANGE: err says what, for people. */
enum status acts_read_override(struct slice body, int64_t now_ms, struct override *out,
                               struct err *err) MUST_CHECK;

/* {"by","why"} and nothing else: who does something, and why. */
enum status acts_read_who(struct slice body, struct override *out, struct err *err) MUST_CHECK;

/* Of POST /v1/runs/{id}/links, all but id, run and revision.  As above. */
struct link;
enum status acts_read_link(struct slice body, int64_t now_ms, struct link *out,
                           struct err *err) MUST_CHECK;

#endif
