/* The protocol is that of kubernetes.io/docs/reference/using-api/api-concepts:
 * lists by limit and continue, watches from a resourceVersion, bookmarks, 410
 * Gone. */
#include "telemetry/kubernetes.h"
#include "tests/support/fakefetch.h"
#include "tests/unit/telemetry/sinkbed.h"

#include "base/timer.h"

struct bed {
    struct sinkbed     sink;
    int64_t            now_ms;
    struct clock       clock;
    struct timer_set  *timers;
    struct fakefetch  *fetches;
    struct fetch       fetch;
    struct kubernetes *kubernetes;
};

static int64_t
bed_now(void *self)
{
    return ((struct bed *)self)->now_ms;
}

static void
start(struct bed *b, struct kubernetes_config c)
{
    struct kubernetes_world w;
    struct targetsink       sink = sinkbed_start(&b->sink);
    struct err              err = {0};

    b->now_ms = 1700000000000;
    b->clock = (struct clock){.wall_ms = bed_now, .mono_ms = bed_now, .self = b};
    b->timers = timer_set_new(&b->clock);
    b->fetches = fakefetch_new();
    b->fetch = fakefetch_port(b->fetches);
    w = (struct kubernetes_world){
        .clock = &b->clock, .fetch = &b->fetch, .timer = timer_set_port(b->timers)};
    c.api_server = c.api_server ? c.api_server : "https://k8s:6443";
    assert_int_equal(kubernetes_new(&c, &w, &sink, &b->kubernetes, &err), STATUS_OK);
}

static void
end(struct bed *b)
{
    kubernetes_free(b->kubernetes);
    fakefetch_settle(b->fetches);
    fakefetch_free(b->fetches);
    assert_int_equal(timer_set_count(b->timers), 0);
    timer_set_free(b->timers);
    sinkbed_end(&b->sink);
}

static void
expect_url(struct bed *b, size_t i, const char *url)
{
    assert_int_equal(fakefetch_count(b->fetches), i + 1);
    assert_string_equal(fakefetch_call(b->fetches, i)->url, url);
}

/* What waits runs; how long that took. */
static int64_t
wait_for_timer(struct bed *b)
{
    const int64_t ms = timer_set_wait_ms(b->timers);

    assert_true(ms >= 0);
    b->now_ms += ms;
    timer_set_run(b->timers);
    return ms;
}

#define POD(name, version, phase, ip)                                                              \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"prod\",\"resourceVersion\":\"" version   \
    "\",\"labels\":{\"app\":\"api\"}},\"status\":{\"phase\":\"" phase "\",\"podIP\":\"" ip "\"}}"
#define LIST(version, next, items)                                                                 \
    "{\"metadata\":{\"resourceVersion\":\"" version "\",\"continue\":\"" next                      \
    "\"},\"items\":[" items "]}"
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"
#define BOOKMARK(version)                                                                          \
    EVENT("BOOKMARK", "{\"kind\":\"Pod\",\"metadata\":{\"resourceVersion\":\"" version "\"}}")
#define TARGET(ip, name)                                                                           \
    ip ":15020{__metrics_path__=/stats/prometheus,__scheme__=http,namespace=prod,pod=" name "}"
#define PODS "https://k8s:6443/api/v1/pods?"
#define WATCH PODS "watch=true&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion="

static void
part(struct bed *b, size_t i, const char *text)
{
    (void)!fakefetch_part(b->fetches, i, 200, "application/json", slice_of(text));
}

static void
lists_by_pages_then_watches(void **state)
{
    struct bed b;

    (void)state;
    start(&b, (struct kubernetes_config){.selector = "app in (api),tier!=x"});
    expect_url(&b, 0, PODS "labelSelector=app%20in%20%28api%29%2Ctier%21%3Dx&limit=100");
    fakefetch_reply(b.fetches, 0, 200,
                    LIST("10", "tok/en",
                         POD("a", "5", "Running", "10.0.0.1") "," POD("b", "6", "Pending", "")));
    sinkbed_expect(&b.sink, "pod:prod/a: " TARGET("10.0.0.1", "a") "\n");
    expect_url(&b, 1,
               PODS "labelSelector=app%20in%20%28api%29%2Ctier%21%3Dx&limit=100"
                    "&continue=tok%2Fen");
    fakefetch_reply(
        b.fetches, 1, 200,
        LIST("11", "",
             POD("c", "7", "Running", "fd00::1") "," POD("d", "8", "Succeeded", "10.0.0.4")));
    sinkbed_expect(&b.sink, "pod:prod/c: " TARGET("[fd00::1]", "c") "\n");
    expect_url(&b, 2,
               PODS "labelSelector=app%20in%20%28api%29%2Ctier%21%3Dx&watch=true"
                    "&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=11");
    assert_int_equal(fakefetch_call(b.fetches, 2)->timeout_ms, 330000);
    end(&b);
}

/* Events come in whatever pieces the network makes of them. */
static void
follows_what_happens(void **state)
{
    static const char stream[] = EVENT("ADDED", POD("a", "11", "Pending", ""))
        EVENT("MODIFIED", POD("a", "12", "Running", "10.0.0.1"))
            EVENT("MODIFIED", POD("a", "13", "Running", "10.0.0.2")) "\n" BOOKMARK("20")
                EVENT("MODIFIED", POD("a", "21", "Failed", "10.0.0.2"))
                    EVENT("ADDED", POD("b", "22", "Running", "10.0.0.3"))
                        EVENT("DELETED", POD("b", "23", "Running", "10.0.0.3"))
                            EVENT("DELETED", POD("b", "24", "Running", "10.0.0.3"));
    static const char want[] = "pod:prod/a: " TARGET(
        "10.0.0.1", "a") "\n"
                         "pod:prod/a: " TARGET("10.0.0.2",
                                               "a") "\n"
                                                    "pod:prod/a:\n"
                                                    "pod:prod/b: " TARGET("10.0.0.3",
                                                                          "b") "\n"
                                                                               "pod:prod/b:\n";

    (void)state;
    for (size_t piece = 1; piece < sizeof stream; piece += 1 + piece / 4) {
        struct bed b;

        start(&b, (struct kubernetes_config){0});
        fakefetch_reply(b.fetches, 0, 200, LIST("10", "", ""));
        for (size_t at = 0; at < sizeof stream - 1; at += piece) {
            const size_t left = sizeof stream - 1 - at;

            assert_true(fakefetch_part(b.fetches, 1, 200, "application/json",
                                       (struct slice){stream + at, left < piece ? left : piece}));
        }
        sinkbed_expect(&b.sink, want);
        b.now_ms += 300000;
        fakefetch_reply(b.fetches, 1, 200, "");
        expect_url(&b, 2, WATCH "24"); /* at once, from the last version */
        end(&b);
    }
}

static void
resumes_from_a_bookmark(void **state)
{
    struct bed b;

    (void)state;
    start(&b, (struct kubernetes_config){0});
    fakefetch_reply(b.fetches, 0, 200, LIST("10", "", ""));
    part(&b, 1, BOOKMARK("5000"));
    part(&b, 1, "{\"type\":\"ADDED\",\"obj"); /* cut: never seen */
    fakefetch_fail(b.fetches, 1, STATUS_UNREACHABLE, "connection reset");
    sinkbed_expect(&b.sink, "!kubernetes: watch of pods: connection reset\n");
    assert_in_range(wait_for_timer(&b), 500, 1000);
    expect_url(&b, 2, WATCH "5000");
    end(&b);
}

static void
gone_lists_anew(void **state)
{
    static const char error[] = EVENT(
        "ERROR", "{\"kind\":\"Status\",\"code\":410,\"message\":\"too old resource version\"}");
    struct bed b;

    (void)state;
    for (int by_status = 0; by_status < 2; by_status++) {
        start(&b, (struct kubernetes_config){0});
        fakefetch_reply(
            b.fetches, 0, 200,
            LIST("10", "",
                 POD("a", "5", "Running", "10.0.0.1") "," POD("b", "5", "Running", "10.0.0.2")));
        text_clear(&b.sink.heard);
        if (by_status) {
            fakefetch_reply(b.fetches, 1, 410, "{\"kind\":\"Status\",\"code\":410}");
        } else {
            assert_false(fakefetch_part(b.fetches, 1, 200, "", slice_of(error)));
            fakefetch_settle(b.fetches);
        }
        wait_for_timer(&b);
        expect_url(&b, 2, PODS "limit=100");
        sinkbed_expect(&b.sink, ""); /* what was known stays meanwhile */
        fakefetch_reply(b.fetches, 2, 200, LIST("90", "", POD("b", "80", "Running", "10.0.0.2")));
        sinkbed_expect(&b.sink, "pod:prod/b: " TARGET("10.0.0.2", "b") "\npod:prod/a:\n");
        expect_url(&b, 3, WATCH "90");
        end(&b);
    }
}

/* A pod that a watch told of and that went away while nobody watched. */
static void
a_new_list_ends_what_it_does_not_name(void **state)
{
    struct bed b;

    (void)state;
    start(&b, (struct kubernetes_config){0});
    fakefetch_reply(b.fetches, 0, 200, LIST("10", "", ""));
    part(&b, 1, EVENT("ADDED", POD("x", "11", "Running", "10.0.0.9")));
    fakefetch_reply(b.fetches, 1, 410, "");
    text_clear(&b.sink.heard);
    wait_for_timer(&b);
    /* The second page fails: nothing is ended by half a list. */
    fakefetch_reply(b.fetches, 2, 200, LIST("20", "t", POD("a", "5", "Running", "10.0.0.1")));
    fakefetch_reply(b.fetches, 3, 410, "");
    sinkbed_expect(
        &b.sink,
        "pod:prod/a: " TARGET("10.0.0.1",
                              "a") "\n"
                                   "!kubernetes: list of pods: the API server answered HTTP 410\n");
    wait_for_timer(&b);
    expect_url(&b, 4, PODS "limit=100"); /* from its start */
    fakefetch_reply(b.fetches, 4, 200, LIST("30", "", POD("a", "5", "Running", "10.0.0.1")));
    sinkbed_expect(&b.sink, "pod:prod/a: " TARGET("10.0.0.1", "a") "\npod:prod/x:\n");
    end(&b);
}

static void
waits_longer_each_time(void **state)
{
    static const int64_t at_least[] = {500, 1000, 2000, 4000, 8000, 15000, 15000};
    struct bed           b;

    (void)state;
    start(&b, (struct kubernetes_config){0});
    for (size_t i = 0; i < ARRAY_LEN(at_least); i++) {
        fakefetch_reply(b.fetches, i, 403, "forbidden");
        sinkbed_expect(&b.sink, "!kubernetes: list of pods: the API server answered HTTP 403\n");
        assert_in_range(wait_for_timer(&b), at_least[i], 2 * at_least[i]);
    }
    fakefetch_reply(b.fetches, ARRAY_LEN(at_least), 200, LIST("10", "", ""));
    fakefetch_fail(b.fetches, ARRAY_LEN(at_least) + 1, STATUS_UNREACHABLE, "refused");
    assert_in_range(wait_for_timer(&b), 500, 1000); /* the list was good: from the start */
    end(&b);
}

/* A server that ends each watch at once is not asked in a circle. */
static void
empty_watches_are_not_hurried(void **state)
{
    struct bed b;

    (void)state;
    start(&b, (struct kubernetes_config){0});
    fakefetch_reply(b.fetches, 0, 200, LIST("10", "", ""));
    for (size_t i = 1; i < 5; i++) {
        fakefetch_reply(b.fetches, i, 200, "");
        assert_true(wait_for_timer(&b) >= 500);
    }
    expect_url(&b, 5, WATCH "10");
    end(&b);
}

static void
nonsense_is_bounded(void **state)
{
    static char              spaces[1 << 20];
    static const char *const lists[] = {
        "",
        "[]",
        "{\"items\":[]}",
        "{\"metadata\":{\"resourceVersion\":\"1\"}}",
        "{\"metadata\":{\"resourceVersion\":\"1\"},\"items\":{}}",
        LIST("1", "", "{}"),
        LIST("1", "", "7"),
    };
    static const char *const events[] = {
        "nonsense\n",
        "[]\n",
        "{\"type\":\"ADDED\"}\n",
        EVENT("STRANGE", "{}"),
        EVENT("ADDED", "{\"metadata\":{\"name\":\"x\"}}"),
        EVENT("ERROR", "{}"),
        EVENT("ERROR", "7"),
    };
    struct bed b;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        start(&b, (struct kubernetes_config){0});
        fakefetch_reply(b.fetches, 0, 200, lists[i]);
        assert_int_equal(b.sink.heard.p[0], '!');
        wait_for_timer(&b);
        expect_url(&b, 1, PODS "limit=100");
        end(&b);
    }
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        start(&b, (struct kubernetes_config){0});
        fakefetch_reply(b.fetches, 0, 200, LIST("10", "", ""));
        assert_false(fakefetch_part(b.fetches, 1, 200, "", slice_of(events[i])));
        fakefetch_settle(b.fetches);
        assert_int_equal(b.sink.heard.p[0], '!');
        wait_for_timer(&b);
        end(&b);
    }
    memset(spaces, ' ', sizeof spaces);
    start(&b, (struct kubernetes_config){0});
    fakefetch_reply(b.fetches, 0, 200, LIST("10", "", ""));
    for (int i = 0; i < 4; i++) /* a line may have 4 MiB */
        assert_true(fakefetch_part(b.fetches, 1, 200, "", (struct slice){spaces, sizeof spaces}));
    assert_false(fakefetch_part(b.fetches, 1, 200, "", SLICE_LITERAL(" ")));
    fakefetch_settle(b.fetches);
    assert_non_null(strstr(b.sink.heard.p, "over 4194304 bytes"));
    end(&b);
}

static void
annotations_and_labels(void **state)
{
    static const struct kubernetes_label labels[] = {{"deployment", "linkerd.io/proxy-deployment"},
                                                     {"hash", "rollouts-pod-template-hash"}};
    static const char *const             ns[] = {"prod", "a b"};
    struct kubernetes_config             c = {.namespaces = ns,
                                              .n_namespaces = 2,
                                              .port = 4191,
                                              .path = "/metrics",
                                              .scheme = "https",
                                              .annotations = true,
                                              .labels = labels,
                                              .n_labels = 2};
    struct bed                           b;

    (void)state;
    start(&b, c);
    assert_true(
        kubernetes_same(b.kubernetes, &(struct kubernetes_config){.api_server = "https://k8s:6443",
                                                                  .namespaces = ns,
                                                                  .n_namespaces = 2,
                                                                  .port = 4191,
                                                                  .path = "/metrics",
                                                                  .scheme = "https",
                                                                  .annotations = true,
                                                                  .labels = labels,
                                                                  .n_labels = 2}));
    assert_false(kubernetes_same(b.kubernetes, &c)); /* no api_server */
    assert_string_equal(fakefetch_call(b.fetches, 0)->url,
                        "https://k8s:6443/api/v1/namespaces/prod/pods?limit=100");
    assert_string_equal(fakefetch_call(b.fetches, 1)->url,
                        "https://k8s:6443/api/v1/namespaces/a%20b/pods?limit=100");
    fakefetch_reply(
        b.fetches, 0, 200,
        LIST("1", "",
             POD("no", "1", "Running",
                 "10.0.0.1") ","
                             "{\"metadata\":{\"name\":\"yes\",\"namespace\":\"prod\","
                             "\"annotations\":"
                             "{\"prometheus.io/scrape\":\"true\"},\"labels\":"
                             "{\"linkerd.io/proxy-deployment\":\"api\"}},"
                             "\"status\":{\"phase\":\"Running\",\"podIP\":\"10.0.0.2\"}},"
                             "{\"metadata\":{\"name\":\"own\",\"namespace\":\"prod\","
                             "\"deletionTimestamp\":\"x\","
                             "\"annotations\":{\"prometheus.io/scrape\":\"true\",\"prometheus.io/"
                             "port\":\"9\","
                             "\"prometheus.io/path\":\"/p\",\"prometheus.io/scheme\":\"http\"}},"
                             "\"status\":{\"phase\":\"Running\",\"podIP\":\"10.0.0.3\"}}"));
    sinkbed_expect(
        &b.sink,
        "pod:prod/yes: 10.0.0.2:4191{__metrics_path__=/metrics,__scheme__=https,"
        "namespace=prod,pod=yes,deployment=api,hash=}\n"
        "pod:prod/own: 10.0.0.3:9{__metrics_path__=/p,__scheme__=http,namespace=prod,pod=own,"
        "deployment=,hash=}\n");
    end(&b);
}

static void
the_server_of_the_environment(void **state)
{
    struct kubernetes_world w = {0};
    struct targetsink       sink = {0};
    struct kubernetes      *k;
    struct err              err = {0};
    struct bed              b;

    (void)state;
    unsetenv("KUBERNETES_SERVICE_HOST");
    assert_int_equal(kubernetes_new(&(struct kubernetes_config){0}, &w, &sink, &k, &err),
                     STATUS_NOT_FOUND);
    err = (struct err){0};
    assert_int_equal(
        kubernetes_new(&(struct kubernetes_config){.api_server = "ftp://x"}, &w, &sink, &k, &err),
        STATUS_SYNTAX);
    start(&b, (struct kubernetes_config){.api_server = "https://k8s:6443//"});
    expect_url(&b, 0, PODS "limit=100");
    end(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_by_pages_then_watches),
        cmocka_unit_test(follows_what_happens),
        cmocka_unit_test(resumes_from_a_bookmark),
        cmocka_unit_test(gone_lists_anew),
        cmocka_unit_test(a_new_list_ends_what_it_does_not_name),
        cmocka_unit_test(waits_longer_each_time),
        cmocka_unit_test(empty_watches_are_not_hurried),
        cmocka_unit_test(nonsense_is_bounded),
        cmocka_unit_test(annotations_and_labels),
        cmocka_unit_test(the_server_of_the_environment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
