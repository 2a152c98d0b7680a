"""The series that both engines read.

Times and values are chosen so that no edge of a window can fall on a sample:
samples stand at odd milliseconds, queries at 400 ms past a second, and all
ranges, offsets and steps are whole seconds. Counters stay high, so that no
extrapolation reaches zero. Where the engines differ on purpose is in
differences.py, which brings series of its own.
"""
import math
import random
import re

START_MS = 1_700_000_400_000
SCRAPE_MS = 15_000
SCRAPES = 160  # 40 minutes
END_MS = START_MS + SCRAPES * SCRAPE_MS
PHASES = (137, 2411, 7733, 11059)  # of targets, in ms
BOUNDS = ("0.005", "0.01", "0.05", "0.1", "0.5", "1", "5", "+Inf")

JOBS = ("api", "web", "db")
INSTANCES = ("10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80")
CODES = ("200", "404", "500", "503")
VERSIONS = ("v1", "v2")

# What a regular expression of the mesh queries is made to match.
CANDIDATES = ("source", "waypoint", "destination", "0", "200", "500", "503", "5", "-", "UO", "FI,UF",
              "DC", "URX,UF", "2", "14", "outbound|9080|v2|reviews.default.svc.cluster.local",
              "httproute/default/reviews/rule/0/backend/1", "httproute/default/reviews/rule/0",
              "podinfo", "podinfo-primary", "podinfo-7d4b9c-x2x9z", "reviews",
              "reviews-canary.default.svc.cluster.local", "test_podinfo-canary_80", "request",
              "test_podinfo-podinfo-canary_80", "test-podinfo-canaryupstream-80_80",
              "podinfo-canary_test_svc_80", "test", "default", "test/podinfo", "x")


class Series:
    def __init__(self, labels):
        self.labels, self.points = labels, []  # (ms, value)

    def text(self):
        return "{" + ",".join(f'{k}="{escape(v)}"' for k, v in sorted(self.labels.items())) + "}"


def escape(value):
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def go_float(v):
    if math.isnan(v):
        return "NaN"
    if math.isinf(v):
        return "+Inf" if v > 0 else "-Inf"
    return repr(float(v))


def parsed_ms(seconds):
    """A time in ms as Prometheus 2.42 reads it from OpenMetrics: it cuts."""
    return int(float(seconds) * 1000)


def counter(rng, series, phase, per_scrape, whole=True):
    """One reset at most: whatever window, its first value is far above what it gains."""
    value = float(rng.randrange(2_000_000, 3_000_000))
    reset_at = rng.randrange(0, SCRAPES * 3 // 2)
    for k in range(SCRAPES):
        if k == reset_at:
            value = float(rng.randrange(20_000, 30_000))
        value += rng.randrange(0, per_scrape) if whole else rng.random() * per_scrape
        if rng.random() > 0.03:
            series.points.append((START_MS + k * SCRAPE_MS + phase, value))


def gauge(rng, series, phase, draw):
    for k in range(SCRAPES):
        if rng.random() > 0.03:
            series.points.append((START_MS + k * SCRAPE_MS + phase, float(draw(rng, k))))


def targets():
    for j, job in enumerate(JOBS):
        for i, instance in enumerate(INSTANCES):
            yield job, instance, PHASES[(j + i) % len(PHASES)], VERSIONS[(i + j) % 2]


def histogram(rng, out, name, labels, phase):
    rows = [float(rng.randrange(1_000_000, 1_010_000))]
    for _ in BOUNDS[1:]:
        rows.append(rows[-1] + rng.randrange(0, 10_000))
    buckets = [Series({**labels, "__name__": name + "_bucket", "le": le}) for le in BOUNDS]
    total = Series({**labels, "__name__": name + "_sum"})
    count = Series({**labels, "__name__": name + "_count"})
    spent = 2e6
    for k in range(SCRAPES):
        seen = 0
        for b in range(len(BOUNDS)):
            seen += rng.randrange(0, 7)
            rows[b] += seen
        spent += rng.random() * seen
        if rng.random() < 0.03:
            continue
        t = START_MS + k * SCRAPE_MS + phase
        for b, series in enumerate(buckets):
            series.points.append((t, rows[b]))
        total.points.append((t, spent))
        count.points.append((t, rows[-1]))
    out += buckets + [total, count]


def odd_value(rng, _):
    roll = rng.random()
    if roll < 0.03:
        return math.nan
    if roll < 0.04:
        return rng.choice((math.inf, -math.inf))
    return rng.uniform(-50, 50)


def general(rng):
    """Counters, gauges and histograms with the labels that generate.py knows."""
    out = []
    for job, instance, phase, version in targets():
        base = {"job": job, "instance": instance}
        for code in CODES:
            s = Series({"__name__": "requests_total", "code": code, "version": version, **base})
            counter(rng, s, phase, 40)
            out.append(s)
        for name, draw in (("queue", lambda r, _: r.randrange(-5, 20)),
                           ("up", lambda r, _: int(r.random() > 0.1)),
                           ("temperature", odd_value),
                           ("ratio", lambda r, _: r.random()),
                           ("build_info", lambda r, _: 1)):
            extra = {"version": version} if name == "build_info" else {}
            s = Series({"__name__": name, **base, **extra})
            gauge(rng, s, phase, draw)
            out.append(s)
        s = Series({"__name__": "busy_seconds_total", **base, "mode": "user"})
        counter(rng, s, phase, 15, whole=False)
        out.append(s)
        s = Series({"__name__": "sometimes", **base})
        gauge(rng, s, phase, lambda r, _: r.randrange(0, 4))
        s.points = [p for n, p in enumerate(s.points) if n // 25 % 2 == len(instance + job) % 2]
        out.append(s)
        if job != "db":
            histogram(rng, out, "latency", {**base, "version": version}, phase)
    return out


SELECTOR = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)\{([^}]*)\}")
MATCHER = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(?:"([^"]*)"|\'([^\']*)\')')
BARE = re.compile(r"\b([a-z]+_[a-z0-9_]+)(?=\[|\)|\s*$)")


def choices(op, value):
    if op == "=":
        return [value]
    if op == "=~":
        return [c for c in CANDIDATES if re.fullmatch(value, c)][:3] or ["x"]
    return ["x", "200"]  # what is not meant


def for_mesh(rng, queries):
    """For each selector of the queries a few series that it finds."""
    values = {}
    for query in queries:
        for name, body in SELECTOR.findall(query):
            for label, op, a, b in MATCHER.findall(body):
                values.setdefault(name, {}).setdefault(label, set()).update(choices(op, a or b))
        for name in BARE.findall(query):
            values.setdefault(name, {})
    out = []
    for name, labels in sorted(values.items()):
        fill_family(rng, out, name, {k: sorted(v) for k, v in sorted(labels.items())})
    return out


GROUPS = ("destination_version", "destination_canonical_revision", "cluster_name", "backend_name",
          "pod", "canary", "envoy_cluster_name", "dst_deployment")


def fill_family(rng, out, name, labels):
    for group in GROUPS:
        labels.setdefault(group, ["v1", "v2"] if rng.random() < 0.7 else ["v1"])
    seen = set()
    for _ in range(24):
        picked = {k: rng.choice(v) for k, v in labels.items()}
        if tuple(picked.values()) in seen:
            continue
        seen.add(tuple(picked.values()))
        phase = rng.choice(PHASES)
        if name.endswith("_bucket"):
            family = []
            histogram(rng, family, name[:-len("_bucket")], picked, phase)
            out += [s for s in family if "le" in s.labels]
        else:
            s = Series({"__name__": name, **picked})
            counter(rng, s, phase, 40)
            out.append(s)


def without_twins(series):
    """The last of equal label sets, as a map of them would keep."""
    return list({s.text(): s for s in series}.values())


def write(series, openmetrics, ours):
    """One data set twice: for promtool, and for promqlask with the times that
    Prometheus will have."""
    by_name = {}
    for s in series:
        by_name.setdefault(s.labels["__name__"], []).append(s)
    with open(openmetrics, "w", encoding="utf-8") as om, open(ours, "w", encoding="utf-8") as us:
        for name in sorted(by_name):
            for s in by_name[name]:
                labels = {k: v for k, v in s.labels.items() if k != "__name__"}
                text = ",".join(f'{k}="{escape(v)}"' for k, v in sorted(labels.items()))
                row = []
                for t, v in s.points:
                    seconds = f"{t / 1000:.3f}"
                    om.write(f"{name}{{{text}}} {go_float(v)} {seconds}\n")
                    row.append(f"{parsed_ms(seconds)} {go_float(v)}")
                us.write(s.text() + "\t" + " ".join(row) + "\n")
        om.write("# EOF\n")


def build(seed, queries):
    rng = random.Random(seed)
    return without_twins(general(rng) + for_mesh(rng, queries))
