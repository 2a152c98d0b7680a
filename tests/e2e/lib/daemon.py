"""verdictd: its configuration, its life, and the commands beside it."""
import copy
import json
import os
import signal
import subprocess
import urllib.parse

from lib.gates import Gates, request
from lib.process import Process, die_with_parent
from lib.wait import until

# Everything short, so that a rollout takes seconds.
POLICY = {"warm_up": "4s", "settle": "2s", "robust_block": "5s", "stage_min_time": "5s",
          "advance": "unharmed", "min_requests": 100}
SERVICE = {"name": "reviews", "namespace": "default", "versions": {"key": "revision"}}


def source(url, **more):
    return {"prometheus": {"url": url, "tick": "1s", "scrape_interval": "1s", "timeout": "2s",
                           **more}}


def scraping(targets, **more):
    """A source that verdictd scrapes itself, from a file of targets."""
    return {"scrape": {"file_sd": [targets], "interval": "1s", "tick": "1s", **more}}


class Daemon:
    """config: top-level keys laid over the usual ones."""

    def __init__(self, build, directory, url, policy=None, services=None, source_keys=None,
                 name="verdictd", start=True, token=None, **config):
        self.build, self.directory, self.name, self.token = build, directory, name, token
        self.config = {"listen": "127.0.0.1:0", "data_dir": os.path.join(directory, name + "-data"),
                       "sources": {"mesh": source(url, **(source_keys or {}))},
                       "services": services or [copy.deepcopy(SERVICE)],
                       "policies": {"default": {**POLICY, **(policy or {})}}, **config}
        self.config_path = os.path.join(directory, name + ".yaml")
        self.port_path = os.path.join(directory, name + ".port")
        os.makedirs(self.config["data_dir"], exist_ok=True)
        self.write_config()
        self.process = self.gates = None
        if start:
            self.start()

    def write_config(self):
        """JSON is YAML."""
        with open(self.config_path, "w", encoding="utf-8") as f:
            json.dump(self.config, f, indent=1)

    def spawn(self):
        if os.path.exists(self.port_path):
            os.remove(self.port_path)
        self.process = Process(self.directory, self.name,
                               [os.path.join(self.build, "verdictd"), "serve", "--config",
                                self.config_path, "--port-file", self.port_path])

    def start(self):
        self.spawn()
        port = until("verdictd listens", self._find_port, 20, [self.process])
        self.gates = Gates(port, self.token)
        return self

    def _find_port(self):
        try:
            with open(self.port_path, encoding="ascii") as f:
                return int(f.read() or 0)
        except FileNotFoundError:
            return 0

    def query(self, expr, **keys):
        """The result of an instant query of its Prometheus API."""
        answer = self.gates.ask("GET", "/api/v1/query?" +
                                urllib.parse.urlencode({"query": expr, **keys}))
        assert answer.code == 200, f"{expr}: {answer}"
        return answer.json["data"]["result"]

    def query_number(self, expr):
        """Of an expression with one value; 0 where it has none."""
        found = self.query(expr)
        return float(found[0]["value"][1]) if found else 0

    def ready(self):
        return request(self.gates.port, "GET", "/-/ready").code == 200

    def reload(self):
        """SIGHUP; the line of the log that says what came of it."""
        before = len(self.events("event=reload"))
        self.process.signal(signal.SIGHUP)
        until("the reload is told", lambda: len(self.events("event=reload")) > before, 10,
              [self.process])
        return self.events("event=reload")[-1]

    def events(self, event):
        """Lines of the log about it."""
        return [line for line in self.process.log().splitlines() if event in line]

    def command(self, *args, config=True):
        """Another verdictd on the same configuration: exit code, output, errors."""
        line = [os.path.join(self.build, "verdictd"), *args[:1]]
        if config:
            line += ["--config", self.config_path]
        done = subprocess.run(line + list(args[1:]), capture_output=True, text=True, timeout=60,
                              check=False, preexec_fn=die_with_parent, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout, done.stderr
