#!/usr/bin/env python3
"""Tables and plots from what build/bench/canarybench wrote.

    report.py TABLE.csv [--plots DIR] [--into FILE.md]

Prints the tables in Markdown. --plots writes canarybench-*.svg there; --into
replaces what stands between the lines "<!-- canarybench -->" and
"<!-- /canarybench -->" of a document. Needs TABLE.csv.bounds beside the table.
"""
import argparse
import collections
import csv
import math
import os
import sys

KAYENTA = "kayenta kayenta_equal kayenta_equal_125 kayenta_sliding kayenta_once kayenta_minute".split()
BEGIN, END = "<!-- canarybench -->", "<!-- /canarybench -->"
FOUND = 0.95  # of the rollouts: a judge that finds this many finds it


class Table:
    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            self.head = f.readline().lstrip("# ").strip()
            self.rows = [self.read(r) for r in csv.DictReader(f)]
        with open(path + ".bounds", encoding="utf-8") as f:
            self.bounds = {(r["promise"], r["group"], r["effect"]): r for r in csv.DictReader(f)}
        self.cells = collections.OrderedDict()
        for r in self.rows:
            self.cells.setdefault((r["group"], r["effect"]), {})[r["judge"]] = r

    @staticmethod
    def read(row):
        texts = {"group", "effect", "family", "role", "judge"}
        return {k: v if k in texts else float(v) if v else math.nan for k, v in row.items()}

    def of(self, roles, family=None):
        for key, judges in self.cells.items():
            one = next(iter(judges.values()))
            if one["role"] in roles and family in (None, one["family"]):
                yield key, one, judges

    def bound(self, promise, key):
        r = self.bounds.get((promise,) + key)
        return float(r["holm_upper"]) if r else math.nan


def percent(x, digits=2):
    return "–" if math.isnan(x) else f"{100 * x:.{digits}f}"


def seconds(x):
    return "–" if math.isnan(x) else f"{x:.0f}"


def markdown(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(r) + " |" for r in rows]) + "\n"


def short(group):
    return group.split(" ", 1)[1]


def share(judges, name):
    return judges[name]["rollback_share"] if name in judges else math.nan


def best(judges, names):
    """The fastest of those that find it, or None."""
    found = [judges[n] for n in names if n in judges and share(judges, n) >= FOUND]
    return min(found, key=lambda r: r["delay_mean_s"]) if found else None


def delay(row):
    """Mean delay, with the share found where that is not all."""
    if row is None:
        return "not found"
    some = "" if row["rollback_share"] >= 0.995 else f" ({percent(row['rollback_share'], 0)} %)"
    return seconds(row["delay_mean_s"]) + some


def span(numbers):
    low, high = min(numbers), max(numbers)
    return f"{low:,.0f}" if low == high else f"{low:,.0f}–{high:,.0f}"


def worst_of(cells, name):
    shares = [share(j, name) for _, _, j in cells if name in j]
    return f"{percent(sum(shares) / len(shares))} / {percent(max(shares))}" if shares else "–"


# --- tables -----------------------------------------------------------------


def false_rollbacks(t):
    promise = "false rollbacks, exchangeable"
    names = "kayenta kayenta_minute flagger argo pooled_z".split()
    rows = []
    for family in dict.fromkeys(r["family"] for r in t.rows):
        cells = list(t.of({"null"}, family))
        if not cells:
            continue
        bounds = [t.bound(promise, key) for key, _, _ in cells]
        under = sum(b <= 0.01 for b in bounds)
        rows.append([family, str(len(cells)), span([j["verdictd"]["rollouts"] for _, _, j in cells]),
                     worst_of(cells, "verdictd"),
                     f"{under} of {len(cells)}, at most {percent(max(bounds))}"]
                    + [worst_of(cells, n) for n in names])
    head = ["cells", "number", "rollouts in each", "verdictd", "Holm bound at most 1 %"] + names
    return ("Good canaries rolled back, % (mean over the cells / worst cell); exchangeable requests.\n\n"
            + markdown(head, rows))


def pod_noise(t):
    modes = ["verdictd", "verdictd_strict", "verdictd_calibrated"]
    names = "kayenta kayenta_minute flagger pooled_z".split()
    rows = []
    for key, one, judges in t.of({"null", "noise"}):
        if "verdictd_calibrated" not in judges:
            continue
        rows.append([short(key[0]) + (", with objectives" if one["family"] == "slo" else "")]
                    + [percent(share(judges, m)) for m in modes]
                    + [percent(t.bound("false rollbacks, strict", key)),
                       percent(t.bound("false rollbacks, calibrated", key)),
                       f"{judges['verdictd']['rollouts']:.0f}"]
                    + [percent(share(judges, n)) for n in names])
    head = ["service", "no history", "strict", "calibrated", "Holm strict", "Holm calibrated",
            "rollouts"] + names
    return "Good canaries rolled back where pods misbehave, %.\n\n" + markdown(head, rows)


def detection(t):
    rows = []
    for key, one, judges in t.of({"harm"}, "errors"):
        if one["effect"] not in ("+0.5 pp", "x10") or one["base"] != 0.001:
            continue
        ours, other = judges["verdictd"], best(judges, KAYENTA)
        rows.append([short(key[0]), one["effect"], delay(ours), delay(other),
                     delay(judges["flagger"]), delay(judges["argo_delta"]),
                     delay(judges["oracle_sprt"]), f"{ours['harm_mean']:.3g}",
                     "–" if other is None else f"{other['harm_mean']:.3g}",
                     f"{judges['flagger']['harm_mean']:.3g}"])
    head = ["service", "regression", "verdictd", "best Kayenta", "flagger", "argo_delta", "oracle",
            "harm: verdictd", "best Kayenta", "flagger"]
    return ("Mean seconds from onset to rollback, what is not found counted with the whole rollout "
            "(share found, where not all); harm: bad requests served beyond the baseline's.\n\n"
            + markdown(head, rows))


def half_of_kayenta(t):
    asked, missed = 0, []
    for key, one, judges in t.of({"harm"}):
        ours, other = best(judges, ["verdictd"]), best(judges, KAYENTA)
        if not one["ratio"] >= 5 or not one["weight"] <= 0.2 or not ours or not other:
            continue
        asked += 1
        if ours["delay_mean_s"] > other["delay_mean_s"] / 2:
            missed.append([short(key[0]), one["effect"], delay(ours), delay(other), other["judge"]])
    text = (f"True ratio at least 5, weight at most 20 %, both find {FOUND:.0%}: at most half of the "
            f"best Kayenta variant's delay in {asked - len(missed)} of {asked} cells")
    if not missed:
        return text + ".\n"
    head = ["service", "regression", "verdictd", "best Kayenta", "which"]
    return text + "; not in these:\n\n" + markdown(head, missed)


def shapes(t):
    rows = []
    for family in ("latency", "life", "place"):
        for key, one, judges in t.of({"harm", "small", "tolerable"}, family):
            ours = judges["verdictd"]
            rows.append([short(key[0]), one["effect"], delay(ours), delay(best(judges, KAYENTA)),
                         delay(judges["flagger"]), delay(judges["oracle_sprt"])
                         if "oracle_sprt" in judges else "–",
                         percent(ours["pass_share"]), f"{ours['harm_mean']:.3g}"])
    head = ["service", "regression", "verdictd", "best Kayenta", "flagger", "oracle",
            "verdictd passes, %", "harm"]
    return "Latency, what happens to both versions, and where the fault sits.\n\n" + markdown(head, rows)


def tolerable(t):
    rows = [[short(key[0]), one["effect"], percent(share(judges, "verdictd")),
             percent(t.bound("false rollbacks, tolerable regressions", key)),
             percent(share(judges, "kayenta")), percent(share(judges, "kayenta_equal_125")),
             percent(share(judges, "flagger")), percent(share(judges, "pooled_z"))]
            for key, one, judges in t.of({"tolerable"})]
    head = ["service", "regression", "verdictd", "Holm bound", "kayenta", "kayenta_equal_125",
            "flagger", "pooled_z"]
    return "Regressions within the margins, rolled back, %.\n\n" + markdown(head, rows)


def equal_rates(t):
    names = ["verdictd", "verdictd_calibrated", "verdictd_tuned", "kayenta_minute_tuned"]
    rows = [[short(key[0]), one["effect"]] + [delay(judges.get(n)) for n in names]
            for key, one, judges in t.of({"harm"}, "pods")]
    return ("Mean seconds to rollback, thresholds tuned in each world until 1 % of good canaries "
            "are rolled back (tuned), beside those that need no tuning.\n\n"
            + markdown(["service", "regression"] + names, rows))


def passes(t):
    rows = []
    cells = [c for c in t.of({"null"}, "errors") if c[1]["base"] == 0.001]
    for key, one, judges in cells + list(t.of({"null", "noise"}, "pods")):
        ours = judges["verdictd"]
        rows.append([short(key[0]), percent(ours["pass_share"], 1), seconds(ours["pass_median_s"]),
                     seconds(ours["pass_p95_s"]), percent(ours["held_share"], 1),
                     "–" if math.isnan(ours["need_ratio_median"]) else
                     f"{ours['need_ratio_median']:.2f} ({ours['need_ratio_p10']:.2f}–"
                     f"{ours['need_ratio_p90']:.2f})"])
    head = ["service", "passed within 30 min, %", "median s", "95 % s", "still held, %",
            "requests needed over requests said"]
    return "Good canaries: time to pass.\n\n" + markdown(head, rows)


def false_passes(t):
    names = ["verdictd", "kayenta", "kayenta_minute", "flagger", "argo", "argo_delta"]
    rows = []
    for family in dict.fromkeys(r["family"] for r in t.rows):
        cells = list(t.of({"harm"}, family))
        if cells:
            rows.append([family, str(len(cells))] + [
                "{} / {}".format(
                    percent(sum(j[n]["false_pass_share"] for _, _, j in cells) / len(cells)),
                    percent(max(j[n]["false_pass_share"] for _, _, j in cells))) for n in names])
    over = [[short(key[0]), one["effect"], f"{j['verdictd']['rollouts']:,.0f}",
             percent(j["verdictd"]["false_pass_share"])]
            for key, one, j in t.of({"harm"}) if j["verdictd"]["false_pass_share"] > 0.01]
    text = ("Bad canaries passed, % (mean over the cells / worst cell): regressions beyond the pass "
            "margins.\n\n" + markdown(["cells", "number"] + names, rows))
    if not over:
        return text + "\nVerdictd passes more than 1 % in none of them.\n"
    return (text + "\nVerdictd passes more than 1 % of them in these:\n\n"
            + markdown(["service", "regression", "rollouts", "passed, %"], over))


def broken(t):
    names = ["kayenta", "kayenta_minute", "flagger", "argo"]
    rows = [[short(key[0]), f"{judges['verdictd']['told_on_broken']:.0f}",
             percent(judges["verdictd"]["reason_share"], 1)]
            + [f"{percent(share(judges, n), 0)} / {percent(judges[n]['pass_share'], 0)}" for n in names]
            for key, one, judges in t.of({"broken"})]
    head = ["telemetry", "verdictd told pass, fail or abort", "named the reason, % of looks"] + [
        n + ": rolled back / promoted, %" for n in names]
    return "Broken telemetry under a good canary.\n\n" + markdown(head, rows)


def coverage(t):
    rows = [[short(key[0]), one["effect"]] + [percent(judges["verdictd"][c]) for c in
             ("cs_share_missed", "cs_ratio_missed", "cs_p95_missed")]
            for key, one, judges in t.of({"null", "harm", "small", "tolerable"})
            if not math.isnan(judges["verdictd"]["cs_share_missed"])]
    worst = [max(rows, key=lambda r: float(r[c])) for c in (2, 3, 4)] if rows else []
    names = ["fault rate", "ratio to the baseline", "p95 bracket"]
    return (f"Intervals of 95 % shown to people, looked at each minute: rollouts in which they ever "
            f"missed the truth, % (at most 5), worst of {len(rows)} cells.\n\n"
            + markdown(["interval", "missed", "in"],
                       [[n, r[2 + i], f"{r[0]}, {r[1]}"] for i, (n, r) in enumerate(zip(names, worst))]))


TABLES = [false_rollbacks, pod_noise, tolerable, half_of_kayenta, detection, equal_rates, shapes,
          false_passes, passes, coverage, broken]

# --- plots ------------------------------------------------------------------

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 720, 480, 150, 40, 20, 50
INK, FAINT = "#333", "#ddd"
COLOURS = ["#1b6ca8", "#c0392b", "#2e8b57", "#8e44ad", "#b8860b"]


class Plot:
    """Axes with a scale from 0 to 1 each; marks are put in page coordinates."""

    def __init__(self, title):
        self.out = [f'<text x="{LEFT}" y="22" font-size="15">{title}</text>']

    def x(self, u):
        return LEFT + u * (WIDTH - LEFT - RIGHT)

    def y(self, u):
        return HEIGHT - BOTTOM - u * (HEIGHT - TOP - BOTTOM)

    def line(self, a, b, c, d, colour=FAINT, dash=""):
        self.out.append(f'<line x1="{self.x(a):.1f}" y1="{self.y(b):.1f}" x2="{self.x(c):.1f}" '
                        f'y2="{self.y(d):.1f}" stroke="{colour}" stroke-dasharray="{dash}"/>')

    def dot(self, u, v, colour, what=""):
        self.out.append(f'<circle cx="{self.x(u):.1f}" cy="{self.y(v):.1f}" r="3" fill="{colour}" '
                        f'fill-opacity=".6"><title>{what}</title></circle>')

    def text(self, u, v, words, anchor="middle", dx=0, dy=0, colour=INK):
        self.out.append(f'<text x="{self.x(u) + dx:.1f}" y="{self.y(v) + dy:.1f}" '
                        f'text-anchor="{anchor}" fill="{colour}">{words}</text>')

    def write(self, path):
        with open(path, "w", encoding="utf-8") as f:
            f.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
                    f'font-family="sans-serif" font-size="12" fill="{INK}">\n'
                    f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>\n'
                    + "\n".join(self.out) + "\n</svg>\n")


def log_scale(low, high):
    return lambda v: math.log(min(max(v, low), high) / low) / math.log(high / low)


def plot_false_rollbacks(t, path):
    names = ["verdictd", "verdictd_strict", "verdictd_calibrated", "kayenta", "kayenta_minute",
             "flagger", "argo", "argo_delta", "pooled_z", "normal_mixture"]
    colours = {"null": COLOURS[0], "noise": COLOURS[1]}
    at, p = log_scale(0.0002, 1), Plot("Good canaries rolled back: each dot is a cell")
    for tick in (0.001, 0.01, 0.1, 1):
        p.line(at(tick), 0, at(tick), 1, INK if tick == 0.01 else FAINT, "4" if tick == 0.01 else "")
        p.text(at(tick), 0, f"{100 * tick:g} %", dy=18)
    p.text(0, 0, "never", dy=18)
    for i, name in enumerate(names):
        row = 1 - (i + 0.5) / len(names)
        p.text(0, row, name, "end", -8, 4)
        for k, (key, one, judges) in enumerate(t.of(set(colours))):
            if name in judges:
                p.dot(at(share(judges, name)), row + (k * 7 % 17 - 8) / 17 * 0.06,
                      colours[one["role"]], f"{key[0]}: {percent(share(judges, name))} %")
    p.text(0.02, 0, "blue: requests exchangeable; red: pods misbehave", "start", dy=38)
    p.write(path)


def plot_beside(t, path, title, column, low, high):
    """One judge's number against the best Kayenta's, where both find it."""
    at, p = log_scale(low, high), Plot(title)
    weights = [0.01, 0.05, 0.2]
    tick = 10 ** math.ceil(math.log10(low))
    while tick <= high:
        p.line(at(tick), 0, at(tick), 1)
        p.line(0, at(tick), 1, at(tick))
        p.text(at(tick), 0, f"{tick:g}", dy=18)
        p.text(0, at(tick), f"{tick:g}", "end", -6, 4)
        tick *= 10
    p.line(0, 0, 1, 1, INK)
    p.line(at(2 * low), 0, 1, at(high / 2), INK, "4")
    for key, one, judges in t.of({"harm"}):
        ours, other = best(judges, ["verdictd"]), best(judges, KAYENTA)
        if ours and other:
            colour = COLOURS[weights.index(one["weight"])] if one["weight"] in weights else COLOURS[3]
            p.dot(at(other[column]), at(ours[column]), colour,
                  f"{key[0]}, {key[1]}: {ours[column]:.3g} against {other[column]:.3g}")
    p.text(0.5, 0, "best Kayenta variant (dashed: half of it)", dy=38)
    p.text(0, 0.5, "verdictd", "end", -40)
    for i, words in enumerate(["1 %", "5 %", "20 %", "other weights"]):
        p.text(0.02, 0.97 - 0.05 * i, words, "start", colour=COLOURS[i])
    p.write(path)


def plots(t, where):
    plot_false_rollbacks(t, os.path.join(where, "canarybench-false-rollbacks.svg"))
    plot_beside(t, os.path.join(where, "canarybench-delay.svg"),
                "Mean seconds from onset to rollback", "delay_mean_s", 5, 2000)
    plot_beside(t, os.path.join(where, "canarybench-harm.svg"),
                "Bad requests served before the rollback, beyond the baseline's", "harm_mean", 1, 1e6)


def replace_in(path, text):
    with open(path, encoding="utf-8") as f:
        old = f.read()
    if BEGIN not in old or END not in old:
        sys.exit(f"{path} has no line {BEGIN} and {END}")
    head, rest = old.split(BEGIN, 1)
    with open(path, "w", encoding="utf-8") as f:
        f.write(head + BEGIN + "\n" + text + END + rest.split(END, 1)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("table")
    parser.add_argument("--plots", metavar="DIR")
    parser.add_argument("--into", metavar="FILE.md")
    args = parser.parse_args()
    t = Table(args.table)
    text = (f"From `build/bench/canarybench` ({t.head}).\n\n"
            + "\n".join(table(t) for table in TABLES))
    if args.plots:
        plots(t, args.plots)
    if args.into:
        replace_in(args.into, text)
    else:
        print(text)


if __name__ == "__main__":
    main()
