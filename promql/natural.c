#include "promql/natural.h"

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The longest run of digits, or of anything else. */
static struct slice
next_chunk(struct slice *rest)
{
    struct slice chunk = *rest;
    size_t       n = 1;

    while (n < rest->n && is_digit(rest->p[n]) == is_digit(rest->p[0]))
        n++;
    chunk.n = n;
    *rest = (struct slice){rest->p + n, rest->n - n};
    return chunk;
}

bool
natural_before(struct slice a, struct slice b)
{
    while (a.n && b.n) {
        struct slice x = next_chunk(&a), y = next_chunk(&b);
        int64_t      i, j;

        if (slice_i64(x, &i) == STATUS_OK && slice_i64(y, &j) == STATUS_OK) {
            if (i != j)
                return i < j;
        } else if (!slice_equal(x, y)) {
            return slice_compare(x, y) < 0;
        }
        if (a.n == 0)
            return true;
    }
    return false;
}
