"""Random well-typed queries over the series of data.py, from a seed.

An expression knows whether its values are exact (whole numbers that no sum can
round). Operations that magnify rounding (differences, equality, floor, %,
deviations) get exact operands only: the engines add in different orders, and
1e-17 against 0 is no finding.
"""
from data import BOUNDS, CODES, END_MS, INSTANCES, JOBS, START_MS, VERSIONS

COUNTERS = {"requests_total": {"job": JOBS, "instance": INSTANCES, "code": CODES, "version": VERSIONS}}
BASE = {"job": JOBS, "instance": INSTANCES}
EXACT = {**COUNTERS, "queue": BASE, "up": BASE, "build_info": {**BASE, "version": VERSIONS},
         "sometimes": BASE, "latency_count": {**BASE, "version": VERSIONS},
         "latency_bucket": {**BASE, "version": VERSIONS, "le": BOUNDS}}
INEXACT = {"temperature": BASE, "ratio": BASE, "busy_seconds_total": {**BASE, "mode": ("user",)},
           "latency_sum": {**BASE, "version": VERSIONS}}
ALL = {**EXACT, **INEXACT}
RANGES = ("30s", "1m", "2m", "5m", "7m", "10m")
STEPS_S = (15, 30, 60, 75, 120)
ROUGH = ("sqrt", "ln", "log2", "log10", "atan", "tanh", "asinh", "deg", "rad")
WILD = ("exp", "sin", "cos")  # of large numbers they tell the last bit
WHOLE = ("abs", "ceil", "floor", "sgn", "round")
DATES = ("hour", "minute", "month", "year", "day_of_week", "day_of_month", "day_of_year",
         "days_in_month")
OVER_EXACT = ("min_over_time", "max_over_time", "count_over_time", "last_over_time",
              "sum_over_time", "present_over_time", "changes", "resets")
OVER_ROUGH = ("avg_over_time", "stddev_over_time", "stdvar_over_time", "rate", "increase", "delta",
              "irate", "idelta", "deriv")


class Expr:
    def __init__(self, text, exact, labels):
        self.text, self.exact, self.labels = text, exact, tuple(labels)


class Generator:
    def __init__(self, rng):
        self.rng = rng
        self.subqueries = 0  # that stand around what is being made

    def one(self, of):
        return self.rng.choice(tuple(of))

    def chance(self, p):
        return self.rng.random() < p

    def some(self, of, least=0):
        of = tuple(of)
        return self.rng.sample(of, self.rng.randint(min(least, len(of)), len(of)))

    def time_ms(self):
        return self.rng.randrange(START_MS + 480_000, END_MS + 240_000, 1000) + 400

    # Leaves

    def matchers(self, labels):
        out = []
        for label in self.some(labels)[:2]:
            values = labels[label]
            op = self.one(("=", "=", "!=", "=~", "!~"))
            value = self.one(values)
            if op in ("=~", "!~"):
                value = self.one(("|".join(self.some(values, 1)), value[:2] + ".*", ".*" + value[-1],
                                  ".+", value[:1] + ".+|" + value, "(?i:" + value.upper() + ")",
                                  "[^" + value[0] + "].*"))
                value = value.replace("+Inf", "\\\\+Inf")
            elif self.chance(0.1):
                value = ""
            out.append(f'{label}{op}"{value}"')
        return "{" + ",".join(out) + "}" if out or self.chance(0.2) else ""

    def modifiers(self, pinned=True):
        text = ""
        if self.chance(0.15):
            text += " offset " + self.one(("30s", "1m", "7m", "-1m", "-45s"))
        if pinned and self.chance(0.08):
            at = self.one((f"{self.time_ms() / 1000:.3f}", "start()", "end()"))
            text = self.one((f" @ {at}{text}", f"{text} @ {at}"))
        return text

    def family(self, exact):
        return self.one(EXACT if exact else ALL)

    def selector(self, exact, name=None, pinned=True):
        name = name or self.family(exact)
        labels = ALL[name]
        body = self.matchers(labels)
        return Expr(name + body + self.modifiers(pinned), name in EXACT, labels)

    def window(self, exact, depth, name=None):
        """Something in brackets; its labels and whether it is exact."""
        if depth > 0 and self.chance(0.25):
            self.subqueries += 1
            inner = self.vector(depth - 1, exact)
            self.subqueries -= 1
            step = self.one(("15s", "30s", "1m", "", "7s"))
            # Inside a subquery time goes in whole seconds: keep edges off the grid.
            shift = " offset 400ms" if self.subqueries else ""
            return Expr(f"({inner.text})[{self.one(RANGES)}:{step}]{shift}", inner.exact,
                        inner.labels)
        name = name or self.family(exact)
        text = f"{name}{self.matchers(ALL[name])}[{self.one(RANGES)}]{self.modifiers()}"
        return Expr(text, name in EXACT, ALL[name])

    # Scalars

    def number(self):
        return self.one(("0", "1", "2", "0.5", "-1", "10", "100", "1e3", "-0.25", "3", "Inf", "NaN"))

    def scalar(self, depth):
        roll = self.rng.random()
        if depth <= 0 or roll < 0.6:
            return self.number()
        if roll < 0.7:
            return self.one(("time()", "pi()", "time() % 60"))
        if roll < 0.85:
            inner = self.vector(depth - 1, True).text
            return f"scalar({self.one(('sum', 'max', 'min', 'count'))}({inner}))"
        return f"({self.scalar(depth - 1)} {self.one('+-*/')} {self.number()})"

    # Vectors

    def vector(self, depth, exact=False):
        if depth <= 0:
            return self.selector(exact)
        makers = [self.selector_again, self.aggregated, self.aggregated, self.over_time,
                  self.over_time, self.with_scalar, self.joined, self.joined, self.set_of,
                  self.mapped, self.relabelled, self.negated, self.special]
        if not exact:
            makers += [self.rated, self.rated, self.quantiled, self.ranked, self.dated, self.compared]
        return self.one(makers)(depth, exact)

    def selector_again(self, _, exact):
        return self.selector(exact)

    def grouping(self, labels):
        kept = self.some(labels)
        extra = ["missing"] if self.chance(0.05) else []
        if self.chance(0.2):
            return "", ()
        if self.chance(0.6):
            return f" by ({', '.join(kept + extra)}) ", kept
        left = [x for x in labels if x not in kept]
        return f" without ({', '.join(kept + extra)}) ", left

    def aggregated(self, depth, exact):
        inner = self.vector(depth - 1, exact)
        clause, left = self.grouping(inner.labels)
        names = ["sum", "min", "max", "count", "group"]
        if not exact:
            names.append("avg")
        if not exact and inner.exact:
            names += ["stddev", "stdvar"]
        name = self.one(names)
        if self.chance(0.5):
            text = f"{name}{clause}({inner.text})"
        else:
            text = f"{name}({inner.text}){clause}"
        return Expr(text, inner.exact and name not in ("avg", "stddev", "stdvar"), left)

    def ranked(self, depth, _):
        inner = self.selector(True)
        clause, left = self.grouping(inner.labels)
        roll = self.rng.random()
        if roll < 0.4:
            q = self.one(("0", "0.5", "0.9", "1", "-1", "2", "0.99"))
            inner = self.vector(depth - 1)
            return Expr(f"quantile{clause}({q}, {inner.text})", False, left)
        if roll < 0.5:
            label = self.one(("value", "code"))
            kept = self.some(inner.labels)[:2]  # more: see differences.py
            clause, left = f" by ({', '.join(kept)}) ", kept
            return Expr(f'count_values{clause}("{label}", {inner.text})', True, list(left) + [label])
        # Ranks among unequal values only: whose of equals stays is nobody's promise.
        inner = self.one((self.selector(False, "busy_seconds_total"), self.selector(False, "ratio")))
        clause, _ = self.grouping(inner.labels)
        name = self.one(("topk", "bottomk"))
        return Expr(f"{name}{clause}({self.one('1235')}, {inner.text})", False, inner.labels)

    def over_time(self, depth, exact):
        inner = self.window(exact, depth)
        names = OVER_EXACT if exact or self.chance(0.5) else OVER_ROUGH
        if not inner.exact:
            names = [n for n in names if n not in ("changes", "resets")]
        if not inner.exact and inner.text.startswith("("):  # differences of what was rounded
            names = [n for n in names if n in OVER_EXACT or n == "avg_over_time"]
        if not inner.text.startswith(tuple(COUNTERS) + ("busy_seconds_total", "latency_")):
            # Near zero the versions stretch a counter differently: see differences.py.
            names = [n for n in names if n not in ("rate", "increase")]
        name = self.one(names)
        whole = name in ("count_over_time", "present_over_time", "changes", "resets")
        return Expr(f"{name}({inner.text})", whole or (inner.exact and name in OVER_EXACT),
                    inner.labels)

    def rated(self, depth, _):
        name = self.one(("requests_total", "busy_seconds_total", "latency_bucket", "latency_sum"))
        inner = self.window(False, 0, name)
        roll = self.rng.random()
        if roll < 0.75:
            return Expr(f"{self.one(('rate', 'increase', 'irate'))}({inner.text})", False,
                        inner.labels)
        if roll < 0.85:
            q = self.one(("0", "0.3", "0.5", "0.95", "1", "1.5", "-1"))
            return Expr(f"quantile_over_time({q}, {inner.text})", False, inner.labels)
        if roll < 0.95 and "@" not in inner.text:  # see differences.py
            return Expr(f"predict_linear({inner.text}, {self.one(('60', '3600', '-30'))})", False,
                        inner.labels)
        return Expr(f"absent_over_time({inner.text})", True, ())

    def quantiled(self, _, __):
        q = self.one(("0.5", "0.9", "0.99", "0.1", "1", "0.95", "-1", "2"))
        window = self.one(RANGES)
        body = self.matchers(BASE)
        rate = f"{self.one(('rate', 'increase'))}(latency_bucket{body}[{window}])"
        if self.chance(0.7):
            kept = self.some(BASE)
            return Expr(f"histogram_quantile({q}, sum by ({', '.join(kept + ['le'])}) ({rate}))",
                        False, kept)
        return Expr(f"histogram_quantile({q}, {rate})", False, (*BASE, "version"))

    def with_scalar(self, depth, exact):
        inner = self.vector(depth - 1, exact)
        ops = "+-*" if exact else "+*/^" if inner.exact else "+*/"
        if exact or inner.exact:
            op = self.one((*ops, "%", ">", "<", ">=", "<=", "==", "!="))
        else:
            op = self.one((*ops, ">", "<"))
        number = self.scalar(depth - 1)
        if exact or inner.exact:
            number = self.one(("1", "2", "3", "10", "1000", "0" if op != "%" else "7"))
        flag = " bool" if op in (">", "<", ">=", "<=", "==", "!=") and self.chance(0.4) else ""
        left, right = f"({inner.text})", f"({number})"
        if self.chance(0.3):
            left, right = right, left
        return Expr(f"{left} {op}{flag} {right}", exact and op not in "/^", inner.labels)

    def compared(self, depth, _):
        a = self.vector(depth - 1)
        name = self.one(COUNTERS)
        return Expr(f"({a.text}) {self.one('><')} on (job, instance) group_left () "
                    f"max by (job, instance) ({name})", a.exact, a.labels)

    def joined(self, depth, exact):
        """Two vectors; mostly so that they match, sometimes so that it is an error."""
        op = self.one("+-*" if exact else "+*/")
        roll = self.rng.random()
        if roll < 0.35:
            a = self.vector(depth - 1, exact)
            kept = self.some(a.labels)
            by = f"by ({', '.join(kept)})"
            b = self.vector(depth - 1, exact)
            return Expr(f"sum {by} ({a.text}) {op} sum {by} ({b.text})", a.exact and b.exact, kept)
        if roll < 0.6:
            name = self.family(exact)
            a, b = self.selector(exact, name), self.selector(exact, name)
            clause = self.one(("", f" ignoring ({', '.join(self.some(ALL[name]))})",
                               f" on ({', '.join(self.some(ALL[name], 1))})"))
            return Expr(f"{a.text} {op}{clause} {b.text}", a.exact and op != "/", a.labels)
        a = self.vector(depth - 1, exact)
        include = self.one(("", "version", "missing, version"))
        side, other = f"({a.text})", "build_info" + self.matchers(BASE)
        match = self.one(("on (job, instance)", "on (instance, job)", "on (job)"))
        if self.chance(0.5):
            text = f"{side} {op} {match} group_left ({include}) {other}"
        else:
            text = f"{other} {op} {match} group_right ({include}) {side}"
        return Expr(text, a.exact and op != "/", dict.fromkeys((*a.labels, "version")))

    def set_of(self, depth, exact):
        a, b = self.vector(depth - 1, exact), self.vector(depth - 1, exact)
        op = self.one(("and", "or", "unless"))
        clause = self.one(("", " on (job)", " on (job, instance)", " ignoring (code)", " on ()"))
        return Expr(f"({a.text}) {op}{clause} ({b.text})", a.exact and b.exact, a.labels)

    def mapped(self, depth, exact):
        inner = self.vector(depth - 1, exact)
        if inner.exact and self.chance(0.6):
            return Expr(f"{self.one(WHOLE)}({inner.text})", True, inner.labels)
        if exact:
            low, high = sorted((self.rng.randrange(-5, 50), self.rng.randrange(-5, 50)))
            name = self.one((f"clamp({inner.text}, {low}, {high})", f"clamp_min({inner.text}, {low})",
                             f"clamp_max({inner.text}, {high})"))
            return Expr(name, inner.exact, inner.labels)
        name = self.one(ROUGH + WILD if inner.exact else ROUGH)
        return Expr(f"{name}({inner.text})", False, inner.labels)

    def relabelled(self, depth, exact):
        inner = self.vector(depth - 1, exact)
        label = self.one((*inner.labels, "missing"))
        if self.chance(0.6):
            how = self.one(('"copy", "$1", "{l}", "(.*)"', '"copy", "x-$1-$2", "{l}", "(.)(.*)"',
                            '"{l}", "", "{l}", ".*"', '"{l}", "$1", "{l}", "(.).*"',
                            '"copy", "$0", "{l}", "v.|api"', '"__name__", "$1", "{l}", "(v.*)"'))
            text = f"label_replace({inner.text}, {how.format(l=label)})"
        else:
            text = f'label_join({inner.text}, "copy", "-", "{label}", "job")'
        return Expr(text, inner.exact, inner.labels)

    def negated(self, depth, exact):
        inner = self.vector(depth - 1, exact)
        return Expr(f"-({inner.text})", inner.exact, inner.labels)

    def special(self, depth, exact):
        roll = self.rng.random()
        inner = self.vector(depth - 1, exact)
        if roll < 0.3:
            name = self.family(True)
            return Expr(f"absent({name}{self.matchers(ALL[name])})", True, ())
        if roll < 0.5:
            return Expr(f"vector({self.one(('0', '1', '42'))})", True, ())
        if roll < 0.7:
            return Expr(f"({inner.text})", inner.exact, inner.labels)
        # Pinned and shifted: see differences.py.
        return Expr(f"timestamp({self.selector(True, pinned=False).text})", False,
                    ("job", "instance"))

    def dated(self, depth, _):
        if self.chance(0.4):
            return Expr(f"{self.one(DATES)}()", True, ())
        inner = self.vector(depth - 1, True)
        return Expr(f"{self.one(DATES)}({inner.text})", True, inner.labels)

    # Queries

    def query(self):
        """(expression, start, end, step) and whether the order of series counts."""
        roll, ordered = self.rng.random(), False
        text = self.vector(self.rng.randint(1, 4)).text
        start = self.time_ms()
        if roll < 0.03:
            text = self.scalar(3)
        elif roll < 0.06:
            inner = self.one((self.selector(False, "busy_seconds_total"),
                              self.selector(False, "ratio")))
            text, ordered = f"{self.one(('sort', 'sort_desc'))}({inner.text})", True
            return (text, start, start, 0), True
        elif roll < 0.08:
            text = self.window(False, 1).text
            if "@" not in text:  # see differences.py
                return (text, start, start, 0), False
            text = f"count_over_time({text})"
        if self.chance(0.5):
            return (text, start, start, 0), ordered
        step = self.one(STEPS_S) * 1000
        return (text, start, start + step * self.rng.randint(0, 30), step), ordered
