/* sim_control.h - steering a running mesh, and asking it for the truth.
 *
 *     GET  /ledger, /pods
 *     POST /weight?service=&version=&percent=
 *     POST /rate?service=&requests_per_second=
 *     POST /behave?service=&version=&KEY=VALUE...   or, without version, faults
 *     POST /restart?pod=[&down=2s]
 *     POST /kill?pod=[&new_pod=true] */
#ifndef MESHSIM_SIM_CONTROL_H
#define MESHSIM_SIM_CONTROL_H

#include "base/text.h"
#include "tests/meshsim/sim_world.h"

enum { SIM_CONTROL_PARAMETERS_MAX = 24 };

struct sim_question {
    const char *method, *path;
    bool        too_many; /* there were more parameters than fit */
    size_t      n;        /* parameters */
    struct {
        const char *key, *value;
    } at[SIM_CONTROL_PARAMETERS_MAX];
};

/* Do it, all or nothing, and write the JSON of the answer; of a failure too.
 * The HTTP code. */
int sim_control_answer(struct sim_world *w, const struct sim_question *q, struct text *out);

#endif
