#include "daemon/meters.h"

#include "dashboards/metric.h"
#include "store/storehealth.h"
#include "tests/support/check.h"

#include <pthread.h>
#include <string.h>

static void
gates_have_a_row_each(void **state)
{
    struct meters *m = meters_new();
    char           again[] = "argo"; /* another address, the same gate */
    (void)state;

    meters_gate_called(m, "argo", VERDICT_PASS, 200);
    meters_gate_called(m, again, VERDICT_PASS, 200);
    meters_gate_called(m, "flagger/rollback", VERDICT_HOLD, 409);
    meters_gate_called(m, "flagger/rollback", VERDICT_HOLD, 777);
    assert_string_equal(m->gate[0], "argo");
    assert_string_equal(m->gate[1], "flagger/rollback");
    assert_null(m->gate[2]);
    assert_int_equal(counter_get(&m->gate_calls[0][VERDICT_PASS][1]), 2);
    assert_int_equal(counter_get(&m->gate_calls[1][VERDICT_HOLD][0]), 1); /* any other code */
    meters_free(m);
}

static void
gates_beyond_the_last_are_other(void **state)
{
    static char    name[METERS_MAX_GATES + 3][8];
    struct meters *m = meters_new();
    uint64_t       n = 0;
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(name); i++) {
        snprintf(name[i], sizeof name[i], "g%zu", i);
        meters_gate_called(m, name[i], VERDICT_ABORT, 200);
    }
    assert_string_equal(m->gate[METERS_MAX_GATES - 1], "other");
    for (size_t i = 0; i < METERS_MAX_GATES; i++)
        n += counter_get(&m->gate_calls[i][VERDICT_ABORT][1]);
    assert_int_equal(n, ARRAY_LEN(name));
    meters_free(m);
}

static void *
call_gates(void *ctx)
{
    static const char *const names[] = {"a", "b", "c"};

    for (int i = 0; i < 30000; i++)
        meters_gate_called(ctx, names[i % 3], VERDICT_HOLD, 200);
    return NULL;
}

static void
threads_that_race_for_a_row_share_it(void **state)
{
    struct meters *m = meters_new();
    pthread_t      t[4];
    uint64_t       n = 0;
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(t); i++)
        assert_int_equal(pthread_create(&t[i], NULL, call_gates, m), 0);
    for (size_t i = 0; i < ARRAY_LEN(t); i++)
        pthread_join(t[i], NULL);
    for (size_t i = 0; i < 3; i++)
        n += counter_get(&m->gate_calls[i][VERDICT_HOLD][1]);
    assert_int_equal(n, 4 * 30000);
    assert_null(m->gate[3]);
    meters_free(m);
}

static void
a_source_keeps_its_counts_by_name(void **state)
{
    struct meters           *m = meters_new();
    struct sourcemeter      *mesh = meters_source(m, "mesh");
    struct promclient_answer good = {.status = STATUS_OK, .attempts = 3, .took_ms = 20};
    struct promclient_answer bad = {.status = STATUS_TIMEOUT, .attempts = 1, .took_ms = 9000};
    (void)state;

    meters_answered(mesh, &good, 1234);
    meters_answered(mesh, &bad, 5678);
    assert_ptr_equal(meters_source(m, "mesh"), mesh);
    assert_ptr_not_equal(meters_source(m, "edge"), mesh);
    assert_int_equal(counter_get(&mesh->queries), 2);
    assert_int_equal(counter_get(&mesh->retries), 2);
    assert_int_equal(counter_get(&mesh->errors[STATUS_TIMEOUT]), 1);
    assert_int_equal(mesh->answered_wall_ms, 1234);
    assert_int_equal(histogram_count(&mesh->duration), 2);
    meters_free(m);
}

static void
a_refused_reload_leaves_the_time_of_the_last_good_one(void **state)
{
    struct meters *m = meters_new();
    (void)state;

    meters_reloaded(m, true, 100);
    meters_reloaded(m, false, 200);
    assert_false(m->reload_ok);
    assert_int_equal(m->loaded_wall_ms, 100);
    assert_int_equal(counter_get(&m->reloads), 1);
    assert_int_equal(counter_get(&m->reloads_failed), 1);
    meters_free(m);
}

/* Peers cannot share the table: the buckets are told as they were counted. */
static void
commits_are_counted_in_the_buckets_that_are_told(void **state)
{
    const struct metric_row *row = metric_row(METRIC_STORE_DURATION);
    (void)state;

    assert_int_equal(row->n_bounds, STORE_COMMIT_BUCKETS - 1);
    for (size_t i = 0; i < row->n_bounds; i++)
        check_close(row->bounds[i], storehealth_commit_bound_s((int)i), 1e-12);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gates_have_a_row_each),
        cmocka_unit_test(gates_beyond_the_last_are_other),
        cmocka_unit_test(threads_that_race_for_a_row_share_it),
        cmocka_unit_test(a_source_keeps_its_counts_by_name),
        cmocka_unit_test(a_refused_reload_leaves_the_time_of_the_last_good_one),
        cmocka_unit_test(commits_are_counted_in_the_buckets_that_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
