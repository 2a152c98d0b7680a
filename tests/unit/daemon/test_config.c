/* Files as people write them: what is read, what is refused, and where. */
#include "tests/support/check.h"

#include "daemon/config.h"
#include "daemon/configtable.h"
#include "daemon/configvalue.h"

#include <stdlib.h>
#include <unistd.h>

#define SOURCE "sources: {mesh: {prometheus: {url: 'http://p:9090'}}}\n"

static struct config *
good(const char *body)
{
    struct configreport report = {0};
    struct config      *c = NULL;

    if (config_check("f", slice_of(body), &c, &report))
        fail_msg("%s\nrefused: %s", body, report.errors[0].text);
    assert_int_equal(report.n, 0);
    return c;
}

/* design.md's own sample less the keys that this version refuses. */
static const char design_sample[] =
    "listen: 127.0.0.1:8080\n"
    "data_dir: /var/lib/verdictd\n"
    "sources:\n"
    "  mesh:\n"
    "    prometheus: {url: http://prometheus.istio-system:9090, bearer_token_file: "
    "/etc/verdictd/token}\n"
    "services:\n"
    "  - {name: api-server, namespace: prod, source: mesh, preset: istio, versions: {key: "
    "revision}}\n"
    "policies:\n"
    "  default:\n"
    "    false_rollback_rate: 0.01\n"
    "    error_rate: {ratio_margin: 1.1, absolute_margin: 0.0005}\n"
    "    warm_up: 60s\n"
    "    min_requests: 100\n"
    "    no_data: hold\n"
    "    max_hold: {after: 30m, then: hold}\n";

static void
test_design_sample(void **state)
{
    struct config               *c = good(design_sample);
    const struct config_source  *source = config_source(c, SLICE_LITERAL("mesh"));
    const struct policy         *p = config_policy(c, SLICE_LITERAL("default"));
    const struct config_service *s =
        config_service(c, SLICE_LITERAL("prod"), SLICE_LITERAL("api-server"));

    (void)state;
    assert_string_equal(c->daemon.listen_host, "127.0.0.1");
    assert_int_equal(c->daemon.listen_port, 8080);
    assert_true(c->daemon.listen_loopback);
    assert_non_null(source);
    assert_string_equal(source->url, "http://prometheus.istio-system:9090");
    assert_string_equal(source->peer.bearer_token_file, "/etc/verdictd/token");
    assert_null(source->peer.ca_file);
    assert_int_equal(source->tick_ms, 15000); /* the scrape interval, being over 5 s */
    assert_non_null(s);
    assert_string_equal(s->source, "mesh");
    assert_string_equal(s->key, "revision");
    assert_string_equal(s->policy, "default");
    assert_null(s->canary);
    assert_non_null(p);
    assert_int_equal(p->max_hold_ms, 1800000);
    assert_true(p->error_rate.on && p->guard && !p->p95.on && !p->success_rate.on);
    assert_int_equal(p->required, 1u << CHECK_ERROR_RATE | 1u << CHECK_LATENCY);
    assert_null(config_service(c, SLICE_LITERAL("prod"), SLICE_LITERAL("api")));
    assert_null(config_source(c, SLICE_LITERAL("edge")));
    assert_null(config_policy(c, SLICE_LITERAL("strict")));
    config_unref(c);
}

#define HOOK SOURCE "notifications: {h: {format: "

/* One key in, one stored value out; of sources, services and policies the first. */
static const struct {
    const char              *body;
    enum configtable_section section;
    const char              *key, *want;
} values[] = {
    {SOURCE, CONFIGTABLE_DAEMON, "listen", "127.0.0.1:8080"},
    {SOURCE "listen: '[::1]:0'", CONFIGTABLE_DAEMON, "listen", "[::1]:0"},
    {SOURCE "log_level: warn", CONFIGTABLE_DAEMON, "log_level", "warn"},
    {SOURCE "unknown_services: deny", CONFIGTABLE_DAEMON, "unknown_services.allow", ""},
    {SOURCE "unknown_services: {allow: [a, b, c]}", CONFIGTABLE_DAEMON, "unknown_services.allow",
     "a,b,c"},
    {"{\"sources\": {\"m\": {\"prometheus\": {\"url\": \"https://[fd00::1]:1/prom/\"}}}}",
     CONFIGTABLE_SOURCE, "prometheus.url",
     "https://[fd00::1]:1/prom"}, /* JSON; no '/' at the end */
    {"sources: {m: {prometheus: {url: 'http://p', headers: {X-Scope-OrgID: a b}}}}",
     CONFIGTABLE_SOURCE, "prometheus.headers", "X-Scope-OrgID: a b"},
    {"sources: {m: {prometheus: {url: 'http://p', max_reply_bytes: 1MiB}}}", CONFIGTABLE_SOURCE,
     "prometheus.max_reply_bytes", "1048576"},
    {"sources: {m: {prometheus: {url: 'http://p', scrape_interval: 1s}}}", CONFIGTABLE_SOURCE,
     "prometheus.tick", "5000ms"}, /* auto: at least 5 s */
    {"sources: {m: {prometheus: {url: 'http://p', scrape_interval: 30s, tick: auto}}}",
     CONFIGTABLE_SOURCE, "prometheus.tick", "30000ms"},
    {"sources: {m: {prometheus: {url: 'http://p', tick: 1s}}}", CONFIGTABLE_SOURCE,
     "prometheus.tick", "1000ms"},
    {"sources: {m: {prometheus: {url: 'http://p', basic_auth: {username: u, password_file: f}}}}",
     CONFIGTABLE_SOURCE, "prometheus.basic_auth.password_file", "f"},
    {"sources: {m: {scrape: {targets: [a:1, 'https://b/m']}}}", CONFIGTABLE_SOURCE,
     "scrape.targets", "a:1,https://b/m"},
    {"sources: {m: {scrape: {targets: [a:1]}}}", CONFIGTABLE_SOURCE, "scrape.interval", "5000ms"},
    {"sources: {m: {scrape: {targets: [a:1]}}}", CONFIGTABLE_SOURCE, "scrape.tick", "5000ms"},
    {"sources: {m: {scrape: {targets: [a:1]}}}", CONFIGTABLE_SOURCE, "scrape.timeout", "5000ms"},
    {"sources: {m: {scrape: {targets: [a:1], interval: 1m}}}", CONFIGTABLE_SOURCE, "scrape.timeout",
     "10000ms"},
    {"sources: {m: {scrape: {targets: [a:1], interval: 1m}}}", CONFIGTABLE_SOURCE, "scrape.tick",
     "60000ms"},
    {"sources: {m: {scrape: {file_sd: [f]}, max_bytes: 1GiB}}", CONFIGTABLE_SOURCE, "max_bytes",
     "1073741824"},
    {"sources: {m: {scrape: {kubernetes: {}}, snapshot: false}}", CONFIGTABLE_SOURCE, "snapshot",
     "false"},
    {"sources: {m: {scrape: {kubernetes: {scheme: https}}}}", CONFIGTABLE_SOURCE,
     "scrape.kubernetes.scheme", "https"},
    {"sources: {m: {remote_write: {}}}", CONFIGTABLE_SOURCE, "remote_write.scrape_interval",
     "15000ms"},
    {"sources: {m: {remote_write: {}, retention: 1h}}", CONFIGTABLE_SOURCE, "retention",
     "3600000ms"},
    {SOURCE "services: [{name: a, namespace: b}]", CONFIGTABLE_SERVICE, "source", "mesh"},
    {SOURCE "services: [{name: a, namespace: b, versions: {key: my_label}}]", CONFIGTABLE_SERVICE,
     "versions.key", "my_label"},
    {SOURCE "services: [{name: a, namespace: b, host: '*.b.svc.cluster.local'}]",
     CONFIGTABLE_SERVICE, "host", "*.b.svc.cluster.local"},
    {SOURCE "services: [{name: a, namespace: b, caller_may: [source, policy]}]",
     CONFIGTABLE_SERVICE, "caller_may", "policy,source"},
    {SOURCE "services: [{name: a, namespace: b, versions: {canary: \"2\"}}]", CONFIGTABLE_SERVICE,
     "versions.canary", "2"},
    {SOURCE "services: [{name: a, namespace: b, rollout: a-rollout}]", CONFIGTABLE_SERVICE,
     "rollout", "a-rollout"},
    {HOOK "json, url: 'https://h/x'}}", CONFIGTABLE_NOTIFICATION, "on", "pass,fail,abort,waiting"},
    {HOOK "json, url: 'https://h/x'}}", CONFIGTABLE_NOTIFICATION, "give_up_after", "86400000ms"},
    {HOOK "slack, url_file: /f}}", CONFIGTABLE_NOTIFICATION, "url_file", "/f"},
    {HOOK "argo_abort}}", CONFIGTABLE_NOTIFICATION, "on", "abort"},
    {HOOK "argo_abort}}", CONFIGTABLE_NOTIFICATION, "give_up_after", "300000ms"},
    {HOOK "argo_abort}}", CONFIGTABLE_NOTIFICATION, "url", "https://kubernetes.default.svc"},
    {HOOK "argo_abort}}", CONFIGTABLE_NOTIFICATION, "bearer_token_file",
     "/var/run/secrets/kubernetes.io/serviceaccount/token"},
    {HOOK "argo_abort, url: 'http://127.0.0.1:1'}}", CONFIGTABLE_NOTIFICATION, "bearer_token_file",
     ""}, /* never in the clear by itself */
    {SOURCE "policies: {default: {success_rate: {min: 0.999}}}", CONFIGTABLE_POLICY,
     "success_rate.on", "true"},
    {SOURCE "policies: {default: {request-success-rate: {min: 99}}}", CONFIGTABLE_POLICY,
     "success_rate.min", "0.99"},
    {SOURCE "policies: {default: {request-success-rate: {min: 99}}}", CONFIGTABLE_POLICY,
     "success_rate.on", "true"},
    {SOURCE "policies: {default: {request-duration: {max: 500ms}}}", CONFIGTABLE_POLICY,
     "p95.quantile", "0.99"}, /* Flagger's request-duration is its p99 */
    {SOURCE "policies: {default: {request-duration: {max: 500ms, quantile: 0.9}}}",
     CONFIGTABLE_POLICY, "p95.quantile", "0.9"},
    {SOURCE "policies: {default: {p95: {max: 250ms}}}", CONFIGTABLE_POLICY, "p95.quantile", "0.95"},
    {SOURCE "policies: {default: {p95: {max: 250ms, rule: bounds}}}", CONFIGTABLE_POLICY,
     "p95.rule", "bounds"},
    {SOURCE "policies: {default: {p95: {max: 250ms, on: false}}}", CONFIGTABLE_POLICY, "p95.on",
     "false"},
    {SOURCE "policies: {default: {no_traffic: pass}}", CONFIGTABLE_POLICY, "no_traffic", "pass"},
    {SOURCE "policies: {default: {mode: advise_pass}}", CONFIGTABLE_POLICY, "mode", "advise_pass"},
    {SOURCE "policies: {default: {no_data: fail, max_hold: {after: 1h, then: abort}}}",
     CONFIGTABLE_POLICY, "max_hold.then", "abort"},
    {SOURCE "policies: {default: {required: [guard], error_rate: {on: false}}}", CONFIGTABLE_POLICY,
     "required", "guard"},
    {SOURCE "policies: {default: {dry_run: [guard]}}", CONFIGTABLE_POLICY, "dry_run", "guard"},
};

static void
test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        struct config *c = good(values[i].body);
        const void    *object[] = {[CONFIGTABLE_DAEMON] = &c->daemon,
                                   [CONFIGTABLE_SOURCE] = c->sources,
                                   [CONFIGTABLE_SERVICE] = c->services,
                                   [CONFIGTABLE_NOTIFICATION] = c->notifications,
                                   [CONFIGTABLE_POLICY] = c->policies};
        struct text    got;

        text_init(&got, 1024);
        configvalue_print(configtable_row(values[i].section, values[i].key),
                          object[values[i].section], &got);
        if (strcmp(got.p, values[i].want))
            fail_msg("%s\n%s: got %s, want %s", values[i].body, values[i].key, got.p,
                     values[i].want);
        text_release(&got);
        config_unref(c);
    }
}

/* Unlisted services: denied, or the pattern where their namespace is allowed. */
static void
test_judged(void **state)
{
    struct config               *c = good(SOURCE "services: [{name: a, namespace: b}]\n"
                                                               "unknown_services: {allow: [staging]}");
    const struct config_service *s =
        config_judged(c, SLICE_LITERAL("staging"), SLICE_LITERAL("any"));

    (void)state;
    assert_ptr_equal(s, &c->unknown);
    assert_null(s->name);
    assert_string_equal(s->source, "mesh");
    assert_string_equal(s->policy, "default");
    assert_string_equal(s->preset, "istio");
    assert_int_equal(s->caller_may, 0);
    assert_ptr_equal(config_judged(c, SLICE_LITERAL("b"), SLICE_LITERAL("a")), c->services);
    assert_null(config_judged(c, SLICE_LITERAL("b"), SLICE_LITERAL("c")));
    assert_null(config_judged(c, SLICE_LITERAL("stag"), SLICE_LITERAL("ing/any")));
    config_unref(c);
}

/* The canonical text is what stored hashes are of: a change here makes every
 * policy in every history look changed. */
static const char default_text[] = "name=default\n"
                                   "advance=proven\n"
                                   "calibration.canary_pods=0\n"
                                   "calibration.mode=calibrated\n"
                                   "calibration.weight=0.1\n"
                                   "calibration.window=1800000ms\n"
                                   "client_errors.absolute_margin=0.005\n"
                                   "client_errors.on=true\n"
                                   "client_errors.pass_absolute_margin=0.01\n"
                                   "client_errors.pass_ratio_margin=2\n"
                                   "client_errors.ratio_margin=1.5\n"
                                   "clusters.min=0\n"
                                   "clusters.min_requests=50\n"
                                   "dry_run=\n"
                                   "error_rate.absolute_margin=0.0005\n"
                                   "error_rate.masked_by_retries=hold\n"
                                   "error_rate.on=true\n"
                                   "error_rate.pass_absolute_margin=0.001\n"
                                   "error_rate.pass_ratio_margin=1.5\n"
                                   "error_rate.ratio_margin=1.1\n"
                                   "fail_after=120000ms\n"
                                   "false_pass_rate=0.05\n"
                                   "false_rollback_rate=0.01\n"
                                   "guard=true\n"
                                   "latency.absolute_margin=0.0025\n"
                                   "latency.on=true\n"
                                   "latency.pass_absolute_margin=0.01\n"
                                   "latency.pass_ratio_margin=2\n"
                                   "latency.ratio_margin=1.25\n"
                                   "longest_gap=60000ms\n"
                                   "max_hold.after=0ms\n"
                                   "max_hold.then=hold\n"
                                   "mesh.on=true\n"
                                   "mesh.then=hold\n"
                                   "min_requests=100\n"
                                   "mode=enforce\n"
                                   "no_data=hold\n"
                                   "no_traffic=hold\n"
                                   "p95.max=0ms\n"
                                   "p95.min_requests=100\n"
                                   "p95.on=false\n"
                                   "p95.quantile=0.95\n"
                                   "p95.rule=interpolated\n"
                                   "p95.window=60000ms\n"
                                   "required=error_rate,latency\n"
                                   "robust_block=15000ms\n"
                                   "settle=30000ms\n"
                                   "slo.p95_ms=0\n"
                                   "slo.success_rate=0\n"
                                   "split.false_alarm_rate=0.001\n"
                                   "split.on=true\n"
                                   "stage_min_time=60000ms\n"
                                   "success_rate.min=0\n"
                                   "success_rate.min_requests=100\n"
                                   "success_rate.on=false\n"
                                   "success_rate.window=60000ms\n"
                                   "warm_up=60000ms\n";

static void
test_policy_text_and_hash(void **state)
{
    struct config *c = good(SOURCE);
    struct config *other = good(SOURCE "policies: {default: {settle: 31s}, more: {}}");
    struct text    got;

    (void)state;
    text_init(&got, 8192);
    config_policy_text(c->policies, &got);
    assert_string_equal(got.p, default_text);
    /* FNV-1a of the text above, computed by a script of its own (see hash.h). */
    assert_string_equal(c->policies->hash, "e737ea58de6981af");
    assert_string_not_equal(c->policies->hash, other->policies[0].hash);
    assert_string_not_equal(c->policies->hash, other->policies[1].hash); /* the name counts */
    text_release(&got);
    config_unref(c);
    config_unref(other);
}

/* A written-out default is the same policy as one that is left out. */
static void
test_same_meaning_same_hash(void **state)
{
    struct config *a = good(SOURCE "policies: {default: {warm_up: 1m, p95: {max: 1s}}}");
    struct config *b = good(SOURCE "policies: {default: {p95: {quantile: 0.950, max: 1000ms}}}");

    (void)state;
    assert_string_equal(a->policies->hash, b->policies->hash);
    config_unref(a);
    config_unref(b);
}

static void
write_file(const char *path, const char *body)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(body, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static const struct {
    const char *after;
    enum status status;
    const char *error; /* behind the file's name */
} reloads[] = {
    {SOURCE, STATUS_OK, NULL},
    {SOURCE "max_runs: 10\nlog_level: debug\nlisten: 127.0.0.1:8080", STATUS_OK, NULL},
    {SOURCE "policies: {default: {settle: 0s}, strict: {}}", STATUS_OK, NULL},
    {"sources: {other: {prometheus: {url: 'http://q'}}}", STATUS_OK, NULL},
    {SOURCE "listen: 127.0.0.1:8081", STATUS_CONFLICT,
     ":2:9: listen: listen cannot change from 127.0.0.1:8080 to 127.0.0.1:8081 without a restart"},
    {SOURCE "workers: 3", STATUS_CONFLICT,
     ":2:10: workers: workers cannot change from 2 to 3 without a restart"},
    {SOURCE "data_dir: /d\nmax_runs: 5", STATUS_CONFLICT,
     ":2:11: data_dir: data_dir cannot change from /var/lib/verdictd to /d without a restart"},
    {SOURCE "max_runs: 0", STATUS_SYNTAX, ":2:11: max_runs: 0 is not between 1 and 100000"},
    {"sources: {", STATUS_SYNTAX, ""},
};

/* All or nothing: the old one is the same whatever the new file says. */
static void
test_reload(void **state)
{
    char path[] = "/tmp/verdictd-config-XXXXXX";
    int  fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    for (size_t i = 0; i < ARRAY_LEN(reloads); i++) {
        struct config *old, *new = NULL;
        struct err     err = {0};
        char           hash[17];

        write_file(path, SOURCE);
        assert_int_equal(config_read_file(path, &old, &err), STATUS_OK);
        memcpy(hash, old->policies->hash, sizeof hash);
        write_file(path, reloads[i].after);
        assert_int_equal(config_reload(old, path, &new, &err), reloads[i].status);
        assert_int_equal(err.status, reloads[i].status);
        assert_true((new != NULL) == !reloads[i].error);
        if (reloads[i].error) {
            assert_memory_equal(err.text, path, strlen(path));
            if (*reloads[i].error)
                assert_string_equal(err.text + strlen(path), reloads[i].error);
        }
        assert_string_equal(hash, old->policies->hash);
        assert_int_equal(old->daemon.max_runs, 2000);
        config_unref(old);
        config_unref(new);
    }
    unlink(path);
}

/* A run keeps its policy when the configuration it came from was replaced. */
static void
test_references(void **state)
{
    struct config       *c = good(SOURCE);
    const struct policy *p = config_policy(c, SLICE_LITERAL("default"));
    struct config       *held = config_ref(c);

    (void)state;
    config_unref(c);
    assert_string_equal(p->name, "default"); /* under ASan: still there */
    config_unref(held);
    config_unref(NULL);
}

static void
test_example_is_valid(void **state)
{
    struct configreport report = {0};
    struct config      *c = NULL;

    (void)state;
    if (config_check_file(SOURCE_DIR "/deploy/verdictd.yaml", &c, &report))
        fail_msg("%s", report.errors[0].text);
    assert_int_equal(c->n_services, 3);
    assert_int_equal(c->n_policies, 3);
    config_unref(c);
}

static void
test_missing_file(void **state)
{
    struct config *c = NULL;
    struct err     err = {0};

    (void)state;
    assert_int_equal(config_read_file("/nonexistent/f.yaml", &c, &err), STATUS_IO);
    assert_string_equal(err.text, "/nonexistent/f.yaml: cannot open: No such file or directory");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_design_sample),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_judged),
        cmocka_unit_test(test_policy_text_and_hash),
        cmocka_unit_test(test_same_meaning_same_hash),
        cmocka_unit_test(test_reload),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_example_is_valid),
        cmocka_unit_test(test_missing_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
