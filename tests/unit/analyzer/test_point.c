#include "analyzer/point.h"
#include "tests/support/check.h"
#include "tests/support/prng.h"

#include <stdlib.h>
#include <string.h>

static const struct counts_bounds three = {3, {100, 250, INFINITY}};
static const struct counts_bounds two = {2, {500, INFINITY}};

struct bed {
    struct point    p, back;
    struct interval i;
    struct text     row;
};

static int
set_up(void **state)
{
    struct bed *b = calloc(1, sizeof *b);

    if (!b)
        return -1;
    text_init(&b->row, 64 << 10);
    *state = b;
    return 0;
}

static int
tear_down(void **state)
{
    struct bed *b = *state;

    text_release(&b->row);
    free(b);
    return 0;
}

static void
put_version(struct interval *i, const char *name, int8_t arm, uint64_t ok, uint64_t faults,
            const struct counts_bounds *b)
{
    struct interval_version *v = &i->versions[i->n_versions++];

    snprintf(v->name, sizeof v->name, "%s", name);
    v->arm = arm;
    v->at[VIEW_USER].by_class[CLASS_OK] = ok;
    v->at[VIEW_USER].by_class[CLASS_APP] = faults;
    v->at[VIEW_USER].bucket[0] = ok;
    v->at[VIEW_USER].bucket[b->n - 1] = faults;
    i->present[VIEW_USER] = true;
    i->bounds[VIEW_USER] = *b;
}

static void
counts_add_up_by_version_and_arm(void **state)
{
    struct bed *b = *state;

    put_version(&b->i, "v2", ARM_CANARY, 10, 1, &three);
    put_version(&b->i, "v1", ARM_BASELINE, 90, 0, &three);
    point_count(&b->p, &b->i);
    memset(&b->i, 0, sizeof b->i);
    put_version(&b->i, "v1", ARM_BASELINE, 9, 0, &three); /* in another order */
    put_version(&b->i, "v2", ARM_CANARY, 1, 2, &three);
    point_count(&b->p, &b->i);
    assert_int_equal(b->p.n_versions, 2);
    assert_string_equal(b->p.versions[0].name, "v2");
    assert_int_equal(b->p.versions[0].at[VIEW_USER].requests, 14);
    assert_int_equal(b->p.versions[0].at[VIEW_USER].faults, 3);
    assert_int_equal(b->p.versions[0].at[VIEW_USER].bucket[0], 11);
    assert_int_equal(b->p.versions[0].at[VIEW_USER].bucket[2], 3);
    assert_int_equal(b->p.versions[1].at[VIEW_USER].requests, 99);
}

static void
other_bounds_begin_the_buckets_anew(void **state)
{
    struct bed *b = *state;

    put_version(&b->i, "v2", ARM_CANARY, 10, 1, &three);
    point_count(&b->p, &b->i);
    memset(&b->i, 0, sizeof b->i);
    put_version(&b->i, "v2", ARM_CANARY, 5, 0, &two);
    point_count(&b->p, &b->i);
    assert_int_equal(b->p.bounds[VIEW_USER].n, 2);
    assert_int_equal(b->p.versions[0].at[VIEW_USER].requests, 16);
    assert_int_equal(b->p.versions[0].at[VIEW_USER].bucket[0], 5);
}

static void
more_versions_than_places_are_other(void **state)
{
    struct bed *b = *state;
    uint64_t    sum = 0;

    for (int k = 0; k < 40; k++) {
        char name[16];

        snprintf(name, sizeof name, "v%d", k);
        memset(&b->i, 0, sizeof b->i);
        put_version(&b->i, name, ARM_BASELINE, 1, 0, &three);
        point_count(&b->p, &b->i);
    }
    assert_int_equal(b->p.n_versions, INTERVAL_MAX_VERSIONS);
    assert_string_equal(b->p.versions[INTERVAL_MAX_VERSIONS - 1].name, "other");
    for (uint32_t k = 0; k < b->p.n_versions; k++)
        sum += b->p.versions[k].at[VIEW_USER].requests;
    assert_int_equal(sum, 40); /* no request is lost */
}

static void
answer(struct point *p)
{
    struct verdict_view *v = calloc(1, sizeof *v);

    assert_non_null(v);
    v->promote.verdict = VERDICT_ABORT;
    v->promote.reason = REASON_ERROR_RATE_WORSE;
    v->step.verdict = VERDICT_ABORT;
    v->weight = 25;
    v->need_requests = NAN;
    for (enum check c = 0; c < CHECK_COUNT; c++)
        v->checks[c] = check_none();
    v->checks[CHECK_ERROR_RATE].configured = true;
    v->checks[CHECK_ERROR_RATE].verdict = VERDICT_ABORT;
    v->checks[CHECK_ERROR_RATE].evidence = 1e300;
    v->checks[CHECK_ERROR_RATE].limit = 200;
    v->n_limits = 1;
    snprintf(v->limit_name[0], sizeof v->limit_name[0], "queue");
    v->limits[0] = check_none();
    v->limits[0].configured = true;
    v->limits[0].value = 7.5;
    point_answer(p, v);
    free(v);
}

static void
what_is_packed_comes_back(void **state)
{
    struct bed *b = *state;

    put_version(&b->i, "v2", ARM_CANARY, 1000, 17, &three);
    put_version(&b->i, "v0", -1, 3, 0, &three);
    point_count(&b->p, &b->i);
    answer(&b->p);
    assert_int_equal(b->p.n_checks, 2); /* those that are configured */
    point_pack(&b->p, &b->row);
    assert_true(b->row.n < 200);
    assert_int_equal(point_unpack(text_slice(&b->row), &b->back, NULL), STATUS_OK);
    assert_true(isnan(b->back.need_requests) && isnan(b->back.checks[1].evidence));
    assert_int_equal(b->back.promote, VERDICT_ABORT);
    assert_int_equal(b->back.reason, REASON_ERROR_RATE_WORSE);
    check_close(b->back.weight, 25, 0);
    check_close(b->back.checks[0].evidence, 1e300, 0);
    check_close(b->back.checks[1].value, 7.5, 0);
    assert_string_equal(b->back.checks[1].name, "queue");
    assert_memory_equal(b->back.versions, b->p.versions, sizeof b->p.versions);
    assert_memory_equal(b->back.bounds, b->p.bounds, sizeof b->p.bounds);
}

/* Cut anywhere or changed anywhere: refused, or read within its limits. */
static void
broken_rows_are_refused(void **state)
{
    struct bed *b = *state;
    struct prng prng = {.state = 7};
    char        bytes[512];

    put_version(&b->i, "v2", ARM_CANARY, 1000, 17, &three);
    point_count(&b->p, &b->i);
    answer(&b->p);
    point_pack(&b->p, &b->row);
    assert_true(b->row.n <= sizeof bytes);
    for (size_t n = 0; n < b->row.n; n++)
        assert_int_equal(point_unpack((struct slice){b->row.p, n}, &b->back, NULL), STATUS_SYNTAX);
    for (int k = 0; k < 20000; k++) {
        memcpy(bytes, b->row.p, b->row.n);
        bytes[prng_next(&prng) % b->row.n] = (char)prng_next(&prng);
        if (point_unpack((struct slice){bytes, b->row.n}, &b->back, NULL))
            assert_int_equal(b->back.n_versions, 0);
        assert_true(b->back.n_versions <= INTERVAL_MAX_VERSIONS);
        assert_true(b->back.n_checks <= POINT_MAX_CHECKS);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(counts_add_up_by_version_and_arm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_bounds_begin_the_buckets_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(more_versions_than_places_are_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_packed_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(broken_rows_are_refused, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
