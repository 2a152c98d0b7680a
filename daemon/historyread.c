#include "daemon/historyread.h"

#include "base/heap.h"
#include "daemon/runqueries.h"
#include "daemon/timelineread.h"
#include "webhooks/placebojson.h"
#include "webhooks/runsjson.h"
#include "webhooks/versionsjson.h"

#include <stdlib.h>

void
historyread_error(struct text *body, const char *error, const char *hint)
{
    struct jsonout j;

    text_clear(body);
    jsonout_init(&j, body);
    jsonout_begin_object(&j, NULL);
    jsonout_text(&j, "error", error);
    jsonout_text(&j, "hint", hint);
    jsonout_end_object(&j);
}

static bool
note_verdict_id(void *ctx, const struct record_verdict *v)
{
    memcpy(ctx, v->id, ULID_BYTES);
    return false;
}

/* Before the rows: what is stored meanwhile is news to who has seen this one. */
static enum status
newest_verdict(struct reader *r, const struct port_read *read, char id[ULID_BYTES], struct err *err)
{
    struct reader_filter f = {.state = READER_ANY, .verdict = READER_ANY, .limit = 1};

    memcpy(f.run, read->run, sizeof f.run);
    switch (read->what) {
    case PORT_READ_RUNS:
    case PORT_READ_RUN:
    case PORT_READ_VERDICTS:
        return reader_verdicts(r, &f, note_verdict_id, id, err);
    case PORT_READ_INTERVALS:
    case PORT_READ_VERSIONS:
    case PORT_READ_PLACEBOS:
    case PORT_READ_TIMELINE:
        break;
    }
    return STATUS_OK;
}

/* A page under way: one row more than asked for is read, to know whether there
 * is a next page. */
struct page {
    struct jsonout j;
    uint32_t       n, limit;
    char           last[ULID_BYTES];
    bool           more;
};

static bool
next_row(struct page *p, const char id[ULID_BYTES])
{
    if (p->n == p->limit) {
        p->more = true;
        return false;
    }
    p->n++;
    memcpy(p->last, id, ULID_BYTES);
    return true;
}

static bool
run_row(void *ctx, const struct record_run *r)
{
    struct page *p = ctx;

    if (!next_row(p, r->id))
        return false;
    runsjson_run(&p->j, r);
    return true;
}

static bool
verdict_row(void *ctx, const struct record_verdict *v)
{
    struct page *p = ctx;

    if (!next_row(p, v->id))
        return false;
    runsjson_verdict(&p->j, v);
    return true;
}

/* Room for the row that shows that there is a next page: a full page of the
 * reader's most would end without a cursor. */
static uint32_t
page_limit(const struct port_read *read)
{
    return read->limit && read->limit < READER_MAX_ROWS ? read->limit : READER_MAX_ROWS - 1;
}

static struct reader_filter
filter_of(const struct port_read *read)
{
    struct reader_filter f = {.ns = slice_of(read->ns),
                              .service = slice_of(read->service),
                              .state = read->state,
                              .verdict = read->verdict,
                              .since_ms = read->since_ms,
                              .limit = page_limit(read) + 1};

    memcpy(f.after, read->after, sizeof f.after);
    return f;
}

static enum status
read_page(struct reader *r, const struct port_read *read, struct text *body, struct err *err)
{
    struct reader_filter f = filter_of(read);
    struct page          p = {.limit = page_limit(read)};
    bool                 runs = read->what == PORT_READ_RUNS;
    enum status          s;

    jsonout_init(&p.j, body);
    runsjson_open(&p.j, runs ? "runs" : "verdicts");
    s = runs ? reader_runs(r, &f, run_row, &p, err) : reader_verdicts(r, &f, verdict_row, &p, err);
    runsjson_close(&p.j, p.more ? p.last : "");
    return s;
}

struct granted {
    const struct token_grant *grant;
    bool                      ok;
};

static bool
look_at_namespace(void *ctx, const struct record_run *r)
{
    struct granted *g = ctx;

    g->ok = token_covers(g->grant, r->ns);
    return false;
}

/* Who may not see a run is not told that there is one: the words are the reader's. */
static enum status
check_grant(struct reader *r, const struct port_read *read, struct err *err)
{
    struct granted g = {.grant = &read->grant};
    enum status    s;

    if (read->grant.n_namespaces == 0)
        return STATUS_OK;
    s = reader_run(r, read->run, look_at_namespace, &g, err);
    if (s == STATUS_OK && !g.ok)
        s = err_set(err, STATUS_NOT_FOUND, "run %s is not in the history", read->run);
    return s;
}

static void
put_query(void *ctx, struct slice what, struct slice expression)
{
    runsjson_query(ctx, what, expression);
}

static bool
begin_run(void *ctx, const struct record_run *r)
{
    struct jsonout *j = &((struct page *)ctx)->j;

    runsjson_begin_run(j, r);
    jsonout_begin_array(j, "queries");
    runqueries_each(r, put_query, j);
    jsonout_end_array(j);
    return true;
}

static bool
gate_call_row(void *ctx, const struct record_gate_call *c)
{
    runsjson_gate_call(&((struct page *)ctx)->j, c);
    return true;
}

static bool
act_row(void *ctx, const struct record_act *a)
{
    runsjson_act(&((struct page *)ctx)->j, a);
    return true;
}

static bool
step_row(void *ctx, const struct record_step *s)
{
    runsjson_step(&((struct page *)ctx)->j, s);
    return true;
}

static bool
event_row(void *ctx, const struct record_event *e)
{
    runsjson_event(&((struct page *)ctx)->j, e);
    return true;
}

static enum status
read_run(struct reader *r, const struct port_read *read, struct text *body, struct err *err)
{
    struct reader_filter f = {
        .state = READER_ANY, .verdict = READER_ANY, .limit = HISTORYREAD_VERDICTS};
    struct page p = {.limit = HISTORYREAD_VERDICTS};
    enum status s;

    memcpy(f.run, read->run, sizeof f.run);
    jsonout_init(&p.j, body);
    s = reader_run(r, read->run, begin_run, &p, err);
    if (s)
        return s;
    jsonout_begin_array(&p.j, "steps");
    s = reader_steps(r, read->run, step_row, &p, err);
    jsonout_end_array(&p.j);
    jsonout_begin_array(&p.j, "verdicts");
    if (s == STATUS_OK)
        s = reader_verdicts(r, &f, verdict_row, &p, err);
    jsonout_end_array(&p.j);
    jsonout_begin_array(&p.j, "acts");
    if (s == STATUS_OK)
        s = reader_acts(r, read->run, act_row, &p, err);
    jsonout_end_array(&p.j);
    jsonout_begin_array(&p.j, "events");
    if (s == STATUS_OK)
        s = reader_events(r, read->run, event_row, &p, err);
    jsonout_end_array(&p.j);
    jsonout_begin_array(&p.j, "gate_calls");
    if (s == STATUS_OK)
        s = reader_gate_calls(r, read->run, 0, HISTORYREAD_GATE_CALLS, gate_call_row, &p, err);
    jsonout_end_array(&p.j);
    jsonout_end_object(&p.j);
    return s;
}

struct interval_page {
    struct jsonout   j;
    struct interval *i;
    struct err      *err;
    enum status      status;
};

static bool
interval_row(void *ctx, const struct record_interval *row)
{
    struct interval_page *p = ctx;

    p->status = interval_unpack(row->row, p->i, p->err);
    if (p->status == STATUS_OK)
        runsjson_interval(&p->j, p->i);
    return p->status == STATUS_OK;
}

static enum status
read_intervals(struct reader *r, const struct port_read *read, struct text *body, struct err *err)
{
    struct interval_page p = {.err = err};
    enum status          s;

    p.i = heap_new(1, sizeof *p.i);
    jsonout_init(&p.j, body);
    runsjson_open(&p.j, "intervals");
    s = reader_intervals(r, read->run, read->since_ms, read->limit, interval_row, &p, err);
    runsjson_close(&p.j, "");
    free(p.i);
    return s ? s : p.status;
}

struct version_sum {
    struct versionsjson v;
    struct interval     i;
    char                run[ULID_BYTES];
    int64_t             end_ms;
};

static bool
newest_run(void *ctx, const struct record_run *r)
{
    struct version_sum *s = ctx;

    memcpy(s->run, r->id, sizeof s->run);
    s->end_ms = r->state == RECORD_ENDED ? r->ended_ms : 0;
    return false;
}

static bool
add_interval(void *ctx, const struct record_interval *row)
{
    struct version_sum *s = ctx;

    if (interval_unpack(row->row, &s->i, NULL) == STATUS_OK)
        versionsjson_add(&s->v, &s->i);
    return true;
}

/* The last minutes of the newest run of a service: intervals exist while a run
 * does. */
static enum status
read_versions(struct reader *r, const struct port_read *read, int64_t now_ms, struct text *body,
              struct err *err)
{
    struct version_sum  *s = heap_new(1, sizeof *s);
    struct reader_filter f = {.ns = slice_of(read->ns),
                              .service = slice_of(read->service),
                              .state = READER_ANY,
                              .verdict = READER_ANY,
                              .limit = 1};
    enum status          st = reader_runs(r, &f, newest_run, s, err);
    int64_t              from_ms = read->since_ms;

    if (st == STATUS_OK && !s->run[0])
        st = err_set(err, STATUS_NOT_FOUND,
                     "no run of %.60s in %.60s yet: its versions are "
                     "counted while a run lives",
                     read->service, read->ns);
    if (!from_ms)
        from_ms = (s->end_ms ? s->end_ms : now_ms) - HISTORYREAD_VERSIONS_MS;
    if (st == STATUS_OK)
        st = reader_intervals(r, s->run, from_ms, 0, add_interval, s, err);
    if (st == STATUS_OK)
        versionsjson_write(body, &s->v, read->ns, read->service);
    free(s);
    return st;
}

static bool
add_placebo(void *ctx, const struct record_placebo *row)
{
    placebojson_add(ctx, row);
    return true;
}

static enum status
read_placebos(struct reader *r, const struct port_read *read, int64_t now_ms, struct text *body,
              struct err *err)
{
    struct placebojson *p = heap_new(1, sizeof *p);
    int64_t     since_ms = read->since_ms ? read->since_ms : now_ms - HISTORYREAD_PLACEBOS_MS;
    enum status s = reader_placebos(r, slice_of(read->ns), slice_of(read->service), since_ms,
                                    add_placebo, p, err);

    if (s == STATUS_OK)
        placebojson_write(body, p, read->ns, read->service, since_ms, now_ms);
    free(p);
    return s;
}

static enum status
read_what(struct reader *r, const struct port_read *read, int64_t now_ms, struct text *body,
          struct err *err)
{
    enum status s;

    switch (read->what) {
    case PORT_READ_RUNS:
    case PORT_READ_VERDICTS:
        return read_page(r, read, body, err);
    case PORT_READ_RUN:
    case PORT_READ_INTERVALS:
    case PORT_READ_TIMELINE:
        s = check_grant(r, read, err);
        if (s)
            return s;
        if (read->what == PORT_READ_TIMELINE)
            return timelineread_write(r, read->run, read->limit, body, err);
        return read->what == PORT_READ_RUN ? read_run(r, read, body, err)
                                           : read_intervals(r, read, body, err);
    case PORT_READ_VERSIONS:
        return read_versions(r, read, now_ms, body, err);
    case PORT_READ_PLACEBOS:
        return read_placebos(r, read, now_ms, body, err);
    }
    return err_set(err, STATUS_RANGE, "no such read");
}

static int
refuse(struct text *body, enum status s, const char *error)
{
    switch ((int)s) {
    case STATUS_NOT_FOUND:
        historyread_error(body, error, "GET /v1/runs lists the runs that are in the history");
        return 404;
    case STATUS_TOO_LARGE:
        historyread_error(body, error,
                          "limit= makes pages shorter, since= a run's intervals fewer");
        return 422;
    case STATUS_RANGE: /* a time or a limit that the history does not know */
    case STATUS_SYNTAX:
        historyread_error(body, error, "see the documentation of this path for its parameters");
        return 400;
    default:
        historyread_error(body, error, "ask again in a second");
        return 503;
    }
}

int
historyread_answer(struct reader *r, const struct port_read *read, int64_t now_wall_ms,
                   struct text *body, char verdict_id[ULID_BYTES])
{
    struct err  err = {0};
    enum status s;

    *verdict_id = '\0';
    s = newest_verdict(r, read, verdict_id, &err);
    if (s == STATUS_OK)
        s = read_what(r, read, now_wall_ms, body, &err);
    if (s == STATUS_OK && body->status)
        s = err_set(&err, STATUS_TOO_LARGE, "the answer is too large: ask for fewer rows");
    if (s == STATUS_OK)
        return 200;
    *verdict_id = '\0';
    return refuse(body, s, err.text);
}
