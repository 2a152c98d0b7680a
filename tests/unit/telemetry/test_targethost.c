/* Which targets get a source's credentials. */
#include "telemetry/scrapesettings.h"
#include "telemetry/targethost.h"
#include "tests/support/check.h"

static void
hosts(void **state)
{
    static const struct {
        const char *url, *pattern;
        bool        allowed;
    } cases[] = {
        {"http://10.1.2.3:15020/stats", "10.0.0.0/8", true},
        {"http://11.1.2.3:15020/stats", "10.0.0.0/8", false},
        {"http://10.1.2.3/x", "10.1.2.3", true},
        {"http://10.1.2.4/x", "10.1.2.3", false},
        {"http://10.1.2.131/x", "10.1.2.128/25", true},
        {"http://10.1.2.127/x", "10.1.2.128/25", false},
        {"http://192.0.2.1/x", "0.0.0.0/0", true},
        {"http://[fd00::7]:80/x", "0.0.0.0/0", false},
        {"http://[fd00::7]:80/x", "fd00::/8", true},
        {"http://[fe00::7]/x", "fd00::/8", false},
        {"http://[::ffff:10.1.2.3]/x", "10.0.0.0/8", false}, /* another family */
        {"https://istiod.istio-system.svc:15014", "istiod.istio-system.svc", true},
        {"https://ISTIOD.istio-system.SVC.:15014", "istiod.istio-system.svc", true},
        {"https://istiod.istio-system.svc", "*.istio-system.svc", true},
        {"https://a.b.istio-system.svc", "*.istio-system.svc", true},
        {"https://istio-system.svc", "*.istio-system.svc", false},
        {"https://evil-istio-system.svc", "*.istio-system.svc", false},
        {"https://istio-system.svc.evil", "*.istio-system.svc", false},
        /* Not where the host only looks like one. */
        {"http://10.1.2.3@evil.example/", "10.0.0.0/8", false},
        {"http://10.1.2.3:x@evil.example/", "10.0.0.0/8", false},
        {"http://[fd00::7]@evil.example/", "fd00::/8", false},
        {"http://[fd00::7]x:1@evil.example/", "fd00::/8", false},
        {"http://evil.example/10.1.2.3", "10.1.2.3", false},
        {"http://evil.example?@10.1.2.3", "10.1.2.3", false},
        {"http://evil.example#@10.1.2.3", "10.1.2.3", false},
        {"http://evil.example\\@good.svc/", "good.svc", false},
        {"http://10.513/x", "10.0.0.0/8", false}, /* inet_aton's spelling of 10.0.2.1 */
        {"http://0x0a.1.2.3/x", "10.0.0.0/8", false},
        {"http://good.svc%2eevil.example/x", "good.svc", false},
        {"http:///x", "10.0.0.0/8", false},
        {"good.svc", "good.svc", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (targethost_allowed(cases[i].url, &cases[i].pattern, 1) != cases[i].allowed)
            fail_msg("%s for %s", cases[i].url, cases[i].pattern);
}

static void
patterns(void **state)
{
    static const char *const good[] = {"a",   "a.b",      "*.b",       "10.0.0.0/8", "10.0.0.1",
                                       "::1", "fd00::/8", "0.0.0.0/0", "my_host-1.x"};
    static const char *const bad[] = {
        "",          "*",           "*.",    "a b",      "10.0.0.0/33", "::1/129",
        "10.0.0.0/", "10.0.0.0/-1", "a/8",   "http://a", "a:80",        "[::1]",
        ".a",        "a..b",        "a.*.b", "a.",       "10.0.0.0/x",  "10.0.0.0/0008",
        "*.*.b",     "-a"};
    struct err err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        err = (struct err){0};
        if (targethost_check(slice_of(good[i]), &err))
            fail_msg("%s: %s", good[i], err.text);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        err = (struct err){0};
        if (!targethost_check(slice_of(bad[i]), &err))
            fail_msg("%s is taken", bad[i]);
    }
}

static void
credentials_go_where_they_may(void **state)
{
    static const char *const to[] = {"10.0.0.0/8"};
    struct scraper_config    c = {.source = "mesh",
                                  .peer = {.bearer_token_file = "/t",
                                           .basic_user = "u",
                                           .basic_password_file = "/p",
                                           .ca_file = "/ca",
                                           .client_cert_file = "/c",
                                           .client_key_file = "/k"}};
    struct scrapesettings   *s = scrapesettings_new(&c);
    const struct fetch_peer *p;
    (void)state;

    /* Nobody said to whom: to all targets of the source. */
    assert_string_equal(scrapesettings_peer(s, "http://192.0.2.1/x")->bearer_token_file, "/t");
    scrapesettings_release(s);

    c.credentials_to = to;
    c.n_credentials_to = 1;
    s = scrapesettings_new(&c);
    p = scrapesettings_peer(s, "http://10.1.1.1:15020/x");
    assert_string_equal(p->bearer_token_file, "/t");
    assert_string_equal(p->client_key_file, "/k");
    p = scrapesettings_peer(s, "http://192.0.2.1/x");
    assert_null(p->bearer_token_file);
    assert_null(p->basic_user);
    assert_null(p->basic_password_file);
    assert_null(p->client_cert_file);
    assert_null(p->client_key_file);
    assert_int_equal(p->n_headers, 0);
    assert_string_equal(p->ca_file, "/ca"); /* whom to trust is no secret */
    scrapesettings_release(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts),
        cmocka_unit_test(patterns),
        cmocka_unit_test(credentials_go_where_they_may),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
