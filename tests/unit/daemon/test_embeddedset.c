/* The embedded sources of a configuration: what outlives a reload, who is written
 * to, and how they end. */
#include "daemon/embeddedset.h"

#include "tests/support/check.h"
#include "tests/unit/daemon/world.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define EDGE(keys) "sources: {edge: {scrape: {targets: [\"a:1\"], interval: 5s" keys "}}}"
#define TWO_WRITTEN "sources: {one: {remote_write: {}}, two: {remote_write: {}}}"

struct bench {
    struct world        w;
    struct embeddedset *set;
    struct config      *config; /* the present one */
};

static struct bench bench;

static void
begin_set(void)
{
    struct embeddedset_world ew = {.clock = &bench.w.clock,
                                   .fetch = &bench.w.fetch,
                                   .timer = timer_set_port(bench.w.timers),
                                   .mailbox = bench.w.mailbox,
                                   .data_dir = bench.w.dir.path,
                                   .on_caller = true};

    bench.set = embeddedset_new(&ew);
}

static void
begin(void)
{
    memset(&bench, 0, sizeof bench);
    world_init(&bench.w, true);
    begin_set();
}

static void
settle(void)
{
    for (int i = 0; i < 4; i++) {
        world_settle(&bench.w);
        fakefetch_settle(bench.w.fakefetch);
    }
}

static void
end_set(void)
{
    embeddedset_end(bench.set);
    for (int i = 0; i < 100 && embeddedset_count(bench.set); i++)
        settle();
    assert_int_equal(embeddedset_count(bench.set), 0);
    embeddedset_free(bench.set);
}

static void
end(void)
{
    static const char *const left[] = {"series-edge.snapshot", "series-one.snapshot",
                                       "series-two.snapshot"};
    char                     file[128];

    end_set();
    for (size_t i = 0; i < ARRAY_LEN(left); i++) {
        fixture_file(&bench.w.dir, left[i], file);
        (void)unlink(file);
    }
    config_unref(bench.config);
    world_release(&bench.w);
}

static void
adopt(const char *yaml)
{
    struct err     err = {0};
    struct config *fresh = world_config(yaml);

    if (embeddedset_prepare(bench.set, fresh, &err))
        fail_msg("%s", err.text);
    embeddedset_adopt(bench.set, fresh);
    config_unref(bench.config);
    bench.config = fresh;
    settle();
}

/* Let ms pass; every scrape is answered. */
static void
pass(int64_t ms)
{
    for (int64_t until = bench.w.mono_ms + ms; bench.w.mono_ms < until;) {
        bench.w.mono_ms += 100;
        bench.w.wall_ms += 100;
        world_settle(&bench.w);
        for (; bench.w.n_answered < fakefetch_count(bench.w.fakefetch); bench.w.n_answered++)
            if (fakefetch_call(bench.w.fakefetch, bench.w.n_answered)->open)
                fakefetch_reply(bench.w.fakefetch, bench.w.n_answered, 200,
                                "istio_requests_total{code=\"200\"} 7\nother 1\n");
        world_settle(&bench.w);
    }
}

static uint64_t
series(const char *name)
{
    return tsdb_stats(embedded_tsdb(embeddedset_find(bench.set, name))).series;
}

/* up and its companions, and what a verdict asks for: not the other one. */
enum { SERIES_OF_TARGET = 6 };

static void
a_reload_keeps_what_fits(void **state)
{
    struct embedded *e;
    (void)state;

    begin();
    adopt(EDGE(""));
    e = embeddedset_find(bench.set, "edge");
    assert_non_null(e);
    assert_null(embeddedset_find(bench.set, "mesh"));
    pass(12000);
    assert_int_equal(series("edge"), SERIES_OF_TARGET);
    adopt(EDGE(", sample_limit: 1000"));
    assert_ptr_equal(embeddedset_find(bench.set, "edge"), e);
    assert_int_equal(series("edge"), SERIES_OF_TARGET);
    assert_int_equal(embeddedset_count(bench.set), 1);

    /* Another kind is another source: the old one ends. */
    adopt("sources: {edge: {remote_write: {}}}");
    assert_ptr_not_equal(embeddedset_find(bench.set, "edge"), e);
    settle();
    assert_int_equal(embeddedset_count(bench.set), 1);
    assert_int_equal(series("edge"), 0);
    adopt("sources: {mesh: {prometheus: {url: 'http://p'}}}");
    settle();
    assert_int_equal(embeddedset_count(bench.set), 0);
    end();
}

static void
what_is_asked_keeps_a_source_alive(void **state)
{
    struct embedded *e;
    (void)state;

    begin();
    adopt(EDGE(""));
    pass(12000);
    e = embedded_ref(embeddedset_find(bench.set, "edge"));
    adopt("sources: {mesh: {prometheus: {url: 'http://p'}}}");
    assert_int_equal(embeddedset_count(bench.set), 1);
    assert_int_equal(tsdb_stats(embedded_tsdb(e)).series, SERIES_OF_TARGET);
    embedded_unref(e);
    settle();
    assert_int_equal(embeddedset_count(bench.set), 0);
    end();
}

static void
an_abandoned_reload_changes_nothing(void **state)
{
    struct embedded *e;
    struct config   *fresh;
    struct err       err = {0};
    (void)state;

    begin();
    adopt(EDGE(""));
    pass(12000);
    e = embeddedset_find(bench.set, "edge");
    fresh = world_config("sources: {edge: {scrape: {targets: [\"b:1\", \"c:1\"], interval: 5s}}, "
                         "more: {remote_write: {}}}");
    assert_int_equal(embeddedset_prepare(bench.set, fresh, &err), STATUS_OK);
    assert_non_null(embeddedset_find(bench.set, "more"));
    embeddedset_abandon(bench.set);
    config_unref(fresh);
    settle();
    assert_null(embeddedset_find(bench.set, "more"));
    assert_ptr_equal(embeddedset_find(bench.set, "edge"), e);
    assert_int_equal(embeddedset_count(bench.set), 1);
    assert_int_equal(scraper_stats(embedded_scraper(e)).targets, 1);
    end();
}

static struct tsdb_stats
stats(void)
{
    return tsdb_stats(embedded_tsdb(embeddedset_find(bench.set, "edge")));
}

#define EDGE_KEPT(targets, keys)                                                                   \
    "sources: {edge: {scrape: {targets: " targets ", interval: 5s}, " keys "}}"

/* The store keeps its series; of two targets that come, none has room. */
static void
limits_change_in_place(void **state)
{
    struct embedded *e;
    (void)state;

    begin();
    adopt(EDGE(""));
    e = embeddedset_find(bench.set, "edge");
    pass(12000);
    uint64_t samples = stats().samples;
    adopt(EDGE_KEPT("[\"a:1\"]", "retention: 1h, max_series: 100, max_bytes: 32MiB"));
    assert_ptr_equal(embeddedset_find(bench.set, "edge"), e);
    assert_int_equal(stats().series, SERIES_OF_TARGET);
    assert_true(stats().samples >= samples);

    /* 17 targets of 6 series: 102. */
    const char *many = EDGE_KEPT("[\"a:1\",\"b:1\",\"c:1\",\"d:1\",\"e:1\",\"f:1\",\"g:1\",\"h:1\","
                                 "\"i:1\",\"j:1\",\"k:1\",\"l:1\",\"m:1\",\"n:1\",\"o:1\",\"p:1\","
                                 "\"q:1\"]",
                                 "max_series: 100");
    adopt(many);
    pass(12000);
    assert_int_equal(stats().series, 100);
    assert_true(stats().refused_series > 0);
    end();
}

/* What is older than the new retention goes, and no sooner than it is adopted. */
static void
a_shorter_retention_takes_away(void **state)
{
    struct config *fresh;
    struct err     err = {0};
    (void)state;

    begin();
    adopt(EDGE(""));
    pass(30 * 60 * 1000);
    int64_t oldest_ms = stats().min_ms;
    fresh = world_config(EDGE_KEPT("[\"a:1\"]", "retention: 10m"));
    assert_int_equal(embeddedset_prepare(bench.set, fresh, &err), STATUS_OK);
    embeddedset_abandon(bench.set);
    config_unref(fresh);
    pass(60 * 1000);
    assert_true(stats().min_ms == oldest_ms);
    adopt(EDGE_KEPT("[\"a:1\"]", "retention: 10m"));
    pass(60 * 1000);
    assert_true(stats().min_ms > oldest_ms + 10 * 60 * 1000);
    end();
}

static int told;

static void
on_written(void *ctx, int http_code, const char *line)
{
    (void)ctx;
    (void)line;
    told = http_code;
}

static enum writeport_taken
write_to(const char *source)
{
    struct writeport      p = embeddedset_writeport(bench.set);
    struct writeport_body b = {.kind = WRITEPORT_REMOTE_WRITE,
                               .source = slice_of(source),
                               .bytes = strdup("zzzz"),
                               .n = 4};
    enum writeport_taken  t = p.write(p.self, &b, on_written, NULL);

    if (t != WRITEPORT_TAKEN)
        free(b.bytes);
    return t;
}

static void
writers_find_their_source(void **state)
{
    (void)state;
    begin();
    adopt(EDGE(""));
    assert_int_equal(write_to(""), WRITEPORT_NO_SOURCE);
    assert_int_equal(write_to("edge"), WRITEPORT_NO_SOURCE); /* it scrapes */
    adopt(TWO_WRITTEN);
    assert_int_equal(write_to(""), WRITEPORT_AMBIGUOUS);
    assert_int_equal(write_to("three"), WRITEPORT_NO_SOURCE);
    told = 0;
    assert_int_equal(write_to("two"), WRITEPORT_TAKEN);
    assert_int_equal(told, 400); /* these bytes are no message */
    adopt("sources: {one: {remote_write: {}}}");
    assert_int_equal(write_to(""), WRITEPORT_TAKEN);
    end();
}

static void
the_end_is_where_the_next_begins(void **state)
{
    (void)state;
    begin();
    adopt(EDGE(""));
    pass(12000);
    end_set();
    begin_set();
    adopt(EDGE(""));
    assert_int_equal(series("edge"), SERIES_OF_TARGET);
    end_set();

    /* Not where the source does not want it: what is old is not read either. */
    begin_set();
    adopt("sources: {edge: {scrape: {targets: [\"a:1\"], interval: 5s}, snapshot: false}}");
    assert_int_equal(series("edge"), 0);
    end();
}

/* A pipe in the snapshot's place: reading does not begin before somebody writes. */
static void
nobody_waits_for_a_snapshot(void **state)
{
    struct upstream_local    l;
    struct source_reader    *reader;
    struct err               err = {0};
    char                     file[128];
    struct embeddedset_world ew;
    (void)state;

    memset(&bench, 0, sizeof bench);
    world_init(&bench.w, true);
    ew = (struct embeddedset_world){.clock = &bench.w.clock,
                                    .fetch = &bench.w.fetch,
                                    .timer = timer_set_port(bench.w.timers),
                                    .mailbox = bench.w.mailbox,
                                    .data_dir = bench.w.dir.path};
    bench.set = embeddedset_new(&ew);
    fixture_file(&bench.w.dir, "series-edge.snapshot", file);
    assert_int_equal(mkfifo(file, 0600), 0);
    adopt("sources: {edge: {remote_write: {}}}");
    l = embedded_local(embeddedset_find(bench.set, "edge"));
    assert_int_equal(l.alive(l.self, &err), STATUS_UNREACHABLE);
    assert_string_equal(err.text, "its series of before the restart are still being loaded");
    err = (struct err){0};
    assert_int_equal(l.source.open(l.source.self, &reader, &err), STATUS_UNREACHABLE);

    int fd = open(file, O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    close(fd);
    for (;; usleep(1000)) {
        settle();
        err = (struct err){0};
        assert_int_equal(l.alive(l.self, &err), STATUS_UNREACHABLE);
        if (!strcmp(err.text, "nothing was written to it yet"))
            break;
    }
    assert_int_equal(l.source.open(l.source.self, &reader, &err), STATUS_OK);
    reader->close(reader);
    assert_int_equal(unlink(file), 0);
    adopt("sources: {mesh: {prometheus: {url: 'http://p'}}}");
    while (embeddedset_count(bench.set)) {
        settle();
        usleep(1000);
    }
    end();
}

static void
nothing_known_is_said_to_be_so(void **state)
{
    struct upstream_local l;
    struct err            err = {0};
    (void)state;

    begin();
    adopt(EDGE(""));
    l = embedded_local(embeddedset_find(bench.set, "edge"));
    assert_int_equal(l.alive(l.self, &err), STATUS_UNREACHABLE);
    assert_string_equal(err.text, "no target was scraped yet");
    pass(12000);
    assert_int_equal(l.alive(l.self, &err), STATUS_OK);
    adopt("sources: {edge: {remote_write: {}}}");
    l = embedded_local(embeddedset_find(bench.set, "edge"));
    err = (struct err){0};
    assert_int_equal(l.alive(l.self, &err), STATUS_UNREACHABLE);
    assert_string_equal(err.text, "nothing was written to it yet");
    end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reload_keeps_what_fits),
        cmocka_unit_test(what_is_asked_keeps_a_source_alive),
        cmocka_unit_test(an_abandoned_reload_changes_nothing),
        cmocka_unit_test(limits_change_in_place),
        cmocka_unit_test(a_shorter_retention_takes_away),
        cmocka_unit_test(nobody_waits_for_a_snapshot),
        cmocka_unit_test(writers_find_their_source),
        cmocka_unit_test(the_end_is_where_the_next_begins),
        cmocka_unit_test(nothing_known_is_said_to_be_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
