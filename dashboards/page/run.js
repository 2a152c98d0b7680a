// One run: the verdict in words, what a person may do, plots, numbers, queries, gate calls.
import {get} from "/page/api.js";
import {acts, ask, fitting} from "/page/acts.js";
import {Plot} from "/page/charts.js";
import {badge, brief, checkAsks, count, el, moment, percent, reasonHelp, reasonWords, replace, say, span,
    table} from "/page/dom.js";
import {plots} from "/page/plots.js";

const POINTS = 300;
const LEAST_PAUSE_MS = 2000;
// A long run is judged again for its evidence: ask for it the less often the longer that takes.
const PATIENCE = 8;
const NEWEST = 200; // verdicts and gate calls that the daemon tells of a run

function fact(term, ...what) {
    return el("div", {}, el("dt", {}, term), el("dd", {}, ...what));
}

function head(run) {
    const end = run.ended_at ? new Date(run.ended_at) : new Date();

    return el("dl", {class: "facts"},
        fact("Service", `${run.namespace}/${run.service}`),
        fact("Revision", run.revision, run.attempt > 1 ? `, attempt ${run.attempt}` : ""),
        fact("Compared", `canary ${run.canary} with ${run.stable || "every other version"}, by ${run.key}`),
        fact("Begun", moment(run.started_at), `, ${span((end - new Date(run.started_at)) / 1000)} long`),
        fact("State", run.state + (run.end_cause ? `: ${reasonWords(run.end_cause)}` : "")),
        fact("Policy", run.policy),
        fact("Source", run.source));
}

function weighed(check) {
    const parts = [];

    if (check.value !== undefined)
        return `${brief(check.value)}, limit ${brief(check.limit)}`;
    if (check.evidence !== undefined && check.limit !== undefined)
        parts.push(`evidence ${brief(check.evidence)} against it, of ${brief(check.limit)}`);
    if (check.pass_evidence !== undefined)
        parts.push(`${brief(check.pass_evidence)} for it, of ${brief(check.pass_limit)}`);
    return parts.join("; ");
}

function explanation(run) {
    const checks = Object.entries(run.numbers?.checks ?? {}).filter(([, c]) => c.reason !== "not_configured");
    const need = run.numbers?.need ?? {};
    const needs = [need.requests && `${count(need.requests)} more requests`, need.seconds && `about ${span(need.seconds)}`]
        .filter(Boolean).join(", ");

    return el("section", {class: "card wide", "aria-labelledby": "why"},
        el("h2", {id: "why"}, "Why"),
        el("p", {class: "answer"}, badge(run.verdict), " ", el("strong", {}, reasonWords(run.reason)), ": ",
            run.message || reasonHelp(run.reason)),
        run.message && reasonHelp(run.reason) && run.message !== reasonHelp(run.reason) ? el("p", {class: "hint"}, `That means: ${reasonHelp(run.reason)}.`) : null,
        needs && run.state === "live" ? el("p", {}, `Until a pass, if all goes on as it does: ${needs}.`) : null,
        run.numbers?.calibration?.message ? el("p", {class: "hint"}, `Calibration: ${run.numbers.calibration.message}.`) : null,
        table("Checks", ["Check", "Asks", "Says", "Because", "Weighs", "Needed for pass"],
            checks.map(([name, c]) => [reasonWords(name), checkAsks(name), badge(c.verdict),
                c.reason === "none" ? "" : reasonWords(c.reason), weighed(c), c.dry_run ? "dry run" : c.required ? "yes" : "no"])));
}

function numbers(run) {
    const n = run.numbers ?? {};
    const p95 = (side) => n.p95_ms?.[side] === undefined ? "" : brief(n.p95_ms[side]) + " ms";

    return el("section", {class: "card", "aria-labelledby": "numbers"},
        el("h2", {id: "numbers"}, "Numbers"),
        table("Numbers of both sides", ["Of", ["Canary"], ["Baseline"]], [
            ["requests since the beginning", count(n.canary_requests), count(n.stable_requests)],
            ["success rate, last minute", percent(n.success_rate?.canary), percent(n.success_rate?.stable)],
            ["p95, last minute", p95("canary"), p95("stable")]]));
}

function steps(run) {
    if (!run.steps?.length)
        return null;
    return el("section", {class: "card", "aria-labelledby": "steps"},
        el("h2", {id: "steps"}, "Steps"),
        table("Steps", [["Weight"], "Since", "Until", ["Requests"], "Step told"], run.steps.map((s) => [
            s.weight === undefined ? "" : brief(s.weight) + " %", moment(s.since), moment(s.until),
            count(s.canary_requests), s.verdict ? badge(s.verdict) : ""])));
}

function copyButton(text) {
    const button = el("button", {type: "button", class: "quiet", onclick: async () => {
        try {
            await navigator.clipboard.writeText(text);
            button.textContent = "Copied";
        } catch {
            button.textContent = "Select it and copy";
        }
    }}, "Copy");

    return button;
}

function queries(run) {
    return el("section", {class: "card wide", "aria-labelledby": "queries"},
        el("h2", {id: "queries"}, "Queries to copy"),
        ...(run.queries ?? []).map((q) => el("details", {},
            el("summary", {}, q.what),
            el("pre", {tabindex: "0"}, q.expression), q.expression ? copyButton(q.expression) : null)));
}

// What Argo's notifications said of the rollout.
function heard(run) {
    if (!run.events?.length)
        return [];
    return [el("h3", {}, "What the controller said"),
        table("Events", ["At", "What", ["Step"], ["Weight"], "In words"], run.events.map((e) => [moment(e.at),
            reasonWords(e.event), e.step === undefined ? "" : String(e.step),
            e.weight === undefined ? "" : brief(e.weight) + " %", [e.message, e.image].filter(Boolean).join(", ")]))];
}

function newest(rows) {
    return rows.length >= NEWEST ? `, the newest ${NEWEST}` : "";
}

function told(run) {
    return el("section", {class: "card wide", "aria-labelledby": "told"},
        el("h2", {id: "told"}, "Verdicts, gate calls and acts"),
        el("h3", {}, `Verdicts, newest first${newest(run.verdicts)}`),
        table("Verdicts", ["At", "Verdict", "Reason", "In words"], run.verdicts.map((v) =>
            [moment(v.at), badge(v.verdict), reasonWords(v.reason), v.message])),
        el("h3", {}, "What people did"),
        table("Acts", ["At", "What", "Who", "Why", "Until"], run.acts.map((a) =>
            [moment(a.at), a.action, a.by, a.why, moment(a.until)]), "Nobody did anything."),
        ...heard(run),
        el("h3", {}, `What gates were told${newest(run.gate_calls)}`),
        table("Gate calls", ["At", "Gate", "Stage", ["Code"], "Verdict", "Reason", ["Times"]], run.gate_calls.map((g) =>
            [moment(g.at), g.gate, g.stage, String(g.code), badge(g.verdict), reasonWords(g.reason), count(g.count)])));
}

// A plot's frame, made once; its sentence and table follow the numbers.
class Frame {
    constructor(plot) {
        this.plot = plot;
        this.words = el("p", {class: "words"}, "\u00a0");
        this.numbers = el("div", {});
        this.canvas = el("canvas", {id: "plot-" + plot.id, role: "img", "aria-label": plot.title});
        this.details = el("details", {ontoggle: () => this.fillTable()}, el("summary", {}, "As a table"), this.numbers);
        this.node = el("section", {class: "card plot" + (plot.wide ? " wide" : ""), "aria-labelledby": "title-" + plot.id},
            el("h2", {id: "title-" + plot.id}, plot.title), this.words,
            el("div", {class: "canvas" + (plot.short ? " short" : "")}, this.canvas), this.details);
    }

    show(timeline, run) {
        const {plot} = this;

        this.timeline = timeline;
        if (timeline.points.length === 0 || (plot.fits && !plot.fits(timeline))) {
            this.words.textContent = "Nothing to draw yet.";
            return;
        }
        this.words.textContent = plot.words(timeline, run);
        this.canvas.setAttribute("aria-label", `${plot.title}. ${this.words.textContent}`);
        this.run = run;
        if (this.drawing)
            this.drawing.draw();
        else
            this.drawing = new Plot(this.canvas, () => plot.chart(this.timeline, this.run));
        this.fillTable();
    }

    fillTable() {
        if (this.details.open && this.drawing)
            replace(this.numbers, this.plot.table(this.timeline, this.run));
    }

    release() {
        this.drawing?.release();
    }
}

export function runPage(main, id) {
    const gone = new AbortController();
    const coarse = el("p", {class: "hint"}, "");
    const frames = plots.map((p) => new Frame(p));
    const title = el("h1", {tabindex: "-1"}, "Run");
    const top = el("div", {class: "top"});
    const buttons = el("p", {class: "buttons"});
    const why = el("div", {class: "slot"});
    const below = el("div", {class: "grid"});
    const path = "/v1/runs/" + encodeURIComponent(id);
    let run = null;
    let timer = 0;
    let again = false;

    function drawButtons() {
        const wanted = fitting(run);

        if (buttons.dataset.acts === wanted.join())
            return;
        buttons.dataset.acts = wanted.join();
        replace(buttons, ...wanted.map((action) => el("button",
            {type: "button", class: action === "veto" ? "danger" : "", "data-act": action, onclick: async () => {
                if (await ask(action, run)) {
                    say(`${acts[action].title}: done.`);
                    await load();
                }
            }}, acts[action].title)));
    }

    function openDetails() {
        return [...below.querySelectorAll("details")].map((d) => d.open);
    }

    function draw() {
        const open = openDetails();

        title.textContent = `${run.service} ${run.revision}`;
        document.title = `${run.verdict}: ${run.service} - verdictd`;
        replace(top, head(run));
        drawButtons();
        replace(why, explanation(run));
        replace(below, ...[numbers(run), steps(run), queries(run), told(run)].filter(Boolean));
        [...below.querySelectorAll("details")].forEach((d, i) => {
            d.open = Boolean(open[i]);
        });
    }

    async function load() {
        const begun = performance.now();
        const [found, timeline] = await Promise.all([get(path, gone.signal),
            get(`${path}/timeline?limit=${POINTS}`, gone.signal)]);

        run = found;
        draw();
        coarse.textContent = timeline.coarse
            ? "The intervals of this run are not kept any more: what is drawn are its points, some seconds or minutes apart." : "";
        frames.forEach((f) => f.show(timeline, run));
        return Math.max(LEAST_PAUSE_MS, PATIENCE * (performance.now() - begun));
    }

    // At most one request under way, and one that follows.
    function loadSoon() {
        if (timer) {
            again = true;
            return;
        }
        timer = -1;
        load().catch(() => LEAST_PAUSE_MS).then((pause) => {
            timer = setTimeout(() => {
                timer = 0;
                if (again && !gone.signal.aborted) {
                    again = false;
                    loadSoon();
                }
            }, pause);
        });
    }

    replace(main, title, top, buttons, why, coarse,
        el("div", {class: "grid"}, ...frames.map((f) => f.node)), below);
    return {
        ready: load(),
        onEvent(name, data) {
            if (name === "reset" || (data.run === id && (name === "interval" || name === "verdict")))
                loadSoon();
            if (name === "run" && data.run === id && run && data.state !== run.state && data.state !== "starting")
                loadSoon();
        },
        leave() {
            gone.abort();
            clearTimeout(timer);
            frames.forEach((f) => f.release());
        },
    };
}
