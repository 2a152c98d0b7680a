#include "tests/unit/store/fixture.h"

#include <stdio.h>

#define ONE "01JD00000000000000000000A1"
#define TWO "01JD00000000000000000000A2"

static struct record_execution
asked(const char *id, int64_t at_ms)
{
    struct record_execution e = {.service = SLICE_LITERAL("reviews"),
                                 .ns = SLICE_LITERAL("prod"),
                                 .canary = SLICE_LITERAL("v2"),
                                 .stable = SLICE_LITERAL("v1"),
                                 .revision = SLICE_LITERAL("7d9"),
                                 .policy = SLICE_LITERAL("strict"),
                                 .step = true,
                                 .pass = 90,
                                 .marginal = 75,
                                 .at_ms = at_ms,
                                 .verdict = VERDICT_HOLD};

    memcpy(e.id, id, ULID_BYTES);
    return e;
}

static void
put(struct store *st, const struct record_execution *e)
{
    assert_int_equal(store_submit(st, &(struct store_commit){.execution = e}, NULL, NULL),
                     STATUS_OK);
    store_drain(st);
}

static bool
note(void *ctx, const struct record_execution *e)
{
    char  *out = ctx;
    size_t n = strlen(out);

    snprintf(out + n, 512 - n, "%s %.*s %.*s %.*s %.*s %.*s %.*s %d %d/%d at %lld: %lld %s %s %s;",
             e->id, SLICE_ARG(e->service), SLICE_ARG(e->ns), SLICE_ARG(e->canary),
             SLICE_ARG(e->stable), SLICE_ARG(e->revision), SLICE_ARG(e->policy), e->step,
             e->marginal, e->pass, (long long)e->at_ms, (long long)e->complete_ms,
             verdict_text(e->verdict), verdict_reason_text(e->reason), e->run);
    return true;
}

static void
wants(const struct fixture_dir *d, int64_t from_ms, const char *what)
{
    struct reader *r;
    struct err     err = {0};
    char           got[512] = "";

    assert_int_equal(reader_open(d->path, &r, &err), STATUS_OK);
    assert_int_equal(reader_executions(r, from_ms, 10, note, got, &err), STATUS_OK);
    assert_string_equal(got, what);
    reader_close(r);
}

static void
the_first_last_word_stays(void **state)
{
    struct record_execution e = asked(ONE, 1000);
    struct fixture_dir      d;
    struct store           *st;
    struct err              err = {0};

    (void)state;
    fixture_dir_make(&d);
    assert_int_equal(store_open(d.path, &st, &err), STATUS_OK);
    put(st, &e);
    wants(&d, 0, ONE " reviews prod v2 v1 7d9 strict 1 75/90 at 1000: 0 hold none ;");
    e.complete_ms = 2000;
    e.verdict = VERDICT_PASS;
    e.reason = REASON_PROVEN;
    memcpy(e.run, TWO, ULID_BYTES);
    put(st, &e);
    e.complete_ms = 3000;
    e.verdict = VERDICT_ABORT;
    put(st, &e);
    wants(&d, 0, ONE " reviews prod v2 v1 7d9 strict 1 75/90 at 1000: 2000 pass proven " TWO ";");
    wants(&d, 1001, "");
    store_close(st);
    fixture_dir_remove(&d);
}

static void
a_day_later_it_is_gone(void **state)
{
    struct record_execution old = asked(ONE, 1000), new = asked(TWO, 1000 + STORE_EXECUTION_MS);
    struct fixture_dir      d;
    struct store           *st;
    struct err              err = {0};

    (void)state;
    fixture_dir_make(&d);
    assert_int_equal(store_open(d.path, &st, &err), STATUS_OK);
    put(st, &old);
    put(st, &new);
    wants(&d, 2000, TWO " reviews prod v2 v1 7d9 strict 1 75/90 at 86401000: 0 hold none ;");
    wants(&d, 0,
          TWO " reviews prod v2 v1 7d9 strict 1 75/90 at 86401000: 0 hold none ;" ONE
              " reviews prod v2 v1 7d9 strict 1 75/90 at 1000: 0 hold none ;");
    new.at_ms++;
    memcpy(new.id, "01JD00000000000000000000A3", ULID_BYTES);
    put(st, &new);
    wants(&d, 0,
          "01JD00000000000000000000A3 reviews prod v2 v1 7d9 strict 1 75/90 at 86401001: 0 hold "
          "none ;" TWO " reviews prod v2 v1 7d9 strict 1 75/90 at 86401000: 0 hold none ;");
    store_close(st);
    fixture_dir_remove(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_last_word_stays),
        cmocka_unit_test(a_day_later_it_is_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
