#include "daemon/explaincounts.h"

#include "analyzer/quantile.h"
#include "base/clock.h"

#include <inttypes.h>
#include <stdlib.h>

static bool
same_cell(const struct explaincounts_cell *a, const struct interval_cell *b, int8_t arm)
{
    return a->arm == arm && a->cell.view == b->view && !strcmp(a->cell.code, b->code) &&
           !strcmp(a->cell.grpc, b->grpc) && !strcmp(a->cell.flags, b->flags);
}

static void
add_cell(struct explaincounts *e, const struct interval_cell *c, int8_t arm)
{
    uint32_t i = 0;

    while (i < e->n_cells && !same_cell(&e->cells[i], c, arm))
        i++;
    if (i == EXPLAINCOUNTS_CELLS) {
        e->cells_left_out += c->n;
        return;
    }
    if (i == e->n_cells) {
        e->cells[e->n_cells++] = (struct explaincounts_cell){.cell = *c, .arm = arm};
        e->cells[i].cell.n = 0;
    }
    e->cells[i].cell.n += c->n;
}

void
explaincounts_add(struct explaincounts *e, const struct interval *i)
{
    if (!e->intervals++)
        e->from_ms = i->start_ms;
    e->to_ms = i->end_ms;
    e->resets += i->resets;
    e->partial_resets += i->partial_resets;
    for (int v = 0; v < VIEW_COUNT; v++) {
        e->present[v] |= i->present[v];
        e->unattributed[v] += i->unattributed[v];
        e->bounds[v] = i->bounds[v].n ? i->bounds[v] : e->bounds[v];
        for (int a = 0; a < ARM_COUNT; a++)
            counts_add(&e->arm[v][a], &i->arm[v][a]);
    }
    for (uint32_t c = 0; c < i->n_cells; c++)
        add_cell(e, &i->cells[c], i->versions[i->cells[c].version].arm);
}

static void
print_arm(const struct explaincounts *e, int view, int arm, FILE *to)
{
    const struct counts *c = &e->arm[view][arm];
    uint64_t             n = counts_requests(c), bad = counts_faults(c);
    struct quantile      q;

    (void)fprintf(to, "    %-8s %10" PRIu64 " requests %8" PRIu64 " failed",
                  counts_arm_text((enum counts_arm)arm), n, bad);
    if (n)
        (void)fprintf(to, "  success %8.4f %%", 100.0 * (double)(n - bad) / (double)n);
    if (c->no_response)
        (void)fprintf(to, "  %" PRIu64 " without response", c->no_response);
    if (quantile_of(&e->bounds[view], c->bucket, 0.95, &q) == STATUS_OK)
        (void)fprintf(to, "  p95 %.1f ms, between %g and %g", q.interpolated_ms, q.lower_ms,
                      q.upper_ms);
    (void)fputc('\n', to);
}

static int
by_count(const void *a, const void *b)
{
    const struct explaincounts_cell *x = *(const struct explaincounts_cell *const *)a;
    const struct explaincounts_cell *y = *(const struct explaincounts_cell *const *)b;

    return x->cell.n < y->cell.n ? 1 : x->cell.n > y->cell.n ? -1 : 0;
}

static void
print_cells(const struct explaincounts *e, int view, int arm, FILE *to)
{
    const struct explaincounts_cell *list[EXPLAINCOUNTS_CELLS];
    size_t                           n = 0;

    for (uint32_t i = 0; i < e->n_cells; i++)
        if (e->cells[i].arm == arm && e->cells[i].cell.view == view)
            list[n++] = &e->cells[i];
    qsort(list, n, sizeof list[0], by_count);
    for (size_t i = 0; i < n; i++) {
        const struct interval_cell *c = &list[i]->cell;
        enum class what = class_of(slice_of(c->code), slice_of(c->grpc), slice_of(c->flags));

        (void)fprintf(to, "      %-8s code %-3s grpc %-2s flags %-10s %10" PRIu64 "  %s\n",
                      counts_arm_text((enum counts_arm)arm), c->code, *c->grpc ? c->grpc : "-",
                      *c->flags ? c->flags : "-", c->n, class_text(what));
    }
}

void
explaincounts_print(const struct explaincounts *e, FILE *to)
{
    char from[CLOCK_RFC3339_BYTES], until[CLOCK_RFC3339_BYTES];

    if (!e->intervals) {
        (void)fprintf(to, "Counts: none, no interval was closed\n");
        return;
    }
    clock_rfc3339(e->from_ms, from);
    clock_rfc3339(e->to_ms, until);
    (void)fprintf(to, "Counts of %u intervals from %.19sZ to %.19sZ\n", e->intervals, from, until);
    for (int v = 0; v < VIEW_COUNT; v++) {
        if (!e->present[v])
            continue;
        (void)fprintf(to, "  as the %s sees it\n",
                      v == VIEW_USER ? "user (reporter source)" : "server (each attempt)");
        for (int a = 0; a < ARM_COUNT; a++)
            print_arm(e, v, a, to);
        for (int a = 0; a < ARM_COUNT; a++)
            print_cells(e, v, a, to);
        if (e->unattributed[v])
            (void)fprintf(to, "    %" PRIu64 " requests that no version can be given\n",
                          e->unattributed[v]);
    }
    if (e->resets || e->partial_resets)
        (void)fprintf(to, "  %u counter resets, %u instances left out of an interval\n", e->resets,
                      e->partial_resets);
    if (e->cells_left_out)
        (void)fprintf(to, "  %" PRIu64 " requests of further kinds are not listed\n",
                      e->cells_left_out);
}
