"""The command line beside a daemon: watching runs, lists of the history, JSON for scripts."""
import http.server
import json
import os
import signal
import subprocess
import threading
import time

from lib import scenario, strict
from lib.case import case
from lib.gates import ASK
from lib.process import die_with_parent
from lib.screen import SGR, Screen
from lib.wait import until

WHO = ("--by", "ada", "--why", "seen by hand")


class Watch:
    """verdictd watch in a pipe."""

    def __init__(self, c, url, *words):
        self.popen = subprocess.Popen(
            [os.path.join(c.build, "verdictd"), "watch", "--url", url, "--interval", "200ms", *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL,
            preexec_fn=die_with_parent)

    def wait(self, seconds):
        out, err = self.popen.communicate(timeout=seconds)
        return self.popen.returncode, out, err


def override(d, url, run, action, *more):
    code, out, err = d.command("override", "--url", url, *WHO, *more, run, action, config=False)
    assert code == 0, err
    return strict.parse(out.encode())


def url_of(d):
    return f"http://127.0.0.1:{d.gates.port}"


@case("quick", 40)
def watch_waits_for_the_verdict_of_a_release(c):
    """A script: start, wait, act by the exit code."""
    _, _, d = c.world(scenario.service(2000, 30))
    url = url_of(d)
    early = Watch(c, url, "--service", "reviews", "--namespace", "default", "--until", "decided",
                  "--timeout", "60s")  # before there is a run
    code, out, err = d.command("start", "--url", url, "--service", "reviews", "--namespace",
                               "default", "--canary", "v2", "--stable", "v1", "--json", config=False)
    assert code == 0, err
    run = strict.parse(out.encode())["run"]
    assert d.command("start", "--url", url, "--service", "nobody", "--namespace", "default",
                     "--canary", "v2", config=False)[0] == 1
    assert Watch(c, url, run, "--until", "ended", "--timeout", "300ms").wait(20)[0] == 2
    code, out, err = Watch(c, url, "--service", "nobody", "--until", "decided", "--timeout", "300ms").wait(20)
    assert code == 2 and not out and "no run of nobody" in err, (code, out, err)
    # Nobody answered: that is not "still hold".
    for words in (("--service", "reviews", "--until", "decided"), (run, "--until", "ended"), ()):
        code, out, err = Watch(c, "http://127.0.0.1:1", *words, "--timeout", "300ms").wait(20)
        assert code == 3 and not out and err.splitlines()[-1].startswith("verdictd watch: http://127.0.0.1:1: "), err
    code, out, err = early.wait(70)
    assert code == 0 and not err, (code, out, err)
    lines = out.splitlines()
    assert all(run in line and "default/reviews" in line for line in lines), out
    assert " hold " in lines[0] and " pass " in lines[-1] and len(lines) >= 2, out
    assert "\x1b" not in out and "\r" not in out, out
    code, out, err = d.command("override", "--url", url, "--by", "", "--why", "because", run, "veto", config=False)
    assert code == 3 and "--by NAME" in err, (code, out, err)
    override(d, url, run, "veto")
    code, out, err = d.command("explain", run)
    assert code == 0 and "\nWhat people did\n" in out and "  veto by " in out, (out, err)
    assert "controller said" not in out and "  latency.ratio_margin=" in out, out
    code, out, err = Watch(c, url, run, "--json", "--until", "decided").wait(20)
    rows = [strict.parse(line.encode()) for line in out.splitlines()]
    assert code == 1 and [r["verdict"] for r in rows] == ["abort"] and "numbers" in rows[0], out
    followed = Watch(c, url, "--json", "--timeout", "20s")
    until("the run is seen", lambda: followed.popen.stdout.readline().startswith('{"'), 10)
    override(d, url, run, "end")
    code, out, _ = Watch(c, url, run).wait(20)  # it is over
    assert code == 1 and " ended " in out, out
    seen = strict.parse(followed.popen.stdout.readline().encode())
    assert seen["state"] == "ended" and seen["end_cause"] == "by_hand", seen
    followed.popen.terminate()
    assert followed.popen.wait(10) == 0


class Stubborn(http.server.BaseHTTPRequestHandler):
    """A daemon that is asked too often, then has one run which is told pass at last."""

    def do_GET(self):
        asked = self.server.asked
        asked.append((time.monotonic(), self.path))
        verdict = "pass" if len(asked) > 4 else "hold"
        late = len(asked) < 3
        body = b"{}" if late else json.dumps({
            "id": "0" * 26, "namespace": "default", "service": "reviews", "state": "live",
            "verdict": verdict, "reason": "x", "verdicts": [{"id": "1" * 26}]}).encode()
        self.send_response(429 if late else 200)
        if late:
            self.send_header("Retry-After", "1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@case("quick", 20)
def watch_backs_off_and_waits_at_the_daemon(c):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stubborn)
    server.asked = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    code, out, err = Watch(c, f"http://127.0.0.1:{server.server_port}", "0" * 26, "--until", "decided").wait(30)
    server.shutdown()
    assert code == 0 and err.count("HTTP 429") == 1, (code, out, err)
    assert [line.split().count("pass") for line in out.splitlines()] == [0, 1], out
    times, paths = zip(*server.asked)
    assert times[1] - times[0] >= 1 and times[2] - times[1] >= 1, times  # as it was asked to
    assert paths[2] == "/v1/runs/" + "0" * 26, paths  # what it is now
    assert all(p == f"/v1/runs/{'0' * 26}?wait=10s&seen={'1' * 26}" for p in paths[3:]), paths


@case("quick", 25)
def watch_on_a_terminal_is_redrawn(c):
    """Colours, bars, one picture however often it is drawn; none of it where it is not wanted."""
    _, _, d = c.world(scenario.service(2000, 30), policy={"min_requests": 10 ** 9})
    run = until("the run is judged", lambda: (v := d.gates.argo(**ASK))["reason"] ==
                "too_few_requests" and v, 30)["run"]
    words = [os.path.join(c.build, "verdictd"), "watch", "--url", url_of(d), "--interval", "200ms"]
    screen = Screen(words + [run]).until("success rate of", 15).read(2)
    shown = screen.lines()
    assert shown[0].startswith("default/reviews  v1 -> v2"), shown
    assert len([x for x in shown if x.startswith("run " + run)]) == 1, shown
    assert screen.written.count(run) > 3, "it was not redrawn"
    assert any(x.startswith("  canary") and "\u2588" in x for x in shown), shown
    assert any(x.startswith("  error_rate") and "evidence" in x for x in shown), shown
    assert all(len(x) <= screen.columns for x in shown) and "\x1b[33mhold" in screen.written
    assert screen.interrupt().wait(10) == 3  # nothing was decided
    every = Screen(words).until("default/reviews", 10)
    assert every.lines()[0] == "1 live", every.lines()
    assert every.interrupt().wait(10) == 0  # nothing was waited for
    grey = Screen(words + [run], NO_COLOR="1").until("success rate of", 15)
    assert not SGR.search(grey.written) and "\x1b[K" in grey.written
    grey.interrupt().wait(10)
    ascii_only = Screen(words + [run], LC_ALL="C").until("success rate of", 15)
    assert ascii_only.written.isascii()
    ascii_only.interrupt().wait(10)
    dumb = Screen(words + [run], TERM="dumb").read(1.5)
    assert "\x1b" not in dumb.written and dumb.written.count(run) == 1, dumb.written
    dumb.interrupt().wait(10)
    narrow = Screen(words + [run], columns=30, rows=8).until("hold too_few", 15).read(1)
    assert all(len(x) <= 30 for x in narrow.lines()) and len(narrow.lines()) <= 8, narrow.lines()
    assert any("lines more" in x for x in narrow.lines()), narrow.lines()
    narrow.interrupt().wait(10)


class Backend:
    """What stands behind a Front: the daemon as it is now."""

    def __init__(self, daemon):
        self.daemon = daemon

    @property
    def port(self):
        return self.daemon.gates.port


@case("quick", 30)
def watch_outlives_a_restart_of_the_daemon(c):
    _, _, d = c.world(scenario.service(500, 0))
    run = until("the run is judged", lambda: (v := d.gates.argo(**ASK))["reason"] == "no_traffic"
                and v, 20)["run"]
    front = c.front(Backend(d))
    screen = Screen([os.path.join(c.build, "verdictd"), "watch", "--url", front.url(),
                     "--interval", "200ms", run]).until("no_traffic", 10)
    watch = Watch(c, front.url(), run, "--until", "decided", "--timeout", "60s")
    until("it is watched", lambda: watch.popen.stdout.readline(), 10)
    d.process.kill()
    screen.until("trying again", 10)
    assert any("no_traffic" in line for line in screen.lines()), "what was known is gone"
    d.start()
    override(d, url_of(d), run, "veto")
    code, out, err = watch.wait(30)
    assert code == 1 and " abort " in out, (code, out)
    assert err.count("trying again") == 1, err
    screen.until("abort veto", 10)
    assert not any("trying again" in line for line in screen.lines()), screen.lines()
    screen.interrupt().wait(10)
    # Where another try cannot help, none is made.
    for words, what in (((url_of(d), "0" * 26), "not in the history"),
                        (("http://127.0.0.1:1", "none"), "no id"),
                        ((url_of(d), "--until", "decided"), "--service"),
                        ((url_of(d), "--until", "tomorrow", "--service", "x"), "decided or ended")):
        code, out, err = Watch(c, *words).wait(20)
        assert code == 3 and what in err and not out, (words, code, err)


@case("quick", 30)
def lists_are_the_same_from_disk_and_daemon(c):
    tokens = os.path.join(c.directory, "tokens")
    with open(tokens, "w", encoding="ascii") as f:
        f.write("0123456789abcdef\n")
    _, _, d = c.world(scenario.service(500, 0), tokens_file=tokens, token="0123456789abcdef")
    for revision in ("one", "two", "three"):
        until("a run", lambda r=revision: d.gates.argo(**ASK, revision=r)["reason"] == "no_traffic",
              20)
    until("all is stored", lambda: len(d.gates.runs()) == 3 and all(
        r["state"] == "ended" for r in d.gates.runs()[1:]), 20)
    asked = ("--url", url_of(d), "--token-file", tokens)

    def both(command, *words):
        """From the disk and over HTTP; people's lines and JSON."""
        found = []
        for place in (("--data-dir", d.config["data_dir"]), asked):
            code, out, err = d.command(command, *place, *words, config=False)
            assert code == 0, err
            found.append(out)
        assert found[0] == found[1], found
        return found[0]

    runs = strict.parse(both("runs", "--json").encode())["runs"]
    assert [r["revision"] for r in runs] == ["three", "two", "one"]
    assert len(both("runs").splitlines()) == 3 and len(both("runs", "--live").splitlines()) == 1
    page = strict.parse(both("runs", "--json", "--limit", "2").encode())
    rest = strict.parse(both("runs", "--json", "--after", page["next"]).encode())
    assert [r["id"] for r in page["runs"] + rest["runs"]] == [r["id"] for r in runs]
    verdicts = strict.parse(both("verdicts", "--json", "--since", "1h").encode())["verdicts"]
    lines = both("verdicts").splitlines()
    assert len(lines) == len(verdicts) >= 3, lines
    assert all(v["run"] in line and v["reason"] in line for v, line in zip(verdicts, lines))
    assert not both("verdicts", "--verdict", "abort") and not both("runs", "--service", "nobody")
    history = ("--data-dir", d.config["data_dir"])
    code, out, _ = d.command("explain", *history, "--json", runs[1]["id"], config=False)
    assert code == 0 and strict.parse(out.encode()) == d.gates.get("/v1/runs/" + runs[1]["id"])
    code, out, err = d.command("replay", *history, "--json", runs[1]["id"], runs[2]["id"], config=False)
    played = [strict.parse(line.encode()) for line in out.splitlines()]
    assert code == 0 and [p["run"] for p in played] == [runs[1]["id"], runs[2]["id"]], (out, err)
    assert all(p["same"] and p["answer"]["verdict"] == "hold" for p in played), out
    code, out, err = d.command("replay", *history, "--since", "1h", config=False)
    assert code == 0 and out == "3 runs the same, 0 differ, 0 cannot be played\n" and not err, (out, err)
    assert d.command("replay", *history, config=False)[0] == 3
    code, out, _ = d.command("outbox", *history, "--json", config=False)
    assert code == 0 and strict.parse(out.encode()) == {"targets": [], "notices": []}, out
    for words, what in ((("--url", url_of(d)), "401"),
                        (("--url", url_of(d), "--data-dir", "x"), "not both"),
                        (("--token-file", tokens), "--url"), (("--limit", "500"), "1 to 499"),
                        (("--since", "yesterday"), "--since"), (("--verdict", "good"), "--verdict"),
                        (("--url", "http://127.0.0.1:1"), "127.0.0.1:1"),
                        (("--data-dir", c.directory), "verdictd.db")):
        code, out, err = d.command("runs", *words, config=False)
        assert code == 3 and what in err and not out, (words, code, err)


class Receiver(http.server.BaseHTTPRequestHandler):
    """Of notifications: refuses the first for good, takes the others."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(self.headers["webhook-id"])
        self.send_response(400 if len(self.server.got) == 1 else 204)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@case("quick", 25)
def what_was_given_up_is_sent_after_all(c):
    """A dead message is retried by the daemon that runs, and who did it is in the history."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.got = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    _, _, d = c.world(scenario.service(500, 0), notifications={
        "hook": {"format": "json", "url": f"http://127.0.0.1:{server.server_port}/", "on": ["abort"]}})
    run = until("a run", lambda: (v := d.gates.argo(**ASK))["reason"] == "no_traffic" and v, 20)["run"]
    override(d, url_of(d), run, "veto")
    history = ("--data-dir", d.config["data_dir"])
    dead = until("it is dead", lambda: [n for n in strict.parse(
        d.command("outbox", *history, "--json", config=False)[1].encode())["notices"] if n["dead"]], 20)[0]
    asked = (*history, "--url", url_of(d), *WHO, "retry", dead["id"])
    code, out, err = d.command("outbox", *asked, "nobody", config=False)
    assert code == 3 and "does not wait for nobody" in err, (code, out, err)
    code, out, err = d.command("outbox", *asked, "hook", config=False)
    assert code == 0 and not err, (code, out, err)
    until("it is sent again", lambda: server.got == [dead["id"], dead["id"]], 20)
    acts = d.gates.get("/v1/runs/" + run)["acts"]
    assert [(a["action"], a["by"]) for a in acts if a["action"] == "retry"] == [("retry", "ada")], acts
    code, out, err = d.command("explain", *history, run, config=False)
    assert code == 0 and "retry by ada" in out and "hook: seen by hand" in out, (out, err)
    until("nothing waits", lambda: strict.parse(
        d.command("outbox", *history, "--json", config=False)[1].encode())["notices"] == [], 20)
    code, out, err = d.command("outbox", *asked, "hook", config=False)
    assert code == 3 and "404" in err, (code, out, err)
    server.shutdown()


@case("quick", 10)
def an_interrupt_ends_what_waits_for_a_source(c):
    front = c.front()
    front.behave("hang")
    d = c.daemon(front.url(), start=False, source_keys={"timeout": "20s"})
    named = ("--service", "reviews", "--namespace", "default")
    for words in (("judge", *named, "--canary", "v2"), ("preflight", *named), ("backtest", *named)):
        asked = front.asked
        running = subprocess.Popen(
            [os.path.join(c.build, "verdictd"), *words, "--config", d.config_path],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL,
            preexec_fn=die_with_parent)
        until(f"{words[0]} asks", lambda n=asked: front.asked > n, 10)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=10)
        assert running.returncode == 3 and "interrupted" in err and not out, (words, err, out)
    front.let_go.set()


@case("quick", 30)
def what_cannot_be_written_is_no_success(c):
    """A full disk behind a redirection: half an answer must not look like one."""
    commands = (["version"], ["version", "--json"], ["help"], ["man"], ["completion", "bash"], ["parse", "up"],
                ["lint", "--json", "up"], ["check-config", "--docs"])
    for words in commands:
        with open("/dev/full", "w", encoding="ascii") as full:
            ran = subprocess.run([os.path.join(c.build, "verdictd"), *words], stdout=full, stderr=subprocess.PIPE,
                                 text=True, check=False, timeout=20)
        assert ran.returncode == 3 and len(ran.stderr.splitlines()) == 1, (words, ran)
        assert ran.stderr.startswith(f"verdictd {words[0]}: "), (words, ran)
