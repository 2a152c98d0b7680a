/* Flagger's payloads: whatever they hold, the question is whole or refused with
 * a reason; and without a view no hook goes on that must not, the rollback hook
 * least of all. */
#include "webhooks/flagger.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_hook(enum flagger_hook h, const struct question *q, enum port_lookup lookup)
{
    const struct ask_facts f = {.lookup = lookup, .why = q->event, .busy = true};
    struct port_told       told = {0};
    struct answer          a;
    enum port_change       change;

    answer_init(&a);
    assert(flagger_decide(q, (int)h, &f, &change, &a, &told));
    assert(a.code >= 200 && a.code < 429 && !(a.code >= 300 && a.code < 400));
    assert(h != FLAGGER_ROLLBACK || a.code == 409);
    assert(h != FLAGGER_CONFIRM_PROMOTION || a.code == 409);
    if (a.type == ANSWER_JSON) {
        json_t *json = json_loadb(a.body.p, a.body.n, JSON_REJECT_DUPLICATES, NULL);

        assert(json_is_object(json));
        json_decref(json);
    } else {
        assert(a.code >= 400 && a.body.n && !memchr(a.body.p, '\n', a.body.n));
    }
    answer_release(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct err      err = {0};
    struct question q;
    char            near[64];
    enum status s = question_from_flagger((struct slice){(const char *)data, n}, &q, near, &err);

    assert(strnlen(near, sizeof near) < sizeof near);
    assert(q.flagger);
    if (s) {
        assert((s == STATUS_SYNTAX || s == STATUS_RANGE) && err.text[0] && !q.service[0]);
        return 0;
    }
    assert(q.service[0] && q.ns[0]);
    assert(slice_utf8(slice_of(q.event)) && slice_utf8(slice_of(q.revision)));
    for (enum flagger_hook h = 0; h < FLAGGER_EVENT; h++) {
        check_hook(h, &q, PORT_NO_RUN);
        check_hook(h, &q, PORT_BAD);
        check_hook(h, &q, PORT_UNKNOWN_SERVICE);
    }
    return 0;
}
