#include "webhooks/spare.h"

#include "tests/support/check.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE_BYTES = 4096, THREADS = 3 * SPARE_PLACES, ROUNDS = 200 };

static void *
piece(void)
{
    void *p = malloc(PIECE_BYTES);

    assert_non_null(p);
    return p;
}

/* Under the address sanitizer nothing is kept, and that is right, too. */
static void
a_piece_comes_back_once(void **state)
{
    static struct spare s;
    void               *mine = piece(), *back;

    (void)state;
    assert_null(spare_take(&s));
    spare_give(&s, mine);
    back = spare_take(&s);
    assert_true(back == mine || !back);
    assert_null(spare_take(&s));
    free(back);
}

/* The one that was there is freed: the leak sanitizer sees it if not. */
static void
one_is_kept(void **state)
{
    static struct spare s;

    (void)state;
    for (int i = 0; i < 3; i++)
        spare_give(&s, piece());
    free(spare_take(&s));
    assert_null(spare_take(&s));
}

static struct spare shared;
static atomic_int   stolen;

/* Whoever holds a piece writes into it all the time: no other may. */
static void *
use_often(void *ctx)
{
    for (int i = 0; i < ROUNDS; i++) {
        unsigned char *p = spare_take(&shared);

        if (!p)
            p = malloc(PIECE_BYTES);
        if (!p)
            return NULL;
        memset(p, *(unsigned char *)ctx, PIECE_BYTES);
        for (size_t at = 0; at < PIECE_BYTES; at++)
            if (p[at] != *(unsigned char *)ctx)
                atomic_fetch_add(&stolen, 1);
        spare_give(&shared, p);
    }
    return NULL;
}

static void
threads_that_share_a_place_never_share_a_piece(void **state)
{
    pthread_t     thread[THREADS];
    unsigned char mark[THREADS];

    (void)state;
    for (size_t i = 0; i < THREADS; i++) {
        mark[i] = (unsigned char)(i + 1);
        assert_int_equal(pthread_create(&thread[i], NULL, use_often, &mark[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    assert_int_equal(atomic_load(&stolen), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_piece_comes_back_once),
        cmocka_unit_test(one_is_kept),
        cmocka_unit_test(threads_that_share_a_place_never_share_a_piece),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
