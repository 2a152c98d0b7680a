"""Ends in good order and bad, restarts, and what is known afterwards."""
import http.client
import json
import os
import random
import sqlite3
import threading
import time

from cases.ledger import settled, start_from_here, seen
from lib import scenario
from lib.case import case
from lib.gates import ASK, Gates, check_verdict
from lib.wait import until



def crash_and_compare(c, kills, harm, expect):
    """Two daemons on one Prometheus; one is killed while requests come. Both must count what
    the ledger holds and come to the verdict of the one that never stopped."""
    mesh = c.mesh(scenario.service(0, 30))
    prometheus = c.prometheus(mesh)
    steady = c.daemon(prometheus.url(), name="steady")
    killed = c.daemon(prometheus.url(), name="killed")
    start = start_from_here(mesh, prometheus, steady, killed)
    runs = [d.gates.argo(**ASK)["run"] for d in (steady, killed)]
    for n in range(kills):
        until("requests are counted", lambda: seen(killed, 5000 * (n + 1)), 40)
        killed.process.kill()
        # Long enough that scrapes are missed.
        until("the steady one goes on", lambda: seen(steady, 5000 * (n + 1) + 5000), 40)
        killed.start()
    if harm:
        mesh.behave("v2", error_rate=0.06, code=500)
    for d in (steady, killed):
        until(f"{d.name} says {expect}", lambda: d.gates.argo(**ASK)["verdict"] == expect, 60)
    settled(mesh, start, steady, killed)
    told = [d.gates.argo(**ASK) for d in (steady, killed)]
    assert [j["run"] for j in told] == runs, "the runs went on"
    for key in ("verdict", "reason", "canary_requests", "stable_requests", "success_rate"):
        assert told[0][key] == told[1][key], (key, told)
    for d, j in zip((steady, killed), told):
        intervals = d.gates.intervals(j["run"])
        for a, b in zip(intervals, intervals[1:]):
            assert a["end"] <= b["start"], f"{d.name}: an interval twice: {a['end']} {b['start']}"


@case("quick", 60)
def killed_in_the_middle_gives_the_same_abort(c):
    crash_and_compare(c, 2, True, "abort")


@case("long", 60)
def killed_in_the_middle_gives_the_same_pass(c):
    crash_and_compare(c, 3, False, "pass")


@case("kills", 400)
def killed_forty_times_gives_the_same_abort(c):
    crash_and_compare(c, 40, True, "abort")


@case("quick", 40)
def told_pass_survives_a_kill(c):
    mesh, _, d = c.world(scenario.service(3000, 50))
    j = until("pass", lambda: (v := d.gates.argo(**ASK))["pass"] and v, 60)
    d.process.kill()
    d.start()
    verdicts = d.gates.get("/v1/runs/" + j["run"])["verdicts"]
    assert any(v["id"] == j["id"] and v["verdict"] == "pass" for v in verdicts), (j, verdicts)
    until("the run goes on", lambda: (v := d.gates.argo(**ASK))["run"] == j["run"] and v["pass"],
          30)


@case("quick", 30)
def starts_within_two_seconds_with_a_history(c):
    """Runs that ended, runs that live, a source that does not answer."""
    d = c.daemon("http://127.0.0.1:1", services=[
        {"name": f"service-{i}", "namespace": "default"} for i in range(100)],
        max_new_runs_per_minute=10000)
    for i in range(100):
        for revision in ("v2", "v3"):
            d.gates.argo(service=f"service-{i}", namespace="default", canary=revision, stable="v1")
    assert len(d.gates.runs(state="live", limit=500)) == 100
    d.process.kill()
    begin = time.monotonic()
    d.spawn()
    port = until("it listens", d._find_port, 10, [d.process])
    d.gates = Gates(port)
    j = d.gates.argo(service="service-7", namespace="default", canary="v3", stable="v1")
    seconds = time.monotonic() - begin
    assert seconds < 2, f"{seconds:.2f} s to the first answer"
    assert j["verdict"] == "hold", j
    until("all runs are there", lambda: len(d.gates.runs(state="live", limit=500)) == 100, 10)


@case("quick", 30)
def stopping_says_nothing_wrong(c):
    """SIGTERM while callers ask: each gets a strict answer or none, and the exit code is 0."""
    mesh, _, d = c.world(scenario.service(500, 20))
    answered, wrong, stop = [], [], threading.Event()

    def ask(door):
        gates = Gates(d.gates.port)
        while not stop.is_set():
            try:
                if door == "argo":
                    answer = gates.argo_raw(**ASK)
                    if answer.code == 200:
                        check_verdict(answer.json)
                else:
                    answer = gates.flagger(door, "reviews", "v2", canary="v2", stable="v1")
                    if door == "rollback" and answer.code < 300:
                        wrong.append(answer)
                answered.append(answer.code)
            except (OSError, http.client.HTTPException):
                pass  # no answer is not a wrong one
            except AssertionError as error:
                wrong.append(error)

    d.gates.argo(**ASK)
    threads = [threading.Thread(target=ask, args=(door,))
               for door in ("argo", "argo", "rollout", "rollback") for _ in range(2)]
    for t in threads:
        t.start()
    until("they are answered", lambda: len(answered) > 200, 20, [d.process])
    code = d.process.stop()
    stop.set()
    for t in threads:
        t.join()
    assert code == 0, code
    assert not wrong, wrong[:3]


@case("kills", 200)
def told_passes_survive_fifteen_kills(c):
    """Killed in the moment a pass is told: it is in the history, and the promotion that was
    told is told again."""
    mesh, _, d = c.world(scenario.service(5000, 50), policy={"warm_up": "1s"})
    for n in range(15):
        ask = {**ASK, "revision": f"r{n}"}

        def promoted():
            return d.gates.flagger("confirm-promotion", "reviews", f"r{n}", canary="v2",
                                   stable="v1").code == 200

        if n % 2:
            until("promotion", promoted, 60)
        else:
            j = until("pass", lambda: (v := d.gates.argo(**ask))["pass"] and v, 60)
        d.process.kill()
        d.start()
        if n % 2:
            assert promoted(), f"round {n}: a told promotion was forgotten"
            continue
        verdicts = d.gates.get("/v1/runs/" + j["run"])["verdicts"]
        assert j["id"] in [v["id"] for v in verdicts if v["verdict"] == "pass"], (n, j, verdicts)


class Load:
    """Callers that open runs, have them approved and ask for the pass, until told to stop.
    told: (run, verdict id) of every pass that was told."""

    SERVICES = 12

    def __init__(self, daemon):
        self.daemon, self.told, self.lock = daemon, [], threading.Lock()
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._call, args=(n,), daemon=True)
                        for n in range(4)]
        for t in self.threads:
            t.start()

    @classmethod
    def services(cls):
        return [{"name": f"service-{n}", "namespace": "default"} for n in range(cls.SERVICES)]

    def _round(self, gates, service, revision):
        ask = {"service": service, "namespace": "default", "canary": revision, "stable": "v1"}
        run = gates.argo(**ask)["run"]
        if not run:
            return
        answer = gates.ask("POST", f"/v1/runs/{run}/override",
                           json.dumps({"action": "approve", "by": "ada", "why": "load",
                                       "expires": "10m"}).encode(),
                           {"Content-Type": "application/json"})
        if answer.code != 200:
            return
        for _ in range(20):
            j = gates.argo(**ask)
            if j["pass"]:
                with self.lock:
                    self.told.append((j["run"], j["id"]))
                return

    def _call(self, n):
        turn = 0
        while not self.stopping.is_set():
            turn += 1
            try:
                self._round(Gates(self.daemon.gates.port), f"service-{(turn * 4 + n) % self.SERVICES}",
                            f"r{n}-{turn}-{time.monotonic_ns() % 1000000}")
            except (OSError, http.client.HTTPException, AssertionError, TypeError):
                time.sleep(0.02)  # it was killed

    def stop(self):
        self.stopping.set()
        for t in self.threads:
            t.join()


def history_of(d):
    return os.path.join(d.config["data_dir"], "verdictd.db")


def number(db, sql):
    return db.execute(sql).fetchone()[0]


def check_history(path, told):
    """Sound, no half of a unit, and every told pass in it."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        assert number(db, "PRAGMA integrity_check") == "ok"
        assert not db.execute("PRAGMA foreign_key_check").fetchall()
        halves = number(db, "SELECT count(*) FROM run r LEFT JOIN run_state s ON s.run_id = r.id"
                            " WHERE s.run_id IS NULL OR s.state IS NULL")
        assert halves == 0, f"{halves} runs without their state"
        # A run is written with its verdict: the newest of them is what the run says.
        other = db.execute(
            "SELECT r.ulid, r.verdict, v.verdict FROM run r JOIN verdict v ON v.id = (SELECT max(id)"
            " FROM verdict WHERE run_id = r.id AND reason <> 'run_ended') WHERE r.state = 'live'"
            " AND r.verdict <> v.verdict AND json_extract(v.numbers, '$.verdict') = v.verdict"
            " AND v.reason <> 'unharmed'").fetchall()
        assert not other, other[:3]
        stored = {row[0] for row in db.execute("SELECT ulid FROM verdict WHERE verdict = 'pass'")}
        missing = [t for t in told if t[1] not in stored]
        assert not missing, f"{len(missing)} of {len(told)} told passes are missing: {missing[:3]}"
    finally:
        db.close()


def kill_under_load(c, kills):
    """kill -9 at moments of chance (the seed is told) while passes are told."""
    seed = int(os.environ.get("E2E_SEED", time.time_ns() % 1000000))
    print(f"E2E_SEED={seed}")
    chance = random.Random(seed)
    _, _, d = c.world(scenario.service(1000, 50), services=[
        {"name": "reviews", "namespace": "default", "versions": {"key": "revision"}},
        *Load.services()], max_new_runs_per_minute=10000)
    d.gates.argo(**ASK)
    load = Load(d)
    for _ in range(kills):
        before = len(load.told)
        until("passes are told", lambda: len(load.told) > before, 60, [d.process])
        time.sleep(chance.uniform(0, 0.3))  # the moment is what is tested
        d.process.kill()
        with load.lock:
            told = list(load.told)
        check_history(history_of(d), told)
        d.start()
    load.stop()
    assert len(load.told) >= kills
    run = d.gates.argo(**ASK)["run"]
    intervals = d.gates.intervals(run) if run else []
    for a, b in zip(intervals, intervals[1:]):
        assert a["end"] <= b["start"], f"an interval twice: {a['end']} {b['start']}"


@case("long", 70)
def killed_at_random_moments(c):
    kill_under_load(c, 20)


@case("kills", 900)
def killed_three_hundred_times_at_random_moments(c):
    kill_under_load(c, 300)


@case("quick", 30)
def a_backup_under_load_restores(c):
    """Taken while passes are told: every pass told before it began is in it, and a daemon that
    is given it goes on with the runs that lived."""
    _, prometheus, d = c.world(scenario.service(1000, 50), services=[
        {"name": "reviews", "namespace": "default", "versions": {"key": "revision"}},
        *Load.services()], max_new_runs_per_minute=10000)
    run = d.gates.argo(**ASK)["run"]
    until("intervals are stored", lambda: len(d.gates.intervals(run)) > 3, 30, [d.process])
    load = Load(d)
    until("passes are told", lambda: len(load.told) > 5, 30, [d.process])
    # Another program reads while the daemon writes.
    reader = sqlite3.connect(f"file:{history_of(d)}?mode=ro", uri=True)
    seen_first = number(reader, "SELECT count(*) FROM verdict")
    with load.lock:
        told = list(load.told)
    backup = os.path.join(c.directory, "backup.db")
    code, out, err = d.command("backup", backup)
    assert code == 0, err
    until("it goes on", lambda: len(load.told) > len(told) + 5, 30, [d.process])
    assert number(reader, "SELECT count(*) FROM verdict") > seen_first
    reader.close()
    load.stop()
    check_history(backup, told)
    code, _, err = d.command("backup", backup)
    assert code == 3 and "--force" in err, (code, err)
    code, _, err = d.command("restore", backup)
    assert code == 3 and "in use by process" in err, (code, err)

    other = c.daemon(prometheus.url(), name="other", start=False, services=d.config["services"])
    code, out, err = other.command("restore", backup)
    assert code == 0, err
    other.start()
    before = len(other.gates.intervals(run))
    assert before > 3
    assert other.gates.argo(**ASK)["run"] == run, "the run goes on"
    until("it counts on", lambda: len(other.gates.intervals(run)) > before + 2, 30, [other.process])
    intervals = other.gates.intervals(run)
    for a, b in zip(intervals, intervals[1:]):
        assert a["end"] <= b["start"], f"an interval twice: {a['end']} {b['start']}"
