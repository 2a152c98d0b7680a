/* world.h - what a daemon reaches the world through, under virtual time.
 *
 * The clock stands still until a test moves it; the store is a real one, with
 * its thread or without. */
#ifndef TESTS_UNIT_DAEMON_WORLD_H
#define TESTS_UNIT_DAEMON_WORLD_H

#include "daemon/app.h"
#include "tests/support/fakefetch.h"
#include "tests/support/prng.h"
#include "tests/unit/store/fixture.h"

#include <errno.h>
#include <semaphore.h>
#include <time.h>

#define WORLD_CONFIG                                                                               \
    "sources:\n"                                                                                   \
    "  mesh: {prometheus: {url: \"http://prometheus:9090\"}}\n"                                    \
    "services:\n"                                                                                  \
    "  - {name: reviews, namespace: prod, source: mesh, versions: {key: version}}\n"

struct world {
    struct fixture_dir dir;
    _Atomic int64_t    mono_ms, wall_ms; /* the store's thread reads them */
    struct clock       clock;
    struct prng        chance;
    struct entropy     entropy;
    struct timer_set  *timers;
    struct mailbox    *mailbox;
    struct fakefetch  *fakefetch;
    struct fetch       fetch;
    struct store      *store;
    struct config     *config;
    struct app         app;
    size_t             n_answered;   /* calls of the fetch, by world_pass() */
    sem_t              shut, closed; /* the gate's */
    bool               gate_is_shut;
};

static inline int64_t
world_mono(void *self)
{
    return ((struct world *)self)->mono_ms;
}

static inline int64_t
world_wall(void *self)
{
    return ((struct world *)self)->wall_ms;
}

static inline void
world_fill(void *self, void *out, size_t n)
{
    struct world *w = self;

    for (size_t i = 0; i < n; i++)
        ((unsigned char *)out)[i] = (unsigned char)prng_next(&w->chance);
}

static inline void
world_open_store(struct world *w, bool synchronous)
{
    struct store_options o = {.data_dir = w->dir.path,
                              .clock = &w->clock,
                              .queue_bytes = STORE_MAX_UNIT,
                              .synchronous = synchronous};
    struct err           err = {0};

    if (store_open_with(&o, &w->store, &err))
        fail_msg("%s", err.text);
}

/* Everything but an app. */
static inline void
world_init(struct world *w, bool synchronous)
{
    log_set_level(LOG_LEVEL_ERROR);
    *w = (struct world){.mono_ms = 1000000, .wall_ms = FIXTURE_T0, .chance = {42}};
    fixture_dir_make(&w->dir);
    w->clock = (struct clock){world_wall, world_mono, w};
    w->entropy = (struct entropy){world_fill, w};
    w->timers = timer_set_new(&w->clock);
    w->mailbox = mailbox_new(1000, NULL, NULL);
    w->fakefetch = fakefetch_new();
    w->fetch = fakefetch_port(w->fakefetch);
    sem_init(&w->shut, 0, 0);
    sem_init(&w->closed, 0, 0);
    world_open_store(w, synchronous);
}

static inline struct app_world
world_of(struct world *w)
{
    return (struct app_world){.clock = &w->clock,
                              .entropy = &w->entropy,
                              .fetch = &w->fetch,
                              .timer = timer_set_port(w->timers),
                              .store = w->store,
                              .mailbox = w->mailbox,
                              .data_dir = w->dir.path};
}

static inline void
world_release(struct world *w)
{
    store_close(w->store);
    while (mailbox_run(w->mailbox))
        continue;
    fakefetch_settle(w->fakefetch);
    fakefetch_free(w->fakefetch);
    mailbox_free(w->mailbox);
    timer_set_free(w->timers);
    sem_destroy(&w->shut);
    sem_destroy(&w->closed);
    fixture_dir_remove(&w->dir);
}

static inline struct config *
world_config(const char *yaml)
{
    struct configreport report = {0};
    struct config      *c = NULL;

    if (config_check("test.yaml", slice_of(yaml), &c, &report))
        fail_msg("%s", report.n ? report.errors[0].text : "?");
    return c;
}

/* With an app, under this configuration. */
static inline void
world_start(struct world *w, const char *yaml)
{
    struct app_world world = world_of(w);
    struct err       err = {0};

    w->config = world_config(yaml);
    if (app_start(&w->app, &world, w->config, &err))
        fail_msg("%s", err.text);
}

/* Also what kill -9 leaves: nothing is written here that was not before. */
static inline void
world_stop(struct world *w)
{
    app_stop(&w->app);
    store_drain(w->store);
    while (mailbox_run(w->mailbox))
        continue;
    app_release(&w->app);
    fakefetch_settle(w->fakefetch);
    config_unref(w->config);
}

/* What is due now: letters, timers. */
static inline void
world_settle(struct world *w)
{
    do {
        while (mailbox_run(w->mailbox))
            continue;
        timer_set_run(w->timers);
    } while (mailbox_run(w->mailbox));
}

/* Let ms pass, timer by timer; every question to a source is answered with an
 * empty vector, or not at all. */
static inline void
world_pass(struct world *w, int64_t ms, bool answering)
{
    int64_t until = w->mono_ms + ms;

    world_settle(w);
    while (w->mono_ms < until) {
        int64_t step = timer_set_wait_ms(w->timers);

        if (step < 1)
            step = step < 0 ? until - w->mono_ms : 1;
        if (step > until - w->mono_ms)
            step = until - w->mono_ms;
        w->mono_ms += step;
        w->wall_ms += step;
        world_settle(w);
        while (answering && w->n_answered < fakefetch_count(w->fakefetch)) {
            size_t i = w->n_answered++;

            if (fakefetch_call(w->fakefetch, i)->open)
                fakefetch_reply(w->fakefetch, i, 200,
                                "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","
                                "\"result\":[]}}");
        }
        world_settle(w);
    }
}

enum { WORLD_GATE_S = 60 };

/* true: posted within the time that any machine needs. */
static inline bool
world_wait(sem_t *s)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WORLD_GATE_S;
    while (sem_timedwait(s, &until))
        if (errno != EINTR)
            return false;
    return true;
}

static inline void
world_shut(void *ctx, enum status s, const struct err *err)
{
    struct world *w = ctx;

    (void)s;
    (void)err;
    sem_post(&w->closed);
    if (!world_wait(&w->shut)) {
        fprintf(stderr,
                "the store's gate was not opened within %d s: the test waits for what "
                "stands behind it\n",
                WORLD_GATE_S);
        abort();
    }
}

/* From here on the store's thread does nothing, as behind a disk that hangs;
 * what is submitted stays in its queue until world_open_gate(). */
static inline void
world_close_gate(struct world *w)
{
    struct store_service s = {.ns = SLICE_LITERAL("gate"),
                              .name = SLICE_LITERAL("gate"),
                              .preset = SLICE_LITERAL("istio"),
                              .key = SLICE_LITERAL("version"),
                              .source = SLICE_LITERAL("mesh")};

    assert_int_equal(store_submit(w->store, &(struct store_commit){.service = &s}, world_shut, w),
                     STATUS_OK);
    if (!world_wait(&w->closed))
        fail_msg("the store's thread did not come to its gate within %d s", WORLD_GATE_S);
    w->gate_is_shut = true;
}

/* And everything that waited is durable and told. */
static inline void
world_open_gate(struct world *w)
{
    w->gate_is_shut = false;
    sem_post(&w->shut);
    store_drain(w->store);
}

/* All that was submitted is durable; behind a shut gate it never would be. */
static inline void
world_drain(struct world *w)
{
    if (w->gate_is_shut)
        fail_msg("the store cannot be drained: its gate is shut");
    store_drain(w->store);
}

#endif
