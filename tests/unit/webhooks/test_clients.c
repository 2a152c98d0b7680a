/* Addresses: how many connections, how many requests, and what is forgotten. */
#include "webhooks/clients.h"

#include "tests/support/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static struct sockaddr_storage
address(const char *text)
{
    struct sockaddr_storage a = {0};
    struct sockaddr_in     *four = (struct sockaddr_in *)(void *)&a;
    struct sockaddr_in6    *six = (struct sockaddr_in6 *)(void *)&a;

    a.ss_family = strchr(text, ':') ? AF_INET6 : AF_INET;
    if (a.ss_family == AF_INET)
        assert_int_equal(inet_pton(AF_INET, text, &four->sin_addr), 1);
    else
        assert_int_equal(inet_pton(AF_INET6, text, &six->sin6_addr), 1);
    return a;
}

static const struct sockaddr *
of(const struct sockaddr_storage *a)
{
    return (const struct sockaddr *)(const void *)a;
}

static void
an_address_is_counted_in_whatever_form_it_comes(void **state)
{
    static const struct {
        const char *one, *other;
        bool        same;
    } cases[] = {
        {"10.0.0.1", "10.0.0.1", true},
        {"10.0.0.1", "10.0.0.2", false},
        {"10.0.0.1", "::ffff:10.0.0.1", true},
        {"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true}, /* a machine's own /64 */
        {"2001:db8:1:2::1", "2001:db8:1:3::1", false},
        {"10.0.0.1", "a00:1::", false}, /* the same bytes, another family */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct clients_limits l = {.connections = 1};
        struct sockaddr_storage     a = address(cases[i].one), b = address(cases[i].other);
        struct clients              c;
        struct client              *one;

        clients_init(&c, &l);
        assert_false(clients_full(&c, of(&a)));
        one = clients_enter(&c, of(&a));
        assert_true(clients_full(&c, of(&a)));
        assert_int_equal(clients_full(&c, of(&b)), cases[i].same);
        clients_leave(&c, one, 0);
        assert_false(clients_full(&c, of(&a)));
        assert_int_equal(c.known.n, 0);
        clients_release(&c);
    }
}

/* Over any time t at most burst + t * rate requests, and with patience that many. */
static void
the_rate_is_kept_and_granted(void **state)
{
    const struct clients_limits l = {.per_second = 100, .burst = 20};
    struct sockaddr_storage     a = address("10.0.0.1");
    struct clients              c;
    struct client              *one;
    int                         granted = 0;

    (void)state;
    clients_init(&c, &l);
    one = clients_enter(&c, of(&a));
    for (int i = 0; i < 50; i++)
        granted += clients_take(&l, one, 5000000);
    assert_int_equal(granted, 20);
    /* A request each ms for 3 s: a grant each 10 ms. */
    granted = 0;
    for (int64_t ms = 1; ms <= 3000; ms++)
        granted += clients_take(&l, one, 5000000 + ms * 1000);
    assert_int_equal(granted, 300);
    /* After a second of rest the whole burst is there again, and no more. */
    granted = 0;
    for (int i = 0; i < 500; i++)
        granted += clients_take(&l, one, 9000000);
    assert_int_equal(granted, 20);
    clients_leave(&c, one, 9000000);
    clients_release(&c);
}

static void
coming_again_does_not_renew_the_rate(void **state)
{
    const struct clients_limits l = {.per_second = 10, .burst = 5};
    struct sockaddr_storage     a = address("10.0.0.1");
    struct clients              c;
    int                         granted = 0;

    (void)state;
    clients_init(&c, &l);
    for (int i = 0; i < 100; i++) {
        struct client *one = clients_enter(&c, of(&a));

        granted += clients_take(&l, one, 1000000);
        clients_leave(&c, one, 1000000);
    }
    assert_int_equal(granted, 5);
    assert_int_equal(c.n_idle, 1);
    clients_sweep(&c, 1400000); /* five requests take 500 ms to recover */
    assert_int_equal(c.known.n, 1);
    clients_sweep(&c, 1500000);
    assert_int_equal(c.known.n, 0);
    assert_int_equal(c.n_idle, 0);
    clients_release(&c);
}

/* However many addresses come, what is kept of them is bounded. */
static void
strangers_are_forgotten(void **state)
{
    const struct clients_limits l = {.per_second = 1, .burst = 1};
    struct sockaddr_in          a = {.sin_family = AF_INET};
    struct clients              c;

    (void)state;
    clients_init(&c, &l);
    for (uint32_t i = 0; i < 20000; i++) {
        struct client *one;

        a.sin_addr.s_addr = htonl(i);
        one = clients_enter(&c, (struct sockaddr *)&a);
        assert_true(clients_take(&l, one, 1000000));
        clients_leave(&c, one, 1000000);
    }
    assert_true(c.known.n <= 4096);
    for (int i = 0; i < 100; i++)
        clients_sweep(&c, 3000000);
    assert_int_equal(c.known.n, 0);
    clients_release(&c);
}

static void
without_limits_everybody_may(void **state)
{
    const struct clients_limits l = {0};
    struct sockaddr_storage     a = address("::1");
    struct clients              c;
    struct client              *one[3];

    (void)state;
    clients_init(&c, &l);
    for (int i = 0; i < 3; i++) {
        assert_false(clients_full(&c, of(&a)));
        one[i] = clients_enter(&c, of(&a));
        for (int k = 0; k < 1000; k++)
            assert_true(clients_take(&l, one[i], 0));
    }
    for (int i = 0; i < 3; i++)
        clients_leave(&c, one[i], 0);
    clients_release(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_counted_in_whatever_form_it_comes),
        cmocka_unit_test(the_rate_is_kept_and_granted),
        cmocka_unit_test(coming_again_does_not_renew_the_rate),
        cmocka_unit_test(strangers_are_forgotten),
        cmocka_unit_test(without_limits_everybody_may),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
