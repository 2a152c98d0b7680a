"""meshsim: starting it, steering it, and its ledger of the truth."""
import json
import os
import urllib.parse

from lib import gates, scenario
from lib.process import Process
from lib.wait import until


class Mesh:
    def __init__(self, build, directory, *services, seed=1, **more):
        path = os.path.join(directory, "scenario.yaml")
        scenario.write(path, *services, **more)
        self.targets = os.path.join(directory, "targets.json")
        ports = os.path.join(directory, "ports.json")
        self.process = Process(directory, "meshsim",
                               [os.path.join(build, "meshsim"), "--scenario", path, "--control",
                                "0", "--ports-file", ports, "--file-sd", self.targets, "--seed",
                                str(seed)])
        until("meshsim is ready", lambda: "meshsim ready" in self.process.log(), 20,
              [self.process])
        with open(ports, encoding="utf-8") as f:
            self.control = json.load(f)["control"]

    def _steer(self, path, **keys):
        answer = gates.request(self.control, "POST", path + "?" + urllib.parse.urlencode(keys))
        assert answer.code == 200, f"meshsim {path} {keys}: {answer}"

    def weight(self, percent, service="reviews", version="v2"):
        self._steer("/weight", service=service, version=version, percent=percent)

    def rate(self, requests_per_second, service="reviews"):
        self._steer("/rate", service=service, requests_per_second=requests_per_second)

    def behave(self, version, service="reviews", **keys):
        self._steer("/behave", service=service, version=version, **keys)

    def faults(self, service="reviews", **keys):
        """Injected by the clients' proxies."""
        self._steer("/behave", service=service, **keys)

    def restart(self, pod, **keys):
        self._steer("/restart", pod=pod, **keys)

    def kill(self, pod, **keys):
        self._steer("/kill", pod=pod, **keys)

    def pods(self):
        return json.loads(gates.request(self.control, "GET", "/pods").body)

    def ledger(self):
        return json.loads(gates.request(self.control, "GET", "/ledger").body)

    def quiet(self, *services):
        """Stop the traffic; returns when no request is under way any more."""
        for service in services or ("reviews",):
            self.rate(0, service)
        until("no request is under way", lambda: self.ledger()["in_flight"] == 0, 20,
              [self.process])
