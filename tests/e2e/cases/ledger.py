"""Counts taken through Prometheus are the mesh's own, less what nobody could have scraped."""
from lib import counts, scenario
from lib.case import case
from lib.gates import ASK
from lib.wait import until

RATE = 2000  # requests per second


def of_service(ledger, name):
    return next(s for s in ledger["services"] if s["service"] == name)


def requests_in(ledger, name):
    """All reports of both sides, of versions and of none."""
    service = of_service(ledger, name)
    return sum(v[side]["requests"] - v[side]["unscraped"]
               for v in service["versions"] + [service["unattributed"]]
               for side in ("source", "destination") if side in v)


def start_from_here(mesh, prometheus, *daemons, services=("reviews",)):
    """The runs' first snapshots are taken while nothing moves: what the ledger holds then is
    where they start from. Returns it by service, and lets the traffic go on."""
    for name in services:
        mesh.rate(RATE, name)
    until("each side of each version has requests", lambda: all(
        v[side]["requests"] > 100 for name in services
        for v in of_service(mesh.ledger(), name)["versions"]
        for side in ("source", "destination")), 20)
    mesh.quiet(*services)
    expected = sum(requests_in(mesh.ledger(), name) for name in services)

    def scraped(by):
        found = by.query("sum(istio_requests_total)")
        return found and int(found[0]["value"][1]) == expected

    for by in prometheus if isinstance(prometheus, tuple) else (prometheus,):
        until("all that is scraped", lambda: scraped(by), 20)
    for d in daemons:
        for name in services:
            until("a first snapshot", lambda: d.gates.argo(**{**ASK, "service": name})
                  ["checks"]["data"]["reason"] != "starting", 20)
    start = {name: counts.of_ledger(mesh.ledger(), name) for name in services}
    for name in services:
        mesh.rate(RATE, name)
    return start


def settled(mesh, start, *daemons):
    """Stop the traffic; returns when every daemon has counted what the ledger holds."""
    mesh.quiet(*start)
    last = {}

    def expected(name):
        total = counts.of_ledger(mesh.ledger(), name)
        total.subtract(start[name])
        return +total

    def equal(d, name):
        run = d.gates.argo(**{**ASK, "service": name})["run"]
        last["difference"] = counts.difference(expected(name),
                                               counts.of_intervals(d.gates.intervals(run)))
        return not last["difference"]

    for d in daemons:
        for name in start:
            try:
                until(f"{d.name} has the ledger's counts", lambda: equal(d, name), 25)
            except AssertionError:
                shown = "\n".join(f"{k}: ledger {a}, counted {b}"
                                  for k, (a, b) in list(last["difference"].items())[:40])
                raise AssertionError(f"{d.name}, {name}: not the ledger's counts:\n{shown}") \
                    from None
    for name in start:
        total = expected(name)
        assert total["user", "v1", "requests"] > 1000 and total["user", "v2", "requests"] > 200
    return total


def seen(d, n, service="reviews"):
    """Requests of both arms that the verdict is about."""
    j = d.gates.argo(**{**ASK, "service": service})
    return j.get("canary_requests", 0) + j.get("stable_requests", 0) >= n


def unscraped(mesh):
    return sum(side["unscraped"] for v in mesh.ledger()["services"][0]["versions"]
               for side in (v["source"], v["destination"]))


@case("quick", 40)
def counts_equal_the_ledger_over_new_series(c):
    """Codes, flags and cells that come late; timeouts and refusals in both views."""
    mesh, prometheus, d = c.world(scenario.service(0, 30))
    start = start_from_here(mesh, prometheus, d)
    until("requests are counted", lambda: seen(d, 4000), 30)
    mesh.behave("v2", error_rate=0.03, code=503)
    mesh.behave("v1", connect_failure=0.02, timeout=0.01, reset=0.01)
    until("more are counted", lambda: seen(d, 12000), 30)
    mesh.behave("v2", error_rate=0.2, code=404, overflow=0.02, client_closed=0.02)
    mesh.faults(delay_share=0.05, delay_ms=120)
    until("more are counted", lambda: seen(d, 20000), 30)
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
        until("requests are counted", lambda: seen(d, 5000 * (step + 1)), 40)
        act()
    until("requests are counted", lambda: seen(d, 30000), 40)
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
    until("requests are counted", lambda: seen(d, 15000), 30)
    mesh.behave("v2", error_rate=0.03, code=503)
    until("more are counted", lambda: seen(d, 30000), 30)
    settled(mesh, start, d)
    assert len(first.queries()) > 5 and len(second.queries()) > 5


@case("long", 75)
def counts_equal_the_ledger_over_a_rough_minute(c):
    """Every way a request can end, gRPC, retries, a mirror, and pods that come and go."""
    rough = {"errors": {500: 0.01, 503: 0.01, 404: 0.05}, "timeout": 0.01, "reset": 0.01,
             "connect_failure": 0.02, "app_refused": 0.01, "overflow": 0.01, "client_closed": 0.02,
             "latency": {"median_ms": 30, "sigma": 1}}
    grpc = {"errors": {14: 0.01, 5: 0.02, 4: 0.01}, "timeout": 0.01, "connect_failure": 0.01}
    retries = {"attempts": 2, "on": ["connect_failure", "reset", "gateway_error"]}
    mesh, prometheus, d = c.world(
        scenario.service(0, 30, scenario.version("v1", 3, rough), scenario.version("v2", 2, rough),
                         retries=retries, mirror={"to": "v2", "share": 0.1}),
        scenario.service(0, 30, scenario.version("v1", 2, grpc), scenario.version("v2", 2, grpc),
                         name="ratings", protocol="grpc"),
        services=[{"name": n, "namespace": "default"} for n in ("reviews", "ratings")])
    names = ("reviews", "ratings")
    start = start_from_here(mesh, prometheus, d, services=names)
    acts = 0
    while acts < 12:
        goal = 4000 * (acts + 1)
        until("requests are counted", lambda: all(seen(d, goal, n) for n in names), 40)
        pods = [p["pod"] for p in mesh.pods() if p["side"] == "destination" and p["up"]]
        act = (mesh.restart, lambda p: mesh.restart(p, down="1s"),
               lambda p: mesh.kill(p, new_pod="true"))[acts % 3]
        act(pods[acts * 5 % len(pods)])
        acts += 1
    settled(mesh, start, d)
