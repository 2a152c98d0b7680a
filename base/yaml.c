#include "base/yaml.h"

#include "base/hash.h"
#include "base/text.h"
#include "base/vec.h"
#include "base/wholefile.h"

#include <libfyaml.h>
#include <stdarg.h>
#include <stdio.h>

/* Merging looks each key up among those there: quadratic. */
enum { MAX_BYTES = 1 << 20, MAX_DEPTH = 64, MAX_NODES = 100000, MAX_MERGED = 1000 };

/* Paths serve errors only; bounded, long keys over many nodes do not multiply. */
enum { PATH_KEY_CHARS = 60, PATH_BYTES = 240 };

static const char merge_key[] = "<<";
static const char no_aliases[] = "anchors and aliases are not supported";

static const char too_many_nodes[] = "more than 100000 nodes";
static const char too_deep[] = "nested more than 64 levels deep";

/* A name for a node that comes later in the document. */
struct anchor {
    struct slice      name;
    struct yaml_node *node;
};

/* A container whose end has not come yet. */
struct open_node {
    struct yaml_node *node;
    VEC(struct yaml_pair) pairs;
    VEC(struct yaml_node *) items;
    bool              has_key;
    struct yaml_pair  pair;
    struct yaml_node *merge; /* what "<<" says, taken in at the end */
};

struct reader {
    struct arena     *arena;
    const char       *file;
    struct fy_parser *parser;
    struct err       *err;
    bool              stream; /* several documents, aliases */
    struct yaml_node *root;   /* of the document at hand */
    VEC(struct yaml_node *) documents;
    VEC(struct anchor) anchors;  /* of the document at hand */
    bool             has_anchor; /* the node that is made next is named */
    struct slice     anchor;
    struct open_node open[MAX_DEPTH];
    size_t           depth, n_nodes, n_documents;
    int              line, column; /* of the event at hand */
};

static enum status
refuse(const struct reader *r, enum status s, const char *what)
{
    return err_set(r->err, s, "%s:%d:%d: %s", r->file, r->line, r->column, what);
}

static struct open_node *
innermost(struct reader *r)
{
    return r->depth ? &r->open[r->depth - 1] : NULL;
}

/* "services[2].name" of the node that comes next. */
static const char *
next_path(struct reader *r)
{
    const struct open_node *in = innermost(r);
    const char             *parent = in ? in->node->path : "";
    struct slice            key;

    if (!in)
        return "";
    if (strlen(parent) > PATH_BYTES)
        parent = "...";
    if (in->node->kind == YAML_SEQUENCE)
        return arena_printf(r->arena, "%s[%zu]", parent, in->items.n);
    key = in->pair.key;
    return arena_printf(r->arena, "%s%s%.*s%s", parent, *parent ? "." : "",
                        (int)(key.n < PATH_KEY_CHARS ? key.n : PATH_KEY_CHARS), key.p,
                        key.n > PATH_KEY_CHARS ? "..." : "");
}

static struct yaml_node *
new_node(struct reader *r, enum yaml_kind kind)
{
    struct yaml_node *n = arena_new(r->arena, struct yaml_node);

    n->kind = kind;
    n->line = r->line;
    n->column = r->column;
    n->file = r->file;
    n->path = next_path(r);
    n->levels = n->nodes = 1;
    if (r->has_anchor)
        VEC_PUSH(r->arena, &r->anchors, (struct anchor){.name = r->anchor, .node = n});
    r->has_anchor = false;
    return n;
}

/* A quoted "<<" is no merge key; on_key() gives it another address. */
static bool
is_merge(const struct reader *r, struct slice key)
{
    return r->stream && key.p == merge_key;
}

/* Put a finished or just opened node where it belongs. */
static void
place(struct reader *r, struct yaml_node *n)
{
    struct open_node *in = innermost(r);

    if (!in) {
        r->root = n;
    } else if (in->node->kind == YAML_MAPPING && is_merge(r, in->pair.key)) {
        in->merge = n;
        in->has_key = false;
    } else if (in->node->kind == YAML_SEQUENCE) {
        VEC_PUSH(r->arena, &in->items, n);
    } else {
        in->pair.value = n;
        VEC_PUSH(r->arena, &in->pairs, in->pair);
        in->has_key = false;
    }
}

static bool
wants_key(struct reader *r)
{
    const struct open_node *in = innermost(r);

    return in && in->node->kind == YAML_MAPPING && !in->has_key;
}

static enum status
on_key(struct reader *r, struct slice text, bool quoted)
{
    struct open_node *in = innermost(r);
    bool              merge = !quoted && slice_is(text, merge_key);

    if (merge && !r->stream)
        return refuse(r, STATUS_SYNTAX, "merge keys are not supported: write the keys out");
    if (merge && in->merge)
        return refuse(r, STATUS_SYNTAX, "a second merge key; one takes a list");
    in->pair = (struct yaml_pair){.key = merge ? slice_of(merge_key) : arena_slice(r->arena, text),
                                  .line = r->line,
                                  .column = r->column};
    in->has_key = true;
    return STATUS_OK;
}

static enum status
on_scalar(struct reader *r, const struct fy_event *e)
{
    static const char *const null_text[] = {"", "~", "null", "Null", "NULL"};
    struct slice             text = {0};
    struct yaml_node        *n;
    enum fy_scalar_style     style =
        e->scalar.value ? fy_token_scalar_style(e->scalar.value) : FYSS_PLAIN;
    bool quoted = style != FYSS_PLAIN;

    if (e->scalar.value)
        text.p = fy_token_get_text(e->scalar.value, &text.n);
    if (!text.p)
        text.n = 0;
    if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED)
        r->column--; /* libfyaml marks what follows the quote */
    /* "\0" in double quotes is the one way left for a NUL to come in. */
    if (text.n && memchr(text.p, '\0', text.n))
        return refuse(r, STATUS_SYNTAX, "a NUL character is not allowed");
    if (wants_key(r))
        return on_key(r, text, quoted);
    n = new_node(r, YAML_SCALAR);
    n->quoted = quoted;
    n->scalar = arena_slice(r->arena, text);
    for (size_t i = 0; i < ARRAY_LEN(null_text) && !quoted; i++)
        if (slice_is(text, null_text[i]))
            n->kind = YAML_NULL;
    place(r, n);
    return STATUS_OK;
}

static enum status
on_open(struct reader *r, enum yaml_kind kind)
{
    struct yaml_node *n;

    if (wants_key(r))
        return refuse(r, STATUS_SYNTAX, "a key must be a plain or quoted text");
    if (r->depth == MAX_DEPTH)
        return refuse(r, STATUS_LIMIT, too_deep);
    n = new_node(r, kind);
    place(r, n);
    r->open[r->depth++] = (struct open_node){.node = n};
    return STATUS_OK;
}

static enum status
check_duplicates(const struct reader *r, const struct yaml_node *mapping)
{
    struct hash_map seen = {0};
    enum status     s = STATUS_OK;

    for (size_t i = 0; i < mapping->n && !s; i++) {
        struct yaml_pair       *p = &mapping->pairs[i];
        const struct yaml_pair *first = hash_get(&seen, p->key);

        if (first)
            s = err_set(r->err, STATUS_SYNTAX,
                        "%s:%d:%d: %s: duplicate key, already given on line %d", r->file, p->line,
                        p->column, p->value->path, first->line);
        hash_set(&seen, p->key, p);
    }
    hash_release(&seen);
    return s;
}

static struct yaml_node *
value_of(const struct yaml_pair *pairs, size_t n, struct slice key)
{
    for (size_t i = 0; i < n; i++)
        if (slice_equal(pairs[i].key, key))
            return pairs[i].value;
    return NULL;
}

/* What the container itself does not say. */
static enum status
merge_one(struct reader *r, struct open_node *in, const struct yaml_node *from)
{
    if (from->kind != YAML_MAPPING)
        return refuse(r, STATUS_SYNTAX, "a merge key takes a mapping, or a list of mappings");
    if (from->n > MAX_MERGED || in->pairs.n > MAX_MERGED)
        return refuse(r, STATUS_LIMIT, "a merge key with more than 1000 keys");
    for (size_t i = 0; i < from->n; i++) {
        const struct yaml_pair *p = &from->pairs[i];

        if (++r->n_nodes > MAX_NODES)
            return refuse(r, STATUS_LIMIT, too_many_nodes);
        if (!value_of(in->pairs.at, in->pairs.n, p->key))
            VEC_PUSH(r->arena, &in->pairs, *p);
    }
    return STATUS_OK;
}

static enum status
merge(struct reader *r, struct open_node *in)
{
    const struct yaml_node *from = in->merge;
    enum status             s = STATUS_OK;

    if (!from)
        return STATUS_OK;
    if (from->kind != YAML_SEQUENCE)
        return merge_one(r, in, from);
    for (size_t i = 0; i < from->n && !s; i++)
        s = merge_one(r, in, from->items[i]);
    return s;
}

/* How deep and how large it is with its aliases written out. */
static enum status
measure(const struct reader *r, struct yaml_node *n)
{
    n->levels = 0;
    for (size_t i = 0; i < n->n; i++) {
        const struct yaml_node *child = n->kind == YAML_MAPPING ? n->pairs[i].value : n->items[i];

        n->nodes += child->nodes;
        if (n->levels < child->levels)
            n->levels = child->levels;
    }
    n->levels++;
    if (n->nodes > MAX_NODES)
        return refuse(r, STATUS_LIMIT, too_many_nodes);
    return r->depth + n->levels > MAX_DEPTH + 1 ? refuse(r, STATUS_LIMIT, too_deep) : STATUS_OK;
}

static enum status
on_close(struct reader *r)
{
    struct open_node *in = innermost(r);
    enum status       s = STATUS_OK;

    r->depth--;
    if (in->node->kind == YAML_SEQUENCE) {
        in->node->items = in->items.at;
        in->node->n = in->items.n;
    } else {
        in->node->pairs = in->pairs.at;
        in->node->n = in->pairs.n;
        s = check_duplicates(r, in->node);
        if (!s)
            s = merge(r, in);
        in->node->pairs = in->pairs.at;
        in->node->n = in->pairs.n;
    }
    return s ? s : measure(r, in->node);
}

static bool
is_open(const struct reader *r, const struct yaml_node *n)
{
    for (size_t i = 0; i < r->depth; i++)
        if (r->open[i].node == n)
            return true;
    return false;
}

/* The last anchor of that name counts (YAML 1.2.2, 7.1). */
static enum status
on_alias(struct reader *r, const struct fy_event *e)
{
    struct slice name = {0};

    if (!r->stream)
        return refuse(r, STATUS_SYNTAX, no_aliases);
    r->column--; /* libfyaml marks what follows the asterisk */
    if (wants_key(r))
        return refuse(r, STATUS_SYNTAX, "a key must be a plain or quoted text");
    if (e->alias.anchor)
        name.p = fy_token_get_text(e->alias.anchor, &name.n);
    for (size_t i = r->anchors.n; i-- > 0;) {
        struct yaml_node *node = r->anchors.at[i].node;

        if (!slice_equal(r->anchors.at[i].name, name))
            continue;
        if (is_open(r, node))
            return refuse(r, STATUS_SYNTAX, "an alias inside of what it stands for");
        place(r, node);
        return STATUS_OK;
    }
    return refuse(r, STATUS_SYNTAX, "an alias of no anchor before it");
}

/* The node that comes next has this name. */
static enum status
note_anchor(struct reader *r, struct fy_token *anchor)
{
    struct slice name = {0};

    if (!r->stream)
        return refuse(r, STATUS_SYNTAX, no_aliases);
    if (wants_key(r))
        return refuse(r, STATUS_SYNTAX, "an anchor at a key is not supported");
    name.p = fy_token_get_text(anchor, &name.n);
    r->anchor = arena_slice(r->arena, name);
    r->has_anchor = true;
    return STATUS_OK;
}

static enum status
check_event(struct reader *r, const struct fy_event *e)
{
    struct fy_token *anchor = NULL, *tag = NULL;
    bool             is_node = true;

    if (e->type == FYET_SCALAR) {
        anchor = e->scalar.anchor;
        tag = e->scalar.tag;
    } else if (e->type == FYET_MAPPING_START) {
        anchor = e->mapping_start.anchor;
        tag = e->mapping_start.tag;
    } else if (e->type == FYET_SEQUENCE_START) {
        anchor = e->sequence_start.anchor;
        tag = e->sequence_start.tag;
    } else {
        is_node = false;
    }
    if (is_node && ++r->n_nodes > MAX_NODES)
        return refuse(r, STATUS_LIMIT, too_many_nodes);
    if (tag)
        return refuse(r, STATUS_SYNTAX, "tags are not supported");
    return anchor ? note_anchor(r, anchor) : STATUS_OK;
}

static enum status
on_event(struct reader *r, const struct fy_event *e)
{
    enum status s = check_event(r, e);

    if (s)
        return s;
    switch (e->type) {
    case FYET_DOCUMENT_START:
        if (++r->n_documents > 1 && !r->stream)
            return refuse(r, STATUS_SYNTAX, "a second document; one file holds one");
        r->root = NULL;
        r->anchors.n = 0;
        return STATUS_OK;
    case FYET_DOCUMENT_END:
        if (r->root && r->root->kind != YAML_NULL)
            VEC_PUSH(r->arena, &r->documents, r->root);
        return STATUS_OK;
    case FYET_MAPPING_START:
        return on_open(r, YAML_MAPPING);
    case FYET_SEQUENCE_START:
        return on_open(r, YAML_SEQUENCE);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        return on_close(r);
    case FYET_SCALAR:
        return on_scalar(r, e);
    case FYET_ALIAS:
        return on_alias(r, e);
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_STREAM_END:
        break;
    }
    return STATUS_OK;
}

/* libfyaml's own complaint, or none if it stopped without one. */
static enum status
library_error(struct reader *r, struct fy_diag *diag)
{
    void                       *cursor = NULL;
    const struct fy_diag_error *e = fy_diag_errors_iterate(diag, &cursor);

    if (!e || !e->msg)
        return refuse(r, STATUS_SYNTAX, "not readable as YAML");
    if (e->line > 0) {
        r->line = e->line;
        r->column = e->column;
    }
    return refuse(r, STATUS_SYNTAX, e->msg);
}

static enum status
read_events(struct reader *r, struct fy_diag *diag)
{
    enum status s = STATUS_OK;

    while (!s) {
        struct fy_event      *e = fy_parser_parse(r->parser);
        const struct fy_mark *at = e ? fy_event_start_mark(e) : NULL;
        bool                  end = !e || e->type == FYET_STREAM_END;

        if (at) {
            r->line = at->line + 1;
            r->column = at->column + 1;
        }
        if (e)
            s = on_event(r, e);
        fy_parser_event_free(r->parser, e);
        if (end)
            break;
    }
    if (!s && (fy_diag_got_error(diag) || fy_parser_get_stream_error(r->parser)))
        s = library_error(r, diag);
    return s;
}

static enum status
run_parser(struct reader *r, struct slice body)
{
    struct fy_diag_cfg  loud = {.level = FYET_ERROR, .module_mask = ~0u};
    struct fy_diag     *diag = fy_diag_create(&loud);
    struct fy_parse_cfg cfg = {.flags = FYPCF_JSON_NONE | FYPCF_SLOPPY_FLOW_INDENTATION |
                                        FYPCF_COLLECT_DIAG,
                               .diag = diag};
    enum status         s;

    if (!diag)
        return refuse(r, STATUS_BUSY, "not enough memory to read it");
    fy_diag_set_collect_errors(diag, true);
    r->parser = fy_parser_create(&cfg);
    if (!r->parser || fy_parser_set_string(r->parser, body.n ? body.p : "", body.n))
        s = refuse(r, STATUS_BUSY, "not enough memory to read it");
    else
        s = read_events(r, diag);
    fy_parser_destroy(r->parser);
    fy_diag_destroy(diag);
    return s;
}

static enum status
check_encoding(struct reader *r, struct slice body)
{
    while (body.n) {
        size_t n = slice_utf8_first(body);

        if (!n)
            return refuse(r, STATUS_SYNTAX, "not UTF-8, or a NUL byte");
        r->column++;
        if (*body.p == '\n') {
            r->line++;
            r->column = 1;
        }
        body = (struct slice){body.p + n, body.n - n};
    }
    r->line = r->column = 1;
    return STATUS_OK;
}

static struct reader *
new_reader(struct arena *a, const char *name, struct err *err)
{
    struct reader *r = arena_new(a, struct reader);

    *r = (struct reader){.arena = a, .err = err, .line = 1, .column = 1};
    r->file = arena_text(a, slice_of(name));
    return r;
}

static enum status
read_body(struct reader *r, struct slice body)
{
    enum status s;

    if (body.n > MAX_BYTES)
        return err_set(r->err, STATUS_TOO_LARGE, "%s: larger than %d bytes", r->file, MAX_BYTES);
    s = check_encoding(r, body);
    return s ? s : run_parser(r, body);
}

enum status
yaml_read(struct arena *a, const char *name, struct slice body, struct yaml_node **out,
          struct err *err)
{
    struct reader *r = new_reader(a, name, err);
    enum status    s = read_body(r, body);

    if (s)
        return s;
    *out = r->root ? r->root : new_node(r, YAML_NULL);
    return STATUS_OK;
}

enum status
yaml_read_stream(struct arena *a, const char *name, struct slice body,
                 struct yaml_node ***documents, size_t *n, struct err *err)
{
    struct reader *r = new_reader(a, name, err);
    enum status    s;

    r->stream = true;
    s = read_body(r, body);
    if (s)
        return s;
    *documents = r->documents.at;
    *n = r->documents.n;
    return STATUS_OK;
}

enum status
yaml_read_file(struct arena *a, const char *file, struct yaml_node **out, struct err *err)
{
    struct text body;
    enum status s;

    text_init(&body, MAX_BYTES);
    s = wholefile_read(file, &body, err);
    if (!s)
        s = yaml_read(a, file, text_slice(&body), out, err);
    text_release(&body);
    return s;
}

struct yaml_node *
yaml_get(const struct yaml_node *mapping, const char *key)
{
    if (!mapping || mapping->kind != YAML_MAPPING)
        return NULL;
    return value_of(mapping->pairs, mapping->n, slice_of(key));
}

enum status
yaml_error(const struct yaml_node *at, struct err *err, enum status s, const char *fmt, ...)
{
    char    what[sizeof err->text];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return err_set(err, s, "%s:%d:%d: %s%s%s", at->file, at->line, at->column, at->path,
                   *at->path ? ": " : "", what);
}
