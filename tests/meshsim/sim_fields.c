#include "tests/meshsim/sim_fields.h"

#include "base/nearest.h"

enum { TEXT_MAX_BYTES = 253 };

enum status
sim_fields_want(const struct yaml_node *node, enum yaml_kind kind, struct err *err)
{
    static const char *const name[] = {[YAML_NULL] = "nothing",
                                       [YAML_SCALAR] = "a single value",
                                       [YAML_MAPPING] = "a mapping of keys to values",
                                       [YAML_SEQUENCE] = "a list"};

    if (node->kind == kind)
        return STATUS_OK;
    return yaml_error(node, err, STATUS_SYNTAX, "must be %s, not %s", name[kind], name[node->kind]);
}

static enum status
read_text(struct arena *a, const struct yaml_node *node, const char **to, struct err *err)
{
    if (node->scalar.n > TEXT_MAX_BYTES || (node->scalar.n == 0 && !node->quoted))
        return yaml_error(node, err, STATUS_RANGE, "must be text of 1 to %d bytes", TEXT_MAX_BYTES);
    if (!slice_utf8(node->scalar))
        return yaml_error(node, err, STATUS_SYNTAX, "must be UTF-8");
    *to = arena_text(a, node->scalar);
    return STATUS_OK;
}

static enum status
read_number(const struct yaml_node *node, const struct sim_field *f, double *to, struct err *err)
{
    double v;

    if (node->quoted || slice_double(node->scalar, &v))
        return yaml_error(node, err, STATUS_SYNTAX, "must be a number");
    if (!(v >= f->min && v <= f->max))
        return yaml_error(node, err, STATUS_RANGE, "must be %g to %g", f->min, f->max);
    *to = v;
    return STATUS_OK;
}

static enum status
read_count(const struct yaml_node *node, const struct sim_field *f, uint32_t *to, struct err *err)
{
    uint64_t v;

    if (node->quoted || slice_u64(node->scalar, &v))
        return yaml_error(node, err, STATUS_SYNTAX, "must be a whole number");
    if ((double)v < f->min || (double)v > f->max)
        return yaml_error(node, err, STATUS_RANGE, "must be %g to %g", f->min, f->max);
    *to = (uint32_t)v;
    return STATUS_OK;
}

static enum status
read_duration(const struct yaml_node *node, const struct sim_field *f, int64_t *to, struct err *err)
{
    int64_t ms;

    if (slice_duration_ms(node->scalar, &ms))
        return yaml_error(node, err, STATUS_SYNTAX, "must be a duration such as 1m30s or 250ms");
    if ((double)ms < f->min || (double)ms > f->max)
        return yaml_error(node, err, STATUS_RANGE, "must be %g to %g ms", f->min, f->max);
    *to = ms * 1000;
    return STATUS_OK;
}

enum status
sim_fields_scalar(struct arena *a, const struct yaml_node *node, const struct sim_field *field,
                  void *to, struct err *err)
{
    enum status st = sim_fields_want(node, YAML_SCALAR, err);

    if (st)
        return st;
    switch (field->kind) {
    case SIM_FIELD_TEXT:
        return read_text(a, node, to, err);
    case SIM_FIELD_NUMBER:
        return read_number(node, field, to, err);
    case SIM_FIELD_COUNT:
        return read_count(node, field, to, err);
    case SIM_FIELD_DURATION:
        return read_duration(node, field, to, err);
    case SIM_FIELD_BOOL:
        if (!slice_is(node->scalar, "true") && !slice_is(node->scalar, "false"))
            return yaml_error(node, err, STATUS_SYNTAX, "must be true or false");
        *(bool *)to = slice_is(node->scalar, "true");
        return STATUS_OK;
    case SIM_FIELD_NODE:
        break;
    }
    return STATUS_OK;
}

static enum status
read_one(struct arena *a, const struct yaml_node *value, const struct sim_field *f, void *base,
         struct err *err)
{
    void *to = (char *)base + f->offset;

    if (f->kind != SIM_FIELD_NODE)
        return sim_fields_scalar(a, value, f, to, err);
    *(const struct yaml_node **)to = value;
    return STATUS_OK;
}

static enum status
unknown_key(const struct yaml_pair *p, const struct sim_field *fields, size_t n, struct err *err)
{
    struct nearest near = nearest_to(p->key);

    for (size_t i = 0; i < n; i++)
        nearest_offer(&near, slice_of(fields[i].key));
    return yaml_error(p->value, err, STATUS_SYNTAX, "unknown key%s%.*s%s",
                      near.best.n ? ", did you mean \"" : "", SLICE_ARG(near.best),
                      near.best.n ? "\"?" : "");
}

enum status
sim_fields_read(struct arena *a, const struct yaml_node *map, const struct sim_field *fields,
                size_t n, void *base, struct err *err)
{
    enum status st = sim_fields_want(map, YAML_MAPPING, err);

    for (size_t i = 0; !st && i < map->n; i++) {
        const struct sim_field *f = fields;

        while (f < fields + n && !slice_is(map->pairs[i].key, f->key))
            f++;
        if (f == fields + n)
            return unknown_key(&map->pairs[i], fields, n, err);
        st = read_one(a, map->pairs[i].value, f, base, err);
    }
    for (size_t i = 0; !st && i < n; i++) {
        if (fields[i].required && !yaml_get(map, fields[i].key))
            st = yaml_error(map, err, STATUS_SYNTAX, "needs the key \"%s\"", fields[i].key);
    }
    return st;
}
