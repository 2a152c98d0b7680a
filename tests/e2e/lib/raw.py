"""Bytes to a port as they stand, and what comes back."""
import re
import socket


def exchange(port, data, seconds=3):
    """Everything that came until the server closed, or was silent for so long; whether
    it closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=15) as s:
        try:
            s.sendall(data)
        except OSError:
            pass  # it had enough; what it said is still to be read
        s.settimeout(seconds)
        got = b""
        while True:
            try:
                more = s.recv(65536)
            except (TimeoutError, socket.timeout):
                return got, False
            except OSError:
                return got, True
            if not more:
                return got, True
            got += more


def codes(answers):
    """Of all answers in a row, by their status lines."""
    return [int(c) for c in re.findall(rb"HTTP/1\.[01] (\d{3})", answers)]
