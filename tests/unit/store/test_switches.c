#include "tests/unit/store/fixture.h"

#include <stdio.h>

/* What is read, "kind ns name checksum at;" each. */
static bool
note(void *ctx, const struct record_switch *g)
{
    char  *out = ctx;
    size_t n = strlen(out);

    assert_true(g->open);
    snprintf(out + n, 512 - n, "%.*s %.*s %.*s %.*s %lld;", SLICE_ARG(g->kind), SLICE_ARG(g->ns),
             SLICE_ARG(g->name), SLICE_ARG(g->checksum), (long long)g->at_ms);
    return true;
}

static void
set(struct store *st, const char *kind, const char *name, const char *checksum, bool open,
    int64_t at_ms)
{
    struct record_switch g = {.kind = slice_of(kind),
                              .ns = slice_of("prod"),
                              .name = slice_of(name),
                              .checksum = slice_of(checksum),
                              .open = open,
                              .at_ms = at_ms};

    assert_int_equal(store_submit(st, &(struct store_commit){.gate_switch = &g}, NULL, NULL),
                     STATUS_OK);
}

static void
wants(const struct fixture_dir *d, const char *what)
{
    struct reader *r;
    struct err     err = {0};
    char           got[512] = "";

    assert_int_equal(reader_open(d->path, &r, &err), STATUS_OK);
    assert_int_equal(reader_switches(r, note, got, &err), STATUS_OK);
    assert_string_equal(got, what);
    reader_close(r);
}

static void
what_is_open_stays_so(void **state)
{
    struct fixture_dir d;
    struct store      *st;
    struct err         err = {0};

    (void)state;
    fixture_dir_make(&d);
    assert_int_equal(store_open(d.path, &st, &err), STATUS_OK);
    wants(&d, "");
    set(st, "gate", "b", "7d9", true, 1);
    set(st, "rollback", "b", "", true, 2);
    set(st, "gate", "a", "", true, 3);
    set(st, "gate", "b", "8ea", true, 4); /* one revision at a time */
    set(st, "gate", "none", "", false, 5);
    store_drain(st);
    wants(&d, "gate prod a  3;gate prod b 8ea 4;rollback prod b  2;");
    store_close(st);
    assert_int_equal(store_open(d.path, &st, &err), STATUS_OK);
    set(st, "gate", "b", "7d9", false, 6); /* of whichever revision */
    store_close(st);
    wants(&d, "gate prod a  3;rollback prod b  2;");
    fixture_dir_remove(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_open_stays_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
