"""What an operator does: the commands, a reload, a second daemon."""
import json
import os

from lib import scenario, strict
from lib.case import case
from lib.gates import ASK, check_verdict
from lib.wait import until

SEED_QUERIES = [
    "sum by (destination_version) (rate(istio_requests_total[1m]))",
    'sum by (destination_version) (rate(istio_requests_total{response_code!~"5.."}[5m])) / '
    "sum by (destination_version) (rate(istio_requests_total[5m]))",
    "histogram_quantile(0.95, sum(rate(istio_request_duration_milliseconds_bucket[5m])) "
    "by (le, destination_version))"]


def as_numbers(result):
    return sorted((sorted(r["metric"].items()), float(r["value"][0]), float(r["value"][1]))
                  for r in result)


@case("quick", 25)
def query_runs_the_fields_queries_as_they_stand(c):
    mesh, prometheus, d = c.world(scenario.service(500, 20))
    mesh.behave("v2", timeout=0.05)
    until("rates are known", lambda: len(prometheus.query(SEED_QUERIES[2])) >= 2, 20)
    now = round(float(prometheus.query("time()")[1]), 3)
    mesh.quiet()
    for expr in SEED_QUERIES:
        want = prometheus.query(expr, time=now)
        assert len(want) >= 2, want
        args = ("query", "--url", prometheus.url(), "--time", str(now))
        code, out, err = d.command(*args, "--json", expr, config=False)
        assert code == 0, (expr, err)
        got = strict.parse(out.encode())
        assert got["resultType"] == "vector" and as_numbers(got["result"]) == as_numbers(want), out
        code, out, err = d.command(*args, expr, config=False)
        lines = out.splitlines()
        assert code == 0 and len(lines) == len(want) + 1, (expr, out, err)
        for row in want:
            version = row["metric"].get("destination_version", "")
            line = next(x for x in lines[1:] if x.split()[0] == version)
            shown = float(line.split()[-1])
            value = float(row["value"][1])
            assert abs(shown - value) <= 1e-5 * abs(value), (line, row)
    code, out, err = d.command("query", "--url", prometheus.url(), "sum(", config=False)
    assert code != 0 and "parse error" in err, (code, err)
    code, out, err = d.command("query", "--url", "http://127.0.0.1:1", "1", config=False)
    assert code != 0 and err, (code, err)


@case("quick", 45)
def judge_exits_by_verdict(c):
    """0 pass, 1 fail or abort, 2 hold, 3 error, on telemetry that is there already."""
    bad = scenario.version("v2", 2, {"errors": {500: 0.7}, "latency": {"median_ms": 20}})
    mesh, prometheus, d = c.world(
        scenario.service(3000, 50), scenario.service(500, 20, v2=bad, name="ratings"),
        scenario.service(100, 0, name="details"), start=False,
        services=[{"name": n, "namespace": "default"} for n in ("reviews", "ratings", "details")])
    requests = 'sum(istio_requests_total{destination_canonical_revision="v2",reporter="source",' \
        'destination_service_name="reviews"})'
    until("enough to judge", lambda: (r := prometheus.query(requests)) and
          float(r[0]["value"][1]) > 30000, 60)

    def judge(service, *more):
        code, out, err = d.command("judge", "--service", service, "--namespace", "default",
                                   "--canary", "v2", "--stable", "v1", "--for", "25s", *more)
        if code < 3:
            j = strict.parse(out.encode())
            check_verdict(j, "brief" in more)
            return code, j["verdict"], j["reason"]
        assert err and not out, (code, out, err)
        return code, "", err

    assert judge("reviews") == (0, "pass", "proven")
    assert judge("ratings") == (1, "abort", "dead_canary")
    assert judge("details", "--view", "brief") == (2, "hold", "no_traffic")
    assert judge("nobody")[0] == 3
    assert judge("reviews", "--stage", "neither")[0] == 3
    prometheus.process.kill()
    assert judge("reviews") == (2, "hold", "source_unreachable")


@case("quick", 30)
def runs_and_explain_name_the_reason(c):
    bad = scenario.version("v2", 2, {"errors": {500: 0.7}, "latency": {"median_ms": 20}})
    _, prometheus, d = c.world(
        scenario.service(500, 20, v2=bad), scenario.service(100, 0, name="details"),
        services=[{"name": n, "namespace": "default"} for n in ("reviews", "details")])
    d.gates.argo(**{**ASK, "service": "details"})
    j = until("abort", lambda: (v := d.gates.argo(**ASK))["abort"] and v, 40)
    held = until("no traffic", lambda: (v := d.gates.argo(**{**ASK, "service": "details"}))
                 ["reason"] == "no_traffic" and v, 20)

    def explained(run, *words):
        code, out, err = d.command("explain", run)
        return code == 0 and all(w in out for w in words) and out

    out = until("the abort is explained", lambda: explained(
        j["run"], "abort", j["reason"], "v1", "v2"), 10)
    assert "success" in out or "fail" in out, out
    until("the hold is explained", lambda: explained(held["run"], "hold", "no_traffic"), 10)
    code, out, _ = d.command("explain", "--queries", j["run"])
    assert code == 0 and "istio_requests_total" in out, out
    for expr in expressions(out):
        assert prometheus.query(expr) is not None, expr
    code, out, _ = d.command("runs", "--json")
    rows = strict.parse(out.encode())
    assert code == 0 and {r["id"] for r in rows["runs"]} == {j["run"], held["run"]}, out
    code, out, _ = d.command("runs", "--verdict", "abort")
    assert code == 0 and j["run"] in out and held["run"] not in out and j["reason"] in out, out
    assert d.command("explain", "0" * 26)[0] != 0
    assert {r["id"]: r["verdict"] for r in d.gates.runs()} == {j["run"]: "abort",
                                                              held["run"]: "hold"}
    # The history is the daemon's alone to write.
    again = c.daemon("http://127.0.0.1:1", name="second", start=False)
    again.config["data_dir"] = d.config["data_dir"]
    again.write_config()
    again.spawn()
    assert again.process.popen.wait(20) == 1 and "cannot_start" in again.process.log()
    again.process = None


def expressions(text):
    """The PromQL that explain --queries prints: each line after a comment."""
    lines = text.splitlines()
    found = [b for a, b in zip(lines, lines[1:]) if a.startswith("# ")]
    assert len(found) == 6, text
    return found


@case("quick", 15)
def a_person_overrides_from_the_command_line(c):
    """verdictd override: 0 taken, 1 refused, 3 not asked; what it says is told and survives kill -9."""
    _, _, d = c.world(scenario.service(500, 0))
    held = until("the run is judged", lambda: (v := d.gates.argo(**ASK))["reason"] == "no_traffic"
                 and v, 20)
    url = f"http://127.0.0.1:{d.gates.port}"

    def override(*args, at=url):
        return d.command("override", "--url", at, *args, config=False)

    who = ("--by", "ada", "--why", "seen by hand")
    code, out, err = override(*who, "--expires", "5m", held["run"], "approve")
    assert code == 0, err
    assert strict.parse(out.encode())["reason"] == "approved"
    assert d.gates.argo(**ASK)["verdict"] == "pass"
    d.process.kill()
    d.start()
    assert until("it is told again", lambda: (v := d.gates.argo(**ASK))["reason"] != "stale_data"
                 and v, 20)["reason"] == "approved"
    url = f"http://127.0.0.1:{d.gates.port}"
    code, out, _ = override(*who, held["run"], "veto", at=url)
    assert code == 0 and d.gates.argo(**ASK)["abort"], out
    assert override(*who, held["run"], "clear", at=url)[0] == 0
    assert not d.gates.argo(**ASK)["abort"]
    code, out, err = override(*who, held["run"], "approve", at=url)  # without an end
    assert code == 1 and not out and "expires" in err, (code, err)
    assert override(*who, "0" * 26, "veto", at=url)[0] == 1
    assert override("--by", "ada", held["run"], "veto", at=url)[0] == 3  # no reason
    assert override(*who, "none", "veto", at=url)[0] == 3
    assert override(*who, held["run"], "veto", at="http://127.0.0.1:1")[0] == 3
    ended = override(*who, held["run"], "end", at=url)
    assert ended[0] == 0, ended
    assert override(*who, held["run"], "veto", at=url)[0] == 1  # it is over
    shown = d.gates.get("/v1/runs/" + held["run"])
    assert [a["action"] for a in shown["acts"]] == ["approve", "veto", "clear", "end"], shown["acts"]
    assert {a["by"] for a in shown["acts"]} == {"ada"}


@case("quick", 15)
def reload_is_all_or_nothing(c):
    d = c.daemon("http://127.0.0.1:1")
    other = {**ASK, "service": "ratings"}
    assert d.gates.argo_raw(**other).code == 404
    good = json.loads(json.dumps(d.config))
    good["services"].append({"name": "ratings", "namespace": "default"})

    def reload(config, event):
        d.config = config
        d.write_config()
        line = d.reload()
        assert event in line, (event, line)
        return line

    run = d.gates.argo(**ASK)["run"]
    reload(good, "event=reloaded")
    assert d.gates.argo(**other)["verdict"] == "hold"
    assert d.gates.argo(**ASK)["run"] == run
    for change in ({"listen": "127.0.0.1:1"}, {"nonsense": 1},
                   {"policies": {"default": {"warm_up": "4 parsecs"}}},
                   {"tokens_file": os.path.join(c.directory, "none")}):
        line = reload({**good, **change}, "event=reload_refused")
        assert next(iter(change)) in line or "warm_up" in line, (change, line)
        assert d.gates.argo(**other)["verdict"] == "hold", change
        assert d.gates.argo(**ASK)["run"] == run, change
    with open(d.config_path, "w", encoding="ascii") as f:
        f.write("services: [")
    assert "event=reload_refused" in d.reload()
    assert d.gates.argo(**other)["verdict"] == "hold"
