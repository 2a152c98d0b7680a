#include "analyzer/routes.h"

#include "tests/support/check.h"
#include "tests/unit/analyzer/traffic.h"

static struct interval scratch;

/* n intervals of 5 s, in each of which lost of all requests find no route. */
static void
feed(struct routes *r, int n, uint64_t lost, uint64_t all,
     void (*to)(struct routes *, const struct interval *, enum counts_view))
{
    for (int k = 0; k < n; k++) {
        const struct pair p = {.n = {0, all - lost}};

        memset(&scratch, 0, sizeof scratch);
        traffic_fill(&scratch, VIEW_USER, k * INT64_C(5000), (k + 1) * INT64_C(5000), &p);
        scratch.unattributed[VIEW_USER] = scratch.unattributed_no_route[VIEW_USER] = lost;
        to(r, &scratch, VIEW_USER);
    }
}

/* Broken is what was not so before; what always was is not the rollout's. */
static void
only_what_was_otherwise_before_is_broken(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        int         n; /* intervals before, with so many lost of all */
        uint64_t    lost, all, now_lost, now_all;
        bool        broken;
    } cases[] = {
        {"never a request before, and none finds a way", 0, 0, 0, 100, 100, false},
        {"a route that always worked", 20, 0, 100, 100, 100, true},
        {"2 of 100 now", 100, 0, 1000, 20, 1000, true},
        {"as broken as it was", 100, 100, 100, 100, 100, false},
        {"half of it was broken, now all: (0.01 + 2 * 0.5) of all", 100, 50, 100, 100, 100, false},
        {"2 % as before: under (0.01 + 2 * 0.02)", 100, 20, 1000, 20, 1000, false},
        {"2 % before, 10 % now", 100, 20, 1000, 100, 1000, true},
        {"one request a minute before", 1, 0, 1, 100, 100, false},
        {"fewer than 10", 100, 0, 1000, 9, 100, false},
    };

    for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
        struct routes r = {0};

        feed(&r, cases[k].n, cases[k].lost, cases[k].all, routes_watch);
        feed(&r, 1, cases[k].now_lost, cases[k].now_all, routes_apply);
        if (routes_broken(&r))
            fail_msg("%s: after one interval", cases[k].what);
        feed(&r, 5, cases[k].now_lost, cases[k].now_all, routes_apply);
        if (routes_broken(&r) != cases[k].broken)
            fail_msg("%s", cases[k].what);
        feed(&r, 1, 0, 100, routes_apply);
        assert_false(routes_broken(&r));
    }
}

/* A rollout that broke it and was rolled back is no excuse for the next attempt; what
 * lasts without one is. */
static void
what_lasts_becomes_usual(void **state)
{
    struct routes r = {0};
    (void)state;

    feed(&r, 100, 0, 100, routes_watch);
    feed(&r, ROUTES_LASTING_MS / 5000, 100, 100, routes_watch);
    check_close(r.lost, 0, 0);
    feed(&r, 200, 100, 100, routes_watch);
    feed(&r, 5, 100, 100, routes_apply);
    assert_false(routes_broken(&r));
}

/* It fades: a route that was mended counts as mended within the hour. */
static void
what_was_fades(void **state)
{
    struct routes r = {0};
    (void)state;

    feed(&r, 500, 100, 100, routes_watch);
    feed(&r, 12 * 60, 0, 100, routes_watch); /* 6 half-lives */
    feed(&r, 2, 50, 100, routes_apply);
    assert_true(routes_broken(&r));
}

static void
it_goes_on_where_it_stopped(void **state)
{
    struct routes r = {0}, again = {0};
    (void)state;

    feed(&r, 100, 3, 100, routes_watch);
    feed(&r, 1, 90, 100, routes_apply);
    check_restore(routes_pack, routes_unpack, &r, &again);
    feed(&again, 1, 90, 100, routes_apply);
    assert_true(routes_broken(&again));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_was_otherwise_before_is_broken),
        cmocka_unit_test(what_lasts_becomes_usual),
        cmocka_unit_test(what_was_fades),
        cmocka_unit_test(it_goes_on_where_it_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
