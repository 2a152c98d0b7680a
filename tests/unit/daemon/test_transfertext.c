#include "daemon/transfertext.h"

#include "analyzer/interval.h"
#include "base/log.h"
#include "tests/support/typicalinterval.h"
#include "tests/unit/store/fixture.h"

#include <math.h>

enum { OUT_BYTES = 8 << 20 };

/* What the rollout's controller did with the run. */
static void
fill_course(struct store *st, const char *run, int n)
{
    struct record_step  step = {.since_ms = FIXTURE_T0,
                                .until_ms = n == 1 ? 0 : FIXTURE_T0 + n,
                                .weight = n == 2 ? NAN : 12.5 * n,
                                .canary_requests = 10,
                                .stable_requests = (uint64_t)(90 * n),
                                .verdict = VERDICT_HOLD,
                                .reason = REASON_WARMING_UP};
    struct record_event event = {.at_ms = FIXTURE_T0 + n,
                                 .door = SLICE_LITERAL("argo"),
                                 .what = SLICE_LITERAL("rollout-step-completed"),
                                 .step = n - 2,
                                 .weight = n == 3 ? NAN : 5,
                                 .image = SLICE_LITERAL("r/reviews:2"),
                                 .message = SLICE_LITERAL("one, \"two\"\n")};

    memcpy(step.run, run, ULID_BYTES);
    memcpy(event.run, run, ULID_BYTES);
    fixture_must(st, &(struct store_commit){.step = &step, .event = &event});
}

/* A history with a bit of everything; all its runs have ended. */
static void
fill(const struct fixture_dir *d)
{
    static struct interval counts;
    struct prng            r = {3};
    struct store          *st = fixture_open(d);

    for (int n = 1; n <= 5; n++) {
        struct record_run       run = fixture_run(n);
        struct record_verdict   v = fixture_verdict(n, n);
        struct record_gate_call call = {.at_ms = FIXTURE_T0 + n,
                                        .gate = SLICE_LITERAL("flagger/rollback"),
                                        .http_code = 409,
                                        .verdict = VERDICT_HOLD,
                                        .reason = REASON_NO_TRAFFIC,
                                        .count = 7};
        struct record_act       act = {.at_ms = FIXTURE_T0 + n,
                                       .action = SLICE_LITERAL("veto"),
                                       .by = SLICE_LITERAL("anna, \"the second\""),
                                       .why = SLICE_LITERAL("line one\nline two, \"quoted\"\r\n"),
                                       .via = SLICE_LITERAL("api")};
        struct record_point     p = {.at_ms = FIXTURE_T0 + n, .row = SLICE_LITERAL("\0\x01\xff")};
        struct record_interval  in = fixture_interval(n, n);
        struct record_placebo   placebo = {.service = SLICE_LITERAL("reviews"),
                                           .ns = SLICE_LITERAL("prod"),
                                           .plan = SLICE_LITERAL("p"),
                                           .pod = SLICE_LITERAL("reviews-1"),
                                           .window = {.start_ms = FIXTURE_T0 + n,
                                                      .end_ms = FIXTURE_T0 + n + 60000,
                                                      .placebo_pods = 1,
                                                      .pods = 4,
                                                      .requests = 10,
                                                      .all_requests = 40}};
        struct text             row;

        run.state = RECORD_ENDED;
        run.ended_ms = FIXTURE_T0 + 60000;
        run.end_cause = SLICE_LITERAL("completed");
        run.policy_hash = SLICE_LITERAL("abc");
        run.policy_text = SLICE_LITERAL("warm_up=60s\nb=1\n");
        run.numbers = SLICE_LITERAL("{\"a\":[1,2]}");
        run.state_blob = SLICE_LITERAL("\0state");
        typicalinterval_make(&r, &counts);
        text_init(&row, 4096);
        interval_pack(&counts, &row);
        in.row = text_slice(&row);
        memcpy(call.run, run.id, ULID_BYTES);
        memcpy(act.run, run.id, ULID_BYTES);
        memcpy(p.run, run.id, ULID_BYTES);
        placebo.window.log_w[0] = 0.1 * n; /* whose 17 digits must come back */
        fixture_must(st, &(struct store_commit){.run = &run,
                                                .interval = &in,
                                                .verdict = &v,
                                                .gate_call = &call,
                                                .act = &act,
                                                .point = &p,
                                                .placebo = &placebo});
        text_release(&row);
        fill_course(st, run.id, n);
    }
    store_close(st);
}

struct out {
    struct text text;
    bool        csv;
    int         rows;
};

static bool
put(void *ctx, enum transfer_kind k, const struct transfer_field *fields, size_t n)
{
    struct out *o = ctx;

    if (o->csv)
        transfertext_csv(&o->text, fields, n);
    else
        transfertext_json(&o->text, k, fields, n);
    o->rows++;
    return true;
}

/* The header, or nothing, then all rows of a kind behind what there is. */
static void
export_kind(const struct fixture_dir *d, enum transfer_kind k, struct out *o)
{
    struct transfer_filter f = {0};
    struct err             err = {0};
    char                   keys[TRANSFER_MAX_FIELDS][32];
    size_t                 n;

    if (o->csv) {
        assert_int_equal(transfer_keys(d->path, k, keys, &n, &err), STATUS_OK);
        for (size_t i = 0; i < n; i++)
            text_printf(&o->text, "%s%s", i ? "," : "", keys[i]);
        text_puts(&o->text, "\r\n");
    }
    if (transfer_export(d->path, k, &f, put, o, &err))
        fail_msg("%s: %s", transfer_text(k), err.text);
}

/* What came of a text: how many rows were news. */
static enum status
import_text(const struct fixture_dir *d, struct slice text, bool csv, enum transfer_kind k,
            int *news, struct err *err)
{
    struct transfertext_row    *row = calloc(1, sizeof *row);
    FILE                       *in = fmemopen((void *)(uintptr_t)text.p, text.n ? text.n : 1, "r");
    struct transfertext_reader *r = transfertext_open(in, csv, k);
    struct transfer_import     *t = NULL;
    enum status                 s = transfer_import_open(d->path, &t, err);
    char                        log[128];

    *news = 0;
    while (!s && !(s = transfertext_next(r, row, err))) {
        bool is_news;

        s = transfer_import_row(t, row->kind, row->fields, row->n, &is_news, err);
        *news += !s && is_news;
    }
    assert_int_equal(transfer_import_close(t, NULL), STATUS_OK);
    fixture_file(d, "verdictd.db-wal", log);
    assert_int_equal(access(log, F_OK), -1); /* the last connection folds it in when it closes */
    transfertext_close(r);
    (void)fclose(in);
    free(row);
    return s == STATUS_NO_DATA ? STATUS_OK : s;
}

static void
export_all(const struct fixture_dir *d, struct out *o)
{
    text_clear(&o->text);
    for (int k = 0; k < TRANSFER_KINDS; k++)
        export_kind(d, (enum transfer_kind)k, o);
}

static void
test_json_comes_back_the_same(void **state)
{
    struct fixture_dir a, b;
    struct out         first = {0}, second = {0};
    struct err         err = {0};
    int                news;

    (void)state;
    fixture_dir_make(&a);
    fixture_dir_make(&b);
    text_init(&first.text, OUT_BYTES);
    text_init(&second.text, OUT_BYTES);
    fill(&a);
    export_all(&a, &first);
    assert_true(first.rows > 9 * 5);
    if (import_text(&b, text_slice(&first.text), false, TRANSFER_RUN, &news, &err))
        fail_msg("%s", err.text);
    assert_int_equal(news, first.rows);
    export_all(&b, &second);
    assert_string_equal(second.text.p, first.text.p);
    /* Twice is once. */
    assert_int_equal(import_text(&b, text_slice(&first.text), false, TRANSFER_RUN, &news, &err),
                     STATUS_OK);
    assert_int_equal(news, 0);
    export_all(&b, &second);
    assert_string_equal(second.text.p, first.text.p);
    text_release(&first.text);
    text_release(&second.text);
    fixture_dir_remove(&a);
    fixture_dir_remove(&b);
}

/* Kind by kind, as a file has one. */
static void
test_csv_comes_back_the_same(void **state)
{
    struct fixture_dir a, b;
    struct out         all = {0}, again = {0};

    (void)state;
    fixture_dir_make(&a);
    fixture_dir_make(&b);
    text_init(&all.text, OUT_BYTES);
    text_init(&again.text, OUT_BYTES);
    fill(&a);
    for (int k = 0; k < TRANSFER_KINDS; k++) {
        struct out one = {.csv = true};
        struct err err = {0};
        int        news;

        text_init(&one.text, OUT_BYTES);
        export_kind(&a, (enum transfer_kind)k, &one);
        if (import_text(&b, text_slice(&one.text), true, (enum transfer_kind)k, &news, &err))
            fail_msg("%s: %s", transfer_text((enum transfer_kind)k), err.text);
        assert_int_equal(news, one.rows);
        text_release(&one.text);
    }
    export_all(&a, &all);
    export_all(&b, &again);
    assert_string_equal(again.text.p, all.text.p);
    text_release(&all.text);
    text_release(&again.text);
    fixture_dir_remove(&a);
    fixture_dir_remove(&b);
}

#define RUN "01HF7YAT01E9S74WKJE9S74WKJ"

static void
test_what_is_refused(void **state)
{
    static const struct {
        bool               csv;
        enum transfer_kind kind;
        const char        *text, *says;
        enum status        status;
    } cases[] = {
        {false, 0, "nonsense\n", "line 1", STATUS_SYNTAX},
        {false, 0, "\n\n{\"kind\":\"label\"\n", "line 3", STATUS_SYNTAX},
        {false, 0, "[1]\n", "no object with a kind", STATUS_SYNTAX},
        {false, 0, "{\"kind\":\"secret\"}\n", "no object with a kind", STATUS_SYNTAX},
        {false, 0, "{\"kind\":\"label\",\"text\":true}\n", "text: neither a text", STATUS_SYNTAX},
        {false, 0, "{\"kind\":\"label\",\"txt\":\"a\"}\n", "no key txt", STATUS_RANGE},
        {false, 0, "{\"kind\":\"label\"}\n", "label", STATUS_RANGE},
        {false, 0, "{\"kind\":\"act\",\"run\":\"no id\"}\n", "not an id", STATUS_RANGE},
        {false, 0,
         "{\"kind\":\"act\",\"run\":\"" RUN "\",\"at_ms\":1,\"action\":\"veto\",\"actor\":\"a\","
         "\"why\":\"b\",\"via\":\"api\"}\n",
         "its run is neither", STATUS_NOT_FOUND},
        {false, 0, "{\"kind\":\"interval\",\"run\":\"" RUN "\",\"counts_base64\":\"!!!!\"}\n",
         "no base64", STATUS_SYNTAX},
        {false, 0, "{\"kind\":\"interval\",\"run\":\"" RUN "\",\"counts_base64\":\"AAAA\"}\n",
         "not a stored interval", STATUS_RANGE},
        {false, 0, "{\"kind\":\"run\",\"started_ms\":-9223372036854775808}\n", "started_ms",
         STATUS_RANGE},
        {false, 0, "{\"kind\":\"run\",\"ended_ms\":281474976710656}\n", "ended_ms", STATUS_RANGE},
        {false, 0, "{\"kind\":\"run\",\"ended_ms\":1e17}\n", "ended_ms", STATUS_RANGE},
        {false, 0, "{\"kind\":\"step\",\"stable_requests\":-1}\n", "stable_requests", STATUS_RANGE},
        {true, TRANSFER_PLACEBO, "pods\r\n-1\r\n", "pods", STATUS_RANGE},
        {true, TRANSFER_RUN, "started_ms\r\n1e17\r\n", "started_ms", STATUS_RANGE},
        {true, TRANSFER_LABEL, "text\r\n\"a\",\"b\"\r\n", "2 fields", STATUS_SYNTAX},
        {true, TRANSFER_LABEL, "text\r\n\"a\r\n", "does not end", STATUS_SYNTAX},
        {true, TRANSFER_LABEL, "text\r\n\"a\"b\r\n", "behind a quote", STATUS_SYNTAX},
        {true, TRANSFER_LABEL, "\r\n", "no header", STATUS_SYNTAX},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct fixture_dir d;
        struct err         err = {0};
        int                news;
        enum status        s;

        fixture_dir_make(&d);
        s = import_text(&d, slice_of(cases[i].text), cases[i].csv, cases[i].kind, &news, &err);
        if (s != cases[i].status || !strstr(err.text, cases[i].says))
            fail_msg("%s: %s: %s", cases[i].text, status_text(s), err.text);
        fixture_dir_remove(&d);
    }
}

/* One that lives elsewhere does not come alive here. */
static void
test_a_live_run_has_ended_when_it_arrives(void **state)
{
    struct fixture_dir a, b;
    struct record_run  run = fixture_run(1);
    struct out         o = {0};
    struct err         err = {0};
    struct store      *st;
    int                news;

    (void)state;
    fixture_dir_make(&a);
    fixture_dir_make(&b);
    text_init(&o.text, OUT_BYTES);
    st = fixture_open(&a);
    fixture_must(st, &(struct store_commit){.run = &run});
    export_all(&a, &o); /* beside the daemon */
    store_close(st);
    assert_non_null(strstr(o.text.p, "\"state\":\"live\""));
    assert_int_equal(import_text(&b, text_slice(&o.text), false, TRANSFER_RUN, &news, &err),
                     STATUS_OK);
    export_all(&b, &o);
    assert_null(strstr(o.text.p, "\"state\":\"live\""));
    assert_non_null(strstr(o.text.p, "\"end_cause\":\"imported\""));
    text_release(&o.text);
    fixture_dir_remove(&a);
    fixture_dir_remove(&b);
}

static int
quiet(void **state)
{
    (void)state;
    log_set_level(LOG_LEVEL_ERROR);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_comes_back_the_same),
        cmocka_unit_test(test_csv_comes_back_the_same),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_a_live_run_has_ended_when_it_arrives),
    };

    return cmocka_run_group_tests(tests, quiet, NULL);
}
