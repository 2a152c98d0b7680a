#include "webhooks/settle.h"

#include "tests/support/check.h"
#include "tests/support/fakeport.h"

#include <string.h>

#define BODY(rest) "{\"service\":\"reviews\",\"namespace\":\"prod\"" rest "}"

static void
the_service_fills_what_was_not_said(void **state)
{
    static const struct {
        const char           *what, *body;
        bool                  flagger;
        struct settle_service service;
        const char           *key, *canary, *stable, *revision, *part;
    } cases[] = {
        {"revision is the canary where the key is per release",
         BODY(",\"canary\":\"v2\""),
         false,
         {"", "revision", "", ""},
         "revision",
         "v2",
         "",
         "v2",
         NULL},
        {"the service's key goes before the preset's",
         BODY(",\"canary\":\"v2\""),
         false,
         {"version", "revision", NULL, NULL},
         "version",
         "v2",
         "",
         "v2",
         NULL},
        {"the caller's before both",
         BODY(",\"canary\":\"v2\",\"key\":\"pod_template_hash\""),
         false,
         {"version", "revision", NULL, NULL},
         "pod_template_hash",
         "v2",
         "",
         "v2",
         NULL},
        {"workloads do not change with a release",
         BODY(",\"canary\":\"v2\""),
         false,
         {"workload", "", "", ""},
         NULL,
         NULL,
         NULL,
         NULL,
         "podTemplateHashValue: Latest"},
        {"a label of one's own neither",
         BODY(",\"canary\":\"v2\",\"key\":\"track\""),
         false,
         {"", "revision", "", ""},
         NULL,
         NULL,
         NULL,
         NULL,
         "revision is missing"},
        {"then it is said",
         BODY(",\"canary\":\"v2\",\"key\":\"track\",\"revision\":\"r9\""),
         false,
         {"", "revision", "", ""},
         "track",
         "v2",
         "",
         "r9",
         NULL},
        {"versions from the configuration",
         BODY(""),
         false,
         {"", "version", "v2", "v1"},
         "version",
         "v2",
         "v1",
         "v2",
         NULL},
        {"no canary anywhere",
         BODY(""),
         false,
         {"", "version", "", ""},
         NULL,
         NULL,
         NULL,
         NULL,
         "canary is missing"},
        {"the same as the configuration's stable",
         BODY(",\"canary\":\"v1\""),
         false,
         {"", "version", "", "v1"},
         NULL,
         NULL,
         NULL,
         NULL,
         "the same"},
        {"Flagger's workloads",
         "{\"name\":\"podinfo\",\"namespace\":\"t\",\"checksum\":\"7c9d467496\"}",
         true,
         {"", "revision", "", ""},
         "workload",
         "podinfo",
         "podinfo-primary",
         "7c9d467496",
         NULL},
        {"Flagger with a target of another name",
         "{\"name\":\"c\",\"namespace\":\"t\",\"checksum\":\"x\",\"metadata\":{\"canary\":\"web\"}"
         "}",
         true,
         {"", "", "", ""},
         "workload",
         "web",
         "web-primary",
         "x",
         NULL},
        {"Flagger before 1.34",
         "{\"name\":\"c\",\"namespace\":\"t\"}",
         true,
         {"", "", "", ""},
         NULL,
         NULL,
         NULL,
         NULL,
         "1.34"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct question q;
        struct err      err = {0}, hint = {0};
        char            near[64];
        enum status     s;

        if (cases[i].flagger)
            s = question_from_flagger(slice_of(cases[i].body), &q, near, &err);
        else
            s = question_from_argo(slice_of(cases[i].body), NULL, 0, &q, &err, &hint);
        assert_int_equal(s, STATUS_OK);
        s = settle_question(&q, &cases[i].service, &err);
        if (cases[i].part) {
            assert_int_equal(s, STATUS_SYNTAX);
            if (!strstr(err.text, cases[i].part))
                fail_msg("%s: got \"%s\"", cases[i].what, err.text);
            continue;
        }
        if (s)
            fail_msg("%s: %s", cases[i].what, err.text);
        assert_string_equal(q.key, cases[i].key);
        assert_string_equal(q.canary, cases[i].canary);
        assert_string_equal(q.baseline, cases[i].stable);
        assert_string_equal(q.revision, cases[i].revision);
    }
}

static void
a_run_keeps_what_it_was_started_with(void **state)
{
    static const struct {
        const char *canary, *stable, *key, *policy;
        enum status want;
    } cases[] = {
        {"", "", "", "", STATUS_OK},
        {"v2", "v1", "version", "default", STATUS_OK},
        {"v3", "", "", "", STATUS_CONFLICT},
        {"", "v0", "", "", STATUS_CONFLICT},
        {"", "", "revision", "", STATUS_CONFLICT},
        {"", "", "", "lax", STATUS_CONFLICT},
    };
    const struct verdict_view v = fakeport_view();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct question q = question_empty();
        struct err      err = {0};

        snprintf(q.canary, sizeof q.canary, "%s", cases[i].canary);
        snprintf(q.baseline, sizeof q.baseline, "%s", cases[i].stable);
        snprintf(q.key, sizeof q.key, "%s", cases[i].key);
        snprintf(q.policy, sizeof q.policy, "%s", cases[i].policy);
        assert_int_equal(settle_fits(&q, &v, &err), cases[i].want);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_service_fills_what_was_not_said),
        cmocka_unit_test(a_run_keeps_what_it_was_started_with),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
