#include "telemetry/metadata.h"

#include "base/text.h"
#include "tests/support/check.h"

#include <string.h>

static void
one(void *ctx, const struct metadata_entry *e)
{
    text_printf(ctx, "%.*s %s '%.*s' '%.*s'\n", SLICE_ARG(e->family), exposition_type_name(e->type),
                SLICE_ARG(e->help), SLICE_ARG(e->unit));
}

static void
expect(struct metadata *m, const char *family, size_t limit, const char *want)
{
    struct text t;

    text_init(&t, 1 << 20);
    metadata_each(m, slice_of(family), limit, one, &t);
    assert_string_equal(t.p, want);
    text_release(&t);
}

static void
set(struct metadata *m, const char *family, enum exposition_type type, const char *help,
    const char *unit)
{
    metadata_set(m, slice_of(family), type, slice_of(help), slice_of(unit));
}

static void
the_last_that_is_said_counts(void **state)
{
    struct metadata *m = metadata_new();

    (void)state;
    expect(m, NULL, 0, "");
    set(m, "b", EXPOSITION_COUNTER, "", "");
    set(m, "b", EXPOSITION_UNKNOWN, "one", "");
    set(m, "b", EXPOSITION_UNKNOWN, "", "seconds");
    set(m, "a", EXPOSITION_GAUGE, "", "");
    set(m, "c", EXPOSITION_STATE_SET, "x", "");
    set(m, "b", EXPOSITION_UNKNOWN, "two", "");
    set(m, "", EXPOSITION_GAUGE, "no family", "");
    expect(m, NULL, 0, "a gauge '' ''\nb counter 'two' 'seconds'\nc stateset 'x' ''\n");
    expect(m, NULL, 2, "a gauge '' ''\nb counter 'two' 'seconds'\n");
    expect(m, "c", 0, "c stateset 'x' ''\n");
    expect(m, "d", 0, "");
    metadata_free(m);
}

static void
count(void *ctx, const struct metadata_entry *e)
{
    (void)e;
    ++*(size_t *)ctx;
}

static size_t
families(struct metadata *m)
{
    size_t n = 0;

    metadata_each(m, (struct slice){0}, 0, count, &n);
    return n;
}

static void
what_targets_say_is_bounded(void **state)
{
    struct metadata *m = metadata_new();
    char             name[16], text[METADATA_MAX_NAME_BYTES + 1];

    (void)state;
    for (int i = 0; i < METADATA_MAX_FAMILIES + 10; i++) {
        (void)snprintf(name, sizeof name, "m%d", i);
        set(m, name, EXPOSITION_GAUGE, "", "");
    }
    assert_int_equal(families(m), METADATA_MAX_FAMILIES);
    metadata_free(m);

    m = metadata_new();
    memset(text, 'x', sizeof text);
    metadata_set(m, (struct slice){text, sizeof text}, EXPOSITION_GAUGE, (struct slice){0},
                 (struct slice){0});
    assert_int_equal(families(m), 0);
    metadata_set(m, (struct slice){text, sizeof text - 1}, EXPOSITION_GAUGE, (struct slice){0},
                 (struct slice){0});
    assert_int_equal(families(m), 1);
    metadata_free(m);

    /* 16 MiB hold 16,384 families with a name of 12 bytes and a help of 1,012; the
     * rest come without help, until even names find no room. */
    m = metadata_new();
    for (int i = 0; i < METADATA_MAX_FAMILIES; i++) {
        (void)snprintf(name, sizeof name, "m%011d", i);
        metadata_set(m, slice_of(name), EXPOSITION_GAUGE, (struct slice){text, 1012},
                     (struct slice){0});
    }
    assert_int_equal(families(m), 16384);
    metadata_free(m);
}

static void
of_help(void *ctx, const struct metadata_entry *e)
{
    text_put(ctx, e->help);
}

static void
a_long_help_is_cut_between_characters(void **state)
{
    struct metadata *m = metadata_new();
    char             help[2 * METADATA_MAX_HELP_BYTES];
    struct text      t;

    (void)state;
    for (size_t i = 0; i < sizeof help; i += 2)
        memcpy(help + i, "\xc3\xa4", 2);
    metadata_set(m, SLICE_LITERAL("a"), EXPOSITION_GAUGE, (struct slice){help, sizeof help},
                 (struct slice){0});
    text_init(&t, 4096);
    metadata_each(m, (struct slice){0}, 0, of_help, &t);
    assert_int_equal(t.n, 1020 + 3);
    assert_true(slice_utf8(text_slice(&t)) && slice_ends(text_slice(&t), "\xc3\xa4..."));
    text_release(&t);
    metadata_free(m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_that_is_said_counts),
        cmocka_unit_test(what_targets_say_is_bounded),
        cmocka_unit_test(a_long_help_is_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
