"""The command line: what is made from its tables is up to date, and every option is read.

check_docs.py runs these; a check yields (what, what is done).
"""
import glob
import json
import os
import re
import shutil
import subprocess
import tempfile

# What bash's completion offers: the words typed, the last one in the middle, and what of it must be
# among the answers and what must not.
TYPED = (
    (["ru"], {"runs"}, {"serve"}),
    (["help", "ov"], {"override"}, {"runs"}),
    (["runs", "--verd"], {"--verdict"}, {"--limit"}),
    (["runs", "--verdict", ""], {"pass", "hold", "fail", "abort"}, {"--json"}),
    (["runs", "--verdict", "=", "p"], {"pass"}, {"hold"}),
    (["override", "RUN", ""], {"approve", "veto"}, set()),
    (["override", "--why", "text", "RUN", "a"], {"approve"}, {"veto"}),
    (["completion", ""], {"bash", "zsh", "fish"}, set()),
    (["serve", "--config", "CMakeL"], {"CMakeLists.txt"}, set()),
)

# What commands print with --json that need no daemon: words, exit code, members that must be there.
CONFIG = "sources: {m: {prometheus: {url: 'http://p:9090'}}}\nservices: [{name: a, namespace: b, source: m}]\n"
PRINTED = (
    (["version", "--json"], None, 0, {"version": None}),
    (["parse", "--json", "sum (a)"], None, 0, {"ok": True, "printed": "sum(a)"}),
    (["parse", "--json", "sum("], None, 1, {"ok": False, "error": None, "line": 1, "column": None}),
    (["lint", "--json", "sum(a)"], None, 0, {"ok": True, "findings": []}),
    (["lint", "--json", "rate(a_total[15s])"], None, 1, {"ok": True, "findings": None}),
    (["lint", "--json", "rate("], None, 1, {"ok": False, "error": None}),
    (["check-config", "--json"], CONFIG, 0,
     {"ok": True, "sources": ["m"], "services": None, "policies": None, "listen": None}),
    (["check-config", "--json"], CONFIG + "nonsense: 1\n", 1, {"ok": False, "errors": None, "found": 1}),
    (["lint-template", "--json"], "kind: Service\n", 0, {"objects": 0, "findings": []}),
)


RUN = "01JD0000000000000000000000"
NOWHERE = "/nowhere/at/all"
# What cannot be done: one line on standard error that names the command, nothing on the other, exit code 3.
REFUSED = [
    ["backup", "-d", NOWHERE, NOWHERE], ["explain", "-d", NOWHERE, RUN], ["explain", "-d", NOWHERE, "none"],
    ["export", "-d", NOWHERE], ["import", "-d", NOWHERE, NOWHERE], ["lint-template", NOWHERE],
    ["outbox", "-d", NOWHERE], ["override", "--by", "a", "--why", "b", "none", "veto"], ["replay", "-d", NOWHERE, RUN],
    ["restore", "-d", NOWHERE, NOWHERE], ["runs", "-d", NOWHERE], ["runs", "-d", NOWHERE, "--json"],
    ["start", "-u", "http://127.0.0.1:1", "-s", "a", "-n", "b"], ["template", "neither", "-s", "a", "-c", NOWHERE],
    ["template", "argo", "-s", "a", "-c", NOWHERE], ["verdicts", "-d", NOWHERE], ["watch", "--until", "never", RUN],
    ["completion", "tcsh"], ["judge", "-s", "a", "-n", "b", "-c", NOWHERE], ["preflight", "-s", "a", "-c", NOWHERE],
    ["backtest", "-s", "a", "-n", "b", "-c", NOWHERE], ["query", "-u", "http://127.0.0.1:1", "up("],
]


def strict(text):
    """One JSON value: finite, no key twice, nothing null."""
    def no_constant(word):
        raise ValueError(word)

    def once(pairs):
        if len({k for k, _ in pairs}) != len(pairs) or any(v is None for _, v in pairs):
            raise ValueError(f"a key twice, or null: {pairs}")
        return dict(pairs)
    return json.loads(text, parse_constant=no_constant, object_pairs_hook=once)


def run(program, *words, text=None):
    r = subprocess.run([program, *words], capture_output=True, text=True, input=text, timeout=20)
    return r.returncode, r.stdout, r.stderr


def options_are_read(source, want):
    """Each row that the enum has is in the table, and the command asks for its value."""
    names = set(re.findall(r"\bROW_\w+", " ".join(re.findall(r"\benum \{([^}]*)\}", source))))
    table = set(re.findall(r"\[(ROW_\w+)\] =", source))
    want(names <= table, f"not in the table: {sorted(names - table)}")
    want(table <= names, f"not in the enum: {sorted(table - names)}")
    in_bulk = re.search(r"(ROW_\w+),\s+QUESTION_ROWS", source)
    read = set(re.findall(r"(?:values|v)\[(ROW_\w+)\]|\b(?:said|number|text_of)\(\w+, (ROW_\w+)", source))
    read = {a or b for a, b in read}
    if in_bulk:  # api.md's keys are read by a loop over the rows before QUESTION_ROWS
        order = re.findall(r"ROW_\w+", re.search(r"enum \{([^}]*QUESTION_ROWS[^}]*)\}", source).group(1))
        read |= set(order[:order.index(in_bulk.group(1)) + 1])
    read |= set(re.findall(r"\[(ROW_\w+)\] = OPTION_JSON_ALWAYS", source))  # it changes nothing
    want(table <= read, f"never read: {sorted(table - read)}")


def completed(script, words, root):
    """What bash's COMPREPLY is when Tab is hit behind the last word."""
    ask = ('source "$1"; shift; COMP_WORDS=(verdictd "$@"); COMP_CWORD=$#; _verdictd; '
           'printf "%s\\n" "${COMPREPLY[@]}"')
    r = subprocess.run(["bash", "-c", ask, "bash", script, *words], capture_output=True, text=True,
                       cwd=root, timeout=20)
    return set(r.stdout.split()), r.stderr


def cases(program, root, want):
    def printed(words, path):
        code, out, _ = run(program, *words)
        with open(os.path.join(root, path), encoding="utf-8") as f:
            want(code == 0 and out == f.read(), f"it is not: verdictd {' '.join(words)} > {path}")

    def completes(words, there, not_there):
        with tempfile.NamedTemporaryFile("w", suffix=".bash") as f:
            f.write(run(program, "completion", "bash")[1])
            f.flush()
            got, errors = completed(f.name, words, root)
        want(not errors and there <= got and not there & not_there and not got & not_there,
             f"offers {sorted(got)} {errors}")

    def parses(shell):
        script = run(program, "completion", shell)[1]
        r = subprocess.run([shell, "-n", "/dev/stdin"], input=script, capture_output=True, text=True,
                           timeout=20)
        want(r.returncode == 0 and not r.stderr, r.stderr)

    def page():
        text = run(program, "man")[1]
        r = subprocess.run(["groff", "-ww", "-man", "-Tutf8"], input=text, capture_output=True,
                           text=True, timeout=20)
        want(r.returncode == 0 and not r.stderr, r.stderr)

    def lints():
        r = subprocess.run(["mandoc", "-Tlint", "-Wwarning"], input=run(program, "man")[1],
                           capture_output=True, text=True, timeout=20)
        said = [x for x in r.stdout.splitlines() if "missing date" not in x]  # it has none
        want(not said, "\n".join(said))

    def prints(words, file, code, members):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
            f.write(file or "")
            f.flush()
            got, out, errors = run(program, *words, *([f.name] if file else []))
        answer = strict(out)
        want(got == code and not errors, f"exit code {got}, {errors}")
        for name, value in members.items():
            want(name in answer and (value is None or answer[name] == value), f"{name} in {out}")

    def refuses(words):
        got, out, errors = run(program, *words)
        want(got == 3 and not out and errors.count("\n") == 1 and errors.startswith(f"verdictd {words[0]}: "),
             f"exit code {got}, {out}{errors}")

    for words in REFUSED:
        yield f"verdictd {' '.join(words)}: is refused in a line", lambda w=words: refuses(w)
    for words, file, code, members in PRINTED:
        yield (f"verdictd {' '.join(words)}: exit {code} and strict JSON",
               lambda w=words, f=file, c=code, m=members: prints(w, f, c, m))
    yield "docs/COMMANDS.md: as printed", lambda: printed(["man", "--markdown"], "docs/COMMANDS.md")
    yield "docs/verdictd.1: as printed", lambda: printed(["man"], "docs/verdictd.1")
    for words, there, not_there in TYPED:
        yield (f"bash completes verdictd {' '.join(words)}",
               lambda w=words, t=there, n=not_there: completes(w, t, n))
    for shell in ("bash", "zsh", "fish"):
        if shutil.which(shell):
            yield f"{shell} reads its completions", lambda s=shell: parses(s)
    if shutil.which("groff"):
        yield "the manual page, by groff", page
    if shutil.which("mandoc"):
        yield "the manual page, by mandoc", lints
    for path in sorted(glob.glob(os.path.join(root, "daemon", "cmd_*.c"))):
        with open(path, encoding="utf-8") as f:
            source = f.read()
        if "ROW_" in source:
            yield (f"daemon/{os.path.basename(path)}: its options are those that it reads",
                   lambda s=source: options_are_read(s, want))
