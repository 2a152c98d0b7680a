"""docs/openapi.yaml as data: its operations, and whether a value is what a schema says."""
import json
import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
METHODS = ("get", "head", "post", "put")
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
         "number": (int, float)}


class Document:
    def __init__(self, build):
        read = subprocess.run([os.path.join(build, "tests", "yaml2json"),
                               os.path.join(ROOT, "docs", "openapi.yaml")],
                              capture_output=True, text=True, timeout=60, check=False)
        assert read.returncode == 0, read.stderr
        self.top = json.loads(read.stdout)[0]

    def at(self, ref):
        """What a $ref names; KeyError where that is nothing."""
        node = self.top
        for part in ref.removeprefix("#/").split("/"):
            node = node[part]
        return node

    def follow(self, node):
        while isinstance(node, dict) and "$ref" in node:
            node = self.at(node["$ref"])
        return node

    def operations(self):
        """(method, path, operation), parameters of the path among its own."""
        for path, item in self.top["paths"].items():
            for method in METHODS:
                if method in item:
                    operation = dict(item[method])
                    operation["parameters"] = [self.follow(p) for p in item.get("parameters", []) +
                                               operation.get("parameters", [])]
                    yield method.upper(), path, operation

    def responses(self, operation):
        """Code to response, those of any request among them."""
        known = {**self.top["x-any-request"], **operation["responses"]}
        return {int(code): self.follow(r) for code, r in known.items()}

    def faults(self, value, schema, where="body"):
        """What of the value is not as the schema says, in words."""
        schema = self.follow(schema)
        found = []
        for part in schema.get("allOf", []):
            found += self.faults(value, part, where)
        if "anyOf" in schema:
            each = [self.faults(value, s, where) for s in schema["anyOf"]]
            if all(each):
                found += min(each, key=len)
        if "enum" in schema and value not in schema["enum"]:
            found.append(f"{where}: {value!r} is none of {schema['enum']}")
        if "const" in schema and value != schema["const"]:
            found.append(f"{where}: {value!r} is not {schema['const']!r}")
        kind = schema.get("type")
        if kind and (not isinstance(value, TYPES[kind]) or
                     (isinstance(value, bool) and kind in ("integer", "number"))):
            return found + [f"{where}: {str(value)[:60]!r} is no {kind}"]
        if isinstance(value, str):
            found += self._text(value, schema, where)
        elif isinstance(value, dict):
            found += self._object(value, schema, where)
        elif isinstance(value, list) and "items" in schema:
            for n, item in enumerate(value):
                found += self.faults(item, schema["items"], f"{where}[{n}]")
        elif isinstance(value, (int, float)):
            if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
                found.append(f"{where}: {value} is out of bounds")
        return found

    @staticmethod
    def _text(value, schema, where):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            return [f"{where}: a text of {len(value)} characters"]
        if "pattern" in schema and not re.search(schema["pattern"], value):
            return [f"{where}: {value[:60]!r} does not match {schema['pattern']}"]
        return []

    def _object(self, value, schema, where):
        known = schema.get("properties", {})
        more = schema.get("additionalProperties", True)
        found = [f"{where}: {key} is missing" for key in schema.get("required", []) if key not in value]
        for key, member in value.items():
            if key in known:
                found += self.faults(member, known[key], f"{where}.{key}")
            elif more is False:
                found.append(f"{where}: {key} is not in the schema")
            elif isinstance(more, dict):
                found += self.faults(member, more, f"{where}.{key}")
        return found
