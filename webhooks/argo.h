/* argo.h - /v1/argo/verdict, the gate of Argo Rollouts' web provider.
 *
 * Whenever the question was understood the answer is 200 and one strict JSON
 * object, "cannot tell" included: Argo up to 1.9.1 takes any 2xx that is not
 * JSON as a success, and counts every other code as an error, of which the
 * fifth in a row aborts (metricproviders/webmetric). */
#ifndef WEBHOOKS_ARGO_H
#define WEBHOOKS_ARGO_H

#include "webhooks/ask.h"

enum gates_when argo_handle(const struct gates_call *c, struct answer *out);

/* An ask_decide_fn; door is not read. */
bool argo_decide(const struct question *q, int door, const struct ask_facts *f,
                 enum port_change *change, struct answer *out, struct port_told *told);

#endif
