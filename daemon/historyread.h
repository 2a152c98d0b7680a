/* historyread.h - one read of the history, from connection to JSON body. */
#ifndef DAEMON_HISTORYREAD_H
#define DAEMON_HISTORYREAD_H

#include "store/reader.h"
#include "webhooks/port.h"

enum {
    HISTORYREAD_VERSIONS_MS = 5 * 60 * 1000, /* what "versions" looks back on, if not said */
    HISTORYREAD_PLACEBOS_MS = 7 * 24 * 3600 * 1000,
    HISTORYREAD_VERDICTS = 200, /* of a whole run */
    HISTORYREAD_GATE_CALLS = 200,
};

/* The HTTP code that goes with the body (200, 404, 503); the body is appended
 * to an empty text and is a whole JSON object in each case.  verdict_id as of
 * port_read_fn. */
int historyread_answer(struct reader *r, const struct port_read *read, int64_t now_wall_ms,
                       struct text *body, char verdict_id[ULID_BYTES]);

/* {"error": …, "hint": …} */
void historyread_error(struct text *body, const char *error, const char *hint);

#endif
