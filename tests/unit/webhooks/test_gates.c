#include "webhooks/gates.h"

#include "base/log.h"
#include "tests/unit/webhooks/gatecall.h"
#include "webhooks/route.h"
#include "webhooks/servertls.h"

#include <unistd.h>

static struct gatecall   c;
static struct token_set *tokens;
static char              token_path[] = "/tmp/verdictd-gates-XXXXXX";
static char              logged[1 << 16];

#define BODY "{\"service\":\"reviews\",\"namespace\":\"prod\"}"
#define PAYLOAD "{\"name\":\"reviews\",\"namespace\":\"prod\",\"checksum\":\"v2\"}"

static void
keep_log(void *ctx, struct slice line)
{
    size_t n = strlen(logged);

    (void)ctx;
    if (n + line.n < sizeof logged) {
        memcpy(logged + n, line.p, line.n);
        logged[n + line.n] = '\0';
    }
}

static int
set_up(void **state)
{
    (void)state;
    gatecall_init(&c);
    logged[0] = '\0';
    log_set_sink(keep_log, NULL);
    return 0;
}

static int
set_up_with_tokens(void **state)
{
    int        fd = mkstemp(token_path);
    struct err err = {0};

    set_up(state);
    if (fd < 0 || write(fd, "s3cret-token\n", 13) != 13 || close(fd))
        return -1;
    if (token_open(token_path, &tokens, &err))
        return -1;
    c.gates.tokens = tokens;
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    log_set_sink(NULL, NULL);
    gatecall_release(&c);
    token_free(tokens);
    tokens = NULL;
    unlink(token_path);
    snprintf(token_path, sizeof token_path, "/tmp/verdictd-gates-XXXXXX");
    return 0;
}

static int
code(enum request_method m, const char *target, const char *body, const char *authorization)
{
    if (gatecall_ask(&c, m, target, slice_of(body), authorization) == GATES_LATER)
        fakeport_pump(&c.port);
    return c.answer.code;
}

static void
every_path_but_health_asks_for_a_token(void **state)
{
    static const char *const paths[] = {
        "/v1/argo/verdict", "/v1/flagger/rollback", "/v1/runs", "/v1/verdicts", "/v1/events/stream",
        "/nothing",         "/v1/flagger/",         "/v1/argo/"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        for (enum request_method m = REQUEST_GET; m <= REQUEST_OTHER; m++) {
            assert_int_equal(code(m, paths[i], "", NULL), 401);
            assert_true(c.answer.challenge);
            assert_int_equal(code(m, paths[i], "", "Bearer wrong"), 401);
            assert_int_not_equal(code(m, paths[i], "", "Bearer s3cret-token"), 401);
        }
    assert_int_equal(code(REQUEST_GET, "/-/healthy", "", NULL), 200);
    assert_int_equal(code(REQUEST_GET, "/-/ready", "", NULL), 200);
}

/* Whoever looks at a page of another's with a browser beside a daemon that asks
 * for no token. */
static void
pages_neither_act_nor_write(void **state)
{
    size_t              n;
    const struct route *all = route_all(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        bool refused = all[i].scope == ROUTE_SCOPE_ACT || all[i].scope == ROUTE_SCOPE_WRITE ||
                       all[i].scope == ROUTE_SCOPE_KAYENTA || all[i].scope == ROUTE_SCOPE_GATE;

        /* Whoever has an approval link acts by it, from its own page: test_linkpage. */
        if (!(all[i].methods & ROUTE_POST) || strcmp(all[i].pattern, "/v1/links/{}") == 0)
            continue;
        c.gates.kayenta = all[i].scope == ROUTE_SCOPE_KAYENTA;
        c.origin = "https://elsewhere.example";
        assert_int_equal(code(REQUEST_POST, all[i].pattern, "", NULL) == 403, refused);
        c.origin = "http://127.0.0.1:8080";
        c.host = "127.0.0.1:8080"; /* our own page acts, and that is all it does */
        assert_int_equal(code(REQUEST_POST, all[i].pattern, "", NULL) == 403,
                         refused && all[i].scope != ROUTE_SCOPE_ACT);
        c.origin = c.host = NULL;
        assert_int_not_equal(code(REQUEST_POST, all[i].pattern, "", NULL), 403);
    }
    c.gates.kayenta = false;
}

/* The browser knows the proxy's name, we the one that the proxy writes. */
static void
behind_a_proxy_the_page_acts_by_its_origin(void **state)
{
    static const char *const own[] = {"https://verdictd.example.com", "http://ops:8443"};
    static const struct {
        const char *origin, *host;
        int         code;
    } cases[] = {
        {"https://verdictd.example.com", "verdictd.prod.svc:8080", 400},
        {"https://VERDICTD.example.com", "verdictd.prod.svc:8080", 400},
        {"http://ops:8443", "127.0.0.1:8080", 400},
        {"http://verdictd.example.com", "verdictd.prod.svc:8080", 403},
        {"https://verdictd.example.com.evil.example", "verdictd.prod.svc:8080", 403},
        {"https://verdictd.example.com:8443", "verdictd.prod.svc:8080", 403},
        {"null", "verdictd.prod.svc:8080", 403},
        {"https://verdictd.example.com", "evil.example", 403}, /* without tokens: another's name */
    };

    (void)state;
    c.gates.host = "verdictd.prod.svc";
    c.gates.own_origins = own;
    c.gates.n_own_origins = ARRAY_LEN(own);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        c.origin = cases[i].origin;
        c.host = cases[i].host;
        if (code(REQUEST_POST, "/v1/runs", "", NULL) != cases[i].code)
            fail_msg("%s, %s: %d", c.origin, c.host, c.answer.code);
        assert_int_equal(code(REQUEST_POST, "/v1/argo/verdict", BODY, NULL), 403);
    }
    c.gates.host = c.origin = c.host = NULL;
    c.gates.n_own_origins = 0;
}

/* DNS rebinding: the page's own name leads here, so that the browser sends no Origin
 * with what it reads. */
static void
without_tokens_the_name_must_be_ours(void **state)
{
    static const struct {
        const char *host;
        bool        ours;
    } cases[] = {
        {NULL, true}, /* HTTP/1.0; a browser always sends it */
        {"127.0.0.1:8080", true},
        {"[::1]:8080", true},
        {"localhost:8080", true},
        {"LOCALHOST", true},
        {"canary.example.com", true}, /* public_host */
        {"canary.example.com:8443", true},
        {"evil.example", false},
        {"canary.example.com.evil.example", false},
        {"127.0.0.1.evil.example:8080", false},
        {"evil.example:127.0.0.1", false},
        {"", true},
    };

    (void)state;
    c.gates.host = "canary.example.com";
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        c.host = cases[i].host;
        assert_int_equal(code(REQUEST_GET, "/v1/runs", "", NULL) != 403, cases[i].ours);
        assert_int_equal(code(REQUEST_GET, "/api/v1/query", "", NULL) != 403, cases[i].ours);
        assert_int_equal(code(REQUEST_POST, "/v1/runs", "", NULL) != 403, cases[i].ours);
        /* Argo and Flagger ask by whatever name leads here. */
        assert_int_equal(code(REQUEST_POST, "/v1/argo/verdict", BODY, NULL), 200);
        assert_int_equal(code(REQUEST_GET, "/-/healthy", "", NULL), 200);
    }
    c.host = "evil.example";
    c.gates.certificates = true; /* such a page has none */
    assert_int_not_equal(code(REQUEST_GET, "/v1/runs", "", NULL), 403);
    c.gates.certificates = false;
    c.host = NULL;
}

/* api.md: a gate answers 200 under overload too, and Flagger never hears 429. */
static void
beyond_the_rate_gates_answer_from_what_is_known(void **state)
{
    static const struct {
        enum request_method m;
        const char         *target, *body;
        int                 code;
    } cases[] = {
        {REQUEST_POST, "/v1/argo/verdict", BODY, 200},
        {REQUEST_GET, "/v1/argo/verdict?service=reviews&namespace=prod&canary=v2", "", 200},
        {REQUEST_POST, "/v1/flagger/rollback", PAYLOAD, 409},
        {REQUEST_POST, "/v1/flagger/confirm-promotion", PAYLOAD, 409},
        {REQUEST_GET, "/-/healthy", "", 200},
        {REQUEST_GET, "/v1/runs", "", 429},
        {REQUEST_POST, "/v1/runs", "", 429},
        {REQUEST_GET, "/api/v1/query?query=1", "", 429},
        {REQUEST_POST, "/api/v1/write", "", 503}, /* 429 would lose the samples */
    };

    (void)state;
    c.over_rate = true;
    for (int view = 0; view < 2; view++) {
        c.port.lookup = view ? PORT_FOUND : PORT_NO_RUN;
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            int n = c.port.n_changes[PORT_OPEN];

            if (code(cases[i].m, cases[i].target, cases[i].body, NULL) != cases[i].code)
                fail_msg("%s: %d", cases[i].target, c.answer.code);
            assert_int_equal(c.answer.retry_after_s != 0,
                             cases[i].code == 429 || cases[i].code == 503);
            assert_int_equal(c.port.n_changes[PORT_OPEN], n); /* nothing is begun */
        }
    }
    c.over_rate = false;
    c.port.lookup = PORT_FOUND;
}

static void
tokens_come_in_four_ways(void **state)
{
    (void)state;
    assert_int_equal(code(REQUEST_POST, "/v1/argo/verdict", BODY, "Bearer s3cret-token"), 200);
    /* user:s3cret-token */
    assert_int_equal(code(REQUEST_POST, "/v1/argo/verdict", BODY, "Basic dXNlcjpzM2NyZXQtdG9rZW4="),
                     200);
    assert_int_equal(code(REQUEST_POST, "/v1/argo/verdict",
                          "{\"service\":\"reviews\",\"namespace\":\"prod\",\"token\":"
                          "\"s3cret-token\"}",
                          NULL),
                     200);
    assert_int_equal(code(REQUEST_GET,
                          "/v1/argo/verdict?service=reviews&namespace=prod&token=s3cret-token", "",
                          NULL),
                     200);
    assert_int_equal(code(REQUEST_POST, "/v1/flagger/rollback",
                          "{\"name\":\"reviews\",\"namespace\":\"prod\",\"checksum\":\"v2\","
                          "\"metadata\":{\"token\":\"s3cret-token\"}}",
                          NULL),
                     409);
    assert_int_equal(code(REQUEST_POST, "/v1/flagger/rollback", PAYLOAD, NULL), 401);
    assert_string_equal(c.port.asked.token, ""); /* never past the door */
    /* Who has no token learns nothing of what is wrong with the question. */
    assert_int_equal(code(REQUEST_POST, "/v1/argo/verdict", "{\"zzz\":1}", NULL), 401);
    assert_int_equal(
        code(REQUEST_POST, "/v1/argo/verdict", "{\"zzz\":1,\"token\":\"wrong\"}", NULL), 401);
    /* Who has one is told, wherever it stands. */
    assert_int_equal(
        code(REQUEST_POST, "/v1/argo/verdict", "{\"zzz\":1,\"token\":\"s3cret-token\"}", NULL),
        400);
    assert_int_equal(
        code(REQUEST_POST, "/v1/argo/verdict", "{\"token\":\"s3cret-token\",\"zzz\":1}", NULL),
        400);
}

/* The file of these tokens; the plain one is set_up_with_tokens()'s. */
static int
set_up_with_scopes(void **state)
{
    static const char file[] = "plain\nreader read\ngater gate\nwriter write\nprod-all "
                               "read,gate prod\nboth read,gate prod,dev\ndev-gate gate dev\n"
                               "prod-write write prod\n"
                               "cert:spiffe://mesh/ns/argo/sa/argo gate prod\n";
    int               fd = mkstemp(token_path);

    set_up(state);
    if (fd < 0 || write(fd, file, sizeof file - 1) != (ssize_t)sizeof file - 1 || close(fd))
        return -1;
    if (token_open(token_path, &tokens, &(struct err){0}))
        return -1;
    c.gates.tokens = tokens;
    return 0;
}

static void
scopes_and_namespaces_are_held(void **state)
{
    enum { ARGO, FLAGGER, RUNS, RUNS_PROD, RUN, VERSIONS, N_PATHS };
    static const struct {
        enum request_method m;
        const char         *target, *body;
    } asks[N_PATHS] = {
        [ARGO] = {REQUEST_POST, "/v1/argo/verdict", BODY},
        [FLAGGER] = {REQUEST_POST, "/v1/flagger/rollback", PAYLOAD},
        [RUNS] = {REQUEST_GET, "/v1/runs", ""},
        [RUNS_PROD] = {REQUEST_GET, "/v1/runs?namespace=prod", ""},
        [RUN] = {REQUEST_GET, "/v1/runs/01JD0000000000000000000RVN", ""},
        [VERSIONS] = {REQUEST_GET, "/v1/services/prod/reviews/versions", ""},
    };
    /* 503 is what a read is told if it takes too long: it was let in.  409 is the
     * rollback hook's "no". */
    static const struct {
        const char *header;
        int         code[N_PATHS];
    } cases[] = {
        {"Bearer plain", {200, 409, 503, 503, 503, 503}},
        {"Bearer reader", {403, 403, 503, 503, 503, 503}},
        {"Bearer gater", {200, 409, 403, 403, 403, 403}},
        {"Bearer writer", {403, 403, 403, 403, 403, 403}},
        {"Bearer prod-all", {200, 409, 503, 503, 503, 503}}, /* its one namespace is meant */
        {"Bearer both", {200, 409, 403, 503, 503, 503}},     /* which of the two? */
        {"Bearer dev-gate", {403, 403, 403, 403, 403, 403}},
        {"Bearer nobody", {401, 401, 401, 401, 401, 401}},
        {NULL, {401, 401, 401, 401, 401, 401}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        for (size_t k = 0; k < N_PATHS; k++) {
            int got = code(asks[k].m, asks[k].target, asks[k].body, cases[i].header);

            if (got != cases[i].code[k])
                fail_msg("%s with %s: %d, not %d", asks[k].target, cases[i].header, got,
                         cases[i].code[k]);
            assert_int_equal(c.answer.challenge, got == 401);
        }
}

/* A line cert:NAME is for who showed that certificate, and is no token. */
static void
a_certificate_stands_for_a_token(void **state)
{
    static const struct servertls_peer argo = {
        .n = 2, .name = {"argo.example", "spiffe://mesh/ns/argo/sa/argo"}};
    static const struct servertls_peer other = {.n = 1, .name = {"spiffe://mesh/ns/dev/sa/x"}};

    (void)state;
    c.peer = &argo;
    assert_int_equal(code(REQUEST_POST, "/v1/argo/verdict", BODY, NULL), 200);
    assert_int_equal(code(REQUEST_GET, "/v1/runs", "", NULL), 403); /* gate alone */
    assert_int_equal(code(REQUEST_GET, "/v1/runs", "", "Bearer reader"), 503);
    assert_int_equal(code(REQUEST_POST, "/v1/argo/verdict",
                          "{\"service\":\"reviews\",\"namespace\":\"dev\",\"canary\":\"v2\"}",
                          NULL),
                     403);
    c.peer = &other;
    assert_int_equal(code(REQUEST_POST, "/v1/argo/verdict", BODY, NULL), 401);
    c.peer = NULL;
    assert_int_equal(
        code(REQUEST_POST, "/v1/argo/verdict", BODY, "Bearer cert:spiffe://mesh/ns/argo/sa/argo"),
        401);
    assert_int_equal(code(REQUEST_POST, "/v1/argo/verdict",
                          "{\"service\":\"reviews\",\"namespace\":\"prod\",\"canary\":\"v2\","
                          "\"token\":\"cert:spiffe://mesh/ns/argo/sa/argo\"}",
                          NULL),
                     401);
}

static void
reads_keep_to_the_namespaces_of_the_token(void **state)
{
    (void)state;
    assert_int_equal(code(REQUEST_GET, "/v1/runs", "", "Bearer prod-all"), 503);
    assert_string_equal(c.port.read.ns, "prod");
    assert_int_equal(code(REQUEST_GET, "/v1/runs?namespace=dev", "", "Bearer prod-all"), 403);
    assert_int_equal(code(REQUEST_GET, "/v1/runs?namespace=dev", "", "Bearer both"), 503);
    assert_string_equal(c.port.read.ns, "dev");
    assert_int_equal(code(REQUEST_GET, "/v1/services/qa/reviews/versions", "", "Bearer both"), 403);
    /* By id the port looks: see historyread. */
    assert_int_equal(
        code(REQUEST_GET, "/v1/runs/01JD0000000000000000000RVN", "", "Bearer prod-all"), 503);
    assert_int_equal(c.port.read.grant.n_namespaces, 1);
    assert_string_equal(c.port.read.grant.ns[0], "prod");
    assert_int_equal(code(REQUEST_GET, "/v1/runs", "", "Bearer plain"), 503);
    assert_string_equal(c.port.read.ns, "");
    assert_int_equal(c.port.read.grant.n_namespaces, 0);
}

static void
a_question_may_bring_the_better_token(void **state)
{
    (void)state;
    assert_int_equal(code(REQUEST_POST, "/v1/argo/verdict",
                          "{\"service\":\"reviews\",\"namespace\":\"prod\",\"token\":\"gater\"}",
                          "Bearer reader"),
                     200);
    assert_int_equal(code(REQUEST_POST, "/v1/argo/verdict",
                          "{\"service\":\"reviews\",\"namespace\":\"prod\",\"token\":\"dev-gate\"}",
                          NULL),
                     403);
    assert_int_equal(code(REQUEST_POST, "/v1/argo/verdict",
                          "{\"service\":\"reviews\",\"namespace\":\"prod\",\"token\":\"writer\"}",
                          NULL),
                     403);
    /* What is wrong with a question is told to who may ask any. */
    assert_int_equal(code(REQUEST_POST, "/v1/argo/verdict", "{\"zzz\":1}", "Bearer dev-gate"), 400);
    assert_int_equal(code(REQUEST_POST, "/v1/argo/verdict", "{\"zzz\":1}", "Bearer writer"), 403);
}

static void
the_log_names_refusals_and_no_token(void **state)
{
    (void)state;
    code(REQUEST_POST, "/v1/argo/verdict", "{\"token\":\"s3cret-token\",\"zzz\":1}", NULL);
    assert_non_null(strstr(logged, "unknown key zzz"));
    code(REQUEST_GET, "/v1/argo/verdict?token=s3cret-token&service=", "", NULL);
    assert_null(strstr(logged, "s3cret"));
    logged[0] = '\0';
    for (int i = 0; i < 1000; i++)
        code(REQUEST_POST, "/v1/argo/verdict", "{", "Bearer s3cret-token");
    {
        size_t lines = 0;

        for (const char *p = logged; (p = strchr(p, '\n')); p++)
            lines++;
        assert_in_range(lines, 1, 10); /* of one second of our clock */
    }
}

static void
only_what_is_in_the_table_answers(void **state)
{
    size_t              n;
    const struct route *all = route_all(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        struct text target;

        c.gates.kayenta = all[i].scope == ROUTE_SCOPE_KAYENTA;
        /* The pattern with x for each {}. */
        text_init(&target, 128);
        for (const char *p = all[i].pattern; *p; p++)
            if (*p != '{')
                text_putc(&target, *p == '}' ? 'x' : *p);
        for (enum request_method m = REQUEST_GET; m <= REQUEST_OTHER; m++) {
            int got = code(m, target.p, "", NULL);

            struct slice arg[2];

            /* Several routes may have one path. */
            if (route_allows(route_find(slice_of(target.p), m, arg), m)) {
                assert_int_not_equal(got, 405);
                continue;
            }
            assert_int_equal(got, 405);
            assert_string_equal(c.answer.allow, route_allow_header(&all[i]));
        }
        text_putc(&target, '/');
        assert_int_equal(code(REQUEST_GET, target.p, "", NULL), 404);
        /* Nor does one listener serve what is the other's. */
        target.p[--target.n] = '\0';
        c.gates.kayenta = !c.gates.kayenta;
        assert_int_equal(code(REQUEST_GET, target.p, "", NULL), 404);
        text_release(&target);
    }
    c.gates.kayenta = false;
    assert_int_equal(code(REQUEST_POST, "/v1/flagger/none", PAYLOAD, NULL), 404);
    assert_int_equal(c.answer.type, ANSWER_LINE);
}

static void
health_says_what_is_wrong(void **state)
{
    (void)state;
    c.port.health.ready = false;
    snprintf(c.port.health.detail, sizeof c.port.health.detail, "source mesh: no answer for 40 s");
    assert_int_equal(code(REQUEST_GET, "/-/healthy", "", NULL), 200);
    assert_int_equal(code(REQUEST_GET, "/-/ready", "", NULL), 503);
    gatecall_wants(&c.answer, 503, "source mesh");
    c.port.health.live = false;
    assert_int_equal(code(REQUEST_HEAD, "/-/healthy", "", NULL), 503);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_path_but_health_asks_for_a_token, set_up_with_tokens,
                                        tear_down),
        cmocka_unit_test_setup_teardown(pages_neither_act_nor_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(behind_a_proxy_the_page_acts_by_its_origin, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(without_tokens_the_name_must_be_ours, set_up, tear_down),
        cmocka_unit_test_setup_teardown(beyond_the_rate_gates_answer_from_what_is_known, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(tokens_come_in_four_ways, set_up_with_tokens, tear_down),
        cmocka_unit_test_setup_teardown(scopes_and_namespaces_are_held, set_up_with_scopes,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_certificate_stands_for_a_token, set_up_with_scopes,
                                        tear_down),
        cmocka_unit_test_setup_teardown(reads_keep_to_the_namespaces_of_the_token,
                                        set_up_with_scopes, tear_down),
        cmocka_unit_test_setup_teardown(a_question_may_bring_the_better_token, set_up_with_scopes,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_log_names_refusals_and_no_token, set_up_with_tokens,
                                        tear_down),
        cmocka_unit_test_setup_teardown(only_what_is_in_the_table_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(health_says_what_is_wrong, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
