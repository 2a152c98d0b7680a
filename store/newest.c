#include "store/newest.h"

#include <string.h>

/* false: everything that follows is older than the whole list. */
static bool
offer(struct newest *l, struct slice id, uint32_t most)
{
    uint32_t at = l->n;

    while (at > 0 && slice_compare(slice_of(l->ids[at - 1]), id) < 0)
        at--;
    if (at == most || id.n != ULID_BYTES - 1)
        return false;
    if (l->n < most)
        l->n++;
    memmove(l->ids[at + 1], l->ids[at], (l->n - at - 1) * sizeof l->ids[0]);
    memcpy(l->ids[at], id.p, id.n);
    l->ids[at][id.n] = '\0';
    return true;
}

static enum status
offer_service(struct stmt_set *set, enum stmt q, int64_t service, struct slice below,
              struct slice from, uint32_t most, struct newest *l, struct err *err)
{
    enum status s;

    stmt_bind_int(set, q, 1, service);
    stmt_bind_text(set, q, 2, below);
    stmt_bind_text(set, q, 3, from);
    stmt_bind_int(set, q, 4, most);
    while (!(s = stmt_step(set, q, err)))
        if (!offer(l, stmt_slice(set, q, 0), most))
            break;
    stmt_reset(set, q);
    return s == STATUS_NO_DATA ? STATUS_OK : s;
}

enum status
newest_of_namespace(struct stmt_set *set, enum stmt q, struct slice ns, struct slice below,
                    struct slice from, uint32_t most, struct newest *out, struct err *err)
{
    enum status s;

    out->n = 0;
    stmt_bind_text(set, STMT_SERVICES_OF, 1, ns);
    while (!(s = stmt_step(set, STMT_SERVICES_OF, err))) {
        s = offer_service(set, q, stmt_int(set, STMT_SERVICES_OF, 0), below, from, most, out, err);
        if (s)
            break;
    }
    stmt_reset(set, STMT_SERVICES_OF);
    return s == STATUS_NO_DATA ? STATUS_OK : s;
}
