#include "tests/support/check.h"
#include "tests/support/evalbed.h"

/* Semantics: promql/engine.go of Prometheus, VectorBinop and its kin.  Series of
 * a job come and go, so that a match can be fine at one step and crowded at the
 * next. */
static void
set_up(struct evalbed *b)
{
    evalbed_init(b);
    evalbed_add(b, "hits", "job=a,code=200", "10 20 30");
    evalbed_add(b, "hits", "job=a,code=500", "1 2 3");
    evalbed_add(b, "hits", "job=b,code=200", "7 7 s");
    evalbed_add(b, "pods", "job=a", "2 2 2");
    evalbed_add(b, "pods", "job=b", "s 7 7");
    evalbed_add(b, "owner", "job=a,team=red", "1 s s");
    evalbed_add(b, "owner", "job=a,team=blue", "s 1 1");
    evalbed_add(b, "lone", "", "5 5 5");
    evalbed_add(b, "twin_total", "job=a", "1 s s");
    evalbed_add(b, "twin_sum", "job=a", "s 1 1");
    b->request = (struct eval_request){.lookback_ms = 60000};
}

struct join_case {
    const char *query;
    int64_t     start_s, end_s; /* every minute; equal: an instant query */
    const char *want;
};

static const char crowded_owner[] =
    "found duplicate series for the match group {job=\"a\"} on the right hand-side of the "
    "operation: [{__name__=\"hits\", code=\"200\", job=\"a\"}, {__name__=\"hits\", "
    "code=\"500\", job=\"a\"}];many-to-many matching not allowed: matching labels must be unique "
    "on one side";
static const char left_crowded[] =
    "found duplicate series for the match group {} on the left hand-side of the operation: "
    "[{__name__=\"pods\", job=\"a\"}, {__name__=\"pods\", job=\"b\"}];many-to-many matching not "
    "allowed: matching labels must be unique on one side";
static const char explicit_left[] =
    "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)";
static const char unique[] = "multiple matches for labels: grouping labels must ensure unique "
                             "matches";

static const struct join_case cases[] = {
    /* one to one, on and ignoring; a step without a partner has no point */
    {"pods + on (job) hits{code=\"200\"}", 0, 120,
     "{job=\"a\"} 12@0 22@60 32@120; {job=\"b\"} 14@60"},
    {"hits{code=\"200\"} / ignoring (code) pods", 60, 60, "{job=\"a\"} 10; {job=\"b\"} 1"},
    {"pods == on (job) hits{code=\"200\"}", 60, 60, "{job=\"b\"} 7"},
    {"pods != ignoring (code) hits{code=\"200\"}", 60, 60, "pods{job=\"a\"} 2"},
    {"pods == bool on (job) hits{code=\"200\"}", 60, 60, "{job=\"a\"} 0; {job=\"b\"} 1"},
    /* the one side crowded: refused where both are there, and before the filter */
    {"pods > on (job) hits", 0, 60, crowded_owner},
    {"pods > 100 > on (job) hits", 60, 60, ""}, /* nobody on the left: no quarrel */
    {"pods * on () group_right () lone", 60, 60, left_crowded},
    {"lone * on () group_right () pods", 60, 60, "{job=\"a\"} 10; {job=\"b\"} 35"},
    /* the other side crowded */
    {"hits / on (job) pods", 60, 60, explicit_left},
    {"hits / on (job) group_left () pods", 60, 60,
     "{code=\"200\", job=\"a\"} 10; {code=\"500\", job=\"a\"} 1; {code=\"200\", job=\"b\"} 1"},
    /* two that take turns are never crowded; the label comes from whoever is there */
    {"pods * on (job) owner", 0, 120, "{job=\"a\"} 2@0 2@60 2@120"},
    {"pods * on (job) group_left (team) owner", 0, 120,
     "{job=\"a\", team=\"blue\"} 2@60 2@120; {job=\"a\", team=\"red\"} 2@0"},
    {"hits * on (job) group_left (code) pods", 60, 60, unique}, /* pods have no code: it goes */
    {"{__name__=~\"twin_.*\"} * on (job) pods", 0, 120, "{job=\"a\"} 2@0 2@60 2@120"},
    {"{__name__=~\"twin_.*\"} * on (job) group_left () pods", 0, 120, "{job=\"a\"} 2@0 2@60 2@120"},
    {"{__name__=~\"pods|lone\"} + on () group_left () lone", 60, 60,
     "{job=\"a\"} 7; {job=\"b\"} 12; {} 10"},
    /* sets, step by step */
    {"pods and on (job) hits{code=\"200\"}", 0, 120,
     "pods{job=\"a\"} 2@0 2@60 2@120; pods{job=\"b\"} 7@60"},
    {"pods unless on (job) hits", 0, 120, "pods{job=\"b\"} 7@120"},
    {"pods unless on (job) lone", 60, 60, "pods{job=\"a\"} 2; pods{job=\"b\"} 7"},
    {"pods or on (job) hits", 0, 120,
     "hits{code=\"200\", job=\"b\"} 7@0; pods{job=\"a\"} 2@0 2@60 2@120; pods{job=\"b\"} 7@60 "
     "7@120"},
    {"pods or pods", 60, 60, "pods{job=\"a\"} 2; pods{job=\"b\"} 7"},
    {"pods and on () absent(lone)", 60, 60, ""},
};

static void
run(bool delayed)
{
    struct evalbed b;

    set_up(&b);
    for (const struct join_case *c = cases; c < cases + ARRAY_LEN(cases); c++) {
        enum status rc;
        b.request.start_ms = c->start_s * 1000;
        b.request.end_ms = c->end_s * 1000;
        b.request.step_ms = c->start_s < c->end_s ? 60000 : 0;
        b.request.delayed_names = delayed;
        const char *got = evalbed_ask(&b, c->query, &rc);
        if (strcmp(got, c->want) != 0)
            fail_msg("%s: got  %s\n    want %s", c->query, got, c->want);
        assert_int_equal(rc, strstr(c->want, "match") ? STATUS_BAD_QUERY : STATUS_OK);
    }
    evalbed_release(&b);
}

/* Sets too long for an error are cut, so that what it says at its end is told. */
static void
test_long_sets(void **state)
{
    static const char name[] =
        "l=aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg,i=";
    struct evalbed b;
    enum status    rc;
    char           labels[128];

    (void)state;
    evalbed_init(&b);
    for (int i = 0; i < 2; i++) {
        (void)snprintf(labels, sizeof labels, "%s%d", name, i);
        evalbed_add(&b, "m", labels, "1");
    }
    assert_string_equal(
        evalbed_ask(&b, "m + on (l) m", &rc),
        "found duplicate series for the match group "
        "{l=\"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeee… on the right hand-side "
        "of the operation: [{__name__=\"m\", i=\"0\", l=\"aaaaaaaaaabbbbbbbbbbcc…, "
        "{__name__=\"m\", i=\"1\", l=\"aaaaaaaaaabbbbbbbbbbcc…];many-to-many matching "
        "not allowed: matching labels must be unique on one side");
    evalbed_release(&b);
}

/* None of these depends on when names go. */
static void
test_joins(void **state)
{
    (void)state;
    run(false);
    run(true);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_joins),
                                       cmocka_unit_test(test_long_sets)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
