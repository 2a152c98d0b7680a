#include "base/arena.h"

#include "base/heap.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#endif

/* Under ASan a gap of poisoned bytes follows each object, so that running past
 * its end is caught although the block goes on. */
#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
#define poison(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define unpoison(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
enum { RED_ZONE_BYTES = 16 };
#else
#define poison(p, n) ((void)(p), (void)(n))
#define unpoison(p, n) ((void)(p), (void)(n))
enum { RED_ZONE_BYTES = 0 };
#endif

enum { FIRST_BLOCK_BYTES = 4096, LARGEST_BLOCK_BYTES = 1 << 18 };

struct arena_block {
    struct arena_block *next;
    size_t              used, size;
    alignas(max_align_t) unsigned char data[];
};

/* Blocks double with the arena, so that many small objects cost few of them
 * and a small arena stays small. */
static struct arena_block *
new_block(struct arena *a, size_t need)
{
    size_t              size = a->total_bytes;
    struct arena_block *b;

    if (size < FIRST_BLOCK_BYTES)
        size = FIRST_BLOCK_BYTES;
    if (size > LARGEST_BLOCK_BYTES)
        size = LARGEST_BLOCK_BYTES;
    size -= sizeof *b;
    if (size < need)
        size = need;
    b = heap_grow(NULL, 1, sizeof *b + size); /* zeroed where it is handed out */
    b->next = NULL;
    b->used = 0;
    b->size = size;
    a->total_bytes += sizeof *b + size;
    poison(b->data, size);
    return b;
}

void *
arena_alloc(struct arena *a, size_t size_bytes)
{
    const size_t        align = alignof(max_align_t);
    struct arena_block *b = a->head;
    size_t              need;
    void               *p;

    if (size_bytes > SIZE_MAX / 2)
        (void)heap_new(SIZE_MAX, SIZE_MAX); /* no machine has it: ends the process */
    need = ((size_bytes ? size_bytes : 1) + RED_ZONE_BYTES + align - 1) & ~(align - 1);
    if (!b || b->size - b->used < need) {
        struct arena_block *fresh = new_block(a, need);

        /* A block made for one large object must not hide the room that is
         * left in the one before it. */
        if (b && b->size - b->used > fresh->size - need) {
            fresh->next = b->next;
            b->next = fresh;
        } else {
            fresh->next = b;
            a->head = fresh;
        }
        b = fresh;
    }
    p = b->data + b->used;
    b->used += need;
    unpoison(p, size_bytes);
    memset(p, 0, size_bytes);
    return p;
}

void *
arena_array(struct arena *a, size_t n, size_t size_bytes)
{
    size_t total;

    if (__builtin_mul_overflow(n, size_bytes, &total))
        total = SIZE_MAX; /* arena_alloc() ends the process */
    return arena_alloc(a, total);
}

char *
arena_text(struct arena *a, struct slice s)
{
    char *p = arena_array(a, s.n + 1, 1);

    if (s.n)
        memcpy(p, s.p, s.n);
    return p;
}

struct slice
arena_slice(struct arena *a, struct slice s)
{
    return (struct slice){arena_text(a, s), s.n};
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    int     n;
    char   *p;

    va_start(ap, fmt);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0) /* only for a format no caller has */
        abort();
    p = arena_array(a, (size_t)n + 1, 1);
    va_start(ap, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return p;
}

void
arena_release(struct arena *a)
{
    while (a->head) {
        struct arena_block *next = a->head->next;

        unpoison(a->head->data, a->head->size);
        free(a->head);
        a->head = next;
    }
    a->total_bytes = 0;
}
