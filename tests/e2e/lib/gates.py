"""Clients of the gates, as Argo Rollouts and Flagger ask; every 2xx is read strictly."""
import http.client
import json
import time
import urllib.parse

from lib import strict

# The question that most cases ask.
ASK = {"service": "reviews", "namespace": "default", "canary": "v2", "stable": "v1"}
VERDICTS = ("pass", "hold", "fail", "abort")
CHECKS = {"error_rate", "latency", "slo_success_rate", "slo_latency", "success_rate", "p95",
          "client_errors", "split", "mesh", "guard", "data"}
HEAD = ("verdict", "reason", "message", "id", "run")
NAMES = ("service", "namespace", "canary", "stable", "revision", "evaluated_at", "policy")


class Answer:
    """One HTTP answer: code, lower-case headers, body; json where it is a 2xx."""

    def __init__(self, code, headers, body, seconds):
        self.code, self.headers, self.body, self.seconds = code, headers, body, seconds
        self.json = None

    def __repr__(self):
        return f"{self.code} {self.body[:700]!r}"


def request(port, method, path, body=None, headers=None, timeout=15):
    """One exchange on a connection of its own; an error of the connection is an OSError
    or an http.client.HTTPException."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    begin = time.monotonic()
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        data = response.read()
        header = {k.lower(): v for k, v in response.getheaders()}
    finally:
        connection.close()
    return Answer(response.status, header, data, time.monotonic() - begin)


def read_strictly(answer, what):
    """api.md's rules for every gate: fills answer.json of a 2xx, else fails."""
    assert not 300 <= answer.code < 400, f"{what}: a redirect: {answer}"
    assert answer.code != 204, f"{what}: 204"
    assert "content-length" in answer.headers, f"{what}: no Content-Length"
    assert int(answer.headers["content-length"]) == len(answer.body), f"{what}: wrong length"
    assert answer.body, f"{what}: empty body: {answer}"
    if not 200 <= answer.code < 300:
        return answer
    kind = answer.headers.get("content-type", "")
    assert kind.split(";")[0] == "application/json", f"{what}: Content-Type {kind}"
    try:
        answer.json = strict.parse(answer.body)
    except ValueError as error:
        raise AssertionError(f"{what}: not strict JSON: {error}: {answer}") from None
    assert isinstance(answer.json, dict), f"{what}: not an object: {answer}"
    assert strict.no_null(answer.json), f"{what}: a null: {answer}"
    return answer


def check_verdict(j, brief=False):
    """The shape of an Argo answer (api.md)."""
    for key in HEAD + (() if brief else NAMES):
        assert isinstance(j.get(key), str), f"{key} missing: {j}"
    assert j["verdict"] in VERDICTS, j
    assert j["pass"] is (j["verdict"] == "pass") and j["abort"] is (j["verdict"] == "abort"), j
    message = j["message"]
    assert message.isascii() and len(message) <= 200 and not set(message) & set("<>&"), message
    if brief:
        assert set(j) == set(HEAD) | {"pass", "abort"}, j
        return
    assert isinstance(j["age_ms"], int) and j["age_ms"] >= 0, j
    assert isinstance(j["user_view"], bool), j
    assert CHECKS <= set(j["checks"]), j
    for name, check in j["checks"].items():
        assert check["verdict"] in VERDICTS and isinstance(check["required"], bool), (name, check)
        assert isinstance(check["reason"], str), (name, check)


class Gates:
    """Both doors and the history of one daemon."""

    def __init__(self, port, token=None):
        self.port = port
        self.headers = {"Authorization": "Bearer " + token} if token else {}

    def request(self, method, path, body=None, headers=None):
        return request(self.port, method, path, body, {**self.headers, **(headers or {})})

    def ask(self, method, path, body=None, headers=None):
        return read_strictly(self.request(method, path, body, headers), f"{method} {path[:200]}")

    def argo_raw(self, get=False, **keys):
        if get:
            return self.ask("GET", "/v1/argo/verdict?" + urllib.parse.urlencode(keys))
        return self.ask("POST", "/v1/argo/verdict", json.dumps(keys).encode(),
                        {"Content-Type": "application/json"})

    def argo(self, get=False, **keys):
        """The verdict as the web metric of an AnalysisTemplate reads it."""
        answer = self.argo_raw(get, **keys)
        assert answer.code == 200, f"argo {keys}: {answer}"
        if keys.get("view") == "brief":
            assert len(answer.body) < 1024, answer
        check_verdict(answer.json, keys.get("view") == "brief")
        assert answer.headers.get("x-verdict-id", "") == answer.json["id"], answer.headers
        assert answer.headers.get("cache-control") == "no-store", answer.headers
        return answer.json

    def flagger(self, hook, service, checksum="5856f9f9cf", namespace="default",
                phase="Progressing", **metadata):
        """One webhook, the payload of Flagger's pkg/controller/webhook.go."""
        payload = {"name": service, "namespace": namespace, "phase": phase, "checksum": checksum,
                   "metadata": metadata}
        answer = self.ask("POST", "/v1/flagger/" + hook, json.dumps(payload).encode(),
                          {"Content-Type": "application/json"})
        if answer.code >= 400:
            kind = answer.headers.get("content-type", "")
            assert kind.startswith("text/plain"), f"{hook}: {kind}"
            assert answer.body.strip().count(b"\n") == 0, answer
        assert answer.code < 500 and answer.code != 429, f"{hook}: {answer}"
        return answer

    def get(self, path):
        answer = self.ask("GET", path)
        assert answer.code == 200, f"GET {path}: {answer}"
        return answer.json

    def runs(self, **filters):
        return self.get("/v1/runs?" + urllib.parse.urlencode(filters))["runs"]

    def intervals(self, run):
        """All of a run, oldest first."""
        return self.get(f"/v1/runs/{run}/intervals?limit=500")["intervals"]
