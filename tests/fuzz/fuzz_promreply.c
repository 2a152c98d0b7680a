/* The reader of Prometheus's replies takes any bytes; what it takes it can say
 * again in Prometheus's own form, and the same comes out. */
#include "daemon/querytable.h"
#include "daemon/snapshotread.h"
#include "promql/promreply.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
same_point(const struct promreply_point *a, const struct promreply_point *b)
{
    assert(a->t_ms == b->t_ms);
    assert(a->value == b->value || (a->value != a->value && b->value != b->value));
}

static void
same_series(const struct promreply_series *a, const struct promreply_series *b)
{
    assert(a->n_labels == b->n_labels && a->n_points == b->n_points);
    for (size_t i = 0; i < a->n_labels; i++) {
        assert(slice_equal(a->labels[i].name, b->labels[i].name));
        assert(slice_equal(a->labels[i].value, b->labels[i].value));
    }
    for (size_t i = 0; i < a->n_points; i++)
        same_point(&a->points[i], &b->points[i]);
}

static void
say_again(const struct promreply *r)
{
    struct arena     a = {0};
    struct promreply again;
    struct err       err = {0};
    struct text      t;
    enum status      s;

    text_init(&t, 1 << 24);
    text_puts(&t, "{\"status\":\"success\",\"data\":");
    querytable_json(r, &t);
    text_putc(&t, '}');
    if (!t.status) {
        s = promreply_parse(&a, text_slice(&t), NULL, &again, &err);
        assert(s == STATUS_OK);
        assert(again.kind == r->kind && again.n_series == r->n_series);
        if (r->kind == PROMREPLY_SCALAR)
            same_point(&r->scalar, &again.scalar);
        assert(slice_equal(r->string, again.string));
        for (size_t i = 0; i < r->n_series; i++)
            same_series(&r->series[i], &again.series[i]);
    }
    text_clear(&t);
    (void)!querytable_print(r, &t, &err);
    text_release(&t);
    arena_release(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct promreply_limits limits = {20, 50, 10};
    struct arena                         a = {0};
    struct promreply                     r;
    struct preset_service                service = {.key = "version"};
    struct snapshot                      snapshot;
    struct err                           err = {0};
    enum status s = promreply_parse(&a, (struct slice){(const char *)data, n}, &limits, &r, &err);

    assert(s == err.status);
    if (!s) {
        say_again(&r);
        s = snapshotread_reply(&a, &r, &service, 1, &snapshot, &err);
        assert(s == err.status);
        service = (struct preset_service){.preset = "linkerd"};
        err = (struct err){0};
        s = snapshotread_reply(&a, &r, &service, 1, &snapshot, &err);
        assert(s == err.status);
    }
    arena_release(&a);
    return 0;
}
