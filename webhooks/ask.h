/* ask.h - a question on its way from a gate to its answer.
 *
 *   ask_start --decide: answered------------------------------> GATES_NOW
 *      |
 *      +--decide: a change is needed--port.change--> waiting (GATES_LATER)
 *                                        |  |
 *             queue full: busy answer <--+  +--reply--decide--> done, or the next change
 *
 * What a door answers is decided by one pure function per door, from the facts
 * at hand; this file finds the facts and keeps the question while it waits. */
#ifndef WEBHOOKS_ASK_H
#define WEBHOOKS_ASK_H

#include "webhooks/gates.h"

struct ask_facts {
    enum port_lookup           lookup;
    const struct verdict_view *view;      /* NULL: there is none */
    const struct port         *port;      /* that may keep the view's JSON; NULL: it is not asked */
    enum verdict_reason        reason;    /* why not, where view is NULL */
    const char                *why;       /* what the port said, "" */
    unsigned                   made;      /* bit per enum port_change that was made */
    bool                       granted;   /* by the last of them */
    bool                       busy;      /* no further change can be made: answer now */
    bool                       over_rate; /* only what happens once in a run is changed */
    int64_t                    now_mono_ms, now_wall_ms;
};

/* True: out and told's verdict, reason and run are set.  False: *change must be
 * made first; never with busy, and never one that was made already. */
typedef bool (*ask_decide_fn)(const struct question *q, int door, const struct ask_facts *f,
                              enum port_change *change, struct answer *out, struct port_told *told);

/* gate is static, door is handed to decide. */
enum gates_when ask_start(const struct gates_call *c, const struct question *q, const char *gate,
                          int door, ask_decide_fn decide, struct answer *out);

/* Canary, stable, key or policy were said and are not those of the run.
 * STATUS_CONFLICT: err says which. */
enum status ask_fits(const struct question *q, const struct verdict_view *v,
                     struct err *err) MUST_CHECK;

/* The question tells a weight that the run has not heard of yet: what the view
 * says is of the stage before, and must not be told about this one.  Ended runs
 * have no stages. */
bool ask_weight_is_new(const struct question *q, const struct ask_facts *f);

#endif
