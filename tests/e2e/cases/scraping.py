"""verdictd scrapes by itself: targets that misbehave, come and go; beside a Prometheus."""
import json
import os
import statistics

from lib import telemetry
from lib.case import case
from lib.endpoints import Endpoint, counter
from lib.kubeapi import KubeApi, pod
from lib.prometheus import Prometheus
from lib.wait import during, until


def daemon(c, **scrape):
    keys = {"interval": "1s", "keep_all": True, **scrape}
    return c.daemon("", sources={"mesh": {"scrape": keys}}, api=telemetry.ALONE)


def up(d):
    return {dict(labels)["instance"]: v for labels, v in telemetry.query(d.gates.port, "up").items()}


BAD = {"hang": "imed out", "mute": "imed out", "trickle": "imed out", "liar": "transfer closed",
       "braggart": "transfer closed", "huge": "over", "bomb": "over", "rubbish": "", "broken": "503"}


@case("quick", 45)
def targets_that_misbehave_disturb_nobody(c):
    good = [Endpoint(counter("requests_total", labels=f'pod="g{i}"')) for i in range(5)]
    bad = {mode: Endpoint(counter("requests_total", labels=f'pod="{mode}"')) for mode in BAD}
    d = daemon(c, targets=[e.address() for e in good + list(bad.values())], body_limit="1MiB")
    port = d.gates.port
    until("all are up", lambda: list(up(d).values()) == ["1"] * (len(good) + len(bad)), 20)
    usual = d.process.peak_rss_mib()
    for mode, endpoint in bad.items():
        endpoint.behave(mode)
    for mode, endpoint in bad.items():
        until(f"{mode} is down",
              lambda e=endpoint, m=mode: (t := telemetry.targets(port)[e.address()])["health"] ==
              "down" and BAD[m] in t["lastError"], 15)
    seconds = []

    def others_are_scraped():
        seconds.append(d.gates.argo_raw(service="reviews", namespace="default", canary="v2",
                                        stable="v1").seconds)
        return telemetry.value(port, 'min(up{instance=~"%s"})' %
                               "|".join(e.address() for e in good)) == 1

    during("the others are up", others_are_scraped, 10)
    assert statistics.median(seconds) < 0.02, statistics.median(seconds)
    # In (t - 8 s, t] are 8 ticks of 1 s; one may be on its way.
    ticks = telemetry.query(port, 'count_over_time(requests_total{pod=~"g."}[8s])')
    assert len(ticks) == len(good) and all(float(v) >= 7 for v in ticks.values()), ticks
    grown = d.process.peak_rss_mib() - usual
    assert grown < 40, f"{grown:.1f} MiB more than the {usual:.1f} before"
    assert all(e.sent < 256 << 20 for e in bad.values()), {m: e.sent for m, e in bad.items()}
    stale = telemetry.query(port, 'requests_total{pod!~"g."}')
    assert not stale, stale
    for endpoint in bad.values():
        endpoint.behave("good")
    until("all are up again", lambda: list(up(d).values()) == ["1"] * (len(good) + len(bad)), 20)
    assert len(telemetry.query(port, "requests_total")) == len(good) + len(bad)
    headers = good[0].headers
    assert headers["X-Prometheus-Scrape-Timeout-Seconds"] == "1", headers
    assert headers["Accept"].startswith("application/openmetrics-text"), headers


BODY = """# HELP requests_total Requests, \\\\ and \\n in them.
# TYPE requests_total counter
requests_total{code="200",text="a \\"b\\" \\\\ \\n c"} %(n)d
requests_total{code="500",text=""} 7e-3
# TYPE latency histogram
latency_bucket{le="0.5"} 1
latency_bucket{le="2.5"} 2
latency_bucket{le="+Inf"} 3
latency_sum 4.25
latency_count 3
temperature NaN
limit{job="theirs",instance="theirs"} -Inf
same 1
same 1
"""


def ups(known):
    return [v for labels, v in known.items() if ("__name__", "up") in labels]


def write_targets(path, groups):
    with open(path + ".new", "w", encoding="utf-8") as f:
        json.dump(groups, f)
    os.rename(path + ".new", path)


@case("quick", 60)
def scrapes_as_prometheus_does(c):
    """The same targets from the same file; but for the times, both know the same."""
    state = {"n": 1, "more": "extra 1\n"}
    first = Endpoint(lambda: BODY % state + state["more"])
    second = Endpoint(counter("requests_total", rate=0))
    path = os.path.join(c.directory, "targets.json")
    group = {"labels": {"__metrics_path__": "/stats", "__param_x": "a b", "zone": "z"}}
    write_targets(path, [{"targets": [first.address()], **group}, {"targets": [second.address()]}])
    prometheus = Prometheus(c.directory, path)
    c.owned.append(prometheus)
    d = c.daemon("", sources={"istio": {"scrape": {"interval": "1s", "file_sd": [path],
                                                   "keep_all": True}}})

    def known(port):
        wanted = '{__name__!="scrape_duration_seconds",job="istio"}'
        return telemetry.query(port, wanted)

    def same(has=lambda known: True):
        ours, theirs = known(d.gates.port), known(prometheus.port)
        # What Prometheus 2.42 does not have or counts by its own first scrape.
        for both in (ours, theirs):
            for labels in [k for k in both if ("__name__", "scrape_series_added") in k]:
                del both[labels]
        return ours == theirs and has(ours) and ours

    both = until("both know the same", lambda: same(lambda k: len(k) >= 17), 30)
    assert first.headers.get("Host") == first.address()
    assert any(("exported_job", "theirs") in k for k in both), both
    state["n"], state["more"] = 12345678901, ""
    until("both know the same after a change",
          lambda: same(lambda k: "12345678901" in k.values() and len(k) == len(both) - 1), 30)
    second.behave("broken")
    until("both know the same of one that is down", lambda: same(lambda k: "0" in ups(k)), 30)
    second.behave("good")
    until("both know the same when it is up again", lambda: same(lambda k: "0" not in ups(k)), 30)
    write_targets(path, [{"targets": [first.address()], **group}])
    until("both know the same of what is left", lambda: same(lambda k: ups(k) == ["1"]), 30)
    assert len(telemetry.targets(d.gates.port)) == 1
    first.stop()
    until("both know that it cannot be reached", lambda: same(lambda k: ups(k) == ["0"]), 30)
    first.start()
    until("both know the same in the end", lambda: same(lambda k: ups(k) == ["1"]), 30)


def running(name, endpoint, **more):
    return pod(name, endpoint.host,
               annotations={"prometheus.io/scrape": "true",
                            "prometheus.io/port": str(endpoint.port),
                            "prometheus.io/path": "/metrics"}, **more)


@case("quick", 60)
def pods_are_followed(c):
    a, b, x = (Endpoint(counter("requests_total")) for _ in range(3))
    api = KubeApi([running("a", a), running("b", b, labels={"hash": "77"})])
    d = daemon(c, kubernetes={"api": api.url(), "namespaces": ["prod"], "selector": "app=api",
                              "annotations": True, "labels": {"template_hash": "hash"}})
    port = d.gates.port

    def pods():
        return {dict(k)["pod"] for k, v in telemetry.query(port, "up").items() if v == "1"}

    until("two pods", lambda: pods() == {"a", "b"}, 15)
    assert "/api/v1/namespaces/prod/pods?labelSelector=app%3Dapi" in api.asked[0], api.asked
    labels = dict(next(iter(telemetry.query(port, 'requests_total{template_hash="77"}'))))
    assert labels["pod"] == "b" and labels["namespace"] == "prod" and labels["job"] == "mesh"
    assert labels["instance"] == b.address(), labels
    api.put(running("x", x))
    until("a third", lambda: pods() == {"a", "b", "x"}, 10)
    api.put(running("a", a, phase="Succeeded"))
    until("one has ended", lambda: pods() == {"b", "x"}, 15)
    # The server is away: what is known is scraped on.
    api.stop()
    during("they are scraped", lambda: pods() == {"b", "x"}, 4)
    assert d.events("event=discovery_failed"), "nobody was told"
    api.expire()  # and has forgotten the versions it gave
    api.remove("b")
    api.start()
    until("b is gone", lambda: pods() == {"x"}, 60)
    until("it is told", lambda: d.events("event=discovery_recovered"), 20)
    assert any("resourceVersion=" in path for path in api.asked), api.asked
    assert api.lists >= 2, api.asked


@case("quick", 40)
def targets_of_a_reload(c):
    """Targets that stay keep their series; others end, or begin."""
    a, b, x = (Endpoint(counter("requests_total", labels=f'pod="{n}"')) for n in "abx")
    d = daemon(c, targets=[a.address(), b.address()])
    port = d.gates.port
    until("two are up", lambda: list(up(d).values()) == ["1", "1"], 15)
    d.config["sources"]["mesh"]["scrape"]["targets"] = [a.address(), x.address()]
    d.write_config()
    d.reload()

    def known():
        return {dict(k)["pod"] for k in telemetry.query(port, "requests_total")}

    until("b has ended, x is there", lambda: known() == {"a", "x"}, 15)
    history = telemetry.ask(port, "query", query='requests_total{pod="a"}[1m]')["result"]
    times = [t for t, _ in history[0]["values"]]
    assert all(0.9 < later - t < 2.1 for t, later in zip(times, times[1:])), times
    d.config["sources"]["mesh"]["scrape"]["targets"] = ["user@host"]
    d.write_config()
    assert "reload_refused" in d.reload()
    during("as it was", lambda: known() == {"a", "x"}, 2)
