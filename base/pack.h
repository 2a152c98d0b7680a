/* pack.h - bytes that are the same on every machine: stored state and counts.
 *
 * Fixed-width integers are little-endian, doubles their IEEE 754 bits (so that
 * what is restored is equal bit for bit), counts LEB128 varints. */
#ifndef BASE_PACK_H
#define BASE_PACK_H

#include "base/slice.h"
#include "base/text.h"

/* Until the year 10000: sums and differences of such times do not overflow. */
#define PACK_LAST_MS INT64_C(253402300800000)

void pack_u8(struct text *t, uint8_t v);
void pack_u32(struct text *t, uint32_t v);
void pack_u64(struct text *t, uint64_t v);
void pack_i64(struct text *t, int64_t v);
void pack_double(struct text *t, double v);
void pack_varint(struct text *t, uint64_t v);
void pack_slice(struct text *t, struct slice s); /* varint length, bytes */

/* Reading: past the end, or a varint over 64 bits, sets bad and yields 0 from
 * then on.  Ask once at the end; rest must then be empty as well. */
struct unpack {
    struct slice rest;
    bool         bad;
};

uint8_t      pack_get_u8(struct unpack *u);
uint32_t     pack_get_u32(struct unpack *u);
uint64_t     pack_get_u64(struct unpack *u);
int64_t      pack_get_i64(struct unpack *u);
int64_t      pack_get_ms(struct unpack *u); /* -1 (none) to PACK_LAST_MS, else bad and 0 */
double       pack_get_double(struct unpack *u);
uint64_t     pack_get_varint(struct unpack *u);
struct slice pack_get_slice(struct unpack *u); /* borrowed from the input */
/* Copy a packed slice into a NUL-terminated buffer; bad if it does not fit or
 * holds a NUL. */
void pack_get_text(struct unpack *u, char *out, size_t out_bytes);

#endif
