/* What becomes of __scheme__, __metrics_path__, __param_NAME, job and instance is
 * that of Prometheus 3's scrape/target.go. */
#include "telemetry/scrapetarget.h"
#include "tests/support/check.h"

#include "base/text.h"

#include <string.h>

#define L(n, v)                                                                                    \
    {                                                                                              \
        SLICE_LITERAL(n), SLICE_LITERAL(v)                                                         \
    }

static struct scrapetarget_defaults mesh = {.job = "mesh"};

static void
check(const struct scrapetarget *t, const char *url, const char *labels)
{
    struct text got;

    text_init(&got, 4096);
    for (size_t i = 0; i < t->n_labels; i++)
        text_printf(&got, "%s%.*s=%.*s", i ? "," : "", SLICE_ARG(t->labels[i].name),
                    SLICE_ARG(t->labels[i].value));
    assert_string_equal(t->url, url);
    assert_string_equal(got.p, labels);
    text_release(&got);
}

static void
addresses(void **state)
{
    static const struct {
        const char *written, *url, *instance;
    } cases[] = {
        {"10.0.0.1:15020", "http://10.0.0.1:15020/metrics", "10.0.0.1:15020"},
        {"10.0.0.1:15020/stats/prometheus", "http://10.0.0.1:15020/stats/prometheus",
         "10.0.0.1:15020"},
        {" a.b.svc:1/x?usedonly&filter=istio ", "http://a.b.svc:1/x?usedonly&filter=istio",
         "a.b.svc:1"},
        {"host", "http://host/metrics", "host:80"},
        {"https://host", "https://host/metrics", "host:443"},
        {"https://host:8443/", "https://host:8443/metrics", "host:8443"},
        {"http://host/p/q", "http://host/p/q", "host:80"},
        {"[fd00::1]:15020", "http://[fd00::1]:15020/metrics", "[fd00::1]:15020"},
        {"[fd00::1]/x", "http://[fd00::1]/x", "[fd00::1]:80"},
        {"host:9?a=b", "http://host:9/metrics?a=b", "host:9"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena        a = {0};
        struct scrapetarget t;
        struct err          err = {0};
        char                labels[128];

        assert_int_equal(
            scrapetarget_make(&a, slice_of(cases[i].written), &mesh, NULL, 0, &t, &err), STATUS_OK);
        snprintf(labels, sizeof labels, "instance=%s,job=mesh", cases[i].instance);
        check(&t, cases[i].url, labels);
        arena_release(&a);
    }
}

static void
what_is_no_address(void **state)
{
    static const char *const cases[] = {
        "",         "/metrics",    ":80",        "http://",        "http:///x", "u:p@host:1",
        "host:0",   "host:65536",  "host:",      "host:x",         "[fd00::1",  "[fd00::1]:z",
        "ho st:1",  "host\n:1",    "host:1/a b", "host:1/a\nX: y", "host:1/#f", "host:1/{x}",
        "ho%73t:1", "h\xc3\xa9:1", "ftp://host",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena        a = {0};
        struct scrapetarget t;
        struct err          err = {0};

        assert_int_equal(scrapetarget_make(&a, slice_of(cases[i]), &mesh, NULL, 0, &t, &err),
                         STATUS_SYNTAX);
        assert_true(strlen(err.text) > 10);
        arena_release(&a);
    }
}

static void
labels_of_discovery(void **state)
{
    static const struct tsdb_label own[] = {L("zone", "a"), L("pod", "ours")};
    static const struct tsdb_label given[] = {
        L("pod", "p1"),
        L("__scheme__", "https"),
        L("__metrics_path__", "/stats"),
        L("__param_filter", "a b&c"),
        L("__param_x", ""),
        L("__meta_kubernetes_pod_ready", "true"),
        L("__address__", "other:1"),
        L("empty", ""),
        L("job", "edge"),
    };
    static const struct tsdb_label other[] = {L("instance", "me"), L("job", "")};
    struct scrapetarget_defaults   d = {.job = "mesh", .labels = own, .n_labels = ARRAY_LEN(own)};
    struct arena                   a = {0};
    struct scrapetarget            t;
    struct err                     err = {0};

    (void)state;
    assert_int_equal(
        scrapetarget_make(&a, SLICE_LITERAL("h:1"), &d, given, ARRAY_LEN(given), &t, &err),
        STATUS_OK);
    check(&t, "https://h:1/stats?filter=a%20b%26c&x=", "instance=h:1,job=edge,pod=p1,zone=a");
    assert_int_equal(
        scrapetarget_make(&a, SLICE_LITERAL("h:1/p?q=1"), &d, other, ARRAY_LEN(other), &t, &err),
        STATUS_OK);
    check(&t, "http://h:1/p?q=1", "instance=me,job=mesh,pod=ours,zone=a");
    arena_release(&a);
}

static void
labels_that_are_refused(void **state)
{
    static char                    big[SCRAPETARGET_MAX_LABEL_BYTES + 1];
    static char                    names[SCRAPETARGET_MAX_LABELS + 1][8];
    static const struct tsdb_label bad[] = {
        L("__scheme__", "ftp"),
        L("__metrics_path__", "x"),
        L("__metrics_path__", "/a b"),
        L("__scrape_interval__", "10s"),
        L("", "x"),
        L("a\xff", "x"),
        L("a", "\xff"),
    };
    struct tsdb_label   many[SCRAPETARGET_MAX_LABELS + 1];
    struct arena        a = {0};
    struct scrapetarget t;
    struct err          err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        err = (struct err){0};
        assert_int_equal(scrapetarget_make(&a, SLICE_LITERAL("h:1"), &mesh, &bad[i], 1, &t, &err),
                         STATUS_SYNTAX);
    }
    memset(big, 'x', sizeof big);
    many[0] = (struct tsdb_label){SLICE_LITERAL("a"), {big, sizeof big}};
    err = (struct err){0};
    assert_int_equal(scrapetarget_make(&a, SLICE_LITERAL("h:1"), &mesh, many, 1, &t, &err),
                     STATUS_LIMIT);
    for (size_t i = 0; i < ARRAY_LEN(many); i++) {
        snprintf(names[i], sizeof names[i], "l%zu", i);
        many[i] = (struct tsdb_label){slice_of(names[i]), SLICE_LITERAL("x")};
    }
    err = (struct err){0};
    assert_int_equal(
        scrapetarget_make(&a, SLICE_LITERAL("h:1"), &mesh, many, ARRAY_LEN(many), &t, &err),
        STATUS_LIMIT);
    many[0] = (struct tsdb_label){SLICE_LITERAL("__param_x"), {big, sizeof big - 1}};
    many[1] = (struct tsdb_label){SLICE_LITERAL("__param_y"), {big, sizeof big - 1}};
    err = (struct err){0};
    assert_int_equal(scrapetarget_make(&a, SLICE_LITERAL("h:1"), &mesh, many, 2, &t, &err),
                     STATUS_LIMIT);
    err = (struct err){0};
    assert_int_equal(
        scrapetarget_make(&a, (struct slice){big, sizeof big}, &mesh, NULL, 0, &t, &err),
        STATUS_OK);
    arena_release(&a);
}

/* Equal exactly where URL and labels are. */
static void
identities(void **state)
{
    static const struct tsdb_label sets[][2] = {
        {L("a", "b"), L("c", "d")},  {L("c", "d"), L("a", "b")}, {L("a", "b\n1 1 cd"), L("", "")},
        {L("a", "bc"), L("c", "d")}, {L("a", "b"), L("c", "e")},
    };
    struct arena        a = {0};
    struct scrapetarget t[ARRAY_LEN(sets)];
    struct err          err = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(sets); i++)
        assert_int_equal(scrapetarget_make(&a, SLICE_LITERAL("h:1"), &mesh, sets[i],
                                           sets[i][1].name.n ? 2 : 1, &t[i], &err),
                         STATUS_OK);
    assert_true(slice_equal(t[0].identity, t[1].identity));
    for (size_t i = 2; i < ARRAY_LEN(sets); i++)
        for (size_t k = 0; k < i; k++)
            assert_false(slice_equal(t[i].identity, t[k].identity));
    t[2] = scrapetarget_copy(&a, &t[0]);
    assert_true(slice_equal(t[2].identity, t[0].identity));
    check(&t[2], "http://h:1/metrics", "a=b,c=d,instance=h:1,job=mesh");
    arena_release(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),           cmocka_unit_test(what_is_no_address),
        cmocka_unit_test(labels_of_discovery), cmocka_unit_test(labels_that_are_refused),
        cmocka_unit_test(identities),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
