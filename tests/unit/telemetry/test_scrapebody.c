/* What becomes of a line is that of Prometheus 3's scrape/scrape.go; the numbers
 * follow from the bodies. */
#include "telemetry/scrapebody.h"
#include "tests/support/prng.h"
#include "tests/unit/telemetry/scrapebed.h"

#define TARGET "instance=\"10.0.0.1:15020\", job=\"mesh\""

struct fixture {
    struct scrapebed         bed;
    struct scrapebody_rules  rules;
    struct metadata         *metadata;
    struct scrapebody       *body;
    struct scrapebody_report report;
};

static void
start_body(struct fixture *f)
{
    static const struct tsdb_label target[] = {
        {SLICE_LITERAL("job"), SLICE_LITERAL("mesh")},
        {SLICE_LITERAL("instance"), SLICE_LITERAL("10.0.0.1:15020")},
        {SLICE_LITERAL("nothing"), SLICE_LITERAL("")},
    };

    f->body = scrapebody_new(f->bed.tsdb, f->metadata, &f->rules, target, ARRAY_LEN(target));
}

static void
set_up(struct fixture *f, struct scrapebody_rules rules)
{
    scrapebed_start(&f->bed, (struct tsdb_limits){0});
    f->rules = rules;
    f->metadata = metadata_new();
    start_body(f);
}

static void
tear_down(struct fixture *f)
{
    scrapebody_free(f->body);
    metadata_free(f->metadata);
    scrapebed_end(&f->bed);
}

static void
scrape(struct fixture *f, int64_t after_ms, const char *text)
{
    /* A copy of its own size, so that a sanitizer sees what reads past it. */
    size_t n = strlen(text);
    char  *copy = malloc(n ? n : 1);

    memcpy(copy, text, n);
    f->bed.now_ms = SCRAPEBED_START_MS + after_ms;
    scrapebody_apply(f->body, EXPOSITION_TEXT, (struct slice){copy, n}, f->bed.now_ms, 250,
                     &f->report);
    free(copy);
}

/* Lines of the dump whose metric is none of the synthetic ones. */
static void
expect(struct fixture *f, const char *want)
{
    char       *dump = scrapebed_dump(&f->bed), *rest = dump, *line;
    struct text got;

    text_init(&got, 1 << 20);
    while ((line = strsep(&rest, "\n")) != NULL)
        if (*line && strncmp(line, "up{", 3) != 0 && strncmp(line, "scrape_", 7) != 0)
            text_printf(&got, "%s\n", line);
    assert_string_equal(got.p, want);
    text_release(&got);
    free(dump);
}

static void
expect_synthetic(struct fixture *f, const char *name, const char *want)
{
    char *dump = scrapebed_dump(&f->bed), *rest = dump, *line;
    bool  found = false;

    while ((line = strsep(&rest, "\n")) != NULL)
        if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == '{') {
            assert_string_equal(strchr(line, '}') + 1, want);
            found = true;
        }
    assert_true(found);
    free(dump);
}

static void
a_scrape_is_stored_with_its_target(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, (struct scrapebody_rules){0});
    scrape(&f, 0, "# TYPE a counter\na{x=\"1\"} 5\nb 2.5\n");
    assert_int_equal(f.report.status, STATUS_OK);
    scrape(&f, 15000, "# TYPE a counter\na{x=\"1\"} 6\nb NaN\n");
    expect(&f, "a{" TARGET ", x=\"1\"} 5@0 6@15000\n"
               "b{" TARGET "} 2.5@0 NaN@15000\n");
    expect_synthetic(&f, "up", " 1@0 1@15000");
    expect_synthetic(&f, "scrape_duration_seconds", " 0.25@0 0.25@15000");
    expect_synthetic(&f, "scrape_samples_scraped", " 2@0 2@15000");
    expect_synthetic(&f, "scrape_samples_post_metric_relabeling", " 2@0 2@15000");
    expect_synthetic(&f, "scrape_series_added", " 2@0 0@15000");
    assert_int_equal(f.report.cache_hits, 2);
    tear_down(&f);
}

static void
series_that_vanish_become_stale(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, (struct scrapebody_rules){.honor_timestamps = true});
    scrape(&f, 0, "a{x=\"1\"} 1\na{x=\"2\"} 1\nb 1\nt 7 1700000000000\n");
    scrape(&f, 10, "a{x=\"2\"} 2\nb 2\n");
    assert_int_equal(f.report.added, 0);
    scrape(&f, 20, "b 3\na{x=\"2\"} 3\na{x=\"1\"} 3\n");
    assert_int_equal(f.report.added, 1);
    scrape(&f, 30, "b 4\n");
    expect(&f, "a{" TARGET ", x=\"1\"} 1@0 stale@10 3@20 stale@30\n"
               "a{" TARGET ", x=\"2\"} 1@0 2@10 3@20 stale@30\n"
               "b{" TARGET "} 1@0 2@10 3@20 4@30\n"
               "t{" TARGET "} 7@0\n"); /* its time was its own: no marker */
    tear_down(&f);
}

static void
a_failed_scrape_is_an_empty_one(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, (struct scrapebody_rules){0});
    scrape(&f, 0, "a 1\nb 1\n");
    scrapebody_failed(f.body, SCRAPEBED_START_MS + 10, 3000);
    scrapebody_failed(f.body, SCRAPEBED_START_MS + 20, 3000);
    scrape(&f, 30, "a 2\nb 2\n");
    assert_int_equal(f.report.added, 0);
    expect(&f, "a{" TARGET "} 1@0 stale@10 2@30\nb{" TARGET "} 1@0 stale@10 2@30\n");
    expect_synthetic(&f, "up", " 1@0 0@10 0@20 1@30");
    expect_synthetic(&f, "scrape_samples_scraped", " 2@0 0@10 0@20 2@30");
    tear_down(&f);
}

static void
a_fault_in_the_last_line_takes_back_the_first(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, (struct scrapebody_rules){0});
    scrape(&f, 0, "a 1\nb 1\n");
    scrape(&f, 10, "a 2\nnew 2\nb two\n");
    assert_int_equal(f.report.status, STATUS_SYNTAX);
    assert_string_equal(f.report.err.text, "line 3, column 3: expected a value, got \"two\"");
    expect(&f, "a{" TARGET "} 1@0 stale@10\nb{" TARGET "} 1@0 stale@10\n");
    expect_synthetic(&f, "up", " 1@0 0@10");
    scrape(&f, 20, "a 3\nb 3\n");
    expect(&f, "a{" TARGET "} 1@0 stale@10 3@20\nb{" TARGET "} 1@0 stale@10 3@20\n");
    tear_down(&f);
}

static void
an_empty_body_is_a_scrape_without_samples(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, (struct scrapebody_rules){0});
    scrape(&f, 0, "a 1\n");
    scrape(&f, 10, "");
    assert_int_equal(f.report.status, STATUS_OK);
    scrape(&f, 20, "a 2\n");
    expect(&f, "a{" TARGET "} 1@0 stale@10 2@20\n");
    expect_synthetic(&f, "up", " 1@0 1@10 1@20");
    tear_down(&f);
}

static void
a_target_that_is_gone_leaves_markers_everywhere(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, (struct scrapebody_rules){0});
    scrape(&f, 0, "a 1\n");
    scrapebody_gone(f.body, SCRAPEBED_START_MS + 10);
    expect(&f, "a{" TARGET "} 1@0 stale@10\n");
    expect_synthetic(&f, "up", " 1@0 stale@10");
    expect_synthetic(&f, "scrape_series_added", " 1@0 stale@10");
    tear_down(&f);
}

/* scrape_test.go, TestScrapeLoopAppend and TestScrapeLoopAppendForConflictingPrefixedLabels. */
static void
labels_that_clash_with_the_targets(void **state)
{
    static const struct {
        bool        honor;
        const char *body, *want;
    } cases[] = {
        {false, "a{job=\"x\"} 1\n", "a{exported_job=\"x\", " TARGET "} 1@0\n"},
        {true, "a{job=\"x\"} 1\n", "a{instance=\"10.0.0.1:15020\", job=\"x\"} 1@0\n"},
        {true, "a{job=\"\"} 1\n", "a{instance=\"10.0.0.1:15020\"} 1@0\n"},
        {false, "a{job=\"\"} 1\n", "a{" TARGET "} 1@0\n"},
        {false, "a{job=\"x\",exported_job=\"y\"} 1\n",
         "a{exported_exported_job=\"x\", exported_job=\"y\", " TARGET "} 1@0\n"},
        {false, "a{job=\"x\",exported_job=\"\"} 1\n", "a{exported_job=\"x\", " TARGET "} 1@0\n"},
        {false, "a{job=\"x\",instance=\"y\"} 1\n",
         "a{exported_instance=\"y\", exported_job=\"x\", " TARGET "} 1@0\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f;

        set_up(&f, (struct scrapebody_rules){.honor_labels = cases[i].honor});
        scrape(&f, 0, cases[i].body);
        expect(&f, cases[i].want);
        tear_down(&f);
    }
}

static void
only_the_names_that_are_kept(void **state)
{
    const struct slice keep[] = {SLICE_LITERAL("h"), SLICE_LITERAL("c_total")};
    const char        *body = "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum 2\nh_count 3\nh 4\n"
                              "h_bytes_bucket{le=\"1\"} 5\nh_other{q=\"\\\"\"} 6\n"
                              "h_line{q=\"a\nb\"} 7\nc_total 8\nc 9\n{\"c_total\",x=\"1\"} 10\n"
                              "{\"c\"} 11\n  c 12\n  c_total{x=\"2\"} 13\nc_totals 14";
    struct fixture     f;

    (void)state;
    set_up(&f, (struct scrapebody_rules){.keep = keep, .n_keep = ARRAY_LEN(keep)});
    scrape(&f, 0, body);
    assert_int_equal(f.report.status, STATUS_OK);
    assert_int_equal(f.report.scraped, 14);
    assert_int_equal(f.report.kept, 7);
    scrape(&f, 10, body);
    assert_int_equal(f.report.cache_hits, 7);
    expect(&f, "c_total{" TARGET ", x=\"1\"} 10@0 10@10\n"
               "c_total{" TARGET ", x=\"2\"} 13@0 13@10\n"
               "c_total{" TARGET "} 8@0 8@10\n"
               "h_bucket{" TARGET ", le=\"1.0\"} 1@0 1@10\n"
               "h_count{" TARGET "} 3@0 3@10\n"
               "h_sum{" TARGET "} 2@0 2@10\n"
               "h{" TARGET "} 4@0 4@10\n");
    expect_synthetic(&f, "scrape_samples_post_metric_relabeling", " 7@0 7@10");
    tear_down(&f);
}

static void
limits_fail_the_scrape(void **state)
{
    static const struct {
        struct scrapebody_rules rules;
        const char             *body, *err; /* NULL: it is allowed */
    } cases[] = {
        {{.sample_limit = 2}, "a 1\nb 1\n", NULL},
        {{.sample_limit = 2}, "a 1\nb 1\nc 1\n", "sample_limit: 3 samples, 2 are allowed"},
        {{.label_limit = 4}, "a{x=\"1\"} 1\n", NULL},
        {{.label_limit = 4}, "a{x=\"1\",y=\"\"} 1\n", NULL},
        {{.label_limit = 4},
         "a{x=\"1\",y=\"2\"} 1\n",
         "label_limit: a has 5 labels, 4 are allowed"},
        {{.label_name_bytes = 8},
         "a{x12345678=\"1\"} 1\n",
         "label_name_limit: label x12345678 of a has 9 bytes, 8 are allowed"},
        {{.label_value_bytes = 14},
         "a{x=\"123456789012345\"} 1\n",
         "label_value_limit: label x of a has 15 bytes, 14 are allowed"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture f;

        set_up(&f, cases[i].rules);
        scrape(&f, 0, cases[i].body);
        if (cases[i].err)
            assert_string_equal(f.report.err.text, cases[i].err);
        assert_int_equal(f.report.status, cases[i].err ? STATUS_LIMIT : STATUS_OK);
        expect_synthetic(&f, "up", cases[i].err ? " 0@0" : " 1@0");
        tear_down(&f);
    }
}

/* Istio does that (istio/istio 52221): Prometheus keeps the first. */
static void
the_first_of_two_counts(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, (struct scrapebody_rules){0});
    for (int i = 0; i < 3; i++) {
        scrape(&f, i, "a{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 2\na{x=\"1\",y=\"2\"} 1\n");
        assert_int_equal(f.report.status, STATUS_OK);
        assert_int_equal(f.report.duplicates, 1);
    }
    expect(&f, "a{" TARGET ", x=\"1\", y=\"2\"} 1@0 1@1 1@2\n");
    tear_down(&f);
}

static void
a_name_twice_in_one_series_fails_the_scrape(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, (struct scrapebody_rules){0});
    scrape(&f, 0, "a{x=\"1\",x=\"1\"} 1\n");
    assert_int_equal(f.report.status, STATUS_CONFLICT);
    tear_down(&f);
}

static void
times_of_the_target(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, (struct scrapebody_rules){.honor_timestamps = true});
    scrape(&f, 5000, "a 1 1700000004000\nb 1 1700000009000\n");
    scrape(&f, 6000, "a 2 1700000003000\nb 2\n");
    assert_int_equal(f.report.out_of_order, 2);
    expect(&f, "a{" TARGET "} 1@4000\nb{" TARGET "} 1@9000\n");
    tear_down(&f);
    set_up(&f, (struct scrapebody_rules){.honor_timestamps = false});
    scrape(&f, 5000, "a 1 1700000004000\n");
    scrape(&f, 6000, "");
    expect(&f, "a{" TARGET "} 1@5000 stale@6000\n");
    tear_down(&f);
}

/* Until the clock has caught up, what is there was scraped at later times: who asks
 * would be told it as if it were news, and the target must not count as up. */
static void
a_clock_that_was_set_back_fails_scrapes(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, (struct scrapebody_rules){0});
    scrape(&f, 0, "a 1\n");
    scrape(&f, 300000, "a 2\n");
    scrape(&f, 60000, "a 3\n");
    assert_int_equal(f.report.status, STATUS_RANGE);
    assert_non_null(strstr(f.report.err.text, "clock"));
    expect(&f, "a{" TARGET "} 1@0 2@300000\n");
    expect_synthetic(&f, "up", " 1@0 1@300000");
    scrapebody_free(f.body); /* and after a restart that kept the series */
    start_body(&f);
    scrape(&f, 60010, "a 3\n");
    assert_int_equal(f.report.status, STATUS_RANGE);
    scrape(&f, 60015, "a 3\nb 1\n"); /* what is new has no time of its own to clash with */
    assert_int_equal(f.report.status, STATUS_OK);
    scrape(&f, 315000, "a 4\nb 1\n");
    assert_int_equal(f.report.status, STATUS_OK);
    tear_down(&f);
}

/* Set back by less than a scrape takes, its own last one tells. */
static void
a_clock_that_was_set_back_a_little_fails_scrapes(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f, (struct scrapebody_rules){0});
    scrape(&f, 1000, "a 1\n");
    scrape(&f, 900, "a 2\n"); /* until 1150 */
    assert_int_equal(f.report.status, STATUS_RANGE);
    scrapebody_failed(f.body, SCRAPEBED_START_MS + 950, 10); /* the newest stays 1000 */
    scrape(&f, 960, "a 3\n");
    assert_int_equal(f.report.status, STATUS_RANGE);
    scrape(&f, 1250, "a 4\n");
    assert_int_equal(f.report.status, STATUS_OK);
    expect(&f, "a{" TARGET "} 1@1000 4@1250\n");
    tear_down(&f);
}

/* Two addresses with the same labels, the slower of which ends last: the clock is
 * right, and both are up (Prometheus 3 says no more than a warning either). */
static void
targets_with_equal_labels_are_both_up(void **state)
{
    struct fixture     f;
    struct scrapebody *slow, *quick;

    (void)state;
    set_up(&f, (struct scrapebody_rules){0});
    slow = f.body;
    start_body(&f);
    quick = f.body;
    for (int round = 0; round < 3; round++) {
        f.body = quick;
        scrape(&f, 1000 * round + 100, "a 1\n");
        assert_int_equal(f.report.status, STATUS_OK);
        f.body = slow;
        scrape(&f, 1000 * round, "a 2\n"); /* until 250: after the other */
        assert_int_equal(f.report.status, STATUS_OK);
        assert_int_equal(f.report.out_of_order, 1);
    }
    expect(&f, "a{" TARGET "} 1@100 1@1100 1@2100\n");
    scrapebody_free(quick);
    tear_down(&f);
}

static void
metadata_of_one(void *ctx, const struct metadata_entry *e)
{
    struct text *t = ctx;

    text_printf(t, "%.*s %s '%.*s' %.*s\n", SLICE_ARG(e->family), exposition_type_name(e->type),
                SLICE_ARG(e->help), SLICE_ARG(e->unit));
}

static void
metadata_is_taken_along(void **state)
{
    struct fixture f;
    struct text    t;

    (void)state;
    set_up(&f, (struct scrapebody_rules){0});
    scrape(&f, 0, "# HELP h what\\nit \\\\ is\n# TYPE h histogram\n# TYPE g gauge\ng 1\n");
    scrapebody_apply(f.body, EXPOSITION_OPENMETRICS,
                     SLICE_LITERAL("# TYPE u_seconds counter\n# UNIT u_seconds seconds\n"
                                   "# HELP u_seconds say \\\"u\\\"\n# EOF\n"),
                     SCRAPEBED_START_MS + 1, 1, &f.report);
    assert_int_equal(f.report.status, STATUS_OK);
    text_init(&t, 1000);
    metadata_each(f.metadata, (struct slice){0}, 0, metadata_of_one, &t);
    assert_string_equal(t.p, "g gauge '' \nh histogram 'what\nit \\ is' \n"
                             "u_seconds counter 'say \"u\"' seconds\n");
    text_release(&t);
    tear_down(&f);
}

enum { KINDS = 60 };

/* What the store must hold, by series: a second way to the same. */
struct model {
    struct text samples[KINDS];
    bool        live[KINDS];
};

static void
model_sample(struct model *m, int kind, int64_t at, int value)
{
    text_printf(&m->samples[kind], " %d@%" PRId64, value, at);
    m->live[kind] = true;
}

static void
model_gone(struct model *m, int kind, int64_t at)
{
    if (m->live[kind])
        text_printf(&m->samples[kind], " stale@%" PRId64, at);
    m->live[kind] = false;
}

/* The same series, written in one of three ways. */
static void
write_series(struct text *to, int kind, uint64_t how)
{
    text_printf(to,
                how == 0   ? "m{k=\"%02d\"} "
                : how == 1 ? "m { k=\"%02d\", } "
                           : "{\"m\",k=\"%02d\"}\t",
                kind);
}

static void
shuffle(int *kinds, int n, struct prng *r)
{
    for (int i = n - 1; i > 0; i--) {
        int with = (int)prng_below(r, (uint64_t)i + 1), kind = kinds[i];

        kinds[i] = kinds[with];
        kinds[with] = kind;
    }
}

/* One body of the series that are there now; it may be broken at its end. */
static void
random_scrape(struct fixture *f, struct model *m, struct prng *r, const int *order, int64_t at)
{
    bool        there[KINDS] = {0}, broken = prng_below(r, 12) == 0;
    uint64_t    fewer = prng_below(r, 6) == 0 ? 50 : 3, how = prng_below(r, 20) ? 0 : 3;
    struct text t;

    text_init(&t, 1 << 20);
    for (int i = 0; i < KINDS; i++)
        if (prng_below(r, 100) >= fewer) {
            there[order[i]] = true;
            write_series(&t, order[i], how ? prng_below(r, how) : 0);
            text_printf(&t, "%d\n", order[i] + (int)at);
            if (prng_below(r, 50) == 0) { /* once more, with another value: the first counts */
                write_series(&t, order[i], 0);
                text_puts(&t, "99999\n");
            }
        }
    text_puts(&t, broken ? "m{" : "");
    scrape(f, at, t.p);
    assert_int_equal(f->report.status, broken ? STATUS_SYNTAX : STATUS_OK);
    for (int k = 0; k < KINDS; k++)
        if (there[k] && !broken)
            model_sample(m, k, at, k + (int)at);
        else
            model_gone(m, k, at);
    text_release(&t);
}

static void
whatever_comes_goes_or_breaks(void **state)
{
    struct fixture f;
    struct model   m = {0};
    struct prng    r = {3};
    struct text    want;
    int            order[KINDS];

    (void)state;
    set_up(&f, (struct scrapebody_rules){0});
    for (int k = 0; k < KINDS; k++) {
        text_init(&m.samples[k], 1 << 20);
        order[k] = k;
    }
    for (int64_t at = 0; at < 400; at++) {
        if (prng_below(&r, 15) == 0)
            shuffle(order, KINDS, &r);
        random_scrape(&f, &m, &r, order, at);
    }
    text_init(&want, 1 << 22);
    for (int k = 0; k < KINDS; k++) {
        text_printf(&want, "m{" TARGET ", k=\"%02d\"}%s\n", k, m.samples[k].p);
        text_release(&m.samples[k]);
    }
    expect(&f, want.p);
    text_release(&want);
    tear_down(&f);
}

static void
collect(struct fixture *f, int64_t after_ms)
{
    static const struct tsdb_label other[] = {
        {SLICE_LITERAL("__name__"), SLICE_LITERAL("scrape_other")}};
    uint64_t ref;

    f->bed.now_ms = SCRAPEBED_START_MS + after_ms;
    assert_int_equal(tsdb_series(f->bed.tsdb, other, 1, &ref, NULL), STATUS_OK);
    assert_int_equal(tsdb_append(f->bed.tsdb, ref, f->bed.now_ms, 0), STATUS_OK);
    tsdb_commit(f->bed.tsdb);
    while (tsdb_collect(f->bed.tsdb, f->bed.now_ms))
        continue;
    tsdb_commit(f->bed.tsdb);
}

/* After an outage longer than the retention, while others went on: the series are
 * new ones, with refs that the cache does not know. */
static void
series_that_were_collected_come_back(void **state)
{
    const int64_t  late_ms = INT64_C(6) * 3600 * 1000;
    struct fixture f;

    (void)state;
    set_up(&f, (struct scrapebody_rules){0});
    scrape(&f, 0, "a 1\nb 1\n");
    scrapebody_failed(f.body, SCRAPEBED_START_MS + 1, 1);
    for (int64_t hour = 1; hour <= 6; hour++)
        collect(&f, hour * 3600 * 1000);
    assert_int_equal(tsdb_stats(f.bed.tsdb).series, 1);
    for (int i = 0; i < 2; i++) {
        scrape(&f, late_ms + i, "a 2\nb 3\n");
        assert_int_equal(f.report.status, STATUS_OK);
        assert_int_equal(f.report.cache_hits, 2);
    }
    scrape(&f, late_ms + 2, "a 4\n");
    assert_int_equal(f.report.cache_hits, 1);
    expect(&f, "a{" TARGET "} 2@21600000 2@21600001 4@21600002\n"
               "b{" TARGET "} 3@21600000 3@21600001 stale@21600002\n");
    tear_down(&f);
}

static void
no_room_in_the_store_fails_the_scrape(void **state)
{
    static const struct tsdb_label target[] = {{SLICE_LITERAL("job"), SLICE_LITERAL("mesh")}};
    struct scrapebed               bed;
    struct scrapebody_rules        rules = {0};
    struct scrapebody_report       r;
    struct scrapebody             *b;

    (void)state;
    scrapebed_start(&bed, (struct tsdb_limits){.max_series = 7});
    b = scrapebody_new(bed.tsdb, NULL, &rules, target, 1);
    scrapebody_apply(b, EXPOSITION_TEXT, SLICE_LITERAL("a 1\nb 1\n"), SCRAPEBED_START_MS, 1, &r);
    assert_int_equal(r.status, STATUS_OK);
    scrapebody_apply(b, EXPOSITION_TEXT, SLICE_LITERAL("a 2\nb 2\nc 2\n"), SCRAPEBED_START_MS + 1,
                     1, &r);
    assert_int_equal(r.status, STATUS_LIMIT);
    scrapebody_free(b);
    scrapebed_end(&bed);
}

/* A scrape of which half is seen would look fresh for ever: room is asked for
 * before the first sample.  Times a millisecond apart, so that the store makes
 * space only once (it does so every 10 s of data). */
static void
a_full_store_takes_all_of_a_scrape_or_nothing(void **state)
{
    enum { SERIES = 2000, MOST_SCRAPES = 3000, A_FEW = 20 };
    static const struct tsdb_label target[] = {{SLICE_LITERAL("job"), SLICE_LITERAL("mesh")}};
    struct scrapebed               bed;
    struct scrapebody_rules        rules = {0};
    struct scrapebody_report       r = {0};
    struct scrapebody             *b;
    struct text                    body;
    uint64_t                       before = 0, after = 0;

    (void)state;
    scrapebed_start(&bed, (struct tsdb_limits){.max_bytes = 6 << 20});
    b = scrapebody_new(bed.tsdb, NULL, &rules, target, 1);
    text_init(&body, 1 << 20);
    for (int i = 0; i < MOST_SCRAPES && !r.status; i++) {
        text_clear(&body);
        for (int k = 0; k < SERIES; k++)
            text_printf(&body, "s%d %d.%d\n", k, i * 7919 % 10007, k * i % 9973);
        before = tsdb_stats(bed.tsdb).samples_appended;
        scrapebody_apply(b, EXPOSITION_TEXT, text_slice(&body), SCRAPEBED_START_MS + i, 1, &r);
        after = tsdb_stats(bed.tsdb).samples_appended;
        if (!r.status)
            assert_true(after - before >= SERIES);
    }
    assert_int_equal(r.status, STATUS_LIMIT);
    assert_true(after - before < A_FEW);
    text_release(&body);
    scrapebody_free(b);
    scrapebed_end(&bed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scrape_is_stored_with_its_target),
        cmocka_unit_test(series_that_vanish_become_stale),
        cmocka_unit_test(a_failed_scrape_is_an_empty_one),
        cmocka_unit_test(a_fault_in_the_last_line_takes_back_the_first),
        cmocka_unit_test(an_empty_body_is_a_scrape_without_samples),
        cmocka_unit_test(a_target_that_is_gone_leaves_markers_everywhere),
        cmocka_unit_test(labels_that_clash_with_the_targets),
        cmocka_unit_test(only_the_names_that_are_kept),
        cmocka_unit_test(limits_fail_the_scrape),
        cmocka_unit_test(the_first_of_two_counts),
        cmocka_unit_test(a_name_twice_in_one_series_fails_the_scrape),
        cmocka_unit_test(times_of_the_target),
        cmocka_unit_test(metadata_is_taken_along),
        cmocka_unit_test(whatever_comes_goes_or_breaks),
        cmocka_unit_test(series_that_were_collected_come_back),
        cmocka_unit_test(no_room_in_the_store_fails_the_scrape),
        cmocka_unit_test(a_full_store_takes_all_of_a_scrape_or_nothing),
        cmocka_unit_test(a_clock_that_was_set_back_fails_scrapes),
        cmocka_unit_test(a_clock_that_was_set_back_a_little_fails_scrapes),
        cmocka_unit_test(targets_with_equal_labels_are_both_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
