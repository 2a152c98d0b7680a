"""Limits of the user's own, on an expression that a real Prometheus evaluates."""
from lib import scenario, strict
from lib.case import case
from lib.gates import ASK
from lib.wait import until

MEDIAN = """\
# half of the users' requests are quicker
histogram_quantile(0.5, sum by (le) (rate(istio_request_duration_milliseconds_bucket{
  reporter="source", destination_service_name="{{service}}", destination_version=~"{{canary}}"}[8s])))
"""


@case("quick", 45)
def threshold_on_an_expression_fails_and_recovers(c):
    limits = {"median": {"metric": "query", "query": MEDIAN, "max": 150, "consecutive": 2},
              "traffic": {"metric": "request_rate", "max": 1, "window": "10s", "dry_run": True}}
    mesh, prometheus, d = c.world(scenario.service(1000, 50), policy={
        "latency": {"on": False}, "error_rate": {"on": False}, "thresholds": limits})
    until("pass while it is fast", lambda: d.gates.argo(**ASK)["pass"], 60)
    mesh.behave("v2", latency_factor=15)  # median 300 ms
    j = until("fail", lambda: (v := d.gates.argo(**ASK))["verdict"] == "fail" and v, 40)
    assert j["reason"] == "limit_broken" and j["message"].startswith("median is"), j
    assert j["checks"]["median"]["value"] > 150 == j["checks"]["median"]["limit"], j
    # In dry run it is told, and counts for nothing.
    assert j["checks"]["traffic"]["verdict"] == "fail" and not j["checks"]["traffic"]["required"], j
    stored = d.gates.get(f"/v1/runs/{j['run']}")["numbers"]["checks"]
    assert stored["median"]["limit"] == 150 and stored["traffic"]["dry_run"], stored
    code, out, err = d.command("explain", "--queries", j["run"])
    assert code == 0 and "  median " in out and "thresholds.median.max=150" in out, (out, err)
    asked = out[out.index("# threshold median\n"):].split("\n")[1]
    assert '"(?:v2)"' in asked and prometheus.query(asked), asked
    code, out, err = d.command("judge", "--service", "reviews", "--namespace", "default",
                               "--canary", "v2", "--stable", "v1", "--for", "25s")
    judged = strict.parse(out.encode())["checks"]["median"]
    assert code == 1 and judged["value"] > 150, (code, out, err)
    mesh.behave("v2", latency_factor=1)
    until("recovery", lambda: d.gates.argo(**ASK)["pass"], 60)
