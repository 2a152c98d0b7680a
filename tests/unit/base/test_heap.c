#include "base/heap.h"

#include "tests/support/check.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void
new_is_zeroed_and_never_null(void **state)
{
    unsigned char *p = heap_new(100, 3);
    void          *nothing = heap_new(0, 8);

    (void)state;
    for (int i = 0; i < 300; i++)
        assert_int_equal(p[i], 0);
    assert_non_null(nothing);
    free(nothing);
    free(p);
}

static void
grow_keeps_what_was_there(void **state)
{
    int *p = heap_grow(NULL, 2, sizeof *p);

    (void)state;
    p[0] = 1;
    p[1] = 2;
    p = heap_grow(p, 1000, sizeof *p);
    assert_int_equal(p[0] + p[1], 3);
    free(p);
}

/* n * size beyond size_t: the process ends instead of getting too little. */
static void
overflow_ends_the_process(void **state)
{
    pid_t child = fork();
    int   how;

    (void)state;
    if (child == 0) {
        fclose(stderr);
        signal(SIGABRT, SIG_DFL);
        free(heap_grow(NULL, SIZE_MAX / 2, 4));
        _exit(0);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_false(WIFEXITED(how) && WEXITSTATUS(how) == 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_is_zeroed_and_never_null),
        cmocka_unit_test(grow_keeps_what_was_there),
        cmocka_unit_test(overflow_ends_the_process),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
