"""docs/openapi.yaml beside a real daemon: requests that are right, and others, for each operation."""
import http.client
import json
import random
import urllib.parse

from lib import scenario, strict
from lib.case import case
from lib.gates import ASK, request
from lib.openapi import Document
from lib.wait import until

WORDS = ["reviews", "default", "v1", "v2", "revision", "a", "", "x" * 254, "\u00e4", "{{args.x}}",
         "<no value>", "%", "../..", "' or 1=1 --", "null", "0", "-1", "1e309", "\U0001f4a9"]
JUNK = [None, True, -1, 10 ** 30, 1.5, "", "x" * 300, [], {}, ["a"], {"a": {"b": {"c": {"d": 1}}}}]
# Keys of a question that this service does not let its caller choose, or that contradict others.
REFUSED_HERE = {"policy", "preset", "source", "phase", "key", "baseline", "canary"}
FORM = {"query": "up", "start": "1795381982", "end": "1795382042", "step": "15", "match[]": "up"}
BODIES = [b"", b"{", b"[]", b"null", b"\xff\xfe", b"{\"a\":1,\"a\":2}", b"[" * 200, b"x=1&x=%zz"]


class Maker:
    """Values by a schema; by chance others than it says."""

    def __init__(self, document, seed, known):
        self.document, self.chance, self.known = document, random.Random(seed), known

    def text(self, schema):
        pattern = schema.get("pattern", "")
        if "HJKMNP" in pattern:
            return self.known["run"]
        if "smhd" in pattern:
            return self.chance.choice(["30s", "5m", "1h"])
        if "s$" in pattern:
            return "1s"
        return self.chance.choice(["reviews", "default", "v2", "v1", "revision", "ada"])

    def value(self, schema, name=""):
        schema = self.document.follow(schema)
        if name in ASK:
            return ASK[name]
        if "enum" in schema:
            return self.chance.choice(schema["enum"])
        kind = schema.get("type")
        if kind == "object":
            keys = schema.get("properties", {})
            wanted = [k for k in keys if k in schema.get("required", []) or self.chance.random() < 0.2]
            if "canary" in keys:
                wanted = [k for k in wanted if k not in REFUSED_HERE] + ["canary"]
            return {k: self.value(keys[k], k) for k in wanted}
        if kind in ("integer", "number"):
            return self.chance.randint(schema.get("minimum", 0), min(schema.get("maximum", 9), 50))
        return {"boolean": True, "array": []}.get(kind, self.text(schema))

    def other(self, value):
        """Something near it that it is not."""
        if not isinstance(value, dict):
            return self.chance.choice(WORDS)
        value = dict(value)
        key = self.chance.choice(sorted(value) + ["wieght"])
        if self.chance.random() < 0.4:
            value.pop(key, None)
        else:
            value[key] = self.chance.choice(JUNK + WORDS)
        return value

    def parameter(self, p, right):
        if not right and self.chance.random() < 0.5:
            return self.chance.choice(WORDS)
        if p["name"] in self.known and self.chance.random() < 0.9:
            return self.known[p["name"]]
        return str(p["example"]) if "example" in p else str(self.value(p["schema"]))

    @staticmethod
    def _asks(operation, p):
        """A question in the query alone must be whole."""
        return operation["operationId"] == "argo_verdict_query" and p["name"] in ASK

    def _says_twice(self, operation, p):
        """What stands in the body and in the query must be the same."""
        return operation["operationId"] == "argo_verdict" and p["name"] != "view"

    def target(self, path, operation, right):
        query = []
        for p in operation["parameters"]:
            value = self.parameter(p, right)
            if p["in"] == "path":
                path = path.replace("{" + p["name"] + "}", urllib.parse.quote(value, safe=""))
            elif right and self._says_twice(operation, p):
                continue
            elif p.get("required") or self._asks(operation, p) or self.chance.random() < (0.05 if p["name"] == "wait" else 0.25):
                query.append((p["name"], value))
        if not right and self.chance.random() < 0.3:
            query.append((self.chance.choice(["colour", "limit", ""]), self.chance.choice(WORDS)))
        return path + ("?" + urllib.parse.urlencode(query) if query else "")

    def body(self, operation, right):
        content = operation.get("requestBody", {}).get("content")
        if not content:
            return None, {}
        kind, media = next(iter(content.items()))
        headers = {"Content-Type": kind}
        if not right and self.chance.random() < 0.3:
            return self.chance.choice(BODIES), headers
        value = self.value(media["schema"])
        if not right:
            value = self.other(value)
        if kind == "application/x-www-form-urlencoded":
            pairs = value if isinstance(value, dict) and value else FORM
            return urllib.parse.urlencode(pairs).encode(), headers
        if kind == "application/json":
            return json.dumps(value).encode(), headers
        return str(value).encode(), headers


def check_answer(document, operation, what, answer):
    responses = document.responses(operation)
    assert answer.code in responses, f"{what}: {answer} is not documented"
    assert answer.code < 500 or answer.code == 503, f"{what}: {answer}"
    content = responses[answer.code].get("content")
    if what.startswith("HEAD") or answer.code in (204, 304):
        assert not answer.body, f"{what}: a body: {answer}"
        return
    kind = answer.headers.get("content-type", "").split(";")[0]
    # A path that is none, or one refused before it was looked at, speaks its prefix's dialect.
    if answer.code in (400, 401, 403, 404, 405, 413, 429) and kind in ("text/plain", "application/json"):
        content = {kind: (content or {}).get(kind, {"schema": {}}), **(content or {})}
    assert content and (kind in content or "*/*" in content), f"{what}: {kind}: {answer}"
    if kind != "application/json":
        return
    try:
        value = strict.parse(answer.body)
    except ValueError as error:
        raise AssertionError(f"{what}: not strict JSON: {error}: {answer}") from None
    faults = document.faults(value, content[kind]["schema"])
    assert not faults, f"{what}: {faults[:3]}: {answer}"


def ask_all(d, document, maker, rounds):
    asked = {}
    for method, path, operation in document.operations():
        if operation.get("x-endless"):
            continue
        for n in range(rounds):
            right = n % 2 == 0
            target = maker.target(path, operation, right)
            body, headers = maker.body(operation, right)
            what = f"{method} {target[:200]} {(body or b'')[:200]}"
            try:
                answer = request(d.gates.port, method, target, body, headers)
            except http.client.HTTPException as error:
                raise AssertionError(f"{what}: {error}") from None
            check_answer(document, operation, what, answer)
            asked.setdefault((method, path), set()).add(answer.code)
    return asked


def run_with_everything(c, rounds, seed):
    _, _, d = c.world(scenario.service(100, 20), loadtester_gates=True)
    document = Document(c.build)
    run = d.gates.argo(**ASK)["run"]
    until("a verdict is judged", lambda: d.gates.argo(**ASK)["reason"] != "starting", 20)
    made = request(d.gates.port, "POST", f"/v1/runs/{run}/links", json.dumps(
        {"action": "veto", "by": "ada", "why": "in case"}))
    assert made.code == 200, made
    known = {"run": run, "link": json.loads(made.body)["path"].rsplit("/", 1)[1]}
    asked = ask_all(d, document, Maker(document, seed, known), rounds)
    # What is asked rightly is answered: of each path that a daemon like this one serves.
    for (method, path), codes in asked.items():
        # Events and hooks may have ended the run by the time that a person acts on it; no
        # message waits here for a target.
        if not path.startswith(("/canary", "/api/v1/write", "/api/v1/import", "/flagger", "/page",
                                "/v1/runs/{run}/", "/v1/links", "/v1/outbox")):
            assert codes & {200, 202, 204, 403, 409}, f"{method} {path}: {codes}"
    assert d.gates.argo(**{**ASK, "canary": "v3"})["verdict"] == "hold"


@case("quick", 40)
def what_openapi_says_is_so(c):
    run_with_everything(c, 8, 1)


@case("long", 150)
def what_openapi_says_is_so_at_length(c):
    for seed in range(2, 6):
        run_with_everything(c, 40, seed)
        c.check_alive()
        c.release()
