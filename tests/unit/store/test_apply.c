#include "store/apply.h"

#include "tests/unit/store/fixture.h"

/* Logarithms that no short decimal holds. */
static struct record_placebo
placebo(int n, const char *pod)
{
    return (struct record_placebo){
        .service = SLICE_LITERAL("reviews"),
        .ns = SLICE_LITERAL("prod"),
        .plan = SLICE_LITERAL("0123456789abcdef"),
        .pod = slice_of(pod),
        .window = {.start_ms = FIXTURE_T0 + 1800000 * (n - 1),
                   .end_ms = FIXTURE_T0 + 1800000 * n,
                   .requests = 900,
                   .all_requests = 4500,
                   .pods = 5,
                   .placebo_pods = 1,
                   .rolled_back = n == 2,
                   .log_w = {1. / 3, 0x1.fffffffffffffp-3, 0, 700.1}},
    };
}

static struct store *
open_with_service(const struct fixture_dir *d)
{
    struct store_service s = {SLICE_LITERAL("prod"), SLICE_LITERAL("reviews"),
                              SLICE_LITERAL("istio"), SLICE_LITERAL("revision"),
                              SLICE_LITERAL("mesh")};
    struct store        *st = fixture_open(d);

    fixture_must(st, &(struct store_commit){.service = &s});
    return st;
}

struct seen {
    int                       n;
    struct calibration_window last;
    char                      pods[64];
};

static bool
see(void *ctx, const struct record_placebo *p)
{
    struct seen *s = ctx;

    fixture_equal(p->plan, SLICE_LITERAL("0123456789abcdef"));
    snprintf(s->pods + strlen(s->pods), sizeof s->pods - strlen(s->pods), "%.*s ",
             SLICE_ARG(p->pod));
    s->last = p->window;
    s->n++;
    return s->n < 4;
}

static struct seen
read_from(const struct fixture_dir *d, int64_t from_ms)
{
    struct reader *r = fixture_reader(d);
    struct seen    s = {0};
    struct err     err = {0};

    if (reader_placebos(r, SLICE_LITERAL("prod"), SLICE_LITERAL("reviews"), from_ms, see, &s, &err))
        fail_msg("%s", err.text);
    reader_close(r);
    return s;
}

static void
test_placebos_come_back_bit_for_bit(void **state)
{
    struct fixture_dir    d;
    struct store         *st;
    struct seen           s;
    struct record_placebo p;

    (void)state;
    fixture_dir_make(&d);
    st = open_with_service(&d);
    for (int n = 1; n <= 2; n++) {
        p = placebo(n, "b");
        fixture_must(st, &(struct store_commit){.placebo = &p});
        p = placebo(n, "a");
        fixture_must(st, &(struct store_commit){.placebo = &p});
    }
    s = read_from(&d, 0);
    assert_string_equal(s.pods, "a b a b ");
    p = placebo(2, "b");
    assert_memory_equal(s.last.log_w, p.window.log_w, sizeof s.last.log_w);
    assert_true(s.last.rolled_back);
    assert_int_equal(s.last.start_ms, p.window.start_ms);
    assert_int_equal(s.last.end_ms, p.window.end_ms);
    assert_int_equal(s.last.requests, 900);
    assert_int_equal(s.last.all_requests, 4500);
    assert_int_equal(s.last.pods, 5);
    assert_int_equal(s.last.placebo_pods, 1);
    assert_int_equal(read_from(&d, p.window.end_ms).n, 2);
    assert_int_equal(read_from(&d, p.window.end_ms + 1).n, 0);
    store_close(st);
    fixture_dir_remove(&d);
}

static void
test_placebos_that_are_refused(void **state)
{
    struct fixture_dir    d;
    struct store         *st;
    struct record_placebo p = placebo(1, "a");
    struct store_commit   c = {.placebo = &p};
    struct err            err = {0};

    (void)state;
    fixture_dir_make(&d);
    st = open_with_service(&d);
    fixture_must(st, &c);
    assert_int_equal(fixture_put(st, &c, &err), STATUS_CONFLICT);
    assert_non_null(strstr(err.text, "placebo a has a window"));
    p = placebo(2, "a");
    p.window.log_w[2] = (double)NAN;
    assert_int_equal(fixture_put(st, &c, &err), STATUS_RANGE);
    p = placebo(2, "a");
    p.service = SLICE_LITERAL("nobody");
    assert_int_equal(fixture_put(st, &c, &err), STATUS_NOT_FOUND);
    assert_int_equal(read_from(&d, 0).n, 1);
    store_close(st);
    fixture_dir_remove(&d);
}

static void
test_old_placebos_go(void **state)
{
    enum { TWO_WEEKS = 14 * 48 }; /* in half hours */
    struct fixture_dir    d;
    struct store         *st;
    struct record_placebo p;

    (void)state;
    fixture_dir_make(&d);
    st = open_with_service(&d);
    for (int n = 1; n <= 2; n++) {
        p = placebo(n, "a");
        fixture_must(st, &(struct store_commit){.placebo = &p});
    }
    p = placebo(TWO_WEEKS + 1, "a");
    fixture_must(st, &(struct store_commit){.placebo = &p});
    assert_int_equal(read_from(&d, 0).n, 3);
    p = placebo(TWO_WEEKS + 2, "a");
    fixture_must(st, &(struct store_commit){.placebo = &p});
    assert_int_equal(read_from(&d, 0).n, 3);
    store_close(st);
    fixture_dir_remove(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_placebos_come_back_bit_for_bit),
        cmocka_unit_test(test_placebos_that_are_refused),
        cmocka_unit_test(test_old_placebos_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
