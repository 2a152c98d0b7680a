"""Argo's door while everything around it goes wrong: a 2xx is an answer, or there is none."""
import http.client
import itertools
import resource
import signal
import socket
import threading

from lib.case import case
from lib.gates import Gates, check_verdict
from lib.wait import until

CLIENTS, IDLE = 6, 600  # idle connections: more than one address may have


class Callers:
    """Ask without pause, each answer read by api.md's rules; what breaks them is kept."""

    def __init__(self, port):
        self.gates, self.lock, self.services = Gates(port), threading.Lock(), 40
        self.answers, self.unanswered, self.reasons, self.wrong = 0, 0, set(), []
        self.ended = threading.Event()
        self.threads = [threading.Thread(target=self._ask, args=(i,)) for i in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def _ask(self, number):
        for i in itertools.count():
            if self.ended.is_set():
                return
            keys = {"service": f"s{(i * CLIENTS + number) % self.services}", "namespace": "default",
                    "canary": "v2", "view": "brief" if i % 2 else "full"}
            try:
                answer = self.gates.argo_raw(**keys)
                assert answer.code == 200, answer
                check_verdict(answer.json, keys["view"] == "brief")
                assert answer.headers.get("x-verdict-id", "") == answer.json["id"], answer
            except AssertionError as error:
                with self.lock:
                    self.wrong.append(str(error))
                return
            except (OSError, http.client.HTTPException):
                with self.lock:
                    self.unanswered += 1
                self.ended.wait(0.01)
                continue
            with self.lock:
                self.answers += 1
                self.reasons.add(answer.json["reason"])

    def more(self, n=60):
        """So many further answers came, or one was wrong."""
        want = self.answers + n
        until("more answers", lambda: self.wrong or self.answers >= want, 60)
        assert not self.wrong, self.wrong[0]

    def end(self):
        self.ended.set()
        for thread in self.threads:
            thread.join(30)
        assert not self.wrong, self.wrong[0]


@case("quick", 30)
def every_2xx_is_a_verdict_in_trouble(c):
    """Overload, reloads good and bad, a source that is not there, and the end."""
    d = c.daemon("http://127.0.0.1:1", services=[{"name": "s0", "namespace": "default"}],
                 unknown_services={"allow": ["default"]}, max_runs=20, http_threads=2)
    callers, idle = Callers(d.gates.port), []
    try:
        callers.more()
        assert not callers.unanswered, callers.unanswered
        for most in (10, 0, 25):  # none: a mistake
            d.config["max_runs"] = most
            d.write_config()
            assert ("level=error" in d.reload()) == (most == 0), d.events("event=reload")
            callers.more()
        assert "too_many_runs" in callers.reasons, callers.reasons
        assert not callers.unanswered, callers.unanswered
        for _ in range(IDLE):
            try:
                idle.append(socket.create_connection(("127.0.0.1", d.gates.port), 5))
            except OSError:
                break
        d.config["max_runs"] = 15
        d.write_config()
        d.reload()
        for one in idle:
            one.close()
        callers.more()
        assert d.process.stop() == 0
    finally:
        callers.end()
        for one in idle:
            one.close()
    assert callers.answers > 300, callers.answers


@case("quick", 30)
def every_2xx_is_a_verdict_on_a_full_disk(c):
    """No file grows any more, a reload on top of it, room again, and the end while it is full."""
    d = c.daemon("http://127.0.0.1:1", services=[{"name": "s0", "namespace": "default"}],
                 unknown_services={"allow": ["default"]}, http_threads=2,
                 max_new_runs_per_minute=1000)
    endless = resource.prlimit(d.process.pid, resource.RLIMIT_FSIZE)

    def disk(full):
        """A write behind the first byte of a file is refused, as by a disk without room."""
        resource.prlimit(d.process.pid, resource.RLIMIT_FSIZE, (1, endless[1]) if full else endless)

    def kept():
        """Runs in the history; 0 where callers that never rest have used up the address's share."""
        answer = d.gates.ask("GET", "/v1/runs?limit=500")
        return len(answer.json["runs"]) if answer.code == 200 else 0

    callers = Callers(d.gates.port)
    try:
        callers.more()
        disk(full=True)
        # New runs have no first row: they are told so, and never a pass.
        callers.services = 60
        until("an answer that says so", lambda: callers.wrong or
              "store_busy" in callers.reasons, 30)
        callers.more()
        until("it is not ready", lambda: not d.ready(), 30)
        d.write_config()
        d.process.signal(signal.SIGHUP)  # the log is on that disk, too
        callers.more()
        disk(full=False)
        until("every run is kept", lambda: callers.wrong or kept() == 60, 60)
        callers.more()
        assert not callers.unanswered, callers.unanswered
        disk(full=True)
        callers.more()
        assert d.process.stop(60) == 0
    finally:
        callers.end()
    assert callers.answers > 300, callers.answers
