#include "webhooks/bodyin.h"

void
bodyin_init(struct bodyin *b)
{
    *b = (struct bodyin){0};
    text_init(&b->text, 0);
}

void
bodyin_begin(struct bodyin *b, struct bodyin_budget *budget, size_t max_bytes)
{
    b->budget = budget;
    b->text.max_bytes = max_bytes;
}

uint64_t
bodyin_take(struct bodyin *b, struct slice bytes)
{
    uint64_t held = atomic_fetch_add(&b->budget->held_bytes, bytes.n) + bytes.n;

    b->no_room = b->no_room || held > b->budget->max_bytes;
    if (!b->no_room && !b->too_large) {
        text_put(&b->text, bytes);
        b->too_large = b->text.status != STATUS_OK;
    }
    if (b->no_room || b->too_large) {
        atomic_fetch_sub(&b->budget->held_bytes, bytes.n);
        b->discarded_bytes += bytes.n;
    } else {
        b->counted_bytes += bytes.n;
    }
    return b->discarded_bytes;
}

void
bodyin_uncount(struct bodyin *b)
{
    if (b->budget)
        atomic_fetch_sub(&b->budget->held_bytes, b->counted_bytes);
    b->counted_bytes = 0;
}

void
bodyin_release(struct bodyin *b)
{
    if (b->text.n)
        explicit_bzero(b->text.p, b->text.n);
    text_release(&b->text);
}
