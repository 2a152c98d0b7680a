#include "store/notices.h"

#include "tests/unit/store/fixture.h"

/* A history with run 1 and its verdicts 1 to n. */
static struct store *
open_with_verdicts(const struct fixture_dir *d, int n)
{
    struct store     *st = fixture_open(d);
    struct record_run run = fixture_run(1);

    fixture_must(st, &(struct store_commit){.run = &run});
    for (int i = 1; i <= n; i++) {
        struct record_verdict v = fixture_verdict(1, i);

        fixture_must(st, &(struct store_commit){.verdict = &v});
    }
    return st;
}

static struct store_outbox
step(enum store_outbox_what what, int verdict, const char *targets)
{
    struct store_outbox o = {.what = what,
                             .targets = slice_of(targets),
                             .error = SLICE_LITERAL("HTTP 500"),
                             .at_ms = FIXTURE_T0 + 1000 * verdict,
                             .keep = 3};

    fixture_id(o.verdict, 'v', verdict);
    return o;
}

static enum status
put(struct store *st, enum store_outbox_what what, int verdict, const char *targets)
{
    struct store_outbox o = step(what, verdict, targets);

    return fixture_put(st, &(struct store_commit){.outbox = &o}, NULL);
}

static bool
on_notice(void *ctx, const struct record_notice *n)
{
    char  *out = ctx;
    size_t used = strlen(out);

    snprintf(out + used, 512 - used, "%.*s:%d/%u%s ", SLICE_ARG(n->target),
             (int)((n->since_ms - FIXTURE_T0) / 1000), n->tries, n->error.n ? "!" : "");
    return true;
}

static const char *
listed(const struct fixture_dir *d, const char *target, bool dead)
{
    static char    out[512];
    struct reader *r = fixture_reader(d);
    struct err     err = {0};

    out[0] = '\0';
    if (reader_notices(r, slice_of(target), dead, 0, 0, on_notice, out, &err))
        fail_msg("%s", err.text);
    reader_close(r);
    return out;
}

static bool
on_count(void *ctx, const struct record_notice_count *c)
{
    char  *out = ctx;
    size_t used = strlen(out);

    snprintf(out + used, 512 - used, "%.*s: %d waiting, %d dead, %d told, %d dropped; ",
             SLICE_ARG(c->target), (int)c->waiting, (int)c->dead, (int)c->told, (int)c->dropped);
    return true;
}

static const char *
counted(const struct fixture_dir *d)
{
    static char    out[512];
    struct reader *r = fixture_reader(d);
    struct err     err = {0};

    out[0] = '\0';
    if (reader_notice_counts(r, on_count, out, &err))
        fail_msg("%s", err.text);
    reader_close(r);
    return out;
}

static void
a_notice_lives_until_it_is_told(void **state)
{
    struct fixture_dir d;
    struct store      *st;

    (void)state;
    fixture_dir_make(&d);
    st = open_with_verdicts(&d, 2);
    assert_int_equal(put(st, STORE_OUTBOX_ADD, 1, "chat hook"), STATUS_OK);
    assert_int_equal(put(st, STORE_OUTBOX_ADD, 2, "hook"), STATUS_OK);
    assert_string_equal(listed(&d, "", false), "chat:1/0 hook:1/0 hook:2/0 ");
    assert_int_equal(put(st, STORE_OUTBOX_TOLD, 1, "chat"), STATUS_OK);
    assert_int_equal(put(st, STORE_OUTBOX_FAILED, 1, "hook"), STATUS_OK);
    assert_int_equal(put(st, STORE_OUTBOX_FAILED, 1, "hook"), STATUS_OK);
    assert_string_equal(listed(&d, "hook", false), "hook:1/2! hook:2/0 ");
    assert_int_equal(put(st, STORE_OUTBOX_DEAD, 1, "hook"), STATUS_OK);
    assert_string_equal(listed(&d, "hook", false), "hook:2/0 ");
    assert_string_equal(listed(&d, "hook", true), "hook:1/3! ");
    assert_string_equal(counted(&d), "chat: 0 waiting, 0 dead, 1 told, 0 dropped; "
                                     "hook: 1 waiting, 1 dead, 0 told, 0 dropped; ");
    store_close(st);
    fixture_dir_remove(&d);
}

static bool
on_whole(void *ctx, const struct record_notice *n)
{
    struct record_run run = fixture_run(1);
    char              id[ULID_BYTES];

    fixture_id(id, 'v', 1);
    assert_string_equal(n->verdict_id, id);
    assert_string_equal(n->run, run.id);
    fixture_equal(n->service, run.service);
    fixture_equal(n->ns, run.ns);
    fixture_equal(n->revision, run.revision);
    fixture_equal(n->canary, run.canary);
    fixture_equal(n->baseline, run.baseline);
    fixture_equal(n->message, SLICE_LITERAL("proven"));
    assert_int_equal(n->verdict, VERDICT_PASS);
    assert_int_equal(n->reason, REASON_PROVEN);
    assert_int_equal(n->at_ms, FIXTURE_T0 + 1);
    assert_int_equal(n->attempt, 1);
    assert_true(n->has_previous);
    assert_int_equal(n->previous, VERDICT_FAIL);
    *(int *)ctx += 1;
    return true;
}

/* One transaction: the run, its verdict, and who is to be told. */
static void
it_comes_with_its_verdict_and_names_its_run(void **state)
{
    struct fixture_dir    d;
    struct store         *st;
    struct record_run     run = fixture_run(1);
    struct record_verdict v = fixture_verdict(1, 1);
    struct store_outbox   o = step(STORE_OUTBOX_ADD, 1, "hook");
    struct reader        *r;
    struct err            err = {0};
    int                   n = 0;

    (void)state;
    o.has_previous = true;
    o.previous = VERDICT_FAIL;
    fixture_dir_make(&d);
    st = fixture_open(&d);
    fixture_must(st, &(struct store_commit){.run = &run, .verdict = &v, .outbox = &o});
    r = fixture_reader(&d);
    assert_int_equal(reader_notices(r, (struct slice){0}, false, 0, 1, on_whole, &n, &err),
                     STATUS_OK);
    assert_int_equal(n, 1);
    reader_close(r);
    store_close(st);
    fixture_dir_remove(&d);
}

/* The newest three of each stay, and what goes is counted. */
static void
waiting_and_dead_are_bounded(void **state)
{
    struct fixture_dir d;
    struct store      *st;

    (void)state;
    fixture_dir_make(&d);
    st = open_with_verdicts(&d, 8);
    assert_int_equal(put(st, STORE_OUTBOX_ADD, 1, "chat"), STATUS_OK);
    for (int i = 1; i <= 5; i++)
        assert_int_equal(put(st, STORE_OUTBOX_ADD, i, "hook"), STATUS_OK);
    assert_string_equal(listed(&d, "", false), "chat:1/0 hook:3/0 hook:4/0 hook:5/0 ");
    for (int i = 3; i <= 5; i++)
        assert_int_equal(put(st, STORE_OUTBOX_DEAD, i, "hook"), STATUS_OK);
    for (int i = 6; i <= 8; i++)
        assert_int_equal(put(st, STORE_OUTBOX_ADD, i, "hook"), STATUS_OK);
    assert_int_equal(put(st, STORE_OUTBOX_DEAD, 6, "hook"), STATUS_OK);
    assert_string_equal(listed(&d, "hook", true), "hook:4/1! hook:5/1! hook:6/1! ");
    assert_string_equal(counted(&d), "chat: 1 waiting, 0 dead, 0 told, 0 dropped; "
                                     "hook: 2 waiting, 3 dead, 0 told, 3 dropped; ");
    store_close(st);
    fixture_dir_remove(&d);
}

static void
people_try_again_and_drop(void **state)
{
    struct fixture_dir  d;
    struct store       *st;
    struct store_outbox again;

    (void)state;
    fixture_dir_make(&d);
    st = open_with_verdicts(&d, 2);
    assert_int_equal(put(st, STORE_OUTBOX_ADD, 1, "hook"), STATUS_OK);
    assert_int_equal(put(st, STORE_OUTBOX_DEAD, 1, "hook"), STATUS_OK);
    again = step(STORE_OUTBOX_RETRY, 1, "hook");
    again.at_ms = FIXTURE_T0 + 60000;
    fixture_must(st, &(struct store_commit){.outbox = &again});
    assert_string_equal(listed(&d, "hook", true), "");
    assert_string_equal(listed(&d, "hook", false), "hook:60/0! "); /* why stays to be read */
    assert_int_equal(put(st, STORE_OUTBOX_DROP, 1, "hook"), STATUS_OK);
    assert_string_equal(listed(&d, "hook", false), "");
    assert_string_equal(counted(&d), "hook: 0 waiting, 0 dead, 0 told, 1 dropped; ");
    store_close(st);
    fixture_dir_remove(&d);
}

static void
what_is_not_there_is_said(void **state)
{
    struct fixture_dir  d;
    struct store       *st;
    struct store_outbox none = step(STORE_OUTBOX_ADD, 1, "");

    (void)state;
    fixture_dir_make(&d);
    st = open_with_verdicts(&d, 1);
    assert_int_equal(put(st, STORE_OUTBOX_ADD, 7, "hook"), STATUS_NOT_FOUND);
    assert_int_equal(put(st, STORE_OUTBOX_RETRY, 1, "hook"), STATUS_NOT_FOUND);
    assert_int_equal(put(st, STORE_OUTBOX_DROP, 1, "hook"), STATUS_NOT_FOUND);
    assert_int_equal(put(st, STORE_OUTBOX_ADD, 1, "hook"), STATUS_OK);
    assert_int_equal(put(st, STORE_OUTBOX_ADD, 1, "hook"), STATUS_CONFLICT);
    /* What a person dropped while it was under way is told all the same. */
    assert_int_equal(put(st, STORE_OUTBOX_DROP, 1, "hook"), STATUS_OK);
    assert_int_equal(put(st, STORE_OUTBOX_FAILED, 1, "hook"), STATUS_OK);
    assert_int_equal(put(st, STORE_OUTBOX_TOLD, 1, "hook"), STATUS_OK);
    assert_string_equal(listed(&d, "", false), "");
    assert_int_equal(fixture_put(st, &(struct store_commit){.outbox = &none}, NULL), STATUS_RANGE);
    store_close(st);
    fixture_dir_remove(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_notice_lives_until_it_is_told),
        cmocka_unit_test(it_comes_with_its_verdict_and_names_its_run),
        cmocka_unit_test(waiting_and_dead_are_bounded),
        cmocka_unit_test(people_try_again_and_drop),
        cmocka_unit_test(what_is_not_there_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
