/* A scraper over real sockets: transfers on the loop, bodies on the ingest
 * thread, readers meanwhile; what targets do wrong stays theirs. */
#include "tests/support/check.h"

#include "base/hash.h"
#include "daemon/loop.h"
#include "telemetry/scraper.h"
#include "tests/support/rawhttp.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

enum { INTERVAL_MS = 250, ROUNDS = 12 };

static char block[1 << 16];

static const char good[] = "# TYPE a counter\na{x=\"1\"} 1\na{x=\"2\"} 2\n";

static const struct rawhttp_route routes[] = {
    {.path = "/good",
     .head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 39\r\n\r\n",
     .body = good,
     .body_bytes = sizeof good - 1},
    {.path = "/hang", .hang = true},
    {.path = "/stall", .head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na 1\n", .hang = true},
    {.path = "/trickle",
     .head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
     .body = "#",
     .body_bytes = 1,
     .repeat = 1000,
     .trickle_ms = 20},
    {.path = "/lies", .head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\na 1\n", .close = true},
    {.path = "/flood",
     .head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
     .body = block,
     .body_bytes = sizeof block,
     .repeat = 16384,
     .close = true},
    {.path = "/broken", .head = "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"},
    {.path = "/rubbish", .head = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na{ 1"},
    {.path = "/nothing", .close = true},
};

static const struct {
    const char *path, *error; /* NULL: up */
} wants[] = {
    {"/good", NULL},
    {"/good?2", NULL},
    {"/hang", "imed out"},
    {"/stall", "imed out"},
    {"/trickle", "imed out"},
    {"/lies", "transfer closed"},
    {"/flood", "over 1048576 bytes"},
    {"/broken", "server returned HTTP status 500"},
    {"/rubbish", ""},
    {"/nothing", "mpty reply"},
};

struct bed {
    struct loop    *loop;
    struct rawhttp *server;
    struct ingest  *ingest;
    struct tsdb    *tsdb;
    struct scraper *scraper;
    uint64_t        timer;
    int             looks, seen_as_wanted;
    int64_t         longest_gap_ms; /* between two looks, due every 10 ms */
    int64_t         last_look_ms;
    bool            done, gone;
};

static void
post(void *self, void (*fn)(void *ctx), void *ctx)
{
    mailbox_must_post(self, fn, ctx);
}

static void
check_target(void *ctx, const struct scraper_target *t)
{
    struct bed *b = ctx;
    const char *path = strchr(t->url + strlen("http://"), '/');

    for (size_t i = 0; i < ARRAY_LEN(wants); i++)
        if (!strcmp(path, wants[i].path))
            b->seen_as_wanted += wants[i].error ? t->health == SCRAPER_DOWN &&
                                                      strstr(t->last_error, wants[i].error) != NULL
                                                : t->health == SCRAPER_UP && t->samples == 2;
}

static void
count_gone(void *ctx)
{
    ((struct bed *)ctx)->gone = true;
}

/* Until each target was judged as it should be, and good ones often. */
static void
look(void *ctx)
{
    struct bed             *b = ctx;
    const struct timer_port timer = loop_timer(b->loop);
    const int64_t           now_ms = clock_mono_ms(&clock_system);
    struct source           source = tsdb_source(b->tsdb);
    struct source_reader   *reader;

    if (b->looks++ && now_ms - b->last_look_ms > b->longest_gap_ms)
        b->longest_gap_ms = now_ms - b->last_look_ms;
    b->last_look_ms = now_ms;
    assert_int_equal(source.open(source.self, &reader, NULL), STATUS_OK);
    reader->close(reader);
    b->seen_as_wanted = 0;
    scraper_each(b->scraper, check_target, b);
    b->done = b->seen_as_wanted == (int)ARRAY_LEN(wants) &&
              scraper_stats(b->scraper).samples >= 2 * 2 * ROUNDS;
    timer_start(&timer, 10, look, b);
}

static void
faults_stay_with_who_makes_them(void **state)
{
    char                  text[ARRAY_LEN(wants)][64];
    const char           *targets[ARRAY_LEN(wants)];
    struct bed            b = {0};
    struct scraper_config c = {.source = "mesh",
                               .interval_ms = INTERVAL_MS,
                               .max_body_bytes = 1 << 20,
                               .targets = targets,
                               .n_targets = ARRAY_LEN(wants)};
    struct scraper_world  w = {.clock = &clock_system, .gone = count_gone, .ctx = &b};
    struct err            err = {0};
    size_t                before;

    (void)state;
    memset(block, '#', sizeof block);
    assert_int_equal(loop_new(&b.loop, &err), STATUS_OK);
    b.server = rawhttp_start(routes, ARRAY_LEN(routes));
    b.ingest = ingest_new(&(struct ingest_config){.post = post, .self = loop_mailbox(b.loop)});
    b.tsdb = tsdb_new(&(struct tsdb_limits){0}, &clock_system);
    w.fetch = loop_fetch(b.loop);
    w.timer = loop_timer(b.loop);
    w.ingest = b.ingest;
    w.tsdb = b.tsdb;
    w.metadata = metadata_new();
    for (size_t i = 0; i < ARRAY_LEN(wants); i++) {
        snprintf(text[i], sizeof text[i], "127.0.0.1:%d%s", rawhttp_port(b.server), wants[i].path);
        targets[i] = text[i];
    }
    assert_int_equal(scraper_new(&c, &w, &b.scraper, &err), STATUS_OK);
    before = mallinfo2().uordblks;
    look(&b);
    loop_run(b.loop, NULL, &b.done);
    assert_int_equal(b.seen_as_wanted, ARRAY_LEN(wants));
    assert_true(mallinfo2().uordblks < before + (32 << 20));
    assert_true(b.longest_gap_ms < 3000); /* nothing blocked the loop */
    scraper_free(b.scraper);
    ingest_free(b.ingest); /* as the daemon: then its letters */
    while (mailbox_run(loop_mailbox(b.loop)))
        ;
    assert_true(tsdb_stats(b.tsdb).samples_appended > 0);
    loop_free(b.loop); /* reports what was cancelled */
    assert_true(b.gone);
    tsdb_free(b.tsdb);
    metadata_free(w.metadata);
    rawhttp_stop(b.server);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(faults_stay_with_who_makes_them)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
