#!/usr/bin/env python3
"""The table of GET /metrics in docs/OPERATIONS.md, from dashboards/metric.def.

    dashboards/metric.py [--check]

Without --check it writes the table between its two marks. Other programs take rows() from here.
"""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
DOCUMENT = os.path.join(os.path.dirname(HERE), "docs", "OPERATIONS.md")
TEXT = r'"((?:[^"\\]|\\.)*)"'
ROW = re.compile(r"^METRIC\((\w+), " + TEXT + r", (\w+), (\w+), (\w+), LABELS\(([^)]*)\),\s*" + TEXT + r"\)", re.M)
BEGIN = "<!-- from dashboards/metric.def by dashboards/metric.py -->\n"
END = "<!-- end of metric.def -->\n"


def rows():
    """One dict per metric, in the order of the table."""
    with open(os.path.join(HERE, "metric.def"), encoding="utf-8") as f:
        text = f.read()
    found = [dict(zip(("id", "name", "type", "unit", "buckets", "labels", "help"), m.groups()))
             for m in ROW.finditer(text)]
    if len(found) != len(re.findall(r"^METRIC\(", text, re.M)):
        raise SystemExit("metric.def: a row that cannot be read")
    for r in found:
        r["type"], r["labels"] = r["type"].lower(), re.findall(TEXT, r["labels"])
    return found


def names():
    """Of all series that a scraper sees."""
    out = set()
    for r in rows():
        parts = ("_bucket", "_sum", "_count") if r["type"] == "histogram" else ("",)
        out.update(r["name"] + p for p in parts)
    return out


def table():
    out = ["| metric | type | labels | says |", "|---|---|---|---|"]
    for r in rows():
        labels = ", ".join(f"`{x}`" for x in r["labels"])
        out.append(f"| `{r['name']}` | {r['type']} | {labels} | {r['help']} |")
    return "\n".join(out) + "\n"


def document(old):
    begin, end = old.find(BEGIN), old.find(END)
    if begin < 0 or end < begin:
        raise SystemExit(f"{DOCUMENT}: its marks are not there: {BEGIN.strip()}")
    return old[:begin + len(BEGIN)] + table() + old[end:]


def main():
    with open(DOCUMENT, encoding="utf-8") as f:
        old = f.read()
    new = document(old)
    if new == old:
        return 0
    if "--check" in sys.argv[1:]:
        print("docs/OPERATIONS.md does not say what dashboards/metric.def does: run dashboards/metric.py")
        return 1
    with open(DOCUMENT, "w", encoding="utf-8") as f:
        f.write(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
