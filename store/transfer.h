/* transfer.h - the history's rows for other programs, and back: by transfer.def.
 *
 * What is state and not history stays out: the outbox, the loadtester's gates, Kayenta's
 * executions.  A backup has them. */
#ifndef STORE_TRANSFER_H
#define STORE_TRANSFER_H

#include "base/err.h"
#include "base/ulid.h"

enum transfer_kind {
#define TRANSFER(name, kind, select, insert) TRANSFER_##name,
#include "store/transfer.def"
#undef TRANSFER
    TRANSFER_KINDS
};

enum { TRANSFER_MAX_FIELDS = 32 };

struct transfer_field {
    struct slice key;
    enum { TRANSFER_NOTHING, TRANSFER_TEXT, TRANSFER_BLOB, TRANSFER_INTEGER, TRANSFER_REAL } type;
    struct slice bytes; /* of TEXT and BLOB */
    int64_t      integer;
    double       real;
};

const char *transfer_text(enum transfer_kind k);
bool        transfer_parse(struct slice text, enum transfer_kind *out);

struct transfer_filter {
    struct slice ns, service; /* empty: any */
    int64_t      since_ms;    /* runs that began then; 0: any */
};

/* fields are borrowed for the call; false: enough. */
typedef bool (*transfer_row_fn)(void *ctx, enum transfer_kind k,
                                const struct transfer_field *fields, size_t n);

/* Every row of one kind, oldest first, beside a running daemon: in pages, each of its own
 * instant, so that its log can be folded in meanwhile.
 * STATUS_NOT_FOUND, STATUS_CONFLICT, STATUS_STORE; STATUS_CANCELLED: fn said enough. */
enum status transfer_export(const char *data_dir, enum transfer_kind k,
                            const struct transfer_filter *f, transfer_row_fn fn, void *ctx,
                            struct err *err) MUST_CHECK;

/* The names of a kind's keys, in their order; how many. */
enum status transfer_keys(const char *data_dir, enum transfer_kind k,
                          char keys[TRANSFER_MAX_FIELDS][32], size_t *n,
                          struct err *err) MUST_CHECK;

struct transfer_import;

/* The directory is locked, and made if missing.  STATUS_CONFLICT: a daemon has it. */
enum status transfer_import_open(const char *data_dir, struct transfer_import **out,
                                 struct err *err) MUST_CHECK;

/* One row; *news: it was not there yet.  A key that is not the kind's, an id that is none, and
 * what the schema refuses are STATUS_RANGE; a run or a service that is not there
 * STATUS_NOT_FOUND.  Durable from time to time, and with the close. */
enum status transfer_import_row(struct transfer_import *t, enum transfer_kind k,
                                const struct transfer_field *fields, size_t n, bool *news,
                                struct err *err) MUST_CHECK;

/* What was taken since is made durable; NULL is fine. */
enum status transfer_import_close(struct transfer_import *t, struct err *err) MUST_CHECK;

#endif
