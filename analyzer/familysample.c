#include "analyzer/familysample.h"

/* Without branches: this is asked of every pod in every interval.  What is less
 * than nothing, or beyond 2^54 anyway, has a bit up there. */
static bool
pod_valid(const struct family_pod *p)
{
    uint64_t beyond = (p->n[FAMILY_OF_TRIES] - p->x[FAMILY_ERRORS]) | p->x[FAMILY_ERRORS] |
                      (p->n[FAMILY_OF_ANSWERED] - p->x[FAMILY_CLIENT_ERRORS]) |
                      p->x[FAMILY_CLIENT_ERRORS];
    bool too_many = false;

    for (int k = FAMILY_LATENCY; k < FAMILY_QUESTIONS; k++)
        beyond |= (p->n[FAMILY_OF_TIMED] - p->x[k]) | p->x[k];
    for (int base = 0; base < FAMILY_BASES; base++)
        too_many |= p->n[base] > PAIR_MAX_REQUESTS;
    return beyond >> 54 == 0 && !too_many && p->arm < ARM_COUNT;
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
