#include "webhooks/kayentabody.h"

#include "base/json.h"

#include <math.h>

enum { MAX_DEPTH = 8, MAX_SCORE = 100 };

struct reading {
    struct question *q;
    struct err      *err, *hint;
};

static enum status
refuse(struct reading *r, const char *why, const char *hint)
{
    (void)err_set(r->hint, STATUS_SYNTAX, "%s", hint);
    return err_set(r->err, STATUS_SYNTAX, "%s", why);
}

/* One key of the question, checked as in every dialect. */
static enum status
say(struct reading *r, const char *key, struct slice value)
{
    enum status s = question_set(r->q, slice_of(key), value, r->err);

    if (s)
        (void)err_set(r->hint, STATUS_SYNTAX,
                      "see docs/API.md for what each field of the Kayenta provider stands for");
    return s;
}

static enum status
read_config(struct reading *r, struct slice id)
{
    const size_t suffix = strlen(KAYENTABODY_STEP);

    if (id.n > suffix && memcmp(id.p + id.n - suffix, KAYENTABODY_STEP, suffix) == 0) {
        r->q->stage = QUESTION_STEP;
        id.n -= suffix;
    }
    return say(r, "policy", id);
}

static struct slice
scope_text(json_t *pair, const char *side, const char *field)
{
    return json_slice(json_object_get(json_object_get(pair, side), field));
}

static enum status
read_names(struct reading *r, struct slice application, json_t *pair)
{
    struct slice location = scope_text(pair, "experimentScope", "location");
    struct slice rest = application, ns = slice_cut(&rest, '/');
    enum status  s;

    if (rest.p) {
        if (location.n && !slice_equal(location, ns))
            return refuse(r, "application and location name different namespaces",
                          "say the namespace once: application: NAMESPACE/SERVICE, or location");
        s = say(r, "namespace", ns);
        return s ? s : say(r, "service", rest);
    }
    if (!slice_equal(location, scope_text(pair, "controlScope", "location")))
        return refuse(r, "the two scopes have different locations",
                      "location is the namespace: both versions are in one");
    if (!location.n)
        return refuse(r, "the namespace is missing",
                      "write application: NAMESPACE/SERVICE, or the namespace as location");
    s = say(r, "namespace", location);
    return s ? s : say(r, "service", application);
}

static enum status
read_version(struct reading *r, const char *key, json_t *pair, const char *side)
{
    struct slice v = scope_text(pair, side, "scope");

    return slice_is(v, "-") ? STATUS_OK : say(r, key, v);
}

static enum status
read_scopes(struct reading *r, struct slice application, json_t *scopes)
{
    const char *name;
    json_t     *v, *pair = NULL, *revision = NULL;
    enum status s;

    json_object_foreach(scopes, name, v)
    {
        if (slice_is(slice_of(name), "revision"))
            revision = v;
        else if (pair)
            return refuse(r, "there are several scopes",
                          "one scope is taken, and beside it one named revision");
        else
            pair = v;
    }
    if (!json_is_object(json_object_get(pair, "controlScope")) ||
        !json_is_object(json_object_get(pair, "experimentScope")))
        return refuse(r, "there is no scope with a controlScope and an experimentScope",
                      "write scopes: [{name: default, controlScope: {scope: STABLE, …}, "
                      "experimentScope: {scope: CANARY, …}}]");
    s = read_names(r, application, pair);
    if (!s)
        s = read_version(r, "canary", pair, "experimentScope");
    if (!s)
        s = read_version(r, "stable", pair, "controlScope");
    if (!s && revision)
        s = say(r, "revision", scope_text(revision, "experimentScope", "scope"));
    return s;
}

/* A whole number; strings are taken for numbers, too.  -1: it is none. */
static int
score_of(const json_t *v)
{
    double x = -1;

    if (json_is_string(v) ? slice_double(json_slice(v), &x) != STATUS_OK : !json_is_number(v))
        return -1;
    if (json_is_number(v))
        x = json_number_value(v);
    return x >= 0 && x <= MAX_SCORE && x == floor(x) ? (int)x : -1;
}

static enum status
read_thresholds(struct reading *r, json_t *thresholds)
{
    int pass = score_of(json_object_get(thresholds, "pass"));
    int marginal = score_of(json_object_get(thresholds, "marginal"));

    if (marginal < 1 || pass < marginal)
        return refuse(r, "thresholds are not whole numbers with 1 <= marginal <= pass <= 100",
                      "write threshold: {pass: 90, marginal: 75}: a pass has score 100, a fail 0");
    r->q->pass = pass;
    r->q->marginal = marginal;
    return STATUS_OK;
}

enum status
kayentabody_read(struct slice id, struct slice application, struct slice body, struct question *out,
                 struct err *err, struct err *hint)
{
    struct reading r = {.q = out, .err = err, .hint = hint};
    json_t        *json = NULL;
    enum status    s;

    *out = question_empty();
    if (json_parse(body, MAX_DEPTH, &json, err)) {
        (void)err_set(hint, STATUS_SYNTAX, "send the body of Argo's Kayenta provider");
        return STATUS_SYNTAX;
    }
    if (!json_is_object(json))
        s = refuse(&r, "the body is not a JSON object", "send the body of Argo's Kayenta provider");
    else
        s = read_config(&r, id);
    if (!s)
        s = read_scopes(&r, application, json_object_get(json, "scopes"));
    if (!s)
        s = read_thresholds(&r, json_object_get(json, "thresholds"));
    json_decref(json);
    if (s)
        *out = question_empty();
    return s;
}
