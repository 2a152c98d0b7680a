"""What verdictd, or a Prometheus, says over the Prometheus API."""
import json
import urllib.parse

from lib.gates import request


# A daemon's configuration, where what it says of itself would stand beside what is compared.
ALONE = {"own_metrics": "0s", "verdicts": False}


def ask(port, path, **keys):
    answer = request(port, "GET", f"/api/v1/{path}?" + urllib.parse.urlencode(keys))
    assert answer.code == 200, f"{path} {keys}: {answer}"
    return json.loads(answer.body)["data"]


def query(port, expr):
    """An instant vector: labels as sorted pairs to the value's text."""
    result = ask(port, "query", query=expr)["result"]
    return {tuple(sorted(r["metric"].items())): r["value"][1] for r in result}


def value(port, expr):
    """Of the one element of a vector; None: there is none."""
    found = list(query(port, expr).values())
    assert len(found) <= 1, f"{expr}: {found}"
    return float(found[0]) if found else None


def targets(port):
    """instance to what is told of the target."""
    return {t["labels"]["instance"]: t for t in ask(port, "targets")["activeTargets"]}
