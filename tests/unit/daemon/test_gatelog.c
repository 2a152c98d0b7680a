#include "daemon/gatelog.h"
#include "tests/unit/daemon/world.h"

#include <math.h>

enum { MINUTE = 60000 };

static struct world    w;
static struct gatelog *g;
static struct question asked;

static void
begin(bool synchronous)
{
    struct record_run run = fixture_run(1);

    world_init(&w, synchronous);
    run.policy_hash = SLICE_LITERAL("abc");
    run.policy_text = SLICE_LITERAL("x");
    fixture_must(w.store, &(struct store_commit){.run = &run});
    g = gatelog_new(w.store, &w.clock);
    asked = question_empty();
}

static void
end(void)
{
    gatelog_free(g);
    world_release(&w);
}

static void
tell(const char *gate, enum verdict v, enum verdict_reason why, int code)
{
    struct port_told t = {
        .question = &asked, .gate = gate, .verdict = v, .reason = why, .http_code = code};

    fixture_id(t.run, 'r', 1);
    gatelog_told(g, &t);
}

struct call {
    char                gate[40], stage[16];
    enum verdict_reason reason;
    int                 code;
    uint64_t            count;
    int64_t             at_ms;
};

struct calls {
    struct call at[64];
    size_t      n;
};

static bool
note(void *ctx, const struct record_gate_call *c)
{
    struct calls *calls = ctx;
    struct call  *to = &calls->at[calls->n++];

    assert_true(calls->n <= ARRAY_LEN(calls->at));
    snprintf(to->gate, sizeof to->gate, "%.*s", SLICE_ARG(c->gate));
    snprintf(to->stage, sizeof to->stage, "%.*s", SLICE_ARG(c->stage));
    to->reason = c->reason;
    to->code = c->http_code;
    to->count = c->count;
    to->at_ms = c->at_ms;
    return true;
}

static struct calls
stored(void)
{
    struct reader *r = fixture_reader(&w.dir);
    struct calls   calls = {0};
    struct err     err = {0};
    char           id[ULID_BYTES];

    fixture_id(id, 'r', 1);
    assert_int_equal(reader_gate_calls(r, id, 0, 0, note, &calls, &err), STATUS_OK);
    reader_close(r);
    return calls;
}

static uint64_t
total(const struct calls *c)
{
    uint64_t n = 0;

    for (size_t i = 0; i < c->n; i++)
        n += c->at[i].count;
    return n;
}

static void
the_first_is_stored_at_once_and_equal_ones_by_the_minute(void **state)
{
    struct calls c;
    (void)state;

    begin(true);
    tell("argo", VERDICT_HOLD, REASON_NO_TRAFFIC, 200);
    c = stored();
    assert_int_equal(c.n, 1);
    assert_string_equal(c.at[0].gate, "argo");
    assert_string_equal(c.at[0].stage, "promote");
    assert_int_equal(c.at[0].reason, REASON_NO_TRAFFIC);
    assert_int_equal(c.at[0].code, 200);
    assert_int_equal(c.at[0].count, 1);
    assert_int_equal(c.at[0].at_ms, FIXTURE_T0);

    for (int i = 0; i < 59; i++) {
        w.wall_ms += 1000;
        tell("argo", VERDICT_HOLD, REASON_NO_TRAFFIC, 200);
        gatelog_flush(g, false);
    }
    c = stored();
    assert_int_equal(total(&c), 1);
    w.wall_ms += 1000;
    gatelog_flush(g, false);
    c = stored();
    assert_int_equal(total(&c), 60); /* none is lost, none counted twice */
    gatelog_flush(g, true);
    c = stored();
    assert_int_equal(total(&c), 60);
    end();
}

static void
every_change_of_answer_is_a_row(void **state)
{
    struct calls c;
    (void)state;

    begin(true);
    tell("argo", VERDICT_HOLD, REASON_NO_TRAFFIC, 200);
    tell("argo", VERDICT_HOLD, REASON_NO_TRAFFIC, 200);
    tell("argo", VERDICT_HOLD, REASON_WARMING_UP, 200);
    w.wall_ms += 1;
    tell("argo", VERDICT_HOLD, REASON_NO_TRAFFIC, 200); /* back again */
    w.wall_ms += 1;
    tell("argo", VERDICT_HOLD, REASON_NO_TRAFFIC, 409); /* the same answer by another code */
    c = stored();
    assert_int_equal(total(&c), 5);
    assert_int_equal(c.n, 4);
    assert_int_equal(c.at[0].count, 2); /* what was counted comes before the change */
    assert_int_equal(c.at[1].reason, REASON_WARMING_UP);
    assert_int_equal(c.at[2].reason, REASON_NO_TRAFFIC);
    assert_int_equal(c.at[3].code, 409);
    end();
}

/* Each gate and each stage of a run has its own last answer. */
static void
gates_and_stages_are_kept_apart(void **state)
{
    struct calls c;
    (void)state;

    begin(true);
    for (int i = 0; i < 3; i++) {
        asked.stage = QUESTION_STEP;
        tell("argo", VERDICT_PASS, REASON_UNHARMED, 200);
        asked.stage = QUESTION_PROMOTE;
        tell("argo", VERDICT_HOLD, REASON_NOT_PROVEN, 200);
        tell("flagger/rollback", VERDICT_HOLD, REASON_NOT_PROVEN, 409);
    }
    c = stored();
    assert_int_equal(c.n, 3);
    assert_int_equal(total(&c), 3);
    gatelog_flush(g, true);
    c = stored();
    assert_int_equal(c.n, 3);
    assert_int_equal(total(&c), 9);
    assert_string_equal(c.at[0].stage, "step");
    assert_string_equal(c.at[2].gate, "flagger/rollback");
    end();
}

/* A gate that fell silent is forgotten; its next call is a first one. */
static void
a_quiet_gate_is_forgotten(void **state)
{
    struct calls c;
    (void)state;

    begin(true);
    tell("argo", VERDICT_HOLD, REASON_NO_TRAFFIC, 200);
    w.wall_ms += MINUTE;
    gatelog_flush(g, false);
    w.wall_ms += MINUTE;
    tell("argo", VERDICT_HOLD, REASON_NO_TRAFFIC, 200);
    c = stored();
    assert_int_equal(total(&c), 2); /* at once, not in a minute */
    assert_int_equal(c.n, 2);
    end();
}

/* While the history takes nothing, calls are counted, and written later. */
static void
what_a_full_queue_refuses_is_kept(void **state)
{
    struct record_run row = fixture_run(1);
    static char       numbers[200 << 10];
    struct calls      c;
    (void)state;

    begin(false);
    memset(numbers, ' ', sizeof numbers);
    row.policy_hash = SLICE_LITERAL("abc");
    row.numbers = (struct slice){numbers, sizeof numbers};
    tell("argo", VERDICT_HOLD, REASON_NO_TRAFFIC, 200);
    store_drain(w.store);
    world_close_gate(&w);
    while (store_submit(w.store, &(struct store_commit){.run = &row}, NULL, NULL) == STATUS_OK)
        continue;
    row.numbers.n = 1;
    while (store_submit(w.store, &(struct store_commit){.run = &row}, NULL, NULL) == STATUS_OK)
        continue;
    for (int i = 0; i < 10; i++) {
        tell("argo", VERDICT_HOLD, REASON_NO_TRAFFIC, 200);
        gatelog_flush(g, true);
    }
    world_open_gate(&w);
    gatelog_flush(g, true);
    store_drain(w.store);
    c = stored();
    assert_int_equal(total(&c), 11);
    end();
}

static bool
repeats(enum verdict v, double weight)
{
    struct question  q = asked;
    struct port_told t = {.question = &q,
                          .gate = "argo",
                          .verdict = v,
                          .reason = REASON_NO_TRAFFIC,
                          .http_code = 200};

    q.weight = weight;
    fixture_id(t.run, 'r', 1);
    return gatelog_repeats(g, &t);
}

/* What the loop need not hear of is counted all the same. */
static void
equal_answers_are_counted_without_the_loop(void **state)
{
    struct calls c;
    (void)state;

    begin(true);
    assert_false(repeats(VERDICT_HOLD, NAN)); /* nobody was told yet */
    asked.weight = 20;
    tell("argo", VERDICT_HOLD, REASON_NO_TRAFFIC, 200);
    for (int i = 0; i < 40; i++)
        assert_true(repeats(VERDICT_HOLD, i % 2 ? NAN : 20));
    assert_false(repeats(VERDICT_HOLD, 40));  /* the run must hear of a weight, */
    assert_false(repeats(VERDICT_FAIL, NAN)); /* and the history of another answer */
    asked.stage = QUESTION_STEP;
    assert_false(repeats(VERDICT_HOLD, NAN));
    asked.stage = QUESTION_PROMOTE;
    w.mono_ms += GATELOG_REPEAT_MS; /* the run must hear that it is still asked for */
    assert_false(repeats(VERDICT_HOLD, NAN));
    for (int i = 0; i < 10; i++) /* and a loop that is busy meanwhile hears it once */
        assert_true(repeats(VERDICT_HOLD, NAN));
    gatelog_flush(g, true);
    c = stored();
    assert_int_equal(total(&c), 51);
    end();
}

/* A disk that hangs, and more gates than are counted one by one: what the history will
 * lack is known to the call. */
static void
what_is_lost_is_counted(void **state)
{
    uint64_t told = 0;
    char     gate[40];
    (void)state;

    begin(false);
    world_close_gate(&w);
    while (gatelog_lost(g) < 50 && told < 40000) {
        snprintf(gate, sizeof gate, "gate-%05u", (unsigned)told++);
        tell(gate, VERDICT_HOLD, REASON_NO_TRAFFIC, 200);
    }
    assert_int_equal(gatelog_lost(g), 50);
    world_open_gate(&w);
    gatelog_flush(g, true); /* what is counted one by one is stored now */
    store_drain(w.store);
    assert_int_equal(gatelog_lost(g), 50);
    end();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_is_stored_at_once_and_equal_ones_by_the_minute),
        cmocka_unit_test(what_is_lost_is_counted),
        cmocka_unit_test(every_change_of_answer_is_a_row),
        cmocka_unit_test(gates_and_stages_are_kept_apart),
        cmocka_unit_test(a_quiet_gate_is_forgotten),
        cmocka_unit_test(what_a_full_queue_refuses_is_kept),
        cmocka_unit_test(equal_answers_are_counted_without_the_loop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
