/* notices.h - the outbox as SQL, inside a transaction that the caller holds. */
#ifndef STORE_NOTICES_H
#define STORE_NOTICES_H

#include "store/stmt.h"
#include "store/store.h"

/* Statuses are those of struct store_outbox. */
enum status notices_apply(struct stmt_set *set, const struct store_outbox *o,
                          struct err *err) MUST_CHECK;

#endif
