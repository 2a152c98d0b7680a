#include "tests/support/check.h"

#include "promql/regex.h"
#include "tests/support/prng.h"

#include <pthread.h>
#include <string.h>

static bool
matches(const char *pattern, struct slice subject)
{
    struct regex *re;
    struct err    err = {0};
    bool          hit = false;

    if (regex_new(slice_of(pattern), &re, &err) != STATUS_OK)
        fail_msg("%s: %s", pattern, err.text);
    assert_int_equal(regex_match(re, subject, &hit, &err), STATUS_OK);
    regex_free(re);
    return hit;
}

static const struct {
    const char *pattern, *subject;
    bool        want;
} what_matches_cases[] = {
    {"", "", true},
    {"", "a", false},
    {"a|b", "a", true},
    {"a|b", "ab", false}, /* the anchors are outside the alternation */
    {"5..", "503", true},
    {"5..", "50", false},
    {"5..", "5033", false},
    {"0|5..", "0", true},
    {"a.c", "a\nc", true},
    {"(?-s)a.c", "a\nc", false},
    {"(?-s:a.)c", "abc", true},
    {".*", "", true},
    {".+", "", false},
    {".+", "\n", true},
    {"a.*b.+c", "axxbxbyc", true},
    {"a.*b.+c", "abc", false},
    {".", "\xc3\xa9", true}, /* one code point, two bytes */
    {"..", "\xc3\xa9", false},
    {".", "\xff", true}, /* not UTF-8: reads as U+FFFD, in Go too */
    {"[^a]", "\xff", true},
    {"(.*,)?(FI|DC)(,.*)?", "UO,DC", true},
    {"(.*,)?(FI|DC)(,.*)?", "UO,DCX", false},
    {"[a-c]x", "bx", true},
    {"[a-c]x", "dx", false},
    {"[^a-c]", "\n", true},
    {"[]a]", "]", true},
    {"[a-]", "-", true},
    {"[[:alpha:]_]+", "ab_", true},
    {"[[:^alpha:]]", "1", true},
    {"[[:word:]]", "_", true},
    {"\\s", "\v", false}, /* unlike PCRE2's */
    {"\\S", "\v", true},
    {"[[:space:]]", "\v", true},
    {"\\v", "\v", true}, /* the vertical tab and no other, unlike PCRE2's */
    {"\\v", "\n", false},
    {"\\d+", "123", true},
    {"\\d", "\xd9\xa3", false}, /* ASCII digits alone */
    {"\\w\\W", "a-", true},
    {"\\pL+", "a\xc3\xa9", true},
    {"\\p{Greek}", "\xce\xb1", true},
    {"\\p{^Greek}", "a", true},
    {"\\P{Greek}", "\xce\xb1", false},
    {"[\\p{Lu}\\d]+", "A1", true},
    {"\\x41\\x{42}\\103", "ABC", true},
    {"\\Qa.b|\\E.", "a.b|c", true},
    {"\\.", ".", true},
    {"\\.", "a", false},
    {"(?i)abc", "aBC", true},
    {"(?i:a)bc", "Abc", true},
    {"(?i:a)bc", "ABc", false},
    {"a(?i)b|c", "aC", false},
    {"a(?i)b|c", "C", true}, /* flags last to the end of the group, past a bar */
    {"(?i)[a-c]", "B", true},
    {"(?i)\xc3\xa9", "\xc3\x89", true},
    {"a{2}", "aa", true},
    {"a{2,}", "aaaa", true},
    {"a{1,2}", "aaa", false},
    {"a{,2}", "a{,2}", true}, /* a literal */
    {"a{", "a{", true},
    {"x*", "xxxx", true},
    {"(ab)+?", "abab", true},
    {"(?U)a+", "aaa", true},
    {"^abc$", "abc", true},
    {"abc$", "abc\n", false}, /* $ is the end, not before a last newline */
    {"(?m)a$\n^b", "a\nb", true},
    {"(?m)a\n^", "a\n", true}, /* unlike PCRE2's ^ */
    {"\\bfoo\\b.*", "foo bar", true},
    {"fo\\Bo", "foo", true},
    {"\\Aab\\z", "ab", true},
    {"(?P<x>a)(?<y>b)", "ab", true},
    {"a(?i)*", "aaa", true}, /* a repetition of what stands before the flags */
    {"\\x{d800}", "\xed\xa0\x80", false},
    {"[\\x{d000}-\\x{e000}]", "\xed\x80\x80", true},
};

/* Prometheus: fully anchored, dot matches newline.  RE2: github.com/google/re2/wiki/Syntax. */
static void
what_matches(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(what_matches_cases); i++)
        if (matches(what_matches_cases[i].pattern, slice_of(what_matches_cases[i].subject)) !=
            what_matches_cases[i].want)
            fail_msg("%s on \"%s\": expected %d", what_matches_cases[i].pattern,
                     what_matches_cases[i].subject, what_matches_cases[i].want);
    assert_true(matches("a.b", (struct slice){"a\0b", 3}));
    assert_true(matches("a[^x]b", (struct slice){"a\0b", 3}));
    assert_true(matches(".*", (struct slice){0}));
}

static const struct {
    const char *pattern, *want;
} what_is_refused_cases[] = {
    {"a(b", "missing closing ): `a(b`"},
    {"(a", "missing closing ): `(a`"},
    {"a)b", "unexpected ): `a)b`"},
    {"[a", "missing closing ]: `[a`"},
    {"x[]", "missing closing ]: `[]`"},
    {"[b-a]", "invalid character class range: `b-a`"},
    {"[[:nope:]]", "invalid character class range: `[:nope:]`"},
    {"\\p{Nope}", "invalid character class range: `\\p{Nope}`"},
    {"\\pX", "invalid character class range: `\\pX`"},
    {"\\p{L", "invalid character class range: `\\p{L`"},
    {"*", "missing argument to repetition operator: `*`"},
    {"(*a)", "missing argument to repetition operator: `*`"},
    {"a|+", "missing argument to repetition operator: `+`"},
    {"(?i)*", "missing argument to repetition operator: `*`"},
    {"{2}", "missing argument to repetition operator: `{2}`"},
    {"a**", "invalid nested repetition operator: `**`"},
    {"a*+", "invalid nested repetition operator: `*+`"}, /* possessive, in PCRE2 */
    {"a++", "invalid nested repetition operator: `++`"},
    {"a{2}{3}", "invalid nested repetition operator: `{2}{3}`"},
    {"a{1001}", "invalid repeat count: `{1001}`"},
    {"a{3,2}", "invalid repeat count: `{3,2}`"},
    {"(a{100}){11}", "invalid repeat count: `{11}`"},
    {"\\", "trailing backslash at end of expression: ``"},
    {"\\1", "invalid escape sequence: `\\1`"}, /* back-references */
    {"(a)\\1", "invalid escape sequence: `\\1`"},
    {"\\8", "invalid escape sequence: `\\8`"},
    {"\\C", "invalid escape sequence: `\\C`"},
    {"\\K", "invalid escape sequence: `\\K`"},
    {"\\R", "invalid escape sequence: `\\R`"},
    {"\\Z", "invalid escape sequence: `\\Z`"},
    {"\\h", "invalid escape sequence: `\\h`"},
    {"\\x{110000}", "invalid escape sequence: `\\x{110000`"},
    {"\\x{}", "invalid escape sequence: `\\x{}`"},
    {"[\\e]", "invalid escape sequence: `\\e`"},
    {"(?=a)", "invalid or unsupported Perl syntax: `(?=`"}, /* look-around */
    {"(?!a)", "invalid or unsupported Perl syntax: `(?!`"},
    {"(?>a)", "invalid or unsupported Perl syntax: `(?>`"},
    {"(?|a)", "invalid or unsupported Perl syntax: `(?|`"},
    {"(?#a)", "invalid or unsupported Perl syntax: `(?#`"},
    {"(?x)a", "invalid or unsupported Perl syntax: `(?x`"},
    {"(?R)", "invalid or unsupported Perl syntax: `(?R`"},
    {"(?i-)", "invalid or unsupported Perl syntax: `(?i-)`"},
    {"(?<=a)b", "invalid named capture: `(?<=a)b`"},
    {"(?<!a)b>", "invalid named capture: `(?<!a)b>`"},
    {"(?P<>a)", "invalid named capture: `(?P<>`"},
    {"(?P<n", "invalid named capture: `(?P<n`"},
    {"(?P=n)", "invalid or unsupported Perl syntax: `(?P`"},
    {"a\xff", "invalid UTF-8: `\xff`"},
    {"[a\xff]", "invalid UTF-8: `\xff]`"},
};

/* Texts of Go's regexp/syntax, error by error. */
static void
what_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(what_is_refused_cases); i++) {
        struct regex *re;
        struct err    err = {0};
        char          want[320];

        snprintf(want, sizeof want, "error parsing regexp: %s", what_is_refused_cases[i].want);
        assert_int_equal(regex_new(slice_of(what_is_refused_cases[i].pattern), &re, &err),
                         STATUS_SYNTAX);
        assert_null(re);
        assert_string_equal(err.text, want);
    }
}

static enum status
try_repeated(const char *what, size_t n, const char *after)
{
    struct text   t;
    struct regex *re;
    enum status   st;

    text_init(&t, 1 << 20);
    while (n--)
        text_puts(&t, what);
    text_puts(&t, after);
    st = regex_new(text_slice(&t), &re, NULL);
    regex_free(re);
    text_release(&t);
    return st;
}

static void
limits(void **state)
{
    struct regex *re;
    struct err    err = {0};
    struct text   subject;
    bool          hit;

    (void)state;
    assert_int_equal(try_repeated("(", 251, "a"), STATUS_LIMIT);
    assert_int_equal(try_repeated("(", 250, "a"), STATUS_SYNTAX); /* only unclosed */
    assert_int_equal(try_repeated("()", 1000, "[a]{3}"), STATUS_OK);
    assert_int_equal(try_repeated("()", 1001, "a"), STATUS_LIMIT);
    assert_int_equal(try_repeated("a", REGEX_MAX_PATTERN_BYTES, ""), STATUS_OK);
    assert_int_equal(try_repeated("a", REGEX_MAX_PATTERN_BYTES, "a"), STATUS_LIMIT);
    assert_int_equal(try_repeated("a*(?i)", 1000, "*"), STATUS_OK);
    assert_int_equal(try_repeated("*(?i)", 1, "a"), STATUS_SYNTAX);

    /* Exponential for a backtracker; RE2 would answer. */
    assert_int_equal(regex_new(SLICE_LITERAL("(a+)+(b|c)d?[e-z]"), &re, &err), STATUS_OK);
    text_init(&subject, 1 << 10);
    for (int i = 0; i < 64; i++)
        text_putc(&subject, 'a');
    assert_int_equal(regex_match(re, text_slice(&subject), &hit, &err), STATUS_LIMIT);
    assert_non_null(strstr(err.text, "too many steps"));
    text_release(&subject);
    regex_free(re);
}

/* Stacked repetitions without parentheses must not become deep recursion. */
static void
stacked_repetitions(void **state)
{
    struct text   t;
    struct regex *re;

    (void)state;
    text_init(&t, 1 << 20);
    text_puts(&t, "a");
    for (int i = 0; i < 5000; i++)
        text_puts(&t, "*(?i)");
    assert_int_equal(regex_new(text_slice(&t), &re, NULL), STATUS_LIMIT);
    text_release(&t);
}

static void
literals_and_prefixes(void **state)
{
    static const struct {
        const char *pattern, *literals, *prefix; /* literals: sorted, joined by blanks */
    } cases[] = {
        {"abc", "abc", "abc"},
        {"b|a|b", "a b", ""},
        {"x(1|2)", "x1 x2", "x"},
        {"(?:api|web)-[ab]", "api-a api-b web-a web-b", ""},
        {"ab?c", "abc ac", "a"},
        {"foo.*", "", "foo"},
        {"foo|foobar.+", "", "foo"},
        {"foo[^a]+", "", "foo"},
        {"(foo[^a]+)", "", "foo"},
        {"(?i)foo", "", ""},
        {"fo\xc3\xa9\\d+", "", "fo\xc3\xa9"},
        {"foo$", "", "foo"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct regex       *re;
        const struct slice *at;
        size_t              n;
        struct text         joined;

        text_init(&joined, 1 << 10);
        assert_int_equal(regex_new(slice_of(cases[i].pattern), &re, NULL), STATUS_OK);
        at = regex_literals(re, &n);
        for (size_t k = 0; k < n; k++) {
            text_puts(&joined, k ? " " : "");
            text_put(&joined, at[k]);
        }
        assert_string_equal(joined.p, cases[i].literals);
        assert_true(slice_is(regex_prefix(re), cases[i].prefix));
        text_release(&joined);
        regex_free(re);
    }
}

/* functions.test of Prometheus and Go's Regexp.Expand. */
static void
expansion(void **state)
{
    static const struct {
        const char *pattern, *tmpl, *subject, *want; /* NULL: no match */
    } cases[] = {
        {"(.*)", "value-$1", "x", "value-x"},
        {"source-value-(.*)", "$1", "source-value-10", "10"},
        {"source-value-(.*)", "$1x", "source-value-10", ""}, /* the group "1x" */
        {"source-value-(.*)", "${1}x", "source-value-10", "10x"},
        {"(?P<v>a+)(b)", "$v-${v}-$2-$0", "aab", "aa-aa-b-aab"},
        {"(a)|(b)", "<$1$2>", "b", "<b>"},
        {"(?P<n>a)|(?P<n>b)", "$n", "b", "b"}, /* the first of that name that took part */
        {"a", "$$ $ ${ $- ${-} $9 $x", "a", "$ $ ${ $- ${-}  "},
        {"(a)", "$01", "a", ""},
        {"x", "y", "a", NULL},
        {"a(.)c", "$1", "a\nc", "\n"},
        {"", "empty", "", "empty"},
        {"a.*", "$0!", "abc", "abc!"},
        {"(a)", "$", "a", "$"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct regex *re;
        struct text   to;
        bool          hit;

        text_init(&to, 1 << 10);
        assert_int_equal(regex_new(slice_of(cases[i].pattern), &re, NULL), STATUS_OK);
        assert_int_equal(
            regex_expand(re, slice_of(cases[i].tmpl), slice_of(cases[i].subject), &to, &hit, NULL),
            STATUS_OK);
        assert_int_equal(hit, cases[i].want != NULL);
        assert_string_equal(to.p, cases[i].want ? cases[i].want : "");
        text_release(&to);
        regex_free(re);
    }
}

/* An absent label is a slice without bytes. */
static void
expansion_of_nothing(void **state)
{
    struct regex *re;
    struct text   to;
    bool          hit;

    (void)state;
    text_init(&to, 64);
    assert_int_equal(regex_new(SLICE_LITERAL("(a?)?"), &re, NULL), STATUS_OK);
    assert_int_equal(regex_expand(re, SLICE_LITERAL("<$1>"), (struct slice){0}, &to, &hit, NULL),
                     STATUS_OK);
    assert_true(hit);
    assert_string_equal(to.p, "<>");
    text_release(&to);
    regex_free(re);
}

/* Up to five of the pieces. */
static void
join(struct prng *r, const char *const *pieces, size_t n, char *to, size_t cap)
{
    size_t at = 0;

    to[0] = 0;
    for (uint64_t k = prng_below(r, 6); k > 0; k--)
        at += (size_t)snprintf(to + at, cap - at, "%s", pieces[prng_below(r, n)]);
}

/* A pattern that the fast path takes answers as PCRE2 does; \z keeps the same
 * pattern from the fast path. */
static void
the_fast_path_changes_nothing(void **state)
{
    static const char *const pieces[] = {"a", "b",  "ab",   ".",      ".*",   ".+",      "(a|b)",
                                         "|", "a?", "[ab]", "(.*a)?", "(|b)", "\xc3\xa9"};
    static const char *const letters[] = {"a", "b", "\xc3\xa9", "\n"};
    struct prng              r = {7};
    int                      hits = 0;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        char pattern[128], slow[160], subject[64];

        join(&r, pieces, ARRAY_LEN(pieces), pattern, sizeof pattern);
        snprintf(slow, sizeof slow, "(?:%s)\\z", pattern);
        for (int s = 0; s < 8; s++) {
            bool fast;

            join(&r, letters, ARRAY_LEN(letters), subject, sizeof subject);
            fast = matches(pattern, slice_of(subject));
            hits += fast;
            if (fast != matches(slow, slice_of(subject)))
                fail_msg("%s on \"%s\": the fast path says %d", pattern, subject, fast);
        }
    }
    assert_in_range(hits, 2000, 22000); /* the comparison was about something */
}

enum { MATCHERS = 4, MATCHES = 400 };

struct matcher_thread {
    const struct regex *re;
    int                 wrong;
    pthread_t           thread;
};

static void *
match_often(void *arg)
{
    struct matcher_thread *m = arg;

    for (int i = 0; i < MATCHES; i++) {
        char       subject[32];
        bool       hit;
        struct err err = {0};

        snprintf(subject, sizeof subject, "%s%d", i % 3 ? "FI," : "UF", i);
        m->wrong +=
            regex_match(m->re, slice_of(subject), &hit, &err) != STATUS_OK || hit != (i % 3 != 0);
    }
    return NULL;
}

/* What is matched often becomes machine code, while others match. */
static void
threads_match_at_once(void **state)
{
    struct matcher_thread m[MATCHERS];
    struct regex         *re;
    struct err            err = {0};

    (void)state;
    assert_int_equal(regex_new(SLICE_LITERAL("(.*,)?(FI|DI)(,.*)?"), &re, &err), STATUS_OK);
    for (size_t i = 0; i < MATCHERS; i++) {
        m[i] = (struct matcher_thread){.re = re};
        assert_int_equal(pthread_create(&m[i].thread, NULL, match_often, &m[i]), 0);
    }
    for (size_t i = 0; i < MATCHERS; i++) {
        pthread_join(m[i].thread, NULL);
        assert_int_equal(m[i].wrong, 0);
    }
    regex_free(re);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_matches),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(limits),
        cmocka_unit_test(stacked_repetitions),
        cmocka_unit_test(literals_and_prefixes),
        cmocka_unit_test(expansion),
        cmocka_unit_test(expansion_of_nothing),
        cmocka_unit_test(the_fast_path_changes_nothing),
        cmocka_unit_test(threads_match_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
