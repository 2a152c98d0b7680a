#include "store/storehealth.h"

#include <errno.h>
#include <math.h>
#include <sqlite3.h>

static const struct {
    const char *text, *remedy;
} fault[] = {
#define STORE_FAULT(name, text, remedy) [STORE_FAULT_##name] = {text, remedy},
#include "store/fault.def"
#undef STORE_FAULT
};

static const char *const kind[] = {
#define STORE_KIND(name, text, row_bytes) [STORE_KIND_##name] = text,
#include "store/kind.def"
#undef STORE_KIND
};

static const int bound_ms[] = {STORE_COMMIT_BOUNDS_MS};

_Static_assert(ARRAY_LEN(fault) == STORE_FAULT_COUNT, "fault.def feeds enum and table");
_Static_assert(ARRAY_LEN(kind) == STORE_KIND_COUNT, "kind.def feeds enum and table");
_Static_assert(ARRAY_LEN(bound_ms) + 1 == STORE_COMMIT_BUCKETS, "the last has no bound");

const char *
storehealth_fault_text(enum store_fault f)
{
    return fault[f].text;
}

const char *
storehealth_fault_remedy(enum store_fault f)
{
    return fault[f].remedy;
}

const char *
storehealth_kind_text(enum store_kind k)
{
    return kind[k];
}

double
storehealth_commit_bound_s(int bucket)
{
    return bucket < STORE_COMMIT_BUCKETS - 1 ? bound_ms[bucket] / 1000.0 : (double)INFINITY;
}

enum store_fault
storehealth_fault_of_errno(int e)
{
    switch (e) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return STORE_FAULT_FULL;
    case EROFS:
        return STORE_FAULT_READ_ONLY;
    case EIO:
        return STORE_FAULT_IO;
    default:
        return STORE_FAULT_OTHER;
    }
}

enum store_fault
storehealth_fault_of(int sqlite_code, int system_errno)
{
    int              code = sqlite_code & 0xff;
    enum store_fault said = storehealth_fault_of_errno(system_errno);

    /* Where the system says more than SQLite does: a disk that was mounted read-only
     * under us, a quota. */
    if ((code == SQLITE_IOERR || code == SQLITE_CANTOPEN) && said != STORE_FAULT_OTHER)
        return said;
    switch (code) {
    case SQLITE_FULL:
        return STORE_FAULT_FULL;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return STORE_FAULT_READ_ONLY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return STORE_FAULT_CORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return STORE_FAULT_LOCKED;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return STORE_FAULT_IO;
    default:
        return STORE_FAULT_OTHER;
    }
}

void
storehealth_note_commit(struct store_health *h, int64_t us)
{
    int i = 0;

    while (i < STORE_COMMIT_BUCKETS - 1 && us > INT64_C(1000) * bound_ms[i])
        i++;
    h->commits++;
    h->commit_us += (uint64_t)us;
    h->commit_bucket[i]++;
}
