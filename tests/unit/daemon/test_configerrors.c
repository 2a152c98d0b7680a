/* Every mistake has its place, what is wrong, and what to do about it. */
#include "tests/support/check.h"

#include "base/text.h"
#include "daemon/cmd_checkconfig.h"
#include "daemon/config.h"

#include <stdlib.h>
#include <unistd.h>

#define SOURCE "sources: {mesh: {prometheus: {url: 'http://p:9090'}}}\n"
#define POLICY SOURCE "policies:\n  default: " /* a policy's value begins at 3:12 */
#define SERVICE SOURCE "services:\n- "         /* a service's at 3:3 */
#define HOOK SOURCE "notifications: {h: {format: "
#define MESH "sources:\n  m: {prometheus: {url: 'http://p', "

/* A file and all its errors, one a line. */
static const struct {
    const char *body, *errors;
} cases[] = {
    {"", "f:1:1: must be a mapping, {key: value}, and is empty"},
    {"[]", "f:1:1: must be a mapping, {key: value}, and is a list"},
    {"a", "f:1:1: must be a mapping, {key: value}, and is a single value"},
    {"{listen: 1: 2}", "f:1:11: missing comma in flow mapping"},
    {"listen: x\nlisten: y", "f:2:1: listen: duplicate key, already given on line 1"},
    {SOURCE "a: &x 1", "f:2:7: anchors and aliases are not supported"},
    {SOURCE "listen: 0.0.0.0:8080", "f:2:9: listen: 0.0.0.0:8080 can be reached from other "
                                    "machines: write tokens_file, or listen on 127.0.0.1"},
    {SOURCE "page_origins: ['https://a.example/x']",
     "f:2:16: page_origins[0]: is no origin: write it like https://verdictd.example.com, without a "
     "path"},
    {SOURCE "kayenta: {listen: '127.0.0.1:1', tls: true}",
     "f:2:39: kayenta.tls: has no certificate: write tls, with cert_file and key_file"},
    {SOURCE "kayenta: {listen: '127.0.0.1:1', allow: [10.0.0.1/8]}",
     "f:2:42: kayenta.allow[0]: \"10.0.0.1/8\" is no address or network: write it like 10.1.2.3 or "
     "10.0.0.0/8"},
    {SOURCE "listen: localhost:8080",
     "f:2:9: listen: \"localhost:8080\" is not a numeric address: write 127.0.0.1:8080 for this "
     "machine only, 0.0.0.0:8080 for all"},
    {HOOK "json}}", "f:2:20: notifications.h: has no url: write where to, or a url_file that "
                    "says it"},
    {HOOK "slack, url_file: f, secret_file: g}}",
     "f:2:62: notifications.h.secret_file: Slack checks no signature: its URL is the secret"},
    {HOOK "json, url: 'http://h', url_file: f}}",
     "f:2:62: notifications.h.url_file: excludes url: keep one of the two"},
    {HOOK "argo_abort, on: [fail]}}", "f:2:45: notifications.h.on: argo_abort is for abort alone"},
    {HOOK "email, url: 'http://h'}}",
     "f:2:29: notifications.h.format: \"email\" is not one of json, slack, cloudevents, "
     "argo_abort"},
    {SOURCE "listen: ':8080'", "f:2:9: listen: \":8080\" is not a numeric address: write "
                               "127.0.0.1:8080 for this machine only, 0.0.0.0:8080 for all"},
    {SOURCE "listen: 127.0.0.1", "f:2:9: listen: \"127.0.0.1\" is not address:port: write it like "
                                 "127.0.0.1:8080 or [::1]:8080"},
    {SOURCE "listen: 127.0.0.1:65536", "f:2:9: listen: \"127.0.0.1:65536\" is not address:port: "
                                       "write it like 127.0.0.1:8080 or [::1]:8080"},
    {SOURCE "listen: '[::]:80'", "f:2:9: listen: [::]:80 can be reached from other machines: write "
                                 "tokens_file, or listen on 127.0.0.1"},
    {SOURCE "listen: '[::1]80'",
     "f:2:9: listen: \"[::1]80\" is not address:port: write it like 127.0.0.1:8080 or [::1]:8080"},
    {SOURCE "listen: ''", "f:2:9: listen: is empty: give a value or remove the key"},
    {SOURCE "listen:", "f:2:1: listen: is empty: give a value or remove the key"},
    {SOURCE "listen: [a]", "f:2:9: listen: must be a single value, and is a list"},
    {SOURCE "data_dir: \"a\\tb\"", "f:2:11: data_dir: holds a control character"},
    {SOURCE "log_level: warning",
     "f:2:12: log_level: \"warning\" is not one of debug, info, warn, error"},
    {SOURCE "max_runs: 1.5", "f:2:11: max_runs: \"1.5\" is not a whole number from 0 up"},
    {SOURCE "max_runs: -1", "f:2:11: max_runs: \"-1\" is not a whole number from 0 up"},
    {SOURCE "max_runs: '5'", "f:2:11: max_runs: is text because of its quotes: write it without"},
    {SOURCE "max_runs: 18446744073709551616",
     "f:2:11: max_runs: \"18446744073709551616\" is not a whole number from 0 up"},
    {SOURCE "unknown_services: allow", "f:2:19: unknown_services: must be deny or a mapping"},
    {SOURCE "unknown_services: {}",
     "f:2:19: unknown_services: allow is missing: Namespaces whose unlisted services are judged."},
    {SOURCE "unknown_services: {allow: []}",
     "f:2:27: unknown_services.allow: needs at least 1 item"},
    {SOURCE "unknown_services: {allow: all}",
     "f:2:27: unknown_services.allow: must be a list, [a, b], and is a single value"},
    {SOURCE "unknown_services: {allow: [a, A]}",
     "f:2:31: unknown_services.allow[1]: \"A\" is not a DNS label: use 1 to 63 of a-z 0-9 -, no - "
     "at either end"},
    {SOURCE "unknown_services: {allow: [a, a]}",
     "f:2:31: unknown_services.allow[1]: a is named twice"},
    {SOURCE "unknown_services: {allow: [a], source: edge}",
     "f:2:40: unknown_services.source: there is no source edge in sources"},
    {SOURCE "daemon: {max_runs: 1}", "f:2:1: daemon: unknown key; docs/CONFIG.md lists all"},
    {SOURCE "error_rate.on: true", "f:2:1: error_rate.on: unknown key; docs/CONFIG.md lists all"},
    {SOURCE "max_runz: 5", "f:2:1: max_runz: unknown key; did you mean max_runs?"},
    {SOURCE "zzz: 5", "f:2:1: zzz: unknown key; docs/CONFIG.md lists all"},
    {"sources: {}", "f:1:10: sources: is empty: without a source nothing can be judged"},
    {"sources: [a]", "f:1:10: sources: must be a mapping, {key: value}, and is a list"},
    {"sources:", "f:1:1: sources: must be a mapping, {key: value}, and is empty"},
    {"max_runs: 5", "f:1:1: sources is missing: without one nothing can be judged"},
    {"sources:\n  m: {}",
     "f:2:6: sources.m: has no kind: write prometheus: {url: http://HOST:PORT}, scrape: {targets: "
     "[HOST:PORT]} or remote_write: {}"},
    {"sources:\n  m: {retention: 1h}",
     "f:2:6: sources.m: has no kind: write prometheus: {url: http://HOST:PORT}, scrape: {targets: "
     "[HOST:PORT]} or remote_write: {}"},
    {"sources:\n  m: {prometheus: {url: 'http://p'}, remote_write: {}}",
     "f:2:6: sources.m: is of several kinds: keep one of prometheus, scrape and remote_write, and "
     "make a source of its own for each other"},
    {"sources:\n  m: {prometheus: {url: 'http://p'}, retention: 1h}",
     "f:2:49: sources.m.retention: is for scrape and remote_write: a Prometheus keeps its series "
     "itself"},
    {"sources:\n  m: {scrape: {interval: 5s}}",
     "f:2:15: sources.m.scrape: has nothing to scrape: write targets, file_sd or kubernetes"},
    {"sources:\n  m: {scrape: {targets: ['a b:1']}}",
     "f:2:26: sources.m.scrape.targets[0]: target \"a b:1\" holds a blank or a byte that is not "
     "ASCII"},
    {"sources:\n  m: {scrape: {targets: [a:1], interval: 5s, timeout: 6s}}",
     "f:2:55: sources.m.scrape.timeout: is over the interval"},
    {"sources:\n  m: {scrape: {targets: [a:1], keep: [up], keep_all: true}}",
     "f:2:54: sources.m.scrape.keep_all: excludes keep"},
    {"sources:\n  m: {scrape: {targets: [a:1], keep: ['a b']}}",
     "f:2:39: sources.m.scrape.keep[0]: \"a b\" is not the name of a metric"},
    {"sources:\n  m: {scrape: {kubernetes: {path: x}}}",
     "f:2:35: sources.m.scrape.kubernetes.path: must begin with /"},
    {"sources:\n  m: {scrape: {targets: [a:1], labels: {job: x}}}",
     "f:2:40: sources.m.scrape.labels: job is verdictd's to set: the source's name, the target's "
     "address"},
    {"sources:\n  m: {scrape: {targets: [a:1], credentials_to: [a.b, 10.0.0.0/33]}}\n",
     "f:2:48: sources.m.scrape.credentials_to: 10.0.0.0/33 is no host: write a name, *.domain, an "
     "address, or a network such as 10.0.0.0/8"},
    {"sources:\n  m: {scrape: {targets: [a:1], bearer_token_file: t, basic_auth: {username: a, "
     "password_file: b}}}",
     "f:2:66: sources.m.scrape.basic_auth: excludes bearer_token_file: keep one of the two"},
    {"sources:\n  m: x",
     "f:2:6: sources.m: must be a mapping, {key: value}, and is a single value"},
    {"sources:\n  m: {prometheus: }",
     "f:2:7: sources.m.prometheus: must be a mapping, {key: value}, and is empty"},
    {"sources:\n  m: {prometheus: {}}", "f:2:19: sources.m.prometheus: url is missing: Base URL, "
                                        "without /api/v1; no user or password in it."},
    {"sources:\n  m: {thanos: {}}",
     "f:2:7: sources.m.thanos: unknown key; docs/CONFIG.md lists all"},
    {"sources:\n  -m: {prometheus: {url: 'http://p'}}",
     "f:2:3: sources.-m: \"-m\" is not a name: use letters, digits, - _ . and begin with a letter "
     "or digit"},
    {"sources:\n  m: {prometheus: {url: prom:9090}}",
     "f:2:25: sources.m.prometheus.url: is not a URL that begins with http:// or https://"},
    {"sources:\n  m: {prometheus: {url: 'http://'}}",
     "f:2:25: sources.m.prometheus.url: has 7 bytes, not 8 to 2048"},
    {"sources:\n  m: {prometheus: {url: 'http://bob:hunter2@p:9090'}}",
     "f:2:25: sources.m.prometheus.url: holds a user or password: put them into basic_auth: "
     "{username, password_file} or bearer_token_file"},
    {"sources:\n  m: {prometheus: {url: 'http://p/?a=1'}}",
     "f:2:25: sources.m.prometheus.url: has a query or fragment: write the base URL without ? and "
     "#"},
    {"sources:\n  m: {prometheus: {url: 'http://p/#a'}}",
     "f:2:25: sources.m.prometheus.url: has a query or fragment: write the base URL without ? and "
     "#"},
    {"sources:\n  m: {prometheus: {url: 'http://p:0'}}",
     "f:2:25: sources.m.prometheus.url: has a port that is not 1 to 65535"},
    {"sources:\n  m: {prometheus: {url: 'http://p:99999'}}",
     "f:2:25: sources.m.prometheus.url: has a port that is not 1 to 65535"},
    {"sources:\n  m: {prometheus: {url: 'http://a b'}}",
     "f:2:25: sources.m.prometheus.url: holds a blank or a byte that is not ASCII"},
    {"sources:\n  m: {prometheus: {url: 'http://[::g]'}}",
     "f:2:25: sources.m.prometheus.url: has an address in [] that is not IPv6"},
    {"sources:\n  m: {prometheus: {url: 'http://a!b'}}",
     "f:2:25: sources.m.prometheus.url: has a host with a character that hosts lack"},
    {"sources:\n  m: {prometheus: {url: 'ftp://p.example'}}",
     "f:2:25: sources.m.prometheus.url: is not a URL that begins with http:// or https://"},
    {"sources:\n  m: {prometheus: {url: 'http://[::1]x'}}",
     "f:2:25: sources.m.prometheus.url: has something other than a port behind []"},
    {MESH "bearer_token: secret}}",
     "f:2:37: sources.m.prometheus.bearer_token: unknown key; did you mean bearer_token_file?"},
    {MESH "headers: {authorization: Bearer x}}}",
     "f:2:47: sources.m.prometheus.headers.authorization: secrets are not written here: use "
     "bearer_token_file or basic_auth: {username, password_file}"},
    {MESH "headers: {Host: x}}}",
     "f:2:47: sources.m.prometheus.headers.Host: is set by verdictd itself: remove it"},
    {MESH "headers: {'a b': x}}}",
     "f:2:47: sources.m.prometheus.headers.a b: is not a header name"},
    {MESH "headers: {A: \"x\\r\\nB: y\"}}}",
     "f:2:47: sources.m.prometheus.headers.A: must be printable ASCII"},
    {MESH "headers: [a]}}",
     "f:2:46: sources.m.prometheus.headers: must be a mapping, {key: value}, and is a list"},
    {MESH "headers: {A: [x]}}}",
     "f:2:50: sources.m.prometheus.headers.A: must be a single value, and is a list"},
    {MESH "basic_auth: {username: a}}}", "f:2:49: sources.m.prometheus.basic_auth: password_file "
                                         "is missing: Holds the password; read for each request."},
    {MESH "basic_auth: {username: a, password: b, password_file: c}}}",
     "f:2:63: sources.m.prometheus.basic_auth.password: unknown key; docs/CONFIG.md lists all"},
    {MESH "bearer_token_file: a, basic_auth: {username: a, password_file: b}}}",
     "f:2:71: sources.m.prometheus.basic_auth: excludes bearer_token_file: keep one of the two"},
    {MESH "cert_file: a}}", "f:2:48: sources.m.prometheus.cert_file: needs key_file beside it"},
    {MESH "key_file: a}}", "f:2:47: sources.m.prometheus.key_file: needs cert_file beside it"},
    {MESH "timeout: 4}}", "f:2:46: sources.m.prometheus.timeout: \"4\" is not a duration: write it "
                          "like 250ms, 30s, 5m or 1h30m"},
    {MESH "tick: 500ms}}", "f:2:43: sources.m.prometheus.tick: 500ms is not between 1s and 10m"},
    {MESH "max_reply_bytes: 64MB}}", "f:2:54: sources.m.prometheus.max_reply_bytes: \"64MB\" is "
                                     "not a size: write it in bytes or like 64KiB, 64MiB, 1GiB"},
    {MESH "max_reply_bytes: 17179869184GiB}}",
     "f:2:54: sources.m.prometheus.max_reply_bytes: \"17179869184GiB\" is not a size: write it in "
     "bytes or like 64KiB, 64MiB, 1GiB"},
    {SOURCE "services: {a: b}", "f:2:11: services: must be a list: - {name: …, namespace: …}"},
    {SERVICE "a", "f:3:3: services[0]: must be a mapping, {key: value}, and is a single value"},
    {SERVICE "{}",
     "f:3:3: services[0]: name is missing: Name of the Kubernetes service that is rolled out.\n"
     "f:3:3: services[0]: namespace is missing: Namespace of the service."},
    {SERVICE "{name: API, namespace: prod}", "f:3:10: services[0].name: \"API\" is not a DNS "
                                             "label: use 1 to 63 of a-z 0-9 -, no - at either end"},
    {SERVICE "{name: a, namespace: prod-}", "f:3:24: services[0].namespace: \"prod-\" is not a DNS "
                                            "label: use 1 to 63 of a-z 0-9 -, no - at either end"},
    {SERVICE "{name: a, namespace: b, source: mash}",
     "f:3:35: services[0].source: there is no source mash in sources"},
    {SERVICE "{name: a, namespace: b, policy: strict}",
     "f:3:35: services[0].policy: there is no policy strict in policies"},
    {SERVICE "{name: a, namespace: b, preset: isto}",
     "f:3:35: services[0].preset: \"isto\" is not one of istio, linkerd, linkerd-route, "
     "envoy-gateway, nginx, custom; did you mean istio?"},
    {SERVICE "{name: a, namespace: b, preset: custom, match: {app: x}}",
     "f:3:35: services[0].preset: custom needs metrics: {requests: ...}, the counter of requests"},
    {SERVICE "{name: a, namespace: b, preset: custom, metrics: {requests: http_requests_total}}",
     "f:3:35: services[0].preset: custom needs match: {label: value}, which selects the service's "
     "series"},
    {SERVICE "{name: a, namespace: b, metrics: {requests: http_requests_total}}",
     "f:3:36: services[0].metrics: is for preset custom: preset istio has metrics of its own"},
    {SERVICE "{name: a, namespace: b, metrics: {requests: \"job:requests:sum\"}}",
     "f:3:47: services[0].metrics.requests: \"job:requests:sum\" is not a label name: use letters, "
     "digits and _, begin with a letter or one _"},
    {SERVICE "{name: a, namespace: b, match: {}}",
     "f:3:34: services[0].match: has 0 labels, not 1 to 12"},
    {SERVICE "{name: a, namespace: b, match: {a-b: c}}",
     "f:3:35: services[0].match.a-b: \"a-b\" is not a label name: use letters, digits and _, begin "
     "with a letter or one _"},
    {SERVICE "{name: a, namespace: b, match: {a: [c]}}",
     "f:3:38: services[0].match.a: must be a single value, and is a list"},
    {SERVICE "{name: a, namespace: b, versions: {key: a-b}}",
     "f:3:43: services[0].versions.key: \"a-b\" is not a label name: use letters, digits and _, "
     "begin with a letter or one _"},
    {SERVICE "{name: a, namespace: b, versions: {key: __name__}}",
     "f:3:43: services[0].versions.key: \"__name__\" is not a label name: use letters, digits and "
     "_, begin with a letter or one _"},
    {SERVICE "{name: a, namespace: b, versions: {key: deployment}}",
     "f:3:43: services[0].versions.key: deployment is Linkerd's: for Istio use workload, or set "
     "preset: linkerd"},
    {SERVICE "{name: a, namespace: b, versions: {canary: v1, stable: v1}}",
     "f:3:58: services[0].versions.stable: is the same as canary, so the sides cannot be told "
     "apart"},
    {SERVICE "{name: a, namespace: b, versions: {canary: ''}}",
     "f:3:46: services[0].versions.canary: is empty: give a value or remove the key"},
    {SERVICE "{name: a, namespace: b, host: 'a..b'}",
     "f:3:33: services[0].host: \"a..b\" is not a host name: write it like "
     "reviews.prod.svc.cluster.local"},
    {SERVICE "{name: a, namespace: b, caller_may: policy}",
     "f:3:39: services[0].caller_may: must be a list, [a, b], and is a single value"},
    {SERVICE "{name: a, namespace: b, phase: shadow}",
     "f:3:34: services[0].phase: \"shadow\" is not one of canary, mirror, cohort, bluegreen, post"},
    {SERVICE "{name: a, namespace: b, phase: cohort}",
     "f:3:34: services[0].phase: cohort has nothing to compare with, and policy default has "
     "neither slo nor limits: write one of them"},
    {SERVICE "{name: a, namespace: b, caller_may: [phase, phase]}",
     "f:3:47: services[0].caller_may[1]: phase is named twice"},
    {SERVICE "{name: a, namespace: b, caller_may: [token]}",
     "f:3:40: services[0].caller_may[0]: \"token\" is not one of policy, preset, source, phase"},
    {SERVICE "{name: a, namespace: b}\n- {name: a, namespace: c}\n- {name: a, namespace: b}",
     "f:5:10: services[2].name: b/a is listed before"},
    {"sources: {m: {prometheus: {url: 'http://p'}}, n: {prometheus: {url: 'http://q'}}}\nservices: "
     "[{name: a, namespace: b}]",
     "f:2:12: services[0]: source is missing: name one of sources"},
    {"sources: {m: {prometheus: {url: 'http://p', scrape_interval: 1m}}}\nservices: [{name: a, "
     "namespace: b}]",
     "f:2:12: services[0]: policy default drops intervals over 60s, and source m has a sample "
     "every 60s: set longest_gap to 120s or more"},
    {SOURCE "policies: [a]", "f:2:11: policies: must be a mapping, {key: value}, and is a list"},
    {SOURCE "policies: {a b: {}}", "f:2:12: policies.a b: \"a b\" is not a name: use letters, "
                                   "digits, - _ . and begin with a letter or digit"},
    {POLICY "{false_rollback_rate: 0.5}",
     "f:3:34: policies.default.false_rollback_rate: 0.5 is not between 0.0001 and 0.2"},
    {POLICY "{false_rollback_rate: NaN}",
     "f:3:34: policies.default.false_rollback_rate: \"NaN\" is not a number"},
    {POLICY "{false_rollback_rate: 1%}",
     "f:3:34: policies.default.false_rollback_rate: \"1%\" is not a number"},
    {POLICY "{error_rate: {ratio_margin: 1.5}}",
     "f:3:25: policies.default.error_rate: pass_ratio_margin 1.5 must be over ratio_margin 1.5, or "
     "nothing could be shown between them"},
    {POLICY "{error_rate: {absolute_margin: 0.01}}",
     "f:3:25: policies.default.error_rate: pass_absolute_margin 0.001 must not be under "
     "absolute_margin 0.01"},
    {POLICY "{error_rate: true}",
     "f:3:25: policies.default.error_rate: must be a mapping, {key: value}, and is a single value"},
    {POLICY "{error_rate: {ratio: 1.2}}",
     "f:3:26: policies.default.error_rate.ratio: unknown key; docs/CONFIG.md lists all"},
    {POLICY "{error_rate: {on: yes}}",
     "f:3:30: policies.default.error_rate.on: \"yes\" is not true or false"},
    {POLICY "{error_rate: {on: false}, latency: {on: false}}",
     "f:3:12: policies.default: requires error_rate, which this policy does not ask: configure it "
     "or leave it out of required\n"
     "f:3:12: policies.default: requires latency, which this policy does not ask: configure it or "
     "leave it out of required"},
    {POLICY "{success_rate: {}}",
     "f:3:27: policies.default.success_rate: min is missing: Below it the verdict is fail."},
    {POLICY "{success_rate: {min: 99}}",
     "f:3:33: policies.default.success_rate.min: 99 is not between 0.000001 and 1"},
    {POLICY "{success_rate: {min: 0.99}, request-success-rate: {min: 99}}",
     "f:3:40: policies.default.request-success-rate: is another name for success_rate, which is "
     "here too: keep one"},
    {POLICY "{request-success-rate: {min: 101}}",
     "f:3:41: policies.default.request-success-rate.min: 101 is not between 0.0001 and 100"},
    {POLICY "{request-duration: {max: 500}}",
     "f:3:37: policies.default.request-duration.max: \"500\" is not a duration: write it like "
     "250ms, 30s, 5m or 1h30m"},
    {POLICY "{request_duration: {max: 500ms}}",
     "f:3:13: policies.default.request_duration: unknown key; did you mean request-duration?"},
    {POLICY "{p95: {max: 250ms, rule: bound}}",
     "f:3:37: policies.default.p95.rule: \"bound\" is not one of interpolated, bounds; did you "
     "mean bounds?"},
    {POLICY "{p95: {quantile: 1}}",
     "f:3:18: policies.default.p95: max is missing: Over it the verdict is fail. Istio's default "
     "bucket bounds are 100, 250, 500 ms.\n"
     "f:3:29: policies.default.p95.quantile: 1 is not between 0.5 and 0.999"},
    {POLICY "{required: []}", "f:3:23: policies.default.required: needs at least 1 item"},
    {POLICY "{required: [success_rate]}",
     "f:3:23: policies.default.required: requires success_rate, which this policy does not ask: "
     "configure it or leave it out of required"},
    {POLICY "{required: [slo_latency]}",
     "f:3:23: policies.default.required: requires slo_latency, which this policy does not ask: "
     "configure it or leave it out of required"},
    {POLICY "{required: [errors]}", "f:3:24: policies.default.required[0]: \"errors\" is not one "
                                    "of error_rate, latency, slo_success_rate, slo_latency, "
                                    "success_rate, p95, client_errors, split, mesh, guard, data"},
    {POLICY "{required: error_rate}",
     "f:3:23: policies.default.required: must be a list, [a, b], and is a single value"},
    {POLICY "{dry_run: [error_rate]}",
     "f:3:22: policies.default.dry_run: error_rate counts for nothing in dry_run, so it cannot be "
     "required: take it out of one of them"},
    {POLICY "{dry_run: [data]}", "f:3:22: policies.default.dry_run: data cannot be in dry_run: "
                                 "without data nothing is ever passed"},
    {POLICY "{latency: {ratio_margin: 3}, client_errors: {pass_absolute_margin: 0}}",
     "f:3:22: policies.default.latency: pass_ratio_margin 2 must be over ratio_margin 3, or "
     "nothing could be shown between them\n"
     "f:3:79: policies.default.client_errors.pass_absolute_margin: pass_absolute_margin 0 must not "
     "be under absolute_margin 0.005"},
    {POLICY "{no_data: pass}",
     "f:3:22: policies.default.no_data: \"pass\" is not one of hold, fail, abort"},
    {POLICY "{no_data: fail}", "f:3:22: policies.default.no_data: never happens while max_hold "
                               "holds for ever: set max_hold: {after: 30m}"},
    {POLICY "{max_hold: {then: abort}}",
     "f:3:30: policies.default.max_hold.then: never happens while max_hold.after is 0s, which "
     "holds for ever: set it"},
    {POLICY "{no_traffic: fail}",
     "f:3:25: policies.default.no_traffic: \"fail\" is not one of hold, pass"},
    {POLICY "{max_hold: 30m}",
     "f:3:23: policies.default.max_hold: must be a mapping, {key: value}, and is a single value"},
    {POLICY "{warm_up: 1m30}", "f:3:22: policies.default.warm_up: \"1m30\" is not a duration: "
                               "write it like 250ms, 30s, 5m or 1h30m"},
};

static void
test_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct configreport report = {0};
        struct config      *c = NULL;
        struct text         got;

        text_init(&got, 8192);
        if (!config_check("f", slice_of(cases[i].body), &c, &report))
            fail_msg("accepted: %s", cases[i].body);
        for (size_t k = 0; k < report.n && k < CONFIGREPORT_MAX; k++)
            text_printf(&got, "%s%s", k ? "\n" : "", report.errors[k].text);
        if (strcmp(got.p, cases[i].errors))
            fail_msg("%s\ngot:  %s\nwant: %s", cases[i].body, got.p, cases[i].errors);
        assert_null(c);
        text_release(&got);
    }
}

/* Found are all, kept are twenty. */
static void
test_many_errors(void **state)
{
    struct configreport report = {0};
    struct config      *c = NULL;
    struct text         body;

    (void)state;
    text_init(&body, 65536);
    text_puts(&body, SOURCE);
    for (int i = 0; i < 33; i++)
        text_printf(&body, "wrong%d: 1\n", i);
    assert_int_equal(config_check("f", text_slice(&body), &c, &report), STATUS_SYNTAX);
    assert_int_equal(report.n, 33);
    assert_string_equal(report.errors[CONFIGREPORT_MAX - 1].text,
                        "f:21:1: wrong19: unknown key; docs/CONFIG.md lists all");
    text_release(&body);
}

/* What comes from outside in bulk cannot push out what to do about it. */
static void
test_long_values(void **state)
{
    struct configreport report = {0};
    struct config      *c = NULL;
    struct text         body;

    (void)state;
    text_init(&body, 65536);
    text_puts(&body, SOURCE "max_runs: ");
    for (int i = 0; i < 3000; i++)
        text_putc(&body, '9');
    assert_int_equal(config_check("f", text_slice(&body), &c, &report), STATUS_SYNTAX);
    assert_string_equal(report.errors[0].text,
                        "f:2:11: max_runs: \"99999999999999999999999999999999999999999999999999"
                        "9999999999\" is not a whole number from 0 up");
    text_release(&body);
}

static void
test_limits_on_items(void **state)
{
    static const struct {
        const char *before, *item, *after, *error;
        int         n;
    } limits[] = {
        {"{sources: {", "s%d: {prometheus: {url: 'http://p'}},", "}}",
         "f:1:11: sources: has 65 items, at most 64 are read", 65},
        {"{sources: {s: {prometheus: {url: 'http://p'}}}, policies: {", "p%d: {},", "}}",
         "f:1:59: policies: has 257 items, at most 256 are read", 257},
        {"{sources: {s: {prometheus: {url: 'http://p', headers: {", "H%d: x,", "}}}}}",
         "f:1:55: sources.s.prometheus.headers: more than 16 headers", 17},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
        /* One item less is read. */
        for (int n = limits[i].n; n >= limits[i].n - 1; n--) {
            struct configreport report = {0};
            struct config      *c = NULL;
            struct text         body;
            char                item[128];

            text_init(&body, 65536);
            text_puts(&body, limits[i].before);
            for (int k = 0; k < n; k++) {
                const char *number = strstr(limits[i].item, "%d");

                snprintf(item, sizeof item, "%.*s%d%s", (int)(number - limits[i].item),
                         limits[i].item, k, number + 2);
                text_puts(&body, item);
            }
            text_puts(&body, limits[i].after);
            if (config_check("f", text_slice(&body), &c, &report))
                assert_string_equal(report.errors[0].text, limits[i].error);
            assert_true((c == NULL) == (n == limits[i].n));
            config_unref(c);
            text_release(&body);
        }
    }
}

/* verdictd check-config: 0 and a summary, 1 and the errors, 3 for misuse. */
static void
test_command(void **state)
{
    char        path[] = "/tmp/verdictd-check-XXXXXX";
    int         fd = mkstemp(path);
    char        name[] = "check-config", docs[] = "--docs", wrong[] = "--dosc";
    const char *bodies[] = {SOURCE, SOURCE "max_runs: 0"};

    (void)state;
    assert_true(fd >= 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, bodies[i], strlen(bodies[i]), 0), strlen(bodies[i]));
        assert_int_equal(cmd_checkconfig(2, (char *[]){name, path, NULL}), i);
    }
    close(fd);
    unlink(path);
    assert_int_equal(cmd_checkconfig(2, (char *[]){name, path, NULL}), 1);
    assert_int_equal(cmd_checkconfig(2, (char *[]){name, docs, NULL}), 0);
    assert_int_equal(cmd_checkconfig(2, (char *[]){name, wrong, NULL}), 3);
    assert_int_equal(cmd_checkconfig(1, (char *[]){name, NULL}), 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),      cmocka_unit_test(test_many_errors),
        cmocka_unit_test(test_long_values), cmocka_unit_test(test_limits_on_items),
        cmocka_unit_test(test_command),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
