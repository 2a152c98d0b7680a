/* The daemon without its loop: what outlives a stop, what a restart still tells. */
#include "tests/support/check.h"
#include "tests/support/fakefetch.h"

#include "analyzer/runstate.h"
#include "base/log.h"
#include "daemon/app.h"
#include "daemon/gateport.h"
#include "store/reader.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t now_ms;

static int64_t
fake_wall(void *self)
{
    (void)self;
    return INT64_C(1700000000000) + now_ms;
}

static int64_t
fake_mono(void *self)
{
    (void)self;
    return 1000 + now_ms;
}

static const struct clock fake_clock = {fake_wall, fake_mono, NULL};

struct fixture {
    char              dir[64];
    struct fakefetch *upstream;
    struct fetch      fetch;
    struct timer_set *timers;
    struct mailbox   *mailbox;
    struct store     *store;
    struct config    *config;
    struct app        app;
    struct port       port;
    struct question   question;
    int               replies;
};

static void
no_log(void *ctx, struct slice line)
{
    (void)ctx;
    (void)line;
}

static struct config *
config_of(const char *text)
{
    struct configreport report = {0};
    struct config      *c = NULL;

    assert_int_equal(config_check("test.yaml", slice_of(text), &c, &report), STATUS_OK);
    return c;
}

static const char simple[] = "sources: {mesh: {prometheus: {url: 'http://127.0.0.1:1'}}}\n"
                             "services: [{name: reviews, namespace: prod}]\n";

static void
start(struct fixture *f, const char *config)
{
    struct store_options options = {.data_dir = f->dir, .clock = &fake_clock, .synchronous = true};
    struct app_world     world = {.clock = &fake_clock,
                                  .entropy = &ulid_system_entropy,
                                  .fetch = &f->fetch,
                                  .timer = timer_set_port(f->timers),
                                  .data_dir = f->dir};
    struct err           err = {0};

    f->config = config_of(config);
    f->mailbox = mailbox_new(100, NULL, NULL);
    assert_int_equal(store_open_with(&options, &f->store, &err), STATUS_OK);
    world.store = f->store;
    world.mailbox = f->mailbox;
    assert_int_equal(app_start(&f->app, &world, f->config, &err), STATUS_OK);
    f->port = gateport_of(&f->app);
}

static void
stop(struct fixture *f)
{
    app_stop(&f->app);
    store_close(f->store);
    while (mailbox_run(f->mailbox))
        continue;
    app_release(&f->app);
    mailbox_free(f->mailbox);
    config_unref(f->config);
    fakefetch_settle(f->upstream);
}

static int
set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    log_set_sink(no_log, NULL);
    snprintf(f->dir, sizeof f->dir, "/tmp/verdictd-app-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    now_ms = 0;
    f->upstream = fakefetch_new();
    f->fetch = fakefetch_port(f->upstream);
    f->timers = timer_set_new(&fake_clock);
    f->question = question_empty();
    snprintf(f->question.service, sizeof f->question.service, "reviews");
    snprintf(f->question.ns, sizeof f->question.ns, "prod");
    snprintf(f->question.canary, sizeof f->question.canary, "v2");
    snprintf(f->question.baseline, sizeof f->question.baseline, "v1");
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    static const char *const files[] = {"verdictd.db", "verdictd.db-wal", "verdictd.db-shm",
                                        "verdictd.lock", "link.key"};
    struct fixture          *f = *state;

    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char path[128];

        snprintf(path, sizeof path, "%s/%s", f->dir, files[i]);
        unlink(path);
    }
    rmdir(f->dir);
    timer_set_free(f->timers);
    fakefetch_free(f->upstream);
    free(f);
    log_set_sink(NULL, NULL);
    return 0;
}

static void
on_last_reply(void *ctx, const struct port_reply *r)
{
    struct fixture *f = ctx;

    assert_null(r->view);
    f->replies++;
}

/* As a gate does whose answer takes two changes, and then notes what it told. */
static void
on_reply(void *ctx, const struct port_reply *r)
{
    struct fixture  *f = ctx;
    struct port_told told = {
        .question = &f->question, .gate = "argo", .reason = REASON_STORE_BUSY, .http_code = 200};

    (void)r;
    f->replies++;
    assert_true(f->port.change(&f->app, PORT_CONFIRM_SEEN, &f->question, on_last_reply, f));
    f->port.told(&f->app, &told);
}

static void
a_change_that_a_stop_overtakes_is_answered(void **state)
{
    struct fixture *f = *state;

    start(f, simple);
    assert_true(f->port.change(&f->app, PORT_OPEN, &f->question, on_reply, f));
    /* The run is opened; that it is durable is still in the mailbox. */
    assert_true(mailbox_run(f->mailbox));
    assert_int_equal(f->replies, 0);
    stop(f);
    assert_int_equal(f->replies, 2);
}

/* A run of v2 as the history would have it that has been aborted. */
static void
store_aborted(struct fixture *f, bool ended, int64_t started_ms, char id[ULID_BYTES])
{
    const struct policy *p = config_policy(f->config, SLICE_LITERAL("default"));
    struct run_identity  who = {.service = "reviews",
                                .ns = "prod",
                                .source = "mesh",
                                .canary = "v2",
                                .baseline = "v1",
                                .key = "revision",
                                .attempt = 1};
    struct run           run;
    struct text          state, policy;
    struct record_run    row;

    snprintf(who.revision, sizeof who.revision, "%s", f->question.revision);
    ulid_make(who.id, started_ms, &ulid_system_entropy);
    memcpy(id, who.id, ULID_BYTES);
    run_start(&run, &who, p, 30000, started_ms);
    run.state = RUN_ABORTED;
    run.promote = (struct view_answer){
        .verdict = VERDICT_ABORT, .reason = REASON_DEAD_CANARY, .message = "dead"};
    run.step = run.decided = run.decided_step = run.promote;
    if (ended)
        run_end(&run, "post_rollout", fake_wall(NULL));
    text_init(&state, 1 << 20);
    text_init(&policy, 1 << 16);
    pack_i64(&state, started_ms);
    runstate_pack(&run, &state);
    config_policy_text(p, &policy);
    row = (struct record_run){.service = slice_of(who.service),
                              .ns = slice_of(who.ns),
                              .revision = slice_of(who.revision),
                              .canary = slice_of(who.canary),
                              .baseline = slice_of(who.baseline),
                              .key = slice_of(who.key),
                              .policy = slice_of(p->name),
                              .policy_hash = slice_of(p->hash),
                              .source = slice_of(who.source),
                              .attempt = 1,
                              .state = ended ? RECORD_ENDED : RECORD_LIVE,
                              .started_ms = started_ms,
                              .ended_ms = run.ended_ms,
                              .updated_ms = fake_wall(NULL),
                              .verdict = VERDICT_ABORT,
                              .reason = REASON_DEAD_CANARY,
                              .message = slice_of("dead"),
                              .state_blob = text_slice(&state),
                              .policy_text = text_slice(&policy)};
    memcpy(row.id, id, ULID_BYTES);
    assert_int_equal(store_submit(f->store, &(struct store_commit){.run = &row}, NULL, NULL),
                     STATUS_OK);
    text_release(&state);
    text_release(&policy);
}

static const char other_policy[] = "sources: {mesh: {prometheus: {url: 'http://127.0.0.1:1'}}}\n"
                                   "services: [{name: reviews, namespace: prod}]\n"
                                   "policies: {default: {min_requests: 7}}\n";
static const char other_source[] = "sources: {edge: {prometheus: {url: 'http://127.0.0.1:1'}}}\n"
                                   "services: [{name: reviews, namespace: prod}]\n";

/* Nobody cleared it: a restart with another configuration must not let the
 * same revision start afresh (api.md, Runs). */
static void
an_abort_outlives_a_restart_whatever_was_configured(void **state)
{
    static const struct {
        const char *config;
        bool        ended;
    } cases[] = {{simple, false},      {simple, true},        {other_policy, false},
                 {other_policy, true}, {other_source, false}, {other_source, true}};
    struct fixture *f = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct verdict_view *v = NULL;
        char                       id[ULID_BYTES];
        struct err                 err = {0};

        snprintf(f->question.revision, sizeof f->question.revision, "r%zu", i);
        start(f, simple);
        store_aborted(f, cases[i].ended, fake_wall(NULL), id);
        stop(f);
        start(f, cases[i].config);
        assert_int_equal(f->port.view(&f->app, &f->question, &v, &err), PORT_FOUND);
        assert_string_equal(v->run, id);
        assert_int_equal(v->promote.verdict, VERDICT_ABORT);
        assert_int_equal(v->step.verdict, VERDICT_ABORT);
        f->port.view_release(&f->app, v);
        stop(f);
    }
}

/* The older one's end could not be written; going on with both would judge one
 * revision twice. */
static void
of_two_live_attempts_the_newer_one_goes_on(void **state)
{
    struct fixture            *f = *state;
    const struct verdict_view *v = NULL;
    char                       older[ULID_BYTES], newer[ULID_BYTES];
    struct err                 err = {0};

    snprintf(f->question.revision, sizeof f->question.revision, "r");
    start(f, simple);
    store_aborted(f, false, fake_wall(NULL) - 1000, older);
    store_aborted(f, false, fake_wall(NULL), newer);
    stop(f);
    start(f, simple);
    assert_int_equal(f->port.view(&f->app, &f->question, &v, &err), PORT_FOUND);
    assert_string_equal(v->run, newer);
    f->port.view_release(&f->app, v);
    stop(f);
    assert_int_equal(timer_set_count(f->timers), 0);
}

static void
more_aborts_are_told_than_fit_a_page(void **state)
{
    enum { MANY = READER_MAX_ROWS + 3 };
    static char     id[MANY][ULID_BYTES];
    struct fixture *f = *state;

    start(f, simple);
    for (int i = 0; i < MANY; i++) {
        snprintf(f->question.revision, sizeof f->question.revision, "r%d", i);
        store_aborted(f, true, fake_wall(NULL) - MANY + i, id[i]);
    }
    stop(f);
    start(f, simple);
    for (int i = 0; i < MANY; i++) {
        const struct verdict_view *v = NULL;
        struct err                 err = {0};

        snprintf(f->question.revision, sizeof f->question.revision, "r%d", i);
        assert_int_equal(f->port.view(&f->app, &f->question, &v, &err), PORT_FOUND);
        assert_string_equal(v->run, id[i]);
        f->port.view_release(&f->app, v);
    }
    stop(f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_abort_outlives_a_restart_whatever_was_configured, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(of_two_live_attempts_the_newer_one_goes_on, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(more_aborts_are_told_than_fit_a_page, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_change_that_a_stop_overtakes_is_answered, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
