#include "analyzer/sample.h"

#include "base/hash.h"

static void
take_pod(const struct interval_pod *from, uint32_t n_bounds, struct family_pod *to)
{
    *to = (struct family_pod){.key = hash_stable(slice_of(from->name)), .arm = from->arm};
    to->n[FAMILY_OF_TRIES] = from->requests + from->no_response;
    to->n[FAMILY_OF_ANSWERED] = from->requests;
    to->n[FAMILY_OF_TIMED] = n_bounds ? from->timed : 0;
    to->x[FAMILY_ERRORS] = from->faults + from->no_response;
    to->x[FAMILY_CLIENT_ERRORS] = from->client_errors;
    for (uint32_t k = 0; k < n_bounds; k++)
        to->x[FAMILY_LATENCY + k] = from->over[k];
}

bool
sample_of(const struct interval *i, enum counts_view view, struct interval_monitored *watched,
          struct family_sample *out)
{
    bool timed;

    *out = (struct family_sample){.length_ms = interval_length_ms(i)};
    out->pair[FAMILY_ERRORS] = pair_of_faults(i, view);
    out->pair[FAMILY_CLIENT_ERRORS] = pair_of_client_errors(i, view);
    timed = exceedance_pairs(i, view, watched, &out->pair[FAMILY_LATENCY]);
    if (!timed)
        for (int k = 0; k < INTERVAL_MONITORED; k++)
            out->pair[FAMILY_LATENCY + k] = (struct pair){0};
    for (uint32_t p = 0; view == VIEW_ATTEMPT && p < i->n_pods; p++)
        if (!i->pods[p].folded && out->n_pods < FAMILY_MAX_PODS)
            take_pod(&i->pods[p], timed ? watched->n : 0, &out->pods[out->n_pods++]);
    return out->length_ms > 0 && pair_valid(&out->pair[FAMILY_ERRORS]) &&
           pair_valid(&out->pair[FAMILY_CLIENT_ERRORS]);
}
