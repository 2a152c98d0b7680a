#include "analyzer/familysample.h"

static const uint8_t base_of[FAMILY_QUESTIONS] = {
    FAMILY_OF_TRIES, FAMILY_OF_ANSWERED, FAMILY_OF_TIMED, FAMILY_OF_TIMED,
    FAMILY_OF_TIMED, FAMILY_OF_TIMED,    FAMILY_OF_TIMED, FAMILY_OF_TIMED,
};

enum family_base
familysample_base(enum family_question q)
{
    return (enum family_base)base_of[q];
}

static bool
pod_valid(const struct family_pod *p)
{
    if (p->arm >= ARM_COUNT)
        return false;
    for (int base = 0; base < FAMILY_BASES; base++)
        if (p->n[base] > PAIR_MAX_REQUESTS)
            return false;
    for (int q = 0; q < FAMILY_QUESTIONS; q++)
        if (p->x[q] > p->n[base_of[q]])
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
