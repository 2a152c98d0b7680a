#include "daemon/target.h"
#include "tests/unit/daemon/world.h"

static const char yaml[] =
    "sources:\n"
    "  mesh: {prometheus: {url: \"http://prometheus:9090\"}}\n"
    "  far: {prometheus: {url: \"http://far:9090\"}}\n"
    "unknown_services: {allow: [open], source: mesh}\n"
    "services:\n"
    "  - {name: plain, namespace: prod, source: mesh}\n"
    "  - {name: fixed, namespace: prod, source: far, policy: strict,\n"
    "     versions: {key: version, canary: canary, stable: stable}}\n"
    "  - {name: free, namespace: prod, source: mesh, caller_may: [policy, source, preset, phase]}\n"
    "  - {name: copied, namespace: prod, source: mesh, phase: mirror}\n"
    "  - {name: hashed, namespace: prod, source: mesh, versions: {key: pod_template_hash}}\n"
    "policies:\n"
    "  default: {}\n"
    "  strict: {min_requests: 1000}\n";

static struct config *config;

static int
read_config(void **state)
{
    (void)state;
    config = world_config(yaml);
    return 0;
}

static int
drop_config(void **state)
{
    (void)state;
    config_unref(config);
    return 0;
}

/* What a caller says; NULL: nothing. */
struct said {
    bool        flagger;
    const char *ns, *service, *key, *canary, *stable, *revision;
    const char *policy, *source, *preset, *phase;
};

static void
put(char *out, size_t n, const char *text)
{
    snprintf(out, n, "%s", text ? text : "");
}

static struct question
question_of(const struct said *s)
{
    struct question q = question_empty();

    q.flagger = s->flagger;
    put(q.ns, sizeof q.ns, s->ns ? s->ns : "prod");
    put(q.service, sizeof q.service, s->service);
    put(q.key, sizeof q.key, s->key);
    put(q.canary, sizeof q.canary, s->canary);
    put(q.baseline, sizeof q.baseline, s->stable);
    put(q.revision, sizeof q.revision, s->revision);
    put(q.policy, sizeof q.policy, s->policy);
    put(q.source, sizeof q.source, s->source);
    put(q.preset, sizeof q.preset, s->preset);
    put(q.phase, sizeof q.phase, s->phase);
    return q;
}

static const struct {
    struct said said;
    const char *key, *canary, *baseline, *revision, *policy, *source;
} what_is_not_said_has_its_default_cases[] = {
    /* Argo: the preset's key, the canary names the release, any other is the baseline */
    {{.service = "plain", .canary = "r2"}, "revision", "r2", "", "r2", "default", "mesh"},
    {{.service = "plain", .canary = "r2", .stable = "r1"},
     "revision",
     "r2",
     "r1",
     "r2",
     "default",
     "mesh"},
    {{.service = "plain", .canary = "r2", .revision = "abc"},
     "revision",
     "r2",
     "",
     "abc",
     "default",
     "mesh"},
    {{.service = "plain", .key = "version", .canary = "v2"},
     "version",
     "v2",
     "",
     "v2",
     "default",
     "mesh"},
    {{.service = "hashed", .canary = "6b7d"},
     "pod_template_hash",
     "6b7d",
     "",
     "6b7d",
     "default",
     "mesh"},
    {{.service = "plain", .key = "workload", .canary = "w2", .revision = "abc"},
     "workload",
     "w2",
     "",
     "abc",
     "default",
     "mesh"},
    /* the configuration's versions, unless the caller says others */
    {{.service = "fixed", .revision = "abc"},
     "version",
     "canary",
     "stable",
     "abc",
     "strict",
     "far"},
    {{.service = "fixed", .canary = "v2"}, "version", "v2", "stable", "v2", "strict", "far"},
    /* Flagger: T beside T-primary, its checksum */
    {{.flagger = true, .service = "plain", .revision = "5856f9f9cf"},
     "workload",
     "plain",
     "plain-primary",
     "5856f9f9cf",
     "default",
     "mesh"},
    {{.flagger = true, .service = "plain", .canary = "other", .revision = "c"},
     "workload",
     "other",
     "plain-primary",
     "c",
     "default",
     "mesh"},
    {{.flagger = true, .service = "plain", .key = "version", .canary = "v2", .revision = "c"},
     "version",
     "v2",
     "",
     "c",
     "default",
     "mesh"},
    {{.flagger = true, .service = "fixed", .revision = "c"},
     "version",
     "canary",
     "stable",
     "c",
     "strict",
     "far"},
    /* a service that nobody listed, in a namespace that is allowed */
    {{.ns = "open", .service = "any", .canary = "v2"},
     "revision",
     "v2",
     "",
     "v2",
     "default",
     "mesh"},
};

/* The column "default" of api.md, row by row. */
static void
what_is_not_said_has_its_default(void **state)
{
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(what_is_not_said_has_its_default_cases); i++) {
        struct question q = question_of(&what_is_not_said_has_its_default_cases[i].said);
        struct target   t;
        struct err      err = {0};

        if (target_resolve(config, &q, &t, &err) != PORT_FOUND)
            fail_msg("case %zu: %s", i, err.text);
        assert_string_equal(t.name, what_is_not_said_has_its_default_cases[i].said.service);
        assert_string_equal(t.ns, what_is_not_said_has_its_default_cases[i].said.ns
                                      ? what_is_not_said_has_its_default_cases[i].said.ns
                                      : "prod");
        assert_string_equal(t.key, what_is_not_said_has_its_default_cases[i].key);
        assert_string_equal(t.canary, what_is_not_said_has_its_default_cases[i].canary);
        assert_string_equal(t.baseline, what_is_not_said_has_its_default_cases[i].baseline);
        assert_string_equal(t.revision, what_is_not_said_has_its_default_cases[i].revision);
        assert_string_equal(t.policy->name, what_is_not_said_has_its_default_cases[i].policy);
        assert_string_equal(t.source->name, what_is_not_said_has_its_default_cases[i].source);
    }
}

static void
what_cannot_be_judged_is_refused(void **state)
{
    static const struct {
        struct said      said;
        enum port_lookup lookup;
        const char      *why; /* part of the error */
    } cases[] = {
        {{.service = "nobody", .canary = "v2"}, PORT_UNKNOWN_SERVICE, "not configured"},
        {{.ns = "test", .service = "plain", .canary = "v2"},
         PORT_UNKNOWN_SERVICE,
         "namespace test"},
        {{.service = "plain"}, PORT_BAD, "canary is missing"},
        {{.service = "plain", .canary = "r1", .stable = "r1"}, PORT_BAD, "must differ"},
        {{.service = "fixed", .canary = "stable"}, PORT_BAD, "must differ"},
        {{.flagger = true, .service = "plain", .canary = "plain-primary", .revision = "c"},
         PORT_BAD,
         "must differ"},
        /* keys whose value is the same in each release */
        {{.service = "plain", .key = "workload", .canary = "w2"}, PORT_BAD, "podTemplateHashValue"},
        {{.service = "plain", .key = "service", .canary = "s2"}, PORT_BAD, "podTemplateHashValue"},
        {{.service = "plain", .key = "my_label", .canary = "x"}, PORT_BAD, "podTemplateHashValue"},
        /* a canary that the configuration names is the same in each release, too */
        {{.service = "fixed"}, PORT_BAD, "revision is missing"},
        {{.flagger = true, .service = "plain"}, PORT_BAD, "checksum from 1.34 on"},
        /* what the caller may not choose */
        {{.service = "plain", .canary = "v", .policy = "strict"}, PORT_BAD, "add policy"},
        {{.service = "plain", .canary = "v", .source = "far"}, PORT_BAD, "add source"},
        {{.service = "plain", .canary = "v", .preset = "linkerd"}, PORT_BAD, "add preset"},
        {{.service = "plain", .canary = "v", .phase = "mirror"}, PORT_BAD, "add phase"},
        {{.ns = "open", .service = "any", .canary = "v", .policy = "strict"},
         PORT_BAD,
         "add policy"},
        /* what it may choose, but is not there */
        {{.service = "free", .canary = "v", .policy = "lax"}, PORT_BAD, "no policy lax"},
        {{.service = "free", .canary = "v", .source = "x"}, PORT_BAD, "no source x"},
        {{.service = "free", .canary = "v", .preset = "linkred"}, PORT_BAD, "no preset linkred"},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct question  q = question_of(&cases[i].said);
        struct target    t;
        struct err       err = {0};
        enum port_lookup got = target_resolve(config, &q, &t, &err);

        if (got != cases[i].lookup || !strstr(err.text, cases[i].why))
            fail_msg("case %zu: %d, %s", i, got, err.text);
    }
}

static void
a_caller_may_choose_what_is_listed(void **state)
{
    const struct said said = {.service = "free",
                              .canary = "v2",
                              .policy = "strict",
                              .source = "far",
                              .preset = "istio",
                              .phase = "canary"};
    /* naming what is so anyway needs no permission */
    const struct said same = {.service = "plain",
                              .canary = "v2",
                              .policy = "default",
                              .source = "mesh",
                              .preset = "istio",
                              .phase = "canary"};
    struct question   q = question_of(&said);
    struct target     t;
    (void)state;

    assert_int_equal(target_resolve(config, &q, &t, NULL), PORT_FOUND);
    assert_string_equal(t.policy->name, "strict");
    assert_string_equal(t.source->name, "far");
    q = question_of(&same);
    assert_int_equal(target_resolve(config, &q, &t, NULL), PORT_FOUND);
}

/* T-primary that would not fit is refused, not cut to another name. */
static void
names_at_the_limit(void **state)
{
    char              name[VIEW_NAME_BYTES];
    const struct said said = {.flagger = true, .ns = "open", .service = name, .revision = "c"};
    struct question   q;
    struct target     t;
    struct err        err = {0};
    (void)state;

    memset(name, 'x', sizeof name - 1);
    name[245] = '\0'; /* and "-primary": 253 */
    q = question_of(&said);
    assert_int_equal(target_resolve(config, &q, &t, &err), PORT_FOUND);
    assert_int_equal(strlen(t.baseline), 253);
    assert_string_equal(t.baseline + 245, "-primary");
    name[245] = 'x';
    name[246] = '\0';
    q = question_of(&said);
    assert_int_equal(target_resolve(config, &q, &t, &err), PORT_BAD);
    assert_non_null(strstr(err.text, "stable"));
}

/* max(3 ticks, 2 scrape intervals, 30 s), and what is seen later anyway */
static void
how_old_an_answer_may_be(void **state)
{
    static const struct {
        int64_t tick_ms, scrape_ms, delay_ms, want_ms;
    } cases[] = {
        {5000, 5000, 0, 30000},      {5000, 15000, 0, 30000},  {5000, 20000, 0, 40000},
        {15000, 15000, 0, 45000},    {10000, 10000, 0, 30000}, {10001, 15000, 0, 30003},
        {5000, 15000, 10000, 40000},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct config_source s = {.tick_ms = cases[i].tick_ms,
                                        .scrape_interval_ms = cases[i].scrape_ms,
                                        .remote_write = cases[i].delay_ms > 0,
                                        .delay_ms = cases[i].delay_ms};

        assert_int_equal(target_max_age_ms(&s), cases[i].want_ms);
    }
}

static void
the_phase_is_the_services_where_nobody_says_it(void **state)
{
    static const struct {
        struct said said;
        enum phase  phase;
        bool        named;
    } cases[] = {
        {{.service = "plain", .canary = "v"}, PHASE_CANARY, false},
        {{.service = "plain", .canary = "v", .phase = "canary"}, PHASE_CANARY, true},
        {{.service = "copied", .canary = "v"}, PHASE_MIRROR, false},
        {{.service = "copied", .canary = "v", .phase = "mirror"}, PHASE_MIRROR, true},
        {{.service = "free", .canary = "v", .phase = "post"}, PHASE_POST, true},
    };
    struct question q;
    struct target   t;
    struct err      err = {0};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        q = question_of(&cases[i].said);
        if (target_resolve(config, &q, &t, &err) != PORT_FOUND)
            fail_msg("case %zu: %s", i, err.text);
        if (t.phase != cases[i].phase || t.policy->phase != t.phase ||
            t.names_phase != cases[i].named)
            fail_msg("case %zu: %s", i, phase_text(t.phase));
    }
    /* Another one than its own only where the service lets its caller choose. */
    q = question_of(&(struct said){.service = "copied", .canary = "v", .phase = "canary"});
    assert_int_equal(target_resolve(config, &q, &t, &err), PORT_BAD);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_said_has_its_default),
        cmocka_unit_test(what_cannot_be_judged_is_refused),
        cmocka_unit_test(a_caller_may_choose_what_is_listed),
        cmocka_unit_test(the_phase_is_the_services_where_nobody_says_it),
        cmocka_unit_test(names_at_the_limit),
        cmocka_unit_test(how_old_an_answer_may_be),
    };

    return cmocka_run_group_tests(tests, read_config, drop_config);
}
