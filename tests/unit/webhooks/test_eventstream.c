#include "tests/support/check.h"
#include "webhooks/eventstream.h"

#include <stdio.h>
#include <stdlib.h>

enum { ROOM = 2 * EVENTSTREAM_EVENT_BYTES };

struct bed {
    struct clock        clock;
    int64_t             now_ms;
    struct eventstream *s;
    int                 suspended, resumed;
};

static int64_t
now(void *self)
{
    return ((struct bed *)self)->now_ms;
}

static void
on_suspend(void *bed)
{
    ((struct bed *)bed)->suspended++;
}

static void
on_resume(void *bed)
{
    ((struct bed *)bed)->resumed++;
}

static void
begin(struct bed *b)
{
    *b = (struct bed){.now_ms = 0xABC};
    b->clock = (struct clock){.wall_ms = now, .mono_ms = now, .self = b};
    b->s = eventstream_new(&b->clock);
}

static struct eventstream_reader *
join(struct bed *b, const char *ns, const char *last_id)
{
    struct eventstream_filter  f = {0};
    struct eventstream_reader *r;

    snprintf(f.ns, sizeof f.ns, "%s", ns);
    r = eventstream_join(b->s, &f, slice_of(last_id));
    if (r)
        eventstream_attach(r, &(struct eventstream_sleep){on_suspend, on_resume, b});
    return r;
}

static void
tell(struct bed *b, const char *ns, const char *data)
{
    if (eventstream_wanted(b->s))
        eventstream_tell(b->s, "run", ns, "", slice_of(data));
}

static const char *
read_all(struct eventstream_reader *r)
{
    static char out[ROOM + 1];
    ptrdiff_t   n = eventstream_read(r, out, ROOM);

    if (n < 0)
        return "over";
    out[n] = '\0';
    return out;
}

static void
test_events_reach_who_listens(void **state)
{
    struct bed                 b;
    struct eventstream_reader *all, *prod;

    (void)state;
    begin(&b);
    all = join(&b, "", "");
    prod = join(&b, "prod", "");
    tell(&b, "prod", "{\"a\":1}");
    tell(&b, "test", "{\"a\":2}");
    assert_string_equal(read_all(all), "retry: 2000\n\n"
                                       "id: ABC-1\nevent: run\ndata: {\"a\":1}\n\n"
                                       "id: ABC-2\nevent: run\ndata: {\"a\":2}\n\n");
    assert_string_equal(read_all(prod),
                        "retry: 2000\n\nid: ABC-1\nevent: run\ndata: {\"a\":1}\n\n");
    eventstream_leave(all);
    eventstream_leave(prod);
    eventstream_free(b.s);
}

static void
test_a_grant_keeps_namespaces_apart(void **state)
{
    struct bed                 b;
    struct eventstream_filter  f = {.grant = {.n_namespaces = 1, .ns = {"prod"}}};
    struct eventstream_reader *r;

    (void)state;
    begin(&b);
    r = eventstream_join(b.s, &f, (struct slice){0});
    tell(&b, "test", "{\"secret\":1}");
    tell(&b, "prod", "{\"a\":1}");
    assert_string_equal(read_all(r), "retry: 2000\n\nid: ABC-2\nevent: run\ndata: {\"a\":1}\n\n");
    eventstream_leave(r);
    eventstream_free(b.s);
}

static void
test_who_has_nothing_sleeps_until_there_is(void **state)
{
    struct bed                 b;
    struct eventstream_reader *r;

    (void)state;
    begin(&b);
    r = join(&b, "prod", "");
    (void)read_all(r);
    assert_string_equal(read_all(r), "");
    assert_int_equal(b.suspended, 1);
    eventstream_pump(b.s);
    tell(&b, "test", "{}"); /* not for this one */
    eventstream_pump(b.s);
    assert_int_equal(b.resumed, 0);
    tell(&b, "prod", "{}");
    eventstream_pump(b.s);
    eventstream_pump(b.s);
    assert_int_equal(b.resumed, 1); /* once */
    assert_string_equal(read_all(r), "id: ABC-2\nevent: run\ndata: {}\n\n");
    assert_string_equal(read_all(r), "");
    b.now_ms += EVENTSTREAM_BEAT_MS;
    eventstream_pump(b.s);
    assert_int_equal(b.resumed, 2);
    assert_string_equal(read_all(r), ": still here\n\n");
    eventstream_leave(r);
    eventstream_free(b.s);
}

static void
test_coming_back(void **state)
{
    static const struct {
        const char *last_id, *wants;
    } cases[] = {
        {"ABC-1", "retry: 2000\n\nid: ABC-2\nevent: run\ndata: {\"a\":2}\n\n"},
        {"ABC-2", "retry: 2000\n\n"},
        {"ABC-3", "retry: 2000\n\nevent: reset\ndata: {}\n\n"}, /* never told */
        {"ABD-1", "retry: 2000\n\nevent: reset\ndata: {}\n\n"}, /* of another process */
        {"junk", "retry: 2000\n\nevent: reset\ndata: {}\n\n"},
        {"ABC-18446744073709551615", "retry: 2000\n\nevent: reset\ndata: {}\n\n"},
    };
    struct bed                 b;
    struct eventstream_reader *first;

    (void)state;
    begin(&b);
    first = join(&b, "", "");
    tell(&b, "prod", "{\"a\":1}");
    tell(&b, "prod", "{\"a\":2}");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct eventstream_reader *r = join(&b, "", cases[i].last_id);

        assert_string_equal(read_all(r), cases[i].wants);
        eventstream_leave(r);
    }
    eventstream_leave(first);
    eventstream_free(b.s);
}

/* What was not told because nobody listened is missing all the same. */
static void
test_a_gap_that_nobody_heard_is_a_reset(void **state)
{
    struct bed                 b;
    struct eventstream_reader *r;

    (void)state;
    begin(&b);
    assert_false(eventstream_wanted(b.s));
    r = join(&b, "", "");
    tell(&b, "prod", "{}");
    assert_non_null(strstr(read_all(r), "id: ABC-2"));
    eventstream_leave(r);
    b.now_ms += EVENTSTREAM_LINGER_MS - 1;
    assert_true(eventstream_wanted(b.s));
    b.now_ms++;
    assert_false(eventstream_wanted(b.s));
    r = join(&b, "", "ABC-2");
    assert_non_null(strstr(read_all(r), "event: reset"));
    eventstream_leave(r);
    eventstream_free(b.s);
}

static void
test_the_slow_are_dropped(void **state)
{
    struct bed                 b;
    struct eventstream_reader *slow;
    const char                *got;

    (void)state;
    begin(&b);
    slow = join(&b, "", "");
    for (int i = 0; i <= EVENTSTREAM_EVENTS; i++)
        tell(&b, "prod", "{}");
    got = read_all(slow);
    assert_non_null(strstr(got, "\n: too slow"));
    assert_null(strstr(got, "data:"));
    assert_string_equal(read_all(slow), "over");
    eventstream_leave(slow);
    eventstream_free(b.s);
}

/* Whatever the buffer's size, the same bytes arrive. */
static void
test_pieces_make_the_same_stream(void **state)
{
    static const size_t rooms[] = {101, 128, 700, 4096, EVENTSTREAM_EVENT_BYTES};
    char                data[3001], *got = malloc(ROOM);
    struct bed          b;

    (void)state;
    assert_non_null(got);
    memset(data, 'x', sizeof data - 1);
    data[sizeof data - 1] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(rooms); i++) {
        struct eventstream_reader *r, *whole;
        size_t                     n = 0;
        const char                *want;

        begin(&b);
        r = join(&b, "", "");
        whole = join(&b, "", "");
        tell(&b, "prod", "{}");
        tell(&b, "prod", data);
        tell(&b, "prod", "[]");
        want = read_all(whole);
        for (ptrdiff_t some; (some = eventstream_read(r, got + n, rooms[i])) > 0;)
            n += (size_t)some;
        got[n] = '\0';
        assert_string_equal(got, want);
        eventstream_leave(r);
        eventstream_leave(whole);
        eventstream_free(b.s);
    }
    free(got);
}

/* An event without its blank line is none to a browser; anything more would be part of it. */
static void
test_who_is_overtaken_within_an_event_hears_no_more(void **state)
{
    char                       data[3001], piece[256];
    struct bed                 b;
    struct eventstream_reader *r;

    (void)state;
    memset(data, 'x', sizeof data - 1);
    data[sizeof data - 1] = '\0';
    begin(&b);
    r = join(&b, "", "");
    assert_string_equal(read_all(r), "retry: 2000\n\n");
    tell(&b, "prod", data);
    assert_int_equal(eventstream_read(r, piece, sizeof piece), sizeof piece);
    for (int i = 0; i < EVENTSTREAM_EVENTS; i++)
        tell(&b, "prod", "{}");
    assert_string_equal(read_all(r), "over");
    assert_string_equal(read_all(r), "over");
    eventstream_leave(r);
    eventstream_free(b.s);
}

/* Half a megabyte a hundred times: the ring stays under its bytes, and what is left
 * is the newest. */
static void
test_memory_is_bounded(void **state)
{
    struct bed                 b;
    struct eventstream_reader *r;
    char                      *data = malloc(EVENTSTREAM_EVENT_BYTES);
    char                       last[32];
    size_t                     n = EVENTSTREAM_EVENT_BYTES - 100;

    (void)state;
    begin(&b);
    r = join(&b, "", "");
    memset(data, 'x', n);
    for (int i = 0; i < 2000; i++)
        eventstream_tell(b.s, "run", "prod", "", (struct slice){data, n});
    eventstream_leave(r);
    /* 4 MiB hold 518 of the 8,092 + some 40 bytes: from 1483 on. */
    r = join(&b, "", "ABC-1400");
    assert_non_null(strstr(read_all(r), "reset"));
    eventstream_leave(r);
    r = join(&b, "", "ABC-1999");
    snprintf(last, sizeof last, "id: ABC-2000\n");
    assert_non_null(strstr(read_all(r), last));
    eventstream_leave(r);
    /* One that no reader's buffer takes is left out. */
    memset(data, 'x', EVENTSTREAM_EVENT_BYTES);
    eventstream_tell(b.s, "run", "prod", "", (struct slice){data, EVENTSTREAM_EVENT_BYTES});
    r = join(&b, "", "ABC-2000");
    assert_string_equal(read_all(r), "retry: 2000\n\n");
    eventstream_leave(r);
    free(data);
    eventstream_free(b.s);
}

static void
test_there_is_an_end(void **state)
{
    struct bed                 b;
    struct eventstream_reader *r[EVENTSTREAM_READERS];

    (void)state;
    begin(&b);
    for (int i = 0; i < EVENTSTREAM_READERS; i++)
        assert_non_null(r[i] = join(&b, "", ""));
    assert_null(join(&b, "", ""));
    eventstream_leave(r[1]);
    assert_non_null(r[1] = join(&b, "", ""));

    b.now_ms += EVENTSTREAM_LONGEST_MS; /* tokens change: who stays on comes back with its own */
    assert_non_null(strstr(read_all(r[0]), ": that was all"));
    assert_string_equal(read_all(r[0]), "over");

    b.now_ms -= EVENTSTREAM_LONGEST_MS;
    (void)read_all(r[1]);
    assert_string_equal(read_all(r[1]), "");
    eventstream_close(b.s);
    eventstream_pump(b.s);
    assert_int_equal(b.resumed, 1);
    for (int i = 1; i < EVENTSTREAM_READERS; i++)
        assert_string_equal(read_all(r[i]), "over");
    assert_int_equal(b.suspended, 1); /* nobody any more */
    assert_null(join(&b, "", ""));
    for (int i = 0; i < EVENTSTREAM_READERS; i++)
        eventstream_leave(r[i]);
    eventstream_free(b.s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events_reach_who_listens),
        cmocka_unit_test(test_a_grant_keeps_namespaces_apart),
        cmocka_unit_test(test_who_has_nothing_sleeps_until_there_is),
        cmocka_unit_test(test_coming_back),
        cmocka_unit_test(test_a_gap_that_nobody_heard_is_a_reset),
        cmocka_unit_test(test_the_slow_are_dropped),
        cmocka_unit_test(test_pieces_make_the_same_stream),
        cmocka_unit_test(test_who_is_overtaken_within_an_event_hears_no_more),
        cmocka_unit_test(test_memory_is_bounded),
        cmocka_unit_test(test_there_is_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
