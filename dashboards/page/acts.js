// A person's word: approve, force, veto, clear and end, each with who and why.
import {post, Refused} from "/page/api.js";

const spans = [["15m", "15 minutes"], ["30m", "30 minutes"], ["1h", "1 hour"], ["4h", "4 hours"],
    ["24h", "1 day"], ["168h", "7 days"]];
const BY = "verdictd-by";

// until: needed, or if you like, or never.
export const acts = {
    approve: {title: "Approve", until: "needed", what: "Gates are told pass where it would be hold. Fail and abort stay."},
    force: {title: "Force a pass", until: "needed", what: "Gates are told pass whatever was found, abort included. Your token needs the scope force."},
    veto: {title: "Veto", until: "optional", what: "Gates are told abort: this rolls the release back."},
    clear: {title: "Clear", what: "Ends what a person said before. An aborted run ends, and its revision may be tried again."},
    end: {title: "End the run", what: "Judging ends; the next question about this revision begins a new run."},
};

// An ended run's abort is told for so long, and can be cleared as long.
const TOLD_MS = 3600000;

export function fitting(run) {
    if (run.state === "ended")
        return run.verdict === "abort" && Date.now() - new Date(run.ended_at) < TOLD_MS ? ["clear"] : [];
    const list = run.verdict === "hold" ? ["approve"] : [];

    if (run.verdict === "fail" || run.verdict === "abort")
        list.push("force");
    if (run.verdict !== "abort")
        list.push("veto");
    if (run.verdict === "abort" || ["approved", "forced", "veto"].includes(run.reason))
        list.push("clear");
    return [...list, "end"];
}

const byId = (id) => document.getElementById(id);

function fillSpans(until) {
    const select = byId("act-expires");
    const options = spans.map(([value, text]) => new Option(text, value, value === "1h", value === "1h"));

    if (until === "optional")
        options.unshift(new Option("until somebody clears it", "", true, true));
    select.replaceChildren(...options);
    byId("act-until").hidden = !until;
}

function body(action) {
    const said = {by: byId("act-by").value.trim(), why: byId("act-why").value.trim()};

    if (action !== "end")
        said.action = action;
    if (acts[action].until && byId("act-expires").value)
        said.expires = byId("act-expires").value;
    return said;
}

function remembered() {
    try {
        return localStorage.getItem(BY) ?? "";
    } catch {
        return "";
    }
}

// Resolves to true when it was done, to false when it was cancelled.
export function ask(action, run) {
    const dialog = byId("act-dialog");
    const form = dialog.querySelector("form");
    const error = byId("act-error");

    byId("act-title").textContent = `${acts[action].title}: ${run.service} ${run.revision}`;
    byId("act-what").textContent = acts[action].what;
    byId("act-submit").textContent = acts[action].title;
    byId("act-why").value = "";
    byId("act-by").value = remembered();
    error.textContent = "";
    fillSpans(acts[action].until);
    return new Promise((resolve) => {
        let done = false;

        async function submit(event) {
            event.preventDefault();
            byId("act-submit").disabled = true;
            try {
                await post(`/v1/runs/${run.id}/${action === "end" ? "end" : "override"}`, body(action));
                localStorage.setItem(BY, byId("act-by").value.trim());
                done = true;
                dialog.close();
            } catch (e) {
                error.textContent = e instanceof Refused ? e.message : "The daemon does not answer.";
            } finally {
                byId("act-submit").disabled = false;
            }
        }
        const cancel = () => dialog.close();

        form.addEventListener("submit", submit);
        byId("act-cancel").addEventListener("click", cancel);
        dialog.addEventListener("close", () => {
            form.removeEventListener("submit", submit);
            byId("act-cancel").removeEventListener("click", cancel);
            resolve(done);
        }, {once: true});
        dialog.showModal();
        (byId("act-by").value ? byId("act-why") : byId("act-by")).focus();
    });
}
