/* Headers that two programs would read differently. */
#include "webhooks/requesthead.h"

#include "tests/support/check.h"

struct one {
    const char *name, *value;
};

static const char *
fault_of(const struct one *all, const char *version, struct request *r)
{
    struct requesthead h = {0};
    struct err         err = {0};

    assert_int_equal(request_target(r, SLICE_LITERAL("/v1/runs"), &err), STATUS_OK);
    r->authorization = (struct slice){0};
    for (; all->name; all++)
        requesthead_take(&h, r, slice_of(all->name), slice_of(all->value));
    return requesthead_fault(&h, SLICE_LITERAL("POST"), slice_of(version));
}

static void
what_is_doubtful_is_refused(void **state)
{
    static const struct {
        struct one  head[4];
        const char *version;
        bool        refused;
    } cases[] = {
        {{{"Host", "x"}}, "HTTP/1.1", false},
        {{{"Host", "x"}, {"Content-Length", "12"}}, "HTTP/1.1", false},
        {{{"Host", "x"}, {"Transfer-Encoding", "chunked"}}, "HTTP/1.1", false},
        {{{"Host", "x"}, {"transfer-encoding", "Chunked"}}, "HTTP/1.1", false},
        {{{"Host", "x"}, {"X-Note", "tab\tand caf\xc3\xa9"}}, "HTTP/1.1", false},
        {{{"X", "y"}}, "HTTP/1.0", false},
        /* RFC 9112 §6.1, §6.3: the body could end in two places. */
        {{{"Host", "x"}, {"Content-Length", "12"}, {"Transfer-Encoding", "chunked"}},
         "HTTP/1.1",
         true},
        {{{"Host", "x"}, {"Content-Length", "12"}, {"content-length", "0"}}, "HTTP/1.1", true},
        {{{"Host", "x"}, {"Content-Length", "12"}, {"Content-Length", "12"}}, "HTTP/1.1", true},
        {{{"Host", "x"}, {"Content-Length", "+12"}}, "HTTP/1.1", true},
        {{{"Host", "x"}, {"Content-Length", "12, 12"}}, "HTTP/1.1", true},
        {{{"Host", "x"}, {"Content-Length", "0x0c"}}, "HTTP/1.1", true},
        {{{"Host", "x"}, {"Content-Length", ""}}, "HTTP/1.1", true},
        {{{"Host", "x"}, {"Transfer-Encoding", "gzip, chunked"}}, "HTTP/1.1", true},
        {{{"Host", "x"}, {"Transfer-Encoding", "identity"}}, "HTTP/1.1", true},
        {{{"Host", "x"},
          {"Transfer-Encoding", "\x0b"
                                "chunked"}},
         "HTTP/1.1",
         true},
        {{{"Transfer-Encoding", "chunked"}}, "HTTP/1.0", true},
        /* §5.1: no blank between name and colon. */
        {{{"Host", "x"}, {"Content-Length ", "12"}}, "HTTP/1.1", true},
        {{{"Host", "x"}, {"Transfer-Encoding\t", "chunked"}}, "HTTP/1.1", true},
        {{{"Host", "x"}, {"", "y"}}, "HTTP/1.1", true},
        {{{"Host", "x"}, {"X[]", "y"}}, "HTTP/1.1", true},
        {{{"Host", "x"}, {"X", "a\rContent-Length: 5"}}, "HTTP/1.1", true},
        /* RFC 9112 §3.2 */
        {{{"Host", "x"}, {"Host", "y"}}, "HTTP/1.1", true},
        {{{"X", "y"}}, "HTTP/1.1", true},
        {{{"Host", "x"}, {"Authorization", "Bearer a"}, {"Authorization", "Bearer b"}},
         "HTTP/1.1",
         true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct request r = {0};
        const char    *why = fault_of(cases[i].head, cases[i].version, &r);

        if ((why != NULL) != cases[i].refused)
            fail_msg("case %zu: %s", i, why ? why : "taken");
    }
}

static void
a_method_is_a_word(void **state)
{
    static const struct {
        const char *method;
        bool        refused;
    } cases[] = {{"GET", false},   {"BREW", false},           {"M-SEARCH", false}, {"", true},
                 {"G\x01T", true}, {"\x16\x03\x01GET", true}, {"GE(T", true}};
    const struct requesthead h = {.n_hosts = 1};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        assert_int_equal(
            requesthead_fault(&h, slice_of(cases[i].method), SLICE_LITERAL("HTTP/1.1")) != NULL,
            cases[i].refused);
}

static void
each_header_goes_to_its_place(void **state)
{
    static const struct one head[] = {
        {"AUTHORIZATION", "a"},    {"content-type", "b"}, {"Accept", "c"}, {"Accept-Encoding", "d"},
        {"Content-Encoding", "e"}, {"Origin", "f"},       {"Host", "g"},   {"If-None-Match", "h"},
        {"Last-Event-ID", "i"},    {"Accept", "second"},  {NULL, NULL},
    };
    struct request r = {0};

    (void)state;
    assert_null(fault_of(head, "HTTP/1.1", &r));
    assert_true(slice_is(r.authorization, "a") && slice_is(r.content_type, "b") &&
                slice_is(r.accept, "c") && slice_is(r.accept_encoding, "d") &&
                slice_is(r.content_encoding, "e") && slice_is(r.origin, "f") &&
                slice_is(r.host, "g") && slice_is(r.if_none_match, "h") &&
                slice_is(r.last_event_id, "i"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_doubtful_is_refused),
        cmocka_unit_test(a_method_is_a_word),
        cmocka_unit_test(each_header_goes_to_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
