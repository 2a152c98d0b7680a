#include "base/vec.h"

enum { FIRST_CAP = 8 };

void *
vec_grow(struct arena *a, const void *old, size_t *cap, size_t item_bytes)
{
    size_t more = *cap ? *cap * 2 : FIRST_CAP;
    void  *p = arena_array(a, more, item_bytes);

    if (*cap)
        memcpy(p, old, *cap * item_bytes);
    *cap = more;
    return p;
}
