#include "telemetry/filesdtext.h"

#include "base/json.h"
#include "base/vec.h"
#include "base/yaml.h"

enum { JSON_DEPTH = 8 };

struct reading {
    struct arena *arena;
    const char   *file;
    VEC(struct targetsink_target) targets;
    struct err *err;
};

static enum status
add(struct reading *r, struct slice address, const struct tsdb_label *labels, size_t n)
{
    if (r->targets.n == FILESDTEXT_MAX_TARGETS)
        return err_set(r->err, STATUS_LIMIT, "%.150s: more than %d targets", r->file,
                       FILESDTEXT_MAX_TARGETS);
    VEC_PUSH(r->arena, &r->targets,
             (struct targetsink_target){.address = address, .labels = labels, .n_labels = n});
    return STATUS_OK;
}

static enum status
yaml_labels(struct reading *r, const struct yaml_node *node, struct tsdb_label **out, size_t *n)
{
    *out = NULL;
    *n = 0;
    if (!node || node->kind == YAML_NULL)
        return STATUS_OK;
    if (node->kind != YAML_MAPPING)
        return yaml_error(node, r->err, STATUS_SYNTAX, "labels are a mapping of names to texts");
    *out = arena_array(r->arena, node->n, sizeof **out);
    for (size_t i = 0; i < node->n; i++) {
        const struct yaml_node *value = node->pairs[i].value;

        if (value->kind != YAML_SCALAR && value->kind != YAML_NULL)
            return yaml_error(value, r->err, STATUS_SYNTAX, "a label's value is a text");
        if (!node->pairs[i].key.n)
            return yaml_error(value, r->err, STATUS_SYNTAX, "a label has an empty name");
        (*out)[(*n)++] = (struct tsdb_label){node->pairs[i].key, value->scalar};
    }
    return STATUS_OK;
}

static enum status
yaml_group(struct reading *r, const struct yaml_node *node)
{
    const struct yaml_node *targets = yaml_get(node, "targets");
    struct tsdb_label      *labels;
    size_t                  n;
    enum status             s;

    for (size_t i = 0; i < node->n; i++)
        if (!slice_is(node->pairs[i].key, "targets") && !slice_is(node->pairs[i].key, "labels"))
            return yaml_error(node->pairs[i].value, r->err, STATUS_SYNTAX,
                              "a group has targets and labels, nothing else");
    s = yaml_labels(r, yaml_get(node, "labels"), &labels, &n);
    if (s || !targets || targets->kind == YAML_NULL)
        return s;
    if (targets->kind != YAML_SEQUENCE)
        return yaml_error(targets, r->err, STATUS_SYNTAX, "targets are a list of addresses");
    for (size_t i = 0; !s && i < targets->n; i++)
        s = targets->items[i]->kind == YAML_SCALAR
                ? add(r, targets->items[i]->scalar, labels, n)
                : yaml_error(targets->items[i], r->err, STATUS_SYNTAX, "a target is a text");
    return s;
}

static enum status
read_yaml(struct reading *r, struct slice body)
{
    struct yaml_node *root;
    enum status       s = yaml_read(r->arena, r->file, body, &root, r->err);

    if (s || root->kind == YAML_NULL)
        return s;
    if (root->kind != YAML_SEQUENCE)
        return yaml_error(root, r->err, STATUS_SYNTAX, "a list of target groups is wanted");
    for (size_t i = 0; !s && i < root->n; i++)
        s = root->items[i]->kind == YAML_MAPPING
                ? yaml_group(r, root->items[i])
                : yaml_error(root->items[i], r->err, STATUS_SYNTAX,
                             "a group is a mapping of targets and labels");
    return s;
}

static struct slice
keep_text(struct reading *r, const json_t *v)
{
    return arena_slice(r->arena, json_slice(v));
}

static enum status
json_wrong(struct reading *r, size_t group, const char *what)
{
    return err_set(r->err, STATUS_SYNTAX, "%.150s: [%zu]: %s", r->file, group, what);
}

static enum status
json_group(struct reading *r, size_t at, json_t *group)
{
    json_t            *labels = json_object_get(group, "labels"), *v;
    json_t            *targets = json_object_get(group, "targets");
    struct tsdb_label *l = NULL;
    size_t             n = 0, i;
    const char        *key;
    enum status        s = STATUS_OK;

    json_object_foreach(group, key, v)
    {
        if (strcmp(key, "targets") != 0 && strcmp(key, "labels") != 0)
            return json_wrong(r, at, "a group has targets and labels, nothing else");
    }
    if (labels && !json_is_null(labels)) {
        if (!json_is_object(labels))
            return json_wrong(r, at, "labels are an object of texts");
        l = arena_array(r->arena, json_object_size(labels), sizeof *l);
        json_object_foreach(labels, key, v)
        {
            if (!json_is_string(v))
                return json_wrong(r, at, "a label's value is a text");
            if (!*key)
                return json_wrong(r, at, "a label has an empty name");
            l[n++] = (struct tsdb_label){arena_slice(r->arena, slice_of(key)), keep_text(r, v)};
        }
    }
    if (!targets || json_is_null(targets))
        return STATUS_OK;
    if (!json_is_array(targets))
        return json_wrong(r, at, "targets are a list of addresses");
    json_array_foreach(targets, i, v)
    {
        if (!s)
            s = json_is_string(v) ? add(r, keep_text(r, v), l, n)
                                  : json_wrong(r, at, "a target is a text");
    }
    return s;
}

static enum status
read_json(struct reading *r, struct slice body)
{
    json_t     *root = NULL, *group;
    enum status s = json_parse(body, JSON_DEPTH, &root, r->err);
    size_t      i;

    if (s)
        return err_wrap(r->err, "%.150s", r->file);
    if (!json_is_array(root))
        s = err_set(r->err, STATUS_SYNTAX, "%.150s: a list of target groups is wanted", r->file);
    json_array_foreach(root, i, group)
    {
        if (!s)
            s = json_is_object(group)
                    ? json_group(r, i, group)
                    : json_wrong(r, i, "a group is an object of targets and labels");
    }
    json_decref(root);
    return s;
}

enum status
filesdtext_read(struct arena *a, const char *file, struct slice body,
                struct targetsink_target **out, size_t *n, struct err *err)
{
    struct reading r = {.arena = a, .file = file, .err = err};
    enum status s = slice_ends(slice_of(file), ".json") ? read_json(&r, body) : read_yaml(&r, body);

    *out = r.targets.at;
    *n = r.targets.n;
    return s;
}
