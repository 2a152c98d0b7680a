#include "daemon/cmd_outbox.h"

#include "tests/unit/store/fixture.h"

static int
outbox(const struct fixture_dir *d, const char *what, const char *id, const char *target)
{
    char  name[] = "outbox", option[] = "--data-dir";
    char *argv[] = {name,
                    option,
                    (char *)(uintptr_t)d->path,
                    (char *)(uintptr_t)what,
                    (char *)(uintptr_t)id,
                    (char *)(uintptr_t)target};

    return cmd_outbox(what ? 6 : 3, argv);
}

/* Of a daemon at an address where none is. */
static int
asked(const struct fixture_dir *d, const char *what, const char *id, const char *target)
{
    char name[] = "outbox", option[] = "--data-dir", url[] = "--url",
         nobody[] = "http://127.0.0.1:1";
    char *argv[] = {name,
                    option,
                    (char *)(uintptr_t)d->path,
                    url,
                    nobody,
                    (char *)(uintptr_t)what,
                    (char *)(uintptr_t)id,
                    (char *)(uintptr_t)target};

    return cmd_outbox(8, argv);
}

static bool
on_notice(void *ctx, const struct record_notice *n)
{
    *(int *)ctx += n->dead ? 100 : 1;
    return true;
}

/* Those that wait, and a hundred for each that is dead. */
static int
there(const struct fixture_dir *d)
{
    struct reader *r = fixture_reader(d);
    struct err     err = {0};
    int            n = 0;

    for (int dead = 0; dead < 2; dead++)
        assert_int_equal(reader_notices(r, (struct slice){0}, dead, 0, 0, on_notice, &n, &err),
                         STATUS_OK);
    reader_close(r);
    return n;
}

static bool
on_act(void *ctx, const struct record_act *a)
{
    char  *out = ctx;
    size_t n = strlen(out);

    snprintf(out + n, 256 - n, "%.*s by %.*s: %.*s; ", SLICE_ARG(a->action), SLICE_ARG(a->by),
             SLICE_ARG(a->why));
    return true;
}

static const char *
acts(const struct fixture_dir *d, const char *run)
{
    static char    out[256];
    struct reader *r = fixture_reader(d);

    out[0] = '\0';
    assert_int_equal(reader_acts(r, run, on_act, out, NULL), STATUS_OK);
    reader_close(r);
    return out;
}

static void
a_person_tries_again_and_drops(void **state)
{
    struct fixture_dir    d;
    struct store         *st;
    struct record_run     run = fixture_run(1);
    struct record_verdict v = fixture_verdict(1, 1);
    struct store_outbox   o = {.what = STORE_OUTBOX_ADD,
                               .targets = SLICE_LITERAL("hook"),
                               .at_ms = FIXTURE_T0,
                               .keep = 10};

    (void)state;
    setenv("USER", "ada", 1);
    fixture_dir_make(&d);
    assert_int_equal(outbox(&d, "drop", v.id, "hook"), 3); /* no history, and none is made */
    assert_int_equal(access(d.path, F_OK), -1);
    st = fixture_open(&d);
    memcpy(o.verdict, v.id, sizeof o.verdict);
    fixture_must(st, &(struct store_commit){.run = &run, .verdict = &v, .outbox = &o});
    o.what = STORE_OUTBOX_DEAD;
    fixture_must(st, &(struct store_commit){.outbox = &o});
    assert_int_equal(outbox(&d, NULL, NULL, NULL), 0);
    assert_int_equal(asked(&d, "retry", v.id, "hook"), 3); /* held, and no daemon answers */
    store_close(st);
    assert_int_equal(there(&d), 100);
    assert_int_equal(outbox(&d, "again", v.id, "hook"), 3);
    assert_int_equal(outbox(&d, "retry", "1", "hook"), 3);
    assert_int_equal(outbox(&d, "retry", v.id, "chat"), 3);
    assert_int_equal(outbox(&d, "retry", v.id, "hook"), 0);
    assert_int_equal(there(&d), 1);
    assert_int_equal(outbox(&d, "drop", v.id, "hook"), 0);
    assert_int_equal(there(&d), 0);
    assert_int_equal(outbox(&d, "drop", v.id, "hook"), 3);
    /* Those that did something, each with its name. */
    assert_string_equal(acts(&d, run.id),
                        "retry by ada: hook: by hand; drop by ada: hook: by hand; ");
    fixture_dir_remove(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_person_tries_again_and_drops)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
