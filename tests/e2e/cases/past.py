"""What was: a stored run judged again, and days without a rollout judged under a policy."""
import os
import random
import re
import shutil
import subprocess
import time

from lib import scenario, strict
from lib.case import case
from lib.prometheus import Prometheus
from lib.wait import until

PODS, TICK_S, HOURS = 5, 15, 1.5


@case("quick", 40)
def a_stored_run_judged_again_is_the_same(c):
    _, _, d = c.world(scenario.service(2000, 30))
    ask = {"service": "reviews", "namespace": "default", "canary": "v2", "stable": "v1"}
    run = until("pass", lambda: (j := d.gates.argo(**ask))["pass"] and j, 60)["run"]
    code, out, err = d.command("replay", run)
    assert code == 0, (code, out, err)
    assert re.search(r"state +\d+ bytes, the same", out), out
    stored, again = re.search(r"verdicts +(\d+) stored, (\d+) decided again", out).groups()
    assert stored == again and int(stored) > 1, out
    code, _, err = d.command("replay", "01HF7YAT00000000000000000A")
    assert code == 3 and "not in the history" in err, (code, err)


def past(end):
    """Counters of five pods as OpenMetrics: 10 requests a second each, 0.5 % faults."""
    chance, count, lines = random.Random(7), {}, {}
    for t in range(int(end - HOURS * 3600), int(end) + 1, TICK_S):
        for pod in range(PODS):
            n = 150 + chance.randrange(-10, 11)
            bad = sum(chance.random() < 0.005 for _ in range(n))
            for code, more in (("200", n - bad), ("503", bad)):
                labels = (f'reporter="destination",instance="10.0.0.{pod}:15020",pod="api-{pod}",'
                          'destination_workload="api",destination_workload_namespace="prod",destination_service="api.prod.svc.cluster.local",'
                          'destination_service_name="api",destination_service_namespace="prod",'
                          'destination_canonical_service="api",destination_canonical_revision="v1",'
                          f'destination_version="v1",response_code="{code}",response_flags="-"')
                count[labels] = count.get(labels, 0) + more
                lines.setdefault(labels, []).append(
                    f"istio_requests_total{{{labels}}} {count[labels]} {t}")
    return "\n".join(["# TYPE istio_requests_total unknown",
                      *(line for series in lines.values() for line in series), "# EOF", ""])


@case("quick", 30)
def a_past_without_rollouts_is_judged(c):
    promtool = shutil.which("promtool")
    assert promtool, "no promtool: it comes with prometheus"
    openmetrics = os.path.join(c.directory, "past.om")
    with open(openmetrics, "w", encoding="utf-8") as f:
        f.write(past(time.time()))
    subprocess.run([promtool, "tsdb", "create-blocks-from", "openmetrics", openmetrics,
                    os.path.join(c.directory, "past-data")], check=True, capture_output=True)
    prometheus = Prometheus(c.directory, os.path.join(c.directory, "none.json"), name="past")
    c.owned.append(prometheus)
    config = os.path.join(c.directory, "past.yaml")
    with open(config, "w", encoding="utf-8") as f:
        f.write(f"""\
sources:
  mesh: {{prometheus: {{url: "{prometheus.url()}"}}}}
services:
  - {{name: api, namespace: prod, source: mesh}}
policies:
  default: {{false_rollback_rate: 0.05, latency: {{on: false}}, required: [error_rate], calibration: {{window: 5m}}}}
""")
    done = subprocess.run([os.path.join(c.build, "verdictd"), "backtest", "--config", config,
                           "--service", "api", "--namespace", "prod", "--days", "0.06"],
                          capture_output=True, text=True, timeout=120)
    out = done.stdout
    assert done.returncode == 0, (done.returncode, out, done.stderr)
    assert f"{PODS} pods; 0 instants without an answer" in out, out
    plain = re.search(r"without calibration +(\d+) of (\d+) placebo canaries", out)
    assert plain and int(plain[2]) >= 60 and int(plain[1]) <= 5, out
    assert "thresholds learned from placebo canaries" in out, out
    as_json = subprocess.run(done.args + ["--json"], capture_output=True, text=True, timeout=120)
    told = strict.parse(as_json.stdout.encode())
    assert as_json.returncode == 0 and told["pods"] == PODS and told["unanswered"] == 0, told
    assert told["without_calibration"]["placebos"] >= 60 and len(told["weights"]) == 5, told
    faults = float(re.search(r"([\d.]+) % of them faults", out)[1])
    assert 0.3 < faults < 0.7, out
