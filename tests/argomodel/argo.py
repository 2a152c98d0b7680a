"""What Argo Rollouts makes of an answer of its web provider, and of a row of them.

The rules are those of metricproviders/webmetric, utils/evaluate and analysis/analysis.go, master
(HEAD) and v1.9.1; check.py holds them against what the real code did.
"""
import json
import math
import re

import expr

HEAD, V191 = "HEAD", "v1.9.1"
OK, FAILED, INCONCLUSIVE, ERROR, PANIC = "Successful", "Failed", "Inconclusive", "Error", "PANIC"


class Missing(Exception):
    """The jsonPath finds nothing: the measurement is an Error."""


def strict(text):
    """A JSON text by RFC 8259, numbers as float64; ValueError for anything else."""
    def refuse(word):
        raise ValueError(word)

    return json.loads(text, parse_int=float, parse_constant=refuse)


def stored(value):
    """As Go's json.Marshal writes it: keys sorted, compact, <>& escaped."""
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return str(int(value))
    if isinstance(value, dict):
        return "{" + ",".join(f"{stored(k)}:{stored(value[k])}" for k in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(stored, value)) + "]"
    text = json.dumps(value, ensure_ascii=False)
    return re.sub("[<>&]", lambda m: f"\\u{ord(m[0]):04x}", text)


STEP = re.compile(r'\.\.(?P<deep>\w+)|\.(?P<key>\w+)|\[(?P<at>\d+)\]|(?P<each>\[\*\])'
                  r'|\[\?\(@\.(?P<by>\w+)=="(?P<is>[^"]*)"\)\]')


def below(value, key):
    if isinstance(value, dict):
        yield from ([value[key]] if key in value else [])
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else []:
        yield from below(inner, key)


def one_step(values, step):
    found = []
    for value in values:
        if step["deep"]:
            found += below(value, step["deep"])
        elif step["key"]:
            if not isinstance(value, dict) or step["key"] not in value:
                raise Missing(f"{step['key']} is not found")
            found.append(value[step["key"]])
        elif step["at"]:
            if not isinstance(value, list) or int(step["at"]) >= len(value):
                raise Missing("array index out of bounds")
            found.append(value[int(step["at"])])
        elif step["each"]:
            found += value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
        elif not isinstance(value, list):
            raise Missing("it is not array or slice and cannot be filtered")
        else:
            found += [i for i in value if isinstance(i, dict) and i.get(step["by"]) == step["is"]]
    return found


def selected(document, path):
    """client-go's jsonpath: without braces it is a text; of several hits the first."""
    if not path.startswith("{"):
        return path
    if not path.endswith("}"):
        raise Missing("unclosed action")
    rest, values = path[2:-1], [document]
    while rest:
        step = STEP.match(rest)
        if not step:
            raise Missing(f"the model does not know {rest}")
        values, rest = one_step(values, step.groupdict()), rest[step.end():]
    if not values:
        raise Missing("result of web metric produced no value")
    return values[0]


def assessed(result, success, failure):
    """utils/evaluate: a failure condition wins; without any condition all is well."""
    good = not success or expr.holds(success, result)
    bad = bool(failure) and expr.holds(failure, result)
    if bad:
        return FAILED
    if success and not good:
        return INCONCLUSIVE if failure else FAILED
    return OK


def measure(status, body, path="{$}", success=None, failure=None, version=HEAD):
    """(phase, stored value, message). status None: no whole answer came."""
    if status is None:
        return ERROR, "", "no answer"
    if not 200 <= status < 300:
        return ERROR, "", f"received non 2xx response code: {status}"
    try:
        document = strict(body)
    except ValueError:
        if version == V191:  # up to v1.10.0-rc1 the conditions are not looked at
            return OK, body, ""
        return by_conditions(body, body, success, failure)
    if document is None and path == "{$}":
        return PANIC, "", ""
    try:
        result = selected(document, path)
    except Missing as why:
        return ERROR, "", str(why)
    return by_conditions(result, stored(result), success, failure)


def by_conditions(result, value, success, failure):
    try:
        return assessed(result, success, failure), value, ""
    except expr.Wrong as why:
        return ERROR, "", str(why)


class Metric:
    """spec.metrics[] of an AnalysisTemplate, by the names of its keys."""

    def __init__(self, spec):
        web = spec["provider"]["web"]
        self.name = spec["name"]
        self.count = int(spec.get("count", 0 if "interval" in spec else 1))
        self.limit = {"failed": int(spec.get("failureLimit", 0)),
                      "inconclusive": int(spec.get("inconclusiveLimit", 0)),
                      "consecutiveError": int(spec.get("consecutiveErrorLimit", 4))}
        self.wanted = int(spec.get("consecutiveSuccessLimit", 0))
        self.path = web.get("jsonPath", "{$}")
        self.conditions = spec.get("successCondition"), spec.get("failureCondition")


COUNTER = {OK: "successful", FAILED: "failed", INCONCLUSIVE: "inconclusive", ERROR: "error"}
PASSED_LIMIT = [("failed", "failureLimit", FAILED), ("inconclusive", "inconclusiveLimit", INCONCLUSIVE),
                ("consecutiveError", "consecutiveErrorLimit", ERROR)]


class Run:
    """An AnalysisRun of one metric. phase is None while it runs."""

    def __init__(self, metric, version=HEAD):
        self.metric, self.version = metric, version
        self.n = dict.fromkeys(("count", "successful", "failed", "inconclusive", "error",
                                "consecutiveError", "consecutiveSuccess"), 0)
        self.phase, self.message, self.measurements = None, "", []

    def answered(self, status, body):
        phase, value, message = measure(status, body, self.metric.path, *self.metric.conditions,
                                        self.version)
        self.measurements.append((phase, value))
        if phase == PANIC:
            self.phase = PANIC
            return
        n = self.n
        n[COUNTER[phase]] += 1
        n["count"] += phase != ERROR
        n["consecutiveError"] = n["consecutiveError"] + 1 if phase == ERROR else 0
        n["consecutiveSuccess"] = n["consecutiveSuccess"] + 1 if phase == OK else 0
        self.assess(message)

    def assess(self, message):
        m, n = self.metric, self.n
        for counter, name, phase in PASSED_LIMIT:
            limit = m.limit[counter]
            if limit != -1 and n[counter] > limit:
                what = "consecutiveErrors" if counter == "consecutiveError" else counter
                self.phase = phase
                self.message = (f'Metric "{m.name}" assessed {phase} due to {what} ({n[counter]})'
                                f' > {name} ({limit})')
                if phase == ERROR:
                    self.message += f': "Error Message: {message}"'
                return
        if m.wanted and n["consecutiveSuccess"] >= m.wanted:
            self.phase = OK
        elif m.count and n["count"] >= m.count:
            self.phase = OK
            if m.wanted:
                self.phase = FAILED if m.limit["failed"] == -1 else INCONCLUSIVE

    def terminated(self):
        """The rollout ended before the run did."""
        if not self.phase:
            self.phase, self.message = OK, "Run Terminated"
