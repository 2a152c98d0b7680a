"""Debian's Prometheus, scraping meshsim; its port comes from the kernel."""
import json
import os
import shutil
import signal
import urllib.parse

from lib import gates
from lib.process import Process
from lib.wait import until

CONFIG = """\
global:
  scrape_interval: {interval}
  scrape_timeout: {interval}
  query_log_file: {dir}/{name}.queries
scrape_configs:
  - job_name: istio
    metrics_path: /stats/prometheus
    file_sd_configs: [{{files: ["{targets}"], refresh_interval: 1s}}]
"""


class Prometheus:
    """more: text behind the usual configuration; flags: of the command line."""

    def __init__(self, directory, targets, interval="1s", name="prometheus", more="", flags=()):
        self.directory, self.name, self.port, self.flags = directory, name, 0, list(flags)
        self.binary = shutil.which("prometheus")
        assert self.binary, "no prometheus: ./dev deps installs it"
        self.config = os.path.join(directory, name + ".yml")
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(CONFIG.format(interval=interval, dir=directory, name=name, targets=targets) +
                    more)
        self.start()

    def start(self):
        """Again after kill() too, on a port of the kernel's choice again."""
        data = os.path.join(self.directory, self.name + "-data")
        self.process = Process(self.directory, self.name,
                               [self.binary, "--config.file", self.config, "--storage.tsdb.path",
                                data, "--web.listen-address=127.0.0.1:0",
                                "--storage.tsdb.retention.time=1d", *self.flags])
        self.port = until("Prometheus listens", self._find_port, 60, [self.process])
        until("Prometheus is ready", self._ready, 60, [self.process])

    def _find_port(self):
        return next(iter(self.process.ports()), 0)

    def _ready(self):
        try:
            return gates.request(self.port, "GET", "/-/ready").code == 200
        except OSError:
            return False

    def freeze(self):
        self.process.signal(signal.SIGSTOP)

    def thaw(self):
        self.process.signal(signal.SIGCONT)

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def query(self, expr, time=None):
        """The result of an instant query, as the API gives it."""
        keys = {"query": expr}
        if time is not None:
            keys["time"] = time
        answer = gates.request(self.port, "GET", "/api/v1/query?" + urllib.parse.urlencode(keys))
        assert answer.code == 200, f"{expr}: {answer}"
        return json.loads(answer.body)["data"]["result"]

    def targets_up(self):
        """Number of targets whose last scrape worked."""
        found = self.query("sum(up)")
        return int(found[0]["value"][1]) if found else 0

    def queries(self):
        """Every expression that it was asked, from its query log."""
        path = os.path.join(self.directory, self.name + ".queries")
        with open(path, encoding="utf-8") as f:
            return [json.loads(line)["params"]["query"] for line in f]
