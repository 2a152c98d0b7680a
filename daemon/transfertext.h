/* transfertext.h - rows of the history as lines of JSON and CSV, and back.
 *
 * JSON Lines: an object a line, its first key "kind".  CSV by RFC 4180, one kind a file, with
 * a header; an empty field is nothing, "" the empty text.  Blobs are base64 in both. */
#ifndef DAEMON_TRANSFERTEXT_H
#define DAEMON_TRANSFERTEXT_H

#include "base/text.h"
#include "store/transfer.h"

#include <stdio.h>

enum { TRANSFERTEXT_MAX_ROW = 4 << 20 }; /* bytes of one */

/* Appended, line end and all. */
void transfertext_json(struct text *out, enum transfer_kind k, const struct transfer_field *fields,
                       size_t n);
void transfertext_csv(struct text *out, const struct transfer_field *fields, size_t n);

/* A row that was read; its texts live until the next read. */
struct transfertext_row {
    enum transfer_kind    kind;
    struct transfer_field fields[TRANSFER_MAX_FIELDS];
    size_t                n;
};

struct transfertext_reader;

/* csv: of this kind, else JSON Lines.  in is borrowed. */
struct transfertext_reader *transfertext_open(FILE *in, bool csv, enum transfer_kind kind);
void                        transfertext_close(struct transfertext_reader *r);

/* STATUS_NO_DATA: the end.  STATUS_SYNTAX, STATUS_LIMIT, STATUS_IO: err says which line. */
enum status transfertext_next(struct transfertext_reader *r, struct transfertext_row *row,
                              struct err *err) MUST_CHECK;
uint64_t    transfertext_bytes(const struct transfertext_reader *r); /* read so far */
uint64_t    transfertext_line(const struct transfertext_reader *r);

#endif
