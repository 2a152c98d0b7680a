#!/usr/bin/env python3
"""What Argo Rollouts concludes from our answers, by a model held against the real Argo.

    check.py [--build DIR] [--print-table]

DIR (or BUILD_DIR, else build) has verdictd and tests/argobodies. The model (argo.py) must say of
each row of $VERDICTD_SHARED/conformance/argo what Argo said; then it reads our own answers, with
the conditions of those rows and with the template that `verdictd template argo` prints. table.txt
is what came of the former, and must stay so. The last line is "N passed, N failed".
"""
import argparse
import itertools
import json
import os
import random
import re
import subprocess
import sys
import tempfile

import argo
import kayenta
import rows

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FILES = os.path.join(os.environ.get("VERDICTD_SHARED", os.path.join(ROOT, "..", "shared")),
                     "conformance", "argo")
VERDICTS = ["pass", "hold", "fail", "abort"]
CONFIG = """sources:
  mesh: {prometheus: {url: "http://prometheus:9090", scrape_interval: 15s}}
services:
  - {name: reviews, namespace: prod, source: mesh, versions: {key: pod_template_hash}}
"""


class Tally:
    def __init__(self):
        self.good = self.bad = 0

    def tell(self, name, ok, why=""):
        self.good, self.bad = self.good + bool(ok), self.bad + (not ok)
        if not ok:
            print(f"FAILED {name}: {why}")


def read(name):
    path = os.path.join(FILES, name)
    if not os.path.exists(path):
        print(f"skipped: no conformance/argo/{name}")
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read()


### the model beside the real code

def check_probe(tally, text, version):
    """argo_probe_*.txt up to its Prometheus part: "* NAME", then "phase=P value=V msg=M"."""
    seen = set()
    for block in re.split(r"^\* ", text.split("===== prometheus")[0], flags=re.M)[1:]:
        name, line = block.split("\n")[0], block.split("\n")[1].strip()
        seen.add(name)
        if name in rows.NOT_MODELLED:
            continue
        if name not in rows.ROWS:
            tally.tell(f"{version} {name}", False, "rows.py does not say what was asked")
            continue
        got = argo.measure(*rows.ROWS[name], version=version)
        if line.startswith("PANIC"):
            tally.tell(f"{version} {name}", got[0] == argo.PANIC, got)
            continue
        if line.startswith("jsonpath err"):
            tally.tell(f"{version} {name}", got[2] == line.split(" ", 2)[2], got)
            continue
        want = re.fullmatch(r"phase=(\w+) +value=(.*?) msg=.*", line).groups()
        tally.tell(f"{version} {name}", got[:2] == want, f"Argo: {want}, the model: {got}")
    if text:
        tally.tell(f"{version}: all rows", seen == set(rows.ROWS) | rows.NOT_MODELLED,
                   seen ^ (set(rows.ROWS) | rows.NOT_MODELLED))


def loop_rows(text):
    """argo_analysisrun_loop.txt: NAME, answers as (status, body), what came of them."""
    for block in re.split(r"^== ", text, flags=re.M)[1:]:
        name = block.split("\n")[0]
        answers = re.findall(r"^    req \d+ \S+ \S+ -> (.*)$", block, flags=re.M)
        answers = [(200, a) if a.startswith("{") else (int(a), "") for a in answers]
        phase, message = re.search(r'phase=(\w+) message=(".*")$', block, flags=re.M).groups()
        result = json.loads(re.search(r"^   results=(.*)$", block, flags=re.M)[1])[0]
        yield name, answers, phase, json.loads(message), result


def played(spec, answers, version=argo.HEAD):
    """The run after these answers, and how many it took."""
    run = argo.Run(argo.Metric(spec), version)
    taken = 0
    for status, body in answers:
        run.answered(status, body)
        taken += 1
        if run.phase:
            break
    return run, taken


def check_loops(tally, text):
    for name, answers, phase, message, result in loop_rows(text):
        run, taken = played(rows.LOOPS[name], answers)
        if message == "Run Terminated":
            run.terminated()
        want = [(m["phase"], m.get("value", "")) for m in result["measurements"]]
        tally.tell(f"loop {name}: phase", (run.phase, run.message) == (phase, message),
                   (run.phase, run.message))
        tally.tell(f"loop {name}: ends with the last answer", taken == len(answers), taken)
        tally.tell(f"loop {name}: measurements", run.measurements == want, run.measurements)
        tally.tell(f"loop {name}: counts", all(result.get(k, 0) == v for k, v in run.n.items()), run.n)


### our answers

def bodies(build):
    out = subprocess.run([os.path.join(build, "tests", "argobodies")], check=True, timeout=60,
                         capture_output=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def check_bodies(tally, ours):
    """Each 2xx is one strict object with a verdict of the list, and each error is no 2xx."""
    for b in ours:
        if b["what"] == "refused":
            tally.tell("a refusal is an Error", argo.measure(b["status"], b["body"])[0] == argo.ERROR, b)
            continue
        try:
            said = argo.strict(b["body"])
        except ValueError as why:
            said = str(why)
        ok = (b["status"] == 200 and isinstance(said, dict) and said["verdict"] in VERDICTS
              and said["pass"] is (said["verdict"] == "pass")
              and said["abort"] is (said["verdict"] == "abort")
              and b["what"] in ("any", said["verdict"])
              and (b["view"] == "full" or len(b["body"]) < 1024))
        tally.tell(f"{b['what']} {b['view']} is strict", ok, b)


def phases(row, answers):
    """What each version of Argo makes of these answers with the row's path and conditions."""
    return {argo.measure(a["status"], a["body"], *row[2:], version=v)[0]
            for a in answers for v in (argo.HEAD, argo.V191)}


def table(ours):
    """One line a row: what a pass, a hold, a fail, an abort, a refusal come to."""
    by = {v: [b for b in ours if b["what"] == v] for v in VERDICTS + ["refused"]}
    lines = ["# The phase of a measurement with the jsonPath and the conditions of each row of",
             "# conformance/argo, where verdictd answers. Made by check.py --print-table."]
    lines.append(" | ".join(["row"] + VERDICTS + ["refused"]))
    for name, row in rows.ROWS.items():
        lines.append(" | ".join([name] + ["/".join(sorted(phases(row, by[v])))
                                          for v in VERDICTS + ["refused"]]))
    return "\n".join(lines) + "\n"


# Templates by which a hold or a fail goes through, whatever is answered: a failure condition alone,
# or none. lint-template must say so of each.
OPEN = {"HTML 200 with failureCondition only", "no conditions at all", "bad jsonpath"}
# It asks for a number that we do not tell, and has a good one for that case.
DEFAULTED = {"optional chaining + ??"}


def check_table(tally, text):
    with open(os.path.join(HERE, "table.txt"), encoding="utf-8") as file:
        tally.tell("table.txt", file.read() == text, "it is another now: check.py --print-table")
    goes_through = {line.split(" | ")[0] for line in text.splitlines()[3:]
                    if argo.OK in "".join(line.split(" | ")[2:])}
    tally.tell("who lets a hold, a fail or a refusal through", goes_through == OPEN | DEFAULTED,
               goes_through)
    tally.tell("no answer of ours ends the controller", argo.PANIC not in text)


def check_open_templates(tally, build):
    for name in sorted(OPEN):
        path, success, failure = rows.ROWS[name][2:]
        metric = {"name": "gate", "interval": "30s", "count": 5, "provider": {"web": {
            "url": "http://verdictd:8080/v1/argo/verdict", "timeoutSeconds": 8, "jsonPath": path}}}
        metric |= {"successCondition": success} if success else {}
        metric |= {"failureCondition": failure} if failure else {}
        document = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplate",
                    "metadata": {"name": "x"}, "spec": {"metrics": [metric]}}
        r = subprocess.run([os.path.join(build, "verdictd"), "lint-template", "-"], timeout=60,
                           input=json.dumps(document), capture_output=True, text=True)
        tally.tell(f"lint-template: {name}", r.returncode == 1, r.stdout + r.stderr)


### our answers as those of Kayenta

# What the real provider said of such answers (argoproj/argo-rollouts kayenta_test.go, and 89.9 of 90).
KAYENTA = [
    (200, '{"complete":true,"result":{"judgeResult":{"score":{"score":100}}}}', argo.OK),
    (200, '{"complete":true,"result":{"judgeResult":{"score":{"score":90}}}}', argo.OK),
    (200, '{"complete":true,"result":{"judgeResult":{"score":{"score":89.9}}}}', argo.INCONCLUSIVE),
    (200, '{"complete":true,"result":{"judgeResult":{"score":{"score":75}}}}', argo.INCONCLUSIVE),
    (200, '{"complete":true,"result":{"judgeResult":{"score":{"score":0}}}}', argo.FAILED),
    (200, '{"complete":false}', None),
    (200, '{"complete":true}', argo.ERROR),
    (200, '{"result":{"judgeResult":{"score":{"score":100}}}}', argo.ERROR),
    (201, '{"complete":true,"result":{"judgeResult":{"score":{"score":100}}}}', argo.ERROR),
    (404, '{"error":"none","hint":""}', argo.ERROR),
    (200, '', argo.ERROR),
]
BY_VERDICT = {"pass": argo.OK, "hold": argo.INCONCLUSIVE, "fail": argo.FAILED, "abort": argo.FAILED}


def check_kayenta(tally, answers):
    """A pass alone is Successful; a hold waits where there is no middle."""
    for status, body, want in KAYENTA:
        got = kayenta.polled(status, body, 90, 75)
        tally.tell(f"kayenta {status} {body}", got == want, got)
    for a in answers:
        _, pass_, marginal = a["view"].split()
        want = BY_VERDICT.get(a["what"], argo.ERROR)
        if a["what"] == "unjudged" or (a["what"] == "hold" and pass_ == marginal):
            want = None
        got = kayenta.polled(a["status"], a["body"], int(pass_), int(marginal))
        tally.tell(f"{a['view']}: {a['what']}", got == want, f"{got}: {a['body']}")
    tally.tell("kayenta: each verdict is there", {a["what"] for a in answers} >= set(BY_VERDICT))


### our template

def our_metric(build):
    with tempfile.TemporaryDirectory() as folder:
        config, template = os.path.join(folder, "c.yaml"), os.path.join(folder, "t.yaml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG)
        made = subprocess.run([os.path.join(build, "verdictd"), "template", "argo", "--service",
                               "reviews", "--config", config], timeout=60, capture_output=True)
        if made.returncode:
            raise SystemExit(made.stderr.decode())
        with open(template, "wb") as file:
            file.write(made.stdout)
        r = subprocess.run([os.path.join(build, "tests", "yaml2json"), template], timeout=60,
                           check=True, capture_output=True)
    return next(d for d in json.loads(r.stdout) if d["kind"] == "AnalysisTemplate")["spec"]["metrics"][0]


def promised(words):
    """By docs/RECIPES.md: two passes in a row promote, a fail or an abort fails, the fifth error in
    a row is Error, the nineteenth hold Inconclusive, and so are 20 measurements without an end."""
    passes = holds = errors = count = 0
    for word in words:
        passes, errors = (passes + 1) * (word == "pass"), (errors + 1) * (word == "refused")
        holds, count = holds + (word == "hold"), count + (word != "refused")
        if word in ("fail", "abort"):
            return argo.FAILED
        for full, phase in ((holds > 18, argo.INCONCLUSIVE), (errors > 4, argo.ERROR),
                            (passes == 2, argo.OK), (count == 20, argo.INCONCLUSIVE)):
            if full:
                return phase
    return None


def sequences(chance):
    for words in itertools.product(VERDICTS + ["refused"], repeat=3):
        yield list(words)
    yield from (["hold"] * 18 + ["pass", "pass"], ["hold"] * 19, ["pass", "hold"] * 10,
                ["refused"] * 5, ["refused"] * 4 + ["pass", "pass"])
    for _ in range(300):
        weights = [chance.random() for _ in VERDICTS] + [chance.random()]
        weights[2] *= 0.1
        weights[3] *= 0.1
        yield chance.choices(VERDICTS + ["refused"], weights, k=40)


def check_template(tally, spec, ours):
    chance = random.Random(20261123)
    for view in ("full", "brief"):
        pool = {v: [b for b in ours if b["what"] == v and (b["view"] == view or v == "refused")]
                for v in VERDICTS + ["refused"]}
        for words in sequences(chance):
            answers = [chance.choice(pool[w]) for w in words]
            for version in (argo.HEAD, argo.V191):
                run, _ = played(spec, [(a["status"], a["body"]) for a in answers], version)
                tally.tell(f"{version} {view} {' '.join(words)}", run.phase == promised(words), run.phase)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=os.environ.get("BUILD_DIR", os.path.join(ROOT, "build")))
    parser.add_argument("--print-table", action="store_true")
    options = parser.parse_args()
    build = os.path.abspath(options.build)
    ours = bodies(build)
    polls = [b for b in ours if b["view"].startswith("kayenta")]
    ours = [b for b in ours if b not in polls]
    if options.print_table:
        print(table(ours), end="")
        return
    tally = Tally()
    check_probe(tally, read("argo_probe_head.txt"), argo.HEAD)
    check_probe(tally, read("argo_probe_v1.9.1.txt"), argo.V191)
    check_loops(tally, read("argo_analysisrun_loop.txt"))
    check_bodies(tally, ours)
    check_kayenta(tally, polls)
    check_table(tally, table(ours))
    check_open_templates(tally, build)
    check_template(tally, our_metric(build), ours)
    print(f"{tally.good} passed, {tally.bad} failed")
    sys.exit(1 if tally.bad or not tally.good else 0)


main()
