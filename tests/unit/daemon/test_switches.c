#include "daemon/switches.h"

#include "tests/unit/store/fixture.h"

#include <stdatomic.h>
#include <stdio.h>

static atomic_int n_refused; /* done is the store's thread's */

static void
done(void *ctx, enum status s, const struct err *err)
{
    (void)ctx;
    (void)err;
    n_refused += s != STATUS_OK;
}

static struct port_switch
one(const char *name, const char *checksum, bool open)
{
    struct port_switch s = {.open = open};

    snprintf(s.ns, sizeof s.ns, "prod");
    snprintf(s.name, sizeof s.name, "%s", name);
    snprintf(s.checksum, sizeof s.checksum, "%s", checksum);
    return s;
}

static bool
is_open(struct switches *s, const char *name, const char *checksum)
{
    struct port_switch asked = one(name, checksum, false);

    return switches_is_open(s, &asked);
}

static bool
set(struct switches *s, const char *name, const char *checksum, bool open)
{
    struct port_switch wanted = one(name, checksum, open);

    return switches_set(s, &wanted, done, NULL);
}

static struct store *
open_store(const struct fixture_dir *d, bool synchronous)
{
    struct store_options o = {.data_dir = d->path, .synchronous = synchronous};
    struct store        *st;
    struct err           err = {0};

    if (store_open_with(&o, &st, &err))
        fail_msg("%s", err.text);
    return st;
}

static struct switches *
start(struct store *st, const struct fixture_dir *d)
{
    struct switches *s;
    struct err       err = {0};

    if (switches_new(st, &clock_system, d->path, &s, &err))
        fail_msg("%s", err.text);
    return s;
}

static void
open_for_one_or_for_all(void **state)
{
    struct fixture_dir d;
    struct store      *st;
    struct switches   *s;

    (void)state;
    fixture_dir_make(&d);
    st = open_store(&d, true);
    s = start(st, &d);
    assert_false(is_open(s, "a", ""));
    assert_true(set(s, "a", "", true));
    assert_true(is_open(s, "a", "7d9") && is_open(s, "a", ""));
    assert_true(set(s, "a", "7d9", true));
    assert_true(is_open(s, "a", "7d9"));
    assert_false(is_open(s, "a", "8ea") || is_open(s, "a", ""));
    switches_free(s);
    s = start(st, &d);
    assert_true(is_open(s, "a", "7d9"));
    assert_false(is_open(s, "a", "8ea"));
    assert_true(set(s, "a", "", false));
    assert_false(is_open(s, "a", "7d9"));
    assert_int_equal(n_refused, 0);
    switches_free(s);
    store_close(st);
    fixture_dir_remove(&d);
}

static void
so_many_and_no_more(void **state)
{
    struct fixture_dir d;
    struct store      *st;
    struct switches   *s;
    char               name[32];

    (void)state;
    fixture_dir_make(&d);
    st = open_store(&d, false);
    s = start(st, &d);
    for (int i = 0; i < SWITCHES_MOST; i++) {
        snprintf(name, sizeof name, "n%d", i);
        assert_true(set(s, name, "", true));
    }
    assert_false(set(s, "more", "", true)); /* what waits counts */
    store_drain(st);
    assert_false(set(s, "more", "", true));
    assert_true(set(s, "n7", "7d9", true));
    assert_true(set(s, "n8", "", false));
    store_drain(st);
    assert_true(set(s, "more", "", true));
    store_close(st);
    assert_int_equal(n_refused, 0);
    switches_free(s);
    fixture_dir_remove(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(open_for_one_or_for_all),
        cmocka_unit_test(so_many_and_no_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
