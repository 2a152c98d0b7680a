#include "daemon/queryport.h"

#include "promql/memsource.h"
#include "tests/support/check.h"

#include <pthread.h>
#include <stdatomic.h>

/* A queryport with its loop (this thread) and one worker. */
struct bed {
    struct workers   *workers;
    struct mailbox   *mailbox;
    struct queryport *q;
    struct port_api   api;
    struct memsource *series[2];
    int               released[2];
};

static struct bed b;

static int64_t
no_time(void *self)
{
    (void)self;
    return 1700000000000;
}

static const struct clock clock_still = {no_time, no_time, NULL};

static int
set_up_with(unsigned threads)
{
    b = (struct bed){.workers = workers_new(threads), .mailbox = mailbox_new(64, NULL, NULL)};
    b.q = queryport_new(&(struct queryport_config){
        .workers = b.workers, .mailbox = b.mailbox, .clock = &clock_still, .version = "1.2.3"});
    b.api = queryport_api(b.q);
    for (size_t i = 0; i < 2; i++) {
        struct memsource_label label = {SLICE_LITERAL("__name__"), {i ? "b" : "a", 1}};
        struct err             err = {0};
        size_t                 id;

        b.series[i] = memsource_new();
        assert_int_equal(memsource_series(b.series[i], &label, 1, &id, &err), STATUS_OK);
    }
    return 0;
}

static int
set_up(void **state)
{
    (void)state;
    return set_up_with(0);
}

static int
set_up_with_a_worker(void **state)
{
    (void)state;
    return set_up_with(1);
}

static int
tear_down(void **state)
{
    (void)state;
    workers_free(b.workers);
    while (mailbox_run(b.mailbox))
        ;
    queryport_free(b.q);
    mailbox_free(b.mailbox);
    memsource_free(b.series[0]);
    memsource_free(b.series[1]);
    return 0;
}

static void
count_release(void *self)
{
    ++*(int *)self;
}

static struct queryport_member
member(size_t i)
{
    return (struct queryport_member){.name = i ? "second" : "first",
                                     .source = memsource_source(b.series[i]),
                                     .scrape_interval_ms = 5000,
                                     .scrape_timeout_ms = 4000,
                                     .retention_ms = i ? 3600000 : 7200000,
                                     .release = count_release,
                                     .self = &b.released[i]};
}

struct seen {
    size_t            series, targets;
    struct port_setup setup;
    pthread_mutex_t  *hold;   /* the worker waits here before it looks, */
    atomic_bool       inside; /* and is there */
};

static size_t
count_series(const struct source *source)
{
    struct source_reader   *r;
    struct source_selection found;
    struct arena            arena = {0};
    struct err              err = {0};
    struct source_query     all = {.min_ms = 0, .max_ms = INT64_MAX, .max_series = 100};

    assert_int_equal(source->open(source->self, &r, &err), STATUS_OK);
    assert_int_equal(r->select(r, &all, &arena, &found, &err), STATUS_OK);
    r->close(r);
    arena_release(&arena);
    return found.n;
}

static void
look(void *ctx, const struct port_series *s)
{
    struct seen *seen = ctx;

    atomic_store(&seen->inside, true);
    if (seen->hold) {
        pthread_mutex_lock(seen->hold);
        pthread_mutex_unlock(seen->hold);
    }
    seen->series = count_series(&s->source);
    s->setup(s->self, &seen->setup);
}

static void
the_sources_are_read_as_one(void **state)
{
    struct queryport_member both[] = {member(0), member(1)};
    struct seen             seen = {0};

    (void)state;
    assert_true(b.api.submit(b.api.self, false, look, &seen));
    assert_int_equal(seen.series, 0);
    assert_int_equal(seen.setup.retention_ms, 0);

    queryport_set(b.q, both, 2);
    assert_true(b.api.submit(b.api.self, false, look, &seen));
    assert_int_equal(seen.series, 2);
    assert_string_equal(seen.setup.version, "1.2.3");
    assert_int_equal(seen.setup.retention_ms, 3600000); /* what every query may rely on */
    assert_int_equal(seen.setup.n_jobs, 2);
    assert_string_equal(seen.setup.job[1].name, "second");
    assert_int_equal(seen.setup.job[1].timeout_ms, 4000);

    queryport_loaded(b.q, false);
    assert_true(b.api.submit(b.api.self, false, look, &seen));
    assert_false(seen.setup.reload_ok);
}

/* Only when the query that began with it has ended, and only by the loop. */
static void
a_source_is_released_after_its_last_query(void **state)
{
    struct queryport_member first = member(0), second = member(1);
    struct seen             old = {0}, fresh = {0};
    pthread_mutex_t         hold = PTHREAD_MUTEX_INITIALIZER;

    (void)state;
    queryport_set(b.q, &first, 1);
    pthread_mutex_lock(&hold);
    old.hold = &hold;
    assert_true(b.api.submit(b.api.self, false, look, &old));
    while (!atomic_load(&old.inside))
        ;
    assert_true(b.api.submit(b.api.self, false, look, &fresh));
    queryport_set(b.q, &second, 1);
    while (mailbox_run(b.mailbox))
        ;
    pthread_mutex_unlock(&hold);
    while (workers_load(b.workers))
        ;
    assert_int_equal(old.series, 1);
    assert_int_equal(fresh.series, 1);
    while (mailbox_run(b.mailbox))
        ;
    assert_int_equal(b.released[0], 1);
    assert_int_equal(b.released[1], 0);
    queryport_set(b.q, NULL, 0);
    assert_int_equal(b.released[1], 0);
    assert_true(mailbox_run(b.mailbox));
    assert_int_equal(b.released[1], 1);
}

static void
targets_are_asked_of_the_loop_first(void **state)
{
    struct queryport_member first = member(0);
    struct seen             seen = {0};

    (void)state;
    queryport_set(b.q, &first, 1);
    assert_true(b.api.submit(b.api.self, true, look, &seen));
    assert_int_equal(seen.setup.n_jobs, 0); /* nothing has happened yet */
    while (mailbox_run(b.mailbox))
        ;
    assert_int_equal(seen.series, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_sources_are_read_as_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_source_is_released_after_its_last_query,
                                        set_up_with_a_worker, tear_down),
        cmocka_unit_test_setup_teardown(targets_are_asked_of_the_loop_first, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
