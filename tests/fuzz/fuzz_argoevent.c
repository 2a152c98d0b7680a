/* Bodies of Argo's notifications: an event is whole and of a kind that is known, or
 * refused with a reason and a hint. */
#include "webhooks/argoevent.h"

#include <assert.h>
#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
whole_text(const char *s, size_t bytes)
{
    assert(strnlen(s, bytes) < bytes && slice_utf8(slice_of(s)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct port_event e;
    struct question          q;
    struct err               err = {0}, hint = {0};
    enum status s = argoevent_read((struct slice){(const char *)data, n}, &q, &e, &err, &hint);

    if (s) {
        assert(s == STATUS_SYNTAX && err.text[0] && hint.text[0]);
        assert(!q.service[0] && !q.canary[0] && !q.revision[0]);
        return 0;
    }
    assert(q.service[0] && q.ns[0]);
    assert(isnan(q.weight) || (q.weight >= 0 && q.weight <= 100));
    assert(strcmp(e.door, "argo") == 0 && e.what[0]);
    assert(e.effect <= PORT_EVENT_RETRIES && e.step >= -1);
    whole_text(q.service, sizeof q.service);
    whole_text(q.ns, sizeof q.ns);
    whole_text(q.revision, sizeof q.revision);
    whole_text(e.image, sizeof e.image);
    whole_text(e.message, sizeof e.message);
    return 0;
}
