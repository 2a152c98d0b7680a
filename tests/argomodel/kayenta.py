"""What Argo Rollouts makes of Kayenta's answers: the rules of metricproviders/kayenta, as a model.

They are those of v1.9.1 and of HEAD 9f8d111d: each call must come back with 200 exactly; the config
is found by its name; an execution's id must not be empty; `complete` must be a bool, and once it is
true the score a number, which is cut to a whole one and held against the template's thresholds.
"""
import argo


def config_id(status, body, name):
    """The id of the config with that name; None: the measurement is an Error."""
    if status != 200:
        return None
    try:
        found = [c for c in argo.strict(body) if c["name"] == name]
    except (ValueError, KeyError, TypeError):
        return None
    return found[0]["id"] if found and isinstance(found[0]["id"], str) else None


def question(control, experiment, region, pass_, marginal, revision=None):
    """The body of POST /canary/{id}."""
    def pair(stable, canary):
        times = {"location": region, "step": 60, "start": "2026-01-01T00:00:00Z",
                 "end": "2026-01-01T00:05:00Z"}
        return {"controlScope": {"scope": stable, **times},
                "experimentScope": {"scope": canary, **times}}
    scopes = {"default": pair(control, experiment)}
    if revision:
        scopes["revision"] = pair(revision, revision)
    return {"scopes": scopes, "thresholds": {"pass": pass_, "marginal": marginal}}


def execution_id(status, body):
    try:
        said = argo.strict(body) if status == 200 else {}
        return said.get("canaryExecutionId") or None
    except (ValueError, AttributeError):
        return None


def polled(status, body, pass_, marginal):
    """The phase after GET /canary/{id}; None: it asks again in 15 s."""
    try:
        said = argo.strict(body) if status == 200 else {}
        if said["complete"] is False:
            return None
        score = said["result"]["judgeResult"]["score"]["score"]
        if said["complete"] is not True or isinstance(score, (bool, str)):
            return argo.ERROR
        score = int(score)
    except (ValueError, KeyError, TypeError):
        return argo.ERROR
    if score >= pass_:
        return argo.OK
    return argo.INCONCLUSIVE if score >= marginal else argo.FAILED
