"""Cases: their table, and what one case owns (a directory, processes, their end)."""
import os

from lib.daemon import Daemon
from lib.front import Front
from lib.mesh import Mesh
from lib.prometheus import Prometheus
from lib.wait import until

TABLE = {}


def case(where, seconds):
    """A function of one Case, in the list where ("quick", "long" or "kills"), that
    usually takes so many seconds: the longest start first."""
    def add(function):
        assert function.__name__ not in TABLE, function.__name__
        TABLE[function.__name__] = (function, where, seconds)
        return function
    return add


class Case:
    def __init__(self, build, directory):
        self.build, self.directory, self.owned = build, directory, []

    def mesh(self, *services, **more):
        mesh = Mesh(self.build, self.directory, *services, **more)
        self.owned.append(mesh)
        return mesh

    def prometheus(self, mesh, **more):
        """Scrapes mesh; every target was scraped when this returns."""
        prometheus = Prometheus(self.directory, mesh.targets, **more)
        self.owned.append(prometheus)
        pods = len([p for p in mesh.pods() if p["up"]])
        until("Prometheus scrapes every proxy", lambda: prometheus.targets_up() >= pods, 30,
              [prometheus.process, mesh.process])
        return prometheus

    def daemon(self, url, **more):
        daemon = Daemon(self.build, self.directory, url, **more)
        self.owned.append(daemon)
        return daemon

    def world(self, *services, mesh=None, **more):
        """The usual three: mesh, Prometheus and daemon."""
        mesh = self.mesh(*services, **(mesh or {}))
        prometheus = self.prometheus(mesh)
        return mesh, prometheus, self.daemon(prometheus.url(), **more)

    def front(self, *backends):
        return Front(*backends)

    def check_alive(self):
        """After a case: nothing of ours died on the way. Daemons end in good order."""
        for thing in self.owned:
            assert not thing.process or not thing.process.failed(), \
                f"{thing.process.name} ended with {thing.process.popen.returncode}"
        for thing in self.owned:
            if isinstance(thing, Daemon) and thing.process and not thing.process.ended():
                code = thing.process.stop()
                assert code == 0, f"{thing.name} ended with {code} on SIGTERM"

    def release(self):
        for thing in self.owned:
            if thing.process:
                thing.process.kill()

    def logs(self, lines=25):
        """The ends of all logs, for a case that failed."""
        text = []
        for name in sorted(os.listdir(self.directory)):
            if name.endswith(".log"):
                with open(os.path.join(self.directory, name), encoding="utf-8",
                          errors="replace") as f:
                    tail = f.read().splitlines()[-lines:]
                text += [f"--- {name}"] + ["    " + line[:400] for line in tail]
        return "\n".join(text)
