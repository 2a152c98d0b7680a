"""The three servers: verdictd, Debian's Prometheus and Debian's VictoriaMetrics, each on the
same one core, on ports of the kernel's choice."""
import glob
import json
import os
import re
import shutil
import socket
import subprocess
import time

from lib.process import Process
from lib.wait import until

from client import Connection

SERVER_CORE, CLIENT_CORE = 1, 0


def pin_client():
    """Servers have a core of their own where there are two."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {CLIENT_CORE})


def _pinned(args):
    return ["taskset", "-c", str(SERVER_CORE), *args] if (os.cpu_count() or 1) > 1 else args


def debian_binary(package, binary, directory):
    """The installed program, or that of the package, unpacked into the directory: nothing is
    installed, so no service starts. None: it cannot be had."""
    found = shutil.which(binary)
    if found:
        return found
    unpacked = os.path.join(directory, package)
    path = os.path.join(unpacked, "usr", "bin", binary)
    if not os.path.exists(path):
        os.makedirs(unpacked, exist_ok=True)
        with open(os.path.join(unpacked, "apt.log"), "wb") as log:
            if subprocess.run(["apt-get", "download", package], cwd=unpacked, stdout=log,
                              stderr=log, check=False).returncode:
                return None
            deb = glob.glob(os.path.join(unpacked, package + "_*.deb"))[0]
            subprocess.run(["dpkg", "-x", deb, unpacked], check=True, stdout=log, stderr=log)
    return path


def version_of(binary, *args):
    done = subprocess.run([binary, *args], capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0] if lines else binary


def _free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """name, process, port; the paths of its API."""
    healthy = "/-/healthy"
    extra = ""  # of every query

    def begin(self, directory, args):
        self.directory = directory
        self.process = Process(directory, self.name, _pinned(args))

    def wait(self):
        until(f"{self.name} answers", self._answers, 60, [self.process])
        return self

    def _answers(self):
        try:
            return self.connect().get(self.healthy)[0] == 200
        except OSError:
            return False

    def connect(self):
        return Connection(self.port)

    def cpu_s(self):
        """Of all its threads, ended ones too: the clock clock_getcpuclockid(3) gives."""
        return time.clock_gettime(~self.process.pid << 3 | 2)

    def settle(self, seconds=1.0, share=0.02, at_most_s=120):
        """Until it does next to nothing: what was put off is its work as well."""
        deadline = time.monotonic() + at_most_s
        while time.monotonic() < deadline:
            before = self.cpu_s()
            time.sleep(seconds)
            if self.cpu_s() - before < share * seconds:
                return

    def rss_bytes(self):
        return int(self.process.rss_mib() * 2**20)

    def peak_rss_bytes(self):
        return int(self.process.peak_rss_mib() * 2**20)

    def stop(self):
        self.process.kill()


class Verdictd(Server):
    name = "verdictd"

    def __init__(self, build, directory, source):
        config = {"listen": "127.0.0.1:0", "data_dir": os.path.join(directory, "verdictd-data"),
                  "sources": {"bench": source}, "log_level": "info"}
        path, self.port_path = (os.path.join(directory, f) for f in ("verdictd.yaml", "port"))
        os.makedirs(config["data_dir"])
        with open(path, "w", encoding="utf-8") as f:
            json.dump(config, f)
        binary = os.path.join(build, "verdictd")
        self.version = version_of(binary, "--version")
        self.begin(directory, [binary, "serve", "--config", path, "--port-file", self.port_path])
        self.port = until("verdictd listens", self._find_port, 60, [self.process])
        self.wait()

    def _find_port(self):
        try:
            with open(self.port_path, encoding="ascii") as f:
                return int(f.read() or 0)
        except FileNotFoundError:
            return 0


class Prometheus(Server):
    name = "prometheus"

    def __init__(self, directory, tools, config="global: {}\n", args=()):
        binary = debian_binary("prometheus", "prometheus", tools)
        assert binary, "no prometheus: apt-get did not bring it"
        self.version = version_of(binary, "--version")
        path, self.port = os.path.join(directory, "prometheus.yml"), _free_port()
        with open(path, "w", encoding="utf-8") as f:
            f.write(config)
        self.begin(directory, [binary, "--config.file", path, "--storage.tsdb.path",
                               os.path.join(directory, "prometheus-data"),
                               "--storage.tsdb.retention.time=100y",
                               f"--web.listen-address=127.0.0.1:{self.port}", *args])
        self.healthy = "/-/ready"
        self.wait()
        self.healthy = "/-/healthy"


def promtool_blocks(directory, tools, openmetrics):
    """Seconds that promtool took to make Prometheus's blocks."""
    begin = time.monotonic()
    promtool = debian_binary("prometheus", "promtool", tools)
    with open(os.path.join(directory, "promtool.log"), "wb") as log:
        subprocess.run([promtool, "tsdb", "create-blocks-from", "openmetrics", openmetrics,
                        os.path.join(directory, "prometheus-data")],
                       check=True, stdout=log, stderr=log)
    return time.monotonic() - begin


class VictoriaMetrics(Server):
    name = "victoria-metrics"
    healthy = "/health"
    extra = "&nocache=1"

    def __init__(self, directory, binary):
        self.port = _free_port()
        self.begin(directory, [binary, "-storageDataPath", os.path.join(directory, "vm-data"),
                               f"-httpListenAddr=127.0.0.1:{self.port}", "-retentionPeriod=100y",
                               "-search.disableCache", "-search.latencyOffset=0s",
                               "-search.maxUniqueTimeseries=3000000"])
        self.wait()
        told = re.search(rb'short_version="([^"]*)"', self.connect().get("/metrics")[1])
        self.version = (told.group(1) if told and told.group(1) else b"of Debian").decode()
