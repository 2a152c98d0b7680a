"""A Prometheus that stops, lies, hangs or floods: hold, small memory, fast gates, and go on."""
import statistics

from lib import scenario
from lib.case import case
from lib.front import GARBAGE
from lib.gates import ASK
from lib.wait import during, until



def passing(d):
    j = d.gates.argo(**ASK)
    assert j["verdict"] in ("pass", "hold"), j
    return j["pass"] and j


def holds(d, *reasons):
    """Never a pass, a fail or an abort of what cannot be seen."""
    j = d.gates.argo(**ASK)
    assert j["verdict"] in ("pass", "hold"), j
    return j["verdict"] == "hold" and j["reason"] in reasons and j


@case("quick", 60)
def prometheus_stopped_holds_and_goes_on(c):
    mesh = c.mesh(scenario.service(2000, 30))
    prometheus = c.prometheus(mesh)
    front = c.front(prometheus)
    d = c.daemon(front.url())
    until("pass", lambda: passing(d), 60)
    prometheus.freeze()
    until("hold while it is frozen", lambda: holds(d, "source_unreachable"), 20)
    during("it stays a hold", lambda: holds(d, "source_unreachable"), 3)
    prometheus.thaw()
    before = until("pass again", lambda: passing(d), 30)["canary_requests"]
    prometheus.process.kill()
    until("hold while it is away", lambda: holds(d, "source_unreachable"), 20)
    assert d.gates.flagger("rollback", "reviews", "v2", canary="v2", stable="v1").code == 409
    mesh.behave("v2", error_rate=0.7, code=500)
    prometheus.start()
    j = until("judging goes on", lambda: (v := d.gates.argo(**ASK))["abort"] and v, 60)
    assert j["canary_requests"] > before and j["reason"] == "dead_canary", j


# What it does, how often at least, and what may be said about it.
MISBEHAVIOUR = (("garbage", len(GARBAGE), ("source_error",)),
                ("hang", 3, ("source_unreachable",)),
                ("drip", 3, ("source_unreachable",)),
                ("huge", 4, ("source_error", "too_many_series")),
                ("redirect", 3, ("source_error",)),
                ("denied", 3, ("source_error",)),
                ("unavailable", 3, ("source_unreachable",)))


@case("quick", 80)
def prometheus_that_lies_hangs_or_floods_holds(c):
    mesh = c.mesh(scenario.service(2000, 30))
    prometheus = c.prometheus(mesh)
    front = c.front(prometheus)
    limit_mib = 2
    d = c.daemon(front.url(), source_keys={"max_reply_bytes": f"{limit_mib}MiB"})
    until("pass", lambda: passing(d), 60)
    usual = d.process.peak_rss_mib()
    for mode, least, reasons in MISBEHAVIOUR:
        front.behave(mode)
        asked = front.asked
        until(f"hold on {mode}", lambda: holds(d, *reasons), 20)
        seconds = [d.gates.argo_raw(**ASK).seconds for _ in range(200)]
        assert statistics.median(seconds) < 0.02 and max(seconds) < 1, \
            f"{mode}: median {statistics.median(seconds)} s, longest {max(seconds)} s"

        def held_all_the_while():
            assert holds(d, *reasons), (mode, d.gates.argo(**ASK))
            return front.asked >= asked + least

        until(f"{mode} was asked a few times", held_all_the_while, 40)
        grown = d.process.peak_rss_mib() - usual
        assert grown < 16 * limit_mib, f"{mode}: {grown:.1f} MiB more than the {usual:.1f} before"
        front.behave("forward")
        until(f"pass after {mode}", lambda: passing(d), 40)
    assert front.sent_most > limit_mib << 20, "the flood was more than it takes"
