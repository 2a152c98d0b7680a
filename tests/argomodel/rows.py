"""What was asked of Argo's web provider in conformance/argo/argo_probe_*.txt, row by row.

The files have each row's name and what came of it; jsonPath, conditions and body are here, as
their names say. A status None is an answer that did not come, or not as a whole.
"""
D, WHOLE = "{$.verdict}", "{$}"
PASS, FAIL = 'result == "pass"', 'result == "fail"'
DOC_PASS, DOC_FAIL = 'result.verdict == "pass"', 'result.verdict == "fail"'
SAID = '{"verdict":"pass"}'
HTML = "<html>login</html>"
CHECKS = '{"checks":[{"n":"sr","ok":true},{"n":"p95","ok":false}]}'

# name: (status, body, jsonPath, successCondition, failureCondition)
ROWS = {
    "enum string pass; jsonPath {$.verdict}": (200, SAID, D, PASS, FAIL),
    "hold": (200, '{"verdict":"hold"}', D, PASS, FAIL),
    "fail": (200, '{"verdict":"fail"}', D, PASS, FAIL),
    "fail only successCondition": (200, '{"verdict":"hold"}', D, PASS, None),
    "whole doc": (200, '{"verdict":"pass","reason":"p95 210ms <= 300ms & ok","z":1,"a":2}', WHOLE,
                  DOC_PASS, DOC_FAIL),
    "missing key, whole doc": (200, '{"vrdict":"pass"}', WHOLE, DOC_PASS, DOC_FAIL),
    "missing key, success only": (200, '{"vrdict":"pass"}', WHOLE, DOC_PASS, None),
    "missing key via jsonPath": (200, '{"vrdict":"pass"}', D, PASS, FAIL),
    "null via jsonPath": (200, '{"verdict":null}', D, PASS, None),
    "null number, result >= 0.95": (200, '{"sr":null}', "{$.sr}", "result >= 0.95", None),
    "null number inside doc, result.sr >= 0.95": (200, '{"sr":null}', WHOLE, "result.sr >= 0.95", None),
    "null number default()": (200, '{"sr":null}', "{$.sr}", "default(result, 1) >= 0.95", None),
    "isNil": (200, '{"sr":null}', "{$.sr}", "!isNil(result) && result >= 0.95", None),
    "top-level null": (200, "null", WHOLE, DOC_PASS, None),
    "top-level null with jsonPath {$.verdict}": (200, "null", D, PASS, None),
    "array containing null, {$[0]}": (200, "[null]", "{$[0]}", "isNil(result)", None),
    "range [*] containing null": (200, "[null]", "{$[*]}", "isNil(result)", None),
    "recursive ..verdict null": (200, '{"verdict":null}', "{$..verdict}", "isNil(result)", None),
    "range over empty array [*]": (200, '{"a":[]}', "{$.a[*]}", "result == true", None),
    "index out of range {$.a[0]}": (200, '{"a":[]}', "{$.a[0]}", "result == true", None),
    "NaN token in JSON": (200, '{"verdict":"fail","p95":NaN}', WHOLE, DOC_PASS, None),
    "trailing garbage": (200, '{"verdict":"fail"} x', WHOLE, DOC_PASS, None),
    "BOM": (200, "\ufeff" + SAID, D, PASS, None),
    "trailing newline": (200, SAID + "\n", D, PASS, FAIL),
    "HTML 200 with failureCondition only": (200, HTML, D, None, FAIL),
    "HTML 200 with successCondition": (200, HTML, D, PASS, None),
    "HTML 200 with doc conditions": (200, HTML, WHOLE, DOC_PASS, DOC_FAIL),
    "wrong content-type text/plain w/ JSON body": (200, SAID, D, PASS, FAIL),
    "no conditions at all": (200, '{"verdict":"fail"}', WHOLE, None, None),
    "status 201": (201, SAID, D, PASS, FAIL),
    "status 204": (204, "", D, PASS, None),
    **{f"status {code}": (code, SAID, D, PASS, FAIL)
       for code in (301, 302, 400, 401, 403, 404, 409, 412, 429, 500, 503)},
    # The second answer, at the redirect's end: that of a GET.
    "302 redirect to other path on POST": (200, SAID, D, PASS, FAIL),
    "POST jsonBody request dump": (200, SAID, D, PASS, FAIL),
    "POST body request dump (no content-type)": (200, SAID, D, PASS, FAIL),
    "POST no body": (200, SAID, D, PASS, FAIL),
    "DELETE method": (200, SAID, D, PASS, FAIL),
    "all() over empty list": (200, '{"checks":[]}', WHOLE, "all(result.checks, {.ok})", None),
    "all() over list": (200, CHECKS, WHOLE, "all(result.checks, {.ok})", None),
    "[*] multi result takes first": (200, CHECKS, "{$.checks[*].ok}", "result == true", None),
    "filter jsonpath": (200, '{"checks":[{"n":"p95","v":412}]}', '{$.checks[?(@.n=="p95")].v}',
                        "result < 300", None),
    "filter jsonpath none": (200, '{"checks":[]}', '{$.checks[?(@.n=="p95")].v}', "result < 300", None),
    "bare bool truthy: successCondition result": (200, '{"ok":true}', "{$.ok}", "result", None),
    "bool as string 'true': successCondition result": (200, '{"ok":"true"}', "{$.ok}", "result", None),
    "result == true with string": (200, '{"ok":"true"}', "{$.ok}", "result == true", None),
    "string number compare": (200, '{"sr":"0.97"}', "{$.sr}", "result > 0.95", None),
    "asFloat string": (200, '{"sr":"NaN"}', "{$.sr}", "asFloat(result) > 0.95", "asFloat(result) < 0.95"),
    "in operator": (200, '{"verdict":"warn"}', D, 'result in ["pass", "warn"]', FAIL),
    "number top-level": (200, "0.987", WHOLE, "result > 0.95", None),
    "big ints": (200, '{"n":12345678901234567}', WHOLE, "result.n > 1", None),
    "nested array index": (200, '{"a":[1,2]}', WHOLE, "result.a[5] > 1", None),
    "len guard": (200, '{"a":[]}', WHOLE, "len(result.a) > 0 && result.a[0] > 1", None),
    "optional chaining + ??": (200, '{"m":null}', WHOLE, "(result.m?.v ?? 1) >= 1", None),
    "inverted threshold: both true": (200, '{"v":1}', WHOLE, "result.v >= 1", "result.v <= 1"),
    "timeout 1s": (None, "", D, PASS, FAIL),
    "slow trickle body": (None, "", D, PASS, FAIL),
    "truncated body (content-length larger)": (None, "", D, PASS, FAIL),
    "conn closed without response": (None, "", D, PASS, FAIL),
    "bad jsonpath": (200, SAID, "$.verdict", None, FAIL),
    "bad jsonpath 2": (200, SAID, "{$.verdict", PASS, FAIL),
}
# Of expr's built-in functions the model knows none of dates.
NOT_MODELLED = {"date functions available"}


def web(path=WHOLE):
    return {"web": {"jsonPath": path}}


# The metrics of conformance/argo/argo_analysisrun_loop.txt, by its rows' names. Conditions are those
# of the whole document; "gate" is the metric's name.
GATE = {"name": "gate", "interval": "1s", "successCondition": DOC_PASS, "failureCondition": DOC_FAIL,
        "provider": web()}
ONCE = {k: v for k, v in GATE.items() if k != "interval"}
LOOPS = {
    "single pass": ONCE,
    "single fail": ONCE,
    "hold,hold,pass,pass count 4 inconclusiveLimit 3": GATE | {"count": 4, "inconclusiveLimit": 3},
    # Its limit was 3: with the 2 of its name it ends as row A does.
    "hold x count 3 inconclusiveLimit 2 consecutive... still holds":
        GATE | {"count": 3, "inconclusiveLimit": 3},
    "wait for pass: interval no count, consecutiveSuccessLimit 2, failureLimit -1? hold=>inconclusive":
        GATE | {"consecutiveSuccessLimit": 2, "inconclusiveLimit": -1},
    "consecutiveSuccessLimit then fail aborts":
        GATE | {"consecutiveSuccessLimit": 2, "inconclusiveLimit": -1},
    "503 forever default consecutiveErrorLimit": ONCE,
    "503 twice then pass": ONCE,
    "A: hold x3 count 3 inconclusiveLimit 2": GATE | {"count": 3, "inconclusiveLimit": 2},
    "B: hold x3 count 3 inconclusiveLimit 3 consecutiveSuccessLimit 1":
        GATE | {"count": 3, "inconclusiveLimit": 3, "consecutiveSuccessLimit": 1},
    "C: fail x3 count 3 failureLimit 3": GATE | {"count": 3, "failureLimit": 3},
    "D: pass,fail,hold,pass count 4 fl 1 il 1": GATE | {"count": 4, "failureLimit": 1,
                                                        "inconclusiveLimit": 1},
    # A failureLimit of -1 and no failure condition: what is not a pass is a fail that never ends it.
    "E: wait-gate failureLimit -1 csl 2: fail,hold,pass,fail,pass,pass":
        {k: v for k, v in GATE.items() if k != "failureCondition"}
        | {"failureLimit": -1, "consecutiveSuccessLimit": 2},
    "F: background hold forever, terminated at 3.5s": GATE | {"inconclusiveLimit": -1},
}
