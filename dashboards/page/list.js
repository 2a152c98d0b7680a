// The two lists of runs: those that live, told by events, and a search in the history.
import {get, Refused} from "/page/api.js";
import {badge, brief, count, el, moment, reasonHelp, reasonWords, replace, span, table} from "/page/dom.js";

const MANY = 200; // rows, that are not drawn four times a second
const rank = {abort: 0, fail: 1, hold: 2, pass: 3};

function nameOf(run) {
    return el("a", {href: "#/run/" + run.id}, `${run.namespace}/${run.service}`);
}

function reasonOf(run) {
    return el("span", {title: reasonHelp(run.reason)}, reasonWords(run.reason));
}

function needOf(run) {
    const need = run.need ?? {};
    const parts = [];

    if (need.requests)
        parts.push(count(need.requests) + " requests");
    if (need.seconds)
        parts.push("about " + span(need.seconds));
    return parts.join(", ");
}

function ageOf(run) {
    return el("span", {"data-since": run.started_at},
        span((Date.now() - new Date(run.started_at)) / 1000));
}

// An event of a run, in the shape of a row of the list.
function ofEvent(data, before) {
    const a = data.answer;

    return {...before, id: data.run, service: a.service, namespace: a.namespace, revision: a.revision,
        canary: a.canary, stable: a.stable, attempt: data.attempt, state: data.state,
        verdict: a.verdict, reason: a.reason, message: a.message, need: a.need, weight: data.weight,
        started_at: before?.started_at ?? new Date().toISOString()};
}

export function liveList(main) {
    const runs = new Map();
    const rows = el("div", {class: "list"});
    const hint = el("p", {class: "hint"}, "");
    const gone = new AbortController();
    let drawn = false;

    function row(run) {
        return [nameOf(run), badge(run.verdict), reasonOf(run), run.revision,
            run.weight === undefined ? "" : brief(run.weight) + " %", ageOf(run), needOf(run),
            el("span", {class: "message"}, run.message)];
    }

    function draw() {
        // A click is lost where its row is drawn anew between press and release.
        if (rows.matches(":active")) {
            drawn = true;
            setTimeout(draw, 250);
            return;
        }

        const sorted = [...runs.values()].sort((a, b) =>
            rank[a.verdict] - rank[b.verdict] || (a.started_at < b.started_at ? 1 : -1));
        const focused = document.activeElement?.getAttribute("href");
        const heads = ["Service", "Verdict", "Reason", "Revision", ["Weight"], ["Age"], "Needs", "In words"];

        drawn = false;
        replace(rows, table("Live runs", heads, sorted.map(row),
            el("span", {}, "Nothing is being judged now. What was is in the ", el("a", {href: "#/history"}, "history"), ".")));
        if (focused)
            rows.querySelector(`a[href="${focused}"]`)?.focus();
    }

    function drawSoon() {
        if (!drawn) {
            drawn = true;
            setTimeout(draw, runs.size > MANY ? 2000 : 250);
        }
    }

    // A token of several namespaces lists them one by one only; events come of all of them.
    async function list() {
        const found = [];
        let after = "";

        try {
            do {
                const page = await get("/v1/runs?state=live&limit=500" + after, gone.signal);

                found.push(...page.runs);
                after = page.next ? "&after=" + page.next : "";
            } while (after);
        } catch (e) {
            if (!(e instanceof Refused && e.status === 403))
                throw e;
            hint.textContent = "Your token is for some namespaces: their runs appear with the next tick.";
        }
        return found;
    }

    async function load() {
        const found = await list();

        runs.clear();
        found.forEach((r) => runs.set(r.id, r));
        draw();
    }

    const ticking = setInterval(() => {
        rows.querySelectorAll("[data-since]").forEach((e) => {
            e.textContent = span((Date.now() - new Date(e.dataset.since)) / 1000);
        });
    }, 1000);

    replace(main, el("h1", {tabindex: "-1"}, "Live runs"), hint, rows);
    draw();
    return {
        ready: load(),
        onEvent(name, data) {
            if (name === "reset") {
                load().catch(() => {});
            } else if (name === "run") {
                if (data.state === "ended")
                    runs.delete(data.run);
                else
                    runs.set(data.run, ofEvent(data, runs.get(data.run)));
                drawSoon();
            }
        },
        leave() {
            gone.abort();
            clearInterval(ticking);
        },
    };
}

const sinces = [["", "any time"], ["1h", "the last hour"], ["24h", "the last day"],
    ["168h", "the last week"], ["720h", "the last 30 days"]];
const states = [["", "live or ended"], ["live", "live"], ["ended", "ended"]];
const verdicts = [["", "any"], ["pass", "pass"], ["hold", "hold"], ["fail", "fail"], ["abort", "abort"]];

function field(name, label, query, options) {
    const id = "find-" + name;
    const value = query.get(name) ?? "";
    const input = options
        ? el("select", {id, name}, ...options.map(([v, text]) =>
            el("option", {value: v, selected: v === value}, text)))
        : el("input", {id, name, value, maxlength: 253, autocomplete: "off"});

    return el("div", {class: "field"}, el("label", {for: id}, label), input);
}

export function history(main, query) {
    const gone = new AbortController();
    const results = el("div", {class: "list"});
    const more = el("button", {type: "button", hidden: true, onclick: () => load()}, "Older runs");
    const state = el("p", {class: "hint", role: "status"}, "");
    const found = [];
    let next = "";

    function row(run) {
        return [nameOf(run), badge(run.verdict), reasonOf(run), run.revision, String(run.attempt), run.state,
            moment(run.started_at), el("span", {class: "message"}, run.message)];
    }

    function draw() {
        replace(results, table("Runs found",
            ["Service", "Verdict", "Reason", "Revision", ["Attempt"], "State", "Begun", "In words"],
            found.map(row), "No run like that is in the history."));
        state.textContent = `${found.length} runs${next ? ", and older ones" : ""}`;
        more.hidden = !next;
    }

    async function load() {
        const asked = new URLSearchParams([...query].filter(([, v]) => v));

        asked.set("limit", "50");
        if (next)
            asked.set("after", next);
        const page = await get("/v1/runs?" + asked, gone.signal);

        found.push(...page.runs);
        next = page.next ?? "";
        draw();
    }

    function submit(event) {
        const wanted = new URLSearchParams([...new FormData(event.target)].filter(([, v]) => v));

        event.preventDefault();
        location.hash = "#/history" + (String(wanted) ? "?" + wanted : "");
    }

    replace(main, el("h1", {tabindex: "-1"}, "History"),
        el("form", {class: "search", role: "search", "aria-label": "Runs", onsubmit: submit},
            field("service", "Service", query), field("namespace", "Namespace", query),
            field("verdict", "Verdict", query, verdicts), field("state", "State", query, states),
            field("since", "Begun in", query, sinces),
            el("button", {type: "submit"}, "Search")),
        state, results, more);
    return {
        ready: load(),
        onEvent() {},
        leave: () => gone.abort(),
    };
}
