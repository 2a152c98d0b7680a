#!/usr/bin/env python3
"""Dashboards, alerts and their documents hold together, without a daemon.

    check.py [--build DIR]

DIR (or BUILD_DIR, else build) has tests/yaml2json. What is asked against a daemon is in
tests/e2e/cases/dashboards.py. The last line is "N passed, N failed".
"""
import argparse
import glob
import json
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "dashboards"))
sys.dont_write_bytecode = True

import grafana  # noqa: E402
import metric  # noqa: E402
import series  # noqa: E402

BOARDS = os.path.join(ROOT, "dashboards", "grafana")
RULES = os.path.join(ROOT, "dashboards", "prometheus", "verdictd.rules.yaml")
RULE_TESTS = os.path.join(ROOT, "dashboards", "prometheus", "verdictd.test.yaml")
# What we draw with: panels that Grafana 10.2 brings along, and units of its list.
PANELS = {"stat", "table", "timeseries", "state-timeline", "heatmap", "row"}
UNITS = {"short", "none", "s", "ms", "bytes", "percentunit", "reqps", "ops"}
DATA_SOURCE = {"type": "prometheus", "uid": "${datasource}"}
BUILT_IN = {"__rate_interval", "__interval", "__range", "__all", "__url_time_range", "__data"}


class Wrong(Exception):
    """What does not hold, in words."""


def want(condition, what):
    if not condition:
        raise Wrong(what)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def strict(path):
    """JSON in which no key stands twice."""
    def once(pairs):
        keys = [k for k, _ in pairs]
        want(len(keys) == len(set(keys)), f"a key twice in {path}: {sorted(keys)}")
        return dict(pairs)
    return json.loads(read(path), object_pairs_hook=once)


def boards():
    return {os.path.basename(p)[:-5]: strict(p) for p in sorted(glob.glob(os.path.join(BOARDS, "*.json")))}


def data_panels(board):
    return [p for p in board["panels"] if p["type"] != "row"]


# Each check takes one dashboard.

def as_a_whole(board):
    for key in ("uid", "title", "description", "tags", "schemaVersion", "version", "panels", "templating",
                "annotations", "time", "timepicker", "links", "refresh", "timezone"):
        want(key in board, f"no {key}")
    want(re.fullmatch(r"[A-Za-z0-9_-]{1,40}", board["uid"]), "a uid has at most 40 letters, digits, - and _")
    want("id" not in board, "an id is the installation's: a file has none")
    want(board["schemaVersion"] >= 36, "a schema before data sources were objects")
    want(board["editable"] is False, "what is provisioned is not edited")
    want(board["title"] and len(board["title"]) <= 60, "no title, or a long one")
    want(re.fullmatch(r"now-\d+[mhd]", board["time"]["from"]) and board["time"]["to"] == "now", "its time")


def ids_and_places(board):
    ids = [p["id"] for p in board["panels"]]
    want(len(set(ids)) == len(ids) and all(isinstance(i, int) and i > 0 for i in ids), "ids are numbers, each once")
    taken = set()
    for p in board["panels"]:
        at = p["gridPos"]
        want(set(at) == {"x", "y", "w", "h"}, f"{p['title']}: gridPos {at}")
        want(at["w"] > 0 and at["h"] > 0 and at["x"] >= 0 and at["y"] >= 0 and at["x"] + at["w"] <= 24,
             f"{p['title']}: out of the grid: {at}")
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        want(not cells & taken, f"{p['title']}: lies on another panel")
        taken |= cells


def panels_say_what_they_are(board):
    titles = [p["title"] for p in board["panels"]]
    want(len(set(titles)) == len(titles), "a title twice")
    for p in board["panels"]:
        want(p["type"] in PANELS, f"{p['title']}: a panel {p['type']}")
    for p in data_panels(board):
        want(p["title"] and p["description"].endswith("."), f"{p['title']}: says in no sentence what it is")
        want(p["fieldConfig"]["defaults"]["unit"] in UNITS, f"{p['title']}: unit {p['fieldConfig']['defaults']['unit']}")
        for o in p["fieldConfig"]["overrides"]:
            want(set(o) == {"matcher", "properties"} and o["properties"], f"{p['title']}: override {o}")
            if o["matcher"]["id"] == "byRegexp":
                re.compile(o["matcher"]["options"])


def targets_are_whole(board):
    for p in data_panels(board):
        want(p["datasource"] == DATA_SOURCE, f"{p['title']}: another data source")
        want(p["targets"], f"{p['title']}: asks nothing")
        refs = [t["refId"] for t in p["targets"]]
        want(len(set(refs)) == len(refs) and all(re.fullmatch("[A-Z]", r) for r in refs), f"{p['title']}: refs {refs}")
        for t in p["targets"]:
            want(t["datasource"] == DATA_SOURCE, f"{p['title']} {t['refId']}: another data source")
            want(t["range"] != t["instant"], f"{p['title']} {t['refId']}: neither range nor instant")
            want("\n" not in t["expr"] and t["expr"], f"{p['title']} {t['refId']}: {t['expr']!r}")


def counters_are_rated(board):
    """Rates over what Grafana computes from step and scrape interval, never over a fixed window."""
    counters = {m["name"] for m in metric.rows() if m["type"] == "counter"}
    counters |= {n for n in metric.names() if n.endswith(("_bucket", "_count", "_sum"))}
    for p in data_panels(board):
        for t in p["targets"]:
            plain = re.sub(r'"[^"]*"', '""', t["expr"])
            for window in re.findall(r"\[([^\]]*)\]", plain):
                want(window in ("$__rate_interval", "$__range", "$__interval"), f"{p['title']}: a window [{window}]")
            for name in re.findall(r"\b(?:verdictd|process)_\w+", plain):
                if name in counters:
                    want(re.search(r"\b(rate|increase)\(" + name + r"\{", plain), f"{p['title']}: {name} without rate")


def variables_are_there(board):
    names = [v["name"] for v in board["templating"]["list"]]
    want(len(set(names)) == len(names), "a variable twice")
    source = board["templating"]["list"][0]
    want((source["name"], source["type"], source["query"]) == ("datasource", "datasource", "prometheus"),
         "the first variable is the data source")
    for v in board["templating"]["list"]:
        want(v["label"], f"variable {v['name']} has no label")
        if v["type"] == "query":
            want(v["refresh"] == 2 and v["datasource"] == DATA_SOURCE, f"variable {v['name']} is not asked for anew")
    used = set(re.findall(r"\$\{?(\w+)", json.dumps({k: v for k, v in board.items() if k != "templating"})))
    used |= set(re.findall(r"\$\{?(\w+)", json.dumps([v.get("query") for v in board["templating"]["list"]])))
    want(used <= set(names) | BUILT_IN, f"no such variable: {sorted(used - set(names) - BUILT_IN)}")
    want(set(names) <= used | {"datasource"}, f"nobody uses {sorted(set(names) - used)}")


def multiple_values_match_by_regex(board):
    multi = {v["name"]: v.get("multi") for v in board["templating"]["list"]}
    for expr in grafana.expressions(board):
        for operator, name in re.findall(r'(=~|=|!=|!~)"\$(\w+)"', expr):
            want((operator == "=~") or not multi[name], f"${name} may be several: =~ in {expr}")


def annotations_are_whole(board):
    first = board["annotations"]["list"][0]
    want(first.get("builtIn") == 1, "Grafana's own annotation comes first")
    for a in board["annotations"]["list"][1:]:
        want(a["datasource"] == DATA_SOURCE and a["expr"] and a["titleFormat"] and a["iconColor"], f"annotation {a}")


BOARD_CHECKS = (as_a_whole, ids_and_places, panels_say_what_they_are, targets_are_whole, counters_are_rated,
                variables_are_there, multiple_values_match_by_regex, annotations_are_whole)


def links_lead_somewhere(all_boards):
    uids = {b["uid"] for b in all_boards.values()}
    want(len(uids) == len(all_boards), "a uid twice")
    for name, b in all_boards.items():
        for uid in re.findall(r"/d/([\w-]+)", json.dumps(b)):
            want(uid in uids, f"{name} leads to {uid}")
            target = next(t for t in all_boards.values() if t["uid"] == uid)
            names = {v["name"] for v in target["templating"]["list"]}
            for variable in re.findall(r"var-(\w+)=", json.dumps(b)):
                want(variable in names, f"{name} sets {variable} of {uid}, which has it not")


def generated(name):
    done = subprocess.run([sys.executable, "-B", os.path.join(ROOT, "dashboards", name), "--check"],
                          capture_output=True, text=True)
    want(done.returncode == 0, done.stdout + done.stderr)


def series_document():
    want(read(os.path.join(ROOT, "docs", "SERIES.md")) == series.document(),
         "docs/SERIES.md is not what dashboards/series.py makes: run it")


# Alerts.

def promtool(*args):
    binary = shutil.which("promtool")
    want(binary, "no promtool: it comes with Debian's prometheus")
    done = subprocess.run([binary, *args], capture_output=True, text=True)
    want(done.returncode == 0, done.stdout + done.stderr)


def alerts(build):
    done = subprocess.run([os.path.join(build, "tests", "yaml2json"), RULES], capture_output=True, text=True)
    want(done.returncode == 0, done.stderr)
    documents = json.loads(done.stdout)
    document = documents[0] if isinstance(documents, list) else documents
    return [r for g in document["groups"] for r in g["rules"]]


def alerts_have_runbooks(build):
    text = read(os.path.join(ROOT, "docs", "OPERATIONS.md"))
    sections = set(re.findall(r"^### (Verdictd\w+)$", text, re.M))
    names = [a["alert"] for a in alerts(build)]
    want(len(set(names)) == len(names), "an alert twice")
    want(set(names) == sections, f"alerts and sections differ: {sorted(set(names) ^ sections)}")
    for a in alerts(build):
        want(a["annotations"]["runbook"] == "docs/OPERATIONS.md#" + a["alert"].lower(), f"{a['alert']}: its runbook")
        want(a["labels"]["severity"] in ("warning", "critical"), f"{a['alert']}: severity {a['labels']['severity']}")
        want(a["annotations"]["summary"] and a["annotations"]["description"], f"{a['alert']}: no words")


def alerts_ask_what_is_told(build):
    for a in alerts(build):
        plain = re.sub(r'"[^"]*"', '""', a["expr"])
        for name in re.findall(r"\b(?:verdictd|process)_\w+", plain):
            want(name in metric.names(), f"{a['alert']}: {name} is not in metric.def")


def alerts_are_tested(build):
    tested = set(re.findall(r'alertname[:=] ?"?(\w+)', read(RULE_TESTS)))
    names = {a["alert"] for a in alerts(build)}
    want(names == tested, f"tested and alerts differ: {sorted(names ^ tested)}")


def provisioning(build):
    for path in glob.glob(os.path.join(BOARDS, "provisioning", "*", "*.yaml")):
        done = subprocess.run([os.path.join(build, "tests", "yaml2json"), path], capture_output=True, text=True)
        want(done.returncode == 0, done.stderr)
        document = json.loads(done.stdout)
        document = document[0] if isinstance(document, list) else document
        want(document["apiVersion"] == 1, f"{path}: apiVersion")
        for source in document.get("datasources", []):
            want(source["type"] == "prometheus" and source["access"] == "proxy" and source["url"], f"{path}: {source}")
        for provider in document.get("providers", []):
            want(provider["type"] == "file" and provider["options"]["path"].startswith("/"), f"{path}: {provider}")


def checks(build):
    yield "dashboards/metric.py: docs/OPERATIONS.md is fresh", lambda: generated("metric.py")
    yield "dashboards/grafana.py: the dashboards are fresh", lambda: generated("grafana.py")
    if os.path.exists(os.path.join(ROOT, "docs", "SERIES.md")):
        yield "dashboards/series.py: docs/SERIES.md is fresh", series_document
    all_boards = boards()
    yield "four dashboards", lambda: want(set(all_boards) == set(grafana.DASHBOARDS), f"{sorted(all_boards)}")
    for name, board in all_boards.items():
        for check in BOARD_CHECKS:
            yield f"{name}.json: {check.__name__.replace('_', ' ')}", lambda c=check, b=board: c(b)
    yield "links lead somewhere", lambda: links_lead_somewhere(all_boards)
    yield "promtool check rules", lambda: promtool("check", "rules", RULES)
    yield "promtool test rules", lambda: promtool("test", "rules", RULE_TESTS)
    for check in (alerts_have_runbooks, alerts_ask_what_is_told, alerts_are_tested, provisioning):
        yield check.__name__.replace("_", " "), lambda c=check: c(build)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=os.environ.get("BUILD_DIR", "build"))
    build = os.path.abspath(os.path.join(ROOT, parser.parse_args().build))
    passed = failed = 0
    for what, check in checks(build):
        try:
            check()
            passed += 1
        except Wrong as wrong:
            failed += 1
            print(f"FAILED {what}\n       {str(wrong).strip()}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
