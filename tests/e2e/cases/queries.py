"""Every query of deploy/ and of `verdictd template`, run over a live rollout as its reader runs it.

A query of a kind that this file does not know fails the case, so that none is left out.
"""
import glob
import json
import os
import re
import subprocess
import urllib.parse

from cases.embedded import embedded
from lib import scenario
from lib.case import case
from lib.wait import until

ROOT = os.path.join(os.path.dirname(__file__), "..", "..", "..")
NAMES = {"namespace": "default", "name": "reviews", "target": "reviews", "service": "reviews",
         "ingress": "reviews", "interval": "1m"}
KEYS = {"query", "seriesQuery", "metricsQuery", "expr"}
# What Flagger sends for its checks (pkg/metrics/observers), by provider.
SELECTORS = {
    "istio": ('istio_requests_total', 'istio_request_duration_milliseconds_bucket',
              'reporter="destination",destination_workload_namespace="default",'
              'destination_workload=~"reviews"', 'response_code!~"5.*"'),
    "linkerd": ('response_total', 'response_latency_ms_bucket',
                'namespace="default",deployment=~"reviews",direction="inbound"',
                'classification!="failure"'),
}


def built_in(provider, check):
    requests, buckets, of, good = SELECTORS[provider]
    if check == "request-success-rate":
        return (f"sum(rate({requests}{{{of},{good}}}[1m])) / "
                f"sum(rate({requests}{{{of}}}[1m])) * 100")
    return f"histogram_quantile(0.99, sum(rate({buckets}{{{of}}}[1m])) by (le))"


def documents(build, path):
    out = subprocess.run([os.path.join(build, "tests", "yaml2json"), path], check=True, timeout=60,
                         capture_output=True).stdout
    return json.loads(out)


def written(node):
    """Every (key, query) in a document, in YAML inside of strings too."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in KEYS and isinstance(value, str):
                yield key, value
            else:
                yield from written(value)
    elif isinstance(node, list):
        for value in node:
            yield from written(value)
    elif isinstance(node, str):
        for key, value in re.findall(r"^[\s-]*(\w+): '(.*)'$", node, flags=re.M):
            if key in KEYS:
                yield key, value


def filled(query):
    """As Flagger's templates and prometheus-adapter's are."""
    query = re.sub(r"{{ *(\w+) *}}", lambda m: NAMES[m[1]], query)
    for hole, text in (("<<.Series>>", "istio_requests_total"), ("<<.GroupBy>>", "pod"),
                       ("<<.LabelMatchers>>", 'namespace="default",pod=~"reviews.+"')):
        query = query.replace(hole, text)
    assert not re.search(r"{{|<<", query), query
    return query


def flaggers(d, query):
    """What Flagger's client reads at /flagger; None: no value."""
    a = d.gates.ask("GET", "/flagger/api/v1/query?" + urllib.parse.urlencode({"query": query}))
    assert a.code == 200, f"{query}: {a}"
    result = a.json["data"]["result"]
    return float(result[-1]["value"][1]) if result else None


def rollout(c, mesh_name, **service):
    """Flagger's names; the canary has a part of the traffic and is held by our hook."""
    v1 = scenario.version("v1", pods=3, workload="reviews-primary")
    v2 = scenario.version("v2", workload="reviews")
    mesh = c.mesh(scenario.service(1000, 30, v1=v1, v2=v2), mesh=mesh_name)
    d = embedded(c, mesh, services=[{"name": "reviews", "namespace": "default", **service}])
    assert d.gates.flagger("pre-rollout", "reviews").code == 200
    d.gates.flagger("confirm-traffic-increase", "reviews")
    return d


@case("quick", 60)
def every_query_of_the_recipes_has_an_answer(c):
    d = rollout(c, "istio")
    code, template, errors = d.command("template", "flagger", "--service", "reviews")
    assert code == 0, errors
    path = os.path.join(c.directory, "template.yaml")
    with open(path, "w", encoding="utf-8") as f:
        f.write(template)
    n = 0
    for path in [path, *sorted(glob.glob(os.path.join(ROOT, "deploy", "**", "*.yaml"),
                                         recursive=True))]:
        for document in documents(c.build, path):
            for key, query in written(document):
                query = filled(query)
                if document.get("kind") == "MetricTemplate":
                    until(f"{path}: {query}", lambda q=query: flaggers(d, q) is not None, 20)
                else:
                    assert key in ("seriesQuery", "metricsQuery"), f"{path}: {key}: {query}"
                    until(f"{path}: {query}", lambda q=query: d.query(q), 20)
                n += 1
    assert n >= 4, n


def add(mesh_name, **service):
    """Flagger's own checks, by way of our metrics server."""
    def checks(c):
        d = rollout(c, mesh_name, **service)
        rate, p99 = (built_in(mesh_name, check) for check in
                     ("request-success-rate", "request-duration"))
        assert until("a success rate", lambda: flaggers(d, rate), 30) > 90
        assert 1 < until("a duration", lambda: flaggers(d, p99), 30) < 5000
        other = d.gates.ask("GET", "/flagger/api/v1/query?query=up")
        assert other.code == 422, other
    checks.__name__ = "flagger_s_checks_of_" + mesh_name
    case("quick", 40)(checks)


add("istio")
add("linkerd", preset="linkerd")
