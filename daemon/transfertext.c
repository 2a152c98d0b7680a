#include "daemon/transfertext.h"

#include "base/base64.h"
#include "base/heap.h"
#include "base/json.h"
#include "base/jsonout.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct transfertext_reader {
    FILE              *in;
    bool               csv, has_header;
    enum transfer_kind kind;
    uint64_t           bytes, line;
    struct text        raw;   /* the row as read; of CSV its fields, one behind the other */
    struct text        blobs; /* decoded */
    json_t            *tree;  /* of JSON: the row's texts live here */
    size_t             n_keys;
    char               keys[TRANSFER_MAX_FIELDS][32];
    struct cell {
        size_t at, n;
        bool   quoted;
    } cells[TRANSFER_MAX_FIELDS];
    size_t n_cells;
};

static void
put_blob(struct text *out, struct slice bytes)
{
    text_putc(out, '"');
    base64_put(out, bytes);
    text_putc(out, '"');
}

void
transfertext_json(struct text *out, enum transfer_kind k, const struct transfer_field *fields,
                  size_t n)
{
    text_puts(out, "{\"kind\":");
    jsonout_quote(out, slice_of(transfer_text(k)));
    for (size_t i = 0; i < n; i++) {
        const struct transfer_field *f = &fields[i];

        if (f->type == TRANSFER_NOTHING)
            continue;
        text_putc(out, ',');
        jsonout_quote(out, f->key);
        text_putc(out, ':');
        if (f->type == TRANSFER_INTEGER)
            text_printf(out, "%" PRId64, f->integer);
        else if (f->type == TRANSFER_REAL)
            text_printf(out, "%.17g", f->real);
        else if (f->type == TRANSFER_BLOB)
            put_blob(out, f->bytes);
        else
            jsonout_quote(out, f->bytes);
    }
    text_puts(out, "}\n");
}

static void
put_quoted(struct text *out, struct slice s)
{
    text_putc(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            text_putc(out, '"');
        text_putc(out, s.p[i]);
    }
    text_putc(out, '"');
}

void
transfertext_csv(struct text *out, const struct transfer_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct transfer_field *f = &fields[i];

        if (i)
            text_putc(out, ',');
        if (f->type == TRANSFER_INTEGER)
            text_printf(out, "%" PRId64, f->integer);
        else if (f->type == TRANSFER_REAL)
            text_printf(out, "%.17g", f->real);
        else if (f->type == TRANSFER_BLOB)
            put_blob(out, f->bytes);
        else if (f->type == TRANSFER_TEXT)
            put_quoted(out, f->bytes);
    }
    text_puts(out, "\r\n");
}

struct transfertext_reader *
transfertext_open(FILE *in, bool csv, enum transfer_kind kind)
{
    struct transfertext_reader *r = heap_new(1, sizeof *r);

    r->in = in;
    r->csv = csv;
    r->kind = kind;
    text_init(&r->raw, TRANSFERTEXT_MAX_ROW);
    text_init(&r->blobs, TRANSFERTEXT_MAX_ROW);
    return r;
}

void
transfertext_close(struct transfertext_reader *r)
{
    json_decref(r->tree);
    text_release(&r->raw);
    text_release(&r->blobs);
    free(r);
}

uint64_t
transfertext_bytes(const struct transfertext_reader *r)
{
    return r->bytes;
}

uint64_t
transfertext_line(const struct transfertext_reader *r)
{
    return r->line;
}

static int
next_char(struct transfertext_reader *r)
{
    int c = getc_unlocked(r->in);

    r->bytes += c != EOF;
    return c;
}

/* STATUS_NO_DATA: the end, and nothing before it. */
static enum status
end_of_input(struct transfertext_reader *r, struct err *err)
{
    if (ferror(r->in))
        return err_set(err, STATUS_IO, "line %" PRIu64 ": %s", r->line, strerror(errno));
    return STATUS_NO_DATA;
}

static enum status
check_size(struct transfertext_reader *r, struct err *err)
{
    if (r->raw.status || r->blobs.status)
        return err_set(err, STATUS_LIMIT, "line %" PRIu64 ": a row of over %d bytes", r->line,
                       TRANSFERTEXT_MAX_ROW);
    return STATUS_OK;
}

/* What was read as text becomes what its key says. */
static enum status
take_text(struct transfertext_reader *r, struct transfer_field *f, struct slice s, struct err *err)
{
    size_t before = r->blobs.n;

    f->type = TRANSFER_TEXT;
    f->bytes = s;
    if (!slice_ends(f->key, "_base64"))
        return STATUS_OK;
    if (base64_get(s, &r->blobs))
        return err_set(err, STATUS_SYNTAX, "line %" PRIu64 ": %.*s: no base64", r->line,
                       SLICE_ARG(f->key));
    f->type = TRANSFER_BLOB;
    f->bytes = (struct slice){NULL, r->blobs.n - before}; /* p when all are decoded */
    return STATUS_OK;
}

/* The text of decoded blobs may have moved while it grew. */
static void
point_at_blobs(struct transfertext_reader *r, struct transfertext_row *row)
{
    const char *at = r->blobs.p;

    for (size_t i = 0; i < row->n; i++)
        if (row->fields[i].type == TRANSFER_BLOB) {
            row->fields[i].bytes.p = at;
            at += row->fields[i].bytes.n;
        }
}

static enum status
take_json(struct transfertext_reader *r, const char *key, json_t *v, struct transfer_field *f,
          struct err *err)
{
    *f = (struct transfer_field){.key = slice_of(key)};
    switch (json_typeof(v)) {
    case JSON_STRING:
        return take_text(r, f, json_slice(v), err);
    case JSON_INTEGER:
        f->type = TRANSFER_INTEGER;
        f->integer = json_integer_value(v);
        return STATUS_OK;
    case JSON_REAL:
        f->type = TRANSFER_REAL;
        f->real = json_real_value(v);
        return STATUS_OK;
    case JSON_NULL:
        return STATUS_OK;
    case JSON_OBJECT:
    case JSON_ARRAY:
    case JSON_TRUE:
    case JSON_FALSE:
        break;
    }
    return err_set(err, STATUS_SYNTAX, "line %" PRIu64 ": %.40s: neither a text nor a number",
                   r->line, key);
}

static enum status
read_object(struct transfertext_reader *r, struct transfertext_row *row, struct err *err)
{
    const char  *key;
    json_t      *v;
    struct slice kind = {0};
    enum status  s = STATUS_OK;

    if (!json_is_object(r->tree) || json_want_text(r->tree, "row", "kind", &kind, NULL) ||
        !transfer_parse(kind, &row->kind))
        return err_set(err, STATUS_SYNTAX, "line %" PRIu64 ": no object with a kind that we know",
                       r->line);
    row->n = 0;
    json_object_foreach(r->tree, key, v)
    {
        if (s || strcmp(key, "kind") == 0)
            continue;
        if (row->n == TRANSFER_MAX_FIELDS)
            return err_set(err, STATUS_LIMIT, "line %" PRIu64 ": too many keys", r->line);
        s = take_json(r, key, v, &row->fields[row->n++], err);
    }
    return s;
}

static enum status
next_json(struct transfertext_reader *r, struct transfertext_row *row, struct err *err)
{
    struct err  why = {0};
    int         c;
    enum status s;

    json_decref(r->tree);
    r->tree = NULL;
    do { /* empty lines are stepped over */
        text_clear(&r->raw);
        r->line++;
        while ((c = next_char(r)) != EOF && c != '\n' && !r->raw.status)
            text_putc(&r->raw, (char)c);
        if (c == EOF && r->raw.n == 0)
            return end_of_input(r, err);
    } while (r->raw.n == 0 && !r->raw.status);
    s = check_size(r, err);
    if (s)
        return s;
    if (json_parse(text_slice(&r->raw), 4, &r->tree, &why))
        return err_set(err, STATUS_SYNTAX, "line %" PRIu64 ": %s", r->line, why.text);
    return read_object(r, row, err);
}

/* Behind a quote: to the one that ends the field. */
static enum status
read_quoted(struct transfertext_reader *r, int *next, struct err *err)
{
    for (;;) {
        int c = next_char(r);

        if (c == EOF || r->raw.status)
            return r->raw.status ? check_size(r, err)
                                 : err_set(err, STATUS_SYNTAX,
                                           "line %" PRIu64 ": a quote that does not end", r->line);
        r->line += c == '\n';
        if (c == '"') {
            *next = next_char(r);
            if (*next != '"')
                return STATUS_OK;
        }
        text_putc(&r->raw, (char)c);
    }
}

/* One record; *more: a field follows behind a comma. */
static enum status
read_cell(struct transfertext_reader *r, int first, bool *more, struct err *err)
{
    struct cell *cell = &r->cells[r->n_cells];
    int          c = first;
    enum status  s = STATUS_OK;

    if (r->n_cells == TRANSFER_MAX_FIELDS)
        return err_set(err, STATUS_LIMIT, "line %" PRIu64 ": too many fields", r->line);
    *cell = (struct cell){.at = r->raw.n, .quoted = c == '"'};
    if (cell->quoted)
        s = read_quoted(r, &c, err);
    else
        for (; c != EOF && c != ',' && c != '\r' && c != '\n' && !r->raw.status; c = next_char(r))
            text_putc(&r->raw, (char)c);
    if (c == '\r')
        c = next_char(r);
    if (!s && c != ',' && c != '\n' && c != EOF && !r->raw.status)
        s = err_set(err, STATUS_SYNTAX, "line %" PRIu64 ": text behind a quote", r->line);
    cell->n = r->raw.n - cell->at;
    r->n_cells++;
    *more = c == ',';
    return s ? s : check_size(r, err);
}

static enum status
read_record(struct transfertext_reader *r, struct err *err)
{
    bool        more = true;
    int         c = next_char(r);
    enum status s = STATUS_OK;

    text_clear(&r->raw);
    r->n_cells = 0;
    r->line++;
    if (c == EOF)
        return end_of_input(r, err);
    for (; !s && more; c = more ? next_char(r) : EOF)
        s = read_cell(r, c, &more, err);
    return s;
}

static struct slice
cell_of(const struct transfertext_reader *r, size_t i)
{
    return (struct slice){r->raw.p + r->cells[i].at, r->cells[i].n};
}

static enum status
read_header(struct transfertext_reader *r, struct err *err)
{
    enum status s = read_record(r, err);

    for (size_t i = 0; !s && i < r->n_cells; i++) {
        struct slice key = cell_of(r, i);

        if (key.n == 0 || key.n >= sizeof r->keys[0])
            s = err_set(err, STATUS_SYNTAX, "line 1: no header of keys");
        else
            snprintf(r->keys[i], sizeof r->keys[i], "%.*s", SLICE_ARG(key));
    }
    r->n_keys = r->n_cells;
    r->has_header = true;
    return s;
}

static enum status
next_csv(struct transfertext_reader *r, struct transfertext_row *row, struct err *err)
{
    enum status s = r->has_header ? STATUS_OK : read_header(r, err);

    if (!s)
        s = read_record(r, err);
    if (s)
        return s;
    if (r->n_cells != r->n_keys)
        return err_set(err, STATUS_SYNTAX, "line %" PRIu64 ": %zu fields, the header has %zu",
                       r->line, r->n_cells, r->n_keys);
    row->kind = r->kind;
    row->n = r->n_keys;
    for (size_t i = 0; !s && i < row->n; i++) {
        row->fields[i] = (struct transfer_field){.key = slice_of(r->keys[i])};
        if (r->cells[i].n || r->cells[i].quoted)
            s = take_text(r, &row->fields[i], cell_of(r, i), err);
    }
    return s;
}

enum status
transfertext_next(struct transfertext_reader *r, struct transfertext_row *row, struct err *err)
{
    enum status s;

    text_clear(&r->blobs);
    s = r->csv ? next_csv(r, row, err) : next_json(r, row, err);
    if (!s)
        s = check_size(r, err);
    if (!s)
        point_at_blobs(r, row);
    return s;
}
