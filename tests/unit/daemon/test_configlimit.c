/* Thresholds as people write them: what is read, what is refused, and the text
 * that a policy's hash is of. */
#include "tests/support/check.h"

#include "daemon/config.h"
#include "daemon/configlimit.h"
#include "daemon/policytext.h"

#define BEFORE                                                                                     \
    "sources: {mesh: {prometheus: {url: 'http://p:9090'}}}\n"                                      \
    "policies:\n"                                                                                  \
    "  default:\n"                                                                                 \
    "    thresholds:\n" /* a limit is written from 5:7 on */

static struct config *
good(const char *body)
{
    struct configreport report = {0};
    struct config      *c = NULL;

    if (config_check("f", slice_of(body), &c, &report))
        fail_msg("%s\nrefused: %s", body, report.errors[0].text);
    return c;
}

/* The lines of the policy's text that are about thresholds. */
static const char *
lines_of(const struct policy *p, struct text *out)
{
    text_init(out, 1 << 16);
    configlimit_text(p, out);
    assert_int_equal(out->status, STATUS_OK);
    return out->p;
}

static void
test_read(void **state)
{
    struct config *c =
        good(BEFORE "      queue:\n"
                    "        metric: query\n"
                    "        query: |\n"
                    "          # waiting jobs\n"
                    "          sum( depth{version='{{canary}}'} )\n"
                    "        max: 10\n"
                    "        fails: 2\n"
                    "        of: 5\n"
                    "        no_data: fail\n"
                    "      answers: {metric: success_rate, min: 0.99, consecutive: 3, "
                    "dry_run: true, window: 2m}\n");
    struct text text;

    (void)state;
    assert_int_equal(c->policies->n_limits, 2);
    assert_string_equal(lines_of(c->policies, &text),
                        "thresholds.answers.metric=success_rate\n"
                        "thresholds.answers.min=0.99\n"
                        "thresholds.answers.max=\n"
                        "thresholds.answers.quantile=0.95\n"
                        "thresholds.answers.query=\n"
                        "thresholds.answers.window=120000ms\n"
                        "thresholds.answers.min_requests=100\n"
                        "thresholds.answers.fails=3\n"
                        "thresholds.answers.of=3\n"
                        "thresholds.answers.no_data=hold\n"
                        "thresholds.answers.dry_run=true\n"
                        "thresholds.queue.metric=query\n"
                        "thresholds.queue.min=\n"
                        "thresholds.queue.max=10\n"
                        "thresholds.queue.quantile=0.95\n"
                        "thresholds.queue.query=sum(depth{version=\"{{canary}}\"})\n"
                        "thresholds.queue.window=60000ms\n"
                        "thresholds.queue.min_requests=100\n"
                        "thresholds.queue.fails=2\n"
                        "thresholds.queue.of=5\n"
                        "thresholds.queue.no_data=fail\n"
                        "thresholds.queue.dry_run=false\n");
    text_release(&text);
    config_unref(c);
}

/* The same limits written otherwise are the same policy; another value is not. */
static void
test_hash(void **state)
{
    static const struct {
        const char *body;
        bool        same;
    } others[] = {
        {"      b: {metric: query, query: \"sum(x{a='1'}) # c\", max: 1.0}\n"
         "      a: {max: 5, metric: latency, fails: 1, of: 1}\n",
         true},
        {"      a: {metric: latency, max: 5}\n      b: {metric: query, query: sum(x), max: 1}\n",
         false},
        {"      a: {metric: latency, max: 6}\n"
         "      b: {metric: query, query: 'sum(x{a=\"1\"})', max: 1}\n",
         false},
        {"      c: {metric: latency, max: 5}\n"
         "      b: {metric: query, query: 'sum(x{a=\"1\"})', max: 1}\n",
         false},
        {"      a: {metric: latency, max: 5}\n", false},
    };
    struct config *c = good(BEFORE "      a: {metric: latency, max: 5}\n"
                                   "      b: {metric: query, query: 'sum(x{a=\"1\"})', max: 1}\n");

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        struct text    body;
        struct config *other;

        text_init(&body, 4096);
        text_printf(&body, "%s%s", BEFORE, others[i].body);
        other = good(body.p);
        assert_int_equal(strcmp(c->policies->hash, other->policies->hash) == 0, others[i].same);
        config_unref(other);
        text_release(&body);
    }
    config_unref(c);
}

/* What the history keeps of a policy is the policy, limits and all, however long. */
static void
test_text_reads_back(void **state)
{
    struct arena   a = {0};
    struct text    body, text;
    struct config *c;
    struct policy  back;
    struct err     err = {0};

    (void)state;
    text_init(&body, 1 << 16);
    text_puts(&body, BEFORE);
    for (int k = 0; k < POLICY_MAX_LIMITS; k++) {
        text_printf(&body, "      limit-%d: {metric: query, max: %d, query: 'x{a=\"", k, k);
        for (int n = 0; n < 2000; n++)
            text_putc(&body, 'y');
        text_puts(&body, "\"}'}\n");
    }
    c = good(body.p);
    text_init(&text, 1 << 16);
    config_policy_text(c->policies, &text);
    assert_int_equal(text.status, STATUS_OK);
    if (policytext_read(text_slice(&text), &a, &back, &err))
        fail_msg("%s", err.text);
    assert_string_equal(back.hash, c->policies->hash);
    assert_int_equal(back.n_limits, POLICY_MAX_LIMITS);
    for (int k = 0; k < POLICY_MAX_LIMITS; k++) {
        assert_string_equal(back.limit[k].query, c->policies->limit[k].query);
        assert_true(isnan(back.limit[k].min));
        check_close(back.limit[k].max, k, 0);
    }
    text_release(&text);
    text_release(&body);
    config_unref(c);
    arena_release(&a);
}

/* A policy may judge by limits alone: nothing else is required then. */
static void
test_limits_alone(void **state)
{
    struct config *c = good("sources: {mesh: {prometheus: {url: 'http://p:9090'}}}\n"
                            "policies: {default: {error_rate: {on: false}, latency: {on: false}, "
                            "thresholds: {x: {metric: latency, max: 5}}}}");

    (void)state;
    assert_int_equal(c->policies->required, 0);
    assert_true(policy_judges(c->policies));
    config_unref(c);
}

static const struct {
    const char *limit, *error;
} cases[] = {
    {"      p95: {metric: latency, max: 5}",
     "5:7: policies.default.thresholds.p95: is the name of a check, and the answer tells both by "
     "name: call the limit something else"},
    {"      a.b: {metric: latency, max: 5}",
     "5:7: policies.default.thresholds.a.b: a limit's name has no dot: it is a key of the answer"},
    {"      a b: {metric: latency, max: 5}",
     "5:7: policies.default.thresholds.a b: \"a b\" is not a name: use letters, digits, - _ . and "
     "begin with a letter or digit"},
    {"      a2345678901234567890123456789012: {metric: latency, max: 5}",
     "5:7: policies.default.thresholds.a2345678901234567890123456789012: a limit's name has at "
     "most 31 bytes"},
    {"      x: {max: 5}",
     "5:10: policies.default.thresholds.x: metric is missing: Of the canary: success_rate, a "
     "share; latency, a quantile in milliseconds; request_rate, requests a second; query, the "
     "value of an expression of your own."},
    {"      x: {metric: latenzy, max: 5}",
     "5:19: policies.default.thresholds.x.metric: \"latenzy\" is not one of success_rate, "
     "latency, request_rate, query; did you mean latency?"},
    {"      x: {metric: latency}",
     "5:10: policies.default.thresholds.x: has neither min nor max, so it could not be broken"},
    {"      x: {metric: latency, min: 5, max: 4}",
     "5:33: policies.default.thresholds.x.min: min 5 is over max 4, so every value would be "
     "outside"},
    {"      x: {metric: success_rate, min: 99}",
     "5:38: policies.default.thresholds.x.min: 99 is no value of success_rate"},
    {"      x: {metric: request_rate, max: -1}",
     "5:38: policies.default.thresholds.x.max: -1 is no value of request_rate"},
    {"      x: {metric: latency, max: 250ms}",
     "5:33: policies.default.thresholds.x.max: \"250ms\" is not a number"},
    {"      x: {metric: query, max: 5}",
     "5:10: policies.default.thresholds.x: metric query needs query: the expression to ask"},
    {"      x: {metric: latency, max: 5, query: up}",
     "5:43: policies.default.thresholds.x.query: is for metric query: set metric: query, or "
     "remove it"},
    {"      x: {metric: success_rate, min: 0.9, quantile: 0.9}",
     "5:53: policies.default.thresholds.x.quantile: is for metric latency: remove it"},
    {"      x: {metric: request_rate, min: 1, min_requests: 5}",
     "5:55: policies.default.thresholds.x.min_requests: is for the metrics success_rate and "
     "latency: remove it"},
    {"      x: {metric: latency, max: 5, fails: 3, of: 2}",
     "5:50: policies.default.thresholds.x.of: 3 of 2 intervals cannot be: fails must not be over "
     "of"},
    {"      x: {metric: latency, max: 5, consecutive: 3, of: 5}",
     "5:49: policies.default.thresholds.x.consecutive: says fails and of in one: keep it, or those "
     "two"},
    {"      x: {metric: latency, max: 5, no_data: abort}",
     "5:45: policies.default.thresholds.x.no_data: \"abort\" is not one of hold, fail, pass"},
    {"      x: {metric: query, max: 5, query: 'rate(x)'}",
     "5:41: policies.default.thresholds.x.query: 1:6: parse error: expected type range vector in "
     "call to function \"rate\", got instant vector: it takes a window, as in rate(x[5m])"},
    {"      x: 5", "5:10: policies.default.thresholds.x: must be a mapping, {key: value}, and is a "
                   "single value"},
    {"      {}", "5:7: policies.default.thresholds: has 0 limits, not 1 to 8"},
    {"      {a: {}, b: {}, c: {}, d: {}, e: {}, f: {}, g: {}, h: {}, i: {}}",
     "5:7: policies.default.thresholds: has 9 limits, not 1 to 8"},
};

static void
test_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct configreport report = {0};
        struct config      *c = NULL;
        struct text         body, want;

        text_init(&body, 4096);
        text_init(&want, 4096);
        text_printf(&body, "%s%s\n", BEFORE, cases[i].limit);
        text_printf(&want, "f:%s", cases[i].error);
        if (!config_check("f", text_slice(&body), &c, &report))
            fail_msg("accepted: %s", cases[i].limit);
        if (strncmp(report.errors[0].text, want.p, want.n) != 0 || report.n != 1)
            fail_msg("%s\ngot:  %s (%zu)\nwant: %s", cases[i].limit, report.errors[0].text,
                     report.n, want.p);
        text_release(&body);
        text_release(&want);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_text_reads_back),
        cmocka_unit_test(test_limits_alone),
        cmocka_unit_test(test_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
