#include "tests/support/packed.h"

#include "base/heap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct packed_reader {
    struct source_reader  base;
    struct source_reader *inner;
};

static struct source_reader *
inner_of(struct source_reader *r)
{
    return ((struct packed_reader *)r)->inner;
}

static enum status
packed_select(struct source_reader *r, const struct source_query *q, struct arena *a,
              struct source_selection *out, struct err *err)
{
    return inner_of(r)->select(inner_of(r), q, a, out, err);
}

/* What was there is spoilt first; the column starts behind a sample that nobody
 * asked for, as that of a block does. */
static enum status
packed_read(struct source_reader *r, const struct source_series *s, int64_t min_ms, int64_t max_ms,
            struct source_scratch *scratch, struct source_column *out, struct err *err)
{
    struct source_scratch own = {0};
    struct source_column  c;
    enum status           rc = inner_of(r)->read(inner_of(r), s, min_ms, max_ms, &own, &c, err);

    source_scratch_reserve(scratch, rc ? 1 : c.n + 1);
    for (size_t i = 0; i < scratch->cap; i++) {
        scratch->t_ms[i] = INT64_MIN;
        scratch->value[i] = (double)NAN;
    }
    *out = (struct source_column){scratch->t_ms + 1, scratch->value + 1, rc ? 0 : c.n};
    if (out->n) {
        memcpy(scratch->t_ms + 1, c.t_ms, c.n * sizeof *c.t_ms);
        memcpy(scratch->value + 1, c.value, c.n * sizeof *c.value);
    }
    source_scratch_release(&own);
    return rc;
}

static size_t
packed_estimate(struct source_reader *r, const struct source_query *q)
{
    return inner_of(r)->estimate(inner_of(r), q);
}

static void
packed_close(struct source_reader *r)
{
    inner_of(r)->close(inner_of(r));
    free(r);
}

static enum status
packed_open(void *self, struct source_reader **out, struct err *err)
{
    const struct source  *inner = self;
    struct source_reader *opened;
    enum status           rc = inner->open(inner->self, &opened, err);

    if (rc)
        return rc;
    struct packed_reader *p = heap_new(1, sizeof *p);
    p->inner = opened;
    p->base = (struct source_reader){
        .symbols = opened->symbols,
        .select = packed_select,
        .read = packed_read,
        .estimate = packed_estimate,
        .close = packed_close,
    };
    *out = &p->base;
    return STATUS_OK;
}

struct source
packed_source(const struct source *inner)
{
    return (struct source){packed_open, (void *)(uintptr_t)inner};
}
