#include "tests/support/check.h"

#include "daemon/querytable.h"

#include <string.h>

#define SUCCESS(more, data) "{\"status\":\"success\"" more ",\"data\":" data "}"

static const struct {
    const char *reply, *table, *json;
} cases[] = {
    {SUCCESS("",
             "{\"resultType\":\"vector\",\"result\":["
             "{\"metric\":{\"b\":\"1\",\"a\":\"é\",\"__name__\":\"up\"},\"value\":[1.5,\"0.25\"]},"
             "{\"metric\":{\"a\":\"long\\u001b[31m\"},\"value\":[1,\"NaN\"]}]}"),
     "__name__  a          b  VALUE\n"
     "up        é          1  0.25\n"
     "          long?[31m     NaN\n",
     "{\"resultType\":\"vector\",\"result\":["
     "{\"metric\":{\"b\":\"1\",\"a\":\"é\",\"__name__\":\"up\"},\"value\":[1.5,\"0.25\"]},"
     "{\"metric\":{\"a\":\"long\\u001b[31m\"},\"value\":[1,\"NaN\"]}]}\n"},
    {SUCCESS("", "{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\"a\":\"x\"},\"values\":"
                 "[[0,\"1\"],[1.25,\"+Inf\"]]}]}"),
     "a  TIME                      VALUE\n"
     "x  1970-01-01T00:00:00.000Z  1\n"
     "x  1970-01-01T00:00:01.250Z  +Inf\n",
     "{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\"a\":\"x\"},\"values\":"
     "[[0,\"1\"],[1.25,\"+Inf\"]]}]}\n"},
    {SUCCESS(",\"warnings\":[\"w\"]", "{\"resultType\":\"scalar\",\"result\":[2,\"1e+21\"]}"),
     "1e+21\n", "{\"resultType\":\"scalar\",\"result\":[2,\"1e+21\"],\"warnings\":[\"w\"]}\n"},
    {SUCCESS("", "{\"resultType\":\"string\",\"result\":[2,\"x\\ny\"]}"), "x?y\n",
     "{\"resultType\":\"string\",\"result\":[2,\"x\\ny\"]}\n"},
    {SUCCESS("", "{\"resultType\":\"vector\",\"result\":[]}"), "no series\n",
     "{\"resultType\":\"vector\",\"result\":[]}\n"},
};

static void
each_kind_of_result(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena     a = {0};
        struct promreply r;
        struct err       err = {0};
        struct text      table, json;

        text_init(&table, 1 << 20);
        text_init(&json, 1 << 20);
        assert_int_equal(promreply_parse(&a, slice_of(cases[i].reply), NULL, &r, &err), STATUS_OK);
        assert_int_equal(querytable_print(&r, &table, &err), STATUS_OK);
        querytable_json(&r, &json);
        assert_string_equal(table.p, cases[i].table);
        assert_string_equal(json.p, cases[i].json);
        text_release(&table);
        text_release(&json);
        arena_release(&a);
    }
}

static void
too_many_labels_for_a_table(void **state)
{
    static struct promreply_label labels[QUERYTABLE_MAX_LABELS + 1];
    static char                   names[QUERYTABLE_MAX_LABELS + 1][8];
    const struct promreply_point  point = {0, 1};
    const struct promreply_series series = {labels, ARRAY_LEN(labels), &point, 1};
    const struct promreply        r = {.series = &series, .n_series = 1};
    struct text                   out;
    struct err                    err = {0};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
        snprintf(names[i], sizeof names[i], "l%zu", i);
        labels[i].name = slice_of(names[i]);
    }
    text_init(&out, 1 << 20);
    assert_int_equal(querytable_print(&r, &out, &err), STATUS_LIMIT);
    text_release(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_result),
        cmocka_unit_test(too_many_labels_for_a_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
