#include "tests/unit/analyzer/desk.h"

/* A cell as Istio tells it: version key, revision, workload apart. */
struct told {
    enum counts_view view;
    const char      *key, *revision, *workload, *code, *flags;
    double           value;
};

/* Whose are these requests?  The first snapshot has all at zero, the second
 * has the values. */
static struct desk *
count(const char *canary, const char *baseline, const struct told *told, size_t n)
{
    struct desk *d = desk_new(canary, baseline);

    for (int k = 0; k < 2; k++) {
        snap_begin(&d->n, 11000 + k * 5000);
        for (size_t v = 0; v < VIEW_COUNT; v++)
            snap_sample(&d->n, (enum counts_view)v, "a", 10000 + k * 5000);
        for (size_t i = 0; i < n; i++) {
            const struct told     *t = &told[i];
            struct snapshot_group *g =
                snap_cell(&d->n, t->view, "a", t->key, t->code, t->flags, k ? t->value : 0);

            g->revision = slice_of(t->revision);
            g->workload = slice_of(t->workload);
        }
        assert_int_equal(desk_try(d), STATUS_OK);
    }
    return d;
}

/* Telemetry reference §0.1 and §1.3: a canary that times out is seen by the
 * client under destination_version "unknown" with the endpoint's revision; an
 * error without a host is nobody's. */
static void
unknown_version(void **state)
{
    static const struct told told[] = {
        {VIEW_USER, "1.4", "r1", "reviews-v1", "200", "-", 900},
        {VIEW_ATTEMPT, "1.5", "r2", "reviews-v2", "0", "DC", 10},
        {VIEW_USER, "unknown", "r2", "reviews-v2", "504", "UT", 10},
        {VIEW_USER, "unknown", "r1", "reviews-v1", "503", "UF", 3},
        {VIEW_USER, "unknown", "latest", "unknown", "503", "UH", 2},
        {VIEW_USER, "unknown", "latest", "unknown", "404", "-", 5},
        {VIEW_USER, "unknown", "latest", "unknown", "503", "FI", 7},
        {VIEW_USER, "", "r3", "reviews-v3", "200", "-", 4},
    };
    struct desk *d = count("1.5", "", told, ARRAY_LEN(told));

    (void)state;
    assert_int_equal(d->outcome, LEDGER_CLOSED);
    assert_int_equal(desk_cells(d, VIEW_USER, "1.5", "504"), 10); /* learnt from the servers */
    assert_int_equal(desk_cells(d, VIEW_USER, "1.4", "503"), 3);
    assert_int_equal(d->i.n_versions, 2);
    assert_int_equal(d->i.unattributed[VIEW_USER], 2 + 5 + 4);
    assert_int_equal(d->i.unattributed_faults[VIEW_USER], 2);
    assert_int_equal(counts_faults(&d->i.arm[VIEW_USER][ARM_CANARY]), 10);
    assert_int_equal(d->i.arm[VIEW_ATTEMPT][ARM_CANARY].no_response, 10);
    assert_string_equal(d->sight.keys, "1.4, 1.5, unknown");
    assert_int_equal(d->sight.n_keys, 2);
    assert_false(d->sight.only_placeholders);
    desk_free(d);
}

/* Reporters can disagree about a version's name; each view is believed about
 * itself, and a place with two names in one view tells nothing. */
static void
names_that_differ(void **state)
{
    static const struct told told[] = {
        {VIEW_USER, "1.4", "r1", "reviews", "200", "-", 90},
        {VIEW_USER, "unknown", "r1", "reviews", "504", "UT", 1},
        {VIEW_ATTEMPT, "v1", "r1", "reviews", "200", "-", 91},
        {VIEW_USER, "1.5", "r2", "reviews", "200", "-", 9},
        {VIEW_USER, "1.6", "r2", "reviews", "200", "-", 9},
        {VIEW_USER, "unknown", "r2", "reviews", "504", "UT", 2},
    };
    struct desk *d = count("1.5", "", told, ARRAY_LEN(told));

    (void)state;
    assert_int_equal(desk_cells(d, VIEW_USER, "1.4", "504"), 1);
    assert_int_equal(desk_cells(d, VIEW_USER, "1.5", "504"), 0);
    assert_int_equal(d->i.unattributed[VIEW_USER], 2);
    desk_free(d);
}

/* Nothing but errors, so nothing was learnt: the revision may be the arm's own
 * name, and "latest" is an arm only where there is a workload. */
static void
revision_is_the_name(void **state)
{
    static const struct told told[] = {
        {VIEW_USER, "unknown", "v2", "reviews-v2", "504", "UT", 6},
        {VIEW_USER, "unknown", "v9", "reviews-v9", "504", "UT", 7},
        {VIEW_USER, "latest", "latest", "reviews-v1", "200", "-", 50},
        {VIEW_USER, "latest", "latest", "unknown", "503", "UH", 8},
    };
    struct desk *d = count("v2", "latest", told, ARRAY_LEN(told));

    (void)state;
    assert_int_equal(counts_faults(&d->i.arm[VIEW_USER][ARM_CANARY]), 6);
    assert_int_equal(counts_requests(&d->i.arm[VIEW_USER][ARM_BASELINE]), 50);
    assert_int_equal(d->i.unattributed[VIEW_USER], 7 + 8);
    assert_true(d->sight.canary_seen && d->sight.baseline_seen);
    desk_free(d);
}

static void
arms(void **state)
{
    static const struct told told[] = {
        {VIEW_USER, "v1", "v1", "r", "200", "-", 100},
        {VIEW_USER, "v2", "v2", "r", "200", "-", 10},
        {VIEW_USER, "v3", "v3", "r", "200", "-", 1000},
    };
    struct desk *d = count("v2", "v1", told, ARRAY_LEN(told));

    (void)state;
    assert_int_equal(counts_requests(&d->i.arm[VIEW_USER][ARM_BASELINE]), 100);
    assert_int_equal(d->i.n_versions, 3); /* largest first, whoever it is */
    assert_string_equal(d->i.versions[0].name, "v3");
    assert_int_equal(d->i.versions[0].arm, -1);
    assert_int_equal(d->i.versions[1].arm, ARM_BASELINE);
    assert_int_equal(d->i.versions[2].arm, ARM_CANARY);
    desk_free(d);
    d = count("v2", "", told, ARRAY_LEN(told)); /* everybody else is the baseline */
    assert_int_equal(counts_requests(&d->i.arm[VIEW_USER][ARM_BASELINE]), 1100);
    assert_int_equal(d->sight.most_workloads, 1);
    desk_free(d);
}

/* Trap 3: one label value over two workloads cannot tell the sides apart. */
static void
indistinguishable(void **state)
{
    static const struct told same[] = {
        {VIEW_USER, "v1", "v1", "reviews-a", "200", "-", 100},
        {VIEW_USER, "v1", "v1", "reviews-b", "200", "-", 10},
        {VIEW_USER, "v1", "v1", "unknown", "503", "UF", 10},
    };
    static const struct told none[] = {
        {VIEW_USER, "latest", "latest", "reviews-a", "200", "-", 100},
        {VIEW_USER, "latest", "latest", "reviews-b", "200", "-", 10},
        {VIEW_USER, "", "", "", "200", "-", 10},
    };
    struct desk *d = count("v2", "v1", same, ARRAY_LEN(same));

    (void)state;
    assert_int_equal(d->sight.most_workloads, 2);
    assert_int_equal(d->sight.n_keys, 1);
    assert_false(d->sight.canary_seen);
    desk_free(d);
    d = count("v2", "", none, ARRAY_LEN(none));
    assert_true(d->sight.only_placeholders);
    assert_int_equal(d->sight.n_keys, 0);
    assert_int_equal(d->outcome, LEDGER_OPEN);
    assert_string_equal(d->sight.keys, "latest");
    desk_free(d);
}

/* n versions of `each` codes; version i has i + 1 requests of each. */
static struct desk *
crowd(size_t n, size_t each)
{
    static char        name[256][100];
    static const char *code[] = {"200", "201", "204", "301", "302",
                                 "304", "400", "404", "500", "503"};
    struct told        told[2560];
    size_t             k = 0;

    for (size_t i = 0; i < n; i++) {
        snprintf(name[i], sizeof name[i], "version-%03zu", i);
        for (size_t c = 0; c < each; c++)
            told[k++] =
                (struct told){VIEW_USER, name[i], name[i], "r", code[c], "-", (double)i + 1};
    }
    return count("version-000", "", told, k);
}

/* However many versions: the canary keeps its row, and the arms their sums. */
static void
folding(void **state)
{
    static const struct {
        size_t   n, each;
        uint32_t versions;
    } row[] = {
        {24, 1, 24},  {25, 1, 24},   {100, 1, 24},
        {100, 8, 24}, {100, 10, 19}, /* 19 rows of 10 cells are what 192 hold */
        {3, 10, 3},
    };

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(row); k++) {
        size_t       n = row[k].n;
        struct desk *d = crowd(n, row[k].each);
        uint64_t     all = (uint64_t)(n * (n + 1) / 2 - 1) * row[k].each;
        bool         other = row[k].versions < n;

        assert_int_equal(d->outcome, LEDGER_CLOSED);
        assert_int_equal(d->i.n_versions, row[k].versions);
        assert_int_equal(d->i.n_cells, row[k].versions * row[k].each);
        assert_int_equal(counts_requests(&d->i.arm[VIEW_USER][ARM_BASELINE]), all);
        assert_int_equal(counts_requests(&d->i.arm[VIEW_USER][ARM_CANARY]), row[k].each);
        assert_int_equal(desk_cells(d, VIEW_USER, "version-000", NULL), row[k].each);
        assert_int_equal(strcmp(d->i.versions[d->i.n_versions - 1].name, "other") == 0, other);
        assert_int_equal(d->sight.n_keys, n);
        assert_true(strlen(d->sight.keys) < sizeof d->sight.keys);
        if (n == 100)
            assert_string_equal(d->sight.keys + strlen(d->sight.keys) - 16, "version-018, ...");
        desk_free(d);
    }
}

/* Cells keep the flags as they are; a list that is too long keeps whole tokens
 * and its class. */
static void
long_flags(void **state)
{
    static const struct {
        const char *flags, *kept;
    } row[] = {
        {"UF,URX", "UF,URX"},
        {"H2_HANDSHAKE_FAILURE,TLS_FAILURE", "H2_HANDSHAKE_FAILURE"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZ,UMSDR,UT,FI", "FI,ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMNOPQRSTUVWXYZ", "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDE"},
        {"-,-,-,-,-,-,-,-,-,-,-,-,-,-,-,-,-,-,-,UO", "UO,-,-,-,-,-,-,-,-,-,-,-,-,-,-"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct told  told = {VIEW_USER, "v2", "v2", "r", "503", row[i].flags, 5};
        struct desk *d = count("v2", "", &told, 1);
        struct slice code = SLICE_LITERAL("503"), none = {0};

        assert_int_equal(d->i.n_cells, 1);
        assert_string_equal(d->i.cells[0].flags, row[i].kept);
        assert_int_equal(class_of(code, none, slice_of(row[i].flags)),
                         class_of(code, none, slice_of(d->i.cells[0].flags)));
        desk_free(d);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_version),      cmocka_unit_test(names_that_differ),
        cmocka_unit_test(revision_is_the_name), cmocka_unit_test(arms),
        cmocka_unit_test(indistinguishable),    cmocka_unit_test(folding),
        cmocka_unit_test(long_flags),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
