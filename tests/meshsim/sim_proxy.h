/* sim_proxy.h - one sidecar: what it counted, what it showed, what was lost.
 *
 * A proxy has one live incarnation with counters from zero.  A restart ends
 * it; what it had counted goes to `retired`, and of that what no complete
 * scrape had shown is `unscraped`.  A scrape that is still being sent when
 * its incarnation ends is waited for:
 *
 *     live -> dying  [sim_proxy_restart, scrapes pending]  -> retired  [sim_proxy_scrape_end]
 *     live -> retired  [sim_proxy_restart, none pending] */
#ifndef MESHSIM_SIM_PROXY_H
#define MESHSIM_SIM_PROXY_H

#include "base/vec.h"
#include "tests/meshsim/sim_scenario.h"

enum sim_side { SIM_SIDE_SOURCE, SIM_SIDE_DESTINATION };

/* One label combination. */
struct sim_key {
    uint16_t service;
    uint16_t version;     /* the truth; SIM_PROXY_NO_VERSION where nobody can know */
    uint16_t client_kind; /* index of the client in the scenario */
    uint16_t code;
    uint16_t flags;
    int8_t   grpc;  /* -1: not a gRPC request, or no status */
    uint8_t  knows; /* enum sim_knows */
};

enum { SIM_PROXY_NO_VERSION = UINT16_MAX };

enum sim_measure {
    SIM_MEASURE_DURATION,
    SIM_MEASURE_REQUEST_BYTES,
    SIM_MEASURE_RESPONSE_BYTES,
    SIM_MEASURE_COUNT
};

struct sim_counts {
    uint64_t             requests;
    struct sim_histogram measure[SIM_MEASURE_COUNT];
};

struct sim_cell {
    struct sim_key    key;
    struct slice      labels; /* as exposed, without le; set by the first exposition */
    size_t            lead;   /* the first cell with the same labels, itself included */
    struct sim_counts truth;
    struct sim_counts shown;   /* what an exposition says now: histograms wait for a flush */
    struct sim_counts scraped; /* in the latest complete scrape */
};

/* What ended incarnations counted. */
struct sim_tally {
    struct sim_key    key;
    struct sim_counts total, unscraped;
};

enum sim_proxy_state { SIM_PROXY_UP, SIM_PROXY_DOWN, SIM_PROXY_GONE };

struct sim_incarnation {
    struct arena            arena; /* holds itself */
    struct sim_incarnation *next_dying;
    VEC(struct sim_cell *) cells;
    uint64_t retries[SIM_SCENARIO_SERVICES_MAX][SIM_SCENARIO_VERSIONS_MAX];
    uint64_t retries_worked[SIM_SCENARIO_SERVICES_MAX][SIM_SCENARIO_VERSIONS_MAX];
    uint64_t next_scrape, latest_scrape;
    size_t   pending;
};

struct sim_proxy {
    const char              *pod;
    enum sim_side            side;
    uint16_t                 service, version; /* of a pod behind a service */
    uint16_t                 client_kind;      /* of a client's proxy */
    uint32_t                 ordinal;          /* of the pod in its workload */
    const struct sim_bounds *bounds;
    bool                     exclusive_bounds, flushes; /* flushes: see sim_proxy_flush */
    enum sim_proxy_state     state;
    uint32_t                 restarts;
    uint64_t                 scrapes; /* complete ones */
    uint16_t                 port;    /* 0: none yet */
    struct sim_incarnation  *live, *dying;
    struct arena             arena; /* of retired */
    VEC(struct sim_tally) retired;
};

/* Fill the counters of a proxy whose other members are set. */
void sim_proxy_init(struct sim_proxy *p);
void sim_proxy_release(struct sim_proxy *p);

struct sim_sample {
    uint64_t measure[SIM_MEASURE_COUNT]; /* milliseconds, bytes, bytes */
};

void sim_proxy_count(struct sim_proxy *p, const struct sim_key *key, struct sim_sample s);

/* Show the histograms' values up to now (Envoy's stats flush). */
void sim_proxy_flush(struct sim_proxy *p);

/* End the incarnation and begin another, all counters absent. */
void sim_proxy_restart(struct sim_proxy *p);

/* A consistent copy of what an exposition shows, until _end() says whether
 * the answer was sent whole.  Scrapes of one proxy may overlap. */
struct sim_scrape;
struct sim_scrape *sim_proxy_scrape(struct sim_proxy *p) MUST_CHECK;
void               sim_proxy_scrape_end(struct sim_scrape *s, bool complete);

/* The same for a reader that cannot break off in the middle. */
void sim_proxy_mark_scraped(struct sim_proxy *p);

/* Visit every count the proxy ever made, by key (a key may come repeatedly);
 * unscraped is the part that no scrape can show any more. */
void sim_proxy_tallies(const struct sim_proxy *p,
                       void (*visit)(void *ctx, const struct sim_tally *t), void *ctx);

/* to += from; to -= less. */
void sim_proxy_counts_add(struct sim_counts *to, const struct sim_counts *from);
void sim_proxy_counts_subtract(struct sim_counts *to, const struct sim_counts *less);

bool sim_proxy_key_equal(const struct sim_key *a, const struct sim_key *b);

#endif
