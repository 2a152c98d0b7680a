"""Strangers, smugglers, liars and floods; and that no secret is kept anywhere."""
import base64
import json
import os
import socket
import time

from lib.case import case
from lib.gates import ASK, request
from lib.raw import codes, exchange
from lib.wait import until

NOWHERE = "http://127.0.0.1:1"
BODY = json.dumps(ASK).encode()
PAYLOAD = json.dumps({"name": "reviews", "namespace": "default", "phase": "Progressing",
                      "checksum": "5856f9f9cf", "metadata": {}}).encode()
TOKENS = """reader-a1 read
gater-b2 gate
gater-other gate other
actor-c3 act,gate
writer-d4 write
"""
RUN = "01M83VRAEZSFT2GJ1KD2JJK62B"
# Every route that asks for a token, and which of the tokens above get in.
ROUTES = [
    ("POST", "/v1/argo/verdict", BODY, {"gater-b2", "actor-c3"}),
    ("GET", "/v1/argo/verdict?service=reviews&namespace=default&canary=v2&stable=v1", None,
     {"gater-b2", "actor-c3"}),
    ("POST", "/v1/flagger/rollback", PAYLOAD, {"gater-b2", "actor-c3"}),
    ("POST", "/v1/flagger/event", PAYLOAD, {"gater-b2", "actor-c3"}),
    ("GET", "/v1/runs", None, {"reader-a1"}),
    ("GET", "/v1/runs/" + RUN, None, {"reader-a1"}),
    ("GET", f"/v1/runs/{RUN}/intervals", None, {"reader-a1"}),
    ("GET", f"/v1/runs/{RUN}/timeline", None, {"reader-a1"}),
    ("POST", "/v1/runs", b"{}", {"actor-c3"}),
    ("POST", f"/v1/runs/{RUN}/override", b"{}", {"actor-c3"}),
    ("POST", f"/v1/runs/{RUN}/end", b"{}", {"actor-c3"}),
    ("POST", f"/v1/outbox/{RUN}/chat/retry", b"{}", {"actor-c3"}),
    ("POST", f"/v1/outbox/{RUN}/chat/drop", b"{}", {"actor-c3"}),
    ("GET", "/v1/verdicts", None, {"reader-a1"}),
    ("GET", "/v1/services/default/reviews/versions", None, {"reader-a1"}),
    ("GET", "/v1/services/default/reviews/placebos", None, {"reader-a1"}),
    ("GET", "/metrics", None, {"reader-a1"}),
    ("GET", "/api/v1/query?query=1", None, {"reader-a1"}),
    ("GET", "/prom/api/v1/query?query=1", None, {"reader-a1"}),
    ("GET", "/api/v1/status/config", None, {"reader-a1"}),
    ("GET", "/api/v1/status/flags", None, {"reader-a1"}),
    ("POST", "/api/v1/write", b"", {"writer-d4"}),
    ("POST", "/api/v1/import/prometheus", b"", {"writer-d4"}),
]


def with_tokens(c, text=TOKENS, **more):
    path = os.path.join(c.directory, "tokens")
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    return c.daemon(NOWHERE, tokens_file=path, **more)


def bearer(token):
    return {"Authorization": "Bearer " + token} if token else {}


@case("quick", 5)
def strangers_and_wrong_scopes_get_nowhere(c):
    d = with_tokens(c)
    known = [line.split()[0] for line in TOKENS.splitlines()]
    for method, path, body, allowed in ROUTES:
        for token in known + ["", "nobody", "reader-a", "reader-a11", "READER-A1", "x" * 300]:
            answer = request(d.gates.port, method, path, body, bearer(token))
            what = (method, path, token, answer)
            if token not in known:
                assert answer.code == 401, what
                assert "www-authenticate" in answer.headers, what
            elif token in allowed:
                assert answer.code not in (401, 403), what
            else:
                assert answer.code == 403, what
            assert not token or token.encode() not in answer.body, what
    # The Host and who it is asked for do not matter where tokens are.
    assert request(d.gates.port, "GET", "/v1/runs", None,
                   {**bearer("reader-a1"), "Host": "verdictd.prod.svc:8080"}).code == 200


def post(head, body=BODY, path="/v1/argo/verdict"):
    return (f"POST {path} HTTP/1.1\r\nHost: x\r\n".encode() + head +
            b"Content-Type: application/json\r\n\r\n" + body)


HIDDEN = b"GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n"
LENGTH = f"Content-Length: {len(BODY)}\r\n".encode()
SMUGGLED = {
    "CL and TE": post(LENGTH + b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n" + HIDDEN),
    "TE and CL": post(b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", b"0\r\n\r\n" + HIDDEN),
    "two CL": post(b"Content-Length: 0\r\n" + LENGTH, HIDDEN),
    "two equal CL": post(LENGTH + LENGTH, BODY + HIDDEN),
    "CL list": post(b"Content-Length: 0, 0\r\n", HIDDEN),
    "CL +0": post(b"Content-Length: +0\r\n", HIDDEN),
    "CL -1": post(b"Content-Length: -1\r\n", HIDDEN),
    "CL 0x0": post(b"Content-Length: 0x0\r\n", HIDDEN),
    "CL too large": post(b"Content-Length: 18446744073709551616\r\n", HIDDEN),
    "CL blank before colon": post(b"Content-Length : 0\r\n", HIDDEN),
    "TE blank before colon": post(b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n" + HIDDEN),
    "TE identity": post(b"Transfer-Encoding: identity\r\n", HIDDEN),
    "TE xchunked": post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n" + HIDDEN),
    "TE gzip, chunked": post(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n" + HIDDEN),
    "two TE": post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                   b"0\r\n\r\n" + HIDDEN),
    "TE in HTTP/1.0": b"POST /v1/argo/verdict HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"
                      b"0\r\n\r\n" + HIDDEN,
    "two Host": b"GET /-/healthy HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" + HIDDEN,
    "no Host": b"GET /-/healthy HTTP/1.1\r\n\r\n" + HIDDEN,
    "bare CR in a value": post(b"X: a\rContent-Length: 0\r\n", HIDDEN),
    "chunk size overflows": post(b"Transfer-Encoding: chunked\r\n",
                                 b"ffffffffffffffff1\r\n" + HIDDEN),
    "chunk size is negative": post(b"Transfer-Encoding: chunked\r\n", b"-1\r\n" + HIDDEN),
    "chunk size is no number": post(b"Transfer-Encoding: chunked\r\n", b"zz\r\n" + HIDDEN),
    "a line of no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + HIDDEN,
}


@case("quick", 10)
def nothing_hides_in_a_request(c):
    d = c.daemon(NOWHERE)
    for name, data in SMUGGLED.items():
        got, closed = exchange(d.gates.port, data, 2)
        found = codes(got)
        assert 200 not in found, f"{name}: {got!r}"
        # libmicrohttpd 0.9.75 writes the head of its own refusals twice.
        assert all(400 <= code < 500 for code in found), f"{name}: {got!r}"
        assert len(found) <= 1 or b"<html>" in got, f"{name}: {got!r}"
        assert closed, f"{name}: the connection was kept: {got!r}"
        assert d.ready() or d.gates.ask("GET", "/-/healthy").code == 200, name
    # What is in order goes on: two requests in one piece, and a folded line is one value.
    got, _ = exchange(d.gates.port, HIDDEN + HIDDEN, 1)
    assert codes(got) == [200, 200], got
    got, _ = exchange(d.gates.port, post(b"Transfer-Encoding: chunked\r\n",
                                         b"%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n") + HIDDEN, 1)
    assert codes(got) == [200, 200], got


TRICKS = ["//v1/runs", "/v1//runs", "/v1/runs/", "/v1/./runs", "/v1/../v1/runs", "/-/../v1/runs",
          "/-/healthy/../../v1/runs", "/%76%31/runs", "/v1%2fruns", "/v1/runs%00", "/v1/runs%2e",
          "/v1/runs;x=y", "/v1/runs;", "/V1/RUNS", "/page/../v1/runs", "/page/%2e%2e/v1/runs",
          "/page/..%2f..%2fetc%2fpasswd", "/page/....//etc/passwd", "/-/healthy%3f/../v1/runs",
          "/v1/runs%23", "/v1\\runs", "/prom/v1/runs", "/prom/prom/api/v1/query?query=1",
          "/prom/../v1/runs", "http://x/v1/runs", "https://x/v1/runs", "http://x//v1/runs",
          "http:///v1/runs", "//x/v1/runs", "*", "x:80", "v1/runs", "?", "/v1/runs?token=nobody",
          "/v1/runs?Authorization=Bearer%20reader-a1", "/v1/runs?access_token=reader-a1"]


@case("quick", 5)
def paths_and_methods_play_no_tricks(c):
    d = with_tokens(c)
    for path in TRICKS:
        for method in ("GET", "POST", "HEAD", "OPTIONS", "TRACE", "CONNECT", "BREW", "get"):
            got, _ = exchange(d.gates.port, f"{method} {path} HTTP/1.1\r\nHost: x\r\n"
                              "Connection: close\r\n\r\n".encode(), 2)
            assert codes(got) and all(400 <= code < 500 for code in codes(got)), \
                (method, path, got)
            assert b"root:" not in got and b'"runs"' not in got, (method, path, got)
    for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        answer = request(d.gates.port, "GET", f"/v1/runs/{RUN}/end", None,
                         {**bearer("actor-c3"), header: "POST"})
        assert answer.code == 405, (header, answer)
    for header in ("X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Host", "Forwarded"):
        answer = request(d.gates.port, "GET", "/-/healthy", None, {header: "/v1/runs"})
        assert answer.code == 200 and b"healthy" in answer.body, (header, answer)


@case("quick", 10)
def what_is_too_large_is_refused_and_the_rest_goes_on(c):
    d = c.daemon(NOWHERE)
    host = "Host: x\r\n"
    large = {
        "a long path": f"GET /{'a' * 100000} HTTP/1.1\r\n{host}\r\n",
        "a long query": f"GET /v1/runs?{'a=b&' * 20000} HTTP/1.1\r\n{host}\r\n",
        "many parameters": f"GET /v1/argo/verdict?{'a=b&' * 100} HTTP/1.1\r\n{host}\r\n",
        "a long header": f"GET /-/healthy HTTP/1.1\r\n{host}X: {'a' * 100000}\r\n\r\n",
        "a long name": f"GET /-/healthy HTTP/1.1\r\n{host}{'a' * 100000}: b\r\n\r\n",
        "many headers": f"GET /-/healthy HTTP/1.1\r\n{host}" +
                        "".join(f"X-{i}: b\r\n" for i in range(10000)) + "\r\n",
        "a long method": f"{'A' * 100000} / HTTP/1.1\r\n{host}\r\n",
        "a long length": f"POST /v1/argo/verdict HTTP/1.1\r\n{host}Content-Length: {1 << 40}\r\n\r\n",
        "a long body": f"POST /v1/argo/verdict HTTP/1.1\r\n{host}Content-Length: {2 << 20}\r\n\r\n" +
                       " " * (2 << 20),
        "a long chunk": f"POST /v1/argo/verdict HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n"
                        f"{2 << 20:x}\r\n" + " " * (2 << 20) + "\r\n0\r\n\r\n",
        "deep JSON": f"POST /v1/argo/verdict HTTP/1.1\r\n{host}Content-Length: 100000\r\n\r\n" +
                     "[" * 100000,
    }
    for name, data in large.items():
        got, _ = exchange(d.gates.port, data.encode(), 2)
        assert all(400 <= code < 500 for code in codes(got)), (name, got[:300])
        assert d.gates.argo(**ASK)["verdict"] == "hold", name


@case("quick", 5)
def other_pages_neither_read_nor_act(c):
    """A browser beside a daemon without tokens: forms of other sites, names made to lead here."""
    d = c.daemon(NOWHERE, public_host="canary.example")
    run = d.gates.argo(**ASK)["run"]
    port = d.gates.port
    act = json.dumps({"action": "veto", "by": "eve", "why": "x"}).encode()
    posts = [(f"/v1/runs/{run}/override", act), (f"/v1/runs/{run}/end", act), ("/v1/runs", BODY),
             ("/v1/argo/verdict", BODY), ("/v1/flagger/post-rollout", PAYLOAD),
             ("/api/v1/write", b""), ("/api/v1/import/prometheus", b"a 1\n")]
    for origin, host in (("https://evil.example", f"127.0.0.1:{port}"), ("null", f"127.0.0.1:{port}"),
                         ("http://evil.example", "evil.example"),  # rebound: of one name
                         (f"http://127.0.0.1:{port}.evil.example", f"127.0.0.1:{port}"),
                         ("http://localhost", f"127.0.0.1:{port}")):
        for path, body in posts:
            for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json"):
                answer = request(port, "POST", path, body, {"Origin": origin, "Host": host,
                                                            "Content-Type": kind})
                assert answer.code == 403, (origin, path, answer)
                assert "access-control-allow-origin" not in answer.headers, answer
        answer = request(port, "OPTIONS", f"/v1/runs/{run}/override", None,
                         {"Origin": origin, "Host": host,
                          "Access-Control-Request-Method": "POST"})
        assert answer.code >= 400 and "access-control-allow-origin" not in answer.headers, answer
    for path in ("/v1/runs", "/v1/runs/" + run, "/api/v1/query?query=1", "/metrics",
                 "/api/v1/status/config"):
        assert request(port, "GET", path, None, {"Host": "evil.example"}).code == 403, path
        for host in ("localhost", f"127.0.0.1:{port}", "[::1]", "canary.example:443"):
            assert request(port, "GET", path, None, {"Host": host}).code == 200, (path, host)
    assert d.gates.argo(**ASK)["run"] == run
    assert "acts" not in (shown := d.gates.get("/v1/runs/" + run)) or not shown["acts"], shown


@case("quick", 10)
def one_address_takes_no_more_than_its_share(c):
    d = c.daemon(NOWHERE, clients={"connections": 20, "requests_per_second": 1, "burst": 30})
    port = d.gates.port
    run = d.gates.argo(**ASK)["run"]
    answers = [request(port, "GET", "/v1/runs") for _ in range(100)]
    told = [a for a in answers if a.code == 429]
    assert len(told) >= 40 and {a.code for a in answers} <= {200, 429}, {a.code for a in answers}
    assert all(int(a.headers["retry-after"]) >= 1 for a in told)
    for _ in range(60):  # api.md: gates answer under overload too
        j = d.gates.argo(**ASK)
        assert j["run"] == run and j["verdict"] == "hold", j
        assert d.gates.flagger("rollback", "reviews").code == 409
    begin, begun = time.monotonic(), 0
    for i in range(60):
        new = d.gates.argo_raw(**ASK, revision=f"r{i}").json  # without a run there is no id
        assert new["verdict"] == "hold", new
        begun += bool(new["run"])
    assert begun <= time.monotonic() - begin + 1, begun
    assert d.events("event=rate_exceeded")
    until("the rate recovers", lambda: request(port, "GET", "/v1/runs").code == 200, 10, [d.process])
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(60)]
    try:
        until("those beyond are closed", lambda: sum(closed(s) for s in held) >= 40, 10, [d.process])
        assert sum(closed(s) for s in held) == 40
    finally:
        for s in held:
            s.close()
    until("there is room again", lambda: can_ask(port), 10, [d.process])


def closed(s):
    s.setblocking(False)
    try:
        return s.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def can_ask(port):
    try:
        return request(port, "GET", "/-/healthy").code == 200
    except OSError:
        return False


@case("quick", 15)
def who_sends_slowly_is_cut(c):
    d = c.daemon(NOWHERE)
    port = d.gates.port
    starts = [b"", b"P", b"POST /v1/argo/verdict HTTP/1.1\r\nX: ",
              post(b"Content-Length: 100\r\n", b"{"), post(b"Transfer-Encoding: chunked\r\n", b"5\r\n{")]
    begin = time.monotonic()
    slow = []
    for start in starts * 20:
        s = socket.create_connection(("127.0.0.1", port))
        s.sendall(start)
        slow.append(s)
    open_ones = list(slow)
    while open_ones and time.monotonic() - begin < 20:
        for s in list(open_ones):
            try:
                s.send(b"x")
            except OSError:
                open_ones.remove(s)
                continue
            if closed(s):
                open_ones.remove(s)
        asked = time.monotonic()
        assert d.gates.argo(**ASK)["verdict"] == "hold"
        assert time.monotonic() - asked < 4.5, "slow clients make others wait"  # one may take 5
        time.sleep(0.2)
    assert not open_ones, f"{len(open_ones)} are open after 20 s"
    for s in slow:
        s.close()


SECRETS = {name: f"canary{name}9f3b" for name in
           ("bearer", "basic", "query", "body", "metadata", "wrong", "source", "cookie", "value")}


def everything_below(directory):
    for root, _, files in os.walk(directory):
        for name in files:
            with open(os.path.join(root, name), "rb") as f:
                yield os.path.join(root, name), f.read()


def forms(secret):
    """A secret as itself and as Basic would carry it, at each of the three phases of base64."""
    yield secret.encode()
    for lead in (b"", b"u:", b":"):
        yield base64.b64encode(lead + secret.encode())[4:-4]


@case("quick", 10)
def secrets_are_kept_nowhere(c):
    """Each secret in each place that takes one, and in some that do not: then it is in no
    answer, no line of the log, no file."""
    secret_file = os.path.join(c.directory, "secret-of-the-source")
    with open(secret_file, "w", encoding="ascii") as f:
        f.write(SECRETS["source"] + "\n")
    good = [SECRETS[k] for k in ("bearer", "basic", "query", "body", "metadata")]
    d = with_tokens(c, "".join(f"{t} read,gate,act,force,write\n" for t in good),
                    source_keys={"bearer_token_file": secret_file}, loadtester_gates=True)
    port, seen = d.gates.port, []
    basic = "Basic " + base64.b64encode(f"user:{SECRETS['basic']}".encode()).decode()
    heads = [{"Authorization": "Bearer " + SECRETS["bearer"]}, {"Authorization": basic},
             {"Authorization": "Bearer " + SECRETS["wrong"]},
             {"Authorization": "Digest " + SECRETS["wrong"]}, {"Authorization": SECRETS["wrong"]},
             {"Cookie": "token=" + SECRETS["cookie"]}, {}]
    for method, path, body, _ in ROUTES + [("GET", "/nothing", None, ()), ("PUT", "/v1/runs", b"", ()),
                                           ("POST", "/gate/open", PAYLOAD, ())]:
        for head in heads:
            mark = "&" if "?" in path else "?"
            seen.append(request(port, method, path, body, head))
            seen.append(request(port, method, f"{path}{mark}token={SECRETS['query']}", body, head))
            seen.append(request(port, method, f"{path}{mark}token={SECRETS['wrong']}", body, head))
    for token in (SECRETS["body"], SECRETS["wrong"]):
        asks = [{**ASK, "token": token}, {**ASK, "token": token, "canary": "v1"},
                {**ASK, "token": token, "nonsense": "x"}, {**ASK, "token": [token]},
                {**ASK, "token": {"a": token}}, {**ASK, "token": token, "service": ""},
                {**ASK, "token": token * 30}, {"token": token}]
        for ask in asks:
            seen.append(request(port, "POST", "/v1/argo/verdict", json.dumps(ask).encode()))
        seen.append(request(port, "POST", "/v1/argo/verdict", json.dumps(asks[0]).encode()[:-1]))
    for token in (SECRETS["metadata"], SECRETS["wrong"]):
        for hook in ("confirm-rollout", "pre-rollout", "rollout", "confirm-traffic-increase",
                     "confirm-promotion", "rollback", "event", "post-rollout", "none"):
            for meta in ({"token": token}, {"token": token, "canary": ""}, {"Token": token},
                         {"token": token, "weight": "heavy"}):
                payload = {"name": "reviews", "namespace": "default", "phase": "Progressing",
                           "checksum": "5856f9f9cf", "metadata": meta}
                seen.append(request(port, "POST", "/v1/flagger/" + hook,
                                    json.dumps(payload).encode()))
    # Who is known, and sends what is no JSON right where a token stands.
    for broken in ('{"token": "%s', '{"token": "%s\n"}', '{"token": "%s\\ud800"}', '{"token" "%s"}', '{"token": %s}'):
        for path in ("/v1/argo/verdict", "/v1/flagger/rollback", "/v1/events/argo", "/gate/check", "/v1/runs"):
            answer = request(port, "POST", path, (broken % SECRETS["body"]).encode(), heads[0])
            assert answer.code == 400, (path, answer)
            seen.append(answer)
    assert sum(a.code == 200 for a in seen) > 20, "some of it was taken"
    assert sum(a.code == 401 for a in seen) > 20, "some of it was not"
    until("the source was asked", lambda: d.events("event=blind"), 20, [d.process])
    for answer in seen:
        for name, secret in SECRETS.items():
            assert secret.encode() not in answer.body, (name, answer)
            assert all(secret not in v for v in answer.headers.values()), (name, answer.headers)
    assert d.process.stop() == 0
    for path, content in everything_below(d.config["data_dir"]):
        for name, secret in SECRETS.items():
            for form in forms(secret):
                assert form not in content, f"{name} stands in {path}"
    log = d.process.log().encode()
    for name, secret in SECRETS.items():
        for form in forms(secret):
            assert form not in log, f"{name} stands in the log"


@case("quick", 10)
def a_link_is_worth_what_was_signed(c):
    """Altered anywhere, used twice, posted from another page, or only looked at: nothing."""
    d = c.daemon(NOWHERE)
    port = d.gates.port
    run = d.gates.argo(**ASK)["run"]
    made = request(port, "POST", f"/v1/runs/{run}/links", json.dumps(
        {"action": "veto", "by": "ada", "why": "in case"}).encode())
    assert made.code == 200, made
    path = json.loads(made.body)["path"]
    form = b"by=bob&why=seen"
    own = {"Origin": f"http://127.0.0.1:{port}", "Content-Type": "application/x-www-form-urlencoded"}
    start = path.rindex("/") + 1
    for i in range(start, len(path)):
        for other in "A0z-":
            if other.lower() == path[i]:
                continue
            answer = request(port, "POST", path[:i] + other + path[i + 1:], form, own)
            assert 400 <= answer.code < 500, (i, other, answer)
    for bad in (path[:-1], path + "A", path[:start], path + "/", path.replace(path[start:], "A" * 4000)):
        assert 400 <= request(port, "POST", bad, form, own).code < 500, bad
    for origin in ("https://evil.example", "null"):
        answer = request(port, "POST", path, form, {**own, "Origin": origin})
        assert answer.code == 403, answer
    for method in ("GET", "HEAD", "OPTIONS", "PUT"):
        request(port, method, path)
    assert not d.gates.argo(**ASK)["abort"], "nobody has acted yet"
    assert request(port, "POST", path, form, own).code == 200
    assert d.gates.argo(**ASK)["abort"]
    d.process.kill()
    d.start()
    port = d.gates.port
    again = request(port, "POST", path, form, {**own, "Origin": f"http://127.0.0.1:{port}"})
    assert again.code == 409, again
    shown = d.gates.get("/v1/runs/" + run)
    assert [a["action"] for a in shown["acts"]] == ["veto"], shown["acts"]
    log = open(d.process.log_path, encoding="utf-8").read()
    assert path[start:] not in log, "a link is a secret"
