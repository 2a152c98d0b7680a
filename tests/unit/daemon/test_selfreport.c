#include "daemon/selfreport.h"

#include "daemon/gateport.h"
#include "daemon/meters.h"
#include "dashboards/metric.h"
#include "tests/unit/daemon/world.h"

#include <stdlib.h>

#define CONFIG                                                                                     \
    WORLD_CONFIG                                                                                   \
    "notifications: {chat: {format: slack, url: \"http://127.0.0.1:1/\"}}\n"                       \
    "remote_write: {url: \"http://127.0.0.1:1/\"}\n"

static struct world w;
static struct text  out;

static int
set_up(void **state)
{
    (void)state;
    world_init(&w, true);
    world_start(&w, CONFIG);
    text_init(&out, 1 << 20);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    text_release(&out);
    world_stop(&w);
    world_release(&w);
    return 0;
}

static void
report(const char *accept)
{
    text_clear(&out);
    (void)selfreport_write(w.app.selfreport, slice_of(accept), &out);
    assert_int_equal(out.status, STATUS_OK);
}

/* Of one sample, as it stands in the text. */
static double
value(const char *series)
{
    char        line[256];
    const char *at;

    report("");
    snprintf(line, sizeof line, "\n%s ", series);
    at = strstr(out.p, line);
    if (!at)
        fail_msg("no %s in\n%s", series, out.p);
    return strtod(at + strlen(line), NULL);
}

/* What has no value until something happened, or is not configured here. */
static bool
comes_later(enum metric m)
{
    return m == METRIC_GATE_CALLS || m == METRIC_HTTP_REQUESTS || m == METRIC_HTTP_DURATION ||
           (m >= METRIC_SERIES && m <= METRIC_REFUSED);
}

static void
every_metric_of_the_table_is_told(void **state)
{
    (void)state;
    world_pass(&w, 1000, false); /* the outbox is counted once it was read */
    report("");
    for (int i = 0; i < METRIC_COUNT; i++) {
        char type[128];

        snprintf(type, sizeof type, "# TYPE %s ", metric_row((enum metric)i)->name);
        if (!strstr(out.p, type) != comes_later((enum metric)i))
            fail_msg("%s: is it told?", metric_row((enum metric)i)->name);
    }
}

static void
a_scraper_gets_the_format_it_asks_for(void **state)
{
    (void)state;
    text_clear(&out);
    assert_true(selfreport_write(w.app.selfreport, slice_of("application/openmetrics-text"), &out));
    assert_string_equal(out.p + out.n - 6, "# EOF\n");
    text_clear(&out);
    assert_false(selfreport_write(w.app.selfreport, slice_of("text/plain"), &out));
}

/* The deadman: it moves with the loop's own second and with nothing else. */
static void
the_loop_is_seen_while_it_turns(void **state)
{
    double at = value("verdictd_loop_last_tick_timestamp_seconds");
    (void)state;

    check_close(at, (double)w.wall_ms / 1000, 1e-9);
    world_pass(&w, 1000, false);
    check_close(value("verdictd_loop_last_tick_timestamp_seconds"), at + 1, 1e-9);
    w.wall_ms += 60000; /* nobody runs the timers */
    w.mono_ms += 60000;
    check_close(value("verdictd_loop_last_tick_timestamp_seconds"), at + 1, 1e-9);
    timer_set_run(w.timers);
    check_close(value("verdictd_loop_lag_seconds_bucket{le=\"30\"}"), 1, 0);
    check_close(value("verdictd_loop_lag_seconds_bucket{le=\"+Inf\"}"), 2, 0);
}

static void
ignore(void *ctx, const struct port_reply *r)
{
    (void)ctx;
    (void)r;
}

/* A run without a source that answers: started, held, blind; and the gate told so. */
static void
a_run_is_counted(void **state)
{
    struct port      port = gateport_of(&w.app);
    struct question  q = question_empty();
    struct port_told told = {
        .question = &q, .gate = "argo", .verdict = VERDICT_HOLD, .http_code = 200};
    (void)state;

    snprintf(q.service, sizeof q.service, "reviews");
    snprintf(q.ns, sizeof q.ns, "prod");
    snprintf(q.canary, sizeof q.canary, "v2");
    assert_true(port.change(port.self, PORT_OPEN, &q, ignore, NULL));
    port.told(port.self, &told);
    world_pass(&w, 3000, false);
    check_close(value("verdictd_runs_started_total"), 1, 0);
    check_close(value("verdictd_runs{state=\"starting\",verdict=\"hold\"}"), 1, 0);
    check_close(value("verdictd_verdict_transitions_total{verdict=\"hold\"}"), 1, 0);
    check_close(value("verdictd_gate_calls_total{gate=\"argo\",verdict=\"hold\",code=\"200\"}"), 1,
                0);
    check_close(value("verdictd_hold_longest_seconds"), 3, 1.1);
    check_close(value("verdictd_snapshot_age_seconds{source=\"mesh\"}"), 3, 1.1);
    check_close(value("verdictd_runs_waiting"), 0, 0);
    w.app.config->daemon.waits.report_ms = 10000;
    world_pass(&w, 8000, false);
    check_close(value("verdictd_runs_waiting"), 1, 0);
}

static void
a_source_that_fails_is_counted_by_why(void **state)
{
    struct promclient_answer a = {.status = STATUS_REFUSED, .attempts = 1, .took_ms = 3};
    (void)state;

    meters_answered(meters_source(w.app.meters, "mesh"), &a, w.wall_ms);
    check_close(value("verdictd_source_errors_total{source=\"mesh\",reason=\"refused\"}"), 1, 0);
    check_close(value("verdictd_source_errors_total{source=\"mesh\",reason=\"timeout\"}"), 0, 0);
    check_close(
        value("verdictd_source_query_duration_seconds_bucket{source=\"mesh\",le=\"0.005\"}"), 1, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_metric_of_the_table_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_scraper_gets_the_format_it_asks_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_loop_is_seen_while_it_turns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_run_is_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_source_that_fails_is_counted_by_why, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
