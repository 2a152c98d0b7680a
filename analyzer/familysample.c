#include "analyzer/familysample.h"

enum family_base
familysample_base(enum family_question q)
{
    if (q == FAMILY_ERRORS)
        return FAMILY_OF_TRIES;
    return q == FAMILY_CLIENT_ERRORS ? FAMILY_OF_ANSWERED : FAMILY_OF_TIMED;
}

static bool
pod_valid(const struct family_pod *p)
{
    if (p->arm >= ARM_COUNT)
        return false;
    for (int base = 0; base < FAMILY_BASES; base++)
        if (p->n[base] > PAIR_MAX_REQUESTS)
            return false;
    for (enum family_question q = 0; q < FAMILY_QUESTIONS; q++)
        if (p->x[q] > p->n[familysample_base(q)])
            return false;
    return true;
}

bool
familysample_valid(const struct family_sample *s)
{
    if (s->length_ms <= 0 || s->n_pods > FAMILY_MAX_PODS)
        return false;
    for (int q = 0; q < FAMILY_QUESTIONS; q++)
        if (!pair_valid(&s->pair[q]))
            return false;
    for (uint32_t u = 0; u < s->n_pods; u++)
        if (!pod_valid(&s->pods[u]))
            return false;
    return true;
}
