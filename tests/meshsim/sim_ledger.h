/* sim_ledger.h - the truth: what every proxy counted, as JSON.
 *
 * README.md beside this file describes the members.  A count through any
 * source of telemetry, over the mesh's whole life, equals `requests` less
 * `unscraped` once every live proxy was scraped after its last request. */
#ifndef MESHSIM_SIM_LEDGER_H
#define MESHSIM_SIM_LEDGER_H

#include "base/text.h"
#include "tests/meshsim/sim_world.h"

enum { SIM_LEDGER_MAX_BYTES = 64 << 20 };

/* One line in the ledger: all proxies of one side, all clients together. */
struct sim_ledger_row {
    enum sim_side            side;
    struct sim_key           key; /* client_kind is always 0 */
    const struct sim_bounds *bounds;
    struct sim_counts        total, unscraped; /* unscraped is part of total */
};

struct sim_ledger {
    struct arena arena;
    VEC(struct sim_ledger_row) rows;
};

/* Fill an empty {0} ledger. */
void sim_ledger_take(struct sim_ledger *l, const struct sim_world *w);
void sim_ledger_release(struct sim_ledger *l);

/* Ask out->status at the end. */
void sim_ledger_write(const struct sim_world *w, struct text *out);

#endif
