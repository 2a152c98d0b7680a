#include "tests/support/check.h"

#include "promql/selector.h"
#include "tests/support/prng.h"

#include <stdlib.h>
#include <string.h>

static struct text
selector(const char *metric, const struct selector_matcher *m, size_t n, enum status want)
{
    struct text to;
    struct err  err = {0};

    text_init(&to, 1 << 20);
    assert_int_equal(selector_write(&to, slice_of(metric), m, n, &err), want);
    assert_int_equal(err.status, want);
    return to;
}

static void
each_operator(void **state)
{
    const struct slice            two[] = {SLICE_LITERAL("a.b"), SLICE_LITERAL("c|d")};
    const struct slice            pattern = SLICE_LITERAL("(.*,)?FI(,.*)?");
    const struct slice            none = {0};
    const struct selector_matcher m[] = {
        {SLICE_LITERAL("a"), SELECTOR_IS, &two[0], 1},
        {SLICE_LITERAL("b"), SELECTOR_IS_NOT, &none, 1},
        {SLICE_LITERAL("c"), SELECTOR_ONE_OF, two, 2},
        {SLICE_LITERAL("d"), SELECTOR_NONE_OF, two, 2},
        {SLICE_LITERAL("e"), SELECTOR_ONE_OF, two, 1},
        {SLICE_LITERAL("f"), SELECTOR_MATCHES, &pattern, 1},
        {SLICE_LITERAL("g"), SELECTOR_MATCHES_NOT, &pattern, 1},
    };
    struct text to = selector("up", m, ARRAY_LEN(m), STATUS_OK);

    (void)state;
    assert_string_equal(to.p, "up{a=\"a.b\",b!=\"\",c=~\"a\\\\.b|c\\\\|d\",d!~\"a\\\\.b|c\\\\|d\","
                              "e=\"a.b\",f=~\"(.*,)?FI(,.*)?\",g!~\"(.*,)?FI(,.*)?\"}");
    text_release(&to);
}

static void
names_that_promql_does_not_take(void **state)
{
    static const char *const metrics[] = {"",    "1a",  "a-b", "a b",  "up{",  "on",   "bool",
                                          "Inf", "NaN", "é",   "a\"b", "a\nb", "atan2"};
    static const char *const labels[] = {"", "1a", "a-b", "a:b", "a b", "a=", "a\"", "a}", "é"};
    const struct slice       value = SLICE_LITERAL("v");
    struct text              to;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(metrics); i++) {
        to = selector(metrics[i], NULL, 0, STATUS_SYNTAX);
        assert_int_equal(to.n, 0);
        text_release(&to);
    }
    /* Without a metric a matcher must name it. */
    {
        const struct selector_matcher m = {SLICE_LITERAL("__name__"), SELECTOR_IS, &value, 1};

        to = selector("", &m, 1, STATUS_OK);
        assert_string_equal(to.p, "{__name__=\"v\"}");
        text_release(&to);
    }
    for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
        const struct slice            name = slice_of(labels[i]);
        const struct selector_matcher m = {name, SELECTOR_IS, &value, 1};
        struct err                    err = {0};

        to = selector("up", &m, 1, STATUS_SYNTAX);
        assert_int_equal(selector_by(&to, &name, 1, &err), STATUS_SYNTAX);
        assert_int_equal(to.n, 0);
        text_release(&to);
    }
    /* A NUL inside the name is not its end. */
    assert_false(selector_label_valid((struct slice){"a\0b", 3}));
    assert_true(selector_metric_valid(SLICE_LITERAL("job:up:sum")));
    assert_true(selector_metric_valid(SLICE_LITERAL("sum")));
}

static void
limits(void **state)
{
    static char                   big[SELECTOR_MAX_VALUE_BYTES + 1];
    static struct slice           many[SELECTOR_MAX_VALUES + 1];
    const struct slice            too_long = {big, sizeof big};
    const struct slice            broken[] = {SLICE_LITERAL("\xff"), SLICE_LITERAL("a")};
    const struct selector_matcher cases[] = {
        {SLICE_LITERAL("a"), SELECTOR_IS, &too_long, 1},
        {SLICE_LITERAL("a"), SELECTOR_ONE_OF, many, ARRAY_LEN(many)},
        {SLICE_LITERAL("a"), SELECTOR_ONE_OF, many, 0},
        {SLICE_LITERAL("a"), SELECTOR_IS, many, 2},
        {SLICE_LITERAL("a"), SELECTOR_ONE_OF, broken, 2},
    };

    (void)state;
    memset(big, 'x', sizeof big);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct text to =
            selector("up", &cases[i], 1, cases[i].values == broken ? STATUS_SYNTAX : STATUS_LIMIT);

        assert_int_equal(to.n, 0);
        text_release(&to);
    }
}

static void
by_writes_each_label_once(void **state)
{
    const struct slice labels[] = {SLICE_LITERAL("a"), SLICE_LITERAL("by"), SLICE_LITERAL("a"),
                                   SLICE_LITERAL("c")};
    struct text        to;
    struct err         err = {0};

    (void)state;
    text_init(&to, 100);
    assert_int_equal(selector_by(&to, labels, ARRAY_LEN(labels), &err), STATUS_OK);
    assert_string_equal(to.p, "by (a, by, c)");
    text_release(&to);
}

/* Reading back.  A tokenizer of its own, written from the lexer's rules
 * (prometheus/promql/parser/lex.go, util/strutil/quote.go), not from ours. */
struct reader {
    const char *p;
    char        bytes[3 * SELECTOR_MAX_VALUE_BYTES];
    size_t      n;
};

static void
read_literal(struct reader *r)
{
    static const char from[] = "abfnrtv\\\"", into[] = "\a\b\f\n\r\t\v\\\"";

    assert_int_equal(*r->p++, '"');
    r->n = 0;
    while (*r->p != '"') {
        unsigned v;

        assert_true(*r->p != '\0' && *r->p != '\n');
        assert_true(*r->p >= 0x20 && *r->p < 0x7f); /* pure ASCII */
        if (*r->p != '\\') {
            r->bytes[r->n++] = *r->p++;
            continue;
        }
        r->p++;
        if (*r->p == 'x') {
            assert_int_equal(sscanf(r->p + 1, "%2x", &v), 1);
            r->bytes[r->n++] = (char)v;
            r->p += 3;
            continue;
        }
        assert_non_null(strchr(from, *r->p));
        r->bytes[r->n++] = into[strchr(from, *r->p++) - from];
    }
    r->p++;
}

static void
expect(struct reader *r, const char *text)
{
    if (strncmp(r->p, text, strlen(text)) != 0)
        fail_msg("\"%s\" does not go on with \"%s\"", r->p, text);
    r->p += strlen(text);
}

static void
expect_bytes(const struct reader *r, struct slice want)
{
    assert_int_equal(r->n, want.n);
    if (want.n)
        assert_memory_equal(r->bytes, want.p, want.n);
}

/* The regular expression in r must be the alternatives and nothing else: every
 * metacharacter stands behind a backslash. */
static void
expect_alternatives(const struct reader *r, const struct slice *values, size_t n)
{
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            assert_int_equal(r->bytes[at++], '|');
        for (size_t k = 0; k < values[i].n; k++) {
            char c = r->bytes[at++];

            if (c == '\\') {
                c = r->bytes[at++];
                assert_true(strchr("\\.+*?()|[]{}^$", c) && c);
            } else {
                assert_true(!c || !strchr("\\.+*?()|[]{}^$", c));
            }
            assert_int_equal(c, values[i].p[k]);
        }
    }
    assert_int_equal(at, r->n);
}

static void
round_trip(struct slice a, struct slice b)
{
    const struct slice            two[] = {a, b};
    const bool                    regex = slice_utf8(a) && slice_utf8(b);
    const struct selector_matcher m[] = {
        {SLICE_LITERAL("a"), SELECTOR_IS, &a, 1},
        {SLICE_LITERAL("b"), SELECTOR_IS_NOT, &b, 1},
        {SLICE_LITERAL("c"), SELECTOR_ONE_OF, two, 2},
    };
    struct text    to = selector("up", m, regex ? 3 : 2, STATUS_OK);
    struct reader *r = malloc(sizeof *r);

    assert_non_null(r);
    assert_int_equal(strlen(to.p), to.n);
    r->p = to.p;
    expect(r, "up{a=");
    read_literal(r);
    expect_bytes(r, a);
    expect(r, ",b!=");
    read_literal(r);
    expect_bytes(r, b);
    if (regex) {
        expect(r, ",c=~");
        read_literal(r);
        expect_alternatives(r, two, 2);
    }
    expect(r, "}");
    assert_int_equal(*r->p, '\0');
    free(r);
    text_release(&to);
}

static void
no_value_changes_the_structure(void **state)
{
    static const char *const nasty[] = {
        "",
        "\"} or vector(0) #",
        "\\\"} or vector(0) #",
        "\\",
        "\\\\",
        "a\nb",
        "\r\n\t\v\f\a\b",
        "'`",
        "# comment",
        ".*",
        "a|b",
        "(?i)x",
        "[^$]{1,2}",
        "\\x22",
        "$__range",
        "v1-β",
        "{{args.service}}",
        "\xff\xfe\"",
        "\x7f",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(nasty); i++)
        for (size_t k = 0; k < ARRAY_LEN(nasty); k++)
            round_trip(slice_of(nasty[i]), slice_of(nasty[k]));
}

static void
neither_do_arbitrary_bytes(void **state)
{
    static const char alphabet[] = "\"\\}{|.*#\n',=~`$()x0aé ";
    struct prng       p = {2};
    char              a[64], b[64];

    (void)state;
    for (int i = 0; i < 20000; i++) {
        size_t na = prng_below(&p, sizeof a), nb = prng_below(&p, sizeof b);

        for (size_t k = 0; k < sizeof a; k++) {
            a[k] = (char)prng_below(&p, 256);
            b[k] = alphabet[prng_below(&p, sizeof alphabet)]; /* its NUL too */
        }
        round_trip((struct slice){a, na}, (struct slice){b, nb});
        round_trip((struct slice){b, nb}, (struct slice){b + nb / 2, nb - nb / 2});
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_operator),
        cmocka_unit_test(names_that_promql_does_not_take),
        cmocka_unit_test(limits),
        cmocka_unit_test(by_writes_each_label_once),
        cmocka_unit_test(no_value_changes_the_structure),
        cmocka_unit_test(neither_do_arbitrary_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
