/* What the source says of a policy's own expressions, as numbers of an interval. */
#include "tests/support/check.h"

#include "daemon/limitvalues.h"
#include "tests/unit/daemon/world.h"

#include <float.h>

#define CONFIG                                                                                     \
    WORLD_CONFIG                                                                                   \
    "policies:\n"                                                                                  \
    "  default:\n"                                                                                 \
    "    thresholds:\n"                                                                            \
    "      a: {metric: query, query: 'x{version=\"{{canary}}\"}', max: 1}\n"                       \
    "      b: {metric: latency, max: 250}\n"                                                       \
    "      c: {metric: query, query: 'y{version=~\"{{baseline}}\"}', max: 1}\n"

#define VECTOR(elements)                                                                           \
    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[" elements "]}}"
#define ELEMENT(value) "{\"metric\":{},\"value\":[1,\"" value "\"]}"

struct bench {
    struct world        w;
    struct upstream    *source;
    struct target       target;
    struct limitvalues *v;
    struct interval     i;
    int                 done;
};

static struct bench bench; /* an interval is big */

static void
on_done(void *ctx)
{
    ((struct bench *)ctx)->done++;
}

static void
setup(const char *config, const char *baseline)
{
    struct bench           *b = &bench;
    struct err              err = {0};
    struct promclient_world world;

    memset(b, 0, sizeof *b);
    world_init(&b->w, true);
    b->w.config = world_config(config);
    world = (struct promclient_world){.fetch = &b->w.fetch,
                                      .clock = &b->w.clock,
                                      .entropy = &b->w.entropy,
                                      .timer = timer_set_port(b->w.timers)};
    if (upstream_new(&world, b->w.config, b->w.config->sources, &b->source, &err))
        fail_msg("%s", err.text);
    b->target.policy = b->w.config->policies;
    snprintf(b->target.ns, sizeof b->target.ns, "prod");
    snprintf(b->target.name, sizeof b->target.name, "reviews");
    snprintf(b->target.canary, sizeof b->target.canary, "v2");
    snprintf(b->target.baseline, sizeof b->target.baseline, "%s", baseline);
}

static enum status
make(struct err *err)
{
    return limitvalues_new(bench.source, &bench.target, bench.target.policy, "RUN", &bench.v, err);
}

static void
teardown(void)
{
    limitvalues_free(bench.v);
    upstream_unref(bench.source);
    config_unref(bench.w.config);
    world_release(&bench.w);
}

/* The answers of a and c; then their values. */
static void
answers_are_numbers_or_nothing(void **state)
{
    static const struct {
        int         code;
        const char *body;
        double      want;
    } cases[] = {
        {200, VECTOR(ELEMENT("4.5")), 4.5},
        {200, VECTOR(""), NAN},
        {200, VECTOR(ELEMENT("NaN")), NAN},
        {200, VECTOR(ELEMENT("+Inf")), DBL_MAX}, /* over any limit, and a number */
        {200, VECTOR(ELEMENT("-Inf")), -DBL_MAX},
        {200,
         VECTOR("{\"metric\":{\"a\":\"1\"},\"value\":[1,\"1\"]},"
                "{\"metric\":{\"a\":\"2\"},\"value\":[1,\"1\"]}"),
         NAN},
        {200, "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1,\"7\"]}}",
         7},
        {200, "{\"status\":\"success\",\"data\":{\"resultType\":\"string\",\"result\":[1,\"7\"]}}",
         NAN},
        {422, "{\"status\":\"error\",\"errorType\":\"execution\",\"error\":\"many-to-many\"}", NAN},
        {400, "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"what?\"}", NAN},
        {200, "<html>", NAN},
    };
    struct err err = {0};

    (void)state;
    setup(CONFIG, "v1");
    assert_int_equal(make(&err), STATUS_OK);
    for (size_t k = 0; k < ARRAY_LEN(cases); k++) {
        size_t first = fakefetch_count(bench.w.fakefetch);

        limitvalues_ask(bench.v, 1700000000000, on_done, &bench);
        assert_true(limitvalues_busy(bench.v));
        world_settle(&bench.w);
        assert_int_equal(fakefetch_count(bench.w.fakefetch), first + 2);
        fakefetch_reply(bench.w.fakefetch, first, cases[k].code, cases[k].body);
        world_settle(&bench.w);
        assert_int_equal(bench.done, k);
        fakefetch_reply(bench.w.fakefetch, first + 1, 200, VECTOR(ELEMENT("1")));
        world_settle(&bench.w);
        assert_int_equal(bench.done, k + 1);
        assert_false(limitvalues_busy(bench.v));
        limitvalues_put(bench.v, &bench.i);
        assert_int_equal(bench.i.n_measured, 3);
        check_close(bench.i.measured[0], cases[k].want, 0);
        assert_true(isnan(bench.i.measured[1]));
        check_close(bench.i.measured[2], 1, 0);
    }
    teardown();
}

/* Names are filled in, and the time is the snapshot's. */
static void
the_expression_is_asked_at_that_time(void **state)
{
    const char *body;
    struct err  err = {0};

    (void)state;
    setup(CONFIG, "v1");
    assert_int_equal(make(&err), STATUS_OK);
    limitvalues_ask(bench.v, 1700000000000, on_done, &bench);
    world_settle(&bench.w);
    body = fakefetch_call(bench.w.fakefetch, 0)->body;
    assert_non_null(strstr(body, "x%7Bversion%3D%22v2%22%7D"));
    assert_non_null(strstr(body, "time=1700000000"));
    assert_non_null(strstr(fakefetch_call(bench.w.fakefetch, 1)->body, "%28%3F%3Av1%29"));
    limitvalues_cancel(bench.v);
    limitvalues_cancel(bench.v);
    fakefetch_settle(bench.w.fakefetch);
    world_settle(&bench.w);
    assert_int_equal(bench.done, 1);
    limitvalues_put(bench.v, &bench.i);
    assert_true(isnan(bench.i.measured[0]) && isnan(bench.i.measured[2]));
    /* And asks again as if nothing had been. */
    limitvalues_ask(bench.v, 1700000005000, on_done, &bench);
    world_settle(&bench.w);
    for (size_t k = 2; k < fakefetch_count(bench.w.fakefetch); k++)
        fakefetch_reply(bench.w.fakefetch, k, 200, VECTOR(ELEMENT("3")));
    world_settle(&bench.w);
    assert_int_equal(bench.done, 2);
    limitvalues_put(bench.v, &bench.i);
    check_close(bench.i.measured[0], 3, 0);
    teardown();
}

static void
without_expressions_there_is_nothing_to_ask(void **state)
{
    struct err err = {0};

    (void)state;
    setup(WORLD_CONFIG, "v1");
    assert_int_equal(make(&err), STATUS_OK);
    assert_null(bench.v);
    teardown();
}

/* No stable version is named, and =~ cannot be turned round. */
static void
a_name_that_is_not_known_is_an_error(void **state)
{
    struct err err = {0};

    (void)state;
    setup(CONFIG, "");
    assert_int_equal(make(&err), STATUS_SYNTAX);
    assert_null(bench.v);
    assert_non_null(strstr(err.text, "limit c: {{baseline}} is not known"));
    teardown();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_numbers_or_nothing),
        cmocka_unit_test(the_expression_is_asked_at_that_time),
        cmocka_unit_test(without_expressions_there_is_nothing_to_ask),
        cmocka_unit_test(a_name_that_is_not_known_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
