#include "webhooks/argolint.h"

#include "base/nearest.h"
#include "webhooks/templatenode.h"

enum { UNSET = INT64_MIN, FEWEST_ERRORS = 3 };

/* One metric while it is looked at. */
struct metric {
    struct templatelint    *lint;
    const char             *object;
    const struct yaml_node *document, *at;
    struct slice            success, failure, path; /* conditions, jsonPath */
    bool                    ours;                   /* it asks a gate of verdictd */
    bool                    whole;                  /* of the answer is the result */
    bool                    flag; /* the result is a true or false, which holds do not have */
};

#define FIND(m, rule, at_node)                                                                     \
    templatelint_add((m)->lint, TEMPLATELINT_##rule, (m)->object, (at_node))
#define FIND_WITH(m, rule, at_node, ...)                                                           \
    templatelint_add_with((m)->lint, TEMPLATELINT_##rule, (m)->object, (at_node), __VA_ARGS__)

static const struct yaml_node *
or_metric(const struct metric *m, const char *path)
{
    const struct yaml_node *n = templatenode_at(m->at, path);

    return n ? n : m->at;
}

static bool
either_has(const struct metric *m, const char *part)
{
    return templatenode_has(m->success, part) || templatenode_has(m->failure, part);
}

/* Numbers of the answer that are left out where they are not known. */
static bool
compares_numbers(const struct metric *m)
{
    static const char *const numbers[] = {"success_rate.canary",
                                          "success_rate.stable",
                                          "p95_ms",
                                          "canary_requests",
                                          "stable_requests",
                                          "need.",
                                          ".value",
                                          ".evidence"};

    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        if (either_has(m, numbers[i]) || templatenode_has(m->path, numbers[i]))
            return true;
    return false;
}

static void
look_at_our_conditions(const struct metric *m)
{
    const struct yaml_node *success = or_metric(m, "successCondition");

    if (m->success.n && !m->failure.n && !m->flag)
        FIND(m, SUCCESS_ONLY, success);
    if (m->failure.n && !m->flag && !templatenode_has(m->failure, "abort"))
        FIND(m, NO_ABORT, or_metric(m, "failureCondition"));
    if (templatenode_has(m->success, "hold") ||
        (templatenode_has(m->success, "!=") && !templatenode_has(m->success, "\"pass\"")))
        FIND(m, HOLD_PASSES, success);
    if (either_has(m, "default("))
        FIND(m, DEFAULT_CONDITION, success);
    else if (compares_numbers(m))
        FIND(m, NUMBER_CONDITION, success);
}

static void
look_at_conditions(const struct metric *m)
{
    /* A job and Kayenta decide by themselves, plugins nobody knows how. */
    if (templatenode_at(m->at, "provider.job") || templatenode_at(m->at, "provider.kayenta") ||
        templatenode_at(m->at, "provider.plugin"))
        return;
    if (!m->success.n && !m->failure.n)
        FIND(m, NO_CONDITION, m->at);
    else if (!m->success.n)
        FIND(m, FAILURE_ONLY, or_metric(m, "failureCondition"));
    if (m->ours)
        look_at_our_conditions(m);
}

static void
look_at_limits(const struct metric *m)
{
    int64_t count = templatenode_integer(m->at, "count", UNSET);
    int64_t failures = templatenode_integer(m->at, "failureLimit", 0);
    int64_t holds = templatenode_integer(m->at, "inconclusiveLimit", 0);
    int64_t successes = templatenode_integer(m->at, "consecutiveSuccessLimit", 0);
    int64_t errors = templatenode_integer(m->at, "consecutiveErrorLimit", UNSET);
    bool    interval = templatenode_at(m->at, "interval") != NULL;

    if (!templatenode_at(m->at, "count") && interval)
        FIND(m, NO_COUNT, m->at);
    if (count > 1 && !interval)
        FIND_WITH(m, NO_INTERVAL, or_metric(m, "count"), "count %lld", (long long)count);
    if (count > 0 && holds >= count)
        FIND_WITH(m, INCONCLUSIVE_LIMIT, or_metric(m, "inconclusiveLimit"), "%lld of %lld",
                  (long long)holds, (long long)count);
    if (count > 0 && failures >= count)
        FIND_WITH(m, FAILURE_LIMIT, or_metric(m, "failureLimit"), "%lld of %lld",
                  (long long)failures, (long long)count);
    if (count > 0 && failures > 0 && successes > 0 && successes > count - failures)
        FIND_WITH(m, LIMITS_OVER_COUNT, or_metric(m, "count"), "count %lld, %lld and %lld",
                  (long long)count, (long long)failures, (long long)successes);
    if (m->ours && !m->flag && successes < 1 && interval && count != 1 &&
        !templatenode_at(m->at, "consecutiveSuccessLimit"))
        FIND(m, NO_SUCCESS_LIMIT, m->at);
    if (failures == -1 && successes < 1)
        FIND(m, FAILURE_UNLIMITED, or_metric(m, "failureLimit"));
    if (errors != UNSET && errors < FEWEST_ERRORS)
        FIND_WITH(m, ERROR_LIMIT, or_metric(m, "consecutiveErrorLimit"), "%lld", (long long)errors);
}

static void
look_at_path(const struct metric *m, const struct yaml_node *web)
{
    const struct yaml_node *at = templatenode_at(web, "jsonPath");

    if (!m->path.n)
        return;
    if (!templatenode_has(m->path, "{"))
        FIND_WITH(m, PATH_BRACES, at, "%.*s", SLICE_ARG(m->path));
    else if (templatenode_has(m->path, "[*]") || templatenode_has(m->path, "[?(") ||
             templatenode_has(m->path, ".."))
        FIND_WITH(m, PATH_FIRST, at, "%.*s", SLICE_ARG(m->path));
}

/* A key of the question; "{{" in the key itself is Argo's business. */
static void
look_at_key(const struct metric *m, const struct yaml_node *at, struct slice key)
{
    static const char *const known[] = {
#define TEXT_KEY(NAME, text, field, empty, help) text,
#define WORD_KEY(NAME, text, setter, help) text,
#define ALIAS_KEY(text, NAME) text,
#include "webhooks/question.def"
#undef TEXT_KEY
#undef WORD_KEY
#undef ALIAS_KEY
    };
    struct nearest n = nearest_to(key);

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (slice_is(key, known[i]))
            return;
        nearest_offer(&n, slice_of(known[i]));
    }
    if (n.best.n)
        FIND_WITH(m, UNKNOWN_KEY, at, "%.*s: did you mean %.*s?", SLICE_ARG(key),
                  SLICE_ARG(n.best));
    else
        FIND_WITH(m, UNKNOWN_KEY, at, "%.*s", SLICE_ARG(key));
}

/* The value of a key in the query of the URL; p NULL: not there. */
static struct slice
in_query(struct slice url, const char *key)
{
    struct slice rest = url;

    slice_cut(&rest, '?');
    while (rest.n) {
        struct slice value = slice_cut(&rest, '&');

        if (slice_is(slice_cut(&value, '='), key))
            return value.p ? value : SLICE_LITERAL("");
    }
    return (struct slice){0};
}

static void
look_at_question(const struct metric *m, const struct yaml_node *web, struct slice url)
{
    static const char *const needed[] = {"service", "namespace"};
    const struct yaml_node  *body = templatenode_at(web, "jsonBody");
    const struct yaml_node  *at = templatenode_at(web, "url");
    struct slice             rest = url;

    slice_cut(&rest, '?');
    while (rest.n) {
        struct slice pair = slice_cut(&rest, '&');

        look_at_key(m, at, slice_cut(&pair, '='));
    }
    for (size_t i = 0; i < (body && body->kind == YAML_MAPPING ? body->n : 0); i++)
        look_at_key(m, body->pairs[i].value, body->pairs[i].key);
    for (size_t i = 0; i < ARRAY_LEN(needed); i++)
        if (!templatenode_at(body, needed[i]) && !in_query(url, needed[i]).p &&
            !templatenode_at(web, "body"))
            FIND_WITH(m, MISSING_KEY, body ? body : at, "%s", needed[i]);
    if (m->whole && !slice_is(in_query(url, "view"), "brief") &&
        !slice_is(templatenode_text(body, "view"), "brief"))
        FIND(m, WHOLE_ANSWER, at);
}

static void
look_at_request(const struct metric *m, const struct yaml_node *web, struct slice url)
{
    struct slice            method = templatenode_text(web, "method");
    const struct yaml_node *body = templatenode_at(web, "body");
    const struct yaml_node *json = templatenode_at(web, "jsonBody");
    bool                    get = !method.n || slice_is(method, "GET");
    struct slice            query = url;

    slice_cut(&query, '?');
    if (templatenode_has(query, "{{"))
        FIND(m, ARGS_IN_URL, templatenode_at(web, "url"));
    if (!get && !slice_is(method, "POST") && m->ours)
        FIND_WITH(m, METHOD, templatenode_at(web, "method"), "%.*s", SLICE_ARG(method));
    if (get && (body || json))
        FIND(m, BODY_WITH_GET, body ? body : json);
    if (body && json)
        FIND(m, TWO_BODIES, body);
    if (templatenode_true(web, "insecure"))
        FIND(m, INSECURE, templatenode_at(web, "insecure"));
}

static void
look_at_timeout(const struct metric *m, const struct yaml_node *web)
{
    int64_t seconds = templatenode_integer(web, "timeoutSeconds", UNSET);
    int64_t interval_ms = templatenode_duration_ms(m->at, "interval");

    if (!templatenode_at(web, "timeoutSeconds"))
        FIND(m, NO_TIMEOUT, web);
    else if (seconds > 0 && interval_ms > 0 && seconds > interval_ms / 1000)
        FIND_WITH(m, TIMEOUT_OVER, templatenode_at(web, "timeoutSeconds"), "%lld s of %lld s",
                  (long long)seconds, (long long)(interval_ms / 1000));
}

static void
look_at_web(const struct metric *m)
{
    const struct yaml_node *web = templatenode_at(m->at, "provider.web");
    struct slice            url = templatenode_text(web, "url");

    if (!web)
        return;
    look_at_path(m, web);
    look_at_request(m, web, url);
    if (!m->ours)
        return;
    look_at_timeout(m, web);
    if (templatenode_has(url, "/v1/argo/verdict"))
        look_at_question(m, web, url);
    else
        FIND(m, GATE_PATH, templatenode_at(web, "url"));
}

/* {{args.name}}, wherever a text may have it. */
static void
look_at_text(const struct metric *m, const struct yaml_node *at)
{
    const struct yaml_node *args = templatenode_at(m->document, "spec.args");
    struct slice            rest = at->scalar;
    const char             *found;

    while (rest.n && (found = memmem(rest.p, rest.n, "{{", 2))) {
        bool         known = false;
        struct slice name = {found + 2, (size_t)(rest.p + rest.n - found) - 2};

        rest = name;
        name = slice_trim(slice_cut(&name, '}'));
        if (!slice_starts(name, "args."))
            continue;
        name = (struct slice){name.p + strlen("args."), name.n - strlen("args.")};
        for (size_t i = 0; i < (args && args->kind == YAML_SEQUENCE ? args->n : 0); i++)
            known = known || slice_equal(templatenode_text(args->items[i], "name"), name);
        if (!known)
            FIND_WITH(m, UNKNOWN_ARG, at, "args.%.*s", SLICE_ARG(name));
    }
}

static void
look_at_texts(const struct metric *m, const struct yaml_node *at)
{
    if (at->kind == YAML_SCALAR)
        look_at_text(m, at);
    for (size_t i = 0; i < at->n; i++)
        look_at_texts(m, at->kind == YAML_MAPPING ? at->pairs[i].value : at->items[i]);
}

/* Argo takes the entry as a regular expression of names; this sees the name
 * itself and what ends in .* */
static bool
names(struct slice pattern, struct slice name)
{
    if (!slice_ends(pattern, ".*"))
        return slice_equal(pattern, name);
    pattern.n -= strlen(".*");
    return name.n >= pattern.n && (!pattern.n || memcmp(name.p, pattern.p, pattern.n) == 0);
}

static bool
look_at_dry_run(const struct metric *m)
{
    const struct yaml_node *dry = templatenode_at(m->document, "spec.dryRun");
    struct slice            name = templatenode_text(m->at, "name");

    for (size_t i = 0; i < (dry && dry->kind == YAML_SEQUENCE ? dry->n : 0); i++) {
        if (!names(templatenode_text(dry->items[i], "metricName"), name))
            continue;
        if (m->ours)
            FIND_WITH(m, DRY_RUN, dry->items[i], "%.*s", SLICE_ARG(name));
        return true;
    }
    return false;
}

static void
look_at_metric(struct templatelint *l, const char *object, const struct yaml_node *document,
               const struct yaml_node *at)
{
    struct metric m = {.lint = l,
                       .object = object,
                       .document = document,
                       .at = at,
                       .success = templatenode_text(at, "successCondition"),
                       .failure = templatenode_text(at, "failureCondition"),
                       .path = templatenode_text(at, "provider.web.jsonPath")};

    m.ours = templatenode_has(templatenode_text(at, "provider.web.url"), "/v1/argo") ||
             templatenode_has(templatenode_text(at, "provider.web.url"), "/v1/flagger");
    m.whole = !m.path.n || slice_is(m.path, "{$}");
    m.flag = templatenode_has(m.path, ".abort") || templatenode_has(m.path, ".pass") ||
             either_has(&m, "result.abort") || either_has(&m, "result.pass");
    look_at_texts(&m, at);
    if (look_at_dry_run(&m)) /* it decides nothing */
        return;
    look_at_conditions(&m);
    look_at_limits(&m);
    look_at_web(&m);
}

void
argolint_template(struct templatelint *l, const struct yaml_node *document)
{
    const struct yaml_node *metrics = templatenode_at(document, "spec.metrics");
    const char             *object = templatenode_object(l->arena, document);

    for (size_t i = 0; i < (metrics && metrics->kind == YAML_SEQUENCE ? metrics->n : 0); i++)
        look_at_metric(l, object, document, metrics->items[i]);
}
