"""TLS on both sides: a source behind it, and the gates themselves."""
import http.client
import http.server
import json
import os
import re
import socket
import ssl
import subprocess
import threading
import time

from lib.case import case
from lib.wait import until

QUESTION = {"service": "reviews", "namespace": "default", "canary": "v2"}
EMPTY = json.dumps({"status": "success", "data": {"resultType": "vector", "result": []}}).encode()


def openssl(directory, *args):
    subprocess.run(["openssl", *args], cwd=directory, check=True, capture_output=True, timeout=60)


def authority(directory, name):
    openssl(directory, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", name + ".key", "-out", name + ".pem", "-days", "2",
            "-subj", "/CN=" + name)


def certificate(directory, name, by):
    with open(os.path.join(directory, name + ".ext"), "w", encoding="ascii") as f:
        f.write("subjectAltName=IP:127.0.0.1\n")
    openssl(directory, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name)
    openssl(directory, "x509", "-req", "-in", name + ".csr", "-CA", by + ".pem", "-CAkey",
            by + ".key", "-CAcreateserial", "-days", "2", "-extfile", name + ".ext",
            "-out", name + ".pem")


class Source:
    """Answers every query with no series, to those who show a certificate of the CA."""

    def __init__(self, directory):
        seen = self.seen = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                seen.append((self.headers.get("Authorization"), self.headers.get("X-Scope-OrgID")))
                self.send_response(200)
                self.send_header("Content-Length", str(len(EMPTY)))
                self.end_headers()
                self.wfile.write(EMPTY)

            def log_message(self, *args):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(directory, "server.pem"),
                                os.path.join(directory, "server.key"))
        context.load_verify_locations(os.path.join(directory, "ca.pem"))
        context.verify_mode = ssl.CERT_REQUIRED
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self):
        return f"https://127.0.0.1:{self.server.server_address[1]}"


def reason(daemon):
    return daemon.gates.argo(**QUESTION)["reason"]


@case("quick", 10)
def source_behind_tls_is_asked_only_with_trust_on_both_sides(c):
    for name in ("ca", "stranger"):
        authority(c.directory, name)
    for name, by in (("server", "ca"), ("client", "ca"), ("impostor", "stranger")):
        certificate(c.directory, name, by)
    at = lambda name: os.path.join(c.directory, name)
    with open(at("token"), "w", encoding="ascii") as f:
        f.write("first\n")
    source = Source(c.directory)
    trusted = {"ca_file": at("ca.pem"), "cert_file": at("client.pem"), "key_file": at("client.key"),
               "bearer_token_file": at("token"), "headers": {"X-Scope-OrgID": "mesh"}}
    good = c.daemon(source.url(), source_keys=trusted, name="trusted")
    until("an answer came", lambda: reason(good) not in ("starting", "source_unreachable",
                                                         "source_error"), 20, [good.process])
    assert source.seen[-1] == ("Bearer first", "mesh"), source.seen[-1]
    with open(at("token"), "w", encoding="ascii") as f:
        f.write("second\n")
    until("a rotated token is used", lambda: source.seen[-1][0] == "Bearer second", 20,
          [good.process])
    assert good.process.stop() == 0
    asked = len(source.seen)
    for name, keys in (("wrong-ca", {**trusted, "ca_file": at("stranger.pem")}),
                       ("wrong-client", {**trusted, "cert_file": at("impostor.pem"),
                                         "key_file": at("impostor.key")}),
                       ("no-client", {k: v for k, v in trusted.items() if "_file" not in k or
                                      k in ("ca_file", "bearer_token_file")})):
        daemon = c.daemon(source.url(), source_keys=keys, name=name)
        until(name + " is not answered",
              lambda: reason(daemon) in ("source_unreachable", "source_error"), 20,
              [daemon.process])
        assert daemon.process.stop() == 0
    assert len(source.seen) == asked, "somebody without trust was answered"


NOWHERE = "http://127.0.0.1:1"
BODY = json.dumps({**QUESTION, "stable": "v1"}).encode()


def client(directory, name=None, version=None):
    """A client that trusts ca.pem, and shows the certificate of that name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(os.path.join(directory, "ca.pem"))
    if name:
        context.load_cert_chain(os.path.join(directory, name + ".pem"),
                                os.path.join(directory, name + ".key"))
    if version:
        context.minimum_version = context.maximum_version = version
    return context


def connect(port, context):
    return http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=10)


def ask(connection, path="/v1/argo/verdict", body=BODY):
    connection.request("POST" if body else "GET", path, body)
    response = connection.getresponse()
    return response.status, response.read()


def refused(port, context):
    """Whether there is no answer at all, whenever in the handshake that shows."""
    try:
        ask(connect(port, context))
    except (OSError, http.client.HTTPException):
        return True
    return False


def serial(connection):
    return connection.sock.getpeercert()["serialNumber"]


def expiry(metrics):
    lines = [line for line in metrics.decode().splitlines()
             if line.startswith("verdictd_http_certificate_expiry_timestamp_seconds ")]
    assert len(lines) == 1, lines
    return float(lines[0].split()[1])


def make_all(directory):
    for name in ("ca", "stranger"):
        authority(directory, name)
    for name, by in (("server", "ca"), ("argo", "ca"), ("guest", "ca"), ("impostor", "stranger")):
        certificate(directory, name, by)


def files(directory, **more):
    at = lambda name: os.path.join(directory, name)
    return {"cert_file": at("server.pem"), "key_file": at("server.key"), **more}


@case("quick", 10)
def gates_behind_tls_speak_nothing_else(c):
    make_all(c.directory)
    d = c.daemon(NOWHERE, tls=files(c.directory))
    port = d.gates.port
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        connection = connect(port, client(c.directory, version=version))
        for _ in range(3):  # on one connection, as Argo asks
            code, body = ask(connection)
            assert code == 200 and json.loads(body)["verdict"] == "hold", (code, body)
        connection.close()
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-tls1_1",
                           "-cipher", "ALL:@SECLEVEL=0"], input=b"", capture_output=True, timeout=20,
                          check=False)
    assert b"BEGIN CERTIFICATE" not in done.stdout, done.stdout
    try:
        d.gates.ask("GET", "/-/healthy")  # plain HTTP
        raise AssertionError("plain HTTP was answered")
    except (OSError, http.client.HTTPException):
        pass
    # Handshakes that never end hold nobody up, and are cut.
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(100)]
    begin = time.monotonic()
    assert ask(connect(port, client(c.directory)))[0] == 200
    assert time.monotonic() - begin < 4.5  # one of them alone may take 5
    for s in idle:
        s.settimeout(15)
        assert s.recv(1) == b"", "an idle handshake was answered"
        s.close()


@case("quick", 10)
def certificates_of_clients_stand_for_tokens(c):
    make_all(c.directory)
    at = lambda name: os.path.join(c.directory, name)
    with open(at("tokens"), "w", encoding="ascii") as f:
        f.write("a-token read\ncert:argo gate default\n")
    keys = {"tokens_file": at("tokens"),
            "tls": files(c.directory, client_ca_file=at("ca.pem"))}
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        d = c.daemon(NOWHERE, name=f"required-{version.value}", **keys)
        port = d.gates.port
        assert refused(port, client(c.directory, version=version)), "without a certificate"
        assert refused(port, client(c.directory, "impostor", version)), "of another authority"
        assert ask(connect(port, client(c.directory, "argo", version)))[0] == 200
        assert ask(connect(port, client(c.directory, "argo", version)), "/v1/runs", None)[0] == 403
        assert ask(connect(port, client(c.directory, "guest", version)))[0] == 401
        other = json.dumps({**QUESTION, "namespace": "other"}).encode()
        assert ask(connect(port, client(c.directory, "argo", version)), body=other)[0] == 403
        assert d.process.stop() == 0
    keys["tls"]["require_client_cert"] = False
    d = c.daemon(NOWHERE, name="optional", **keys)
    port = d.gates.port
    assert ask(connect(port, client(c.directory)))[0] == 401
    assert ask(connect(port, client(c.directory, "argo")))[0] == 200
    assert refused(port, client(c.directory, "impostor")), "a bad certificate is worse than none"


@case("quick", 20)
def certificates_are_renewed_under_open_connections(c):
    make_all(c.directory)
    d = c.daemon(NOWHERE, tls=files(c.directory))
    port = d.gates.port
    old = connect(port, client(c.directory))
    assert ask(old)[0] == 200
    before = serial(old)

    def told():
        connection = connect(port, client(c.directory))
        code, _ = ask(connection)
        assert code == 200
        return serial(connection)

    assert told() == before
    certificate(c.directory, "server", "ca")  # as cert-manager does: the files are others now
    until("new handshakes get the new certificate", lambda: told() != before, 20, [d.process])
    assert d.events("event=certificate_reloaded")
    assert ask(old)[0] == 200 and serial(old) == before, "the open connection goes on"
    until("/metrics says when it ends", lambda: expiry(ask(connect(
        port, client(c.directory)), "/metrics", None)[1]) > time.time() + 86400, 20, [d.process])
    now = told()

    def tries():
        metrics = ask(connect(port, client(c.directory)), "/metrics", None)[1].decode()
        return int(re.search(r"\nverdictd_http_certificate_refusals_total (\d+)", metrics)[1])

    # A look between the two files may have refused what was half renewed.
    tried, said = tries(), len(d.events("event=certificate_refused"))
    # What does not fit together is refused, by itself and on SIGHUP.
    os.rename(os.path.join(c.directory, "server.key"), os.path.join(c.directory, "kept.key"))
    openssl(c.directory, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "server.key")
    assert "event=reload_refused" in (line := d.reload()) and "server.key" in line, line
    until("it is refused and tried again", lambda: tries() >= tried + 2, 30, [d.process])
    assert len(d.events("event=certificate_refused")) == said + 1, "not said, or said twice"
    assert told() == now and ask(old)[0] == 200
    os.rename(os.path.join(c.directory, "kept.key"), os.path.join(c.directory, "server.key"))
    certificate(c.directory, "server", "ca")
    assert "event=reloaded" in d.reload()
    assert told() != now
    assert ask(old)[0] == 200 and serial(old) == before


@case("quick", 10)
def kayenta_has_tls_and_a_list_of_callers(c):
    make_all(c.directory)

    def daemon(name, allow):
        d = c.daemon(NOWHERE, name=name, tls=files(c.directory),
                     kayenta={"listen": "127.0.0.1:0", "tls": True, "allow": allow})
        return d, int(re.search(r"port=(\d+)", d.events("event=kayenta_serving")[-1])[1])

    d, port = daemon("allowed", ["10.0.0.0/8", "127.0.0.0/8"])
    code, body = ask(connect(port, client(c.directory)), "/canaryConfig", None)
    assert code == 200 and json.loads(body)[0]["id"] == "default", body
    with socket.create_connection(("127.0.0.1", port), 10) as plain:
        plain.sendall(b"GET /canaryConfig HTTP/1.1\r\nHost: x\r\n\r\n")
        assert not plain.recv(100).startswith(b"HTTP/1.1 200"), "plain HTTP is answered"
    assert not d.events("event=connection_not_allowed")
    d, port = daemon("not-allowed", ["10.0.0.0/8", "::1"])
    assert refused(port, client(c.directory)), "an address that is not listed"
    until("it is logged", lambda: d.events("event=connection_not_allowed"), 10, [d.process])


@case("quick", 10)
def tls_that_cannot_be_is_said_at_the_start(c):
    make_all(c.directory)
    at = lambda name: os.path.join(c.directory, name)
    with open(at("garbage.pem"), "w", encoding="ascii") as f:
        f.write("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    for name, keys, said in (
            ("missing", {"cert_file": at("none.pem"), "key_file": at("server.key")}, "none.pem"),
            ("garbage", {"cert_file": at("garbage.pem"), "key_file": at("server.key")}, "garbage.pem"),
            ("no-key", {"cert_file": at("server.pem"), "key_file": at("server.pem")}, "server.pem"),
            ("other-key", {"cert_file": at("server.pem"), "key_file": at("argo.key")}, "argo.key"),
            ("no-ca", files(c.directory, client_ca_file=at("server.key")), "server.key")):
        d = c.daemon(NOWHERE, name=name, start=False, tls=keys)
        d.spawn()
        assert d.process.popen.wait(20) == 1, name
        line = d.events("event=cannot_start")[0]
        assert said in line and "tls: " in line, line
        d.process = None
