/* The body of a remote write as it comes, snappy block of any bytes: never more
 * memory than the block may claim, and an answer of 204 or 400. */
#include "telemetry/remotewrite.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int64_t
wall(void *self)
{
    (void)self;
    return INT64_C(1795400000000);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct remotewrite *w;
    const struct tsdb_limits   limits = {.max_series = 100, .max_bytes = 16u << 20};
    static const struct clock  clock = {.wall_ms = wall, .mono_ms = wall};
    struct remotewrite_report  r;

    if (!w)
        w = remotewrite_new(tsdb_new(&limits, &clock), metadata_new());
    remotewrite_apply(w, (struct slice){(const char *)data, n}, &r);
    assert(r.http_code == 204 || r.http_code == 400);
    assert((r.http_code == 204) == (r.err.text[0] == '\0'));
    assert(remotewrite_bytes(w) < 80u << 20);
    return 0;
}
