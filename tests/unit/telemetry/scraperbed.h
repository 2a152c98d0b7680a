/* scraperbed.h - a scraper under virtual time, its targets answered by hand. */
#ifndef TESTS_UNIT_TELEMETRY_SCRAPERBED_H
#define TESTS_UNIT_TELEMETRY_SCRAPERBED_H

#include "telemetry/scraper.h"
#include "tests/support/fakefetch.h"
#include "tests/unit/telemetry/scrapebed.h"

enum { SCRAPERBED_INTERVAL_MS = 5000, SCRAPERBED_TIMEOUT_MS = 4000 };

struct scraperbed {
    struct scrapebed     series;
    struct timer_set    *timers;
    struct fakefetch    *fetches;
    struct fetch         fetch;
    struct ingest       *ingest;
    struct metadata     *metadata;
    struct scraper_world world;
    struct scraper      *scraper;
};

static inline void
scraperbed_start(struct scraperbed *b)
{
    scrapebed_start(&b->series, (struct tsdb_limits){0});
    b->timers = timer_set_new(&b->series.clock);
    b->fetches = fakefetch_new();
    b->fetch = fakefetch_port(b->fetches);
    b->ingest = ingest_new(&(struct ingest_config){.on_caller = true});
    b->metadata = metadata_new();
    b->world = (struct scraper_world){.clock = &b->series.clock,
                                      .fetch = &b->fetch,
                                      .timer = timer_set_port(b->timers),
                                      .ingest = b->ingest,
                                      .tsdb = b->series.tsdb,
                                      .metadata = b->metadata};
    b->scraper = NULL;
}

static inline void
scraperbed_scrape(struct scraperbed *b, struct scraper_config c)
{
    struct err err = {0};

    c.source = c.source ? c.source : "mesh";
    c.interval_ms = c.interval_ms ? c.interval_ms : SCRAPERBED_INTERVAL_MS;
    c.timeout_ms = c.timeout_ms ? c.timeout_ms : SCRAPERBED_TIMEOUT_MS;
    assert_int_equal(b->scraper ? scraper_reload(b->scraper, &c, &err)
                                : scraper_new(&c, &b->world, &b->scraper, &err),
                     STATUS_OK);
}

static inline void
scraperbed_end(struct scraperbed *b)
{
    scraper_free(b->scraper);
    fakefetch_settle(b->fetches);
    ingest_free(b->ingest);
    fakefetch_free(b->fetches);
    assert_int_equal(timer_set_count(b->timers), 0);
    timer_set_free(b->timers);
    metadata_free(b->metadata);
    scrapebed_end(&b->series);
}

/* To the next timer, or as far as that; each timer runs at its time. */
static inline void
scraperbed_advance(struct scraperbed *b, int64_t by_ms)
{
    const int64_t until = b->series.now_ms + by_ms;

    for (;;) {
        const int64_t wait = timer_set_wait_ms(b->timers);

        if (wait < 0 || b->series.now_ms + wait > until)
            break;
        b->series.now_ms += wait;
        timer_set_run(b->timers);
    }
    b->series.now_ms = until;
}

/* Until one more request is made; its number. */
static inline size_t
scraperbed_next(struct scraperbed *b)
{
    const size_t n = fakefetch_count(b->fetches);

    while (fakefetch_count(b->fetches) == n) {
        const int64_t wait = timer_set_wait_ms(b->timers);

        assert_true(wait >= 0);
        b->series.now_ms += wait;
        timer_set_run(b->timers);
    }
    return n;
}

/* The open request to this URL; fails the test if there is none. */
static inline size_t
scraperbed_open(struct scraperbed *b, const char *url)
{
    for (size_t i = fakefetch_count(b->fetches); i-- > 0;) {
        const struct fakefetch_call *c = fakefetch_call(b->fetches, i);

        if (c->open && !c->cancelled && strstr(c->url, url))
            return i;
    }
    fail_msg("nothing asks %s", url);
    return 0;
}

static inline bool
scraperbed_asks(struct scraperbed *b, const char *url)
{
    for (size_t i = 0; i < fakefetch_count(b->fetches); i++) {
        const struct fakefetch_call *c = fakefetch_call(b->fetches, i);

        if (c->open && !c->cancelled && strstr(c->url, url))
            return true;
    }
    return false;
}

/* The samples of one metric, a line a series, without "name{" and "}". */
static inline char *
scraperbed_samples(struct scraperbed *b, const char *metric)
{
    char       *dump = scrapebed_dump(&b->series), *rest = dump, *line;
    struct text got;

    text_init(&got, 1 << 20);
    while ((line = strsep(&rest, "\n")) != NULL)
        if (!strncmp(line, metric, strlen(metric)) && line[strlen(metric)] == '{')
            text_printf(&got, "%s\n", line + strlen(metric));
    free(dump);
    return text_take(&got, &(size_t){0});
}

static inline void
scraperbed_expect(struct scraperbed *b, const char *metric, const char *want)
{
    char *got = scraperbed_samples(b, metric);

    assert_string_equal(got, want);
    free(got);
}

#endif
