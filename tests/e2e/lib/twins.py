"""A real Prometheus and a daemon over the same samples, asked the same questions."""
import json
import math
import os
import random
import shutil
import subprocess
import time

from lib import telemetry
from lib.gates import request
from lib.prometheus import Prometheus

TOLERANCE = 1e-9
STEP_S, STEPS = 5, 240


def _series(rng):
    """Names, labels and values step by step: counters, histograms, odd gauges."""
    for version in ("v1", "v2"):
        for pod in range(3):
            base = {"destination_workload": "reviews", "destination_version": version,
                    "pod": f"reviews-{version}-{pod}", "reporter": "destination"}
            for code in ("200", "404", "503"):
                total, values = 10000, []
                for _ in range(STEPS):
                    total += rng.randrange(0, 40 if code == "200" else 3)
                    values.append(total)
                yield "istio_requests_total", {**base, "response_code": code}, values
            for k, bound in enumerate(("5.0", "25.0", "100.0", "250.0", "+Inf")):
                total, values = 10000 * (k + 1), []
                for _ in range(STEPS):
                    total += 8 * (k + 1)
                    values.append(total)
                yield "istio_request_duration_milliseconds_bucket", {**base, "le": bound}, values
    yield "temperature", {"room": 'a "b" \\ c', "floor": "é"}, [
        math.sin(i / 7) * 1e-7 if i % 9 else float("nan") for i in range(STEPS)]
    yield "huge", {"sign": "-"}, [-1e21 * i for i in range(STEPS)]
    yield "limitless", {}, [float("inf") if i % 2 else float("-inf") for i in range(STEPS)]


def _quoted(text):
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _number(v):
    return repr(float(v)) if math.isfinite(v) else {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}[
        str(v)]


def _text(samples, unit):
    """One exposition; unit: of its timestamps, in ms."""
    lines, families = [], set()
    for name, labels, points in samples:
        if unit == 1000 and name not in families:
            families.add(name)
            lines.append(f"# TYPE {name} unknown")
        inner = ",".join(f'{k}="{_quoted(v)}"' for k, v in labels.items())
        lines += [f"{name}{{{inner}}} {_number(v)} {t_ms // unit}" for t_ms, v in points]
    return "\n".join(lines) + "\n"


class Twins:
    """begin_s, end_s: times of the first and the last sample, on a grid of STEP_S."""

    def __init__(self, c):
        self.end_s = int(time.time()) // STEP_S * STEP_S - 60
        self.begin_s = self.end_s - (STEPS - 1) * STEP_S
        samples = [(name, labels, [((self.begin_s + i * STEP_S) * 1000, v)
                                   for i, v in enumerate(values)])
                   for name, labels, values in _series(random.Random(5))]
        om = os.path.join(c.directory, "samples.om")
        with open(om, "w", encoding="utf-8") as f:
            f.write(_text(samples, 1000) + "# EOF\n")
        subprocess.run([shutil.which("promtool"), "tsdb", "create-blocks-from", "openmetrics", om,
                        os.path.join(c.directory, "prometheus-data")],
                       check=True, capture_output=True, timeout=60)
        nothing = os.path.join(c.directory, "no-targets.json")
        with open(nothing, "w", encoding="ascii") as f:
            f.write("[]")
        self.prometheus = Prometheus(c.directory, nothing)
        c.owned.append(self.prometheus)
        self.daemon = c.daemon("", sources={"agents": {"remote_write": {}, "retention": "2h"}},
                               api=telemetry.ALONE)
        answer = request(self.daemon.gates.port, "POST", "/api/v1/import/prometheus",
                         _text(samples, 1).encode())
        assert answer.code == 204, answer

    def ask(self, method, path, body=None, headers=None):
        """Theirs and ours: code and parsed body."""
        answers = []
        for port in (self.prometheus.port, self.daemon.gates.port):
            a = request(port, method, path, body, headers)
            kind = a.headers.get("content-type", "").split(";")[0]
            answers.append((a.code, json.loads(a.body) if kind == "application/json"
                            else a.body.strip()))
        return answers


def same(theirs, ours):
    """Equal JSON, where strings that are numbers may differ by rounding."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return theirs.keys() == ours.keys() and all(same(theirs[k], ours[k]) for k in theirs)
    if isinstance(theirs, list) and isinstance(ours, list):
        return len(theirs) == len(ours) and all(map(same, theirs, ours))
    if isinstance(theirs, str) and isinstance(ours, str) and theirs != ours:
        try:
            a, b = float(theirs), float(ours)
        except ValueError:
            return False
        return abs(a - b) <= TOLERANCE * max(abs(a), abs(b))
    return type(theirs) is type(ours) and theirs == ours


def unordered(body):
    """A result without its order, which an instant query does not promise."""
    data = body.get("data") if isinstance(body, dict) else None
    if isinstance(data, dict) and data.get("resultType") == "vector":
        data["result"].sort(key=lambda r: sorted(r["metric"].items()))
    return body
