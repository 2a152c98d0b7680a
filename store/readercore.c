#include "store/readercore.h"

#include "base/clock.h"
#include "base/ulid.h"

#include <string.h>

bool
readercore_is_late(const struct reader *r)
{
    return clock_mono_ms(&clock_system) >= r->deadline_ms;
}

void
readercore_start(struct reader *r)
{
    r->deadline_ms = clock_mono_ms(&clock_system) + r->allowed_ms;
}

enum status
readercore_next(struct reader *r, enum stmt q, struct err *err)
{
    if (readercore_is_late(r))
        return err_set(err, STATUS_TIMEOUT, "the history's deadline passed; ask for less");
    return stmt_step(&r->stmts, q, err);
}

enum status
readercore_ended(struct reader *r, enum stmt q, enum status s)
{
    stmt_reset(&r->stmts, q);
    return s == STATUS_NO_DATA ? STATUS_OK : s;
}

enum status
readercore_check_id(const char *what, struct slice id, struct err *err)
{
    if (ulid_valid(id))
        return STATUS_OK;
    return err_set(err, STATUS_SYNTAX, "%s: '%.*s' is not an id", what,
                   (int)(id.n < ULID_BYTES ? id.n : ULID_BYTES), id.p ? id.p : "");
}

enum status
readercore_check_limit(uint32_t limit, uint32_t max, struct err *err)
{
    if (limit <= max)
        return STATUS_OK;
    return err_set(err, STATUS_RANGE, "limit: %u is over %u; ask for pages", limit, max);
}

static void
fill_zero(void *self, void *out, size_t n)
{
    (void)self;
    memset(out, 0, n);
}

void
readercore_least_id(int64_t ms, char out[ULID_BYTES])
{
    static const struct entropy zero = {fill_zero, NULL};

    ulid_make(out, ms, &zero);
}
