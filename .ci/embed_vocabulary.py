#!/usr/bin/env python3
"""The words of verdicts' reasons and of checks, from their tables, as a module of the page."""
import json
import re
import sys


def words(path, macro, text, meaning):
    """{text: meaning} of the rows MACRO(NAME, …) of a table, by the number of each argument."""
    found = {}
    with open(path, encoding="utf-8") as f:
        for row in re.findall(rf"^{macro}\((.*)\)\s*(?:/\*.*)?$", f.read(), re.M):
            said = re.findall(r'"((?:[^"\\]|\\.)*)"', row)
            found[said[text]] = said[meaning]
    if not found:
        sys.exit(f"{path}: no rows of {macro}")
    return found


out, reasons, checks = sys.argv[1:]
with open(out, "w", encoding="utf-8") as f:
    f.write("// What reasons mean and checks ask: made from analyzer/reason.def and analyzer/check.def.\n")
    f.write(f"export const reasons = {json.dumps(words(reasons, 'REASON', 0, 1), indent=4)};\n")
    f.write(f"export const checks = {json.dumps(words(checks, 'CHECK', 0, 1), indent=4)};\n")
