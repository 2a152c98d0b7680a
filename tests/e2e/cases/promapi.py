"""The Prometheus API beside a real one, and as its real clients ask it."""
import gzip
import json
import shutil
import subprocess
import urllib.parse

from lib.case import case
from lib.gates import request
from lib.twins import Twins, same, unordered

SELECTOR = 'istio_requests_total{reporter="destination"}'
BUCKETS = "istio_request_duration_milliseconds_bucket"
EXPRESSIONS = (
    SELECTOR, "huge", "temperature", "limitless", "nothing", "1e21", "-0.0000001", "1/0", '"a<b>"',
    f"sum by (destination_version) (rate({SELECTOR}[1m]))",
    f'sum(rate({SELECTOR[:-1]},response_code!~"5.*"}}[1m0s])) / sum(rate({SELECTOR}[1m0s])) * 100',
    f"histogram_quantile(0.99, sum by (le, destination_version) (rate({BUCKETS}[2m])))",
    f"topk(2, {SELECTOR})", f"count by (__name__) ({SELECTOR})", f"{SELECTOR}[31s]",
    f"max_over_time(sum(irate({SELECTOR}[1m]))[3m:7s])", f"{SELECTOR} > 10100",
    f"count_values('v', {SELECTOR} > bool 10500)", "absent(nothing)", "vector(1)", "time()",
    f"avg without (pod) ({SELECTOR} offset 1m)", f"{SELECTOR} and on (pod) {BUCKETS}",
    f"label_replace({SELECTOR}, 'x', '$1', 'pod', 'reviews-(.*)-.')", "stddev(huge) or temperature",
    f"quantile_over_time(0.5, {SELECTOR}[1m])", f"deriv(temperature[2m])", "sgn(limitless)",
    # Faults, of the text and of the evaluation.
    "sum(", "rate(huge)", f"{SELECTOR} + on () {SELECTOR}", "topk(NaN, huge)", "",
)


def quoted(**keys):
    return urllib.parse.urlencode(keys, doseq=True)


def compare(twins, method, path, body=None, headers=None, texts=True):
    theirs, ours = twins.ask(method, path, body, headers)
    what = f"{method} {path[:300]} {body or ''}\ntheirs {str(theirs)[:1500]}\nours   {str(ours)[:1500]}"
    assert theirs[0] == ours[0], what
    a, b = unordered(theirs[1]), unordered(ours[1])
    if isinstance(b, dict):
        b.pop("infos", None)  # 3.x tells more than 2.42
        b.pop("warnings", None)
        a.pop("warnings", None)
    if theirs[0] != 200 and isinstance(a, dict) and not texts:
        a.pop("error"), b.pop("error")
    assert same(a, b), what


@case("quick", 20)
def the_api_answers_as_prometheus(c):
    """Values to 1e-9; what is an error is one in both, of the same type and code. Times are off
    the samples' grid, since windows are closed in 2.42 and open to the left in 3.x."""
    twins = Twins(c)
    begin, end = twins.begin_s + 2.3, twins.end_s + 2.3
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for expression in EXPRESSIONS:
        for time in (end, begin + 600.1, begin - 1000):
            keys = quoted(query=expression, time=f"{time:.3f}")
            compare(twins, "GET", "/api/v1/query?" + keys, texts=False)
        compare(twins, "POST", "/api/v1/query", keys.encode(), form, texts=False)
        keys = quoted(query=expression, start=f"{begin + 300:.3f}", end=f"{end:.3f}", step="17")
        compare(twins, "GET", "/api/v1/query_range?" + keys, texts=False)
        compare(twins, "POST", "/api/v1/query_range", keys.encode(), form, texts=False)
    window = {"start": f"{begin:.3f}", "end": f"{end:.3f}"}
    for keys in ({}, window, {"match[]": SELECTOR}, {"match[]": [BUCKETS, "huge"], **window},
                 {"match[]": 'nothing{a="b"}'}, {"match[]": '{__name__=~".+"}'}, {"match[]": "up{"},
                 {"match[]": '{a=~".*"}'}, {"start": "x"}, {"start": str(end + 9000)}):
        keys = quoted(**keys)
        for path in ("series", "labels", "label/__name__/values", "label/pod/values",
                     "label/none/values"):
            compare(twins, "GET", f"/api/v1/{path}?{keys}")
        compare(twins, "POST", "/api/v1/series", keys.encode(), form)
        compare(twins, "POST", "/api/v1/labels", keys.encode(), form)
    for path in ("rules", "alerts", "alertmanagers", "metadata", "metadata?metric=x&limit=1",
                 "metadata?limit=x", "targets/metadata", "targets/metadata?match_target=%7Ba%3D1%7D",
                 "query_exemplars?query=huge", "query_exemplars?query=", "rules?type=x",
                 "format_query?query=sum(a)by(b)", "format_query?query=a%20%2B", "scrape_pools",
                 "nothing", "status/nothing", "query?query=1&time=x", "query?query=1&timeout=x",
                 "query_range?query=1&start=2&end=1&step=1", "status/walreplay",
                 "query_range?query=1&start=1&end=2&step=0", "query_range?query=1&end=2&step=1",
                 "query_range?query=1&start=1&end=20000&step=1",
                 "query_range?query=1&start=1&end=2&step=1e300"):
        compare(twins, "GET", "/api/v1/" + path)
    for method, path in (("PUT", "query"), ("POST", "targets"), ("POST", "label/a/values")):
        compare(twins, method, "/api/v1/" + path)


def grafana(port, twins):
    """Save and test, the editor's start, a panel: what Grafana's Prometheus data source sends."""
    form = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Encoding": "gzip",
            "User-Agent": "Grafana/11.2.0"}
    answer = request(port, "POST", "/api/v1/query", b"query=1%2B1&time=4", form)
    assert json.loads(answer.body)["data"] == {"resultType": "scalar", "result": [4, "2"]}, answer
    build = json.loads(request(port, "GET", "/api/v1/status/buildinfo").body)["data"]
    assert int(build["version"].split(".")[0]) >= 2 and "features" not in build, build
    window = f"start={twins.begin_s}&end={twins.end_s}"
    names = json.loads(request(port, "GET", f"/api/v1/label/__name__/values?{window}&limit=40000")
                       .body)["data"]
    assert "istio_requests_total" in names, names
    assert json.loads(request(port, "GET", "/api/v1/metadata?limit=40000").body)["data"] == {}
    answer = request(port, "POST", "/api/v1/labels",
                     f"{window}&match%5B%5D=istio_requests_total".encode(), form)
    assert "response_code" in json.loads(answer.body)["data"], answer
    query = 'sum by (pod) (\n  rate(istio_requests_total{destination_version="v1"}[1m0s])\n)\n'
    answer = request(port, "POST", "/api/v1/query_range", urllib.parse.urlencode(
        {"query": query, "start": twins.begin_s, "end": twins.end_s, "step": "15.000"}).encode(),
        form)
    assert answer.headers.get("content-encoding") == "gzip", answer.headers
    result = json.loads(gzip.decompress(answer.body))["data"]["result"]
    assert len(result) == 3 and len(result[0]["values"]) > 70, result
    assert request(port, "GET", "/api/v1/rules").code == 200


def argo(port, twins):
    """The prometheus provider (client_golang): a form, a time with seven decimals."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Encoding": "gzip"}
    body = urllib.parse.urlencode({"query": "sum(istio_requests_total)",
                                   "time": f"{twins.end_s}.6742432"}).encode()
    data = json.loads(request(port, "POST", "/prom/api/v1/query", body, headers).body)["data"]
    assert data["resultType"] == "vector" and float(data["result"][0]["value"][1]) > 0, data
    body = urllib.parse.urlencode({"query": "sum(istio_requests_total)", "start": twins.begin_s,
                                   "end": twins.end_s, "step": 60}).encode()
    data = json.loads(request(port, "POST", "/prom/api/v1/query_range", body, headers).body)["data"]
    assert data["resultType"] == "matrix" and len(data["result"][0]["values"]) == 20, data


def flagger(port):
    """By GET without a time: vector(1) must be a vector, values are strings."""
    for query in ("vector(1)", "vector%281%29"):
        data = json.loads(request(port, "GET", f"/prom/api/v1/query?query={query}").body)["data"]
        assert data["resultType"] == "vector", data
        assert data["result"][0]["metric"] == {} and data["result"][0]["value"][1] == "1", data
    answer = request(port, "GET", "/api/v1/query?query=sum%28+rate%28+nothing%5B1m%5D+%29+%29")
    assert answer.code == 200 and json.loads(answer.body)["data"]["result"] == [], answer
    assert request(port, "GET", "/api/v1/query?query=sum%28").code == 400


def kiali(port, twins):
    """Versions, the scrape interval, the retention; then its graph's query."""
    runtime = json.loads(request(port, "GET", "/api/v1/status/runtimeinfo").body)["data"]
    assert runtime["storageRetention"] == "2h", runtime
    config = json.loads(request(port, "GET", "/api/v1/status/config").body)["data"]["yaml"]
    assert config.startswith("global:\n"), config
    body = urllib.parse.urlencode({
        "query": 'sum(rate(istio_requests_total{reporter="destination"} [60s])) by '
                 "(destination_workload,destination_version,response_code) > 0",
        "time": twins.end_s}).encode()
    answer = request(port, "POST", "/api/v1/query", body,
                     {"Content-Type": "application/x-www-form-urlencoded"})
    assert len(json.loads(answer.body)["data"]["result"]) == 6, answer


def promtool(port, twins):
    url, tool = f"http://127.0.0.1:{port}", shutil.which("promtool")

    def run(*args):
        done = subprocess.run([tool, "query", *args], capture_output=True, text=True, timeout=30,
                              check=False)
        assert done.returncode == 0, done
        return done.stdout

    at, begin = str(twins.end_s), str(twins.begin_s)
    assert "=> 21 @" in run("instant", "--time", at, url, "count(istio_requests_total) + 3")
    assert run("range", "--start", begin, "--end", at, "--step", "60s", url,
               "count(istio_requests_total)").count("18 @") == 20
    assert run("series", "--match", "huge", "--start", begin, "--end", at, url).strip() == \
        '{__name__="huge", sign="-"}'
    assert run("labels", "--start", begin, "--end", at, url, "destination_version").split() == \
        ["v1", "v2"]


@case("quick", 15)
def clients_of_the_api_get_what_they_need(c):
    twins = Twins(c)
    port = twins.daemon.gates.port
    grafana(port, twins)
    argo(port, twins)
    flagger(port)
    kiali(port, twins)
    promtool(port, twins)
