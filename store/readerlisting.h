/* readerlisting.h - what listings of runs and of verdicts share: their filter, and pages of a
 * namespace.  For store/reader*.c alone. */
#ifndef STORE_READERLISTING_H
#define STORE_READERLISTING_H

#include "store/reader.h"
#include "store/stmt.h"

/* Where a row goes, whichever it is. */
struct readerlisting_to {
    reader_run_fn     run;
    reader_verdict_fn verdict;
    void             *ctx;
};

/* The one row of an id; STATUS_NO_DATA: there is none.  *more false: enough. */
typedef enum status (*readerlisting_one_fn)(struct reader *r, const char *id,
                                            const struct readerlisting_to *to, bool *more,
                                            struct err *err);

/* Bind ?1, ?2, ?3, ?4 and ?6, which all listings share; from must live until the reset. */
enum status readerlisting_bind(struct reader *r, enum stmt q, const struct reader_filter *f,
                               char from[ULID_BYTES], struct err *err) MUST_CHECK;

/* Bind ?7. */
void readerlisting_limit(struct reader *r, enum stmt q, const struct reader_filter *f);

/* The page of a namespace, whatever state and answer; ids: the statement that has the ids of
 * its services' rows. */
enum status readerlisting_namespace(struct reader *r, enum stmt ids, const struct reader_filter *f,
                                    const char *from, readerlisting_one_fn emit,
                                    const struct readerlisting_to *to, struct err *err) MUST_CHECK;

#endif
