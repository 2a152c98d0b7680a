"""What Grafana's Prometheus data source sends for our dashboards: variables, panels, annotations."""
import gzip
import json
import os
import re
import urllib.parse

from lib.gates import request

BOARDS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "dashboards", "grafana")
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Encoding": "gzip", "User-Agent": "Grafana/11.2.0"}
STEP_S, SCRAPE_S, RANGE_S = 5, 15, 900
# pkg/promlib/models/query.go: a rate's window holds four scrapes, whatever the step.
RATE_S = max(STEP_S + SCRAPE_S, 4 * SCRAPE_S)


def boards():
    found = {}
    for name in sorted(os.listdir(BOARDS)):
        if name.endswith(".json"):
            with open(os.path.join(BOARDS, name), encoding="utf-8") as f:
                found[name] = json.load(f)
    return found


class Grafana:
    """A user who looks at the last RANGE_S seconds of one data source."""

    def __init__(self, port, now_s):
        self.port, self.end, self.begin = port, now_s, now_s - RANGE_S

    def ask(self, method, path, keys):
        text = urllib.parse.urlencode(keys, doseq=True)
        answer = request(self.port, method, path + ("?" + text if method == "GET" else ""),
                         text.encode() if method == "POST" else None, FORM)
        assert answer.code == 200, f"{method} {path} {text}: {answer}"
        body = answer.body
        if answer.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        j = json.loads(body)
        assert j["status"] == "success", j
        return j["data"]

    def save_and_test(self):
        """The health check (1+1 at time 4), the flavour, and what the editor opens with."""
        assert self.ask("POST", "/api/v1/query", {"query": "1+1", "time": 4})["result"][1] == "2"
        assert self.ask("GET", "/api/v1/status/buildinfo", {})["version"]
        self.ask("GET", "/api/v1/rules", {})
        window = {"start": self.begin, "end": self.end}
        names = self.ask("GET", "/api/v1/label/__name__/values", {**window, "limit": 40000})
        told = self.ask("GET", "/api/v1/metadata", {"limit": 40000})
        self.ask("POST", "/api/v1/labels", {**window, "match[]": "verdictd_verdict"})
        return names, told

    def variables(self, board, chosen):
        """Values of all variables; chosen has those that a user picked. Several: all of them."""
        values = {}
        for v in board["templating"]["list"]:
            if v["type"] != "query":
                continue
            query = substituted(v["query"]["query"], values)
            selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", query).groups()
            window = {"match[]": selector, "start": self.begin, "end": self.end}
            listed = self.ask("GET", f"/api/v1/label/{label}/values", window)
            # Older Grafanas read them out of the series.
            series = self.ask("GET", "/api/v1/series", window)
            assert set(listed) == {s[label] for s in series if label in s}, (query, listed, series)
            assert listed, f"{board['title']}: no value for {v['name']}: {query}"
            value = chosen.get(v["name"], listed[0])
            assert v.get("multi") or value in listed, (v["name"], value, listed)
            values[v["name"]] = v["allValue"] if v.get("multi") else value
        return values

    def target(self, t, values):
        """The series or rows of one query."""
        expr = substituted(t["expr"], values)
        if t["instant"]:
            return self.ask("POST", "/api/v1/query", {"query": expr, "time": f"{self.end:.3f}"})["result"]
        start = self.begin - self.begin % STEP_S
        return self.ask("POST", "/api/v1/query_range", {"query": expr, "start": start, "step": STEP_S,
                                                        "end": self.end - self.end % STEP_S})["result"]


def substituted(text, values):
    words = {"__rate_interval": f"{RATE_S}s", "__interval": f"{STEP_S}s", "__range": f"{RANGE_S}s", **values}
    return re.sub(r"\$\{?(\w+)\}?", lambda m: words[m[1]], text)


def targets(board):
    """(title, target) of every panel and annotation."""
    for p in board["panels"]:
        for t in p.get("targets", []):
            yield p["title"], t
    for a in board["annotations"]["list"][1:]:
        yield a["name"], a["target"]
