#include "webhooks/outbudget.h"

#include "base/heap.h"

#include <stdlib.h>

/* A large body until it is sent. */
struct sending {
    struct outbudget *budget;
    char             *bytes;
    size_t            n;
};

bool
outbudget_take(struct outbudget *b, const struct text *body)
{
    size_t held;

    if (body->n <= OUTBUDGET_FREE_BYTES)
        return true;
    held = atomic_fetch_add(&b->bytes, body->n) + body->n;
    if (held <= b->max_bytes || held == body->n) /* one alone always goes */
        return true;
    atomic_fetch_sub(&b->bytes, body->n);
    return false;
}

static void
sent(void *ctx)
{
    struct sending *s = ctx;

    atomic_fetch_sub(&s->budget->bytes, s->n);
    free(s->bytes);
    free(s);
}

struct MHD_Response *
outbudget_response(struct outbudget *b, struct text *body)
{
    size_t               n;
    char                *bytes = text_take(body, &n);
    struct sending      *s;
    struct MHD_Response *r;

    if (n <= OUTBUDGET_FREE_BYTES) {
        r = MHD_create_response_from_buffer(n, bytes, MHD_RESPMEM_MUST_FREE);
        if (!r)
            free(bytes);
        return r;
    }
    s = heap_new(1, sizeof *s);
    *s = (struct sending){.budget = b, .bytes = bytes, .n = n};
    r = MHD_create_response_from_buffer_with_free_callback_cls(n, bytes, sent, s);
    if (!r)
        sent(s);
    return r;
}
