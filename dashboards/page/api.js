// Talking to the daemon: JSON with the person's token, and the stream of events.
const KEY = "verdictd-token";
let waiting = null; // one dialog for all requests that need a token

function token() {
    return sessionStorage.getItem(KEY) ?? "";
}

function headers(more = {}) {
    return token() ? {...more, Authorization: "Bearer " + token()} : more;
}

function askForToken(why, mayKeep = false) {
    const dialog = document.getElementById("token-dialog");

    waiting ??= new Promise((resolve) => {
        document.getElementById("token-why").textContent = why;
        document.getElementById("token-keep").hidden = !mayKeep;
        dialog.returnValue = "";
        dialog.addEventListener("close", () => {
            if (dialog.returnValue === "use")
                sessionStorage.setItem(KEY, document.getElementById("token").value.trim());
            document.getElementById("token").value = "";
            waiting = null;
            document.dispatchEvent(new Event("tokenchange"));
            resolve();
        }, {once: true});
        dialog.showModal();
    });
    return waiting;
}

export function hasToken() {
    return token() !== "";
}

// For who has one that may not do what is wanted; whether there is another one now.
export async function anotherToken() {
    const before = token();

    await askForToken("It takes the place of the present one.", true);
    return token() !== before;
}

document.getElementById("token-keep").addEventListener("click", () =>
    document.getElementById("token-dialog").close("keep"));

export class Refused extends Error {
    constructor(status, body) {
        super([body.error, body.hint].filter(Boolean).join(": ") || "the daemon answered " + status);
        this.status = status;
    }
}

// A request; where the token is missing or wrong the person is asked, and then again.
async function send(path, options) {
    for (;;) {
        const used = token();
        const answer = await fetch(path, {...options, headers: headers(options.headers)});

        if (answer.status !== 401)
            return answer;
        const body = await answer.json().catch(() => ({}));
        if (token() === used)
            await askForToken(used ? "The daemon does not know this token." : body.error ?? "");
    }
}

export async function get(path, signal) {
    const answer = await send(path, {signal, cache: "no-store"});
    const body = await answer.json().catch(() => ({}));

    if (!answer.ok)
        throw new Refused(answer.status, body);
    return body;
}

export async function post(path, what) {
    const answer = await send(path, {
        method: "POST", body: JSON.stringify(what), headers: {"Content-Type": "application/json"}});
    const body = await answer.json().catch(() => ({}));

    if (!answer.ok)
        throw new Refused(answer.status, body);
    return body;
}

// What is wrong with the daemon, line by line; "": nothing.
export async function trouble() {
    const answer = await fetch("/-/ready", {cache: "no-store"});
    const body = await answer.json().catch(() => ({}));

    return body.ready ? "" : body.detail || "the daemon is not ready";
}

// Blocks of "name: value" lines, of https://html.spec.whatwg.org/multipage/server-sent-events.html
function parse(block) {
    const event = {event: "message", data: ""};

    for (const line of block.split("\n")) {
        const colon = line.indexOf(":");

        if (colon > 0)
            event[line.slice(0, colon)] = line.slice(colon + 1).trimStart();
    }
    return event;
}

async function readEvents(body, tell) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";

    for (;;) {
        const {value, done} = await reader.read();

        if (done)
            return;
        const blocks = (rest + value).split("\n\n");
        rest = blocks.pop();
        blocks.map(parse).filter((e) => e.data).forEach(tell);
    }
}

// For ever. EventSource cannot send the token, so the stream is fetched. onState is told
// "live" and "away"; onEvent gets (name, data): "reset" where events were missed, also those
// before the first one, of which there is no id to come back with.
export async function follow(onEvent, onState) {
    let last = "";
    let missed = false;
    let pause = 1000;

    for (;;) {
        try {
            const answer = await send("/v1/events/stream", {
                cache: "no-store", headers: last ? {"Last-Event-ID": last} : {}});

            if (!answer.ok)
                throw new Refused(answer.status, await answer.json());
            onState("live");
            if (missed && !last)
                onEvent("reset", {});
            missed = false;
            pause = 1000;
            await readEvents(answer.body, (e) => {
                last = e.id ?? last;
                onEvent(e.event, JSON.parse(e.data));
            });
        } catch {
            onState("away");
            pause = Math.min(2 * pause, 30000);
        }
        missed = true;
        await new Promise((resolve) => setTimeout(resolve, pause));
    }
}
