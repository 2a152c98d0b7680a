/* sim_behaviour.h - how a version treats the requests it is sent. */
#ifndef MESHSIM_SIM_BEHAVIOUR_H
#define MESHSIM_SIM_BEHAVIOUR_H

#include "base/yaml.h"
#include "tests/meshsim/sim_chance.h"
#include "tests/meshsim/sim_outcome.h"

enum sim_share {
#define SHARE(name, outcome, key) SIM_SHARE_##name,
#include "tests/meshsim/sim_share.def"
#undef SHARE
    SIM_SHARE_COUNT
};

enum { SIM_BEHAVIOUR_ERRORS_MAX = 8 };

struct sim_behaviour_error {
    uint16_t code;  /* HTTP 100 .. 599; of a gRPC service the status 1 .. 16 */
    double   share; /* of the responses */
};

struct sim_behaviour {
    double                     share[SIM_SHARE_COUNT];
    double                     median_ms, sigma; /* lognormal; sigma 0: every time the median */
    double                     latency_factor;
    struct sim_behaviour_error errors[SIM_BEHAVIOUR_ERRORS_MAX];
    size_t                     n_errors;
};

/* 20 ms, sigma 0.4, nothing goes wrong. */
extern const struct sim_behaviour sim_behaviour_default;

/* Lay the keys of a mapping over *b: the shares, `latency_factor`, `latency:
 * {median_ms, sigma}` or `{fixed_ms}`, `errors: {503: 0.01}` (replaces all
 * errors) and, ignored here, `at`. */
enum status sim_behaviour_read(struct arena *a, const struct yaml_node *map, bool grpc,
                               struct sim_behaviour *b, struct err *err) MUST_CHECK;

/* One share, `latency_factor`, `median_ms` or `sigma` from text; check when
 * all are set.  STATUS_NOT_FOUND: no such key. */
enum status sim_behaviour_set(struct sim_behaviour *b, struct slice key, struct slice value,
                              struct err *err) MUST_CHECK;

/* STATUS_RANGE: the shares add up to over 1. */
enum status sim_behaviour_check(const struct sim_behaviour *b, struct err *err) MUST_CHECK;

/* All errors from now on: this code by this share. */
enum status sim_behaviour_set_error(struct sim_behaviour *b, bool grpc, uint64_t code, double share,
                                    struct err *err) MUST_CHECK;

enum sim_outcome sim_behaviour_outcome(const struct sim_behaviour *b, struct sim_chance *c);
double           sim_behaviour_latency_ms(const struct sim_behaviour *b, struct sim_chance *c);
uint16_t         sim_behaviour_code(const struct sim_behaviour *b, uint16_t ok,
                                    struct sim_chance *c); /* `ok` where no error is drawn */

#endif
