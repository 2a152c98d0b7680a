"""verdictd that scrapes the mesh itself, or is written to: the mesh's own counts, the same
verdicts as through a Prometheus, and what becomes of it over faults and restarts."""
from cases import ledger
from lib import gates, scenario
from lib.case import case
from lib.daemon import scraping
from lib.gates import ASK
from lib.wait import during, until

UP = 'up{job!="verdictd"}'  # its own stands beside them


def embedded(c, mesh, name="scraper", keys=None, **more):
    """A daemon that scrapes every proxy of the mesh, each of them scraped already."""
    d = c.daemon(None, name=name, sources={"mesh": {**scraping(mesh.targets), **(keys or {})}}, **more)
    pods = len([p for p in mesh.pods() if p["up"]])
    until("every proxy is scraped", lambda: d.query_number(f"sum({UP})") == pods, 20,
          [d.process, mesh.process])
    return d


def verdict(d):
    j = d.gates.argo(**ASK)
    return j["verdict"], j["reason"]


@case("quick", 60)
def scraped_counts_and_verdicts_are_prometheus_s(c):
    """One mesh, one bad canary; one daemon asks a Prometheus, the other scrapes."""
    mesh = c.mesh(scenario.service(0, 30))
    prometheus = c.prometheus(mesh)
    asking = c.daemon(prometheus.url(), name="asking")
    own = embedded(c, mesh)
    start = ledger.start_from_here(mesh, (prometheus, own), asking, own)
    for d in (asking, own):
        until("a pass", lambda: d.gates.argo(**ASK)["pass"], 60)
    mesh.behave("v2", error_rate=0.15, code=503)
    for d in (asking, own):
        until("an abort", lambda: d.gates.argo(**ASK)["abort"], 60)
        assert verdict(d) == ("abort", "error_rate_worse"), verdict(d)
    mesh.behave("v1", connect_failure=0.02, timeout=0.01, reset=0.01)
    until("more are counted", lambda: all(ledger.seen(d, 12000) for d in (asking, own)), 40)
    total = ledger.settled(mesh, start, asking, own)
    assert total["user", "v2", "faults"] > 20, total


@case("quick", 60)
def scraped_counts_are_exact_over_restarts(c):
    """Pods that restart on their port, are away for a while, or are replaced."""
    mesh = c.mesh(scenario.service(0, 30))
    own = embedded(c, mesh)
    start = ledger.start_from_here(mesh, own, own)

    def pod(version, n=0):
        return [p["pod"] for p in mesh.pods() if p["pod"].startswith(f"reviews-{version}-")
                and not p["gone"]][n]

    for step, act in enumerate([lambda: mesh.restart(pod("v1")),
                                lambda: mesh.restart(pod("v2"), down="2s"),
                                lambda: mesh.kill(pod("v2", 1), new_pod="true"),
                                lambda: mesh.kill(pod("v1", 2), new_pod="true")]):
        until("requests are counted", lambda: ledger.seen(own, 5000 * (step + 1)), 40)
        act()
    until("requests are counted", lambda: ledger.seen(own, 26000), 40)
    ledger.settled(mesh, start, own)


@case("quick", 60)
def targets_that_are_all_down_hold(c):
    mesh = c.mesh(scenario.service(2000, 30))
    d = embedded(c, mesh)
    until("a pass", lambda: d.gates.argo(**ASK)["pass"], 60)
    mesh.process.kill()

    def held():
        j = d.gates.argo(**ASK)
        assert j["verdict"] in ("pass", "hold"), j
        return j["verdict"] == "hold" and j["reason"] == "source_unreachable" and j
    j = until("hold while nothing answers", held, 20)
    assert "targets can be scraped" in j["message"], j
    during("it stays a hold", held, 3)
    ready = until("not ready", lambda: (a := gates.request(d.gates.port, "GET", "/-/ready"))
                  .code == 503 and a, 90)
    assert b"source mesh" in ready.body, ready


@case("quick", 60)
def a_restart_keeps_the_series(c):
    """Stopped and started: the window is there again, and the run goes on with exact counts."""
    mesh = c.mesh(scenario.service(0, 30))
    d = embedded(c, mesh)
    start = ledger.start_from_here(mesh, d, d)
    until("requests are counted", lambda: ledger.seen(d, 6000), 40)
    before = d.query_number("sum(istio_requests_total)")
    d.process.stop()
    assert d.events("event=series_saved"), "nothing was saved"
    d.start()
    assert d.events("event=series_loaded"), "nothing was loaded"
    assert d.query_number(f"max(sum_over_time({UP}[10m]))") > 5
    assert d.query_number("sum(istio_requests_total offset 3s)") <= before
    until("more are counted", lambda: ledger.seen(d, 14000), 40)
    ledger.settled(mesh, start, d)


@case("quick", 40)
def a_reload_keeps_the_series(c):
    mesh = c.mesh(scenario.service(2000, 30))
    d = embedded(c, mesh)
    oldest = f"min(min_over_time(timestamp({UP})[10m:1s]))"
    # A scrape that still runs at one second of the grid changes what is seen at it later.
    until("a while has passed", lambda: d.query_number(f"time() - {oldest}") > 5, 30)
    first = d.query_number(oldest)
    d.config["sources"]["mesh"]["scrape"]["sample_limit"] = 100000
    d.config["sources"]["mesh"].update(retention="1h", max_series=50000, max_bytes="64MiB")
    d.write_config()
    assert "event=reloaded" in d.reload()
    assert d.query_number(oldest) == first
    at = d.query_number("vector(time())")
    until("scraping goes on", lambda: d.query_number(f"min(timestamp({UP}))") > at + 2, 20)
    d.config["sources"]["mesh"]["scrape"]["targets"] = ["127.0.0.1:1/nobody"]
    del d.config["sources"]["mesh"]["scrape"]["file_sd"]
    d.write_config()
    assert "event=reloaded" in d.reload()
    until("only the new target is up or down", lambda: d.query_number(f"count({UP})") == 1, 30)
    assert d.query_number(f"sum({UP})") == 0


@case("quick", 40)
def commands_ask_the_daemon_for_its_series(c):
    mesh = c.mesh(scenario.service(2000, 30))
    d = embedded(c, mesh)
    names = ("--service", "reviews", "--namespace", "default", "--canary", "v2", "--stable", "v1")
    daemon = ("--daemon", f"http://127.0.0.1:{d.gates.port}")
    code, _, error = d.command("preflight", *names)
    assert code == 3 and "--daemon" in error, (code, error)
    until("both versions are seen", lambda: d.query_number(
        'count(count by (destination_canonical_revision) (istio_requests_total{reporter='
        '"source",destination_service_name="reviews"}))') >= 2, 20)
    code, out, error = d.command("preflight", *names, *daemon)
    assert code == 0 and "v1" in out and "v2" in out, (code, out, error)
    code, out, error = d.command("judge", *names, *daemon, "--for", "10s")
    assert code == 2 and '"verdict":"hold"' in out.replace(" ", ""), (code, out, error)
