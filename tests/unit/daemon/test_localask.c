/* Questions to series that are kept here, and their answers. */
#include "daemon/localask.h"

#include "promql/memsource.h"
#include "tests/support/check.h"

#include <pthread.h>
#include <stdlib.h>

enum { AT_MS = 1000000 };

static _Atomic int64_t now_ms = 5000; /* workers read it */

static int64_t
read_now(void *self)
{
    (void)self;
    return now_ms;
}

static const struct clock stopped = {read_now, read_now, NULL};

/* Two series of a, none of b. */
struct bench {
    struct memsource *series;
    struct source     source; /* as the series', or one that waits at a door */
    struct workers   *workers;
    struct mailbox   *mailbox;
    struct localask  *asks;
    struct arena      arena;

    int                      answered;
    struct promclient_answer answer;
    struct promreply         reply;
};

static struct bench bench;

static void
add(const char *name, const char *label, double value)
{
    struct memsource_label l[] = {{SLICE_LITERAL("__name__"), slice_of(name)},
                                  {SLICE_LITERAL("x"), slice_of(label)}};
    struct err             err = {0};
    size_t                 n;

    assert_int_equal(memsource_series(bench.series, l, 2, &n, &err), STATUS_OK);
    assert_int_equal(memsource_add(bench.series, n, AT_MS, value, &err), STATUS_OK);
}

static int64_t delay_ms;

static void
start(unsigned threads, size_t max_series)
{
    struct localask_config c = {
        .name = "edge", .max_series = max_series, .delay_ms = delay_ms, .clock = &stopped};

    bench = (struct bench){.series = memsource_new()};
    add("a", "1", 10);
    add("a", "2", 20);
    bench.source = memsource_source(bench.series);
    c.source = bench.source;
    c.workers = bench.workers = workers_new(threads);
    c.mailbox = bench.mailbox = mailbox_new(16, NULL, NULL);
    bench.asks = localask_new(&c);
}

static void
stop(void)
{
    workers_free(bench.workers);
    while (mailbox_run(bench.mailbox))
        continue;
    localask_free(bench.asks);
    mailbox_free(bench.mailbox);
    memsource_free(bench.series);
    arena_release(&bench.arena);
}

static void
on_answer(void *ctx, const struct promclient_answer *a)
{
    (void)ctx;
    bench.answered++;
    bench.answer = *a;
    if (a->reply)
        bench.reply = *a->reply;
}

static struct localask_query *
ask(const char *expr, int64_t at_ms)
{
    struct promclient_question q = {
        .expr = slice_of(expr), .at_ms = at_ms, .timeout_ms = 1000, .arena = &bench.arena};

    return localask_ask(bench.asks, &q, on_answer, NULL);
}

static void
wait_for_answer(int n)
{
    while (bench.answered < n)
        (void)mailbox_run(bench.mailbox);
    assert_int_equal(bench.answered, n);
}

static void
a_vector_is_told_as_a_reply(void **state)
{
    (void)state;
    for (unsigned threads = 0; threads < 3; threads++) {
        start(threads, 10);
        (void)ask("a", AT_MS);
        assert_int_equal(bench.answered, 0); /* never from inside the call */
        wait_for_answer(1);
        assert_int_equal(bench.answer.status, STATUS_OK);
        assert_int_equal(bench.reply.kind, PROMREPLY_VECTOR);
        assert_int_equal(bench.reply.n_series, 2);
        assert_int_equal(bench.reply.series[0].n_points, 1);
        assert_int_equal(bench.reply.series[0].points[0].t_ms, AT_MS);
        check_close(bench.reply.series[0].points[0].value + bench.reply.series[1].points[0].value,
                    30, 0);
        assert_true(slice_is(promreply_label(&bench.reply.series[0], "__name__"), "a"));
        assert_int_equal(localask_stats(bench.asks).in_flight, 0);
        stop();
    }
}

/* Telemetry that is written comes in parts: a run sees it when it is whole. */
static void
a_source_may_be_seen_later(void **state)
{
    (void)state;
    delay_ms = 300;
    start(0, 10);
    (void)ask("a", AT_MS + 299);
    wait_for_answer(1);
    assert_int_equal(bench.answer.status, STATUS_OK);
    assert_int_equal(bench.reply.n_series, 0);
    (void)ask("timestamp(a)", AT_MS + 300);
    wait_for_answer(2);
    assert_int_equal(bench.reply.n_series, 2);
    stop();
    delay_ms = 0;
}

static void
other_kinds(void **state)
{
    (void)state;
    start(0, 10);
    (void)ask("sum(a) / 3", AT_MS);
    (void)ask("time()", AT_MS);
    (void)ask("\"text\"", AT_MS);
    (void)ask("b", AT_MS);
    (void)mailbox_run(bench.mailbox);
    assert_int_equal(bench.answered, 4);
    assert_int_equal(bench.reply.kind, PROMREPLY_VECTOR); /* the last: nothing */
    assert_int_equal(bench.reply.n_series, 0);
    (void)ask("time()", AT_MS);
    wait_for_answer(5);
    assert_int_equal(bench.reply.kind, PROMREPLY_SCALAR);
    check_close(bench.reply.scalar.value, AT_MS / 1e3, 0);
    assert_int_equal(bench.reply.scalar.t_ms, AT_MS);
    (void)ask("\"text\"", AT_MS);
    wait_for_answer(6);
    assert_true(slice_is(bench.reply.string, "text"));
    (void)ask("rate(a[1m])", AT_MS); /* not a counter by its name: an info */
    wait_for_answer(7);
    assert_int_equal(bench.reply.n_series, 0);
    stop();
}

static void
a_range_is_a_matrix(void **state)
{
    struct promclient_question q = {.expr = SLICE_LITERAL("a{x=\"1\"}"),
                                    .range = true,
                                    .start_ms = AT_MS,
                                    .end_ms = AT_MS + 2000,
                                    .step_ms = 1000,
                                    .timeout_ms = 1000,
                                    .arena = &bench.arena};
    (void)state;

    start(0, 10);
    (void)localask_ask(bench.asks, &q, on_answer, NULL);
    wait_for_answer(1);
    assert_int_equal(bench.reply.kind, PROMREPLY_MATRIX);
    assert_int_equal(bench.reply.n_series, 1);
    assert_int_equal(bench.reply.series[0].n_points, 3);
    stop();
}

static void
failures_name_the_source(void **state)
{
    static const struct {
        const char *expr;
        size_t      max_series;
        enum status status;
        const char *text;
    } cases[] = {
        {"a +", 10, STATUS_BAD_QUERY, "source edge: 1:4: parse error: unexpected end of input"},
        {"a / on () a", 10, STATUS_BAD_QUERY, "source edge: "},
        {"a", 1, STATUS_LIMIT, "source edge: the answer has 2 series, over max_series 1"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        start(0, cases[i].max_series);
        (void)ask(cases[i].expr, AT_MS);
        wait_for_answer(1);
        assert_int_equal(bench.answer.status, cases[i].status);
        assert_null(bench.answer.reply);
        assert_true(slice_starts(slice_of(bench.answer.err.text), cases[i].text));
        assert_int_equal(localask_stats(bench.asks).failures, 1);
        stop();
    }
}

static void
withdrawn_questions_are_told_so(void **state)
{
    (void)state;
    start(0, 10);
    localask_cancel(ask("a", AT_MS)); /* evaluated already, but not told */
    wait_for_answer(1);
    assert_int_equal(bench.answer.status, STATUS_CANCELLED);
    assert_null(bench.answer.reply);
    assert_int_equal(localask_stats(bench.asks).failures, 0);
    stop();
}

static void
wait_at(void *ctx)
{
    pthread_mutex_t *door = ctx;

    pthread_mutex_lock(door);
    pthread_mutex_unlock(door);
}

/* More than may be under way at once wait here, and time passes for them. */
static void
questions_wait_their_turn(void **state)
{
    enum { N = 1000 };
    pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
    (void)state;

    start(1, 10);
    pthread_mutex_lock(&door);
    assert_true(workers_submit(bench.workers, wait_at, &door));
    for (int i = 0; i < N; i++)
        (void)ask("sum(a)", AT_MS);
    assert_int_equal(localask_stats(bench.asks).in_flight + localask_stats(bench.asks).queued, N);
    assert_true(localask_stats(bench.asks).queued > 0);
    pthread_mutex_unlock(&door);
    wait_for_answer(N);
    assert_int_equal(bench.answer.status, STATUS_OK);

    pthread_mutex_lock(&door);
    assert_true(workers_submit(bench.workers, wait_at, &door));
    (void)ask("a", AT_MS);
    now_ms += 1000;
    pthread_mutex_unlock(&door);
    wait_for_answer(N + 1);
    assert_int_equal(bench.answer.status, STATUS_TIMEOUT);
    stop();
}

static void
note_place(void *ctx, const struct promclient_answer *a)
{
    bench.answered++;
    bench.answer = *a;
    *(int *)ctx = bench.answered;
}

/* What yields is never but one with the pool, and all others go before the rest. */
static void
who_yields_lets_others_go_first(void **state)
{
    enum { N = 100 };
    pthread_mutex_t            door = PTHREAD_MUTEX_INITIALIZER;
    struct promclient_question q = {.expr = SLICE_LITERAL("sum(a)"), .at_ms = AT_MS};
    int                        first[N], then[N], most = 0;

    (void)state;
    start(1, 10);
    q.timeout_ms = 1000;
    q.arena = &bench.arena;
    pthread_mutex_lock(&door);
    assert_true(workers_submit(bench.workers, wait_at, &door));
    q.yields = true;
    for (int i = 0; i < N; i++)
        (void)localask_ask(bench.asks, &q, note_place, &first[i]);
    assert_int_equal(localask_stats(bench.asks).in_flight, 1);
    q.yields = false;
    for (int i = 0; i < N; i++)
        (void)localask_ask(bench.asks, &q, note_place, &then[i]);
    pthread_mutex_unlock(&door);
    wait_for_answer(2 * N);
    assert_int_equal(bench.answer.status, STATUS_OK);
    for (int i = 0; i < N; i++)
        most = then[i] > most ? then[i] : most;
    assert_true(most <= N + 1);
    stop();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vector_is_told_as_a_reply),
        cmocka_unit_test(a_source_may_be_seen_later),
        cmocka_unit_test(other_kinds),
        cmocka_unit_test(a_range_is_a_matrix),
        cmocka_unit_test(failures_name_the_source),
        cmocka_unit_test(withdrawn_questions_are_told_so),
        cmocka_unit_test(questions_wait_their_turn),
        cmocka_unit_test(who_yields_lets_others_go_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
