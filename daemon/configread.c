#include "daemon/configread.h"

#include "base/nearest.h"
#include "daemon/config.h"
#include "daemon/configtext.h"
#include "daemon/configvalue.h"

enum { MAX_KEY_BYTES = 128, MAX_LABEL_VALUE_BYTES = 253 };

/* Where a mapping goes. */
struct into {
    enum configtable_section section;
    void                    *object;
    const char *const       *also; /* at the top of the section */
    struct arena            *arena;
    struct configreport     *report;
};

static const char *
kind_text(const struct yaml_node *node)
{
    static const char *const texts[] = {[YAML_NULL] = "empty",
                                        [YAML_SCALAR] = "a single value",
                                        [YAML_MAPPING] = "a mapping",
                                        [YAML_SEQUENCE] = "a list"};

    return texts[node->kind];
}

bool
configread_is_mapping(const struct yaml_node *node, struct configreport *report)
{
    if (node->kind == YAML_MAPPING)
        return true;
    configreport_add(report, node, "must be a mapping, {key: value}, and is %s", kind_text(node));
    return false;
}

static bool
is_scalar(const struct yaml_node *node, struct configreport *report)
{
    if (node->kind == YAML_SCALAR)
        return true;
    if (node->kind == YAML_NULL)
        configreport_add(report, node, "is empty: give a value or remove the key");
    else
        configreport_add(report, node, "must be a single value, and is %s", kind_text(node));
    return false;
}

const struct yaml_node *
configread_at(const struct yaml_node *node, const char *key)
{
    struct slice rest = slice_of(key);

    while (rest.p && node->kind == YAML_MAPPING) {
        struct slice      part = slice_cut(&rest, '.');
        struct yaml_node *next = NULL;

        for (size_t i = 0; i < node->n && !next; i++)
            if (slice_equal(node->pairs[i].key, part))
                next = node->pairs[i].value;
        if (!next)
            break;
        node = next;
    }
    return node;
}

static void
read_headers(const struct into *in, const struct configtable_row *row, const struct yaml_node *node)
{
    struct config_headers *h = (void *)((char *)in->object + row->offset);
    uint64_t               max = 0;

    if (!configread_is_mapping(node, in->report))
        return;
    (void)!slice_u64(slice_of(row->max), &max);
    if (node->n > max) {
        configreport_add(in->report, node, "more than %s headers", row->max);
        return;
    }
    h->at = arena_array(in->arena, node->n, sizeof *h->at);
    for (size_t i = 0; i < node->n; i++) {
        const struct yaml_pair *p = &node->pairs[i];
        struct err              err = {0};

        if (!is_scalar(p->value, in->report))
            continue;
        if (configtext_header(p->key, p->value->scalar, &err)) {
            configreport_add_key(in->report, p, "%s", err.text);
            continue;
        }
        h->at[h->n++] = (struct fetch_header){.name = arena_text(in->arena, p->key),
                                              .value = arena_text(in->arena, p->value->scalar)};
    }
}

static void
read_labels(const struct into *in, const struct configtable_row *row, const struct yaml_node *node)
{
    struct config_labels *l = (void *)((char *)in->object + row->offset);
    uint64_t              max = 0;

    if (!configread_is_mapping(node, in->report))
        return;
    (void)!slice_u64(slice_of(row->max), &max);
    if (node->n < 1 || node->n > max) {
        configreport_add(in->report, node, "has %zu labels, not %s to %s", node->n, row->min,
                         row->max);
        return;
    }
    l->at = arena_array(in->arena, node->n, sizeof *l->at);
    for (size_t i = 0; i < node->n; i++) {
        const struct yaml_pair *p = &node->pairs[i];
        struct err              err = {0};

        if (!is_scalar(p->value, in->report))
            continue;
        if (configtext_label_name(p->key, &err)) {
            configreport_add_key(in->report, p, "%s", err.text);
            continue;
        }
        if (p->value->scalar.n > MAX_LABEL_VALUE_BYTES ||
            configtext_plain(p->value->scalar, &err)) {
            configreport_add(in->report, p->value, "%s",
                             *err.text ? err.text : "a label's value has at most 253 bytes");
            continue;
        }
        l->at[l->n++] = (struct preset_match){.label = arena_text(in->arena, p->key),
                                              .value = arena_text(in->arena, p->value->scalar)};
    }
}

static void
read_scalar(const struct into *in, const struct configtable_row *row, const struct yaml_node *node)
{
    struct err err = {0};

    if (!is_scalar(node, in->report))
        return;
    if (node->quoted && configvalue_is_bare(row)) {
        configreport_add(in->report, node, "is text because of its quotes: write it without");
        return;
    }
    if (row->value && !strcmp(row->value, "auto") && slice_is(node->scalar, "auto"))
        return;
    if (configvalue_set(row, node->scalar, in->object, in->arena, &err))
        configreport_add(in->report, node, "%s", err.text);
}

static void
read_list(const struct into *in, const struct configtable_row *row, const struct yaml_node *node)
{
    uint64_t min = 0;

    if (node->kind != YAML_SEQUENCE) {
        configreport_add(in->report, node, "must be a list, [a, b], and is %s", kind_text(node));
        return;
    }
    (void)!slice_u64(slice_of(row->min), &min);
    if (node->n < min) {
        configreport_add(in->report, node, "needs at least %s item", row->min);
        return;
    }
    configvalue_clear(row, in->object);
    for (size_t i = 0; i < node->n; i++)
        read_scalar(in, row, node->items[i]);
}

static void
read_value(const struct into *in, const struct configtable_row *row, const struct yaml_node *node)
{
    if (row->type == CONFIGTABLE_HEADERS)
        read_headers(in, row, node);
    else if (row->type == CONFIGTABLE_LABELS)
        read_labels(in, row, node);
    else if (configvalue_is_list(row))
        read_list(in, row, node);
    else
        read_scalar(in, row, node);
}

/* What stands behind the prefix, if the whole key lies directly in it. */
static void
offer(struct nearest *near, const char *key, const char *prefix)
{
    if (configtable_in(key, prefix))
        nearest_offer(near, slice_of(key + strlen(prefix)));
}

static void
refuse_unknown(const struct into *in, const struct yaml_pair *p, const char *prefix)
{
    struct nearest                  near = nearest_to(p->key);
    size_t                          n;
    const struct configtable_row   *rows = configtable_rows(&n);
    const struct configtable_group *groups;

    for (size_t i = 0; i < n; i++)
        if (rows[i].section == in->section)
            offer(&near, rows[i].key, prefix);
    groups = configtable_groups(&n);
    for (size_t i = 0; i < n; i++)
        if (groups[i].section == in->section)
            offer(&near, groups[i].key, prefix);
    for (size_t i = 0; in->also && !*prefix && in->also[i]; i++)
        nearest_offer(&near, slice_of(in->also[i]));
    if (near.best.n)
        configreport_add_key(in->report, p, "unknown key; did you mean %.*s?",
                             SLICE_ARG(near.best));
    else
        configreport_add_key(in->report, p, "unknown key; docs/CONFIG.md lists all");
}

/* Keys of the mapping that must be written and are not; defaults of second names. */
static void
complete_group(const struct into *in, const struct yaml_node *node, const char *prefix)
{
    size_t                        n;
    const struct configtable_row *rows = configtable_rows(&n);

    for (size_t i = 0; i < n; i++) {
        const char *name;

        if (rows[i].section != in->section || !configtable_in(rows[i].key, prefix))
            continue;
        name = rows[i].key + strlen(prefix);
        if (rows[i].alias)
            configvalue_default(&rows[i], in->object, in->arena);
        if (!rows[i].value && !yaml_get(node, name))
            configreport_add(in->report, node, "%s is missing: %s", name, rows[i].help);
    }
}

static void read_mapping(const struct into *in, const struct yaml_node *node, const char *prefix);

static void
read_group(const struct into *in, const struct configtable_group *g, const struct yaml_node *parent,
           const struct yaml_pair *p)
{
    if (*g->off && p->value->kind == YAML_SCALAR) {
        if (!slice_is(p->value->scalar, g->off))
            configreport_add(in->report, p->value, "must be %s or a mapping", g->off);
        return;
    }
    if (*g->same_as && yaml_get(parent, g->same_as)) {
        configreport_add_key(in->report, p, "is another name for %s, which is here too: keep one",
                             g->same_as);
        return;
    }
    if (!configread_is_mapping(p->value, in->report))
        return;
    if (g->has_on)
        *(bool *)((char *)in->object + g->on) = true;
    read_mapping(in, p->value, arena_printf(in->arena, "%s.", g->key));
}

static bool
is_also(const struct into *in, struct slice key, const char *prefix)
{
    for (size_t i = 0; in->also && !*prefix && in->also[i]; i++)
        if (slice_is(key, in->also[i]))
            return true;
    return false;
}

static void
read_pair(const struct into *in, const struct yaml_node *mapping, const struct yaml_pair *p,
          const char *prefix)
{
    const struct configtable_row   *row;
    const struct configtable_group *group;
    const char                     *key;

    if (is_also(in, p->key, prefix))
        return;
    /* A dot would let a key be found by its path from outside its mapping. */
    if (p->key.n > MAX_KEY_BYTES || memchr(p->key.p, '.', p->key.n)) {
        refuse_unknown(in, p, prefix);
        return;
    }
    key = arena_printf(in->arena, "%s%.*s", prefix, SLICE_ARG(p->key));
    row = configtable_row(in->section, key);
    group = configtable_group(in->section, key);
    if (row)
        read_value(in, row, p->value);
    else if (group)
        read_group(in, group, mapping, p);
    else
        refuse_unknown(in, p, prefix);
}

static void
read_mapping(const struct into *in, const struct yaml_node *node, const char *prefix)
{
    complete_group(in, node, prefix);
    for (size_t i = 0; i < node->n; i++)
        read_pair(in, node, &node->pairs[i], prefix);
}

void
configread_defaults(enum configtable_section section, void *object, struct arena *a)
{
    size_t                        n;
    const struct configtable_row *rows = configtable_rows(&n);

    for (size_t i = 0; i < n; i++)
        if (rows[i].section == section && !rows[i].alias)
            configvalue_default(&rows[i], object, a);
}

void
configread_section(enum configtable_section section, const struct yaml_node *node, void *object,
                   const char *const *also, struct arena *a, struct configreport *report)
{
    struct into in = {section, object, also, a, report};

    configread_defaults(section, object, a);
    if (configread_is_mapping(node, report))
        read_mapping(&in, node, "");
}
