#include "tests/support/check.h"

#include "base/timer.h"

#include <string.h>

static int64_t now_ms;

static int64_t
fake_mono(void *self)
{
    (void)self;
    return now_ms;
}

static const struct clock fake_clock = {fake_mono, fake_mono, NULL};

static char trace[64];

struct mark {
    struct timer_port port;
    char              name;
    bool              again;   /* starts itself again, due at once */
    uint64_t          cancels; /* another timer that it cancels */
};

static void
on_timer(void *ctx)
{
    struct mark *m = ctx;
    size_t       n = strlen(trace);

    trace[n] = m->name;
    trace[n + 1] = '\0';
    timer_cancel(&m->port, m->cancels);
    if (m->again)
        timer_start(&m->port, 0, on_timer, m);
}

static struct timer_set *
fresh(void)
{
    now_ms = 1000;
    trace[0] = '\0';
    return timer_set_new(&fake_clock);
}

static void
called_in_order_of_due_time_then_of_start(void **state)
{
    struct timer_set *s = fresh();
    struct timer_port p = timer_set_port(s);
    struct mark       a = {p, 'a', false, 0}, b = {p, 'b', false, 0}, c = {p, 'c', false, 0};

    (void)state;
    assert_int_equal(timer_set_wait_ms(s), -1);
    timer_start(&p, 30, on_timer, &a);
    timer_start(&p, 10, on_timer, &b);
    timer_start(&p, 10, on_timer, &c);
    assert_int_equal(timer_set_wait_ms(s), 10);
    now_ms += 9;
    timer_set_run(s);
    assert_string_equal(trace, "");
    now_ms += 1;
    assert_int_equal(timer_set_wait_ms(s), 0);
    timer_set_run(s);
    assert_string_equal(trace, "bc");
    now_ms += 100;
    timer_set_run(s);
    assert_string_equal(trace, "bca");
    assert_int_equal(timer_set_count(s), 0);
    timer_set_free(s);
}

static void
a_timer_that_restarts_itself_waits_for_the_next_run(void **state)
{
    struct timer_set *s = fresh();
    struct timer_port p = timer_set_port(s);
    struct mark       a = {p, 'a', true, 0}, b = {p, 'b', false, 0};

    (void)state;
    timer_start(&p, -5, on_timer, &a);
    timer_start(&p, 0, on_timer, &b);
    timer_set_run(s);
    assert_string_equal(trace, "ab");
    timer_set_run(s);
    assert_string_equal(trace, "aba");
    timer_set_free(s);
}

static void
cancel_also_from_inside_a_callback(void **state)
{
    struct timer_set *s = fresh();
    struct timer_port p = timer_set_port(s);
    struct mark       a = {p, 'a', false, 0}, b = {p, 'b', false, 0}, c = {p, 'c', false, 0};
    uint64_t          first;

    (void)state;
    first = timer_start(&p, 1, on_timer, &c);
    assert_true(first != 0);
    timer_start(&p, 2, on_timer, &a);
    a.cancels = timer_start(&p, 2, on_timer, &b);
    timer_cancel(&p, first);
    timer_cancel(&p, first);
    timer_cancel(&p, 0);
    now_ms += 5;
    timer_set_run(s);
    assert_string_equal(trace, "a");
    timer_set_free(s);
}

/* Against the plain definition: sort by (due, start). */
static void
many_timers_fire_in_order(void **state)
{
    enum { N = 500 };
    static struct mark marks[N];
    struct timer_set  *s = fresh();
    struct timer_port  p = timer_set_port(s);
    uint64_t           x = 88172645463325252u, ids[N];
    int64_t            last = 0;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        marks[i] = (struct mark){p, 'x', false, 0};
        ids[i] = timer_start(&p, (int64_t)(x % 1000), on_timer, &marks[i]);
    }
    for (size_t i = 0; i < N; i += 3)
        timer_cancel(&p, ids[i]);
    assert_int_equal(timer_set_count(s), N - (N + 2) / 3);
    while (timer_set_wait_ms(s) >= 0) {
        now_ms += timer_set_wait_ms(s);
        assert_true(now_ms >= last);
        last = now_ms;
        trace[0] = '\0';
        timer_set_run(s);
        assert_true(trace[0] == 'x');
    }
    timer_set_free(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(called_in_order_of_due_time_then_of_start),
        cmocka_unit_test(a_timer_that_restarts_itself_waits_for_the_next_run),
        cmocka_unit_test(cancel_also_from_inside_a_callback),
        cmocka_unit_test(many_timers_fire_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
