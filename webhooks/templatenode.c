#include "webhooks/templatenode.h"

const struct yaml_node *
templatenode_at(const struct yaml_node *from, const char *path)
{
    struct slice rest = slice_of(path);

    while (from && rest.n) {
        struct slice            key = slice_cut(&rest, '.');
        const struct yaml_node *child = NULL;

        for (size_t i = 0; i < (from->kind == YAML_MAPPING ? from->n : 0) && !child; i++)
            if (slice_equal(from->pairs[i].key, key))
                child = from->pairs[i].value;
        from = child;
    }
    return from && from->kind != YAML_NULL ? from : NULL;
}

struct slice
templatenode_text(const struct yaml_node *from, const char *path)
{
    const struct yaml_node *n = templatenode_at(from, path);

    return n && n->kind == YAML_SCALAR ? n->scalar : (struct slice){0};
}

int64_t
templatenode_integer(const struct yaml_node *from, const char *path, int64_t absent)
{
    int64_t value;

    return slice_i64(templatenode_text(from, path), &value) ? absent : value;
}

bool
templatenode_true(const struct yaml_node *from, const char *path)
{
    return slice_is(templatenode_text(from, path), "true");
}

int64_t
templatenode_duration_ms(const struct yaml_node *from, const char *path)
{
    int64_t ms;

    return slice_duration_ms(templatenode_text(from, path), &ms) ? -1 : ms;
}

bool
templatenode_has(struct slice text, const char *part)
{
    return text.n && memmem(text.p, text.n, part, strlen(part));
}

const char *
templatenode_object(struct arena *a, const struct yaml_node *document)
{
    struct slice kind = templatenode_text(document, "kind");
    struct slice name = templatenode_text(document, "metadata.name");

    return arena_printf(a, "%.*s %.*s", (int)(kind.n < 63 ? kind.n : 63), kind.p,
                        (int)(name.n < 253 ? name.n : 253), name.p ? name.p : "");
}
