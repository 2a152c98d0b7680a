/* ulid.h - ids that sort by time (github.com/ulid/spec). */
#ifndef BASE_ULID_H
#define BASE_ULID_H

#include "base/base.h"
#include "base/slice.h"

enum { ULID_BYTES = 27 }; /* 26 characters of Crockford's base 32 and NUL */

/* Where random bytes come from; tests give a seeded one. */
struct entropy {
    void (*fill)(void *self, void *out, size_t n);
    void *self;
};

/* getrandom(2); any thread. */
extern const struct entropy ulid_system_entropy;

void ulid_make(char out[ULID_BYTES], int64_t wall_ms, const struct entropy *e);
bool ulid_valid(struct slice s);

/* False: not one, and out is as it was. */
bool ulid_copy(struct slice s, char out[ULID_BYTES]);

#endif
