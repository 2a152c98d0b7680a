/* play_upstream.h - the daemon's HTTP requests, answered by the fake Prometheus
 * or by one of the ways in which a real one fails. */
#ifndef TESTS_REPLAY_PLAY_UPSTREAM_H
#define TESTS_REPLAY_PLAY_UPSTREAM_H

#include "base/fetch.h"
#include "tests/replay/play_prom.h"
#include "tests/replay/play_time.h"

enum play_upstream_mode {
    PLAY_UPSTREAM_UP,
    PLAY_UPSTREAM_DOWN, /* nobody listens */
    PLAY_UPSTREAM_HANG, /* takes the request and says nothing */
    PLAY_UPSTREAM_SAYS, /* http_code and body, whatever was asked */
    PLAY_UPSTREAM_HUGE, /* a reply of so many bytes */
};

/* Where notifications go: every URL of the host hook. */
struct play_hook {
    bool     hangs;
    int      http_code;   /* 0: 200 */
    uint64_t asked, told; /* requests; those that were answered 2xx */
    char     body[4096];  /* of the last of these */
};

struct play_upstream {
    struct play_time       *time; /* borrowed, as prom is */
    struct play_prom       *prom;
    enum play_upstream_mode mode;
    int                     http_code;
    char                    body[4096];
    uint64_t                huge_bytes;
    int64_t                 delay_ms;       /* of each answer */
    unsigned                answer_from[2]; /* replicas that take turns */
    uint64_t                asked, unknown; /* requests; queries of no known shape */
    bool                    any_query;      /* of other shapes too, by promql/eval */
    char                    without[64];    /* a label that answers lack */
    struct play_hook        hook;
    struct err              err; /* of the first unknown one */
    struct fetch            fetch;
    unsigned                open;
};

/* Neither struct may move afterwards. */
void play_upstream_init(struct play_upstream *u, struct play_time *time, struct play_prom *prom);

#endif
