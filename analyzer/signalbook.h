/* signalbook.h - the last values of mesh signals, and what the open interval
 * has seen of them.
 *
 * Beside the books of requests, not in them: gauges fall as they please, a
 * cluster's statistics begin anew when its configuration changes, and many
 * meshes do not report them at all.  None of that may cost a request its
 * count.  Owned by a ledger. */
#ifndef ANALYZER_SIGNALBOOK_H
#define ANALYZER_SIGNALBOOK_H

#include "analyzer/shelf.h"

enum { SIGNALBOOK_MAX_SERIES = 100000 }; /* more: the others are not counted */

struct signalbook {
    struct signalbook_series **list;
    size_t                     n, cap;
    struct hash_map            map;
    struct text                key; /* scratch */
    size_t                     key_bytes;
    bool                       opened, over; /* over: there were too many */

    struct interval_signal open[MESH_SIGNAL_COUNT][MESH_SIGNAL_SIDES];
};

void signalbook_init(struct signalbook *b);
void signalbook_release(struct signalbook *b);

/* Whose hosts stand behind the name: a subset, or a Service's host, of one arm. */
enum mesh_signal_side signalbook_side(const struct ledger_arms *arms, struct slice subset,
                                      struct slice host);

/* Take the signals of a snapshot that is good otherwise.  clocks: sample times
 * of the user view's instances; an instance that has none is taken as fresh.
 *
 * A counter that fell by half or more began anew and counts its new value; one
 * that fell by less is another replica's and counts nothing.  One that is first
 * seen after the first snapshot is counted from zero, unless it was out of
 * sight so long that it was forgotten. */
void signalbook_take(struct signalbook *b, const struct snapshot *s, struct shelf *clocks,
                     const struct ledger_arms *arms, uint64_t tick);

/* The next interval begins. */
void signalbook_clear(struct signalbook *b);

size_t signalbook_bytes(const struct signalbook *b);

#endif
