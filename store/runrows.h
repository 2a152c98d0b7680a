/* runrows.h - where the runs stand that units named lately: a live run names itself with
 * each interval, and its row need not be looked up again.
 *
 * Of one connection that writes, on its thread.  True only while nothing is undone: whoever
 * rolls back, or deletes runs, forgets them all. */
#ifndef STORE_RUNROWS_H
#define STORE_RUNROWS_H

#include "analyzer/record.h"

struct runrows_row {
    char                  ulid[ULID_BYTES];
    int64_t               run_id, service_id;
    enum record_run_state state;
    enum verdict          verdict;
};

struct runrows;

struct runrows *runrows_new(void);
void            runrows_free(struct runrows *rows);

/* false: not known; row is as it was. */
bool runrows_find(const struct runrows *rows, const char *ulid, struct runrows_row *row);
void runrows_keep(struct runrows *rows, const struct runrows_row *row);
void runrows_forget(struct runrows *rows);

#endif
