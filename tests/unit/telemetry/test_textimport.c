#include "telemetry/textimport.h"
#include "tests/support/prng.h"
#include "tests/unit/telemetry/scrapebed.h"

/* Gives a text in portions of the sizes that chance says. */
struct stream {
    struct slice rest;
    struct prng  chance;
    size_t       most; /* bytes a read */
    bool         fails_at_end, closed;
};

static enum status
read_stream(void *self, char *out, size_t room, size_t *n, struct err *err)
{
    struct stream *s = self;

    *n = 1 + prng_below(&s->chance, s->most);
    *n = *n < room ? *n : room;
    *n = *n < s->rest.n ? *n : s->rest.n;
    if (*n)
        memcpy(out, s->rest.p, *n);
    s->rest = (struct slice){s->rest.p + *n, s->rest.n - *n};
    if (*n == 0 && s->fails_at_end)
        return err_set(err, STATUS_MALFORMED, "gzip: cut off");
    return STATUS_OK;
}

static void
close_stream(void *self)
{
    ((struct stream *)self)->closed = true;
}

static struct textimport_report
import(struct scrapebed *bed, struct stream *s, size_t step)
{
    struct bytestream        stream = {read_stream, close_stream, s};
    struct textimport       *i = textimport_new(bed->tsdb, NULL, &stream, bed->now_ms);
    struct textimport_report r;

    while (textimport_step(i, step))
        assert_int_equal(textimport_report(i)->status, STATUS_OK);
    r = *textimport_report(i);
    textimport_free(i);
    assert_true(s->closed);
    return r;
}

static struct textimport_report
import_text(struct scrapebed *bed, const char *text)
{
    return import(bed, &(struct stream){.rest = slice_of(text), .most = 1000}, 1 << 20);
}

static void
expect(struct scrapebed *bed, const char *want)
{
    char *got = scrapebed_dump(bed);

    assert_string_equal(got, want);
    free(got);
}

static void
samples_with_their_times(void **state)
{
    struct scrapebed         bed;
    struct textimport_report r;

    (void)state;
    scrapebed_start(&bed, (struct tsdb_limits){0});
    r = import_text(&bed, "# TYPE h histogram\nh_bucket{le=\"1\"} 5 1700000000000\n"
                          "h_bucket{le=\"1\"} 6 1700000001000\n\n# nothing\n"
                          "a 1 1699999999000\na 2 1700000000000\nb 7\na 3 1700000002000");
    assert_int_equal(r.status, STATUS_OK);
    assert_int_equal(r.samples, 6);
    assert_int_equal(r.lines, 9);
    expect(&bed, "a 1@-1000 2@0 3@2000\nb 7@0\nh_bucket{le=\"1.0\"} 5@0 6@1000\n");
    scrapebed_end(&bed);
}

static void
refusals_are_counted(void **state)
{
    struct scrapebed         bed;
    struct textimport_report r;

    (void)state;
    scrapebed_start(&bed, (struct tsdb_limits){.retention_ms = 3600000});
    r = import_text(&bed, "a 1 1700000000000\na 1 1700000000000\na 2 1700000000000\n"
                          "a 3 1699999999999\nb 1 1700009999000\na 4 1700000000001\n");
    assert_int_equal(r.status, STATUS_OK);
    assert_int_equal(r.samples, 3); /* the same again is taken, and changes nothing */
    assert_int_equal(r.duplicates, 1);
    assert_int_equal(r.out_of_order, 1);
    assert_int_equal(r.out_of_bounds, 1);
    expect(&bed, "a 1@0 4@1\n");
    scrapebed_end(&bed);
}

static void
a_fault_ends_it(void **state)
{
    struct scrapebed         bed;
    struct textimport_report r;
    struct stream cut = {.rest = SLICE_LITERAL("a 1\nb 2"), .most = 3, .fails_at_end = true};

    (void)state;
    scrapebed_start(&bed, (struct tsdb_limits){0});
    r = import(&bed, &(struct stream){.rest = SLICE_LITERAL("a 1\n\nb 2\nc x\nd 1\n"), .most = 3},
               1 << 20);
    assert_int_equal(r.status, STATUS_SYNTAX);
    assert_string_equal(r.err.text, "line 4, column 3: expected a value, got \"x\"");
    expect(&bed, "a 1@0\nb 2@0\n");
    scrapebed_end(&bed);

    scrapebed_start(&bed, (struct tsdb_limits){0});
    r = import_text(&bed, "a 1\nb{x=\"1\n2\"} 1\n");
    assert_int_equal(r.status, STATUS_SYNTAX);
    assert_string_equal(r.err.text, "line 2, column 5: expected a closing quote, got \"\"1\"");
    scrapebed_end(&bed);

    scrapebed_start(&bed, (struct tsdb_limits){0});
    r = import(&bed, &cut, 1 << 20);
    assert_int_equal(r.status, STATUS_MALFORMED);
    expect(&bed, "a 1@0\n"); /* half a line is none */
    scrapebed_end(&bed);

    scrapebed_start(&bed, (struct tsdb_limits){.max_series = 1});
    r = import_text(&bed, "a 1\nb 2\n");
    assert_int_equal(r.status, STATUS_LIMIT);
    scrapebed_end(&bed);
}

static void
a_line_without_end_is_refused(void **state)
{
    struct scrapebed         bed;
    struct textimport_report r;
    char                    *text = malloc(3 << 20);

    (void)state;
    memset(text, 'a', 3 << 20);
    memcpy(text, "b 1\n", 4);
    scrapebed_start(&bed, (struct tsdb_limits){0});
    r = import(&bed, &(struct stream){.rest = {text, 3 << 20}, .most = 1 << 20}, 4 << 20);
    assert_int_equal(r.status, STATUS_LIMIT);
    assert_string_equal(r.err.text, "line 2 has more than 1048576 bytes");
    expect(&bed, "b 1@0\n");
    scrapebed_end(&bed);
    free(text);
}

/* By time, with a series that comes and goes and one that comes twice; or series
 * by series. */
static void
write_dump(struct text *t, struct prng *r, bool by_time)
{
    for (int i = 0; i < 40 * 50; i++) {
        int series = by_time ? i % 50 : i / 40, time = by_time ? i / 50 : i % 40;

        if (series == 17 && time % 5 == 0)
            continue;
        if (prng_below(r, 100) == 0)
            text_puts(t, "# a comment\n");
        for (int twice = series == 30 && time % 7 == 3; twice >= 0; twice--)
            text_printf(t, "m_bucket{a=\"%d\",le=\"%d\"} %d %" PRId64 "\n", series / 7, series,
                        series * 1000 + time, SCRAPEBED_START_MS + time);
    }
}

/* However the text is cut into portions and steps, and in whichever order it
 * comes: the same series. */
static void
portions_do_not_matter(void **state)
{
    struct prng r = {11};
    char       *want = NULL;

    (void)state;
    for (int round = 0; round < 40; round++) {
        struct scrapebed         bed;
        struct text              t;
        struct textimport_report report;
        char                    *got;

        text_init(&t, 1 << 20);
        write_dump(&t, &r, round % 2);
        scrapebed_start(&bed, (struct tsdb_limits){0});
        report = import(&bed,
                        &(struct stream){.rest = text_slice(&t),
                                         .chance = {(uint64_t)round},
                                         .most = 1U << (round % 17)},
                        1U << (round % 13 + 4));
        assert_int_equal(report.status, STATUS_OK);
        got = scrapebed_dump(&bed);
        if (want)
            assert_string_equal(got, want);
        else
            want = strdup(got);
        free(got);
        text_release(&t);
        scrapebed_end(&bed);
    }
    free(want);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_with_their_times), cmocka_unit_test(refusals_are_counted),
        cmocka_unit_test(a_fault_ends_it),          cmocka_unit_test(a_line_without_end_is_refused),
        cmocka_unit_test(portions_do_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
