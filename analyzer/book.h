/* book.h - the last counters of one reporting instance, and what a new
 * snapshot says about them: went on, restarted, another replica, unclear.
 *
 * A book is one (view, instance, pod).  All its groups are judged together,
 * cells and buckets alike, because one process restarts as a whole. */
#ifndef ANALYZER_BOOK_H
#define ANALYZER_BOOK_H

#include "analyzer/podtally.h"

enum {
    BOOK_KEEP_MS = 15 * 60 * 1000,      /* an instance that vanished keeps its counters */
    BOOK_REMEMBER_MS = 2 * 3600 * 1000, /* that it ever was: so that it is not born again */
    BOOK_MAX_SKEWED = 3,                /* ticks of a skewed replica in a row */
};

/* What all groups of the same labels share, whatever their instance. */
struct book_series {
    struct naming_family *family;
    enum snapshot_kind    kind;
    enum class class;                   /* of a cell */
    bool                  no_response;  /* of a cell: class_no_response() */
    bool                  client_error; /* of a cell: class_client_error() */
    struct interval_cell  cell;         /* of a cell: view, code, grpc, flags */
    double                le_ms;        /* of a bucket */
    uint32_t              bound;        /* of a bucket: index into the view's bounds */
    struct tally_cell    *tally;        /* of a cell: of the version it resolves to */
    struct tally_cluster *cluster;      /* of a cell; NULL: not asked for, or unknown */
    uint64_t              seen_tick;
};

struct book_group {
    struct book_series *series;
    struct book_group  *next;
    uint64_t            last;  /* as of the book's sample_ms */
    uint64_t            value; /* of the snapshot of seen_tick */
    uint64_t            seen_tick;
    bool                known;  /* last holds something */
    bool                absent; /* was missing while its instance went on */
};

/* The newest sample time the source has of an instance, whatever the pod. */
struct book_clock {
    int64_t  sample_ms;
    uint64_t seen_tick;
    bool     forgotten;      /* its signals were, after a long absence */
    uint64_t forgotten_tick; /* when they came back */
};

enum book_move {
    BOOK_STILL,  /* sample time stood still or went back: another replica answered */
    BOOK_ORIGIN, /* first values: nothing to count from */
    BOOK_COUNT,  /* went on: count differences, new groups from zero */
    BOOK_RESET,  /* restarted: count the new values */
    BOOK_REBASE, /* cannot be told: count nothing, go on from the new values */
    BOOK_SKEWED, /* a replica with a skewed clock: as if it had not answered */
};

struct book {
    enum counts_view   view;
    uint32_t           id, n_groups;
    struct book_clock *clock;
    struct book_group *groups;
    int64_t            sample_ms;  /* of last */
    int64_t            present_ms; /* newest sample time of the ledger when last present */
    uint64_t           seen_tick;
    uint64_t           counted_in;  /* number of the interval it contributed to last */
    uint32_t           skewed;      /* ticks in a row */
    bool               opened;      /* its groups' last values count */
    bool               forgotten;   /* has been opened before, too long ago */
    enum book_move     move;        /* of seen_tick */
    bool               births;      /* of seen_tick: some group is counted from zero */
    bool               bad_buckets; /* of seen_tick: increments not cumulative over le */
    struct podtally    pods[PODTALLY_VERSIONS]; /* of the attempt view */
    struct slice       name;                    /* pod, else instance: a part of key */
    size_t             key_bytes;
    char               key[]; /* of the map of books */
};

struct book_counters {
    uint32_t resets, partial_resets, births;
};

/* Decide b->move.  view_opened: the view has had a snapshot before. */
void book_judge(struct book *b, uint64_t tick, bool view_opened);

/* What the group adds under the book's move; born: counted from zero though
 * its instance did not restart. */
uint64_t book_increment(const struct book *b, const struct book_group *g, bool *born);

/* Stage what the book adds.  false: the buckets of one of its histograms are
 * not as many as the bounds. */
bool book_stage(struct book *b, uint64_t tick, const struct podtally_bounds *bounds,
                struct naming *names, struct tally *tally,
                struct book_counters *counters) MUST_CHECK;

/* Make the new values the last ones. */
void book_commit(struct book *b, uint64_t tick);

#endif
