/* play_series.h - what the fake Prometheus keeps: series, and their samples as
 * each replica scraped them. */
#ifndef TESTS_REPLAY_PLAY_SERIES_H
#define TESTS_REPLAY_PLAY_SERIES_H

#include "base/hash.h"
#include "base/text.h"
#include "base/vec.h"

enum { PLAY_SERIES_LABELS = 40, PLAY_SERIES_REPLICAS = 4 };

struct play_label {
    struct slice name, value;
};

/* Sorted by name; the metric's name is "__name__".  No empty values. */
struct play_labels {
    struct play_label at[PLAY_SERIES_LABELS];
    size_t            n;
};

/* Borrows name and value.  An empty value takes the label away.  false: there
 * is no room. */
bool play_series_set(struct play_labels *l, struct slice name, struct slice value);

/* {0}: absent. */
struct slice play_series_label(const struct play_labels *l, const char *name);
bool         play_series_same(const struct play_labels *a, const struct play_labels *b);

struct play_point {
    int64_t at_ms; /* true time */
    double  value;
    bool    stale; /* a marker: the series ended here */
};

struct play_track {
    struct play_point *at;
    size_t             n, cap;
    uint64_t           scrape; /* the last one that saw it */
};

struct play_series {
    struct play_labels labels;
    struct play_track  track[PLAY_SERIES_REPLICAS];
};

/* Start it as {0}. */
struct play_series_db {
    struct arena    arena;
    struct hash_map by_key;
    VEC(struct play_series *) list;
};

void play_series_release(struct play_series_db *db);

/* The series with these labels, made if it is new; labels are copied. */
struct play_series *play_series_of(struct play_series_db *db, const struct play_labels *l);

void play_series_add(struct play_series *s, unsigned replica, struct play_point p);

/* The point that a query at at_ms sees of what was scraped up to known_ms:
 * the newest within Prometheus's five minutes of lookback, unless it is a
 * marker.  NULL: none. */
const struct play_point *play_series_at(const struct play_series *s, unsigned replica,
                                        int64_t at_ms, int64_t known_ms);

#endif
