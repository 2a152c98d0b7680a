#include "telemetry/ingest.h"

#include "tests/support/check.h"

#include <pthread.h>

/* The loop of these tests: letters that the ingest thread has posted. */
enum { MOST_LETTERS = 4096, SENDERS = 4, JOBS_EACH = 500 };

struct box {
    pthread_mutex_t lock;
    pthread_cond_t  came;
    size_t          n;
    void (*fn[MOST_LETTERS])(void *ctx);
    void *ctx[MOST_LETTERS];
};

static void
box_init(struct box *b)
{
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->came, NULL);
    b->n = 0;
}

static void
box_post(void *self, void (*fn)(void *ctx), void *ctx)
{
    struct box *b = self;

    pthread_mutex_lock(&b->lock);
    assert_true(b->n < MOST_LETTERS);
    b->fn[b->n] = fn;
    b->ctx[b->n++] = ctx;
    pthread_cond_signal(&b->came);
    pthread_mutex_unlock(&b->lock);
}

static void
box_wait(struct box *b, size_t n)
{
    pthread_mutex_lock(&b->lock);
    while (b->n < n)
        pthread_cond_wait(&b->came, &b->lock);
    pthread_mutex_unlock(&b->lock);
}

/* Holds the ingest thread until the test opens it. */
struct door {
    pthread_mutex_t lock;
    pthread_cond_t  moved;
    bool            reached, open;
};

static void
stand_at_door(void *ctx)
{
    struct door *d = ctx;

    pthread_mutex_lock(&d->lock);
    d->reached = true;
    pthread_cond_broadcast(&d->moved);
    while (!d->open)
        pthread_cond_wait(&d->moved, &d->lock);
    pthread_mutex_unlock(&d->lock);
}

static void
door_reached(struct door *d)
{
    pthread_mutex_lock(&d->lock);
    while (!d->reached)
        pthread_cond_wait(&d->moved, &d->lock);
    pthread_mutex_unlock(&d->lock);
}

static void
door_open(struct door *d)
{
    pthread_mutex_lock(&d->lock);
    d->open = true;
    pthread_cond_broadcast(&d->moved);
    pthread_mutex_unlock(&d->lock);
}

static int order[8], n_order;

static void
note(void *ctx)
{
    order[n_order++] = (int)(intptr_t)ctx;
}

static void
note_done(void *ctx)
{
    order[n_order++] = 10 + (int)(intptr_t)ctx;
}

static void
virtual_time_runs_inside_the_call(void **state)
{
    struct ingest    *i = ingest_new(&(struct ingest_config){.on_caller = true});
    struct ingest_job job = {.bytes = 5, .run = note, .done = note_done, .ctx = (void *)1};
    (void)state;

    n_order = 0;
    assert_true(ingest_submit(i, &job));
    assert_int_equal(n_order, 2);
    assert_int_equal(order[0], 1);
    assert_int_equal(order[1], 11);
    assert_int_equal(ingest_stats(i).queued, 0);
    assert_int_equal(ingest_stats(i).queued_bytes, 0);
    assert_int_equal(ingest_stats(i).jobs, 1);
    ingest_free(i);
}

/* While one job runs, others wait up to both bounds; the one that runs counts,
 * because its memory is still there. */
static void
a_full_queue_refuses(void **state)
{
    static struct box box;
    struct door       door = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false};
    struct ingest_job held = {.bytes = 60, .run = stand_at_door, .ctx = &door};
    struct ingest_job small = {.bytes = 40, .run = note, .ctx = (void *)3};
    struct ingest_job empty = {.run = note, .done = note_done, .ctx = (void *)4};
    struct ingest_job must = {.bytes = 50, .must = true, .run = note, .ctx = (void *)5};
    struct ingest    *i;
    (void)state;

    n_order = 0;
    box_init(&box);
    i = ingest_new(&(struct ingest_config){
        .max_queued_bytes = 100, .max_queued = 3, .post = box_post, .self = &box});
    assert_true(ingest_submit(i, &held));
    door_reached(&door);
    assert_true(ingest_submit(i, &small));
    small.bytes = 1; /* 60 + 40 + 1 > 100 */
    assert_false(ingest_submit(i, &small));
    small.bytes = SIZE_MAX;
    assert_false(ingest_submit(i, &small));
    assert_true(ingest_submit(i, &empty));  /* the third */
    assert_false(ingest_submit(i, &empty)); /* no fourth */
    assert_int_equal(ingest_stats(i).queued, 3);
    assert_int_equal(ingest_stats(i).queued_bytes, 100);
    assert_int_equal(ingest_stats(i).refused, 3);
    assert_true(ingest_submit(i, &must)); /* but what may not be lost */
    small.bytes = 0;
    assert_false(ingest_submit(i, &small));
    door_open(&door);
    ingest_free(i); /* runs what is queued */
    assert_int_equal(n_order, 3);
    assert_int_equal(order[0], 3); /* in order */
    assert_int_equal(order[1], 4);
    assert_int_equal(order[2], 5);
    assert_int_equal(box.n, 1); /* done is posted, not called; NULL is not */
    box.fn[0](box.ctx[0]);
    assert_int_equal(order[3], 14);
}

struct sender {
    struct ingest *ingest;
    size_t         taken;
    pthread_t      thread;
};

static size_t run_count; /* the ingest thread's own: TSan sees whether it is */
static size_t done_count;

static void
count_run(void *ctx)
{
    (void)ctx;
    run_count++;
}

static void
count_done(void *ctx)
{
    (void)ctx;
    done_count++;
}

static void *
send_all(void *arg)
{
    struct sender    *s = arg;
    struct ingest_job job = {.bytes = 1, .run = count_run, .done = count_done};

    for (int n = 0; n < JOBS_EACH; n++)
        s->taken += ingest_submit(s->ingest, &job);
    return NULL;
}

static void
every_job_that_was_taken_runs_once(void **state)
{
    static struct box box;
    struct sender     senders[SENDERS];
    size_t            taken = 0;
    struct ingest    *i;
    (void)state;

    box_init(&box);
    run_count = done_count = 0;
    i = ingest_new(&(struct ingest_config){.max_queued = 64, .post = box_post, .self = &box});
    for (size_t s = 0; s < SENDERS; s++) {
        senders[s] = (struct sender){.ingest = i};
        assert_int_equal(pthread_create(&senders[s].thread, NULL, send_all, &senders[s]), 0);
    }
    for (size_t s = 0; s < SENDERS; s++) {
        pthread_join(senders[s].thread, NULL);
        taken += senders[s].taken;
    }
    box_wait(&box, taken);
    assert_int_equal(ingest_stats(i).jobs, taken);
    assert_int_equal(ingest_stats(i).refused, SENDERS * JOBS_EACH - taken);
    ingest_free(i);
    for (size_t n = 0; n < box.n; n++)
        box.fn[n](box.ctx[n]);
    assert_int_equal(run_count, taken);
    assert_int_equal(done_count, taken);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(virtual_time_runs_inside_the_call),
        cmocka_unit_test(a_full_queue_refuses),
        cmocka_unit_test(every_job_that_was_taken_runs_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
