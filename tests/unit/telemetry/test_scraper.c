/* When targets are scraped and what is kept of them is that of Prometheus 3's
 * scrape/scrape.go; times are multiples of the interval shifted by the target's
 * offset, and follow from the answers. */
#include "tests/unit/telemetry/scraperbed.h"

#include "base/hash.h"

static const char *const one[] = {"10.0.0.1:15020/stats/prometheus"};
static const char *const two[] = {"10.0.0.1:15020", "10.0.0.2:15020"};

/* The first tick of the interval's grid at or after the start. */
static int64_t
first_tick(const char *identity)
{
    const int64_t offset = (int64_t)(hash_stable(slice_of(identity)) % SCRAPERBED_INTERVAL_MS);
    int64_t       t = SCRAPEBED_START_MS / SCRAPERBED_INTERVAL_MS * SCRAPERBED_INTERVAL_MS + offset;

    while (t <= SCRAPEBED_START_MS)
        t += SCRAPERBED_INTERVAL_MS;
    return t - SCRAPEBED_START_MS;
}

static void
scraped_once_an_interval_at_its_own_time(void **state)
{
    struct scraperbed            b;
    const struct fakefetch_call *call;
    char                         want[256];
    const int64_t                tick =
        first_tick("http://10.0.0.1:15020/stats/prometheus\n8 14 instance10.0.0.1:15020"
                   "\n3 4 jobmesh");
    size_t i;

    (void)state;
    scraperbed_start(&b);
    scraperbed_scrape(&b, (struct scraper_config){.targets = one, .n_targets = 1});
    i = scraperbed_next(&b);
    assert_int_equal(b.series.now_ms - SCRAPEBED_START_MS, tick);
    call = fakefetch_call(b.fetches, i);
    assert_string_equal(call->url, "http://10.0.0.1:15020/stats/prometheus");
    assert_string_equal(call->method, "GET");
    assert_int_equal(call->timeout_ms, SCRAPERBED_TIMEOUT_MS);
    assert_int_equal(call->max_reply_bytes, 64 << 20);
    assert_non_null(strstr(call->headers, "Accept: application/openmetrics-text;version=1.0.0"));
    assert_non_null(strstr(call->headers, "X-Prometheus-Scrape-Timeout-Seconds: 4\n"));
    scraperbed_advance(&b, 120);
    fakefetch_reply(b.fetches, i, 200, "a 1\n");
    i = scraperbed_next(&b);
    assert_int_equal(b.series.now_ms - SCRAPEBED_START_MS, tick + SCRAPERBED_INTERVAL_MS);
    b.series.now_ms += 2; /* within the tolerance: still the nominal time, but asked already */
    fakefetch_reply(b.fetches, i, 200, "a 2\n");
    snprintf(want, sizeof want, "{instance=\"10.0.0.1:15020\", job=\"mesh\"} 1@%d 2@%d\n",
             (int)tick, (int)tick + SCRAPERBED_INTERVAL_MS);
    scraperbed_expect(&b, "a", want);
    snprintf(want, sizeof want, "{instance=\"10.0.0.1:15020\", job=\"mesh\"} 0.12@%d 0.002@%d\n",
             (int)tick, (int)tick + SCRAPERBED_INTERVAL_MS);
    scraperbed_expect(&b, "scrape_duration_seconds", want);
    scraperbed_end(&b);
}

/* A tick that comes late by up to min(2 ms, 1 %) counts as on time. */
static void
times_are_aligned_when_nearly_right(void **state)
{
    static const struct {
        int late_ms, off_ms;
    } cases[] = {{0, 0}, {1, 0}, {2, 0}, {3, 3}, {700, 700}};
    struct scraperbed b;
    int64_t           tick = 0;

    (void)state;
    for (size_t c = 0; c < ARRAY_LEN(cases); c++) {
        char want[128];

        scraperbed_start(&b);
        scraperbed_scrape(&b, (struct scraper_config){.targets = one, .n_targets = 1});
        tick = b.series.now_ms + timer_set_wait_ms(b.timers);
        b.series.now_ms = tick + cases[c].late_ms;
        timer_set_run(b.timers);
        fakefetch_reply(b.fetches, 0, 200, "a 1\n");
        snprintf(want, sizeof want, "{instance=\"10.0.0.1:15020\", job=\"mesh\"} 1@%d\n",
                 (int)(tick - SCRAPEBED_START_MS) + cases[c].off_ms);
        scraperbed_expect(&b, "a", want);
        /* What was late is not late for ever: the grid stays. */
        scraperbed_next(&b);
        assert_int_equal(b.series.now_ms, tick + SCRAPERBED_INTERVAL_MS);
        fakefetch_reply(b.fetches, 1, 200, "a 1\n");
        scraperbed_end(&b);
    }
}

static void
targets_are_spread_over_the_interval(void **state)
{
    enum { N = 200, BINS = 5 };
    static char       text[N][32];
    const char       *targets[N];
    int               bins[BINS] = {0};
    size_t            answered = 0;
    struct scraperbed b;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        snprintf(text[i], sizeof text[i], "10.0.%zu.%zu:15020", i / 100, i % 100);
        targets[i] = text[i];
    }
    scraperbed_start(&b);
    scraperbed_scrape(
        &b, (struct scraper_config){.targets = targets, .n_targets = N, .max_in_flight = N});
    for (int ms = 0; ms < SCRAPERBED_INTERVAL_MS; ms++) {
        scraperbed_advance(&b, 1);
        for (; answered < fakefetch_count(b.fetches); answered++) {
            fakefetch_reply(b.fetches, answered, 200, "");
            bins[ms * BINS / SCRAPERBED_INTERVAL_MS]++;
        }
    }
    assert_int_equal(answered, N);
    for (size_t i = 0; i < BINS; i++) /* 40 expected, sd 5.7: five of them */
        assert_in_range(bins[i], 12, 68);
    scraperbed_end(&b);
}

struct ending {
    enum status status;
    int         code;
    const char *body, *error;
};

static struct scraper_target seen;
static char                  seen_error[400];

static void
see(void *ctx, const struct scraper_target *t)
{
    ++*(int *)ctx;
    seen = *t;
    snprintf(seen_error, sizeof seen_error, "%s", t->last_error);
}

static void
failures_are_told_and_become_stale(void **state)
{
    static const struct ending cases[] = {
        {STATUS_OK, 503, "busy", "server returned HTTP status 503"},
        {STATUS_OK, 302, "", "server returned HTTP status 302"},
        {STATUS_TIMEOUT, 0, NULL, "nothing came"},
        {STATUS_UNREACHABLE, 0, NULL, "nothing came"},
        {STATUS_TOO_LARGE, 0, NULL, "nothing came"},
        {STATUS_OK, 200, "a{ 1\n", NULL},
    };
    struct scraperbed b;

    (void)state;
    for (size_t c = 0; c < ARRAY_LEN(cases); c++) {
        int    n = 0;
        size_t i;
        char  *up, *a;

        scraperbed_start(&b);
        scraperbed_scrape(&b, (struct scraper_config){.targets = one, .n_targets = 1});
        scraper_each(b.scraper, see, &n);
        assert_int_equal(seen.health, SCRAPER_UNKNOWN);
        fakefetch_reply(b.fetches, scraperbed_next(&b), 200, "a 1\n");
        scraper_each(b.scraper, see, &n);
        assert_int_equal(n, 2);
        assert_int_equal(seen.health, SCRAPER_UP);
        assert_string_equal(seen_error, "");
        assert_int_equal(seen.last_scrape_ms, b.series.now_ms);
        assert_int_equal(seen.samples, 1);
        i = scraperbed_next(&b);
        if (cases[c].status)
            fakefetch_fail(b.fetches, i, cases[c].status, "nothing came");
        else
            fakefetch_reply(b.fetches, i, cases[c].code, cases[c].body);
        scraper_each(b.scraper, see, &n);
        assert_int_equal(seen.health, SCRAPER_DOWN);
        if (cases[c].error)
            assert_string_equal(seen_error, cases[c].error);
        assert_true(*seen_error);
        assert_int_equal(scraper_stats(b.scraper).failed, 1);
        assert_int_equal(scraper_stats(b.scraper).down, 1);
        up = scraperbed_samples(&b, "up");
        a = scraperbed_samples(&b, "a");
        assert_non_null(strstr(up, " 0@"));
        assert_non_null(strstr(a, " stale@"));
        free(up);
        free(a);
        scraperbed_end(&b);
    }
}

/* A long error page is not read to its end; a body over all memory neither. */
static void
parts_are_bounded(void **state)
{
    static char        big[4096];
    const struct slice part = {big, sizeof big};
    struct scraperbed  b;
    int                n = 0;
    size_t             i;

    (void)state;
    memset(big, '#', sizeof big);
    scraperbed_start(&b);
    scraperbed_scrape(
        &b, (struct scraper_config){.targets = two, .n_targets = 2, .max_buffered = 10000});
    i = scraperbed_next(&b);
    for (int k = 0; k < 16; k++)
        assert_true(fakefetch_part(b.fetches, i, 404, "text/html", part));
    assert_false(fakefetch_part(b.fetches, i, 404, "text/html", part));
    fakefetch_settle(b.fetches);
    scraper_each(b.scraper, see, &n);
    assert_int_equal(scraper_stats(b.scraper).failed, 1);
    i = scraperbed_next(&b);
    assert_true(fakefetch_part(b.fetches, i, 200, "text/plain", part));
    assert_true(fakefetch_part(b.fetches, i, 200, "text/plain", part));
    assert_int_equal(scraper_stats(b.scraper).buffered_bytes, 8192);
    assert_false(fakefetch_part(b.fetches, i, 200, "text/plain", part));
    fakefetch_settle(b.fetches);
    assert_int_equal(scraper_stats(b.scraper).buffered_bytes, 0);
    assert_int_equal(scraper_stats(b.scraper).failed, 2);
    scraperbed_end(&b);
}

static void
the_reply_names_its_format(void **state)
{
    struct scraperbed   b;
    struct fetch_result r = {
        .http_code = 200,
        .body = SLICE_LITERAL("# TYPE a counter\na_total 1 # {x=\"y\"} 1\n# EOF\n"),
        .content_type =
            SLICE_LITERAL("application/openmetrics-text; version=1.0.0; charset=utf-8")};

    (void)state;
    scraperbed_start(&b);
    scraperbed_scrape(&b, (struct scraper_config){.targets = one, .n_targets = 1});
    fakefetch_answer(b.fetches, scraperbed_next(&b), &r);
    assert_int_equal(scraper_stats(b.scraper).up, 1); /* as text the exemplar is an error */
    scraperbed_end(&b);
}

/* A target that hangs misses its ticks and holds nobody up. */
static void
nothing_piles_up_behind_a_hanging_target(void **state)
{
    struct scraperbed b;
    size_t            hung;

    (void)state;
    scraperbed_start(&b);
    scraperbed_scrape(&b, (struct scraper_config){.targets = two, .n_targets = 2});
    scraperbed_advance(&b, SCRAPERBED_INTERVAL_MS);
    hung = scraperbed_open(&b, "10.0.0.1");
    fakefetch_reply(b.fetches, scraperbed_open(&b, "10.0.0.2"), 200, "a 1\n");
    for (int i = 0; i < 5; i++) {
        scraperbed_advance(&b, SCRAPERBED_INTERVAL_MS);
        fakefetch_reply(b.fetches, scraperbed_open(&b, "10.0.0.2"), 200, "a 1\n");
    }
    assert_int_equal(fakefetch_open(b.fetches), 1);
    assert_int_equal(scraper_stats(b.scraper).missed, 5);
    assert_int_equal(scraper_stats(b.scraper).in_flight, 1);
    fakefetch_fail(b.fetches, hung, STATUS_TIMEOUT, "4 s");
    scraperbed_advance(&b, SCRAPERBED_INTERVAL_MS);
    fakefetch_reply(b.fetches, scraperbed_open(&b, "10.0.0.1"), 200, "a 1\n");
    fakefetch_reply(b.fetches, scraperbed_open(&b, "10.0.0.2"), 200, "a 1\n");
    assert_int_equal(scraper_stats(b.scraper).up, 2);
    scraperbed_end(&b);
}

/* 30 targets of which 20 hang, 8 slots: once it is known who hangs, those have
 * two slots, and the ten others are scraped at each of their ticks. */
static void
targets_that_hang_share_few_slots(void **state)
{
    enum { N = 30, GOOD = 10, ROUNDS = 12 };
    static char       text[N][32];
    const char       *targets[N];
    struct scraperbed b;
    int               good[ROUNDS] = {0};
    uint32_t          most_waiting = 0;

    (void)state;
    for (size_t i = 0; i < N; i++) {
        snprintf(text[i], sizeof text[i], i < GOOD ? "10.0.0.%zu:1" : "10.9.9.%zu:1", i);
        targets[i] = text[i];
    }
    scraperbed_start(&b);
    scraperbed_scrape(
        &b, (struct scraper_config){.targets = targets, .n_targets = N, .max_in_flight = 8});
    for (int64_t ms = 0; ms < ROUNDS * SCRAPERBED_INTERVAL_MS; ms += 10) {
        scraperbed_advance(&b, 10);
        assert_true(scraper_stats(b.scraper).in_flight <= 8);
        if (scraper_stats(b.scraper).waiting > most_waiting)
            most_waiting = scraper_stats(b.scraper).waiting;
        for (size_t i = 0; i < fakefetch_count(b.fetches); i++) {
            const struct fakefetch_call *c = fakefetch_call(b.fetches, i);
            static int64_t               since[100000];

            if (!c->open)
                continue;
            assert_true(i < ARRAY_LEN(since));
            if (strstr(c->url, "10.0.0.")) {
                fakefetch_reply(b.fetches, i, 200, "a 1\n");
                good[ms / SCRAPERBED_INTERVAL_MS]++;
            } else if (!since[i]) {
                since[i] = b.series.now_ms;
            } else if (b.series.now_ms - since[i] >= SCRAPERBED_TIMEOUT_MS) {
                fakefetch_fail(b.fetches, i, STATUS_TIMEOUT, "4 s");
            }
        }
    }
    for (int i = 4; i < ROUNDS; i++) /* by then each that hangs has timed out once */
        assert_int_equal(good[i], GOOD);
    assert_true(most_waiting > 0);
    assert_true(scraper_stats(b.scraper).no_slot > 0);
    assert_int_equal(scraper_stats(b.scraper).up, GOOD);
    assert_int_equal(scraper_stats(b.scraper).down, N - GOOD);
    scraperbed_end(&b);
}

/* Prometheus: stale at the first time it would have been scraped, written when
 * 2.1 intervals are over. */
static void
a_target_that_is_gone_becomes_stale(void **state)
{
    struct scraperbed b;
    char              want[256];
    int               tick;

    (void)state;
    scraperbed_start(&b);
    scraperbed_scrape(&b, (struct scraper_config){.targets = one, .n_targets = 1});
    fakefetch_reply(b.fetches, scraperbed_next(&b), 200, "a 1\n");
    tick = (int)(b.series.now_ms - SCRAPEBED_START_MS);
    scraperbed_scrape(&b, (struct scraper_config){0});
    assert_int_equal(scraper_stats(b.scraper).targets, 0);
    scraperbed_advance(&b, SCRAPERBED_INTERVAL_MS * 21 / 10 - 1);
    snprintf(want, sizeof want, "{instance=\"10.0.0.1:15020\", job=\"mesh\"} 1@%d\n", tick);
    scraperbed_expect(&b, "a", want);
    scraperbed_advance(&b, 1);
    snprintf(want, sizeof want, "{instance=\"10.0.0.1:15020\", job=\"mesh\"} 1@%d stale@%d\n", tick,
             tick + SCRAPERBED_INTERVAL_MS);
    scraperbed_expect(&b, "a", want);
    scraperbed_expect(&b, "up", want);
    assert_int_equal(fakefetch_count(b.fetches), 1);
    scraperbed_end(&b);
}

static void
a_target_that_returns_goes_on(void **state)
{
    const struct scraper_config with = {.targets = one, .n_targets = 1};
    struct scraperbed           b;
    char                       *a;
    size_t                      i;

    (void)state;
    scraperbed_start(&b);
    scraperbed_scrape(&b, with);
    fakefetch_reply(b.fetches, scraperbed_next(&b), 200, "a 1\n");
    i = scraperbed_next(&b);
    scraperbed_scrape(&b, (struct scraper_config){0});
    assert_true(fakefetch_call(b.fetches, i)->cancelled);
    scraperbed_scrape(&b, with); /* before the cancelled one was reported */
    fakefetch_settle(b.fetches);
    assert_int_equal(scraper_stats(b.scraper).failed, 0);
    fakefetch_reply(b.fetches, scraperbed_next(&b), 200, "a 3\n");
    scraperbed_advance(&b, 4 * SCRAPERBED_INTERVAL_MS);
    a = scraperbed_samples(&b, "a");
    assert_null(strstr(a, "stale"));
    free(a);
    scraperbed_end(&b);
}

/* Other rules make other series: what they no longer keep ends with markers,
 * what goes on does not. */
static void
other_rules_end_what_they_leave_out(void **state)
{
    static const struct slice keep[] = {SLICE_LITERAL("a")};
    struct scraper_config     c = {.targets = one, .n_targets = 1};
    struct scraperbed         b;
    char                     *a, *z;

    (void)state;
    scraperbed_start(&b);
    scraperbed_scrape(&b, c);
    fakefetch_reply(b.fetches, scraperbed_next(&b), 200, "a 1\nz 1\n");
    c.rules.keep = keep;
    c.rules.n_keep = 1;
    scraperbed_scrape(&b, c);
    for (int i = 0; i < 4; i++)
        fakefetch_reply(b.fetches, scraperbed_next(&b), 200, "a 2\nz 2\n");
    a = scraperbed_samples(&b, "a");
    z = scraperbed_samples(&b, "z");
    assert_null(strstr(a, "stale"));
    assert_non_null(strstr(a, " 1@"));
    assert_non_null(strstr(a, " 2@"));
    assert_non_null(strstr(z, " stale@"));
    assert_null(strstr(z, " 2@"));
    free(a);
    free(z);
    scraperbed_end(&b);
}

static void
another_interval_is_taken_at_once(void **state)
{
    struct scraper_config c = {.targets = one, .n_targets = 1, .interval_ms = 3600000};
    struct scraperbed     b;
    int64_t               from;

    (void)state;
    scraperbed_start(&b);
    scraperbed_scrape(&b, c);
    c.interval_ms = 1000;
    scraperbed_scrape(&b, c);
    from = b.series.now_ms;
    fakefetch_reply(b.fetches, scraperbed_next(&b), 200, "a 1\n");
    assert_true(b.series.now_ms - from <= 1000);
    assert_int_equal(fakefetch_call(b.fetches, 0)->timeout_ms, 1000); /* capped */
    scraperbed_end(&b);
}

/* The end of the process is no end of its targets. */
static void
freed_without_markers(void **state)
{
    struct scraperbed b;
    char             *a;

    (void)state;
    scraperbed_start(&b);
    scraperbed_scrape(&b, (struct scraper_config){.targets = two, .n_targets = 2});
    scraperbed_advance(&b, SCRAPERBED_INTERVAL_MS);
    fakefetch_reply(b.fetches, scraperbed_open(&b, "10.0.0.1"), 200, "a 1\n");
    scraper_free(b.scraper); /* the other flies */
    b.scraper = NULL;
    fakefetch_settle(b.fetches);
    scraperbed_advance(&b, 10 * SCRAPERBED_INTERVAL_MS);
    a = scraperbed_samples(&b, "a");
    assert_null(strstr(a, "stale"));
    free(a);
    scraperbed_end(&b);
}

/* A wall clock that jumps makes one odd wait, never a long one. */
static void
clock_jumps_do_not_stop_it(void **state)
{
    struct scraperbed b;
    size_t            n;

    (void)state;
    scraperbed_start(&b);
    scraperbed_scrape(&b, (struct scraper_config){.targets = one, .n_targets = 1});
    fakefetch_reply(b.fetches, scraperbed_next(&b), 200, "a 1\n");
    b.series.now_ms += 7200000 + 123; /* wall and timers: two hours later */
    timer_set_run(b.timers);
    n = fakefetch_count(b.fetches);
    fakefetch_reply(b.fetches, n - 1, 200, "a 2\n");
    scraperbed_advance(&b, SCRAPERBED_INTERVAL_MS);
    assert_int_equal(fakefetch_count(b.fetches), n + 1);
    fakefetch_reply(b.fetches, n, 200, "a 3\n");
    scraperbed_end(&b);
}

static void
too_many_targets_are_refused_or_left_out(void **state)
{
    static const char *const bad[] = {"10.0.0.1:15020", "user@host:1"};
    struct scraper_config    c = {.source = "mesh", .targets = two, .n_targets = 2};
    struct scraperbed        b;
    struct err               err = {0};

    (void)state;
    scraperbed_start(&b);
    c.max_targets = 1;
    assert_int_equal(scraper_new(&c, &b.world, &b.scraper, &err), STATUS_LIMIT);
    assert_null(b.scraper);
    c.max_targets = 0;
    c.targets = bad;
    err = (struct err){0};
    assert_int_equal(scraper_new(&c, &b.world, &b.scraper, &err), STATUS_SYNTAX);
    assert_non_null(strstr(err.text, "user@host:1"));
    c.targets = two;
    scraperbed_scrape(&b, c);
    c.targets = bad;
    err = (struct err){0};
    assert_int_equal(scraper_reload(b.scraper, &c, &err), STATUS_SYNTAX);
    assert_int_equal(scraper_stats(b.scraper).targets, 2); /* as it was */
    scraperbed_end(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scraped_once_an_interval_at_its_own_time),
        cmocka_unit_test(times_are_aligned_when_nearly_right),
        cmocka_unit_test(targets_are_spread_over_the_interval),
        cmocka_unit_test(failures_are_told_and_become_stale),
        cmocka_unit_test(parts_are_bounded),
        cmocka_unit_test(the_reply_names_its_format),
        cmocka_unit_test(nothing_piles_up_behind_a_hanging_target),
        cmocka_unit_test(targets_that_hang_share_few_slots),
        cmocka_unit_test(a_target_that_is_gone_becomes_stale),
        cmocka_unit_test(a_target_that_returns_goes_on),
        cmocka_unit_test(other_rules_end_what_they_leave_out),
        cmocka_unit_test(another_interval_is_taken_at_once),
        cmocka_unit_test(freed_without_markers),
        cmocka_unit_test(clock_jumps_do_not_stop_it),
        cmocka_unit_test(too_many_targets_are_refused_or_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
