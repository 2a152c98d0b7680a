#include "tests/replay/play_stage.h"

#include "base/log.h"
#include "daemon/gateport.h"
#include "tests/replay/play_files.h"
#include "tests/replay/play_scrape.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    LOG_BYTES = 1 << 20,
    TARGETS_BYTES = 1 << 20,
    CONFIG_BYTES = 1 << 20,
    MAX_LETTERS = 4096,
    MOST_ROUNDS = 10000,
    ANSWER_WITHIN_MS = 5000,
    ASK_STEP_MS = 5,
};

/* In configurations. */
#define TARGETS "{{targets}}"
#define UPSTREAM "prometheus: {"

static void
on_log(void *ctx, struct slice line)
{
    struct text *log = ctx;

    if (log->n + line.n >= LOG_BYTES)
        text_clear(log);
    text_put(log, line);
}

enum status
play_stage_init(struct play_stage *s, struct play_time *time, struct play_upstream *upstream,
                struct err *err)
{
    const char *tmp = getenv("TMPDIR");

    *s = (struct play_stage){.time = time, .upstream = upstream};
    text_init(&s->log, LOG_BYTES);
    log_set_sink(on_log, &s->log);
    snprintf(s->dir, sizeof s->dir, "%s/replay.XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(s->dir))
        return err_set(err, STATUS_IO, "%s: %s", s->dir, strerror(errno));
    snprintf(s->data_dir, sizeof s->data_dir, "%s/data", s->dir);
    snprintf(s->file, sizeof s->file, "%s/config.yaml", s->dir);
    snprintf(s->targets_file, sizeof s->targets_file, "%s/targets.json", s->dir);
    return STATUS_OK;
}

void
play_stage_release(struct play_stage *s)
{
    log_set_sink(NULL, NULL);
    play_files_remove(s->data_dir);
    play_files_remove(s->dir);
    text_release(&s->log);
}

/* With the names of the script's own files in it. */
static bool
put_config(const struct play_stage *s, FILE *f, struct slice config)
{
    const char *mark;
    bool        ok = fprintf(f, "data_dir: %s\n", s->data_dir) > 0;

    while (ok && (mark = memmem(config.p, config.n, TARGETS, strlen(TARGETS)))) {
        int before = (int)(mark - config.p);

        ok = fprintf(f, "%.*s%s", before, config.p, s->targets_file) > 0;
        config.n -= (size_t)before + strlen(TARGETS);
        config.p = mark + strlen(TARGETS);
    }
    return ok && fprintf(f, "%.*s", SLICE_ARG(config)) >= 0;
}

/* The same source as the daemon scrapes it: at the same pace. */
static void
scrape_instead(struct slice config, struct text *out)
{
    const char *at;

    while ((at = memmem(config.p, config.n, UPSTREAM, strlen(UPSTREAM)))) {
        struct slice before = {config.p, (size_t)(at - config.p)}, rest, keys;

        rest = (struct slice){at + strlen(UPSTREAM), config.n - before.n - strlen(UPSTREAM)};
        keys = slice_cut(&rest, '}');
        text_put(out, before);
        text_puts(out, "scrape: {file_sd: [\"" TARGETS "\"]");
        while (keys.n) {
            struct slice key = slice_trim(slice_cut(&keys, ','));

            if (slice_starts(key, "scrape_interval"))
                text_printf(out, ", interval%.*s", (int)(key.n - strlen("scrape_interval")),
                            key.p + strlen("scrape_interval"));
            else if (slice_starts(key, "tick"))
                text_printf(out, ", %.*s", SLICE_ARG(key));
        }
        text_puts(out, "}");
        config = rest;
    }
    text_put(out, config);
}

static enum status
write_config(const struct play_stage *s, struct slice config, struct err *err)
{
    struct text scraped;
    FILE       *f;
    bool        written, full;

    if (config.n == 0)
        return STATUS_OK;
    text_init(&scraped, CONFIG_BYTES);
    if (s->scraped)
        scrape_instead(config, &scraped);
    else
        text_put(&scraped, config);
    full = play_stage_disk_full(false); /* the person's file is not on the daemon's disk */
    f = fopen(s->file, "we");
    written = f && put_config(s, f, text_slice(&scraped));
    if (f && fclose(f))
        written = false;
    (void)play_stage_disk_full(full);
    text_release(&scraped);
    return written ? STATUS_OK : err_set(err, STATUS_IO, "%s: %s", s->file, strerror(errno));
}

/* Whenever the mesh has grown. */
static enum status
write_targets(struct play_stage *s, struct err *err)
{
    const struct play_mesh *m = s->upstream->prom->mesh;
    struct text             t;
    FILE                   *f;
    bool                    written;

    if (s->targets_told == m->n_targets)
        return STATUS_OK;
    text_init(&t, TARGETS_BYTES);
    play_scrape_targets(m, &t);
    f = fopen(s->targets_file, "we");
    written = f && fwrite(t.p, 1, t.n, f) == t.n;
    if (f && fclose(f))
        written = false;
    text_release(&t);
    s->targets_told = m->n_targets;
    return written ? STATUS_OK
                   : err_set(err, STATUS_IO, "%s: %s", s->targets_file, strerror(errno));
}

static enum status
open_store(struct play_stage *s, struct err *err)
{
    struct store_options options = {
        .data_dir = s->data_dir, .clock = &s->time->clock, .synchronous = true};

    return store_open_with(&options, &s->store, err);
}

/* Cancelled requests are reported by timers. */
static void
run_timers(void *self)
{
    struct play_stage *s = self;

    timer_set_run(s->time->timers);
}

enum status
play_stage_start(struct play_stage *s, struct slice config, struct err *err)
{
    struct app_world world = {.clock = &s->time->clock,
                              .entropy = &s->time->entropy,
                              .fetch = &s->upstream->fetch,
                              .timer = s->time->timer,
                              .data_dir = s->data_dir,
                              .turn = run_timers,
                              .turn_self = s};
    enum status      st = write_config(s, config, err);

    if (st == STATUS_OK)
        st = write_targets(s, err);
    if (st == STATUS_OK)
        st = config_read_file(s->file, &s->config, err);
    if (st == STATUS_OK) {
        log_set_level(s->config->daemon.log_level);
        st = open_store(s, err);
    }
    if (st)
        return st;
    s->mailbox = mailbox_new(MAX_LETTERS, NULL, NULL);
    world.store = s->store;
    world.mailbox = s->mailbox;
    s->running = true;
    st = app_start(&s->app, &world, s->config, err);
    s->port = gateport_of(&s->app);
    gates_init(&s->gates, &s->port, &s->time->clock, NULL);
    gates_init(&s->kayenta_gates, &s->port, &s->time->clock, NULL);
    s->kayenta_gates.kayenta = true;
    return st;
}

static void
take_down(struct play_stage *s)
{
    while (mailbox_run(s->mailbox))
        continue;
    app_stop(&s->app);
    store_close(s->store);
    while (mailbox_run(s->mailbox))
        continue;
    app_release(&s->app);
    mailbox_free(s->mailbox);
    config_unref(s->config);
    s->store = NULL;
    s->mailbox = NULL;
    s->config = NULL;
    s->running = false;
}

enum status
play_stage_stop(struct play_stage *s, struct err *err)
{
    take_down(s);
    /* Cancelled requests are still to be reported. */
    timer_set_run(s->time->timers);
    if (timer_set_count(s->time->timers) || s->upstream->open)
        return err_set(err, STATUS_CONFLICT,
                       "%zu timers and %u requests outlived the daemon that started them",
                       timer_set_count(s->time->timers), s->upstream->open);
    return STATUS_OK;
}

enum status
play_stage_kill(struct play_stage *s, struct err *err)
{
    char        image[192];
    enum status st;

    snprintf(image, sizeof image, "%s/image", s->dir);
    st = play_files_copy(s->data_dir, image, err);
    /* The process is not killed, so its memory is given back; what that still
     * writes is thrown away. */
    if (st == STATUS_OK)
        st = play_stage_stop(s, err);
    if (st)
        return st;
    play_files_remove(s->data_dir);
    if (rename(image, s->data_dir))
        return err_set(err, STATUS_IO, "%s: %s", image, strerror(errno));
    return STATUS_OK;
}

enum status
play_stage_reload(struct play_stage *s, struct slice config, struct err *err)
{
    struct config *fresh;
    enum status    st = write_config(s, config, err);

    if (st == STATUS_OK)
        st = config_reload(s->config, s->file, &fresh, err);
    if (st)
        return st;
    st = app_reload(&s->app, fresh, err);
    if (st) {
        config_unref(fresh);
        return st;
    }
    config_unref(s->config);
    s->config = fresh;
    return STATUS_OK;
}

/* Everything that can happen without time passing. */
static enum status
come_to_rest(struct play_stage *s, struct err *err)
{
    for (int round = 0; round < MOST_ROUNDS; round++) {
        bool busy = s->mailbox && mailbox_run(s->mailbox);

        if (timer_set_wait_ms(s->time->timers) == 0) {
            timer_set_run(s->time->timers);
            busy = true;
        }
        if (!busy)
            return STATUS_OK;
    }
    return err_set(err, STATUS_LIMIT, "the daemon does not come to rest at one instant");
}

enum status
play_stage_run(struct play_stage *s, int64_t elapsed_ms, struct err *err)
{
    enum status st = write_targets(s, err);

    if (st == STATUS_OK)
        st = come_to_rest(s, err);
    while (st == STATUS_OK) {
        int64_t wait_ms = timer_set_wait_ms(s->time->timers);

        if (wait_ms < 0 || s->time->elapsed_ms + wait_ms > elapsed_ms)
            break;
        s->time->elapsed_ms += wait_ms;
        st = come_to_rest(s, err);
    }
    if (st == STATUS_OK && s->time->elapsed_ms < elapsed_ms)
        s->time->elapsed_ms = elapsed_ms;
    if (st == STATUS_OK && s->scraped) /* by nobody else, or less would seem unscraped */
        play_mesh_settle(s->upstream->prom->mesh, play_time_true_ms(s->time));
    else if (st == STATUS_OK)
        st = play_prom_run(s->upstream->prom, play_time_true_ms(s->time), err);
    if (st == STATUS_OK && s->upstream->unknown)
        st = err_set(err, STATUS_SYNTAX, "%s", s->upstream->err.text);
    return st;
}

struct waiting {
    struct answer now, later;
    bool          done;
};

static bool
on_done(void *ctx, struct answer *a)
{
    struct waiting *w = ctx;

    answer_release(&w->later);
    w->later = *a;
    answer_init(a);
    w->done = true;
    return true;
}

static enum status
wait_for(struct play_stage *s, const struct waiting *w, struct err *err)
{
    int64_t     until_ms = s->time->elapsed_ms + ANSWER_WITHIN_MS;
    enum status st = play_stage_run(s, s->time->elapsed_ms, err);

    while (st == STATUS_OK && !w->done && s->time->elapsed_ms < until_ms)
        st = play_stage_run(s, s->time->elapsed_ms + ASK_STEP_MS, err);
    if (st == STATUS_OK && !w->done)
        st = err_set(err, STATUS_TIMEOUT, "no answer within %d ms", ANSWER_WITHIN_MS);
    return st;
}

enum status
play_stage_ask(struct play_stage *s, const char *method, struct slice target, struct slice body,
               struct play_answer *out, struct err *err)
{
    static struct request req;
    struct waiting        w = {0};
    struct answer        *a;
    enum gates_when       when;
    enum status           st;

    memset(&req, 0, sizeof req);
    req.method = request_method_of(slice_of(method));
    req.body = body;
    st = request_target(&req, target, err);
    if (st)
        return st;
    answer_init(&w.now);
    answer_init(&w.later);
    /* As on a listener of its own. */
    when = gates_handle(slice_starts(target, "/canary") && s->config->daemon.kayenta.listen
                            ? &s->kayenta_gates
                            : &s->gates,
                        &req, &w.now, on_done, &w);
    st = when == GATES_LATER ? wait_for(s, &w, err) : play_stage_run(s, s->time->elapsed_ms, err);
    a = when == GATES_LATER ? &w.later : &w.now;
    *out = (struct play_answer){.code = a->code, .close = a->close};
    out->body = text_take(&a->body, &out->n);
    answer_release(&w.now);
    answer_release(&w.later);
    return st;
}

void
play_stage_forget(struct play_answer *a)
{
    free(a->body);
    *a = (struct play_answer){0};
}

bool
play_stage_disk_full(bool full)
{
    struct rlimit r;
    bool          was;

    (void)signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &r);
    was = r.rlim_cur == 0;
    r.rlim_cur = full ? 0 : r.rlim_max;
    setrlimit(RLIMIT_FSIZE, &r);
    return was;
}
