/* The JSON reader takes any bytes; texts it yields can be written and read again. */
#include "base/json.h"
#include "base/jsonout.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
check_text(struct slice s)
{
    struct text    t;
    struct jsonout j;
    struct err     err = {0};
    json_t        *again = NULL;
    enum status    status;

    text_init(&t, 1 << 22);
    jsonout_init(&j, &t);
    jsonout_slice(&j, NULL, s);
    if (!t.status) {
        status = json_parse(text_slice(&t), 1, &again, &err);
        assert(status == STATUS_OK && slice_equal(json_slice(again), s));
    }
    json_decref(again);
    text_release(&t);
}

static void
walk(json_t *v)
{
    const char *key;
    json_t     *item;
    size_t      i;

    if (json_is_string(v))
        check_text(json_slice(v));
    json_array_foreach(v, i, item) walk(item);
    json_object_foreach(v, key, item)
    {
        check_text(slice_of(key));
        walk(item);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct err  err = {0};
    json_t     *v = NULL;
    enum status s = json_parse((struct slice){(const char *)data, n}, 32, &v, &err);

    assert((s == STATUS_OK) == (v != NULL));
    assert(s == err.status);
    walk(v);
    json_decref(v);
    return 0;
}
