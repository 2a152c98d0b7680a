/* The writer under virtual time: its source is a few samples in memory, its fetch is
 * answered by hand, and what it posts is read by the receiving side of this program. */
#include "daemon/remotewriter.h"
#include "promql/memsource.h"
#include "telemetry/writerequest.h"
#include "tests/unit/daemon/world.h"

#include <snappy-c.h>

#define SENDING                                                                                    \
    WORLD_CONFIG "remote_write:\n"                                                                 \
                 "  url: http://central:9090/api/v1/write\n"                                       \
                 "  labels: {cluster: eu-1, zone: a}\n"

struct bed {
    struct world         w;
    struct workers      *workers;
    struct memsource    *series;
    struct remotewriter *r;
    struct fetch         fetch;
    struct text          last; /* body of the last request: fakefetch keeps texts */
    struct fetch         inner;
};

static struct fetch_job *
start(void *self, const struct fetch_request *q, fetch_done_fn done, void *ctx)
{
    struct bed *b = self;

    text_clear(&b->last);
    text_put(&b->last, q->body);
    return b->inner.start(b->inner.self, q, done, ctx);
}

static void
cancel(void *self, struct fetch_job *job)
{
    struct bed *b = self;

    b->inner.cancel(b->inner.self, job);
}

static void
begin_writer(struct bed *b)
{
    b->workers = workers_new(0);
    b->r = remotewriter_new(&(struct remotewriter_world){.clock = &b->w.clock,
                                                         .fetch = &b->fetch,
                                                         .timer = timer_set_port(b->w.timers),
                                                         .mailbox = b->w.mailbox,
                                                         .workers = b->workers,
                                                         .source = memsource_source(b->series),
                                                         .store = b->w.store,
                                                         .data_dir = b->w.dir.path},
                            b->w.config);
}

static void
end_writer(struct bed *b)
{
    remotewriter_stop(b->r);
    fakefetch_settle(b->w.fakefetch);
    workers_free(b->workers);
    world_settle(&b->w);
    remotewriter_free(b->r);
}

static int
set_up(void **state)
{
    struct bed *b = calloc(1, sizeof *b);

    if (!b)
        return -1;
    world_init(&b->w, true);
    b->w.config = world_config(SENDING);
    b->series = memsource_new();
    b->inner = b->w.fetch;
    b->fetch = (struct fetch){start, cancel, b};
    text_init(&b->last, 1 << 20);
    begin_writer(b);
    *state = b;
    return 0;
}

static int
tear_down(void **state)
{
    struct bed *b = *state;
    char        file[128];

    end_writer(b);
    fixture_file(&b->w.dir, "remote-write", file);
    unlink(file);
    memsource_free(b->series);
    text_release(&b->last);
    config_unref(b->w.config);
    world_release(&b->w);
    free(b);
    return 0;
}

static void
pass(struct bed *b, int64_t ms)
{
    world_pass(&b->w, ms, false);
}

/* A sample so many seconds after the beginning. */
static void
put(struct bed *b, int at_s, double value)
{
    struct memsource_label labels[] = {{SLICE_LITERAL("__name__"), SLICE_LITERAL("verdictd_x")},
                                       {SLICE_LITERAL("service"), SLICE_LITERAL("reviews")}};
    size_t                 s;

    assert_int_equal(memsource_series(b->series, labels, 2, &s, NULL), STATUS_OK);
    assert_int_equal(memsource_add(b->series, s, FIXTURE_T0 + INT64_C(1000) * at_s, value, NULL),
                     STATUS_OK);
}

/* What the last request held: "labels: value@second …". */
static const char *
sent(struct bed *b)
{
    static char         text[4096];
    static char         message[1 << 16];
    struct writerequest w = {0};
    size_t              n = sizeof message, at = 0;

    assert_int_equal(snappy_uncompress(b->last.p, b->last.n, message, &n), SNAPPY_OK);
    assert_int_equal(writerequest_read(&w, (struct slice){message, n}, NULL), STATUS_OK);
    text[0] = '\0';
    for (size_t s = 0; s < w.n_series; s++) {
        struct tsdb_label labels[8];

        assert_int_equal(writerequest_labels(&w.series[s], labels, NULL), STATUS_OK);
        for (uint32_t k = 0; k < w.series[s].n_labels; k++)
            at += (size_t)snprintf(text + at, sizeof text - at, "%.*s=%.*s ",
                                   SLICE_ARG(labels[k].name), SLICE_ARG(labels[k].value));
        for (uint32_t k = 0; k < w.series[s].n_samples; k++) {
            const struct writerequest_sample *v = &w.samples[w.series[s].first_sample + k];

            at += (size_t)snprintf(text + at, sizeof text - at, "%g@%g ", v->value,
                                   (double)(v->t_ms - FIXTURE_T0) / 1000);
        }
    }
    writerequest_release(&w);
    return text;
}

#define WITH_LABELS "__name__=verdictd_x cluster=eu-1 service=reviews zone=a "

static void
what_is_new_is_sent_each_interval(void **state)
{
    struct bed *b = *state;

    put(b, 4, 1);
    put(b, 14, 2);
    put(b, 20, 3);
    pass(b, 16000);
    /* At 15 s all up to 10 s: the rest may not be stored yet. */
    assert_int_equal(fakefetch_count(b->w.fakefetch), 1);
    assert_string_equal(sent(b), WITH_LABELS "1@4 ");
    assert_string_equal(fakefetch_call(b->w.fakefetch, 0)->headers,
                        "Content-Encoding: snappy\n"
                        "X-Prometheus-Remote-Write-Version: 0.1.0\n"
                        "User-Agent: verdictd/" VERDICTD_VERSION "\n");
    assert_string_equal(fakefetch_call(b->w.fakefetch, 0)->content_type, "application/x-protobuf");
    fakefetch_reply(b->w.fakefetch, 0, 204, "");
    pass(b, 15000);
    assert_string_equal(sent(b), WITH_LABELS "2@14 3@20 ");
    fakefetch_reply(b->w.fakefetch, 1, 200, "");
    pass(b, 60000);
    assert_int_equal(fakefetch_count(b->w.fakefetch), 2); /* nothing new, nothing sent */
    assert_int_equal(remotewriter_stats(b->r).sent, 3);
}

static void
failures_are_tried_again_ever_later(void **state)
{
    /* When the next try comes, in seconds after the one before: 1, 2, 4, … 60. */
    static const int wait_s[] = {1, 2, 4, 8, 16, 32, 60, 60};
    struct bed      *b = *state;
    size_t           n = 1;

    put(b, 4, 1);
    pass(b, 16000);
    for (size_t i = 0; i < ARRAY_LEN(wait_s); i++, n++) {
        assert_int_equal(fakefetch_count(b->w.fakefetch), n);
        if (i % 2)
            fakefetch_reply(b->w.fakefetch, n - 1, i % 4 == 1 ? 500 : 429, "");
        else
            fakefetch_fail(b->w.fakefetch, n - 1, STATUS_UNREACHABLE, "refused");
        pass(b, wait_s[i] * 1000 - 1);
        assert_int_equal(fakefetch_count(b->w.fakefetch), n);
        pass(b, 1);
    }
    assert_string_equal(sent(b), WITH_LABELS "1@4 ");
    fakefetch_answer(b->w.fakefetch, n - 1,
                     &(struct fetch_result){.http_code = 503, .retry_after_ms = 100000});
    pass(b, 99999);
    assert_int_equal(fakefetch_count(b->w.fakefetch), n);
    pass(b, 1);
    fakefetch_reply(b->w.fakefetch, n, 204, "");
    assert_int_equal(remotewriter_stats(b->r).sent, 1);
    assert_int_equal(remotewriter_stats(b->r).failures, n);
}

/* A token that ran out or a wrong address says nothing of the samples: they wait until a
 * person has mended it. */
static void
who_is_not_let_in_tries_again(void **state)
{
    static const int codes[] = {401, 403, 404, 405, 407, 408, 302};
    struct bed      *b = *state;

    put(b, 4, 1);
    pass(b, 16000);
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        assert_int_equal(fakefetch_count(b->w.fakefetch), i + 1);
        fakefetch_reply(b->w.fakefetch, i, codes[i], "no");
        pass(b, REMOTEWRITER_LAST_WAIT_MS);
    }
    assert_string_equal(sent(b), WITH_LABELS "1@4 ");
    fakefetch_reply(b->w.fakefetch, ARRAY_LEN(codes), 204, "");
    assert_int_equal(remotewriter_stats(b->r).refused, 0);
    assert_int_equal(remotewriter_stats(b->r).failures, ARRAY_LEN(codes));
    assert_int_equal(remotewriter_stats(b->r).sent, 1);
}

/* The wall clock was years ahead for a while: waiting for it would be for ever. */
static void
a_position_far_ahead_is_not_waited_for(void **state)
{
    struct bed *b = *state;

    b->w.wall_ms += INT64_C(5) * 365 * 24 * 3600 * 1000;
    pass(b, 16000);
    end_writer(b);
    b->w.wall_ms = FIXTURE_T0 + 20000;
    put(b, 30, 1);
    begin_writer(b);
    pass(b, 40000);
    assert_int_equal(fakefetch_count(b->w.fakefetch), 1);
    assert_string_equal(sent(b), WITH_LABELS "1@30 ");
}

/* The receiver would say so again: what follows must not wait behind it for ever. */
static void
what_is_refused_is_left_out(void **state)
{
    static const int codes[] = {400, 409, 413, 415, 422};
    struct bed      *b = *state;

    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        put(b, 4 + 15 * (int)i, 1);
    pass(b, 16000);
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        assert_int_equal(fakefetch_count(b->w.fakefetch), i + 1);
        fakefetch_reply(b->w.fakefetch, i, codes[i], "out of order sample");
        pass(b, 15000);
    }
    assert_int_equal(remotewriter_stats(b->r).refused, ARRAY_LEN(codes));
    assert_int_equal(remotewriter_stats(b->r).sent, 0);
}

static void
keep_refusals(void *ctx, struct slice line)
{
    struct text *t = ctx;

    if (memmem(line.p, line.n, "remote_write_refused", 20))
        text_puts(t, "refused ");
    if (memmem(line.p, line.n, "remote_write_accepted", 21))
        text_puts(t, "accepted ");
}

static void
refusals_are_told_until_all_is_taken_again(void **state)
{
    static const int codes[] = {400, 422, 200, 204, 409};
    struct bed      *b = *state;
    struct text      log;

    text_init(&log, 4096);
    log_set_level(LOG_LEVEL_INFO);
    log_set_sink(keep_refusals, &log);
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        put(b, 4 + 15 * (int)i, 1);
    pass(b, 16000);
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        fakefetch_reply(b->w.fakefetch, i, codes[i], "out of order sample");
        pass(b, 15000);
    }
    pass(b, 60000); /* nothing is sent: nothing was taken */
    log_set_sink(NULL, NULL);
    log_set_level(LOG_LEVEL_ERROR);
    assert_string_equal(log.p, "refused accepted refused ");
    assert_int_equal(remotewriter_stats(b->r).refused, 3);
    text_release(&log);
}

/* A point that the disk takes late is behind no span that was sent. */
static void
a_slow_disk_is_waited_for(void **state)
{
    struct bed *b = *state;

    end_writer(b);
    store_close(b->w.store);
    world_open_store(&b->w, false);
    begin_writer(b);
    put(b, 4, 1);
    pass(b, 16000);
    fakefetch_reply(b->w.fakefetch, 0, 204, "");
    world_close_gate(&b->w); /* since 16 s */
    pass(b, 100000);
    assert_int_equal(fakefetch_count(b->w.fakefetch), 1);
    assert_int_equal(remotewriter_stats(b->r).sent_ms, FIXTURE_T0 + 11000);
    put(b, 17, 2); /* it waited behind the gate */
    world_open_gate(&b->w);
    pass(b, 15000);
    assert_string_equal(sent(b), WITH_LABELS "2@17 ");
}

static void
a_restart_goes_on_where_it_stopped(void **state)
{
    struct bed *b = *state;

    put(b, 4, 1);
    put(b, 17, 2);
    pass(b, 16000);
    fakefetch_reply(b->w.fakefetch, 0, 204, "");
    pass(b, 15000);
    assert_string_equal(sent(b), WITH_LABELS "2@17 ");
    end_writer(b); /* that request is not answered */
    put(b, 40, 3);
    b->w.wall_ms += 60000;
    begin_writer(b);
    pass(b, 1);
    assert_string_equal(sent(b), WITH_LABELS "2@17 3@40 ");
    fakefetch_reply(b->w.fakefetch, 2, 204, "");
    assert_int_equal(remotewriter_stats(b->r).sent, 2);
}

static void
keep_left_out(void *ctx, struct slice line)
{
    struct text *t = ctx;

    if (memmem(line.p, line.n, "remote_write_left_out", 21))
        text_put(t, line);
}

/* In spans of five minutes, one after the other, and no farther back than catch_up: the
 * log says once how much that leaves out. */
static void
an_outage_is_caught_up_in_spans(void **state)
{
    struct bed *b = *state;
    struct text said;

    put(b, 4, 1);
    pass(b, 16000);
    fakefetch_reply(b->w.fakefetch, 0, 204, "");
    end_writer(b);
    for (int at = 600; at <= 7200; at += 600)
        put(b, at, at);
    b->w.wall_ms = FIXTURE_T0 + 7300 * 1000;
    text_init(&said, 4096);
    log_set_level(LOG_LEVEL_WARN);
    log_set_sink(keep_left_out, &said);
    begin_writer(b); /* of the hour before 7300 s */
    pass(b, 1);
    for (size_t i = 1; fakefetch_count(b->w.fakefetch) > i; i++) {
        fakefetch_reply(b->w.fakefetch, i, 204, "");
        pass(b, 1);
    }
    log_set_sink(NULL, NULL);
    log_set_level(LOG_LEVEL_ERROR);
    assert_int_equal(remotewriter_stats(b->r).sent, 6); /* 4200, 4800, … 7200 */
    /* 3700 s, less the 10 s that were sent */
    assert_non_null(strstr(said.p, "event=remote_write_left_out seconds=3690\n"));
    assert_null(strstr(strstr(said.p, "left_out") + 1, "left_out"));
    text_release(&said);
    assert_true(remotewriter_stats(b->r).sent_ms >= FIXTURE_T0 + 7200 * 1000);
}

static void
another_address_begins_with_now(void **state)
{
    struct bed    *b = *state;
    struct config *other = world_config(WORLD_CONFIG "remote_write: {url: \"http://other:1/w\"}\n");
    struct config *none = world_config(WORLD_CONFIG);

    put(b, 4, 1);
    pass(b, 16000); /* under way: is given up */
    remotewriter_configure(b->r, other);
    fakefetch_settle(b->w.fakefetch);
    put(b, 25, 2);
    pass(b, 31000);
    assert_int_equal(fakefetch_count(b->w.fakefetch), 2);
    assert_string_equal(fakefetch_call(b->w.fakefetch, 1)->url, "http://other:1/w");
    assert_string_equal(sent(b), "__name__=verdictd_x service=reviews 2@25 ");
    fakefetch_reply(b->w.fakefetch, 1, 204, "");
    remotewriter_configure(b->r, none);
    put(b, 50, 3);
    pass(b, 120000);
    assert_int_equal(fakefetch_count(b->w.fakefetch), 2);
    config_unref(other);
    config_unref(none);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_new_is_sent_each_interval, set_up, tear_down),
        cmocka_unit_test_setup_teardown(failures_are_tried_again_ever_later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_not_let_in_tries_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_position_far_ahead_is_not_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_refused_is_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refusals_are_told_until_all_is_taken_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_slow_disk_is_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_restart_goes_on_where_it_stopped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_outage_is_caught_up_in_spans, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_address_begins_with_now, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
