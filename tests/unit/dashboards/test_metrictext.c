#include "dashboards/metrictext.h"

#include "tests/support/check.h"

static struct text out;

static int
begin(void **state)
{
    (void)state;
    text_init(&out, 1 << 20);
    return 0;
}

static int
end(void **state)
{
    (void)state;
    text_release(&out);
    return 0;
}

static void
write_all(bool openmetrics)
{
    struct metrictext m = metrictext_begin(&out, openmetrics);
    struct histogram  h;

    histogram_init(&h, metric_row(METRIC_STORE_DURATION)->bounds,
                   metric_row(METRIC_STORE_DURATION)->n_bounds);
    histogram_observe_us(&h, 1500);
    histogram_observe_us(&h, 1000000);
    histogram_observe_us(&h, 3000000);
    metrictext_number(&m, METRIC_PROCESS_CPU, NULL, 1.25);
    metrictext_number(&m, METRIC_SOURCE_ERRORS, METRICTEXT_LABELS("me\"sh\\\n", "busy"), 3);
    metrictext_number(&m, METRIC_SOURCE_ERRORS, METRICTEXT_LABELS("b", "refused"), 0);
    metrictext_histogram(&m, METRIC_STORE_DURATION, NULL, &h);
    metrictext_end(&m);
}

static void
text_format(void **state)
{
    (void)state;
    write_all(false);
    assert_string_equal(
        out.p,
        "# HELP process_cpu_seconds_total CPU time used, user and system.\n"
        "# TYPE process_cpu_seconds_total counter\n"
        "process_cpu_seconds_total 1.25\n"
        "# HELP verdictd_source_errors_total Those that failed, by why.\n"
        "# TYPE verdictd_source_errors_total counter\n"
        "verdictd_source_errors_total{source=\"me\\\"sh\\\\\\n\",reason=\"busy\"} 3\n"
        "verdictd_source_errors_total{source=\"b\",reason=\"refused\"} 0\n"
        "# HELP verdictd_store_commit_duration_seconds How long durable transactions took, their "
        "fsync included.\n"
        "# TYPE verdictd_store_commit_duration_seconds histogram\n"
        "verdictd_store_commit_duration_seconds_bucket{le=\"0.001\"} 0\n"
        "verdictd_store_commit_duration_seconds_bucket{le=\"0.002\"} 1\n"
        "verdictd_store_commit_duration_seconds_bucket{le=\"0.005\"} 1\n"
        "verdictd_store_commit_duration_seconds_bucket{le=\"0.01\"} 1\n"
        "verdictd_store_commit_duration_seconds_bucket{le=\"0.02\"} 1\n"
        "verdictd_store_commit_duration_seconds_bucket{le=\"0.05\"} 1\n"
        "verdictd_store_commit_duration_seconds_bucket{le=\"0.1\"} 1\n"
        "verdictd_store_commit_duration_seconds_bucket{le=\"0.25\"} 1\n"
        "verdictd_store_commit_duration_seconds_bucket{le=\"0.5\"} 1\n"
        "verdictd_store_commit_duration_seconds_bucket{le=\"1\"} 2\n"
        "verdictd_store_commit_duration_seconds_bucket{le=\"2.5\"} 2\n"
        "verdictd_store_commit_duration_seconds_bucket{le=\"+Inf\"} 3\n"
        "verdictd_store_commit_duration_seconds_sum 4.0015\n"
        "verdictd_store_commit_duration_seconds_count 3\n");
}

/* The specification: families without _total, UNIT, floats in le, EOF. */
static void
openmetrics(void **state)
{
    (void)state;
    write_all(true);
    assert_non_null(strstr(out.p, "# TYPE process_cpu_seconds counter\n# UNIT process_cpu_seconds "
                                  "seconds\nprocess_cpu_seconds_total 1.25\n"));
    assert_non_null(strstr(out.p, "# TYPE verdictd_source_errors counter\nverdictd_source_errors_"
                                  "total{"));
    assert_non_null(strstr(out.p, "_bucket{le=\"1.0\"} 2\n"));
    assert_non_null(strstr(out.p, "_bucket{le=\"2.5\"} 2\n"));
    assert_string_equal(out.p + out.n - 6, "# EOF\n");
}

static void
what_a_scraper_accepts(void **state)
{
    static const struct {
        const char *accept;
        bool        open;
    } cases[] = {
        {"", false},
        {"*/*", false},
        {"text/plain", false},
        {"application/openmetrics-text", true},
        {"application/openmetrics-text; version=1.0.0; q=0", false},
        {"application/openmetrics-text;q=x", false},
        /* As Prometheus 2.42 sends it (scrape/scrape.go). */
        {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
         "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
         true},
        /* As Prometheus 3 sends it, set to the text format. */
        {"text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;"
         "q=0.2",
         false},
        {"application/openmetrics-text; version=1.0.0 ; q = 0.4 , text/plain ; q=0.5", false},
    };
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (metrictext_wants_openmetrics(slice_of(cases[i].accept)) != cases[i].open)
            fail_msg("%s", cases[i].accept);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(text_format, begin, end),
        cmocka_unit_test_setup_teardown(openmetrics, begin, end),
        cmocka_unit_test(what_a_scraper_accepts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
