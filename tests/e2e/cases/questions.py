"""What callers say: hostile values, noise, names nobody knows, tokens."""
import json
import os
import random
import re
import urllib.parse

from lib import scenario
from lib.case import case
from lib.gates import ASK, CHECKS, Gates, check_verdict
from lib.wait import until

HOSTILE = ['"} or vector(0) #', "v2\"} or vector(1) or x{y=\"", "\\", "v2\\\"}", "'",
           "`} or vector(0)", ".*", "v2|v1", "$1", "%s%n", "<script>&amp;",
           "\u202e\U0001f4a9\u00e9", "a,b", "(?i)x", "{}", "null", "x" * 253]
STRING = re.compile(r'"(?:\\.|[^"\\])*"')


def skeletons(prometheus):
    """The shapes of all that was asked, string literals taken out."""
    return {STRING.sub('""', q) for q in prometheus.queries()}


def parts(queries):
    return {part for query in queries for part in query.split("\nor\n")}


@case("quick", 45)
def hostile_values_change_no_query(c):
    """Each value on each side and under keys whose value is part of the query."""
    services = [{"name": f"key-{key.replace('_', '-')}", "namespace": "default",
                 "versions": {"key": key}}
                for key in ("revision", "workload", "service", "pod_template_hash")]
    _, prometheus, d = c.world(scenario.service(100, 20), services=services,
                               max_new_runs_per_minute=10000,
                               unknown_services={"allow": ["default"]})
    for service in services:
        plain = {"service": service["name"], "namespace": "default", "canary": "v2",
                 "revision": "plain"}
        d.gates.argo(**plain, stable="v1")
        d.gates.argo(**{**plain, "revision": "plain 2"})
    until("plain questions are asked", lambda: len(skeletons(prometheus)) >= 4, 20)
    usual = skeletons(prometheus) | {STRING.sub('""', "sum(up)")}
    runs = []
    for n, value in enumerate(HOSTILE):
        for service in services:
            ask = {"service": service["name"], "namespace": "default"}
            for i, sides in enumerate(({"canary": value}, {"canary": "v2", "stable": value},
                                       {"canary": value, "stable": ("b" + value)[:253]})):
                j = d.gates.argo_raw(get=n % 2 == 1, revision=f"r{n}.{i}", **{**ask, **sides})
                assert j.code in (200, 400), j
                if j.code == 200:
                    check_verdict(j.json)
                    assert j.json["verdict"] == "hold", j
                    runs.append(j.json["run"])
        for key in ("service", "namespace", "policy", "source", "preset", "weight",
                    "stage", "phase", "view"):
            answer = d.gates.argo_raw(**{**ASK, "revision": f"k{n}", key: value})
            assert answer.code in (200, 400, 404), (key, value, answer)
            if answer.code == 200:
                assert answer.json["verdict"] == "hold", (key, value, answer)
        # "null" and "x" are names that a label may have: another query, by right.
        if not value.isidentifier():
            assert d.gates.argo_raw(**ASK, revision="key", key=value).code == 400, value
        answer = d.gates.flagger("rollback", "reviews", f"f{n}", canary=value, stable="v1")
        assert answer.code in (400, 409), answer
        assert d.gates.flagger("confirm-traffic-increase", value, f"f{n}").code < 500
    assert len(runs) > 150, len(runs)

    def asked():
        text = "\n".join(prometheus.queries())
        return all(json.dumps(v, ensure_ascii=False) in text
                   for v in (HOSTILE[0], HOSTILE[1], HOSTILE[3], "%s%n"))

    until("hostile values were asked for, quoted", asked, 30)
    # Parts about proxies' statistics are left out where a name is no host name.
    new = parts(skeletons(prometheus)) - parts(usual)
    assert not new, new
    for run in d.gates.runs(limit=500):
        assert run["reason"] != "source_error", f"Prometheus took offence: {run}"
    assert not d.events("bad query"), d.events("bad query")[:3]


class Noise:
    """Seeded: a failure can be repeated."""

    WORDS = ["v1", "v2", "reviews", "default", "", " ", "step", "promote", "full", "brief", "0",
             "-0", "1e308", "1e999", "NaN", "Infinity", "-1", "100", "100.0000001", "0x10", "５",
             "null", "true", "{{args.x}}", "\u0000", "\n", "\ud7ff", "\U0010ffff", "\ufeff",
             "e\u0301" * 30, "x" * 254, "y" * 5000, "<&>\"'\\", "/../", "%00", "revision",
             "workload", "pod_template_hash", "le", "reporter", "istio"]
    KEYS = ["service", "namespace", "canary", "stable", "baseline", "key", "revision", "stage",
            "weight", "policy", "preset", "source", "phase", "token", "view", "on_hold", "Service",
            "checks", "", "\u00e9", "x" * 300]

    def __init__(self, seed):
        self.r = random.Random(seed)

    def value(self, depth=0):
        kind = self.r.randrange(9 if depth < 4 else 6)
        if kind < 3:
            return self.r.choice(self.WORDS)
        if kind == 3:
            return self.r.choice([0, -1, 5, 1 << 70, 2.5, 1e308, -1e-320, float("nan"),
                                  float("inf")])
        if kind == 4:
            return self.r.choice([None, True, False])
        if kind == 5:
            ranges = [(32, 127), (160, 0xd7ff), (0x10000, 0x10ffff)]
            return "".join(chr(self.r.randrange(*self.r.choice(ranges)))
                           for _ in range(self.r.randrange(20)))
        if kind == 6:
            return [self.value(depth + 1) for _ in range(self.r.randrange(4))]
        return {self.r.choice(self.KEYS): self.value(depth + 1)
                for _ in range(self.r.randrange(4))}

    def question(self):
        """Mostly a good one with something wrong about it."""
        q = dict(ASK)
        for _ in range(self.r.randrange(4)):
            q[self.r.choice(self.KEYS)] = self.value()
        if self.r.random() < 0.2:
            q.pop(self.r.choice(list(ASK)), None)
        return q

    def body(self, q):
        data = json.dumps(q, ensure_ascii=self.r.random() < 0.5).encode("utf-8", "surrogatepass")
        how = self.r.randrange(14)
        if how == 0:
            return data[:self.r.randrange(len(data))]
        if how == 1:
            at = self.r.randrange(len(data))
            return data[:at] + bytes([self.r.randrange(256)]) + data[at + 1:]
        if how == 2:
            return data[:-1] + b', "canary": "v2", "canary": "v3"}'
        if how == 3:
            return self.r.choice([b"", b"null", b"[]", b"0", b'"x"', b"[" * 60000, b"\xff\xfe",
                                  b'{"service":"\\ud800"}', b'{"a":' * 3000, data + data])
        if how == 4:
            return data[:-1] + b', "pad": "' + b"x" * self.r.choice([1000, 70000, 600000]) + b'"}'
        return data

    def path(self):
        pick = self.r.randrange(5)
        if pick == 0:
            return "/v1/runs?" + urllib.parse.urlencode({self.r.choice(
                ["namespace", "service", "state", "verdict", "since", "limit", "after", "x"]):
                self.word() for _ in range(self.r.randrange(3))})
        if pick == 1:
            return "/v1/runs/" + self.r.choice(["0" * 26, "x", "01JD", self.word()]) + \
                self.r.choice(["", "/intervals", "/x"])
        if pick == 2:
            return f"/v1/services/{self.word()}/{self.word()}/versions"
        if pick == 3:
            return "/v1/verdicts?" + urllib.parse.urlencode({"verdict": self.word()})
        return self.r.choice(["/", "//", "/v1", "/v1/argo", "/-/ready", "/-/healthy", "/metrics",
                              "/v1/argo/verdict/", "/v1/flagger/", "/%ff", "/" + "a" * 5000])

    def word(self):
        return urllib.parse.quote(str(self.r.choice(self.WORDS)).encode("utf-8", "replace"))


NOT_JSON = ("/", "/metrics")  # for a browser and for Prometheus


def ask_noise(gates, noise):
    """One random question; its code, or None where the server hung up on a body too large."""
    door = noise.r.randrange(4)
    q = noise.question()
    try:
        if door == 0:
            keys = {k: v if isinstance(v, str) else json.dumps(v) for k, v in q.items()}
            answer = gates.ask("GET", "/v1/argo/verdict?" + urllib.parse.urlencode(
                keys, errors="replace"))
        elif door == 1:
            answer = gates.ask("POST", "/v1/argo/verdict", noise.body(q))
        elif door == 2:
            hook = noise.r.choice(["confirm-rollout", "pre-rollout", "rollout", "rollback", "event",
                                   "confirm-traffic-increase", "confirm-promotion", "post-rollout",
                                   "rollbak", ""])
            payload = {"name": noise.r.choice(["reviews", noise.value()]), "namespace": "default",
                       "phase": "Progressing", "checksum": noise.r.choice(["c1", noise.value()]),
                       "metadata": noise.r.choice([q, noise.value()])}
            answer = gates.ask("POST", "/v1/flagger/" + hook, noise.body(payload))
            assert hook != "rollback" or answer.code >= 400, f"rolls back: {payload} {answer}"
        else:
            path = noise.path()
            ask = gates.request if path in NOT_JSON else gates.ask
            answer = ask(noise.r.choice(["GET", "GET", "POST", "PUT", "DELETE"]), path)
    except (ConnectionError, TimeoutError) as error:
        assert isinstance(error, ConnectionError) and door in (1, 2), f"{error!r}: {q}"
        return None
    if door < 2 and answer.code == 200:
        check_verdict(answer.json, brief="checks" not in answer.json)
    assert answer.code < 500, f"{q}: {answer}"
    return answer.code


def fuzz(c, seed, rounds):
    _, _, d = c.world(scenario.service(1000, 30), max_new_runs_per_minute=10000,
                      clients={"requests_per_second": 0},
                      services=[{"name": "reviews", "namespace": "default",
                                 "caller_may": ["policy", "preset", "source", "phase"]}])
    noise, codes = Noise(seed), {}
    for _ in range(rounds):
        code = ask_noise(d.gates, noise)
        codes[code] = codes.get(code, 0) + 1
    assert codes.get(200, 0) > rounds / 20 and codes.get(400, 0) > rounds / 20, codes
    assert not d.process.ended() and d.ready()
    assert d.process.peak_rss_mib() < 200, d.process.peak_rss_mib()
    for run in d.gates.runs(limit=500):
        d.gates.get("/v1/runs/" + run["id"])
        d.gates.get("/v1/runs/" + run["id"] + "/intervals")
    d.gates.get("/v1/verdicts?limit=500")
    d.gates.get("/v1/services/default/reviews/versions")


@case("quick", 30)
def noise_at_the_gates_gets_strict_answers(c):
    fuzz(c, 1, 2000)


@case("long", 60)
def more_noise_at_the_gates_gets_strict_answers(c):
    fuzz(c, 2, 20000)


@case("quick", 5)
def unknown_service_is_refused(c):
    d = c.daemon("http://127.0.0.1:1")
    answer = d.gates.argo_raw(**{**ASK, "service": "nobody"})
    assert answer.code == 404 and "nobody" in answer.body.decode(), answer
    assert d.gates.argo_raw(**{**ASK, "namespace": "elsewhere"}).code == 404
    for hook in ("confirm-rollout", "pre-rollout", "rollout", "confirm-traffic-increase",
                 "confirm-promotion", "rollback"):
        answer = d.gates.flagger(hook, "nobody")
        assert answer.code == 409 and b"nobody" in answer.body, (hook, answer)
    assert d.gates.flagger("event", "nobody", eventMessage="x", eventType="Normal",
                           timestamp="1").code == 202
    assert d.gates.runs() == []
    j = d.gates.argo(**ASK)
    assert set(j["checks"]) == CHECKS and j["verdict"] == "hold", j
    until("a source that is not there", lambda: d.gates.argo(**ASK)["reason"] ==
          "source_unreachable", 20)


@case("quick", 5)
def tokens_are_asked_for(c):
    token = "s3cret-" + "0123456789abcdef" * 2
    path = os.path.join(c.directory, "tokens")
    with open(path, "w", encoding="ascii") as f:
        f.write(token + "\n")
    d = c.daemon("http://127.0.0.1:1", tokens_file=path, token=token)
    assert d.gates.argo(**ASK)["verdict"] == "hold"
    for wrong in (None, "wrong", token[:-1], token + "x"):
        bare = Gates(d.gates.port, wrong)
        for answer in (bare.argo_raw(**ASK), bare.argo_raw(get=True, **ASK),
                       bare.flagger("rollback", "reviews"), bare.ask("GET", "/v1/runs")):
            assert answer.code == 401, (wrong, answer)
        assert bare.ask("GET", "/-/healthy").code == 200
    # Callers that cannot send headers.
    bare = Gates(d.gates.port)
    assert bare.argo(**ASK, token=token)["verdict"] == "hold"
    assert bare.argo(get=True, **ASK, token=token)["verdict"] == "hold"
    assert bare.flagger("rollback", "reviews", "v2", canary="v2", stable="v1",
                        token=token).body != b"" and bare.flagger(
        "confirm-rollout", "reviews", "v2", canary="v2", stable="v1", token=token).code == 200
    assert bare.argo_raw(**ASK, token="wrong").code == 401
    # Other tokens in the same file, by SIGHUP; a file that cannot be read changes nothing.
    fresh = "fresh-" + token
    with open(path, "w", encoding="ascii") as f:
        f.write(fresh + "\n")
    assert "event=reloaded" in d.reload()
    assert bare.argo(**ASK, token=fresh) and bare.argo_raw(**ASK, token=token).code == 401
    os.remove(path)
    assert "event=reload_refused" in d.reload()
    assert bare.argo(**ASK, token=fresh) and bare.argo_raw(**ASK).code == 401
    d.config.pop("tokens_file")
    d.write_config()
    assert "event=reload_refused" in d.reload()
    assert bare.argo(**ASK, token=fresh) and bare.argo_raw(**ASK).code == 401
    d.process.stop()
    kept = [d.process.log().encode()]
    for root, _, files in os.walk(d.config["data_dir"]):
        for name in files:
            with open(os.path.join(root, name), "rb") as f:
                kept.append(f.read())
    assert not any(token.encode() in part for part in kept), "the token was kept or logged"


@case("quick", 5)
def only_loopback_needs_no_token(c):
    for listen in ("0.0.0.0:0", "[::]:0"):
        d = c.daemon("http://127.0.0.1:1", listen=listen, start=False, name="open")
        d.spawn()
        assert d.process.popen.wait(20) == 1, listen
        assert "tokens_file" in d.process.log() and not os.path.exists(d.port_path), listen
        code, out, err = d.command("check-config", d.config_path, config=False)
        assert code == 1 and "tokens_file" in out + err, (code, out, err)
        d.process = None
