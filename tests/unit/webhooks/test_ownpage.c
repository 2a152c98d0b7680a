#include "tests/support/check.h"
#include "webhooks/ownpage.h"

static void
only_our_own_page(void **state)
{
    static const struct {
        const char *origin, *host;
        bool        without_tokens, with_tokens;
    } cases[] = {
        {"http://127.0.0.1:8080", "127.0.0.1:8080", true, true},
        {"http://localhost:8080", "LocalHost:8080", true, true},
        {"https://[::1]:8080", "[::1]:8080", true, true},
        {"http://10.0.0.7", "10.0.0.7", true, true},
        /* A name may be anybody's that resolves to us. */
        {"http://evil.example:8080", "evil.example:8080", false, true},
        {"https://verdictd.example.com", "verdictd.example.com", false, true},
        {"http://localhost.evil.example", "localhost.evil.example", false, true},
        {"http://127.0.0.1.evil.example", "127.0.0.1.evil.example", false, true},
        /* Another page, whatever it is. */
        {"http://evil.example", "127.0.0.1:8080", false, false},
        {"http://127.0.0.1:8081", "127.0.0.1:8080", false, false},
        {"http://127.0.0.1", "127.0.0.1:8080", false, false},
        {"null", "127.0.0.1:8080", false, false},
        {"null", "null", false, false},
        {"file://", "", false, false},
        {"http://", "", false, false},
        {"", "127.0.0.1:8080", false, false},
        {"http://127.0.0.1:8080", "", false, false},
        {"ftp://127.0.0.1:8080", "127.0.0.1:8080", false, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct request req = {.origin = slice_of(cases[i].origin), .host = slice_of(cases[i].host)};

        if (ownpage_sent(&req, false) != cases[i].without_tokens ||
            ownpage_sent(&req, true) != cases[i].with_tokens)
            fail_msg("%s at %s", cases[i].origin, cases[i].host);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_our_own_page)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
