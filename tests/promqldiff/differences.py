"""Where Prometheus 3.x, and so we, answer otherwise than 2.42; each is asserted.

SERIES stand at whole multiples of 10 s, so that edges of windows fall on
samples. A row of ROWS is (what, query, time in s or (start, end, step), theirs, ours): a list of
values in the order of labels and times, or ERROR. Times count from data.START_MS.
"""
import math

from data import START_MS, Series

ERROR, NAN = "error", math.nan


def series():
    out = []

    def add(labels, points):
        s = Series(labels)
        s.points = [(START_MS + 1000 * t, v) for t, v in points]
        out.append(s)

    add({"__name__": "edge"}, [(t, 1.0) for t in range(0, 601, 10)])
    add({"__name__": "ramp"}, [(t, float(t)) for t in range(5, 600, 10)])
    # Low at first, then a window that begins long before it (2.51.0, #13725).
    add({"__name__": "newborn_total"}, [(300, 4.5), (320, 10.0), (340, 16.0), (360, 22.5)])
    add({"__name__": "lines", "text": "a\nb"}, [(600, 1.0)])
    for i, v in enumerate((1e100, 1.0, -1e100)):
        add({"__name__": "cancel", "i": str(i)}, [(600, v)])
    for i, v in enumerate((1.0, 2.0, 3.0)):
        add({"__name__": "three", "i": str(i)}, [(600, v)])
    for n in "12":
        add({"__name__": "labelled", "b": n, "c": n, "d": n}, [(600, float(n))])
    for le, v in (("0.1", 10.0), ("1", 20.0), ("+Inf", 30.0)):
        add({"__name__": "h_bucket", "le": le}, [(600, v)])
    return out


ROWS = (
    # 3.0: windows and lookback are open at the left.
    ("left edge of a window", "count_over_time(edge[30s])", 600, [4], [3]),
    ("left edge of the lookback", "edge", 900, [1], []),
    ("left edge of a subquery", "count_over_time(edge[1m:1m])", 600, [2], [1]),
    ("one sample at the edge", "rate(edge[10s])", 600, [0], []),
    # 2.51.0: a counter is not stretched below zero only after the cut to half a gap.
    ("stretched start of a counter", "increase(newborn_total[2m])", 370, [25.5], [24]),
    # 3.0: the dot matches a newline.
    ("dot and newline", 'lines{text=~"a.b"}', 600, [], [1]),
    # 2.54: a number is a duration and the other way round.
    ("range as a number", "count_over_time(edge[25])", 600, ERROR, [3]),
    ("duration as a number", "vector(1m)", 600, ERROR, [60]),
    # 3.0: names in braces and in quotes.
    ("quoted name", '{"three"}', 600, ERROR, [1, 2, 3]),
    ("quoted label", 'count by ("i") (three)', 600, ERROR, [1, 1, 1]),
    # Kahan's sum in aggregations came with 3.x.
    ("sum that cancels", "sum(cancel)", 600, [0], [1]),
    ("average that cancels", "avg(cancel)", 600, [0], [1 / 3]),
    # 3.x: no deviation where there is no mean.
    ("deviation of infinity", "stdvar(edge / 0)", 600, [0], [NAN]),
    # 2.42 loses its way when the window of a range query is pinned but the function moves.
    ("pinned prediction", f"predict_linear(ramp[1m] @ {(START_MS + 600_000) / 1000:.3f}, 0)",
     (600, 720, 60), [600], [600, 660, 720]),
    # 2.42 forgets the offset of a pinned selector here.
    ("time of a shifted sample", f"timestamp(edge @ {(START_MS + 300_000) / 1000:.3f} offset -45s) - "
     f"{START_MS // 1000}", 600, [300], [340]),
    # 2.42 loses labels from step to step when there are three and more.
    ("values counted by three labels", 'count by (d) (count_values by (d, c, b) ("a", labelled))',
     (600, 660, 60), [2, 1, 1], [1, 1, 1, 1]),
    # Functions of later versions.
    ("mad_over_time", "mad_over_time(edge[1m])", 600, ERROR, [0]),
    ("first_over_time", "first_over_time(edge[1m])", 600, ERROR, [1]),
    ("ts_of_last_over_time", "ts_of_last_over_time(edge[1m]) - ts_of_first_over_time(edge[1m])", 600,
     ERROR, [50]),
    ("sort_by_label", 'sort_by_label(three, "i")', 600, ERROR, [1, 2, 3]),
    ("limitk", "count(limitk(2, three))", 600, ERROR, [2]),
    ("holt_winters has a new name", "holt_winters(edge[1m], 0.5, 0.5)", 600, [1], ERROR),
    ("double_exponential_smoothing", "double_exponential_smoothing(edge[1m], 0.5, 0.5)", 600, ERROR,
     [1]),
    # Ours on purpose: no step falls into the window, yet all versions return one after it.
    ("pinned subquery without a step", f"(edge @ {(START_MS + 300_000) / 1000:.3f})[30s:]", 640, [1],
     []),
    # 3.x: fractions of classic histograms.
    ("histogram_fraction", "histogram_fraction(0, 0.1, h_bucket)", 600, [], [1 / 3]),
)

# Found by chance once; the engines agree. (query, start, end, step), times as above.
AGREED = (
    ("-(newborn_total or on () edge)", 205, 385, 90),
    ("abs(newborn_total or on () edge)", 205, 385, 90),
    ("three{i='0'} / on () three{i!='0'}", 605, 605, 0),
    ("three{i='9'} / on () three{i!='0'}", 605, 605, 0),
    ("label_replace(three, 'i', '', '', '') > on (nothing) edge", 605, 605, 0),
)
