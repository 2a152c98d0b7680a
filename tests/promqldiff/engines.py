"""The two sides: Debian's Prometheus over blocks that promtool made, and promqlask."""
import http.client
import json
import os
import shutil
import subprocess
import sys
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))

from lib.process import Process, die_with_parent  # noqa: E402
from lib.wait import until  # noqa: E402

TIMEOUT_S = 60


class Answer:
    """kind is None for an error. Series are sorted unless the query sorts."""

    def __init__(self, error=None, kind=None, result=None):
        self.error, self.kind, self.result = error, kind, result

    def __repr__(self):
        return f"error {self.error!r}" if self.error is not None else f"{self.kind} {self.result}"


def key_of(metric):
    return tuple(sorted(metric.items()))


class Prometheus:
    def __init__(self, directory, openmetrics):
        binary, promtool = shutil.which("prometheus"), shutil.which("promtool")
        assert binary and promtool, "no prometheus: ./dev deps installs it"
        data = os.path.join(directory, "data")
        with open(os.path.join(directory, "promtool.log"), "wb") as log:
            subprocess.run([promtool, "tsdb", "create-blocks-from", "openmetrics", openmetrics,
                            data], check=True, stdout=log, stderr=log)
        config = os.path.join(directory, "prometheus.yml")
        with open(config, "w", encoding="ascii") as f:
            f.write("global: {}\n")
        self.process = Process(directory, "prometheus",
                               [binary, "--config.file", config, "--storage.tsdb.path", data,
                                "--storage.tsdb.retention.time=100y",
                                "--web.listen-address=127.0.0.1:0"])
        self.port = until("Prometheus listens", lambda: next(iter(self.process.ports()), 0), 60,
                          [self.process])
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        until("Prometheus is ready", self._ready, 60, [self.process])

    def _ready(self):
        return self._request("GET", "/-/ready", None)[0] == 200

    def _request(self, method, path, form):
        body = urllib.parse.urlencode(form) if form else None
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        self.connection.request(method, path, body, headers)
        reply = self.connection.getresponse()
        return reply.status, reply.read()

    def ask(self, query):
        expr, start, end, step = query
        if step:
            path, form = "/api/v1/query_range", {"start": start / 1000, "end": end / 1000,
                                                 "step": step / 1000}
        else:
            path, form = "/api/v1/query", {"time": f"{start / 1000:.3f}"}
        _, body = self._request("POST", path, {"query": expr, **form})
        reply = json.loads(body)
        if reply["status"] != "success":
            return Answer(error=reply["error"])
        data = reply["data"]
        kind, result = data["resultType"], data["result"]
        if kind in ("scalar", "string"):
            return Answer(kind=kind, result=result[1])
        rows = []
        for series in result:
            points = series["values"] if kind == "matrix" else [series["value"]]
            rows.append((key_of(series["metric"]), [(round(t * 1000), v) for t, v in points]))
        return Answer(kind=kind, result=rows)

    def stop(self):
        self.connection.close()
        self.process.stop()


class Ours:
    def __init__(self, directory, build, series):
        self.log = open(os.path.join(directory, "promqlask.log"), "wb")
        self.popen = subprocess.Popen([os.path.join(build, "tests", "promqlask"), series],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=self.log, preexec_fn=die_with_parent)

    def ask(self, query):
        expr, start, end, step = query
        assert "\n" not in expr
        self.popen.stdin.write(f"{start} {end} {step} {expr}\n".encode())
        self.popen.stdin.flush()
        line = self.popen.stdout.readline()
        assert line, f"promqlask ended at: {expr}"
        reply = json.loads(line)
        if "error" in reply:
            return Answer(error=reply["error"])
        kind, result = reply["kind"], reply["result"]
        if kind in ("scalar", "string"):
            return Answer(kind=kind, result=result[0])
        rows = []
        for series in result:
            flat = series["values"]
            rows.append((key_of(series["metric"]), list(zip(flat[::2], flat[1::2]))))
        return Answer(kind=kind, result=rows)

    def stop(self):
        self.popen.stdin.close()
        self.popen.wait(TIMEOUT_S)
        self.log.close()
