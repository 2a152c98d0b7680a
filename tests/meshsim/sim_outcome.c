#include "tests/meshsim/sim_outcome.h"

#include <assert.h>
#include <string.h>

void
sim_outcome_flags_text(uint16_t flags, char out[SIM_FLAGS_BYTES])
{
    static const char *const name[] = {
#define FLAG(name) #name,
#include "tests/meshsim/sim_flag.def"
#undef FLAG
    };
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_LEN(name); i++) {
        if (!(flags & (1u << i)))
            continue;
        if (n > 0)
            out[n++] = ',';
        memcpy(out + n, name[i], strlen(name[i]));
        n += strlen(name[i]);
    }
    if (n == 0)
        out[n++] = '-';
    assert(n < SIM_FLAGS_BYTES);
    out[n] = 0;
}

const struct sim_outcome_row *
sim_outcome_row(enum sim_outcome o)
{
    enum { APP = SIM_CODE_APP, ABSENT = SIM_CODE_ABSENT };
    static const struct sim_outcome_row row[SIM_OUTCOME_COUNT] = {
#define FLAG(name) SIM_FLAG(name)
#define OUTCOME(name, code, flags, knows, dst_code, dst_flags, grpc)                               \
    [SIM_OUTCOME_##name] = {code, flags, SIM_KNOWS_##knows, dst_code, dst_flags, grpc},
#include "tests/meshsim/sim_outcome.def"
#undef OUTCOME
#undef FLAG
    };

    assert(o < SIM_OUTCOME_COUNT);
    return &row[o];
}
