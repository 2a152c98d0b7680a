"""Kubernetes' structural schemas (CRD openAPIV3Schema), as far as CRDs use them."""
import re


def type_fits(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, {"object": dict, "array": list, "string": str, "boolean": bool}[name])


def errors(value, schema, path="", strict=True):
    """What is wrong with a value, one line each.  strict: unknown keys too, as kubectl says."""
    if value is None:
        return [] if schema.get("nullable") else [f"{path}: null"]
    if schema.get("x-kubernetes-int-or-string"):
        return [] if isinstance(value, (int, str)) and not isinstance(value, bool) else [
            f"{path}: neither integer nor string"]
    found = []
    kind = schema.get("type")
    if kind and not type_fits(value, kind):
        return [f"{path}: {value!r} is no {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{path}: {value!r} is none of {schema['enum']}")
    if "pattern" in schema and isinstance(value, str) and not re.search(schema["pattern"], value):
        found.append(f"{path}: {value!r} does not match {schema['pattern']}")
    if "minimum" in schema and isinstance(value, (int, float)) and value < schema["minimum"]:
        found.append(f"{path}: {value} is under {schema['minimum']}")
    if "maximum" in schema and isinstance(value, (int, float)) and value > schema["maximum"]:
        found.append(f"{path}: {value} is over {schema['maximum']}")
    for name, least in (("minLength", str), ("minItems", list)):
        if name in schema and isinstance(value, least) and len(value) < schema[name]:
            found.append(f"{path}: shorter than {schema[name]}")
    for part in schema.get("allOf", []):
        found += errors(value, part, path, False)
    for word, least, most in (("oneOf", 1, 1), ("anyOf", 1, None)):
        if word in schema:
            fits = sum(not errors(value, part, path, False) for part in schema[word])
            if fits < least or (most and fits > most):
                found.append(f"{path}: fits {fits} of {word}")
    if "not" in schema and not errors(value, schema["not"], path, False):
        found.append(f"{path}: is what it must not be")
    if isinstance(value, dict):
        found += object_errors(value, schema, path, strict)
    if isinstance(value, list):
        for i, item in enumerate(value):
            found += errors(item, schema.get("items", {}), f"{path}[{i}]", strict)
    return found


def object_errors(value, schema, path, strict):
    found = [f"{path}.{name} is missing" for name in schema.get("required", []) if name not in value]
    properties = schema.get("properties", {})
    extra = schema.get("additionalProperties")
    for name, item in value.items():
        if name in properties:
            found += errors(item, properties[name], f"{path}.{name}", strict)
        elif isinstance(extra, dict):
            found += errors(item, extra, f"{path}.{name}", strict)
        elif strict and properties and not extra and not schema.get(
                "x-kubernetes-preserve-unknown-fields"):
            found.append(f"{path}.{name} is not known")
    return found
