/* Queries to Flagger's metrics server: what is taken names its service by labels of the
 * table in every selector, and is forwarded as it came. */
#include "webhooks/flaggerquery.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct slice        query = {(const char *)data, n};
    struct arena        a = {0};
    struct err          err = {0};
    struct flaggerquery q;
    char                ns[VIEW_NAME_BYTES], name[VIEW_NAME_BYTES];

    if (flaggerquery_read(&a, query, &q, &err)) {
        assert(err.status && err.text[0]);
        arena_release(&a);
        return 0;
    }
    assert(n <= FLAGGERQUERY_BYTES);
    if (!q.is_constant) {
        assert(q.n_fits > 0 && q.n_fits <= FLAGGERQUERY_FITTING);
        assert(q.expr.p == query.p && q.expr.n == n);
        assert(!q.traffic.n ||
               (q.traffic.p >= query.p && q.traffic.p + q.traffic.n <= query.p + n));
        assert((q.what == PORT_METRIC_SUCCESS_RATE) == (q.traffic.n > 0));
        if (flaggerquery_names(&q, ns, name))
            assert(flaggerquery_is_about(&q, ns, name));
    }
    arena_release(&a);
    return 0;
}
