#include "base/pack.h"
#include "store/readerseries.h"
#include "fixture.h"

/* What reads of the history's series gave. */
struct seen {
    int64_t at_ms[16], run[16], rows[16];
    char    text[16][32];
    int     n;
};

static bool
on_point(void *ctx, const struct readerseries_point *p)
{
    struct seen *s = ctx;

    snprintf(s->text[s->n], sizeof s->text[0], "%.*s", SLICE_ARG(p->row));
    s->at_ms[s->n++] = p->at_ms;
    return true;
}

static bool
on_run(void *ctx, const struct readerseries_run *r)
{
    struct seen *s = ctx;

    snprintf(s->text[s->n], sizeof s->text[0], "%.*s/%.*s/%.*s %d", SLICE_ARG(r->ns),
             SLICE_ARG(r->service), SLICE_ARG(r->canary), (int)(r->ended_ms - r->started_ms));
    s->rows[s->n++] = r->row;
    return true;
}

static bool
on_label(void *ctx, int64_t row, struct slice text)
{
    struct seen *s = ctx;

    snprintf(s->text[s->n], sizeof s->text[0], "%.*s", SLICE_ARG(text));
    s->rows[s->n++] = row;
    return true;
}

static bool
on_act(void *ctx, const struct readerseries_act *a)
{
    struct seen *s = ctx;

    snprintf(s->text[s->n], sizeof s->text[0], "%.*s", SLICE_ARG(a->action));
    s->run[s->n] = a->run;
    s->rows[s->n] = a->row;
    s->at_ms[s->n++] = a->at_ms;
    return true;
}

struct bed {
    struct fixture_dir dir;
    struct store      *st;
    struct reader     *r;
};

static int
set_up(void **state)
{
    struct bed       *b = calloc(1, sizeof *b);
    struct record_run run = fixture_run(0);

    if (!b)
        return -1;
    fixture_dir_make(&b->dir);
    b->st = fixture_open(&b->dir);
    fixture_must(b->st, &(struct store_commit){.run = &run});
    b->r = fixture_reader(&b->dir);
    *state = b;
    return 0;
}

static int
tear_down(void **state)
{
    struct bed *b = *state;

    reader_close(b->r);
    store_close(b->st);
    fixture_dir_remove(&b->dir);
    free(b);
    return 0;
}

static void
put_point(struct bed *b, int64_t at_ms, int level, const char *row, const char *label)
{
    struct record_point p = {.at_ms = at_ms, .level = level, .row = slice_of(row)};
    struct text         labels;

    text_init(&labels, 1024);
    if (label)
        pack_slice(&labels, slice_of(label));
    p.labels = text_slice(&labels);
    fixture_id(p.run, 'r', 0);
    fixture_must(b->st, &(struct store_commit){.point = &p});
    text_release(&labels);
}

static void
levels_leave_points_out(void **state)
{
    static const struct {
        int     level;
        int64_t from_ms, to_ms;
        int     n;
        int64_t first_ms;
    } cases[] = {
        {0, 0, 1000, 4, 100},  {1, 0, 1000, 3, 100}, {2, 0, 1000, 2, 100}, {2, 101, 1000, 1, 400},
        {0, 200, 300, 2, 200}, {0, 401, 1000, 0, 0}, {3, 0, 1000, 2, 100},
    };
    struct bed *b = *state;
    struct seen all = {0};
    char        id[ULID_BYTES];

    put_point(b, 100, 2, "a", NULL);
    put_point(b, 200, 0, "b", NULL);
    put_point(b, 300, 1, "c", NULL);
    put_point(b, 400, 2, "d", NULL);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct seen s = {0};

        assert_int_equal(readerseries_points(b->r, 1, cases[i].from_ms, cases[i].to_ms,
                                             cases[i].level, on_point, &s, NULL),
                         STATUS_OK);
        assert_int_equal(s.n, cases[i].n);
        assert_int_equal(s.at_ms[0], cases[i].first_ms);
    }
    fixture_id(id, 'r', 0);
    assert_int_equal(readerseries_points_of(b->r, id, on_point, &all, NULL), STATUS_OK);
    assert_int_equal(all.n, 4);
    assert_int_equal(all.at_ms[0], 100);
    fixture_id(id, 'r', 9999);
    all.n = 0;
    assert_int_equal(readerseries_points_of(b->r, id, on_point, &all, NULL), STATUS_OK);
    assert_int_equal(all.n, 0);
    assert_int_equal(readerseries_points_of(b->r, "x", on_point, &all, NULL), STATUS_SYNTAX);
}

/* A clock that was set back is no reason to lose a run's unit. */
static void
a_second_point_of_one_time_replaces_the_first(void **state)
{
    struct bed *b = *state;
    struct seen s = {0};

    put_point(b, 100, 2, "a", NULL);
    put_point(b, 100, 0, "b", NULL);
    assert_int_equal(readerseries_points(b->r, 1, 0, 1000, 2, on_point, &s, NULL), STATUS_OK);
    assert_int_equal(s.n, 1);
    assert_string_equal(s.text[0], "b");
}

static void
a_point_needs_its_run(void **state)
{
    struct bed         *b = *state;
    struct record_point p = {.at_ms = 1, .row = SLICE_LITERAL("x")};
    struct err          err = {0};

    fixture_id(p.run, 'r', 77);
    assert_int_equal(fixture_put(b->st, &(struct store_commit){.point = &p}, &err),
                     STATUS_NOT_FOUND);
    fixture_id(p.run, 'r', 0);
    p.labels = SLICE_LITERAL("\x02\xff\xff"); /* a text that is no UTF-8 */
    assert_int_equal(fixture_put(b->st, &(struct store_commit){.point = &p}, &err), STATUS_RANGE);
    p.labels = SLICE_LITERAL("\x09v2"); /* longer than it is */
    assert_int_equal(fixture_put(b->st, &(struct store_commit){.point = &p}, &err), STATUS_RANGE);
}

static void
labels_are_kept_once(void **state)
{
    struct bed *b = *state;
    struct seen s = {0};

    put_point(b, 100, 2, "a", "v1");
    put_point(b, 200, 2, "a", "v2");
    put_point(b, 300, 2, "a", "v1");
    assert_int_equal(readerseries_labels(b->r, 0, on_label, &s, NULL), STATUS_OK);
    assert_int_equal(s.n, 2);
    assert_string_equal(s.text[1], "v2");
    assert_int_equal(readerseries_labels(b->r, s.rows[1], on_label, &s, NULL), STATUS_OK);
    assert_int_equal(s.n, 2); /* nothing new */
}

static void
runs_and_acts_come_by_their_rows(void **state)
{
    struct bed       *b = *state;
    struct seen       s = {0};
    struct record_run run = fixture_run(5);
    struct record_act act = {.at_ms = 7,
                             .action = SLICE_LITERAL("veto"),
                             .by = SLICE_LITERAL("ann"),
                             .via = SLICE_LITERAL("api")};
    int64_t           first = -1;

    run.state = RECORD_ENDED;
    run.ended_ms = run.started_ms + 60;
    memcpy(act.run, run.id, ULID_BYTES);
    fixture_must(b->st, &(struct store_commit){.run = &run, .act = &act});
    assert_int_equal(readerseries_runs(b->r, 0, on_run, &s, NULL), STATUS_OK);
    assert_int_equal(s.n, 2);
    assert_string_equal(s.text[1], "prod/reviews/v2 60");
    s.n = 0;
    assert_int_equal(readerseries_runs(b->r, s.rows[0], on_run, &s, NULL), STATUS_OK);
    assert_int_equal(s.n, 1);
    assert_int_equal(readerseries_run(b->r, 2, on_run, &s, NULL), STATUS_OK);
    assert_int_equal(readerseries_run(b->r, 99, on_run, &s, NULL), STATUS_OK);
    assert_int_equal(s.n, 2);
    assert_int_equal(readerseries_first_run(b->r, &first, NULL), STATUS_OK);
    assert_int_equal(first, 1);
    s.n = 0;
    assert_int_equal(readerseries_acts(b->r, 0, on_act, &s, NULL), STATUS_OK);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.run[0], 2);
    assert_string_equal(s.text[0], "veto");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(levels_leave_points_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_second_point_of_one_time_replaces_the_first, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_point_needs_its_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(labels_are_kept_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(runs_and_acts_come_by_their_rows, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
