#include "analyzer/sample.h"

#include "base/hash.h"

static void
take_pod(const struct interval_pod *from, uint32_t n_bounds, struct hash_sorted *names,
         struct family_pod *to)
{
    uint32_t k = 0;

    to->key = hash_sorted(names, from->name, sizeof from->name);
    to->arm = from->arm;
    to->n[FAMILY_OF_TRIES] = from->requests + from->no_response;
    to->n[FAMILY_OF_ANSWERED] = from->requests;
    to->n[FAMILY_OF_TIMED] = n_bounds ? from->timed : 0;
    to->x[FAMILY_ERRORS] = from->faults + from->no_response;
    to->x[FAMILY_CLIENT_ERRORS] = from->client_errors;
    for (; k < n_bounds; k++)
        to->x[FAMILY_LATENCY + k] = from->over[k];
    for (; k < FAMILY_LATENCY_BOUNDS; k++)
        to->x[FAMILY_LATENCY + k] = 0;
}

bool
sample_of(const struct interval *i, enum counts_view view, struct interval_monitored *watched,
          struct family_sample *out)
{
    struct hash_sorted names;
    bool               timed;

    names.last_bytes = 0; /* and nothing else: this is in the way of every interval */
    out->length_ms = interval_length_ms(i);
    out->n_pods = 0;
    out->pair[FAMILY_ERRORS] = pair_of_faults(i, view);
    out->pair[FAMILY_CLIENT_ERRORS] = pair_of_client_errors(i, view);
    timed = exceedance_pairs(i, view, watched, &out->pair[FAMILY_LATENCY]);
    for (uint32_t k = timed ? watched->n : 0; k < INTERVAL_MONITORED; k++)
        out->pair[FAMILY_LATENCY + k] = (struct pair){0};
    for (uint32_t p = 0; view == VIEW_ATTEMPT && p < i->n_pods; p++)
        if (!i->pods[p].folded && out->n_pods < FAMILY_MAX_PODS)
            take_pod(&i->pods[p], timed ? watched->n : 0, &names, &out->pods[out->n_pods++]);
    return out->length_ms > 0 && pair_valid(&out->pair[FAMILY_ERRORS]) &&
           pair_valid(&out->pair[FAMILY_CLIENT_ERRORS]);
}

void
sample_widen(struct family_sample *s, const struct interval_monitored *watched, double margin_ms)
{
    exceedance_widen(watched, margin_ms, EXCEEDANCE_ABORT, &s->pair[FAMILY_LATENCY]);
    for (uint32_t k = 0; k < watched->n; k++) {
        uint32_t at = exceedance_widened(watched, k, margin_ms, EXCEEDANCE_ABORT);

        for (uint32_t p = 0; p < s->n_pods; p++)
            if (s->pods[p].arm == ARM_CANARY)
                s->pods[p].x[FAMILY_LATENCY + k] =
                    at < watched->n ? s->pods[p].x[FAMILY_LATENCY + at] : 0;
    }
}
