#include "webhooks/answerhead.h"

#include "tests/support/check.h"

static struct answer        a;
static struct MHD_Response *response;

static int
setup(void **state)
{
    (void)state;
    answer_init(&a);
    response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    MHD_destroy_response(response);
    answer_release(&a);
    return 0;
}

static const char *
header(const char *name)
{
    const char *value = MHD_get_response_header(response, name);

    return value ? value : "";
}

/* A form's POST from a page under no-referrer has "Origin: null", also to the page's own
 * address (https://fetch.spec.whatwg.org/#append-a-request-origin-header), and we would
 * take it for another page's.  strict-origin names the origin, and never the path. */
static void
a_page_may_post_its_own_form(void **state)
{
    (void)state;
    answer_page(&a, 200);
    assert_true(answerhead_add(response, &a, false));
    assert_string_equal(header("Referrer-Policy"), "strict-origin");
    assert_non_null(strstr(header("Content-Security-Policy"), "form-action 'self'"));
    assert_non_null(strstr(header("Content-Security-Policy"), "frame-ancestors 'none'"));
    assert_string_equal(header("Cache-Control"), "no-store");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_page_may_post_its_own_form, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
