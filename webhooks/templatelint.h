/* templatelint.h - what is wrong with the objects that put a gate into a rollout.
 *
 * AnalysisTemplate, ClusterAnalysisTemplate, AnalysisRun and Rollout of Argo,
 * Canary of Flagger, alone or in a List, as YAML or JSON.  Other kinds are
 * passed over. */
#ifndef WEBHOOKS_TEMPLATELINT_H
#define WEBHOOKS_TEMPLATELINT_H

#include "base/vec.h"
#include "base/yaml.h"

enum templatelint_rule {
#define RULE(id, level, name, text) TEMPLATELINT_##id,
#include "webhooks/template_rule.def"
#undef RULE
    TEMPLATELINT_COUNT
};

enum templatelint_level { TEMPLATELINT_FAIL_OPEN, TEMPLATELINT_FAIL_SHUT, TEMPLATELINT_ADVICE };

const char             *templatelint_name(enum templatelint_rule rule);
const char             *templatelint_text(enum templatelint_rule rule);
enum templatelint_level templatelint_level(enum templatelint_rule rule);
const char             *templatelint_level_name(enum templatelint_level level);

struct templatelint_finding {
    enum templatelint_rule rule;
    const char            *file, *path;
    int                    line, column;
    const char            *object; /* "AnalysisTemplate verdict" */
    const char            *detail; /* what exactly, "" */
};

/* Lives in the arena. */
struct templatelint {
    struct arena *arena;
    VEC(struct templatelint_finding) findings;
    size_t n_objects; /* of a kind that is looked at */
    size_t left_out;  /* findings past TEMPLATELINT_MAX_FINDINGS */
    size_t n_of[3];   /* per level */
    VEC(struct yaml_node *) templates, rollouts;
};

enum { TEMPLATELINT_MAX_FINDINGS = 1000, TEMPLATELINT_MAX_OBJECTS = 10000 };

void templatelint_init(struct templatelint *l, struct arena *a);

/* Take one file in; its objects are looked at, but for what depends on other
 * files.  STATUS_SYNTAX, STATUS_LIMIT, STATUS_TOO_LARGE as yaml.h: nothing of
 * this file is looked at. */
enum status templatelint_file(struct templatelint *l, const char *name, struct slice body,
                              struct err *err) MUST_CHECK;

/* All files are in: look at Rollouts beside the templates they name. */
void templatelint_finish(struct templatelint *l);

/* For the files that know one kind each. */
void templatelint_add(struct templatelint *l, enum templatelint_rule rule, const char *object,
                      const struct yaml_node *at);
void templatelint_add_with(struct templatelint *l, enum templatelint_rule rule, const char *object,
                           const struct yaml_node *at, const char *fmt, ...) PRINTF_LIKE(5, 6);

#endif
