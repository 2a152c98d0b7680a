#!/usr/bin/env python3
"""dashboards/grafana/*.json: the dashboards, from the tables of what verdictd tells.

    dashboards/grafana.py [--check]

Without --check the files are written. A name that is neither in series.def nor in
metric.def ends it: names cannot drift.
"""
import json
import os
import re
import sys

import metric
import series
from panels import (annotation, band, cell, color, dashboard, graph, heat, instant, link_cell, number, page_variable,
                    row, source_variable, table, target, timeline, variable, verdict_cell)

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "grafana")
ROLLOUT = "/d/verdictd-rollout/?var-namespace=${__data.fields.namespace}&var-service=${__data.fields.service}" \
          "&var-version=${__data.fields.version}&var-datasource=${datasource}&${__url_time_range}"
PAGE_RUN = "${page}/#/run/${__data.fields.run}"
SERVICE = 'namespace=~"$namespace", service=~"$service"'
ONE = 'namespace="$namespace", service="$service", version="$version"'
PAIR = 'namespace="$namespace", service="$service", view="$view"'
OWN = 'job=~"$job", instance=~"$instance"'
ON = "on (namespace, service, version)"
CANARY, BASELINE = "orange", "blue"
# Paths that controllers ask, and what they answer where there is no verdict in it.
DOORS = "/v1/argo/verdict|/v1/flagger/{}|/v1/events/argo|/flagger/api/v1/query|/canary/{}"
LOADTESTER = "/gate/{}|/rollback/{}"
REFUSED = "400|401|404|405|412|413|422|5.."


def own_variables():
    return [source_variable(), variable("job", "Job", "label_values(verdictd_build_info, job)"),
            variable("instance", "Instance", 'label_values(verdictd_build_info{job=~"$job"}, instance)')]


def rate(name, by, more=""):
    labels = ", ".join(x for x in (OWN, more) if x)
    return f"sum by ({by}) (rate({name}{{{labels}}}[$__rate_interval]))"


def quantile(q, name, by="", more=""):
    return f"histogram_quantile({q}, {rate(name + '_bucket', 'le' + (', ' + by if by else ''), more)})"


# Fleet: what is rolling out, what was stopped, and was that right?

def fleet():
    ended = f"verdictd_run_ended_seconds{{{SERVICE}}}"
    aborted = f'count_over_time(verdictd_run_ended_seconds{{{SERVICE}, verdict="abort"}}[$__range])'
    columns = [("namespace", "namespace"), ("service", "service"), ("version", "version")]
    overrides = [link_cell("version", "This rollout", ROLLOUT), link_cell("run", "On verdictd's page", PAGE_RUN)]
    now = f"verdictd_verdict{{{SERVICE}, version!=\"\"}}"
    false_alarm = (f"label_replace({aborted} and {ON} sum by (namespace, service, version) (count_over_time(verdictd_act"
                   f'{{{SERVICE}, action=~"clear|force"}}[$__range])), "after", "cleared or forced by a person", "", "") '
                   f"or label_replace({aborted} and {ON} sum by (namespace, service, version) (count_over_time("
                   f'verdictd_run_ended_seconds{{{SERVICE}, verdict="pass"}}[$__range])), "after", "passed in another run", "", "")')
    return dashboard(
        "verdictd-fleet", "verdictd / Fleet", "What is rolling out, what was stopped, and which aborts look like false alarms.",
        [source_variable(), variable("namespace", "Namespace", "label_values(verdictd_service_info, namespace)"),
         variable("service", "Service", 'label_values(verdictd_service_info{namespace=~"$namespace"}, service)'),
         page_variable()],
        [number("Services", "Services that are configured.", f"count(verdictd_service_info{{{SERVICE}}}) or vector(0)"),
         number("Live runs", "Rollouts that are judged now.", f"count(verdictd_run_info{{{SERVICE}}}) or vector(0)"),
         number("Told pass", "Runs whose gates say pass now.", f"count({now} == 1) or vector(0)"),
         number("Told hold", "Runs that cannot be told yet, or at all.", f"count({now} == 0) or vector(0)"),
         number("Told fail", "Runs with a broken limit.", f"count({now} == -1) or vector(0)", bad_over=1),
         number("Told abort", "Runs that are to be rolled back.", f"count({now} == -2) or vector(0)", bad_over=1),
         table("Rolling out", "Live runs and what their gates are told. The version leads to its rollout, the run to verdictd's page.",
               [instant(f"{now} * {ON} group_left (run, revision, attempt, policy) max by (namespace, service, version, run, "
                        f"revision, attempt, policy) (verdictd_run_info{{{SERVICE}}})")],
               columns + [("revision", "revision"), ("attempt", "attempt"), ("policy", "policy"), ("run", "run"),
                          ("Value", "verdict")], overrides=overrides + [verdict_cell("Value")]),
         timeline("Verdicts", "What the gates of each rollout were told.",
                  [target(now, "{{namespace}}/{{service}} {{version}}")], height=10),
         graph("Runs ended", "By their last verdict. A run that ended at fail or hold was given up by its caller.",
               [target(f"sum by (verdict) (count_over_time({ended}[$__interval]))", "{{verdict}}", interval="1m")],
               bars=True, stack=True, min=0, decimals=0,
               overrides=[color(text, value) for text, value in (("pass", "green"), ("hold", "yellow"), ("fail", "orange"), ("abort", "red"))]),
         graph("Reasons told now", "Runs by verdict and reason; docs/OPERATIONS.md says what to do about each.",
               [target(f"sum by (verdict, reason) (verdictd_verdict_reason{{{SERVICE}}})", "{{verdict}}: {{reason}}")],
               stack=True, min=0),
         row("Aborts"),
         table("Aborted", "Runs that ended aborted in the shown time.",
               [instant(f"sum by (namespace, service, version, cause) ({aborted})")],
               columns + [("cause", "end"), ("Value", "times")], width=12, overrides=overrides[:1]),
         table("Aborts that look like false alarms",
               "A person cleared or forced it, or the same version passed in another run. Look at the evidence, and at the policy's margins.",
               [instant(f"sum by (namespace, service, version, after) ({false_alarm})")],
               columns + [("after", "what followed"), ("Value", "times")], width=12, overrides=overrides[:1]),
         graph("What people did", "Approve, force, veto, clear, end.",
               [target(f"sum by (action) (count_over_time(verdictd_act{{{SERVICE}}}[$__interval]))", "{{action}}", interval="1m")],
               bars=True, stack=True, min=0, decimals=0),
         graph("How long runs took", "From the first question to the end, by the last verdict.",
               [target(f"max by (verdict) (max_over_time({ended}[$__interval]))", "{{verdict}}", interval="1m")],
               unit="s", min=0)],
        links=[("verdictd's page", "${page}/")], hours=24)


# One rollout.

def arms(name, legend, scale="", more=""):
    out = []
    for arm in ("canary", "baseline"):
        labels = ", ".join(x for x in (PAIR, f'arm="{arm}"', 'version=~"$version"' if arm == "canary" else "", more) if x)
        out.append(target(f"{name}{{{labels}}}{scale}", f"{arm}{legend}"))
    return out


def with_interval(name, more=""):
    """Values of both arms between the ends of their intervals."""
    targets = arms(name, "", more=more) + arms(name + "_upper", " upper", more=more) + arms(name + "_lower", " lower", more=more)
    overrides = [color("^canary$", CANARY), color("^baseline$", BASELINE)]
    for arm, value in (("canary", CANARY), ("baseline", BASELINE)):
        overrides += band(f"{arm} upper", f"{arm} lower", value)
    return {"targets": targets, "overrides": overrides}


def buckets(arm):
    labels = f'{PAIR}, arm="{arm}"' + (', version=~"$version"' if arm == "canary" else "")
    return f"sum by (le) (increase(verdictd_request_duration_milliseconds_bucket{{{labels}}}[$__rate_interval]))"


def rollout():
    checks = [f"last_over_time(verdictd_{name}{{{ONE}}}[$__range])"
              for name in ("check_verdict", "evidence", "evidence_limit", "check_value", "check_limit")]
    info = 'verdictd_run_info{namespace="$namespace", service="$service"'
    return dashboard(
        "verdictd-rollout", "verdictd / One rollout", "Canary against baseline: what was counted, what the evidence is, what was told.",
        [source_variable(),
         variable("namespace", "Namespace", "label_values(verdictd_service_info, namespace)", multi=False, include_all=False),
         variable("service", "Service", 'label_values(verdictd_service_info{namespace="$namespace"}, service)', multi=False, include_all=False),
         variable("version", "Version", f"label_values({info}}}, version)", multi=False, include_all=False, sort=4),
         variable("run", "Run", f'label_values({info}, version="$version"}}, run)', multi=False, include_all=False, sort=4),
         variable("view", "Seen by", 'label_values(verdictd_success_ratio{namespace="$namespace", service="$service"}, view)',
                  multi=False, include_all=False, sort=2),
         page_variable()],
        [timeline("Verdict", "What the gates are told for the promotion and for a step before it. Reasons stand in the annotations.",
                  [target(f"verdictd_verdict{{{ONE}}}", "promotion"), target(f"verdictd_step_verdict{{{ONE}}}", "step")], height=4),
         graph("Success rate", "Of the last 5 minutes, with 95 % confidence intervals.", unit="percentunit", max=1,
               **with_interval("verdictd_success_ratio")),
         graph("95th percentile of latency", "Of the last 5 minutes. The interval's ends are bounds of buckets: no telemetry knows more.",
               unit="ms", min=0, **with_interval("verdictd_latency_ms", 'quantile="0.95"')),
         graph("Evidence", "e-values against \"not worse than the margin\": a check aborts where its line reaches its limit.",
               [target(f"verdictd_evidence{{{ONE}}}", "{{check}}"), target(f"verdictd_evidence_limit{{{ONE}}}", "{{check}}: limit")],
               log=True, overrides=[{"matcher": {"id": "byRegexp", "options": ".*: limit"}, "properties": [
                   {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [8, 6]}}]}]),
         graph("Traffic", "The share that the canary was given, and the one it had.", unit="percentunit", min=0, max=1, targets=[
             target(f"verdictd_canary_weight_ratio{{{ONE}}}", "weight"),
             target(f'verdictd_canary_traffic_ratio{{{ONE}, view="$view"}}', "traffic")],
             overrides=[{"matcher": {"id": "byName", "options": "weight"}, "properties": [
                 {"id": "custom.lineInterpolation", "value": "stepAfter"}, {"id": "custom.fillOpacity", "value": 10}]}]),
         graph("Requests", "Counted for both arms, each second.", unit="reqps", min=0,
               targets=[target(f'sum by (arm) (rate(verdictd_requests_total{{{PAIR}}}[$__rate_interval]))', "{{arm}}")],
               overrides=[color("^canary$", CANARY), color("^baseline$", BASELINE)]),
         graph("Failed requests", "Faults of the application and of the infrastructure, each second.", unit="reqps", min=0,
               targets=[target(f'sum by (arm) (rate(verdictd_failed_requests_total{{{PAIR}}}[$__rate_interval]))', "{{arm}}")],
               overrides=[color("^canary$", CANARY), color("^baseline$", BASELINE)]),
         heat("Latency of the canary", "Requests by bucket.", buckets("canary")),
         heat("Latency of the baseline", "Requests by bucket.", buckets("baseline")),
         table("Checks", "What each check said last, its evidence against what it must reach, or its value against its limit.",
               [instant(e) for e in checks],
               [("check", "check"), ("Value #A", "verdict"), ("Value #B", "evidence"), ("Value #C", "evidence to reach"),
                ("Value #D", "value"), ("Value #E", "limit")], width=18, overrides=[verdict_cell("Value #A")]),
         number("Requests still needed", "Of the canary, before it can be told; where that can be computed.",
                f"verdictd_requests_needed{{{ONE}}} or vector(0)", width=6, height=8)],
        annotations=[annotation("Verdicts and reasons", f"verdictd_verdict_reason{{{ONE}}}", "{{verdict}}", "{{reason}}", "purple"),
                     annotation("People", f"verdictd_act{{{ONE}}}", "{{action}}", "a person's word", "red")],
        links=[("This run on verdictd's page", "${page}/#/run/${run}")], hours=1)


# Gates.

def gates():
    handlers = f'handler=~"{DOORS}|{LOADTESTER}"'
    # A gate of the loadtester's that is closed says 403, and that is its verdict.
    refused = " or ".join(f'rate(verdictd_http_requests_total{{{OWN}, handler=~"{h}", code=~"{codes}"}}[$__rate_interval])'
                          for h, codes in ((DOORS, "403|" + REFUSED), (LOADTESTER, REFUSED)))
    duration = "verdictd_http_request_duration_seconds"
    return dashboard(
        "verdictd-gates", "verdictd / Gates", "What Argo Rollouts and Flagger asked, what they were told, and how fast.",
        own_variables(),
        [number("Questions", "That were told a verdict, each second.", f"sum({rate('verdictd_gate_calls_total', 'job')})", unit="reqps"),
         number("Refused", "Not understood, not allowed, unknown or misconfigured: 4xx and 5xx at the gates without a verdict, each second. Flagger's 409 and a closed gate's 403 are verdicts.",
                f"sum({refused}) or vector(0)", unit="reqps", bad_over=0.001),
         number("99th percentile", "Of the gates' answering times.", quantile(0.99, duration, more=handlers), unit="s", bad_over=0.1),
         number("Connections", "That are open.", f"sum(verdictd_http_connections{{{OWN}}})"),
         number("Runs refused", "In the shown time, because a cap is reached.", f"sum(increase(verdictd_runs_refused_total{{{OWN}}}[$__range]))", bad_over=1),
         number("Warnings", "Lines of the log in the shown time.", 'sum(increase(verdictd_log_events_total{' + OWN + ', level="warn"}[$__range]))'),
         graph("Questions by gate", "A second.", [target(rate("verdictd_gate_calls_total", "gate"), "{{gate}}")], unit="reqps", stack=True, min=0),
         graph("Answers by verdict", "A second.", [target(rate("verdictd_gate_calls_total", "verdict"), "{{verdict}}")], unit="reqps", stack=True, min=0,
               overrides=[color(text, value) for text, value in (("pass", "green"), ("hold", "yellow"), ("fail", "orange"), ("abort", "red"))]),
         graph("Answers by gate and code", "200 is go on for Flagger but at rollback, where it rolls back; 409 is not.",
               [target(rate("verdictd_gate_calls_total", "gate, code"), "{{gate}} {{code}}")], unit="reqps", min=0),
         graph("HTTP codes", "Of everything that is served, the Prometheus API too.",
               [target(rate("verdictd_http_requests_total", "code"), "{{code}}")], unit="reqps", stack=True, min=0),
         graph("How fast the gates answer", "From the whole request to its answer. A first question waits up to 200 ms for its run to be durable.",
               [target(quantile(q, duration, more=handlers), text) for q, text in ((0.5, "50 %"), (0.99, "99 %"), (0.999, "99.9 %"))],
               unit="s", min=0),
         heat("Gates' answering times", "Answers by bucket.", f"sum by (le) (increase({duration}_bucket{{{OWN}, {handlers}}}[$__rate_interval]))", unit="s"),
         graph("Over the limits of an address", "Connections refused, and requests that came too fast, a minute.",
               [target(f"60 * {rate('verdictd_http_connections_refused_total', 'instance')}", "{{instance}} connections"),
                target(f"60 * {rate('verdictd_http_requests_limited_total', 'instance')}", "{{instance}} requests")], min=0),
         graph("Open connections", "Of all callers.", [target(own("verdictd_http_connections"), "{{instance}}")], min=0),
         graph("Slowest handlers", "99th percentile of each.", [target(f"topk(10, {quantile(0.99, duration, 'handler')})", "{{handler}}")], unit="s", min=0),
         graph("Requests by handler", "A second.", [target(f"topk(10, {rate('verdictd_http_requests_total', 'handler')})", "{{handler}}")], unit="reqps", min=0)])


# verdictd itself.

def own(name, more=""):
    return f"{name}{{{', '.join(x for x in (OWN, more) if x)}}}"


def itself():
    per = "{{instance}}"
    return dashboard(
        "verdictd-self", "verdictd / Itself", "Is it alive, does it see, does it keep up?", own_variables(),
        [number("Ready", "All sources answer, and the history takes writes.", f"min({own('verdictd_ready')})", bad_under=1),
         number("Loop seen", "How long ago the loop last came by; it does once a second.",
                f"time() - min({own('verdictd_loop_last_tick_timestamp_seconds')})", unit="s", bad_over=30),
         number("Blind runs", "That get no usable answer from their source.", f"sum({own('verdictd_runs_blind')})", bad_over=1),
         number("Longest hold", "Of all live runs.", f"max({own('verdictd_hold_longest_seconds')})", unit="s", bad_over=3600),
         number("Dead messages", "To targets outside, given up.", f"sum({own('verdictd_outbox_dead')}) or vector(0)", bad_over=1),
         number("Configuration", "Whether the last reload was taken.", f"min({own('verdictd_config_last_reload_successful')})", bad_under=1),
         row("Runs and ticks"),
         graph("Live runs", "By what they are told.", [target(f"sum by (verdict) ({own('verdictd_runs')})", "{{verdict}}")], stack=True, min=0, width=8),
         graph("Snapshots", "By what came of them, a second.", [target(rate("verdictd_ticks_total", "outcome"), "{{outcome}}")], stack=True, min=0, width=8, unit="ops"),
         graph("Lag", "99th percentile: of snapshots behind their instant, and of the loop's timer.",
               [target(quantile(0.99, "verdictd_tick_lag_seconds"), "snapshots"), target(quantile(0.99, "verdictd_loop_lag_seconds"), "loop")], unit="s", min=0, width=8),
         graph("Changes of verdict", "A minute.", [target(f"60 * {rate('verdictd_verdict_transitions_total', 'verdict')}", "{{verdict}}")], min=0, width=8),
         graph("Runs started, ended, refused", "A minute.", [target(f"60 * {rate(f'verdictd_runs_{w}_total', 'job')}", w) for w in ("started", "ended", "refused")], min=0, width=8),
         graph("What people did", "A minute.", [target(f"60 * {rate('verdictd_acts_total', 'action')}", "{{action}}")], min=0, width=8),
         row("Sources"),
         graph("Up", "1: it answered within a minute.", [target(f"min by (source) ({own('verdictd_source_up')})", "{{source}}")], min=0, max=1, width=8, decimals=0),
         graph("How long sources take", "99th percentile of questions, with retries.", [target(quantile(0.99, "verdictd_source_query_duration_seconds", "source"), "{{source}}")], unit="s", min=0, width=8),
         graph("Age of snapshots", "The oldest last good one of each source's live runs.", [target(f"max by (source) ({own('verdictd_snapshot_age_seconds')})", "{{source}}")], unit="s", min=0, width=8),
         graph("Questions", "A second.", [target(rate("verdictd_source_queries_total", "source"), "{{source}}"), target(rate("verdictd_source_retries_total", "source"), "{{source}} retries")], unit="ops", min=0, width=8),
         graph("Failures", "A second, by why.", [target(rate("verdictd_source_errors_total", "source, reason"), "{{source}}: {{reason}}")], unit="ops", min=0, width=8),
         graph("Under way", "Questions with a source, or waiting for their turn.", [target(f"sum by (source) ({own('verdictd_source_queries_in_flight')})", "{{source}}")], min=0, width=8),
         row("History"),
         graph("Commits", "Durable transactions and those that failed, a second.", [target(rate("verdictd_store_commits_total", "outcome"), "{{outcome}}")], unit="ops", min=0, width=8),
         graph("How long commits take", "Their fsync included.", [target(quantile(q, "verdictd_store_commit_duration_seconds"), text) for q, text in ((0.5, "50 %"), (0.99, "99 %"))], unit="s", min=0, width=8),
         graph("Waiting to be stored", "Against what may wait.", [target(f"sum({own('verdictd_store_queue_bytes')})", "waiting"), target(f"sum({own('verdictd_store_queue_limit_bytes')})", "limit")], unit="bytes", min=0, width=8),
         graph("Files", "The database, its log, and what is free inside.", [target(f"sum by (file) ({own('verdictd_store_file_bytes')})", "{{file}}")], unit="bytes", min=0, width=8),
         graph("Rows", "As retention last counted them.", [target(f"sum by (kind) ({own('verdictd_store_rows')})", "{{kind}}")], min=0, width=8),
         graph("Faults", "1 while the history takes no writes, and why.", [target(f"max by (fault) ({own('verdictd_store_fault')})", "{{fault}}"), target(f"max({own('verdictd_store_damaged')})", "damaged")], min=0, max=1, decimals=0, width=8),
         row("Series that are kept here"),
         graph("Series", "In memory.", [target(f"sum by (source) ({own('verdictd_embedded_series')})", "{{source}}")], min=0, width=8),
         graph("Samples taken in", "A second.", [target(rate("verdictd_embedded_samples_appended_total", "source"), "{{source}}")], unit="ops", min=0, width=8),
         graph("Memory of series", "By source.", [target(f"sum by (source) ({own('verdictd_embedded_bytes')})", "{{source}}")], unit="bytes", min=0, width=8),
         graph("Samples refused", "A second, by why.", [target(rate("verdictd_embedded_samples_refused_total", "source, reason"), "{{source}}: {{reason}}")], unit="ops", min=0, width=8),
         graph("Ingest", "Bodies a second, and the CPU that they take.", [target(rate("verdictd_ingest_jobs_total", "outcome"), "bodies {{outcome}}"), target(rate("verdictd_ingest_cpu_seconds_total", "job"), "CPU")], min=0, width=8),
         graph("Queues", "Jobs that wait or are worked at.", [target(f"sum by (queue) ({own('verdictd_queue_length')})", "{{queue}}")], min=0, width=8),
         graph("Verdicts sent", "As series to a central Prometheus, samples a second.",
               [target(rate("verdictd_remote_write_samples_total", "result"), "{{result}}")], unit="ops", min=0, width=8),
         graph("Failures to send them", "Requests a minute that were not taken, and are tried again.",
               [target(f"60 * {rate('verdictd_remote_write_failures_total', 'instance')}", per)], min=0, width=8),
         graph("Sending is behind by", "Of the newest verdicts.",
               [target(f"time() - {own('verdictd_remote_write_sent_timestamp_seconds')}", per)], unit="s", min=0, width=8),
         row("Process"),
         graph("CPU", "Seconds of CPU a second.", [target(rate("process_cpu_seconds_total", "instance"), per)], min=0, width=8),
         graph("Memory", "Resident.", [target(own("process_resident_memory_bytes"), per)], unit="bytes", min=0, width=8),
         graph("File descriptors", "Open, against what may be.", [target(own("process_open_fds"), f"{per} open"), target(own("process_max_fds"), f"{per} limit")], min=0, width=8),
         graph("Connections", "Open ones.", [target(own("verdictd_http_connections"), per)], min=0, width=8),
         graph("Log", "Warnings and errors a minute.", [target(f"60 * {rate('verdictd_log_events_total', 'level')}", "{{level}}")], min=0, width=8),
         graph("Messages that wait", "For targets outside.", [target(f"sum by (target) ({own('verdictd_outbox_pending')})", "{{target}}")], min=0, width=8),
         table("Builds", "What runs where.", [instant(own("verdictd_build_info"))],
               [("job", "job"), ("instance", "instance"), ("version", "version"), ("compiler", "compiler")], height=5)])


DASHBOARDS = {"fleet": fleet, "rollout": rollout, "gates": gates, "verdictd": itself}


def expressions(value):
    """Every query of a dashboard, those of variables too."""
    if isinstance(value, dict):
        for key, v in value.items():
            if key in ("expr", "query") and isinstance(v, str):
                yield v
            else:
                yield from expressions(v)
    elif isinstance(value, list):
        for v in value:
            yield from expressions(v)


def check_names(name, board):
    known = metric.names() | {r["name"] for r in series.rows()}
    for expr in expressions(board):
        plain = re.sub(r'"[^"]*"', '""', expr)
        for word in re.findall(r"\b(?:verdictd|process)_\w+", plain):
            if word not in known:
                raise SystemExit(f"{name}: {word} is in no table")


def text_of(name):
    board = DASHBOARDS[name]()
    check_names(name, board)
    return json.dumps(board, indent=2, ensure_ascii=False) + "\n"


def main():
    bad = 0
    for name in DASHBOARDS:
        path, text = os.path.join(OUT, name + ".json"), text_of(name)
        old = ""
        if os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                old = f.read()
        if old == text:
            continue
        if "--check" in sys.argv[1:]:
            print(f"dashboards/grafana/{name}.json is not what dashboards/grafana.py makes: run it")
            bad = 1
        else:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
    return bad


if __name__ == "__main__":
    sys.exit(main())
