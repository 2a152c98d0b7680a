"""Argo's Kayenta provider over sockets: its listener, its polls, and a kill between them."""
import json
import os
import re
import sys

from lib import scenario
from lib.case import case
from lib.gates import request
from lib.wait import until

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "argomodel"))
import argo  # noqa: E402
import kayenta  # noqa: E402


class Provider:
    """metricproviders/kayenta: one measurement after the other."""

    def __init__(self, daemon, pass_, marginal):
        self.daemon, self.pass_, self.marginal = daemon, pass_, marginal

    def ask(self, method, path, body=None):
        port = int(re.search(r"port=(\d+)", self.daemon.events("event=kayenta_serving")[-1])[1])
        return request(port, method, path, body)

    def start(self):
        names = "application=reviews&configurationAccountName=none"
        found = self.ask("GET", "/canaryConfig?" + names)
        config = kayenta.config_id(found.code, found.body.decode(), "default")
        body = kayenta.question("v1", "v2", "default", self.pass_, self.marginal)
        asked = self.ask("POST", f"/canary/{config}?{names}&metricsAccountName=m&"
                         "storageAccountName=none", json.dumps(body))
        execution = kayenta.execution_id(asked.code, asked.body.decode())
        assert execution, asked
        return execution

    def poll(self, execution):
        answer = self.ask("GET", "/canary/" + execution)
        return kayenta.polled(answer.code, answer.body.decode(), self.pass_, self.marginal)


@case("quick", 60)
def kayenta_provider_judges_a_canary(c):
    mesh, _, d = c.world(scenario.service(3000, 0), kayenta={"listen": "127.0.0.1:0"})
    patient, hasty = Provider(d, 90, 90), Provider(d, 90, 75)
    # Before there is traffic: a hold that waits, and one that does not.
    waiting = patient.start()
    assert patient.poll(waiting) is None
    until("the first view", lambda: hasty.poll(hasty.start()) == argo.INCONCLUSIVE, 20)
    assert patient.start() == waiting, "the same question is another execution"
    mesh.weight(50)
    d.process.kill()
    d.start()
    assert patient.poll(waiting) is None, "a kill lost the execution, or decided it"
    until("a pass", lambda: patient.poll(waiting) == argo.OK, 60)
    assert hasty.poll(hasty.start()) == argo.OK
    mesh.behave("v2", error_rate=0.2, code=500)
    until("an abort", lambda: hasty.poll(hasty.start()) == argo.FAILED, 60)
    assert patient.poll(waiting) == argo.OK, "what was told last has changed"
    d.process.kill()
    d.start()
    assert patient.poll(waiting) == argo.OK, "what was told last is forgotten"
    # Each listener serves its own.
    assert d.gates.ask("GET", "/canaryConfig").code == 404
    assert patient.ask("GET", "/v1/runs").code == 404
    assert patient.ask("GET", "/-/healthy").code == 404
