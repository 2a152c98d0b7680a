"""A connection that is kept alive: as little of the client's own time as Python allows."""
import socket


class Connection:
    def __init__(self, port, timeout_s=120):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.host = f"127.0.0.1:{port}"
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

    def get(self, path):
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode("ascii"))
        return self._reply()

    def post(self, path, body, **headers):
        lines = "".join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in headers.items())
        self.socket.sendall(f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\n{lines}"
                            f"Content-Length: {len(body)}\r\n\r\n".encode("ascii"))
        self.socket.sendall(body)
        return self._reply()

    def close(self):
        self.socket.close()
