#include "daemon/runcatalog.h"

#include "base/log.h"
#include "base/text.h"
#include "tests/unit/store/fixture.h"

static void
keep_line(void *ctx, struct slice line)
{
    text_put(ctx, line);
}

/* Runs whose texts find no room are missing from the series, and the log says so once. */
static void
what_finds_no_room_is_told(void **state)
{
    struct fixture_dir     d;
    struct store          *st;
    struct reader         *r;
    struct runcatalog     *c = runcatalog_new(200);
    struct runcatalog_run *runs;
    struct text            heard;
    struct err             err = {0};

    (void)state;
    fixture_dir_make(&d);
    text_init(&heard, 1 << 20);
    st = fixture_open(&d);
    for (int n = 1; n <= 20; n++)
        fixture_must(st, &(struct store_commit){.run = &(struct record_run[]){fixture_run(n)}[0]});
    r = fixture_reader(&d);
    log_set_sink(keep_line, &heard);
    assert_int_equal(runcatalog_refresh(c, r, 0, &err), STATUS_OK);
    assert_int_equal(runcatalog_refresh(c, r, 2 * RUNCATALOG_FRESH_MS, &err), STATUS_OK);
    log_set_sink(NULL, NULL);
    assert_in_range(runcatalog_runs(c, INT64_MIN / 2, INT64_MAX, 0, &runs), 1, 19);
    assert_non_null(strstr(heard.p, "event=series_left_out namespace=prod service=reviews"));
    assert_null(strstr(strstr(heard.p, "series_left_out") + 1, "series_left_out"));
    free(runs);
    reader_close(r);
    runcatalog_free(c);
    store_close(st);
    text_release(&heard);
    fixture_dir_remove(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_finds_no_room_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
