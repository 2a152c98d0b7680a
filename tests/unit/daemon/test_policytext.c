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
        "policies: {default: {latency: {margin_ms: 37.5}}}\n",
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

/* was, is and defaults as texts of three keys; what an upgrade adds or finds at its
 * default is no change by a person. */
static void
a_policy_that_follows(void **state)
{
    (void)state;
    static const struct {
        const char *was, *is, *defaults;
        bool        follows, same_keys;
    } cases[] = {
        {"name=x\na=1\nb=2\n", "name=x\na=1\nb=2\n", "name=\na=0\nb=0\n", true, true},
        /* a key that was not known, at its default, and written by a person */
        {"name=x\na=1\n", "name=x\na=1\nb=0\n", "name=\na=0\nb=0\n", true, false},
        {"name=x\na=1\n", "name=x\na=1\nb=2\n", "name=\na=0\nb=0\n", false, false},
        /* another default now, and another value of a person's */
        {"name=x\na=1\n", "name=x\na=3\nb=0\n", "name=\na=3\nb=0\n", true, false},
        {"name=x\na=1\n", "name=x\na=4\nb=0\n", "name=\na=3\nb=0\n", false, false},
        /* what was written is gone: a limit, or a key of the older version */
        {"name=x\na=1\nl=5\n", "name=x\na=1\n", "name=\na=0\n", false, false},
        {"name=x\na=1\n", "name=x\na=1\nl=5\n", "name=\na=0\n", false, false},
        /* a key is the whole of what stands before the sign */
        {"name=x\na.b=1\n", "name=x\na=1\n", "name=\na=0\n", false, false},
        {"", "name=x\na=0\n", "name=\na=0\n", true, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct slice was = slice_of(cases[i].was), is = slice_of(cases[i].is);

        if (policytext_follows(was, is, slice_of(cases[i].defaults)) != cases[i].follows ||
            policytext_same_keys(was, is) != cases[i].same_keys)
            fail_msg("case %zu", i);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_the_policy),
        cmocka_unit_test(a_text_of_another_version_is_refused),
        cmocka_unit_test(a_policy_that_follows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
