#include "telemetry/intake.h"

#include "base/log.h"
#include "tests/support/check.h"
#include "tests/support/writebody.h"

#include <stdlib.h>
#include <string.h>

#define NOW INT64_C(1795400000000)

static struct fixture {
    _Atomic int64_t  now_ms; /* the thread of the intake reads it */
    struct clock     clock;
    struct tsdb     *t;
    struct metadata *m;
    struct ingest   *ingest;
    struct intake   *i;
    struct text      series, request;
    int              n_done, code;
    char             line[600];
    int              n_logged;
    char             logged[600]; /* the last line */
} f;

static int64_t
now(void *self)
{
    return *(int64_t *)self;
}

static void
keep_log(void *ctx, struct slice line)
{
    (void)ctx;
    f.n_logged++;
    snprintf(f.logged, sizeof f.logged, "%.*s", SLICE_ARG(line));
}

static void
start(const struct ingest_config *c)
{
    f = (struct fixture){.now_ms = NOW};
    f.clock = (struct clock){.wall_ms = now, .mono_ms = now, .self = &f.now_ms};
    f.t = tsdb_new(&(struct tsdb_limits){0}, &f.clock);
    f.m = metadata_new();
    f.ingest = ingest_new(c);
    f.i = intake_new("agents", f.t, f.m, f.ingest, &f.clock);
    text_init(&f.series, 1 << 20);
    text_init(&f.request, 1 << 20);
    log_set_sink(keep_log, NULL);
}

static int
set_up(void **state)
{
    (void)state;
    start(&(struct ingest_config){.on_caller = true});
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    ingest_free(f.ingest);
    intake_free(f.i);
    tsdb_free(f.t);
    metadata_free(f.m);
    text_release(&f.series);
    text_release(&f.request);
    log_set_sink(NULL, NULL);
    return 0;
}

static void
done(void *ctx, int http_code, const char *line)
{
    (void)ctx;
    f.n_done++;
    f.code = http_code;
    snprintf(f.line, sizeof f.line, "%s", line);
}

/* A request with one sample; the body is the intake's. */
static bool
write_sample(const char *name, int64_t t_ms, double value)
{
    struct text packed;
    size_t      n;
    char       *bytes;
    bool        took;

    text_init(&packed, 1 << 20);
    writebody_label(&f.series, "__name__", name);
    writebody_sample(&f.series, t_ms, value);
    writebody_series(&f.request, &f.series);
    writebody_snappy(&packed, text_slice(&f.request));
    text_clear(&f.request);
    bytes = text_take(&packed, &n);
    took = intake_remote_write(f.i, bytes, n, done, NULL);
    if (!took)
        free(bytes);
    return took;
}

/* A body of text as a stream that counts how often it was closed. */
struct body {
    const char *text;
    size_t      n, at;
    int         closed;
    enum status fails; /* at its end */
};

static enum status
read_body(void *self, char *out, size_t room, size_t *n, struct err *err)
{
    struct body *b = self;

    *n = b->n - b->at < room ? b->n - b->at : room;
    memcpy(out, b->text + b->at, *n);
    b->at += *n;
    if (*n == 0 && b->fails)
        return err_set(err, b->fails, "the stream failed");
    return STATUS_OK;
}

static void
close_body(void *self)
{
    ((struct body *)self)->closed++;
}

static bool
import(struct body *b)
{
    const struct bytestream s = {.read = read_body, .close = close_body, .self = b};

    return intake_text(f.i, &s, b->n, done, NULL);
}

static void
requests_are_applied_counted_and_answered(void **state)
{
    struct intake_stats s;

    (void)state;
    assert_true(write_sample("up", NOW, 1));
    assert_int_equal(f.n_done, 1);
    assert_int_equal(f.code, 204);
    assert_string_equal(f.line, "");
    assert_int_equal(f.n_logged, 0);
    f.now_ms += 1000;
    assert_true(write_sample("up", NOW - 5, 1));
    assert_int_equal(f.code, 400);
    assert_non_null(strstr(f.line, "out of order sample: up at 20"));
    s = intake_stats(f.i);
    assert_int_equal(s.requests, 2);
    assert_int_equal(s.refused_requests, 1);
    assert_int_equal(s.samples, 1);
    assert_int_equal(s.refused_samples, 1);
    assert_int_equal(s.last_ms, NOW); /* the refused one is no sign of life */
    assert_int_equal(tsdb_stats(f.t).series, 1);
}

/* A sender that is refused tries its next request at once: the log has a line in
 * ten seconds and how many there were. */
static void
the_log_is_not_flooded(void **state)
{
    (void)state;
    assert_true(write_sample("up", NOW, 1));
    for (int i = 0; i < 50; i++) {
        assert_true(write_sample("up", NOW - 5, 1));
        f.now_ms += 100;
    }
    assert_int_equal(f.n_logged, 1);
    assert_non_null(strstr(f.logged, "event=write_not_whole source=agents requests=1"));
    f.now_ms += 5000;
    assert_true(write_sample("up", NOW - 5, 1));
    assert_int_equal(f.n_logged, 2);
    assert_non_null(strstr(f.logged, "requests=50"));
    assert_non_null(strstr(f.logged, "out of order sample"));
}

static void
text_is_imported(void **state)
{
    struct body b = {.text = "# TYPE up gauge\nup{job=\"a\"} 1 1795400000000\nup{job=\"b\"} 2 "
                             "1795400000000\n"};

    (void)state;
    b.n = strlen(b.text);
    assert_true(import(&b));
    assert_int_equal(f.n_done, 1);
    assert_int_equal(f.code, 204);
    assert_int_equal(b.closed, 1);
    assert_int_equal(intake_stats(f.i).samples, 2);
    assert_int_equal(tsdb_stats(f.t).series, 2);
}

static void
text_that_is_not_all_taken_says_why(void **state)
{
    static const struct {
        const char *text;
        enum status fails;
        int         code;
        const char *part;
    } cases[] = {
        {"up 1 1795400000000\nup 2 1795400000000\n", STATUS_OK, 400,
         "1 samples were taken, but not 0 out of order, 1 with another value at the same time, 0 "
         "too old"},
        {"up 1 1795400000000\nup 2 1795399999999\nup 1 1000\n", STATUS_OK, 400,
         "but not 1 out of order, 0 with another value at the same time, 1 too old"},
        {"down 1 1795400000000\n{{{\n", STATUS_OK, 400, "; 1 samples above it were taken"},
        {"far 1 1795400600001\n", STATUS_OK, 400, "1 too old or too far in the future"},
        {"left 1 1795400000000\n", STATUS_SYNTAX, 400, "the stream failed"},
        {"more 1 1795400000000\n", STATUS_TOO_LARGE, 413, "the stream failed"},
    };

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct body b = {
            .text = cases[i].text, .n = strlen(cases[i].text), .fails = cases[i].fails};

        assert_true(import(&b));
        if (f.code != cases[i].code || !strstr(f.line, cases[i].part))
            fail_msg("%s: %d %s", cases[i].text, f.code, f.line);
        assert_int_equal(b.closed, 1);
        assert_int_equal(f.n_logged, 1);
        tear_down(state);
        set_up(state);
    }
}

/* A large import goes in steps through the queue; others come between. */
static void
a_large_import_is_taken_in_steps(void **state)
{
    struct text text;
    struct body b = {0};

    (void)state;
    text_init(&text, 64 << 20);
    for (int i = 0; i < 200000; i++)
        text_printf(&text, "requests_total{pod=\"pod-%d\",code=\"200\",filler=\"%040d\"} %d %lld\n",
                    i % 1000, i % 1000, i, (long long)NOW - 3600000 + i / 1000 * 15000);
    b.text = text.p;
    b.n = text.n;
    assert_true(b.n > 3 * (4 << 20)); /* more than one step */
    assert_true(import(&b));
    assert_int_equal(f.code, 204);
    assert_int_equal(intake_stats(f.i).samples, 200000);
    assert_int_equal(tsdb_stats(f.t).series, 1000);
    text_release(&text);
}

static void
a_full_queue_takes_nothing(void **state)
{
    struct body b = {.text = "up 1\n", .n = 5};

    (void)state;
    tear_down(NULL);
    start(&(struct ingest_config){.on_caller = true, .max_queued_bytes = 4});
    assert_false(write_sample("up", NOW, 1));
    assert_false(import(&b));
    assert_int_equal(b.closed, 0); /* still the caller's */
    assert_int_equal(f.n_done, 0);
    assert_int_equal(intake_stats(f.i).requests, 0);
}

static void
call_at_once(void *self, void (*fn)(void *ctx), void *ctx)
{
    (void)self;
    fn(ctx);
}

/* With the thread that a daemon has: what was taken is applied before the end. */
static void
what_waits_is_applied_before_the_end(void **state)
{
    (void)state;
    tear_down(NULL);
    start(&(struct ingest_config){.post = call_at_once});
    for (int i = 0; i < 100; i++)
        assert_true(write_sample("up", NOW + i, i));
    ingest_free(f.ingest);
    f.ingest = NULL;
    assert_int_equal(f.n_done, 100);
    assert_int_equal(f.code, 204);
    assert_int_equal(tsdb_stats(f.t).samples, 100);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requests_are_applied_counted_and_answered, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_log_is_not_flooded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_is_imported, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_that_is_not_all_taken_says_why, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_large_import_is_taken_in_steps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_queue_takes_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_waits_is_applied_before_the_end, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
