/* play_prom.h - the fake Prometheus: replicas that scrape the mesh, each at its
 * own times, and keep what they saw. */
#ifndef TESTS_REPLAY_PLAY_PROM_H
#define TESTS_REPLAY_PLAY_PROM_H

#include "tests/replay/play_mesh.h"

struct play_prom_replica {
    char    name[32];
    int64_t interval_ms, offset_ms, lag_ms; /* lag: scraped so long ago at least to be shown */
    bool    stopped; /* scrapes nothing and marks nothing: what is stored grows old */
    int64_t next_ms[PLAY_MESH_TARGETS]; /* of each target; 0: not planned yet */
};

struct play_prom {
    struct play_mesh        *mesh; /* borrowed */
    struct play_prom_replica replica[PLAY_SERIES_REPLICAS];
    unsigned                 n;
    uint64_t                 scrapes;
    int64_t                  now_ms; /* true time up to which was scraped */
};

/* The replica of that name, or PLAY_SERIES_REPLICAS. */
unsigned play_prom_find(const struct play_prom *p, struct slice name);

enum status play_prom_add(struct play_prom *p, struct slice name, int64_t interval_ms,
                          int64_t offset_ms, struct err *err) MUST_CHECK;

/* Scrape all that is due up to this true time.  STATUS_SYNTAX: raw exposition
 * that is none. */
enum status play_prom_run(struct play_prom *p, int64_t now_ms, struct err *err) MUST_CHECK;

#endif
