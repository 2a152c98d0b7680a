"""Telemetry that others bring: a real Prometheus that remote-writes, requests by hand, bulk text."""
import gzip
import os
import random
import statistics
import subprocess
import threading
import time

from cases import ledger
from lib import remotewrite, scenario, telemetry
from lib.case import case
from lib.gates import ASK, request
from lib.prometheus import Prometheus
from lib.wait import until

SERVICE = {"name": "reviews", "namespace": "default", "versions": {"key": "revision"}}
DELAY_S = 2
IMPORT = "/api/v1/import/prometheus"


def daemon(c, names=("agents",), **config):
    sources = {n: {"remote_write": {"scrape_interval": "1s", "tick": "1s", "delay": f"{DELAY_S}s"}}
               for n in names}
    return c.daemon("", sources=sources, services=[{**SERVICE, "source": names[0]}],
                    api=telemetry.ALONE, **config)


def writes_to(daemon, token_file=""):
    """A Prometheus's configuration that sends what it scrapes, soon and in small parts."""
    credentials = f"    authorization: {{credentials_file: {token_file}}}\n" if token_file else ""
    return (f"remote_write:\n  - url: http://127.0.0.1:{daemon.gates.port}/api/v1/write\n"
            f"{credentials}"
            "    queue_config: {batch_send_deadline: 200ms, max_samples_per_send: 500}\n")


def everything(port, seconds, at):
    """Every sample of every series in a window, by its labels."""
    found = telemetry.ask(port, "query", query='{__name__=~".+"}[%ds]' % seconds, time=at)["result"]
    return {tuple(sorted(r["metric"].items())): r["values"] for r in found}


class Behind:
    """What a run sees: the series as they were a delay ago."""

    def __init__(self, daemon):
        self.daemon = daemon

    def query(self, expr):
        return self.daemon.query(expr, time=time.time() - DELAY_S)


@case("quick", 80)
def prometheus_remote_writes_the_same(c):
    """With a token; every sample, the markers of what ended, the counts and the verdict."""
    mesh = c.mesh(scenario.service(0, 30))
    tokens = os.path.join(c.directory, "tokens")
    with open(tokens, "w", encoding="ascii") as f:
        f.write("plain-token\nwrite-token write\n")
    for name in ("write", "plain"):
        with open(os.path.join(c.directory, name), "w", encoding="ascii") as f:
            f.write(name + "-token")
    d = daemon(c, tokens_file=tokens, token="plain-token")
    wrong = Prometheus(c.directory, mesh.targets, name="wrong",
                       more=writes_to(d, os.path.join(c.directory, "plain")))
    c.owned.append(wrong)
    until("a token without the scope is refused", lambda: "has not the scope write" in
          wrong.process.log(), 30)
    wrong.process.kill()
    prometheus = c.prometheus(mesh, more=writes_to(d, os.path.join(c.directory, "write")))
    until("the daemon has them", lambda: d.query_number("sum(up{job!=\"verdictd\"})") == 7, 20)
    start = ledger.start_from_here(mesh, (prometheus, Behind(d)), d)
    until("a pass", lambda: d.gates.argo(**ASK)["pass"], 60)
    mesh.behave("v2", error_rate=0.15, code=503)
    until("an abort", lambda: d.gates.argo(**ASK)["abort"], 60)
    assert d.gates.argo(**ASK)["reason"] == "error_rate_worse"
    ledger.settled(mesh, start, d)
    victim = next(p["pod"] for p in mesh.pods() if p["pod"].startswith("reviews-v1-"))
    mesh.kill(victim)
    until("its series have ended", lambda: not prometheus.query(
        'istio_requests_total{pod="%s"}' % victim), 30)
    at = time.time()

    def same():
        def of(by):
            found = by.query('{__name__=~".+"}[20s]', time=at)
            return {tuple(sorted(r["metric"].items())): r["values"] for r in found}
        theirs = of(prometheus)
        return len(theirs) > 100 and of(d) == theirs
    until("both have the same samples", same, 30)


def random_request(chance, now, newest):
    """A few series, times near what each has already: most are good, some clash."""
    message = b""
    for _ in range(chance.randint(1, 4)):
        name = f"m{chance.randint(0, 5)}"
        labels = [("__name__", name), ("pod", chance.choice("ab"))]
        chance.shuffle(labels)
        known = newest.setdefault(tuple(sorted(labels)), now - 600000)
        samples = []
        for _ in range(chance.randint(1, 3)):
            step = chance.choice((1, 1000, 15000, 15000, 0, -1000, 700000000))
            known = known + step if step < 10**8 else now - 4 * 3600 * 1000
            samples.append((known, chance.choice((1.0, 2.0, remotewrite.STALE, 0.1))))
            known = min(known, now)
            if step > 0:
                newest[tuple(sorted(labels))] = max(newest[tuple(sorted(labels))], known)
        message += remotewrite.series(labels, *samples)
    return message


@case("quick", 30)
def writes_are_answered_as_prometheus_does(c):
    """The same requests to both: the same codes, the same first words, the same samples."""
    path = os.path.join(c.directory, "none.json")
    with open(path, "w", encoding="ascii") as f:
        f.write("[]")
    prometheus = Prometheus(c.directory, path, flags=["--web.enable-remote-write-receiver"])
    c.owned.append(prometheus)
    d = daemon(c)
    chance, now, newest, codes = random.Random(7), int(time.time() * 1000), {}, []
    for port in (d.gates.port, prometheus.port):  # what is too old is told from the newest
        assert remotewrite.send(port, remotewrite.series([("__name__", "first")], (now, 1.0))
                                ).code == 204
    for n in range(600):
        message = random_request(chance, now, newest)
        ours, theirs = (remotewrite.send(port, message) for port in (d.gates.port, prometheus.port))
        words = theirs.body.decode().strip()
        assert ours.code == theirs.code, (n, ours, theirs)
        assert ours.body.decode().startswith(words), (n, ours, theirs)
        codes.append((ours.code, words))
    kinds = {k: codes.count(k) for k in codes}
    assert len(kinds) == 4 and min(kinds.values()) >= 10, kinds
    at = time.time()
    theirs = everything(prometheus.port, 3600, at)
    assert len(theirs) >= 10 and sum(len(v) for v in theirs.values()) > 300, theirs
    assert everything(d.gates.port, 3600, at) == theirs


def good_request(n):
    now = int(time.time() * 1000)
    return remotewrite.series([("__name__", "good"), ("n", str(n % 50))], (now, float(n)))


def bombs():
    """(what, bytes of the body, code)."""
    label = remotewrite.field(1, b"")
    many = label * 10_000_000 + remotewrite.sample(1, 1.0)
    yield "claims 4 GiB", b"\xff\xff\xff\xff\x0f" + b"x" * 1000, 400
    yield "claims more than 32 bits", b"\xff" * 9 + b"\x01abc", 400
    yield "claims 32 MiB of three bytes", b"\x80\x80\x80\x10abc", 400
    yield "unpacks to 33 MiB", remotewrite.snappy(b"\0" * (33 << 20)), 400
    yield "10 M labels", remotewrite.snappy(remotewrite.field(1, many)), 400
    yield "a negative length", remotewrite.snappy(b"\x0a" + b"\xff" * 9 + b"\x01"), 400
    yield "groups in groups", remotewrite.snappy(b"\x0b" * 1_000_000), 400
    yield "5 M empty series", remotewrite.snappy(b"\x0a\x00" * 5_000_000), 400
    yield "10 M empty samples", remotewrite.snappy(
        remotewrite.field(1, b"\x12\x00" * 10_000_000)), 400
    yield "a name of 1 MiB", remotewrite.snappy(
        remotewrite.series([("__name__", "x" * (1 << 20))], (1, 1.0))), 400
    yield "rubbish", bytes(random.Random(1).randbytes(1 << 20)), 400


@case("quick", 40)
def bombs_disturb_nobody(c):
    d = daemon(c)
    port = d.gates.port
    assert remotewrite.send(port, good_request(0)).code == 204
    usual = d.process.peak_rss_mib()
    stop, worst, sent = threading.Event(), [], [0]

    def others():
        n = 1
        while not stop.is_set():
            answer = remotewrite.send(port, good_request(n))
            assert answer.code == 204, answer
            worst.append(d.gates.argo_raw(**ASK).seconds)
            n += 1
        sent[0] = n

    thread = threading.Thread(target=others)
    thread.start()
    try:
        for what, body, code in bombs():
            answer = remotewrite.send_bytes(port, body)
            assert answer.code == code, (what, answer)
    finally:
        stop.set()
        thread.join()
    assert sent[0] > 20 and statistics.median(worst) < 0.05, (sent, worst)
    grown = d.process.peak_rss_mib() - usual
    assert grown < 400, f"{grown:.1f} MiB more than the {usual:.1f} before"
    assert telemetry.value(port, "sum(count_over_time(good[1h]))") == sent[0]
    assert len(telemetry.query(port, '{__name__=~".+",__name__!="good"}')) == 0
    assert d.events("event=write_not_whole")


@case("quick", 20)
def text_is_imported_in_bulk(c):
    """As curl sends it; plain and packed; what is not taken is told."""
    d = daemon(c, names=("agents", "archive"))
    now = int(time.time() * 1000) // 1000 * 1000
    lines = ["# HELP requests_total Requests.", "# TYPE requests_total counter"]
    for i in range(200):
        for t in range(240):
            lines.append('requests_total{pod="p%d",text="a \\"b\\" \\\\ c"} %d %d'
                         % (i, i * t, now - (239 - t) * 15000))
    path = os.path.join(c.directory, "series.txt")
    with open(path, "w", encoding="ascii") as f:
        f.write("\n".join(lines) + "\n")
    url = f"http://127.0.0.1:{d.gates.port}{IMPORT}"

    def curl(*more):
        done = subprocess.run(["curl", "-sS", "-w", "%{http_code}", *more], capture_output=True,
                              text=True, timeout=60, check=True)
        return done.stdout
    assert "source=NAME" in curl("-T", path, url)
    assert curl("-T", path, url + "?source=archive") == "204"
    known = telemetry.query(d.gates.port, "count_over_time(requests_total[1h])")
    assert list(known.values()) == ["240"] * 200, known
    assert telemetry.value(d.gates.port, 'increase(requests_total{pod="p7"}[30m])') == 7 * 120
    # The same again is no news; another value is refused and named.
    with open(path, "rb") as f, gzip.open(path + ".gz", "wb") as packed:
        packed.write(f.read())
    # A line that comes before the newest is out of order, whatever its value.
    again = curl("--data-binary", "@" + path + ".gz", "-H", "Content-Encoding: gzip",
                 url + "?source=archive")
    assert again.endswith("400") and "out of order" in again, again
    assert curl("--data-binary", "@" + path + ".gz", "-H", "Content-Encoding: gzip",
                url + "?source=agents") == "204"
    broken = curl("--data-binary", "fine 1\nnot a line at all {\n", url + "?source=agents")
    assert broken.endswith("400") and "2" in broken and "1 samples above it" in broken, broken
    assert telemetry.value(d.gates.port, "fine") == 1


@case("quick", 15)
def nobody_writes_where_nothing_is_configured(c):
    d = c.daemon("http://127.0.0.1:1")
    answer = remotewrite.send(d.gates.port, good_request(1))
    assert answer.code == 404 and b"remote_write" in answer.body, answer
    answer = request(d.gates.port, "POST", IMPORT, b"up 1\n")
    assert answer.code == 404, answer
