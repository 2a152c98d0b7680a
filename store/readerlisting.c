#include "store/readerlisting.h"

#include "base/heap.h"
#include "store/newest.h"
#include "store/readercore.h"

#include <stdlib.h>

_Static_assert((int)NEWEST_MOST == (int)READER_MAX_ROWS, "a page fits");

#define ABOVE_EVERY_ID "~"

enum status
readerlisting_bind(struct reader *r, enum stmt q, const struct reader_filter *f,
                   char from[ULID_BYTES], struct err *err)
{
    struct slice after = slice_of(f->after);
    enum status  s = readercore_check_limit(f->limit, READER_MAX_ROWS, err);

    if (!s && after.n)
        s = readercore_check_id("after", after, err);
    if (!s && (f->since_ms < 0 || f->since_ms >= (int64_t)1 << 48))
        s = err_set(err, STATUS_RANGE, "since: not a time in milliseconds");
    if (!s && (f->verdict < READER_ANY || f->verdict >= VERDICT_COUNT))
        s = err_set(err, STATUS_RANGE, "verdict: no such verdict");
    if (s)
        return s;
    readercore_least_id(f->since_ms, from);
    stmt_bind_text(&r->stmts, q, 1, after.n ? after : SLICE_LITERAL(ABOVE_EVERY_ID));
    stmt_bind_text(&r->stmts, q, 2, slice_of(from));
    stmt_bind_text_or_null(&r->stmts, q, 3, f->ns);
    stmt_bind_text_or_null(&r->stmts, q, 4, f->service);
    if (f->verdict == READER_ANY)
        stmt_bind_null(&r->stmts, q, 6);
    else
        stmt_bind_text(&r->stmts, q, 6, slice_of(verdict_text((enum verdict)f->verdict)));
    return STATUS_OK;
}

void
readerlisting_limit(struct reader *r, enum stmt q, const struct reader_filter *f)
{
    stmt_bind_int(&r->stmts, q, 7, f->limit ? f->limit : READER_MAX_ROWS);
}

enum status
readerlisting_namespace(struct reader *r, enum stmt ids, const struct reader_filter *f,
                        const char *from, readerlisting_one_fn emit,
                        const struct readerlisting_to *to, struct err *err)
{
    struct newest *newest = heap_new(1, sizeof *newest);
    struct slice   below = f->after[0] ? slice_of(f->after) : SLICE_LITERAL(ABOVE_EVERY_ID);
    bool           more = true;
    enum status    s = newest_of_namespace(&r->stmts, ids, f->ns, below, slice_of(from),
                                        f->limit ? f->limit : READER_MAX_ROWS, newest, err);

    for (uint32_t i = 0; !s && more && i < newest->n; i++) {
        s = emit(r, newest->ids[i], to, &more, err);
        if (s == STATUS_NO_DATA)
            s = STATUS_OK; /* forgotten just now */
    }
    free(newest);
    return s;
}
