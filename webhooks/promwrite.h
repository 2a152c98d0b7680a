/* promwrite.h - the receivers of telemetry: remote write 1.0, and text in bulk.
 *
 * POST /api/v1/write as Prometheus's receiver takes it (storage/remote/
 * write_handler.go): 204, 400 for what must not be sent again, 415 for 2.0; 503
 * where it may be tried again.  POST or PUT /api/v1/import/prometheus as
 * VictoriaMetrics: text with times in ms, plain or gzip.  ?source=NAME says which
 * source, where several take writes.  404 where none does. */
#ifndef WEBHOOKS_PROMWRITE_H
#define WEBHOOKS_PROMWRITE_H

#include "webhooks/gates.h"

enum {
    PROMWRITE_WAIT_MS = 30000, /* to be applied; then the sender is told 503 */
    PROMWRITE_RETRY_S = 5,
};
#define PROMWRITE_UNPACKED_BYTES (UINT64_C(1) << 30) /* of a gzip body */

enum gates_when promwrite_remote(const struct gates_call *c, struct answer *out);
enum gates_when promwrite_import(const struct gates_call *c, struct answer *out);

#endif
