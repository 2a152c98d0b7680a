/* sim_outcome.h - how an attempt ends and what Istio's proxies make of it. */
#ifndef MESHSIM_SIM_OUTCOME_H
#define MESHSIM_SIM_OUTCOME_H

#include "base/base.h"

enum sim_flag_bit {
#define FLAG(name) SIM_FLAG_BIT_##name,
#include "tests/meshsim/sim_flag.def"
#undef FLAG
    SIM_FLAG_COUNT
};

/* Sets of flags: bit SIM_FLAG_BIT_x. */
#define SIM_FLAG(name) (UINT16_C(1) << SIM_FLAG_BIT_##name)

enum { SIM_FLAGS_BYTES = 4 * SIM_FLAG_COUNT };

/* "UF,URX"; "-" for the empty set. */
void sim_outcome_flags_text(uint16_t flags, char out[SIM_FLAGS_BYTES]);

enum sim_outcome {
#define OUTCOME(name, code, flags, knows, dst_code, dst_flags, grpc) SIM_OUTCOME_##name,
#include "tests/meshsim/sim_outcome.def"
#undef OUTCOME
    SIM_OUTCOME_COUNT
};

enum sim_knows { SIM_KNOWS_PEER, SIM_KNOWS_ENDPOINT, SIM_KNOWS_HOST, SIM_KNOWS_NOTHING };

enum { SIM_CODE_APP = -1, SIM_CODE_ABSENT = -2 };

struct sim_outcome_row {
    int            code; /* at the source, or SIM_CODE_* */
    uint16_t       flags;
    enum sim_knows knows;
    int            destination_code;
    uint16_t       destination_flags;
    int            grpc;
};

const struct sim_outcome_row *sim_outcome_row(enum sim_outcome o);

#endif
