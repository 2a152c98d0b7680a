"""Verdicts as series: what Argo's prometheus provider, Grafana and people ask of the history."""
import json
import time
import urllib.parse

from lib import scenario
from lib.case import case
from lib.gates import ASK, request
from lib.prometheus import Prometheus
from lib.telemetry import ask
from lib.wait import until

OF = '{namespace="default",service="reviews"'
VERDICT = "verdictd_verdict" + OF + ',version="v2"}'


def argo(port, expression):
    """What the prometheus provider makes of an answer: the values, in their order."""
    body = urllib.parse.urlencode({"query": expression, "time": f"{time.time():.7f}"}).encode()
    answer = request(port, "POST", "/api/v1/query", body,
                     {"Content-Type": "application/x-www-form-urlencoded"})
    data = json.loads(answer.body)["data"]
    assert data["resultType"] == "vector", data
    return [float(r["value"][1]) for r in data["result"]]


def query(port, expression):
    return ask(port, "query", query=expression)["result"]


def number(port, expression):
    result = query(port, expression)
    assert len(result) == 1, (expression, result)
    return float(result[0]["value"][1])


def counted(d, run):
    """Requests by arm and view, by what the history says of each interval."""
    sums = {}
    for i in d.gates.intervals(run):
        for view in ("user", "attempt"):
            for v in i.get(view, {"versions": []})["versions"]:
                key = v["version"], view
                sums[key] = sums.get(key, 0) + v["counts"]["requests"]
    return sums


@case("quick", 75)
def a_rollout_is_told_as_series(c):
    mesh, _, d = c.world(scenario.service(3000, 20))
    # Never empty for a known service: nothing was asked yet, and no run is known.
    assert argo(d.gates.port, VERDICT) == [0], "before any run"
    assert argo(d.gates.port, "verdictd_verdict" + OF + "}") == [0]
    assert query(d.gates.port, 'verdictd_service_info')[0]["metric"]["service"] == "reviews"
    run = d.gates.argo(**ASK)["run"]
    until("pass, told as 1", lambda: d.gates.argo(**ASK)["pass"] and
          argo(d.gates.port, VERDICT) == [1], 60)
    assert argo(d.gates.port, "verdictd_verdict" + OF + "}") == [1], "one element, labels or not"
    assert argo(d.gates.port, "verdictd_verdict" + OF + ',version="v9"}') == [0], "another version"
    reason = query(d.gates.port, "verdictd_verdict_reason" + OF + "}")
    assert [r["metric"]["reason"] for r in reason] == ["proven"], reason
    info = query(d.gates.port, "verdictd_run_info" + OF + "}")[0]["metric"]
    assert info["run"] == run and info["baseline"] == "v1" and info["attempt"] == "1", info
    checks = {r["metric"]["check"] for r in query(d.gates.port, "verdictd_evidence")}
    assert {"error_rate", "latency"} <= checks, checks
    assert number(d.gates.port, 'verdictd_evidence_limit{check="error_rate"}') > 1
    ratio = number(d.gates.port, 'verdictd_success_ratio{arm="canary",view="user"}')
    assert 0.99 < ratio <= 1, ratio
    p95 = number(d.gates.port, 'verdictd_latency_ms{arm="canary",view="user",quantile="0.95"}')
    told = d.gates.argo(**ASK)["p95_ms"]["canary"]
    assert abs(p95 - told) < 0.3 * told, (p95, told)
    # One expression over the history and what this daemon says of itself.
    joined = query(d.gates.port, "verdictd_verdict" + OF + "} * on () group_left () (1 + 0 * "
                   "max(verdictd_service_info))")
    assert float(joined[0]["value"][1]) == 1, joined

    mesh.behave("v2", error_rate=0.2, code=500)
    until("abort, told as -2", lambda: argo(d.gates.port, VERDICT) == [-2], 60)
    assert argo(d.gates.port, "verdictd_step_verdict" + OF + ',version="v2"}') == [-2]
    assert number(d.gates.port, 'verdictd_evidence{check="error_rate"}') >= \
        number(d.gates.port, 'verdictd_evidence_limit{check="error_rate"}')
    d.gates.ask("POST", f"/v1/runs/{run}/end", b'{"by": "ann", "why": "seen enough"}',
                {"Content-Type": "application/json"})
    until("run has ended", lambda: not d.gates.runs(state="live"), 20)
    # An ended abort is told for an hour; its run is over.
    until("the run's own series end", lambda: not query(d.gates.port, "verdictd_run_info"), 10)
    assert argo(d.gates.port, VERDICT) == [-2]
    assert number(d.gates.port, 'count_over_time(verdictd_run_ended_seconds{verdict="abort"}[10m])') == 1
    # Counters count what the intervals counted.
    end = time.time()
    steps = ask(d.gates.port, "query_range", query=f"verdictd_requests_total{OF}}}",
                start=end - 300, end=end, step=1)["result"]
    most = {(s["metric"]["version"], s["metric"]["view"]): max(float(v) for _, v in s["values"])
            for s in steps}
    sums = counted(d, run)
    assert most == {k: n for k, n in sums.items() if n}, (most, sums)
    # Names for an editor, types, and a variable of Grafana's.
    names = ask(d.gates.port, "label/__name__/values")
    assert "verdictd_verdict" in names, names
    meta = ask(d.gates.port, "metadata", metric="verdictd_requests_total")
    assert meta["verdictd_requests_total"][0]["type"] == "counter", meta
    versions = ask(d.gates.port, "label/version/values",
                   **{"match[]": "verdictd_requests_total", "start": end - 300, "end": end})
    assert versions == ["v1", "v2"], versions

    # A restart forgets nothing of it.
    before = query(d.gates.port, f"max_over_time(verdictd_requests_total{OF}}}[10m])")
    d.process.stop()
    d.start()
    assert argo(d.gates.port, VERDICT) == [-2]
    after = query(d.gates.port, f"max_over_time(verdictd_requests_total{OF}}}[10m])")
    assert {str(r["metric"]): r["value"][1] for r in before} == \
        {str(r["metric"]): r["value"][1] for r in after}


@case("quick", 60)
def two_verdictds_are_read_in_one_place(c):
    """By remote write into a real Prometheus; over an outage of it and a restart of one of them."""
    mesh = c.mesh(scenario.service(3000, 20))
    prometheus = c.prometheus(mesh)
    central = Prometheus(c.directory, mesh.targets, interval="1h", name="central",
                         flags=["--web.enable-remote-write-receiver"])
    c.owned.append(central)

    def send(cluster):
        return {"url": central.url() + "/api/v1/write", "interval": "1s",
                "labels": {"cluster": cluster}}

    d = {name: c.daemon(prometheus.url(), name=name, remote_write=send(name)) for name in ("eu", "us")}
    for one in d.values():
        one.gates.argo(**ASK)

    def clusters():
        return {r["metric"]["cluster"] for r in central.query('verdictd_requests_total{arm="canary"}')}

    until("both are seen", lambda: clusters() == {"eu", "us"}, 45)
    one = central.query('verdictd_run_info{cluster="eu"}')[0]["metric"]
    assert one["service"] == "reviews" and one["run"] == d["eu"].gates.runs()[0]["id"], one

    central.freeze()
    before = time.time()
    d["eu"].process.stop()
    d["eu"].start()
    time_frozen = until("eight seconds of an outage", lambda: time.time() - before > 8 and
                        time.time() - before, 30)
    central.thaw()

    def same():
        """What the central one says of a time in the outage is what the daemon says."""
        at = before + time_frozen / 2
        there = central.query('verdictd_requests_total{cluster="us",view="user"}', time=at)
        here = ask(d["us"].gates.port, "query", query='verdictd_requests_total{view="user"}',
                   time=at)["result"]
        return there and {(r["metric"]["version"], r["value"][1]) for r in there} == \
            {(r["metric"]["version"], r["value"][1]) for r in here}

    until("what was not sent in the outage is sent", same, 60)
    until("the one that was started again goes on", lambda: central.query(
        f'max_over_time(verdictd_verdict{{cluster="eu",version="v2"}}[10s])'), 60)
    assert not d["us"].events("remote_write_refused"), d["us"].events("remote_write")
    assert not d["eu"].events("remote_write_refused"), d["eu"].events("remote_write")
