/* vec.h - typed growable arrays whose memory lives in an arena.
 *
 *     VEC(int) v = {0};
 *     VEC_PUSH(&arena, &v, 7);      v.at[0] == 7, v.n == 1
 *
 * Growing leaves the old array to the arena, so pointers into it stay valid
 * but stale: keep indices. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include "base/arena.h"

#define VEC(type)                                                                                  \
    struct {                                                                                       \
        type  *at;                                                                                 \
        size_t n, cap;                                                                             \
    }

#define VEC_PUSH(arena, v, ...)                                                                    \
    do {                                                                                           \
        if ((v)->n == (v)->cap)                                                                    \
            (v)->at = vec_grow((arena), (v)->at, &(v)->cap, sizeof *(v)->at);                      \
        (v)->at[(v)->n++] = (__VA_ARGS__);                                                         \
    } while (0)

/* Behind VEC_PUSH: a copy with room for twice as many. */
void *vec_grow(struct arena *a, const void *old, size_t *cap, size_t item_bytes);

#endif
