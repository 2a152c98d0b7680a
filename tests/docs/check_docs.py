#!/usr/bin/env python3
"""The documents are true: configurations load, JSON parses, commands, paths, keys, links exist.

    check_docs.py [--build DIR]

DIR (or BUILD_DIR, else build) has verdictd. The last line is "N passed, N failed".
"""
import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

import check_commands

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CONFIG_MARK = "yaml verdictd config"
TREE = "base promql analyzer telemetry store webhooks dashboards daemon tests docs deploy".split()
# What api.md and Argo's own rules ask of every web metric.
SUCCESS = 'result.verdict == "pass"'
FAILURE = 'result.verdict in ["fail", "abort"]'


class Wrong(Exception):
    """What is not true, in words."""


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def want(condition, what):
    if not condition:
        raise Wrong(what)


class Document:
    def __init__(self, path):
        self.path, self.text = path, read(path)
        # (first line, language, body) of each fenced block; the rest is prose.
        self.blocks, self.prose = [], ""
        language, body, begin = None, [], 0
        for n, line in enumerate(self.text.split("\n"), 1):
            if line.startswith("```"):
                if language is None:
                    language, body, begin = line[3:].strip(), [], n
                else:
                    self.blocks.append((begin, language, "\n".join(body) + "\n"))
                    language = None
            elif language is None:
                self.prose += line + "\n"
            else:
                body.append(line)
        if language is not None:
            raise SystemExit(f"{path}:{begin}: a fenced block that does not end")

    def of(self, test):
        return [(f"{self.path}:{n}", language, body) for n, language, body in self.blocks
                if test(language)]

    def anchors(self):
        found = set()
        for heading in re.findall(r"^#+ (.*)$", self.prose, re.M):
            plain = re.sub(r"[^\w\- ]", "", heading.lower())
            found.add(plain.replace(" ", "-"))
        return found


def documents():
    paths = ["README.md"] + sorted("docs/" + f for f in os.listdir(os.path.join(ROOT, "docs"))
                                   if f.endswith(".md"))
    return [Document(p) for p in paths]


class Program:
    """The verdictd that was built, and what its tables say."""

    def __init__(self, build):
        self.path = os.path.join(build, "verdictd")
        want(os.access(self.path, os.X_OK), f"{self.path} is not there: build it first")
        self.helps = {}
        self.routes = re.findall(r'^ROUTE\(\w+, *([^"]*), *"([^"]+)"', read("webhooks/route.def"), re.M)
        self.hooks = re.findall(r'^HOOK\(\w+, *"([^"]+)"\)', read("webhooks/flagger.def"), re.M)
        self.reasons = re.findall(r'^REASON\(\w+, *"([^"]+)"', read("analyzer/reason.def"), re.M)
        keys = read("webhooks/question.def")
        self.keys = set(re.findall(r'^(?:TEXT|WORD)_KEY\(\w+, *"([^"]+)"', keys, re.M) +
                        re.findall(r'^ALIAS_KEY\("([^"]+)"', keys, re.M))
        self.verbs = re.findall(r"^(\w+) *\|", read("dev"), re.M)
        for name in ("routes", "hooks", "reasons", "keys", "verbs"):
            want(getattr(self, name), f"no {name} found: has a table changed its form?")

    def help(self, command):
        if command not in self.helps:
            r = subprocess.run([self.path] + ([command, "--help"] if command else ["help"]),
                               capture_output=True, text=True, timeout=20)
            self.helps[command] = r.stdout if r.returncode == 0 else ""
        return self.helps[command]

    def check_config(self, body):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
            f.write(body)
            f.flush()
            r = subprocess.run([self.path, "check-config", f.name],
                               capture_output=True, text=True, timeout=20)
        return r.returncode, r.stderr.replace(f.name, "example").strip()

    def has_route(self, path):
        parts = path.rstrip("/").split("/")
        for _, pattern in self.routes:
            wanted = pattern.split("/")
            if len(wanted) == len(parts) and all(w in ("{}", p) for w, p in zip(wanted, parts)):
                return True
        return False


# Each check takes the program and a document and yields (where, what is done).

def configurations(program, doc):
    def check(body):
        code, why = program.check_config(body)
        want(code == 0, why)
    for where, _, body in doc.of(lambda x: x == CONFIG_MARK):
        yield where + ": the configuration loads", lambda b=body: check(b)


def json_examples(_, doc):
    def no_constant(word):
        raise Wrong(word + " is not JSON")

    def no_double(pairs):
        want(len({k for k, _ in pairs}) == len(pairs), "a key stands twice")
        return dict(pairs)

    def check(body):
        value = json.loads(body, parse_constant=no_constant, object_pairs_hook=no_double)
        want(isinstance(value, dict), "not an object")
    for where, _, body in doc.of(lambda x: x == "json"):
        yield where + ": strict JSON", lambda b=body: check(b)


def field(body, name):
    m = re.search(rf"^\s*(?:- )?{name}: *(.+?)(?: +#.*)?$", body, re.M)
    return m.group(1).strip() if m else None


def number(body, name):
    value = field(body, name)
    want(value and value.isdigit(), f"{name} is missing or no number")
    return int(value)


def url_of(program, url):
    m = re.match(r'"?http://(?:[^@/]+@)?[\w.-]+:\d+(/[^?"]*)(?:\?([^"]*))?"?$', url)
    want(m, f"{url} is not an address of ours")
    want(program.has_route(m.group(1)), f"there is no {m.group(1)} in webhooks/route.def")
    for pair in filter(None, (m.group(2) or "").split("&")):
        want(pair.split("=")[0] in program.keys, f"{pair}: no such key")
    return m.group(1)


def argo_template(program, body):
    want(field(body, "successCondition") == SUCCESS, "successCondition is not " + SUCCESS)
    want(field(body, "failureCondition") == FAILURE, "failureCondition is not " + FAILURE)
    count = number(body, "count")
    want(number(body, "inconclusiveLimit") < count, "inconclusiveLimit is not below count")
    want(number(body, "consecutiveSuccessLimit") >= 1, "consecutiveSuccessLimit is under 1")
    want(number(body, "timeoutSeconds") < 10, "timeoutSeconds is not under Argo's own 10")
    want(field(body, "method") == "POST", "method is not POST")
    want(url_of(program, field(body, "url")) == "/v1/argo/verdict", "not the Argo gate")
    sent = re.search(r"^( +)jsonBody:\n((?:\1 +.*\n?)+)", body, re.M)
    want(sent, "no jsonBody")
    for key in re.findall(r"^\s*(\w+):", sent.group(2), re.M):
        want(key in program.keys, f"jsonBody has {key}, which is no key of ours")
    declared = set(re.findall(r"^\s*- \{name: (\w+)[,}]", body, re.M))
    used = set(re.findall(r"\{\{args\.(\w+)\}\}", body))
    want(used == declared, f"arguments declared {sorted(declared)}, used {sorted(used)}")
    return declared


def flagger_hooks(program, body):
    types, urls = re.findall(r"\btype: ([\w-]+)", body), re.findall(r'\burl: ("?http[^\s,}]+)', body)
    want(types and len(types) == len(urls), "a hook without type or url")
    for kind, url in zip(types, urls):
        want(kind in program.hooks, f"{kind} is no type of Flagger's webhooks")
        want(url_of(program, url) == "/v1/flagger/" + kind, f"{url} is not the path of {kind}")
    for metadata in re.findall(r"\bmetadata: \{(?!name:)([^}]*)\}", body):
        for key in re.findall(r"(\w+):", metadata):
            want(key in program.keys, f"metadata has {key}, which is no key of ours")
    intervals = re.search(r"\bthreshold: (\d+)", body)
    want(intervals and int(intervals.group(1)) > 1, "threshold is missing or 1")


def recipes(program, doc):
    templates = []

    def template(body):
        templates.append(argo_template(program, body))

    def rollout(body):
        want(templates, "no template stands before it")
        for args in re.split(r"\bargs:\n", body)[1:]:
            given = set(re.findall(r"^\s*- \{name: (\w+), value", args.split("setWeight")[0], re.M))
            want(given == templates[-1] - {"token"},
                 f"arguments {sorted(given)}, the template wants {sorted(templates[-1])}")

    def well_formed(body):
        if re.match(r"(services|policies):", body):  # a part of a configuration loads with the rest
            code, why = program.check_config("sources: {mesh: {prometheus: {url: 'http://p:9090'}}}\n" + body)
            want(code == 0, why)
            return
        _, why = program.check_config(body)
        # verdictd's reader takes it apart and then knows none of its keys.
        want(re.match(r"example:1:1: \S+: unknown key", why), "not YAML: " + why)

    for where, _, body in doc.of(lambda x: x == "yaml"):
        yield where + ": well-formed YAML", lambda b=body: well_formed(b)
        if "AnalysisTemplate" in body:
            yield where + ": an Argo template by the contract", lambda b=body: template(b)
        elif "templateName" in body:
            yield where + ": gives its template's arguments", lambda b=body: rollout(b)
        elif "webhooks:" in body:
            yield where + ": Flagger hooks by the contract", lambda b=body: flagger_hooks(program, b)
        for path in re.findall(r"httpGet: \{path: ([^,}]+)", body):
            yield f"{where}: {path} is served", lambda p=path: want(program.has_route(p), "no route")


def commands(program, doc):
    def verb(name):
        want(name in program.verbs, "dev has no such verb")

    def command(name, options):
        want(re.search(rf"^  {name} ", program.help(""), re.M), "no such command")
        for option in options:
            want(re.search(rf"(^|\s|, ){option}\b", program.help(name)), f"{name} has no {option}")

    for name in sorted(set(re.findall(r"\./dev (\w+)", doc.text))):
        yield f"{doc.path}: ./dev {name}", lambda n=name: verb(n)
    said = set()
    for name, rest in re.findall(r"\bverdictd (\w+-\w+|serve|query|parse|lint|template|judge|runs|verdicts|explain|watch|"
                                 r"start|override|outbox|completion|man)\b"
                                 r"([^`\n]*)", doc.text):
        said.add((name, tuple(re.findall(r"(?<!\S)(--?[a-z][\w-]*)", rest.split("'")[0]))))
    for name, options in sorted(said):
        yield (f"{doc.path}: verdictd {' '.join((name,) + options)}",
               lambda n=name, o=options: command(n, o))


def transcripts(program, doc):
    """Blocks of the language console: what a command prints, both streams in one."""
    def check(command, said):
        words = shlex.split(command)
        want(words[0] == "verdictd", "not a command of ours")
        r = subprocess.run([program.path] + words[1:], stdout=subprocess.PIPE, text=True,
                           stderr=subprocess.STDOUT, timeout=20)
        want(r.stdout == said, f"prints\n{r.stdout}")
    for where, _, body in doc.of(lambda x: x == "console"):
        for part in re.split(r"^\$ ", body, flags=re.M)[1:]:
            command, _, said = part.partition("\n")
            yield f"{where}: {command}", lambda c=command, s=said: check(c, s)


def expressions(program, doc):
    """Blocks of the language promql: each line parses, and is printed as told."""
    def check(expression, printed):
        r = subprocess.run([program.path, "parse", "--", expression], capture_output=True, text=True,
                           timeout=20)
        want(r.returncode == 0, r.stderr)
        want(r.stdout.rstrip("\n") == (printed or expression), f"is printed as {r.stdout}")
    for where, _, body in doc.of(lambda x: x == "promql"):
        for line in filter(None, body.split("\n")):
            expression, _, printed = line.partition("#=")
            yield (f"{where}: {expression.strip()}",
                   lambda e=expression.strip(), p=printed.strip(): check(e, p))


def evaluations(program, doc):
    """Blocks of the language promqltest: all their evaluations hold."""
    def check(body):
        runner = os.path.join(os.path.dirname(program.path), "tests", "promqltest")
        want(os.access(runner, os.X_OK), f"{runner} is not there: build it first")
        with tempfile.NamedTemporaryFile("w", suffix=".test") as f:
            f.write(body)
            f.flush()
            r = subprocess.run([runner, f.name], capture_output=True, text=True, timeout=60)
        want(r.returncode == 0, r.stdout.replace(f.name, "example"))
        want(re.search(r"^[1-9]\d* passed, 0 failed$", r.stdout, re.M), "evaluates nothing")
    for where, _, body in doc.of(lambda x: x == "promqltest"):
        yield where + ": the evaluations hold", lambda b=body: check(b)


def whole_tables(_, doc):
    """Each row has as many cells as its head: a renderer drops or shifts the others in silence."""
    def check(rows):
        counts = [len(re.findall(r"(?<!\\)\|", row)) for row in rows]
        for row, n in zip(rows, counts):
            want(n == counts[0], f"{n - 1} cells, not {counts[0] - 1}: {row}")
    for table in re.findall(r"(?:^\|.*\n)+", doc.prose, re.M):
        rows = table.rstrip("\n").split("\n")
        yield f"{doc.path}: the table {rows[0]}", lambda r=rows: check(r)


def links(_, doc):
    def check(target):
        path, _, anchor = target.partition("#")
        full = os.path.normpath(os.path.join(os.path.dirname(doc.path), path)) if path else doc.path
        want(os.path.exists(os.path.join(ROOT, full)), "no such file")
        if anchor:
            want(anchor in Document(full).anchors(), "no such heading")
    for target in sorted(set(re.findall(r"\]\(([^)\s]+)\)", doc.prose))):
        if not re.match(r"https?:", target):
            yield f"{doc.path}: link to {target}", lambda t=target: check(t)


def names(_, doc):
    """Files and functions named in backquotes."""
    paths = set(re.findall(r"`((?:%s)/[\w./-]+\.(?:c|h|def|sql|py|yaml|md))`" % "|".join(TREE), doc.prose))
    functions = set(re.findall(r"`(\w+)\(\)`", doc.prose)) - {"main", "rate"}
    for path in sorted(paths - {p for p in paths if "FILE" in p}):
        yield (f"{doc.path}: {path}",
               lambda p=path: want(os.path.exists(os.path.join(ROOT, p)), "no such file"))
    for function in sorted(functions):
        yield f"{doc.path}: {function}()", lambda f=function: want(defined(f), "no such function")


def sources():
    """The texts of the product's .c files; a folder may have none yet."""
    for folder in TREE[:8]:
        full = os.path.join(ROOT, folder)
        for f in sorted(os.listdir(full)) if os.path.isdir(full) else []:
            if f.endswith(".c"):
                yield read(f"{folder}/{f}")


def defined(function, seen=set()):
    if not seen:
        for text in sources():
            seen.update(re.findall(r"^(\w+)\(", text, re.M))
    return function in seen


def column(doc, heading, n=0):
    """The words in backquotes of a column of the table under a heading."""
    part = doc.text.split(heading, 1)
    want(len(part) == 2, f"{doc.path} has no {heading}")
    rows = re.search(r"(?:^\|.*\n)+", part[1], re.M)
    want(rows, f"no table under {heading}")
    cells = [re.split(r"(?<!\\)\|", r)[n + 1] for r in rows.group(0).strip().split("\n")[2:]]
    return [w for c in cells for w in re.findall(r"`([^`]+)`", c)]


def tables(program, docs):
    """Tables of the documents that list a vocabulary list all of it."""
    def same(said, real):
        want(len(said) == len(set(said)), "something is listed twice")
        want(set(said) == set(real), f"too much {sorted(set(said) - set(real))}, "
                                     f"missing {sorted(set(real) - set(said))}")

    def events():
        found = set()
        for text in sources():
            found |= set(re.findall(r'gates_warn\([^;"]*?"(\w+)"', text))
            for call in re.findall(r"\blog_event\((.*?)\);", text, re.S):
                found |= set(re.findall(r'^[^"]*,\s*"(\w+)"', call))
            # Helpers of one file that log under the name they are given: log_wait(w, "gate_waits", …).
            found |= set(re.findall(r'\blog_\w+\(\w+,\s*"(\w+)"', text))
        return found

    by_path = {d.path: d for d in docs}
    operations, api = by_path["docs/OPERATIONS.md"], by_path["docs/API.md"]
    promql = by_path["docs/PROMQL.md"]
    yield ("docs/API.md: all routes",
           lambda: same(column(api, "# The HTTP interface"), [p for _, p in program.routes]))
    yield ("docs/API.md: all hooks",
           lambda: same(column(api, "## `POST /v1/flagger/{hook}`"), program.hooks))
    yield ("docs/API.md: all keys",
           lambda: same(column(api, "## What a caller may say"), program.keys))
    for heading, table, macro in (("## Functions", "function", "FUNCTION"),
                                  ("## Aggregations", "aggregation", "AGGREGATION")):
        yield (f"docs/PROMQL.md: all of {table}.def",
               lambda h=heading, t=table, m=macro: same(column(promql, h), re.findall(
                   rf'^{m}\(\w+, *"(\w+)"', read(f"promql/{t}.def"), re.M)))
    yield ("docs/PROMQL.md: all rules of lint", lambda: same(
        column(promql, "## verdictd lint"),
        re.findall(r'^LINT\(\w+, *"([\w-]+)"', read("promql/lint_rule.def"), re.M)))
    yield ("docs/PROMQL.md: all operators", lambda: same(
        column(promql, "Operators, tightest first", 1),
        re.findall(r'^OPERATOR\(\w+, *"([^"]+)"', read("promql/operator.def"), re.M)))
    yield ("docs/OPERATIONS.md: all reasons",
           lambda: same(column(operations, "## What each reason means"), program.reasons))
    yield ("docs/OPERATIONS.md: all events of the log",
           lambda: same(column(operations, "## The log"), events()))
    yield ("docs/SERIES.md: as dashboards/series.py prints it", lambda: want(
        subprocess.run([sys.executable, os.path.join(ROOT, "dashboards/series.py")], capture_output=True,
                       text=True, timeout=20).stdout == by_path["docs/SERIES.md"].text, "it is not"))
    yield ("docs/CONFIG.md: as verdictd check-config --docs prints it", lambda: want(
        subprocess.run([program.path, "check-config", "--docs"], capture_output=True, text=True,
                       timeout=20).stdout == by_path["docs/CONFIG.md"].text, "it is not"))


def picture(_, docs):
    def check():
        svg = read("docs/overview.svg")
        import xml.etree.ElementTree
        xml.etree.ElementTree.fromstring(svg)
        want(not re.search(r"(?:href|src|url)\s*[=(]\s*[\"']?(?!#)\w", svg), "it fetches something")
        want("prefers-color-scheme: dark" in svg, "nothing for the dark")
    yield "docs/overview.svg: one file, light and dark", check


def cases(program):
    docs = documents()
    for doc in docs:
        for kind in (configurations, json_examples, recipes, commands, transcripts, expressions,
                     evaluations, whole_tables, links, names):
            yield from kind(program, doc)
    yield from tables(program, docs)
    yield from check_commands.cases(program.path, ROOT, want)
    yield from picture(program, docs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build", default=os.environ.get("BUILD_DIR", os.path.join(ROOT, "build")))
    passed = failed = 0
    try:
        for what, check in cases(Program(parser.parse_args().build)):
            try:
                check()
                passed += 1
            except (Wrong, ValueError) as e:
                failed += 1
                print(f"FAILED {what}\n       {e}")
    except Wrong as e:
        failed += 1
        print(f"FAILED {e}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
