"""A connection that is kept alive: as little of the client's own time as Python allows."""
import socket


class Connection:
    """Opened again where the server has closed it meanwhile, as it may between requests."""

    def __init__(self, port, timeout_s=120):
        self.port, self.timeout_s = port, timeout_s
        self.host = f"127.0.0.1:{port}"
        self._open()

    def _open(self):
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=self.timeout_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""

    def _more(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data

    def _until(self, end):
        """Bytes up to and without the end; what follows stays."""
        while True:
            at = self.rest.find(end)
            if at >= 0:
                found, self.rest = self.rest[:at], self.rest[at + len(end):]
                return found
            self.rest += self._more()

    def _exactly(self, n):
        parts, have = [self.rest], len(self.rest)
        while have < n:
            parts.append(self._more())
            have += len(parts[-1])
        data = b"".join(parts)
        self.rest = data[n:]
        return data[:n]

    def _chunks(self):
        parts = []
        while True:
            n = int(self._until(b"\r\n").split(b";")[0], 16)
            parts.append(self._exactly(n))
            self._until(b"\r\n")
            if n == 0:
                return b"".join(parts)

    def _reply(self):
        head = self._until(b"\r\n\r\n").lower()
        code = int(head.split(b" ", 2)[1])
        if b"transfer-encoding: chunked" in head:
            return code, self._chunks()
        at = head.find(b"content-length:")
        n = int(head[at + 15:].split(b"\r\n", 1)[0]) if at >= 0 else 0
        return code, self._exactly(n)

    def _ask(self, head, body=b""):
        for again in (True, False):
            try:
                self.socket.sendall(head.encode("ascii"))
                if body:
                    self.socket.sendall(body)
                return self._reply()
            except (BrokenPipeError, ConnectionError):
                if not again:
                    raise
                self.socket.close()
                self._open()
        return None

    def get(self, path):
        return self._ask(f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n\r\n")

    def post(self, path, body, **headers):
        lines = "".join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in headers.items())
        return self._ask(f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\n{lines}"
                         f"Content-Length: {len(body)}\r\n\r\n", body)

    def close(self):
        self.socket.close()
