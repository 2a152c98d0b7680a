#include "webhooks/linkpage.h"

#include "base/heap.h"
#include "base/jsonout.h"
#include "base/log.h"
#include "webhooks/acts.h"
#include "webhooks/link.h"
#include "webhooks/ownpage.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { BAD_A_SECOND = 10, FORM_BYTES = 4096, JSON_DEPTH = 16 };

/* A link on its way through the history or the loop. */
struct linking {
    gates_done_fn       done;
    void               *ctx;
    const struct gates *g;
    struct link         link;
};

static const char *const verbs[OVERRIDE_COUNT] = {
    [OVERRIDE_APPROVE] = "Approve", [OVERRIDE_FORCE] = "Force to pass", [OVERRIDE_VETO] = "Veto"};

/* Text of others inside of HTML. */
static void
put_html(struct text *t, struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        switch (s.p[i]) {
        case '<':
            text_puts(t, "&lt;");
            break;
        case '>':
            text_puts(t, "&gt;");
            break;
        case '&':
            text_puts(t, "&amp;");
            break;
        case '"':
            text_puts(t, "&quot;");
            break;
        case '\'':
            text_puts(t, "&#39;");
            break;
        default:
            text_putc(t, s.p[i]);
        }
}

static void
begin_page(struct answer *out, int code, const char *title)
{
    answer_page(out, code);
    text_puts(&out->body, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                          "<meta name=\"viewport\" content=\"width=device-width\">"
                          "<meta name=\"color-scheme\" content=\"light dark\">"
                          "<link rel=\"stylesheet\" href=\"/page/style.css\"><title>");
    put_html(&out->body, slice_of(title));
    text_puts(&out->body, "</title></head><body><main class=\"narrow\"><h1>");
    put_html(&out->body, slice_of(title));
    text_puts(&out->body, "</h1>\n");
}

static void
end_page(struct answer *out)
{
    text_puts(&out->body, "</main></body></html>\n");
}

static void
say(struct answer *out, int code, const char *title, const char *what)
{
    begin_page(out, code, title);
    text_puts(&out->body, "<p>");
    put_html(&out->body, slice_of(what));
    text_puts(&out->body, "</p>");
    end_page(out);
}

static void
row(struct text *t, const char *name, struct slice value)
{
    text_printf(t, "<div><dt>%s</dt><dd>", name);
    put_html(t, value);
    text_puts(t, "</dd></div>\n");
}

/* Guesses are counted over all callers: a link cannot be guessed, and the log must
 * not be filled by who tries. */
static bool
too_many_bad(struct gates *g)
{
    int64_t second = clock_mono_ms(g->clock) / 1000;

    if (atomic_exchange(&g->link_second, second) != second)
        atomic_store(&g->links_bad, 0);
    return atomic_fetch_add(&g->links_bad, 1) >= BAD_A_SECOND;
}

/* False: out is the refusal. */
static bool
read_link(const struct gates_call *c, struct link *l, struct answer *out)
{
    struct err  err = {0};
    enum status s;

    if (!c->g->port->link_key) {
        say(out, 404, "No such link", "This daemon makes no links.");
        return false;
    }
    s = link_read(c->g->port->link_key, c->arg[0], clock_wall_ms(c->g->clock), l, &err);
    if (s == STATUS_TIMEOUT) {
        say(out, 410, "Too late", "This link has expired: ask for another one.");
        return false;
    }
    if (s && too_many_bad(c->g)) {
        say(out, 429, "Not now", "Too many links that are none: try again in a second.");
        out->retry_after_s = 1;
        return false;
    }
    if (s) {
        gates_warn(c->g, "link_refused", "links", 403, err.text);
        say(out, 403, "No such link", "This is no link of ours, or it was altered on its way.");
        return false;
    }
    return true;
}

/* "1 d 2 h 3 min 4 s", without what is zero; a begun second is one. */
static void
put_span(struct text *t, int64_t ms)
{
    static const struct {
        int64_t     s;
        const char *unit;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    int64_t left_s = (ms + 999) / 1000;

    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (left_s >= units[i].s)
            text_printf(t, "%" PRId64 " %s ", left_s / units[i].s, units[i].unit);
        left_s %= units[i].s;
    }
}

static void
put_link(struct text *t, const struct link *l)
{
    char        at[CLOCK_RFC3339_BYTES];
    struct text holds;

    clock_rfc3339(l->expires_ms, at);
    text_init(&holds, 64);
    if (l->holds_ms) {
        put_span(&holds, l->holds_ms);
        text_puts(&holds, "from the click on");
    } else {
        text_puts(&holds, "until it is cleared");
    }
    row(t, "Asked by", slice_of(l->by));
    row(t, "Because", slice_of(l->why));
    row(t, "It holds", text_slice(&holds));
    row(t, "The link ends", slice_of(at));
    text_release(&holds);
}

static void
put_form(struct text *t, const struct link *l)
{
    text_printf(t,
                "<form method=\"post\"><p><label>Your name <input name=\"by\" required "
                "maxlength=\"%d\" autocomplete=\"name\"></label></p><p><label>Why <input "
                "name=\"why\" required maxlength=\"%d\"></label></p><p><button>%s</button></p>"
                "</form>",
                OVERRIDE_BY_BYTES - 1, OVERRIDE_WHY_BYTES - 1, verbs[l->action]);
}

static struct slice
member(const json_t *run, const char *key)
{
    return json_slice(json_object_get(run, key));
}

static void
page_of(struct answer *out, const struct link *l, const json_t *run)
{
    static const char *const shown[][2] = {{"Service", "service"},     {"Namespace", "namespace"},
                                           {"Revision", "revision"},   {"Canary", "canary"},
                                           {"Verdict now", "verdict"}, {"Reason", "reason"},
                                           {"In words", "message"},    {"The run", "state"}};
    char                     title[80 + VIEW_NAME_BYTES];

    snprintf(title, sizeof title, "%s %.*s?", verbs[l->action], SLICE_ARG(member(run, "service")));
    begin_page(out, 200, title);
    text_puts(&out->body, "<dl class=\"card facts\">\n");
    for (size_t i = 0; i < ARRAY_LEN(shown); i++)
        row(&out->body, shown[i][0], member(run, shown[i][1]));
    put_link(&out->body, l);
    text_puts(&out->body, "</dl>\n");
    if (slice_is(member(run, "state"), "live"))
        put_form(&out->body, l);
    else
        text_puts(&out->body, "<p>The run has ended: there is nothing to decide.</p>");
    end_page(out);
}

static void
finish(struct linking *w, struct answer *out)
{
    answer_finish(out);
    (void)w->done(w->ctx, out);
    answer_release(out);
    free(w);
}

static void
on_run_to_show(void *ctx, int http_code, struct slice body, const char *verdict_id)
{
    struct linking *w = ctx;
    struct answer   out;
    json_t         *run = NULL;

    (void)verdict_id;
    answer_init(&out);
    if (http_code == 404)
        say(&out, 404, "No such run", "The run of this link is not in the history any more.");
    else if (http_code != 200 || json_parse(body, JSON_DEPTH, &run, NULL))
        say(&out, 503, "Not now", "The history cannot be read: try again in a moment.");
    else
        page_of(&out, &w->link, run);
    json_decref(run);
    finish(w, &out);
}

static struct linking *
linking_of(const struct gates_call *c, const struct link *l)
{
    struct linking *w = heap_new(1, sizeof *w);

    *w = (struct linking){.done = c->done, .ctx = c->ctx, .g = c->g, .link = *l};
    return w;
}

static struct port_read
read_of(const struct link *l)
{
    struct port_read r = {.what = PORT_READ_RUN, .state = -1, .verdict = -1, .limit = 1};

    memcpy(r.run, l->run, sizeof r.run);
    return r;
}

enum gates_when
linkpage_show(const struct gates_call *c, struct answer *out)
{
    struct link      l;
    struct port_read read;
    struct linking  *w;

    if (!read_link(c, &l, out))
        return GATES_NOW;
    read = read_of(&l);
    token_grant_all(&read.grant);
    w = linking_of(c, &l);
    say(out, 503, "Not now", "The history is busy: try again in a moment.");
    if (c->g->port->read(c->g->port->self, &read, on_run_to_show, w))
        return GATES_LATER;
    free(w);
    return GATES_NOW;
}

/* One field of a form, on one line; false: it is not there, empty, too long. */
static bool
form_field(struct slice form, const char *name, char *out, size_t bytes)
{
    while (form.n) {
        struct slice one = slice_cut(&form, '&'), key = slice_cut(&one, '=');
        size_t       n;

        if (slice_is(key, name))
            return request_decode(one, true, out, bytes, &n) == STATUS_OK &&
                   slice_trim(slice_of(out)).n > 0;
    }
    return false;
}

static void
on_acted(void *ctx, enum status s, const struct verdict_view *view, const struct err *err)
{
    struct linking *w = ctx;
    struct answer   out;

    answer_init(&out);
    if (s == STATUS_OK) {
        begin_page(&out, 200, "Done");
        text_puts(&out.body, "<dl class=\"card facts\">\n");
        row(&out.body, "Verdict now", slice_of(verdict_text(view->promote.verdict)));
        row(&out.body, "In words", slice_of(view->promote.message));
        text_puts(&out.body, "</dl><p>This link is used up.</p>");
        end_page(&out);
    } else if (s == STATUS_CONFLICT) {
        say(&out, 409, "Not any more", err->text);
    } else if (s == STATUS_NOT_FOUND) {
        say(&out, 404, "Not any more", "The run is over: there is nothing to decide.");
    } else {
        say(&out, 503, "Look before you click again", err->text);
    }
    finish(w, &out);
}

static bool
read_form(const struct gates_call *c, struct override *o, struct answer *out)
{
    if (c->req->body.n <= FORM_BYTES && form_field(c->req->body, "by", o->by, sizeof o->by) &&
        form_field(c->req->body, "why", o->why, sizeof o->why))
        return true;
    say(out, 400, "Who are you?", "Your name (63 bytes) and why (253 bytes) are needed: go back.");
    return false;
}

enum gates_when
linkpage_act(const struct gates_call *c, struct answer *out)
{
    struct port_act what = {.what = PORT_ACT_OVERRIDE, .via = "link"};
    struct link     l;
    struct linking *w;

    if (c->req->origin.n && !ownpage_sent(c->req, true) &&
        !gates_is_own_origin(c->g, c->req->origin)) {
        say(out, 403, "Not from there", "Another page has sent this: open the link itself.");
        return GATES_NOW;
    }
    if (!read_link(c, &l, out) || !read_form(c, &what.override, out))
        return GATES_NOW;
    what.override.action = l.action;
    what.override.until_ms = l.holds_ms ? clock_wall_ms(c->g->clock) + l.holds_ms : 0;
    memcpy(what.run, l.run, sizeof what.run);
    memcpy(what.link, l.id, sizeof what.link);
    memcpy(what.revision, l.revision, sizeof what.revision);
    what.link_until_ms = l.expires_ms;
    token_grant_all(&what.grant);
    w = linking_of(c, &l);
    say(out, 503, "Look before you click again", "The act waits for the history.");
    if (c->g->port->act(c->g->port->self, &what, on_acted, w))
        return GATES_LATER;
    free(w);
    return GATES_NOW;
}

static void
tell_link(struct answer *out, const struct linking *w)
{
    const struct link *l = &w->link;
    char               at[CLOCK_RFC3339_BYTES];
    struct text        path;
    struct jsonout     j;

    text_init(&path, LINK_TEXT_BYTES);
    text_puts(&path, "/v1/links/");
    link_write(w->g->port->link_key, l, &path);
    clock_rfc3339(l->expires_ms, at);
    answer_json(out, 200);
    jsonout_init(&j, &out->body);
    jsonout_begin_object(&j, NULL);
    jsonout_text(&j, "id", l->id);
    jsonout_text(&j, "path", path.p);
    jsonout_text(&j, "run", l->run);
    jsonout_text(&j, "revision", l->revision);
    jsonout_text(&j, "action", override_text(l->action));
    jsonout_text(&j, "expires_at", at);
    jsonout_end_object(&j);
    text_release(&path);
    log_event(LOG_LEVEL_INFO, "link_made", log_text("id", l->id), log_text("run", l->run),
              log_text("action", override_text(l->action)), log_text("by", l->by),
              log_text("why", l->why));
}

static void
on_run_to_link(void *ctx, int http_code, struct slice body, const char *verdict_id)
{
    struct linking *w = ctx;
    struct answer   out;
    json_t         *run = NULL;
    struct slice    revision = {0};

    (void)verdict_id;
    answer_init(&out);
    if (http_code == 200 && json_parse(body, JSON_DEPTH, &run, NULL) == STATUS_OK)
        revision = member(run, "revision");
    if (http_code == 404)
        answer_error(&out, 404, "no such run is in the history here", "GET /v1/runs lists them");
    else if (!revision.n || revision.n >= sizeof w->link.revision)
        answer_error(&out, 503, "the history cannot be read", "ask again in a second");
    else if (!slice_is(member(run, "state"), "live"))
        answer_error(&out, 409, "the run has ended",
                     "GET /v1/runs?state=live lists those that go on");
    else {
        memcpy(w->link.revision, revision.p, revision.n);
        w->link.revision[revision.n] = '\0';
        tell_link(&out, w);
    }
    json_decref(run);
    finish(w, &out);
}

enum gates_when
linkpage_make(const struct gates_call *c, struct answer *out)
{
    struct link      l = {0};
    struct err       err = {0};
    struct port_read read;
    struct linking  *w;

    if (!gates_may_somewhere(c, TOKEN_SCOPE_ACT, "", out))
        return GATES_NOW;
    if (!c->g->port->link_key || !ulid_copy(c->arg[0], l.run)) {
        answer_error(out, 404, "this is no id of a run", "GET /v1/runs lists them");
        return GATES_NOW;
    }
    if (acts_read_link(c->req->body, clock_wall_ms(c->g->clock), &l, &err)) {
        answer_error(out, 400, err.text,
                     "{\"action\": \"approve\", \"by\": \"name\", \"why\": \"reason\", \"holds\": "
                     "\"30m\", \"expires\": \"8h\"}");
        return GATES_NOW;
    }
    if (l.action == OVERRIDE_FORCE && !gates_may_somewhere(c, TOKEN_SCOPE_FORCE, "", out))
        return GATES_NOW;
    ulid_make(l.id, clock_wall_ms(c->g->clock), &ulid_system_entropy);
    read = read_of(&l);
    read.grant = c->grant;
    w = linking_of(c, &l);
    answer_error(out, 503, "the history is busy", "ask again in a second");
    if (c->g->port->read(c->g->port->self, &read, on_run_to_link, w))
        return GATES_LATER;
    free(w);
    return GATES_NOW;
}
