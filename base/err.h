/* err.h - the sentence that goes with a status. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/status.h"

/* Lives on the caller's stack; holds no memory, so it needs no cleanup.
 * Start it as {0}.  The first err_set() wins: what went wrong first is what
 * a person wants to read, later failures are its echoes. */
struct err {
    enum status status;
    char        text[320];
};

/* Record a failure and return its status, so that a caller can write
 * `return err_set(err, STATUS_RANGE, "...")`.  The text says what, where and
 * what to do about it; control characters in it become '?', since parts of it
 * may come from outside.  err may be NULL. */
enum status err_set(struct err *err, enum status s, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Put "where: " before the text of an error that is already set. */
enum status err_wrap(struct err *err, const char *where, ...) PRINTF_LIKE(2, 3);

#endif
