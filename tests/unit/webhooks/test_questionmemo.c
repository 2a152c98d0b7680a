/* The same words are the same question; a token is never kept. */
#include "webhooks/questionmemo.h"

#include "tests/support/check.h"

#include <stdio.h>

static struct question
read_body(const char *body)
{
    struct question q;
    struct err      err = {0}, hint = {0};

    if (question_from_argo(slice_of(body), NULL, 0, &q, &err, &hint))
        fail_msg("%s: %s", body, err.text);
    return q;
}

static void
what_is_found_is_what_was_read(void **state)
{
    char body[256];

    (void)state;
    for (int round = 0; round < 3; round++)
        for (int i = 0; i < 500; i++) {
            const struct question *found;
            struct question        q;

            snprintf(body, sizeof body,
                     "{\"service\":\"s%d\",\"namespace\":\"prod\",\"canary\":\"v%d\"}", i, i % 7);
            q = read_body(body);
            found = questionmemo_find(slice_of(body));
            if (found) {
                assert_string_equal(found->service, q.service);
                assert_string_equal(found->canary, q.canary);
            }
            questionmemo_keep(slice_of(body), &q);
            found = questionmemo_find(slice_of(body));
            assert_non_null(found);
            assert_string_equal(found->service, q.service);
            /* A byte more or less is another question. */
            assert_null(questionmemo_find((struct slice){body, strlen(body) - 1}));
        }
}

static void
tokens_and_large_bodies_are_not_kept(void **state)
{
    static const char with_token[] =
        "{\"service\":\"s\",\"namespace\":\"prod\",\"canary\":\"v2\",\"token\":\"secret\"}";
    struct question q = read_body(with_token);
    char            large[1024];

    (void)state;
    assert_string_equal(q.token, "secret");
    questionmemo_keep(slice_of(with_token), &q);
    assert_null(questionmemo_find(slice_of(with_token)));
    memset(large, ' ', sizeof large);
    q = question_empty();
    questionmemo_keep((struct slice){large, sizeof large}, &q);
    assert_null(questionmemo_find((struct slice){large, sizeof large}));
    questionmemo_keep((struct slice){0}, &q);
    assert_null(questionmemo_find((struct slice){0}));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_found_is_what_was_read),
        cmocka_unit_test(tokens_and_large_bodies_are_not_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
