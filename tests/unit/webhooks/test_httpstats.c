#include "webhooks/httpstats.h"

#include "tests/support/check.h"

#include <string.h>

static const double bounds[] = {0.001, 1};

struct found {
    const char          *wanted;
    int                  times;
    struct httpstats_row row;
};

static void
look(void *ctx, const struct httpstats_row *row)
{
    struct found *f = ctx;

    if (strcmp(row->handler, f->wanted) != 0)
        return;
    f->times++;
    f->row = *row;
}

static struct found
row_of(const struct httpstats *s, const char *handler)
{
    struct found f = {.wanted = handler};

    httpstats_each(s, look, &f);
    return f;
}

static const struct route *
route(enum request_method m, const char *path)
{
    struct slice arg[2];

    return route_find(slice_of(path), m, arg);
}

static void
requests_count_under_their_pattern(void **state)
{
    struct httpstats *s = httpstats_new(bounds, ARRAY_LEN(bounds));
    struct found      f;
    (void)state;

    httpstats_answered(s, route(REQUEST_GET, "/v1/argo/verdict"), 200, 500);
    httpstats_answered(s, route(REQUEST_POST, "/v1/argo/verdict"), 200, 2000);
    httpstats_answered(s, route(REQUEST_GET, "/v1/argo/verdict"), 400, -1);
    httpstats_answered(s, route(REQUEST_GET, "/v1/argo/verdict"), 418, 0);
    f = row_of(s, "/v1/argo/verdict");
    assert_int_equal(f.times, 1);
    assert_int_equal(f.row.n_codes, 3);
    assert_int_equal(f.row.code[0].code, 0); /* any other */
    assert_int_equal(f.row.code[0].n, 1);
    assert_int_equal(f.row.code[1].code, 200);
    assert_int_equal(f.row.code[1].n, 2);
    assert_int_equal(f.row.code[2].code, 400);
    assert_int_equal(histogram_count(f.row.duration), 3); /* one was not measured */
    assert_int_equal(counter_get(&f.row.duration->bucket[1]), 1);
    httpstats_free(s);
}

/* A link that has expired, a query whose caller went: codes of ours, not "other". */
static void
rare_codes_of_ours_have_names(void **state)
{
    static const int  codes[] = {410, 499};
    struct httpstats *s = httpstats_new(bounds, ARRAY_LEN(bounds));
    struct found      f;
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        httpstats_answered(s, route(REQUEST_GET, "/-/healthy"), codes[i], 0);
    f = row_of(s, "/-/healthy");
    assert_int_equal(f.row.n_codes, ARRAY_LEN(codes));
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        assert_int_equal(f.row.code[i].code, codes[i]);
    httpstats_free(s);
}

/* GET and POST of /v1/runs are two routes, and one row: else a scraper would see
 * the same series twice. */
static void
routes_of_one_pattern_are_one_row(void **state)
{
    struct httpstats *s = httpstats_new(bounds, ARRAY_LEN(bounds));
    struct found      f;
    (void)state;

    assert_ptr_not_equal(route(REQUEST_GET, "/v1/runs"), route(REQUEST_POST, "/v1/runs"));
    httpstats_answered(s, route(REQUEST_GET, "/v1/runs"), 200, 1);
    httpstats_answered(s, route(REQUEST_POST, "/v1/runs"), 200, 1);
    f = row_of(s, "/v1/runs");
    assert_int_equal(f.times, 1);
    assert_int_equal(f.row.code[0].n, 2);
    httpstats_free(s);
}

static void
what_has_no_route_is_none(void **state)
{
    struct httpstats *s = httpstats_new(bounds, ARRAY_LEN(bounds));
    struct found      f;
    (void)state;

    httpstats_answered(s, NULL, 404, 10);
    f = row_of(s, "none");
    assert_int_equal(f.times, 1);
    assert_int_equal(f.row.code[0].code, 404);
    assert_int_equal(row_of(s, "/metrics").row.n_codes, 0);
    httpstats_free(s);
}

static void
connections(void **state)
{
    struct httpstats *s = httpstats_new(bounds, ARRAY_LEN(bounds));
    (void)state;

    httpstats_opened(s);
    httpstats_opened(s);
    httpstats_closed(s);
    assert_int_equal(httpstats_accepted(s), 2);
    assert_int_equal(httpstats_open(s), 1);
    httpstats_refused(s);
    httpstats_limited(s);
    httpstats_limited(s);
    assert_int_equal(httpstats_refusals(s), 1);
    assert_int_equal(httpstats_limitings(s), 2);
    httpstats_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_count_under_their_pattern),
        cmocka_unit_test(rare_codes_of_ours_have_names),
        cmocka_unit_test(routes_of_one_pattern_are_one_row),
        cmocka_unit_test(what_has_no_route_is_none),
        cmocka_unit_test(connections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
