"""The Kubernetes API of pods, as far as discovery asks: lists by pages, and watches."""
import http.server
import json
import threading
import urllib.parse

PAGE = 1  # however many are asked for: so that there are pages


def pod(name, ip, phase="Running", labels=None, annotations=None):
    return {"kind": "Pod", "metadata": {"name": name, "namespace": "prod", "labels": labels or {},
                                        "annotations": annotations or {}},
            "status": {"phase": phase, "podIP": ip}}


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args):
        pass

    def do_GET(self):
        api = self.server.api
        if not api.running:  # on a connection from before stop()
            self.close_connection = True
            return
        api.asked.append(self.path)
        keys = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        try:
            if keys.get("watch"):
                self._watch(api, int(keys["resourceVersion"]))
            else:
                self._say(200, api.page(keys.get("continue")))
        except OSError:
            self.close_connection = True

    def _say(self, code, value):
        body = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def _watch(self, api, version):
        if version < api.oldest:
            self._say(410, {"kind": "Status", "code": 410, "reason": "Expired"})
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in api.events_from(version):
            data = json.dumps(event).encode() + b"\n"
            self._chunk(data[:40])  # in pieces, as networks do
            self._chunk(data[40:])
        if api.running:
            self._chunk(b"")
        else:
            self.close_connection = True


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        pass


class KubeApi:
    def __init__(self, pods):
        self.pods, self.events, self.version, self.oldest = {}, [], 100, 0
        self.asked, self.lists, self.port, self.running = [], 0, 0, False
        self.changed = threading.Condition()
        for p in pods:
            self.put(p)
        self.start()

    def start(self):
        self.running = True
        self.server = _Server(("127.0.0.1", self.port), _Handler)
        self.server.api = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        with self.changed:
            self.running = False
            self.changed.notify_all()
        self.server.shutdown()
        self.server.server_close()

    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def _tell(self, kind, p):
        with self.changed:
            self.version += 1
            p = json.loads(json.dumps(p))
            p["metadata"]["resourceVersion"] = str(self.version)
            self.events.append((self.version, {"type": kind, "object": p}))
            self.changed.notify_all()
        return p

    def put(self, p):
        name = p["metadata"]["name"]
        self.pods[name] = self._tell("MODIFIED" if name in self.pods else "ADDED", p)

    def remove(self, name):
        self._tell("DELETED", self.pods.pop(name))

    def expire(self):
        """Versions so far are too old to watch from."""
        self.version += 1000
        self.oldest, self.events = self.version, []

    def page(self, token):
        names = sorted(self.pods)
        at = int(token or 0)
        if not at:
            self.lists += 1
        more = str(at + PAGE) if at + PAGE < len(names) else ""
        return {"kind": "PodList", "metadata": {"resourceVersion": str(self.version),
                                                "continue": more},
                "items": [self.pods[n] for n in names[at:at + PAGE]]}

    def events_from(self, version):
        while self.running:
            with self.changed:
                found = [(v, e) for v, e in self.events if v > version]
                if not found:
                    self.changed.wait(0.5)
            for version, event in found:
                yield event
            if not found:
                yield {"type": "BOOKMARK", "object": {"kind": "Pod", "metadata": {
                    "resourceVersion": str(self.version)}}}
