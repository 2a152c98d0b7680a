"""Every preset, from a mesh's own exposition to the gate's answer: preflight, pass, abort."""
import json

from lib import scenario
from lib.case import case
from lib.wait import until

RULE = "httproute/default/reviews/rule/"
OWN = {"metrics": {"requests": "http_requests_total",
                   "duration_buckets": "http_request_duration_seconds_bucket",
                   "reported_by": "servers"},
       "match": {"app": "reviews"}}

# mesh of meshsim, preset, more of the service, what the caller says, by whom users are seen
MESHES = (("istio-ambient", "istio", {}, {"canary": "v2", "stable": "v1"}, True),
          ("linkerd", "linkerd", {}, {"canary": "reviews-v2", "stable": "reviews-v1"}, True),
          ("linkerd-route", "linkerd-route", {},
           {"canary": "reviews-v2", "stable": "reviews-v1"}, True),
          ("envoy-gateway", "envoy-gateway", {}, {"canary": RULE + "1", "stable": RULE + "0"}, True),
          ("nginx", "nginx", {}, {}, True),
          ("custom", "custom", OWN, {"canary": "v2", "stable": "v1"}, False))


def add(mesh_name, preset, keys, said, user_view):
    def rollout(c):
        mesh, _, d = c.world(scenario.service(2000, 30), mesh={"mesh": mesh_name},
                             services=[{"name": "reviews", "namespace": "default",
                                        "preset": preset, **keys}])
        ask = {"service": "reviews", "namespace": "default", "revision": "r1", **said}

        def preflight():
            flags = [f for k, v in said.items() for f in ("--" + k, v)]
            code, out, errors = d.command("preflight", "--service", "reviews", "--json", *flags)
            assert code in (0, 1), errors
            return code == 0 and json.loads(out)

        found = until("preflight finds everything", preflight, 30)
        assert not found["refused"] and found["preset"] == preset, found
        texts = [f["text"] for f in found["findings"] if f["about"] == "versions"]
        assert any(t.startswith("canary ") and t.endswith("is there") for t in texts), found
        j = until("pass", lambda: (v := d.gates.argo(**ask))["pass"] and v, 90)
        assert j["user_view"] is user_view, j
        assert j["checks"]["latency"]["verdict"] == "pass", j
        mesh.behave("v2", error_rate=0.3, code=500)
        j = until("abort", lambda: (v := d.gates.argo(**ask))["abort"] and v, 60)
        assert j["success_rate"]["canary"] < 0.99 < j["success_rate"]["stable"], j
    rollout.__name__ = "preset_" + mesh_name.replace("-", "_")
    case("quick", 50)(rollout)


for row in MESHES:
    add(*row)
