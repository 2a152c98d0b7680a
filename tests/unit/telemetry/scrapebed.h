/* scrapebed.h - a series store under test time, and all it holds as text. */
#ifndef TESTS_UNIT_TELEMETRY_SCRAPEBED_H
#define TESTS_UNIT_TELEMETRY_SCRAPEBED_H

#include "promql/gofloat.h"
#include "promql/value.h"
#include "telemetry/tsdb.h"
#include "tests/support/check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SCRAPEBED_START_MS INT64_C(1700000000000)

struct scrapebed {
    int64_t      now_ms;
    struct clock clock;
    struct tsdb *tsdb;
};

static int64_t
scrapebed_wall(void *self)
{
    return *(int64_t *)self;
}

static void
scrapebed_start(struct scrapebed *b, struct tsdb_limits limits)
{
    b->now_ms = SCRAPEBED_START_MS;
    b->clock =
        (struct clock){.wall_ms = scrapebed_wall, .mono_ms = scrapebed_wall, .self = &b->now_ms};
    b->tsdb = tsdb_new(&limits, &b->clock);
}

static void
scrapebed_end(struct scrapebed *b)
{
    tsdb_free(b->tsdb);
}

static int
scrapebed_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
scrapebed_sample(struct text *to, int64_t t_ms, double v)
{
    text_putc(to, ' ');
    if (value_is_absent(v))
        text_puts(to, "stale");
    else
        gofloat_put_g(to, v);
    text_printf(to, "@%" PRId64, t_ms - SCRAPEBED_START_MS);
}

/* One line a series, sorted: name{labels} value@ms-since-start … */
static char *
scrapebed_dump(struct scrapebed *b)
{
    struct source           source = tsdb_source(b->tsdb);
    struct source_reader   *r;
    struct matcher          m;
    struct source_query     q = {.matchers = &m,
                                 .n_matchers = 1,
                                 .min_ms = INT64_MIN,
                                 .max_ms = INT64_MAX,
                                 .max_series = 1000000};
    struct source_selection found;
    struct source_scratch   scratch = {0};
    struct arena            arena = {0};
    struct labels_pool      pool;
    struct text             all;
    char                  **lines;

    assert_int_equal(
        matcher_init(&m, MATCHER_NOT_EQUAL, SLICE_LITERAL("__name__"), SLICE_LITERAL(""), NULL),
        STATUS_OK);
    assert_int_equal(source.open(source.self, &r, NULL), STATUS_OK);
    assert_int_equal(r->select(r, &q, &arena, &found, NULL), STATUS_OK);
    labels_pool_init(&pool, &arena, r->symbols, 1 << 30);
    lines = arena_array(&arena, found.n + 1, sizeof *lines);
    for (size_t i = 0; i < found.n; i++) {
        struct source_column c;
        struct text          line;

        text_init(&line, 1 << 24);
        labels_write_series(&pool, found.series[i].labels, &line);
        assert_int_equal(r->read(r, &found.series[i], INT64_MIN, INT64_MAX, &scratch, &c, NULL),
                         STATUS_OK);
        for (size_t k = 0; k < c.n; k++)
            scrapebed_sample(&line, c.t_ms[k], c.value[k]);
        lines[i] = c.n ? arena_text(&arena, text_slice(&line)) : NULL;
        text_release(&line);
        if (!c.n) /* a series that a refused scrape made */
            lines[i] = arena_text(&arena, SLICE_LITERAL(""));
    }
    qsort(lines, found.n, sizeof *lines, scrapebed_compare);
    text_init(&all, 1 << 26);
    for (size_t i = 0; i < found.n; i++)
        if (*lines[i])
            text_printf(&all, "%s\n", lines[i]);
    source_scratch_release(&scratch);
    r->close(r);
    arena_release(&arena);
    return text_take(&all, &(size_t){0});
}

#endif
