#include "analyzer/podtally.h"

/* Of the weight that an interval's requests have in a pod's usual ones. */
static const double LATELY = 0.1;

struct podtally *
podtally_row(struct podtally rows[PODTALLY_VERSIONS], const struct naming_version *version)
{
    for (size_t i = 0; i < PODTALLY_VERSIONS; i++) {
        if (!rows[i].version)
            rows[i].version = version;
        if (rows[i].version == version)
            return &rows[i];
    }
    return NULL;
}

void
podtally_add(struct podtally *p, enum class class, bool no_response, bool client_error, uint64_t n)
{
    bool fault = class == CLASS_APP || class == CLASS_INFRASTRUCTURE;

    p->staged.requests += fault || class == CLASS_OK ? n : 0;
    p->staged.faults += fault ? n : 0;
    p->staged.no_response += no_response ? n : 0;
    p->staged.client_errors += client_error ? n : 0;
}

void
podtally_add_buckets(struct podtally *p, const uint64_t bucket[],
                     const struct podtally_bounds *bounds)
{
    for (uint32_t i = 0; i < bounds->n; i++) {
        p->staged.timed += bucket[i];
        for (size_t k = 0; k < INTERVAL_MONITORED; k++)
            p->staged.over[k] += i > bounds->at[k] ? bucket[i] : 0;
    }
}

void
podtally_add_counts(struct podtally_counts *to, const struct podtally_counts *from)
{
    to->requests += from->requests;
    to->faults += from->faults;
    to->no_response += from->no_response;
    to->client_errors += from->client_errors;
    to->timed += from->timed;
    for (size_t k = 0; k < INTERVAL_MONITORED; k++)
        to->over[k] += from->over[k];
}

struct podtally_counts
podtally_sum(const struct podtally *p)
{
    struct podtally_counts sum = p->n;

    podtally_add_counts(&sum, &p->staged);
    return sum;
}

void
podtally_settle(struct podtally rows[PODTALLY_VERSIONS])
{
    for (size_t i = 0; i < PODTALLY_VERSIONS; i++) {
        podtally_add_counts(&rows[i].n, &rows[i].staged);
        rows[i].present = rows[i].present || rows[i].present_staged;
    }
    podtally_unstage(rows);
}

void
podtally_unstage(struct podtally rows[PODTALLY_VERSIONS])
{
    for (size_t i = 0; i < PODTALLY_VERSIONS; i++) {
        rows[i].staged = (struct podtally_counts){0};
        rows[i].present_staged = false;
    }
}

void
podtally_clear(struct podtally rows[PODTALLY_VERSIONS])
{
    for (size_t i = 0; i < PODTALLY_VERSIONS; i++) {
        rows[i].usual += LATELY * ((double)rows[i].n.requests - rows[i].usual);
        rows[i].n = (struct podtally_counts){0};
        rows[i].present = false;
    }
}

void
podtally_clear_buckets(struct podtally rows[PODTALLY_VERSIONS])
{
    for (size_t i = 0; i < PODTALLY_VERSIONS; i++) {
        rows[i].n.timed = 0;
        memset(rows[i].n.over, 0, sizeof rows[i].n.over);
    }
}
