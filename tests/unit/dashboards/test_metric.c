#include "dashboards/metric.h"

#include "base/histogram.h"
#include "tests/support/check.h"

#include <string.h>

static bool
ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);

    return n >= m && !strcmp(s + n - m, end);
}

static void
check_name(const struct metric_row *r)
{
    char unit[32];

    if (strncmp(r->name, "verdictd_", 9) != 0 && strncmp(r->name, "process_", 8) != 0)
        fail_msg("%s: of which program is it?", r->name);
    if (strspn(r->name, "abcdefghijklmnopqrstuvwxyz_") != strlen(r->name))
        fail_msg("%s: other letters than small ones", r->name);
    if (ends_with(r->name, "_total") != (r->type == METRIC_TYPE_COUNTER))
        fail_msg("%s: counters end with _total, and nothing else does", r->name);
    if (ends_with(r->name, "_count") || ends_with(r->name, "_sum") || ends_with(r->name, "_bucket"))
        fail_msg("%s: looks like a part of a histogram", r->name);
    snprintf(unit, sizeof unit, "_%s%s", r->unit, r->type == METRIC_TYPE_COUNTER ? "_total" : "");
    if (*r->unit && !ends_with(r->name, unit))
        fail_msg("%s: does not end with its unit, %s", r->name, r->unit);
}

/* prometheus.io/docs/practices/naming and .../instrumenting/writing_clientlibs. */
static void
names_units_and_labels_keep_prometheus_conventions(void **state)
{
    (void)state;
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct metric_row *r = metric_row((enum metric)i);

        check_name(r);
        if (!ends_with(r->help, ".") || strpbrk(r->help, "\n\\"))
            fail_msg("%s: the help is one plain sentence", r->name);
        assert_true(r->n_labels <= METRIC_MAX_LABELS);
        for (size_t l = 0; l < r->n_labels; l++)
            if (!r->label[l] || !strcmp(r->label[l], "le") || !strcmp(r->label[l], "job") ||
                !strcmp(r->label[l], "instance"))
                fail_msg("%s: no label of a metric", r->name);
    }
}

static void
each_name_stands_once(void **state)
{
    (void)state;
    for (int i = 0; i < METRIC_COUNT; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(metric_row((enum metric)i)->name,
                                    metric_row((enum metric)j)->name);
}

static void
histograms_alone_have_bounds_and_they_rise(void **state)
{
    (void)state;
    for (int i = 0; i < METRIC_COUNT; i++) {
        const struct metric_row *r = metric_row((enum metric)i);

        assert_int_equal(r->n_bounds > 0, r->type == METRIC_TYPE_HISTOGRAM);
        assert_true(r->n_bounds <= HISTOGRAM_MAX_BOUNDS);
        for (size_t b = 1; b < r->n_bounds; b++)
            assert_true(r->bounds[b] > r->bounds[b - 1]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_units_and_labels_keep_prometheus_conventions),
        cmocka_unit_test(each_name_stands_once),
        cmocka_unit_test(histograms_alone_have_bounds_and_they_rise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
