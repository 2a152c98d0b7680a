"""Remote write 1.0 by hand: messages, snappy blocks of literals, and the request."""
import struct

from lib.gates import request

PATH = "/api/v1/write"
HEADERS = {"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf",
           "X-Prometheus-Remote-Write-Version": "0.1.0"}
STALE = struct.unpack("<d", struct.pack("<Q", 0x7ff0000000000002))[0]


def varint(n):
    n &= (1 << 64) - 1
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode()


def label(name, value):
    return field(1, field(1, as_bytes(name)) + field(2, as_bytes(value)))


def sample(t_ms, value):
    bits = value if isinstance(value, bytes) else struct.pack("<d", value)
    return field(2, b"\x09" + bits + b"\x10" + varint(t_ms))


def series(labels, *samples):
    """labels: pairs, in the order they are sent; samples: (ms, value)."""
    return field(1, b"".join(label(k, v) for k, v in labels) +
                 b"".join(sample(t, v) for t, v in samples))


def snappy(message):
    out = [varint(len(message))]
    for i in range(0, len(message), 65536):
        part = message[i:i + 65536]
        out.append(bytes([61 << 2]) + struct.pack("<H", len(part) - 1) + part)
    return b"".join(out)


def send(port, message, token=None, path=PATH):
    return send_bytes(port, snappy(message), token, path)


def send_bytes(port, body, token=None, path=PATH):
    headers = {**HEADERS, **({"Authorization": "Bearer " + token} if token else {})}
    return request(port, "POST", path, body, headers, timeout=60)
