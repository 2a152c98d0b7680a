/* What is printed passes our own lint, advice included, whatever the key. */
#include "tests/support/check.h"
#include "webhooks/templatelint.h"
#include "webhooks/templatewrite.h"

static struct templatewrite
reviews(const char *preset, const char *key)
{
    return (struct templatewrite){.service = "reviews",
                                  .ns = "prod",
                                  .url = "https://verdictd.example",
                                  .preset = preset,
                                  .key = key,
                                  .token = true,
                                  .weight = {5, 25, 50},
                                  .n_weights = 3};
}

static void
check_clean(const struct text *t, size_t objects)
{
    struct arena        a = {0};
    struct templatelint lint;
    struct err          err = {0};

    templatelint_init(&lint, &a);
    if (templatelint_file(&lint, "f", text_slice(t), &err))
        fail_msg("%s in\n%s", err.text, t->p);
    templatelint_finish(&lint);
    assert_int_equal(lint.n_objects, objects);
    if (lint.findings.n)
        fail_msg("line %d: %s in\n%s", lint.findings.at[0].line,
                 templatelint_name(lint.findings.at[0].rule), t->p);
    arena_release(&a);
}

static void
argo_by_each_key(void **state)
{
    static const struct {
        const char *preset, *key;
        bool        canary_known;
        const char *has, *has_not; /* has_not NULL: nothing */
    } cases[] = {
        {"istio", "revision", false, "fieldPath: spec.template.metadata.labels.version",
         "args.stable"},
        {"istio", "version", false, "canarySubsetName: canary", "args.revision"},
        {"istio", "pod_template_hash", false,
         "{name: stable, valueFrom: {podTemplateHashValue: "
         "Stable}}",
         "args.revision"},
        {"istio", "service", false, "{name: canary, value: reviews-canary}", "destinationRule"},
        {"linkerd-route", "backend", false, "argoproj-labs/gatewayAPI", "istio:"},
        {"nginx", "canary", true, "nginx: {stableIngress: reviews}", "args.canary"},
        {"envoy-gateway", "cluster", true, "\"{{args.revision}}\"", "args.canary"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct templatewrite w = reviews(cases[i].preset, cases[i].key);
        struct text          t;
        struct err           err = {0};

        w.canary_known = cases[i].canary_known;
        text_init(&t, 1 << 16);
        if (templatewrite_argo(&w, &t, &err))
            fail_msg("%s: %s", cases[i].key, err.text);
        check_clean(&t, 2);
        if (!strstr(t.p, cases[i].has) || strstr(t.p, cases[i].has_not))
            fail_msg("%s: wants %s, not %s:\n%s", cases[i].key, cases[i].has, cases[i].has_not,
                     t.p);
        assert_non_null(strstr(t.p, "{name: stage, value: promote}\n              - {name: "
                                    "weight, value: \"50\"}"));
        text_release(&t);
    }
}

static void
flagger_by_its_keys(void **state)
{
    static const char *const keys[] = {"workload", "deployment", "service"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        struct templatewrite w = reviews("istio", keys[i]);
        struct text          t;
        struct err           err = {0};

        text_init(&t, 1 << 16);
        w.token = i == 0;
        assert_int_equal(templatewrite_flagger(&w, &t, &err), STATUS_OK);
        check_clean(&t, 1);
        assert_non_null(strstr(t.p, "url: https://verdictd.example/v1/flagger/rollback\n"));
        assert_int_equal(strstr(t.p, "metadata: {token:") != NULL, w.token);
        assert_int_equal(strstr(t.p, "secretRef:") != NULL, w.token);
        assert_non_null(strstr(t.p, "    address: https://verdictd.example/flagger\n"));
        text_release(&t);
    }
}

static void
keys_that_cannot_tell_are_refused(void **state)
{
    static const struct {
        bool        flagger;
        const char *key, *error;
    } cases[] = {
        {false, "workload", "by the version key workload"},
        {false, "deployment", "by the version key deployment"},
        {true, "pod_template_hash", "the same pod_template_hash"},
        {true, "revision", "the same revision"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct templatewrite w = reviews("istio", cases[i].key);
        struct text          t;
        struct err           err = {0};

        text_init(&t, 1 << 16);
        assert_int_equal(cases[i].flagger ? templatewrite_flagger(&w, &t, &err)
                                          : templatewrite_argo(&w, &t, &err),
                         STATUS_CONFLICT);
        assert_non_null(strstr(err.text, cases[i].error));
        assert_int_equal(t.n, 0);
        text_release(&t);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(argo_by_each_key),
        cmocka_unit_test(flagger_by_its_keys),
        cmocka_unit_test(keys_that_cannot_tell_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
