#include "webhooks/templatelint.h"

#include "webhooks/argolint.h"
#include "webhooks/canarylint.h"
#include "webhooks/rolloutlint.h"
#include "webhooks/templatenode.h"

#include <stdarg.h>
#include <stdio.h>

enum { DETAIL_BYTES = 300 };

static const struct {
    const char             *name, *text;
    enum templatelint_level level;
} rules[] = {
#define RULE(id, level, name, text) {name, text, TEMPLATELINT_##level},
#include "webhooks/template_rule.def"
#undef RULE
};

const char *
templatelint_name(enum templatelint_rule rule)
{
    return rules[rule].name;
}

const char *
templatelint_text(enum templatelint_rule rule)
{
    return rules[rule].text;
}

enum templatelint_level
templatelint_level(enum templatelint_rule rule)
{
    return rules[rule].level;
}

const char *
templatelint_level_name(enum templatelint_level level)
{
    static const char *const names[] = {"fails open", "fails shut", "advice"};

    return names[level];
}

void
templatelint_init(struct templatelint *l, struct arena *a)
{
    *l = (struct templatelint){.arena = a};
}

static void
add(struct templatelint *l, enum templatelint_rule rule, const char *object,
    const struct yaml_node *at, const char *detail)
{
    l->n_of[rules[rule].level]++;
    if (l->findings.n == TEMPLATELINT_MAX_FINDINGS) {
        l->left_out++;
        return;
    }
    VEC_PUSH(l->arena, &l->findings,
             (struct templatelint_finding){.rule = rule,
                                           .file = at->file,
                                           .path = at->path,
                                           .line = at->line,
                                           .column = at->column,
                                           .object = object,
                                           .detail = arena_text(l->arena, slice_of(detail))});
}

void
templatelint_add(struct templatelint *l, enum templatelint_rule rule, const char *object,
                 const struct yaml_node *at)
{
    add(l, rule, object, at, "");
}

void
templatelint_add_with(struct templatelint *l, enum templatelint_rule rule, const char *object,
                      const struct yaml_node *at, const char *fmt, ...)
{
    char    detail[DETAIL_BYTES];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(detail, sizeof detail, fmt, ap);
    va_end(ap);
    add(l, rule, object, at, detail);
}

/* What is done with one object of a kind. */
struct kind {
    const char *name;
    const char *api; /* the group that the apiVersion begins with */
    void (*look)(struct templatelint *l, const struct yaml_node *document);
    bool is_template, is_rollout;
};

static const struct kind kinds[] = {
    {"AnalysisTemplate", "argoproj.io/", argolint_template, true, false},
    {"ClusterAnalysisTemplate", "argoproj.io/", argolint_template, true, false},
    {"AnalysisRun", "argoproj.io/", argolint_template, false, false},
    {"Rollout", "argoproj.io/", rolloutlint_alone, false, true},
    {"Canary", "flagger.app/", canarylint_canary, false, false},
};

static enum status
look(struct templatelint *l, struct yaml_node *document, struct err *err)
{
    struct slice kind = templatenode_text(document, "kind");

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (!slice_is(kind, kinds[i].name) ||
            !slice_starts(templatenode_text(document, "apiVersion"), kinds[i].api))
            continue;
        if (++l->n_objects > TEMPLATELINT_MAX_OBJECTS)
            return yaml_error(document, err, STATUS_LIMIT, "more than %d objects",
                              TEMPLATELINT_MAX_OBJECTS);
        kinds[i].look(l, document);
        if (kinds[i].is_template)
            VEC_PUSH(l->arena, &l->templates, document);
        if (kinds[i].is_rollout)
            VEC_PUSH(l->arena, &l->rollouts, document);
    }
    return STATUS_OK;
}

/* A document, or what a List of kubectl holds. */
static enum status
look_into(struct templatelint *l, struct yaml_node *document, struct err *err)
{
    const struct yaml_node *items = templatenode_at(document, "items");
    enum status             s = STATUS_OK;

    if (!slice_ends(templatenode_text(document, "kind"), "List") || !items ||
        items->kind != YAML_SEQUENCE)
        return look(l, document, err);
    for (size_t i = 0; i < items->n && !s; i++)
        s = look(l, items->items[i], err);
    return s;
}

enum status
templatelint_file(struct templatelint *l, const char *name, struct slice body, struct err *err)
{
    struct yaml_node **documents;
    size_t             n = 0;
    enum status        s = yaml_read_stream(l->arena, name, body, &documents, &n, err);

    for (size_t i = 0; i < n && !s; i++)
        s = look_into(l, documents[i], err);
    return s;
}

void
templatelint_finish(struct templatelint *l)
{
    for (size_t i = 0; i < l->rollouts.n; i++)
        rolloutlint_beside(l, l->rollouts.at[i]);
}
