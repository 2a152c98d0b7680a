// The page: which view the address names, what events tell it, what is wrong.
import {anotherToken, follow, hasToken, Refused, trouble} from "/page/api.js";
import {el, reasonWords, replace, say} from "/page/dom.js";
import {history, liveList} from "/page/list.js";
import {runPage} from "/page/run.js";

const TROUBLE_EVERY_MS = 15000;
const main = document.getElementById("main");
let view = null;

// "#/run/ID", "#/history?verdict=abort", "#/"
function open(hash) {
    const [path, query] = hash.replace(/^#?\/?/, "").split("?");
    const [page, id] = path.split("/");

    if (page === "run" && id)
        return ["", runPage(main, decodeURIComponent(id))];
    if (page === "history")
        return ["history", history(main, new URLSearchParams(query))];
    return ["live", liveList(main)];
}

function failed(error) {
    if (error.name === "AbortError")
        return;
    const words = error instanceof Refused ? error.message : "The daemon does not answer.";

    replace(main, el("h1", {tabindex: "-1"}, "That did not work"), el("p", {class: "error", role: "alert"}, words),
        el("p", {}, el("button", {type: "button", onclick: () => show(false)}, "Try again")));
}

function show(moved) {
    let page;

    view?.leave();
    document.title = "verdictd";
    [page, view] = open(location.hash);
    document.querySelectorAll("nav a").forEach((a) => {
        if (a.dataset.page === page)
            a.setAttribute("aria-current", "page");
        else
            a.removeAttribute("aria-current");
    });
    view.ready.catch(failed);
    if (moved)
        main.querySelector("h1").focus();
}

async function lookForTrouble() {
    const line = document.getElementById("trouble");
    let text;

    try {
        text = await trouble();
    } catch {
        text = "The daemon does not answer.";
    }
    if (line.textContent !== text)
        line.textContent = text;
    line.hidden = !text;
}

function onState(state) {
    const link = document.getElementById("link");

    link.textContent = state === "live" ? "live" : "connection lost, trying again";
    link.dataset.state = state;
}

function tokenButton() {
    document.getElementById("another-token").hidden = !hasToken();
}

document.addEventListener("tokenchange", tokenButton);
document.getElementById("another-token").addEventListener("click", async () => {
    if (await anotherToken())
        location.reload(); // the stream of events too
});
tokenButton();
addEventListener("hashchange", () => show(true));
show(false);
follow((name, data) => {
    view.onEvent(name, data);
    if (name === "verdict" && data.verdict !== data.previous)
        say(`${data.service} in ${data.namespace}: ${data.verdict}, ${reasonWords(data.reason)}`);
}, onState);
lookForTrouble();
setInterval(lookForTrouble, TROUBLE_EVERY_MS);
