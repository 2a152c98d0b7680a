/* loadtester.h - /gate/... and /rollback/..., as Flagger's loadtester answers them
 * (fluxcd/flagger pkg/loadtester/server.go), but kept in the history.
 *
 * Approved and Forbidden are plain text, what opens and closes an empty 202: Argo
 * must not be pointed here.  Served only where the port has switches. */
#ifndef WEBHOOKS_LOADTESTER_H
#define WEBHOOKS_LOADTESTER_H

#include "webhooks/gates.h"

enum gates_when loadtester_gate(const struct gates_call *c, struct answer *out);
enum gates_when loadtester_rollback(const struct gates_call *c, struct answer *out);

#endif
