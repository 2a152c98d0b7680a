#include "webhooks/outbudget.h"

#include "base/heap.h"
#include "webhooks/spare.h"

#include <stdlib.h>

/* A gate's answer fits in. */
enum { SPARE_BYTES = 4096 };

static struct spare spares;

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

void
outbudget_lend(struct text *body)
{
    char *memory = spare_take(&spares);

    text_adopt(body, memory ? memory : heap_grow(NULL, 1, SPARE_BYTES), SPARE_BYTES);
}

static void
small_sent(void *memory)
{
    spare_give(&spares, memory);
}

/* What has the size of those that are lent was lent, or might have been. */
static struct MHD_Response *
small_response(struct text *body)
{
    bool                 spare = body->cap == SPARE_BYTES;
    size_t               n;
    char                *bytes = text_take(body, &n);
    struct MHD_Response *r =
        spare ? MHD_create_response_from_buffer_with_free_callback_cls(n, bytes, small_sent, bytes)
              : MHD_create_response_from_buffer(n, bytes, MHD_RESPMEM_MUST_FREE);

    if (!r)
        free(bytes);
    return r;
}

struct MHD_Response *
outbudget_response(struct outbudget *b, struct text *body)
{
    size_t               n;
    char                *bytes;
    struct sending      *s;
    struct MHD_Response *r;

    if (body->n <= OUTBUDGET_FREE_BYTES)
        return small_response(body);
    bytes = text_take(body, &n);
    s = heap_new(1, sizeof *s);
    *s = (struct sending){.budget = b, .bytes = bytes, .n = n};
    r = MHD_create_response_from_buffer_with_free_callback_cls(n, bytes, sent, s);
    if (!r)
        sent(s);
    return r;
}
