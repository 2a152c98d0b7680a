#include "daemon/mailbox.h"
#include "tests/support/check.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

enum { SENDERS = 4, LETTERS = 5000 };

static int order[8], n_order;

static void
note(void *ctx)
{
    order[n_order++] = (int)(intptr_t)ctx;
}

static void
letters_run_in_order(void **state)
{
    struct mailbox *m = mailbox_new(8, NULL, NULL);
    (void)state;

    n_order = 0;
    assert_false(mailbox_run(m));
    for (int i = 0; i < 3; i++)
        assert_true(mailbox_post(m, note, (void *)(intptr_t)i));
    assert_int_equal(n_order, 0); /* not on the sender's thread */
    assert_true(mailbox_run(m));
    assert_int_equal(n_order, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(order[i], i);
    assert_false(mailbox_run(m));
    mailbox_free(m);
}

static void
a_full_box_takes_only_what_must_be(void **state)
{
    struct mailbox *m = mailbox_new(2, NULL, NULL);
    (void)state;

    n_order = 0;
    assert_true(mailbox_offer(m, note, NULL));
    assert_false(mailbox_offer(m, note, NULL)); /* half is kept for questions */
    assert_true(mailbox_post(m, note, NULL));
    assert_false(mailbox_post(m, note, NULL));
    mailbox_must_post(m, note, NULL);
    assert_false(mailbox_post(m, note, NULL));
    assert_true(mailbox_run(m));
    assert_int_equal(n_order, 3);
    assert_true(mailbox_post(m, note, NULL)); /* there is room again */
    mailbox_free(m);                          /* and what was not run is dropped */
    assert_int_equal(n_order, 3);
}

static struct mailbox *box;

static void
post_another(void *ctx)
{
    n_order++;
    if (ctx)
        assert_true(mailbox_post(box, post_another, NULL));
}

/* A letter that is posted by a letter waits for the next round: the loop turns. */
static void
a_letter_may_post(void **state)
{
    (void)state;
    box = mailbox_new(1, NULL, NULL);
    n_order = 0;
    assert_true(mailbox_post(box, post_another, box));
    assert_true(mailbox_run(box));
    assert_int_equal(n_order, 1);
    assert_true(mailbox_run(box));
    assert_int_equal(n_order, 2);
    assert_false(mailbox_run(box));
    mailbox_free(box);
}

static void
count_wake(void *ctx)
{
    ++*(int *)ctx;
}

static void
the_loop_is_woken_once_for_each_filling(void **state)
{
    int             wakes = 0;
    struct mailbox *m = mailbox_new(2, count_wake, &wakes);
    (void)state;

    n_order = 0;
    assert_true(mailbox_post(m, note, NULL));
    assert_true(mailbox_post(m, note, NULL));
    assert_false(mailbox_post(m, note, NULL));
    assert_int_equal(wakes, 1);
    (void)mailbox_run(m);
    mailbox_must_post(m, note, NULL);
    assert_int_equal(wakes, 2);
    (void)mailbox_run(m);
    mailbox_free(m);
}

/* Many senders, one loop, which sleeps until it is woken. */
struct office {
    struct mailbox *m;
    pthread_mutex_t lock;
    pthread_cond_t  bell;
    bool            rung;
    int             next[SENDERS]; /* the loop's: letters of each sender come in order */
    int             read;
};

struct letter {
    struct office *o;
    int            sender, i;
};

static void
ring(void *ctx)
{
    struct office *o = ctx;

    pthread_mutex_lock(&o->lock);
    o->rung = true;
    pthread_cond_signal(&o->bell);
    pthread_mutex_unlock(&o->lock);
}

static void
read_letter(void *ctx)
{
    struct letter *l = ctx;

    assert_int_equal(l->o->next[l->sender], l->i);
    l->o->next[l->sender]++;
    l->o->read++;
    free(l);
}

struct sender {
    struct office *o;
    int            id;
};

static void *
send_letters(void *ctx)
{
    struct sender *s = ctx;

    for (int i = 0; i < LETTERS; i++) {
        struct letter *l = malloc(sizeof *l);

        *l = (struct letter){s->o, s->id, i};
        if (i % 2)
            mailbox_must_post(s->o->m, read_letter, l);
        else
            while (!mailbox_post(s->o->m, read_letter, l))
                sched_yield();
    }
    return NULL;
}

static void
no_letter_is_lost_among_threads(void **state)
{
    struct office o = {.lock = PTHREAD_MUTEX_INITIALIZER, .bell = PTHREAD_COND_INITIALIZER};
    struct sender senders[SENDERS];
    pthread_t     t[SENDERS];
    (void)state;

    o.m = mailbox_new(64, ring, &o);
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){&o, i};
        assert_int_equal(pthread_create(&t[i], NULL, send_letters, &senders[i]), 0);
    }
    while (o.read < SENDERS * LETTERS) {
        pthread_mutex_lock(&o.lock);
        while (!o.rung)
            pthread_cond_wait(&o.bell, &o.lock); /* a wake that is lost hangs here */
        o.rung = false;
        pthread_mutex_unlock(&o.lock);
        (void)mailbox_run(o.m);
    }
    for (int i = 0; i < SENDERS; i++)
        pthread_join(t[i], NULL);
    assert_false(mailbox_run(o.m));
    mailbox_free(o.m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_run_in_order),
        cmocka_unit_test(a_full_box_takes_only_what_must_be),
        cmocka_unit_test(a_letter_may_post),
        cmocka_unit_test(the_loop_is_woken_once_for_each_filling),
        cmocka_unit_test(no_letter_is_lost_among_threads),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
