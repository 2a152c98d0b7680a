/* runsapi.h - reads of the history: what is asked becomes a struct port_read.
 *
 * GET /v1/runs?namespace=&service=&state=&verdict=&since=&limit=&after=
 * GET /v1/runs/{id}
 * GET /v1/runs/{id}/intervals?since=&limit=
 * GET /v1/runs/{id}/timeline?limit=
 * GET /v1/verdicts?namespace=&service=&verdict=&since=&limit=&after=
 * GET /v1/services/{namespace}/{name}/versions?since=
 * GET /v1/services/{namespace}/{name}/placebos?since=
 *
 * since is a duration ("15m": that long ago), or a time in RFC 3339 UTC or Unix
 * milliseconds.  Runs, a run and verdicts take wait=30s, too: answer when a verdict is
 * stored or a run ends, with seen=ID at once where that is not the newest verdict.
 * Unknown parameters are refused. */
#ifndef WEBHOOKS_RUNSAPI_H
#define WEBHOOKS_RUNSAPI_H

#include "webhooks/gates.h"

enum {
    RUNSAPI_LIMIT = 50,
    RUNSAPI_MAX_LIMIT = 500,
    RUNSAPI_LEAST_WAIT_MS = 1000,
    RUNSAPI_MOST_WAIT_MS = 60000,
    RUNSAPI_AFTER_WAIT_MS = 5000, /* for the read that follows */
};

enum gates_when runsapi_runs(const struct gates_call *c, struct answer *out);
enum gates_when runsapi_run(const struct gates_call *c, struct answer *out);
enum gates_when runsapi_intervals(const struct gates_call *c, struct answer *out);
enum gates_when runsapi_timeline(const struct gates_call *c, struct answer *out);
enum gates_when runsapi_verdicts(const struct gates_call *c, struct answer *out);
enum gates_when runsapi_versions(const struct gates_call *c, struct answer *out);
enum gates_when runsapi_placebos(const struct gates_call *c, struct answer *out);

#endif
