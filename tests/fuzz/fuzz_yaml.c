/* The YAML reader takes any bytes; the tree it returns is whole and in bounds. */
#include "base/yaml.h"

#include <assert.h>

int         LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
const char *__lsan_default_suppressions(void);

/* libfyaml 0.7.12 loses its text buffer (2 KiB) for some quoted keys, such as
 * ? with many doubled quotes.  Memory of ours is still looked after. */
const char *
__lsan_default_suppressions(void)
{
    return "leak:libfyaml.so";
}

static size_t
walk(const struct yaml_node *node, int depth)
{
    size_t seen = 1;

    assert(depth <= 64 && node->line > 0 && node->column > 0 && node->path);
    assert(!node->scalar.n || !memchr(node->scalar.p, '\0', node->scalar.n));
    for (size_t i = 0; i < node->n; i++) {
        if (node->kind == YAML_MAPPING)
            assert(yaml_get(node, node->pairs[i].key.p) == node->pairs[i].value);
        seen += walk(node->kind == YAML_MAPPING ? node->pairs[i].value : node->items[i], depth + 1);
    }
    return seen;
}

/* Several documents, in which a node may stand in several places. */
static void
read_stream(struct slice body)
{
    struct arena       a = {0};
    struct err         err = {0};
    struct yaml_node **documents = NULL;
    size_t             n = 0;

    if (yaml_read_stream(&a, "fuzz", body, &documents, &n, &err))
        assert(strncmp(err.text, "fuzz:", 5) == 0);
    for (size_t i = 0; i < n; i++)
        assert(walk(documents[i], 0) == documents[i]->nodes);
    arena_release(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena      a = {0};
    struct err        err = {0};
    struct yaml_node *root = NULL;
    enum status       s;

    s = yaml_read(&a, "fuzz", (struct slice){(const char *)data, n}, &root, &err);
    if (s)
        assert(err.status == s && strncmp(err.text, "fuzz:", 5) == 0);
    else
        assert(walk(root, 0) <= 100000);
    arena_release(&a);
    read_stream((struct slice){(const char *)data, n});
    return 0;
}
