/* A remote write message of any bytes, twice: an answer of 204 or 400, bounded
 * memory, nothing kept of what is refused; and the second time all that was taken
 * is known already, so that nothing new is stored. */
#include "base/log.h"
#include "telemetry/remotewrite.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int64_t
wall(void *self)
{
    (void)self;
    return INT64_C(1795400000000);
}

static void
check(const struct remotewrite *w, const struct remotewrite_report *r, const struct tsdb_stats *old,
      const struct tsdb_stats *new)
{
    assert(r->http_code == 204 || r->http_code == 400);
    assert((r->http_code == 204) == (r->err.text[0] == '\0'));
    assert(remotewrite_bytes(w) < 80u << 20);
    assert(new->series <= 100);
    if (r->refused)
        assert(r->http_code == 400 && new->samples_appended == old->samples_appended);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const struct tsdb_limits  limits = {.max_series = 100, .max_bytes = 64u << 20};
    const struct clock        clock = {.wall_ms = wall, .mono_ms = wall};
    struct tsdb              *t = tsdb_new(&limits, &clock);
    struct metadata          *m = metadata_new();
    struct remotewrite       *w = remotewrite_new(t, m);
    struct slice              message = {(const char *)data, n};
    struct tsdb_stats         before = tsdb_stats(t), first, second;
    struct remotewrite_report r;

    log_set_level(LOG_LEVEL_ERROR);
    remotewrite_apply_message(w, message, &r);
    first = tsdb_stats(t);
    check(w, &r, &before, &first);
    remotewrite_apply_message(w, message, &r);
    second = tsdb_stats(t);
    check(w, &r, &first, &second);
    assert(second.samples == first.samples && second.series == first.series);
    remotewrite_free(w);
    metadata_free(m);
    tsdb_free(t);
    return 0;
}
