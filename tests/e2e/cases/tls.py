"""A source behind TLS: trusted by a CA file, trusting us by a client certificate."""
import http.server
import json
import os
import ssl
import subprocess
import threading

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
