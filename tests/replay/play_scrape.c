#include "tests/replay/play_scrape.h"

#include "base/jsonout.h"

#include <inttypes.h>

void
play_scrape_targets(const struct play_mesh *m, struct text *out)
{
    struct jsonout j;

    jsonout_init(&j, out);
    jsonout_begin_array(&j, NULL);
    for (size_t i = 0; i < m->n_targets; i++) {
        jsonout_begin_object(&j, NULL);
        jsonout_begin_array(&j, "targets");
        jsonout_text(&j, NULL, m->targets[i]->instance);
        jsonout_end_array(&j);
        jsonout_begin_object(&j, "labels");
        jsonout_text(&j, "pod", m->targets[i]->name);
        jsonout_end_object(&j);
        jsonout_end_object(&j);
    }
    jsonout_end_array(&j);
}

static void
put_value(struct text *out, struct slice value)
{
    text_putc(out, '"');
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '\n') {
            text_puts(out, "\\n");
            continue;
        }
        if (value.p[i] == '"' || value.p[i] == '\\')
            text_putc(out, '\\');
        text_putc(out, value.p[i]);
    }
    text_putc(out, '"');
}

/* The labels that the proxy itself writes; le: of a bucket, else NULL. */
static void
put_series(struct text *out, const char *name, const struct play_labels *l, const char *le)
{
    const char *between = "{";

    text_puts(out, name);
    for (size_t i = 0; i < l->n; i++) {
        struct slice label = l->at[i].name;

        if (slice_is(label, "__name__") || slice_is(label, "instance") || slice_is(label, "pod"))
            continue;
        text_printf(out, "%s%.*s=", between, SLICE_ARG(label));
        put_value(out, l->at[i].value);
        between = ",";
    }
    if (le)
        text_printf(out, "%sle=\"%s\"", between, le);
    text_puts(out, "} ");
}

static void
put_cell(struct text *out, struct play_mesh_cell *c)
{
    uint64_t sum = 0;

    put_series(out, "istio_requests_total", &c->labels, NULL);
    text_printf(out, "%" PRIu64 "\n", c->requests);
    for (size_t i = 0; i < PLAY_MESH_BOUNDS; i++) {
        sum += c->bucket[i];
        put_series(out, "istio_request_duration_milliseconds_bucket", &c->labels, play_mesh_le[i]);
        text_printf(out, "%" PRIu64 "\n", sum);
    }
    c->scraped = c->requests;
}

static struct play_mesh_target *
find(const struct play_mesh *m, struct slice url)
{
    struct slice rest = url;

    if (slice_starts(rest, "http://"))
        rest = (struct slice){rest.p + 7, rest.n - 7};
    rest = slice_cut(&rest, '/');
    for (size_t i = 0; i < m->n_targets; i++)
        if (slice_is(rest, m->targets[i]->instance))
            return m->targets[i];
    return NULL;
}

enum status
play_scrape_get(struct play_mesh *m, struct slice url, int64_t now_ms, struct text *out,
                struct err *err)
{
    struct play_mesh_target *t = find(m, url);

    if (!t)
        return err_set(err, STATUS_NOT_FOUND, "the mesh has no target %.*s", SLICE_ARG(url));
    if (t->gone || t->failing)
        return err_set(err, STATUS_UNREACHABLE, "connection refused");
    play_mesh_settle(m, now_ms);
    text_puts(out, "# TYPE istio_requests_total counter\n"
                   "# TYPE istio_request_duration_milliseconds histogram\n");
    for (struct play_mesh_cell *c = t->cells; c; c = c->next)
        put_cell(out, c);
    if (t->raw)
        text_put(out, t->exposition);
    return STATUS_OK;
}
