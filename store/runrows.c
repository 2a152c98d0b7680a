#include "store/runrows.h"

#include "base/hash.h"
#include "base/heap.h"

#include <stdlib.h>
#include <string.h>

enum { PLACES = 4096 }; /* twice the runs that may live at a time */

/* Each run has one place; the last one stands there.  Places of an older age are empty. */
struct runrows {
    uint64_t age;
    struct {
        uint64_t           age;
        struct runrows_row row;
    } at[PLACES];
};

static size_t
place_of(const char *ulid)
{
    return hash_bytes(slice_of(ulid)) % PLACES;
}

struct runrows *
runrows_new(void)
{
    struct runrows *rows = heap_new(1, sizeof *rows);

    rows->age = 1;
    return rows;
}

void
runrows_free(struct runrows *rows)
{
    free(rows);
}

bool
runrows_find(const struct runrows *rows, const char *ulid, struct runrows_row *row)
{
    size_t i = place_of(ulid);

    if (rows->at[i].age != rows->age || strcmp(rows->at[i].row.ulid, ulid) != 0)
        return false;
    *row = rows->at[i].row;
    return true;
}

void
runrows_keep(struct runrows *rows, const struct runrows_row *row)
{
    size_t i = place_of(row->ulid);

    rows->at[i].age = rows->age;
    rows->at[i].row = *row;
}

void
runrows_forget(struct runrows *rows)
{
    rows->age++;
}
