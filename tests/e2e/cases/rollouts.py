"""Whole rollouts, asked as Argo Rollouts and Flagger ask, weights steered in the mesh."""
from lib import scenario
from lib.case import case
from lib.gates import ASK
from lib.wait import during, until

WEIGHTS = (5, 10, 25, 50)


def no_harm(j):
    assert j["verdict"] in ("pass", "hold"), j
    return j


@case("quick", 60)
def argo_good_canary_passes(c):
    mesh, _, d = c.world(scenario.service(3000, 0))
    first = d.gates.argo(**ASK, stage="step", weight=0)
    assert first["verdict"] == "hold", first
    for percent in WEIGHTS:
        mesh.weight(percent)
        until(f"step at {percent} % goes on", lambda: no_harm(
            d.gates.argo(**ASK, stage="step", weight=percent))["pass"], 60)
    j = until("promotion", lambda: (v := no_harm(d.gates.argo(get=True, **ASK, weight=50)))["pass"]
              and v, 60)
    assert j["reason"] == "proven" and j["run"] == first["run"], j
    assert j["user_view"] and j["canary_requests"] > 100 and j["stable_requests"] > 100, j
    assert j["success_rate"]["canary"] > 0.99 and 20 < j["p95_ms"]["canary"] < 100, j
    brief = d.gates.argo(**ASK, view="brief")
    assert brief["verdict"] == "pass" and brief["run"] == j["run"], brief
    # A told pass is in the history.
    history = d.gates.get("/v1/runs/" + j["run"])
    assert j["id"] in [v["id"] for v in history["verdicts"]], history
    assert {g["gate"] for g in history["gate_calls"]} == {"argo"}, history["gate_calls"]


@case("quick", 60)
def flagger_good_canary_passes(c):
    primary = scenario.version("v1", pods=3, workload="reviews-primary")
    mesh, _, d = c.world(scenario.service(3000, 0, v1=primary,
                                          v2=scenario.version("v2", workload="reviews")),
                         services=[{"name": "reviews", "namespace": "default"}])

    def hook(name, phase="Progressing"):
        return d.gates.flagger(name, "reviews", phase=phase).code

    assert hook("confirm-rollout", "Waiting") == 200
    assert hook("pre-rollout") == 200
    # Flagger routes nothing before the first step is confirmed.
    until("first step without traffic",
          lambda: hook("confirm-traffic-increase", "WaitingPromotion") == 200, 20)
    for percent in WEIGHTS:
        mesh.weight(percent)
        until(f"canary traffic at {percent} %",
              lambda: d.gates.flagger("rollout", "reviews").code == 200, 30)
        until(f"step at {percent} % goes on", lambda: hook("confirm-traffic-increase") == 200, 60)
        assert hook("rollback") == 409
    until("promotion", lambda: hook("confirm-promotion") == 200, 60)
    assert hook("confirm-promotion") == 200, "asked again"
    assert hook("rollback") == 409
    assert d.gates.flagger("event", "reviews", eventMessage="Promotion completed!",
                           eventType="Normal", timestamp="1700000000000").code == 202
    assert hook("post-rollout", "Succeeded") == 200
    until("run has ended", lambda: not d.gates.runs(state="live"), 20)
    run = d.gates.runs()[0]
    # By the event or by the hook, whichever is seen first.
    assert run["key"] == "workload" and run["end_cause"] in ("completed", "post_rollout"), run
    told = [v["verdict"] for v in d.gates.get("/v1/runs/" + run["id"])["verdicts"]]
    assert "pass" in told and not {"fail", "abort"} & set(told), told


@case("quick", 45)
def errors_abort_at_both_doors(c):
    mesh, _, d = c.world(scenario.service(2000, 20))
    checksum = "5856f9f9cf"
    ask = {**ASK, "revision": checksum}

    def hook(name):
        return d.gates.flagger(name, "reviews", checksum, canary="v2", stable="v1").code

    run = d.gates.argo(**ask)["run"]
    until("judged while it is sound", lambda: no_harm(
        d.gates.argo(**ask, stage="step"))["pass"], 40)
    assert hook("rollback") == 409
    mesh.behave("v2", error_rate=0.02, code=500)
    j = until("abort", lambda: (v := d.gates.argo(**ask))["abort"] and v, 60)
    assert j["reason"] == "error_rate_worse" and j["run"] == run, j
    check = j["checks"]["error_rate"]
    assert check["verdict"] == "abort" and check["evidence"] >= check["limit"], check
    assert hook("rollback") == 200
    for name in ("rollout", "confirm-traffic-increase", "confirm-promotion"):
        assert hook(name) == 409, name
    # Latched: the canary that recovers is still the revision that was aborted.
    mesh.behave("v2", error_rate=0.001, code=500)
    during("abort is latched", lambda: d.gates.argo(**ask)["abort"] and hook("rollback") == 200, 5)
    code, out, err = d.command("explain", run)
    assert code == 0 and "error_rate_worse" in out and "v2" in out and "v1" in out, (code, out, err)
    code, out, _ = d.command("runs")
    assert code == 0 and run in out and "abort" in out, out


@case("quick", 60)
def p95_over_its_limit_fails_and_recovers(c):
    mesh, _, d = c.world(scenario.service(1000, 50), policy={
        "p95": {"max": "250ms", "window": "8s", "min_requests": 100}, "fail_after": "4s",
        "latency": {"on": False}})  # which would not forget
    checksum = "7d9c5b8f64"
    ask = {**ASK, "revision": checksum}

    def rollback():
        return d.gates.flagger("rollback", "reviews", checksum, canary="v2", stable="v1").code

    until("pass while it is fast", lambda: no_harm(d.gates.argo(**ask))["pass"], 60)
    mesh.behave("v2", latency_factor=15)  # median 300 ms
    j = until("fail", lambda: (v := d.gates.argo(**ask))["verdict"] == "fail" and v, 40)
    assert j["reason"] == "latency_high" and j["checks"]["p95"]["value"] > 250, j
    assert rollback() == 409, "a fail is not an abort at once"
    until("fail held for fail_after rolls Flagger back", lambda: rollback() == 200, 20)
    assert not d.gates.argo(**ask)["abort"]
    mesh.behave("v2", latency_factor=1)
    j = until("recovery", lambda: (v := d.gates.argo(**ask))["pass"] and v, 60)
    assert rollback() == 409 and j["checks"]["p95"]["value"] < 250, j


SUCCESS_RATE = """\
sum by (destination_version) (rate(istio_requests_total{%(match)s, response_code!~"5.."}[1m]))
/ sum by (destination_version) (rate(istio_requests_total{%(match)s}[1m]))"""
FAULTLESS = {"latency": {"median_ms": 20, "sigma": 0.4}}


def usual_success_rate(prometheus, reporter, version):
    match = f'reporter="{reporter}", destination_canonical_service="reviews"'
    found = {r["metric"]["destination_version"]: float(r["value"][1])
             for r in prometheus.query(SUCCESS_RATE % {"match": match})}
    return found.get(version)


@case("quick", 45)
def users_get_only_timeouts(c):
    mesh, prometheus, d = c.world(scenario.service(
        300, 20, v1=scenario.version("v1", 3, FAULTLESS), v2=scenario.version("v2", 2, FAULTLESS)))
    until("canary is judged", lambda: no_harm(d.gates.argo(**ASK, stage="step"))["pass"], 40)
    mesh.behave("v2", timeout=1)
    j = until("abort", lambda: (v := d.gates.argo(**ASK))["abort"] and v, 40)
    assert j["reason"] in ("dead_canary", "error_rate_worse"), j
    # The usual query sees no fault of the canary on either side.
    assert usual_success_rate(prometheus, "source", "v2") == 1
    assert usual_success_rate(prometheus, "destination", "v2") == 1
    ledger = mesh.ledger()["services"][0]["versions"][1]["source"]["cells"]
    assert sum(x["requests"] for x in ledger if x["code"] == "504") > 20, ledger


@case("quick", 45)
def users_get_only_timeouts_under_equal_labels(c):
    def equal(name, pods, pod_hash):
        return scenario.version(name, pods, FAULTLESS, workload="reviews", labels={
            "version": "v1", "canonical_revision": "v1", "pod_template_hash": pod_hash})

    ask = {**ASK, "canary": "789ccd5f64", "stable": "5c5f6d9b7d"}
    mesh, prometheus, d = c.world(
        scenario.service(300, 20, v1=equal("v1", 3, ask["stable"]),
                         v2=equal("v2", 2, ask["canary"])),
        services=[{"name": "reviews", "namespace": "default",
                   "versions": {"key": "pod_template_hash"}}])
    j = until("canary is judged", lambda: (v := no_harm(
        d.gates.argo(**ask, stage="step")))["pass"] and v, 40)
    assert not j["user_view"], j
    mesh.behave("v2", timeout=1)
    j = until("abort", lambda: (v := d.gates.argo(**ask))["abort"] and v, 40)
    assert j["reason"] in ("dead_canary", "error_rate_worse"), j
    assert usual_success_rate(prometheus, "destination", "v1") == 1


@case("quick", 25)
def no_canary_traffic_holds(c):
    mesh, _, d = c.world(scenario.service(300, 0))
    until("no_traffic", lambda: no_harm(d.gates.argo(**ASK))["reason"] == "no_traffic", 20)
    during("it stays so", lambda: (j := d.gates.argo(**ASK))["reason"] == "no_traffic"
           and j["verdict"] == "hold", 4)
    mesh.weight(50)
    until("traffic is seen", lambda: no_harm(d.gates.argo(**ASK))["reason"] != "no_traffic", 20)
    j = until("requests are counted", lambda:
              (v := d.gates.argo(**ASK)).get("canary_requests", 0) > 0 and v, 20)
    assert j["stable_requests"] > 0, j


@case("quick", 25)
def one_label_for_both_versions_holds(c):
    def shared(name, pods):
        return scenario.version(name, pods, workload="reviews",
                                labels={"version": "v1", "canonical_revision": "v1"})

    _, _, d = c.world(scenario.service(500, 20, v1=shared("v1", 3), v2=shared("v2", 2)))
    ask = {**ASK, "weight": 20}
    until("versions_indistinguishable",
          lambda: no_harm(d.gates.argo(**ask))["reason"] == "versions_indistinguishable", 30)
    during("it stays so", lambda: (j := d.gates.argo(**ask))["reason"] ==
           "versions_indistinguishable" and j["verdict"] == "hold", 4)


@case("quick", 35)
def canary_that_answers_404_is_no_absence(c):
    v2 = scenario.version("v2", 2, {"errors": {404: 1}, "latency": {"median_ms": 5, "sigma": 0.3}})
    _, _, d = c.world(scenario.service(500, 20, v2=v2))

    def seen():
        j = no_harm(d.gates.argo(**ASK))
        return j.get("canary_requests", 0) > 500 and j["checks"]["data"]["verdict"] == "pass" and j

    d.gates.argo(**ASK)
    j = until("canary's requests are judged", seen, 40)
    during("no traffic is not what it says",
           lambda: d.gates.argo(**ASK)["reason"] != "no_traffic", 3)
    interval = d.gates.intervals(j["run"])[-1]
    counts = interval["user"]["canary"]
    assert counts["requests"] == counts["client_errors"] > 0, interval


@case("quick", 50)
def incident_of_both_versions_does_not_abort(c):
    mesh, _, d = c.world(scenario.service(1000, 20))
    d.gates.argo(**ASK)
    until("canary is judged", lambda: no_harm(d.gates.argo(**ASK, stage="step"))["pass"], 40)
    for version in ("v1", "v2"):
        mesh.behave(version, error_rate=0.05, code=500)
    during("no abort while both fail", lambda: no_harm(d.gates.argo(**ASK)), 25)
    intervals = d.gates.intervals(d.gates.argo(**ASK)["run"])
    for arm in ("canary", "stable"):
        assert sum(i["user"][arm]["faults"] for i in intervals) > 50, "the incident was seen"


@case("long", 110)
def sound_canaries_are_never_aborted(c):
    """Services side by side, dirty and clean, busy and not: no fail and no abort at any time,
    and each busy one passes in the end."""
    rates = {"busy": (3000, 0.001), "dirty": (2000, 0.03), "clean": (2000, 0), "slow": (60, 0.01),
             "quiet": (5, 0)}

    def sound(name, share, version):
        return scenario.version(version, 2, {"errors": {503: share},
                                             "latency": {"median_ms": 20, "sigma": 0.8}},
                                workload=f"{name}-{version}")

    services = [scenario.service(rate, 20, v1=sound(name, share, "v1"),
                                 v2=sound(name, share, "v2"), name=name)
                for name, (rate, share) in rates.items()]
    mesh, _, d = c.world(*services, services=[{"name": n, "namespace": "default"} for n in rates])
    passed = set()

    def asked():
        for name in rates:
            ask = {**ASK, "service": name}
            if no_harm(d.gates.argo(**ask))["pass"]:
                passed.add(name)
            assert d.gates.flagger("rollback", name, "v2", canary="v2", stable="v1").code == 409
        return True

    for percent in WEIGHTS:
        for name in rates:
            mesh.weight(percent, name)
        during(f"no harm at {percent} %", asked, 22)
    assert passed >= {"busy", "clean", "dirty"}, passed
