/* yaml2json FILE - the documents of a YAML file as one JSON array, for check.py:
 * Python's library reads no YAML.  Plain scalars get YAML 1.2's core types. */
#include "base/jsonout.h"
#include "base/wholefile.h"
#include "base/yaml.h"

#include <math.h>
#include <stdio.h>

enum { MAX_FILE_BYTES = 1 << 20, MAX_OUT_BYTES = 64 << 20 };

static void
put_scalar(struct text *out, const struct yaml_node *n)
{
    struct slice s = n->scalar;
    int64_t      integer;
    double       number;

    if (n->kind == YAML_NULL)
        text_puts(out, "null");
    else if (!n->quoted && (slice_is(s, "true") || slice_is(s, "false")))
        text_put(out, s);
    else if (!n->quoted && slice_i64(s, &integer) == STATUS_OK)
        text_printf(out, "%lld", (long long)integer);
    else if (!n->quoted && slice_double(s, &number) == STATUS_OK && isfinite(number))
        text_double(out, number);
    else
        jsonout_quote(out, s);
}

static void
put(struct text *out, const struct yaml_node *n)
{
    if (n->kind == YAML_SCALAR || n->kind == YAML_NULL) {
        put_scalar(out, n);
        return;
    }
    text_puts(out, n->kind == YAML_MAPPING ? "{" : "[");
    for (size_t i = 0; i < n->n; i++) {
        if (i)
            text_puts(out, ",");
        if (n->kind == YAML_MAPPING) {
            jsonout_quote(out, n->pairs[i].key);
            text_puts(out, ":");
        }
        put(out, n->kind == YAML_MAPPING ? n->pairs[i].value : n->items[i]);
    }
    text_puts(out, n->kind == YAML_MAPPING ? "}" : "]");
}

int
main(int argc, char **argv)
{
    struct arena       a = {0};
    struct text        body, out;
    struct err         err = {0};
    struct yaml_node **documents;
    size_t             n = 0;
    bool               whole = false;

    text_init(&body, MAX_FILE_BYTES);
    text_init(&out, MAX_OUT_BYTES);
    if (argc != 2 || wholefile_read(argv[1], &body, &err) ||
        yaml_read_stream(&a, argv[1], text_slice(&body), &documents, &n, &err)) {
        fprintf(stderr, "yaml2json: %s\n", argc == 2 ? err.text : "one FILE");
    } else {
        text_puts(&out, "[");
        for (size_t i = 0; i < n; i++) {
            if (i)
                text_puts(&out, ",");
            put(&out, documents[i]);
        }
        text_puts(&out, "]\n");
        fwrite(out.p, 1, out.n, stdout);
        whole = out.status == STATUS_OK;
    }
    text_release(&out);
    text_release(&body);
    arena_release(&a);
    return whole ? 0 : 1;
}
