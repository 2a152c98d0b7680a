#include "daemon/remotewriter.h"

#include "base/hash.h"
#include "base/heap.h"
#include "base/vec.h"
#include "promql/promclient.h"
#include "telemetry/writeencode.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    MOST_SERIES = 1000 * 1000,
    MOST_LABELS = 64,
    GATHER_MS = 30 * 1000,
    REPLY_BYTES = 64 << 10,
    FILE_BYTES = 128,
    SAID_BYTES = 150, /* of a refusal's words */
};

static const struct fetch_header headers[] = {{"Content-Encoding", "snappy"},
                                              {"X-Prometheus-Remote-Write-Version", "0.1.0"},
                                              {"User-Agent", "verdictd/" VERDICTD_VERSION}};

/* One request's body. */
struct part {
    struct text body;
    size_t      n_samples;
};

/* What a span holds, gathered on a worker, sent part by part. */
struct span {
    struct remotewriter *w;
    struct config       *config;
    int64_t              from_ms, to_ms;
    struct arena         arena;
    VEC(struct part) parts;
    size_t      at;      /* the part that is sent next */
    bool        refused; /* one of them was */
    enum status status;
    struct err  err;
};

/* Its own, so that it may outlive the writer. */
struct post {
    struct remotewriter *w; /* NULL: nobody waits */
    struct fetch_job    *job;
    struct span         *span;
    struct fetch_request request;
};

struct remotewriter {
    struct remotewriter_world world;
    struct config            *config;
    uint64_t                  timer;
    bool                      gathering, stopped, failing;
    bool                      refusing; /* the log knows that samples are refused for good */
    struct span              *span;     /* gathered, not all sent */
    struct post              *post;
    int64_t                   wait_ms;     /* after the next failure */
    int64_t                   left_out_ms; /* of time; the log does not know yet */
    struct remotewriter_stats stats;
};

static void on_timer(void *ctx);

static const struct config_remote_write *
settings(const struct remotewriter *w)
{
    return &w->config->daemon.remote_write;
}

static void
schedule(struct remotewriter *w, int64_t due_in_ms)
{
    timer_cancel(&w->world.timer, w->timer);
    w->timer =
        w->stopped || !settings(w)->on ? 0 : timer_start(&w->world.timer, due_in_ms, on_timer, w);
}

static void
free_span(struct span *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->parts.n; i++)
        text_release(&s->parts.at[i].body);
    arena_release(&s->arena);
    config_unref(s->config);
    free(s);
}

static void
file_name(const struct remotewriter *w, const char *ending, char out[4200])
{
    snprintf(out, 4200, "%s/remote-write%s", w->world.data_dir, ending);
}

/* For whom: another address is told from its beginning on. */
static uint64_t
url_hash(const struct remotewriter *w)
{
    return hash_bytes(slice_of(settings(w)->url));
}

/* Without an fsync: what a crash of the machine takes back is sent again, and the
 * same samples twice do no harm. */
static void
remember(struct remotewriter *w)
{
    char  name[4200], part[4200];
    FILE *f;
    bool  good;

    file_name(w, "", name);
    file_name(w, ".part", part);
    f = fopen(part, "we");
    good = f && fprintf(f, "%016" PRIx64 " %" PRId64 "\n", url_hash(w), w->stats.sent_ms) > 0;
    good = (!f || fclose(f) == 0) && good;
    if (!good || rename(part, name))
        log_event(LOG_LEVEL_WARN, "remote_write_position", log_text("file", name));
}

/* 0: nothing is remembered of this address. */
static int64_t
remembered(struct remotewriter *w)
{
    char         name[4200], text[FILE_BYTES] = "", hash[20];
    FILE        *f;
    struct slice line;
    int64_t      ms = 0;

    file_name(w, "", name);
    f = fopen(name, "re");
    if (!f)
        return 0;
    if (!fgets(text, sizeof text, f))
        text[0] = '\0';
    (void)fclose(f);
    snprintf(hash, sizeof hash, "%016" PRIx64 " ", url_hash(w));
    line = slice_of(text);
    if (strncmp(text, hash, strlen(hash)) != 0 || line.n < strlen(hash) + 2 ||
        slice_i64((struct slice){text + strlen(hash), line.n - strlen(hash) - 1}, &ms))
        return 0;
    return ms;
}

/* Labels of a series and the configuration's, by name. */
static size_t
put_labels(const struct span *s, const struct symbols *symbols, struct labels set,
           struct tsdb_label out[MOST_LABELS])
{
    const struct config_labels *more = &s->config->daemon.remote_write.labels;
    size_t                      n = 0;

    for (uint32_t i = 0; i < set.n && n < MOST_LABELS; i++)
        out[n++] = (struct tsdb_label){symbols_text(symbols, set.at[i].name),
                                       symbols_text(symbols, set.at[i].value)};
    for (size_t i = 0; i < more->n && n < MOST_LABELS; i++) {
        struct tsdb_label add = {slice_of(more->at[i].label), slice_of(more->at[i].value)};
        size_t            at = n++;

        for (; at > 0 && slice_compare(out[at - 1].name, add.name) > 0; at--)
            out[at] = out[at - 1];
        out[at] = add;
    }
    return n;
}

static enum status
close_part(struct span *s, struct writeencode *e)
{
    struct part p = {.n_samples = e->n_samples};
    enum status st;

    if (e->n_samples == 0)
        return STATUS_OK;
    text_init(&p.body, WRITEENCODE_MAX_BYTES);
    st = writeencode_take(e, &p.body, &s->err);
    VEC_PUSH(&s->arena, &s->parts, p);
    return st;
}

static enum status
encode(struct span *s, struct source_reader *r, const struct source_selection *found)
{
    struct source_scratch scratch = {0};
    struct tsdb_label     labels[MOST_LABELS];
    struct writeencode    e;
    enum status           st = STATUS_OK;

    writeencode_init(&e);
    for (size_t i = 0; i < found->n && !st; i++) {
        struct source_column column;
        size_t               n = put_labels(s, r->symbols, found->series[i].labels, labels);

        st = r->read(r, &found->series[i], s->from_ms, s->to_ms, &scratch, &column, &s->err);
        if (!st && column.n)
            writeencode_series(&e, labels, n, column.t_ms, column.value, column.n);
        if (!st && e.n_samples >= REMOTEWRITER_SAMPLES)
            st = close_part(s, &e);
    }
    if (!st)
        st = close_part(s, &e);
    source_scratch_release(&scratch);
    writeencode_release(&e);
    return st;
}

/* On a worker. */
static enum status
gather(struct span *s)
{
    const struct remotewriter_world *world = &s->w->world;
    struct source_reader            *r;
    struct source_selection          found;
    struct matcher                   all = {0};
    enum status                      st = world->source.open(world->source.self, &r, &s->err);

    if (st)
        return st;
    st = matcher_init(&all, MATCHER_REGEX, SLICE_LITERAL("__name__"), SLICE_LITERAL("verdictd_.+"),
                      &s->err);
    if (!st)
        st = r->select(
            r,
            &(struct source_query){.matchers = &all,
                                   .n_matchers = 1,
                                   .min_ms = s->from_ms,
                                   .max_ms = s->to_ms,
                                   .max_series = MOST_SERIES,
                                   .clock = world->clock,
                                   .deadline_ms = clock_mono_ms(world->clock) + GATHER_MS},
            &s->arena, &found, &s->err);
    if (!st)
        st = encode(s, r, &found);
    matcher_release(&all);
    r->close(r);
    return st;
}

static void send_part(struct remotewriter *w);

/* Until when the history is complete.  A point that the disk has not taken yet would stand
 * behind what was sent already, and never be sent. */
static int64_t
complete_ms(const struct remotewriter *w, int64_t now_ms)
{
    int64_t waiting_ms = w->world.store ? store_health(w->world.store).waiting_wall_ms : 0;

    return (waiting_ms && waiting_ms < now_ms ? waiting_ms : now_ms) - REMOTEWRITER_DELAY_MS;
}

/* All of a span was dealt with. */
static void
done_with(struct remotewriter *w, int64_t to_ms)
{
    bool behind = complete_ms(w, clock_wall_ms(w->world.clock)) - to_ms > settings(w)->interval_ms;

    w->stats.sent_ms = to_ms;
    remember(w);
    if (w->refusing && w->span->parts.n && !w->span->refused) {
        log_event(LOG_LEVEL_INFO, "remote_write_accepted",
                  log_int("refused", (int64_t)w->stats.refused));
        w->refusing = false;
    }
    free_span(w->span);
    w->span = NULL;
    schedule(w, behind ? 0 : settings(w)->interval_ms);
}

static void
note_failure(struct remotewriter *w, const char *why)
{
    w->stats.failures++;
    if (!w->failing)
        log_event(LOG_LEVEL_WARN, "remote_write_failing", log_text("error", why));
    w->failing = true;
}

static void
try_later(struct remotewriter *w, const char *why, int64_t retry_after_ms)
{
    note_failure(w, why);
    schedule(w, retry_after_ms > w->wait_ms ? retry_after_ms : w->wait_ms);
    w->wait_ms =
        w->wait_ms * 2 < REMOTEWRITER_LAST_WAIT_MS ? w->wait_ms * 2 : REMOTEWRITER_LAST_WAIT_MS;
}

/* Once an outage, when it is over. */
static void
tell_left_out(struct remotewriter *w)
{
    if (w->left_out_ms)
        log_event(LOG_LEVEL_WARN, "remote_write_left_out",
                  log_int("seconds", (w->left_out_ms + 999) / 1000));
    w->left_out_ms = 0;
}

static void
on_gathered(void *ctx)
{
    struct span         *s = ctx;
    struct remotewriter *w = s->w;

    w->gathering = false;
    if (w->stopped || s->config != w->config) {
        free_span(s);
        schedule(w, 0);
        return;
    }
    if (s->status) {
        try_later(w, s->err.text, 0);
        free_span(s);
        return;
    }
    w->span = s;
    tell_left_out(w);
    send_part(w);
}

static void
carry_out(void *ctx)
{
    struct span *s = ctx;

    s->status = gather(s);
    mailbox_must_post(s->w->world.mailbox, on_gathered, s);
}

static void
begin_span(struct remotewriter *w)
{
    int64_t      now_ms = clock_wall_ms(w->world.clock), to_ms = complete_ms(w, now_ms);
    int64_t      oldest_ms = now_ms - settings(w)->catch_up_ms;
    struct span *s;

    if (w->stats.sent_ms < oldest_ms) {
        w->left_out_ms += oldest_ms - w->stats.sent_ms;
        w->stats.sent_ms = oldest_ms;
    }
    if (w->stats.sent_ms > now_ms + settings(w)->catch_up_ms) /* the clock was far ahead */
        w->stats.sent_ms = to_ms;
    if (to_ms <= w->stats.sent_ms) { /* the wall clock went back, or the disk is slow */
        schedule(w, settings(w)->interval_ms);
        return;
    }
    if (to_ms - w->stats.sent_ms > REMOTEWRITER_SPAN_MS)
        to_ms = w->stats.sent_ms + REMOTEWRITER_SPAN_MS;
    s = heap_new(1, sizeof *s);
    s->w = w;
    s->config = config_ref(w->config);
    s->from_ms = w->stats.sent_ms + 1;
    s->to_ms = to_ms;
    w->gathering = true;
    if (workers_submit(w->world.workers, carry_out, s))
        return;
    w->gathering = false;
    free_span(s);
    schedule(w, settings(w)->interval_ms);
}

static void
on_timer(void *ctx)
{
    struct remotewriter *w = ctx;

    w->timer = 0;
    if (w->stopped || w->gathering || w->post)
        return;
    if (w->span)
        send_part(w);
    else
        begin_span(w);
}

static void
taken(struct remotewriter *w, size_t n_samples)
{
    if (w->failing)
        log_event(LOG_LEVEL_INFO, "remote_write_recovered",
                  log_int("failures", (int64_t)w->stats.failures));
    w->failing = false;
    w->wait_ms = REMOTEWRITER_FIRST_WAIT_MS;
    w->stats.sent += n_samples;
}

/* The receiver would refuse it again: left out, so that what follows gets through.  Told
 * until all of a span is taken again. */
static void
refused(struct remotewriter *w, size_t n_samples, const struct fetch_result *r)
{
    char why[200];

    snprintf(why, sizeof why, "HTTP %d: %.*s", r->http_code,
             (int)(r->body.n < SAID_BYTES ? r->body.n : SAID_BYTES), r->body.n ? r->body.p : "");
    if (!w->refusing)
        log_event(LOG_LEVEL_WARN, "remote_write_refused", log_int("samples", (int64_t)n_samples),
                  log_text("error", why));
    w->refusing = w->span->refused = true;
    w->stats.refused += n_samples;
    w->wait_ms = REMOTEWRITER_FIRST_WAIT_MS;
}

/* Whether the code is about now, who asks, or where, and not about what was sent: it may
 * be taken once a person has mended that.  The specification wants no 4xx but 429 tried
 * again; vmagent, too, leaves only those out that are about the samples. */
static bool
may_be_taken_later(int code)
{
    static const int codes[] = {401, 403, 404, 405, 407, 408, 429};

    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (code == codes[i])
            return true;
    return code >= 500 || (code >= 300 && code < 400);
}

static void
on_posted(void *ctx, const struct fetch_result *r)
{
    struct post         *p = ctx;
    struct remotewriter *w = p->w;
    struct span         *s = p->span;

    free(p);
    if (!w) {
        free_span(s);
        return;
    }
    w->post = NULL;
    if (r->status || may_be_taken_later(r->http_code)) {
        char why[64];

        snprintf(why, sizeof why, "HTTP %d", r->http_code);
        try_later(w, r->status ? r->err.text : why, r->status ? 0 : r->retry_after_ms);
        return;
    }
    if (r->http_code >= 200 && r->http_code < 300)
        taken(w, s->parts.at[s->at].n_samples);
    else
        refused(w, s->parts.at[s->at].n_samples, r);
    s->at++;
    send_part(w);
}

static void
send_part(struct remotewriter *w)
{
    const struct config_remote_write *c = settings(w);
    struct span                      *s = w->span;
    struct post                      *p;

    if (s->at == s->parts.n) {
        done_with(w, s->to_ms);
        return;
    }
    p = heap_new(1, sizeof *p);
    *p = (struct post){.w = w,
                       .span = s,
                       .request = {.method = "POST",
                                   .url = c->url,
                                   .content_type = "application/x-protobuf",
                                   .body = text_slice(&s->parts.at[s->at].body),
                                   .peer = &c->peer,
                                   .headers = headers,
                                   .n_headers = ARRAY_LEN(headers),
                                   .timeout_ms = c->timeout_ms,
                                   .max_reply_bytes = REPLY_BYTES}};
    w->stats.requests++;
    w->post = p;
    p->job = w->world.fetch->start(w->world.fetch->self, &p->request, on_posted, p);
}

/* What is under way ends without us; its span goes with it. */
static void
give_up(struct remotewriter *w)
{
    if (w->post) {
        w->post->w = NULL;
        w->world.fetch->cancel(w->world.fetch->self, w->post->job);
    } else {
        free_span(w->span);
    }
    w->post = NULL;
    w->span = NULL;
}

static void
begin(struct remotewriter *w)
{
    w->wait_ms = REMOTEWRITER_FIRST_WAIT_MS;
    w->left_out_ms = 0;
    w->stats.sent_ms = 0;
    if (!settings(w)->on)
        return;
    w->stats.sent_ms = remembered(w);
    if (w->stats.sent_ms == 0)
        w->stats.sent_ms = clock_wall_ms(w->world.clock) - REMOTEWRITER_DELAY_MS;
    schedule(w, 0);
}

struct remotewriter *
remotewriter_new(const struct remotewriter_world *world, struct config *config)
{
    struct remotewriter *w = heap_new(1, sizeof *w);

    w->world = *world;
    w->config = config_ref(config);
    begin(w);
    return w;
}

void
remotewriter_configure(struct remotewriter *w, struct config *config)
{
    give_up(w);
    timer_cancel(&w->world.timer, w->timer);
    w->timer = 0;
    config_unref(w->config);
    w->config = config_ref(config);
    begin(w);
}

void
remotewriter_stop(struct remotewriter *w)
{
    if (!w)
        return;
    w->stopped = true;
    timer_cancel(&w->world.timer, w->timer);
    w->timer = 0;
    give_up(w);
}

void
remotewriter_free(struct remotewriter *w)
{
    if (!w)
        return;
    config_unref(w->config);
    free(w);
}

struct remotewriter_stats
remotewriter_stats(const struct remotewriter *w)
{
    return w->stats;
}
