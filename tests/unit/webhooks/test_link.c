/* Approval links: what is signed comes back, what is altered or late does not. */
#include "webhooks/link.h"

#include "tests/support/check.h"

static const unsigned char key[LINK_KEY_BYTES] = "0123456789abcdef0123456789abcde";

static const struct link one = {.id = "01JD0000000000000000000ABC",
                                .run = "01JD0000000000000000000000",
                                .revision = "7d9f6bcd54",
                                .action = OVERRIDE_APPROVE,
                                .expires_ms = 1795385405120,
                                .holds_ms = 1800000,
                                .by = "ada",
                                .why = "seen <by> hand"};

static struct text
written(const struct link *l)
{
    struct text t;

    text_init(&t, LINK_TEXT_BYTES);
    link_write(key, l, &t);
    assert_true(t.n > 0 && !t.status);
    return t;
}

static void
what_was_written_is_read(void **state)
{
    struct text t = written(&one);
    struct link l;
    struct err  err = {0};

    (void)state;
    assert_int_equal(link_read(key, text_slice(&t), one.expires_ms - 1, &l, &err), STATUS_OK);
    assert_memory_equal(&l, &one, sizeof l);
    assert_int_equal(link_read(key, text_slice(&t), one.expires_ms, &l, &err), STATUS_TIMEOUT);
    text_release(&t);
}

/* Each digit of the text, another one; each length, a shorter one. */
static void
whatever_is_altered_is_refused(void **state)
{
    struct text t = written(&one);
    struct link l;
    struct err  err = {0};

    (void)state;
    for (size_t i = 0; i < t.n; i++) {
        char was = t.p[i];

        t.p[i] = was == '0' ? '1' : '0';
        assert_int_equal(link_read(key, text_slice(&t), 0, &l, &err), STATUS_DENIED);
        assert_string_equal(l.run, "");
        t.p[i] = was;
        assert_int_equal(link_read(key, (struct slice){t.p, i}, 0, &l, &err), STATUS_DENIED);
    }
    text_release(&t);
}

static void
another_key_signs_nothing_of_ours(void **state)
{
    static const unsigned char other[LINK_KEY_BYTES] = "another";
    struct text                t = written(&one);
    struct link                l;
    struct err                 err = {0};

    (void)state;
    assert_int_equal(link_read(other, text_slice(&t), 0, &l, &err), STATUS_DENIED);
    text_release(&t);
}

/* Names and reasons at their longest fit. */
static void
the_longest_link_fits(void **state)
{
    struct link l = one, back;
    struct text t;
    struct err  err = {0};

    (void)state;
    memset(l.revision, 'r', sizeof l.revision - 1);
    memset(l.by, 'b', sizeof l.by - 1);
    memset(l.why, 'w', sizeof l.why - 1);
    t = written(&l);
    assert_int_equal(link_read(key, text_slice(&t), 0, &back, &err), STATUS_OK);
    assert_memory_equal(&l, &back, sizeof l);
    text_release(&t);
}

/* A clear ends an abort's latch: nobody does that without a token. */
static void
a_clear_is_no_link(void **state)
{
    struct link l = one, back;
    struct text t;
    struct err  err = {0};

    (void)state;
    l.action = OVERRIDE_CLEAR;
    t = written(&l);
    assert_int_equal(link_read(key, text_slice(&t), 0, &back, &err), STATUS_DENIED);
    text_release(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(whatever_is_altered_is_refused),
        cmocka_unit_test(another_key_signs_nothing_of_ours),
        cmocka_unit_test(the_longest_link_fits),
        cmocka_unit_test(a_clear_is_no_link),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
