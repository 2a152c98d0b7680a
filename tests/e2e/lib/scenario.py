"""Scenarios of meshsim (tests/meshsim/README.md), made here so that each case shows its numbers."""
import json

SOUND = {"errors": {500: 0.001}, "latency": {"median_ms": 20, "sigma": 0.4}}
CLIENT = {"name": "productpage-v1", "service_account": "bookinfo-productpage",
          "labels": {"app": "productpage", "version": "v1"}, "proxies": 2}


def version(name, pods=2, behaviour=None, **more):
    return {"name": name, "pods": pods, "service_account": "bookinfo-reviews",
            "behaviour": behaviour or SOUND, **more}


def service(rate, weight, v1=None, v2=None, name="reviews", **more):
    """Two versions, v2 the canary with so many percent. Its behaviour is sound until steered."""
    return {"name": name, "requests_per_second": rate, "timeout": "1s", "weights": {"v2": weight},
            "versions": [v1 or version("v1", pods=3), v2 or version("v2")], **more}


def write(path, *services, **more):
    """JSON is YAML."""
    with open(path, "w", encoding="utf-8") as f:
        json.dump({"services": list(services), "clients": [CLIENT], **more}, f, indent=1)
