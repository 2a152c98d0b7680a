#include "analyzer/clusters.h"
#include "tests/unit/analyzer/traffic.h"

enum { NOW = 1000000, SILENCE = 120000 };

static const struct policy two = {.clusters = {.min = 2, .min_requests = 50}};
static const struct policy none;

static struct interval made;

/* One interval that ends at end_ms, with these requests of each cluster. */
static struct interval *
interval_of(int64_t end_ms, const struct interval_cluster *c, uint32_t n)
{
    memset(&made, 0, sizeof made);
    made.start_ms = end_ms - 5000;
    made.end_ms = end_ms;
    made.n_clusters = n;
    memcpy(made.clusters, c, n * sizeof *c);
    return &made;
}

static void
nobody_asks(void **state)
{
    uint32_t which;
    (void)state;

    assert_false(clusters_missing(NULL, &none, NOW, SILENCE, &which));
}

static void
each_cluster_brings_its_own(void **state)
{
    static const struct {
        const char *what;
        uint64_t    east, west, west_baseline; /* in each of two intervals */
        bool        missing;
        uint32_t    which; /* as they were first seen: east, west */
    } cases[] = {
        {"both have enough", 25, 25, 100, false, 0},
        {"one too few", 25, 24, 100, true, 1},
        {"the other too few", 24, 25, 100, true, 0},
        {"one has no canary, but callers", 1000, 0, 1, true, 1},
        {"one has nobody, and is not there", 1000, 0, 0, true, 1},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct clusters         c = {0};
        struct interval_cluster in[2] = {{.name = "east"}, {.name = "west"}};
        uint32_t                which = 99;

        in[0].requests[VIEW_USER][ARM_CANARY] = cases[i].east;
        in[1].requests[VIEW_USER][ARM_CANARY] = cases[i].west;
        in[1].requests[VIEW_USER][ARM_BASELINE] = cases[i].west_baseline;
        in[1].requests[VIEW_ATTEMPT][ARM_CANARY] = 1000; /* the other view's say nothing */
        clusters_apply(&c, interval_of(NOW - 5000, in, 2), VIEW_USER, true);
        clusters_apply(&c, interval_of(NOW, in, 2), VIEW_USER, true);
        if (clusters_missing(&c, &two, NOW, SILENCE, &which) != cases[i].missing ||
            (cases[i].missing && which != cases[i].which))
            fail_msg("%s: which %u", cases[i].what, which);
    }
}

static void
what_is_not_warm_is_seen_and_not_counted(void **state)
{
    struct clusters         c = {0};
    struct interval_cluster in[2] = {{.name = "east"}, {.name = "west"}};
    uint32_t                which;
    (void)state;

    in[0].requests[VIEW_ATTEMPT][ARM_CANARY] = in[1].requests[VIEW_ATTEMPT][ARM_CANARY] = 50;
    clusters_apply(&c, interval_of(NOW - 5000, in, 2), VIEW_ATTEMPT, false);
    assert_true(clusters_missing(&c, &two, NOW, SILENCE, &which));
    clusters_apply(&c, interval_of(NOW, in, 2), VIEW_ATTEMPT, true);
    assert_false(clusters_missing(&c, &two, NOW, SILENCE, &which));
}

static void
one_that_falls_silent_is_missed(void **state)
{
    struct clusters         c = {0};
    struct interval_cluster in[2] = {{.name = "east"}, {.name = "west"}};
    uint32_t                which;
    (void)state;

    in[0].requests[VIEW_USER][ARM_CANARY] = in[1].requests[VIEW_USER][ARM_CANARY] = 50;
    clusters_apply(&c, interval_of(NOW, in, 2), VIEW_USER, true);
    clusters_apply(&c, interval_of(NOW + SILENCE, in, 1), VIEW_USER, true);
    assert_false(clusters_missing(&c, &two, NOW + SILENCE, SILENCE, &which));
    assert_true(clusters_missing(&c, &two, NOW + SILENCE + 1, SILENCE, &which));
    assert_int_equal(which, 1);
}

static void
what_is_stored_is_the_same(void **state)
{
    struct clusters         c = {0}, again = {0};
    struct interval_cluster in[2] = {{.name = "east"}, {.name = "west"}};
    struct interval         back;
    struct text             t;
    struct unpack           u;
    struct err              err = {0};
    (void)state;

    in[0].requests[VIEW_USER][ARM_CANARY] = 7;
    in[1].requests[VIEW_ATTEMPT][ARM_BASELINE] = UINT64_C(1) << 40;
    clusters_apply(&c, interval_of(NOW, in, 2), VIEW_USER, true);
    check_restore(clusters_pack, clusters_unpack, &c, &again);

    /* and the interval's own row */
    text_init(&t, 1 << 16);
    interval_pack(&made, &t);
    assert_int_equal(interval_unpack(text_slice(&t), &back, &err), STATUS_OK);
    assert_int_equal(back.n_clusters, 2);
    assert_memory_equal(back.clusters, made.clusters, sizeof back.clusters);
    /* cut anywhere behind the part that may be missing, it is not one */
    for (size_t cut = 1; cut < 12; cut++)
        assert_int_equal(interval_unpack((struct slice){t.p, t.n - cut}, &back, &err),
                         STATUS_SYNTAX);
    /* a state of more clusters than there can be is refused */
    text_clear(&t);
    pack_u8(&t, INTERVAL_MAX_CLUSTERS + 1);
    u = (struct unpack){.rest = text_slice(&t)};
    clusters_unpack(&again, &u);
    assert_true(u.bad);
    text_release(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_asks),
        cmocka_unit_test(each_cluster_brings_its_own),
        cmocka_unit_test(what_is_not_warm_is_seen_and_not_counted),
        cmocka_unit_test(one_that_falls_silent_is_missed),
        cmocka_unit_test(what_is_stored_is_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
