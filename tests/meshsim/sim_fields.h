/* sim_fields.h - a YAML mapping into a struct, by a table of its keys. */
#ifndef MESHSIM_SIM_FIELDS_H
#define MESHSIM_SIM_FIELDS_H

#include "base/yaml.h"

/* What a key's value is, and the type of the member at `offset`. */
enum sim_field_kind {
    SIM_FIELD_TEXT,     /* const char *; 1 .. 253 bytes of UTF-8, "" only in quotes */
    SIM_FIELD_NUMBER,   /* double within min and max */
    SIM_FIELD_COUNT,    /* uint32_t within min and max */
    SIM_FIELD_DURATION, /* int64_t microseconds, written "1m30s"; min and max in ms */
    SIM_FIELD_BOOL,     /* bool */
    SIM_FIELD_NODE      /* const struct yaml_node *: the caller reads it */
};

struct sim_field {
    const char         *key;
    enum sim_field_kind kind;
    size_t              offset;
    bool                required;
    double              min, max;
};

/* Members of absent keys keep what they have.  Keys that are not in the table
 * are refused.  Texts live in the arena. */
enum status sim_fields_read(struct arena *a, const struct yaml_node *map,
                            const struct sim_field *fields, size_t n, void *base,
                            struct err *err) MUST_CHECK;

/* One scalar as one of the kinds but NODE; `base` is where it goes. */
enum status sim_fields_scalar(struct arena *a, const struct yaml_node *node,
                              const struct sim_field *field, void *to, struct err *err) MUST_CHECK;

/* STATUS_SYNTAX unless the node is of that kind. */
enum status sim_fields_want(const struct yaml_node *node, enum yaml_kind kind,
                            struct err *err) MUST_CHECK;

#endif
