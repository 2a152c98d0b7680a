#include "webhooks/addressrange.h"

#include "tests/support/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

static bool
holds(const struct addressrange *r, const char *address)
{
    struct sockaddr_in  v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
        return addressrange_holds(r, (struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
    return addressrange_holds(r, (struct sockaddr *)&v6);
}

/* A listener of both families sees IPv4 as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2). */
static void
networks_hold_their_addresses(void **state)
{
    static const struct {
        const char *range, *in[3], *out[3];
    } cases[] = {
        {"10.1.2.3", {"10.1.2.3", "::ffff:10.1.2.3"}, {"10.1.2.2", "10.1.2.4", "::a01:203"}},
        {"10.0.0.0/8",
         {"10.0.0.0", "10.255.255.255", "::ffff:10.9.9.9"},
         {"11.0.0.0", "9.255.255.255"}},
        {"172.16.0.0/12",
         {"172.16.0.1", "172.31.255.255"},
         {"172.32.0.0", "172.15.255.255", "::1"}},
        {"0.0.0.0/0", {"1.2.3.4", "::ffff:1.2.3.4"}, {"::1", "fd00::1"}},
        {"fd00::/8", {"fd00::1", "fdff::"}, {"fc00::1", "fe80::1", "10.0.0.1"}},
        {"::/0", {"::1", "10.0.0.1"}, {NULL}},
        {"::1", {"::1"}, {"::2", "127.0.0.1"}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct addressrange r;
        struct err          err = {0};

        if (addressrange_parse(slice_of(cases[i].range), &r, &err))
            fail_msg("%s", err.text);
        for (size_t k = 0; k < 3; k++) {
            if (cases[i].in[k] && !holds(&r, cases[i].in[k]))
                fail_msg("%s lacks %s", cases[i].range, cases[i].in[k]);
            if (cases[i].out[k] && holds(&r, cases[i].out[k]))
                fail_msg("%s holds %s", cases[i].range, cases[i].out[k]);
        }
    }
}

static void
what_is_no_network_is_refused(void **state)
{
    static const char *const bad[] = {
        "",          "10",          "10.0.0.0/33", "10.0.0.0/",    "10.0.0.0/-1", "10.0.0.1/8",
        "fd00::1/8", "fd00::/129",  "localhost",   "10.0.0.0/8/8", "10.0.0.0 ",   "10.0.0.0/8x",
        "/8",        "010.0.0.0/8", "1.2.3.4.5",   ":::",          "::1%lo",      "10.0.0.0/ 8",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct addressrange r;
        struct err          err = {0};

        if (addressrange_parse(slice_of(bad[i]), &r, &err) != STATUS_SYNTAX)
            fail_msg("%s is taken", bad[i]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_hold_their_addresses),
        cmocka_unit_test(what_is_no_network_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
