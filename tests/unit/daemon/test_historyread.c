#include "daemon/historyread.h"
#include "tests/unit/daemon/world.h"

#include <jansson.h>

enum { RUNS = 60, VERDICTS = 7 };

static struct world   w;
static struct reader *reader;
static char           newest[ULID_BYTES]; /* verdict, of the last read */

static int
fill(void **state)
{
    (void)state;
    world_init(&w, true);
    for (int i = 0; i < RUNS; i++) {
        struct record_run run = fixture_run(i);

        run.policy_hash = SLICE_LITERAL("abc");
        run.policy_text = SLICE_LITERAL("x");
        run.service = i % 2 ? SLICE_LITERAL("ratings") : SLICE_LITERAL("reviews");
        run.state = i % 3 ? RECORD_ENDED : RECORD_LIVE;
        run.ended_ms = i % 3 ? FIXTURE_T0 + 100000 : 0;
        fixture_must(w.store, &(struct store_commit){.run = &run});
    }
    for (int i = 0; i < VERDICTS; i++) {
        struct record_verdict v = fixture_verdict(0, i);

        fixture_must(w.store, &(struct store_commit){.verdict = &v});
    }
    reader = fixture_reader(&w.dir);
    return 0;
}

static int
drop(void **state)
{
    (void)state;
    reader_close(reader);
    world_release(&w);
    return 0;
}

static struct port_read
any(int what)
{
    struct port_read r = {.state = -1, .verdict = -1, .limit = 50};

    r.what = (__typeof__(r.what))what;
    return r;
}

/* The body, which must be one strict JSON object; the caller gives it back. */
static json_t *
read_json(const struct port_read *read, int want_code)
{
    struct text  body;
    json_error_t e;
    json_t      *j;
    int          code;

    text_init(&body, 1 << 20);
    code = historyread_answer(reader, read, FIXTURE_T0 + 200000, &body, newest);
    if (code != want_code)
        fail_msg("%d: %s", code, body.p);
    j = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, &e);
    if (!j || !json_is_object(j))
        fail_msg("%s in %s", e.text, body.p);
    text_release(&body);
    return j;
}

static const char *
id_of(const json_t *row)
{
    const char *id = json_string_value(json_object_get(row, "id"));

    assert_non_null(id);
    return id;
}

/* Every run comes once, newest first, whatever the length of a page. */
static void
pages_hold_every_run_once(void **state)
{
    static const uint32_t limits[] = {1, 7, 59, 60, 61, 499, 500};
    (void)state;

    for (size_t k = 0; k < ARRAY_LEN(limits); k++) {
        struct port_read read = any(PORT_READ_RUNS);
        char             last[ULID_BYTES] = "~";
        size_t           n = 0, pages = 0;
        bool             more = true;

        read.limit = limits[k];
        while (more) {
            json_t       *j = read_json(&read, 200);
            const json_t *rows = json_object_get(j, "runs"), *next = json_object_get(j, "next");

            assert_true(json_array_size(rows) <= limits[k]);
            for (size_t i = 0; i < json_array_size(rows); i++) {
                assert_true(strcmp(id_of(json_array_get(rows, i)), last) < 0);
                snprintf(last, sizeof last, "%s", id_of(json_array_get(rows, i)));
            }
            n += json_array_size(rows);
            more = next != NULL;
            if (more)
                snprintf(read.after, sizeof read.after, "%s", json_string_value(next));
            json_decref(j);
            assert_true(++pages <= RUNS);
        }
        assert_int_equal(n, RUNS);
        assert_int_equal(pages, (RUNS + limits[k] - 1) / limits[k]);
    }
}

/* A page of the most rows that a reader gives has its cursor, too. */
static void
the_longest_page_does_not_end_in_silence(void **state)
{
    struct port_read read = any(PORT_READ_RUNS);
    json_t          *j;
    size_t           n;
    (void)state;

    for (int i = RUNS; i < READER_MAX_ROWS + 10; i++) {
        struct record_run run = fixture_run(i);

        run.policy_hash = SLICE_LITERAL("abc");
        run.service = SLICE_LITERAL("many");
        fixture_must(w.store, &(struct store_commit){.run = &run});
    }
    read.limit = READER_MAX_ROWS;
    j = read_json(&read, 200);
    n = json_array_size(json_object_get(j, "runs"));
    assert_non_null(json_object_get(j, "next"));
    assert_string_equal(json_string_value(json_object_get(j, "next")),
                        id_of(json_array_get(json_object_get(j, "runs"), n - 1)));
    snprintf(read.after, sizeof read.after, "%s", json_string_value(json_object_get(j, "next")));
    json_decref(j);
    j = read_json(&read, 200);
    assert_int_equal(n + json_array_size(json_object_get(j, "runs")), READER_MAX_ROWS + 10);
    assert_null(json_object_get(j, "next"));
    json_decref(j);
}

static void
filters_are_passed_on(void **state)
{
    struct port_read read = any(PORT_READ_RUNS);
    json_t          *j;
    (void)state;

    snprintf(read.service, sizeof read.service, "ratings");
    j = read_json(&read, 200);
    assert_int_equal(json_array_size(json_object_get(j, "runs")), RUNS / 2);
    json_decref(j);
    read.state = RECORD_LIVE;
    j = read_json(&read, 200);
    assert_int_equal(json_array_size(json_object_get(j, "runs")), RUNS / 6);
    json_decref(j);
    read.verdict = VERDICT_ABORT;
    j = read_json(&read, 200);
    assert_int_equal(json_array_size(json_object_get(j, "runs")), 0);
    json_decref(j);
    snprintf(read.ns, sizeof read.ns, "nowhere");
    read.verdict = read.state = -1;
    j = read_json(&read, 200);
    assert_int_equal(json_array_size(json_object_get(j, "runs")), 0);
    json_decref(j);
}

static void
a_whole_run_has_its_verdicts_and_calls(void **state)
{
    struct port_read        read = any(PORT_READ_RUN);
    struct record_gate_call call = {.at_ms = FIXTURE_T0,
                                    .gate = SLICE_LITERAL("argo"),
                                    .stage = SLICE_LITERAL("step"),
                                    .http_code = 200,
                                    .count = 3};
    json_t                 *j;
    (void)state;

    fixture_id(read.run, 'r', 0);
    memcpy(call.run, read.run, sizeof call.run);
    fixture_must(w.store, &(struct store_commit){.gate_call = &call});
    j = read_json(&read, 200);
    assert_string_equal(id_of(j), read.run);
    assert_int_equal(json_array_size(json_object_get(j, "verdicts")), VERDICTS);
    assert_int_equal(json_array_size(json_object_get(j, "gate_calls")), 1);
    json_decref(j);
}

/* Who may not see a run hears the same as where there is none. */
static void
runs_of_other_namespaces_are_not_there(void **state)
{
    static const int what[] = {PORT_READ_RUN, PORT_READ_INTERVALS, PORT_READ_TIMELINE};
    struct port_read read;
    char             none[512];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(what); i++) {
        json_t *j;

        read = any(what[i]);
        snprintf(read.run, sizeof read.run, "%s", fixture_run(0).id);
        read.grant.n_namespaces = 2;
        snprintf(read.grant.ns[0], sizeof read.grant.ns[0], "dev");
        snprintf(read.grant.ns[1], sizeof read.grant.ns[1], "qa");
        j = read_json(&read, 404);
        snprintf(none, sizeof none, "%s", json_string_value(json_object_get(j, "error")));
        assert_null(strstr(none, "namespace"));
        json_decref(j);
        snprintf(read.grant.ns[1], sizeof read.grant.ns[1], "%.*s", SLICE_ARG(fixture_run(0).ns));
        json_decref(read_json(&read, 200));
        snprintf(read.run, sizeof read.run, "01JD0000000000000000000000");
        json_decref(read_json(&read, 404));
    }
}

static void
what_is_not_there_is_404(void **state)
{
    static const int whats[] = {PORT_READ_RUN, PORT_READ_INTERVALS, PORT_READ_VERSIONS,
                                PORT_READ_TIMELINE};
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(whats); i++) {
        struct port_read read = any(whats[i]);
        json_t          *j;

        fixture_id(read.run, 'r', 99999);
        snprintf(read.service, sizeof read.service, "nobody");
        snprintf(read.ns, sizeof read.ns, "prod");
        j = read_json(&read, 404);
        assert_true(json_string_length(json_object_get(j, "error")) > 0);
        json_decref(j);
    }
}

static void
store_interval(int n, uint64_t canary, uint64_t bad)
{
    static struct interval i;
    struct text            row;
    struct record_interval r;

    i = (struct interval){.start_ms = FIXTURE_T0 + 5000 * n,
                          .end_ms = FIXTURE_T0 + 5000 * (n + 1),
                          .present = {true},
                          .n_versions = 1,
                          .versions = {{.name = "v2", .arm = ARM_CANARY}},
                          .n_cells = 2,
                          .cells = {{.code = "200", .n = canary - bad}, {.code = "500", .n = bad}}};
    interval_recount(&i);
    text_init(&row, 1 << 16);
    interval_pack(&i, &row);
    r = (struct record_interval){
        .start_ms = i.start_ms, .end_ms = i.end_ms, .row = text_slice(&row)};
    fixture_id(r.run, 'r', 0);
    fixture_must(w.store, &(struct store_commit){.interval = &r});
    text_release(&row);
}

static void
intervals_and_versions_are_read_back(void **state)
{
    struct port_read read = any(PORT_READ_INTERVALS);
    json_t          *j;
    (void)state;

    store_interval(0, 100, 10);
    store_interval(1, 100, 0);
    fixture_id(read.run, 'r', 0);
    j = read_json(&read, 200);
    assert_int_equal(json_array_size(json_object_get(j, "intervals")), 2);
    json_decref(j);
    read.since_ms = FIXTURE_T0 + 5001;
    j = read_json(&read, 200);
    assert_int_equal(json_array_size(json_object_get(j, "intervals")), 1);
    json_decref(j);
}

/* Its policy is of no version that this program knows: counts, and why that is all. */
static void
a_run_that_cannot_be_judged_again_has_its_counts(void **state)
{
    struct port_read read = any(PORT_READ_TIMELINE);
    const json_t    *points;
    json_t          *j;

    (void)state;
    store_interval(10, 100, 10);
    store_interval(11, 100, 0);
    fixture_id(read.run, 'r', 0);
    j = read_json(&read, 200);
    points = json_object_get(j, "points");
    assert_true(json_array_size(points) >= 2);
    assert_null(json_object_get(json_array_get(points, 0), "evidence"));
    assert_true(json_string_length(json_object_get(j, "without_evidence")) > 0);
    json_decref(j);
}

/* A body that would pass its maximum is an error of its own, and whole JSON. */
static void
a_body_that_does_not_fit_says_so(void **state)
{
    struct port_read read = any(PORT_READ_RUNS);
    struct text      body;
    json_error_t     e;
    json_t          *j;
    (void)state;

    text_init(&body, 500);
    assert_int_equal(historyread_answer(reader, &read, FIXTURE_T0, &body, newest), 422);
    j = json_loadb(body.p, body.n, 0, &e);
    assert_non_null(j);
    assert_non_null(strstr(json_string_value(json_object_get(j, "error")), "too large"));
    json_decref(j);
    text_release(&body);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_hold_every_run_once),
        cmocka_unit_test(filters_are_passed_on),
        cmocka_unit_test(a_whole_run_has_its_verdicts_and_calls),
        cmocka_unit_test(runs_of_other_namespaces_are_not_there),
        cmocka_unit_test(what_is_not_there_is_404),
        cmocka_unit_test(intervals_and_versions_are_read_back),
        cmocka_unit_test(a_run_that_cannot_be_judged_again_has_its_counts),
        cmocka_unit_test(a_body_that_does_not_fit_says_so),
        cmocka_unit_test(the_longest_page_does_not_end_in_silence),
    };

    return cmocka_run_group_tests(tests, fill, drop);
}
