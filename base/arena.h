/* arena.h - memory that dies together. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/base.h"
#include "base/slice.h"

struct arena_block;

/* Start it as {0}. */
struct arena {
    struct arena_block *head;
    size_t              total_bytes; /* taken from the system and not yet given back */
};

/* Zeroed, aligned for any object, valid until arena_release().  Never NULL:
 * the process ends if the system is out of memory.  Sizes that come from
 * outside are checked against a limit before they reach this call. */
void *arena_alloc(struct arena *a, size_t size_bytes);

/* n objects of size bytes each; ends the process if the product overflows. */
void *arena_array(struct arena *a, size_t n, size_t size_bytes);

/* A copy with a terminating NUL. */
char        *arena_text(struct arena *a, struct slice s);
struct slice arena_slice(struct arena *a, struct slice s);
char        *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Give everything back; the arena is {0} again. */
void arena_release(struct arena *a);

#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))

#endif
