/* What the loop does to its process, and how it ends. */
#include "tests/support/check.h"

#include "daemon/loop.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

static void
the_limit_on_files_is_raised(void **state)
{
    static const rlim_t hard[] = {4096, 64};
    struct loop        *l;
    struct rlimit       now, whole;
    struct err          err = {0};

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &whole), 0);
    if (whole.rlim_max < hard[0])
        skip();
    for (size_t i = 0; i < ARRAY_LEN(hard); i++) {
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){64, hard[i]}), 0);
        assert_int_equal(loop_new(&l, &err), STATUS_OK);
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &now), 0);
        assert_int_equal(now.rlim_cur, hard[i]);
        loop_free(l);
    }
}

static void
note(void *ctx)
{
    *(bool *)ctx = true;
}

static void
letters_run_before_a_signal_ends_it(void **state)
{
    struct loop *l;
    struct err   err = {0};
    bool         ran = false;

    (void)state;
    assert_int_equal(loop_new(&l, &err), STATUS_OK);
    assert_true(mailbox_post(loop_mailbox(l), note, &ran));
    assert_int_equal(kill(getpid(), SIGTERM), 0);
    loop_run(l, NULL, NULL);
    assert_true(ran);
    loop_free(l);
}

int
main(void)
{
    /* The limit falls for good, so its test comes last. */
    const struct CMUnitTest tests[] = {cmocka_unit_test(letters_run_before_a_signal_ends_it),
                                       cmocka_unit_test(the_limit_on_files_is_raised)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
