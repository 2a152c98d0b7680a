"""Whether two answers are the same."""
import math

TOLERANCE = 1e-9
NOTHING = 1e-12  # nearer to zero is what rounding leaves of a difference


def close(a, b):
    a, b = float(a), float(b)
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b or abs(a - b) <= max(TOLERANCE * max(abs(a), abs(b)), NOTHING)


def rows_differ(want, got, ordered):
    if not ordered:
        want, got = sorted(want), sorted(got)
    if [k for k, _ in want] != [k for k, _ in got]:
        only_want = [k for k, _ in want if k not in {g for g, _ in got}]
        only_got = [k for k, _ in got if k not in {w for w, _ in want}]
        return f"series differ: only theirs {only_want[:3]}, only ours {only_got[:3]}, or the order"
    for (key, a), (_, b) in zip(want, got):
        if [t for t, _ in a] != [t for t, _ in b]:
            return f"{dict(key)}: points differ: theirs {a[:4]}, ours {b[:4]}"
        for (t, x), (_, y) in zip(a, b):
            if not close(x, y):
                return f"{dict(key)} at {t}: theirs {x}, ours {y}"
    return None


def differ(want, got, ordered=False):
    """None, or what differs between theirs and ours."""
    if (want.error is None) != (got.error is None):
        return f"theirs {str(want)[:300]}, ours {str(got)[:300]}"
    if want.error is not None:
        return None
    if want.kind != got.kind:
        return f"kind: theirs {want.kind}, ours {got.kind}"
    if want.kind == "scalar":
        return None if close(want.result, got.result) else f"theirs {want.result}, ours {got.result}"
    if want.kind == "string":
        return None if want.result == got.result else f"theirs {want.result}, ours {got.result}"
    return rows_differ(want.result, got.result, ordered)
