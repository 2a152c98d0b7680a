/* sim_agenda.h - what will happen, in order of simulated time. */
#ifndef MESHSIM_SIM_AGENDA_H
#define MESHSIM_SIM_AGENDA_H

#include "base/base.h"

enum { SIM_AGENDA_NOBODY = -1 };

/* A request under way, between a client's proxy and a pod. */
struct sim_stream {
    int64_t  arrived_us, attempt_us, deadline_us;
    int32_t  client, pod; /* proxies, or SIM_AGENDA_NOBODY: that side reports nothing (any more) */
    int32_t  last_pod;    /* of the attempt before */
    uint16_t service, version;
    uint16_t client_kind; /* index of the client in the scenario */
    uint16_t code;        /* of the application */
    uint8_t  outcome;     /* enum sim_outcome */
    uint8_t  attempt;     /* from 0 */
    bool     delayed, mirror;
};

enum sim_event_kind {
    SIM_EVENT_ARRIVAL,     /* of the next request of `index`, if `token` is still valid */
    SIM_EVENT_ATTEMPT,     /* the attempt in `stream` begins */
    SIM_EVENT_ATTEMPT_END, /* the attempt in `stream` is over */
    SIM_EVENT_RATE,        /* step `token` of service `index` */
    SIM_EVENT_WEIGHT,
    SIM_EVENT_BEHAVIOUR, /* the same, of version `version` */
    SIM_EVENT_RESTART,   /* restart `index` of the scenario */
    SIM_EVENT_REVIVE,    /* proxy `index` is up again */
    SIM_EVENT_FLUSH      /* histograms */
};

struct sim_event {
    int64_t             at_us;
    uint64_t            order; /* set by push: events of one instant keep their order */
    uint64_t            token;
    enum sim_event_kind kind;
    uint32_t            index, version;
    struct sim_stream   stream;
};

/* A binary heap; start it as {0}. */
struct sim_agenda {
    struct sim_event *at;
    size_t            n, cap;
    uint64_t          next_order;
};

void sim_agenda_push(struct sim_agenda *a, struct sim_event e);

/* The earliest event not after `until_us`; false: there is none. */
bool sim_agenda_pop(struct sim_agenda *a, int64_t until_us, struct sim_event *out);

/* Show every event to `edit`, in no particular order; it may change at_us. */
void sim_agenda_edit(struct sim_agenda *a, void (*edit)(void *ctx, struct sim_event *e), void *ctx);

void sim_agenda_release(struct sim_agenda *a);

#endif
