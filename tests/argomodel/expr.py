"""The part of expr-lang (v1.17) that conditions of AnalysisTemplates use, with its errors.

Argo's documents: docs/features/analysis.md; the language: https://expr-lang.org. A value is what
Go's encoding/json makes of JSON, so all numbers are float64. None is nil.
"""
import math
import re

TOKEN = re.compile(r'\s*(?:(\d+(?:\.\d*)?|\.\d+)|("(?:[^"\\]|\\.)*"|\'[^\']*\')'
                   r'|(\?\?|\?\.|==|!=|<=|>=|&&|\|\||[-+*/<>!(){}\[\],.#])|([A-Za-z_]\w*))')
LEVELS = [["??"], ["||", "or"], ["&&", "and"], ["==", "!=", "<", ">", "<=", ">=", "in"], ["+", "-"],
          ["*", "/"]]
ORDER = {"<", ">", "<=", ">="}


class Wrong(Exception):
    """The condition cannot be evaluated: the measurement is an Error."""


def tokens(text):
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise Wrong(f"unexpected {text[at:]!r}")
        number, quoted, sign, name = match.groups()
        if number:
            found.append(("number", float(number)))
        elif quoted:
            found.append(("text", re.sub(r"\\(.)", r"\1", quoted[1:-1])))
        else:
            found.append(("word", sign or name))
        at = match.end()
    return found


class Parser:
    def __init__(self, text):
        self.rest = tokens(text)

    def next_is(self, *words):
        return bool(self.rest) and self.rest[0][0] == "word" and self.rest[0][1] in words

    def take(self, word):
        if not self.next_is(word):
            raise Wrong(f"no {word}")
        self.rest.pop(0)

    def whole(self):
        tree = self.level(0)
        if self.rest:
            raise Wrong(f"unexpected {self.rest[0][1]}")
        return tree

    def level(self, n):
        if n == len(LEVELS):
            return self.unary()
        left = self.level(n + 1)
        while self.next_is(*LEVELS[n]):
            sign = self.rest.pop(0)[1]
            left = ("two", sign, left, self.level(n + 1))
        return left

    def unary(self):
        if self.next_is("!", "not", "-"):
            return ("one", self.rest.pop(0)[1], self.unary())
        return self.postfix(self.primary())

    def listed(self, close):
        items = []
        while not self.next_is(close):
            items.append(self.level(0))
            if not self.next_is(close):
                self.take(",")
        self.take(close)
        return items

    def primary(self):
        if not self.rest:
            raise Wrong("unexpected end")
        if self.next_is("."):
            return ("name", "#")
        kind, what = self.rest.pop(0)
        if kind != "word":
            return ("value", what)
        if what == "(":
            inner = self.level(0)
            self.take(")")
            return inner
        if what == "[":
            return ("list", self.listed("]"))
        if what == "{":
            inner = self.level(0)
            self.take("}")
            return ("closure", inner)
        if what in ("true", "false", "nil"):
            return ("value", {"true": True, "false": False, "nil": None}[what])
        return ("call", what, self.arguments()) if self.next_is("(") else ("name", what)

    def arguments(self):
        self.take("(")
        return self.listed(")")

    def postfix(self, tree):
        while self.next_is(".", "?.", "["):
            sign = self.rest.pop(0)[1]
            if sign == "[":
                tree = ("index", tree, self.level(0))
                self.take("]")
            else:
                if not self.rest or self.rest[0][0] != "word":
                    raise Wrong("a name is missing")
                tree = ("member", sign, tree, self.rest.pop(0)[1])
        return tree


def kind(value):
    if value is None:
        return "<nil>"
    return {bool: "bool", float: "float64", int: "float64", str: "string"}.get(type(value), "any")


def as_number(value):
    try:
        return float(value)
    except (TypeError, ValueError) as why:
        raise Wrong(str(why)) from why


CALLS = {
    "isNil": lambda v: v is None,
    "isNaN": lambda v: math.isnan(as_number(v)),
    "isInf": lambda v: math.isinf(as_number(v)),
    "asFloat": as_number,
    "asInt": lambda v: float(int(as_number(v))),
    "default": lambda v, other: other if v is None else v,
    "len": lambda v: float(len(v)),
    "sum": lambda v: sum(map(as_number, v)),
    "min": lambda v: min(v),
    "max": lambda v: max(v),
}
OVER = {"all": all, "any": any, "none": lambda found: not any(found),
        "one": lambda found: sum(map(bool, found)) == 1}


def mixed(sign, left, right):
    return Wrong(f"invalid operation: {sign} (mismatched types {kind(left)} and {kind(right)})")


def two(sign, left, right):
    if sign == "in":
        return left in right if isinstance(right, (list, dict)) else False
    known = {"bool", "float64", "string"}
    if sign in ("==", "!="):
        if kind(left) != kind(right) and {kind(left), kind(right)} <= known:
            raise mixed(sign, left, right)
        return (left == right) == (sign == "==")
    if kind(left) != kind(right) or kind(left) not in ("float64", "string"):
        raise mixed(sign, left, right)
    if sign in ORDER:
        return {"<": left < right, ">": left > right, "<=": left <= right,
                ">=": left >= right}[sign]
    if kind(left) == "string" and sign != "+":
        raise mixed(sign, left, right)
    if sign == "/":
        return left / right if right else math.nan
    return left + right if sign == "+" else left - right if sign == "-" else left * right


def member(sign, value, name):
    if value is None:
        if sign == "?.":
            return None
        raise Wrong(f"cannot fetch {name} from <nil>")
    if not isinstance(value, dict):
        raise Wrong(f"type {kind(value)} has no field {name}")
    return value.get(name)


def index(value, at):
    if isinstance(value, dict):
        return value.get(at)
    if not isinstance(value, list) or not isinstance(at, float):
        raise Wrong(f"cannot fetch from {kind(value)}")
    if not -len(value) <= at < len(value):
        raise Wrong(f"index out of range: {int(at)} (array length is {len(value)})")
    return value[int(at)]


def call(name, arguments, names):
    if name in OVER or name in ("filter", "map"):
        items = value_of(arguments[0], names)
        if not isinstance(items, list):
            raise Wrong(f"cannot use {kind(items)} in {name}")
        body = arguments[1][1] if arguments[1][0] == "closure" else arguments[1]
        found = [value_of(body, {**names, "#": item}) for item in items]
        if name in OVER:
            return OVER[name](found)
        return found if name == "map" else [i for i, keep in zip(items, found) if keep]
    if name not in CALLS:
        raise Wrong(f"unknown name {name}")
    try:
        return CALLS[name](*[value_of(a, names) for a in arguments])
    except (TypeError, ValueError) as why:
        raise Wrong(str(why)) from why


def value_of(tree, names):
    what = tree[0]
    if what == "value":
        return tree[1]
    if what == "list":
        return [value_of(item, names) for item in tree[1]]
    if what == "name":
        if tree[1] not in names:
            raise Wrong(f"unknown name {tree[1]}")
        return names[tree[1]]
    if what == "member":
        return member(tree[1], value_of(tree[2], names), tree[3])
    if what == "index":
        return index(value_of(tree[1], names), value_of(tree[2], names))
    if what == "call":
        return call(tree[1], tree[2], names)
    if what == "one":
        value = value_of(tree[2], names)
        if kind(value) != ("float64" if tree[1] == "-" else "bool"):
            raise Wrong(f"invalid operation: {tree[1]} (mismatched type {kind(value)})")
        return -value if tree[1] == "-" else not value
    sign, left = tree[1], value_of(tree[2], names)
    if sign == "??":
        return value_of(tree[3], names) if left is None else left
    if sign in ("&&", "and", "||", "or"):
        ends = sign in ("||", "or")
        for side in (left, None):
            side = value_of(tree[3], names) if side is None else side
            if not isinstance(side, bool):
                raise Wrong(f"invalid operation: {sign} (mismatched type {kind(side)})")
            if side is ends:
                return ends
        return not ends
    return two(sign, left, value_of(tree[3], names))


def compiled_with_nil(tree):
    """expr checks types before it evaluates: nil in an order comparison is refused even behind a guard."""
    if not isinstance(tree, tuple):
        return
    if tree[0] == "two" and tree[1] in ORDER and ("name", "result") in tree[2:]:
        raise mixed(tree[1], None, 0.0)
    for part in tree[1:]:
        for inner in part if isinstance(part, list) else [part]:
            compiled_with_nil(inner)


def holds(text, result):
    """Whether the condition holds for this result. Wrong: it cannot be evaluated."""
    tree = Parser(text).whole()
    if result is None:
        compiled_with_nil(tree)
    value = value_of(tree, {"result": result})
    if not isinstance(value, bool):
        raise Wrong(f"expected bool, but got {kind(value)}")
    return value
