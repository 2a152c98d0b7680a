#include "tests/unit/webhooks/gatecall.h"

static struct gatecall c;

static int
set_up(void **state)
{
    (void)state;
    gatecall_init(&c);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    gatecall_release(&c);
    return 0;
}

static bool
metrics(void *self, struct slice accept, struct text *out)
{
    (void)self;
    text_puts(out, "up 1\n");
    return slice_is(accept, "open");
}

static void
the_port_writes_and_says_the_format(void **state)
{
    (void)state;
    c.port.port.metrics = metrics;
    assert_int_equal(gatecall_ask(&c, REQUEST_GET, "/metrics", (struct slice){0}, NULL), GATES_NOW);
    assert_int_equal(c.answer.code, 200);
    assert_int_equal(c.answer.type, ANSWER_METRICS);
    assert_string_equal(c.answer.body.p, "up 1\n");
}

static void
without_metrics_there_is_nothing(void **state)
{
    (void)state;
    c.port.port.metrics = NULL;
    assert_int_equal(gatecall_ask(&c, REQUEST_GET, "/metrics", (struct slice){0}, NULL), GATES_NOW);
    assert_int_equal(c.answer.code, 404);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_port_writes_and_says_the_format, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_metrics_there_is_nothing, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
