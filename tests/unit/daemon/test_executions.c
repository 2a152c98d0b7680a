#include "daemon/executions.h"

#include "tests/unit/store/fixture.h"

#include <pthread.h>
#include <stdio.h>

/* What done said last. */
static char        last_id[ULID_BYTES];
static enum status last;
static int         n_done;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* the store's thread answers, too */

static void
done(void *ctx, enum status s, const char *id, const struct err *err)
{
    (void)ctx;
    (void)err;
    pthread_mutex_lock(&lock);
    n_done++;
    last = s;
    memcpy(last_id, id, ULID_BYTES);
    pthread_mutex_unlock(&lock);
}

static struct {
    struct fixture_dir dir;
    struct store      *store;
    struct clock       clock;
    _Atomic int64_t    now_ms; /* the store's thread reads it */
    struct executions *x;
} t;

static int64_t
now(void *self)
{
    (void)self;
    return t.now_ms;
}

/* synchronous: what is started is on disk, and done was called, when that returns. */
static void
open_all(bool synchronous)
{
    struct store_options o = {.data_dir = t.dir.path, .synchronous = synchronous};
    struct err           err = {0};

    if (store_open_with(&o, &t.store, &err) ||
        executions_new(t.store, &t.clock, &ulid_system_entropy, t.dir.path, &t.x, &err))
        fail_msg("%s", err.text);
}

static void
close_all(void)
{
    store_close(t.store);
    executions_free(t.x);
}

static int
setup(void **state)
{
    (void)state;
    fixture_dir_make(&t.dir);
    t.now_ms = 1795385405120;
    t.clock = (struct clock){.wall_ms = now, .mono_ms = now};
    n_done = 0;
    open_all(true);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    close_all();
    fixture_dir_remove(&t.dir);
    return 0;
}

static struct question
question(const char *canary, int marginal)
{
    struct question q = question_empty();

    snprintf(q.service, sizeof q.service, "reviews");
    snprintf(q.ns, sizeof q.ns, "prod");
    snprintf(q.canary, sizeof q.canary, "%s", canary);
    q.pass = 90;
    q.marginal = marginal;
    return q;
}

static bool
start(const char *canary, int marginal)
{
    struct question q = question(canary, marginal);

    return executions_start(t.x, &q, done, NULL);
}

static void
tell(const char *id, enum verdict v)
{
    struct port_execution e;
    struct port_told      told = {.question = &e.question,
                                  .verdict = v,
                                  .run = "01JD0000000000000000000RVN",
                                  .http_code = 200};

    assert_true(executions_get(t.x, id, &e));
    executions_told(t.x, &told);
}

static void
the_same_question_is_the_same_until_it_is_complete(void **state)
{
    char first[ULID_BYTES];

    (void)state;
    assert_true(start("v2", 75));
    memcpy(first, last_id, ULID_BYTES);
    assert_true(start("v2", 75));
    assert_string_equal(last_id, first);
    assert_true(start("v3", 75));
    assert_string_not_equal(last_id, first);
    assert_true(start("v2", 80));
    assert_string_not_equal(last_id, first);
    tell(first, VERDICT_PASS);
    assert_true(start("v2", 75));
    assert_string_not_equal(last_id, first);
    assert_int_equal(n_done, 5);
}

static void
what_is_kept_outlives_a_restart(void **state)
{
    struct port_execution e;
    char                  open[ULID_BYTES], over[ULID_BYTES];

    (void)state;
    assert_true(start("v2", 75));
    memcpy(open, last_id, ULID_BYTES);
    assert_true(start("v3", 90));
    memcpy(over, last_id, ULID_BYTES);
    tell(over, VERDICT_HOLD); /* equal thresholds: no last word */
    tell(over, VERDICT_ABORT);
    tell(over, VERDICT_PASS); /* the first one stays */
    for (int i = 0; i < 2; i++) {
        assert_true(executions_get(t.x, open, &e));
        assert_false(e.complete);
        assert_string_equal(e.question.service, "reviews");
        assert_string_equal(e.question.ns, "prod");
        assert_string_equal(e.question.canary, "v2");
        assert_string_equal(e.question.execution, open);
        assert_int_equal(e.question.pass, 90);
        assert_int_equal(e.question.marginal, 75);
        assert_true(executions_get(t.x, over, &e));
        assert_true(e.complete);
        assert_int_equal(e.told.verdict, VERDICT_ABORT);
        assert_string_equal(e.told.run, "01JD0000000000000000000RVN");
        close_all();
        open_all(true);
    }
    t.now_ms += STORE_EXECUTION_MS + 1;
    assert_false(executions_get(t.x, open, &e));
}

static void
there_is_room_for_those_that_somebody_waits_for(void **state)
{
    struct port_execution e;
    char                  name[16], first[ULID_BYTES] = "";

    (void)state;
    assert_true(start("v0", 75));
    memcpy(first, last_id, ULID_BYTES);
    close_all();
    open_all(false); /* thousands are committed in groups */
    for (int i = 1; i < EXECUTIONS_MOST; i++) {
        snprintf(name, sizeof name, "v%d", i);
        assert_true(start(name, 75));
    }
    assert_false(start("one-more", 75));
    assert_true(start("v7", 75)); /* the same takes no place */
    /* What is complete makes room; so does what nobody polls. */
    tell(first, VERDICT_PASS);
    assert_true(start("one-more", 75));
    assert_false(executions_get(t.x, first, &e));
    assert_false(start("another", 75));
    t.now_ms += 10 * 60 * 1000 + 1;
    assert_true(start("another", 75));
}

/* Until not even the smallest execution is taken; the store's thread stands still meanwhile. */
static void
fill_the_queue(void)
{
    static char             text[1 << 20];
    struct record_run       row = {.policy_text = {text, sizeof text}};
    struct record_execution one = {0};

    memset(text, 'x', sizeof text);
    for (; row.policy_text.n; row.policy_text.n /= 32)
        while (store_submit(t.store, &(struct store_commit){.run = &row}, NULL, NULL) == STATUS_OK)
            continue;
    while (store_submit(t.store, &(struct store_commit){.execution = &one}, NULL, NULL) ==
           STATUS_OK)
        continue;
}

/* Two ask alike before the first is in the history: what becomes of the second takes
 * nothing from the first, whose id is told. */
static void
one_that_is_refused_takes_no_other_with_it(void **state)
{
    struct port_execution e;

    (void)state;
    close_all();
    open_all(false);
    pthread_mutex_lock(&lock);
    assert_true(start("v1", 75)); /* done of it waits for the lock */
    assert_true(start("v2", 75));
    assert_true(start("v2", 75));
    fill_the_queue();
    assert_false(start("v2", 75));
    pthread_mutex_unlock(&lock);
    store_drain(t.store);
    assert_int_equal(n_done, 3);
    assert_int_equal(last, STATUS_OK);
    assert_true(executions_get(t.x, last_id, &e));
    assert_string_equal(e.question.canary, "v2");
}

static void
what_the_disk_does_not_take_is_not_there(void **state)
{
    struct question       q = question("v2", 75);
    struct port_execution e;

    (void)state;
    memset(q.revision, 'x', sizeof q.revision - 1);
    q.revision[0] = (char)0xff; /* not UTF-8: the unit is refused */
    assert_true(executions_start(t.x, &q, done, NULL));
    assert_int_not_equal(last, STATUS_OK);
    assert_false(executions_get(t.x, last_id, &e));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_same_question_is_the_same_until_it_is_complete),
        TEST(what_is_kept_outlives_a_restart),
        TEST(there_is_room_for_those_that_somebody_waits_for),
        TEST(one_that_is_refused_takes_no_other_with_it),
        TEST(what_the_disk_does_not_take_is_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
