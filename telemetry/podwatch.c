#include "telemetry/podwatch.h"

#include "base/hash.h"
#include "base/heap.h"
#include "base/text.h"
#include "base/vec.h"
#include "telemetry/podtarget.h"

#include <stdlib.h>

enum {
    PAGE_PODS = 100,
    LIST_TIMEOUT_MS = 30000,
    MAX_PAGE_BYTES = 64 << 20,
    WATCH_S = 300, /* then the server ends it, and it is resumed */
    MAX_EVENT_BYTES = 4 << 20,
    MAX_TOKEN_BYTES = 4096,
    MAX_URL_BYTES = 32 << 10, /* room for a token and a selector, encoded */
    MAX_PODS = 50000,
    MAX_ERROR_BODY_BYTES = 1 << 16,
    JSON_DEPTH = 64, /* managedFields nest */
    BACKOFF_FIRST_MS = 1000,
    BACKOFF_MOST_MS = 30000,
};

struct podwatch {
    struct podwatch_shared *shared;
    const char *namespace;
    char             *place; /* for the sink: "kubernetes" and the namespace */
    bool              watching, stopped;
    struct fetch_job *job;
    uint64_t          timer;
    int64_t           backoff_ms, started_ms;
    uint64_t          asked; /* requests so far, for jitter */

    struct text url;           /* of the request under way */
    struct text version, next; /* resourceVersion; continue of the next page */

    struct hash_map pods; /* group's name to the round that met it last */
    uintptr_t       round;

    /* Of the watch under way. */
    struct text line;
    size_t      error_bytes;
    int         http_code;
    bool        alive; /* an event came */
    bool        expired;
    struct err  why; /* the stream was ended for this */
};

void
podwatch_release(struct podwatch_shared *s)
{
    if (--s->refs)
        return;
    arena_release(&s->arena);
    free(s);
}

static void
free_watch(struct podwatch *w)
{
    text_release(&w->url);
    text_release(&w->version);
    text_release(&w->next);
    text_release(&w->line);
    hash_release(&w->pods);
    free(w->place);
    podwatch_release(w->shared);
    free(w);
}

static void
tell(struct podwatch *w, const struct err *err)
{
    w->shared->sink.told(w->shared->sink.self, w->place, err);
}

static void
end_pod(struct podwatch *w, struct slice group)
{
    w->shared->sink.group(w->shared->sink.self, group, NULL, 0);
    hash_remove(&w->pods, group);
}

/* STATUS_LIMIT: there are more pods than may be. */
static enum status
take_pod(struct podwatch *w, struct arena *a, const json_t *pod, bool deleted, struct err *err)
{
    struct podtarget t;
    enum status      s = podtarget_read(a, &w->shared->config, pod, &t, err);
    struct slice     group;

    if (s)
        return s;
    group = slice_of(arena_printf(a, "pod:%.*s/%.*s", SLICE_ARG(t.namespace), SLICE_ARG(t.name)));
    if (deleted || !t.scrapable) {
        if (hash_get(&w->pods, group))
            end_pod(w, group);
        return STATUS_OK;
    }
    if (w->pods.n >= MAX_PODS && !hash_get(&w->pods, group))
        return err_set(err, STATUS_LIMIT, "more than %d pods; narrow the selector", MAX_PODS);
    hash_set(&w->pods, group, (void *)w->round);
    w->shared->sink.group(w->shared->sink.self, group, &t.target, 1);
    return STATUS_OK;
}

/* What the whole list did not name is gone. */
static void
end_unlisted(struct podwatch *w)
{
    struct arena a = {0};
    VEC(struct slice) gone = {0};
    struct slice group;
    void        *round;
    size_t       cursor = 0;

    while (hash_next(&w->pods, &cursor, &group, &round))
        if ((uintptr_t)round != w->round)
            VEC_PUSH(&a, &gone, arena_slice(&a, group));
    for (size_t i = 0; i < gone.n; i++)
        end_pod(w, gone.at[i]);
    arena_release(&a);
}

static enum status
keep_token(struct text *into, struct slice token, const char *what, struct err *err)
{
    text_clear(into);
    text_put(into, token);
    return into->status ? err_set(err, STATUS_MALFORMED, "the API server's %s is over %d bytes",
                                  what, MAX_TOKEN_BYTES)
                        : STATUS_OK;
}

static enum status
read_page(struct podwatch *w, struct slice body, struct err *err)
{
    json_t      *root = NULL, *metadata, *pod;
    enum status  s = json_parse(body, JSON_DEPTH, &root, err);
    struct slice version;
    size_t       i;

    if (s)
        return err_wrap(err, "list of pods");
    metadata = json_object_get(root, "metadata");
    version = json_slice(json_object_get(metadata, "resourceVersion"));
    if (!version.n || !json_is_array(json_object_get(root, "items")))
        s = err_set(err, STATUS_MALFORMED, "the answer is no list of pods");
    json_array_foreach(json_object_get(root, "items"), i, pod)
    {
        struct arena a = {0};

        if (!s)
            s = take_pod(w, &a, pod, false, err);
        arena_release(&a);
    }
    if (!s)
        s = keep_token(&w->version, version, "resourceVersion", err);
    if (!s)
        s = keep_token(&w->next, json_slice(json_object_get(metadata, "continue")), "continue",
                       err);
    json_decref(root);
    return s;
}

/* ERROR carries a Status instead of a pod. */
static enum status
read_error(struct podwatch *w, const json_t *status, struct err *err)
{
    const json_t *code = json_object_get(status, "code");

    w->expired = json_is_integer(code) && json_integer_value(code) == 410;
    return err_set(err, STATUS_REFUSED, "the API server ended the watch: %.150s",
                   json_is_string(json_object_get(status, "message"))
                       ? json_string_value(json_object_get(status, "message"))
                       : "no message");
}

/* {"type": ADDED | MODIFIED | DELETED | BOOKMARK | ERROR, "object": …} */
static enum status
read_event(struct podwatch *w, struct slice line, struct err *err)
{
    json_t      *root = NULL, *object;
    enum status  s = json_parse(line, JSON_DEPTH, &root, err);
    struct slice type, version;
    struct arena a = {0};

    if (s)
        return err_wrap(err, "watch of pods");
    type = json_slice(json_object_get(root, "type"));
    object = json_object_get(root, "object");
    version = json_slice(json_object_get(json_object_get(object, "metadata"), "resourceVersion"));
    if (slice_is(type, "ERROR"))
        s = read_error(w, object, err);
    else if (slice_is(type, "ADDED") || slice_is(type, "MODIFIED") || slice_is(type, "DELETED"))
        s = take_pod(w, &a, object, slice_is(type, "DELETED"), err);
    else if (!slice_is(type, "BOOKMARK"))
        s = err_set(err, STATUS_MALFORMED, "an event of a kind that is not known: %.40s",
                    arena_text(&a, type));
    if (!s && version.n)
        s = keep_token(&w->version, version, "resourceVersion", err);
    arena_release(&a);
    json_decref(root);
    return s;
}

static void
take_line(struct podwatch *w)
{
    const struct slice line = slice_trim(text_slice(&w->line));

    if (line.n && read_event(w, line, &w->why) == STATUS_OK && !w->alive) {
        w->alive = true;
        w->backoff_ms = 0;
        tell(w, &(struct err){0});
    }
    text_clear(&w->line);
}

static bool
on_part(void *ctx, int http_code, struct slice content_type, struct slice part)
{
    struct podwatch *w = ctx;

    (void)content_type;
    w->http_code = http_code;
    if (w->stopped)
        return false;
    if (http_code != 200) {
        w->error_bytes += part.n;
        return w->error_bytes <= MAX_ERROR_BODY_BYTES;
    }
    while (part.n && !w->why.status) {
        const bool whole = memchr(part.p, '\n', part.n) != NULL;

        text_put(&w->line, slice_cut(&part, '\n'));
        if (w->line.status)
            err_set(&w->why, STATUS_TOO_LARGE, "an event of the watch is over %d bytes",
                    MAX_EVENT_BYTES);
        else if (whole)
            take_line(w);
    }
    return !w->why.status;
}

static void
put_url(struct podwatch *w)
{
    struct text                    *url = &w->url;
    const struct kubernetes_config *c = &w->shared->config;

    text_clear(url);
    text_puts(url, c->api_server);
    text_puts(url, "/api/v1");
    if (w->namespace) {
        text_puts(url, "/namespaces/");
        text_percent(url, slice_of(w->namespace));
    }
    text_puts(url, "/pods?");
    if (c->selector) {
        text_puts(url, "labelSelector=");
        text_percent(url, slice_of(c->selector));
        text_putc(url, '&');
    }
    if (w->watching) {
        text_printf(
            url, "watch=true&allowWatchBookmarks=true&timeoutSeconds=%d&resourceVersion=", WATCH_S);
        text_percent(url, text_slice(&w->version));
    } else {
        text_printf(url, "limit=%d", PAGE_PODS);
        if (w->next.n) {
            text_puts(url, "&continue=");
            text_percent(url, text_slice(&w->next));
        }
    }
}

static void on_done(void *ctx, const struct fetch_result *r);

static void
ask(struct podwatch *w)
{
    const struct podwatch_shared *k = w->shared;
    struct fetch_request          req = {.method = "GET",
                                         .peer = &k->peer,
                                         .timeout_ms = LIST_TIMEOUT_MS,
                                         .max_reply_bytes = MAX_PAGE_BYTES};

    if (w->watching) {
        req.timeout_ms = (int64_t)WATCH_S * 1000 + LIST_TIMEOUT_MS;
        req.max_reply_bytes = SIZE_MAX / 2; /* no end is wanted: each event is bounded */
        req.part = on_part;
    } else if (!w->next.n) {
        w->round++;
    }
    put_url(w);
    req.url = w->url.p;
    text_clear(&w->line);
    w->error_bytes = 0;
    w->http_code = 0;
    w->alive = w->expired = false;
    w->why = (struct err){0};
    w->asked++;
    w->started_ms = clock_mono_ms(k->world.clock);
    w->job = k->world.fetch->start(k->world.fetch->self, &req, on_done, w);
}

static void
on_backoff(void *ctx)
{
    struct podwatch *w = ctx;

    w->timer = 0;
    ask(w);
}

/* Somewhere in the upper half of the time: many replicas must not come back at
 * once. */
static void
back_off(struct podwatch *w)
{
    const struct slice asked = {(const char *)&w->asked, sizeof w->asked};
    int64_t            half;

    w->backoff_ms = w->backoff_ms ? 2 * w->backoff_ms : BACKOFF_FIRST_MS;
    if (w->backoff_ms > BACKOFF_MOST_MS)
        w->backoff_ms = BACKOFF_MOST_MS;
    half = w->backoff_ms / 2;
    w->timer =
        timer_start(&w->shared->world.timer,
                    half + (int64_t)(hash_bytes(asked) % (uint64_t)(half + 1)), on_backoff, w);
}

/* Anew: the version that was known is too old to go on from. */
static void
relist(struct podwatch *w)
{
    w->watching = false;
    text_clear(&w->next);
}

static void
end_list(struct podwatch *w, const struct fetch_result *r)
{
    struct err err = {0};

    if (r->status)
        err_set(&err, r->status, "list of pods: %s", r->err.text);
    else if (r->http_code != 200)
        err_set(&err, STATUS_REFUSED, "list of pods: the API server answered HTTP %d",
                r->http_code);
    else
        (void)!read_page(w, r->body, &err);
    if (err.status) {
        relist(w); /* a page in the middle may have expired */
        tell(w, &err);
        back_off(w);
        return;
    }
    if (!w->next.n) {
        end_unlisted(w);
        w->watching = true;
        w->backoff_ms = 0;
        tell(w, &err);
    }
    ask(w);
}

static void
end_watch(struct podwatch *w, const struct fetch_result *r)
{
    const int64_t lasted_ms = clock_mono_ms(w->shared->world.clock) - w->started_ms;
    struct err    err = w->why;

    if (r->http_code)
        w->http_code = r->http_code;
    if (w->http_code == 410 || w->expired) {
        relist(w);
        back_off(w);
        return;
    }
    if (!err.status && w->http_code && w->http_code != 200)
        err_set(&err, STATUS_REFUSED, "watch of pods: the API server answered HTTP %d",
                w->http_code);
    if (!err.status && r->status)
        err_set(&err, r->status, "watch of pods: %s", r->err.text);
    if (err.status == STATUS_MALFORMED || err.status == STATUS_SYNTAX)
        relist(w); /* the same events would come again */
    tell(w, &err);
    /* One that the server ends is resumed at once, unless it ends each at once. */
    if (err.status || lasted_ms < BACKOFF_FIRST_MS)
        back_off(w);
    else
        ask(w);
}

static void
on_done(void *ctx, const struct fetch_result *r)
{
    struct podwatch *w = ctx;

    w->job = NULL;
    if (w->stopped)
        free_watch(w);
    else if (w->watching)
        end_watch(w, r);
    else
        end_list(w, r);
}

struct podwatch *
podwatch_new(struct podwatch_shared *shared, const char *namespace)
{
    struct podwatch *w = heap_new(1, sizeof *w);
    struct text      place;
    size_t           n;

    shared->refs++;
    w->shared = shared;
    w->namespace = namespace;
    text_init(&place, SIZE_MAX / 2); /* a configured name */
    text_printf(&place, "kubernetes%s%s", namespace ? ":" : "", namespace ? namespace : "");
    w->place = text_take(&place, &n);
    text_init(&w->url, MAX_URL_BYTES);
    text_init(&w->version, MAX_TOKEN_BYTES);
    text_init(&w->next, MAX_TOKEN_BYTES);
    text_init(&w->line, MAX_EVENT_BYTES);
    ask(w);
    return w;
}

void
podwatch_stop(struct podwatch *w)
{
    const struct podwatch_shared *k = w->shared;

    w->stopped = true;
    timer_cancel(&k->world.timer, w->timer);
    if (w->job)
        k->world.fetch->cancel(k->world.fetch->self, w->job);
    else
        free_watch(w);
}
