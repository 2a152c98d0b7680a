#include "webhooks/cors.h"

#include "tests/support/check.h"

static struct request r;
static struct regex  *origins;

/* What is answered to OPTIONS of a page: 0: nothing of this file. */
static int
preflight(const struct regex *allowed, enum request_method m, const char *target,
          const char *origin)
{
    struct gates  g = {.origins = allowed};
    struct answer a;
    struct err    err = {0};
    int           code;

    assert_int_equal(request_target(&r, slice_of(target), &err), STATUS_OK);
    r.method = m;
    r.origin = slice_of(origin);
    answer_init(&a);
    code = cors_preflight(&g, &r, &a) ? a.code : 0;
    assert_int_equal(a.body.n, 0);
    answer_release(&a);
    return code;
}

static void
only_origins_that_are_named_and_only_the_api(void **state)
{
    static const char api[] = "/api/v1/query?query=up", page[] = "https://grafana.example";
    struct err        err = {0};

    (void)state;
    assert_int_equal(regex_new(slice_of("https://(grafana|kiali)\\.example"), &origins, &err),
                     STATUS_OK);
    assert_int_equal(preflight(origins, REQUEST_OPTIONS, api, page), 204);
    assert_int_equal(preflight(origins, REQUEST_OPTIONS, "/prom/api/v1/query", page), 204);
    assert_true(cors_allows(&(struct gates){.origins = origins}, &r));
    assert_int_equal(preflight(origins, REQUEST_OPTIONS, api, "https://grafana.example.evil"), 0);
    assert_int_equal(preflight(origins, REQUEST_OPTIONS, api, NULL), 0);
    assert_int_equal(preflight(origins, REQUEST_OPTIONS, "/v1/argo/verdict", page), 0);
    assert_false(cors_allows(&(struct gates){.origins = origins}, &r));
    assert_int_equal(preflight(origins, REQUEST_GET, api, page), 0);
    assert_int_equal(preflight(NULL, REQUEST_OPTIONS, api, page), 0);
    regex_free(origins);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_origins_that_are_named_and_only_the_api),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
