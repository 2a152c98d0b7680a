#include "webhooks/canarylint.h"

#include "webhooks/templatenode.h"

enum hook {
#define HOOK(NAME, path) HOOK_##NAME,
#include "webhooks/flagger.def"
#undef HOOK
    HOOK_COUNT
};

static const char *const hook_names[] = {
#define HOOK(NAME, path) path,
#include "webhooks/flagger.def"
#undef HOOK
};

static const char our_prefix[] = "/v1/flagger/";

struct canary {
    struct templatelint    *lint;
    const char             *object;
    const struct yaml_node *at, *analysis;
    bool                    ours[HOOK_COUNT]; /* hooks of this type that ask verdictd */
    bool                    any;              /* a hook asks verdictd */
};

#define FIND(c, rule, at_node)                                                                     \
    templatelint_add((c)->lint, TEMPLATELINT_##rule, (c)->object, (at_node))
#define FIND_WITH(c, rule, at_node, ...)                                                           \
    templatelint_add_with((c)->lint, TEMPLATELINT_##rule, (c)->object, (at_node), __VA_ARGS__)

/* Without a type it is a rollout hook. */
static enum hook
hook_of(struct slice type)
{
    if (!type.n)
        return HOOK_ROLLOUT;
    for (size_t i = 0; i < HOOK_COUNT; i++)
        if (slice_is(type, hook_names[i]))
            return (enum hook)i;
    return HOOK_COUNT;
}

/* What stands behind /v1/flagger/ in the URL; p NULL: it is not one of ours. */
static struct slice
path_of(struct slice url)
{
    const char  *at = url.n ? memmem(url.p, url.n, our_prefix, strlen(our_prefix)) : NULL;
    struct slice rest;

    if (!at)
        return (struct slice){0};
    rest =
        (struct slice){at + strlen(our_prefix), url.n - (size_t)(at - url.p) - strlen(our_prefix)};
    rest = slice_cut(&rest, '?');
    return slice_cut(&rest, '#');
}

/* pkg/controller/webhook.go: fewer than two characters are not read, the CRD
 * lets digits with m or s pass. */
static void
look_at_timeout(const struct canary *c, const struct yaml_node *hook)
{
    const struct yaml_node *at = templatenode_at(hook, "timeout");
    struct slice            text = templatenode_text(hook, "timeout");
    int64_t                 ms = templatenode_duration_ms(hook, "timeout");

    if (!at)
        return;
    if (text.n < 2)
        FIND_WITH(c, HOOK_TIMEOUT, at, "%.*s", SLICE_ARG(text));
    else if (slice_starts(text, "-") || ms == 0)
        FIND_WITH(c, HOOK_TIMEOUT_NONE, at, "%.*s", SLICE_ARG(text));
    else if (ms < 0)
        FIND_WITH(c, HOOK_TIMEOUT_BAD, at, "%.*s", SLICE_ARG(text));
}

static void
look_at_our_hook(struct canary *c, enum hook hook, const struct yaml_node *at, struct slice path)
{
    bool confirms = hook == HOOK_CONFIRM_TRAFFIC_INCREASE || hook == HOOK_CONFIRM_PROMOTION;

    c->any = true;
    c->ours[hook] = true;
    if (!slice_is(path, hook_names[hook]))
        FIND_WITH(c, HOOK_PATH, templatenode_at(at, "url"), "type %s, path %.*s", hook_names[hook],
                  SLICE_ARG(path));
    if (confirms && !templatenode_true(at, "muteAlert"))
        FIND_WITH(c, HOOK_ALERTS, at, "%s", hook_names[hook]);
    if (hook == HOOK_CONFIRM_TRAFFIC_INCREASE && templatenode_at(c->analysis, "iterations"))
        FIND(c, HOOK_NEVER_ASKED, at);
    if (hook == HOOK_POST_ROLLOUT && templatenode_integer(at, "retries", 0) < 1)
        FIND(c, END_HOOK_RETRIES, at);
}

static void
look_at_hook(struct canary *c, const struct yaml_node *at)
{
    struct slice            type = templatenode_text(at, "type");
    const struct yaml_node *url = templatenode_at(at, "url");
    struct slice            query = templatenode_text(at, "url");
    struct slice            path = path_of(query);
    enum hook               hook = hook_of(type);

    slice_cut(&query, '?');
    if (hook == HOOK_COUNT) {
        FIND_WITH(c, HOOK_TYPE, templatenode_at(at, "type"), "%.*s", SLICE_ARG(type));
        return;
    }
    look_at_timeout(c, at);
    if (templatenode_has(query, "token="))
        FIND(c, HOOK_TOKEN, url);
    if (templatenode_true(at, "disableTLS"))
        FIND(c, HOOK_TLS, templatenode_at(at, "disableTLS"));
    if (path.p)
        look_at_our_hook(c, hook, at, path);
}

static bool
has_bound(const struct yaml_node *metric)
{
    return templatenode_at(metric, "thresholdRange.min") ||
           templatenode_at(metric, "thresholdRange.max") || templatenode_at(metric, "threshold");
}

static void
look_at_metric(const struct canary *c, const struct yaml_node *at)
{
    struct slice name = templatenode_text(at, "name");

    if (!has_bound(at))
        FIND_WITH(c, NO_BOUND, at, "%.*s", SLICE_ARG(name));
    if (templatenode_at(at, "templateRef") && !templatenode_at(at, "interval"))
        FIND_WITH(c, NO_METRIC_INTERVAL, at, "%.*s", SLICE_ARG(name));
    /* Ours tells no +Inf. */
    if (slice_is(name, "request-duration") && !templatenode_at(at, "templateRef") &&
        !templatenode_at(at, "query") &&
        !templatenode_has(templatenode_text(c->at, "spec.metricsServer"), "/flagger"))
        FIND_WITH(c, INFINITE_DURATION, at, "%.*s", SLICE_ARG(name));
}

/* What is missing between the hooks that are there. */
static void
look_at_wiring(const struct canary *c)
{
    const struct yaml_node *at = templatenode_at(c->analysis, "webhooks");

    if (!c->any)
        return;
    if (!c->ours[HOOK_ROLLBACK])
        FIND(c, NO_ROLLBACK_HOOK, at);
    if (!c->ours[HOOK_CONFIRM_TRAFFIC_INCREASE] && !templatenode_at(c->analysis, "iterations"))
        FIND(c, NO_HOLD_HOOK, at);
    if (!c->ours[HOOK_CONFIRM_PROMOTION])
        FIND(c, NO_PROMOTION_HOOK, at);
    if (!c->ours[HOOK_POST_ROLLOUT])
        FIND(c, NO_END_HOOK, at);
}

void
canarylint_canary(struct templatelint *l, const struct yaml_node *canary)
{
    struct canary           c = {.lint = l, .at = canary};
    const struct yaml_node *hooks, *metrics;

    c.object = templatenode_object(l->arena, canary);
    /* spec.canaryAnalysis is its name of before 1.0, which Flagger still reads. */
    c.analysis = templatenode_at(canary, "spec.analysis");
    if (!c.analysis)
        c.analysis = templatenode_at(canary, "spec.canaryAnalysis");
    hooks = templatenode_at(c.analysis, "webhooks");
    metrics = templatenode_at(c.analysis, "metrics");
    if (templatenode_true(canary, "spec.skipAnalysis"))
        FIND(&c, SKIP_ANALYSIS, templatenode_at(canary, "spec.skipAnalysis"));
    for (size_t i = 0; i < (hooks && hooks->kind == YAML_SEQUENCE ? hooks->n : 0); i++)
        look_at_hook(&c, hooks->items[i]);
    for (size_t i = 0; i < (metrics && metrics->kind == YAML_SEQUENCE ? metrics->n : 0); i++)
        look_at_metric(&c, metrics->items[i]);
    look_at_wiring(&c);
}
