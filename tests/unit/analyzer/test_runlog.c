#include "analyzer/runlog.h"

#include "analyzer/runplayer.h"

#include "analyzer/runstate.h"
#include "tests/unit/analyzer/run_play.h"

enum { INTERVALS = 40, STATE_BYTES = 1 << 20, SEGMENT_BYTES = 512 };

static struct play     p;
static struct run      again;
static struct runlog   l;
static struct prng     chance;
static struct interval rows[INTERVALS];

/* As the history keeps them: what was noted up to each interval. */
static struct segment {
    char   bytes[SEGMENT_BYTES];
    size_t n;
} segments[INTERVALS + 1];

static void
keep_segment(int k)
{
    struct slice s = runlog_bytes(&l);

    assert_true(s.n <= SEGMENT_BYTES);
    memcpy(segments[k].bytes, s.p, s.n);
    segments[k].n = s.n;
    runlog_clear(&l);
}

static void
start(void)
{
    const struct policy policy = play_policy();

    play_start(&p, &policy);
    runlog_init(&l, (struct slice){0});
    p.r.log = &l;
    runlog_started(&l, p.now_ms, p.r.max_age_ms);
}

/* Everything that a run can be told, in an order of chance. */
static void
tell_something(void)
{
    struct ledger_sight s = play_sight(p.now_ms);

    switch (prng_below(&chance, 8)) {
    case 0:
        run_asked(&p.r, NAN, p.now_ms);
        run_asked(&p.r, NAN, p.now_ms + 3);
        break;
    case 1:
        run_asked(&p.r, 5. * (double)prng_below(&chance, 4), p.now_ms);
        break;
    case 2:
        run_blind(&p.r, REASON_SOURCE_UNREACHABLE, "connection refused by <host>");
        break;
    case 3:
        run_clock_set(&p.r, (int64_t)prng_below(&chance, 20000) - 10000);
        break;
    case 4:
        snprintf(s.keys, sizeof s.keys, "v1, v2, v%u", (unsigned)prng_below(&chance, 3));
        s.canary_seen = prng_below(&chance, 2);
        run_sighted(&p.r, &s, p.now_ms);
        break;
    case 5:
        run_confirm_seen(&p.r);
        break;
    case 6:
        run_first_step(&p.r, p.now_ms);
        break;
    case 7:
        run_promotion_told(&p.r);
        break;
    }
    (void)run_decide(&p.r, p.now_ms);
}

static void
live(uint64_t seed)
{
    chance.state = seed;
    start();
    for (int k = 0; k < INTERVALS; k++) {
        for (uint64_t n = prng_below(&chance, 4); n > 0; n--)
            tell_something();
        (void)play(&p, 5000, 50, prng_below(&chance, 3), 450, prng_below(&chance, 5));
        rows[k] = p.i;
        keep_segment(k);
    }
    tell_something();
    if (seed % 2)
        run_end(&p.r, "completed", p.now_ms);
    keep_segment(INTERVALS);
}

static enum status
play_again(int from, int n, struct err *err)
{
    static struct run_identity who;
    struct runplayer           player = {.run = &again, .who = &who};
    enum status                s = STATUS_OK;

    who = play_who();
    again = (struct run){.policy = &p.policy};
    for (int k = from; k < n && !s; k++)
        s = runplayer_play(&player, (struct slice){segments[k].bytes, segments[k].n},
                           k < INTERVALS ? &rows[k] : NULL, err);
    return s;
}

static void
assert_same(void)
{
    struct text a, b;

    text_init(&a, STATE_BYTES);
    text_init(&b, STATE_BYTES);
    runstate_pack(&p.r, &a);
    runstate_pack(&again, &b);
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.p, b.p, a.n);
    text_release(&a);
    text_release(&b);
}

static void
played_again_it_is_the_same_run(void **state)
{
    (void)state;

    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct err err = {0};

        live(seed);
        if (play_again(0, INTERVALS + 1, &err))
            fail_msg("seed %u: %s", (unsigned)seed, err.text);
        assert_same();
        runlog_release(&l);
    }
}

/* A tick of a quiet run: a sight, a decision, an interval. */
static void
a_tick_takes_few_bytes(void **state)
{
    (void)state;

    start();
    for (int k = 0; k < 10; k++) {
        (void)play(&p, 5000, 50, 0, 450, 0);
        if (k > 0)
            assert_true(runlog_bytes(&l).n <= 20);
        runlog_clear(&l);
    }
    /* Only the last of many questions is kept. */
    for (int k = 0; k < 100000; k++)
        run_asked(&p.r, NAN, p.now_ms + k);
    assert_true(runlog_bytes(&l).n <= 20);
    runlog_release(&l);
}

/* What a restart finds is gone on with: the times start from 0 again. */
static void
a_restart_goes_on(void **state)
{
    (void)state;
    struct err  err = {0};
    struct text pending;

    live(2);
    runlog_release(&l);
    text_init(&pending, RUNLOG_MAX_BYTES);
    text_put(&pending, (struct slice){segments[INTERVALS].bytes, segments[INTERVALS].n});
    runlog_init(&l, text_slice(&pending));
    p.r.log = &l;
    tell_something();
    tell_something();
    keep_segment(INTERVALS);
    assert_int_equal(play_again(0, INTERVALS + 1, &err), STATUS_OK);
    assert_same();
    text_release(&pending);
    runlog_release(&l);
}

/* Hours without an interval: the log ends, and says so. */
static void
too_much_tears_it(void **state)
{
    (void)state;
    struct err err = {0};

    live(4);
    for (int k = 0; k < 40000; k++)
        run_decide(&p.r, p.now_ms + k);
    assert_true(runlog_bytes(&l).n <= RUNLOG_MAX_BYTES);
    keep_segment(INTERVALS);
    assert_int_equal(play_again(0, INTERVALS + 1, &err), STATUS_NO_DATA);
    /* And after that it can be read again, from there on. */
    (void)run_decide(&p.r, p.now_ms);
    assert_true(runlog_bytes(&l).n > 0 && runlog_bytes(&l).n < 30);
    runlog_release(&l);
}

static void
what_is_missing_is_told(void **state)
{
    (void)state;
    struct err err = {0};

    live(6);
    assert_int_equal(play_again(1, INTERVALS, &err), STATUS_NO_DATA); /* no start */
    segments[3].n = 0;
    assert_int_equal(play_again(0, 4, NULL), STATUS_OK); /* nothing was told */
    runlog_release(&l);
}

static void
hostile_bytes_do_no_harm(void **state)
{
    (void)state;

    live(8);
    for (int k = 0; k < 2000; k++) {
        struct segment was = segments[0];

        for (uint64_t n = 1 + prng_below(&chance, 3); n > 0; n--)
            segments[0].bytes[prng_below(&chance, segments[0].n)] = (char)prng_next(&chance);
        if (prng_below(&chance, 4) == 0)
            segments[0].n = prng_below(&chance, segments[0].n + 1);
        (void)!play_again(0, 2, NULL);
        segments[0] = was;
    }
    runlog_release(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(played_again_it_is_the_same_run),
        cmocka_unit_test(a_tick_takes_few_bytes),
        cmocka_unit_test(a_restart_goes_on),
        cmocka_unit_test(too_much_tears_it),
        cmocka_unit_test(what_is_missing_is_told),
        cmocka_unit_test(hostile_bytes_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
