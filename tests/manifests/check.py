#!/usr/bin/env python3
"""What deploy/ holds is what Kubernetes, Argo, Flagger and Istio take, and what verdictd loads.

    check.py [--build DIR]

DIR (or BUILD_DIR, else build) has verdictd and tests/yaml2json. The CRDs' schemas are read from
$VERDICTD_SHARED/conformance/crds; without them their kinds are skipped, and that is said. The last
line is "N passed, N failed".
"""
import argparse
import glob
import json
import os
import subprocess
import sys

import kubernetes
import schema

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get("VERDICTD_SHARED", os.path.join(ROOT, "..", "shared"))
GATED = {"AnalysisTemplate", "ClusterAnalysisTemplate", "Rollout", "Canary"}


class Tools:
    def __init__(self, build):
        self.verdictd = os.path.join(build, "verdictd")
        self.yaml2json = os.path.join(build, "tests", "yaml2json")

    def run(self, *words):
        return subprocess.run(words, capture_output=True, text=True, timeout=60)

    def documents(self, path):
        r = self.run(self.yaml2json, path)
        if r.returncode:
            raise SystemExit(r.stderr.strip())
        return json.loads(r.stdout)


def crds(tools):
    """(apiVersion, kind) to schema."""
    known = {}
    for path in sorted(glob.glob(os.path.join(SHARED, "conformance", "crds", "*.yaml"))):
        for crd in tools.documents(path):
            if crd.get("kind") != "CustomResourceDefinition":
                continue
            for version in crd["spec"]["versions"]:
                api = f"{crd['spec']['group']}/{version['name']}"
                top = version["schema"]["openAPIV3Schema"]
                for name in ("apiVersion", "kind", "metadata"):
                    top["properties"][name] = {"x-kubernetes-preserve-unknown-fields": True}
                known[api, crd["spec"]["names"]["kind"]] = top
    return known


def manifest(document, known):
    """Errors of one object, or None where nothing here knows its kind."""
    key = document.get("apiVersion"), document.get("kind")
    if not isinstance(key[0], str) or not isinstance(key[1], str):
        return ["no apiVersion and kind"]
    shape = kubernetes.schema_of(*key) or known.get(key)
    if shape:
        return schema.errors(document, shape)
    return [f"nothing here knows {key[0]} {key[1]}"] if known else None


def kustomization(path, document):
    folder = os.path.dirname(path)
    named = list(document.get("resources", []))
    for generator in ("configMapGenerator", "secretGenerator"):
        for entry in document.get(generator, []):
            named += [name.split("=")[-1] for name in entry.get("files", [])]
    return [f"no {name}" for name in named if not os.path.exists(os.path.join(folder, name))]


# What must not get through, or this check proves nothing.
REFUSED = [
    {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {}},
    {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"},
     "spec": {"ports": [{"port": "80"}]}},
    {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "x"},
     "spec": {"selector": {}, "serviceName": "x", "template": {
         "metadata": {}, "spec": {"containers": [{"name": "x", "imagee": "y"}]}}}},
]
REFUSED_BY_CRD = [
    {"apiVersion": "argoproj.io/v1alpha1", "kind": "AnalysisTemplate", "spec": {"metrics": [{}]}},
    {"apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
     "spec": {"http": [{"route": [{"destination": {"host": "x"}, "weight": "5"}]}]}},
    {"apiVersion": "flagger.app/v1beta1", "kind": "Canary", "spec": {
        "targetRef": {"kind": "Deployment", "name": "x"}, "analysis": {
            "webhooks": [{"name": "x", "url": "y", "type": "rolback"}]}}},
]


def check_refusals(known, tell):
    for document in REFUSED + (REFUSED_BY_CRD if known else []):
        wrong = manifest(document, known)
        tell(f"a wrong {document['kind']} is refused", [] if wrong else ["it is not"])


def check_file(tools, known, path, tell):
    short = os.path.relpath(path, ROOT)
    documents = tools.documents(path)
    if any("kind" not in d for d in documents):
        r = tools.run(tools.verdictd, "check-config", path)
        tell(f"{short}: verdictd loads it", [r.stderr.strip()] if r.returncode else [])
        return
    for document in documents:
        name = f"{short}: {document.get('kind')} {document.get('metadata', {}).get('name', '')}"
        wrong = manifest(document, known)
        if wrong is None:
            print(f"skipped {name}: no schema")
            continue
        if document["kind"] == "Kustomization":
            wrong += kustomization(path, document)
        tell(name, wrong)
    if any(d.get("kind") in GATED for d in documents):
        r = tools.run(tools.verdictd, "lint-template", "--strict", path)
        tell(f"{short}: lint-template", [r.stdout.strip()] if r.returncode else [])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default=os.environ.get("BUILD_DIR", os.path.join(ROOT, "build")))
    tools = Tools(os.path.abspath(parser.parse_args().build))
    known = crds(tools)
    count = [0, 0]

    def tell(name, wrong):
        count[bool(wrong)] += 1
        if wrong:
            print(f"FAILED {name}\n       " + "\n       ".join(wrong[:20]))

    if not known:
        print("skipped: the kinds of Argo, Flagger and Istio: no conformance/crds")
    check_refusals(known, tell)
    files = sorted(glob.glob(os.path.join(ROOT, "deploy", "**", "*.yaml"), recursive=True))
    for path in files:
        check_file(tools, known, path, tell)
    print(f"{count[0]} passed, {count[1]} failed")
    sys.exit(1 if count[1] or not count[0] else 0)


main()
