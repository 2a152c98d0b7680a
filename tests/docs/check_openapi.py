#!/usr/bin/env python3
"""docs/openapi.yaml says what the server's tables say: routes, methods, scopes, words.

    check_openapi.py [--build DIR]

DIR (or BUILD_DIR, else build) has tests/yaml2json. The last line is "N passed, N failed".
"""
import argparse
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
from lib.openapi import Document  # noqa: E402

SCOPES = {"GATE": "gate", "ACT": "act", "READ": "read", "READ_ALL": "read", "WRITE": "write"}
VERBS = {"ROUTE_GET": "GET", "ROUTE_HEAD": "HEAD", "ROUTE_POST": "POST", "ROUTE_PUT": "PUT"}


def table(path, pattern):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        found = re.findall(pattern, f.read(), re.M)
    assert found, f"{path}: has the table changed its form?"
    return found


def same(said, real):
    assert said == real, f"too much {sorted(said - real)}, missing {sorted(real - said)}"


def routes(document):
    real = set()
    for methods, path, scope in table(
            "webhooks/route.def", r'^ROUTE\(\w+, *([^"]*), *"([^"]+)", *\w+, *(\w+)\)'):
        for method in re.findall(r"ROUTE_\w+", methods):
            real.add((VERBS[method], path, SCOPES.get(scope, "")))
    said = set()
    for method, path, operation in document.operations():
        scope = operation["security"][0]["token"][0] if operation["security"] else ""
        said.add((method, re.sub(r"\{\w+\}", "{}", path), scope))
    same(said, real)


def placeholders(document):
    """Each {} of a path is described, and nothing else is said to be in the path."""
    for method, path, operation in document.operations():
        inside = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
        assert inside == set(re.findall(r"\{(\w+)\}", path)), f"{method} {path}: {inside}"


def references(document):
    def walk(node):
        if isinstance(node, dict):
            if "$ref" in node:
                document.at(node["$ref"])
            for member in node.values():
                walk(member)
        elif isinstance(node, list):
            for member in node:
                walk(member)
    walk(document.top)


def operation_ids(document):
    ids = [o["operationId"] for _, _, o in document.operations()]
    assert len(ids) == len(set(ids)), "an operationId stands twice"
    assert all(o["summary"] and o["tags"] for _, _, o in document.operations())


def examples(document):
    for method, path, operation in document.operations():
        for p in operation["parameters"]:
            if "example" in p:
                faults = document.faults(p["example"], p["schema"])
                assert not faults, f"{method} {path}, {p['name']}: {faults[0]}"


def words(document):
    """Vocabularies that stand in both."""
    at = document.at("#/components/schemas")
    hooks = document.top["paths"]["/v1/flagger/{hook}"]["parameters"][0]["schema"]["enum"]
    same(set(hooks), set(table("webhooks/flagger.def", r'^HOOK\(\w+, *"([^"]+)"')))
    same(set(at["ArgoEvent"]["properties"]["event"]["enum"]),
         set(table("webhooks/argoevent.def", r'^ARGOEVENT\(\w+, *"([^"]+)"')))
    same(set(at["VerdictWord"]["enum"]),
         set(table("analyzer/verdict.def", r'^VERDICT\(\w+, *"([^"]+)"')))
    same(set(at["Override"]["properties"]["action"]["enum"]),
         set(table("analyzer/override.def", r'^OVERRIDE\(\w+, *"([^"]+)"')) - {"none"})
    keys = table("webhooks/question.def", r'^(?:TEXT|WORD)_KEY\(\w+, *"([^"]+)"')
    keys += table("webhooks/question.def", r'^ALIAS_KEY\("([^"]+)"')
    same(set(at["Question"]["properties"]), set(keys) - {"on_hold"})
    same(set(at["Verdict"]["properties"]["checks"]["required"]),
         set(table("analyzer/check.def", r'^CHECK\(\w+, *"([^"]+)"')))


def parameters(document):
    """Reads of the history take these and no others (webhooks/runsapi.c)."""
    rows = table("webhooks/runsapi.c", r'^    \{"(\w+)", ALLOW_')
    said = set()
    for method, path, operation in document.operations():
        if method == "GET" and operation["tags"] == ["history"]:
            said |= {p["name"] for p in operation["parameters"] if p["in"] == "query"}
    same(said, set(rows))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build", default=os.environ.get("BUILD_DIR", os.path.join(ROOT, "build")))
    document = Document(parser.parse_args().build)
    passed = failed = 0
    for check in (routes, placeholders, references, operation_ids, examples, words, parameters):
        try:
            check(document)
            passed += 1
        except (AssertionError, KeyError) as e:
            failed += 1
            print(f"FAILED {check.__name__}\n       {e}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
