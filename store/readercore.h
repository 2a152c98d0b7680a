/* readercore.h - what the files of the history's reader share: its connection and the
 * deadline of the present call.  For store/reader*.c alone. */
#ifndef STORE_READERCORE_H
#define STORE_READERCORE_H

#include "store/reader.h"
#include "store/stmt.h"

struct reader {
    struct sqlite3 *db;
    struct stmt_set stmts;
    int64_t         allowed_ms;
    int64_t         deadline_ms; /* of the present call, monotonic */
};

/* The time that this call may take begins. */
void readercore_start(struct reader *r);
bool readercore_is_late(const struct reader *r);

/* Step to the next row; callbacks take time as well. */
enum status readercore_next(struct reader *r, enum stmt q, struct err *err) MUST_CHECK;

/* After the last row, or when nobody wants more. */
enum status readercore_ended(struct reader *r, enum stmt q, enum status s) MUST_CHECK;

enum status readercore_check_id(const char *what, struct slice id, struct err *err) MUST_CHECK;
enum status readercore_check_limit(uint32_t limit, uint32_t max, struct err *err) MUST_CHECK;

/* Of all ids of that millisecond; ms in 0..2^48-1. */
void readercore_least_id(int64_t ms, char out[ULID_BYTES]);

#endif
