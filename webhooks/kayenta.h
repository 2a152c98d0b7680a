/* kayenta.h - the three routes that Argo's Kayenta provider asks.
 *
 *   GET  /canaryConfig   [{"id", "name"}, …]: the policies
 *   POST /canary/{id}    {"canaryExecutionId"}: the question (kayentabody.h)
 *   GET  /canary/{id}    every 15 s: {"complete": false}, or true and a score
 *
 * Its client can send no token, so they are served on a listener of their own,
 * and nothing else is.  The score is 100 for pass, 0 for fail and abort; a hold is
 * the middle of the caller's own marginal and pass, which Argo takes for
 * inconclusive.  Where these are equal there is no middle: it is not complete until
 * it is decided.  A question that no run has judged yet is not complete either. */
#ifndef WEBHOOKS_KAYENTA_H
#define WEBHOOKS_KAYENTA_H

#include "webhooks/gates.h"

enum gates_when kayenta_configs(const struct gates_call *c, struct answer *out);
enum gates_when kayenta_start(const struct gates_call *c, struct answer *out);
enum gates_when kayenta_poll(const struct gates_call *c, struct answer *out);

/* What was told about an execution is its last word: it is complete now. */
bool kayenta_completes(const struct port_told *told);

#endif
