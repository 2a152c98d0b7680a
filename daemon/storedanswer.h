/* storedanswer.h - an answer of a run as it was last stored: is the one of now another? */
#ifndef DAEMON_STOREDANSWER_H
#define DAEMON_STOREDANSWER_H

#include "analyzer/run.h"

struct storedanswer {
    enum verdict        verdict, found; /* found: behind an answer that only advises */
    enum verdict_reason reason;
    uint64_t            unit; /* that stored it */
    bool                known;
};

struct storedanswer storedanswer_of(const struct run *run, const struct view_answer *a,
                                    uint64_t unit);

/* By verdict and reason: a message changes with each tick. */
bool storedanswer_is_other(const struct storedanswer *s, const struct run *run,
                           const struct view_answer *a);

/* The same, or what is stored is not known. */
bool storedanswer_changed(const struct storedanswer *s, const struct run *run,
                          const struct view_answer *a);

#endif
