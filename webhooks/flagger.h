/* flagger.h - /v1/flagger/{hook}: a verdict told by status code.
 *
 * Flagger goes on at 200, 201 and 202 and shows the body of 4xx as it is; of
 * 429 and 5xx it throws the body away, so these are never sent.  The rollback
 * hook is inverted: a 200 there rolls back (pkg/controller/webhook.go). */
#ifndef WEBHOOKS_FLAGGER_H
#define WEBHOOKS_FLAGGER_H

#include "webhooks/ask.h"

enum flagger_hook {
#define HOOK(name, text) FLAGGER_##name,
#include "webhooks/flagger.def"
#undef HOOK
    FLAGGER_COUNT
};

enum { FLAGGER_REPEAT_MS = 5000 }; /* repeats of the first step within it count as one */

/* "flagger/rollback": the gate's name in the history. */
const char *flagger_gate(enum flagger_hook h);

enum gates_when flagger_handle(const struct gates_call *c, struct answer *out);

/* What a hook answers: an ask_decide_fn whose door is the hook. */
bool flagger_decide(const struct question *q, int hook, const struct ask_facts *f,
                    enum port_change *change, struct answer *out, struct port_told *told);

#endif
