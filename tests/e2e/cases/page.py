"""The web page in a real browser, over live runs: what it shows is what the API says, and what a
person does on it happens."""
import gzip
import json
import os

from cases import tls
from lib import scenario
from lib.case import case
from lib.daemon import POLICY, scraping
from lib.gates import ASK, request
from lib.wait import until
from lib.webdriver import Browser

# A run that nothing but a person's word moves from hold.
WAITING = {"min_requests": 100000000, "required": ["error_rate"]}
PLOTS = ("course", "success", "against", "for", "latency", "traffic", "pods")
DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "docs")


def world(c, *services, policy=None, **more):
    """A daemon that scrapes a mesh itself, and a browser."""
    mesh = c.mesh(*(services or [scenario.service(2000, 20)]))
    d = c.daemon(None, policy=policy, sources={"mesh": scraping(mesh.targets)}, **more)
    browser = Browser(c.directory)
    c.owned.append(browser)
    return mesh, d, browser


def url(d, fragment=""):
    return f"http://127.0.0.1:{d.gates.port}/{fragment}"


def begun(d, **ask):
    """The id of a run; a first question on a busy machine is told store_busy, without one."""
    return until("the run has begun", lambda: d.gates.argo_raw(**{**ASK, **ask}).json["run"], 20, [d.process])


def judged(d, intervals, **ask):
    """The id of a run with so many intervals."""
    run = begun(d, **ask)
    until("intervals are closed", lambda: len(d.gates.intervals(run)) >= intervals, 60, [d.process])
    return run


def picture(browser, name):
    """For the documents, where they are asked for."""
    if os.environ.get("E2E_SCREENSHOTS"):
        with open(os.path.join(DOCS, f"page-{name}.png"), "wb") as f:
            f.write(browser.screenshot())


def served(d):
    """Once whole, then not again; packed for those who unpack; nothing but its own files."""
    plain = request(d.gates.port, "GET", "/page/chart.min.js")
    packed = request(d.gates.port, "GET", "/page/chart.min.js", None, {"Accept-Encoding": "gzip"})
    assert plain.code == packed.code == 200 and gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 2, len(packed.body)
    again = request(d.gates.port, "GET", "/page/chart.min.js", None, {"If-None-Match": plain.headers["etag"]})
    assert again.code == 304 and not again.body, again
    head = request(d.gates.port, "GET", "/").headers
    assert head["content-security-policy"].startswith("default-src 'self'"), head
    assert "unsafe" not in head["content-security-policy"] and head["x-content-type-options"] == "nosniff", head
    assert request(d.gates.port, "GET", "/page/..%2fapp.js").code == 404


def drawn(browser):
    """How many pixels each plot has that are not empty."""
    return browser.script("""
        return Object.fromEntries(arguments[0].map((id) => {
            const canvas = document.getElementById("plot-" + id);
            const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            let n = 0;

            for (let i = 3; i < data.length; i += 4)
                n += data[i] > 0;
            return [id, n];
        }))""", PLOTS)


def all_plots(browser):
    browser.until("all plots are drawn",
                  "return arguments[0].every((id) => Chart.getChart('plot-' + id))", PLOTS)
    for name, n in drawn(browser).items():
        assert n > 500, f"the plot {name} has {n} pixels"


def settled(browser, d):
    """Nothing was loaded from elsewhere, nothing was complained about."""
    away = browser.script("return performance.getEntriesByType('resource').map((e) => e.name)"
                          ".filter((n) => !n.startsWith(location.origin))")
    assert away == [], away
    assert browser.complaints() == [], "the page complained"
    assert d.process.log().count("level=error") == 0, d.process.log()


def shifted(browser):
    """Cumulative layout shift: https://web.dev/articles/cls calls up to 0.1 good."""
    return browser.script("""
        return new Promise((resolve) => {
            let sum = 0;

            new PerformanceObserver((list) => {
                for (const e of list.getEntries())
                    sum += e.hadRecentInput ? 0 : e.value;
            }).observe({type: "layout-shift", buffered: true});
            setTimeout(() => resolve(sum), 300);
        })""")


def act(browser, action, why, by="ada"):
    browser.click(f"[data-act={action}]")
    browser.until("the dialog is open", "return document.getElementById('act-dialog').open")
    browser.script("document.getElementById('act-by').value = ''")
    browser.type("#act-by", by)
    browser.type("#act-why", why)
    browser.click("#act-submit")
    browser.until("it was done", "return !document.getElementById('act-dialog').open")


def told(browser, verdict, seconds=20):
    browser.until(f"the page says {verdict}",
                  "return document.querySelector('.answer .badge')?.innerText.includes(arguments[0])", verdict,
                  seconds=seconds)


@case("quick", 30)
def page_shows_a_live_run_and_takes_an_approval(c):
    _, d, browser = world(c, policy=WAITING)
    run = judged(d, 5)
    served(d)
    browser.open(url(d))
    browser.until("the run is listed", "return document.querySelectorAll('tbody th a').length === 1")
    assert browser.text("tbody th a") == "default/reviews"
    assert "hold" in browser.text("tbody .badge"), browser.text("tbody")
    browser.until("events come", "return document.getElementById('link').dataset.state === 'live'")
    # The list is drawn anew with each interval, but not under a finger.
    browser.press("tbody th a")
    browser.script("window.pressed = document.querySelector('tbody th a')")
    closed = len(d.gates.intervals(run))
    until("more intervals", lambda: len(d.gates.intervals(run)) >= closed + 3, 30, [d.process])
    assert browser.script("return window.pressed.isConnected")
    browser.release()
    browser.until("the run's page", "return document.querySelector('h1')?.innerText.startsWith('reviews')")
    all_plots(browser)
    # What is drawn is what the API says, which may know one more by then.
    plotted = browser.script("return Chart.getChart('plot-success').data.datasets.slice(0, 3).map((s) => s.data)")
    points = {p["end_ms"]: p for p in d.gates.get(f"/v1/runs/{run}/timeline?limit=300")["points"]}
    for key, data in zip(("success_rate", "lower", "upper"), plotted):
        assert len(data) >= 5, data
        for at in data:
            want = 100 * points[at["x"]]["canary"]["so_far"][key]
            assert abs(at["y"] - want) < 1e-9, (key, at, want)
    # The evidence that the run was judged by is that which was found again.
    weighed = d.gates.get("/v1/runs/" + run)["numbers"]["checks"]["error_rate"]["evidence"]
    again = [p["evidence"]["error_rate"] for p in d.gates.get(f"/v1/runs/{run}/timeline?limit=500")["points"]]
    assert any(abs(e - weighed) <= 1e-9 * weighed for e in again), (weighed, again)
    # Where the truth lies is drawn to its end, far beyond the bar where faults are few.
    ends = browser.script("""
        const {scales: {x}, options: {plugins: {whiskers}}} = Chart.getChart("plot-pods");

        return [x.max, ...whiskers.spans.map((s) => s.to)]""")
    assert ends[0] >= max(ends[1:]) > 0, ends
    asked = browser.texts("#why ~ .scroll tbody tr")
    assert any("fail more often" in row for row in asked), asked
    before = len(plotted[0])
    browser.until("new intervals are drawn without a reload",
                  "return Chart.getChart('plot-success').data.datasets[0].data.length > arguments[0]", before)
    act(browser, "approve", "seen the errors, they are known")
    told(browser, "pass")
    j = d.gates.argo(**ASK)
    assert (j["verdict"], j["reason"]) == ("pass", "approved"), j
    done = d.gates.get("/v1/runs/" + run)["acts"]
    assert [(a["action"], a["by"], a["why"]) for a in done] == \
        [("approve", "ada", "seen the errors, they are known")], done
    settled(browser, d)


@case("long", 60)
def page_follows_a_bad_canary_to_its_abort(c):
    mesh, d, browser = world(c, scenario.service(2000, 10))
    run = judged(d, 8, weight=10, stage="step")
    mesh.weight(25)
    d.gates.argo(**ASK, weight=25, stage="step")
    browser.open(url(d, "#/run/" + run))
    all_plots(browser)
    mesh.behave("v2", error_rate=0.15, code=503)
    told(browser, "abort", seconds=60)
    browser.until("it is announced", "return document.getElementById('live').innerText.includes('abort')")
    until("gates are told too", lambda: d.gates.argo(**ASK)["abort"], 20)
    browser.until("the evidence is over its limit", """
        const {datasets} = Chart.getChart("plot-against").data;
        const at = datasets.findIndex((s) => s.label === "error rate");
        const last = datasets[at].data[datasets[at].data.length - 1];

        return last && last.y > datasets[at + 1].data[0].y""")
    words = browser.text(".answer")
    assert "error rate worse" in words and "canary failed" in words, words
    for row in ("verdicts", "gate calls"):
        assert row in browser.text("#told").lower(), browser.text("#told")
    # Tables stand behind the plots, with as many rows as there are points.
    rows = browser.script("""
        const details = document.getElementById("plot-success").closest("section").querySelector("details");

        details.open = true;
        return new Promise((resolve) => setTimeout(() => resolve(
            [details.querySelectorAll("tbody tr").length,
             Chart.getChart("plot-success").data.datasets[0].data.length]), 300))""")
    assert rows[0] >= rows[1] >= 10, rows
    weights = browser.script("return Chart.getChart('plot-course').data.datasets[1].data.length")
    assert weights == 2, f"{weights} weights on the axis of time"
    queries = browser.script("return [...document.querySelectorAll('pre')].map((p) => p.textContent)")
    assert any("istio_requests_total" in q for q in queries), queries
    browser.script("document.querySelectorAll('details').forEach((d) => { d.open = false; })")
    browser.resize(1280, 2300)
    picture(browser, "run")
    browser.prefer(prefers_color_scheme="dark")
    picture(browser, "run-dark")
    settled(browser, d)


@case("long", 60)
def page_points_at_the_pod_that_stands_out(c):
    """One of the baseline's pods fails a fifth of its requests: it is told, drawn and listed first."""
    sick = {"errors": {503: 0.2}, "latency": {"median_ms": 20, "sigma": 0.4}}
    reviews = scenario.service(2000, 20, v1=scenario.version("v1", pods=26))
    # A version of its own for the simulation, the same for the mesh: the weights split both.
    reviews["versions"].append(scenario.version("sick", pods=1, behaviour=sick, workload="reviews-v1",
                                                labels={"version": "v1", "canonical_revision": "v1"}))
    reviews["weights"]["sick"] = 20
    _, d, browser = world(c, reviews, policy=WAITING)
    run = judged(d, 5)
    marked = until("a pod stands out", lambda: [p for p in d.gates.get(f"/v1/runs/{run}/timeline")["pods"] if p["fails"]],
                   30, [d.process])
    assert len(marked) == 1 and marked[0]["side"] == "stable", marked
    name = marked[0]["pod"]
    browser.open(url(d, "#/run/" + run))
    browser.until("the page tells it",
                  "return document.querySelector('#title-pods + .words')?.innerText.includes(arguments[0])",
                  f"Standing out: {name} (fails")
    assert "24 of 29 are drawn." in browser.text("#title-pods + .words"), browser.text("#title-pods + .words")
    drawn_pods = browser.script("""
        const {data} = Chart.getChart("plot-pods");

        return {labels: data.labels, colors: data.datasets[0].backgroundColor}""")
    assert drawn_pods["labels"][0] == "▲ " + name, drawn_pods
    assert drawn_pods["colors"][0] not in drawn_pods["colors"][1:], drawn_pods
    browser.script("document.getElementById('plot-pods').closest('section').querySelector('details').open = true")
    rows = browser.until("the table is filled", """
        const rows = [...document.getElementById("plot-pods").closest("section").querySelectorAll("tbody tr")];

        return rows.length >= 5 && rows.map((r) => [r.cells[0].innerText, r.cells[r.cells.length - 1].innerText])""")
    assert rows[0] == ["▲ " + name, "fails"], rows
    assert not any(said for _, said in rows[1:]), rows
    settled(browser, d)


@case("long", 60)
def page_vetoes_and_searches_the_history(c):
    _, d, browser = world(c, policy=WAITING)
    first = judged(d, 3, revision="first")
    browser.open(url(d, "#/run/" + first))
    told(browser, "hold")
    act(browser, "veto", "the release notes were wrong")
    told(browser, "abort")
    assert d.gates.argo(**ASK, revision="first")["reason"] == "veto"
    label = browser.until("the veto is drawn", """
        const {data, options} = Chart.getChart("plot-course");

        return data.datasets[2].data.length === 1 &&
            options.plugins.tooltip.callbacks.label({datasetIndex: 2, dataIndex: 0})""")
    assert label.startswith("veto by ada at "), label
    # Each new revision ends the one before.
    for n in range(55):
        d.gates.argo_raw(**ASK, revision=f"r{n}")  # store_busy, too, has begun a run
    browser.click("nav a[data-page=history]")
    browser.until("a page of runs", "return document.querySelectorAll('tbody tr').length === 50")
    browser.click("main > button")
    browser.until("the rest", "return document.querySelectorAll('tbody tr').length === 56")
    browser.script("document.getElementById('find-verdict').value = 'abort'")
    browser.type("#find-service", "reviews")
    browser.click("form.search button")
    browser.until("the one that was vetoed", "return document.querySelectorAll('tbody tr').length === 1")
    assert "first" in browser.text("tbody tr"), browser.text("tbody tr")
    assert browser.script("return location.hash") == "#/history?service=reviews&verdict=abort"
    browser.reload()
    browser.until("the address keeps the search", "return document.querySelectorAll('tbody tr').length === 1")
    browser.script("document.getElementById('find-service').value = 'nobody'")
    browser.click("form.search button")
    browser.until("nothing is found", "return document.querySelector('td.none')?.innerText.includes('No run')")
    # What has ended can be cleared as long as its abort is told, and no longer.
    offered = ("return document.querySelector('.answer') && [...document.querySelectorAll('[data-act]')].map((b) => "
               "b.dataset.act)")
    browser.script("location.hash = arguments[0]", "#/run/" + first)
    assert browser.until("the run that was vetoed is shown", offered) == ["clear"]
    browser.script("const now = Date.now; Date.now = () => now() + 3700000; location.hash = '#/'")
    browser.until("the list", "return document.querySelector('h1').innerText === 'Live runs'")
    browser.script("location.hash = arguments[0]", "#/run/" + first)
    browser.until("it is shown again", "return !!document.querySelector('.answer')")
    assert browser.script(offered) == []
    settled(browser, d)


def tab_to(browser, css, most=60):
    """By the Tab key alone."""
    for _ in range(most):
        browser.keys("tab")
        if browser.script("return document.activeElement.matches(arguments[0])", css):
            return
    raise AssertionError(f"{css} is not reached by {most} tabs")


@case("long", 60)
def page_by_keyboard_alone_in_light_dark_and_narrow(c):
    dead = scenario.version("v2", 2, {"errors": {500: 0.7}, "latency": {"median_ms": 20}})
    names = ("reviews", "ratings", "details")
    _, d, browser = world(
        c, scenario.service(2000, 20), scenario.service(500, 20, v2=dead, name="ratings"),
        scenario.service(100, 0, name="details"),
        services=[{"name": n, "namespace": "default", "versions": {"key": "revision"},
                   "policy": "default" if n == "reviews" else "usual"} for n in names],
        policies={"default": {**POLICY, **WAITING}, "usual": POLICY})
    others = {n: begun(d, service=n, weight=20) for n in names[1:]}
    run = judged(d, 5, weight=20)
    until("the dead canary is found", lambda: d.gates.argo(**{**ASK, "service": "ratings"})["abort"], 30)
    browser.open(url(d))
    browser.until("the runs are listed, the worst first",
                  "return [...document.querySelectorAll('tbody th a')].map((a) => a.hash)[0] === arguments[0] && "
                  "document.querySelectorAll('tbody th a').length === 3", "#/run/" + others["ratings"])
    browser.until("events fill them in", "return document.querySelectorAll('tbody tr td:nth-child(5)')[2].innerText")
    browser.resize(1280, 420)
    picture(browser, "list")
    browser.resize(1280, 1000)
    tab_to(browser, ".skip", 3)
    tab_to(browser, f"a[href='#/run/{run}']")
    browser.keys("enter")
    all_plots(browser)
    assert browser.script("return document.activeElement.tagName") == "H1", "the focus did not follow"
    tab_to(browser, "[data-act=approve]")
    browser.keys("enter")
    browser.until("the dialog has the focus", "return document.activeElement.id === 'act-by'")
    browser.write("grace")
    browser.keys("tab")
    browser.write("typed")
    browser.keys("tab")
    browser.keys("down")
    tab_to(browser, "#act-submit", 3)
    browser.keys("enter")
    told(browser, "pass")
    assert [a["by"] for a in d.gates.get("/v1/runs/" + run)["acts"]] == ["grace"]
    # Escape leaves a dialog, and nothing happens.
    tab_to(browser, "[data-act=veto]")
    browser.keys("enter")
    browser.until("the dialog is open", "return document.getElementById('act-dialog').open")
    browser.keys("escape")
    browser.until("the dialog is closed", "return !document.getElementById('act-dialog').open")
    assert len(d.gates.get("/v1/runs/" + run)["acts"]) == 1

    assert shifted(browser) < 0.1, "the layout jumps"
    ground = "return getComputedStyle(document.body).backgroundColor"
    light = browser.script(ground)
    browser.prefer(prefers_color_scheme="dark")
    dark = browser.script(ground)
    assert light != dark, (light, dark)
    assert browser.script("return Chart.getChart('plot-success').options.scales.y.ticks.color") == \
        browser.script("return getComputedStyle(document.documentElement).getPropertyValue('--muted')").strip()
    for wanted, colour in (("light", light), ("dark", dark), ("system", dark)):
        browser.click("#theme")
        assert browser.text("#theme") == "Theme: " + wanted, browser.text("#theme")
        assert browser.script(ground) == colour, wanted
    for width in (320, 390, 768):
        browser.resize(width, 800)
        browser.until(f"it fits into {width} pixels",
                      "return document.scrollingElement.scrollWidth <= arguments[0]", width)
    browser.resize(390, 844)
    browser.script("scrollTo(0, 0)")
    picture(browser, "narrow")
    settled(browser, d)


def violations(browser, axe):
    """Serious and critical ones, of the rules of WCAG 2.1 A and AA and of good practice."""
    browser.script(axe)
    found = browser.script("return axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations"
                           ".filter((v) => v.impact === 'serious' || v.impact === 'critical')"
                           ".map((v) => v.id + ': ' + v.nodes.map((n) => n.html.slice(0, 150)).join(' | ')))")
    return found


@case("long", 60)
def page_passes_axe(c):
    path = os.path.join(c.build, "axe", "axe.min.js")
    if not os.path.exists(path):
        print(f"skipped: {path} is not there; ./dev deps fetches it where there is npm")
        return
    with open(path, encoding="utf-8") as f:
        axe = f.read()
    _, d, browser = world(c)
    run = judged(d, 5)
    found = {}
    # It does find something where there is something.
    browser.open(url(d))
    browser.until("the page is there", "return !!document.querySelector('h1')")
    browser.script("document.querySelector('h1').before(document.createElement('button'))")
    assert [v for v in violations(browser, axe) if v.startswith("button-name")]
    for theme in ("light", "dark"):
        browser.prefer(prefers_color_scheme=theme)
        browser.open(url(d))
        browser.until("the run is listed", "return document.querySelectorAll('tbody th a').length === 1")
        found[f"{theme} list"] = violations(browser, axe)
        browser.open(url(d, "#/history"))
        browser.until("runs are found", "return document.querySelectorAll('tbody th a').length === 1")
        found[f"{theme} history"] = violations(browser, axe)
        browser.open(url(d, "#/run/" + run))
        all_plots(browser)
        browser.script("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        found[f"{theme} run"] = violations(browser, axe)
        browser.click("[data-act=veto]")
        found[f"{theme} dialog"] = violations(browser, axe)
        browser.keys("escape")
    assert not any(found.values()), json.dumps(found, indent=1)


@case("long", 50)
def page_asks_for_a_token_and_tells_trouble(c):
    tokens = os.path.join(c.directory, "tokens")
    with open(tokens, "w", encoding="ascii") as f:
        f.write("reads-all read\ndoes-all read,gate,act\n")
    _, d, browser = world(c, policy=WAITING, tokens_file=tokens, token="does-all")
    run = judged(d, 3)
    browser.open(url(d))
    for token in ("wrong", "reads-all"):
        browser.until("a token is asked for", "return document.getElementById('token-dialog').open")
        browser.type("#token", token)
        browser.keys("enter")
    browser.until("the run is listed", "return document.querySelectorAll('tbody th a').length === 1")
    browser.until("events come", "return document.getElementById('link').dataset.state === 'live'")
    kept = browser.script("return [Object.values(sessionStorage), Object.values(localStorage), document.cookie]")
    assert kept[0] == ["reads-all"] and "reads-all" not in str(kept[1:]), kept
    # What the token does not allow is said where it was tried.
    browser.open(url(d, "#/run/" + run))
    told(browser, "hold")
    browser.click("[data-act=approve]")
    browser.type("#act-by", "ada")
    browser.type("#act-why", "I may not")
    browser.click("#act-submit")
    browser.until("the refusal is told", "return document.getElementById('act-error').innerText.includes('scope act')")
    browser.keys("escape")
    assert d.gates.get("/v1/runs/" + run)["acts"] == []
    # Another one may; left by its button or by Escape, the dialog changes nothing.
    for leave in (lambda: browser.click("#token-keep"), lambda: browser.keys("escape")):
        browser.click("#another-token")
        browser.type("#token", "not-this-one")
        leave()
        browser.until("the dialog is closed", "return !document.getElementById('token-dialog').open")
    assert browser.script("return Object.values(sessionStorage)") == ["reads-all"]
    browser.click("#another-token")
    browser.type("#token", "does-all")
    browser.keys("enter")
    browser.until("it is in use", "return Object.values(sessionStorage)[0] === 'does-all' && "
                  "document.getElementById('link').dataset.state === 'live'")
    act(browser, "approve", "now I may")
    told(browser, "pass")
    act(browser, "clear", "and take it back")
    told(browser, "hold")
    d.process.kill()
    browser.until("the daemon's end is told", "return !document.getElementById('trouble').hidden && "
                  "document.getElementById('trouble').innerText.includes('does not answer')", seconds=40)
    browser.until("events do not come", "return document.getElementById('link').dataset.state === 'away'")
    # Started again it is found again, and the page goes on where it was.
    d.config["listen"] = f"127.0.0.1:{d.gates.port}"
    d.write_config()
    d.start()
    browser.until("events come again", "return document.getElementById('link').dataset.state === 'live'", seconds=60)
    browser.until("nothing is wrong", "return document.getElementById('trouble').hidden", seconds=30)
    d.gates.ask("POST", f"/v1/runs/{run}/override", json.dumps(
        {"action": "approve", "by": "ada", "why": "by another way", "expires": "1h"}).encode())
    told(browser, "pass")


@case("long", 40)
def page_catches_up_when_events_come_late(c):
    """Too many listen when the page is opened: what ended until it is let in is not shown as live."""
    import http.client

    _, d, browser = world(c, policy=WAITING)
    run = begun(d)
    readers = []
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", d.gates.port, timeout=20)
        connection.request("GET", "/v1/events/stream")
        response = connection.getresponse()
        readers.append((connection, response))
        if response.status != 200:
            break
    assert response.status == 503 and len(readers) == 65, (response.status, len(readers))
    browser.open(url(d))
    browser.until("the run is listed", "return document.querySelectorAll('tbody th a').length === 1")
    browser.until("events do not come", "return document.getElementById('link').dataset.state === 'away'")
    ended = d.gates.ask("POST", f"/v1/runs/{run}/end", b'{"by": "ada", "why": "enough"}')
    assert ended.code == 200, ended
    for connection, response in readers:
        response.close()
        connection.close()
    browser.until("events come", "return document.getElementById('link').dataset.state === 'live'", seconds=60)
    browser.until("the run is listed no more", "return document.querySelectorAll('tbody th a').length === 0")


@case("quick", 15)
def approval_link_in_a_browser(c):
    """The form of a link's page, sent as a browser sends it: with the Origin that it makes of the page's policy."""
    d = c.daemon("http://127.0.0.1:1")
    browser = Browser(c.directory)
    c.owned.append(browser)
    made = request(d.gates.port, "POST", f"/v1/runs/{begun(d)}/links", json.dumps(
        {"action": "approve", "by": "ada", "why": "the alert is known", "holds": "30m"}).encode())
    assert made.code == 200, made
    browser.open(url(d, json.loads(made.body)["path"][1:]))
    assert browser.text("h1") == "Approve reviews?", browser.text("body")
    looks = browser.script("return [document.styleSheets.length, getComputedStyle(document.querySelector('dl')).display]")
    assert looks == [1, "grid"], looks
    browser.type("[name=by]", "bob")
    browser.type("[name=why]", "seen")
    browser.click("button")
    browser.until("it was done", "return document.querySelector('h1')?.innerText === 'Done'")
    assert "This link is used up." in browser.text("body"), browser.text("body")
    settled(browser, d)
    assert d.gates.argo_raw(**ASK).json["verdict"] == "pass"


@case("quick", 15)
def events_reach_a_program_and_come_back_by_id(c):
    """The stream itself, over a socket."""
    import http.client

    mesh = c.mesh(scenario.service(500, 20))
    d = c.daemon(None, sources={"mesh": scraping(mesh.targets)})

    def follow(last=None):
        connection = http.client.HTTPConnection("127.0.0.1", d.gates.port, timeout=20)
        connection.request("GET", "/v1/events/stream", headers={"Last-Event-ID": last} if last else {})
        response = connection.getresponse()
        assert response.status == 200 and response.headers["content-type"] == "text/event-stream"
        assert response.headers["x-accel-buffering"] == "no" and response.headers["cache-control"] == "no-store"
        return connection, response

    def event(response):
        """(id, name, data) of the next one."""
        found = {}
        while True:
            line = response.readline().decode().rstrip("\n")
            if not line and "data" in found:
                return found.get("id"), found["event"], json.loads(found["data"])
            name, _, value = line.partition(": ")
            if name:
                found[name] = value

    connection, response = follow()
    run = begun(d)
    seen = {}
    while set(seen) != {"run", "verdict", "interval"}:
        last, name, data = event(response)
        assert data["run"] == run, data
        seen[name] = data
    assert seen["run"]["answer"]["service"] == "reviews" and seen["run"]["attempt"] == 1, seen
    connection.close()
    connection, response = follow(last)
    after, _, _ = event(response)
    epoch, number = last.split("-")
    assert after == f"{epoch}-{int(number) + 1}", (last, after)
    connection.close()
    connection, response = follow(f"{epoch}0-1")
    assert event(response)[1] == "reset"
    connection.close()
    assert request(d.gates.port, "GET", "/v1/events/stream?what=1").code == 400


@case("quick", 15)
def events_come_over_tls(c):
    """The library sends them by other means there."""
    tls.make_all(c.directory)
    mesh = c.mesh(scenario.service(500, 20))
    d = c.daemon(None, sources={"mesh": scraping(mesh.targets)}, tls=tls.files(c.directory))
    asking = tls.connect(d.gates.port, tls.client(c.directory))
    listening = tls.connect(d.gates.port, tls.client(c.directory))
    listening.request("GET", "/v1/events/stream")
    response = listening.getresponse()
    assert response.status == 200, response.status
    seen = set()
    code, _ = tls.ask(asking, body=json.dumps(ASK))
    assert code == 200, code
    while seen != {"run", "verdict", "interval"}:
        line = response.readline().decode()
        assert line, f"the stream ended after {seen}"
        if line.startswith("event: "):
            seen.add(line.split()[1])
    listening.close()
