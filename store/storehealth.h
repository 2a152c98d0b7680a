/* storehealth.h - how the history fares: for readiness, /metrics and the page. */
#ifndef STORE_STOREHEALTH_H
#define STORE_STOREHEALTH_H

#include "base/err.h"

enum store_fault {
#define STORE_FAULT(name, text, remedy) STORE_FAULT_##name,
#include "store/fault.def"
#undef STORE_FAULT
    STORE_FAULT_COUNT
};

enum store_kind {
#define STORE_KIND(name, text, row_bytes) STORE_KIND_##name,
#include "store/kind.def"
#undef STORE_KIND
    STORE_KIND_COUNT
};

/* Upper bounds of the histogram of commits, in milliseconds; the last bucket has none. */
#define STORE_COMMIT_BOUNDS_MS 1, 2, 5, 10, 20, 50, 100, 250, 500, 1000, 2500
enum { STORE_COMMIT_BUCKETS = 12 };

/* failing: the last commit met a fault of the disk or of SQLite, not of a
 * unit.  It ends with the next commit that works, so readiness recovers as
 * soon as there is something to write.  Counters are since the start. */
struct store_health {
    bool             failing;
    bool             detached;   /* failing, and the file is not open: see store_options */
    enum store_fault fault;      /* NONE unless failing */
    bool             damaged;    /* corrupt pages were met since the start; stays */
    struct err       last_fault; /* status OK: none since the start */
    int64_t          last_fault_mono_ms, last_fault_wall_ms;   /* 0: none */
    int64_t          last_commit_mono_ms, last_commit_wall_ms; /* 0: none yet */

    size_t   queue_bytes, queue_max_bytes, queue_units;
    int64_t  waiting_wall_ms;         /* when the oldest of them was submitted; 0: none waits */
    uint64_t commits, failed_commits; /* durable transactions; transactions that met a fault */
    uint64_t units, failed_units;     /* done with OK, with anything else */
    uint64_t commit_us;               /* all commits together, their fsync included */
    uint64_t commit_bucket[STORE_COMMIT_BUCKETS]; /* of each bound alone, not cumulative */

    uint64_t file_bytes, free_bytes; /* verdictd.db, and what of it is free inside */
    uint64_t wal_bytes;

    /* What retention counted in its last walk over the runs, and deleted since the start;
     * walked_wall_ms 0: not walked yet, rows and bytes are not known. */
    int64_t  walked_wall_ms;
    uint64_t rows[STORE_KIND_COUNT], bytes[STORE_KIND_COUNT]; /* bytes: rows by a sample's mean */
    uint64_t deleted[STORE_KIND_COUNT];
    bool     over_size; /* live runs alone take more than some kind's size */
};

/* "disk_full"; never NULL, as the next two. */
const char *storehealth_fault_text(enum store_fault f);
const char *storehealth_fault_remedy(enum store_fault f);
const char *storehealth_kind_text(enum store_kind k);

/* In seconds; +Inf of the last bucket. */
double storehealth_commit_bound_s(int bucket);

/* Of what the system said; OTHER: no fault of the disk, but who may do what. */
enum store_fault storehealth_fault_of_errno(int e);

/* Of a result code of SQLite's and the errno behind it (0: none). */
enum store_fault storehealth_fault_of(int sqlite_code, int system_errno);

/* One commit that worked, into the counters. */
void storehealth_note_commit(struct store_health *h, int64_t us);

#endif
