/* Bodies of one target in turn, parted by bytes of 0xff: what the series hold
 * after each is what they hold when nothing is remembered from body to body. */
#include "telemetry/scrapebody.h"
#include "tests/support/sourcedump.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MOST_BODIES = 6 };

#define START_MS INT64_C(1700000000000)

static int64_t
constant(void *self)
{
    (void)self;
    return START_MS;
}

static const struct clock clock_of_test = {constant, constant, NULL};

static const struct tsdb_label target[] = {{SLICE_LITERAL("job"), SLICE_LITERAL("j")},
                                           {SLICE_LITERAL("instance"), SLICE_LITERAL("i")}};

/* Series with a value at t_ms, but for staleness and what tells of the scrape. */
static char *
dump(struct tsdb *t, int64_t t_ms)
{
    return sourcedump_text(tsdb_source(t), &(struct sourcedump){.not_name = "scrape_.*",
                                                                .min_ms = t_ms,
                                                                .max_ms = t_ms,
                                                                .without_markers = true});
}

static void
alone(enum exposition_format format, struct slice body, int64_t t_ms,
      const struct scrapebody_rules *rules, struct scrapebody_report *report, char **out)
{
    struct tsdb       *t = tsdb_new(&(struct tsdb_limits){0}, &clock_of_test);
    struct scrapebody *b = scrapebody_new(t, NULL, rules, target, ARRAY_LEN(target));

    scrapebody_apply(b, format, body, t_ms, 1, report);
    *out = dump(t, t_ms);
    scrapebody_free(b);
    tsdb_free(t);
}

static void
one_body(struct scrapebody *b, struct tsdb *t, enum exposition_format format, struct slice body,
         int64_t t_ms, const struct scrapebody_rules *rules)
{
    struct scrapebody_report r, fresh;
    char                    *got, *want;

    scrapebody_apply(b, format, body, t_ms, 1, &r);
    got = dump(t, t_ms);
    alone(format, body, t_ms, rules, &fresh, &want);
    assert(r.status == fresh.status && r.status == r.err.status);
    assert(r.scraped == fresh.scraped || r.status);
    assert(r.kept == fresh.kept || r.status);
    assert(strcmp(got, want) == 0);
    free(got);
    free(want);
}

/* A line that was read under another # TYPE keeps the bounds it was given then, in
 * Prometheus as well: no types here. */
static char *
without_types(struct slice body)
{
    char *copy = malloc(body.n ? body.n : 1);

    memcpy(copy, body.p, body.n);
    for (size_t i = 0; i + 4 <= body.n; i++)
        if (memcmp(copy + i, "TYPE", 4) == 0)
            memcpy(copy + i, "HELP", 4);
    return copy;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct slice keep[] = {SLICE_LITERAL("a"), SLICE_LITERAL("h")};
    struct slice              rest = {(const char *)data, n};
    struct scrapebody_rules   rules = {0};
    enum exposition_format    format = EXPOSITION_TEXT;
    struct tsdb              *t;
    struct metadata          *m;
    struct scrapebody        *b;

    if (n == 0)
        return 0;
    if (data[0] & 1)
        format = EXPOSITION_OPENMETRICS;
    rules.honor_labels = data[0] & 2;
    if (data[0] & 4) {
        rules.keep = keep;
        rules.n_keep = ARRAY_LEN(keep);
    }
    if (data[0] & 8)
        rules.sample_limit = 5;
    rest = (struct slice){rest.p + 1, rest.n - 1};
    t = tsdb_new(&(struct tsdb_limits){0}, &clock_of_test);
    m = metadata_new();
    b = scrapebody_new(t, m, &rules, target, ARRAY_LEN(target));
    for (int64_t i = 0; i < MOST_BODIES && rest.p; i++) {
        struct slice body = slice_cut(&rest, '\xff');
        char        *copy = without_types(body);

        one_body(b, t, format, (struct slice){copy, body.n}, START_MS + i * 1000, &rules);
        free(copy);
    }
    scrapebody_gone(b, START_MS + MOST_BODIES * 1000);
    scrapebody_free(b);
    metadata_free(m);
    tsdb_free(t);
    return 0;
}
