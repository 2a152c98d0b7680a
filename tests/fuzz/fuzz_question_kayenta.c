/* Bodies of Argo's Kayenta provider: whatever they hold, the question is whole or
 * refused with a reason, and its thresholds are such that a fail is none of pass and
 * inconclusive.  The first two lines are the id of the path and the application. */
#include "webhooks/kayentabody.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct slice    body = {(const char *)data, n};
    struct slice    id = slice_cut(&body, '\n'), application = slice_cut(&body, '\n');
    struct err      err = {0}, hint = {0};
    struct question q;
    enum status     s = kayentabody_read(id, application, body, &q, &err, &hint);

    if (s) {
        assert(s == STATUS_SYNTAX && err.text[0] && hint.text[0]);
        assert(!q.service[0] && !q.canary[0] && !q.pass);
        return 0;
    }
    assert(q.service[0] && q.ns[0] && !q.token[0] && !q.execution[0]);
    assert(!q.canary[0] || strcmp(q.canary, q.baseline) != 0);
    assert(1 <= q.marginal && q.marginal <= q.pass && q.pass <= 100);
    assert(slice_utf8(slice_of(q.service)) && slice_utf8(slice_of(q.canary)));
    return 0;
}
