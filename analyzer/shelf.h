/* shelf.h - all books of a ledger: finding, opening, forgetting. */
#ifndef ANALYZER_SHELF_H
#define ANALYZER_SHELF_H

#include "analyzer/book.h"

/* Books and groups come from the heap and go when an instance is forgotten;
 * clocks and series live in the ledger's arena. */
struct shelf {
    struct arena   *arena; /* borrowed */
    struct naming  *names; /* borrowed */
    struct tally   *tally; /* borrowed */
    struct hash_map books, clocks, series, groups;
    struct book   **list;
    size_t          n, cap;
    size_t          n_groups, n_forgotten;
    size_t          key_bytes, heap_bytes;
    uint32_t        next_id;
    struct text     key;                 /* scratch */
    VEC(struct book_series *) histogram; /* the series that are buckets */
};

void shelf_init(struct shelf *s, struct arena *arena, struct naming *names, struct tally *tally);
void shelf_release(struct shelf *s);

struct book_clock *shelf_clock(struct shelf *s, enum counts_view view, struct slice instance);

/* What snapshot groups of these labels share. */
struct book_series *shelf_series(struct shelf *s, enum counts_view view,
                                 const struct snapshot_group *g);

/* The book and the group, made where new; NULL: over SNAPSHOT_MAX_INSTANCES,
 * SNAPSHOT_MAX_GROUPS. */
struct book       *shelf_book(struct shelf *s, enum counts_view view, struct slice instance,
                              struct slice pod);
struct book_group *shelf_group(struct shelf *s, struct book *b, struct book_series *series);

/* Drop books and groups that were made for a snapshot that was then refused. */
void shelf_undo(struct shelf *s);

/* Let go of the counters of books that have not been present for long. */
void shelf_forget(struct shelf *s, uint64_t tick, int64_t newest_ms);

size_t shelf_bytes(const struct shelf *s);

#endif
