"""JSON as the strictest reader takes it: what Argo's Go, and any other, must not choke on."""
import json
import math


def _constant(text):
    raise ValueError(f"{text} is not JSON")


def _number(text):
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is not a finite number")
    return value


def _object(pairs):
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError(f"a key twice in {[k for k, _ in pairs]}")
    return result


def parse(body):
    """The value of bytes of UTF-8: no NaN, no key twice, no lone surrogate, finite numbers."""
    text = body.decode("utf-8", "strict")
    value = json.loads(text, parse_constant=_constant, parse_float=_number,
                       object_pairs_hook=_object)
    json.dumps(value, ensure_ascii=False).encode("utf-8", "strict")
    return value


def no_null(value):
    """Whether no null is anywhere in it."""
    if isinstance(value, dict):
        return all(no_null(v) for v in value.values())
    if isinstance(value, list):
        return all(no_null(v) for v in value)
    return value is not None
