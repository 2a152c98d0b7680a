#include "base/heap.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEPT_BYTES = 16 << 20, MAPPED_FROM_BYTES = 4 << 20 };

static NORETURN void
exhausted(size_t n, size_t size_bytes)
{
    fprintf(stderr, "verdictd: out of memory asking for %zu x %zu bytes\n", n, size_bytes);
    abort();
}

void *
heap_new(size_t n, size_t size_bytes)
{
    void *p = calloc(n ? n : 1, size_bytes ? size_bytes : 1);

    if (!p)
        exhausted(n, size_bytes);
    return p;
}

void *
heap_grow(void *old, size_t n, size_t size_bytes)
{
    void *p = reallocarray(old, n ? n : 1, size_bytes ? size_bytes : 1);

    if (!p)
        exhausted(n, size_bytes);
    return p;
}

void
heap_keep(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, MAPPED_FROM_BYTES);
    (void)mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
}
