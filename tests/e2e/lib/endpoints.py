"""Targets to scrape, each of which can misbehave in a way of its own."""
import gzip
import http.server
import itertools
import threading
import time

TEXT = "text/plain; version=0.0.4"
HUGE_BYTES = 1 << 30


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args):
        pass

    def do_GET(self):
        endpoint = self.server.endpoint
        if self.server is not endpoint.server:  # on a connection from before stop()
            self.close_connection = True
            return
        endpoint.asked += 1
        endpoint.headers = dict(self.headers.items())
        try:
            getattr(self, "_" + endpoint.mode)(endpoint)
        except OSError:
            self.close_connection = True

    def _head(self, length=None, encoding=None, kind=TEXT):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if encoding:
            self.send_header("Content-Encoding", encoding)
        if length is None:
            self.send_header("Connection", "close")
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _good(self, endpoint):
        body = endpoint.body().encode()
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 1)
            self._head(len(body), "gzip")
        else:
            self._head(len(body))
        self.wfile.write(body)

    def _hang(self, endpoint):
        self._head(1000)
        endpoint.let_go.wait(60)
        self.close_connection = True

    def _mute(self, endpoint):
        endpoint.let_go.wait(60)
        self.close_connection = True

    def _trickle(self, endpoint):
        self._head(100000)
        for byte in itertools.cycle(b"a 1\n"):
            self.wfile.write(bytes([byte]))
            if endpoint.let_go.wait(0.02):
                break
        self.close_connection = True

    def _liar(self, _endpoint):
        """Says more than it sends."""
        self._head(1000)
        self.wfile.write(b"a 1\n")
        self.close_connection = True

    def _braggart(self, _endpoint):
        """Says that it will send 1 GB."""
        self._head(HUGE_BYTES)
        self.wfile.write(b"a 1\n")
        self.close_connection = True

    def _huge(self, endpoint):
        self._head()
        block = b"a 1\n" * (1 << 18)
        for _ in range(HUGE_BYTES // len(block)):
            endpoint.sent += self.wfile.write(block)

    def _bomb(self, _endpoint):
        """256 MB from a quarter of one."""
        body = _bomb()
        self._head(len(body), "gzip")
        self.wfile.write(body)

    def _rubbish(self, endpoint):
        body = (b"\x00\xff" * 50, b"a{b=\"c\" 1\n", b"a 1 2 3 4\n", b"{}{}{}")[endpoint.asked % 4]
        self._head(len(body))
        self.wfile.write(body)

    def _broken(self, _endpoint):
        self.send_response(503)
        self.send_header("Content-Length", "0")
        self.end_headers()


_made = []


def _bomb():
    if not _made:
        _made.append(gzip.compress(bytes(256 << 20), 6))
    return _made[0]


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        pass


class Endpoint:
    """body: what a good answer holds, called at each scrape."""

    def __init__(self, body, mode="good", address="127.0.0.1"):
        self.body, self.mode, self.asked, self.sent, self.headers = body, mode, 0, 0, {}
        self.host, self.port, self.server = address, 0, None
        self.start()

    def start(self):
        """Again after stop() too, on the same port."""
        self.let_go = threading.Event()
        self.server = _Server((self.host, self.port), _Handler)
        self.server.endpoint = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.let_go.set()
        self.server.shutdown()
        self.server.server_close()
        self.server = None

    def behave(self, mode):
        self.mode = mode
        self.let_go.set()
        self.let_go = threading.Event()

    def address(self):
        return f"{self.host}:{self.port}"


def counter(name, rate=100, labels=""):
    """A body of one counter that rises with the time."""
    begin = time.time()
    return lambda: (f"# TYPE {name} counter\n"
                    f"{name}{{{labels}}} {int((time.time() - begin) * rate)}\n")
