#include "analyzer/podfold.h"

#include "analyzer/interval_pod.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A pod that could be listed. */
struct candidate {
    struct slice           name;
    uint8_t                arm, version; /* version: index into the interval's */
    int                    size;         /* power of two of its usual requests */
    struct podtally_counts n;
};

static int
power_of_two(const struct podtally *p)
{
    double usual = fmax(p->usual, (double)(p->n.requests + p->staged.requests));

    return usual >= 1 ? ilogb(usual) : -1;
}

static size_t
collect(const struct shelf *shelf, const uint8_t index[], struct candidate *all)
{
    size_t n = 0;

    for (size_t i = 0; i < shelf->n; i++)
        for (size_t k = 0; k < PODTALLY_VERSIONS; k++) {
            const struct podtally *p = &shelf->list[i]->pods[k];

            if (!p->version || !(p->present || p->present_staged) ||
                index[p->version->id] == PODFOLD_NO_VERSION)
                continue;
            all[n++] = (struct candidate){.name = shelf->list[i]->name,
                                          .arm = (uint8_t)p->version->arm,
                                          .version = index[p->version->id],
                                          .size = power_of_two(p),
                                          .n = podtally_sum(p)};
        }
    return n;
}

static int
by_name(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    int                     d = x->arm - y->arm;

    if (d == 0)
        d = slice_compare(x->name, y->name);
    return d ? d : x->version - y->version;
}

static int
by_rank(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    if (x->arm != y->arm)
        return x->arm - y->arm;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return by_name(a, b);
}

/* One pod may have several targets, or its version's row is another's too. */
static size_t
merge(struct candidate *all, size_t n)
{
    size_t kept = 0;

    if (n > 1)
        qsort(all, n, sizeof *all, by_name);
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || by_name(&all[kept - 1], &all[i]) != 0) {
            all[kept++] = all[i];
            continue;
        }
        podtally_add_counts(&all[kept - 1].n, &all[i].n);
        if (all[i].size > all[kept - 1].size)
            all[kept - 1].size = all[i].size;
    }
    return kept;
}

/* Instance labels may be longer than a name of Kubernetes: then a fingerprint
 * stands for what does not fit. */
static void
put_name(char out[INTERVAL_NAME_BYTES], struct slice name)
{
    enum { FINGERPRINT_BYTES = 17 };
    size_t room = INTERVAL_NAME_BYTES - 1;

    if (name.n <= room)
        snprintf(out, INTERVAL_NAME_BYTES, "%.*s", SLICE_ARG(name));
    else
        snprintf(out, INTERVAL_NAME_BYTES, "%.*s~%016llx", (int)(room - FINGERPRINT_BYTES), name.p,
                 (unsigned long long)hash_stable(name));
}

static void
put_counts(struct interval_pod *to, const struct podtally_counts *n)
{
    to->requests += n->requests;
    to->faults += n->faults;
    to->no_response += n->no_response;
    to->client_errors += n->client_errors;
    to->timed += n->timed;
    for (size_t k = 0; k < INTERVAL_MONITORED; k++)
        to->over[k] += n->over[k];
}

/* The first `keep` of the arm's candidates get rows, the others share one. */
static void
place(const struct candidate *c, size_t n, size_t keep, struct interval *out)
{
    for (size_t i = 0; i < n && i <= keep; i++) {
        struct interval_pod *row = &out->pods[out->n_pods++];

        *row = (struct interval_pod){.arm = c[i].arm, .version = c[i].version};
        if (i < keep) {
            put_name(row->name, c[i].name);
            put_counts(row, &c[i].n);
            continue;
        }
        snprintf(row->name, sizeof row->name, "other");
        row->folded = (uint32_t)(n - keep);
        for (size_t k = i; k < n; k++)
            put_counts(row, &c[k].n);
    }
}

static int
by_row(const void *a, const void *b)
{
    return interval_pod_compare(a, b);
}

void
podfold_fill(const struct shelf *shelf, const uint8_t index[], struct interval *out)
{
    struct arena      scratch = {0};
    struct candidate *all =
        arena_array(&scratch, shelf->n ? shelf->n : 1, PODTALLY_VERSIONS * sizeof *all);
    size_t n = merge(all, collect(shelf, index, all)), of[ARM_COUNT] = {0}, keep[ARM_COUNT];

    if (n > 1)
        qsort(all, n, sizeof *all, by_rank);
    for (size_t i = 0; i < n; i++)
        of[all[i].arm]++;
    keep[ARM_CANARY] = INTERVAL_MAX_PODS / 2;
    if (of[ARM_BASELINE] < INTERVAL_MAX_PODS / 2)
        keep[ARM_CANARY] = INTERVAL_MAX_PODS - of[ARM_BASELINE];
    if (keep[ARM_CANARY] > of[ARM_CANARY])
        keep[ARM_CANARY] = of[ARM_CANARY];
    keep[ARM_BASELINE] = INTERVAL_MAX_PODS - keep[ARM_CANARY];
    out->n_pods = 0;
    place(all, of[ARM_CANARY], keep[ARM_CANARY], out);
    place(all + of[ARM_CANARY], of[ARM_BASELINE], keep[ARM_BASELINE], out);
    if (out->n_pods > 1)
        qsort(out->pods, out->n_pods, sizeof out->pods[0], by_row);
    arena_release(&scratch);
}
