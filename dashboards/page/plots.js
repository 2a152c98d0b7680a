// What is plotted of a run: each plot is a title, a sentence, a chart and its table.
import {brief, clock, count, milliseconds, percent, reasonWords, table} from "/page/dom.js";
import {color, pale, scale, timeScale} from "/page/charts.js";

const words = {canary: "canary", stable: "baseline"};

function rangeOf(points) {
    return {from: points[0].start_ms, to: points[points.length - 1].end_ms};
}

// Runs of equal values: [{from, to, value}].
function spansOf(points, valueOf) {
    const spans = [];

    for (const p of points) {
        const value = valueOf(p);
        const last = spans[spans.length - 1];

        if (last && last.value === value)
            last.to = p.end_ms;
        else
            spans.push({from: p.start_ms, to: p.end_ms, value});
    }
    return spans.filter((s) => s.value !== undefined);
}

function marksOf(points) {
    return {
        verdicts: spansOf(points, (p) => p.verdict).map((s) => ({...s, verdict: s.value})),
        steps: spansOf(points, (p) => p.weight).slice(1).map((s) => s.from),
    };
}

function line(label, name, data, more = {}) {
    return {label, data, borderColor: color(name), backgroundColor: color(name), borderWidth: 2,
        pointRadius: data.length > 1 ? 0 : 3, ...more};
}

function timed(points, of) {
    return points.filter((p) => of(p) !== undefined).map((p) => ({x: p.end_ms, y: of(p)}));
}

function overTime(points, datasets, y) {
    return {
        type: "line", data: {datasets},
        options: {
            scales: {x: timeScale(rangeOf(points)), y},
            plugins: {
                marks: marksOf(points),
                tooltip: {callbacks: {title: (items) => clock(items[0].parsed.x),
                    label: (item) => `${item.dataset.label}: ${brief(item.parsed.y)}`}},
            },
        },
    };
}

function success(t) {
    const set = ["canary", "stable"].flatMap((side) => {
        const at = (key) => timed(t.points, (p) => p[side].so_far && 100 * p[side].so_far[key]);

        return [
            line(`${words[side]} so far`, side, at("success_rate")),
            line("_lower", side, at("lower"), {borderWidth: 0, pointRadius: 0}),
            line("_upper", side, at("upper"),
                {borderWidth: 0, pointRadius: 0, fill: "-1", backgroundColor: pale(side)}),
            line(`${words[side]} by interval`, side,
                timed(t.points, (p) => p[side].success_rate && 100 * p[side].success_rate),
                {borderWidth: 1, borderDash: [2, 2], hidden: true}),
        ];
    });

    return overTime(t.points, set, scale("percent", {suggestedMax: 100, ticks: {callback: (v) => brief(v)}}));
}

function successWords(t) {
    const last = t.points[t.points.length - 1];

    return ["canary", "stable"].map((side) => {
        const s = last[side].so_far;

        return s ? `${words[side]} ${percent(s.success_rate)}, truly between ${percent(s.lower)} and ${percent(s.upper)}`
            : `${words[side]} without requests`;
    }).join("; ") + ".";
}

function successTable(t) {
    return table("Success rate over time",
        ["Until", ["Canary requests"], ["faults"], ["so far"], ["between"], ["Baseline requests"], ["faults"],
            ["so far"], ["between"]],
        t.points.map((p) => [clock(p.end_ms), ...["canary", "stable"].flatMap((side) => [
            count(p[side].requests), count(p[side].faults), percent(p[side].so_far?.success_rate),
            p[side].so_far ? `${percent(p[side].so_far.lower)} – ${percent(p[side].so_far.upper)}` : ""])]));
}

const palette = ["series1", "series2", "series3", "series4", "series5"];

function checksOf(t, limits) {
    return Object.keys(limits).filter((name) => t.points.some((p) => p.evidence && name in p.evidence));
}

function evidence(t, key, limits) {
    const names = checksOf(t, limits);
    const range = rangeOf(t.points);
    const sets = names.flatMap((name, i) => [
        line(reasonWords(name), palette[i % palette.length],
            timed(t.points, (p) => p[key]?.[name] === undefined ? undefined
                : Math.max(1e-3, Math.min(1e12, p[key][name])))),
        line(`_limit of ${name}`, palette[i % palette.length],
            [{x: range.from, y: limits[name]}, {x: range.to, y: limits[name]}],
            {borderDash: [6, 4], borderWidth: 1, pointRadius: 0}),
    ]);

    return overTime(t.points, sets, scale("evidence (e-value), dashed: the limit",
        {type: "logarithmic", ticks: {maxTicksLimit: 6, callback: (v) => brief(v)}}));
}

function evidenceWords(t, key, limits, what) {
    const last = t.points[t.points.length - 1];
    const said = checksOf(t, limits).filter((n) => last[key]?.[n] !== undefined).map((n) =>
        `${reasonWords(n)} ${brief(last[key][n])} of ${brief(limits[n])}`);

    return said.length ? `${what}: ${said.join(", ")}.` : t.without_evidence || "No check weighs evidence yet.";
}

function evidenceTable(t, key, limits) {
    const names = checksOf(t, limits);

    return table("Evidence over time", ["Until", ...names.map((n) => [`${reasonWords(n)} (limit ${brief(limits[n])})`])],
        t.points.map((p) => [clock(p.end_ms), ...names.map((n) => brief(p[key]?.[n]))]));
}

function traffic(t) {
    return overTime(t.points, [
        line("canary's share", "canary", timed(t.points, (p) => p.share === undefined ? undefined : 100 * p.share)),
        line("weight that was told", "muted", timed(t.points, (p) => p.weight), {stepped: "before", borderDash: [6, 4]}),
    ], scale("percent", {suggestedMin: 0}));
}

function trafficWords(t) {
    const last = t.points[t.points.length - 1];

    return `The canary has ${percent(last.share, 1) || "no share"} of the requests; ` +
        (last.weight === undefined ? "nobody has told a weight." : `the weight is ${brief(last.weight)} %.`);
}

function trafficTable(t) {
    return table("Traffic over time", ["Until", ["Canary"], ["Baseline"], ["Share"], ["Weight"]],
        t.points.map((p) => [clock(p.end_ms), count(p.canary.requests), count(p.stable.requests),
            percent(p.share, 1), p.weight === undefined ? "" : brief(p.weight) + " %"]));
}

function bucketNames(le) {
    return [...le.map((b) => `≤ ${brief(b)}`), `> ${brief(le[le.length - 1])}`];
}

// Buckets without a request at both ends are left out.
function bucketsOf(latency) {
    const names = bucketNames(latency.le_ms);
    const used = names.map((_, i) => (latency.canary.buckets[i] ?? 0) + (latency.stable.buckets[i] ?? 0) > 0);
    const first = Math.max(0, used.indexOf(true) - 1);
    const last = Math.min(names.length - 1, used.lastIndexOf(true) + 1);

    return {names: names.slice(first, last + 1), first, last};
}

function shares(side, b) {
    const total = side.buckets.reduce((a, n) => a + n, 0);

    return side.buckets.slice(b.first, b.last + 1).map((n) => total ? 100 * n / total : 0);
}

function bracket(latency, side, row, b) {
    const s = latency[side];

    if (s.p95_ms === undefined)
        return null;
    const at = latency.le_ms.indexOf(s.p95_upper_ms);
    const i = (at < 0 ? latency.le_ms.length : at) - b.first;

    return {from: i, to: i, row, name: side, label: `p95 of ${words[side]}`};
}

function latencies(t) {
    const b = bucketsOf(t.latency);

    return {
        type: "bar",
        data: {labels: b.names, datasets: ["canary", "stable"].map((side) => ({
            label: words[side], data: shares(t.latency[side], b), backgroundColor: color(side)}))},
        options: {
            scales: {x: scale("milliseconds"), y: scale("percent of its requests", {grace: "35%"})},
            plugins: {brackets: {list: [bracket(t.latency, "canary", 0, b), bracket(t.latency, "stable", 1, b)]
                .filter(Boolean)}},
        },
    };
}

function latencyWords(t) {
    return ["canary", "stable"].map((side) => {
        const s = t.latency[side];

        return s.p95_ms === undefined ? `${words[side]} without latencies`
            : `p95 of ${words[side]} about ${milliseconds(s.p95_ms)}, truly between ` +
              `${milliseconds(s.confidence_lower_ms)} and ${milliseconds(s.confidence_upper_ms)}`;
    }).join("; ") + ".";
}

function latencyTable(t) {
    const b = bucketsOf(t.latency);

    return table("Latencies by bucket", ["Milliseconds", ["Canary"], ["Baseline"]],
        b.names.map((name, i) => [name, count(t.latency.canary.buckets[b.first + i]),
            count(t.latency.stable.buckets[b.first + i])]));
}

const PODS = 24;

// Those that stand out first, then the canary's, then by faults.
function podsOf(t) {
    const weight = (p) => (p.fails ? 8 : 0) + (p.slow ? 4 : 0) + (p.side === "canary" ? 1 : 0);

    return [...t.pods].sort((a, b) => weight(b) - weight(a) || b.faults - a.faults).slice(0, PODS);
}

function podName(p) {
    const name = p.pods ? `${p.pods} other pods (${words[p.side]})` : p.pod;

    return p.fails || p.slow ? "▲ " + name : name;
}

function pods(t) {
    const list = podsOf(t);
    const bad = (share) => share === undefined ? 0 : 100 * (1 - share);
    const most = Math.max(0, ...list.map((p) => p.success ? bad(p.success.lower) : 0));

    return {
        type: "bar",
        data: {labels: list.map(podName), datasets: [{
            label: "faults", data: list.map((p) => bad(p.success?.success_rate)),
            backgroundColor: list.map((p) => color(p.fails || p.slow ? "abort" : p.side))}]},
        options: {
            indexAxis: "y",
            interaction: {mode: "nearest", axis: "y", intersect: false},
            scales: {x: scale("percent of its requests failed; the line: where the truth lies", {min: 0, suggestedMax: 1.02 * most}),
                y: scale("", {ticks: {autoSkip: false}})},
            plugins: {legend: {display: false}, whiskers: {spans: list.map((p) =>
                p.success && {from: bad(p.success.upper), to: bad(p.success.lower)})}},
        },
    };
}

function podWords(t) {
    const out = t.pods.filter((p) => p.fails || p.slow);
    const sentences = [out.length === 0 ? "No pod stands out of its version."
        : "Standing out: " + out.map((p) => `${p.pod} (${[p.fails && "fails", p.slow && "slow"]
            .filter(Boolean).join(", ")})`).join(", ") + "."];

    if (t.pods.length > PODS)
        sentences.push(`${PODS} of ${t.pods.length} are drawn.`);
    return sentences.join(" ");
}

function podTable(t) {
    return table("Pods", ["Pod", "Side", ["Requests"], ["Faults"], ["Success"], ["between"],
        ...t.monitored_ms.map((ms) => [`over ${brief(ms)} ms`]), "Stands out"],
    podsOf(t).map((p) => [podName(p), words[p.side], count(p.requests), count(p.faults),
        percent(p.success?.success_rate), p.success ? `${percent(p.success.lower)} – ${percent(p.success.upper)}` : "",
        ...t.monitored_ms.map((_, k) => p.timed ? percent(p.over[k] / p.timed, 1) : ""),
        [p.fails && "fails", p.slow && "slow"].filter(Boolean).join(", ")]));
}

// Verdicts, weights and what people did, one above the other.
function course(t, run) {
    const verdicts = spansOf(t.points, (p) => p.verdict);
    const steps = spansOf(t.points, (p) => p.weight);
    const range = rangeOf(t.points);
    const acts = (run.acts ?? []).map((a) => ({at: new Date(a.at).getTime(), text: `${a.action} by ${a.by}`}))
        .filter((a) => a.at >= range.from && a.at <= range.to);
    const wide = (range.to - range.from) / 200;
    const bar = (label, y, spans, colors) => ({
        label, data: spans.map((s) => ({x: [s.from, s.to], y})), backgroundColor: colors,
        borderColor: color("surface"), borderWidth: 1, barPercentage: 0.8, categoryPercentage: 1, grouped: false});

    return {
        type: "bar",
        data: {labels: ["verdict", "weight", "acts"], datasets: [
            bar("verdict", "verdict", verdicts, verdicts.map((s) => color(s.value))),
            bar("weight", "weight", steps, steps.map((_, i) => i % 2 ? color("muted") : color("stable"))),
            bar("acts", "acts", acts.map((a) => ({from: a.at - wide, to: a.at + wide})), color("text")),
        ]},
        options: {
            indexAxis: "y", interaction: {mode: "nearest", axis: "xy", intersect: true},
            scales: {x: timeScale(range), y: scale("")},
            plugins: {
                legend: {display: false},
                inscriptions: {texts: [verdicts.map((s) => s.value), steps.map((s) => `${brief(s.value)} %`)]},
                tooltip: {callbacks: {title: () => "", label: (item) => {
                    if (item.datasetIndex === 2)
                        return `${acts[item.dataIndex].text} at ${clock(acts[item.dataIndex].at)}`;
                    const span = [verdicts, steps][item.datasetIndex][item.dataIndex];

                    return `${span.value}${item.datasetIndex === 1 ? " %" : ""} from ${clock(span.from)} to ${clock(span.to)}`;
                }}},
            },
        },
    };
}

function courseWords(t) {
    const verdicts = spansOf(t.points, (p) => p.verdict);

    return verdicts.length
        ? "Of the promotion: " + verdicts.slice(-6).map((s) => `${s.value} from ${clock(s.from)}`).join(", ") + "."
        : "Verdicts of each interval are not known.";
}

function courseTable(t) {
    return table("Steps and verdicts", ["From", "To", "What"],
        [...spansOf(t.points, (p) => p.verdict).map((s) => ({...s, text: s.value})),
            ...spansOf(t.points, (p) => p.weight).map((s) => ({...s, text: `weight ${brief(s.value)} %`}))]
            .sort((a, b) => a.from - b.from)
            .map((s) => [clock(s.from), clock(s.to), s.text]));
}

// fits(t): whether there is anything to draw.
export const plots = [
    {id: "course", title: "Steps and verdicts", wide: true, short: true, chart: course, words: courseWords, table: courseTable},
    {id: "success", title: "Success rate", wide: true, chart: success, words: successWords, table: successTable},
    {id: "against", title: "Evidence against the canary", chart: (t) => evidence(t, "evidence", t.limit),
        words: (t) => evidenceWords(t, "evidence", t.limit, "Abort comes at the limit"),
        table: (t) => evidenceTable(t, "evidence", t.limit)},
    {id: "for", title: "Evidence for the canary", chart: (t) => evidence(t, "pass_evidence", t.pass_limit),
        words: (t) => evidenceWords(t, "pass_evidence", t.pass_limit, "Proven at the limit"),
        table: (t) => evidenceTable(t, "pass_evidence", t.pass_limit)},
    {id: "latency", title: "Latencies", chart: latencies, words: latencyWords, table: latencyTable,
        fits: (t) => t.latency?.le_ms.length > 0},
    {id: "traffic", title: "Traffic", chart: traffic, words: trafficWords, table: trafficTable},
    {id: "pods", title: "Pods", wide: true, chart: pods, words: podWords, table: podTable, fits: (t) => t.pods.length > 0},
];
