"""Counts taken through Prometheus are the mesh's own, less what nobody could have scraped."""
from lib import counts, scenario
from lib.case import case
from lib.wait import until

ASK = {"service": "reviews", "namespace": "default", "canary": "v2", "stable": "v1"}


def requests_in(ledger):
    """All reports of both sides, of versions and of none."""
    service = ledger["services"][0]
    return sum(v[side]["requests"] - v[side]["unscraped"]
               for v in service["versions"] + [service["unattributed"]]
               for side in ("source", "destination") if side in v)


def start_from_here(mesh, prometheus, *daemons):
    """The runs' first snapshots are taken while nothing moves: what the ledger holds then is
    where they start from. Returns it, and lets the traffic go on."""
    mesh.rate(600)
    until("each side of each version has requests", lambda: all(
        v[side]["requests"] > 100 for v in mesh.ledger()["services"][0]["versions"]
        for side in ("source", "destination")), 20)
    mesh.quiet()
    expected = requests_in(mesh.ledger())

    def scraped():
        found = prometheus.query("sum(istio_requests_total)")
        return found and int(found[0]["value"][1]) == expected

    until("all that is scraped", scraped, 20)
    for d in daemons:
        until("a first snapshot", lambda: d.gates.argo(**ASK)["checks"]["data"]["reason"] !=
              "starting", 20)
    start = counts.of_ledger(mesh.ledger())
    mesh.rate(600)
    return start


def settled(mesh, start, *daemons):
    """Stop the traffic; returns when every daemon has counted what the ledger holds."""
    mesh.quiet()
    last = {}

    def expected():
        total = counts.of_ledger(mesh.ledger())
        total.subtract(start)
        return +total

    def equal(d):
        run = d.gates.argo(**ASK)["run"]
        last["difference"] = counts.difference(expected(),
                                               counts.of_intervals(d.gates.intervals(run)))
        return not last["difference"]

    for d in daemons:
        try:
            until(f"{d.name} has the ledger's counts", lambda: equal(d), 25)
        except AssertionError:
            shown = "\n".join(f"{k}: ledger {a}, counted {b}"
                              for k, (a, b) in list(last["difference"].items())[:40])
            raise AssertionError(f"{d.name}: not the ledger's counts:\n{shown}") from None
    total = expected()
    assert total["user", "v1", "requests"] > 1000 and total["user", "v2", "requests"] > 200, total
    return total


def seen(d, n):
    """Requests of both arms that the verdict is about."""
    j = d.gates.argo(**ASK)
    return j.get("canary_requests", 0) + j.get("stable_requests", 0) >= n


def unscraped(mesh):
    return sum(side["unscraped"] for v in mesh.ledger()["services"][0]["versions"]
               for side in (v["source"], v["destination"]))


@case("quick", 40)
def counts_equal_the_ledger_over_new_series(c):
    """Codes, flags and cells that come late; timeouts and refusals in both views."""
    mesh, prometheus, d = c.world(scenario.service(0, 30))
    start = start_from_here(mesh, prometheus, d)
    until("requests are counted", lambda: seen(d, 1200), 30)
    mesh.behave("v2", error_rate=0.03, code=503)
    mesh.behave("v1", connect_failure=0.02, timeout=0.01, reset=0.01)
    until("more are counted", lambda: seen(d, 3600), 30)
    mesh.behave("v2", error_rate=0.2, code=404, overflow=0.02, client_closed=0.02)
    mesh.faults(delay_share=0.05, delay_ms=120)
    until("more are counted", lambda: seen(d, 6000), 30)
    total = settled(mesh, start, d)
    assert unscraped(mesh) == 0, "nothing restarted"
    assert total["user", "v2", "faults"] > 20 and total["attempt", "v2", "requests"] > 200, total
    kinds = {k[3:] for k in total if k[2] == "cell"}
    assert {code for code, _, _ in kinds} >= {"200", "404", "500", "503", "504", "0"}, kinds


@case("quick", 50)
def counts_equal_the_ledger_over_restarts(c):
    """Pods that restart on their port, are away for a while, or are replaced."""
    mesh, prometheus, d = c.world(scenario.service(0, 30))
    start = start_from_here(mesh, prometheus, d)

    def pod(version, n=0):
        """The nth that lives; one that is down counts."""
        return [p["pod"] for p in mesh.pods() if p["pod"].startswith(f"reviews-{version}-")
                and not p["gone"]][n]

    for step, act in enumerate([lambda: mesh.restart(pod("v1")),
                                lambda: mesh.restart(pod("v2"), down="2s"),
                                lambda: mesh.kill(pod("v2", 1), new_pod="true"),
                                lambda: mesh.kill(pod("v1", 2), new_pod="true"),
                                lambda: mesh.restart(pod("v1", 1))]):
        until("requests are counted", lambda: seen(d, 1500 * (step + 1)), 40)
        act()
    until("requests are counted", lambda: seen(d, 9000), 40)
    settled(mesh, start, d)
    assert unscraped(mesh) > 0, "the restarts lost something: else this case shows little"


@case("quick", 40)
def flapping_replicas_give_the_ledgers_counts(c):
    """Each question is answered by the other of two Prometheus, which scrape at other times."""
    mesh = c.mesh(scenario.service(0, 30))
    first, second = c.prometheus(mesh), c.prometheus(mesh, name="replica")
    front = c.front(first, second)
    d = c.daemon(front.url())
    start = start_from_here(mesh, first, d)
    until("requests are counted", lambda: seen(d, 4000), 30)
    mesh.behave("v2", error_rate=0.03, code=503)
    until("more are counted", lambda: seen(d, 9000), 30)
    settled(mesh, start, d)
    assert len(first.queries()) > 5 and len(second.queries()) > 5
