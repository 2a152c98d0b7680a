"""Grafana and alerts over a verdictd that has judged rollouts: each query has an answer."""
import json
import os
import re
import ssl
import subprocess
import time
import urllib.parse
import urllib.request

from lib import scenario
from lib.case import case
from lib.daemon import scraping
from lib.gates import ASK, request
from lib.grafana import Grafana, boards, targets
from lib.wait import until

RULES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "dashboards", "prometheus",
                     "verdictd.rules.yaml")
WHO = ("--by", "ada", "--why", "seen by hand")


def judged(c):
    """A daemon that scrapes the mesh itself. It has passed and ended a rollout, aborted one that a person
    then cleared, judges a third, refused a question and cannot reach whom it should tell."""
    mesh = c.mesh(scenario.service(2000, 40))
    policy = {"success_rate": {"min": 0.5, "window": "10s"}, "p95": {"max": "900ms", "window": "10s"}}
    d = c.daemon(None, sources={"mesh": scraping(mesh.targets)}, policy=policy, notifications={
        "chat": {"format": "cloudevents", "url": "http://127.0.0.1:1/", "on": ["pass", "hold", "fail", "abort"]}},
        remote_write={"url": "http://127.0.0.1:1/api/v1/write"})
    url = f"http://127.0.0.1:{d.gates.port}"
    first = until("pass", lambda: (j := d.gates.argo(**ASK, revision="one", weight=40))["pass"] and j, 90)
    assert d.gates.ask("POST", f"/v1/runs/{first['run']}/end", json.dumps(
        {"by": "ada", "why": "released"}).encode(), {"Content-Type": "application/json"}).code == 200
    mesh.behave("v2", error_rate=1, code=500)
    second = until("abort", lambda: (j := d.gates.argo(**ASK, revision="two", weight=40))["abort"] and j, 60)
    code, out, err = d.command("override", "--url", url, *WHO, second["run"], "clear", config=False)
    assert code == 0, (out, err)
    mesh.behave("v2", error_rate=0.001, code=500)
    until("judged again", lambda: "evidence" in d.gates.argo(**ASK, revision="three", weight=40)[
        "checks"]["error_rate"], 60)
    assert request(d.gates.port, "POST", "/v1/argo/verdict", json.dumps({**ASK, "service": "unknown"}).encode(),
                   {"Content-Type": "application/json"}).code == 404
    return mesh, d


def answered(grafana, board, values):
    """Titles of targets without an answer."""
    empty = []
    for title, t in targets(board):
        if not grafana.target(t, values):
            empty.append(f"{board['title']}: {title}: {t['expr']}")
    return empty


def alert_expressions(build):
    done = subprocess.run([os.path.join(build, "tests", "yaml2json"), RULES], capture_output=True, text=True,
                          check=True)
    document = json.loads(done.stdout)
    document = document[0] if isinstance(document, list) else document
    return {r["alert"]: r["expr"] for g in document["groups"] for r in g["rules"]}


def without_comparisons(expr):
    """What an alert looks at, where it does not fire: the value, not whether it is too much."""
    return re.sub(r" (==|>|<) [\d.]+", "", expr).removeprefix("absent")


@case("quick", 60)
def every_panel_and_alert_has_data(c):
    _, d = judged(c)
    chosen = {"namespace": "default", "service": "reviews", "version": "v2", "view": "user"}
    missing = []

    def complete():
        grafana = Grafana(d.gates.port, time.time())
        missing[:] = []
        for board in boards().values():
            missing.extend(answered(grafana, board, grafana.variables(board, chosen)))
        for name, expr in alert_expressions(c.build).items():
            d.query(expr)
            if not d.query(without_comparisons(expr)):
                missing.append(f"{name}: {without_comparisons(expr)}")
        return not missing

    names, told = Grafana(d.gates.port, time.time()).save_and_test()
    assert {"verdictd_verdict", "verdictd_ready"} <= set(names), names
    assert told["verdictd_ready"][0]["type"] == "gauge" and told["verdictd_verdict"][0]["help"], told
    try:
        until("every query has an answer", complete, 60)
    except AssertionError:
        raise AssertionError("no answer to\n" + "\n".join(missing)) from None


@case("quick", 60)
def metrics_are_scraped_by_prometheus(c):
    """A real Prometheus takes both formats, with a token; promtool finds nothing to say of them."""
    tokens = os.path.join(c.directory, "tokens")
    with open(tokens, "w", encoding="utf-8") as f:
        f.write("sesame\nnarrow read prod\n")
    os.chmod(tokens, 0o600)
    mesh = c.mesh(scenario.service(500, 40))
    d = c.daemon(None, sources={"mesh": scraping(mesh.targets)}, tokens_file=tokens, token="sesame")
    path = ("GET", "/metrics")
    assert request(d.gates.port, *path).code == 401
    assert request(d.gates.port, *path, headers={"Authorization": "Bearer narrow"}).code == 403
    plain = request(d.gates.port, *path, headers=d.gates.headers)
    assert plain.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8", plain.headers
    checked = subprocess.run(["promtool", "check", "metrics"], input=plain.body, capture_output=True, check=False)
    assert checked.returncode == 0 and not checked.stderr + checked.stdout, checked
    prometheus = c.prometheus(mesh, more=f"""\
  - job_name: verdictd
    authorization: {{credentials: sesame}}
    static_configs: [{{targets: ["127.0.0.1:{d.gates.port}"]}}]
""")
    until("verdictd is scraped", lambda: prometheus.query('up{job="verdictd"} == 1'), 30)
    until("its counters move", lambda: prometheus.query(
        'rate(verdictd_http_requests_total{handler="/metrics", code="200"}[30s]) > 0'), 30)
    until("its times are there", lambda: prometheus.query(
        'histogram_quantile(0.99, rate(verdictd_http_request_duration_seconds_bucket{handler="/metrics"}[30s])) < 1'), 30)
    scraped = {s["metric"]["__name__"] for s in prometheus.query('{job="verdictd"}')}
    lines = plain.body.decode().splitlines()
    missing = {line.split()[2] for line in lines if line.startswith("# TYPE") and not line.endswith("histogram")} - scraped
    assert not missing, missing
    open_metrics = request(d.gates.port, *path, headers={**d.gates.headers, "Accept": "application/openmetrics-text"})
    assert open_metrics.headers["content-type"].startswith("application/openmetrics-text"), open_metrics.headers
    assert open_metrics.body.endswith(b"# EOF\n")


@case("quick", 30)
def metrics_tell_of_trouble(c):
    """A source that is away, a reload that is refused: what alerts look at says so."""
    mesh, prometheus, d = c.world(scenario.service(500, 40))

    def value(series):
        body = request(d.gates.port, "GET", "/metrics").body.decode()
        found = [line.rsplit(" ", 1)[1] for line in body.splitlines() if line.startswith(series + " ")]
        assert found, f"no {series} in {body}"
        return float(found[0])

    d.gates.argo(**ASK)
    until("snapshots", lambda: value('verdictd_ticks_total{outcome="closed"}') > 0, 30)
    assert value('verdictd_source_queries_total{source="mesh"}') > 0
    assert value('verdictd_runs_started_total') == 1
    assert value('verdictd_gate_calls_total{gate="argo",verdict="hold",code="200"}') >= 1
    prometheus.process.kill()
    until("blind", lambda: value('verdictd_runs_blind{reason="source_unreachable"}') == 1, 30)
    assert value('verdictd_source_errors_total{source="mesh",reason="unreachable"}') > 0
    with open(d.config_path, "a", encoding="utf-8") as f:
        f.write("nonsense")
    assert "reload_refused" in d.reload()
    assert value("verdictd_config_last_reload_successful") == 0
    assert value('verdictd_config_reloads_total{outcome="failed"}') == 1
    last = value("verdictd_loop_last_tick_timestamp_seconds")
    assert abs(time.time() - last) < 5, last


@case("quick", 15)
def certificate_is_seen_to_end(c):
    """Served over TLS, /metrics tells when the certificate ends, and the alert looks at that."""
    files = {"cert_file": os.path.join(c.directory, "server.pem"), "key_file": os.path.join(c.directory, "server.key")}
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", files["key_file"], "-out", files["cert_file"], "-days", "3", "-subj", "/CN=verdictd"],
                   check=True, capture_output=True)
    d = c.daemon("http://127.0.0.1:1", tls=files)
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust.check_hostname = False
    trust.load_verify_locations(files["cert_file"])

    def get(path):
        url = f"https://127.0.0.1:{d.gates.port}{path}"
        with urllib.request.urlopen(url, timeout=10, context=trust) as answer:
            return answer.read().decode()

    line = r"^verdictd_http_certificate_expiry_timestamp_seconds (\S+)$"
    told = until("its end is told", lambda: float(re.search(line, get("/metrics"), re.M)[1]), 10)
    assert abs(told - time.time() - 3 * 86400) < 120, told
    expr = alert_expressions(c.build)["VerdictdCertificateExpires"]
    query = "/api/v1/query?" + urllib.parse.urlencode({"query": expr})
    until("the alert sees it", lambda: json.loads(get(query))["data"]["result"], 20)
