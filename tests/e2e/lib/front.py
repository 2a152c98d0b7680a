"""An address in front of one Prometheus or several, which can misbehave."""
import http.client
import http.server
import threading

_VECTOR = b'{"status":"success","data":{"resultType":"vector","result":%s}}'
GARBAGE = [b"", b"null", b"[]", b"{", b"<html>502</html>", b'{"status":"success"}',
           _VECTOR % b'[{"metric":{},"value":[1,"x"]}]', _VECTOR % b'"none"',
           b'{"status":"success","data":{"resultType":"matrix","result":[]}}',
           _VECTOR % b"[]" + b" trailing", b"\xff\xfe\x00" * 100, b"[" * 100000]
HUGE_BYTES = 100 << 20


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args):
        pass

    def _say(self, code, body, kind="application/json"):
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self):
        front = self.server.front
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        front.asked += 1
        try:
            getattr(self, "_" + front.mode)(front, body)
        except OSError:
            self.close_connection = True

    do_GET = do_POST = _answer

    def _forward(self, front, body):
        port = front.next_port()
        back = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            headers = {k: v for k, v in self.headers.items()
                       if k.lower() in ("content-type", "accept", "authorization")}
            back.request(self.command, self.path, body or None, headers)
            response = back.getresponse()
            data, code = response.read(), response.status
        except (OSError, http.client.HTTPException):
            self.close_connection = True
            return
        finally:
            back.close()
        self._say(code, data)

    def _garbage(self, front, _body):
        self._say(200, GARBAGE[front.asked % len(GARBAGE)])

    def _hang(self, front, _body):
        front.let_go.wait(60)
        self.close_connection = True

    def _huge(self, front, _body):
        """100 MB of a well-formed beginning, without a length."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        self.wfile.write(b'{"status":"success","data":{"resultType":"vector","result":[')
        row = b'{"metric":{"instance":"127.0.0.1:1","pad":"%s"},"value":[1,"1"]},' % (b"x" * 64000)
        sent = 0
        while sent < HUGE_BYTES:
            self.wfile.write(row)
            sent += len(row)
            front.sent_most = max(front.sent_most, sent)

    def _drip(self, front, _body):
        """Well-formed, a few bytes a second."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        self.close_connection = True
        while not front.let_go.wait(0.2):
            self.wfile.write(b" ")

    def _redirect(self, front, _body):
        self.send_response(302)
        self.send_header("Location", front.url() + "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _denied(self, _front, _body):
        self._say(401, b"no", "text/plain")

    def _unavailable(self, _front, _body):
        self._say(503, b"no", "text/plain")


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address):
        pass


class Front:
    """mode: forward (each request to the next backend in turn), or a way to misbehave: the
    handler's method of that name. Backends are objects with a port, asked each time anew."""

    def __init__(self, *backends):
        self.backends, self.mode, self.asked, self.sent_most = backends, "forward", 0, 0
        self.let_go, self.turn, self.lock = threading.Event(), 0, threading.Lock()
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.front = self
        threading.Thread(target=self.server.serve_forever, args=(0.1,), daemon=True).start()

    def next_port(self):
        with self.lock:
            self.turn += 1
            return self.backends[self.turn % len(self.backends)].port

    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def behave(self, mode):
        self.mode = mode
        self.let_go.set()
        self.let_go = threading.Event()
