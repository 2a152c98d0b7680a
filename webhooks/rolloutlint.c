#include "webhooks/rolloutlint.h"

#include "webhooks/templatenode.h"

/* One place of a Rollout that starts an analysis. */
struct analysis {
    const struct yaml_node *at;
    bool                    in_step; /* it blocks a step */
};

struct rollout {
    struct templatelint    *lint;
    const char             *object;
    const struct yaml_node *at;
    VEC(struct analysis) analyses;
    size_t last_weight, last_gate; /* steps, from 1; 0: none */
};

#define FIND(r, rule, at_node)                                                                     \
    templatelint_add((r)->lint, TEMPLATELINT_##rule, (r)->object, (at_node))
#define FIND_WITH(r, rule, at_node, ...)                                                           \
    templatelint_add_with((r)->lint, TEMPLATELINT_##rule, (r)->object, (at_node), __VA_ARGS__)

static void
put(struct rollout *r, const struct yaml_node *at, bool in_step)
{
    if (at)
        VEC_PUSH(r->lint->arena, &r->analyses, (struct analysis){.at = at, .in_step = in_step});
}

static struct rollout
read_rollout(struct templatelint *l, const struct yaml_node *at)
{
    struct rollout          r = {.lint = l, .at = at};
    const struct yaml_node *steps = templatenode_at(at, "spec.strategy.canary.steps");

    r.object = templatenode_object(l->arena, at);
    for (size_t i = 0; i < (steps && steps->kind == YAML_SEQUENCE ? steps->n : 0); i++) {
        const struct yaml_node *step = steps->items[i];

        if (templatenode_at(step, "setWeight"))
            r.last_weight = i + 1;
        if (templatenode_at(step, "analysis") || templatenode_at(step, "experiment.analyses"))
            r.last_gate = i + 1;
        put(&r, templatenode_at(step, "analysis"), true);
    }
    put(&r, templatenode_at(at, "spec.strategy.canary.analysis"), false);
    put(&r, templatenode_at(at, "spec.strategy.blueGreen.prePromotionAnalysis"), true);
    put(&r, templatenode_at(at, "spec.strategy.blueGreen.postPromotionAnalysis"), false);
    return r;
}

static void
look_at_args(const struct rollout *r, const struct yaml_node *analysis)
{
    static const char       path[] = "valueFrom.fieldRef.fieldPath";
    const struct yaml_node *args = templatenode_at(analysis, "args");
    const struct yaml_node *from_status = NULL;

    for (size_t i = 0; i < (args && args->kind == YAML_SEQUENCE ? args->n : 0); i++) {
        const struct yaml_node *field = templatenode_at(args->items[i], path);

        if (!field || field->kind != YAML_SCALAR)
            continue;
        if (from_status) {
            FIND_WITH(r, ARG_STATUS, from_status, "%.*s", SLICE_ARG(from_status->scalar));
            return;
        }
        if (slice_starts(field->scalar, "status."))
            from_status = field;
    }
}

void
rolloutlint_alone(struct templatelint *l, const struct yaml_node *rollout)
{
    struct rollout          r = read_rollout(l, rollout);
    const struct yaml_node *background = templatenode_at(rollout, "spec.strategy.canary.analysis");

    if (!templatenode_at(rollout, "spec.strategy"))
        return;
    if (!r.analyses.n && !r.last_gate)
        FIND(&r, NO_ANALYSIS, rollout);
    else if (templatenode_at(rollout, "spec.strategy.canary") && r.last_gate <= r.last_weight)
        FIND(&r, NO_FINAL_GATE, templatenode_at(rollout, "spec.strategy.canary"));
    if (background && templatenode_integer(background, "startingStep", 0) < 1)
        FIND(&r, STARTING_STEP, background);
    for (size_t i = 0; i < r.analyses.n; i++)
        look_at_args(&r, r.analyses.at[i].at);
}

static const struct yaml_node *
find_template(const struct templatelint *l, const struct yaml_node *reference)
{
    struct slice name = templatenode_text(reference, "templateName");

    for (size_t i = 0; i < l->templates.n && name.n; i++)
        if (slice_equal(templatenode_text(l->templates.at[i], "metadata.name"), name))
            return l->templates.at[i];
    return NULL;
}

static bool
gives(const struct yaml_node *args, struct slice name)
{
    for (size_t i = 0; i < (args && args->kind == YAML_SEQUENCE ? args->n : 0); i++)
        if (slice_equal(templatenode_text(args->items[i], "name"), name))
            return true;
    return false;
}

static void
look_at_template(const struct rollout *r, const struct analysis *a, const struct yaml_node *t)
{
    const struct yaml_node *args = templatenode_at(t, "spec.args");
    const struct yaml_node *metrics = templatenode_at(t, "spec.metrics");
    struct slice            template_name = templatenode_text(t, "metadata.name");

    for (size_t i = 0; i < (args && args->kind == YAML_SEQUENCE ? args->n : 0); i++) {
        struct slice name = templatenode_text(args->items[i], "name");

        if (!templatenode_at(args->items[i], "value") &&
            !templatenode_at(args->items[i], "valueFrom") &&
            !gives(templatenode_at(a->at, "args"), name))
            FIND_WITH(r, MISSING_ARG, a->at, "%.*s of template %.*s", SLICE_ARG(name),
                      SLICE_ARG(template_name));
    }
    for (size_t i = 0;
         i < (metrics && metrics->kind == YAML_SEQUENCE && a->in_step ? metrics->n : 0); i++)
        if (templatenode_at(metrics->items[i], "interval") &&
            !templatenode_at(metrics->items[i], "count") &&
            !templatenode_at(metrics->items[i], "consecutiveSuccessLimit"))
            FIND_WITH(r, NO_COUNT_IN_STEP, a->at, "%.*s of template %.*s",
                      SLICE_ARG(templatenode_text(metrics->items[i], "name")),
                      SLICE_ARG(template_name));
}

void
rolloutlint_beside(struct templatelint *l, const struct yaml_node *rollout)
{
    struct rollout r = read_rollout(l, rollout);

    for (size_t i = 0; i < r.analyses.n; i++) {
        const struct yaml_node *named = templatenode_at(r.analyses.at[i].at, "templates");

        for (size_t k = 0; k < (named && named->kind == YAML_SEQUENCE ? named->n : 0); k++) {
            const struct yaml_node *t = find_template(l, named->items[k]);

            if (t)
                look_at_template(&r, &r.analyses.at[i], t);
        }
    }
}
