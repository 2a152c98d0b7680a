#include "tests/support/check.h"

#include "base/nearest.h"

static const char *const known[] = {"timeout", "tick", "scrape_interval", "headers", "url", "p95"};

/* Distances by hand: one edit each for a drop, an insertion, a change and a
 * swap of neighbours; close is at most a third of the longer word. */
static void
test_nearest(void **state)
{
    static const struct {
        const char *typed, *want;
        size_t      distance;
    } cases[] = {
        {"timeout", "timeout", 0},
        {"timout", "timeout", 1},
        {"tiemout", "timeout", 1}, /* a swap is one edit, not two */
        {"timeouts", "timeout", 1},
        {"Scrape-Interval", "scrape_interval", 0},
        {"scrap_intervall", "scrape_interval", 2},
        {"header", "headers", 1},
        {"ulr", "url", 1}, /* 1 of 3 */
        {"u", NULL, 0},    /* 2 of 3 */
        {"p99", "p95", 1},
        {"bearer", NULL, 0},
        {"", NULL, 0},
        {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
         NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct nearest n = nearest_to(slice_of(cases[i].typed));

        for (size_t k = 0; k < ARRAY_LEN(known); k++)
            nearest_offer(&n, slice_of(known[k]));
        if (!cases[i].want) {
            assert_int_equal(n.best.n, 0);
            continue;
        }
        assert_int_equal(n.best.n, strlen(cases[i].want));
        assert_memory_equal(n.best.p, cases[i].want, n.best.n);
        assert_int_equal(n.distance, cases[i].distance);
    }
}

static void
test_first_of_equals(void **state)
{
    struct nearest n = nearest_to(slice_of("max_rums"));

    (void)state;
    nearest_offer(&n, slice_of("max_runs"));
    nearest_offer(&n, slice_of("max_rubs"));
    assert_memory_equal(n.best.p, "max_runs", 8);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_first_of_equals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
