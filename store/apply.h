/* apply.h - one unit as SQL, inside a transaction that the caller holds. */
#ifndef STORE_APPLY_H
#define STORE_APPLY_H

#include "store/runrows.h"
#include "store/stmt.h"
#include "store/store.h"

/* Statuses are those of struct store_commit.  On failure parts of the unit may
 * have been written, and rows may know them: the caller rolls back, and forgets them. */
enum status apply_commit(struct stmt_set *set, struct runrows *rows, const struct store_commit *c,
                         struct err *err) MUST_CHECK;

#endif
