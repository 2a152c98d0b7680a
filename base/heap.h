/* heap.h - memory from the system that is never NULL.
 *
 * The process ends when there is none left: limits on what comes from outside
 * are checked before, so running out is not an answer to any request.  What is
 * returned is given back with free(). */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include "base/base.h"

/* n objects of size bytes, zeroed; n * size is checked for overflow. */
void *heap_new(size_t n, size_t size_bytes);

/* As realloc(), to n objects of size bytes; what is new is not zeroed. */
void *heap_grow(void *old, size_t n, size_t size_bytes);

/* Keep some megabytes of what is freed; once, before threads start.  Large blocks
 * come and go with each query, and pages that went back to the system are paid
 * for again by faults. */
void heap_keep(void);

#endif
