// Elements and words: how numbers, times and verdicts are written.
import {checks, reasons} from "/page/vocabulary.js";

// el("td", {class: "number", title: "…"}, "text", other)
export function el(tag, attributes = {}, ...children) {
    const e = document.createElement(tag);

    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith("on"))
            e.addEventListener(name.slice(2), value);
        else if (value === true)
            e.setAttribute(name, "");
        else if (value !== false && value !== undefined && value !== null)
            e.setAttribute(name, value);
    }
    e.append(...children.filter((c) => c !== undefined && c !== null));
    return e;
}

export function percent(share, digits = 2) {
    return share === undefined ? "" : (100 * share).toFixed(digits) + " %";
}

export function count(n) {
    return n === undefined ? "" : n.toLocaleString("en");
}

// Three digits, whatever the size.
export function brief(n) {
    if (n === undefined)
        return "";
    return Math.abs(n) >= 1e6 || (n !== 0 && Math.abs(n) < 1e-3) ? n.toExponential(2)
        : Number(n.toPrecision(3)).toLocaleString("en");
}

export function milliseconds(n) {
    return n === undefined ? "over all bounds" : brief(n) + " ms";
}

export function span(seconds) {
    const s = Math.max(0, Math.round(seconds));

    if (s < 90)
        return s + " s";
    if (s < 5400)
        return Math.round(s / 60) + " min";
    return s < 172800 ? (s / 3600).toFixed(1) + " h" : Math.round(s / 86400) + " days";
}

export function clock(ms) {
    return new Date(ms).toLocaleTimeString("en-GB");
}

export function moment(text) {
    if (!text)
        return el("span", {}, "");
    const at = new Date(text);
    const today = at.toDateString() === new Date().toDateString();

    return el("time", {datetime: text, title: text},
        today ? at.toLocaleTimeString("en-GB") : at.toLocaleString("en-GB"));
}

export function reasonWords(reason) {
    return reason.replaceAll("_", " ");
}

export function reasonHelp(reason) {
    return reasons[reason] ?? "";
}

export function checkAsks(name) {
    return checks[name] ?? "is the policy's own limit kept?";
}

// A verdict is told by its word and its sign; the colour only repeats it.
const signs = {pass: "✓", hold: "…", fail: "!", abort: "✕"};

export function badge(verdict) {
    return el("span", {class: "badge " + verdict},
        el("span", {"aria-hidden": "true"}, (signs[verdict] ?? "?") + " "), verdict);
}

// heads: [["Title", "number"], "Title"]; rows: arrays of cells, texts or nodes.
export function table(caption, heads, rows, none = "Nothing yet.") {
    const right = heads.map((h) => Array.isArray(h));
    const body = rows.map((cells) => el("tr", {},
        ...cells.map((c, i) => el(i === 0 ? "th" : "td",
            {class: right[i] ? "number" : undefined, scope: i === 0 ? "row" : undefined}, c ?? ""))));

    if (rows.length === 0)
        body.push(el("tr", {}, el("td", {colspan: heads.length, class: "none"}, none)));
    return el("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": caption},
        el("table", {},
            el("caption", {class: "unseen"}, caption),
            el("thead", {}, el("tr", {}, ...heads.map((h, i) => el("th",
                {scope: "col", class: right[i] ? "number" : undefined}, right[i] ? h[0] : h)))),
            el("tbody", {}, ...body)));
}

export function say(text) {
    document.getElementById("live").textContent = text;
}

export function replace(node, ...children) {
    node.replaceChildren(...children);
}
