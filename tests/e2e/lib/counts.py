"""Counts of a run's intervals beside those of the mesh's ledger, in one shape.

A count is {(view, version, what): n}; what is ("cell", code, grpc, flags),
("bucket", le in ms), "requests" or "faults" """
from collections import Counter

SIDES = {"user": "source", "attempt": "destination"}


def _neutral(flags):
    return flags in ("", "-")


def _fault(code, grpc, flags):
    """Of the outcomes that meshsim makes (analyzer/class.c has the whole table)."""
    if not counted(code, flags):
        return False
    return code[0] == "5" or grpc in ("4", "14")


def counted(code, flags):
    """Requests are ok + app + infrastructure: not those the client ended, nor injected ones."""
    parts = flags.split(",")
    return code != "0" and "DC" not in parts and "FI" not in parts


def timed(code, flags):
    """Whether a latency bucket counts it: code 0 and injected faults are left out."""
    parts = flags.split(",")
    return code != "0" and "FI" not in parts and "DI" not in parts


def of_ledger(ledger, service="reviews"):
    """What a source of telemetry can have seen: all, less what was never scraped."""
    total = Counter()
    found = next(s for s in ledger["services"] if s["service"] == service)
    for version in found["versions"]:
        for view, side in SIDES.items():
            part = version[side]
            for cell in part["cells"]:
                _add_cell(total, view, version["version"], part["le"], cell)
    return +total


def _add_cell(total, view, version, le, cell):
    lost = cell["unscraped"]
    n = cell["requests"] - lost["requests"]
    code, grpc, flags = cell["code"], cell["grpc"], cell["flags"]
    total[view, version, "cell", code, grpc, flags] += n
    if counted(code, flags):
        total[view, version, "requests"] += n
    if _fault(code, grpc, flags):
        total[view, version, "faults"] += n
    if not timed(code, flags):
        return
    below = 0
    for bound, cumulated, unseen in zip(le, cell["buckets"], lost["buckets"]):
        seen = cumulated - unseen
        total[view, version, "bucket", bound.replace("+Inf", "Inf")] += seen - below
        below = seen


def _bound(le_ms, i):
    return f"{le_ms[i]:g}" if i < len(le_ms) else "Inf"


def of_intervals(intervals):
    total = Counter()
    for interval in intervals:
        for cell in interval["cells"]:
            flags = cell["flags"] or "-"
            total[cell["view"], cell["version"], "cell", cell["code"], cell["grpc"],
                  flags] += cell["n"]
        for view in SIDES:
            part = interval.get(view)
            for version in part["versions"] if part else ():
                counts = version["counts"]
                total[view, version["version"], "requests"] += counts["requests"]
                total[view, version["version"], "faults"] += counts["faults"]
                for i, n in enumerate(counts.get("buckets", ())):
                    total[view, version["version"], "bucket", _bound(part["le_ms"], i)] += n
    return +total


def difference(a, b):
    """Readable; empty where they are equal."""
    return {k: (a[k], b[k]) for k in sorted(set(a) | set(b)) if a[k] != b[k]}
