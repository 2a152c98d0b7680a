#include "daemon/workers.h"

#include "tests/support/check.h"

#include <pthread.h>
#include <stdatomic.h>

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t  moved;
    bool            open;
    size_t          inside, ran;
};

static void
wait_in_gate(void *ctx)
{
    struct gate *g = ctx;

    pthread_mutex_lock(&g->lock);
    g->inside++;
    pthread_cond_broadcast(&g->moved);
    while (!g->open)
        pthread_cond_wait(&g->moved, &g->lock);
    g->inside--;
    g->ran++;
    pthread_mutex_unlock(&g->lock);
}

static void
gate_init(struct gate *g)
{
    *g = (struct gate){0};
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->moved, NULL);
}

static void
gate_wait_for(struct gate *g, size_t inside)
{
    pthread_mutex_lock(&g->lock);
    while (g->inside < inside)
        pthread_cond_wait(&g->moved, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

static void
gate_open(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->open = true;
    pthread_cond_broadcast(&g->moved);
    pthread_mutex_unlock(&g->lock);
}

static void
without_threads_a_job_runs_inside_the_call(void **state)
{
    struct workers *w = workers_new(0);
    struct gate     g;

    (void)state;
    gate_init(&g);
    g.open = true;
    assert_true(workers_submit(w, wait_in_gate, &g));
    assert_int_equal(g.ran, 1);
    assert_int_equal(workers_load(w), 0);
    workers_free(w);
}

/* Three jobs are inside at once only if there are three threads; the queue takes
 * its maximum and no more; and free runs what was taken. */
static void
threads_work_at_once_and_the_queue_is_bounded(void **state)
{
    struct workers *w = workers_new(3);
    struct gate     g;
    size_t          taken = 3;

    (void)state;
    gate_init(&g);
    for (int i = 0; i < 3; i++)
        assert_true(workers_submit(w, wait_in_gate, &g));
    gate_wait_for(&g, 3);
    while (workers_submit(w, wait_in_gate, &g))
        taken++;
    assert_int_equal(taken, 3 + WORKERS_MAX_QUEUED);
    assert_int_equal(workers_load(w), taken);
    gate_open(&g);
    workers_free(w);
    assert_int_equal(g.ran, taken);
}

struct chain {
    struct workers *w;
    struct gate    *g;
    bool            again;
};

static void
submit_another(void *ctx)
{
    struct chain *c = ctx;

    c->again = workers_submit(c->w, wait_in_gate, c->g);
}

static void
a_job_may_submit_a_job(void **state)
{
    struct workers *w = workers_new(1);
    struct gate     g;
    struct chain    c = {.w = w, .g = &g};

    (void)state;
    gate_init(&g);
    assert_true(workers_submit(w, submit_another, &c));
    gate_wait_for(&g, 1);
    gate_open(&g);
    workers_free(w);
    assert_true(c.again);
    assert_int_equal(g.ran, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_threads_a_job_runs_inside_the_call),
        cmocka_unit_test(threads_work_at_once_and_the_queue_is_bounded),
        cmocka_unit_test(a_job_may_submit_a_job),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
