#include "base/yaml.h"

#include "base/text.h"
#include "tests/support/check.h"

#include <stdlib.h>
#include <unistd.h>

/* The tree on one line: kinds, positions, paths and texts. */
static void
print(struct text *t, const struct yaml_node *n)
{
    static const char *const kind[] = {"null", "scalar", "map", "list"};

    text_printf(t, "%s@%d:%d", kind[n->kind], n->line, n->column);
    if (n->kind == YAML_SCALAR)
        text_printf(t, "%s'%.*s'", n->quoted ? "q" : "", SLICE_ARG(n->scalar));
    text_printf(t, "<%s>", n->path);
    for (size_t i = 0; i < n->n; i++) {
        text_puts(t, " ");
        print(t, n->kind == YAML_MAPPING ? n->pairs[i].value : n->items[i]);
    }
}

static void
trees_have_positions_and_paths(void **state)
{
    static const struct {
        const char *body, *tree;
    } cases[] = {
        {"a: 1\nb:\n  - x\n  - {c: \"q\", d: ~}\n",
         "map@1:1<> scalar@1:4'1'<a> list@3:3<b> scalar@3:5'x'<b[0]> map@4:5<b[1]> "
         "scalar@4:9q'q'<b[1].c> null@4:17<b[1].d>"},
        {"{\"a\": {\"b\":\n [1.5e3, \"x\\u0041\"]}}",
         "map@1:1<> map@1:7<a> list@2:2<a.b> scalar@2:3'1.5e3'<a.b[0]> scalar@2:10q'xA'<a.b[1]>"},
        {"{\n\t\"a\": [1,\n\t\t2]\n}", /* JSON indented by tabs */
         "map@1:1<> list@2:7<a> scalar@2:8'1'<a[0]> scalar@3:3'2'<a[1]>"},
        {"", "null@1:1<>"},
        {"# only a comment\n", "null@1:1<>"},
        {"a:\nb: null\nc: 'null'\nd: |\n  two\n  lines\n",
         "map@1:1<> null@1:1<a> null@2:4<b> scalar@3:4q'null'<c> scalar@5:1q'two\nlines\n'<d>"},
        {"caf\xc3\xa9: x", "map@1:1<> scalar@1:7'x'<caf\xc3\xa9>"}, /* characters, not bytes */
        {"\"<<\": 1", "map@1:1<> scalar@1:7'1'<<<>"},               /* quoted, so a mere name */
        {"--- 1\n...\n", "scalar@1:5'1'<>"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena      a = {0};
        struct err        err = {0};
        struct yaml_node *root;
        struct text       t;

        if (yaml_read(&a, "f", slice_of(cases[i].body), &root, &err))
            fail_msg("%s", err.text);
        text_init(&t, 10000);
        print(&t, root);
        /* The column of an absent value is libfyaml's choice; its line is not. */
        if (i != 3 && i != 4)
            assert_string_equal(t.p, cases[i].tree);
        else
            assert_int_equal(root->kind, YAML_NULL);
        text_release(&t);
        arena_release(&a);
    }
}

static void
refusals_name_the_place(void **state)
{
    static const struct {
        const char *body, *error;
    } cases[] = {
        {"a: 1\na: 2", "f.yaml:2:1: a: duplicate key, already given on line 1"},
        {"x:\n  {\"a\": 1,\n   a: 2}", "f.yaml:3:4: x.a: duplicate key, already given on line 2"},
        {"a: &x 1\nb: *x", "f.yaml:1:7: anchors and aliases are not supported"},
        {"a: *x", "f.yaml:1:"},
        {"a: &x {b: 1}", "anchors and aliases are not supported"},
        {"a: !!str 1", "f.yaml:1:10: tags are not supported"},
        {"a: !x [1]", "tags are not supported"},
        {"<<: {a: 1}", "f.yaml:1:1: merge keys are not supported"},
        {"[a]: 1", "f.yaml:1:1: a key must be a plain or quoted text"},
        {"? [a]\n: 1", "f.yaml:1:3: a key must be a plain or quoted text"},
        {"a: 1\n---\nb: 2", "f.yaml:2:1: a second document"},
        {"a: [1\nb: 2", "f.yaml:3:1: "},
        {"a:\n\tb: 1", "f.yaml:2:1: tab character"},
        {"a: b: c", "f.yaml:1:5: "},
        {"a: \"x", "f.yaml:1:"},
        {"a: \"\\0\"", "f.yaml:1:4: a NUL character"},
        {"ok: 1\nb\xff: 1", "f.yaml:2:2: not UTF-8"},
        {"\xff\xfe"
         "a",
         "f.yaml:1:1: not UTF-8"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct arena      a = {0};
        struct err        err = {0};
        struct yaml_node *root = NULL;

        assert_int_equal(yaml_read(&a, "f.yaml", slice_of(cases[i].body), &root, &err),
                         STATUS_SYNTAX);
        assert_null(root);
        if (!strstr(err.text, cases[i].error))
            fail_msg("%s: got %s", cases[i].body, err.text);
        arena_release(&a);
    }
}

static enum status
read_repeated(const char *head, const char *unit, size_t times, const char *tail, struct err *err)
{
    struct arena      a = {0};
    struct text       t;
    struct yaml_node *root;
    enum status       s;

    text_init(&t, 8 << 20);
    text_puts(&t, head);
    for (size_t i = 0; i < times; i++)
        text_puts(&t, unit);
    text_puts(&t, tail);
    assert_int_equal(t.status, STATUS_OK);
    *err = (struct err){0};
    s = yaml_read(&a, "f", text_slice(&t), &root, err);
    text_release(&t);
    arena_release(&a);
    return s;
}

static void
limits_hold(void **state)
{
    static const struct {
        const char *head, *unit;
        size_t      times;
        const char *tail;
        enum status s;
        const char *error;
    } cases[] = {
        {"", "- ", 64, "x", STATUS_OK, ""},
        {"", "- ", 65, "x", STATUS_LIMIT, "f:1:129: nested more than 64 levels deep"},
        {"", "[", 65, "", STATUS_LIMIT, "nested more than 64 levels deep"},
        {"", "{a: ", 65, "", STATUS_LIMIT, "nested more than 64 levels deep"},
        {"", "- x\n", 99999, "", STATUS_OK, ""},
        {"", "- x\n", 100000, "", STATUS_LIMIT, "f:100000:3: more than 100000 nodes"},
        {"", "#234567\n", 131072, "", STATUS_OK, ""},
        {"", "#234567\n", 131072, "#", STATUS_TOO_LARGE, "f: larger than 1048576 bytes"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err  err;
        enum status s =
            read_repeated(cases[i].head, cases[i].unit, cases[i].times, cases[i].tail, &err);

        if (s != cases[i].s || !strstr(err.text, cases[i].error))
            fail_msg("case %zu: %s", i, err.text);
    }
}

/* A path is bounded, so that long keys over many nodes do not multiply. */
static void
paths_stay_short(void **state)
{
    struct arena            a = {0};
    struct err              err = {0};
    struct text             t;
    struct yaml_node       *root;
    const struct yaml_node *n;

    (void)state;
    text_init(&t, 1 << 20);
    for (int depth = 0; depth < 60; depth++)
        text_printf(&t, "{a%0100d: ", depth);
    text_puts(&t, "x");
    for (int depth = 0; depth < 60; depth++)
        text_puts(&t, "}");
    assert_int_equal(yaml_read(&a, "f", text_slice(&t), &root, &err), STATUS_OK);
    for (n = root; n->kind == YAML_MAPPING; n = n->pairs[0].value)
        assert_true(strlen(n->path) < 400);
    assert_true(slice_is(n->scalar, "x"));
    text_release(&t);
    arena_release(&a);
}

static void
errors_about_nodes(void **state)
{
    struct arena      a = {0};
    struct err        err = {0};
    struct yaml_node *root, *port;

    (void)state;
    assert_int_equal(
        yaml_read(&a, "v.yaml", SLICE_LITERAL("services:\n  - port: x\n"), &root, &err), STATUS_OK);
    port = yaml_get(yaml_get(root, "services")->items[0], "port");
    assert_int_equal(yaml_error(port, &err, STATUS_RANGE, "want %d to %d, not '%.*s'", 1, 65535,
                                SLICE_ARG(port->scalar)),
                     STATUS_RANGE);
    assert_string_equal(err.text, "v.yaml:2:11: services[0].port: want 1 to 65535, not 'x'");
    err = (struct err){0};
    assert_int_equal(yaml_error(root, &err, STATUS_SYNTAX, "empty"), STATUS_SYNTAX);
    assert_string_equal(err.text, "v.yaml:1:1: empty");
    assert_null(yaml_get(root, "nothing"));
    assert_null(yaml_get(port, "x"));
    assert_null(yaml_get(NULL, "x"));
    arena_release(&a);
}

static void
files(void **state)
{
    char              name[] = "test_yaml_XXXXXX";
    int               fd = mkstemp(name);
    struct arena      a = {0};
    struct err        err = {0};
    struct yaml_node *root;
    char              want[100];

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "a: {b: c}\n", 10), 10);
    assert_int_equal(yaml_read_file(&a, name, &root, &err), STATUS_OK);
    assert_true(slice_is(yaml_get(yaml_get(root, "a"), "b")->scalar, "c"));
    assert_string_equal(root->file, name);
    assert_int_equal(ftruncate(fd, (1 << 20) + 1), 0);
    assert_int_equal(yaml_read_file(&a, name, &root, &err), STATUS_TOO_LARGE);
    close(fd);
    unlink(name);
    err = (struct err){0};
    assert_int_equal(yaml_read_file(&a, name, &root, &err), STATUS_IO);
    snprintf(want, sizeof want, "%s: cannot open: No such file or directory", name);
    assert_string_equal(err.text, want);
    err = (struct err){0};
    assert_int_equal(yaml_read_file(&a, "/", &root, &err), STATUS_IO);
    assert_string_equal(err.text, "/: cannot read: Is a directory");
    arena_release(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_have_positions_and_paths),
        cmocka_unit_test(refusals_name_the_place),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(paths_stay_short),
        cmocka_unit_test(errors_about_nodes),
        cmocka_unit_test(files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
