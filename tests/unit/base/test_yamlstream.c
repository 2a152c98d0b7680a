/* Several documents, anchors, aliases and merge keys: yaml_read_stream(). */
#include "base/text.h"
#include "base/yaml.h"
#include "tests/support/check.h"

/* Flow form without places: {a:1,b:[x,y]}; documents are divided by blanks. */
static void
print(struct text *t, const struct yaml_node *n)
{
    if (n->kind == YAML_SCALAR || n->kind == YAML_NULL) {
        text_put(t, n->kind == YAML_NULL ? SLICE_LITERAL("~") : n->scalar);
        return;
    }
    text_puts(t, n->kind == YAML_MAPPING ? "{" : "[");
    for (size_t i = 0; i < n->n; i++) {
        if (i)
            text_puts(t, ",");
        if (n->kind == YAML_MAPPING)
            text_printf(t, "%.*s:", SLICE_ARG(n->pairs[i].key));
        print(t, n->kind == YAML_MAPPING ? n->pairs[i].value : n->items[i]);
    }
    text_puts(t, n->kind == YAML_MAPPING ? "}" : "]");
}

static enum status
read_text(const char *body, struct text *t, struct err *err)
{
    struct arena       a = {0};
    struct yaml_node **documents;
    size_t             n;
    enum status        s;

    text_init(t, 1 << 20);
    *err = (struct err){0};
    s = yaml_read_stream(&a, "f", slice_of(body), &documents, &n, err);
    for (size_t i = 0; i < n && !s; i++) {
        if (i)
            text_puts(t, " ");
        print(t, documents[i]);
    }
    arena_release(&a);
    return s;
}

static void
streams_are_resolved(void **state)
{
    static const struct {
        const char *body, *tree;
    } cases[] = {
        {"", ""},
        {"---\n---\n# nothing\n---\n", ""},
        {"a: 1\n---\nb: 2\n...\n---\n- c\n", "{a:1} {b:2} [c]"},
        {"a: &x 1\nb: *x\n", "{a:1,b:1}"},
        {"a: &x {k: [1, 2]}\nb: *x\nc: [*x, *x]\n",
         "{a:{k:[1,2]},b:{k:[1,2]},c:[{k:[1,2]},{k:[1,2]}]}"},
        {"a: &x 1\nb: &x 2\nc: *x\n", "{a:1,b:2,c:2}"}, /* YAML 1.2.2, example 7.1 */
        {"a: &x\nb: *x\n", "{a:~,b:~}"},
        /* yaml.org/type/merge.html: what the mapping says itself counts, then the
         * first of a list. */
        {"- &b {x: 1, y: 2}\n- &c {x: 0, r: 10}\n- {<<: *b, y: 5}\n- {y: 6, <<: [*c, *b]}\n",
         "[{x:1,y:2},{x:0,r:10},{y:5,x:1},{y:6,x:0,r:10}]"},
        {"{\"<<\": 1}", "{<<:1}"},
        {"<<: {a: 1}\n", "{a:1}"},
        {"<<: []\na: 1\n", "{a:1}"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct text t;
        struct err  err;

        if (read_text(cases[i].body, &t, &err))
            fail_msg("%s: %s", cases[i].body, err.text);
        assert_string_equal(t.p, cases[i].tree);
        text_release(&t);
    }
}

static void
refusals_name_the_place(void **state)
{
    static const struct {
        const char *body, *error;
    } cases[] = {
        {"a: *x\n", "f:1:4: an alias of no anchor before it"},
        {"a: &x 1\n---\nb: *x\n",
         "f:3:4: an alias of no anchor before it"}, /* YAML 1.2.2, 3.2.2.2 */
        {"&x a: 1\n", "f:1:"},
        {"a: &x [1, *x]\n", "an alias inside of what it stands for"},
        {"a: &x\n  b: {<<: *x}\n", "an alias inside of what it stands for"},
        {"a: &x 1\n<<: *x\n", "a merge key takes a mapping"},
        {"<<: [1]\n", "a merge key takes a mapping"},
        {"<<: {a: 1}\n<<: {b: 1}\n", "a second merge key"},
        {"a: 1\na: 2\n", "f:2:1: a: duplicate key"},
        {"a: !!str 1\n", "tags are not supported"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct text t;
        struct err  err;

        assert_int_equal(read_text(cases[i].body, &t, &err), STATUS_SYNTAX);
        if (!strstr(err.text, cases[i].error))
            fail_msg("%s: got %s", cases[i].body, err.text);
        text_release(&t);
    }
}

/* n anchors, each a list of what: "%zu" is the anchor before. */
static enum status
chain(size_t n, const char *item, size_t items, struct err *err)
{
    struct text body, t;
    enum status s;

    text_init(&body, 1 << 20);
    text_puts(&body, "- &a0 [x]\n");
    for (size_t i = 1; i < n; i++) {
        text_printf(&body, "- &a%zu [", i);
        for (size_t k = 0; k < items; k++)
            text_printf(&body, "%s%s%zu", k ? ", " : "", item, i - 1);
        text_puts(&body, "]\n");
    }
    s = read_text(body.p, &t, err);
    text_release(&t);
    text_release(&body);
    return s;
}

/* Aliases count as if they were written out: 10^n nodes and n levels. */
static void
aliases_do_not_multiply(void **state)
{
    struct err err;

    (void)state;
    assert_int_equal(chain(4, "*a", 10, &err), STATUS_OK);
    assert_int_equal(chain(20, "*a", 10, &err), STATUS_LIMIT);
    assert_non_null(strstr(err.text, "more than 100000 nodes"));
    assert_int_equal(chain(60, "*a", 1, &err), STATUS_OK);
    assert_int_equal(chain(70, "*a", 1, &err), STATUS_LIMIT);
    assert_non_null(strstr(err.text, "64 levels"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(streams_are_resolved),
        cmocka_unit_test(refusals_name_the_place),
        cmocka_unit_test(aliases_do_not_multiply),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
