"""Remote-write 1.0 requests: each is put together once, and then gets new times and values in
place, so that making them costs next to nothing."""
import ctypes
import ctypes.util
import struct

SAMPLES = 2000  # of one request, as Prometheus's queues send at most


def varint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def _field(number, wire, payload):
    return varint(number << 3 | wire) + payload


def _bytes(number, data):
    return _field(number, 2, varint(len(data)) + data)


class Snappy:
    """libsnappy's C interface, where it is; else one literal, which is valid too."""

    def __init__(self):
        name = ctypes.util.find_library("snappy")
        self.library = ctypes.CDLL(name) if name else None
        if self.library:
            self.library.snappy_max_compressed_length.restype = ctypes.c_size_t
            self.library.snappy_max_compressed_length.argtypes = [ctypes.c_size_t]

    def compress(self, data):
        if not self.library:
            return literal(data)
        room = self.library.snappy_max_compressed_length(len(data))
        out, n = ctypes.create_string_buffer(room), ctypes.c_size_t(room)
        source = (ctypes.c_char * len(data)).from_buffer(data)
        assert self.library.snappy_compress(source, ctypes.c_size_t(len(data)), out,
                                            ctypes.byref(n)) == 0
        return out.raw[:n.value]


def literal(data):
    return varint(len(data)) + b"\xfc" + struct.pack("<I", len(data) - 1) + bytes(data)


class Request:
    """Of up to SAMPLES series, one sample each."""

    def __init__(self, series):
        """series: lists of (name, value) of labels, sorted."""
        self.body, self.places = bytearray(), []
        for labels in series:
            packed = b"".join(_bytes(1, _bytes(1, k) + _bytes(2, v)) for k, v in labels)
            sample = _field(1, 1, bytes(8)) + _field(2, 0, bytes(6))  # a time takes 6 bytes
            packed += _bytes(2, sample)
            self.body += _bytes(1, packed)
            self.places.append(len(self.body) - len(sample) + 1)

    def fill(self, t_ms, values):
        body, time = self.body, varint(t_ms)
        assert len(time) == 6
        put = struct.Struct("<d").pack_into
        for at, value in zip(self.places, values):
            put(body, at, value)
            body[at + 9:at + 15] = time
        return body


HEADERS = {"Content_Encoding": "snappy", "Content_Type": "application/x-protobuf",
           "X_Prometheus_Remote_Write_Version": "0.1.0"}
