#include "daemon/configkeep.h"

#include "tests/support/check.h"

static struct config *
good(const char *body)
{
    struct configreport report = {0};
    struct config      *c = NULL;

    if (config_check("f", slice_of(body), &c, &report))
        fail_msg("%s\n%s", body, report.errors[0].text);
    return c;
}

static bool
keeps(const struct configkeep *k, const char *name)
{
    size_t found = 0;

    for (size_t i = 0; i < k->n; i++)
        found += slice_is(k->at[i], name);
    assert_true(found < 2); /* each once */
    return found;
}

#define SERVICES                                                                                   \
    "services:\n"                                                                                  \
    "- {name: a, namespace: b, preset: custom, match: {app: a}, metrics: {requests: hits_total, "  \
    "duration_buckets: took_seconds_bucket}}\n"

static void
what_is_asked_for_is_kept(void **state)
{
    struct arena             a = {0};
    struct config           *c = good("sources: {m: {scrape: {targets: [h:1]}}}\n" SERVICES
                                      "policies: {default: {thresholds: {x: {metric: query, max: 1, query: "
                                                "'max(queue{a=\"b\"}) / sum(rate(slots_bucket[1m]))'}}}}");
    struct configkeep        k = configkeep_of(c, c->sources, &a);
    static const char *const kept[] = {"istio_requests_total",
                                       "istio_request_duration_milliseconds", /* with its _bucket */
                                       "response_total",
                                       "nginx_ingress_controller_requests",
                                       "hits_total",
                                       "took_seconds",
                                       "queue",
                                       "slots"};

    (void)state;
    assert_false(k.all);
    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        if (!keeps(&k, kept[i]))
            fail_msg("%s is not kept", kept[i]);
    assert_false(keeps(&k, "istio_request_bytes"));
    assert_false(keeps(&k, ""));
    config_unref(c);
    arena_release(&a);
}

static void
a_list_of_its_own_wins(void **state)
{
    struct arena   a = {0};
    struct config *c =
        good("sources: {m: {scrape: {targets: [h:1], keep: [up_total, d_bucket]}}}\n" SERVICES);
    struct configkeep k = configkeep_of(c, c->sources, &a);

    (void)state;
    assert_false(k.all);
    assert_int_equal(k.n, 2);
    assert_true(keeps(&k, "up_total") && keeps(&k, "d"));
    config_unref(c);
    arena_release(&a);
}

/* Nobody can say which metrics a pattern of names will want. */
static void
all_are_kept_where_no_name_is_asked(void **state)
{
    static const char *const bodies[] = {
        "sources: {m: {scrape: {targets: [h:1], keep_all: true}}}",
        "sources: {m: {scrape: {targets: [h:1]}}}\n"
        "policies: {default: {thresholds: {x: {metric: query, max: 1, query: "
        "'count({__name__=~\"a.*\"})'}}}}",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct arena      a = {0};
        struct config    *c = good(bodies[i]);
        struct configkeep k = configkeep_of(c, c->sources, &a);

        assert_true(k.all);
        assert_int_equal(k.n, 0);
        config_unref(c);
        arena_release(&a);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_asked_for_is_kept),
        cmocka_unit_test(a_list_of_its_own_wins),
        cmocka_unit_test(all_are_kept_where_no_name_is_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
