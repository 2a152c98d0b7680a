#include "tests/support/check.h"
#include "tests/support/fakeport.h"
#include "webhooks/gates.h"
#include "webhooks/pagefiles.h"

static const struct asset assets[] = {
    {"app.js", "text/javascript; charset=utf-8", "W/\"a1\"", {"js", 2}, {"zj", 2}},
    {"index.html", "text/html; charset=utf-8", "W/\"b2\"", {"html", 4}, {"zh", 2}},
};

static void
test_tags_match_weakly(void **state)
{
    static const struct {
        const char *header;
        bool        yes;
    } cases[] = {
        {"W/\"b2\"", true},
        {"\"b2\"", true},
        {"\"x\" , W/\"b2\"", true},
        {"*", true},
        {"", false},
        {"\"b\"", false},
        {"W/\"b2", false},
        {"b2", false},
        {"\"b2\"x", false},
        {",,\"a\",,  \"b2\"", true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (pagefiles_matches(slice_of(cases[i].header), "W/\"b2\"") != cases[i].yes)
            fail_msg("%s", cases[i].header);
}

static bool
nobody(void *ctx, struct answer *a)
{
    (void)ctx;
    (void)a;
    fail();
    return false;
}

static void
test_files(void **state)
{
    static const struct {
        const char         *target, *accepts, *has;
        enum request_method method;
        int                 code;
        const struct asset *asset;
        bool                packed;
    } cases[] = {
        {"/", "", "", REQUEST_GET, 200, &assets[1], false},
        {"/?x=1", "gzip", "", REQUEST_HEAD, 200, &assets[1], true},
        {"/page/app.js", "br, gzip;q=0.5", "", REQUEST_GET, 200, &assets[0], true},
        {"/page/app.js", "gzip;q=0", "", REQUEST_GET, 200, &assets[0], false},
        {"/page/app.js", "gzip", "\"a1\"", REQUEST_GET, 304, &assets[0], false},
        {"/page/app.js", "gzip", "\"b2\"", REQUEST_GET, 200, &assets[0], true},
        {"/page/none.js", "", "", REQUEST_GET, 404, NULL, false},
        {"/page/", "", "", REQUEST_GET, 404, NULL, false},
        {"/page/a/b", "", "", REQUEST_GET, 404, NULL, false},
        {"//", "", "", REQUEST_GET, 404, NULL, false},
        {"/", "", "", REQUEST_POST, 405, NULL, false},
    };
    struct fakeport p;
    struct gates    g;
    struct clock    clock = clock_system;

    (void)state;
    fakeport_init(&p);
    p.port.assets = assets;
    p.port.n_assets = ARRAY_LEN(assets);
    gates_init(&g, &p.port, &clock, NULL);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct request req;
        struct answer  a;

        answer_init(&a);
        req.authorization = req.body = (struct slice){0};
        assert_int_equal(request_target(&req, slice_of(cases[i].target), NULL), STATUS_OK);
        req.method = cases[i].method;
        req.accept_encoding = slice_of(cases[i].accepts);
        req.if_none_match = slice_of(cases[i].has);
        assert_int_equal(gates_handle(&g, &req, &a, nobody, NULL), GATES_NOW);
        if (a.code != cases[i].code || a.asset != cases[i].asset || a.gzip != cases[i].packed)
            fail_msg("%s: %d", cases[i].target, a.code);
        answer_release(&a);
    }
    fakeport_release(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tags_match_weakly),
        cmocka_unit_test(test_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
