#include "daemon/policytext.h"

#include "daemon/config.h"
#include "tests/support/check.h"

static struct config *
config(const char *policies)
{
    struct configreport report = {0};
    struct config      *c = NULL;
    char                yaml[2048];

    snprintf(yaml, sizeof yaml,
             "sources:\n  mesh: {prometheus: {url: \"http://prometheus:9090\"}}\n%s", policies);
    if (config_check("test.yaml", slice_of(yaml), &c, &report))
        fail_msg("%s", report.n ? report.errors[0].text : "?");
    return c;
}

/* Whatever a policy says, its canonical text says it all. */
static void
text_is_the_policy(void **state)
{
    (void)state;
    static const char *const policies[] = {
        "",
        "policies: {default: {false_rollback_rate: 0.05, warm_up: 7s}}\n",
        "policies: {default: {p95: {max: 250ms, quantile: 0.99, rule: bounds}}}\n",
        "policies: {default: {success_rate: {min: 0.999, window: 2m}, dry_run: [guard]}}\n",
        "policies: {default: {required: [error_rate], advance: unharmed, mode: advise_pass}}\n",
        "policies: {default: {calibration: {mode: strict, weight: 0.25, canary_pods: 3}}}\n",
        "policies: {default: {slo: {success_rate: 0.999, p95_ms: 250}, no_traffic: pass}}\n",
        "policies: {default: {max_hold: {after: 30m, then: abort}, latency: {on: false}}}\n",
    };

    for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
        struct config *c = config(policies[i]);
        struct arena   a = {0};
        struct policy  back;
        struct text    was, is;
        struct err     err = {0};

        text_init(&was, 1 << 16);
        text_init(&is, 1 << 16);
        config_policy_text(&c->policies[0], &was);
        if (policytext_read(text_slice(&was), &a, &back, &err))
            fail_msg("case %zu: %s", i, err.text);
        config_policy_text(&back, &is);
        assert_string_equal(is.p, was.p);
        assert_string_equal(back.hash, c->policies[0].hash);
        text_release(&was);
        text_release(&is);
        arena_release(&a);
        config_unref(c);
    }
}

static void
a_text_of_another_version_is_refused(void **state)
{
    (void)state;
    struct config *c = config("");
    struct arena   a = {0};
    struct policy  back;
    struct text    t;
    struct err     err = {0};

    text_init(&t, 1 << 16);
    config_policy_text(&c->policies[0], &t);
    text_puts(&t, "zeal=7\n");
    assert_int_equal(policytext_read(text_slice(&t), &a, &back, &err), STATUS_CONFLICT);
    assert_int_equal(policytext_read(SLICE_LITERAL("name=default\n"), &a, &back, NULL),
                     STATUS_CONFLICT);
    assert_int_equal(policytext_read(SLICE_LITERAL(""), &a, &back, NULL), STATUS_CONFLICT);
    text_release(&t);
    arena_release(&a);
    config_unref(c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_the_policy),
        cmocka_unit_test(a_text_of_another_version_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
