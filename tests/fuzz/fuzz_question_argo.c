/* Argo's bodies: whatever they hold, the question is whole or refused with a
 * reason, and what is answered to it is strict JSON.  A line break ends the
 * query that comes first. */
#include "webhooks/request.h"
#include "webhooks/viewjson.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
whole_text(const char *s, size_t bytes)
{
    assert(strnlen(s, bytes) < bytes);
    assert(slice_utf8(slice_of(s)));
}

static void
check_answer(const struct question *q)
{
    struct verdict_view v = viewjson_blind(q, REASON_STORE_BUSY, 1, 1);
    struct text         t;
    json_t             *json;

    text_init(&t, 1 << 20);
    viewjson_write(&t, &v, &v.promote, q->brief ? VIEWJSON_BRIEF : VIEWJSON_FULL, 1);
    json = json_loadb(t.p, t.n, JSON_REJECT_DUPLICATES, NULL);
    assert(json_is_object(json));
    assert(!q->brief || t.n < 1024);
    json_decref(json);
    text_release(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct request r;
    struct slice          body = {(const char *)data, n}, target = slice_cut(&body, '\n');
    struct err            err = {0}, hint = {0};
    struct question       q;
    enum status           s;

    if (request_target(&r, target, &err)) {
        assert(err.text[0]);
        r.n_params = 0;
        err = (struct err){0};
    }
    s = question_from_argo(body, r.param, r.n_params, &q, &err, &hint);
    if (s) {
        assert(s == STATUS_SYNTAX && err.text[0] && hint.text[0]);
        assert(!q.service[0] && !q.canary[0] && !q.revision[0]);
        return 0;
    }
    assert(q.service[0] && q.ns[0]);
    assert(!q.canary[0] || strcmp(q.canary, q.baseline) != 0);
    assert(!(q.weight < 0) && !(q.weight > 100));
    whole_text(q.service, sizeof q.service);
    whole_text(q.ns, sizeof q.ns);
    whole_text(q.canary, sizeof q.canary);
    whole_text(q.baseline, sizeof q.baseline);
    whole_text(q.key, sizeof q.key);
    whole_text(q.revision, sizeof q.revision);
    whole_text(q.token, sizeof q.token);
    check_answer(&q);
    return 0;
}
