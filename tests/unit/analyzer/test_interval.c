#include "analyzer/interval_pod.h"
#include "tests/support/check.h"
#include "tests/support/prng.h"
#include "tests/support/typicalinterval.h"

#include <stdlib.h>

#define INF ((double)INFINITY)

static void
same_counts(const struct counts *a, const struct counts *b)
{
    for (size_t i = 0; i < CLASS_COUNT; i++)
        assert_int_equal(a->by_class[i], b->by_class[i]);
    assert_int_equal(a->no_response, b->no_response);
    assert_int_equal(a->client_errors, b->client_errors);
    for (size_t i = 0; i < COUNTS_MAX_BOUNDS; i++)
        assert_int_equal(a->bucket[i], b->bucket[i]);
}

static void
same_cell(const struct interval_cell *a, const struct interval_cell *b)
{
    assert_int_equal(a->view, b->view);
    assert_int_equal(a->version, b->version);
    assert_string_equal(a->code, b->code);
    assert_string_equal(a->grpc, b->grpc);
    assert_string_equal(a->flags, b->flags);
    assert_int_equal(a->n, b->n);
}

static void
same(const struct interval *a, const struct interval *b)
{
    assert_int_equal(a->start_ms, b->start_ms);
    assert_int_equal(a->end_ms, b->end_ms);
    assert_int_equal(a->resets, b->resets);
    assert_int_equal(a->partial_resets, b->partial_resets);
    assert_int_equal(a->births, b->births);
    assert_int_equal(a->instances, b->instances);
    assert_int_equal(a->n_versions, b->n_versions);
    assert_int_equal(a->n_cells, b->n_cells);
    for (size_t v = 0; v < VIEW_COUNT; v++) {
        assert_int_equal(a->present[v], b->present[v]);
        assert_int_equal(a->bounds[v].n, b->bounds[v].n);
        for (uint32_t i = 0; i < a->bounds[v].n; i++)
            assert_true(a->bounds[v].le_ms[i] == b->bounds[v].le_ms[i]);
        assert_int_equal(a->unattributed[v], b->unattributed[v]);
        assert_int_equal(a->unattributed_faults[v], b->unattributed_faults[v]);
        for (size_t k = 0; k < ARM_COUNT; k++)
            same_counts(&a->arm[v][k], &b->arm[v][k]);
    }
    for (uint32_t k = 0; k < a->n_versions; k++) {
        assert_string_equal(a->versions[k].name, b->versions[k].name);
        assert_int_equal(a->versions[k].arm, b->versions[k].arm);
        for (size_t v = 0; v < VIEW_COUNT; v++)
            same_counts(&a->versions[k].at[v], &b->versions[k].at[v]);
    }
    for (uint32_t k = 0; k < a->n_cells; k++)
        same_cell(&a->cells[k], &b->cells[k]);
}

static void
same_pods(const struct interval *a, const struct interval *b)
{
    assert_int_equal(a->n_pods, b->n_pods);
    for (uint32_t k = 0; k < a->n_pods; k++) {
        const struct interval_pod *p = &a->pods[k], *q = &b->pods[k];

        assert_string_equal(p->name, q->name);
        assert_int_equal(p->version, q->version);
        assert_int_equal(p->arm, q->arm);
        assert_int_equal(p->folded, q->folded);
        assert_int_equal(p->requests, q->requests);
        assert_int_equal(p->faults, q->faults);
        assert_int_equal(p->no_response, q->no_response);
        assert_int_equal(p->client_errors, q->client_errors);
        assert_int_equal(p->timed, q->timed);
        for (uint32_t o = 0; o < INTERVAL_MONITORED; o++)
            assert_int_equal(p->over[o], q->over[o]);
    }
}

static void
same_extras(const struct interval *a, const struct interval *b)
{
    for (size_t v = 0; v < VIEW_COUNT; v++) {
        assert_int_equal(a->monitored[v].n, b->monitored[v].n);
        for (uint32_t k = 0; k < a->monitored[v].n; k++)
            assert_true(a->monitored[v].le_ms[k] == b->monitored[v].le_ms[k]);
        assert_int_equal(a->unattributed_no_route[v], b->unattributed_no_route[v]);
        assert_int_equal(a->unattributed_no_cluster[v], b->unattributed_no_cluster[v]);
    }
    for (size_t s = 0; s < MESH_SIGNAL_COUNT; s++)
        for (size_t side = 0; side < MESH_SIGNAL_SIDES; side++) {
            assert_int_equal(a->signals[s][side].reported, b->signals[s][side].reported);
            assert_int_equal(a->signals[s][side].value, b->signals[s][side].value);
        }
}

static size_t
there_and_back(const struct interval *i)
{
    static struct interval back;
    struct text            row;
    struct err             err = {0};
    size_t                 n;

    text_init(&row, 1 << 20);
    interval_pack(i, &row);
    assert_int_equal(row.status, STATUS_OK);
    if (interval_unpack(text_slice(&row), &back, &err) != STATUS_OK)
        fail_msg("%s", err.text);
    same(i, &back);
    same_pods(i, &back);
    same_extras(i, &back);
    n = row.n;
    text_release(&row);
    return n;
}

static uint64_t
some_count(struct prng *r)
{
    return prng_next(r) >> (11 + prng_below(r, 53));
}

static void
some_bounds(struct prng *r, struct counts_bounds *b)
{
    double le = 0;

    *b = (struct counts_bounds){0};
    switch (prng_below(r, 4)) {
    case 0:
        return;
    case 1:
        b->n = ARRAY_LEN(typicalinterval_le_ms);
        memcpy(b->le_ms, typicalinterval_le_ms, sizeof typicalinterval_le_ms);
        return;
    default:
        break;
    }
    b->n = 1 + (uint32_t)prng_below(r, COUNTS_MAX_BOUNDS);
    for (uint32_t i = 0; i + 1 < b->n; i++) {
        le += prng_below(r, 2) ? (double)(1 + prng_below(r, 100))
                               : (double)(1 + prng_below(r, 1 << 20)) / 3;
        b->le_ms[i] = le;
    }
    b->le_ms[b->n - 1] = INF;
}

/* Rising bounds, of the histogram or others. */
static void
some_monitored(struct prng *r, struct interval_monitored *m, const struct counts_bounds *b)
{
    double le = 0;

    *m = (struct interval_monitored){.n = (uint32_t)prng_below(r, INTERVAL_MONITORED + 1)};
    if (prng_below(r, 4) && b->n > m->n) {
        memcpy(m->le_ms, &b->le_ms[prng_below(r, b->n - m->n)], m->n * sizeof m->le_ms[0]);
        return;
    }
    for (uint32_t k = 0; k < m->n; k++)
        m->le_ms[k] = le += (double)(1 + prng_below(r, 1000)) / 7;
}

static void
some_pods(struct prng *r, struct interval *i)
{
    static const char *const stem[] = {"reviews-7d4b9c5f6d", "reviews-7d4b9c", "", "details-1"};
    uint32_t                 n = (uint32_t)prng_below(r, INTERVAL_MAX_PODS);

    if (i->n_versions == 0)
        return;
    i->n_pods = n + (uint32_t)prng_below(r, ARM_COUNT + 1);
    for (uint32_t k = 0; k < i->n_pods; k++) {
        struct interval_pod *p = &i->pods[k];

        p->arm = k < n ? (uint8_t)prng_below(r, ARM_COUNT) : (uint8_t)(k - n);
        p->version = (uint8_t)prng_below(r, i->n_versions);
        p->folded = k < n ? 0 : 1 + (uint32_t)prng_below(r, 1000);
        snprintf(p->name, sizeof p->name, k < n ? "%s-%03u" : "other",
                 stem[prng_below(r, ARRAY_LEN(stem))], k);
        if (prng_below(r, 4) == 0)
            continue;
        p->requests = some_count(r);
        p->faults = p->requests / (1 + prng_below(r, 5));
        p->client_errors = p->requests / 9;
        p->no_response = some_count(r) & 0xff;
        p->timed = 1 + some_count(r);
        for (uint32_t o = 0; o < i->monitored[VIEW_ATTEMPT].n; o++)
            p->over[o] = prng_below(r, 2) ? prng_below(r, p->timed) : 0;
    }
    qsort(i->pods, i->n_pods, sizeof i->pods[0], typicalinterval_by_pod);
}

static void
some_extras(struct prng *r, struct interval *i)
{
    for (size_t v = 0; v < VIEW_COUNT; v++) {
        some_monitored(r, &i->monitored[v], &i->bounds[v]);
        i->unattributed_no_route[v] = prng_below(r, 2) ? some_count(r) : 0;
        i->unattributed_no_cluster[v] = prng_below(r, 2) ? some_count(r) : 0;
    }
    some_pods(r, i);
    for (size_t s = 0; s < MESH_SIGNAL_COUNT; s++)
        for (size_t side = 0; side < MESH_SIGNAL_SIDES; side++)
            if (prng_below(r, 3) == 0)
                i->signals[s][side] = (struct interval_signal){true, some_count(r) >> 9};
}

static void
some_interval(struct prng *r, struct interval *i)
{
    static const char *const code[] = {"200", "404", "503", "0", "", "5xx"};
    static const char *const grpc[] = {"", "0", "14"};
    static const char *const flags[] = {"-", "", "DC", "UF,URX", "H2_HANDSHAKE_FAILURE"};

    *i = (struct interval){.start_ms = (int64_t)prng_below(r, 1ULL << 42)};
    i->end_ms = i->start_ms + (int64_t)prng_below(r, 100000);
    i->resets = (uint32_t)prng_below(r, 3);
    i->partial_resets = (uint32_t)prng_next(r);
    i->births = (uint32_t)prng_below(r, 300);
    i->instances = (uint32_t)prng_below(r, 300);
    i->n_versions = (uint32_t)prng_below(r, INTERVAL_MAX_VERSIONS + 1);
    for (size_t v = 0; v < VIEW_COUNT; v++) {
        i->present[v] = prng_below(r, 2);
        if (v > 0 && prng_below(r, 2))
            i->bounds[v] = i->bounds[v - 1];
        else
            some_bounds(r, &i->bounds[v]);
        i->unattributed[v] = some_count(r);
        i->unattributed_faults[v] = i->unattributed[v] / 2;
    }
    for (uint32_t k = 0; k < i->n_versions; k++) {
        struct interval_version *w = &i->versions[k];

        memset(w->name, 'a' + (int)k, 1 + prng_below(r, INTERVAL_NAME_BYTES - 1));
        w->arm = (int8_t)((int)prng_below(r, 3) - 1);
        for (size_t v = 0; v < VIEW_COUNT; v++)
            for (uint32_t b = 0; b < i->bounds[v].n; b++)
                w->at[v].bucket[b] = prng_below(r, 2) ? some_count(r) : 0;
    }
    i->n_cells = i->n_versions ? (uint32_t)prng_below(r, INTERVAL_MAX_CELLS + 1) : 0;
    for (uint32_t k = 0; k < i->n_cells; k++) {
        struct interval_cell *c = &i->cells[k];

        c->view = (uint8_t)prng_below(r, VIEW_COUNT);
        c->version = (uint8_t)prng_below(r, i->n_versions);
        snprintf(c->code, sizeof c->code, "%s", code[prng_below(r, ARRAY_LEN(code))]);
        snprintf(c->grpc, sizeof c->grpc, "%s", grpc[prng_below(r, ARRAY_LEN(grpc))]);
        snprintf(c->flags, sizeof c->flags, "%s", flags[prng_below(r, ARRAY_LEN(flags))]);
        c->n = some_count(r);
    }
    some_extras(r, i);
    interval_recount(i);
}

/* Law: unpack(pack(x)) == x. */
static void
round_trip(void **state)
{
    struct prng            r = {1};
    static struct interval i;

    (void)state;
    there_and_back(&i);
    for (int k = 0; k < 500; k++) {
        some_interval(&r, &i);
        there_and_back(&i);
    }
}

static int
by_size(const void *a, const void *b)
{
    const size_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* interval.h promises a median under 300 bytes. */
static void
typical_size(void **state)
{
    struct prng            r = {2};
    static struct interval i;
    size_t                 size[101];

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(size); k++) {
        typicalinterval_make(&r, &i);
        size[k] = there_and_back(&i);
    }
    qsort(size, ARRAY_LEN(size), sizeof size[0], by_size);
    print_message("a typical interval: median %zu bytes, at most %zu\n", size[50], size[100]);
    assert_true(size[50] <= 300);
    for (size_t k = 0; k < ARRAY_LEN(size); k++) {
        typicalinterval_make(&r, &i);
        typicalinterval_pods(&r, &i);
        size[k] = there_and_back(&i);
    }
    qsort(size, ARRAY_LEN(size), sizeof size[0], by_size);
    print_message("with 16 pods: median %zu bytes, at most %zu\n", size[50], size[100]);
    assert_true(size[50] <= 300 + 16 * 20);
}

/* A row of format 1 ended after the cells: without pods and signals format 2
 * only adds nine zeros (of each view: no bounds, no NR, no NC; no pods; no
 * signals; no values measured). */
static void
format_1(void **state)
{
    struct prng            r = {4};
    static struct interval i, back;
    struct text            row;
    struct err             err = {0};

    (void)state;
    typicalinterval_make(&r, &i);
    text_init(&row, 1 << 16);
    interval_pack(&i, &row);
    row.p[0] = 1;
    assert_int_equal(interval_unpack((struct slice){row.p, row.n - 9}, &back, &err), STATUS_OK);
    same(&i, &back);
    same_pods(&i, &back);
    same_extras(&i, &back);
    assert_int_equal(interval_unpack(text_slice(&row), &back, &err), STATUS_SYNTAX);
    text_release(&row);
}

static void
over_a_bound(void **state)
{
    static struct interval i;
    struct counts          c = {.bucket = {1, 20, 300, 4000}};
    uint64_t               over;

    (void)state;
    i = (struct interval){.bounds[VIEW_USER] = {4, {10, 25, 50, INF}},
                          .monitored[VIEW_USER] = {3, {10, 30, 50}}};
    assert_true(interval_over(&i, VIEW_USER, &c, 0, &over));
    assert_int_equal(over, 4320);
    assert_false(interval_over(&i, VIEW_USER, &c, 1, &over)); /* not among the bounds */
    assert_int_equal(over, 0);
    assert_true(interval_over(&i, VIEW_USER, &c, 2, &over));
    assert_int_equal(over, 4000);
    assert_false(interval_over(&i, VIEW_USER, &c, 3, &over));
    assert_false(interval_over(&i, VIEW_ATTEMPT, &c, 0, &over));
}

/* NR and NC are looked for as tokens: NRX is another flag. */
static void
no_route(void **state)
{
    static struct interval i;
    static const struct {
        uint8_t     view;
        const char *flags;
        uint64_t    n;
    } cell[] = {{VIEW_USER, "NR", 1},    {VIEW_USER, "URX,NR", 20}, {VIEW_USER, "NRX", 300},
                {VIEW_USER, "NC", 4000}, {VIEW_ATTEMPT, "NR", 7},   {VIEW_USER, "-", 50000}};

    (void)state;
    i = (struct interval){.n_versions = 1,
                          .n_cells = ARRAY_LEN(cell),
                          .unattributed_no_route[VIEW_USER] = 100,
                          .unattributed_no_cluster[VIEW_USER] = 30};
    for (uint32_t k = 0; k < i.n_cells; k++) {
        i.cells[k].view = cell[k].view;
        i.cells[k].n = cell[k].n;
        snprintf(i.cells[k].flags, sizeof i.cells[k].flags, "%s", cell[k].flags);
    }
    assert_int_equal(interval_no_route(&i, VIEW_USER), 121);
    assert_int_equal(interval_no_cluster(&i, VIEW_USER), 4030);
    assert_int_equal(interval_no_route(&i, VIEW_ATTEMPT), 7);
    assert_int_equal(interval_no_cluster(&i, VIEW_ATTEMPT), 0);
}

static void
recount(void **state)
{
    static struct interval i;
    const struct counts   *canary = &i.arm[VIEW_USER][ARM_CANARY];
    static const struct {
        uint8_t     version;
        const char *code, *grpc, *flags;
        uint64_t    n;
    } cell[] = {
        {0, "200", "", "-", 90}, {0, "404", "", "-", 4},   {0, "503", "", "UF", 3},
        {0, "504", "", "UT", 2}, {0, "0", "", "DC", 5},    {0, "503", "", "FI", 7},
        {0, "429", "", "RL", 6}, {1, "200", "14", "-", 8}, {2, "200", "", "-", 1000},
        {3, "500", "", "-", 1},
    };

    (void)state;
    i = (struct interval){.n_versions = 4, .n_cells = ARRAY_LEN(cell)};
    i.versions[0].arm = ARM_CANARY;
    i.versions[1].arm = ARM_BASELINE;
    i.versions[2].arm = -1;
    i.versions[3].arm = ARM_BASELINE;
    i.versions[1].at[VIEW_USER].bucket[2] = 11;
    i.versions[3].at[VIEW_USER].bucket[2] = 22;
    for (uint32_t k = 0; k < i.n_cells; k++) {
        i.cells[k].version = cell[k].version;
        i.cells[k].n = cell[k].n;
        snprintf(i.cells[k].code, 4, "%s", cell[k].code);
        snprintf(i.cells[k].grpc, 4, "%s", cell[k].grpc);
        snprintf(i.cells[k].flags, 8, "%s", cell[k].flags);
    }
    interval_recount(&i);
    interval_recount(&i); /* anew, not on top */
    assert_int_equal(canary->by_class[CLASS_OK], 94);
    assert_int_equal(canary->by_class[CLASS_APP], 2);
    assert_int_equal(canary->by_class[CLASS_INFRASTRUCTURE], 3);
    assert_int_equal(canary->by_class[CLASS_CLIENT], 5);
    assert_int_equal(canary->by_class[CLASS_INJECTED], 7);
    assert_int_equal(canary->by_class[CLASS_POLICY], 6);
    assert_int_equal(canary->no_response, 5);
    assert_int_equal(canary->client_errors, 4);
    assert_int_equal(counts_requests(canary), 99);
    assert_int_equal(counts_faults(canary), 5);
    assert_int_equal(counts_faults(&i.arm[VIEW_USER][ARM_BASELINE]), 9);
    assert_int_equal(counts_timed(&i.arm[VIEW_USER][ARM_BASELINE]), 33);
    assert_int_equal(counts_requests(&i.arm[VIEW_ATTEMPT][ARM_CANARY]), 0);
}

static void
refused(struct slice row)
{
    static struct interval i, zero;
    struct err             err = {0};

    i.n_cells = 7;
    assert_int_equal(interval_unpack(row, &i, &err), STATUS_SYNTAX);
    assert_true(err.text[0] != '\0');
    assert_memory_equal(&i, &zero, sizeof i);
}

/* The first rows of format 2 ended after the signals: a row without measured values
 * and clusters, less the byte that says there are none. */
static void
first_rows_of_format_2(void **state)
{
    struct prng            r = {3};
    static struct interval i, back;
    struct text            row;
    struct err             err = {0};

    (void)state;
    typicalinterval_make(&r, &i);
    typicalinterval_pods(&r, &i);
    text_init(&row, 1 << 16);
    interval_pack(&i, &row);
    if (interval_unpack((struct slice){row.p, row.n - 1}, &back, &err))
        fail_msg("%s", err.text);
    assert_int_equal(i.n_measured, 0);
    assert_memory_equal(&back, &i, sizeof i);
    text_release(&row);
}

/* Every row that is shorter still is refused, and so is one with something behind it. */
static void
damaged(void **state)
{
    struct prng            r = {3};
    static struct interval i;
    struct text            row;

    (void)state;
    typicalinterval_make(&r, &i);
    typicalinterval_pods(&r, &i);
    text_init(&row, 1 << 16);
    interval_pack(&i, &row);
    for (size_t n = 0; n < row.n - 1; n++)
        refused((struct slice){row.p, n});
    text_putc(&row, '\0');
    refused(text_slice(&row));
    row.p[0] = 3; /* a format of the future */
    refused((struct slice){row.p, row.n - 1});
    text_release(&row);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),   cmocka_unit_test(typical_size),
        cmocka_unit_test(format_1),     cmocka_unit_test(recount),
        cmocka_unit_test(over_a_bound), cmocka_unit_test(no_route),
        cmocka_unit_test(damaged),      cmocka_unit_test(first_rows_of_format_2),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
